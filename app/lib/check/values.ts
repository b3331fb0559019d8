/** What the value columns of a table hold, in numbers; no value of any row. */
import { cellReader, ValueError } from '../connector/values.ts';
import { placeOfColumn } from '../connector/place.ts';
import { datasetColumns, groupingHolder, type Analysis } from '../policy/analysis.ts';
import { isRead, isReleased, type DatasetColumn, type ValueColumn } from '../policy/columns.ts';
import { policyPlan } from '../policy/plan.ts';
import { isAggregate, isThreshold, MAX_ROWS, type Policy } from '../policy/schema.ts';
import { thresholdAmounts } from '../policy/threshold.ts';
import { groupCount, groupOf } from '../protocol/plan.ts';
import { FaultCounter, type Faults } from './faults.ts';

/** What one value column holds. */
export type ValueColumnProfile = Readonly<{
  column: ValueColumn;
  /** Cells that `room commit` would refuse. */
  malformed: Faults;
  /** Different values. */
  distinct: number;
  /** Cells that are the row's identifier once more, or look like an e-mail address. */
  identifying: number;
}>;

/** Per cent of a sum above which one row is told to dominate it, under a policy that sets no `dominance`. */
const DOMINANCE = 50;

/** What one group of this table's rows holds. Rows of which a value cannot be read are in none. */
export type GroupProfile = Readonly<{
  rows: number;
  /** Released columns of which one row has more than the policy's `dominance`, or half, of the group's sum, all taken as positive. */
  dominated: readonly string[];
}>;

/** What the value columns of a table hold. */
export type ValueProfile = Readonly<{
  columns: readonly ValueColumnProfile[];
  groups: readonly GroupProfile[];
  /** Whether the sum of the rows is lower than the policy allows, where it tells which borders a sum reaches. */
  belowFloor?: boolean;
}>;

/** Gathers the profile of value columns, row by row. */
export class ValueCounter {
  /** Those of the dataset's columns that the table has, each with its place among the room's. */
  readonly #columns: readonly { readonly place: number; readonly column: ColumnOfValues }[];
  /** A row of the dataset before its values are read. */
  readonly #filled: readonly bigint[];
  readonly #groups: readonly GroupOfRows[];
  readonly #groupOf: (values: readonly bigint[]) => number;
  readonly #floor?: bigint;
  #sum = 0n;

  /**
   * @param slot whose table it is; needed in rooms that join values
   * @throws ConnectorError where the table lacks a column of the policy
   */
  constructor(names: readonly string[], policy: Policy, analysis: Analysis, slot?: number) {
    const plan = policyPlan(policy)!;
    const columns = datasetColumns(analysis, slot);
    // Of a table that does not name groups nobody knows before the join which of its rows are in which.
    const grouped = analysis.holders === undefined || groupingHolder(analysis) === slot;
    this.#groupOf = grouped ? (values) => groupOf(plan, values) : () => 0;
    this.#columns = columns.flatMap((column, place) =>
      isRead(column) ? [{ place, column: new ColumnOfValues(column, placeOfColumn(names, column.column)) }] : [],
    );
    this.#filled = columns.map((column) => (isRead(column) ? 0n : column.fill));
    if (isThreshold(policy)) this.#floor = thresholdAmounts(policy).floor;
    const dominance = isAggregate(policy) ? policy.dominance : undefined;
    this.#groups = Array.from({ length: grouped ? groupCount(plan) : 1 }, () => new GroupOfRows(columns, dominance));
  }

  /** Counts one row. */
  add(cells: readonly (string | null)[], identifier: string, place: () => string): void {
    const values: (bigint | undefined)[] = [...this.#filled];
    for (const { place: at, column } of this.#columns) values[at] = column.add(cells, identifier, place);
    if (!isWhole(values)) return;
    this.#groups[this.#groupOf(values)].add(values);
    if (this.#floor !== undefined) this.#sum += values[0];
  }

  /** The profile of what was counted. */
  profile(): ValueProfile {
    return {
      columns: this.#columns.map(({ column }) => column.profile()),
      groups: this.#groups.map((group) => group.profile()),
      ...(this.#floor !== undefined && { belowFloor: this.#sum < this.#floor }),
    };
  }
}

const isWhole = (values: readonly (bigint | undefined)[]): values is bigint[] =>
  values.every((value) => value !== undefined);

class ColumnOfValues {
  readonly #column: ValueColumn;
  readonly #at: number;
  readonly #read: (cell: string | null) => bigint;
  readonly #malformed = new FaultCounter();
  readonly #values = new Set<bigint>();
  #identifying = 0;

  constructor(column: ValueColumn, at: number) {
    this.#column = column;
    this.#at = at;
    this.#read = cellReader(column);
  }

  /** The row's value in the column; undefined where it has none. */
  add(cells: readonly (string | null)[], identifier: string, place: () => string): bigint | undefined {
    const cell = cells[this.#at] ?? null;
    const text = cell?.trim() ?? '';
    if (text !== '' && (text === identifier.trim() || /^[^@\s]+@[^@\s]+$/.test(text))) this.#identifying++;
    try {
      const value = this.#read(cell);
      // A table with more rows than these is refused.
      if (this.#values.size <= MAX_ROWS.succinct) this.#values.add(value);
      return value;
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.#malformed.add(place(), error.message);
      return undefined;
    }
  }

  profile(): ValueColumnProfile {
    const { count, places } = this.#malformed;
    return {
      column: this.#column,
      malformed: { count, places },
      distinct: this.#values.size,
      identifying: this.#identifying,
    };
  }
}

class GroupOfRows {
  readonly #columns: readonly DatasetColumn[];
  readonly #dominance: bigint;
  readonly #sums: bigint[];
  readonly #greatest: bigint[];
  #rows = 0;

  constructor(columns: readonly DatasetColumn[], dominance = DOMINANCE) {
    this.#columns = columns;
    this.#dominance = BigInt(dominance);
    this.#sums = columns.map(() => 0n);
    this.#greatest = columns.map(() => 0n);
  }

  add(values: readonly bigint[]): void {
    this.#rows++;
    values.forEach((value, i) => {
      const size = value < 0n ? -value : value;
      this.#sums[i] += size;
      if (size > this.#greatest[i]) this.#greatest[i] = size;
    });
  }

  profile(): GroupProfile {
    const dominated = this.#columns.filter(
      (column, i) => isRead(column) && isReleased(column) && 100n * this.#greatest[i] > this.#dominance * this.#sums[i],
    );
    return { rows: this.#rows, dominated: dominated.map(({ column }) => column) };
  }
}
