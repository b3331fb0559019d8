import { Domain, hash } from '../field/poseidon2.ts';
import { assertRulesKept, valueRows, type Dataset } from './dataset.ts';
import { MAX_SLOTS, ProtocolError, assertSlot } from './errors.ts';
import { assertGroupSet, countCell, groupSet, hasGroup, squaresCell, sumCell } from './groups.ts';
import { CELLS, Output, assertPlan, groupOf, type Plan } from './plan.ts';

/** Most rows that a count holds. */
const MAX_ROWS = 2 ** 32 - 1;

/**
 * The cells of a slot's rows, 288 of them: for each group the number of its rows, then for each column of which something
 * is opened the sums of w and w², w being the value less the column's least. About 1 µs a row and column. Secret.
 *
 * @throws ProtocolError when the rows break the plan's rules, or one lies in no group
 */
export function tallyCells(dataset: Dataset, plan: Plan): bigint[] {
  assertPlan(plan);
  assertRulesKept(dataset, { rules: plan.rules, minRows: 1, maxRows: MAX_ROWS });
  const cells = emptyCells();
  addRows(cells, valueRows(dataset), plan);
  return cells;
}

/** The cells of no rows. */
export function emptyCells(): bigint[] {
  return Array.from({ length: CELLS }, () => 0n);
}

/** Adds rows, which keep the plan's rules, to cells. */
export function addRows(cells: bigint[], rows: readonly (readonly bigint[])[], plan: Plan): void {
  const { rules, outputs } = plan;
  for (const row of rows) {
    const group = groupOf(plan, row);
    cells[countCell(group)]++;
    for (let column = 0; column < outputs.length; column++) {
      if (outputs[column] === Output.none) continue;
      const above = row[column] - rules[column].min;
      cells[sumCell(group, column)] += above;
      cells[squaresCell(group, column)] += above * above;
    }
  }
}

/** The set of the groups that hold at least k of a slot's rows. */
export function fullGroups(cells: readonly bigint[], k: number): number {
  assertCells(cells, 'cells');
  if (!Number.isInteger(k) || k < 1) throw new ProtocolError(`k must be a positive whole number, not ${k}`);
  return groupSet((group) => cells[countCell(group)] >= BigInt(k));
}

/**
 * The set of the groups whose totals are opened: those that are full for at least `contributors` members. 0 means that
 * the result is suppressed.
 *
 * @param full each member's set of full groups
 */
export function openGroups(full: readonly number[], contributors: number): number {
  if (!Number.isInteger(contributors) || contributors < 1 || contributors > MAX_SLOTS)
    throw new ProtocolError(`contributors are 1 to ${MAX_SLOTS}, not ${contributors}`);
  full.forEach((set) => assertGroupSet(set, "a member's full groups"));
  return groupSet((group) => full.filter((set) => hasGroup(set, group)).length >= contributors);
}

/** The tally's commitment (hash 32): hides the cells behind the blinding, and binds the slot to them. */
export function tallyCommitment(input: {
  context: bigint;
  slot: number;
  cells: readonly bigint[];
  blinding: bigint;
}): bigint {
  const { context, slot, cells, blinding } = input;
  return hash(Domain.tally, [context, BigInt(assertSlot(slot)), blinding, ...assertCells(cells, 'cells')]);
}

/** Returns an array if it has one element for each cell. */
export function assertCells(cells: readonly bigint[], what: string): readonly bigint[] {
  if (cells.length !== CELLS) throw new ProtocolError(`${what}: there are ${CELLS}, not ${cells.length}`);
  return cells;
}
