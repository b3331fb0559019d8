import { barretenberg } from '../field/barretenberg.ts';
import { FIELD_BYTES, scalarToBytes } from '../field/field.ts';
import { POINT_BYTES, PointError, countPoints, pointAt } from './grumpkin.ts';

/** What multiplies a batch of points: bb.js's interface, synchronous or not. Coordinates and scalar: 32 bytes, big endian. */
export type BatchMultiplier = {
  grumpkinBatchMul(command: {
    points: { x: Uint8Array; y: Uint8Array }[];
    scalar: Uint8Array;
  }): { points: { x: Uint8Array; y: Uint8Array }[] } | Promise<{ points: { x: Uint8Array; y: Uint8Array }[] }>;
};

/** Options of {@link mulBatch}. */
export type BatchOptions = {
  /** Default: WASM on this thread. A `Barretenberg` over bb's native binary is about three times faster. */
  multiplier?: BatchMultiplier;
  /** Called after every chunk with the number of points done so far. */
  onProgress?: (done: number, total: number) => void;
};

/** Points handed to bb.js at a time: larger batches stall or abort some of its backends. */
const CHUNK = 5_000;

/**
 * scalar·P for every point of an array.
 *
 * @param points n×64 bytes; every point is checked (bb.js itself accepts coordinates above p, and infinity)
 * @param scalar in [1, q)
 * @returns n×64 bytes in the same order
 */
export async function mulBatch(points: Uint8Array, scalar: bigint, options: BatchOptions = {}): Promise<Uint8Array> {
  const total = countPoints(points);
  const encodedScalar = scalarToBytes(scalar);
  const products = new Uint8Array(points.length);
  const multiplier = options.multiplier ?? barretenberg();
  for (let start = 0; start < total; start += CHUNK) {
    const end = Math.min(start + CHUNK, total);
    const chunk = Array.from({ length: end - start }, (_, i) => encodedPoint(points, start + i));
    const { points: results } = await multiplier.grumpkinBatchMul({ points: chunk, scalar: encodedScalar });
    if (results.length !== chunk.length) {
      throw new PointError(`${chunk.length} points were multiplied and ${results.length} came back`);
    }
    results.forEach(({ x, y }, i) => {
      if (x.length !== FIELD_BYTES || y.length !== FIELD_BYTES) throw new PointError('a product has a broken length');
      products.set(x, (start + i) * POINT_BYTES);
      products.set(y, (start + i) * POINT_BYTES + FIELD_BYTES);
      pointAt(products, start + i, 'product');
    });
    options.onProgress?.(end, total);
    // Lets timers and the browser's paint run between chunks.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return products;
}

function encodedPoint(points: Uint8Array, index: number): { x: Uint8Array; y: Uint8Array } {
  pointAt(points, index);
  const offset = index * POINT_BYTES;
  return {
    // Copies, not views: the encoder would otherwise be at the mercy of whoever writes to `points` meanwhile.
    x: points.slice(offset, offset + FIELD_BYTES),
    y: points.slice(offset + FIELD_BYTES, offset + POINT_BYTES),
  };
}
