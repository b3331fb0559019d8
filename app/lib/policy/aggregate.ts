/** Policies of the template "aggregate". */
import { z } from 'zod';
import { MAX_SLOTS } from '../protocol/errors.ts';
import {
  checkColumns,
  columnNamed,
  columns,
  decimalText,
  isNumeric,
  isReleased,
  readValue,
  type ValueColumn,
} from './columns.ts';
import { checkCommon, common, least, template } from './common.ts';
import { DecimalError, parseDecimal } from './decimal.ts';
import { line, whole, type Fault } from './fields.ts';
import { MOST_GROUPS, MOST_QUANTILES } from './limits.ts';

/** Confidence of intervals in per cent, and how many millionths of a standard deviation to each side that takes. */
export const CONFIDENCE = { 90: 1_644_854, 95: 1_959_964, 99: 2_575_829 } as const;

/** The schema of these policies. */
export const aggregateSchema = z
  .strictObject({
    ...common,
    template: template('aggregate', '"aggregate" adds up value columns over the rows of all parties.'),
    k: least().describe('Fewest rows of one party in a group: with fewer the party adds nothing to that group.'),
    proofMode: z
      .literal('succinct', { error: 'the proof mode of the template "aggregate" must be "succinct"' })
      .describe('Every step carries a zero-knowledge proof that the contract checks.'),
    columns,
    grouping: z
      .strictObject({
        column: line('the column name', 128).describe('The value column by which rows are grouped.'),
        borders: z
          .array(decimalText('a border'), { error: 'borders must be a list of decimal numbers between quotes' })
          .min(2, { error: `there are 2 to ${MOST_GROUPS + 1} borders` })
          .max(MOST_GROUPS + 1, { error: `there are 2 to ${MOST_GROUPS + 1} borders` })
          .optional()
          .describe(
            'Of a numeric column, ascending: a group has the rows from one border, included, to the next, not included. Labels need none.',
          ),
      })
      .optional()
      .describe('Rows are added up by groups. Absent: all rows are one group.'),
    ratio: z
      .strictObject({
        numerator: line('the column name', 128).describe('The released column whose sum is divided.'),
        denominator: line('the column name', 128).describe('The released column by whose sum it is divided.'),
      })
      .optional()
      .describe('A ratio of two sums, released for every open group.'),
    quantiles: z
      .array(whole('a quantile', 1, 9_999), { error: 'quantiles must be a list of whole numbers' })
      .min(1, { error: 'quantiles must not be empty: remove them where none are wanted' })
      .max(MOST_QUANTILES, { error: `there are at most ${MOST_QUANTILES} quantiles` })
      .optional()
      .describe(
        'Quantiles of the grouping column in ten-thousandths, ascending: 5000 is the median. Each is told by groups.',
      ),
    confidence: z
      .literal([90, 95, 99], { error: 'the confidence must be 90, 95 or 99' })
      .optional()
      .describe('Per cent of confidence of the intervals of means, where a column releases its variance.'),
    contributors: whole('contributors', 1, MAX_SLOTS).describe(
      'A group is opened if at least this many parties have k rows or more in it. With 1 it may show one party’s own sums.',
    ),
    dominance: whole('dominance', 1, 99)
      .optional()
      .describe(
        'Most per cent that one row may hold of what its party adds to a released sum of a group, all values taken as positive. Kept by each party’s own software, not proven. Absent: a row above 50 per cent is flagged and stops nobody.',
      ),
  })
  .superRefine((policy, context) =>
    checkAggregate(policy, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  );

/** A policy of a room that aggregates. */
export type AggregatePolicy = Readonly<z.infer<typeof aggregateSchema>>;

function checkAggregate(policy: AggregatePolicy, fault: Fault): void {
  const { identifier, parties, minParties = parties.length, contributors, confidence, dominance } = policy;
  checkCommon(policy, fault);
  checkColumns(policy.columns, identifier.column, fault);
  checkGrouping(policy, fault);
  checkRatio(policy, fault);
  if (policy.columns.some(({ column }) => column === policy.batch?.column)) {
    fault(['batch', 'column'], 'a column of dates is no value column');
  }
  if (
    confidence !== undefined &&
    !policy.columns.some((column) => isNumeric(column) && column.release === 'variance')
  ) {
    fault(['confidence'], 'a confidence needs a column that releases its variance');
  }
  if (dominance !== undefined && !policy.columns.some(isReleased)) {
    fault(['dominance'], 'a dominance needs a column that releases its sum');
  }
  if (contributors > minParties) {
    fault(
      ['contributors'],
      `contributors must not be above the number of parties that the room goes on with (${minParties})`,
    );
  }
}

function checkGrouping({ columns: all, grouping, quantiles }: AggregatePolicy, fault: Fault): void {
  const column = columnNamed(all, grouping?.column);
  if (grouping && !column) fault(['grouping', 'column'], 'there is no value column of this name');
  if (quantiles) {
    if (!column || !isNumeric(column)) fault(['quantiles'], 'quantiles need a grouping by a numeric column');
    if (quantiles.some((quantile, i) => i > 0 && quantile <= quantiles[i - 1])) {
      fault(['quantiles'], 'quantiles must ascend');
    }
  }
  if (grouping && column) checkBorders(column, grouping.borders, fault);
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

function checkRatio({ columns: all, ratio }: AggregatePolicy, fault: Fault): void {
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
