/** Rooms that are played by nothing but what each slot is told to do next. */
import { isOver, nextStep, type NextStep } from '../../app/lib/room/next.ts';

import type { RoomLog } from './log.ts';

/**
 * Plays a room that was created, until it is over.
 *
 * @param slots how many it has
 * @param order of the slots that act first; numbers of slots that there are not are left out
 * @param rounds how often all slots act in turn after that, as often as the room needs at most
 * @param act adds to the log what a slot does as its next step
 */
export function playByNextSteps<Log extends RoomLog>(
  log: Log,
  { slots, order, rounds }: { readonly slots: number; readonly order: readonly number[]; readonly rounds: number },
  act: (log: Log, slot: number, step: NextStep) => void,
): Log {
  const everyone = Array.from({ length: slots }, (_, slot) => slot);
  const turns = [...order.filter((slot) => slot < slots), ...Array.from({ length: rounds }, () => everyone).flat()];
  for (const slot of turns) {
    const view = log.replay();
    if (isOver(view)) break;
    act(log, slot, nextStep(view, slot));
  }
  return log;
}
