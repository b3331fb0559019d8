/** Policies of the template "aggregate". */
import { z } from 'zod';
import { MAX_SLOTS } from '../protocol/errors.ts';
import { checkColumns, columnNamed, columns, isNumeric, isReleased } from './columns.ts';
import { checkCommon, common, least, succinctOnly, template } from './common.ts';
import { whole, type Fault } from './fields.ts';
import {
  checkConfidence,
  checkGrouping,
  checkRatio,
  confidenceSchema,
  groupingSchema,
  ratioSchema,
} from './grouping.ts';
import { MOST_GROUPS, MOST_QUANTILES } from './limits.ts';

/** The schema of these policies. */
export const aggregateSchema = z
  .strictObject({
    ...common,
    template: template('aggregate', '"aggregate" adds up value columns over the rows of all parties.'),
    k: least().describe('Fewest rows of one party in a group: with fewer the party adds nothing to that group.'),
    proofMode: succinctOnly('aggregate'),
    columns,
    grouping: groupingSchema(1, MOST_GROUPS)
      .optional()
      .describe('Rows are added up by groups. Absent: all rows are one group.'),
    ratio: ratioSchema.optional().describe('A ratio of two sums, released for every open group.'),
    quantiles: z
      .array(whole('a quantile', 1, 9_999), { error: 'quantiles must be a list of whole numbers' })
      .min(1, { error: 'quantiles must not be empty: remove them where none are wanted' })
      .max(MOST_QUANTILES, { error: `there are at most ${MOST_QUANTILES} quantiles` })
      .optional()
      .describe(
        'Quantiles of the grouping column in ten-thousandths, ascending: 5000 is the median. Each is told by groups.',
      ),
    confidence: confidenceSchema
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
  const { identifier, parties, minParties = parties.length, contributors, dominance } = policy;
  checkCommon(policy, fault);
  checkColumns(policy.columns, identifier.column, fault);
  checkGrouping(policy, fault);
  checkQuantiles(policy, fault);
  checkRatio(policy, fault);
  if (policy.columns.some(({ column }) => column === policy.batch?.column)) {
    fault(['batch', 'column'], 'a column of dates is no value column');
  }
  checkConfidence(policy, fault);
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

function checkQuantiles({ columns: all, grouping, quantiles }: AggregatePolicy, fault: Fault): void {
  if (!quantiles) return;
  const column = columnNamed(all, grouping?.column);
  if (!column || !isNumeric(column)) fault(['quantiles'], 'quantiles need a grouping by a numeric column');
  if (quantiles.some((quantile, i) => i > 0 && quantile <= quantiles[i - 1])) {
    fault(['quantiles'], 'quantiles must ascend');
  }
}
