/**
 * The plain join of two parties beside another implementation of the same idea: psi.js (OpenMined), intersection
 * cardinality by Diffie–Hellman over P-256 against semi-honest parties. Then what proofs add to ours.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openPool, type Pool } from '../../app/lib/curve/pool.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { hopList } from '../../app/lib/protocol/hop.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys, newRoomSeed } from '../../app/lib/protocol/keys.ts';
import { proveHopSums, verifyHopSums } from '../../app/lib/protocol/dleq.ts';
import { decodeList, encodeList, listDigest, listSum } from '../../app/lib/protocol/list.ts';
import { countMatched, mergeLists } from '../../app/lib/protocol/match.ts';
import { loadPeer, PEER_VERSION } from './peer.ts';
import { benchSuccinct } from './succinct.ts';

const SIZES = [1_000, 10_000, 100_000];
const THREADS = 2;
const CONTEXT = 1n;
const MEMBERS = [0, 1];

/** A party's identifiers, for both parties. */
type Names = readonly [string[], string[]];

/** Seconds of each step, and what came out. */
type Run = { seconds: number[]; count: number };

const STEPS = ['digest', 'blind', 'hop', 'match', 'record', 'check'];
/** Steps that psi.js does, too; the others are what attested rooms add. */
const JOIN_STEPS = 4;

/**
 * `overlap [sizes] [--peer-up-to N] [--prove]`: prints tables in Markdown; sizes are identifiers of one party.
 * psi.js takes about 2.8 ms an identifier of one party, 5 minutes for 100,000.
 */
export async function benchOverlap(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'peer-up-to': { type: 'string' }, prove: { type: 'boolean', default: false } },
  });
  const sizes = positionals.length > 0 ? positionals.map((text) => numberFrom(1, text)) : SIZES;
  const peerUpTo = values['peer-up-to'] === undefined ? Infinity : numberFrom(0, values['peer-up-to']);
  await initField();
  console.log(
    `${availableParallelism()} cores (${cpus()[0].model}). Two parties in one process, half of the identifiers in common;\n` +
      `seconds, medians of ${repetitions(1)} repetitions (${repetitions(10_000)} from 5,000 identifiers, one from 50,000).\n` +
      `Neither loading nor starting is in the times of either side.\n`,
  );
  const ours = await measureOurs(sizes);
  const theirs = await measurePeer(sizes, peerUpTo);
  printJoin(sizes, ours, theirs);
  console.log('\n## Succinct mode: what proofs add\n');
  await benchSuccinct({ prove: values.prove });
}

function numberFrom(least: number, text: string): number {
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || number < least) throw new Error(`not a number of identifiers: ${text}`);
  return number;
}

function repetitions(size: number): number {
  return size < 5_000 ? 5 : size < 50_000 ? 3 : 1;
}

/** As many identifiers for each party, the second half of the first party's being the first half of the second's. */
function namesOf(size: number): Names {
  const from = (start: number) => Array.from({ length: size }, (_, i) => `person${start + i}@example.org`);
  return [from(0), from(Math.ceil(size / 2))];
}

type Ours = Run & {
  /** Megabytes of this process, all its threads and their native helpers. */
  peak: number;
};

async function measureOurs(sizes: readonly number[]): Promise<Ours[]> {
  const started = performance.now();
  const pool = await openPool({ threads: THREADS });
  console.log(`Ours: ${THREADS} threads with native bb, started in ${seconds(performance.now() - started)} s.`);
  try {
    const results: Ours[] = [];
    for (const size of sizes) {
      const names = namesOf(size);
      const memory = watchMemory();
      const runs: Run[] = [];
      for (let i = 0; i < repetitions(size); i++) runs.push(await joinOurs(names, pool));
      results.push({ ...check(names, runs, 'our join'), peak: memory.stop() });
    }
    return results;
  } finally {
    await pool.close();
  }
}

/** The join as attested rooms do it, without chain, and without the proofs of match and release. */
async function joinOurs(names: Names, pool: Pool): Promise<Run> {
  const seeds = MEMBERS.map(newRoomSeed);
  const keys = seeds.map(deriveKeys);
  const watch = stopwatch();
  const datasets = names.map((of) => makeDataset(of.map((name) => identifierDigest('email', name))));
  watch.lap();
  const blinded = await Promise.all(
    datasets.map((dataset, slot) =>
      blindDataset({ context: CONTEXT, slot, dataset, blinding: keys[slot].blinding, signed: true }, { pool }),
    ),
  );
  watch.lap();
  const hopped = await Promise.all(
    blinded.map((list, i) =>
      hopList({ list, slot: 1 - i, members: MEMBERS, blinding: keys[1 - i].blinding }, { pool }),
    ),
  );
  watch.lap();
  const count = countMatched(mergeLists(hopped, MEMBERS).merged, MEMBERS.length);
  watch.lap();
  const recorded = [...blinded, ...hopped].map((list) => ({
    list,
    digest: listDigest(CONTEXT, list),
    sum: listSum(list),
  }));
  const statements = MEMBERS.map((list) => {
    const slot = 1 - list;
    const [before, after] = [recorded[list], recorded[MEMBERS.length + list]];
    return { context: CONTEXT, slot, list, hop: 1, key: keys[slot].blindingPublic, base: before.sum, image: after.sum };
  });
  const proofs = statements.map((statement) =>
    proveHopSums(statement, keys[statement.slot].blinding, seeds[statement.slot]),
  );
  const blobs = recorded.map(({ list }) => encodeList(list));
  watch.lap();
  // Every list is looked at by the party that did not make it.
  recorded.forEach(({ list: { list, hop }, digest, sum }, i) => {
    decodeList(blobs[i], { context: CONTEXT, list, hop, digest, sum, minRows: 1, maxRows: names[0].length });
  });
  if (!statements.every((statement, i) => verifyHopSums(statement, proofs[i])))
    throw new Error('a hop does not verify');
  return { seconds: watch.lap(), count };
}

const PEER_STEPS = ['set up', 'request', 'response', 'count'];

/** One run for each size, none for those above a limit. */
async function measurePeer(sizes: readonly number[], upTo: number): Promise<(Run | undefined)[]> {
  const psi = await loadPeer();
  return sizes.map((size) => {
    if (size > upTo) return undefined;
    const names = namesOf(size);
    const runs = Array.from({ length: repetitions(size) }, () => {
      const server = psi.server.createWithNewKey(false);
      const client = psi.client.createWithNewKey(false);
      const watch = stopwatch();
      const setup = server.createSetupMessage(0, size, names[0], psi.dataStructure.Raw);
      watch.lap();
      const request = client.createRequest(names[1]);
      watch.lap();
      const response = server.processRequest(request);
      watch.lap();
      const count = client.getIntersectionSize(setup, response);
      const steps = watch.lap();
      server.delete();
      client.delete();
      return { seconds: steps, count };
    });
    return check(names, runs, 'psi.js');
  });
}

/** The median run of a join; refuses one whose count is not that of a plain set intersection. */
function check(names: Names, runs: readonly Run[], what: string): Run {
  const second = new Set(names[1]);
  const count = names[0].filter((name) => second.has(name)).length;
  for (const run of runs)
    if (run.count !== count) throw new Error(`${what} counts ${run.count} in common where there are ${count}`);
  return { count, seconds: [...runs].sort((a, b) => total(a) - total(b))[Math.floor(runs.length / 2)].seconds };
}

function printJoin(sizes: readonly number[], ours: readonly Ours[], theirs: readonly (Run | undefined)[]): void {
  console.log(
    `psi.js ${PEER_VERSION}: its WebAssembly build on one thread, raw data structure, the count to one party.\n`,
  );
  printRow('identifiers', ...STEPS, 'join', 'attested', ...PEER_STEPS, 'psi.js', 'ratio: join', 'attested', 'peak MB');
  printRow(...Array.from({ length: 1 + STEPS.length + 2 + PEER_STEPS.length + 4 }, () => '---'));
  sizes.forEach((size, i) => {
    const peer = theirs[i];
    const [join, attested] = [total({ ...ours[i], seconds: ours[i].seconds.slice(0, JOIN_STEPS) }), total(ours[i])];
    printRow(
      String(size),
      ...[...ours[i].seconds, join, attested].map((s) => s.toFixed(2)),
      ...(peer ? [...peer.seconds, total(peer)].map((s) => s.toFixed(2)) : [...PEER_STEPS, ''].map(() => '—')),
      ...[join, attested].map((own) => (peer ? (total(peer) / own).toFixed(1) : '—')),
      String(ours[i].peak),
    );
  });
  console.log(
    '\nOurs: digest = SHA-256 of the identifiers, and sorting; blind = hash, map to the curve, times the own key; hop = ' +
      'times the other\nparty’s key; match = merge and count: together the join, which is what psi.js does.\nAn attested room adds: record = digests and sums of all four lists, ' +
      'proofs of the hops’ sums; check = each list read by the party that did not make it.\nBoth parties, one after the other or on both threads. ' +
      'Peak MB: both parties, Node, all threads and bb.',
  );
}

function printRow(...cells: string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function total({ seconds }: Run): number {
  return seconds.reduce((sum, s) => sum + s, 0);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2);
}

/** Seconds from one lap to the next. */
function stopwatch(): { lap(): number[] } {
  const laps: number[] = [];
  let last = performance.now();
  return {
    lap() {
      const now = performance.now();
      laps.push((now - last) / 1000);
      last = now;
      return laps;
    },
  };
}

/** The largest resident memory of this process and its children until `stop`, in megabytes. */
function watchMemory(): { stop(): number } {
  let peak = 0;
  const look = () => {
    const all = [process.memoryUsage.rss(), ...children().map(residentBytes)];
    peak = Math.max(
      peak,
      all.reduce((sum, bytes) => sum + bytes, 0),
    );
  };
  look();
  const timer = setInterval(look, 20);
  return {
    stop() {
      look();
      clearInterval(timer);
      return Math.round(peak / 1e6);
    },
  };
}

/** Processes that this one's threads started; Linux only, none elsewhere. */
function children(): string[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    );
  } catch {
    return [];
  }
}

function residentBytes(pid: string): number {
  try {
    return Number(/^VmRSS:\s+([0-9]+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
