/** What a room that counts by cohorts came to, in words. */
import type { FiguresReport, GroupReport } from './figures-report.ts';

/**
 * The counts as lines of text: a headline, then one for each cohort.
 * @param count identifiers in common in all open cohorts
 */
export function cohortLines({ groups }: FiguresReport, count: number): string[] {
  const open = groups.filter((group) => group.open).length;
  return [
    `${open} of ${groups.length} cohorts are open, with ${count} identifiers in common.`,
    ...groups.map(cohortLine),
    open === groups.length
      ? `These are all: the overlap is ${count}.`
      : 'How many are in common in suppressed cohorts, and so in all, is not released.',
  ];
}

function cohortLine({ label, open, rows }: GroupReport): string {
  return open ? `${label}: ${rows} in common.` : `${label}: suppressed.`;
}
