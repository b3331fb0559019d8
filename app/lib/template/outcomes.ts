/** What rooms come to, by their template. */
import { aggregates, type RoomView } from '../room/view.ts';
import { aggregateOutcome } from './aggregate-outcome.ts';
import { overlapOutcome } from './overlap-outcome.ts';
import type { OutcomeReading } from './template.ts';

/** How the outcome of a room is read. */
export function outcomeReadingOf(view: Pick<RoomView, 'terms'>): OutcomeReading {
  return aggregates(view) ? aggregateOutcome : overlapOutcome;
}
