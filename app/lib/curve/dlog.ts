/** Discrete logarithms that are known to be small: what exponential ElGamal holds (baby steps and giant steps, Shanks 1971). */
import { addEach, generatorMultiples, negateAffine, type MaybePoint } from './affine.ts';

/** Logarithms lie below this. */
export const MAX_LOG_BOUND = 1n << 40n;

export type LogOptions = {
  /** Called after every part of the work with what is done of it, from 0 to 1. It is over at 1 or when all are found. */
  onProgress?: (done: number) => void;
  /** Stops the work before its next part; the call then rejects with the signal's reason. */
  signal?: AbortSignal;
};

/** Most baby steps: a table of 16 MB. */
const MAX_BABIES = 2 ** 20;
/** Steps that are taken at once, with one inversion: some 10 ms of work. */
const LANES = 2048;
/** Entries of the table for each baby step. */
const SPREAD = 2;

/**
 * The n from 0 and below `bound` with n·G = point, for every point; `undefined` where there is none. Points are known to be valid,
 * and nothing stands for infinity.
 *
 * Time and memory follow the bound: with m = √(bound·points / 2) baby steps, at most 2^20, it takes up to m + points·bound / 2m additions, of
 * 20 µs each on a busy core. Measured on one at the worst place: below 2^24 half a second, below 2^40 half a minute for one point and one
 * minute for four; 64 of them take some ten. So callers give the lowest bound that they know.
 *
 * @throws RangeError when the bound is not from 1 to 2^40
 */
export async function smallLogs(
  points: readonly MaybePoint[],
  bound: bigint,
  options: LogOptions = {},
): Promise<(bigint | undefined)[]> {
  if (bound < 1n || bound > MAX_LOG_BOUND) throw new RangeError(`logarithms are below 1 to 2^40, not ${bound}`);
  if (points.length === 0) return [];
  const babies = Math.min(MAX_BABIES, Math.ceil(Math.sqrt((Number(bound) * points.length) / 2)));
  const stride = 2 * babies + 1;
  const strides = Math.ceil(Number(bound) / stride);
  const work = babies + points.length * (strides + LANES);
  let done = 0;
  const advance = async (steps: number): Promise<void> => {
    options.signal?.throwIfAborted();
    done += steps;
    options.onProgress?.(Math.min(1, done / work));
    // Lets timers and the browser's paint run.
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  options.signal?.throwIfAborted();
  const table = await babySteps(babies, advance);
  // i·stride·G for a lane i, which is taken off a point before all lanes go on together.
  const offsets = generatorMultiples(lanes(strides).map((i) => BigInt(i) * BigInt(stride))).map(negateAffine);
  const found: (bigint | undefined)[] = [];
  for (const point of points) found.push(await giantSteps(point, { bound, stride, strides, table, offsets, advance }));
  options.onProgress?.(1);
  return found;
}

/** Numbers j of points j·G by part of x: open addressing, 0 for an empty place. */
type Table = { readonly parts: Uint32Array; readonly numbers: Uint32Array; readonly mask: number };

/** Lanes of a walk of so many steps. */
function lanes(steps: number): number[] {
  return Array.from({ length: Math.min(LANES, steps) }, (_, i) => i);
}

/** The table of j·G for j from 1 to `count`. */
async function babySteps(count: number, advance: (steps: number) => Promise<void>): Promise<Table> {
  const size = 2 ** Math.ceil(Math.log2(SPREAD * count + 1));
  const table = { parts: new Uint32Array(size), numbers: new Uint32Array(size), mask: size - 1 };
  const own = lanes(count);
  let points = generatorMultiples(own.map((i) => BigInt(i + 1)));
  const [step] = generatorMultiples([BigInt(own.length)]);
  for (let first = 1; first <= count; first += own.length) {
    for (let i = 0; i < own.length && first + i <= count; i++) insert(table, partOf(points[i]!.x), first + i);
    points = addEach(
      points,
      own.map(() => step),
    );
    await advance(own.length);
  }
  return table;
}

/** Walks from a point in strides until a baby step's x, or infinity, tells its distance. */
async function giantSteps(
  point: MaybePoint,
  walk: {
    bound: bigint;
    stride: number;
    strides: number;
    table: Table;
    offsets: readonly MaybePoint[];
    advance: (steps: number) => Promise<void>;
  },
): Promise<bigint | undefined> {
  const { bound, stride, strides, table, offsets, advance } = walk;
  const [step] = generatorMultiples([BigInt(offsets.length) * BigInt(stride)]).map(negateAffine);
  let points = addEach(
    offsets.map(() => point),
    offsets,
  );
  // The last stride ends at the bound, or is the first that begins behind it by less than the baby steps that lead back.
  for (let first = 0; first <= strides; first += offsets.length) {
    for (let i = 0; i < offsets.length; i++) {
      const middle = BigInt(first + i) * BigInt(stride);
      for (const near of points[i] ? lookUp(table, partOf(points[i]!.x)) : [0]) {
        for (const n of [middle + BigInt(near), middle - BigInt(near)])
          if (n >= 0n && n < bound && isLog(n, point)) return n;
      }
    }
    points = addEach(
      points,
      offsets.map(() => step),
    );
    await advance(offsets.length);
  }
  return undefined;
}

function isLog(n: bigint, point: MaybePoint): boolean {
  const [own] = generatorMultiples([n]);
  return own?.x === point?.x && own?.y === point?.y;
}

/** The part of x that the table knows a point by. */
function partOf(x: bigint): number {
  return Number(BigInt.asUintN(32, x));
}

function insert({ parts, numbers, mask }: Table, part: number, number: number): void {
  let at = part & mask;
  while (numbers[at] !== 0) at = (at + 1) & mask;
  parts[at] = part;
  numbers[at] = number;
}

/** Numbers of the baby steps that a part of x may belong to. */
function lookUp({ parts, numbers, mask }: Table, part: number): number[] {
  const near: number[] = [];
  for (let at = part & mask; numbers[at] !== 0; at = (at + 1) & mask) if (parts[at] === part) near.push(numbers[at]);
  return near;
}
