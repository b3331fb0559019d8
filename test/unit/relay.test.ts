import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mulGenerator, pointsToBytes } from '../../app/lib/curve/grumpkin.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { decodeList, encodeList, listDigest, makeList } from '../../app/lib/protocol/list.ts';
import { folderRelay } from '../../app/lib/relay/folder.ts';
import { BlobCorrupt, BlobMissing, RelayError, type Relay } from '../../app/lib/relay/relay.ts';

const text = (words: string) => new TextEncoder().encode(words);
const absent = '0'.repeat(64);

let folder: string;
let relay: Relay;
beforeAll(initField);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-'));
  relay = folderRelay(folder);
});
afterEach(() => rm(folder, { recursive: true }));

describe('blobs by content', () => {
  test('a blob is named by its SHA-256 and comes back whole', async () => {
    const name = await relay.put(text('hello'));
    expect(name).toBe(createHash('sha256').update('hello').digest('hex'));
    expect(await relay.get(name)).toEqual(text('hello'));
    expect(await relay.put(text('hello'))).toBe(name);
    expect(await readdir(join(folder, 'blobs'))).toEqual([name]);
  });

  test('many writers of one blob do not disturb each other', async () => {
    const blob = new Uint8Array(100_000).fill(7);
    const names = await Promise.all(Array.from({ length: 8 }, () => relay.put(blob)));
    expect(await relay.get(names[0])).toEqual(blob);
    expect(await readdir(join(folder, 'blobs'))).toHaveLength(1);
  });

  test('a missing blob is told apart from a changed, cut, replaced or oversized one', async () => {
    await expect(relay.get(absent)).rejects.toThrow(BlobMissing);
    const name = await relay.put(text('hello'));
    const path = join(folder, 'blobs', name);
    await writeFile(path, 'jello');
    await expect(relay.get(name)).rejects.toThrow(BlobCorrupt);
    await truncate(path, 0);
    await expect(relay.get(name)).rejects.toThrow(/changed on the relay/);
    await rm(path);
    await writeFile(join(folder, 'outside'), 'hello');
    await symlink(join(folder, 'outside'), path);
    await expect(relay.get(name)).rejects.toThrow(/a link/);
    const big = await relay.put(new Uint8Array(100));
    await expect(folderRelay(folder, 50).get(big)).rejects.toThrow(/at most 50 are read/);
  });

  test('storing again repairs a changed blob', async () => {
    const name = await relay.put(text('hello'));
    await writeFile(join(folder, 'blobs', name), 'jello');
    await relay.put(text('hello'));
    expect(await relay.get(name)).toEqual(text('hello'));
  });

  test('empty and oversized blobs are not stored', async () => {
    await expect(relay.put(new Uint8Array(0))).rejects.toThrow(/empty/);
    await expect(folderRelay(folder, 50).put(new Uint8Array(51))).rejects.toThrow(/at most 50/);
  });

  test.each([
    '',
    '../secret',
    '..',
    'a/b',
    absent.slice(1),
    absent + '0',
    absent + '\n',
    'A'.repeat(64),
    `..%2f${absent}`,
  ])('the name %j reaches no file', async (name) => {
    await expect(relay.get(name)).rejects.toThrow(RelayError);
    await expect(relay.get(name)).rejects.not.toThrow(BlobMissing);
    await expect(relay.getNamed(name)).rejects.toThrow(/64 lower-case/);
    await expect(relay.putNamed(`0x${name}`.slice(0, 60), text('x'))).rejects.toThrow(/64 lower-case/);
  });
});

describe('blobs by on-chain digest', () => {
  const context = 5n;
  const list = () => makeList(0, 0, pointsToBytes([mulGenerator(3n), mulGenerator(4n)]));
  const expectation = () => ({
    context,
    list: 0,
    hop: 0,
    digest: listDigest(context, list()),
    minRows: 1,
    maxRows: 10,
  });

  test('a list is found by the digest on chain, and another blob in its place is refused by its reader', async () => {
    const expected = expectation();
    const name = fieldToHex(expected.digest);
    await expect(relay.getNamed(name)).rejects.toThrow(BlobMissing);
    expect(await relay.hasNamed(name)).toBe(false);
    await relay.putNamed(name, encodeList(list()));
    expect(await relay.hasNamed(name)).toBe(true);
    expect(decodeList(await relay.getNamed(name), expected)).toEqual(list());
    const other = makeList(0, 0, pointsToBytes([mulGenerator(3n), mulGenerator(5n)]));
    await relay.putNamed(name, encodeList(other));
    const received = await relay.getNamed(name);
    expect(() => decodeList(received, expected)).toThrow(/the chain has/);
  });

  test('a broken entry is refused', async () => {
    const name = fieldToHex(7n);
    await relay.putNamed(name, text('x'));
    await writeFile(join(folder, 'digests', name), '../../secret');
    await expect(relay.getNamed(name)).rejects.toThrow(BlobCorrupt);
    expect(await relay.hasNamed(name)).toBe(false);
    await writeFile(join(folder, 'digests', name), 'a'.repeat(65));
    await expect(relay.getNamed(name)).rejects.toThrow(BlobCorrupt);
  });
});
