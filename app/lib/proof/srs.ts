/**
 * The structured reference string (SRS): the public points that proofs and verification keys are made with.
 *
 * Two kinds. `ignition` is the ceremony's, which real networks use. `development` has a publicly known secret and serves
 * machines that cannot fetch the ceremony's points; nothing proven under it is worth anything. Keys made under one kind
 * are useless under the other, so each kind has a folder of its own, which also serves bb as its home: bb's key cache
 * is indexed by circuit alone and would hand out keys of the wrong kind.
 *
 * Node only: the browser gets its points from the server.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../host/lock.mjs';
import { DEVELOPMENT_G2, makeDevelopmentPoints } from './srs/development.ts';
import { fetchIgnition, IGNITION_G2 } from './srs/ignition.ts';
import { readG1 } from './srs/points.ts';
import { POINT_BYTES } from './srs/powers.ts';

/** Which points: the ceremony's or those with a known secret. */
export type SrsKind = 'ignition' | 'development';

/** A loaded and checked SRS. */
export interface Srs {
  readonly kind: SrsKind;
  /** Folder with bn254_g1.dat and bn254_g2.dat, as bb expects under CRS_PATH. */
  readonly path: string;
  /** Folder for everything bb caches under this SRS: to be its HOME. */
  readonly home: string;
  /** Points at hand; at least as many as asked for. */
  readonly numPoints: number;
  /** The first `count` points (default all), 64 bytes each: x then y, big endian. */
  g1(count?: number): Uint8Array;
  /** [tau]_2: x.c0, x.c1, y.c0, y.c1, 32 bytes each, big endian. */
  readonly g2: Uint8Array;
  /** Names the SRS in receipts and key caches: kind and SHA-256 over the G2 point and the first two points. */
  readonly identity: string;
}

/** What to load. */
export interface SrsOptions {
  /**
   * `auto` (default) takes the ceremony's points if they can be had, else makes development points. The choice is
   * remembered in the folder, so that one checkout never mixes kinds. CLEAN_ROOM_SRS overrides the default.
   */
  kind?: 'auto' | SrsKind;
  /** Points needed: the circuit's size plus one. */
  numPoints: number;
  /** Folder that holds both kinds. Default: `srs` under CLEAN_ROOM_CACHE or `.cache`. */
  folder?: string;
}

/** Points for a circuit of 2^19 gates: the largest that the project's own circuits need. */
export const DEFAULT_NUM_POINTS = 2 ** 19 + 1;

/** More would be a mistake: 2^24 points are a gigabyte. */
const MAX_POINTS = 2 ** 24 + 1;

const G2_OF: Record<SrsKind, Uint8Array> = { ignition: IGNITION_G2, development: DEVELOPMENT_G2 };
const warned = new Set<string>();

/**
 * Loads an SRS, fetching or making its points when they are missing.
 * @throws Error if the ceremony's points are asked for and cannot be had, or if the files do not match their digests
 */
export async function loadSrs({ kind, numPoints, folder = defaultFolder() }: SrsOptions): Promise<Srs> {
  if (!Number.isSafeInteger(numPoints) || numPoints < 2 || numPoints > MAX_POINTS) {
    throw new RangeError(`numPoints must be a whole number between 2 and ${MAX_POINTS}`);
  }
  const wanted = kind ?? kindFromEnvironment();
  if (wanted !== 'auto') return await load(wanted, numPoints, folder);
  const remembered = readChoice(folder);
  if (remembered) return await load(remembered, numPoints, folder);
  const srs = await load('ignition', numPoints, folder).catch((error: Error) => {
    process.stderr.write(`[srs] ${error.message}\n`);
    return load('development', numPoints, folder);
  });
  writeAtomically(path.join(folder, 'kind'), srs.kind);
  return srs;
}

/**
 * Environment for a bb process, or for a process that starts one, under this SRS.
 * HOME moves too: bb writes its key cache and its local points there.
 */
export function srsEnvironment(srs: Srs): { CRS_PATH: string; HOME: string } {
  return { CRS_PATH: srs.path, HOME: srs.home };
}

/** Gives the points to a running bb.js instance, which else would verify against the ceremony's G2 point alone. */
export async function installSrs(
  api: { srsInitSrs(command: { pointsBuf: Uint8Array; numPoints: number; g2Point: Uint8Array }): unknown },
  srs: Srs,
  count = srs.numPoints,
): Promise<void> {
  await api.srsInitSrs({ pointsBuf: srs.g1(count), numPoints: count, g2Point: srs.g2 });
}

function defaultFolder(): string {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
  return path.resolve(root, process.env.CLEAN_ROOM_CACHE ?? '.cache', 'srs');
}

function kindFromEnvironment(): 'auto' | SrsKind {
  const kind = process.env.CLEAN_ROOM_SRS ?? 'auto';
  if (kind !== 'auto' && kind !== 'ignition' && kind !== 'development') {
    throw new Error(`CLEAN_ROOM_SRS is "${kind}": use auto, ignition or development`);
  }
  return kind;
}

function readChoice(folder: string): SrsKind | undefined {
  const file = path.join(folder, 'kind');
  if (!existsSync(file)) return undefined;
  const kind = readFileSync(file, 'utf8').trim();
  if (kind === 'ignition' || kind === 'development') return kind;
  throw new Error(`${file} holds neither "ignition" nor "development": delete it`);
}

async function load(kind: SrsKind, numPoints: number, parent: string): Promise<Srs> {
  const folder = path.join(parent, kind);
  if (kind === 'development' && !warned.has(folder)) {
    warned.add(folder);
    process.stderr.write(
      'WARNING: development SRS, its secret is public: proofs made here prove nothing. Never use its keys on a real network.\n',
    );
  }
  const points =
    readUnlocked(kind, folder, numPoints) ?? (await withLock(`${folder}.lock`, () => extend(kind, folder, numPoints)));
  const home = path.join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return {
    kind,
    path: folder,
    home,
    numPoints: points.length / POINT_BYTES,
    g1(count = points.length / POINT_BYTES) {
      if (!Number.isSafeInteger(count) || count < 1 || count * POINT_BYTES > points.length) {
        throw new RangeError(`This SRS was loaded with ${points.length / POINT_BYTES} points, ${count} were asked for`);
      }
      return points.subarray(0, count * POINT_BYTES);
    },
    g2: G2_OF[kind].slice(),
    identity: identityOf(kind, points),
  };
}

/** Kind and SHA-256 over the G2 point and the first two points; the number of points does not matter. */
function identityOf(kind: SrsKind, points: Uint8Array): string {
  const digest = createHash('sha256')
    .update(G2_OF[kind])
    .update(points.subarray(0, 2 * POINT_BYTES));
  return `${kind}-${digest.digest('hex')}`;
}

const files = (folder: string) => ({
  g1: path.join(folder, 'bn254_g1.dat'),
  g2: path.join(folder, 'bn254_g2.dat'),
  digest: path.join(folder, 'bn254_g1.sha256'),
});

/**
 * The stored points if there are enough of them; undefined if there are none or too few.
 * @throws Error if what is stored is not what was written, or belongs to another SRS
 */
function readPoints(kind: SrsKind, folder: string, numPoints: number): Uint8Array | undefined {
  const { g1, g2, digest } = files(folder);
  if (!existsSync(digest)) return undefined;
  const corrupt = (what: string) =>
    new Error(`${what} in ${folder}: delete that folder, and the points are made or fetched again`);
  const points = existsSync(g1) ? new Uint8Array(readFileSync(g1)) : new Uint8Array();
  if (points.length < 2 * POINT_BYTES || points.length % POINT_BYTES !== 0)
    throw corrupt('The SRS file has a wrong size');
  if (createHash('sha256').update(points).digest('hex') !== readFileSync(digest, 'utf8').trim())
    throw corrupt('The SRS file does not match its digest');
  if (!existsSync(g2) || !readFileSync(g2).equals(G2_OF[kind])) throw corrupt('The G2 point is not the expected one');
  readG1(points, 1);
  return points.length >= numPoints * POINT_BYTES ? points : undefined;
}

/** Like readPoints; but a mismatch may mean that another process is just writing, so it is judged under the lock. */
function readUnlocked(kind: SrsKind, folder: string, numPoints: number): Uint8Array | undefined {
  try {
    return readPoints(kind, folder, numPoints);
  } catch {
    return undefined;
  }
}

/** Fetches or makes what is missing and stores it. Runs under the folder's lock. */
async function extend(kind: SrsKind, folder: string, numPoints: number): Promise<Uint8Array> {
  const present = readPoints(kind, folder, numPoints);
  if (present) return present; // another process was faster
  mkdirSync(folder, { recursive: true });
  const started = Date.now();
  process.stderr.write(`[srs] ${kind === 'ignition' ? 'fetching' : 'making'} ${numPoints} ${kind} points\n`);
  const points = kind === 'ignition' ? await fetchIgnition(numPoints) : await makeDevelopmentPoints(0, numPoints);
  const { g1, g2, digest } = files(folder);
  // The digest goes last: without it the others count as missing.
  writeAtomically(g2, G2_OF[kind]);
  writeAtomically(g1, points);
  writeAtomically(digest, createHash('sha256').update(points).digest('hex'));
  process.stderr.write(`[srs] done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  return points;
}

function writeAtomically(file: string, content: Uint8Array | string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}
