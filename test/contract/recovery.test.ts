/**
 * A party that lost everything but its account secret: in a new folder, with a new store of private state, it finds its
 * consent note on chain again, its rooms, and every secret of them that was its own.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { cancelRoom, OWN_ACT } from '../../app/lib/room/acts.ts';
import { attestDeletion } from '../../app/lib/room/deletion.ts';
import { seedOf } from '../../app/lib/room/session.ts';
import { listRooms, loadRoom, type LocalRoom } from '../../app/lib/room/store.ts';
import { contractClient, openParty, openSession, type Party } from '../../app/server/party/environment.ts';
import { recoverRooms } from '../../app/server/party/recover.ts';
import { openBed, type Actor, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, recordCall, recordingClient, send, type Call } from '../support/calls.ts';
import { openRoom, type TestRoom } from '../support/room.ts';

const NO_CONSENT = 'You hold no consent for this slot of this room';
const NEVER_HELD = 'You never held consent for this slot of this room';

let bed: Bed;
/** A room of two slots that waits for their approval. */
let room: TestRoom;
let folder: string;
/** Slot 1's account on a new machine; set by the first test. */
let found: Actor;
const reopened: Party[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recovery-'));
  bed = await openBed({ slots: 2 });
  room = await openRoom(bed);
  await room.driveTo('approving');
});
afterAll(async () => {
  for (const party of reopened) await party.close();
  await bed?.close();
  await rm(folder, { recursive: true, force: true });
});

/** An account on a new machine, to which its account secret alone was brought. */
async function onNewMachine({ party }: Actor, name: string): Promise<Actor> {
  const home = join(folder, name);
  await mkdir(home);
  await cp(join(party.home.folder, 'identity.json'), join(home, 'identity.json'));
  const opened = await openParty({ ...party, relay: bed.relay }, home);
  reopened.push(opened);
  return { party: opened, client: await contractClient(opened, bed.contract) };
}

/** The record of the room under test, as an account finds it; what is reported is a failure. */
async function recover({ party }: Actor): Promise<LocalRoom | undefined> {
  const rooms = await recoverRooms(party, bed.contract, ({ message }) => {
    throw new Error(message);
  });
  return rooms.find(({ roomId }) => roomId === room.roomId);
}

const approval = async ({ client }: Actor, slot: number): Promise<Call> => {
  const { policy_digest } = (await room.read()).view.terms;
  return { method: 'approve', args: [client.sender, room.roomId, slot, policy_digest, OWN_ACT] };
};

test('the same account comes back, and its consent note with it', async () => {
  found = await onNewMachine(bed.slots[1], 'slot 1');
  expect(found.client.sender).toBe(bed.slots[1].client.sender);
  expect(await listRooms(found.party.home)).toEqual([]);
  expect(await outcome(found.client, await approval(found, 1))).toBe(ACCEPTED);
  expect(await outcome(found.client, await approval(found, 0))).toBe(NO_CONSENT);
});

test('it finds its slot of the room, with the keys that the slot was taken with', async () => {
  const record = (await recover(found))!;
  const { inviteSecret: _, ...known } = room.records[1];
  expect(record).toEqual(known);
  expect(await loadRoom(found.party.home, room.roomId)).toEqual(record);
  const { decryptionPublic, blindingPublic } = deriveKeys(seedOf({ ...found.party, room: record }));
  expect((await room.read()).view.slots[1]).toMatchObject({
    decryptionKey: decryptionPublic,
    blindingKey: blindingPublic,
  });
});

test('it goes on in the room: it approves the policy for its slot', async () => {
  const session = await openSession(found.party, (await loadRoom(found.party.home, room.roomId))!, () => {});
  expect(session.policy).toEqual(room.policy);
  await send(found.client, await approval(found, 1));
  expect((await room.read()).view.slots.map((slot) => slot!.approved)).toEqual([false, true]);
});

test('the host finds its slot and the secrets by which it hosts', async () => {
  const host = await onNewMachine(bed.slots[0], 'host');
  const record = (await recover(host))!;
  const { inviteSecret: _, ...known } = room.records[0];
  expect(record).toEqual(known);
  const cancel = await recordCall(() => cancelRoom({ contract: recordingClient(host.client), room: record }));
  expect(await outcome(host.client, cancel)).toBe(ACCEPTED);
});

test('an account finds no room of others', async () => {
  const outsider = await onNewMachine(bed.outsider, 'outsider');
  expect(await recover(outsider)).toBeUndefined();
  expect(await listRooms(outsider.party.home)).toEqual([]);
  expect(await outcome(outsider.client, await approval(outsider, 1))).toBe(NO_CONSENT);
});

test('it withdraws its consent, which no store of that account holds from then on', async () => {
  const revoke: Call = { method: 'revoke', args: [found.client.sender, room.roomId, 1, OWN_ACT] };
  await send(found.client, revoke);
  expect((await room.read()).view).toMatchObject({ state: 'revoked', revokedBy: 1 });
  for (const { client } of [found, bed.slots[1]]) expect(await outcome(client, revoke)).toBe(NO_CONSENT);
});

test('after that it is still known, on yet another machine, as the one that has to attest deletion', async () => {
  const again = await onNewMachine(bed.slots[1], 'slot 1 again');
  const record = (await recover(again))!;
  expect(record.slot).toBe(1);
  const attest: Call = { method: 'attest_deletion', args: [room.roomId, 1, 1n] };
  expect(await outcome(bed.outsider.client, attest)).toBe(NEVER_HELD);
  const session = await openSession(again.party, record, () => {});
  expect((await attestDeletion(session)).files).toBe(0);
  expect((await room.read()).view.deletion).toMatchObject({ due: [0, 1], attested: [1], complete: false });
});
