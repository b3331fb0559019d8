/** Drives a profile's slots through the steps that need no decision, in every room that it has a slot of. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldToHex } from '../../lib/field/field.ts';
import { newMemory, takeTurn } from '../../lib/room/engine.ts';
import type { Session } from '../../lib/room/session.ts';
import { listRooms, loadRoom } from '../../lib/room/store.ts';
import type { Memory } from '../../lib/template/template.ts';
import { explain } from '../explain.ts';
import { receiptFile } from '../receipt-file.ts';
import { makeReceipt, sessionOf, type At } from './acts.ts';
import type { TurnNews } from './messages.ts';

/** Milliseconds from one look at the rooms to the next, and after one that failed. */
const PACE = 3_000;
const PACE_AFTER_FAILURE = 20_000;

export type Driving = Pick<At, 'party'> & {
  /** Lets nothing else of the profile happen at the same time. */
  readonly inTurn: <T>(act: () => Promise<T>) => Promise<T>;
  readonly report: (room: string) => At['report'];
  readonly tell: (room: string, turn: TurnNews) => void;
};

/** Takes turns in all rooms until the process ends. Rooms that are joined meanwhile are found at the next look. */
export async function drive(driving: Driving): Promise<never> {
  const rooms = new Map<string, { session: Session; memory: Memory }>();
  const over = new Set<string>();
  for (;;) {
    let pace = PACE;
    for (const id of await listRooms(driving.party.home)) {
      const room = fieldToHex(id);
      if (over.has(room)) continue;
      try {
        const record = await loadRoom(driving.party.home, id);
        if (record?.slot === undefined) continue;
        const known = rooms.get(room);
        const own = known ?? {
          session: await sessionOf({ party: driving.party, report: driving.report(room) }, room),
          memory: newMemory(),
        };
        rooms.set(room, own);
        const turn = await driving.inTurn(() => turnOf(own.session, own.memory));
        driving.tell(room, turn);
        if (turn.kind === 'finished') over.add(room);
        if (turn.kind === 'acted') pace = 0;
      } catch (error) {
        driving.tell(room, { kind: 'stuck', reason: explain(error) });
        pace = Math.max(pace, PACE_AFTER_FAILURE);
      }
    }
    await sleep(pace);
  }
}

async function turnOf(session: Session, memory: Memory): Promise<TurnNews> {
  const turn = await takeTurn(session, memory);
  switch (turn.outcome) {
    case 'acted':
      return { kind: 'acted', step: turn.step.kind };
    case 'waiting':
      return { kind: 'waiting', on: turn.on };
    case 'decision':
      return { kind: 'decision', step: turn.step };
    case 'finished':
      if (turn.view.result && !existsSync(receiptFile(fieldToHex(turn.view.roomId))!)) await makeReceipt(session);
      return { kind: 'finished' };
  }
}
