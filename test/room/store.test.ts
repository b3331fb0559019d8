import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { decodeInvite, encodeInvite } from '../../app/lib/room/invite.ts';
import {
  listRooms,
  loadDataset,
  loadRoom,
  openHome,
  saveDataset,
  saveRoom,
  StoreError,
} from '../../app/lib/room/store.ts';

let folder: string;
beforeAll(initField);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'home-'));
});
afterEach(() => rm(folder, { recursive: true }));

const room = () =>
  newLocalRoom({ roomId: 7n, contract: 8n, slot: 1, inviteSecret: 9n, policyDocument: 'ab'.repeat(32) });

describe("a party's folder", () => {
  test('keeps the account secret over restarts, readable by its owner alone', async () => {
    const first = await openHome(folder);
    await first.release();
    const second = await openHome(folder);
    expect(second.accountSecret).toBe(first.accountSecret);
    expect((await stat(join(folder, 'identity.json'))).mode & 0o077).toBe(0);
    await second.release();
  });

  test('keeps rooms and datasets as they were saved', async () => {
    const home = await openHome(folder);
    const record = room();
    await saveRoom(home, record);
    await saveDataset(home, 7n, [1n, 2n, 3n]);
    expect(await loadRoom(home, 7n)).toEqual(record);
    expect(await loadRoom(home, 8n)).toBeUndefined();
    expect(await listRooms(home)).toEqual([7n]);
    expect(await loadDataset(home, 7n)).toEqual([1n, 2n, 3n]);
    expect(await loadDataset(home, 8n)).toBeUndefined();
    expect((await stat(join(folder, 'rooms', `${fieldToHex(7n)}.json`))).mode & 0o077).toBe(0);
    expect((await stat(join(folder, 'rooms', `${fieldToHex(7n)}.dataset`))).mode & 0o077).toBe(0);
    await home.release();
  });

  test('two rooms never share a seed', () => {
    expect(room().seed).not.toBe(room().seed);
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
    const file = join(folder, 'rooms', `${fieldToHex(7n)}.json`);
    const text = await readFile(file, 'utf8');
    const { seed } = JSON.parse(text) as { seed: string };
    for (const damaged of [
      text.slice(0, -10),
      text.replace('"slot": 1', '"slot": 9'),
      text.replace(seed, seed.slice(2)),
    ]) {
      await writeFile(file, damaged);
      const error = await loadRoom(home, 7n).catch((e: unknown) => e as Error);
      expect(error).toBeInstanceOf(StoreError);
      expect((error as Error).message).not.toContain(seed.slice(2, 20));
    }
    await writeFile(join(folder, 'rooms', `${fieldToHex(7n)}.dataset`), new Uint8Array(33));
    await expect(loadDataset(home, 7n)).rejects.toThrow('damaged');
    await home.release();
  });
});

describe('invites', () => {
  const invite = { contract: 5n, roomId: 6n, slot: 1, secret: 123456789n };

  test('come back as they were written', () => {
    expect(decodeInvite(encodeInvite(invite))).toEqual(invite);
    expect(decodeInvite(`${encodeInvite(invite)}\n`)).toEqual(invite);
  });

  test('that are not whole are refused, and not repeated', () => {
    const text = encodeInvite(invite);
    for (const damaged of ['', 'hello', text.slice(1), text.slice(0, -20), `zkcr1.${text.slice(16)}`]) {
      expect(() => decodeInvite(damaged)).toThrow(/^This is not a whole invite/);
    }
  });
});
