/** What a policy of a room that joins values says, in sentences for people. */
import { figures, quoted } from './aggregate-sentences.ts';
import { analysisOf, namingSlot, type Analysis } from './analysis.ts';
import { cohortReleaseLines } from './cohorts-sentences.ts';
import { columnNamed, isNumeric, isReleased } from './columns.ts';
import { isCohorts, isLift, type JoinedPolicy, type LiftPolicy } from './schema.ts';
import { listOf, namesOf, nounOf, own } from './words.ts';

/** The analysis of a policy that joins values; all of them have one. */
export const joinedAnalysis = (policy: JoinedPolicy): Analysis & Required<Pick<Analysis, 'holders'>> => {
  const { holders = [], ...analysis } = analysisOf(policy)!;
  return { ...analysis, holders };
};

/** A party's name. */
export const partyOf = ({ parties }: JoinedPolicy, slot: number): string => own(parties[slot].label);

/** Name of the party that names the groups. */
export const namingParty = (policy: JoinedPolicy): string => partyOf(policy, namingSlot(joinedAnalysis(policy)));

/** Who computes what. */
export function joins(policy: JoinedPolicy): string {
  const { parties, identifier } = policy;
  const all = parties.length === 2 ? 'both' : `all ${parties.length}`;
  if (isCohorts(policy)) return `${namesOf(parties)} count by cohort the ${nounOf(identifier.type)} that ${all} hold`;
  const what = isLift(policy) ? 'compare a test group with a control group among' : 'add up values over';
  return `${namesOf(parties)} ${what} the ${nounOf(identifier.type)} that ${all} hold`;
}

/** What is released, in one paragraph. */
export function joinReleases(policy: JoinedPolicy): string {
  return joinReleaseLines(policy).join(' ');
}

/** What is released, of which groups, and over which identifiers. */
export function joinReleaseLines(policy: JoinedPolicy): string[] {
  if (isCohorts(policy)) return cohortReleaseLines(policy);
  const analysis = joinedAnalysis(policy);
  return [
    'Only totals over identifiers that all parties hold are released, of open groups alone; no party is shown another’s rows.',
    `A group is open if it has ${policy.k} identifiers in common or more.`,
    groups(policy, analysis),
    figures(analysis, 'identifiers in common'),
    ...(isLift(policy) ? [lift(policy)] : []),
  ];
}

/** How identifiers in common are grouped. */
function groups(policy: JoinedPolicy, { columns, grouping }: Analysis): string {
  if (isLift(policy)) {
    const { column, control, test } = policy.assignment;
    return `Groups are by the column ${quoted(column)} of ${namingParty(policy)}: control where it is ${quoted(control)}, test where it is ${quoted(test)}.`;
  }
  if (!grouping) return 'All identifiers in common are one group.';
  const by = `Groups are by the column ${quoted(grouping.column)} of ${namingParty(policy)}`;
  const column = columnNamed(columns, grouping.column)!;
  if (!isNumeric(column)) return `${by}: each label is a group.`;
  return `${by}, with the borders ${listOf(grouping.borders!)}: each has the identifiers from one border, included, to the next, not included.`;
}

/** What is told of both groups together. */
function lift(policy: LiftPolicy): string {
  const { confidence } = joinedAnalysis(policy);
  const columns = listOf(policy.outcomes.map(({ column }) => quoted(column)));
  return (
    `If both groups are open, released of ${columns}: the difference of the means, test less control, as it is and as a share of control’s mean; ` +
    `its standard error, its interval at a confidence of ${confidence} per cent, its score and its two-sided p-value, all by the normal distribution and without taking the variances to be equal.`
  );
}

/** Names of the parties that hold a released column. */
export function suppliers(policy: JoinedPolicy): string[] {
  const { columns, holders } = joinedAnalysis(policy);
  const slots = new Set(holders.filter((_, i) => isReleased(columns[i])));
  return [...slots].sort().map((slot) => partyOf(policy, slot));
}
