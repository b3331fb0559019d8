import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { FIELD_MODULUS, fieldsToBytes, fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { deletionDigest } from '../../app/lib/room/deletion.ts';
import { decodeGrant, encodeGrant, grantCommitment, HOST_SLOT } from '../../app/lib/room/grant.ts';
import { forgetGrant, listGrants, loadGrant, saveGrant } from '../../app/lib/room/grant-store.ts';
import { decodeInvite, encodeInvite } from '../../app/lib/room/invite.ts';
import { hostSecrets, roomSeed } from '../../app/lib/room/seed.ts';
import {
  deleteRoomData,
  listRooms,
  loadBlob,
  loadDataset,
  loadDeletion,
  loadRoom,
  openHome,
  saveBlob,
  saveDataset,
  saveRoom,
  StoreError,
} from '../../app/lib/room/store.ts';
import { hash as oracleHash } from '../e2e/oracle.ts';

let folder: string;
beforeAll(initField);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'home-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** An invite's secret with digits all over. */
const SECRET = BigInt(`0x1${'5a'.repeat(31)}`);
const DOCUMENT = 'ab'.repeat(32);
const room = () =>
  newLocalRoom({
    roomId: 7n,
    contract: 8n,
    slot: 1,
    inviteSecret: SECRET,
    escrowSecret: 10n,
    policyDocument: DOCUMENT,
  });
const inRooms = (...names: string[]) => join(folder, 'rooms', ...names);
const isPrivate = async (file: string) => ((await stat(file)).mode & 0o077) === 0;

describe("a party's folder", () => {
  test('keeps the account secret over restarts, readable by its owner alone', async () => {
    const first = await openHome(folder);
    await first.release();
    const second = await openHome(folder);
    expect(second.accountSecret).toBe(first.accountSecret);
    expect(await isPrivate(join(folder, 'identity.json'))).toBe(true);
    await second.release();
  });

  test('keeps rooms and datasets as they were saved', async () => {
    const home = await openHome(folder);
    const record = room();
    await saveRoom(home, record);
    await saveDataset(home, 7n, 11n, { digests: [1n, 2n, 3n] });
    expect(await loadRoom(home, 7n)).toEqual(record);
    expect(await loadRoom(home, 8n)).toBeUndefined();
    expect(await listRooms(home)).toEqual([7n]);
    expect(await loadDataset(home, 7n, 11n)).toEqual({ digests: [1n, 2n, 3n] });
    expect(await loadDataset(home, 8n, 11n)).toBeUndefined();
    expect(await isPrivate(inRooms(`${fieldToHex(7n)}.json`))).toBe(true);
    expect(await isPrivate(inRooms(`${fieldToHex(7n)}.datasets`, fieldToHex(11n)))).toBe(true);
    await home.release();
  });

  test('keeps what is saved several times at once, whole, and leaves nothing else behind', async () => {
    const home = await openHome(folder);
    const blob = new Uint8Array(100_000).fill(7);
    await Promise.all(Array.from({ length: 8 }, () => saveBlob(home, 7n, DOCUMENT, blob)));
    expect(Buffer.compare((await loadBlob(home, 7n, DOCUMENT))!, blob)).toBe(0);
    expect(await readdir(inRooms(`${fieldToHex(7n)}.blobs`))).toEqual([DOCUMENT]);
    await home.release();
  });

  test('keeps the dataset of one commitment whatever else is committed to', async () => {
    const home = await openHome(folder);
    await saveDataset(home, 7n, 11n, { digests: [1n, 2n, 3n] });
    await saveDataset(home, 7n, 12n, { digests: [4n] });
    expect(await loadDataset(home, 7n, 11n)).toEqual({ digests: [1n, 2n, 3n] });
    expect(await loadDataset(home, 7n, 12n)).toEqual({ digests: [4n] });
    await home.release();
  });

  test('keeps the values of rows, and reads what was kept of rows without any', async () => {
    const home = await openHome(folder);
    const limit = (1n << 61n) - 1n;
    const dataset = {
      digests: [1n, 2n, (1n << 248n) - 1n],
      values: [
        [0n, -1n],
        [limit, 5n],
        [-limit, 7n],
      ],
    };
    await saveDataset(home, 7n, 11n, dataset);
    expect(await loadDataset(home, 7n, 11n)).toEqual(dataset);
    const one = { digests: [3n], values: [[9n]] };
    await saveDataset(home, 7n, 12n, one);
    expect(await loadDataset(home, 7n, 12n)).toEqual(one);
    // As it was always written: digests, 32 bytes each.
    await writeFile(inRooms(`${fieldToHex(7n)}.datasets`, fieldToHex(13n)), fieldsToBytes([1n, 2n]));
    expect(await loadDataset(home, 7n, 13n)).toEqual({ digests: [1n, 2n] });
    await home.release();
  });

  test('refuses damaged values', async () => {
    const home = await openHome(folder);
    const file = inRooms(`${fieldToHex(7n)}.datasets`, fieldToHex(11n));
    await saveDataset(home, 7n, 11n, { digests: [1n, 2n], values: [[5n], [6n]] });
    const bytes = await readFile(file);
    const changed = (at: number, byte: number) => {
      const copy = Uint8Array.from(bytes);
      copy[at] = byte;
      return copy;
    };
    for (const damaged of [
      ...[0, 7, 8, 10, 11].map((at) => changed(at, 0xfe)),
      ...[0, 2, 5, 255].map((columns) => changed(9, columns)),
      // A value and a digest that are no field elements, a value that is too large, digests that do not ascend.
      ...[12, 44].map((at) => changed(at, 0xff)),
      changed(12 + 32 + 20, 1),
      changed(12 + 31, 3),
      bytes.subarray(0, 12),
      bytes.subarray(0, -32),
      bytes.subarray(0, -1),
    ]) {
      await writeFile(file, damaged);
      await expect(loadDataset(home, 7n, 11n)).rejects.toThrow('damaged');
    }
    await home.release();
  });

  test('serves one process at a time, and outlives a killed one', async () => {
    const home = await openHome(folder);
    await expect(openHome(folder)).rejects.toThrow('in use by process');
    await home.release();
    // A process that is gone leaves its lock behind.
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(join(folder, 'lock'), String(pid));
    const again = await openHome(folder);
    await again.release();
  });

  test('refuses damaged files without repeating what is in them', async () => {
    const home = await openHome(folder);
    await saveRoom(home, room());
    const file = inRooms(`${fieldToHex(7n)}.json`);
    const text = await readFile(file, 'utf8');
    const secret = fieldToHex(SECRET);
    for (const damaged of [
      text.slice(0, -10),
      text.replace('"slot": 1', '"slot": 9'),
      text.replace(secret, secret.slice(2)),
      text.replace('"version": 2', '"version": 2, "more": 1'),
    ]) {
      await writeFile(file, damaged);
      const error = await loadRoom(home, 7n).catch((e: unknown) => e as Error);
      expect(error).toBeInstanceOf(StoreError);
      expect((error as Error).message).not.toContain(secret.slice(2, 20));
    }
    await saveDataset(home, 7n, 11n, { digests: [1n] });
    const dataset = inRooms(`${fieldToHex(7n)}.datasets`, fieldToHex(11n));
    for (const bytes of [new Uint8Array(33), new Uint8Array(32).fill(0xff)]) {
      await writeFile(dataset, bytes);
      await expect(loadDataset(home, 7n, 11n)).rejects.toThrow('damaged');
    }
    await home.release();
  });
});

describe('deleting a room', () => {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const name = 'cd'.repeat(32);
  const blob = new Uint8Array([1, 2, 3]);

  test('removes datasets and blobs, keeps record and policy, and lists what was removed', async () => {
    const home = await openHome(folder);
    await saveRoom(home, room());
    await saveDataset(home, 7n, 11n, { digests: [1n, 2n] });
    await saveBlob(home, 7n, name, blob);
    await saveBlob(home, 7n, DOCUMENT, new Uint8Array([4]));
    await saveDataset(home, 8n, 11n, { digests: [3n] });
    const dataset = await readFile(inRooms(`${fieldToHex(7n)}.datasets`, fieldToHex(11n)));
    const { files, salt } = await deleteRoomData(home, room());
    expect(files).toEqual([sha256(dataset), sha256(blob)].sort());
    expect(salt > 0n && salt < FIELD_MODULUS).toBe(true);
    expect(await loadDataset(home, 7n, 11n)).toBeUndefined();
    expect(await loadBlob(home, 7n, name)).toBeUndefined();
    expect(await loadBlob(home, 7n, DOCUMENT)).toEqual(new Uint8Array([4]));
    expect(await loadRoom(home, 7n)).toEqual(room());
    expect(await loadDataset(home, 8n, 11n)).toEqual({ digests: [3n] });
    await home.release();
  });

  test('that was interrupted tells, in the end, of everything under one salt', async () => {
    const home = await openHome(folder);
    await saveBlob(home, 7n, name, blob);
    const first = await deleteRoomData(home, room());
    // As if a file had outlived the first attempt.
    await saveDataset(home, 7n, 11n, { digests: [1n, 2n] });
    const second = await deleteRoomData(home, room());
    expect(second.salt).toBe(first.salt);
    expect(second.files).toEqual(expect.arrayContaining(first.files));
    expect(second.files).toHaveLength(2);
    expect(await deleteRoomData(home, room())).toEqual(second);
    expect(await loadDeletion(home, 7n)).toEqual(second);
    expect((await readdir(inRooms())).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    await home.release();
  });

  test('has a digest that binds salt and list', () => {
    const files = [sha256(blob)];
    const text = Buffer.concat([
      Buffer.from('zk-clean-room/deletion/1\0'),
      Buffer.from('05'.padStart(64, '0'), 'hex'),
      Buffer.from(files[0], 'hex'),
    ]);
    const expected = BigInt(`0x${sha256(text).slice(0, 62)}`);
    const digest = (salt: bigint, list: string[]) => deletionDigest({ version: 1, salt, files: list });
    expect(digest(5n, files)).toBe(expected);
    expect(digest(6n, files)).not.toBe(expected);
    expect(digest(5n, [])).not.toBe(expected);
  });
});

describe('the secrets of a room', () => {
  const place = { chainId: 1n, rollupVersion: 2n, contract: 3n, roomId: 4n };

  test('are the same for the same account and room, on any machine', () => {
    expect(roomSeed(99n, place)).toEqual(roomSeed(99n, { ...place }));
    expect(hostSecrets(99n, place, 3)).toEqual(hostSecrets(99n, place, 3));
    expect(Buffer.from(roomSeed(99n, place)).toString('hex')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('are others for every other account, chain, contract and room, and for each purpose', () => {
    const all = [99n, 98n].flatMap((account) =>
      [
        place,
        ...Object.keys(place).map((name) => ({ ...place, [name]: 5n })),
        { ...place, contract: 4n, roomId: 3n },
      ].flatMap((each) => {
        const { hostSecret, inviteSecrets, escrowSecret } = hostSecrets(account, each, 5);
        const seed = BigInt(`0x${Buffer.from(roomSeed(account, each)).toString('hex')}`);
        return [seed, hostSecret, escrowSecret, ...inviteSecrets];
      }),
    );
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain(0n);
  });
});

describe('invites', () => {
  const invite = { contract: 5n, roomId: 6n, slot: 1, secret: 123456789n };

  test('come back as they were written, with an escrow or without', () => {
    for (const each of [invite, { ...invite, escrowSecret: 77n }]) {
      expect(decodeInvite(encodeInvite(each))).toEqual(each);
      expect(decodeInvite(`${encodeInvite(each)}\n`)).toEqual(each);
    }
  });

  test('that are not whole are refused, and not repeated', () => {
    const text = encodeInvite(invite);
    for (const damaged of ['', 'hello', text.slice(1), text.slice(0, -20), `zkcr1.${text.slice(16)}`]) {
      expect(() => decodeInvite(damaged)).toThrow(/^This is not a whole invite/);
    }
  });
});

describe('grants', () => {
  const grant = { contract: 5n, roomId: 6n, slot: 1, role: 'approver', grantee: 55n, secret: 123456789n } as const;

  test('come back as they were written', () => {
    for (const each of [grant, { ...grant, slot: HOST_SLOT, role: 'auditor' as const }]) {
      expect(decodeGrant(encodeGrant(each))).toEqual(each);
    }
  });

  test('that are not whole, or invites, are refused, and not repeated', () => {
    const text = encodeGrant(grant);
    const forged = `zkcg1.${Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(text.slice(6), 'base64url').toString()), role: 'host' }),
    ).toString('base64url')}`;
    const invite = encodeInvite({ contract: 5n, roomId: 6n, slot: 1, secret: 123456789n });
    for (const damaged of ['', text.slice(1), text.slice(0, -20), forged, invite]) {
      expect(() => decodeGrant(damaged)).toThrow(/^This is not a whole grant/);
    }
  });

  test('stand on chain as hash 24 of room, slot, role, account and secret', () => {
    expect(grantCommitment(grant)).toBe(oracleHash(24, [6n, 1n, 1n, 55n, 123456789n]));
    expect(grantCommitment({ ...grant, slot: HOST_SLOT, role: 'auditor' })).toBe(
      oracleHash(24, [6n, 255n, 2n, 55n, 123456789n]),
    );
  });
});

describe('grants in a folder', () => {
  const grant = { contract: 8n, roomId: 7n, slot: 1, role: 'approver', grantee: 12n, secret: SECRET } as const;
  let commitment: bigint;
  const file = () => join(folder, 'grants/held', fieldToHex(commitment));
  beforeAll(() => {
    commitment = grantCommitment(grant);
  });

  test('come back by what stands on chain for them, readable by their owner alone, given and held apart', async () => {
    await saveGrant({ folder }, 'held', grant);
    expect(await loadGrant({ folder }, 'held', commitment)).toEqual(grant);
    expect(await loadGrant({ folder }, 'given', commitment)).toBeUndefined();
    expect(await listGrants({ folder }, 'held')).toEqual(new Map([[commitment, grant]]));
    expect(await listGrants({ folder }, 'given')).toEqual(new Map());
    expect(await isPrivate(file())).toBe(true);
    await forgetGrant({ folder }, 'held', commitment);
    expect(await loadGrant({ folder }, 'held', commitment)).toBeUndefined();
  });

  test('that are damaged, or another grant than their name says, are refused without their secret', async () => {
    await saveGrant({ folder }, 'held', grant);
    const whole = await readFile(file(), 'utf8');
    for (const text of [whole.slice(0, -20), '', encodeGrant({ ...grant, grantee: 13n })]) {
      await writeFile(file(), text);
      const refusal: Error = await loadGrant({ folder }, 'held', commitment).then(
        () => new Error('nothing was refused'),
        (error: Error) => error,
      );
      expect(refusal).toBeInstanceOf(StoreError);
      expect(refusal.message).toContain('is damaged');
      expect(refusal.message).not.toContain('5a5a');
      expect(await listGrants({ folder }, 'held')).toEqual(new Map());
    }
  });
});
