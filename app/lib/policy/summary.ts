/** What a policy says, in words for people. */
import type { Policy } from './schema.ts';

/**
 * A paragraph that says to people all that they agree to: what is counted and released, by when, who may be left out,
 * what it costs, what a stake is lost for, and how long anything is kept.
 */
export function policySummary(policy: Policy): string {
  return [analysis(policy), timetable(policy), attendance(policy), money(policy), retention(policy)].join(' ');
}

function analysis({ parties, identifier, k, minRows, maxRows, purpose, proofMode }: Policy): string {
  const all = parties.length === 2 ? 'both' : `all ${parties.length}`;
  return (
    `${namesOf(parties)} count the ${nounOf(identifier.type)} that ${all} hold, for this purpose: ${purpose.replace(/\.$/, '')}. ` +
    `Each brings ${minRows} to ${maxRows} distinct values of the column "${identifier.column}". ` +
    `Only the count is released, and only if it is at least ${k}; no rows leave their owner. ${PROOFS[proofMode]}`
  );
}

const PROOFS: Readonly<Record<Policy['proofMode'], string>> = {
  succinct: 'Every step carries a zero-knowledge proof.',
  attested:
    'What is matched and released carries zero-knowledge proofs; that each party made its list from its own rows, and passed on the others’ unchanged, ' +
    'it attests: the others find most changes, but not all.',
};

function timetable({ deadlines }: Policy): string {
  return (
    `The parties have ${duration(deadlines.invite)} to accept, ${duration(deadlines.approve)} to approve, ` +
    `${duration(deadlines.commit)} to commit their data, ${duration(deadlines.join)} for the join and ${duration(deadlines.share)} to open the result.`
  );
}

function attendance({ parties, minParties = parties.length }: Policy): string {
  const needed =
    minParties === parties.length
      ? 'Every party is needed: if one withdraws or misses a deadline, the room ends without a result.'
      : `Until all data is committed, a party that misses a deadline may be left out and each may withdraw, ` +
        `and the others go on and count what they have in common, as long as ${minParties} of the ${parties.length} remain; ` +
        `after that every remaining party is needed.`;
  return `${needed} The host can cancel the room before there is a result.`;
}

function money({ parties, fees }: Policy): string {
  if (!fees) return 'Nothing is to be paid.';
  const sentences: string[] = [];
  if (fees.fee !== undefined) {
    sentences.push(
      fees.payer === 'host'
        ? `The host pays a fee of ${units(fees.fee)}.`
        : `The parties pay a fee of ${units(fees.fee)}: ${partsOf(BigInt(fees.fee), parties)}.`,
      sharing(parties, fees.shares!),
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
  sentences.push(`Amounts are in units of the token ${fees.token}.`);
  return sentences.join(' ');
}

function sharing(parties: Policy['parties'], shares: readonly number[]): string {
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total === 0)
    return 'With a result, also one that is withheld because it lies below k, it goes to the author of the analysis and the treasury; the parties get nothing.';
  const weights = parties.flatMap(({ label }, i) => (shares[i] > 0 ? [`${label} ${shares[i]}/${total}`] : []));
  return (
    `With a result, also one that is withheld because it lies below k, it goes to the author of the analysis and the treasury, as the registered template says, ` +
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

function retention({ deadlines }: Policy): string {
  return (
    `Whatever a party received in the room it may keep for ${duration(deadlines.retention)} after the last of these deadlines; ` +
    `by then it has to delete it and to attest that on record.`
  );
}

function namesOf(parties: Policy['parties']): string {
  const labels = parties.map(({ label }) => label);
  return labels.length === 1 ? labels[0] : `${labels.slice(0, -1).join(', ')} and ${labels.at(-1)}`;
}

function nounOf(type: Policy['identifier']['type']): string {
  return { email: 'e-mail addresses', phone: 'phone numbers', exact: 'identifiers' }[type];
}

function units(amount: string): string {
  return `${amount} token unit${amount === '1' ? '' : 's'}`;
}

function duration(seconds: number): string {
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const) {
    if (seconds % size === 0) return `${seconds / size} ${unit}${seconds === size ? '' : 's'}`;
  }
  return `${seconds} seconds`;
}
