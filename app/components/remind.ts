/** What a host writes to a party that the room waits for. The text goes nowhere by itself: the host copies it. */
import type { PartyState } from '../server/party/room-page.ts';
import { timeText } from './text.ts';

/** What a party is asked to do; steps that its server makes by itself need that server to run. */
const ASKS: Record<Exclude<NonNullable<PartyState['dueStep']>, 'wait' | 'finished'>, string> = {
  'take-slot': 'take your place, with the invite that I sent you',
  approve: 'read the policy and approve it',
  'second-approval': 'have your second account approve the policy: grant it the role of an approver',
  'confirm-payment': 'pay what is due from you',
  commit: 'connect your table and commit it',
  'prove-dataset': 'keep your server running: it proves that your rows keep the rules',
  blind: 'keep your server running: it blinds your list',
  hop: 'keep your server running: it passes on a list',
  match: 'keep your server running: it matches the lists',
  share: 'keep your server running: it gives your share of the key',
  release: 'keep your server running: it releases the result',
  encrypt: 'keep your server running: it encrypts your numbers',
  return: 'keep your server running: it tells back what matched',
  select: 'keep your server running: it adds up encrypted numbers',
  open: 'keep your server running: it opens your sums',
  tally: 'keep your server running: it tallies your rows',
  mask: 'keep your server running: it gives your masked sums',
  part: 'keep your server running: it gives your encrypted part of the sum',
  mix: 'keep your server running: it shuffles and takes its share of the key off',
  figures: 'keep your server running: it releases the figures',
};

/** What a reminder is about. */
export type Reminder = {
  readonly purpose: string;
  readonly party: Pick<PartyState, 'label' | 'dueStep'>;
  readonly deadline?: { readonly at: string; readonly passed: boolean };
  /** Link to the room, without any secret. */
  readonly link: string;
};

/** The text of a reminder; undefined where the room waits for nothing from the party. */
export function reminderText({ purpose, party, deadline, link }: Reminder): string | undefined {
  const { label, dueStep } = party;
  if (dueStep === undefined || dueStep === 'wait' || dueStep === 'finished') return undefined;
  const until = deadline && (deadline.passed ? 'The time for it ended on' : 'Please do it before');
  return [
    `${label}: our room “${purpose}” waits for you to ${ASKS[dueStep]}.`,
    ...(deadline ? [`${until} ${timeText(deadline.at)}.`] : []),
    `The room in your own app: ${link}`,
  ].join('\n');
}
