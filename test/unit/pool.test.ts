import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import workerThreads from 'node:worker_threads';
import fc from 'fast-check';
import { blindBatch, mulBatch } from '../../app/lib/curve/batch.ts';
import { GENERATOR, PointError, mul, mulGenerator, pointToBytes, pointsToBytes } from '../../app/lib/curve/grumpkin.ts';
import { mapToCurve } from '../../app/lib/curve/map.ts';
import { PoolError, openPool, type Pool } from '../../app/lib/curve/pool.ts';
import { FIELD_MODULUS, FieldError, SCALAR_MODULUS, fieldsToBytes, writeUint256 } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { identifierField } from '../../app/lib/protocol/identifier.ts';

const P = FIELD_MODULUS;
const Q = SCALAR_MODULUS;
const scalar = fc.bigInt({ min: 1n, max: Q - 1n });
const element = fc.bigInt({ min: 0n, max: P - 1n });
/** Around the borders of a pool's chunks of 500. */
const size = fc.constantFrom(0, 1, 2, 7, 499, 500, 501, 1_000, 1_001);

let pools: Pool[];

beforeAll(async () => {
  await initField();
  pools = await Promise.all([openPool({ threads: 2 }), openPool({ threads: 1, backend: 'wasm' })]);
});

afterAll(() => Promise.all(pools.map((pool) => pool.close())));

/** Points of which no two neighbours are the same: powers of two times G, over and over. */
function somePoints(count: number): Uint8Array {
  const block = pointsToBytes(Array.from({ length: 13 }, (_, i) => mulGenerator(2n ** BigInt(i))));
  return Uint8Array.from({ length: count * 64 }, (_, i) => block[i % block.length]);
}

/** 64 bytes of any two integers below 2^256, canonical or not. */
function raw(x: bigint, y: bigint): Uint8Array {
  return writeUint256(y, writeUint256(x, new Uint8Array(64), 0), 32);
}

describe('a pool', () => {
  test('multiplies to the very bytes of the calling thread', async () => {
    await fc.assert(
      fc.asyncProperty(size, scalar, async (count, k) => {
        const points = somePoints(count);
        const alone = await mulBatch(points, k);
        for (const pool of pools) expect(await mulBatch(points, k, { pool })).toEqual(alone);
        expect(points).toEqual(somePoints(count));
      }),
      { numRuns: 12 },
    );
  });

  test('blinds to the very bytes of the calling thread, which are those of the single steps', async () => {
    await fc.assert(
      fc.asyncProperty(size, element, scalar, async (count, context, k) => {
        const digests = Array.from({ length: count }, (_, i) => BigInt(i) ** 20n);
        const bytes = fieldsToBytes(digests);
        const alone = await blindBatch(bytes, context, k);
        expect(await blindBatch(bytes, context, k, { pool: pools[0] })).toEqual(alone);
        const first = digests.slice(0, 5).map((digest) => identifierField(context, digest));
        expect(alone.subarray(0, 5 * 64)).toEqual(pointsToBytes(mapToCurve(first).map((point) => mul(point, k))));
      }),
      { numRuns: 6 },
    );
  });

  test('takes a part of a larger buffer, and leaves it as it was', async () => {
    const buffer = Buffer.concat([Buffer.alloc(8), somePoints(3), Buffer.alloc(8)]);
    const part = buffer.subarray(8, 8 + 3 * 64);
    expect(await mulBatch(part, 5n, { pool: pools[0] })).toEqual(await mulBatch(somePoints(3), 5n));
    expect(new Uint8Array(part)).toEqual(somePoints(3));
  });

  test('serves several computations at once', async () => {
    const scalars = [3n, 5n, 7n];
    const points = somePoints(700);
    const pooled = await Promise.all(scalars.map((k) => mulBatch(points, k, { pool: pools[0] })));
    expect(pooled).toEqual(await Promise.all(scalars.map((k) => mulBatch(points, k))));
  });

  test.each([
    ['x + p', raw(GENERATOR.x + P, GENERATOR.y), FieldError, /point 600: x is not canonical/],
    ['y + p', raw(GENERATOR.x, GENERATOR.y + P), FieldError, /point 600: y is not canonical/],
    ['a point off the curve', raw(1n, 2n), PointError, /point 600 is not on the Grumpkin curve/],
    ['infinity as zeros', new Uint8Array(64), PointError, /point 600 is not on the Grumpkin curve/],
    ['infinity as ones', new Uint8Array(64).fill(0xff), FieldError, /point 600: x is not canonical/],
  ])('refuses %s, names its place and goes on working', async (_, bad, type, message) => {
    const points = somePoints(1_001);
    points.set(bad, 600 * 64);
    for (const pool of pools) {
      const refused = mulBatch(points, 5n, { pool });
      await expect(refused).rejects.toThrow(type);
      await expect(refused).rejects.toThrow(message);
    }
    await expect(mulBatch(somePoints(1), 5n, { pool: pools[0] })).resolves.toHaveLength(64);
  });

  test('refuses broken lengths, scalars that are none, and elements that are not canonical', async () => {
    const [pool] = pools;
    const good = pointToBytes(GENERATOR);
    await expect(mulBatch(good.subarray(1), 5n, { pool })).rejects.toThrow(/whole number/);
    await expect(blindBatch(new Uint8Array(31), 1n, 5n, { pool })).rejects.toThrow(/whole number/);
    for (const k of [0n, Q, Q + 5n, -1n]) {
      await expect(mulBatch(good, k, { pool })).rejects.toThrow(FieldError);
      await expect(mulBatch(new Uint8Array(0), k, { pool })).rejects.toThrow(FieldError);
      await expect(blindBatch(new Uint8Array(32), 1n, k, { pool })).rejects.toThrow(FieldError);
    }
    await expect(blindBatch(new Uint8Array(32).fill(0xff), 1n, 5n, { pool })).rejects.toThrow(FieldError);
    await expect(blindBatch(new Uint8Array(32), P, 5n, { pool })).rejects.toThrow(FieldError);
  });

  test('reports progress that rises to the total', async () => {
    for (const options of [{ pool: pools[0] }, {}]) {
      const progress: number[] = [];
      await mulBatch(somePoints(1_701), 5n, {
        ...options,
        onProgress: (done, total) => {
          expect(total).toBe(1_701);
          progress.push(done);
        },
      });
      expect(progress).toEqual([...new Set(progress)].sort((a, b) => a - b));
      expect(progress.at(-1)).toBe(1_701);
    }
  });

  test('stops when it is aborted, with the reason, and can be used again', async () => {
    const [pool] = pools;
    const reason = new Error('not now');
    await expect(mulBatch(somePoints(1), 5n, { pool, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const options of [{ pool }, {}]) {
      const controller = new AbortController();
      let last = 0;
      const aborted = mulBatch(somePoints(20_000), 5n, {
        ...options,
        signal: controller.signal,
        onProgress: (done) => {
          last = done;
          controller.abort(reason);
        },
      });
      await expect(aborted).rejects.toBe(reason);
      expect(last).toBeLessThan(20_000);
      expect(await mulBatch(somePoints(3), 5n, options)).toEqual(await mulBatch(somePoints(3), 5n));
    }
  });

  test('that is closed refuses, and rejects what it had not done', async () => {
    const pool = await openPool({ threads: 1 });
    const unfinished = mulBatch(somePoints(5_000), 5n, { pool });
    const refused = expect(unfinished).rejects.toThrow(/the pool of threads is closed/);
    await pool.close();
    await refused;
    await expect(mulBatch(somePoints(1), 5n, { pool })).rejects.toThrow(PoolError);
    await pool.close();
  });

  test('that loses a thread rejects what is in work, and everything after', async () => {
    const started: workerThreads.Worker[] = [];
    const pool = await withWorkers(
      class extends workerThreads.Worker {
        constructor(file: URL) {
          super(file);
          started.push(this);
        }
      },
      () => openPool({ threads: 2 }),
    );
    const unfinished = mulBatch(somePoints(5_000), 5n, { pool });
    const refused = expect(unfinished).rejects.toThrow(/a thread of the pool ended/);
    await started[0].terminate();
    await refused;
    await expect(mulBatch(somePoints(1), 5n, { pool })).rejects.toThrow(/a thread of the pool ended/);
    await pool.close();
  });

  test('that cannot start says why', async () => {
    const opening = withWorkers(
      class extends workerThreads.Worker {
        constructor(file: URL) {
          super(file, { env: { BB_BINARY_PATH: '/nowhere/bb' } });
        }
      },
      () => openPool({ threads: 2 }),
    );
    await expect(opening).rejects.toThrow(/a thread of the pool cannot start: .*bb/);
    await expect(openPool({ threads: 0 })).rejects.toThrow(/cannot have 0 threads/);
  });
});

/** Starts something with another class of workers. */
async function withWorkers<T>(Worker: typeof workerThreads.Worker, action: () => Promise<T>): Promise<T> {
  const original = workerThreads.Worker;
  workerThreads.Worker = Worker;
  try {
    return await action();
  } finally {
    workerThreads.Worker = original;
  }
}
