/**
 * The pages of rooms under way and over, as a browser asks for them, on a node that knows one room's log: roles, money,
 * reminders, what may be done about late parties, and deletion. No transaction is sent: the node takes none.
 */
import { mkdtemp, readFile, readdir, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { Policy } from '../../app/lib/policy/policy.ts';
import { encodeGrant, grantCommitment, HOST_SLOT, type Grant } from '../../app/lib/room/grant.ts';
import { saveGrant } from '../../app/lib/room/grant-store.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import { CHAIN, ROOM, type RoomLog } from '../room/log.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { nodeOfLog, type LogNode } from '../support/node-of-log.ts';
import { addGrant, giveRecord, givePolicy, knownOf, logOf, samplePolicyWith } from '../support/played-room.ts';
import { textOf, Visitor } from '../support/visitor.ts';

const ID = fieldToHex(ROOM);
/** Deadlines of these rooms: 100 to take places, 200 to approve, 300 to commit, 600 to delete. */
const EARLY = 50n;
const SECRET = BigInt(`0x1${'5a'.repeat(31)}`);
const ACCOUNT = 0xacc0n;
const FEES = { token: fieldToHex(9n), fee: '101', payer: 'slots', stake: '50', shares: [1, 3] };

let folder: string;
let profiles: string;
let node: LogNode;
let server: AppServer;
let shop: Visitor;
let counsel: Visitor;

beforeAll(async () => {
  await initField();
  folder = await mkdtemp(join(tmpdir(), 'clean-room-rooms-'));
  profiles = join(folder, 'profiles');
  node = await nodeOfLog(await knownOf(logOf(samplePolicyWith())), await eventSelectors());
  server = await startApp({
    AZTEC_NODE_URL: node.url,
    CLEAN_ROOM_PROFILES: profiles,
    CLEAN_ROOM_RELAY: join(folder, 'relay'),
    CLEAN_ROOM_DEPLOYMENTS: join(folder, 'deployments.json'),
    CLEAN_ROOM_RECEIPTS: join(folder, 'receipts'),
  });
  [shop, counsel] = [new Visitor(server.url), new Visitor(server.url)];
  await shop.create('shop');
  await counsel.create('counsel');
});
afterEach(async () => {
  for (const name of ['shop', 'counsel']) {
    for (const part of ['grants', 'rooms']) await rm(join(profiles, name, part), { recursive: true, force: true });
    await mkdir(join(profiles, name, 'rooms'));
  }
});
afterAll(async () => {
  await server.stop();
  node.stop();
  await rm(folder, { recursive: true, force: true });
});

const grantOf = (changes: Partial<Grant> = {}): Grant => ({
  ...{ contract: CHAIN.contract, roomId: ROOM, slot: 0, role: 'approver', grantee: ACCOUNT, secret: SECRET },
  ...changes,
});

/** Has the network know this log, and the relay its policy. The shop is the host, and has slot 0 as well. */
async function play(log: RoomLog, policy: Policy, now = EARLY): Promise<void> {
  node.know(await knownOf(log), now);
  await givePolicy(join(folder, 'relay'), policy);
  await giveRecord(profiles, 'shop', policy, { slot: 0, hostSecret: 3n, inviteSecrets: [4n, 5n] });
}

/** What the shop reads of the room. */
const readRoom = async (): Promise<string> => textOf(await shop.look(`/rooms/${ID}`));

describe('A room that asks for two approvals of each place', () => {
  const policy = samplePolicyWith();
  /** The shop's own account has approved; two grants of its and one of the host stand on chain. */
  const log = () => {
    const made = logOf(policy, { approvals: 2 }).take(0, 1);
    addGrant(made, grantOf());
    addGrant(made, grantOf({ secret: 77n }));
    addGrant(made, grantOf({ secret: 78n, slot: HOST_SLOT, role: 'auditor' }));
    addGrant(made, grantOf({ secret: 79n, slot: 1 }));
    made.add('RoleRevoked', { room_id: ROOM, slot: 0, grant: grantCommitment(grantOf({ secret: 77n })) });
    return made.add('PolicyApproved', made.approval(0, 500n));
  };

  test('tells its party what waits on whom, and which roles it has granted, with the links of those alone', async () => {
    await play(log(), policy);
    await saveGrant({ folder: join(profiles, 'shop') }, 'given', grantOf());
    await saveGrant({ folder: join(profiles, 'shop') }, 'given', grantOf({ secret: 77n }));
    const html = await shop.look(`/rooms/${ID}`);
    const text = textOf(html);
    expect(text).toContain('Waiting for a second account to approve for “Shop”');
    expect(text).toMatch(/Shop\s+you\s+✓ yes\s+1 of 2/);
    expect(text).toContain('a second account to approve for slot 0');
    expect(text).toContain('slot 1 to approve the policy');
    // The second place's grant is not the shop's to see.
    expect(text.match(/has not approved yet/g)).toHaveLength(1);
    expect(text).toContain('taken back');
    expect(text).toContain('for the whole room');
    expect(html).toContain(encodeGrant(grantOf()));
    expect(html).not.toContain(encodeGrant(grantOf({ secret: 77n })));
  });

  test('has its host remind those that it waits for, by a text without any secret', async () => {
    await play(log(), policy);
    const text = await readRoom();
    expect(text).toContain(
      `Magazine: our room “${policy.purpose}” waits for you to read the policy and approve it. Please do it before 1970-01-01 00:03 UTC. The room in your own app: ${server.url}/rooms/${ID}`,
    );
    expect(text).not.toContain('Shop: our room');
  });

  test('shows an approver with a profile of its own the policy and its flags, and what is missing', async () => {
    await play(log(), policy);
    await counsel.look('/role');
    const grant = encodeGrant(grantOf());
    const taken = await counsel.post('/role', { grant: `  ${server.url}/role#${grant}\n` });
    const place = `/role/${fieldToHex(grantCommitment(grantOf()))}`;
    expect([taken.status, taken.headers.get('location')]).toEqual([303, place]);
    const html = await counsel.look(place);
    const text = textOf(html);
    expect(text).toContain('Approver for “Shop”');
    expect(text).toContain('Every party learns the count, if it is at least 3');
    expect(text).toContain('The count is released from k = 3 on');
    expect(text).toContain('1 of 2 accounts have approved for “Shop”.');
    expect(text).toContain('The room waits for your approval.');
    // The secret went to the profile's folder, readable by its owner, and stands on no page.
    expect(html).not.toContain(grant.slice(6, 60));
    expect(html).not.toContain('5a5a5a5a');
    expect(await readFile(join(profiles, 'counsel/grants/held', place.slice(6)), 'utf8')).toBe(`${grant}\n`);
    expect(textOf(await counsel.look('/rooms'))).toContain('Roles in rooms of others Approver');
    // It is that profile's alone.
    const other = new Visitor(server.url);
    await other.create('stranger');
    expect(textOf(await other.look(place))).toContain('This profile does not hold the role');
    expect((await other.post(`${place}?/approve`, {})).status).toBe(404);
  });

  test('shows an approver whose role was taken back, or whose grant never came to the chain, that it can do nothing', async () => {
    await play(log(), policy);
    await counsel.look('/role');
    for (const [secret, said] of [
      [77n, 'The role was taken back'],
      [80n, 'The grant does not stand on chain yet'],
    ] as const) {
      const grant = grantOf({ secret });
      await counsel.post('/role', { grant: encodeGrant(grant) });
      const html = await counsel.look(`/role/${fieldToHex(grantCommitment(grant))}`);
      expect(textOf(html)).toContain(said);
      expect(html).not.toMatch(/<button class="button">Approve this policy/);
    }
  });

  test('refuses a damaged grant without repeating it, and an invite in its place', async () => {
    await play(log(), policy);
    await counsel.look('/role');
    for (const grant of [encodeGrant(grantOf()).slice(0, -30), 'zkcr1.abc', '']) {
      const response = await counsel.post('/role', { grant });
      expect(response.status).toBe(400);
      const html = await response.text();
      expect(textOf(html)).toContain('This is not a whole grant');
      if (grant.length > 20) expect(html).not.toContain(grant.slice(6, 60));
    }
    await expect(readdir(join(profiles, 'counsel/grants'))).rejects.toThrow('ENOENT');
  });

  test('takes a role to grant, and an auditor’s digest, in their form alone', async () => {
    await play(log(), policy);
    await shop.look(`/rooms/${ID}`);
    const wrong = await shop.post(`/rooms/${ID}?/grant`, { role: 'approver:slot', to: 'the lawyer' });
    expect(wrong.status).toBe(400);
    expect(textOf(await wrong.text())).toContain('An address is “0x”');
    expect((await shop.post(`/rooms/${ID}?/grant`, { role: 'owner:slot', to: '0x1' })).status).toBe(400);
    expect((await shop.post(`/rooms/${ID}?/revokeRole`, { grant: 'x' })).status).toBe(400);
    const auditor = grantOf({ secret: 78n, slot: HOST_SLOT, role: 'auditor' });
    await shop.look('/role');
    await shop.post('/role', { grant: encodeGrant(auditor) });
    const place = `/role/${fieldToHex(grantCommitment(auditor))}`;
    const text = textOf(await shop.look(place));
    expect(text).toContain('Auditor for the host of the room');
    expect(text).toContain('None yet.');
    for (const digest of ['', '0x12', `0x01${'0'.repeat(62)}`])
      expect((await shop.post(`${place}?/record`, { digest })).status).toBe(400);
  });
});

describe('A room with a fee and stakes', () => {
  const policy = samplePolicyWith({ fees: FEES });

  test('tells what is due from the party, in token units, until it is proven to be paid', async () => {
    await play(logOf(policy).take(0, 1).approve(0, 1), policy);
    const text = await readRoom();
    expect(text).toContain('101 token units, shared by the parties');
    expect(text).toContain('50 token units from each party');
    // A fee that does not divide costs the first slot one unit more.
    expect(text).toContain("slot 0's part of the fee: 51 token units");
    expect(text).toContain('the stake of slot 0: 50 token units');
    expect(text).toContain('Pay the fee alone');
    expect(text).toContain('Pay the stake alone');
    // The token is not the sample token of this machine.
    expect(text).not.toContain('Sample tokens');
    expect((await shop.post(`/rooms/${ID}?/mint`, { amount: '1e9' })).status).toBe(400);
  });

  test('says that the payment is proven, and asks for no more', async () => {
    await play(logOf(policy).take(0, 1).approve(0, 1).pay(0), policy);
    const text = await readRoom();
    expect(text).toContain('It is proven that all due for your place is paid.');
    expect(text).not.toContain('Pay what is due from you');
  });

  test('that ended without a result lets the party take back what it paid, and has no share of a fee', async () => {
    const log = logOf(policy).take(0, 1).approve(0, 1).pay(0, 1);
    await play(log.add('RoomEnded', log.ended(8)), policy);
    const text = await readRoom();
    expect(text).toContain('The room ended without a result.');
    expect(text).toContain('Take back what I paid');
    expect(text).not.toContain('What lies ready in its escrow');
    // Why nothing could be taken is told, not only that it failed.
    expect((await shop.post(`/rooms/${ID}?/act`, { act: 'refund' })).status).toBe(200);
    expect(await readRoom()).toContain('Taking back what was paid');
  });

  test('that ended by the fault of another offers that stake', async () => {
    const log = logOf(policy).take(0, 1).approve(0, 1).pay(0, 1).commit(0, 1).blindBy(0);
    await play(log.add('RoomEnded', log.ended(9, HOST_SLOT, 0b10)), policy);
    expect(await readRoom()).toContain('stake that slot 1 forfeited');
  });
});

describe('A room whose time is over', () => {
  const policy = samplePolicyWith({
    parties: ['Shop', 'Magazine', 'Museum'].map((label) => ({ label })),
    minParties: 2,
  });

  test('may go on without those that are late where enough are ready, and may be ended where they are not', async () => {
    await play(logOf(policy).take(0, 1), policy, 150n);
    const text = await readRoom();
    expect(text).toContain('Go on without those who are late');
    expect(text).not.toContain('End the room, since it is late');
    await play(logOf(policy).take(0), policy, 150n);
    expect(await readRoom()).toContain('End the room, since it is late');
  });
});

describe('A room that is over', () => {
  const policy = samplePolicyWith();

  test('tells which files go, until when, and that the receipt comes first; the policy stays', async () => {
    const log = logOf(policy).take(0, 1).approve(0, 1).commit(0, 1);
    await play(log.add('RoomEnded', log.ended(8)), policy);
    const data = join(profiles, 'shop/rooms');
    await mkdir(join(data, `${ID}.datasets`), { recursive: true });
    await writeFile(join(data, `${ID}.datasets`, fieldToHex(600n)), 'rows');
    await writeFile(join(data, `${ID}.blobs`, fieldToHex(8000n)), 'proof');
    const text = await readRoom();
    expect(text).toContain('Until 1970-01-01 00:10 UTC');
    expect(text).toContain('In this profile’s folder: 1 committed table, 1 message.');
    expect(text).toContain('Your own table, where it came from, is not touched.');
    // Without a result there is no receipt to make.
    expect(text).not.toContain('You have no receipt yet');
  });

  test('says that the deletion was attested, and asks for nothing where no file is left', async () => {
    const log = logOf(policy).take(0, 1).approve(0, 1).commit(0, 1);
    log.add('RoomEnded', log.ended(8)).add('DeletionAttested', { room_id: ROOM, slot: 0, digest: 12n });
    await play(log, policy, 700n);
    const text = await readRoom();
    expect(text).toContain('You have attested that you deleted it.');
    expect(text).not.toContain('Delete and attest');
  });
});
