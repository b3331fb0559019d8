import { beforeAll, describe, expect, test } from '@jest/globals';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { auditLog, type AuditValue } from '../../app/lib/room/audit.ts';
import { EVENTS } from '../../app/lib/room/events.ts';
import { aggregateIn } from './aggregate-log.ts';
import { joinedIn } from './joined-log.ts';
import { chunkOf, finishFrom, MODES, ROOM, roomIn, RoomLog, type Mode } from './log.ts';
import { thresholdIn } from './threshold-log.ts';

beforeAll(initField);

/** A room in which everything happens that can in a proof mode. */
function eventful(mode: Mode = 'succinct'): RoomLog {
  const log = roomIn('inviting', { mode, slots: 5, approvals: 2, fees: { token: 9n, stake: 5n } });
  log.take(0, 1, 2, 3).leaveOut(0, 1, 2, 3).withdraw(1);
  log.add('RoleGranted', { room_id: ROOM, slot: 0, role: 1, grant: 5n });
  log.add('RoleGranted', { room_id: ROOM, slot: 255, role: 2, grant: 6n });
  log.add('RoleGranted', { room_id: ROOM, slot: 0, role: 1, grant: 7n });
  log.add('RoleRevoked', { room_id: ROOM, slot: 0, grant: 7n });
  log
    .add('PolicyApproved', log.approval(0, 1n))
    .add('PolicyApproved', log.approval(0, 2n, 5n))
    .approve(2, 3);
  log.pay(0, 2, 3);
  if (mode === 'attested') log.commit(0);
  else for (const index of [0, 1]) log.add('DatasetProven', log.dataset(0, chunkOf(index, index === 1)));
  log.commit(2, 3);
  log.add('StepDisputed', { room_id: ROOM, slot: 3 });
  finishFrom(log, 'released');
  log.add('AuditRecorded', { room_id: ROOM, slot: 255, grant: 6n, report_digest: 70n });
  return log.add('DeletionAttested', { room_id: ROOM, slot: 2, digest: 5n }).add('RoomEnded', log.ended(7));
}

/** All values in their order, as field elements again. */
function leaves(value: AuditValue): bigint[] {
  if (typeof value === 'boolean') return [value ? 1n : 0n];
  if (typeof value === 'string') return [BigInt(value)];
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(leaves);
}

describe('the audit log', () => {
  test('tells every event in order, with all of its values and where it stands on the chain', () => {
    const told = new Set<string>();
    for (const log of [...MODES.map(eventful), aggregateIn('closed'), joinedIn('closed'), thresholdIn('closed')]) {
      expect(() => log.replay()).not.toThrow();
      const entries = auditLog(log.events);
      entries.forEach((entry, i) => {
        const { name, fields, block, txHash } = log.events[i];
        expect(entry).toMatchObject({ step: i + 1, event: name, block, transaction: txHash });
        expect(leaves(entry.values)).toEqual(fields);
        expect(entry.text).toMatch(/^[A-Z].*\.$/);
        expect(entry.text).not.toMatch(/undefined|\[object|NaN/);
        told.add(name);
      });
    }
    expect(told).toEqual(new Set(Object.keys(EVENTS)));
  });

  test('is plain JSON, with field elements in 64 digits and numbers in decimal ones', () => {
    const entries = auditLog(eventful().events);
    expect(JSON.parse(JSON.stringify(entries))).toEqual(entries);
    const [created] = entries;
    expect(created.values).toMatchObject({
      room_id: `0x${ROOM.toString(16).padStart(64, '0')}`,
      terms: { slots: '5', staked: true, deadlines: { retention: '600' } },
      policy: { fees: { stake: '5', shares: ['0', '0', '0', '0', '0'] } },
    });
  });

  test('says in plain words what happened', () => {
    const texts = auditLog(eventful().events, ['Shop', 'Magazine']).map(({ text }) => text);
    for (const text of [
      'The room was opened for 5 slots, of which it needs 2: 5 to 32 rows a slot, no count below 3, approvals of two accounts a slot, payments to an escrow.',
      'Slot 0 (Shop) was taken with its invite, and proved that it knows its keys.',
      'Slots that had missed the deadline were left out. The room went on with slot 0 (Shop), slot 1 (Magazine), slot 2, slot 3.',
      'Slot 1 (Magazine) withdrew its consent. The room went on without it.',
      'The host made an account its auditor.',
      'An approver of slot 0 (Shop) approved the policy.',
      'Slot 0 (Shop) proved a part of what it says of its rows (circuit dataset_32, part 1).',
      "Slot 2 committed to its rows, and proved that they keep the policy's rules (circuit dataset_32).",
      'Slot 2 passed on the list of slot 0 (Shop), and proved that nothing was added, dropped or replaced (circuit hop_32).',
      "Slot 2 gave its share of the decryption, proved that it is under its key, and signed for the room's course up to the match.",
      'Slot 0 (Shop) matched all lists, and proved that the encrypted count is theirs and reaches 3 (circuit match_32_3).',
      'Slot 0 (Shop) released the count of 7, and proved that all shares open the encryption to it.',
      'The host closed the room. Its result stands.',
    ]) {
      expect(texts).toContain(text);
    }
  });

  test('says of attested steps what they leave open, and claims no proof that is not there', () => {
    const texts = auditLog(eventful('attested').events, ['Shop', 'Magazine']).map(({ text }) => text);
    for (const text of [
      "Slot 0 (Shop) committed to its rows. Nothing shows that they keep the policy's rules.",
      'Slot 2 put its blinded list on record. Nothing shows that it holds the committed rows.',
      'Slot 2 passed on the list of slot 0 (Shop), and proved that the sum of its points is its own multiple of the sum before.',
      'Slot 0 (Shop) matched all lists, and proved that the encrypted count is theirs and reaches 3 (circuit match_32_3).',
    ]) {
      expect(texts).toContain(text);
    }
    expect(
      texts.filter((text) => /nothing was added|exactly the committed rows|proved that they keep/.test(text)),
    ).toEqual([]);
    const lists = (what: RegExp) => texts.filter((text) => what.test(text)).length;
    expect([lists(/its blinded list/), lists(/passed on the list/)]).toEqual([3, 6]);
  });

  test.each([
    [8, 255, 0, 'The host cancelled the room. There is no result.'],
    [9, 255, 0b101, 'The room expired: a deadline had passed. There is no result. At fault: slot 0, slot 2.'],
    [10, 1, 0b010, 'Slot 1 withdrew its consent, and the room ended. There is no result. At fault: slot 1.'],
    [42, 255, 0, 'The room ended in a state that does not exist (42).'],
  ])('names ending %i and who is at fault', (state, slot, fault, text) => {
    const log = roomIn('joining', { slots: 3 });
    expect(auditLog(log.add('RoomEnded', log.ended(state, slot, fault)).events).at(-1)!.text).toBe(text);
  });

  test('says that a count below k stays closed', () => {
    const log = roomIn('joining', { slots: 2 }).blindAll().hopAll();
    const [entry] = auditLog([log.add('MatchProven', log.match(2)).events.at(-1)!]);
    expect(entry.text).toMatch(/lies below 3, so that it stays closed/);
  });

  test('refuses events that are not of their layout', () => {
    const [created] = roomIn('inviting').events;
    expect(() => auditLog([{ ...created, fields: created.fields.slice(0, -1) }])).toThrow('too short');
  });
});
