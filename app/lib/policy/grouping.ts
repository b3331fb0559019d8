/** Groups, ratios and confidences in policies: their forms, and how they limit the value columns. */
import { z } from 'zod';
import { columnNamed, decimalText, isNumeric, isReleased, readValue, type ValueColumn } from './columns.ts';
import { DecimalError, parseDecimal } from './decimal.ts';
import { line, type Fault } from './fields.ts';

/** Confidence of intervals in per cent, and how many millionths of a standard deviation to each side that takes. */
export const CONFIDENCE = { 90: 1_644_854, 95: 1_959_964, 99: 2_575_829 } as const;

/** The schema of a confidence in per cent. */
export const confidenceSchema = z.literal([90, 95, 99], { error: 'the confidence must be 90, 95 or 99' });

/** The schema of the borders of this many groups. */
export function bordersSchema(fewest: number, most: number) {
  const error = `there are ${fewest + 1} to ${most + 1} borders`;
  return z
    .array(decimalText('a border'), { error: 'borders must be a list of decimal numbers between quotes' })
    .min(fewest + 1, { error })
    .max(most + 1, { error })
    .describe('Ascending: a group has the rows from one border, included, to the next, not included.');
}

/** The schema of a grouping by one column, with this many groups. */
export function groupingSchema(fewest: number, most: number) {
  return z.strictObject({
    column: line('the column name', 128).describe('The value column by which rows are grouped.'),
    borders: bordersSchema(fewest, most)
      .optional()
      .describe(
        'Of a numeric column, ascending: a group has the rows from one border, included, to the next, not included. Labels need none.',
      ),
  });
}

/** The schema of a ratio of two sums. */
export const ratioSchema = z.strictObject({
  numerator: line('the column name', 128).describe('The released column whose sum is divided.'),
  denominator: line('the column name', 128).describe('The released column by whose sum it is divided.'),
});

/** A grouping of rows by a column. */
export type Grouping = Readonly<z.infer<ReturnType<typeof groupingSchema>>>;

/** A ratio of the sums of two columns. */
export type Ratio = Readonly<z.infer<typeof ratioSchema>>;

type Grouped = Readonly<{ columns: readonly ValueColumn[]; grouping?: Grouping }>;

/** How a grouping and its column limit each other. */
export function checkGrouping({ columns, grouping }: Grouped, fault: Fault): void {
  if (!grouping) return;
  const column = columnNamed(columns, grouping.column);
  if (column) checkBorders(column, grouping.borders, fault);
  else fault(['grouping', 'column'], 'there is no value column of this name');
}

function checkBorders(column: ValueColumn, borders: readonly string[] | undefined, faultOf: Fault): void {
  const fault = (message: string) => faultOf(['grouping', 'borders'], message);
  if (!isNumeric(column)) {
    if (borders) fault('a column of labels has no borders: each label is a group');
    return;
  }
  if (!borders) return fault('a grouping by a numeric column needs borders');
  const values = borders.map((border, at) =>
    readValue(border, column, (message) => faultOf(['grouping', 'borders', at], `the border ${message}`)),
  );
  if (!values.every((value) => value !== undefined)) return;
  if (values.some((value, at) => at > 0 && value <= values[at - 1])) return fault('borders must ascend');
  const [min, max] = [column.min, column.max].map((bound) => valueOf(bound, column.decimals));
  if (min !== undefined && values[0] > min)
    fault(`the first border must not be above the column’s min (${column.min})`);
  if (max !== undefined && values.at(-1)! <= max)
    fault(`the last border must be above the column’s max (${column.max})`);
}

/** A bound as a value; undefined where it is none, which has been told. */
function valueOf(bound: string, decimals: number): bigint | undefined {
  try {
    return parseDecimal(bound, decimals);
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    return undefined;
  }
}

/** How a ratio and its columns limit each other. */
export function checkRatio(
  { columns: all, ratio }: Readonly<{ columns: readonly ValueColumn[]; ratio?: Ratio }>,
  fault: Fault,
): void {
  if (!ratio) return;
  for (const part of ['numerator', 'denominator'] as const) {
    const column = columnNamed(all, ratio[part]);
    if (!column) fault(['ratio', part], 'there is no value column of this name');
    else if (!isReleased(column)) fault(['ratio', part], 'a ratio is of numeric columns that release their sum');
    else if ((valueOf(column.min, column.decimals) ?? 0n) < 0n)
      fault(['ratio', part], 'a ratio is of columns whose min is not below 0');
  }
  if (ratio.numerator === ratio.denominator) fault(['ratio', 'denominator'], 'a ratio is of two different columns');
}

/** A confidence is of means of which the variance is released. */
export function checkConfidence(
  { columns, confidence }: Readonly<{ columns: readonly ValueColumn[]; confidence?: number }>,
  fault: Fault,
): void {
  if (confidence === undefined || columns.some((column) => isNumeric(column) && column.release === 'variance')) return;
  fault(['confidence'], 'a confidence needs a column that releases its variance');
}
