/** Bands of a hidden sum: parts and mixes of whole rooms, without proofs, against sums in plain sight; and blobs of mixes. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { mulEach } from '../../app/lib/curve/batch.ts';
import { add, mul, mulGenerator, negate, pointsToBytes, sum } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P, SCALAR_MODULUS } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { bandOf, borderSum, mixSize, slotSteps, type Bands } from '../../app/lib/protocol/bands.ts';
import type { Ciphertext } from '../../app/lib/protocol/elgamal.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { deriveKeys, roomKey } from '../../app/lib/protocol/keys.ts';
import {
  decodeMixed,
  encodeMixed,
  mixElements,
  mixedDigest,
  mixMessage,
  roomElements,
  type Mix,
  type MixElement,
  type Mixed,
} from '../../app/lib/protocol/mix.ts';
import { partOf, stepsOf, sumParts } from '../../app/lib/protocol/part.ts';
import { Output, type Plan } from '../../app/lib/protocol/plan.ts';
import { tallyCells, tallyCommitment } from '../../app/lib/protocol/tally.ts';
import { randomFrom, SEED, SOAK } from '../support/choice.ts';

const CONTEXT = 0xbadc0den;
const TRANSCRIPT = 0x7a9en;
const LEAST = -50n;
const GREATEST = 1000n;

const random = randomFrom(SEED);
const seedOfSlot = (slot: number) => new Uint8Array(32).fill(slot + 1);

beforeAll(async () => {
  console.log(`random rooms from SEED=${SEED}`);
  await initField();
});

/** A plan of two columns, of which the second is summed. */
const PLAN: Plan = {
  rules: [
    { min: 0n, max: 9n, order: 0 },
    { min: LEAST, max: GREATEST, order: 0 },
  ],
  borders: [0n, 1n],
  outputs: [Output.none, Output.sum],
  quantiles: [],
  confidence: 0,
};

const bandsOf = (borders: readonly number[], unit = 1n, floor = -200n): Bands => ({
  column: 1,
  least: LEAST,
  floor,
  unit,
  borders,
});

/** The cells of a slot with these values. */
function cellsOf(values: readonly bigint[]): bigint[] {
  const digests = values.map((_, i) => BigInt(i + 1));
  return tallyCells(
    makeDataset(
      digests,
      values.map((value) => [BigInt(random(10)), value]),
    ),
    PLAN,
  );
}

/** Values of a slot that come to this sum. */
function valuesOf(total: bigint): bigint[] {
  const values = [];
  let rest = total;
  while (rest > GREATEST || rest < LEAST || values.length === 0 || (values.length < 4 && random(2) === 0)) {
    const step = rest > GREATEST ? GREATEST : rest < LEAST ? LEAST : BigInt(random(101)) - 50n;
    if (rest - step > 10n * GREATEST) continue;
    values.push(step);
    rest -= step;
  }
  return [...values, rest];
}

type Played = { readonly count: number; readonly mixes: readonly (readonly Mix[])[]; readonly sum: Ciphertext };

/** Plays a room of slots with these cells: through parts, mixes and blobs, each member by what the others published. */
async function play(bands: Bands, cells: readonly (readonly bigint[])[]): Promise<Played> {
  const slots = cells.map((_, slot) => ({ slot, seed: seedOfSlot(slot), ...deriveKeys(seedOfSlot(slot)) }));
  const key = roomKey(slots.map(({ decryptionPublic }) => decryptionPublic));
  const total = sumParts(
    slots.map(({ slot, seed, tallyBlinding: blinding }) => {
      const tally = tallyCommitment({ context: CONTEXT, slot, cells: cells[slot], blinding });
      return partOf({ bands, cells: cells[slot], tally, key, seed }).ciphertext;
    }),
  );
  const mixes: Mix[][] = [];
  for (let border = 1; border <= bands.borders.length; border++) {
    const ofBorder: Mix[] = [];
    let elements: readonly MixElement[] = roomElements(total, bands, border);
    let digest = 0n;
    for (const { slot, seed, decryption } of slots) {
      const message = mixMessage({ transcript: TRANSCRIPT, border, digest });
      const mix = await mixElements({ elements, decryption, seed, message });
      const mixed: Mixed = { slot, border, elements: mix.outputs };
      digest = mixedDigest(CONTEXT, mixed);
      const last = slot === slots.length - 1;
      ({ elements } = decodeMixed(encodeMixed(mixed), { context: CONTEXT, slot, border, digest, last }));
      ofBorder.push(mix);
    }
    mixes.push(ofBorder);
  }
  const found = mixes.findIndex((ofBorder) => ofBorder.at(-1)!.found);
  return { count: found < 0 ? bands.borders.length : found, mixes, sum: total };
}

/** The band of sums in plain sight, told by amounts alone. */
function plainBand({ floor, unit, borders }: Bands, sums: readonly bigint[]): number {
  const reached = sums.map((each) => (each - floor - ((each - floor) % unit)) / unit).reduce((a, b) => a + b);
  return borders.filter((border) => BigInt(border) <= reached).length;
}

/** Splits a total over slots of which each has at least `floor`. */
function split(total: bigint, slots: number, floor: bigint): bigint[] {
  const above = total - BigInt(slots) * floor;
  const cuts = Array.from({ length: slots - 1 }, () => BigInt(random(Number(above) + 1))).sort((a, b) =>
    a < b ? -1 : 1,
  );
  return [...cuts, above].map((cut, i) => floor + cut - (i === 0 ? 0n : cuts[i - 1]));
}

describe('rooms without proofs', () => {
  test('tell the band that sums in plain sight have, whatever parties, borders, units and floors', async () => {
    for (let run = 0; run < (SOAK ? 600 : 110); run++) {
      const slots = 2 + random(4);
      const unit = [1n, 1n, 7n, 100n][random(4)];
      const floor = -BigInt(random(201));
      const borders = [1 + random(16)];
      while (borders.length < 8 && random(2) > 0) borders.push(borders.at(-1)! + 1 + random(16));
      const bands = bandsOf(borders, unit, floor);
      const reach = Number(unit) * (borders.at(-1)! + 8);
      const sums = split(BigInt(slots) * floor + BigInt(random(reach)), slots, floor);
      const { count, mixes } = await play(
        bands,
        sums.map((each) => cellsOf(valuesOf(each))),
      );
      expect({ run, sums, bands, count }).toEqual({ run, sums, bands, count: plainBand(bands, sums) });
      // Nobody but the last member finds anything, and no more than one border is found.
      expect(mixes.flatMap((ofBorder) => ofBorder.slice(0, -1)).some(({ found }) => found)).toBe(false);
      const zeros = mixes.flatMap((ofBorder) => ofBorder.at(-1)!.outputs).filter(({ b }) => b === undefined);
      expect(zeros).toHaveLength(count < borders.length ? 1 : 0);
    }
  }, 900_000);

  test('tell each border apart: one below, at it, and one above', async () => {
    const bands = bandsOf([3, 16, 17, 33]);
    for (const border of bands.borders)
      for (const steps of [border - 1, border, border + 1]) {
        const total = 3n * bands.floor + BigInt(steps);
        const { count } = await play(
          bands,
          split(total, 3, bands.floor).map((each) => cellsOf(valuesOf(each))),
        );
        expect([steps, count]).toEqual([steps, bands.borders.filter((each) => each <= steps).length]);
      }
  }, 300_000);

  test('begin at 0: all sums at their floor, also below 0', async () => {
    for (const floor of [0n, -7n]) {
      const { count } = await play(bandsOf([1, 2], 1n, floor), [cellsOf([floor]), cellsOf([floor])]);
      expect(count).toBe(0);
    }
    const { count } = await play(bandsOf([1, 2], 1n, -7n), [cellsOf([-7n]), cellsOf([-6n])]);
    expect(count).toBe(1);
  });

  test('tell borders as far apart as there are', async () => {
    const bands = bandsOf([192, 200, 392], 5n, 0n);
    expect([1, 2, 3].map((border) => mixSize(bands, border))).toEqual([192, 16, 192]);
    for (const steps of [191, 192, 391, 392]) {
      const { count } = await play(
        bands,
        split(5n * BigInt(steps), 2, 0n).map((each) => cellsOf([...valuesOf(each)])),
      );
      // Each of two slots may lose less than a step.
      expect([bandOf(bands, BigInt(steps)), bandOf(bands, BigInt(steps - 1))]).toContain(count);
    }
  }, 120_000);

  test('tell large sums, which reach every border', async () => {
    const bands = bandsOf([1, 9]);
    expect((await play(bands, [cellsOf(valuesOf(9_000n)), cellsOf([0n])])).count).toBe(2);
  });

  test('never say that a border is reached that is not, and are a step for each other member too low at most', async () => {
    const bands = bandsOf([10], 100n, 0n);
    expect(borderSum(bands, 1, 3)).toBe(1000n);
    // 333 + 333 + 334 come to 1000, of which every slot loses what is no whole step.
    expect((await play(bands, [[333n], [333n], [334n]].map(cellsOf))).count).toBe(0);
    expect((await play(bands, [[400n], [400n], [200n]].map(cellsOf))).count).toBe(1);
    expect((await play(bands, [[399n], [399n], [201n]].map(cellsOf))).count).toBe(0);
    expect((await play(bands, [[399n], [399n], [400n]].map(cellsOf))).count).toBe(1);
  });
});

describe('parts', () => {
  const bands = bandsOf([5], 10n, -100n);
  const part = (values: readonly bigint[], tally = 5n) =>
    partOf({ bands, cells: cellsOf(values), tally, key: mulGenerator(77n), seed: seedOfSlot(3) });

  test('hold whole steps above the floor', () => {
    for (const [values, steps] of [
      [[-50n, -50n], 0n],
      [[-50n, -41n], 0n],
      [[-50n, -40n], 1n],
      [[0n], 10n],
      [[999n, 1n], 110n],
    ] as const) {
      const { steps: found, randomness, ciphertext } = part(values);
      expect(found).toBe(steps);
      const shared = mul(mulGenerator(77n), randomness);
      expect(ciphertext).toEqual({
        c1: mulGenerator(randomness),
        c2: steps === 0n ? shared : add(mulGenerator(steps), shared),
      });
    }
  });

  test('are the same when they are made again, and another for another tally', () => {
    expect(part([5n])).toEqual(part([5n]));
    expect(part([5n], 6n).ciphertext.c1).not.toEqual(part([5n]).ciphertext.c1);
  });

  test('are not made of a sum below the floor, and the refusal does not tell the sum', () => {
    expect(() => part([-50n, -50n, -1n])).toThrow(/below the floor/);
    expect(() => part([-50n, -50n, -1n])).toThrow(/^[^0-9]*$/);
    expect(() => stepsOf(bands, [1n])).toThrow(/there are 288/);
  });

  test('add up unless a point is none', () => {
    const parts = [part([5n]), part([6n], 9n)].map(({ ciphertext }) => ciphertext);
    expect(sumParts(parts)).toEqual({ c1: sum(parts.map(({ c1 }) => c1)), c2: sum(parts.map(({ c2 }) => c2)) });
    const [{ c1, c2 }] = parts;
    expect(() => sumParts([{ c1: { x: 1n, y: 1n }, c2 }])).toThrow(/not on the Grumpkin curve/);
    expect(() =>
      sumParts([
        { c1, c2 },
        { c1: negate(c1), c2 },
      ]),
    ).toThrow(/infinity/);
  });

  test('have as many steps as fit 62 bits', () => {
    const large = { ...bands, unit: 1n };
    expect(slotSteps(large, { rows: 0n, sum: (1n << 62n) - 101n })).toBe((1n << 62n) - 1n);
    expect(() => slotSteps(large, { rows: 0n, sum: (1n << 62n) - 100n })).toThrow(/too large/);
  });
});

describe('points with scalars of their own', () => {
  test('are multiplied one by one, and refused where a point or scalar is none', async () => {
    const scalars = [
      1n,
      2n,
      SCALAR_MODULUS - 1n,
      1n << 200n,
      ...Array.from({ length: 120 }, (_, i) => 7n ** BigInt(i % 80) + 1n),
    ];
    const points = scalars.map((_, i) => mulGenerator(BigInt(i + 1)));
    const products = await mulEach(pointsToBytes(points), scalars);
    expect(products).toEqual(pointsToBytes(points.map((point, i) => mul(point, scalars[i]))));
    expect(await mulEach(new Uint8Array(0), [])).toHaveLength(0);
    const [two, zeros] = [pointsToBytes(points.slice(0, 2)), new Uint8Array(64)];
    await expect(mulEach(two, [5n])).rejects.toThrow(/2 points, and 1 scalars/);
    await expect(mulEach(zeros, [5n])).rejects.toThrow(/not on the Grumpkin curve/);
    for (const scalar of [0n, SCALAR_MODULUS, -1n]) await expect(mulEach(two, [1n, scalar])).rejects.toThrow();
  });
});

describe('elements of a border', () => {
  const ciphertext = { c1: mulGenerator(11n), c2: mulGenerator(1000n) };
  const bands = bandsOf([3, 20]);

  test('hold the distances to its steps, and numbers above the sum for the rest', () => {
    const held = (border: number, size?: 16 | 192) => roomElements(ciphertext, bands, border, size).map(({ b }) => b);
    const distances = (...numbers: number[]) => numbers.map((n) => mulGenerator(BigInt(n)));
    expect(held(1)).toEqual(distances(1000, 999, 998, ...Array.from({ length: 13 }, (_, i) => 1004 + i)));
    const seventeen = Array.from({ length: 17 }, (_, i) => 997 - i);
    expect(held(2)).toEqual(distances(...seventeen, ...Array.from({ length: 175 }, (_, i) => 1018 + i)));
    expect(held(1, 192)).toHaveLength(192);
    expect(roomElements(ciphertext, bands, 1).every(({ a }) => a === ciphertext.c1)).toBe(true);
  });

  test('are not made of more steps than there are, of other borders, or of what is no ciphertext', () => {
    expect(() => roomElements(ciphertext, bands, 2, 16)).toThrow(/17 steps: they do not fit 16/);
    for (const border of [0, 3, 1.5]) expect(() => roomElements(ciphertext, bands, border)).toThrow(/does not exist/);
    expect(() => roomElements({ ...ciphertext, c1: { x: 0n, y: 0n } }, bands, 1)).toThrow(/not on the Grumpkin curve/);
    expect(() => roomElements({ ...ciphertext, c2: mulGenerator(2n) }, bands, 1)).toThrow(/infinity/);
  });
});

describe('mixes', () => {
  const bands = bandsOf([3]);
  const decryption = 9n;
  const sumOfRoom = { c1: mulGenerator(11n), c2: mulGenerator(200n) };
  const message = mixMessage({ transcript: TRANSCRIPT, border: 1, digest: 0n });
  const mix = (changed: Partial<Parameters<typeof mixElements>[0]> = {}) =>
    mixElements({
      elements: roomElements(sumOfRoom, bands, 1),
      decryption,
      seed: seedOfSlot(0),
      message,
      ...changed,
    });
  const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

  test('hold every input once, under a factor of its own, without the share of the key', async () => {
    const { outputs, permutation, factors, found } = await mix();
    const inputs = roomElements(sumOfRoom, bands, 1);
    expect(sorted(permutation)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(new Set(factors).size).toBe(16);
    expect(factors.every((factor) => factor > 0n && factor < SCALAR_MODULUS)).toBe(true);
    expect(found).toBe(false);
    outputs.forEach(({ a, b }, t) => {
      const input = inputs[permutation[t]];
      expect(a).toEqual(mul(input.a, factors[t]));
      expect(b).toEqual(add(mul(input.b!, factors[t]), negate(mul(a, decryption))));
    });
  });

  test('are the same when they are made again, and others for any other message or seed', async () => {
    const first = await mix();
    expect(await mix()).toEqual(first);
    const others = [
      { message: mixMessage({ transcript: TRANSCRIPT + 1n, border: 1, digest: 0n }) },
      { message: mixMessage({ transcript: TRANSCRIPT, border: 2, digest: 0n }) },
      { message: mixMessage({ transcript: TRANSCRIPT, border: 1, digest: 1n }) },
      { seed: seedOfSlot(1) },
    ];
    for (const other of others) {
      const { permutation, factors } = await mix(other);
      expect(permutation).not.toEqual(first.permutation);
      expect(factors.filter((factor) => first.factors.includes(factor))).toEqual([]);
    }
  });

  test('come in every order', async () => {
    // Where the first of 16 inputs ends up, over as many messages.
    const places = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const { permutation } = await mix({ message: mixMessage({ transcript: BigInt(i), border: 1, digest: 0n }) });
      places.add(permutation.indexOf(0));
    }
    expect(places.size).toBeGreaterThan(10);
  });

  test('find what holds 0 once the whole key is off, and refuse to go on from there', async () => {
    const { outputs, permutation, found } = await mix({
      elements: roomElements({ c1: mulGenerator(11n), c2: mulGenerator(99n + 1n) }, bands, 1),
    });
    // Under the key 9 the ciphertext holds 100 − 99 = 1, which is step 1.
    expect(found).toBe(true);
    expect(outputs.map(({ b }) => b === undefined).indexOf(true)).toBe(permutation.indexOf(1));
    await expect(mix({ elements: outputs })).rejects.toThrow(/only the last member/);
  });
});

describe('blobs of mixes', () => {
  let mixed: Mixed;
  let blob: Uint8Array;
  const expected = (last = false) => ({
    context: CONTEXT,
    slot: 2,
    border: 3,
    digest: mixedDigest(CONTEXT, mixed),
    last,
  });
  const decodeWith = (change: (bytes: Uint8Array) => void, last = false) => {
    const bytes = blob.slice();
    change(bytes);
    return () => decodeMixed(bytes, expected(last));
  };

  beforeAll(async () => {
    const elements = Array.from({ length: 16 }, (_, i) => ({
      a: mulGenerator(BigInt(2 + i)),
      b: mulGenerator(BigInt(50 + i)),
    }));
    mixed = { slot: 2, border: 3, elements };
    blob = encodeMixed(mixed);
  });

  test('travel, of both sizes, and with an element that holds 0 if they are the last member’s', () => {
    expect(blob.length).toBe(16 + 16 * 128);
    expect(decodeMixed(blob, expected())).toEqual(mixed);
    const many = { ...mixed, elements: Array.from({ length: 12 }, () => mixed.elements).flat() };
    const digest = mixedDigest(CONTEXT, many);
    expect(decodeMixed(encodeMixed(many), { ...expected(), digest })).toEqual(many);
    const elements = mixed.elements.map((element, i) => (i === 7 ? { ...element, b: undefined } : element));
    const found = { ...mixed, elements };
    const ofFound = { ...expected(true), digest: mixedDigest(CONTEXT, found) };
    expect(decodeMixed(encodeMixed(found), ofFound)).toEqual(found);
    expect(() => decodeMixed(encodeMixed(found), { ...ofFound, last: false })).toThrow(/element 7 holds 0/);
  });

  test('lie anywhere in memory', () => {
    const shifted = new Uint8Array([9, 9, 9, ...blob]).subarray(3);
    expect(decodeMixed(shifted, expected())).toEqual(mixed);
  });

  test('are refused with a wrong size, header, slot, border or number of elements', () => {
    for (const bytes of [
      new Uint8Array(0),
      blob.slice(0, 15),
      blob.slice(0, -1),
      blob.slice(0, -128),
      new Uint8Array([...blob, 0]),
    ])
      expect(() => decodeMixed(bytes, expected())).toThrow(/bytes/);
    expect(decodeWith((bytes) => (bytes[0] ^= 1))).toThrow(/does not hold a mix/);
    expect(decodeWith((bytes) => (bytes[8] = 2))).toThrow(/version 2/);
    for (const at of [9, 10, 11]) expect(decodeWith((bytes) => (bytes[at] ^= 1))).toThrow(/the blob holds border/);
    for (const count of [0, 15, 17, 255]) expect(decodeWith((bytes) => (bytes[15] = count))).toThrow(/16 or 192/);
    expect(decodeWith((bytes) => (bytes[15] = 192))).toThrow(/exactly a header and 192/);
    expect(decodeWith((bytes) => (bytes[12] = 255))).toThrow(/16 or 192/);
  });

  test('are refused with what is no point: off the curve, at or above p, infinity', () => {
    for (const last of [false, true]) {
      expect(decodeWith((bytes) => (bytes[16 + 63] ^= 1), last)).toThrow(/A of element 0 is not on the Grumpkin curve/);
      expect(decodeWith((bytes) => (bytes[16 + 127] ^= 1), last)).toThrow(
        /B of element 0 is not on the Grumpkin curve/,
      );
      expect(decodeWith((bytes) => bytes.fill(0, 16, 80), last)).toThrow(/A of element 0/);
      const beyond = (bytes: Uint8Array) => {
        // G has the x 1, so 1 + p still fits 32 bytes.
        bytes.set(pointsToBytes([mulGenerator(1n)]), 16);
        bytes.set(Buffer.from((1n + P).toString(16).padStart(64, '0'), 'hex'), 16);
      };
      expect(decodeWith(beyond, last)).toThrow(/not canonical/);
    }
    expect(decodeWith((bytes) => bytes.fill(0, 80, 144))).toThrow(/element 0 holds 0/);
    // A last member may have found something, but not this: the digest says so.
    expect(decodeWith((bytes) => bytes.fill(0, 80, 144), true)).toThrow(/the blob was changed/);
  });

  test('are refused with any change that leaves points, under another digest, and from another room', () => {
    const exchanged = (one: number, other: number, length: number) => (bytes: Uint8Array) => {
      bytes.set(blob.subarray(one, one + length), other);
      bytes.set(blob.subarray(other, other + length), one);
    };
    for (const change of [exchanged(16, 144, 128), exchanged(16, 80, 64), exchanged(80, 208, 64)])
      expect(decodeWith(change)).toThrow(/the blob was changed or is another room's/);
    const flip = (bytes: Uint8Array) => bytes.set(pointsToBytes([negate(mixed.elements[4].b!)]), 16 + 4 * 128 + 64);
    expect(decodeWith(flip)).toThrow(/the blob was changed/);
    for (const other of [{ context: CONTEXT + 1n }, { digest: 5n }])
      expect(() => decodeMixed(blob, { ...expected(), ...other })).toThrow(/another room's/);
  });

  test('are not made of other numbers of elements, borders or slots', () => {
    for (const broken of [
      { ...mixed, elements: mixed.elements.slice(1) },
      { ...mixed, elements: [] },
      { ...mixed, border: 0 },
      { ...mixed, border: 9 },
      { ...mixed, slot: 5 },
    ]) {
      expect(() => encodeMixed(broken)).toThrow();
      expect(() => mixedDigest(CONTEXT, broken)).toThrow();
    }
  });

  test('have digests of their own for every slot, border and room', () => {
    const digests = [
      mixedDigest(CONTEXT, mixed),
      mixedDigest(CONTEXT + 1n, mixed),
      mixedDigest(CONTEXT, { ...mixed, slot: 1 }),
      mixedDigest(CONTEXT, { ...mixed, border: 1 }),
    ];
    expect(new Set(digests).size).toBe(4);
  });
});
