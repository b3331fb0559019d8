/** What rooms that aggregate open, by the protocol's own code, without proofs and masks. */
import { fieldToHex } from '../../app/lib/field/field.ts';
import { policyPlan } from '../../app/lib/policy/plan.ts';
import { isAggregate, type Policy } from '../../app/lib/policy/policy.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { deriveFigures, figureFields, rowsOf } from '../../app/lib/protocol/figures.ts';
import { hasGroup, openedCells } from '../../app/lib/protocol/groups.ts';
import { CELLS_PER_GROUP } from '../../app/lib/protocol/plan.ts';
import { fullGroups, openGroups, tallyCells } from '../../app/lib/protocol/tally.ts';
import type { Outcome } from '../../app/lib/template/template.ts';

/** Rows of one party, as values of the policy's columns. */
export type Table = readonly (readonly bigint[])[];

/** The outcome of a room of this policy whose parties have these rows. */
export function openedBy(policy: Policy, tables: readonly Table[]): Outcome {
  if (!isAggregate(policy)) throw new Error('this policy aggregates nothing');
  const { k, contributors } = policy;
  const plan = policyPlan(policy)!;
  const cells = tables.map((rows) => {
    const digests = rows.map((_, i) => BigInt(i + 1));
    return tallyCells(plan.rules.length > 0 ? makeDataset(digests, rows) : makeDataset(digests), plan);
  });
  const full = cells.map((each) => fullGroups(each, k));
  const open = openGroups(full, contributors);
  if (open === 0) return { suppressed: true };
  const opened = openedCells(plan, open);
  const totals = opened.map((isOpen, i) => {
    const given = cells.filter((_, party) => isOpen && hasGroup(full[party], Math.floor(i / CELLS_PER_GROUP)));
    return given.reduce((sum, each) => sum + each[i], 0n);
  });
  const figures = deriveFigures(totals, { plan, k, full, open });
  return {
    suppressed: false,
    count: rowsOf(figures),
    figures: figureFields(figures).map((field) => fieldToHex(field)),
  };
}

const DAY = 86_400;

/** A valid policy of a room that aggregates: one group, no columns, two parties, unless changed. */
export function aggregateDocument(changes: object): object {
  return {
    version: 2,
    template: { name: 'aggregate', version: 1 },
    purpose: 'Add up made-up tables, as a test',
    parties: [{ label: 'Clinic' }, { label: 'Hospital' }],
    identifier: { type: 'exact', column: 'id', normalisation: 'exact/1' },
    k: 2,
    minRows: 1,
    maxRows: 1000,
    proofMode: 'succinct',
    columns: [],
    contributors: 1,
    deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY },
    ...changes,
  };
}
