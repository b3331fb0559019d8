/** What rooms come to, by their template. */
import { kindOf, type RoomKind, type RoomView } from '../room/view.ts';
import { aggregateOutcome } from './aggregate-outcome.ts';
import { joinedOutcome } from './joined-outcome.ts';
import { overlapOutcome } from './overlap-outcome.ts';
import type { OutcomeReading } from './template.ts';
import { thresholdOutcome } from './threshold-outcome.ts';

const READINGS: Readonly<Record<RoomKind, OutcomeReading>> = {
  overlap: overlapOutcome,
  aggregate: aggregateOutcome,
  joined: joinedOutcome,
  threshold: thresholdOutcome,
};

/** How the outcome of a room is read. */
export function outcomeReadingOf(view: Pick<RoomView, 'terms'>): OutcomeReading {
  return READINGS[kindOf(view)];
}
