/** What a policy of a room that counts by cohorts says, in sentences for people. */
import { quoted } from './aggregate-sentences.ts';
import type { CohortsPolicy } from './schema.ts';
import { listOf, own } from './words.ts';

/** Name of the party whose list is divided into cohorts. */
export const cohortParty = ({ cohorts, parties }: CohortsPolicy): string => own(parties[cohorts.slot].label);

/** What is released, and of which cohorts. */
export function cohortReleaseLines(policy: CohortsPolicy): string[] {
  return [
    'Only numbers of identifiers that all parties hold are released, of open cohorts alone; no party is shown another’s rows.',
    `A cohort is open if it has ${policy.k} identifiers in common or more.`,
    division(policy),
    'Released are the number of identifiers in common of each open cohort, and their total over all open cohorts; the number in common of all cohorts is not released unless all are open.',
  ];
}

/** How the list is divided. */
function division(policy: CohortsPolicy): string {
  const { cohorts } = policy;
  const by = `Cohorts are by the column ${quoted(cohorts.column)} of ${cohortParty(policy)}`;
  if ('labels' in cohorts) return `${by}: each of its labels is a cohort.`;
  return `${by}, with the borders ${listOf(cohorts.borders)}: each has the identifiers from one border, included, to the next, not included.`;
}
