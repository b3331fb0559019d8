/** Value columns in policies. */
import { z } from 'zod';
import { DecimalError, parseDecimal } from './decimal.ts';
import { line, whole, type Fault } from './fields.ts';
import { MOST_COLUMNS, MOST_GROUPS, SPAN_LIMIT, VALUE_LIMIT } from './limits.ts';

/** What may be released of a column: each word says more than the one before. */
export const RELEASES = ['nothing', 'sum', 'variance'] as const;

/** Text of a decimal number; how many decimals it may have, its column says. */
export const decimalText = (what: string) => {
  const error = `${what} must be a decimal number between quotes, such as "12.50"`;
  return z.string({ error }).regex(/^-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,6})?$/, { error });
};

const header = () => line('the column name', 128).describe("Header of the column in every party's table.");

/** The schema of a column of numbers. */
export const numericColumn = z.strictObject({
  column: header(),
  decimals: whole('decimals', 0, 6).describe('Decimals of the numbers in the column, 0 to 6: more are refused.'),
  min: decimalText('min').describe('Least value that a row may have.'),
  max: decimalText('max').describe('Greatest value that a row may have.'),
  release: z
    .enum(RELEASES, { error: 'release must be "nothing", "sum" or "variance"' })
    .describe(
      'What is released of the column for every open group: "sum" its sum and mean, "variance" its sample variance as well.',
    ),
});

/** The schema of a column of labels. */
export const categoricalColumn = z.strictObject({
  column: header(),
  labels: z
    .array(line('a label', 60), { error: 'labels must be a list of texts' })
    .min(1, { error: `a column has 1 to ${MOST_GROUPS} labels` })
    .max(MOST_GROUPS, { error: `a column has 1 to ${MOST_GROUPS} labels` })
    .describe('The texts that a row may have in the column. Nothing is released of it: rows are grouped by it.'),
});

/** The schema of `columns`. */
export const columns = z
  .array(z.union([numericColumn, categoricalColumn]), { error: 'columns must be a list of value columns' })
  .max(MOST_COLUMNS, { error: `there are at most ${MOST_COLUMNS} value columns` })
  .describe('The value columns of every party’s table.');

/** A value column. */
export type ValueColumn = Readonly<z.infer<typeof columns>[number]>;
export type NumericColumn = Readonly<z.infer<typeof numericColumn>>;
export type CategoricalColumn = Readonly<z.infer<typeof categoricalColumn>>;

/** A value column that a party does not hold: every row of its dataset has the column's least value. */
export type FilledColumn = Readonly<{ column: string; fill: bigint }>;

/** A column of a party's dataset: read from its table, or filled. */
export type DatasetColumn = ValueColumn | FilledColumn;

/** Whether a column is read from the party's table. */
export function isRead(column: DatasetColumn): column is ValueColumn {
  return !('fill' in column);
}

/** Whether rows with the same identifier count as one: the dataset has no columns, or all of them are filled. */
export function mergesRows(columns: readonly DatasetColumn[] | undefined): boolean {
  return columns === undefined || (columns.length > 0 && !columns.some(isRead));
}

/** Whether a column holds numbers. */
export function isNumeric(column: ValueColumn): column is NumericColumn {
  return 'decimals' in column;
}

/** Whether something is released of a column. */
export function isReleased(column: ValueColumn): column is NumericColumn {
  return isNumeric(column) && column.release !== 'nothing';
}

/** The column of a name; undefined where there is none. */
export function columnNamed(columns: readonly ValueColumn[], name: string | undefined): ValueColumn | undefined {
  return columns.find(({ column }) => column === name);
}

/** The least and greatest value of a column, as integers that count its last decimal, or its labels. */
export function boundsOf(column: ValueColumn): { min: bigint; max: bigint } {
  if (!isNumeric(column)) return { min: 0n, max: BigInt(column.labels.length - 1) };
  return { min: parseDecimal(column.min, column.decimals), max: parseDecimal(column.max, column.decimals) };
}

/** How columns and their fields limit each other. */
export function checkColumns(all: readonly ValueColumn[], identifier: string, fault: Fault): void {
  all.forEach((column, at) => {
    if (column.column === identifier) fault(['columns', at, 'column'], 'the identifier’s column is no value column');
    if (all.findIndex((other) => other.column === column.column) < at) {
      fault(['columns', at, 'column'], 'another value column has this name');
    }
    if (isNumeric(column)) checkBounds(column, at, fault);
    else if (new Set(column.labels).size < column.labels.length) fault(['columns', at, 'labels'], 'labels must differ');
  });
}

function checkBounds(column: NumericColumn, at: number, fault: Fault): void {
  const [min, max] = (['min', 'max'] as const).map((name) =>
    readValue(column[name], column, (message) => fault(['columns', at, name], `${name} ${message}`)),
  );
  if (min === undefined || max === undefined) return;
  if (min > max) fault(['columns', at, 'min'], `min must not be above max (${column.max})`);
  if (isReleased(column) && max - min >= SPAN_LIMIT) {
    fault(
      ['columns', at, 'max'],
      'max and min of a released column must be less than 2^40 units of its last decimal apart',
    );
  }
}

/** A text of the policy as a value of a column; undefined, and told, where it is none. */
export function readValue(
  text: string,
  { decimals }: NumericColumn,
  fault: (message: string) => void,
): bigint | undefined {
  try {
    const value = parseDecimal(text, decimals);
    if (value > -VALUE_LIMIT && value < VALUE_LIMIT) return value;
    fault('must lie between -2^61 and 2^61 units of the last decimal');
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    fault(`is refused: ${error.message}`);
  }
  return undefined;
}
