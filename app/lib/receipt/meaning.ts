/** What the checks of a receipt mean, in plain words. */
import type { CircuitName } from '../protocol/context.ts';
import type { Receipt } from './schema.ts';

const PROOFS: Readonly<Record<string, string>> = {
  dataset:
    'The committed rows are distinct, as many as the policy allows, and keep the rules that its template sets for values.',
  blind: 'A list was made from exactly the committed rows.',
  blind_values:
    'A list was made from exactly the committed rows, each element with its row’s group where the party names groups, and the rows’ values are committed to in its order.',
  hop: 'A list was passed on with nothing added, dropped or replaced, or what matched was told back to the elements that it is about.',
  match:
    'The encrypted figure is the number of identifiers that all lists share, and whether it reaches k is stated truly.',
  tally:
    'The hidden sums of a party are those of exactly the committed rows, group by group, and in which groups it has at least k rows is stated truly.',
  masked: 'A party gave its own sums, masked, of open groups and of what the policy opens, and nothing else.',
  figures:
    'The released figures follow from the masked sums of all members by the formulas of the policy’s template, and every open group has at least k rows.',
  encrypt: 'A party encrypted the values of its list’s rows, or their squares, and nothing else.',
  select:
    'Encrypted values of exactly the elements that matched were added up, group by group, and groups with fewer than k of them were left out.',
  opened: 'The hidden sums of a party are what the encrypted sums of its own values hold.',
  part: 'A party encrypted, under the key that all share, how many whole units its own sum lies above the floor, and nothing else.',
  mix: 'A party shuffled the encrypted distances of the sum to the steps up to a border, each under a factor of its own that hides all but whether it is 0, and took its own share of the key off; whether one of them turned out to be 0 is stated truly.',
  release: 'The released figure is what the encryption holds, opened with every member’s share, and it reaches k.',
};

/** What a proof of a circuit shows. */
export function proofMeaning(circuit: CircuitName): string {
  // Sizes and numbers of members say nothing more.
  return PROOFS[circuit.replace(/(_\d+)+$/, '')];
}

export function srsMeaning({ srs }: Receipt): string {
  return srs.kind === 'ignition'
    ? 'The proofs stand on the public Ignition ceremony’s reference string.'
    : 'The proofs stand on the DEVELOPMENT reference string, whose secret is public: they convince nobody who was not there.';
}

export function governanceMeaning({ governance }: Receipt): string {
  const { slots, disputed, audits, deletion } = governance;
  const listed = (numbers: readonly number[]): string => (numbers.length === 0 ? 'nobody' : numbers.join(', '));
  const standing = (name: string): number[] => slots.filter((s) => s.standing === name).map(({ slot }) => slot);
  const sentences = [
    `Slots that took part to the end: ${listed(standing('member'))}.`,
    ...(standing('late').length > 0 ? [`Left out for missing a deadline: ${listed(standing('late'))}.`] : []),
    ...(standing('withdrew').length > 0 ? [`Withdrew: ${listed(standing('withdrew'))}.`] : []),
    `Every one of them approved exactly this policy${slots.some((s) => s.approvals.length > 1) ? ', with two accounts' : ''}.`,
    ...(disputed ? ['A member stated on the way that it could not go on.'] : []),
    ...(audits.length > 0 ? [`Audit reports on record: ${audits.length}.`] : []),
    `Deletion of what was received, when this receipt was written: ${
      deletion.complete
        ? 'attested by all members'
        : `attested by ${listed(deletion.attested)}, due from ${listed(deletion.due)}`
    }.`,
  ];
  return sentences.join(' ');
}

/** What no receipt can show; `attested` says whether datasets and lists of the room stand on their makers' word. */
export function trustedBy(receipt?: Receipt, attested = false): string[] {
  const trusted = [
    'Each party’s rows are what it says they are: a commitment makes it stick to one story, not to the truth.',
    'Who attested a deletion has deleted: nobody can prove that there is no copy left.',
  ];
  if (attested) {
    trusted.push(
      'This room was attested: nothing proves that a list was made from the committed rows. That lists were passed on unchanged rests on the sums of their points, which ' +
        'changes made to cancel out leave alone, and on the members, each of whom looked at all lists before it gave its share.',
    );
  }
  if (receipt && !receipt.network.provesTransactions) {
    trusted.push(
      'This network does not check proofs of transactions, so the contract’s own checks were made by the node alone; the proofs in this receipt were re-checked here.',
    );
  }
  return trusted;
}
