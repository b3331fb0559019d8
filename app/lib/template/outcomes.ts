/** What rooms come to, by their template. */
import { aggregates, joinsValues, type RoomView } from '../room/view.ts';
import { aggregateOutcome } from './aggregate-outcome.ts';
import { joinedOutcome } from './joined-outcome.ts';
import { overlapOutcome } from './overlap-outcome.ts';
import type { OutcomeReading } from './template.ts';

/** How the outcome of a room is read. */
export function outcomeReadingOf(view: Pick<RoomView, 'terms'>): OutcomeReading {
  if (joinsValues(view)) return joinedOutcome;
  return aggregates(view) ? aggregateOutcome : overlapOutcome;
}
