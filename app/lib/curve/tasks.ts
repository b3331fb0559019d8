/** The parts of long computations over points: what one thread does at a time. */
import { FIELD_BYTES, bytesToFields, scalarToBytes } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { POINT_BYTES, PointError, assertPoints, pointsToBytes } from './grumpkin.ts';
import { mapToCurve } from './map.ts';

/** A part of a computation. `first` is the place of its first element in the whole, for errors. */
export type Task = Readonly<
  | {
      /** scalar·P for points of 64 bytes. */
      kind: 'mul';
      points: Uint8Array;
      scalar: bigint;
      first: number;
    }
  | {
      /** scalar·map(hash 2 of context and digest) for identifier digests of 32 bytes. */
      kind: 'blind';
      digests: Uint8Array;
      context: bigint;
      scalar: bigint;
      first: number;
    }
>;

/** What multiplies a batch of points: bb.js's interface, synchronous or not. Coordinates and scalar: 32 bytes, big endian. */
export type BatchMultiplier = {
  grumpkinBatchMul(command: {
    points: { x: Uint8Array; y: Uint8Array }[];
    scalar: Uint8Array;
  }): { points: { x: Uint8Array; y: Uint8Array }[] } | Promise<{ points: { x: Uint8Array; y: Uint8Array }[] }>;
};

/** Does a task on this thread. Returns one point of 64 bytes for every element, in the same order. */
export async function perform(task: Task, multiplier: BatchMultiplier): Promise<Uint8Array> {
  if (task.kind === 'blind') {
    const digests = bytesToFields(task.digests, `identifier digest ${task.first} +`);
    const mapped = mapToCurve(digests.map((digest) => hash(Domain.identifierMap, [task.context, digest])));
    return multiply(pointsToBytes(mapped), task.scalar, task.first, multiplier);
  }
  // bb.js itself accepts coordinates above p, and infinity.
  return multiply(assertPoints(task.points, 'point', task.first), task.scalar, task.first, multiplier);
}

/** Products of valid points, which nobody else writes to. */
async function multiply(
  points: Uint8Array,
  scalar: bigint,
  first: number,
  multiplier: BatchMultiplier,
): Promise<Uint8Array> {
  const count = points.length / POINT_BYTES;
  const { points: results } = await multiplier.grumpkinBatchMul({
    points: Array.from({ length: count }, (_, i) => encodedPoint(points, i * POINT_BYTES)),
    scalar: scalarToBytes(scalar),
  });
  if (results.length !== count) throw new PointError(`${count} points were multiplied and ${results.length} came back`);
  const products = new Uint8Array(points.length);
  results.forEach(({ x, y }, i) => {
    if (x.length !== FIELD_BYTES || y.length !== FIELD_BYTES) throw new PointError('a product has a broken length');
    products.set(x, i * POINT_BYTES);
    products.set(y, i * POINT_BYTES + FIELD_BYTES);
  });
  return assertPoints(products, 'product', first);
}

function encodedPoint(points: Uint8Array, offset: number): { x: Uint8Array; y: Uint8Array } {
  return {
    x: points.subarray(offset, offset + FIELD_BYTES),
    y: points.subarray(offset + FIELD_BYTES, offset + POINT_BYTES),
  };
}
