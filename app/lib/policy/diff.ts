/** What differs between two policies, in words, and what that means for whoever's data it is about. */
import { COHORTS_FIELDS } from './diff-cohorts.ts';
import { diffColumns } from './diff-columns.ts';
import { CONDITION_FIELDS } from './diff-conditions.ts';
import { FIGURES_FIELDS } from './diff-figures.ts';
import { THRESHOLD_FIELDS } from './diff-threshold.ts';
import { neutral, ordered, type Change, type Effect, type Field } from './diff-field.ts';
import { documentName, minParties } from './parse.ts';
import { isAggregate, isCohorts, isOverlap, isThreshold, type Policy } from './schema.ts';
import { duration, listOf, own, units } from './words.ts';

export type { Change, Effect } from './diff-field.ts';

/** How two policies differ. */
export type PolicyDiff = {
  readonly changes: readonly Change[];
  /** SHA-256 of the canonical documents, hexadecimal digits. */
  readonly digests: { readonly old: string; readonly new: string };
  /** Whether parties that approved the old policy have to approve the new one: whenever anything differs at all. */
  readonly newAgreement: boolean;
};

const NOT_STATED = 'not stated';

const step = (name: keyof Policy['deadlines']): Field => ({
  say: ({ deadlines }) => duration(deadlines[name]),
  judge: neutral('it changes who has to do what by when'),
});

const due = (name: 'fee' | 'stake'): Field => ({
  say: ({ fees }) => (fees?.[name] === undefined ? 'none' : units(fees[name])),
  judge: neutral('it is about money'),
});

/** What k keeps from being released. */
function whatKDoes(policy: Policy): string {
  if (isAggregate(policy)) return 'a party with fewer rows in a group adds nothing to it, and opens nothing';
  if (isThreshold(policy)) return 'nothing is told of the sum where a party has fewer rows';
  if (isOverlap(policy)) return 'counts below k are not released';
  if (isCohorts(policy)) return 'nothing is released of cohorts with fewer identifiers in common';
  return 'nothing is opened of groups with fewer identifiers in common';
}

/** Every field of the schema but parties, columns and outcomes, in the order of the document. */
const FIELDS: Readonly<Record<string, Field>> = {
  version: { say: ({ version }) => String(version), judge: neutral('another client reads it') },
  'template.name': { say: ({ template }) => own(template.name), judge: neutral('it is another analysis') },
  'template.version': {
    say: ({ template }) => String(template.version),
    judge: neutral('it is another analysis'),
  },
  purpose: { say: ({ purpose }) => own(purpose), judge: neutral('read both: purposes cannot be compared by rule') },
  minParties: {
    say: ({ minParties: least, parties }) =>
      least === undefined ? `${NOT_STATED}: all ${parties.length}` : String(least),
    judge: ordered(minParties, 'stricter', 'with fewer parties a count tells more about each of them'),
  },
  'identifier.type': { say: ({ identifier }) => identifier.type, judge: neutral('other data are asked for') },
  'identifier.column': {
    say: ({ identifier }) => `"${own(identifier.column)}"`,
    judge: neutral('other data may be asked for'),
  },
  'identifier.normalisation': {
    say: ({ identifier }) => identifier.normalisation,
    judge: neutral('other values are taken for the same'),
  },
  k: {
    say: ({ k }) => String(k),
    judge: (before, after) => ordered(({ k }) => k, 'stricter', whatKDoes(after))(before, after),
  },
  minRows: {
    say: ({ minRows }) => rows(minRows),
    judge: ordered(({ minRows }) => minRows, 'stricter', 'a short list can single out the people on it'),
  },
  maxRows: {
    say: ({ maxRows }) => rows(maxRows),
    judge: ordered(({ maxRows }) => maxRows, 'looser', 'a longer list tries more values against the others’'),
  },
  proofMode: {
    say: ({ proofMode }) => proofMode,
    judge: ordered(
      ({ proofMode }) => (proofMode === 'succinct' ? 1 : 0),
      'stricter',
      'in attested rooms the row limits, and that lists come from committed rows, are not proven',
    ),
  },
  ...FIGURES_FIELDS,
  ...COHORTS_FIELDS,
  ...THRESHOLD_FIELDS,
  'fees.token': { say: ({ fees }) => fees?.token ?? 'none', judge: neutral('it is about money') },
  'fees.fee': due('fee'),
  'fees.payer': {
    say: ({ fees }) => ({ host: 'the host', slots: 'the parties', nobody: 'nobody' })[fees?.payer ?? 'nobody'],
    judge: neutral('it is about money'),
  },
  'fees.stake': due('stake'),
  'fees.shares': {
    say: ({ fees, parties }) =>
      fees?.shares ? fees.shares.map((share, i) => `${own(parties[i].label)} ${share}`).join(', ') : 'none',
    judge: neutral('it is about money'),
  },
  'deadlines.invite': step('invite'),
  'deadlines.approve': step('approve'),
  'deadlines.commit': step('commit'),
  'deadlines.join': step('join'),
  'deadlines.share': step('share'),
  'deadlines.retention': {
    say: ({ deadlines }) => duration(deadlines.retention),
    judge: ordered(
      ({ deadlines }) => deadlines.retention,
      'looser',
      'it is how long the parties may keep what they received',
    ),
  },
  ...CONDITION_FIELDS,
};

/**
 * What differs between two policies, field by field.
 * @throws PolicyError where one of them is not valid
 */
export function diffPolicies(before: Policy, after: Policy): PolicyDiff {
  const digests = { old: documentName(before), new: documentName(after) };
  const changes = [
    ...diffParties(before.parties, after.parties),
    ...diffFields(before, after),
    ...diffColumns(before, after),
  ];
  return { changes, digests, newAgreement: digests.old !== digests.new };
}

/** The changes of all fields but parties, columns and outcomes. */
export function diffFields(before: Policy, after: Policy): Change[] {
  return Object.entries(FIELDS).flatMap(([field, { say, judge }]) => {
    const [old, now] = [say(before), say(after)];
    if (old === now || onlyRenamed(field, before, after)) return [];
    const [effect, because] = judge(before, after);
    return [{ field, old, new: now, effect, because }];
  });
}

/** Whether what a field says differs by the names or the number of parties alone, which stand in a change of their own. */
function onlyRenamed(field: string, before: Policy, after: Policy): boolean {
  if (field === 'minParties') return before.minParties === undefined && after.minParties === undefined;
  if (field !== 'fees.shares') return false;
  const [old, now] = [before.fees?.shares ?? [], after.fees?.shares ?? []];
  // In another order the same weights are other parties'.
  const moved = before.parties.some(({ label }, i) => {
    const at = after.parties.findIndex((party) => party.label === label);
    return at >= 0 && now[at] !== old[i];
  });
  return old.join() === now.join() && !moved;
}

/** Added, removed, renamed or reordered parties. A party in the place of one that is gone counts as renamed. */
function diffParties(before: Policy['parties'], after: Policy['parties']): Change[] {
  const [old, now] = [before, after].map((parties) => parties.map(({ label }) => label));
  const say = (labels: readonly string[]) => listOf(labels.map(own));
  const change = (effect: Effect, because: string): Change[] => [
    { field: 'parties', old: say(old), new: say(now), effect, because },
  ];
  if (old.join('\n') === now.join('\n')) return [];
  const gone = old.filter((label) => !now.includes(label));
  const come = now.filter((label) => !old.includes(label));
  if (gone.length === 0 && come.length === 0)
    return change('neutral', 'the order differs: each slot is another party’s');
  if (
    old.length === now.length &&
    old.every((label, i) => label === now[i] || (gone.includes(label) && come.includes(now[i])))
  ) {
    const names = old.flatMap((label, i) => (label === now[i] ? [] : [`${own(label)} is now ${own(now[i])}`]));
    return change('neutral', `renamed, or another party: ${names.join(', ')}`);
  }
  const moves = [
    ...(come.length > 0 ? [`added: ${say(come)}`] : []),
    ...(gone.length > 0 ? [`removed: ${say(gone)}`] : []),
  ].join('; ');
  if (gone.length === 0) return change('looser', `${moves}; more parties take part and receive what is sent`);
  return change('neutral', `${moves}; look at who takes part and receives what is sent`);
}

const rows = (count: number) => `${count} row${count === 1 ? '' : 's'}`;

/** A diff as lines of text. */
export function diffText({ changes, newAgreement, digests }: PolicyDiff): string {
  if (!newAgreement) return `The policies say the same (SHA-256 ${digests.old}).`;
  return [
    ...changes.map(
      ({ field, old, new: now, effect, because }) => `${field}: ${old} -> ${now}\n  ${effect}: ${because}`,
    ),
    '',
    `SHA-256 ${digests.old} -> ${digests.new}`,
    'A new agreement is needed: whoever approved the old policy has not approved the new one, which takes a new room.',
  ].join('\n');
}
