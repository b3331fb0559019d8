/** Which step a slot has to do next, from the public view of a room alone. */
import { hopSlot } from '../protocol/hop.ts';
import { isSelected, stepsOnList, unencryptedVectors } from './joined-steps.ts';
import { datasetPosition, isOver, kindOf, slotsOf, type RoomKind, type RoomView, type SlotView } from './view.ts';

export { isOver } from './view.ts';

/** What a slot does next, as the room stands. */
export type NextStep =
  /** Decisions: each needs its party's word, its money or its data. */
  | { readonly kind: 'take-slot' | 'approve' | 'confirm-payment' | 'commit' }
  /** The rest of a dataset's proof, after the first chunk of it. */
  | { readonly kind: 'prove-dataset' }
  | { readonly kind: 'blind' }
  | { readonly kind: 'hop'; readonly list: number; readonly hop: number }
  | { readonly kind: 'match' | 'share' | 'release' }
  /** Steps of a room that joins values: each is also the rest of its proof, after the first chunk of it. */
  | { readonly kind: 'encrypt'; readonly vector: number }
  | { readonly kind: 'return'; readonly list: number; readonly hop: number }
  | { readonly kind: 'select'; readonly list: number; readonly vector: number }
  | { readonly kind: 'open' }
  /** Steps of a room that aggregates; a tally is also the rest of its proof, after the first chunk of it. */
  | { readonly kind: 'tally' | 'mask' | 'figures' }
  /** Steps of a room that tells bands, after its tallies; borders are numbered from 1. */
  | { readonly kind: 'part' }
  | { readonly kind: 'mix'; readonly border: number }
  | { readonly kind: 'wait'; readonly on: string }
  /** The room is over, or the slot is no longer in it. */
  | { readonly kind: 'finished' };

/** The next step of `slot` in a room that is joining, by what the room opens. */
const JOINING: Readonly<Record<RoomKind, (view: RoomView, slot: number) => NextStep>> = {
  overlap: joining,
  aggregate: tallying,
  joined: joiningValues,
  threshold: tallying,
};

/** The same in a room that is sharing. */
const SHARING: Readonly<Record<RoomKind, (view: RoomView, slot: number) => NextStep>> = {
  overlap: sharing,
  aggregate: masking,
  joined: masking,
  threshold: mixing,
};

/** The next step of `slot`. Deadlines are not looked at. */
export function nextStep(view: RoomView, slot: number): NextStep {
  if (!Number.isInteger(slot) || slot < 0 || slot >= view.slots.length) throw new Error(`There is no slot ${slot}.`);
  if (!view.members.includes(slot)) return { kind: 'finished' };
  switch (view.state) {
    case 'inviting':
      return view.slots[slot] ? waitFor(view, 'take their slots', (s) => s !== undefined) : { kind: 'take-slot' };
    case 'approving':
      return approving(view, slot);
    case 'committing':
      return committing(view, slot);
    case 'joining':
      return JOINING[kindOf(view)](view, slot);
    case 'sharing':
      return SHARING[kindOf(view)](view, slot);
    default:
      return { kind: 'finished' };
  }
}

/** The slot that makes match and release, or the figures; any member could, one is enough. */
function closerOf(view: RoomView): number {
  return view.members[0];
}

function approving(view: RoomView, slot: number): NextStep {
  const mine = view.slots[slot]!;
  const approvedMyself = mine.approvals.some(({ grant }) => grant === 0n);
  if (!mine.approved && !approvedMyself) return { kind: 'approve' };
  if (owes(view, mine)) return { kind: 'confirm-payment' };
  if (!mine.approved) return { kind: 'wait', on: `a second account to approve for slot ${slot}` };
  return waitFor(view, 'approve', (s) => s!.approved);
}

function committing(view: RoomView, slot: number): NextStep {
  const mine = view.slots[slot]!;
  if (mine.dataset !== undefined) return waitFor(view, 'commit their data', (s) => s!.dataset !== undefined);
  if (owes(view, mine)) return { kind: 'confirm-payment' };
  return { kind: chunksDone(view, datasetPosition(slot)) > 0 ? 'prove-dataset' : 'commit' };
}

/** Whether a slot has yet to prove that what is due from it was paid. */
function owes(view: RoomView, slot: SlotView): boolean {
  return view.terms.escrow !== 0n && !slot.paid;
}

function joining(view: RoomView, slot: number): NextStep {
  const { lists, members } = view;
  if (lists[slot][0] === undefined) return { kind: 'blind' };
  const unblinded = members.filter((list) => lists[list][0] === undefined);
  if (unblinded.length > 0) return { kind: 'wait', on: `slot ${unblinded.join(', ')} to blind its list` };
  // The next hop of each list that is still on its way.
  const due = members.flatMap((list) => {
    const hop = lists[list].findIndex((digest, h) => h < members.length && digest === undefined);
    return hop < 0 ? [] : [{ list, hop, by: hopSlot(list, hop, members) }];
  });
  const [mine] = due.filter(({ by }) => by === slot).sort((a, b) => a.hop - b.hop);
  if (mine) return { kind: 'hop', list: mine.list, hop: mine.hop };
  if (due.length > 0) return { kind: 'wait', on: `slot ${due[0].by} to pass on a list` };
  const closer = closerOf(view);
  return slot === closer ? { kind: 'match' } : { kind: 'wait', on: `slot ${closer} to match the lists` };
}

function sharing(view: RoomView, slot: number): NextStep {
  if (!view.slots[slot]!.share) return { kind: 'share' };
  if (view.members.some((member) => !view.slots[member]!.share)) {
    return waitFor(view, 'give their shares', (s) => s!.share !== undefined);
  }
  const closer = closerOf(view);
  return slot === closer ? { kind: 'release' } : { kind: 'wait', on: `slot ${closer} to release the result` };
}

function tallying({ tallies, members }: RoomView, slot: number): NextStep {
  if (tallies[slot] === undefined) return { kind: 'tally' };
  return waitForSlots(
    members.filter((member) => tallies[member] === undefined),
    'tally their rows',
  );
}

function masking(view: RoomView, slot: number): NextStep {
  const { masked, members } = view;
  if (masked[slot] === undefined) return { kind: 'mask' };
  const missing = members.filter((member) => masked[member] === undefined);
  if (missing.length > 0) return waitForSlots(missing, 'give their masked tallies');
  const closer = closerOf(view);
  return slot === closer ? { kind: 'figures' } : { kind: 'wait', on: `slot ${closer} to release the figures` };
}

/** A slot's mix of a border follows that of the slot before. How many borders there are is known from the first mix on. */
function mixing({ parts, members, mixes, borders }: RoomView, slot: number): NextStep {
  if (parts[slot] === undefined) return { kind: 'part' };
  const missing = members.filter((member) => parts[member] === undefined);
  if (missing.length > 0) return waitForSlots(missing, 'give their parts');
  const isMixed = (member: number, border: number) => mixes[member][border - 1] !== undefined;
  const before = members[members.indexOf(slot) - 1];
  const numbers = Array.from({ length: borders ?? 1 }, (_, i) => i + 1);
  const border = numbers.find((n) => !isMixed(slot, n) && (before === undefined || isMixed(before, n)));
  if (border !== undefined) return { kind: 'mix', border };
  const late = members.find((member) => numbers.some((n) => !isMixed(member, n)))!;
  return { kind: 'wait', on: `slot ${late} to mix` };
}

/** In a room that joins values. A vector is encrypted where the slot would wait for others: at the latest after the match. */
function joiningValues(view: RoomView, slot: number): NextStep {
  const step = view.matched ? afterMatch(view, slot) : joining(view, slot);
  if (step.kind !== 'wait' || view.values[slot] === undefined) return step;
  const [vector] = unencryptedVectors(view, slot);
  return vector === undefined ? step : { kind: 'encrypt', vector };
}

function afterMatch(view: RoomView, slot: number): NextStep {
  const { tallies, members } = view;
  const [mine] = members.flatMap((list) => stepsOnList(view, list)).filter(({ by }) => by === slot);
  if (mine?.kind === 'return') return { kind: 'return', list: mine.list, hop: mine.hop };
  if (mine) return { kind: 'select', list: mine.list, vector: mine.vector };
  if (!isSelected(view, slot)) {
    // Without a step of another on its list it is the slot's own that is missing: a vector to encrypt.
    const [other] = stepsOnList(view, slot);
    return { kind: 'wait', on: `slot ${other?.by ?? slot} to go on with the list of slot ${slot}` };
  }
  if (tallies[slot] === undefined) return { kind: 'open' };
  return waitForSlots(
    members.filter((member) => tallies[member] === undefined),
    'open their tallies',
  );
}

function waitFor(view: RoomView, what: string, done: (slot: RoomView['slots'][number]) => boolean): NextStep {
  return waitForSlots(
    view.members.filter((member) => !done(view.slots[member])),
    what,
  );
}

function waitForSlots(missing: readonly number[], what: string): NextStep {
  return { kind: 'wait', on: `slot ${missing.join(', ')} to ${what}` };
}

/** What anyone may do once a room's present deadline has passed: go on without the late slots, or end it; see `expire`. */
export function afterDeadline(view: RoomView): 'leave-out' | 'expire' | undefined {
  if (isOver(view)) return undefined;
  const early = view.state === 'inviting' || view.state === 'approving' || view.state === 'committing';
  return early && slotsOf(view.progress.done).length >= view.terms.min_slots ? 'leave-out' : 'expire';
}

/** Chunks of a step that are on chain already. */
export function chunksDone(view: RoomView, position: number): number {
  return view.steps.get(position)?.chunks ?? 0;
}
