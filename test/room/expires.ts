/** Rooms that expire: who is named at fault. */
import { expect, test } from '@jest/globals';
import type { RoomLog } from './log.ts';

/** A log of three slots before it expires, and the mask of those that are at fault then. */
export type Expiring = readonly [who: string, log: () => RoomLog, fault: number];

/** Tests that a replay takes the end of each log with those at fault named, and with no others. */
export function expireAtFault(cases: readonly Expiring[]): void {
  test.each(cases)('%s', (_, log, fault) => {
    for (let named = 0; named < 8; named++) {
      const room = log();
      const expired = room.add('RoomEnded', room.ended(9, 255, named));
      if (named === fault) expect(expired.replay()).toMatchObject({ state: 'expired', progress: { atFault: fault } });
      else expect(() => expired.replay()).toThrow('other slots are named at fault');
    }
  });
}
