/** The pages of a party over HTTP, as a browser asks for them, and as others try to. No node answers here. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { canonicalPolicy, documentName, parsePolicyText } from '../../app/lib/policy/policy.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { readBackup } from '../../app/lib/room/backup.ts';
import { encodeInvite } from '../../app/lib/room/invite.ts';
import { saveBlob, saveRoom } from '../../app/lib/room/store.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { textOf, Visitor } from '../support/visitor.ts';

let server: AppServer;
let profiles: string;
const ROOM = fieldToHex(7n);
const SECRET = BigInt(`0x1${'5a'.repeat(31)}`);
const env = () => ({ AZTEC_NODE_URL: 'http://127.0.0.1:9', CLEAN_ROOM_PROFILES: profiles });

beforeAll(async () => {
  await initField();
  profiles = await mkdtemp(join(tmpdir(), 'clean-room-profiles-'));
  server = await startApp(env());
});
afterAll(async () => {
  await server.stop();
  await rm(profiles, { recursive: true, force: true });
});

/** A visitor with a profile of its own. */
async function visitorOf(name: string): Promise<Visitor> {
  const visitor = new Visitor(server.url);
  await visitor.create(name);
  return visitor;
}

/** A profile with a record of a room and its policy. */
async function memberOf(name: string): Promise<Visitor> {
  const visitor = await visitorOf(name);
  const policy = await readFile('examples/overlap.policy.json', 'utf8');
  const policyDocument = documentName(parsePolicyText(policy));
  const room = newLocalRoom({ roomId: 7n, contract: 8n, slot: 0, inviteSecret: SECRET, policyDocument });
  const home = { folder: join(profiles, name), accountSecret: 1n, release: async () => {} };
  await saveRoom(home, room);
  await saveBlob(home, 7n, policyDocument, new TextEncoder().encode(canonicalPolicy(parsePolicyText(policy))));
  return visitor;
}

describe('The pages of a party', () => {
  test('are not there where others could reach the server: at an address of the network, or behind a proxy', async () => {
    const open = await startApp(env(), ['--host', '0.0.0.0']);
    const behind = await startApp({ ...env(), ORIGIN: 'https://rooms.example' });
    try {
      for (const { url } of [open, behind]) {
        for (const path of [
          '/profiles',
          '/%70rofiles',
          '/rooms',
          '/rooms/new',
          '/join',
          '/role',
          `/role/${ROOM}`,
          `/rooms/${ROOM}`,
          `/rooms/${ROOM}/events`,
        ]) {
          const response = await fetch(url.replace('0.0.0.0', '127.0.0.1') + path, { redirect: 'manual' });
          expect(response.status).toBe(404);
          expect(await response.text()).toContain('that party’s own machine');
        }
      }
    } finally {
      await open.stop();
      await behind.stop();
    }
  });

  test('run no script and load nothing but their own, and are kept nowhere', async () => {
    const { headers } = await new Visitor(server.url).ask('/profiles');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe-inline');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('lead to the profiles who has chosen none, and back', async () => {
    const visitor = new Visitor(server.url);
    const response = await visitor.ask('/rooms/new');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/profiles?next=%2Frooms%2Fnew']);
    await visitor.look('/profiles?next=/rooms/new');
    const made = await visitor.post('/profiles?/create&next=%2Frooms%2Fnew', { name: 'led' });
    expect(made.headers.get('location')).toBe('/rooms/new');
    const elsewhere = await visitor.post('/profiles?/choose&next=%2F%2Felsewhere.example', { name: 'led' });
    expect(elsewhere.headers.get('location')).toBe('/rooms');
  });

  test('have one name: another one is led to it', async () => {
    const response = await fetch(`${server.url.replace('127.0.0.1', 'localhost')}/profiles`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([307, `${server.url}/profiles`]);
  });
});

describe('An act of a party', () => {
  const tries: [why: string, fields: Record<string, string>, headers: Record<string, string>][] = [
    ['another page of this machine', {}, { origin: 'http://127.0.0.1:4000' }],
    ['a page elsewhere', {}, { origin: 'https://elsewhere.example' }],
    ['a page that says no origin', {}, { origin: 'null' }],
    ['a form without the token', { token: '' }, {}],
    ['a form with the token of an earlier start', { token: 'x'.repeat(43) }, {}],
  ];
  test.each(tries)('is refused to %s', async (_, fields, headers) => {
    const visitor = new Visitor(server.url);
    await visitor.look('/profiles');
    const before = await readdir(profiles);
    const response = await visitor.post('/profiles?/create', { name: 'intruder', ...fields }, headers);
    expect(response.status).toBe(403);
    expect(await readdir(profiles)).toEqual(before);
  });

  test('is refused to a program that names no origin at all', async () => {
    const visitor = new Visitor(server.url);
    await visitor.look('/profiles');
    const body = JSON.stringify({ token: visitor.token, name: 'intruder' });
    const response = await visitor.ask('/profiles?/create', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(403);
  });
});

describe('Profiles', () => {
  test('are created, chosen and listed; a name that is none is told in words', async () => {
    const visitor = await visitorOf('clinic');
    const html = await visitor.look('/profiles');
    expect(textOf(html)).toMatch(/clinic\s+in use no rooms yet/);
    expect(visitor.cookie).toBe('profile=clinic');
    const refused = await visitor.post('/profiles?/create', { name: '../x' });
    expect(refused.status).toBe(400);
    expect(textOf(await refused.text())).toContain('A name has 1 to 40 letters');
  });

  test('are handed out as a backup only where it was confirmed, and come back from it', async () => {
    const visitor = await visitorOf('keeper');
    await visitor.look('/profiles');
    const unsure = await visitor.post('/profiles/backup', { name: 'keeper' });
    expect(unsure.status).toBe(400);
    const given = await visitor.post('/profiles/backup', { name: 'keeper', understood: 'yes' });
    expect(given.headers.get('content-disposition')).toContain('keeper.profile-backup.json');
    const text = await given.text();
    const secret = fieldToHex(readBackup(text).accountSecret);
    // No page has the secret in it.
    for (const path of ['/profiles', '/rooms', '/rooms/new', '/join'])
      expect(await visitor.look(path)).not.toContain(secret);
    expect((await visitor.ask('/profiles/backup')).status).toBe(405);
    const form = new FormData();
    form.set('token', visitor.token);
    form.set('name', 'keeper-again');
    form.set('file', new File([text], 'backup.json'));
    const init = { method: 'POST', body: form, headers: { origin: server.url } };
    expect((await visitor.ask('/profiles?/restore', init)).status).toBe(303);
    expect(await readFile(join(profiles, 'keeper-again/identity.json'), 'utf8')).toContain(secret);
  });
});

describe('Creating a room', () => {
  test('takes a valid document alone, and says what is wrong with another', async () => {
    const visitor = await visitorOf('host');
    expect(textOf(await visitor.look('/rooms/new'))).toContain('Step 1 of 7');
    const policy = await readFile('examples/overlap.policy.json', 'utf8');
    const refused = await visitor.post('/rooms/new', { policy: policy.replace('"k": 3', '"k": 1'), highRisk: '' });
    expect(refused.status).toBe(400);
    expect(textOf(await refused.text())).toContain('k: k must be at least 2');
    const taken = await visitor.post('/rooms/new', { policy, highRisk: '' });
    expect([taken.status, taken.headers.get('location')]).toEqual([303, '/rooms']);
    // It is under way, or has failed for want of a node: either way the page says so, and no room is made up.
    const html = await visitor.look('/rooms');
    expect(textOf(html)).toContain('Creating the room');
    expect(textOf(html)).toContain('No rooms yet');
  });
});

describe('An invite', () => {
  const invite = encodeInvite({ contract: 8n, roomId: 9n, slot: 1, secret: SECRET });

  test('is taken as a line or as a link, and leads to its room; its secret stands on no page', async () => {
    const visitor = await visitorOf('guest');
    await visitor.look('/join');
    for (const text of [invite, `${server.url}/join#${invite}`, `  ${invite}\n`]) {
      const response = await visitor.post('/join', { invite: text });
      expect([response.status, response.headers.get('location')]).toEqual([303, `/rooms/${fieldToHex(9n)}`]);
    }
    const html = await visitor.look(`/rooms/${fieldToHex(9n)}`);
    expect(textOf(html)).toContain('Taking your place');
    expect(html).not.toContain(invite.slice(6));
    expect(html).not.toContain('5a5a5a5a');
  });

  test('that is cut off is refused without being repeated', async () => {
    const visitor = await visitorOf('cut');
    await visitor.look('/join');
    const response = await visitor.post('/join', { invite: invite.slice(0, -30) });
    expect(response.status).toBe(400);
    const html = await response.text();
    expect(textOf(html)).toContain('This is not a whole invite');
    expect(html).not.toContain(invite.slice(6, 40));
  });
});

describe('A room', () => {
  test('shows its policy and what everyone learns, also while no node answers', async () => {
    const visitor = await memberOf('reader');
    const text = textOf(await visitor.look(`/rooms/${ROOM}`));
    expect(text).toContain('Estimate how many customers of the shop read the magazine');
    expect(text).toContain('What each party learns');
    expect(text).toContain('Every party learns the count, if it is at least 3');
    expect(text).toContain('The Aztec node does not answer');
    const list = textOf(await visitor.look('/rooms'));
    expect(list).toContain('as Shop');
    expect(list).toContain('Not read from the chain');
  });

  test('of another profile is not shown', async () => {
    const visitor = await visitorOf('stranger');
    const text = textOf(await visitor.look(`/rooms/${ROOM}`));
    expect(text).toContain('This profile has no record of the room');
    expect(text).not.toContain('magazine');
    expect((await visitor.ask('/rooms/7')).status).toBe(404);
  });

  test('takes a table as a file, looks at it, and lets go of it', async () => {
    const visitor = await memberOf('member');
    await visitor.look('/profiles');
    const table = await readFile('examples/shop.csv', 'utf8');
    const put = (headers: Record<string, string>) =>
      visitor.ask(`/rooms/${ROOM}/source?name=shop.csv`, { method: 'PUT', body: table, headers });
    expect((await put({ origin: server.url })).status).toBe(403);
    expect((await put({ 'x-token': visitor.token })).status).toBe(403);
    expect((await put({ 'x-token': visitor.token, origin: server.url })).status).toBe(204);
    const file = join(profiles, 'member/uploads', ROOM, 'shop.csv');
    expect(await readFile(file, 'utf8')).toBe(table);
    const wrong = await visitor.post(`/rooms/${ROOM}?/check`, { column: 'nothing' });
    expect(wrong.status).toBe(400);
    const checked = await visitor.post(`/rooms/${ROOM}?/check`, { column: 'email' });
    expect(checked.status).toBe(200);
    const uncommitted = await visitor.post(`/rooms/${ROOM}?/act`, { act: 'delete everything' });
    expect(uncommitted.status).toBe(400);
    await visitor.post(`/rooms/${ROOM}?/forget`, {});
    expect(await readdir(join(profiles, 'member/uploads'))).toEqual([]);
    expect((await visitor.post(`/rooms/${ROOM}?/check`, { column: 'email' })).status).toBe(400);
  });

  test('takes no path of this machine for a source, and shows no password of one that it takes', async () => {
    const visitor = await memberOf('remote');
    await visitor.look('/profiles');
    expect((await visitor.post(`/rooms/${ROOM}?/connect`, { url: '/etc/passwd' })).status).toBe(400);
    const taken = await visitor.post(`/rooms/${ROOM}?/connect`, { url: 'postgres://me:hush@127.0.0.1:9/x?table=t' });
    expect(taken.status).toBe(200);
    expect(await taken.text()).not.toContain('hush');
    expect(await visitor.look(`/rooms/${ROOM}`)).not.toContain('hush');
  });

  test('tells a page of news as they come', async () => {
    const visitor = await memberOf('listener');
    await visitor.look('/profiles');
    const stream = await visitor.ask(`/rooms/${ROOM}/events`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const reader = stream.body!.getReader();
    const decoder = new TextDecoder();
    let heard = decoder.decode((await reader.read()).value);
    expect(heard).toContain(': open');
    await visitor.post(`/rooms/${ROOM}?/act`, { act: 'cancel' });
    while (!heard.includes('event: news')) heard += decoder.decode((await reader.read()).value);
    await reader.cancel();
    expect(heard).not.toContain('127.0.0.1');
    expect(
      (
        await visitor.ask(`/rooms/${ROOM}/events`, {
          headers: { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
        })
      ).status,
    ).toBe(403);
  });
});
