/** What a party does next, in words. Shared by the list of rooms and the page of one. */
import type { NextStep } from '../lib/room/next.ts';

const STEPS: Record<Exclude<NextStep['kind'], 'wait'>, string> = {
  'take-slot': 'Your turn: take your place with the invite',
  approve: 'Your turn: read the policy and approve it',
  'confirm-payment': 'Your turn: pay what is due from you',
  commit: 'Your turn: connect your table and commit it',
  'prove-dataset': 'Your server proves that your rows keep the rules',
  blind: 'Your server blinds your list and proves it',
  hop: 'Your server passes on a list and proves it',
  match: 'Your server matches the lists and proves it',
  share: 'Your server gives your share of the key',
  release: 'Your server releases the result and proves it',
  encrypt: 'Your server encrypts your numbers and proves them',
  return: 'Your server tells back what matched and proves it',
  select: 'Your server adds up encrypted numbers of what matched and proves the sums',
  open: 'Your server opens your own sums and proves them',
  tally: 'Your server tallies your rows and proves it',
  mask: 'Your server gives your masked sums and proves them',
  part: 'Your server gives your encrypted part of the sum and proves it',
  mix: 'Your server shuffles what is left of the sum, takes its share of the key off, and proves it',
  figures: 'Your server releases the figures and proves them',
  finished: 'Nothing is left to do',
};

/** Steps that wait for a person. */
const DECISIONS: readonly NextStep['kind'][] = ['take-slot', 'approve', 'confirm-payment', 'commit'];

/** A next step in words; who is waited for is named by the labels of the policy where there are any. */
export function nextText(next: NextStep, parties?: readonly string[]): string {
  if (next.kind !== 'wait') return STEPS[next.kind];
  const on = parties
    ? next.on.replace(/\bslot (\d(?:, \d)*)/g, (_, slots: string) => namesOf(slots, parties))
    : next.on;
  return `Waiting for ${on}`;
}

/** Whether a step waits for the person. */
export function isDecision(next: NextStep): boolean {
  return DECISIONS.includes(next.kind);
}

function namesOf(slots: string, parties: readonly string[]): string {
  return slots
    .split(', ')
    .map((slot) => `“${parties[Number(slot)] ?? slot}”`)
    .join(', ');
}

/** What a profile's process was asked to do, in words. */
export const ACT_TEXT = {
  open: 'Opening the wallet',
  create: 'Creating the room',
  draft: 'Preparing the room',
  write: 'Writing the call for your wallet',
  join: 'Taking your place',
  check: 'Looking at the table',
  approve: 'Approving the policy',
  'approve-as': 'Approving the policy',
  'record-audit': 'Putting the report on record',
  grant: 'Granting the role',
  'revoke-role': 'Taking the role back',
  purse: 'Looking at your account',
  mint: 'Handing out sample tokens',
  pay: 'Paying',
  confirm: 'Proving that all is paid',
  claim: 'Claiming',
  refund: 'Taking back what was paid',
  delete: 'Deleting the room’s data',
  commit: 'Committing your data',
  revoke: 'Withdrawing consent',
  dispute: 'Stating that you cannot go on',
  cancel: 'Cancelling the room',
  close: 'Closing the room',
  'leave-out': 'Going on without late parties',
  expire: 'Ending the room that is late',
  receipt: 'Making the receipt',
} as const;
