/** What the app's server does for a party: its profiles, its tables, and the process that works for it. No node answers here. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { readBackup } from '../../app/lib/room/backup.ts';
import { loadRoom, openHome, saveRoom } from '../../app/lib/room/store.ts';
import { ask, begin, endAgents, newsOf } from '../../app/server/party/agents.ts';
import { connectRemote, forgetSource, nameOfSource, saveUpload, sourceOf } from '../../app/server/party/sources.ts';
import { mayCome } from '../../app/server/guard.ts';
import {
  backupProfile,
  createProfile,
  listProfiles,
  profileFolder,
  restoreProfile,
} from '../../app/server/profiles.ts';

let folder: string;
const ROOM = fieldToHex(7n);
const document = 'ab'.repeat(32);
const made = () => newLocalRoom({ roomId: 7n, contract: 8n, slot: 1, inviteSecret: 9n, policyDocument: document });

beforeAll(async () => {
  await initField();
  folder = await mkdtemp(join(tmpdir(), 'clean-room-profiles-'));
  // Port 9 of this machine is the discard service, which no longer runs anywhere.
  process.env.AZTEC_NODE_URL = 'http://127.0.0.1:9';
});
beforeEach(async () => {
  process.env.CLEAN_ROOM_PROFILES = await mkdtemp(join(folder, 'all-'));
});
afterAll(async () => {
  endAgents();
  await sleep(500);
  await rm(folder, { recursive: true, force: true });
});

describe('Profiles', () => {
  test('are made with an account each, listed by name, and found by it alone', async () => {
    expect(await listProfiles()).toEqual([]);
    expect(await createProfile('  Shop Host ')).toBe('shop-host');
    await createProfile('clinic');
    expect((await listProfiles()).map(({ name, rooms }) => [name, rooms])).toEqual([
      ['clinic', 0],
      ['shop-host', 0],
    ]);
    const [one, other] = await Promise.all(
      ['clinic', 'shop-host'].map(async (name) =>
        readFile(join((await profileFolder(name))!, 'identity.json'), 'utf8'),
      ),
    );
    expect(JSON.parse(one).accountSecret).not.toBe(JSON.parse(other).accountSecret);
    expect(await profileFolder('nobody')).toBeUndefined();
    expect(await profileFolder(undefined)).toBeUndefined();
  });

  test.each(['', '..', '../clinic', '/etc', 'a/b', '-a', 'ä', 'x'.repeat(41), 'a\0b'])(
    'cannot be called %j, and no folder is touched',
    async (name) => {
      await expect(createProfile(name)).rejects.toThrow('A name has 1 to 40 letters');
      expect(await profileFolder(name)).toBeUndefined();
      expect(await readdir(process.env.CLEAN_ROOM_PROFILES!)).toEqual([]);
    },
  );

  test('are never replaced: neither by a new one nor by a backup of the same name', async () => {
    await createProfile('clinic');
    const before = await backupProfile('clinic');
    await expect(createProfile('Clinic')).rejects.toThrow('already');
    await expect(restoreProfile('clinic', before)).rejects.toThrow('already');
    expect(await backupProfile('clinic')).toBe(before);
  });

  test('come back from a backup with their account and the records of their rooms', async () => {
    await createProfile('clinic');
    await saveRoom({ folder: (await profileFolder('clinic'))! }, made());
    const backup = await backupProfile('clinic');
    await restoreProfile('second', backup);
    const restored = (await profileFolder('second'))!;
    expect(await loadRoom({ folder: restored }, 7n)).toEqual(made());
    expect(await backupProfile('second')).toBe(backup);
    expect((await stat(join(restored, 'identity.json'))).mode & 0o077).toBe(0);
    const home = await openHome(restored);
    expect(home.accountSecret).toBe(readBackup(backup).accountSecret);
    await home.release();
  });

  test('refuse a damaged backup without repeating its secret, and leave no folder behind', async () => {
    await createProfile('clinic');
    const backup = await backupProfile('clinic');
    const secret = fieldToHex(readBackup(backup).accountSecret);
    const tampered = [
      backup.slice(0, -20),
      backup.replace('"version": 1', '"version": 2'),
      backup.replace(secret, `${secret}0`),
      backup.replace('"rooms": []', '"rooms": [{}]'),
      backup.replace('"kind"', '"more": 1, "kind"'),
      '',
      '[]',
    ];
    for (const text of tampered) {
      expect(text).not.toBe(backup);
      const refusal: Error = await restoreProfile('copy', text).then(
        () => new Error('nothing was refused'),
        (error: Error) => error,
      );
      expect(refusal.message).toMatch(/backup/);
      expect(refusal.message).not.toContain(secret.slice(2, 20));
    }
    expect((await listProfiles()).map(({ name }) => name)).toEqual(['clinic']);
    expect(await readdir(process.env.CLEAN_ROOM_PROFILES!)).toEqual(['clinic']);
  });
});

describe('A table that is handed over', () => {
  const stream = (text: string) => new Blob([text]).stream() as Parameters<typeof saveUpload>[3];

  test('lies in the profile alone, readable by its owner, under a plain name, until it is let go of', async () => {
    await createProfile('clinic');
    const home = (await profileFolder('clinic'))!;
    await saveUpload(home, ROOM, '../../.my patients.csv', stream('email\na@example.org\n'));
    const { where } = (await sourceOf(home, ROOM))!;
    expect(where).toBe(join(home, 'uploads', ROOM, 'my_patients.csv'));
    expect(await readFile(where, 'utf8')).toBe('email\na@example.org\n');
    expect((await stat(where)).mode & 0o077).toBe(0);
    await saveUpload(home, ROOM, 'other.csv', stream('x'));
    expect(await readdir(join(home, 'uploads', ROOM))).toEqual(['other.csv']);
    await forgetSource(home, ROOM);
    expect(await sourceOf(home, ROOM)).toBeUndefined();
    expect(await readdir(join(home, 'uploads'))).toEqual([]);
  });

  test('may be a database or an object store, whose password no page is shown; a path of this machine is refused', async () => {
    const where = 'postgres://me:secret@db.example/clinic?table=patients';
    await connectRemote(folder, ROOM, { where });
    expect(await sourceOf(folder, ROOM)).toEqual({ where });
    const name = nameOfSource({ where });
    expect(name).toEqual({ kind: 'PostgreSQL', name: 'db.example/clinic patients' });
    expect(nameOfSource({ where: 's3://bucket/rows/' })).toEqual({ kind: 'S3', name: 'bucket/rows/' });
    for (const path of ['/etc/passwd', 'file:///etc/passwd', 'http://x', ''])
      await expect(connectRemote(folder, ROOM, { where: path })).rejects.toThrow('begins with postgres:// or s3://');
    await forgetSource(folder, ROOM);
  });
});

describe('The process of a profile', () => {
  const shop = join(process.cwd(), 'examples/shop.csv');

  test('looks at a real table under a policy, with red flags, without any network', async () => {
    await createProfile('shop');
    const home = (await profileFolder('shop'))!;
    const policy = await readFile('examples/overlap.policy.json', 'utf8');
    const found = await ask(home, 'check', { room: ROOM, policy, source: { where: shop }, column: 'email' });
    const emails = (await readFile(shop, 'utf8'))
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0].replaceAll('"', '').trim().toLowerCase());
    expect(found.rows).toBe(emails.length);
    expect(found.identifier.distinct).toBe(new Set(emails).size);
    expect(found.flags.map(({ id }) => id)).toContain('small-k');
    expect(found.blocked).toBe(false);
    // Of a policy that wants more rows than there are, the flag stands in the way.
    const larger = JSON.stringify({ ...JSON.parse(policy), minRows: 30 });
    const short = await ask(home, 'check', { room: ROOM, policy: larger, source: { where: shop }, column: 'email' });
    expect(short.blocked).toBe(true);
    expect(short.flags[0]).toMatchObject({ id: 'too-few-identifiers', severity: 'high' });
  });

  test('says what is wrong with a table in words', async () => {
    await createProfile('shop');
    const home = (await profileFolder('shop'))!;
    const policy = await readFile('examples/overlap.policy.json', 'utf8');
    const input = { room: ROOM, policy, source: { where: shop }, column: 'phone' };
    await expect(ask(home, 'check', input)).rejects.toThrow(/no column/);
    const missing = { ...input, source: { where: join(home, 'gone.csv') } };
    await expect(ask(home, 'check', missing)).rejects.toThrow();
    await mkdir(join(home, 'uploads'), { recursive: true });
    const empty = join(home, 'uploads', 'empty.csv');
    await writeFile(empty, '');
    await expect(ask(home, 'check', { ...input, source: { where: empty } })).rejects.toThrow();
  });

  test('keeps what it was asked for and why it failed, for a page that is opened later', async () => {
    await createProfile('shop');
    const home = (await profileFolder('shop'))!;
    begin(home, 'approve', { room: ROOM, override: [] });
    expect(newsOf(home, ROOM).jobs).toMatchObject([{ act: 'approve', state: 'running' }]);
    for (let tries = 0; newsOf(home, ROOM).jobs[0].state === 'running' && tries < 600; tries++) await sleep(100);
    expect(newsOf(home, ROOM).jobs[0]).toMatchObject({
      state: 'failed',
      text: expect.stringMatching(/answer|127\.0\.0\.1:9/),
    });
    expect(newsOf(home).jobs).toEqual([]);
    expect(newsOf(home, fieldToHex(8n)).jobs).toEqual([]);
  });
});

describe('A page of a party', () => {
  const origin = 'http://127.0.0.1:3000';
  const asked = (method: string, headers: Record<string, string>) =>
    mayCome({ method, headers: new Headers(headers) }, origin);

  test('is read by itself and by links, and not by the scripts of others', () => {
    expect(asked('GET', {})).toBe(true);
    expect(asked('GET', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).toBe(true);
    expect(asked('GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(true);
    expect(asked('GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(false);
    expect(asked('GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' })).toBe(false);
    expect(asked('GET', { origin: 'http://127.0.0.1:4000' })).toBe(false);
  });

  test('acts for itself alone: another port of this machine is another origin, and no origin is none', () => {
    expect(asked('POST', { origin })).toBe(true);
    expect(asked('POST', {})).toBe(false);
    expect(asked('POST', { origin: 'null' })).toBe(false);
    expect(asked('POST', { origin: 'http://127.0.0.1:4000' })).toBe(false);
    expect(asked('POST', { origin: 'http://localhost:3000' })).toBe(false);
    expect(asked('DELETE', { origin: 'https://elsewhere.example' })).toBe(false);
  });
});
