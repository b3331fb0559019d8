/** Policies of the template "overlap" that name cohorts of one party's list. */
import { z } from 'zod';
import { categoricalColumn, isNumeric, numericColumn, type ValueColumn } from './columns.ts';
import { common, least, template } from './common.ts';
import type { Fault } from './fields.ts';
import { bordersSchema, checkGrouping, type Grouping } from './grouping.ts';
import { checkHeld, checkLabelGroups, held, type HeldColumn } from './held.ts';
import { FEWEST_JOINED_GROUPS, MOST_JOINED_GROUPS } from './limits.ts';

/** The schema of these policies. */
export const cohortsSchema = z
  .strictObject({
    ...common,
    template: template('overlap', 'The analysis: "overlap" counts the identifiers that all parties hold.'),
    k: least().describe('Fewest identifiers that all parties hold in a cohort: with fewer nothing of it is released.'),
    proofMode: z
      .literal('succinct', { error: 'the proof mode of an overlap with cohorts must be "succinct"' })
      .describe('Every step carries a zero-knowledge proof that the contract checks.'),
    cohorts: z
      .union(
        [
          categoricalColumn.extend(held),
          numericColumn
            .omit({ release: true })
            .extend({ ...held, borders: bordersSchema(FEWEST_JOINED_GROUPS, MOST_JOINED_GROUPS) }),
        ],
        { error: 'the cohorts must name slot, column, and labels or decimals, min, max and borders' },
      )
      .describe(
        'The column of one party’s table by which its list is divided; all parties see how many of its rows are in each cohort. Absent: one count of all in common.',
      ),
  })
  .superRefine((policy, context) =>
    checkCohorts(policy, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  );

/** A policy of a room that counts what its parties have in common, by cohorts of one party's list. */
export type CohortsPolicy = Readonly<z.infer<typeof cohortsSchema>>;

/** The column that tells a row's cohort, as rooms that join values have columns. Nothing else is released of it. */
export function cohortColumn({ cohorts }: CohortsPolicy): HeldColumn {
  if ('labels' in cohorts) return cohorts;
  const { slot, column, decimals, min, max } = cohorts;
  return { slot, column, decimals, min, max, release: 'nothing' };
}

/** The cohorts as groups of that column. */
export function cohortGrouping({ cohorts }: CohortsPolicy): Grouping {
  const { column } = cohorts;
  return 'labels' in cohorts ? { column } : { column, borders: cohorts.borders };
}

function checkCohorts(policy: CohortsPolicy, fault: Fault): void {
  const column = cohortColumn(policy);
  const columns: readonly ValueColumn[] = [column];
  checkHeld(policy, [{ column, path: ['cohorts'], greatest: 'max' }], fault);
  checkGrouping({ columns, grouping: cohortGrouping(policy) }, ([, ...path], message) =>
    fault(['cohorts', ...path], message),
  );
  if (!isNumeric(column)) checkLabelGroups(column, ['cohorts'], fault);
}
