/** What a policy has its room tell of a hidden sum, as protocol and circuits take it (docs/protocol.md, section 10). */
import { assertBands, bandsDigest, type Bands } from '../protocol/bands.ts';
import { boundsOf } from './columns.ts';
import { isThreshold, type Policy } from './schema.ts';
import { summedColumn, thresholdAmounts } from './threshold.ts';

/** The only column of rooms with bands. */
const COLUMN = 0;

/** The bands of a policy's room; undefined where it tells something else. */
export function policyBands(policy: Policy): Bands | undefined {
  if (!isThreshold(policy)) return undefined;
  const { unit, borders, floor, start } = thresholdAmounts(policy);
  return assertBands({
    column: COLUMN,
    least: boundsOf(summedColumn(policy)).min,
    floor,
    unit,
    borders: borders.map((border) => Number((border - start) / unit)),
  });
}

/** The digest of a policy's bands as it stands in the terms; 0 where it has none. */
export function bandsTerm(policy: Policy): bigint {
  const bands = policyBands(policy);
  return bands ? bandsDigest(bands) : 0n;
}
