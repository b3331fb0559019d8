/** Parties as people run them: the `room` command in processes of its own, on the configured network. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '../../app/lib/policy/canonical.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { shuffled } from '../support/choice.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How a command ended. `code` is null where a signal ended it. */
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A command under way. */
export type Running = { readonly child: ChildProcess; readonly ended: Promise<Ran>; output(): string };

export type RoomOptions = {
  readonly home?: string;
  /** Variables beside those of the tests; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Flags for Node itself, e.g. a limit on its memory. */
  readonly nodeFlags?: readonly string[];
  /** Called with each whole line of standard error. */
  readonly onLine?: (line: string) => void;
};

/** The settings file of whoever runs the tests is not theirs. */
const WITHOUT_SETTINGS = { ROOM_CONFIG: undefined, XDG_CONFIG_HOME: join(ROOT, 'test') };

/** Starts `room <args>`. */
export function startRoom(args: readonly string[], options: RoomOptions = {}): Running {
  const { home, env, input, nodeFlags = [], onLine } = options;
  // Jest's own settings would change how the libraries behave.
  // What a test run sets for itself, a person's shell has not.
  const { NODE_ENV: _, JEST_WORKER_ID: __, LOG_LEVEL: ___, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    [...nodeFlags, join(ROOT, 'scripts/room.ts'), ...(home ? ['--home', home] : []), ...args],
    { cwd: ROOT, env: { ...inherited, ...WITHOUT_SETTINGS, ...env }, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child.stdin!.on('error', () => {}); // a command that does not read its input may end first
  child.stdin!.end(input ?? '');
  let stdout = '';
  let stderr = '';
  let rest = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine?.(line);
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, output: () => stdout + stderr };
}

/** Runs `room <args>` to its end. */
export function room(args: readonly string[], options: RoomOptions = {}): Promise<Ran> {
  return startRoom(args, options).ended;
}

/**
 * Runs `room <args> --json` and returns what it printed.
 * @throws with its error text unless it ended with code 0
 */
export async function roomJson<T>(args: readonly string[], options: RoomOptions = {}): Promise<T> {
  const { code, stdout, stderr } = await room([...args, '--json'], options);
  if (code !== 0) throw new Error(`room ${args[0]} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A new folder, and what removes it. */
export function scratchFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'clean-room-e2e-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Tables that share people, spelt as people spell. */
export type Tables = { readonly files: readonly string[]; readonly overlap: number };

/**
 * Writes one CSV file per party with `sizes[i]` distinct people, of whom `shared` are the same in all of them, in random
 * order and spelling, with some people twice, and some in two files but not in all. The overlap it returns is a join of
 * what was written, made without the project's code.
 */
export function writeTables(
  folder: string,
  sizes: readonly number[],
  shared: number,
  random: (below: number) => number,
): Tables {
  const needed = sizes.reduce((sum, size) => sum + size, shared);
  const people = shuffled(
    Array.from({ length: 2 * needed }, (_, i) => `p${i}.${random(1e9)}@example.org`),
    random,
  );
  const common = people.slice(0, shared);
  let from = shared;
  const tables = sizes.map((size, slot) => {
    const own = [...common, ...people.slice(from, from + size - shared)];
    from += size - shared;
    // With three parties and more, the last one's first person of its own is the second one's, too.
    if (slot === sizes.length - 1 && slot > 1 && size > shared && sizes[1] > shared) {
      own[shared] = people[sizes[0]];
    }
    const repeated = own.filter(() => random(8) === 0);
    return shuffled([...own, ...repeated], random);
  });
  const files = tables.map((rows, slot) => {
    const file = join(folder, `table-${slot}.csv`);
    writeFileSync(file, `n,email\n${rows.map((person, n) => `${n},${spelling(person, random)}`).join('\n')}\n`);
    return file;
  });
  const [first, ...others] = tables.map((rows) => new Set(rows));
  return { files, overlap: [...first].filter((person) => others.every((rows) => rows.has(person))).length };
}

function spelling(person: string, random: (below: number) => number): string {
  const cased = [...person].map((c) => (random(3) === 0 ? c.toUpperCase() : c)).join('');
  return [cased, ` ${cased}`, `"${cased}"`, `${cased} `][random(4)];
}

const DAY = 86_400;

const LABELS = ['Left', 'Right', 'Third', 'Fourth', 'Fifth'];

/** What a test's policy says; two parties, who pay nothing, unless told otherwise. */
export type Terms = {
  readonly k: number;
  readonly minRows: number;
  readonly maxRows: number;
  readonly parties?: number;
  readonly minParties?: number;
  readonly fees?: object;
  readonly proofMode?: 'attested';
};

/** Writes a policy of the overlap template; returns its file. */
export function writePolicy(folder: string, { parties = 2, ...terms }: Terms): string {
  const file = join(folder, 'policy.json');
  const policy = {
    version: 2,
    template: { name: 'overlap', version: 1 },
    purpose: 'Try the product from end to end',
    parties: LABELS.slice(0, parties).map((label) => ({ label })),
    identifier: { type: 'email', column: 'email', normalisation: 'email/1' },
    proofMode: 'succinct',
    deadlines: { invite: DAY, approve: DAY, commit: DAY, join: 2 * DAY, share: DAY, retention: 30 * DAY },
    ...terms,
  };
  writeFileSync(file, JSON.stringify(policy));
  return file;
}

/** A party: its folder, and the commands it gives. */
export type PartyAt = {
  readonly home: string;
  start(args: readonly string[], options?: RoomOptions): Running;
  room(args: readonly string[], options?: RoomOptions): Promise<Ran>;
  json<T>(args: readonly string[], options?: RoomOptions): Promise<T>;
};

/** Parties that share a relay. */
export type Parties<N extends string> = {
  readonly relay: string;
  readonly party: Readonly<Record<N, PartyAt>>;
  /** All that any command of theirs printed. */
  printed(): string;
  /** Ends every command that is still under way. */
  stop(): void;
};

/** Parties in folders of their own, with a relay of their own. */
export function parties<const N extends string>(folder: string, names: readonly N[]): Parties<N> {
  const relay = join(folder, 'relay');
  const all: Running[] = [];
  const at = (name: string): PartyAt => {
    const home = join(folder, name);
    const start = (args: readonly string[], options: RoomOptions = {}): Running => {
      const running = startRoom(args, { home, ...options, env: { CLEAN_ROOM_RELAY: relay, ...options.env } });
      all.push(running);
      return running;
    };
    return {
      home,
      start,
      room: (args, options) => start(args, options).ended,
      async json<T>(args: readonly string[], options?: RoomOptions) {
        const { code, stdout, stderr } = await start([...args, '--json'], options).ended;
        if (code !== 0) throw new Error(`room ${args[0]} ended with ${code}:\n${stderr}`);
        return JSON.parse(stdout) as T;
      },
    };
  };
  const party = Object.fromEntries(names.map((name) => [name, at(name)])) as Record<N, PartyAt>;
  return {
    relay,
    party,
    printed: () => all.map((running) => running.output()).join('\n'),
    stop: () => all.forEach(({ child }) => child.exitCode === null && child.kill('SIGKILL')),
  };
}

/** Every secret in a party's folder, as hexadecimal digits without 0x. */
export function secretsOf(home: string): string[] {
  const files = [
    'identity.json',
    ...readdirSync(join(home, 'rooms'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => join('rooms', name)),
  ];
  return files.flatMap((file) => {
    const record = JSON.parse(readFileSync(join(home, file), 'utf8')) as Record<string, unknown>;
    const { accountSecret, inviteSecret, hostSecret, escrowSecret, inviteSecrets = [] } = record;
    return [accountSecret, inviteSecret, hostSecret, escrowSecret, ...(inviteSecrets as string[])]
      .filter((secret) => typeof secret === 'string')
      .map((secret) => secret.replace(/^0x0*/, ''));
  });
}

/** A receipt whose result was changed, with its own digest made to fit. */
export function forgeResult(
  genuine: Receipt,
  change: (draft: Extract<Receipt['result'], { suppressed: false }>) => void,
): Receipt {
  const draft = structuredClone(genuine);
  if (draft.result.suppressed) throw new Error('there is nothing to change');
  change(draft.result);
  const { digest: _, ...rest } = draft;
  return { ...rest, digest: createHash('sha256').update(canonicalJson(rest)).digest('hex') };
}
