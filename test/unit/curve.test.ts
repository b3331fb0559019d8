import { beforeAll, describe, expect, test } from '@jest/globals';
import { Grumpkin } from '@aztec/foundation/crypto/grumpkin';
import { Fq } from '@aztec/foundation/curves/bn254';
import fc from 'fast-check';
import { mulBatch } from '../../app/lib/curve/batch.ts';
import {
  GENERATOR,
  PointError,
  add,
  bytesToPoint,
  bytesToPoints,
  isOnCurve,
  joinScalar,
  msmPublic,
  mul,
  mulGenerator,
  negate,
  parsePoint,
  pointToBytes,
  pointToJson,
  pointsToBytes,
  splitScalar,
  sum,
} from '../../app/lib/curve/grumpkin.ts';
import { sumMany } from '../../app/lib/curve/sum.ts';
import { mapToCurve, mapWithHints } from '../../app/lib/curve/map.ts';
import { FIELD_MODULUS, FieldError, SCALAR_MODULUS, writeUint256 } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';

const P = FIELD_MODULUS;
const Q = SCALAR_MODULUS;
const scalar = fc.bigInt({ min: 1n, max: Q - 1n });
const element = fc.bigInt({ min: 0n, max: P - 1n });

beforeAll(initField);

/** 64 bytes of any two integers below 2^256, canonical or not. */
function raw(x: bigint, y: bigint): Uint8Array {
  return writeUint256(y, writeUint256(x, new Uint8Array(64), 0), 32);
}

describe('points', () => {
  test('bytes and JSON round-trip', () => {
    fc.assert(
      fc.property(scalar, (s) => {
        const point = mulGenerator(s);
        expect(bytesToPoint(pointToBytes(point))).toEqual(point);
        expect(parsePoint(pointToJson(point))).toEqual(point);
      }),
      { numRuns: 20 },
    );
  });

  test('a coordinate shifted by the modulus is refused', () => {
    expect(() => bytesToPoint(raw(GENERATOR.x + P, GENERATOR.y))).toThrow(FieldError);
    expect(() => bytesToPoint(raw(GENERATOR.x, GENERATOR.y + P))).toThrow(FieldError);
  });

  test('infinity is refused in every encoding', () => {
    expect(() => bytesToPoint(new Uint8Array(64))).toThrow(PointError);
    expect(() => bytesToPoint(new Uint8Array(64).fill(0xff))).toThrow(FieldError);
    expect(() => add(GENERATOR, negate(GENERATOR))).toThrow(/infinity/);
    expect(() => sum([])).toThrow(/infinity/);
    expect(
      msmPublic([
        [1n, GENERATOR],
        [Q - 1n, GENERATOR],
      ]),
    ).toBeUndefined();
  });

  test('points off the curve, short and long encodings are refused', () => {
    expect(() => bytesToPoint(raw(1n, 2n), 'key X')).toThrow(/key X is not on the Grumpkin curve/);
    expect(() => bytesToPoint(new Uint8Array(63))).toThrow(/64 bytes, got 63/);
    expect(() => parsePoint(null)).toThrow(PointError);
    expect(() => mul({ x: 1n, y: 2n }, 1n)).toThrow(PointError);
  });

  test('a scalar of zero, at or above the group order is refused', () => {
    for (const s of [0n, Q, Q + 1n, -1n]) expect(() => mulGenerator(s)).toThrow(FieldError);
  });

  test('a scalar splits into 128 and 126 bits', () => {
    fc.assert(
      fc.property(scalar, (s) => {
        const { lo, hi } = splitScalar(s);
        expect(lo + (hi << 128n)).toBe(s);
        expect(lo >> 128n).toBe(0n);
        expect(hi >> 126n).toBe(0n);
        expect(joinScalar(lo, hi)).toBe(s);
        expect(() => joinScalar(lo + (1n << 128n), hi)).toThrow(FieldError);
        expect(() => joinScalar(lo, hi + (1n << 126n))).toThrow(FieldError);
      }),
    );
  });
});

describe('arithmetic', () => {
  test('agrees with the network’s own Grumpkin', async () => {
    await fc.assert(
      fc.asyncProperty(scalar, scalar, async (a, b) => {
        const theirA = await Grumpkin.mul(Grumpkin.generator, new Fq(a));
        const theirB = await Grumpkin.mul(theirA, new Fq(b));
        const ourA = mulGenerator(a);
        const ourB = mul(ourA, b);
        expect([ourA.x, ourA.y]).toEqual([theirA.x.toBigInt(), theirA.y.toBigInt()]);
        expect([ourB.x, ourB.y]).toEqual([theirB.x.toBigInt(), theirB.y.toBigInt()]);
      }),
      { numRuns: 20 },
    );
  });

  test('sums of multiples are multiples of sums', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        fc.pre((a + b) % Q !== 0n);
        const expected = mulGenerator((a + b) % Q);
        expect(add(mulGenerator(a), mulGenerator(b))).toEqual(expected);
        expect(
          msmPublic([
            [a, GENERATOR],
            [b, GENERATOR],
          ]),
        ).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a multi-scalar product', () => {
  test('is the sum of the products, made by another library', () => {
    const term = fc.tuple(fc.oneof(fc.constant(0n), fc.constant(Q - 1n), scalar), scalar.map(mulGenerator));
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 5 }), (terms) => {
        const products = terms.filter(([factor]) => factor !== 0n).map(([factor, point]) => mul(point, factor));
        let expected: ReturnType<typeof msmPublic>;
        try {
          expected = sum(products);
        } catch (error) {
          expect(error).toBeInstanceOf(PointError);
        }
        expect(msmPublic(terms)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  test('is refused of points off the curve and of scalars above the order', () => {
    expect(() => msmPublic([[1n, { x: 1n, y: 2n }]])).toThrow(PointError);
    expect(() => msmPublic([[Q, GENERATOR]])).toThrow(FieldError);
  });
});

describe('batch multiplication', () => {
  test('agrees with single multiplications, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(scalar, { maxLength: 10 }), scalar, async (seeds, s) => {
        const points = seeds.map(mulGenerator);
        expect(bytesToPoints(await mulBatch(pointsToBytes(points), s))).toEqual(points.map((p) => mul(p, s)));
      }),
      { numRuns: 15 },
    );
  });

  test('crosses chunks of the library, reporting progress', async () => {
    const one = pointToBytes(GENERATOR);
    const points = new Uint8Array(5_001 * 64);
    for (let i = 0; i < 5_001; i++) points.set(one, i * 64);
    const progress: number[] = [];
    const products = await mulBatch(points, 7n, { onProgress: (done) => progress.push(done) });
    expect(progress).toEqual([5_000, 5_001]);
    expect(bytesToPoint(products.subarray(5_000 * 64))).toEqual(mulGenerator(7n));
  });

  test('refuses what the library underneath would take: shifted coordinates, infinity, zero, unreduced scalars', async () => {
    const good = pointToBytes(GENERATOR);
    await expect(mulBatch(raw(GENERATOR.x + P, GENERATOR.y), 5n)).rejects.toThrow(FieldError);
    await expect(mulBatch(new Uint8Array(64).fill(0xff), 5n)).rejects.toThrow(FieldError);
    await expect(mulBatch(raw(0n, 0n), 5n)).rejects.toThrow(PointError);
    await expect(mulBatch(good, 0n)).rejects.toThrow(/zero/);
    await expect(mulBatch(good, Q + 5n)).rejects.toThrow(FieldError);
    await expect(mulBatch(good.subarray(1), 5n)).rejects.toThrow(/whole number/);
  });

  test('refuses a multiplier that returns too few points, or points that are none', async () => {
    const good = pointToBytes(GENERATOR);
    await expect(mulBatch(good, 5n, { multiplier: { grumpkinBatchMul: () => ({ points: [] }) } })).rejects.toThrow(
      /came back/,
    );
    const broken = {
      grumpkinBatchMul: () => ({ points: [{ x: new Uint8Array(32).fill(0xff), y: new Uint8Array(32) }] }),
    };
    await expect(mulBatch(good, 5n, { multiplier: broken })).rejects.toThrow(FieldError);
  });
});

describe('map to curve', () => {
  const power = (base: bigint, exponent: bigint): bigint => {
    let [result, b] = [1n, base % P];
    for (let e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
    return result;
  };
  const mod = (v: bigint) => ((v % P) + P) % P;
  const inv0 = (v: bigint) => power(mod(v), P - 2n);
  const g = (x: bigint) => mod(x ** 3n - 17n);
  const isSquare = (v: bigint) => power(v, (P - 1n) / 2n) === 1n;

  /** The x of RFC 9380's map, section 6.6.1, in plain integers and with the constants computed from the curve. */
  function rfc9380(u: bigint): bigint {
    const z = 1n;
    const c1 = g(z);
    const c2 = mod(-z * inv0(2n));
    const c3 = 17631683881184975371348829942606096167675058198229016842588n;
    expect(mod(c3 * c3)).toBe(mod(-g(z) * 3n * z * z));
    expect(c3 % 2n).toBe(0n);
    const c4 = mod(-4n * g(z) * inv0(3n * z * z));
    const t = mod(u * u * c1);
    const tv2 = mod(1n + t);
    const tv1 = mod(1n - t);
    const tv3 = inv0(tv1 * tv2);
    const tv4 = mod(mod(u * tv1) * mod(tv3 * c3));
    const x1 = mod(c2 - tv4);
    const x2 = mod(c2 + tv4);
    const x3 = mod(mod(mod(tv2 * tv2) * tv3) ** 2n * c4 + z);
    return isSquare(g(x1)) ? x1 : isSquare(g(x2)) ? x2 : x3;
  }

  test('is RFC 9380’s map, taking the even root', () => {
    fc.assert(
      fc.property(element, (u) => {
        const [point] = mapToCurve([u]);
        expect(point.x).toBe(rfc9380(u));
        expect(isOnCurve(point)).toBe(true);
        expect(point.y % 2n).toBe(0n);
      }),
      { numRuns: 60 },
    );
  });

  test('handles zero and the exceptional elements, where the inverse does not exist', () => {
    // u² = ±1/16 makes tv1·tv2 zero; 16 is a square, so u = ±1/4 is exceptional, and so is ±sqrt(−1)/4.
    const quarter = inv0(4n);
    const i = power(5n, (P - 1n) / 4n);
    for (const u of [0n, 1n, P - 1n, quarter, P - quarter, mod(i * quarter), mod(-i * quarter)]) {
      expect(mapToCurve([u])[0].x).toBe(rfc9380(u));
    }
    expect(mapWithHints([quarter])[0].inverse).toBe(0n);
  });

  test('hints show which candidates are squares', () => {
    const us = Array.from({ length: 200 }, (_, i) => mod(BigInt(i) ** 77n));
    const mapped = mapWithHints(us);
    expect(mapped.map(({ point }) => point)).toEqual(mapToCurve(us));
    for (const { candidates, choice, point } of mapped) {
      for (const { x, square, root } of candidates) {
        expect(mod(root * root)).toBe(mod((square ? 1n : 5n) * g(x)));
        expect(square).toBe(isSquare(g(x)));
      }
      expect(choice).toBe(candidates[0].square ? 0 : candidates[1].square ? 1 : 2);
      if (choice !== 2) expect(point.x).toBe(candidates[choice].x);
    }
    expect(new Set(mapped.map(({ choice }) => choice)).size).toBe(3);
  });

  test('refuses elements that are not canonical', () => {
    expect(() => mapToCurve([P])).toThrow(FieldError);
  });
});

describe('the sum of many points', () => {
  const small = fc.integer({ min: 1, max: 40 });
  const pointsOf = (logs: readonly number[]) =>
    logs.map((n) => (n < 0 ? negate(mulGenerator(BigInt(-n))) : mulGenerator(BigInt(n))));

  test('is the point of the sum of their logarithms, also where points are equal or opposite', () => {
    const log = fc.tuple(small, fc.boolean()).map(([n, negative]) => (negative ? -n : n));
    fc.assert(
      fc.property(fc.array(log, { minLength: 1, maxLength: 40 }), (logs) => {
        const total = logs.reduce((a, b) => a + b, 0);
        if (total === 0) expect(() => sumMany(pointsOf(logs))).toThrow(PointError);
        else expect([sumMany(pointsOf(logs))]).toEqual(pointsOf([total]));
      }),
      { numRuns: 60 },
    );
  });

  test('does not exist where there are none, or they cancel each other out', () => {
    expect(() => sumMany([])).toThrow('the sum of no points is infinity');
    expect(() => sumMany(pointsOf([3, -3]))).toThrow(PointError);
    expect(() => sumMany(pointsOf([1, 2, -4, 1]))).toThrow(PointError);
  });
});
