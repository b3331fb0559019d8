/** What rooms that join values are made of: small logarithms, vectors, and blobs of ciphertexts and sums. */
import fc from 'fast-check';
import { addEach, generatorMultiples, negateAffine } from '../../app/lib/curve/affine.ts';
import { smallLogs } from '../../app/lib/curve/dlog.ts';
import { add, mulGenerator, negate, pointsToBytes, type Point } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P, SCALAR_MODULUS as Q } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import {
  decodeEncrypted,
  encodeEncrypted,
  encryptVector,
  encryptedDigest,
  type EncryptedVector,
} from '../../app/lib/protocol/encrypted.ts';
import type { Plan } from '../../app/lib/protocol/plan.ts';
import { packValues } from '../../app/lib/protocol/rules.ts';
import { decodeSelected, encodeSelected, selectedDigest, type Selected } from '../../app/lib/protocol/selected.ts';
import {
  countingSlot,
  placesOf,
  slotVectors,
  valuesOf,
  vectorNumber,
  vectorValue,
  vectorsOf,
} from '../../app/lib/protocol/vectors.ts';
import { SOAK } from '../support/choice.ts';

const CONTEXT = 0xfeedn;
const seed = new Uint8Array(32).fill(7);

beforeAll(initField);

describe('sums of many points', () => {
  test('are those of one pair at a time, also of doubles, negatives and infinity', () => {
    const [a, b] = [mulGenerator(5n), mulGenerator(9n)];
    expect(addEach([a, a, a, undefined, b, undefined], [b, a, negate(a), b, undefined, undefined])).toEqual([
      add(a, b),
      add(a, a),
      undefined,
      b,
      b,
      undefined,
    ]);
    expect(negateAffine(a)).toEqual(negate(a));
    expect(negateAffine(undefined)).toBeUndefined();
  });

  test('give multiples of the generator for any scalars', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: Q - 1n }), { maxLength: 5 }), (scalars) => {
        expect(generatorMultiples(scalars)).toEqual(scalars.map(mulGenerator));
      }),
      { numRuns: 10 },
    );
    const edges = [0n, 1n, 255n, 256n, 257n, 2n ** 128n, Q - 1n];
    expect(generatorMultiples(edges)).toEqual(edges.map((n) => (n === 0n ? undefined : mulGenerator(n))));
  });
});

describe('small logarithms', () => {
  const logsOf = (numbers: readonly bigint[], bound: bigint) => smallLogs(generatorMultiples(numbers), bound);

  test('are found wherever they lie below the bound', async () => {
    for (const bound of [1n, 2n, 3n, 10n, 1000n, 4097n]) {
      const all = Array.from({ length: Number(bound) }, (_, i) => BigInt(i));
      expect(await logsOf(all, bound)).toEqual(all);
    }
  });

  test('of random numbers below large bounds', async () => {
    const run = (bits: bigint) =>
      fc.asyncProperty(
        fc.array(fc.bigInt({ min: 0n, max: (1n << bits) - 1n }), { minLength: 1, maxLength: 6 }),
        async (numbers) => {
          expect(await logsOf(numbers, 1n << bits)).toEqual(numbers);
        },
      );
    for (const bits of [16n, 24n, 30n]) await fc.assert(run(bits), { numRuns: SOAK ? 50 : 2 });
    if (SOAK) expect(await logsOf([(1n << 40n) - 1n], 1n << 40n)).toEqual([(1n << 40n) - 1n]);
  });

  test('are not found at the bound, beyond it, or of negative numbers', async () => {
    for (const bound of [1n, 5n, 1000n, 1n << 20n])
      expect(await logsOf([bound, bound + 1n, Q - 1n, Q - bound, bound - 1n], bound)).toEqual([
        ...[undefined, undefined, undefined, undefined],
        bound - 1n,
      ]);
  });

  test('have bounds from 1 to 2^40', async () => {
    for (const bound of [0n, -1n, (1n << 40n) + 1n]) await expect(logsOf([0n], bound)).rejects.toThrow(RangeError);
    expect(await smallLogs([], 5n)).toEqual([]);
  });

  test('tell how far they are, and stop when told', async () => {
    const told: number[] = [];
    await smallLogs(generatorMultiples([1n << 21n]), 1n << 22n, { onProgress: (done) => told.push(done) });
    expect(told.at(-1)).toBe(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    const controller = new AbortController();
    const run = smallLogs(generatorMultiples([1n << 29n]), 1n << 30n, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
  });
});

const rule = { min: -10n, max: 10n, order: 0 } as const;
const PLAN: Plan = {
  rules: [rule, rule, rule],
  borders: [0n, 1n],
  outputs: [2, 0, 1],
  quantiles: [],
  confidence: 0,
};

describe('vectors', () => {
  test('are numbered by column and square', () => {
    expect([vectorNumber(0, false), vectorNumber(0, true), vectorNumber(3, true)]).toEqual([0, 1, 7]);
    expect(() => vectorNumber(4, false)).toThrow(/does not exist/);
  });

  test('of a plan are those that it opens, each with its holder’s slot', () => {
    const set = vectorsOf(PLAN, [1, undefined, 4]);
    expect(set).toBe((0b11n << 8n) | (0b10000n << 32n));
    expect([0, 1, 2, 3, 4].map((slot) => slotVectors(set, slot))).toEqual([[], [0, 1], [], [], [4]]);
    expect(countingSlot(set)).toBe(1);
    expect(countingSlot(0b10000n << 32n)).toBe(4);
    expect(() => countingSlot(0n)).toThrow(/no slot/);
    expect(() => vectorsOf(PLAN, [1, 0, 4])).toThrow(/nothing of it is opened/);
    expect(() => vectorsOf(PLAN, [1, undefined, undefined])).toThrow(/no slot holds it/);
    expect(() => vectorsOf(PLAN, [1, undefined])).toThrow(/holders for 2 columns/);
    expect(() => vectorsOf(PLAN, [5, undefined, 4])).toThrow(/slot 5/);
  });

  test('take values above the least, or their squares, of columns that are opened', () => {
    expect([0, 1, 4].map((vector) => vectorValue(PLAN, vector, [-3n, 0n, 10n]))).toEqual([7n, 49n, 20n]);
    for (const vector of [2, 3, 5, 6, 7])
      expect(() => vectorValue(PLAN, vector, [-3n, 0n, 10n])).toThrow(/does not open/);
  });

  test('are read from packed values', () => {
    const value = fc.bigInt({ min: 1n - (1n << 61n), max: (1n << 61n) - 1n });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
        expect(valuesOf(packValues(values), values.length)).toEqual(values);
        expect(placesOf(packValues(values))).toEqual(
          [0, 1, 2, 3].map((j) => (j < values.length ? values[j] + (1n << 61n) : 0n)),
        );
      }),
    );
  });
});

describe('encrypted vectors', () => {
  const packed = [-10n, 3n, 10n].map((value) => packValues([value, 0n, value]));
  let vector: EncryptedVector;
  let blob: Uint8Array;
  const expected = () => ({ context: CONTEXT, slot: 2, vector: 1, count: 3, digest: encryptedDigest(CONTEXT, vector) });
  const decodeWith = (change: (bytes: Uint8Array) => void) => {
    const bytes = blob.slice();
    change(bytes);
    return () => decodeEncrypted(bytes, expected());
  };

  beforeAll(async () => {
    vector = await encryptVector({ context: CONTEXT, slot: 2, seed, vector: 1, plan: PLAN, listed: 77n, packed });
    blob = encodeEncrypted(vector);
  });

  test('travel as blobs', () => {
    expect(blob.length).toBe(16 + 3 * 128);
    expect(decodeEncrypted(blob, expected())).toEqual(vector);
  });

  test('are refused with a wrong size, header, slot, vector or count', () => {
    for (const bytes of [new Uint8Array(0), blob.slice(1), blob.slice(0, -128), new Uint8Array([...blob, 0])])
      expect(() => decodeEncrypted(bytes, expected())).toThrow(/do not hold exactly/);
    expect(decodeWith((bytes) => (bytes[0] ^= 1))).toThrow(/not an encrypted vector/);
    expect(decodeWith((bytes) => (bytes[8] = 2))).toThrow(/version 2/);
    for (const at of [9, 10, 11]) expect(decodeWith((bytes) => (bytes[at] ^= 1))).toThrow(/the blob holds vector/);
    expect(decodeWith((bytes) => (bytes[15] = 4))).toThrow(/says that it has 4/);
  });

  test('are refused with what is no point: off the curve, at or above p, infinity', () => {
    expect(decodeWith((bytes) => (bytes[16 + 63] ^= 1))).toThrow(/not on the Grumpkin curve/);
    expect(decodeWith((bytes) => bytes.fill(0, 16, 80))).toThrow(/not on the Grumpkin curve/);
    expect(
      decodeWith((bytes) => {
        // G has the x 1, so 1 + p still fits 32 bytes.
        bytes.set(pointsToBytes([mulGenerator(1n)]), 16);
        bytes.set(Buffer.from((1n + P).toString(16).padStart(64, '0'), 'hex'), 16);
      }),
    ).toThrow(/not canonical/);
  });

  test('are refused with any change that leaves points, under another digest, and from another room', () => {
    const swapped = (bytes: Uint8Array) => {
      bytes.set(blob.subarray(16, 144), 144);
      bytes.set(blob.subarray(144, 272), 16);
    };
    expect(decodeWith(swapped)).toThrow(/the blob was changed or is another room's/);
    // Both points negated.
    for (const points of [[0], [1], [0, 1]])
      expect(
        decodeWith((bytes) => {
          for (const i of points) {
            const at = 16 + 64 * i + 32;
            const y = BigInt(`0x${Buffer.from(bytes.subarray(at, at + 32)).toString('hex')}`);
            bytes.set(Buffer.from((P - y).toString(16).padStart(64, '0'), 'hex'), at);
          }
        }),
      ).toThrow(/the blob was changed/);
    expect(() => decodeEncrypted(blob, { ...expected(), context: CONTEXT + 1n })).toThrow(/another room's/);
    expect(() => decodeEncrypted(blob, { ...expected(), digest: 5n })).toThrow(/another room's/);
  });

  test('are not made of values that break the rules, or of none', async () => {
    const input = { context: CONTEXT, slot: 2, seed, vector: 1, plan: PLAN, listed: 77n };
    await expect(encryptVector({ ...input, vector: 0, packed: [packValues([-11n, 0n, 0n])] })).rejects.toThrow(
      /breaks the plan/,
    );
    await expect(encryptVector({ ...input, packed: [] })).rejects.toThrow(/no elements/);
    await expect(encryptVector({ ...input, vector: 2, packed })).rejects.toThrow(/does not open/);
  });

  test('have other randomness for other values, vectors and places', async () => {
    const input = {
      context: CONTEXT,
      slot: 2,
      seed,
      vector: 1,
      plan: PLAN,
      listed: 77n,
      packed: [packed[0], packed[0]],
    };
    const all = [
      await encryptVector(input),
      await encryptVector({ ...input, listed: 78n }),
      await encryptVector({ ...input, vector: 0 }),
    ];
    const points = all.flatMap(({ ciphertexts }) =>
      [0, 128].map((at) => Buffer.from(ciphertexts.subarray(at, at + 64)).toString('hex')),
    );
    expect(new Set(points).size).toBe(6);
  });
});

describe('selected sums', () => {
  const sum = (n: bigint) => ({ c1: mulGenerator(n), c2: mulGenerator(n + 1n) });
  const SELECTED: Selected = {
    slot: 1,
    vector: 4,
    flags: P - 5n,
    full: 0b10000001,
    counts: [3, 0, 0, 0, 0, 0, 0, 2 ** 30 - 1],
    sums: [sum(5n), ...Array<undefined>(6).fill(undefined), sum(9n)],
  };
  let blob: Uint8Array;
  const expected = () => ({ context: CONTEXT, slot: 1, vector: 4, digest: selectedDigest(CONTEXT, SELECTED) });
  const decodeWith = (change: (bytes: Uint8Array) => void) => {
    const bytes = blob.slice();
    change(bytes);
    return () => decodeSelected(bytes, expected());
  };

  beforeAll(() => {
    blob = encodeSelected(SELECTED);
  });

  test('travel as blobs, also when no group is full', () => {
    expect(blob.length).toBe(16 + 32 + 32 + 8 * 128);
    expect(decodeSelected(blob, expected())).toEqual(SELECTED);
    const none = { ...SELECTED, full: 0, counts: Array<number>(8).fill(0), sums: Array<undefined>(8).fill(undefined) };
    expect(decodeSelected(encodeSelected(none), { ...expected(), digest: selectedDigest(CONTEXT, none) })).toEqual(
      none,
    );
  });

  test('are refused with a wrong size or header, or any byte changed', () => {
    for (const bytes of [new Uint8Array(0), blob.slice(1), new Uint8Array([...blob, 0])])
      expect(() => decodeSelected(bytes, expected())).toThrow(/bytes, not/);
    expect(decodeWith((bytes) => (bytes[0] ^= 1))).toThrow(/does not hold selected sums/);
    expect(decodeWith((bytes) => (bytes[8] = 9))).toThrow(/version 9/);
    for (const at of [9, 10, 11]) expect(decodeWith((bytes) => (bytes[at] ^= 1))).toThrow(/the blob holds vector/);
    for (let at = 12; at < blob.length; at += 5) expect(decodeWith((bytes) => (bytes[at] ^= 1))).toThrow();
  });

  test('are refused with sums or counts of groups that are not full, or without those of groups that are', () => {
    expect(decodeWith((bytes) => bytes.set(blob.subarray(80, 208), 208))).toThrow(/is not full, and has a sum/);
    expect(decodeWith((bytes) => (bytes[16 + 7] = 1))).toThrow(/is not full, and has a count/);
    expect(decodeWith((bytes) => bytes.fill(0, 16, 20))).toThrow(/is full, and has no count/);
    expect(decodeWith((bytes) => bytes.fill(0, 80, 208))).toThrow(/not on the Grumpkin curve/);
    expect(decodeWith((bytes) => (bytes[14] = 1))).toThrow(/8 groups/);
    expect(decodeWith((bytes) => (bytes[44] = 0x40))).toThrow(/the count of group 7/);
    for (const broken of [
      { full: 1 },
      { counts: SELECTED.counts.slice(1) },
      { sums: SELECTED.sums.with(0, undefined) },
      { sums: SELECTED.sums.with(1, sum(4n)) },
    ])
      expect(() => encodeSelected({ ...SELECTED, ...broken })).toThrow(/selected sums/);
  });

  test('are refused with what is no point or no field element, and from another room', () => {
    expect(decodeWith((bytes) => (bytes[80 + 63] ^= 1))).toThrow(/not on the Grumpkin curve/);
    expect(decodeWith((bytes) => bytes.fill(0xff, 80, 112))).toThrow(/not canonical/);
    expect(decodeWith((bytes) => bytes.fill(0xff, 48, 80))).toThrow(/not canonical/);
    expect(decodeWith((bytes) => bytes.set(pointsToBytes([mulGenerator(1n)] as Point[]), 80))).toThrow(
      /the blob was changed/,
    );
    expect(() => decodeSelected(blob, { ...expected(), context: 1n })).toThrow(/another room's/);
  });
});
