/** Where each slot looks at the room and does what is next, the room comes to a result, whoever looks first. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { afterDeadline, chunksDone, isOver, nextStep, type NextStep } from '../../app/lib/room/next.ts';
import { datasetPosition } from '../../app/lib/room/view.ts';
import { SOAK } from '../support/choice.ts';
import { chunkOf, finishFrom, MODES, ROOM, roomIn, RoomLog } from './log.ts';

beforeAll(initField);

const FEES = { token: 9n, fee: 100n, payer: 2, stake: 50n, shares: [1, 1, 0, 0, 0] };
const kindOf = (log: RoomLog, slot: number) => nextStep(log.replay(), slot).kind;

/** Does a slot's step, as its client would. */
function act(log: RoomLog, slot: number, step: NextStep): void {
  switch (step.kind) {
    case 'take-slot':
      return void log.take(slot);
    case 'approve':
      return void log.approve(slot);
    case 'confirm-payment':
      return void log.pay(slot);
    case 'commit':
      if (log.attested) return void log.commit(slot);
      return void log.add('DatasetProven', log.dataset(slot, chunkOf(0, false)));
    case 'prove-dataset':
      return void log.add('DatasetProven', log.dataset(slot, chunkOf(1, true)));
    case 'blind':
      return void log.blindBy(slot);
    case 'hop':
      return void log.pass(step.list, step.hop);
    case 'match':
      return void log.add('MatchProven', log.match(7, slot));
    case 'share':
      return void log.add('ShareGiven', log.share(slot));
    case 'release':
      return void log.add('ResultReleased', log.release(7, slot));
    default:
  }
}

describe('next steps', () => {
  test('lead every room to its result, in whatever order slots act, with and without fees and absent slots', () => {
    const course = fc.record({
      slots: fc.integer({ min: 2, max: 5 }),
      order: fc.array(fc.nat({ max: 4 }), { maxLength: 30 }),
      paid: fc.boolean(),
      absent: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
      mode: fc.constantFrom(...MODES),
    });
    fc.assert(
      fc.property(course, ({ slots, order, paid, absent, mode }) => {
        const gone = absent !== undefined && absent < slots && slots > 2 ? absent : undefined;
        const log = new RoomLog({ slots, minSlots: 2, fees: paid ? FEES : {}, mode }).create();
        const everyone = Array.from({ length: slots }, (_, slot) => slot);
        const queue = order.filter((slot) => slot < slots && slot !== gone);
        for (let round = 0; round < 40; round++) {
          // The drawn order first, then everyone in turn.
          for (const slot of round === 0 ? queue : everyone.filter((s) => s !== gone)) {
            const step = nextStep(log.replay(), slot);
            act(log, slot, step);
          }
          if (isOver(log.replay())) break;
          // The absent slot is left out as soon as all others wait for it.
          const view = log.replay();
          const others = everyone.filter((slot) => slot !== gone);
          if (view.state === 'inviting' && others.every((slot) => view.slots[slot])) log.leaveOut(...others);
        }
        const view = log.replay();
        expect(view.result).toEqual({ suppressed: false, count: 7 });
        for (const slot of everyone) expect(nextStep(view, slot)).toEqual({ kind: 'finished' });
      }),
      { numRuns: SOAK ? 8 : 3 },
    );
  });

  test('are the same in an attested room as in a succinct one, whose proofs are of one part each', () => {
    const orders = fc.array(fc.nat({ max: 4 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }), orders, fc.boolean(), (slots, order, paid) => {
        const rooms = MODES.map((mode) => new RoomLog({ slots, mode, fees: paid ? FEES : {} }).create());
        const everyone = Array.from({ length: slots }, (_, slot) => slot);
        const turns = [...order.filter((slot) => slot < slots), ...Array.from({ length: 30 }, () => everyone).flat()];
        let views = rooms.map((room) => room.replay());
        for (const slot of turns) {
          const [succinct, attested] = views;
          for (const each of everyone) expect(nextStep(attested, each)).toEqual(nextStep(succinct, each));
          if (isOver(succinct)) break;
          const step = nextStep(succinct, slot);
          if (step.kind === 'wait') continue;
          for (const room of rooms) {
            if (step.kind === 'commit') room.commit(slot);
            else act(room, slot, step);
          }
          views = rooms.map((room) => room.replay());
        }
        for (const view of views) expect(view.result).toEqual({ suppressed: false, count: 7 });
      }),
      { numRuns: SOAK ? 4 : 2 },
    );
  });

  test('ask nobody of an attested room for a proof of a dataset', () => {
    const log = roomIn('committing', { mode: 'attested' });
    expect(kindOf(log, 0)).toBe('commit');
    expect(nextStep(log.commit(0).replay(), 0)).toEqual({ kind: 'wait', on: 'slot 1, 2 to commit their data' });
  });

  test('wait for all others that are late, and name them', () => {
    expect(nextStep(roomIn('inviting').take(1).replay(), 1)).toEqual({
      kind: 'wait',
      on: 'slot 0, 2 to take their slots',
    });
    expect(nextStep(roomIn('approving').approve(0).replay(), 0)).toEqual({ kind: 'wait', on: 'slot 1, 2 to approve' });
    const committed = roomIn('committing').withdraw(0).commit(1).replay();
    expect(nextStep(committed, 1)).toEqual({ kind: 'wait', on: 'slot 2 to commit their data' });
    const joining = roomIn('joining');
    joining.add('BlindProven', joining.blind(1));
    expect(nextStep(joining.replay(), 1)).toEqual({ kind: 'wait', on: 'slot 0, 2 to blind its list' });
  });

  test('are of a second account where two have to approve', () => {
    const log = roomIn('approving', { approvals: 2 }).add('RoleGranted', {
      room_id: ROOM,
      slot: 0,
      role: 1,
      grant: 5n,
    });
    expect(kindOf(log, 0)).toBe('approve');
    log.add('PolicyApproved', log.approval(0, 1n));
    expect(nextStep(log.replay(), 0)).toEqual({ kind: 'wait', on: 'a second account to approve for slot 0' });
    log.add('PolicyApproved', log.approval(0, 2n, 5n));
    expect(nextStep(log.replay(), 0)).toEqual({ kind: 'wait', on: 'slot 1, 2 to approve' });
    // An approver may be first; then the slot's own approval is missing.
    log.add('RoleGranted', { room_id: ROOM, slot: 1, role: 1, grant: 6n });
    log.add('PolicyApproved', log.approval(1, 3n, 6n));
    expect(kindOf(log, 1)).toBe('approve');
  });

  test('ask for money after approval, and before data', () => {
    const log = roomIn('approving', { fees: FEES });
    expect(kindOf(log, 0)).toBe('approve');
    expect(kindOf(log.approve(0), 0)).toBe('confirm-payment');
    expect(kindOf(log.pay(0), 0)).toBe('wait');
    log.approve(1, 2);
    expect(kindOf(log, 0)).toBe('commit');
    expect(kindOf(log, 1)).toBe('confirm-payment');
    expect(kindOf(log.pay(1), 1)).toBe('commit');
  });

  test('go on with a dataset’s proof where it was interrupted', () => {
    const log = roomIn('committing');
    log.add('DatasetProven', log.dataset(0, chunkOf(0, false))).add('DatasetProven', log.dataset(0, chunkOf(1, false)));
    expect(nextStep(log.replay(), 0)).toEqual({ kind: 'prove-dataset' });
    expect(chunksDone(log.replay(), datasetPosition(0))).toBe(2);
    expect(kindOf(log, 1)).toBe('commit');
  });

  test('are none for a slot that left, in every later state', () => {
    const log = roomIn('approving').withdraw(0);
    expect(kindOf(log, 0)).toBe('finished');
    log.approve(1, 2).commit(1, 2);
    expect(kindOf(log, 0)).toBe('finished');
    expect(kindOf(log, 1)).toBe('blind');
    log.blindAll().hopAll();
    expect(nextStep(log.replay(), 0)).toEqual({ kind: 'finished' });
    // The first member closes, also where that is not slot 0.
    expect(kindOf(log, 1)).toBe('match');
    expect(nextStep(log.replay(), 2)).toEqual({ kind: 'wait', on: 'slot 1 to match the lists' });
    log.add('MatchProven', log.match(7));
    expect([0, 1, 2].map((slot) => kindOf(log, slot))).toEqual(['finished', 'share', 'share']);
    log.shareAll();
    expect([0, 1, 2].map((slot) => kindOf(log, slot))).toEqual(['finished', 'release', 'wait']);
    const late = roomIn('inviting').take(0, 2).leaveOut(0, 2);
    expect(kindOf(late, 1)).toBe('finished');
  });

  test('pass on lists in turn: the earliest hop of a slot first, over gaps', () => {
    const log = roomIn('inviting', { slots: 5 }).take(0, 2, 3).leaveOut(0, 2, 3).approve(0, 2, 3).commit(0, 2, 3);
    log.blindAll();
    expect(nextStep(log.replay(), 2)).toEqual({ kind: 'hop', list: 0, hop: 1 });
    expect(nextStep(log.replay(), 3)).toEqual({ kind: 'hop', list: 2, hop: 1 });
    expect(nextStep(log.replay(), 0)).toEqual({ kind: 'hop', list: 3, hop: 1 });
    log.add('HopProven', log.hop(0, 1));
    expect(nextStep(log.replay(), 2)).toEqual({ kind: 'wait', on: 'slot 3 to pass on a list' });
    expect(nextStep(log.replay(), 3)).toEqual({ kind: 'hop', list: 2, hop: 1 });
    log.add('HopProven', log.hop(2, 1));
    expect(nextStep(log.replay(), 3)).toEqual({ kind: 'hop', list: 0, hop: 2 });
  });

  test('are none when the room is over, and unknown for slots that do not exist', () => {
    for (const state of ['released', 'closed'] as const) expect(kindOf(roomIn(state), 1)).toBe('finished');
    const ended = roomIn('joining');
    ended.add('RoomEnded', ended.ended(8));
    expect(kindOf(ended, 0)).toBe('finished');
    expect(kindOf(finishFrom(roomIn('joining'), 'released'), 0)).toBe('finished');
    for (const slot of [3, -1, 0.5]) expect(() => nextStep(roomIn('inviting').replay(), slot)).toThrow('no slot');
  });
});

describe('what may be done once a deadline has passed', () => {
  /** Whether the contract's rules, as a replay has them, take an event of this kind with what follows from the room. */
  const takes = (log: RoomLog, act: 'leave-out' | 'expire'): boolean => {
    const { progress } = log.replay();
    const faults = act === 'leave-out' ? [0] : Array.from({ length: 32 }, (_, mask) => mask);
    return faults.some((atFault) => {
      const next = Object.assign(Object.create(Object.getPrototypeOf(log) as object), log, {
        events: [...log.events],
      }) as RoomLog;
      if (act === 'leave-out') next.add('SlotsLeftOut', { room_id: ROOM, active: progress.done });
      else next.add('RoomEnded', next.ended(9, 255, atFault));
      try {
        next.replay();
        return true;
      } catch {
        return false;
      }
    });
  };

  test('is exactly the one act that the rules take, in every state and however many slots are ready', () => {
    const slots = { slots: 4, minSlots: 2 };
    for (const ready of [0, 1, 2, 3]) {
      const some = [0, 1, 2, 3].slice(0, ready);
      for (const log of [
        roomIn('inviting', slots).take(...some),
        roomIn('approving', slots).approve(...some),
        roomIn('committing', slots).commit(...some),
        roomIn('joining', slots).blindBy(...some),
      ]) {
        const act = afterDeadline(log.replay())!;
        expect([act, takes(log, act)]).toEqual([act, true]);
        expect(takes(log, act === 'expire' ? 'leave-out' : 'expire')).toBe(false);
      }
    }
    expect(afterDeadline(roomIn('released').replay())).toBeUndefined();
  });
});
