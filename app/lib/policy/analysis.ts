/** What policies have their rooms compute over value columns, in one form for all templates that do. */
import { cohortColumn, cohortGrouping } from './cohorts.ts';
import { boundsOf, isReleased, mergesRows, type DatasetColumn, type ValueColumn } from './columns.ts';
import type { CONFIDENCE, Grouping, Ratio } from './grouping.ts';
import { liftColumns } from './lift.ts';
import { LIFT_CONFIDENCE } from './limits.ts';
import { isAggregate, isCohorts, isLift, isOverlap, isThreshold, type Policy } from './schema.ts';
import { summedColumn } from './threshold.ts';

/** An analysis of value columns. */
export type Analysis = Readonly<{
  columns: readonly ValueColumn[];
  /** The slot that holds each column, in rooms that join values. Absent: every party's table has all of them. */
  holders?: readonly number[];
  grouping?: Grouping;
  ratio?: Ratio;
  /** In ten-thousandths. */
  quantiles?: readonly number[];
  /** Per cent. */
  confidence?: keyof typeof CONFIDENCE;
  /** Whether the second group is compared with the first. */
  lift?: boolean;
  /**
   * Whether identifiers in common are counted, and no column is added up. A last column of zeros, which no table has, is then
   * summed in the place of one (docs/protocol.md, section 9); `columns` does not list it.
   */
  counted?: boolean;
}>;

/** The column of zeros in a party's dataset. */
const COUNTING_COLUMN: DatasetColumn = { column: 'zeros', fill: 0n };

/** The analysis of a policy; undefined where it counts identifiers alone. */
export function analysisOf(policy: Policy): Analysis | undefined {
  if (isOverlap(policy)) return undefined;
  if (isAggregate(policy)) return policy;
  if (isThreshold(policy)) return { columns: [summedColumn(policy)] };
  if (isCohorts(policy)) {
    const column = cohortColumn(policy);
    return { columns: [column], holders: [column.slot], grouping: cohortGrouping(policy), counted: true };
  }
  if (isLift(policy)) {
    const columns = liftColumns(policy);
    const { assignment, confidence = LIFT_CONFIDENCE } = policy;
    return { columns, holders: holdersOf(columns), grouping: { column: assignment.column }, confidence, lift: true };
  }
  const { columns, grouping, ratio, confidence } = policy;
  return { columns, holders: holdersOf(columns), grouping, ratio, confidence };
}

/** Whether a party's table has a value column of the analysis. */
export function holds({ holders }: Analysis, slot: number | undefined, column: number): boolean {
  return holders === undefined || holders[column] === slotOf(slot);
}

/**
 * The columns of a party's dataset, in the order of the room's: those that its table has are read; others, in rooms that
 * join values, have their least value in every row, which nobody sums.
 *
 * @param slot the party's; needed in rooms that join values
 */
export function datasetColumns(analysis: Analysis, slot?: number): readonly DatasetColumn[] {
  const columns = analysis.columns.map((column, i) =>
    holds(analysis, slot, i) ? column : { column: column.column, fill: boundsOf(column).min },
  );
  return analysis.counted ? [...columns, COUNTING_COLUMN] : columns;
}

/** Whether rows of a party's table carry values, or are counted by groups, so that each identifier has one row. */
export function bringsValues(analysis: Analysis, slot?: number): boolean {
  return !mergesRows(datasetColumns(analysis, slot));
}

/** The slot whose rows are in groups; undefined where all parties' are. In rooms without a grouping all rows are one group. */
export function groupingHolder({ columns, grouping, holders }: Analysis): number | undefined {
  return holders?.[columns.findIndex(({ column }) => column === grouping?.column)];
}

/**
 * The slot that names groups in a room that joins values: the one whose rows are in groups or, where all rows are one group, the
 * first that holds a released column.
 */
export function namingSlot(analysis: Analysis): number {
  const { columns, holders = [] } = analysis;
  return groupingHolder(analysis) ?? Math.min(...holders.filter((_, column) => isReleased(columns[column])));
}

function slotOf(slot: number | undefined): number {
  if (slot !== undefined) return slot;
  throw new Error('Under this policy each party’s table has other columns: say which slot’s table it is.');
}

const holdersOf = (columns: readonly { readonly slot: number }[]): readonly number[] => columns.map(({ slot }) => slot);
