/**
 * Whatever a party is given, it says in a line what is wrong and what to do, ends with another code than 0, and the room
 * stays usable. One room goes through all of it, and then to its result.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadConfig } from '../../aztec.config.ts';
import type { Egress } from '../../app/lib/room/egress.ts';
import { decodeInvite, encodeInvite } from '../../app/lib/room/invite.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { onceIn, randomFrom, SEED, some } from '../support/choice.ts';
import {
  parties,
  room,
  scratchFolder,
  secretsOf,
  writePolicy,
  writeTables,
  type PartyAt,
  type Ran,
  type Running,
  type Tables,
} from './support.ts';

const scratch = scratchFolder();
const { folder } = scratch;
const random = randomFrom(SEED);
const { party, relay, printed, stop: stopAll } = parties(folder, ['left', 'right', 'stranger']);
const { left, right, stranger } = party;

let tables: Tables;
let invites: string[];
let lateInvite: string;
let lateSince: number;
let proxy: Proxy;
const viaProxy = () => ({ env: { AZTEC_NODE_URL: proxy.url } });

beforeAll(async () => {
  console.log(`SEED=${SEED}`);
  tables = writeTables(folder, [7, 6], 3, random);
  proxy = await startProxy(loadConfig().network.url);
});

afterAll(async () => {
  stopAll();
  await proxy?.close();
  scratch.remove();
});

/** What a refused command printed, without its progress, what it waited for, and warnings: `room: ` and the reason. Nothing but the reason, in one line unless it is a list. */
function reasonOf({ code, stdout, stderr }: Ran, lines = 1): string {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const said = stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !/^ *\d+ s {2}|^\[lock\] waiting for another process|^WARNING: development SRS/.test(line));
  expect(said.slice(0, lines)).toEqual(said);
  expect(said[0]).toMatch(/^room: \S/);
  expect(stderr).not.toMatch(/\n\s+at |\[object|undefined|TypeError|ZodError/);
  return said.join('\n').slice('room: '.length);
}

/** Waits until a command prints a line. */
function untilLine(start: (onLine: (line: string) => void) => Running, pattern: RegExp): Promise<Running> {
  return new Promise((resolve, reject) => {
    const running: Running = start((line) => {
      if (pattern.test(line)) resolve(running);
    });
    void running.ended.then(({ code, stderr }) =>
      reject(new Error(`ended with ${code} before ${pattern}:\n${stderr}`)),
    );
  });
}

async function stop(running: Running): Promise<void> {
  running.child.kill('SIGTERM');
  await running.ended;
}

const write = (name: string, content: string | Uint8Array): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};

// ---------------------------------------------------------------------------------------------------- before a room

describe('usage', () => {
  const cases: [string[], RegExp][] = [
    [[], /Usage: room/],
    [['fly'], /unknown command 'fly'/],
    [['create'], /required option '--policy <file>'/],
    [['commit', '--csv'], /argument missing/],
    [['status', '--fast'], /unknown option '--fast'/],
    [['verify', 'x', '--node', 'node'], /must be an http or https URL/],
    [['grant', '--role', 'owner', '--to', `0x${'1'.repeat(64)}`], /Allowed choices are approver, auditor/],
    [['grant', '--role', 'auditor', '--to', '0x12'], /must be 0x and 64 lower-case hex digits/],
    [['mint', '-1'], /unknown option '-1'|whole number of token units above 0/],
    [['rehearse', '--policy', 'x', '--slot', 'y', '--fee', '1.5'], /whole number of token units above 0/],
  ];
  test.each(some(cases, 2))('%j ends with 2 and help', async (args, message) => {
    const { code, stdout, stderr } = await room(args, { home: join(folder, 'unused') });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/Usage: room/);
  });

  test('--help lists every command and code, and ends with 0', async () => {
    const { code, stdout } = await room(['--help']);
    expect(code).toBe(0);
    for (const command of [
      'create',
      'invite',
      'cancel',
      'close',
      'deploy',
      'join',
      'recover',
      'approve',
      'check',
      'commit',
      'run',
      'revoke',
      'dispute',
      'leave-out',
      'expire',
      'delete',
      'account',
      'mint',
      'deposit',
      'stake',
      'confirm-payment',
      'claim',
      'refund',
      'invoice',
      'check-invoice',
      'grant',
      'revoke-role',
      'status',
      'receipt',
      'verify',
      'audit',
      'record-audit',
      'rehearse',
      'policy',
      'egress',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    expect(stdout).toMatch(/Exit codes: 0 .* 1 .* 2 .* 3 /);
  });
});

describe('no usable node', () => {
  const policy = () => writePolicy(folder, { k: 2, minRows: 5, maxRows: 32 });

  test('nobody answers', async () => {
    const env = { AZTEC_NODE_URL: 'http://127.0.0.1:9/?key=secret-of-a-provider' };
    const reason = reasonOf(await stranger.room(['create', '--policy', policy()], { env }));
    expect(reason).toMatch(
      /^No Aztec node answers at http:\/\/127\.0\.0\.1:9\. Start a local network .*AZTEC_NODE_URL/,
    );
    expect(reason).not.toMatch(/secret/);
  });

  test('something else answers', async () => {
    const server = createServer((_, response) => void response.end('<html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const env = { AZTEC_NODE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    expect(reasonOf(await stranger.room(['create', '--policy', policy()], { env }))).toMatch(
      /^No Aztec node answers at /,
    );
    server.close();
  });

  test('the setting is no URL', async () => {
    const { code, stderr } = await stranger.room(['status'], { env: { AZTEC_NODE_URL: 'ftp://x' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^room: Wrong settings \(see aztec\.config\.ts\):\n.*must be an http or https URL/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

test('a policy that cannot be used creates nothing', async () => {
  const bad: [file: string, message: RegExp, lines?: number][] = [
    [join(folder, 'nowhere.json'), /^There is no file or folder .*nowhere\.json\.$/],
    [folder, /is a folder: name a file/],
    [write('cut.json', '{"version": 1'), /^the policy .*\n {2}document: it is not JSON/, 2],
    [
      write('k.json', readFileSync(writePolicy(folder, { k: 99, minRows: 5, maxRows: 32 }))),
      /k must not be above maxRows \(32\)/,
      2,
    ],
  ];
  for (const [file, message, lines] of some(bad, 2)) {
    expect(reasonOf(await stranger.room(['create', '--policy', file]), lines)).toMatch(message);
  }
  expect(reasonOf(await stranger.room(['status']))).toBe(
    'This party has no room yet: create one, or join with an invite.',
  );
});

// ------------------------------------------------------------------------------------------------------ one long room

test('a room outlives every mistake and every fault around it', async () => {
  // Two rooms: one for which everybody will be late, not in every run, and one that goes to its end.
  const lateRoom = onceIn(3, 'late') ? await createLateRoom() : undefined;
  const created = await left.json<{ room: string; contract: string; invites: string[] }>([
    'create',
    '--policy',
    writePolicy(folder, { k: 2, minRows: 5, maxRows: 32 }),
  ]);
  invites = created.invites;
  expect(await left.json<{ invites: string[] }>(['invite'])).toMatchObject({ invites });

  await wrongInvites(created.contract);
  if (lateRoom !== undefined) await lateCalls(lateRoom);
  await wrongOrder();
  await wrongFiles();
  await faultsWhileRunning();

  const out = join(folder, 'receipt.json');
  expect(await left.json(['receipt', '--out', out])).toMatchObject({
    result: { suppressed: false, count: tables.overlap },
  });
  const verified = await room(['verify', out, '--allow-dev-srs']);
  expect(verified).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`VERIFIED: The overlap is ${tables.overlap}\\.\\n$`)),
  });
  expect(reasonOf(await left.room(['cancel']))).toMatch(/The room cannot be cancelled: it has ended/);
  const closed = await left.json<{ done: string; txHash: string }>(['close']);
  expect(closed.done).toBe('close');
  const { entries, damaged } = await left.json<Egress>(['egress']);
  expect(damaged).toEqual([]);
  expect(entries.map(({ purpose }) => purpose)).toEqual(
    expect.arrayContaining(['policy document', 'approving the policy', 'blinded list of slot 0']),
  );
  expect(entries.at(-1)).toMatchObject({ kind: 'transaction', id: closed.txHash, purpose: 'closing the room' });
  expect(await left.json(['status'])).toMatchObject({ state: 'closed', result: { count: tables.overlap } });

  const everything = printed();
  for (const secret of [left, right, stranger].flatMap(({ home }) => secretsOf(home))) {
    expect(everything.toLowerCase().includes(secret)).toBe(false);
  }
}, 1_800_000);

async function wrongInvites(contract: string): Promise<void> {
  const genuine = decodeInvite(invites[1]);
  const whole = /^This is not a whole invite\. Paste the full line that the host sent, beginning with "zkcr1\."\.$/;
  const wrong: [string, RegExp][] = [
    ['hello', whole],
    [invites[1].slice(0, -9), whole],
    [`${invites[1].slice(0, 40)}*${invites[1].slice(41)}`, whole],
    [encodeInvite({ ...genuine, secret: genuine.secret + 1n }), /^Wrong invite secret for this slot$/],
    [encodeInvite({ ...genuine, slot: 2 }), /no slot 2|No such slot|slot 2/],
    [
      encodeInvite({ ...genuine, roomId: genuine.roomId + 1n }),
      /^There is no such room at this contract\. Check the room id and the network\.$/,
    ],
    [
      encodeInvite({ ...genuine, contract: BigInt(contract) + 1n }),
      /^There is no contract at 0x[0-9a-f]{64} on http.*\. Is this invite for another network\?$|There is no such room/,
    ],
  ];
  for (const [invite, message] of some(wrong, 2)) expect(reasonOf(await right.room(['join', invite]))).toMatch(message);

  // The relay shows another policy than the one that stands on chain.
  const blobs = join(relay, 'blobs');
  const kept = join(folder, 'blobs-kept');
  cpSync(blobs, kept, { recursive: true });
  const { policyDocument } = recordOf(left.home);
  const other = readFileSync(join(blobs, policyDocument), 'utf8').replace('"k":2', '"k":3');
  writeFileSync(join(blobs, policyDocument), other);
  expect(reasonOf(await stranger.room(['join', invites[1]]))).toMatch(
    /policy cannot be had from the relay .*changed on the relay.*Any command of the host/,
  );
  rmSync(join(blobs, policyDocument));
  expect(reasonOf(await stranger.room(['join', invites[1]]))).toMatch(
    /policy cannot be had from the relay .*not on the relay.*Any command of the host/,
  );
  // The host's next command puts it back.
  expect(await left.json(['join', invites[0]])).toMatchObject({ slot: 0 });
  expect(readFileSync(join(blobs, policyDocument))).toEqual(readFileSync(join(kept, policyDocument)));

  // From standard input, so that the secret is in no list of processes.
  expect(await right.json(['join', '-'], { input: `${invites[1]}\n` })).toMatchObject({ slot: 1, policy: { k: 2 } });
  expect(await right.json<{ txHash?: string }>(['join', invites[1]])).not.toHaveProperty('txHash');
  expect(reasonOf(await stranger.room(['join', invites[1]]))).toBe('Invite was used already: the slot is taken');
  expect(reasonOf(await right.room(['join', invites[0]]))).toMatch(
    /has slot 1 of this room: another slot needs another folder/,
  );
}

function recordOf(home: string): { roomId: string; policyDocument: string } {
  const { room: roomId } = JSON.parse(Buffer.from(invites[0].slice(6), 'base64url').toString());
  return { roomId, ...JSON.parse(readFileSync(join(home, 'rooms', `${roomId}.json`), 'utf8')) };
}

/** Creates a room whose invites are good for a minute; returns its id. */
async function createLateRoom(): Promise<string> {
  const policy = JSON.parse(readFileSync(writePolicy(folder, { k: 2, minRows: 5, maxRows: 32 }), 'utf8'));
  policy.deadlines.invite = 60;
  const file = write('late.json', JSON.stringify(policy));
  const created = await stranger.json<{ room: string; invites: string[] }>(['create', '--policy', file]);
  [lateInvite] = created.invites;
  lateSince = Date.now();
  return created.room;
}

async function lateCalls(lateRoom: string): Promise<void> {
  // The chain's clock may be some seconds behind.
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, lateSince + 75_000 - Date.now())));
  const newcomer = join(folder, 'newcomer');
  const env = { CLEAN_ROOM_RELAY: relay };
  expect(reasonOf(await room(['join', lateInvite], { home: newcomer, env }))).toBe('The invite deadline has passed');
  expect(await stranger.json(['expire', lateRoom])).toMatchObject({ done: 'expire' });
  expect(reasonOf(await room(['join', lateInvite], { home: newcomer, env }))).toBe('The room is not inviting');
  const over = await stranger.json<{ state: string }>(['status', lateRoom]);
  expect(over.state).toBe('expired');
}

async function wrongOrder(): Promise<void> {
  const csv = ['--csv', tables.files[0], '--id', 'email'];
  const unknown = `0x${'0'.repeat(63)}7`;
  const refused: [who: PartyAt, args: string[], message: RegExp][] = [
    [left, ['commit', ...csv], /^The room is approving: data are committed once every slot has approved\.$/],
    [left, ['receipt', '--out', join(folder, 'none.json')], /^The room is approving: there is no result/],
    [left, ['close'], /^Only a room with a result can be closed$/],
    [right, ['cancel'], /^Only the host of a room may do this\.$/],
    [left, ['expire'], /^The room is not overdue$/],
    [left, ['leave-out'], /^The room is not overdue$/],
    [left, ['dispute'], /^A step can be disputed while the room is joining or sharing$/],
    [left, ['delete'], /^The room is approving: its data is needed until it is over\.$/],
    [left, ['deposit'], /^Nothing is to be paid in this room\.$/],
    [left, ['claim'], /^The room is approving: there is nothing to claim\.$/],
    [left, ['approve', '--as', 'zkcg1.x'], /^This is not a whole grant\./],
    [left, ['revoke-role', unknown], /^Nobody in this room granted that\.$/],
    [left, ['status', '0x12'], /room id/],
    [
      left,
      ['status', unknown],
      /^This party has no record of room 0x0+7\. Join it with an invite, or name another --home\.$/,
    ],
  ];
  for (const [who, args, message] of some(refused, 4)) expect(reasonOf(await who.room(args))).toMatch(message);

  const due = await left.room(['run', '--json']);
  expect(due.code).toBe(3);
  expect(JSON.parse(due.stdout)).toEqual({ state: 'decision due', step: 'approve' });
  expect(await left.json(['approve'])).toMatchObject({ done: 'approve', txHash: expect.stringMatching(/^0x/) });
  expect(await left.json<{ txHash?: string }>(['approve'])).not.toHaveProperty('txHash');
  expect(await right.json(['approve'])).toMatchObject({ done: 'approve' });
}

async function wrongFiles(): Promise<void> {
  const rows = Array.from({ length: 6 }, (_, i) => `p${i}@example.org`);
  const csv = (...lines: string[]) => `${['n,email', ...lines.map((row, n) => `${n},${row}`)].join('\n')}\n`;
  const gigabyte = join(folder, 'sparse.csv');
  writeFileSync(gigabyte, csv(...rows));
  truncateSync(gigabyte, 2 ** 30);
  type Bad = [file: string, message: RegExp, lines?: number, column?: string];
  const nowhere: Bad = [join(folder, 'nowhere.csv'), /^the file .*nowhere\.csv does not exist$/];
  const sparse: Bad = [gigabyte, /^the file has a zero byte at \d+/];
  const bad: Bad[] = [
    [folder, /is a folder: name a file$/],
    [write('empty.csv', ''), /empty\.csv is empty$/],
    [write('header.csv', 'n,email\n'), /^the file has a header and no rows$/],
    [write('column.csv', csv(...rows)), /^there is no column "mail"; the columns are: "n", "email"$/, 1, 'mail'],
    [write('colon.csv', csv(...rows).replaceAll(',', ':')), /^there is no column "email"; the columns are: "n:email"$/],
    [write('cut.csv.gz', gzipSync(csv(...rows)).subarray(0, 40)), /^the gzip archive is cut off or damaged/],
    [
      write('blank.csv', csv(...rows, '', ' ')),
      /rows that cannot be read.*\n {2}line 8: .*empty\n {2}line 9: .*empty$/,
      3,
    ],
    [
      write('few.csv', csv(...rows.slice(0, 3), ...rows.slice(0, 3))),
      /^the file has 3 distinct identifiers, the policy asks for at least 5$/,
    ],
    [
      write('many.csv', csv(...Array.from({ length: 40 }, (_, i) => `p${i}@example.org`))),
      /^line 34: more than 32 distinct identifiers/,
    ],
    [
      write('utf16.csv', Buffer.from(`\ufeff${csv(...rows)}`, 'utf16le')),
      /UTF-16 text, not UTF-8.*save it as "CSV UTF-8"$/,
    ],
    [
      write('latin1.csv', Buffer.from(csv(...rows, 'jürgen@example.org'), 'latin1')),
      /^the file is not UTF-8: byte \d+ \(line 8\).*save it as "CSV UTF-8"$/,
    ],
    [write('quotes.csv', csv(...rows, '"p9@example.org')), /^line 8: a quote is opened and never closed$/],
  ];
  const memory: number[] = [];
  for (const [file, message, lines, column = 'email'] of [nowhere, ...some(bad, 2), sparse]) {
    const running = left.start(['commit', '--csv', file, '--id', column]);
    let peak = 0;
    const watch = setInterval(() => {
      try {
        peak = Math.max(
          peak,
          Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8'))?.[1] ?? 0),
        );
      } catch {
        clearInterval(watch);
      }
    }, 20);
    const ended = await running.ended;
    clearInterval(watch);
    memory.push(peak);
    const reason = reasonOf(ended, lines);
    expect(reason).toMatch(message);
    expect(reason).not.toMatch(/@example/);
  }
  // Kilobytes; a file of a gigabyte takes no more than the one that does not exist.
  expect(memory.at(-1)! - memory[0]).toBeLessThan(100_000);
  expect(await left.json(['status'])).toMatchObject({ state: 'committing' });

  const commit = (who: typeof left, slot: number) => who.json(['commit', '--csv', tables.files[slot], '--id', 'email']);
  expect(await commit(left, 0)).toMatchObject({ identifiers: 7, txHash: expect.stringMatching(/^0x/) });
  expect(await commit(left, 0)).not.toHaveProperty('txHash');
  expect(reasonOf(await left.room(['commit', '--csv', tables.files[1], '--id', 'email']))).toBe(
    'This slot has committed its data already.',
  );
  expect(await commit(right, 1)).toMatchObject({ identifiers: 6 });
}

/** The file of the blob that stands under a digest. */
const blobOf = (digest: string): string => join(relay, 'blobs', readFileSync(join(relay, 'digests', digest), 'utf8'));

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
}

/** Runs a party until it prints a line. */
const runLeft = (pattern: RegExp) => untilLine((onLine) => left.start(['run'], { onLine }), pattern);
const runRight = (pattern: RegExp) => untilLine((onLine) => right.start(['run'], { onLine, ...viaProxy() }), pattern);

async function faultsWhileRunning(): Promise<void> {
  // While one process has a folder, another is told so.
  const first = await runLeft(/waiting for slot 1 to blind its list/);
  expect(reasonOf(await left.room(['status']))).toMatch(/left is in use by process \d+\. Wait for it or stop it\.$/);
  await stop(first);

  for (const fault of some([faultsOfProofs, faultsOfLists], 1)) await fault();

  // With its maker back, everything is in its place again.
  const restored = await runLeft(/waiting for slot 1 to (blind its|pass on a) list/);
  const result = { suppressed: false, count: tables.overlap };
  expect(await right.json(['run'])).toMatchObject({ state: 'released', result });
  expect(await restored.ended).toMatchObject({ code: 0, stdout: `The overlap is ${tables.overlap}.\n` });
}

/** With the left party's list blinded, and the right one's not. Leaves it so. */
async function faultsOfProofs(): Promise<void> {
  // A proof is changed in the relay.
  const { proofs } = digests();
  flip(blobOf(proofs[0]));
  expect(reasonOf(await right.room(['run']))).toMatch(/changed on the relay: its maker has to store it again/);
  // A proof is lost: the other party waits until its maker is back, and goes on.
  rmSync(join(relay, 'digests', proofs[0]));
  const waiting = await runRight(/waiting for a blob in the relay/);
  const back = await runLeft(/waiting for slot 1 to blind its list/);
  await stop(back);
  // The network goes away while a proof is made.
  await untilOutput(waiting, /proving blind_32/);
  await proxy.cut();
  expect(reasonOf(await waiting.ended)).toMatch(
    /^The Aztec node at http:\/\/127\.0\.0\.1:\d+ does not answer any more\. Check the network and start the command again: it goes on where it stopped\.$/,
  );
  expect(reasonOf(await right.room(['status'], viaProxy()))).toMatch(/^No Aztec node answers at /);
  await proxy.restore();
}

async function faultsOfLists(): Promise<void> {
  // Lists: the right party has blinded and waits for the left one's list.
  const blinded = await runRight(/waiting for a blob in the relay/);
  await stop(blinded);
  const opened = await runLeft(/waiting for slot 1 to pass on a list/);
  await stop(opened);
  const { lists } = digests();
  flip(blobOf(lists[0]));
  expect(reasonOf(await right.room(['run']))).toMatch(/changed on the relay: its maker has to store it again/);
  // Another whole list under the first one's digest.
  cpSync(join(relay, 'digests', lists[1]), join(relay, 'digests', lists[0]));
  expect(reasonOf(await right.room(['run']))).toMatch(
    /^List 0, hop 0, as the relay holds it, is refused: .*its maker has to store it again/,
  );
}

function untilOutput(running: Running, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = setInterval(() => {
      if (pattern.test(running.output())) {
        clearInterval(look);
        resolve();
      }
    }, 50);
    void running.ended.then(({ stderr }) => {
      clearInterval(look);
      reject(new Error(`ended before ${pattern}:\n${stderr}`));
    });
  });
}

/** Digests of proofs and blinded lists, as the parties keep them in their folders. */
function digests(): { proofs: string[]; lists: string[] } {
  const kept = ({ home }: typeof left) => join(home, 'rooms', `${recordOf(home).roomId}.blobs`);
  const all = [left, right].flatMap((who) =>
    readdirSync(kept(who)).map((name) => ({ name, bytes: readFileSync(join(kept(who), name)) })),
  );
  const isList = (bytes: Buffer, hop: number) => bytes.subarray(0, 8).toString() === 'ZKCRLIST' && bytes[10] === hop;
  return {
    proofs: all.filter(({ bytes }) => bytes.length === 16_000).map(({ name }) => name),
    lists: [0, 1].flatMap((list) =>
      all.filter(({ bytes }) => isList(bytes, 0) && bytes[9] === list).map(({ name }) => name),
    ),
  };
}
