/** Which step a slot has to do next, from the public view of a room alone. */
import { hopSlot } from '../protocol/hop.ts';
import { SLOTS } from './events.ts';
import { isEnded, type RoomView } from './replay.ts';

export type NextStep =
  | { readonly kind: 'take-slot' | 'approve' | 'commit' }
  | { readonly kind: 'blind' }
  | { readonly kind: 'hop'; readonly list: number; readonly hop: number }
  | { readonly kind: 'match' | 'share' | 'release' }
  | { readonly kind: 'wait'; readonly on: string }
  | { readonly kind: 'finished' };

/** The slot that makes match and release; any could, one is enough. */
const CLOSER = 0;

/** The next step of `slot`. */
export function nextStep(view: RoomView, slot: number): NextStep {
  const mine = view.slots[slot];
  switch (view.state) {
    case 'inviting':
      return mine ? waitFor(view, 'take their slots', (s) => s !== undefined) : { kind: 'take-slot' };
    case 'approving':
      return mine!.approved ? waitFor(view, 'approve', (s) => s!.approved) : { kind: 'approve' };
    case 'committing':
      return mine!.dataset !== undefined
        ? waitFor(view, 'commit their data', (s) => s!.dataset !== undefined)
        : { kind: 'commit' };
    case 'joining':
      return joining(view, slot);
    case 'sharing':
      if (!mine!.share) return { kind: 'share' };
      if (view.slots.some((s) => !s!.share)) return waitFor(view, 'give their shares', (s) => s!.share !== undefined);
      return slot === CLOSER ? { kind: 'release' } : { kind: 'wait', on: `slot ${CLOSER} to release the result` };
    default:
      return { kind: 'finished' };
  }
}

function joining(view: RoomView, slot: number): NextStep {
  if (view.lists[slot][0] === undefined) return { kind: 'blind' };
  const unblinded = view.lists.findIndex((digests) => digests[0] === undefined);
  if (unblinded >= 0) return { kind: 'wait', on: `slot ${unblinded} to blind its list` };
  for (let hop = 1; hop < SLOTS; hop++) {
    for (let list = 0; list < SLOTS; list++) {
      const due = view.lists[list][hop] === undefined && view.lists[list][hop - 1] !== undefined;
      if (due && hopSlot(list, hop, SLOTS) === slot) return { kind: 'hop', list, hop };
    }
  }
  const waiting = view.lists.flatMap((digests, list) =>
    digests[SLOTS - 1] === undefined
      ? [
          hopSlot(
            list,
            digests.findIndex((d) => d === undefined),
            SLOTS,
          ),
        ]
      : [],
  );
  if (waiting.length > 0) return { kind: 'wait', on: `slot ${waiting[0]} to pass on a list` };
  return slot === CLOSER ? { kind: 'match' } : { kind: 'wait', on: `slot ${CLOSER} to match the lists` };
}

function waitFor(view: RoomView, what: string, done: (slot: RoomView['slots'][number]) => boolean): NextStep {
  const missing = view.slots.flatMap((s, i) => (done(s) ? [] : [i]));
  return { kind: 'wait', on: `slot ${missing.join(', ')} to ${what}` };
}

/** Chunks of a step that are on chain already. */
export function chunksDone(view: RoomView, position: number): number {
  return view.steps.get(position)?.chunks ?? 0;
}

/** Whether nothing more will happen in a room without its host. */
export function isOver(view: RoomView): boolean {
  return view.result !== undefined || isEnded(view.state);
}
