/** A receipt of a room that aggregates, with true proofs: the figures that tests of pages look for. */
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { openProver } from '../../app/lib/proof/prover.ts';
import { DEFAULT_NUM_POINTS, loadSrs } from '../../app/lib/proof/srs.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { aggregateDocument, type Table } from './opened.ts';
import { provenReceipt } from './proven-receipt.ts';

// Mean 1 and variance 16/3 below 40, mean -2 and variance 0 from 40, and one row of the clinic from 60.
const YOUNG: Table = [[20n, -10n], [30n, 30n]]; // prettier-ignore
const MIDDLE: Table = [[40n, -20n], [59n, -20n]]; // prettier-ignore
const TABLES: readonly Table[] = [
  [...YOUNG, ...MIDDLE, [99n, 600n]],
  [...YOUNG, ...MIDDLE],
];

/** The policy: two parties' numbers in a column of this name, by groups of age. */
export function samplePolicy(column: string, clinic: string): Policy {
  return parsePolicy(
    aggregateDocument({
      parties: [{ label: clinic }, { label: 'Hospital' }],
      columns: [
        { column: 'age', decimals: 0, min: '0', max: '99', release: 'nothing' },
        { column, decimals: 1, min: '-5', max: '60', release: 'variance' },
      ],
      grouping: { column: 'age', borders: ['0', '40', '60', '100'] },
      quantiles: [2500, 5000],
      confidence: 95,
      contributors: 2,
    }),
  );
}

/** Makes the receipt: seven proofs, of some seconds each. */
export async function sampleReceipt(policy: Policy): Promise<Receipt> {
  const prover = await openProver({ srs: await loadSrs({ numPoints: DEFAULT_NUM_POINTS }) });
  try {
    return await provenReceipt(policy, TABLES, prover);
  } finally {
    await prover.close();
  }
}
