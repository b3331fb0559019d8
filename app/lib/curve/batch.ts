import { barretenberg } from '../field/barretenberg.ts';
import { FIELD_BYTES, FieldError, assertField, assertScalar, scalarToBytes } from '../field/field.ts';
import { POINT_BYTES, assertPoints, countPoints } from './grumpkin.ts';
import { TASKS_A_THREAD, type Pool } from './pool.ts';
import { perform, type BatchMultiplier, type Task } from './tasks.ts';

export type { BatchMultiplier } from './tasks.ts';

/** How a long computation over points is done. */
export type BatchOptions = {
  /** Threads that do it; without them the calling thread does, a chunk at a time. */
  pool?: Pool;
  /** What multiplies on the calling thread. Default: WASM; a `Barretenberg` over bb's native binary is about three times faster. */
  multiplier?: BatchMultiplier;
  /** Called after every chunk with the number of elements done so far. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the computation before its next chunk; the call then rejects with the signal's reason. */
  signal?: AbortSignal;
};

/** Elements of a chunk on the calling thread: larger batches stall or abort some of bb.js's backends. */
const CHUNK = 5_000;

/** Products with scalars of their own between two pauses of the calling thread. */
const EACH_CHUNK = 100;

/** Elements of a chunk for a pool: 30 to 100 ms of work, so that threads end together. */
const POOL_CHUNK = 500;

/**
 * scalar·P for every point of an array. About 55 µs a point and thread with bb's native binary, 140 µs in WASM.
 *
 * @param points n×64 bytes; every point is checked
 * @param scalar in [1, q)
 * @returns n×64 bytes in the same order
 */
export async function mulBatch(points: Uint8Array, scalar: bigint, options: BatchOptions = {}): Promise<Uint8Array> {
  countPoints(points);
  assertScalar(scalar);
  return inChunks(points, POINT_BYTES, (part, first) => ({ kind: 'mul', points: part, scalar, first }), options);
}

/**
 * A scalar of its own for every point of an array: about 0.4 ms each on the calling thread, in WASM.
 *
 * @param points n×64 bytes; every point is checked
 * @param scalars n of them, in [1, q)
 * @returns n×64 bytes in the same order
 */
export async function mulEach(points: Uint8Array, scalars: readonly bigint[]): Promise<Uint8Array> {
  if (countPoints(points) !== scalars.length)
    throw new RangeError(`there are ${countPoints(points)} points, and ${scalars.length} scalars`);
  assertPoints(points);
  const products = new Uint8Array(points.length);
  for (const [i, scalar] of scalars.entries()) {
    const at = i * POINT_BYTES;
    const { point } = barretenberg().grumpkinMul({
      point: { x: points.subarray(at, at + FIELD_BYTES), y: points.subarray(at + FIELD_BYTES, at + POINT_BYTES) },
      scalar: scalarToBytes(scalar),
    });
    products.set(point.x, at);
    products.set(point.y, at + FIELD_BYTES);
    // Lets timers and the browser's paint run meanwhile.
    if (i % EACH_CHUNK === EACH_CHUNK - 1) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return assertPoints(products, 'product');
}

/**
 * Blinds identifier digests: scalar·map(hash 2 of context and digest). About 120 µs a digest and thread above
 * {@link mulBatch}.
 *
 * @param digests n×32 bytes
 * @param scalar in [1, q)
 * @returns n×64 bytes in the same order
 */
export async function blindBatch(
  digests: Uint8Array,
  context: bigint,
  scalar: bigint,
  options: BatchOptions = {},
): Promise<Uint8Array> {
  if (digests.length % FIELD_BYTES !== 0)
    throw new FieldError(`${digests.length} bytes are not a whole number of ${FIELD_BYTES}-byte digests`);
  assertField(context, 'room context');
  assertScalar(scalar);
  const taskOf = (part: Uint8Array, first: number): Task => ({ kind: 'blind', digests: part, context, scalar, first });
  return inChunks(digests, FIELD_BYTES, taskOf, options);
}

/** Does a task for every chunk of an array of records, each of which becomes a point. */
async function inChunks(
  records: Uint8Array,
  recordBytes: number,
  taskOf: (part: Uint8Array, first: number) => Task,
  { pool, multiplier, onProgress, signal }: BatchOptions,
): Promise<Uint8Array> {
  const total = records.length / recordBytes;
  const points = new Uint8Array(total * POINT_BYTES);
  const size = pool ? POOL_CHUNK : CHUNK;
  let next = 0;
  let done = 0;
  const work = async () => {
    try {
      while (next < total) {
        signal?.throwIfAborted();
        const first = next;
        next = Math.min(first + size, total);
        // A copy, since the pool takes it and since whoever writes to `records` meanwhile must not change what was checked.
        // (A Node Buffer's own `slice` would be a view.)
        const task = taskOf(new Uint8Array(records.subarray(first * recordBytes, next * recordBytes)), first);
        const part = await (pool ? pool.run(task) : perform(task, multiplier ?? barretenberg()));
        points.set(part, first * POINT_BYTES);
        done += part.length / POINT_BYTES;
        onProgress?.(done, total);
        // Lets timers and the browser's paint run between chunks.
        if (!pool) await new Promise((resolve) => setTimeout(resolve, 0));
      }
    } catch (error) {
      next = total;
      throw error;
    }
  };
  signal?.throwIfAborted();
  // One chunk more than the threads take at once, so that none waits for this one.
  const lanes = pool ? TASKS_A_THREAD * pool.threads + 1 : 1;
  const outcomes = await Promise.allSettled(Array.from({ length: lanes }, work));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return points;
}
