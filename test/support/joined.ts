/** What rooms that join values come to, by the protocol's own figures over rows in plain sight, without lists and proofs. */
import { fieldToHex } from '../../app/lib/field/field.ts';
import { analysisOf } from '../../app/lib/policy/analysis.ts';
import { policyPlan } from '../../app/lib/policy/plan.ts';
import type { Policy } from '../../app/lib/policy/policy.ts';
import { joinedTerms } from '../../app/lib/policy/vectors.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { deriveFigures, figureFields, rowsOf } from '../../app/lib/protocol/figures.ts';
import { openedCells } from '../../app/lib/protocol/groups.ts';
import { fullGroups, tallyCells } from '../../app/lib/protocol/tally.ts';
import type { Outcome } from '../../app/lib/template/template.ts';

/** The outcome of a room of this policy whose slots have these datasets. */
export function joinedBy(policy: Policy, datasets: readonly Dataset[]): Outcome {
  const { holders } = analysisOf(policy)!;
  const plan = policyPlan(policy)!;
  const tables = datasets.map(
    ({ digests, values }) => new Map(digests.map((digest, i) => [digest, values?.[i] ?? []] as const)),
  );
  const common = datasets[0].digests.filter((digest) => tables.every((table) => table.has(digest)));
  if (common.length === 0) return { suppressed: true };
  // A column of zeros, where identifiers are counted alone, is the same in all tables.
  const rows = common.map((digest) =>
    plan.rules.map((_, column) => tables[holders![column] ?? 0].get(digest)![column]),
  );
  const cells = tallyCells(makeDataset(common, rows), plan);
  const open = fullGroups(cells, policy.k);
  if (open === 0) return { suppressed: true };
  const opened = openedCells(plan, open);
  const totals = cells.map((cell, i) => (opened[i] ? cell : 0n));
  // A group is full for each slot that brings a number of it, and for no other.
  const full = datasets.map((_, slot) => (((joinedTerms(policy).vectors >> BigInt(8 * slot)) & 255n) > 0n ? open : 0));
  const figures = deriveFigures(totals, { plan, k: policy.k, full, open });
  return {
    suppressed: false,
    count: rowsOf(figures),
    figures: figureFields(figures).map((field) => fieldToHex(field)),
  };
}
