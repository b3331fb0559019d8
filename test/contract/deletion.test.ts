/**
 * When a room is over, however it ended, each of its parties attests once that it deleted what it received. Anyone sees
 * who still has to, and until when.
 */
import { loadConfig } from '../../aztec.config.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { attestDeletion, deletionDigest } from '../../app/lib/room/deletion.ts';
import { loadDeletion } from '../../app/lib/room/store.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, send, type Call } from '../support/calls.ts';
import { onceIn, SOAK } from '../support/choice.ts';
import { openRoom, people, type TestRoom } from '../support/room.ts';

const NEVER_HELD = 'You never held consent for this slot of this room';
const NOT_OVER = 'The room is not over yet';
const ALREADY = 'The slot has attested its deletion already';
const ZERO = 'Deletion digest must not be zero';

let bed: Bed;
/** Has a result, and is then closed. */
let released: TestRoom;
/** Of three slots, of which slot 1 left early; then cancelled. */
let cancelled: TestRoom;
/** Slot 0 alone came, before the room was late; not in every run. */
let expired: TestRoom | undefined;
const EXPIRES = onceIn(2, 'expired');

beforeAll(async () => {
  bed = await openBed();
  await Promise.all([
    (async () => {
      released = await openRoom(bed, { datasets: [people(0, 5), people(4, 9)] });
      await released.driveTo('released');
    })(),
    (async () => {
      cancelled = await openRoom(bed, { slots: 3, minSlots: 2 });
      await cancelled.driveTo('approving');
      await send(bed.slots[1].client, await cancelled.revoke(1));
    })(),
    (async () => {
      if (!EXPIRES) return;
      expired = await openRoom(bed, { deadlines: { invite: 30 * 60 } });
      await expired.sendAll([await expired.next(0)]);
    })(),
  ]);
});
afterAll(() => bed?.close());

const attestation = ({ roomId }: TestRoom, slot: number, digest = 1000n + BigInt(slot)): Call => ({
  method: 'attest_deletion',
  args: [roomId, slot, digest],
});
/** What the contract says to each slot that attests for itself. */
async function saidToEach(room: TestRoom): Promise<string[]> {
  const said: string[] = [];
  for (const slot of room.sessions.keys()) said.push(await outcome(bed.slots[slot].client, attestation(room, slot)));
  return said;
}
const attest = (room: TestRoom, slot: number) => send(bed.slots[slot].client, attestation(room, slot));

/** How far a room's parties are: as the contract says, and the same as the room's log says. */
async function deletionOf(room: TestRoom) {
  const { view } = await room.read();
  const stored = (await bed.outsider.client.view('get_deletion', room.roomId)) as Record<string, bigint | boolean>;
  const slots = (mask: bigint | boolean) => [0, 1, 2, 3, 4].filter((slot) => (Number(mask) >> slot) & 1);
  const { due, attested, complete, deadline } = stored;
  const told = { due: slots(due), attested: slots(attested), complete, deadline: BigInt(deadline) };
  expect(view.deletion).toEqual(told);
  expect(told.deadline).toBe(view.terms.deadlines.retention);
  return { due: told.due, attested: told.attested, complete: told.complete };
}

/** Nobody attests for a slot but the account that took it: not another party, nor one without a slot. */
async function expectOwnerNeeded(room: TestRoom) {
  for (const { client } of [bed.slots[1], bed.outsider]) {
    expect(await outcome(client, attestation(room, 0))).toBe(NEVER_HELD);
  }
  const [{ client }] = bed.slots;
  expect(await outcome(client, attestation(room, room.sessions.length))).toBe(NEVER_HELD);
  expect(await outcome(client, attestation(room, 255))).toBe(NEVER_HELD);
}

test('while a room goes on nothing can be attested, not even by a slot that left it', async () => {
  expect(await saidToEach(cancelled)).toEqual([NOT_OVER, NOT_OVER, NOT_OVER]);
  expect(await deletionOf(cancelled)).toEqual({ due: [0, 2], attested: [], complete: false });
  if (expired) expect(await saidToEach(expired)).toEqual([NOT_OVER, NEVER_HELD]);
});

test('after a result, each party attests for its own slot, once, with the digest of what is gone from its folder', async () => {
  expect(await saidToEach(released)).toEqual([ACCEPTED, ACCEPTED]);
  await expectOwnerNeeded(released);
  expect(await outcome(bed.slots[0].client, attestation(released, 0, 0n))).toBe(ZERO);
  expect(await deletionOf(released)).toEqual({ due: [0, 1], attested: [], complete: false });

  const [session] = released.sessions;
  const { digest, files } = await attestDeletion({ ...session, contract: bed.slots[0].client });
  // At least its rows, its list and its proofs.
  expect(files).toBeGreaterThan(2);
  expect(deletionDigest((await loadDeletion(session.home, released.roomId))!)).toBe(digest);
  const { events } = await released.read();
  expect(events.at(-1)).toMatchObject({ name: 'DeletionAttested', fields: [released.roomId, 0n, digest] });
  expect(await saidToEach(released)).toEqual([ALREADY, ACCEPTED]);
  expect(await deletionOf(released)).toEqual({ due: [0, 1], attested: [0], complete: false });
});

test('a closed room still takes what is missing, and its result stays', async () => {
  await released.sendAll([await released.close()]);
  expect(await saidToEach(released)).toEqual([ALREADY, ACCEPTED]);
  await attest(released, 1);
  expect(await saidToEach(released)).toEqual([ALREADY, ALREADY]);
  expect(await deletionOf(released)).toEqual({ due: [0, 1], attested: [0, 1], complete: true });
  expect((await released.read()).view).toMatchObject({ state: 'closed', result: { suppressed: true } });
});

test('a cancelled room: due from who was in it; who left before may attest too', async () => {
  await cancelled.sendAll([await cancelled.cancel()]);
  expect(await saidToEach(cancelled)).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
  await attest(cancelled, 1);
  expect(await deletionOf(cancelled)).toEqual({ due: [0, 2], attested: [1], complete: false });
  await attest(cancelled, 0);
  await attest(cancelled, 2);
  expect(await saidToEach(cancelled)).toEqual([ALREADY, ALREADY, ALREADY]);
  expect(await deletionOf(cancelled)).toEqual({ due: [0, 2], attested: [0, 1, 2], complete: true });
});

(SOAK ? test : test.skip)('a revoked room: also from the slot that withdrew its consent', async () => {
  const revoked = await openRoom(bed);
  await revoked.driveTo('approving');
  expect(await saidToEach(revoked)).toEqual([NOT_OVER, NOT_OVER]);
  await send(bed.slots[1].client, await revoked.revoke(1));
  expect(await saidToEach(revoked)).toEqual([ACCEPTED, ACCEPTED]);
  await expectOwnerNeeded(revoked);
  expect(await outcome(bed.slots[1].client, attestation(revoked, 1, 0n))).toBe(ZERO);
  await attest(revoked, 0);
  expect(await deletionOf(revoked)).toEqual({ due: [0, 1], attested: [0], complete: false });
  await attest(revoked, 1);
  expect(await saidToEach(revoked)).toEqual([ALREADY, ALREADY]);
  expect(await deletionOf(revoked)).toEqual({ due: [0, 1], attested: [0, 1], complete: true });
});

(EXPIRES ? test : test.skip)('an expired room: nothing is due from a slot that was never taken', async () => {
  const late = expired!;
  await warpL2TimeBy(30 * 60, loadConfig().network);
  await send(bed.outsider.client, await late.expire());
  expect(await saidToEach(late)).toEqual([ACCEPTED, NEVER_HELD]);
  expect(await deletionOf(late)).toEqual({ due: [0], attested: [], complete: false });
  await attest(late, 0);
  expect(await deletionOf(late)).toEqual({ due: [0], attested: [0], complete: true });
});
