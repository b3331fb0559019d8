/** What a policy says, in sentences for people. The summary in one paragraph and the document are both made of them. */
import { adds, releases } from './aggregate-sentences.ts';
import { joins, joinReleases } from './joined-sentences.ts';
import { minParties } from './parse.ts';
import { isAggregate, isCohorts, isJoined, isOverlap, isThreshold, type Policy } from './schema.ts';
import { bandReleases, bands } from './threshold-sentences.ts';
import { duration, listOf, namesOf, nounOf, own, units } from './words.ts';

/** Who computes what. */
export function analysis(policy: Policy): string {
  const { parties, identifier } = policy;
  if (isAggregate(policy)) return adds(policy);
  if (isThreshold(policy)) return bands(policy);
  if (isJoined(policy)) return joins(policy);
  const all = parties.length === 2 ? 'both' : `all ${parties.length}`;
  return `${namesOf(parties)} count the ${nounOf(identifier.type)} that ${all} hold`;
}

/** The purpose, without the full stop that it may end with. */
export function purposeOf({ purpose }: Policy): string {
  return own(purpose.replace(/\.$/, ''));
}

/** How much each party brings. */
export function brings(policy: Policy): string {
  const { minRows, maxRows, identifier } = policy;
  return `Each brings ${minRows} to ${maxRows} distinct values of the column "${own(identifier.column)}".`;
}

/** What is released. */
export function released(policy: Policy): string {
  if (isAggregate(policy)) return releases(policy);
  if (isThreshold(policy)) return bandReleases(policy);
  if (isJoined(policy)) return joinReleases(policy);
  return `Only the count is released, and only if it is at least ${policy.k}; no rows leave their owner.`;
}

/** What is proven, by proof mode. */
export const PROOFS: Readonly<Record<Policy['proofMode'], string>> = {
  succinct: 'Every step carries a zero-knowledge proof.',
  attested:
    'What is matched and released carries zero-knowledge proofs; that each party made its list from its own rows, and passed on the others’ unchanged, ' +
    'it attests: the others find most changes, but not all.',
};

/** What parties have to do by each deadline, in the order of a room's life. */
export const STEPS = {
  invite: 'to accept',
  approve: 'to approve',
  commit: 'to commit their data',
  join: 'for the join',
  share: 'to open the result',
} as const satisfies Partial<Record<keyof Policy['deadlines'], string>>;

/** The same for rooms that aggregate. */
const AGGREGATE_STEPS = { ...STEPS, join: 'for the tallies', share: 'to open the totals' } as const;

/** The same for rooms with a threshold. */
const THRESHOLD_STEPS = { ...STEPS, join: 'for the tallies', share: 'to find the band' } as const;

/** The same for rooms that join values. */
const JOINED_STEPS = { ...STEPS, join: 'for the join and the sums', share: 'to open the totals' } as const;

/** The same for rooms that count by cohorts. */
const COHORTS_STEPS = { ...STEPS, join: 'for the join and the counts', share: 'to open the counts' } as const;

/** The deadlines in one sentence. */
export function timetable(policy: Policy): string {
  const { deadlines } = policy;
  const times = Object.entries(stepsOf(policy)).map(
    ([step, what]) => `${duration(deadlines[step as keyof typeof STEPS])} ${what}`,
  );
  return `The parties have ${listOf(times)}.`;
}

function stepsOf(policy: Policy): Readonly<Record<keyof typeof STEPS, string>> {
  if (isThreshold(policy)) return THRESHOLD_STEPS;
  if (isAggregate(policy)) return AGGREGATE_STEPS;
  if (isCohorts(policy)) return COHORTS_STEPS;
  return isJoined(policy) ? JOINED_STEPS : STEPS;
}

/** Who may be left out. */
export function attendance(policy: Policy): string {
  const all = policy.parties.length;
  const needed = minParties(policy);
  return needed === all
    ? 'Every party is needed: if one withdraws or misses a deadline, the room ends without a result.'
    : `Until all data is committed, a party that misses a deadline may be left out and each may withdraw, ` +
        `and the others go on ${isAggregate(policy) ? 'with their rows' : 'and count what they have in common'}, as long as ${needed} of the ${all} remain; ` +
        `after that every remaining party is needed.`;
}

/** What the host may do to the room. */
export const CANCELLING = 'The host can cancel the room before there is a result.';

/** What is paid, by whom, to whom, and when it comes back. */
export function money(policy: Policy): string[] {
  const { parties, fees } = policy;
  if (!fees) return ['Nothing is to be paid.'];
  const sentences: string[] = [];
  if (fees.fee !== undefined) {
    sentences.push(
      fees.payer === 'host'
        ? `The host pays a fee of ${units(fees.fee)}.`
        : `The parties pay a fee of ${units(fees.fee)}: ${partsOf(BigInt(fees.fee), parties)}.`,
      sharing(policy, fees.shares!),
      'The fee goes back to whoever paid it if the room ends without a result' +
        (fees.payer === 'slots' ? ', and to a party that is no longer in the room when it has one.' : '.'),
    );
  }
  if (fees.stake !== undefined) {
    sentences.push(
      `Every party pays in a stake of ${units(fees.stake)} before it commits data and gets it back when the room is over, ` +
        `unless the room fails by its fault: it withdraws or misses a step of its own after all data is committed. ` +
        `Then the parties that are not at fault share its stake; if all are, each gets its own back. ` +
        `Nobody loses a stake once a party has stated in that time that it cannot go on.`,
    );
  }
  return [...sentences, `Amounts are in units of the token ${fees.token}.`];
}

/** Why a result may be withheld. */
function withheldBecause(policy: Policy): string {
  if (isOverlap(policy)) return 'it lies below k';
  if (isCohorts(policy)) return 'no cohort is open';
  return isThreshold(policy) ? 'a party has fewer than k rows' : 'no group is open';
}

/** How the fee is shared. */
function sharing(policy: Policy, shares: readonly number[]): string {
  const withheld = withheldBecause(policy);
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total === 0)
    return `With a result, also one that is withheld because ${withheld}, it goes to the author of the analysis and the treasury; the parties get nothing.`;
  const weights = policy.parties.flatMap(({ label }, i) =>
    shares[i] > 0 ? [`${own(label)} ${shares[i]}/${total}`] : [],
  );
  return (
    `With a result, also one that is withheld because ${withheld}, it goes to the author of the analysis and the treasury, as the registered template says, ` +
    `and what they leave to the parties: ${weights.join(', ')}, of those that took part to the end.`
  );
}

/** What each party pays of a fee: equal parts, the first ones a unit more where it cannot be divided. */
function partsOf(fee: bigint, parties: Policy['parties']): string {
  const count = BigInt(parties.length);
  const [each, left] = [fee / count, Number(fee % count)];
  if (left === 0) return `${each} each`;
  return `${each + 1n} each from ${namesOf(parties.slice(0, left))}, ${each} each from ${namesOf(parties.slice(left))}`;
}

/** How long anything is kept. */
export function retention({ deadlines }: Policy): string {
  return (
    `Whatever a party received in the room it may keep for ${duration(deadlines.retention)} after the last of these deadlines; ` +
    `by then it has to delete it and to attest that on record.`
  );
}
