/** Policies of the template "intersection-sum". */
import { z } from 'zod';
import { categoricalColumn, isNumeric, isReleased, numericColumn } from './columns.ts';
import { common, least, succinctOnly, template } from './common.ts';
import type { Fault } from './fields.ts';
import {
  checkConfidence,
  checkGrouping,
  checkRatio,
  confidenceSchema,
  groupingSchema,
  ratioSchema,
} from './grouping.ts';
import { checkHeld, checkLabelGroups, held } from './held.ts';
import { FEWEST_JOINED_GROUPS, MOST_COLUMNS, MOST_JOINED_GROUPS } from './limits.ts';

/** The schema of these policies. */
export const intersectionSumSchema = z
  .strictObject({
    ...common,
    template: template(
      'intersection-sum',
      '"intersection-sum" adds up value columns, each held by one party, over the identifiers that all parties hold.',
    ),
    k: least().describe('Fewest identifiers that all parties hold in a group: with fewer nothing of it is opened.'),
    proofMode: succinctOnly('intersection-sum'),
    columns: z
      .array(z.union([numericColumn.extend(held), categoricalColumn.extend(held)]), {
        error: 'columns must be a list of value columns',
      })
      .min(1, { error: 'there is at least one value column: "overlap" counts without any' })
      .max(MOST_COLUMNS, { error: `there are at most ${MOST_COLUMNS} value columns` })
      .describe('The value columns, each in the table of one party.'),
    grouping: groupingSchema(FEWEST_JOINED_GROUPS, MOST_JOINED_GROUPS)
      .optional()
      .describe(
        'Identifiers in common are added up by groups of one party’s column; all parties see how many of its rows are in each. Absent: they are one group.',
      ),
    ratio: ratioSchema.optional().describe('A ratio of two sums, released for every open group.'),
    confidence: confidenceSchema
      .optional()
      .describe('Per cent of confidence of the intervals of means, where a column releases its variance.'),
  })
  .superRefine((policy, context) =>
    checkIntersectionSum(policy, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  );

/** A policy of a room that adds up values over the identifiers in common. */
export type IntersectionSumPolicy = Readonly<z.infer<typeof intersectionSumSchema>>;

function checkIntersectionSum(policy: IntersectionSumPolicy, fault: Fault): void {
  const { columns, grouping } = policy;
  checkHeld(
    policy,
    columns.map((column, at) => ({ column, path: ['columns', at], greatest: 'max' })),
    fault,
  );
  checkGrouping(policy, fault);
  checkRatio(policy, fault);
  checkConfidence(policy, fault);
  if (!columns.some(isReleased)) {
    fault(['columns'], 'at least one column releases its sum: "overlap" counts without any');
  }
  columns.forEach((column, at) => {
    const groups = column.column === grouping?.column;
    if (!isReleased(column) && !groups) {
      fault(['columns', at], 'nothing is released of this column, and rows are not grouped by it: remove it');
    }
    if (groups && !isNumeric(column)) checkLabelGroups(column, ['columns', at], fault);
  });
}
