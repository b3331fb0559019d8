/** What leaves a machine for a room is on record before it leaves, and nothing secret is on that record. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tellingOutgoing, watchedNode, type OutgoingTransaction } from '../../app/lib/chain/outgoing.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { encodeFigures } from '../../app/lib/protocol/figures.ts';
import { encodeList } from '../../app/lib/protocol/list.ts';
import { encodeMasked } from '../../app/lib/protocol/masked.ts';
import { folderRelay } from '../../app/lib/relay/folder.ts';
import { blobName } from '../../app/lib/relay/relay.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { egressLog, listEgress, readEgress, recordedRelay, recordedTransactions } from '../../app/lib/room/egress.ts';
import { purposeOfCall } from '../../app/lib/room/purposes.ts';
import { deleteRoomData, listRooms, openHome, saveRoom, type Home } from '../../app/lib/room/store.ts';

const ROOM = 7n;
const DIGEST = `0x${'1d'.repeat(32)}`;
const HASH = `0x${'2e'.repeat(32)}`;
const NODE = 'https://user:password@node.example:8443/v1/key-in-path?apikey=key-in-query';
const bytes = (text: string) => new TextEncoder().encode(text);

let folder: string;
let home: Home;
beforeAll(initField);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress-'));
  home = await openHome(join(folder, 'home'));
});
afterEach(async () => {
  await home.release();
  await rm(folder, { recursive: true });
});

const file = () => join(home.folder, 'rooms', `${fieldToHex(ROOM)}.egress.jsonl`);
const log = () => egressLog(home.folder, ROOM);
const entries = async () => (await readEgress(home.folder, ROOM)).entries;
const transaction: OutgoingTransaction = { hash: HASH, bytes: 81_920, contract: 'CleanRoom', method: 'approve' };

describe('a recorded relay', () => {
  test('takes and gives what the relay does, and has a line for each blob that it was given', async () => {
    const relay = folderRelay(join(folder, 'relay'));
    const recorded = recordedRelay(relay, log());
    const [policy, proof] = [bytes('{"version":2}'), bytes('a proof')];
    const name = await recorded.put(policy);
    await recorded.putNamed(DIGEST, proof);

    expect(await relay.get(name)).toEqual(policy);
    expect(await recorded.getNamed(DIGEST)).toEqual(proof);
    expect(await recorded.hasNamed(DIGEST)).toBe(true);
    const common = { kind: 'relay blob', destination: `folder ${join(folder, 'relay')}` };
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await entries()).toEqual([
      { ...common, time, id: blobName(policy), bytes: 13, purpose: 'policy document' },
      { ...common, time, id: DIGEST, bytes: 7, purpose: 'zero-knowledge proof' },
    ]);
  });

  test('tells lists, masked sums and figures from proofs: a list with its slot and the hops it has behind it', async () => {
    const recorded = recordedRelay(folderRelay(join(folder, 'relay')), log());
    const { blinding } = deriveKeys(new Uint8Array(32).fill(9));
    const list = blindDataset({ context: 5n, slot: 2, dataset: makeDataset([3n, 4n]), blinding });
    const blob = encodeList(await list);
    await recorded.putNamed(DIGEST, blob);
    const hopped = blob.slice();
    hopped[10] = 1;
    await recorded.putNamed(DIGEST, hopped);
    await recorded.putNamed(DIGEST, encodeMasked(3, Array<bigint>(288).fill(7n)));
    await recorded.putNamed(DIGEST, encodeFigures(Array<bigint>(744).fill(7n)));
    expect((await entries()).map(({ purpose }) => purpose)).toEqual([
      'blinded list of slot 2',
      'blinded list of slot 2 after 1 hop',
      'masked sums of slot 3',
      'released figures',
    ]);
  });

  test('writes the line before the blob leaves, and keeps what it cannot write down', async () => {
    let seen = 0;
    const relay = folderRelay(join(folder, 'relay'));
    const watched = { ...relay, put: async () => ((seen = (await entries()).length), 'name') };
    await recordedRelay(watched, log()).put(bytes('x'));
    expect(seen).toBe(1);

    let left = 0;
    const elsewhere = egressLog(join(folder, 'no-such-home'), ROOM);
    const open = { ...relay, put: async () => (left++, 'name'), putNamed: async () => void left++ };
    await expect(recordedRelay(open, elsewhere).put(bytes('x'))).rejects.toThrow(/ENOENT/);
    await expect(recordedRelay(open, elsewhere).putNamed(DIGEST, bytes('x'))).rejects.toThrow(/ENOENT/);
    expect(left).toBe(0);
  });
});

describe('recorded transactions', () => {
  test('have hash, size, purpose, and where they go without anything that could be a credential', async () => {
    await recordedTransactions(log(), NODE)(transaction);
    expect(await entries()).toMatchObject([
      {
        kind: 'transaction',
        id: HASH,
        bytes: 81_920,
        destination: 'https://node.example:8443',
        purpose: 'approving the policy',
      },
    ]);
    expect(await readFile(file(), 'utf8')).not.toMatch(/password|key-in/);
  });

  test('are told before the node gets them, for the call that they are made for alone', async () => {
    const events: string[] = [];
    const tx = { getTxHash: () => ({ toString: () => HASH }), getSize: () => 12 };
    const node = watchedNode({
      url: 'kept',
      sendTx: async (sent: typeof tx) => void events.push(`sent ${sent.getSize()}`),
    });
    const tell = (who: string) => async (told: OutgoingTransaction) => {
      events.push(`${who}: ${told.contract}.${told.method} ${told.hash === HASH} ${told.bytes}`);
    };
    // Calls of two sessions at the same time, over one node.
    const send = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await node.sendTx(tx);
    };
    await Promise.all([
      tellingOutgoing(tell('a'), 'CleanRoom', 'approve', send),
      tellingOutgoing(tell('b'), 'RoomEscrow', 'deposit', send),
    ]);
    expect(events.filter((event) => event.startsWith('sent'))).toHaveLength(2);
    expect(events).toContain('a: CleanRoom.approve true 12');
    expect(events).toContain('b: RoomEscrow.deposit true 12');
    expect(events[0]).not.toMatch(/^sent/);
    await tellingOutgoing(undefined, 'CleanRoom', 'approve', send);
    await send();
    expect(events).toHaveLength(6);
    expect(node.url).toBe('kept');
  });

  test('that cannot be written down are not sent', async () => {
    let sent = 0;
    const node = watchedNode({ sendTx: async (_tx: object) => void sent++ });
    const tx = { getTxHash: () => HASH, getSize: () => 12 };
    const tell = recordedTransactions(egressLog(join(folder, 'no-such-home'), ROOM), NODE);
    await expect(tellingOutgoing(tell, 'CleanRoom', 'approve', () => node.sendTx(tx))).rejects.toThrow(/ENOENT/);
    expect(sent).toBe(0);
  });

  test('have words for every call that a session makes', () => {
    const calls = (...files: string[]) =>
      files.flatMap((name) =>
        [
          ...readFileSync(`app/lib/${name}`, 'utf8').matchAll(
            /(?:\.send\(|takeOut\(contract, |post(?:Chunks|Proof)\(session, [^']*?)\s*'([a-z_]+)'/g,
          ),
        ].map(([, method]) => method),
      );
    const sources = (folder: string) => readdirSync(`app/lib/${folder}`).map((name) => `${folder}/${name}`);
    const rooms = calls(...sources('room'), ...sources('template'));
    const escrow = calls('escrow/escrow.ts');
    expect(rooms).toEqual(
      expect.arrayContaining(['commit_dataset', 'release', 'give_masked', 'post_opened', 'post_mix']),
    );
    expect(rooms.length).toBeGreaterThan(25);
    expect(escrow.length).toBeGreaterThan(4);
    const wordless = [
      ...rooms.map((method) => purposeOfCall('CleanRoom', method)),
      ...escrow.map((method) => purposeOfCall('RoomEscrow', method)),
    ].filter((purpose) => purpose.startsWith('call of'));
    expect(wordless).toEqual([]);
    expect(purposeOfCall('Other', 'act')).toBe('call of Other.act');
  });
});

describe('the log', () => {
  const record = (id: string) =>
    log()({ kind: 'transaction', id, bytes: 1, destination: 'https://node.example', purpose: 'closing the room' });
  const idOf = (n: number) => `0x${n.toString(16).padStart(64, '0')}`;

  test('is one line of JSON each, readable by its owner alone', async () => {
    await record(idOf(1));
    await record(idOf(2));
    const lines = (await readFile(file(), 'utf8')).split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1])).toMatchObject({ id: idOf(2) });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  test('keeps every line of what leaves at the same time', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => record(idOf(n))));
    const { entries, damaged } = await readEgress(home.folder, ROOM);
    expect(entries.map(({ id }) => id).sort()).toEqual(Array.from({ length: 40 }, (_, n) => idOf(n)));
    expect(damaged).toEqual([]);
  });

  test('of which the last line was torn by a crash is read up to there, and says so', async () => {
    await record(idOf(1));
    await record(idOf(2));
    const { size } = await stat(file());
    await truncate(file(), size - 30);
    expect(await readEgress(home.folder, ROOM)).toMatchObject({ entries: [{ id: idOf(1) }], damaged: [2] });
    // The torn line spoils none of those that come after it.
    await record(idOf(3));
    const after = await readEgress(home.folder, ROOM);
    expect(after.entries.map(({ id }) => id)).toEqual([idOf(1), idOf(3)]);
    expect(after.damaged).toEqual([2]);
  });

  test('is whole again where only the end of the last line was missing', async () => {
    await record(idOf(1));
    await truncate(file(), (await stat(file())).size - 1);
    await record(idOf(2));
    expect(await readEgress(home.folder, ROOM)).toMatchObject({
      entries: [{ id: idOf(1) }, { id: idOf(2) }],
      damaged: [],
    });
  });

  test('reports a line that is something else', async () => {
    await record(idOf(1));
    await appendFile(file(), '{"kind":"gift"}\n');
    expect((await readEgress(home.folder, ROOM)).damaged).toEqual([2]);
  });

  test('is found by its room, and is none of the rooms that the party has a record of', async () => {
    expect(await listEgress(home.folder)).toEqual([]);
    expect(await listEgress(join(folder, 'no-such-home'))).toEqual([]);
    expect(await readEgress(home.folder, ROOM)).toEqual({ entries: [], damaged: [] });
    await record(idOf(1));
    expect(await listEgress(home.folder)).toEqual([ROOM]);
    expect(await listRooms(home)).toEqual([]);
  });

  test('stays when the room’s data is deleted', async () => {
    const room = newLocalRoom({ roomId: ROOM, contract: 8n, slot: 1, policyDocument: 'ab'.repeat(32) });
    await saveRoom(home, room);
    await record(idOf(1));
    await deleteRoomData(home, room);
    expect(await entries()).toMatchObject([{ id: idOf(1) }]);
  });

  test('holds no secret of the party and no byte of what was sent', async () => {
    const secrets = [11n, 12n, 13n].map((n) => BigInt(`0x1${'5a'.repeat(30)}0${n}`));
    await saveRoom(
      home,
      newLocalRoom({
        roomId: ROOM,
        contract: 8n,
        slot: 1,
        inviteSecret: secrets[0],
        hostSecret: secrets[1],
        escrowSecret: secrets[2],
        policyDocument: 'ab'.repeat(32),
      }),
    );
    const recorded = recordedRelay(folderRelay(join(folder, 'relay')), log());
    await recorded.put(bytes('somebody@example.org'));
    await recorded.putNamed(DIGEST, bytes('somebody@example.org'));
    await recordedTransactions(log(), NODE)(transaction);

    const text = await readFile(file(), 'utf8');
    const hidden = [home.accountSecret, ...secrets].map((secret) => secret.toString(16));
    for (const secret of hidden) expect(text.toLowerCase().includes(secret)).toBe(false);
    expect(text).not.toMatch(/somebody|password|key-in/);
    for (const line of text.trimEnd().split('\n')) {
      expect(Object.keys(JSON.parse(line))).toEqual(['time', 'kind', 'id', 'bytes', 'destination', 'purpose']);
    }
    expect((await readdir(join(home.folder, 'rooms'))).filter((name) => name.includes('egress'))).toHaveLength(1);
  });
});
