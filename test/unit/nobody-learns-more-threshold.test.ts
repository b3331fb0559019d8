/**
 * What all members but one together can compute in a room that tells bands, from the last one's part and mixes, beyond the band.
 *
 * Shown: among the outputs of the one honest member, with all keys but its own known and all factors of the others taken off in every way, no two
 * points are small multiples of one another, nor are sums and differences of two of them, of outputs or of inputs. One factor that serves
 * twice is found by the same search. With all keys off only a pattern of what holds 0 is the same in two rooms of the same data, and the
 * honest member's order alone makes the place of the 0 any of them. A part alone is explained by every other number, under another key.
 *
 * Not shown: that nothing else is computed. An element's two points together determine what it holds, and a part with the key on record does
 * too, for whoever finds discrete logarithms: hiding is computational there, under the decisional Diffie–Hellman assumption on Grumpkin, and
 * factors and orders are secret by what HMAC is assumed to be. That mixes are made as they should be is the proofs' part.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { invert } from '@noble/curves/abstract/modular.js';
import { addEach, negateAffine, type MaybePoint } from '../../app/lib/curve/affine.ts';
import { mulBatch } from '../../app/lib/curve/batch.ts';
import {
  add,
  bytesToPoints,
  mul,
  mulGenerator,
  negate,
  pointsToBytes,
  type Point,
} from '../../app/lib/curve/grumpkin.ts';
import { SCALAR_MODULUS as Q } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { bandOf, type Bands } from '../../app/lib/protocol/bands.ts';
import { countCell, sumCell } from '../../app/lib/protocol/groups.ts';
import { deriveKeys, roomKey } from '../../app/lib/protocol/keys.ts';
import {
  mixElements,
  mixMessage,
  mixedDigest,
  roomElements,
  type Mix,
  type MixElement,
} from '../../app/lib/protocol/mix.ts';
import { partOf, sumParts, type Part } from '../../app/lib/protocol/part.ts';
import { emptyCells, tallyCommitment } from '../../app/lib/protocol/tally.ts';

const CONTEXT = 0x7e11n;

beforeAll(initField);

/** Two borders, of sums in whole units. */
const BANDS: Bands = { column: 0, least: 0n, floor: 0n, unit: 1n, borders: [9, 21] };

/** A room whose secrets follow from its number. */
type Numbered = { readonly seeds: readonly Uint8Array[]; readonly transcript: bigint };

function roomOf(number: number, slots: number): Numbered {
  const seeds = Array.from({ length: slots }, (_, slot) => {
    const seed = new Uint8Array(32);
    new DataView(seed.buffer).setUint32(0, number);
    return seed.fill(slot + 1, 4);
  });
  return { seeds, transcript: BigInt(1000 + number) };
}

/** The parts of slots with these sums. */
function partsOf({ seeds }: Numbered, sums: readonly bigint[]): Part[] {
  const keys = seeds.map(deriveKeys);
  const key = roomKey(keys.map(({ decryptionPublic }) => decryptionPublic));
  return sums.map((own, slot) => {
    const cells = [...emptyCells()];
    [cells[countCell(0)], cells[sumCell(0, BANDS.column)]] = [5n, own];
    const tally = tallyCommitment({ context: CONTEXT, slot, cells, blinding: keys[slot].tallyBlinding });
    return partOf({ bands: BANDS, cells, tally, key, seed: seeds[slot] });
  });
}

/** A member's mix with what it was made from. */
type Mixing = Mix & { readonly inputs: readonly MixElement[] };

/** All mixes of a border, in the members' order. */
async function mixesOf({ seeds, transcript }: Numbered, parts: readonly Part[], border: number): Promise<Mixing[]> {
  let inputs = roomElements(sumParts(parts.map(({ ciphertext }) => ciphertext)), BANDS, border);
  let digest = 0n;
  const mixes: Mixing[] = [];
  for (const [slot, seed] of seeds.entries()) {
    const { decryption } = deriveKeys(seed);
    const mix = await mixElements({ elements: inputs, decryption, seed, message: mixMessage({ transcript, border, digest }) }); // prettier-ignore
    mixes.push({ ...mix, inputs });
    digest = mixedDigest(CONTEXT, { slot, border, elements: mix.outputs });
    inputs = [...mix.outputs];
  }
  return mixes;
}

const bounded = (points: readonly MaybePoint[]): Point[] => points.filter((point) => point !== undefined);
const xsOf = (points: readonly MaybePoint[]): bigint[] => bounded(points).map(({ x }) => x);
const times = async (points: readonly Point[], scalar: bigint): Promise<Point[]> =>
  bytesToPoints(await mulBatch(pointsToBytes(points), scalar));

/** Elements that hold something, with shares of the key taken off. */
async function without(elements: readonly MixElement[], key: bigint): Promise<{ a: Point; b: Point }[]> {
  if (key === 0n) return elements.flatMap(({ a, b }) => (b ? [{ a, b }] : []));
  const shares = await times(elements.map(({ a }) => a), key); // prettier-ignore
  const bare = addEach(elements.map(({ b }) => b), shares.map(negateAffine)); // prettier-ignore
  return elements.flatMap(({ a }, t) => (bare[t] ? [{ a, b: bare[t] }] : []));
}

/** Points with sums and differences of all pairs of them. Infinity, where two are the same, is left out: they are found as such. */
function withPairs(points: readonly Point[]): Point[] {
  const pairs = points.flatMap((one, i) => points.slice(i + 1).map((other) => [one, other] as const));
  const [ones, others] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
  return [...points, ...bounded(addEach(ones, others)), ...bounded(addEach(ones, others.map(negateAffine)))]; // prettier-ignore
}

/** The x of all multiples of points up to a greatest one, point by point. */
function multiplesOf(points: readonly Point[], greatest: number): Set<bigint>[] {
  const found = points.map(() => new Set<bigint>());
  let multiples: readonly MaybePoint[] = points.map(() => undefined);
  for (let m = 1; m <= greatest; m++) {
    multiples = addEach(multiples, points);
    multiples.forEach((point, i) => point && found[i].add(point.x));
  }
  return found;
}

/** How many small multiples of points are ± such multiples of one of the others, or of a point before. */
function relationsAmong(points: readonly Point[], others: readonly Point[], greatest: number): number {
  const seen = new Set(multiplesOf(others, greatest).flatMap((multiples) => [...multiples]));
  let relations = 0;
  for (const multiples of multiplesOf(points, greatest)) {
    for (const x of multiples) if (seen.has(x)) relations++;
    for (const x of multiples) seen.add(x);
  }
  return relations;
}

/** For each input of a member the product of the factors that those before it put on it. */
function factorsBefore(mixes: readonly Mixing[], place: number): bigint[] {
  return mixes.slice(0, place).reduce(
    (before, { permutation, factors }) => permutation.map((from, t) => (before[from] * factors[t]) % Q),
    mixes[place].inputs.map(() => 1n),
  );
}

/** All relations that the others find in the mix of one member: all keys are known to them but its own, and all factors. */
async function relationsFound(
  room: Numbered,
  mixes: readonly Mixing[],
  honest: number,
  outputs: readonly MixElement[],
) {
  const keyOf = (slots: readonly Uint8Array[]) =>
    slots.map((seed) => deriveKeys(seed).decryption).reduce((total, key) => (total + key) % Q, 0n);
  // Shares of those before it are off already.
  const later = keyOf(room.seeds.slice(honest + 1));
  const given = await without(mixes[honest].inputs, later);
  const made = await without(outputs, later);
  const points = made.flatMap(({ a, b }) => [a, b]);
  // Each output as it would be if it came from this or that input, without what the others put on that.
  const factors = [...new Set(factorsBefore(mixes, honest))];
  const cleared = await Promise.all(factors.map((factor) => times(points, invert(factor, Q))));
  const distinct = [...new Map(given.flatMap(({ a, b }) => [a, b]).map((point) => [point.x, point])).values()];
  return {
    cleared: relationsAmong(cleared.flat(), [], 24),
    pairs: relationsAmong(withPairs(points), withPairs(distinct), 8),
  };
}

/** What a member would make of its inputs, in their order, if these were its factors. */
function carelessMix(inputs: readonly MixElement[], decryption: bigint, factors: readonly bigint[]): MixElement[] {
  return inputs.map(({ a, b }, t) => {
    const [scaled, other] = [mul(a, factors[t]), mul(b!, factors[t])];
    const [opened] = addEach([other], [negate(mul(scaled, decryption))]);
    return { a: scaled, b: opened };
  });
}

/** Sums that come to 12, which lies between the borders. */
const SUMS = [3n, 4n, 5n];

describe('the mix of one honest member, to all others together', () => {
  test.each([
    [0, 1],
    [1, 2],
    [2, 2],
  ])(
    'of three in place %i, for border %i, relates no points, and would if a factor served twice',
    async (honest, border) => {
      const room = roomOf(1 + honest, 3);
      const mixes = await mixesOf(room, partsOf(room, SUMS), border);
      const { inputs, outputs, factors } = mixes[honest];
      expect(await relationsFound(room, mixes, honest, outputs)).toEqual({ cleared: 0, pairs: 0 });
      const { decryption } = deriveKeys(room.seeds[honest]);
      const found = async (careless: readonly bigint[]) =>
        relationsFound(room, mixes, honest, carelessMix(inputs, decryption, careless));
      expect((await found(factors.map(() => factors[0]))).cleared).toBeGreaterThan(100);
      expect((await found(factors.with(4, factors[11]))).cleared).toBeGreaterThan(0);
      // Factors of 1 would give it all away.
      expect((await found(factors.map(() => 1n))).pairs).toBeGreaterThan(100);
    },
  );
});

/** All points of a room's mixes: of each border all inputs and outputs. */
const pointsOf = (mixes: readonly Mixing[]): bigint[] =>
  mixes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].flatMap(({ a, b }) => xsOf([a, b])));

describe('what all keys leave after all mixes', () => {
  test('is a pattern of what holds 0; every point is another in a room of the same data', async () => {
    const rooms = [roomOf(10, 3), roomOf(11, 3)];
    const played = await Promise.all(
      rooms.map(async (room) => {
        const parts = partsOf(room, SUMS);
        return [await mixesOf(room, parts, 1), await mixesOf(room, parts, 2)];
      }),
    );
    const last = played.map((borders) => borders.map((mixes) => mixes.at(-1)!.outputs));
    // The second border is found in both, by one element.
    const zeros = last.map((borders) => borders.map((outputs) => outputs.filter(({ b }) => !b).length));
    expect(zeros).toEqual([[0, 1], [0, 1]]); // prettier-ignore
    // Elements that held none all differ, in either border and room.
    const points = last.flat(2).flatMap(({ a, b }) => xsOf([a, b]));
    expect(points).toHaveLength(4 * 32 - 2);
    expect(new Set(points).size).toBe(points.length);
    const [first, second] = played.map((borders) => new Set(borders.flatMap(pointsOf)));
    expect([...first].filter((x) => second.has(x))).toEqual([]);
    // The same secrets play the same room.
    const again = await mixesOf(rooms[0], partsOf(rooms[0], SUMS), 2);
    expect(pointsOf(again)).toEqual(pointsOf(played[0][1]));
  });

  test('is, element by element, explained by any other number but 0: no element alone tells what it held', async () => {
    const room = roomOf(12, 2);
    const parts = partsOf(room, SUMS.slice(0, 2));
    const mixes = await mixesOf(room, parts, 1);
    const { outputs, permutation, factors } = mixes[1];
    const randomness = parts.reduce((total, part) => (total + part.randomness) % Q, 0n);
    const before = factorsBefore(mixes, 1);
    outputs.forEach(({ a, b }, t) => {
      if (!b) return;
      const factor = (before[permutation[t]] * factors[t]) % Q;
      const step = mixes[0].permutation[permutation[t]];
      // Steps 0 to 8 of a sum of 7, and numbers above the sum.
      const held = BigInt(step < 9 ? 7 - step : 7 + step + 1);
      const number = ((held % Q) + Q) % Q;
      expect(b).toEqual(mulGenerator((factor * number) % Q));
      for (const other of [1n, 2n, 1000n, Q - 1n]) {
        const explaining = (factor * number * invert(other, Q)) % Q;
        const random = (randomness * other * invert(number, Q)) % Q;
        expect(b).toEqual(mulGenerator((explaining * other) % Q));
        expect(a).toEqual(mulGenerator((explaining * random) % Q));
      }
    });
  });
});

/** How far counts are from being all the same: χ² with one degree of freedom fewer than counts. */
function chiSquare(counts: readonly number[]): number {
  const mean = counts.reduce((total, count) => total + count, 0) / counts.length;
  return counts.reduce((total, count) => total + (count - mean) ** 2 / mean, 0);
}

/** χ² of 15 degrees of freedom is above this once in a thousand times. */
const BOUND = 37.7;

describe('the place of the 0', () => {
  test('is any of 16 by the order of one honest member alone, in 320 rooms of eight sums', async () => {
    const [before, after] = [Array<number>(16).fill(0), Array<number>(16).fill(0)];
    for (let number = 0; number < 320; number++) {
      const { seeds, transcript } = roomOf(1000 + number, 1);
      const { decryption } = deriveKeys(seeds[0]);
      const sum = number % 8;
      // As others hand it on if they take their shares off, and neither shuffle nor multiply.
      const randomness = BigInt(7919 * (number + 1));
      const ciphertext = {
        c1: mulGenerator(randomness),
        c2: mulGenerator((BigInt(sum) + randomness * decryption) % Q),
      };
      const elements = roomElements(ciphertext, BANDS, 1);
      const message = mixMessage({ transcript, border: 1, digest: 0n });
      const { outputs } = await mixElements({ elements, decryption, seed: seeds[0], message });
      before[sum]++;
      after[outputs.findIndex(({ b }) => !b)]++;
    }
    // Numbers of rooms and their secrets are fixed, so that this comes out the same in each run.
    expect(chiSquare(after)).toBeLessThan(BOUND);
    expect(chiSquare(before)).toBeGreaterThan(BOUND);
  });
});

describe('the part of one honest member, to all others together', () => {
  const room = roomOf(20, 3);

  test('holds no number that they can confirm by trying, and its own where its key is known', () => {
    const [honest, ...others] = partsOf(room, SUMS);
    const { c1, c2 } = honest.ciphertext;
    const keys = room.seeds.map(deriveKeys);
    const theirs = keys.slice(1).reduce((total, { decryption }) => (total + decryption) % Q, 0n);
    const all = (theirs + keys[0].decryption) % Q;
    const fits = (known: readonly Point[], key: bigint): number[] => {
      const xs = new Set(xsOf(known));
      const rest = add(c2, negate(mul(c1, key)));
      return Array.from({ length: 60 }, (_, number) => number).filter((number) => {
        const [left] = addEach([rest], [number === 0 ? undefined : negate(mulGenerator(BigInt(number)))]);
        return !left || xs.has(left.x);
      });
    };
    const sum = sumParts([honest, ...others].map(({ ciphertext }) => ciphertext));
    const seen = [
      ...[c1, c2, sum.c1, sum.c2],
      ...keys.map(({ decryptionPublic }) => decryptionPublic),
      ...others.flatMap(({ ciphertext }) => [ciphertext.c1, ciphertext.c2]),
      // Their keys and randomness times all that they have.
      ...[c1, sum.c1, keys[0].decryptionPublic].flatMap((point) =>
        [theirs, ...others.map(({ randomness }) => randomness)].map((scalar) => mul(point, scalar)),
      ),
    ];
    expect(fits(seen, theirs)).toEqual([]);
    expect(fits([], all)).toEqual([3]);
    // With the randomness, too, which makes the honest member's share.
    expect(fits([mul(keys[0].decryptionPublic, honest.randomness)], theirs)).toEqual([3]);
  });

  test('shares no point with its part in another room of the same data', () => {
    const xs = (each: Numbered) =>
      partsOf(each, SUMS).flatMap(({ ciphertext }) => xsOf([ciphertext.c1, ciphertext.c2]));
    const [one, other, again] = [room, roomOf(21, 3), room].map(xs);
    expect(new Set([...one, ...other]).size).toBe(12);
    expect(again).toEqual(one);
  });

  test('is explained by every other number of the same band, each under a key of its own', () => {
    const [{ steps, randomness, ciphertext }] = partsOf(room, SUMS);
    const total = SUMS.reduce((all, own) => all + own);
    const band = bandOf(BANDS, total);
    const key = room.seeds.map(deriveKeys).reduce((all, { decryption }) => (all + decryption) % Q, 0n);
    const numbers = Array.from({ length: 30 }, (_, number) => BigInt(number));
    const others = numbers.filter((number) => bandOf(BANDS, total - steps + number) === band && number !== steps);
    expect(others).toEqual([0n, 1n, 2n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n]);
    for (const number of others) {
      const explaining = (((key + (steps - number) * invert(randomness, Q)) % Q) + Q) % Q;
      const shared = mul(mulGenerator(explaining), randomness);
      expect(ciphertext).toEqual({
        c1: mulGenerator(randomness),
        c2: number === 0n ? shared : add(mulGenerator(number), shared),
      });
      // It is another key than that on record, which is why this hides from those alone who cannot find logarithms.
      expect(explaining).not.toBe(key);
    }
  });
});
