/** What the events of a room come to: members, faults, results, deletion; and what nobody can change in them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mul } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { EVENTS } from '../../app/lib/room/events.ts';
import { replay } from '../../app/lib/room/replay.ts';
import type { Layout } from '../../app/lib/room/schema.ts';
import { isAttested, isEnded, isOver, standing, type RoomState } from '../../app/lib/room/view.ts';
import { SOAK, some } from '../support/choice.ts';
import {
  CHAIN,
  chunkOf,
  datasetOf,
  finishFrom,
  keysOf,
  listOf,
  MODES,
  ROOM,
  RoomLog,
  roomIn,
  selectorOf,
  type Mode,
} from './log.ts';

beforeAll(initField);

const FEES = { token: 9n, fee: 100n, payer: 2, stake: 50n, shares: [1, 1, 1, 0, 0] };

describe('a room of all its slots', () => {
  test.each([2, 3, 4, 5])('of %i slots releases a count, with a proof of every step', (slots) => {
    const view = roomIn('closed', { slots }).replay();
    const members = Array.from({ length: slots }, (_, slot) => slot);
    expect(view).toMatchObject({ state: 'closed', members, leftOut: [], atFault: [] });
    expect(view.result).toEqual({ suppressed: false, count: 7 });
    const hops = slots * (slots - 1);
    expect(view.proofs.map(({ circuit }) => circuit)).toEqual([
      ...members.map(() => 'dataset_32'),
      ...members.map(() => 'blind_32'),
      ...new Array(hops).fill('hop_32'),
      `match_32_${slots}`,
      `release_${slots}`,
    ]);
    for (const list of members) expect(view.lists[list].every((digest) => digest !== undefined)).toBe(true);
  });

  test('below k ends suppressed, with nothing to open', () => {
    const log = roomIn('joining').blindAll().hopAll();
    const view = log.add('MatchProven', log.match(2)).replay();
    expect(view).toMatchObject({ state: 'released', result: { suppressed: true } });
    expect(view.ciphertext).toBeUndefined();
    expect(isOver(view)).toBe(true);
    expect(isEnded(view.state)).toBe(false);
  });

  test('takes steps in several chunks, the last of which counts', () => {
    const log = roomIn('committing', { slots: 2 });
    const slots = [0, 1] as const;
    for (const slot of slots) log.add('DatasetProven', log.dataset(slot, chunkOf(0, false)));
    expect(log.replay().slots[0]!.dataset).toBeUndefined();
    for (const slot of slots) log.add('DatasetProven', log.dataset(slot, chunkOf(1, true)));
    expect(log.replay().state).toBe('joining');
    for (const slot of slots) log.add('BlindProven', log.blind(slot, chunkOf(0, false)));
    expect(log.replay().progress.done).toBe(0);
    for (const slot of slots) log.add('BlindProven', log.blind(slot, chunkOf(1, true)));
    log.hopAll();
    log.add('MatchProven', log.match(7, 1, chunkOf(0, false)));
    expect(log.replay().state).toBe('joining');
    // Any member may go on with the match of another.
    log.add('MatchProven', log.match(7, 0, chunkOf(1, true)));
    expect(log.replay().state).toBe('sharing');
  });

  test('takes any member’s match and release', () => {
    const log = roomIn('joining').blindAll().hopAll();
    log.add('MatchProven', log.match(7, 2)).shareAll().add('ResultReleased', log.release(7, 1));
    expect(log.replay().result).toEqual({ suppressed: false, count: 7 });
  });
});

describe('an attested room of all its slots', () => {
  const mode: Mode = 'attested';

  test.each([2, 3, 4, 5])('of %i slots releases a count, with proofs of match and release alone', (slots) => {
    const view = roomIn('closed', { slots, mode }).replay();
    const members = Array.from({ length: slots }, (_, slot) => slot);
    expect(view).toMatchObject({ state: 'closed', members, leftOut: [], atFault: [] });
    expect(isAttested(view)).toBe(true);
    expect(view.result).toEqual({ suppressed: false, count: 7 });
    expect(view.proofs.map(({ circuit }) => circuit)).toEqual([`match_32_${slots}`, `release_${slots}`]);
    for (const slot of members) {
      expect(view.slots[slot]!.dataset).toBe(datasetOf(slot));
      expect(view.lists[slot]).toEqual(members.map((hop) => listOf(slot, hop)));
    }
  });

  test('has the sums of all lists on record, each the next slot’s multiple of the one before', () => {
    const { sums } = roomIn('sharing', { slots: 5, mode }).replay();
    sums.forEach((ofList, list) => {
      expect(ofList).toHaveLength(5);
      for (let hop = 1; hop < 5; hop++) {
        const { blinding } = keysOf((list + hop) % 5);
        expect(ofList[hop]).toEqual(mul(ofList[hop - 1]!, blinding));
      }
    });
  });

  test('has no sums on record before its lists are there, and a succinct room never has', () => {
    const none = [undefined, undefined, undefined];
    expect(roomIn('joining', { mode }).replay().sums).toEqual([none, none, none]);
    const blinded = roomIn('joining', { mode }).blindBy(1).replay();
    expect(blinded.sums[1]).toEqual([expect.objectContaining({ x: expect.any(BigInt) }), undefined, undefined]);
    expect(roomIn('released').replay().sums).toEqual([none, none, none]);
    expect(isAttested(roomIn('released').replay())).toBe(false);
  });

  test('goes on with some of its slots, over the gaps', () => {
    const log = new RoomLog({ slots: 5, minSlots: 2, mode }).create().take(0, 1, 2, 4).leaveOut(0, 1, 2, 4);
    log.approve(0, 1, 4).leaveOut(0, 1, 4).withdraw(1).commit(0, 4);
    const view = finishFrom(log, 'released').replay();
    expect(view).toMatchObject({ members: [0, 4], result: { suppressed: false, count: 7 } });
    expect(view.sums[4][1]).toEqual(mul(view.sums[4][0]!, keysOf(0).blinding));
    expect(view.sums[4][2]).toBeUndefined();
  });

  test('below k ends suppressed, with nothing to open', () => {
    const log = roomIn('joining', { mode }).blindAll().hopAll();
    const view = log.add('MatchProven', log.match(2)).replay();
    expect(view).toMatchObject({ state: 'released', result: { suppressed: true } });
    expect(view.matchTranscript).toBeUndefined();
  });

  test('stands in the contract as a succinct one would, after every event', () => {
    const [succinct, attested] = MODES.map((each) => roomIn('closed', { mode: each }));
    expect(attested.events).toHaveLength(succinct.events.length);
    const standings = ({ events }: RoomLog) =>
      events.map((_, last) => standing(replay(events.slice(0, last + 1), CHAIN, selectorOf)));
    expect(standings(attested)).toEqual(standings(succinct));
  });
});

describe('what members sign for with their shares', () => {
  test.each(MODES)('is the transcript that the match ended with, in a room that is %s', (mode) => {
    const before = roomIn('joining', { mode }).blindAll().hopAll();
    expect(before.replay().matchTranscript).toBeUndefined();
    const log = roomIn('sharing', { mode });
    const { transcript, matchTranscript } = log.replay();
    expect(matchTranscript).toBe(transcript);
    for (const slot of log.members) log.add('ShareGiven', log.share(slot));
    expect(log.replay()).toMatchObject({ matchTranscript: transcript });
    expect(log.replay().transcript).not.toBe(transcript);
  });

  test('is that of the last part of a match in several', () => {
    const log = roomIn('joining').blindAll().hopAll();
    log.add('MatchProven', log.match(7, 0, chunkOf(0, false)));
    expect(log.replay().matchTranscript).toBeUndefined();
    log.add('MatchProven', log.match(7, 0, chunkOf(1, true)));
    const { transcript } = log.replay();
    expect(log.shareAll().replay().matchTranscript).toBe(transcript);
  });
});

describe('the part of a room that the contract stores', () => {
  test.each([
    ['inviting', () => roomIn('inviting').take(2), 0x04_00_07_01n],
    ['joining, three lists and two hops', () => halfway(), 0x05_00_07_04n],
    ['sharing', () => sharesOf(0, 2), 0x05_00_07_05n],
    ['going on without a slot', () => roomIn('committing').withdraw(1), 0x00_00_05_03n],
    ['revoked while joining', () => roomIn('joining').add('RoomEnded', new RoomLog().ended(10, 1, 2)), 0x02_07_0an],
  ])('%s', (_, log, expected) => {
    expect(standing(log().replay())).toBe(expected);
  });

  test('holds disputes and deletions above the first four bytes', () => {
    const log = roomIn('joining').add('StepDisputed', { room_id: ROOM, slot: 0 });
    expect(standing(log.replay()) >> 40n).toBe(1n);
    const over = roomIn('released').add('DeletionAttested', { room_id: ROOM, slot: 2, digest: 1n });
    expect(standing(over.replay()) >> 32n).toBe(4n);
  });
});

function halfway(): RoomLog {
  const log = roomIn('joining').blindAll();
  return log.add('HopProven', log.hop(0, 1)).add('HopProven', log.hop(1, 1));
}

function sharesOf(...slots: number[]): RoomLog {
  const log = roomIn('sharing');
  for (const slot of slots) log.add('ShareGiven', log.share(slot));
  return log;
}

describe('a room that goes on with some of its slots', () => {
  test('leaves out who was late, in each state before joining', () => {
    const log = new RoomLog({ slots: 5, minSlots: 2 }).create().take(0, 1, 3, 4).leaveOut(0, 1, 3, 4);
    expect(log.replay()).toMatchObject({ state: 'approving', members: [0, 1, 3, 4] });
    log.approve(1, 3, 4).leaveOut(1, 3, 4);
    expect(log.replay()).toMatchObject({ state: 'committing', members: [1, 3, 4] });
    log.commit(1, 4).leaveOut(1, 4);
    const view = log.replay();
    expect(view).toMatchObject({ state: 'joining', members: [1, 4] });
    expect(view.leftOut).toEqual([
      { slot: 2, reason: 'late' },
      { slot: 0, reason: 'late' },
      { slot: 3, reason: 'late' },
    ]);
    const released = finishFrom(log, 'released').replay();
    expect(released.result).toEqual({ suppressed: false, count: 7 });
    expect(released.proofs.at(-1)!.circuit).toBe('release_2');
    // Hops go round among members: over the gap, and back to the first.
    expect(released.lists[4][1]).toBe(733n);
    expect(released.lists[3]).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  test('lets who was late be late by the same rules for every set of slots', () => {
    const subsets = fc.uniqueArray(fc.nat({ max: 4 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), subsets, subsets, (slots, first, second) => {
        const ready = first.filter((slot) => slot < slots).sort();
        const still = second.filter((slot) => ready.includes(slot)).sort();
        fc.pre(still.length >= 2);
        const log = new RoomLog({ slots, minSlots: 2 }).create().take(...ready);
        if (ready.length < slots) log.leaveOut(...ready);
        log.approve(...still);
        if (still.length < ready.length) log.leaveOut(...still);
        const view = finishFrom(log.commit(...still), 'released').replay();
        expect(view.members).toEqual(still);
        expect(view.leftOut).toHaveLength(slots - still.length);
        expect(view.proofs).toHaveLength(2 * still.length + still.length * (still.length - 1) + 2);
      }),
      { numRuns: SOAK ? 25 : 10 },
    );
  });

  test('moves on when the last slot that it waited for withdraws', () => {
    const log = roomIn('approving').approve(0, 2).withdraw(1);
    expect(log.replay()).toMatchObject({ state: 'committing', members: [0, 2] });
    const early = roomIn('inviting', { slots: 4 }).take(0, 1, 2).withdraw(0);
    expect(early.replay()).toMatchObject({ state: 'inviting', members: [1, 2, 3], progress: { done: 0b0110 } });
    expect(early.take(3).replay().state).toBe('approving');
    expect(log.replay().leftOut).toEqual([{ slot: 1, reason: 'withdrew' }]);
  });

  test('needs no proof of a slot that left: nobody has to show what it may have kept to itself', () => {
    const log = roomIn('committing');
    log.add('DatasetProven', log.dataset(1, chunkOf(0, false)));
    expect(log.replay().proofs).toHaveLength(1);
    log.withdraw(1);
    expect(log.replay().proofs).toEqual([]);
    log.commit(0, 2);
    expect(log.replay().proofs.map(({ slot }) => slot)).toEqual([0, 2]);
  });

  test('ends instead, where it needs every slot', () => {
    const log = roomIn('committing', { minSlots: 3 });
    const view = log.add('RoomEnded', log.ended(10, 1)).replay();
    expect(view).toMatchObject({ state: 'revoked', revokedBy: 1, members: [0, 1, 2], atFault: [] });
  });
});

describe('approvals', () => {
  const dual = () => roomIn('approving', { slots: 2, approvals: 2 });

  test('are two accounts’ where the template asks for it, by grant or not', () => {
    const log = dual().add('RoleGranted', { room_id: ROOM, slot: 0, role: 1, grant: 5n });
    log.add('PolicyApproved', log.approval(0, 1n, 5n));
    expect(log.replay().slots[0]).toMatchObject({ approved: false, approvals: [{ tag: 1n, grant: 5n }] });
    log.add('PolicyApproved', log.approval(0, 2n)).approve(1);
    const view = log.replay();
    expect(view.state).toBe('committing');
    expect(view.slots[0]!.approvals).toEqual([
      { tag: 1n, grant: 5n },
      { tag: 2n, grant: 0n },
    ]);
  });

  test('stand when their grant is revoked later', () => {
    const log = dual().add('RoleGranted', { room_id: ROOM, slot: 0, role: 1, grant: 5n });
    log.add('PolicyApproved', log.approval(0, 1n, 5n));
    log.add('RoleRevoked', { room_id: ROOM, slot: 0, grant: 5n });
    expect(log.replay().grants).toEqual([{ grant: 5n, slot: 0, role: 'approver', revoked: true }]);
    expect(log.add('PolicyApproved', log.approval(0, 2n)).replay().slots[0]!.approved).toBe(true);
  });

  test('may be of one tag for two slots: a party may hold both', () => {
    const log = roomIn('approving', { slots: 2 });
    log.add('PolicyApproved', log.approval(0, 1n)).add('PolicyApproved', log.approval(1, 1n));
    expect(log.replay().state).toBe('committing');
  });
});

test('auditors of slots and host put their reports on record, also when the room is over', () => {
  const log = roomIn('released').add('RoleGranted', { room_id: ROOM, slot: 255, role: 2, grant: 5n });
  log.add('RoleGranted', { room_id: ROOM, slot: 1, role: 2, grant: 6n });
  log.add('AuditRecorded', { room_id: ROOM, slot: 255, grant: 5n, report_digest: 70n });
  log.add('AuditRecorded', { room_id: ROOM, slot: 1, grant: 6n, report_digest: 71n });
  log.add('AuditRecorded', { room_id: ROOM, slot: 1, grant: 6n, report_digest: 72n });
  expect(log.replay().audits).toEqual([
    { slot: 255, grant: 5n, reportDigest: 70n },
    { slot: 1, grant: 6n, reportDigest: 71n },
    { slot: 1, grant: 6n, reportDigest: 72n },
  ]);
});

test('payments are due from every slot in a room with an escrow, and confirmed one by one', () => {
  const log = roomIn('approving', { fees: FEES }).pay(2).approve(0, 1, 2).pay(0);
  expect(log.replay().payments).toEqual({ due: [0, 1, 2], confirmed: [0, 2] });
  expect(roomIn('approving').replay().payments).toEqual({ due: [], confirmed: [] });
  const staked = roomIn('joining', { fees: { token: 9n, stake: 1n } });
  expect(staked.replay().payments.confirmed).toEqual([0, 1, 2]);
});

describe.each(MODES)('who is at fault when a room that is %s expires', (mode) => {
  const room = (state: RoomState) => roomIn(state, { mode });
  const members = { slots: 5, minSlots: 3, mode };
  /** A room of slots 0, 2, 4 with some of its lists passed on. */
  const passed = (...hops: [list: number, hop: number][]) => {
    const log = roomIn('inviting', members).take(0, 2, 4).leaveOut(0, 2, 4).approve(0, 2, 4).commit(0, 2, 4).blindAll();
    for (const [list, hop] of hops) log.pass(list, hop);
    return log;
  };
  const shared = (...slots: number[]) => {
    const log = room('sharing');
    for (const slot of slots) log.add('ShareGiven', log.share(slot));
    return log;
  };
  const blinded = (...slots: number[]) => room('joining').blindBy(...slots);
  const disputed = (log: RoomLog, slot = 0) => log.add('StepDisputed', { room_id: ROOM, slot });

  test.each([
    ['nobody, before all are invited', () => room('inviting').take(1), []],
    ['nobody, before enough committed', () => room('committing').commit(2), []],
    ['who has not blinded', () => blinded(1), [0, 2]],
    ['who has not blinded, alone', () => blinded(1, 2), [0]],
    ['all who have not passed on the first list', () => passed(), [0, 2, 4]],
    ['who has not passed on a list', () => passed([0, 1], [2, 1], [4, 1], [0, 2], [2, 2]), [2]],
    ['only who is next, not who comes after', () => passed([0, 1], [2, 1]), [0, 4]],
    ['nobody, when only the match is missing', () => room('joining').blindAll().hopAll(), []],
    ['who has not given a share', () => shared(1), [0, 2]],
    ['nobody, when only the release is missing', () => shared(0, 1, 2), []],
    ['nobody, when a step was disputed', () => disputed(passed()), []],
    ['nobody, when it was disputed before shares were due', () => afterDispute(), []],
  ])('%s', (_, log, fault) => {
    const expired = log();
    const mask = fault.reduce((sum, slot) => sum + 2 ** slot, 0);
    const view = expired.add('RoomEnded', expired.ended(9, 255, mask)).replay();
    expect(view).toMatchObject({ state: 'expired', atFault: fault });
    expect(isEnded(view.state)).toBe(true);
    // Every other set of slots is refused, of which a run tries some; in an attested room, by the same rule, every set that differs in one slot.
    const sets = Array.from({ length: 2 ** expired.slots }, (_, set) => set);
    const near = Array.from({ length: expired.slots }, (_, slot) => mask ^ (2 ** slot));
    for (const other of some(mode === 'succinct' ? sets : near, 8)) {
      expired.events.pop();
      expired.add('RoomEnded', expired.ended(9, 255, other));
      if (other !== mask) expect(() => expired.replay()).toThrow('other slots are named at fault');
    }
  });

  function afterDispute(): RoomLog {
    const log = room('joining').add('StepDisputed', { room_id: ROOM, slot: 2 });
    log.blindAll().hopAll().add('MatchProven', log.match(7));
    return log.add('ShareGiven', log.share(1));
  }
});

test('a slot that withdraws while joining or sharing ends the room, by its own fault', () => {
  for (const state of ['joining', 'sharing'] as const) {
    const log = roomIn(state);
    expect(log.add('RoomEnded', log.ended(10, 2, 0b100)).replay()).toMatchObject({ revokedBy: 2, atFault: [2] });
    const disputed = roomIn(state).add('StepDisputed', { room_id: ROOM, slot: 0 });
    expect(disputed.add('RoomEnded', log.ended(10, 2, 0)).replay()).toMatchObject({ revokedBy: 2, atFault: [] });
  }
});

describe('deletion', () => {
  const attest = (log: RoomLog, ...slots: number[]) => {
    for (const slot of slots) log.add('DeletionAttested', { room_id: ROOM, slot, digest: 5n });
    return log;
  };

  test('is complete when all members have attested it, and not before', () => {
    const log = roomIn('released');
    const all = { due: [0, 1, 2], deadline: 600n };
    expect(log.replay().deletion).toEqual({ ...all, attested: [], complete: false });
    expect(attest(log, 2, 0).replay().deletion).toEqual({ ...all, attested: [0, 2], complete: false });
    expect(attest(log, 1).replay().deletion).toEqual({ ...all, attested: [0, 1, 2], complete: true });
    expect(log.add('RoomEnded', log.ended(7)).replay().deletion.complete).toBe(true);
  });

  test('is not due from a slot that left, which may attest it all the same', () => {
    const log = finishFrom(roomIn('committing').withdraw(1).commit(0, 2), 'released');
    expect(attest(log, 1).replay().deletion).toMatchObject({ due: [0, 2], attested: [1], complete: false });
    expect(attest(log, 0, 2).replay().deletion.complete).toBe(true);
  });

  test('is due from taken slots of a room that ended early, and from no others', () => {
    const log = roomIn('inviting').take(1);
    expect(log.add('RoomEnded', log.ended(8)).replay().deletion).toMatchObject({ due: [1], complete: false });
    expect(attest(log, 1).replay().deletion.complete).toBe(true);
    const empty = roomIn('inviting');
    expect(empty.replay().deletion.complete).toBe(false);
    expect(empty.add('RoomEnded', empty.ended(8)).replay().deletion).toMatchObject({ due: [], complete: true });
  });
});

describe('nobody can change a log', () => {
  const UNRULED = {
    /** Fields that no rule of any room looks at: they are held by the transcript, and by proofs over them. */
    before: [
      'RoomCreated.terms.host_commitment',
      'RoomCreated.terms.escrow',
      'RoomCreated.terms.deadlines.invite',
      'RoomCreated.terms.deadlines.approve',
      'RoomCreated.terms.deadlines.commit',
      'RoomCreated.terms.deadlines.join',
      'RoomCreated.terms.deadlines.share',
      'RoomCreated.terms.deadlines.retention',
      'RoomCreated.invites',
      'PolicyApproved.tag',
      'MatchProven.slot',
      'MatchProven.statement.returned',
      'MatchProven.statement.merged_digest',
      'MatchProven.chunk.state_after',
      'MatchProven.proof_digest',
    ],
    succinct: [
      'DatasetProven.circuit',
      'DatasetProven.chunk.state_after',
      'DatasetProven.proof_digest',
      'BlindProven.circuit',
      'BlindProven.chunk.state_after',
      'BlindProven.proof_digest',
      'HopProven.circuit',
      'HopProven.chunk.state_after',
      'HopProven.proof_digest',
    ],
    // Of a list's digests only the last goes into a proof; of its rows none.
    attested: ['DatasetAttested.dataset', 'ListAttested.statement.digest'],
    after: ['AuditRecorded.report_digest', 'DeletionAttested.digest'],
    result: ['ResultReleased.slot', 'ResultReleased.statement.count', 'ResultReleased.proof_digest'],
  };
  const pathsOf = (layout: Layout, path: string): { path: string; layout: string }[] => {
    if (typeof layout === 'string') return [{ path, layout }];
    if ('struct' in layout) return layout.struct.flatMap(([name, member]) => pathsOf(member, `${path}.${name}`));
    return Array.from({ length: layout.length }, () => pathsOf(layout.array, path)).flat();
  };
  const joining = (mode: Mode) => {
    const fees = { token: 9n, stake: 50n };
    return roomIn('committing', { slots: 2, fees, mode }).pay(0, 1).commit(0, 1).blindAll().hopAll();
  };
  const audited = (log: RoomLog) => {
    log.add('RoleGranted', { room_id: ROOM, slot: 255, role: 2, grant: 5n });
    log.add('AuditRecorded', { room_id: ROOM, slot: 255, grant: 5n, report_digest: 70n });
    return log.add('DeletionAttested', { room_id: ROOM, slot: 1, digest: 5n });
  };
  /** Fields, by event, of which a changed one is taken; each leads to another transcript. */
  const taken = (log: RoomLog): string[] => {
    const { transcript } = log.replay();
    const accepted = new Set<string>();
    log.events.forEach(({ name, fields }, event) => {
      pathsOf(EVENTS[name], name).forEach(({ path, layout }, field) => {
        const value = layout === 'bool' ? 1n - fields[field] : (fields[field] + 1n) % FIELD_MODULUS;
        const changed = log.events.with(event, { ...log.events[event], fields: fields.with(field, value) });
        let view;
        try {
          view = replay(changed, CHAIN, selectorOf);
        } catch (error) {
          expect((error as Error).name).toMatch(/^(ReplayError|PointError|FieldError|Error)$/);
          return;
        }
        expect(view.transcript).not.toBe(transcript);
        accepted.add(path);
      });
    });
    return [...accepted].sort();
  };

  test.each(some(MODES, 1))(
    'each field is refused when changed, or is one of a known few, in a room that is %s',
    (mode) => {
      const log = joining(mode);
      audited(log.add('MatchProven', log.match(2)));
      expect(taken(log)).toEqual([...UNRULED.before, ...UNRULED[mode], ...UNRULED.after].sort());
    },
  );

  test.each(some(MODES, 1))(
    'each field up to the match is refused once shares were signed, in a room that is %s',
    (mode) => {
      const log = audited(finishFrom(roomIn('committing', { slots: 2, mode }).commit(0, 1), 'released'));
      expect(taken(log)).toEqual([...UNRULED.result, ...UNRULED.after].sort());
    },
  );

  test.each(MODES)('nor leave an event out, say it twice, or swap two, in a room that is %s', (mode) => {
    const log = roomIn('closed', { slots: 2, mode });
    const { transcript } = log.replay();
    const { events } = log;
    const outcome = (changed: typeof events): bigint | undefined => {
      try {
        return replay(
          changed.map((event, i) => ({ ...event, block: i + 1 })),
          CHAIN,
          selectorOf,
        ).transcript;
      } catch {
        return undefined;
      }
    };
    expect(outcome(events)).toBe(transcript);
    events.forEach((event, i) => {
      expect(outcome(events.toSpliced(i, 1))).not.toBe(transcript);
      expect(outcome(events.toSpliced(i, 0, event))).toBeUndefined();
      if (i > 0) expect(outcome(events.toSpliced(i - 1, 2, event, events[i - 1]))).not.toBe(transcript);
    });
  });

  test('nor move it to another contract or network', () => {
    const { events } = roomIn('inviting');
    for (const name of ['chainId', 'rollupVersion', 'contract'] as const) {
      const elsewhere = { ...CHAIN, [name]: CHAIN[name] + 1n };
      expect(() => replay(events, elsewhere, selectorOf)).toThrow('does not belong to this chain');
    }
  });
});
