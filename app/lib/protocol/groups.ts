/** Where a group's numbers stand in a tally, and sets of groups as the bits of a number. */
import { ProtocolError } from './errors.ts';
import { CELLS_PER_GROUP, MAX_GROUPS, Output, type Plan } from './plan.ts';
import { MAX_COLUMNS } from './rules.ts';

/** The cell that holds the number of a group's rows. */
export const countCell = (group: number): number => CELLS_PER_GROUP * group;

/** The cell that holds a group's sum of a column. */
export const sumCell = (group: number, column: number): number => countCell(group) + 1 + 2 * column;

/** The cell that holds a group's sum of squares of a column. */
export const squaresCell = (group: number, column: number): number => sumCell(group, column) + 1;

/** Whether a set of groups, a bit for each, the lowest for group 0, holds a group. */
export function hasGroup(set: number, group: number): boolean {
  return ((set >>> group) & 1) === 1;
}

/** The set of the groups that a condition holds for. */
export function groupSet(holds: (group: number) => boolean): number {
  let set = 0;
  for (let group = 0; group < MAX_GROUPS; group++) if (holds(group)) set |= 1 << group;
  // The highest bit would make the number a negative one.
  return set >>> 0;
}

/** Returns a set of groups if it is a whole number of 32 bits. */
export function assertGroupSet(set: number, what: string): number {
  if (!Number.isInteger(set) || set < 0 || set >= 2 ** MAX_GROUPS)
    throw new ProtocolError(`${what} must be a whole number of ${MAX_GROUPS} bits, one for each group`);
  return set;
}

/** For every cell, whether it is opened: its group is open, and the plan opens that number of the group. */
export function openedCells(plan: Plan, open: number): boolean[] {
  assertGroupSet(open, 'the open groups');
  return Array.from({ length: MAX_GROUPS }, (_, group) => {
    const isOpen = hasGroup(open, group);
    const ofColumns = Array.from({ length: MAX_COLUMNS }, (_, column) => plan.outputs[column] ?? Output.none);
    return [
      isOpen,
      ...ofColumns.flatMap((output) => [isOpen && output >= Output.sum, isOpen && output >= Output.squares]),
    ];
  }).flat();
}
