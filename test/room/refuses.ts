/** Logs that are right up to their last event. */
import { expect, test } from '@jest/globals';
import { ReplayError } from '../../app/lib/room/replay.ts';
import type { RoomLog } from './log.ts';

/** A log that ends with an event that is not allowed. */
export type Case = readonly [what: string, log: () => RoomLog, why: RegExp];

/** Tests that a replay refuses each log, and nothing but its last event. */
export function refuses(cases: readonly Case[]): void {
  test.each(cases)('%s', (_, log, why) => {
    const wrong = log();
    expect(() => wrong.replay()).toThrow(ReplayError);
    expect(() => wrong.replay()).toThrow(why);
    wrong.events.pop();
    if (wrong.events.length > 0) expect(() => wrong.replay()).not.toThrow();
  });
}
