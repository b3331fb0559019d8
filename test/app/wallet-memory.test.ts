/** What a profile keeps of a wallet of the browser. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { forgetWallet, rememberedWallet, rememberWallet } from '../../app/server/party/wallet-memory.ts';

const FOX = { id: 'fox', name: 'Fox Wallet', account: fieldToHex(5n) };

describe('A wallet of the browser', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clean-room-wallet-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is remembered by name and account, in a file of its owner, until it is forgotten', async () => {
    expect(await rememberedWallet(folder)).toBeUndefined();
    await rememberWallet(folder, FOX);
    expect(await rememberedWallet(folder)).toEqual(FOX);
    const file = join(folder, 'wallet.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 1, ...FOX });
    expect((await stat(file)).mode & 0o077).toBe(0);
    await forgetWallet(folder);
    expect(await rememberedWallet(folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    { ...FOX, account: '0x5' },
    { ...FOX, account: fieldToHex(5n).toUpperCase() },
    { ...FOX, name: '' },
    { ...FOX, id: 'x'.repeat(201) },
    { id: 'fox', name: 'Fox Wallet' },
    null,
  ])('is refused where it is none: %j', async (wallet) => {
    await expect(rememberWallet(folder, wallet as typeof FOX)).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is not known where the file is damaged', async () => {
    await writeFile(join(folder, 'wallet.json'), '{"version":1,"id":"fox"}');
    expect(await rememberedWallet(folder)).toBeUndefined();
  });
});
