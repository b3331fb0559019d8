/**
 * What can be computed in a room that joins values from encrypted vectors, returned lists and selected sums, beyond what docs/limits.md names.
 *
 * Shown: nobody without the owner's key fits any subset of a short encrypted vector to a published sum, nor finds two sums, of
 * other groups or vectors, that hide their elements alike. To the owner every subset of the same total explains a sum as well as
 * the true one does. No flags of a short list open their commitment without its blinding. The owner of a list, with all others
 * but the maker of its first hop, has no multiple of its rows among points that have flags. Labels tell all slots the sizes, group by group, of
 * what some of the lists have in common with the naming one. Rooms over the same tables share no point.
 * Each search finds what it looks for where the one thing is left out that it is said to depend on.
 *
 * Not shown: that nothing else is computed from ciphertexts. Hiding is computational there: it is the decisional Diffie–Hellman
 * assumption on Grumpkin, the assumptions on Poseidon2 and on HMAC, and no search can show these. Nor is shown here that steps are made as
 * they should be, which are the proofs' part.
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
import { mapToCurve } from '../../app/lib/curve/map.ts';
import { FIELD_MODULUS as P, SCALAR_MODULUS as Q } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import type { Ciphertext } from '../../app/lib/protocol/elgamal.ts';
import { ciphertextsOf, encryptedDigest } from '../../app/lib/protocol/encrypted.ts';
import { hopSlot } from '../../app/lib/protocol/hop.ts';
import { identifierField } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys, elgamalRandomness, newRoomSeed } from '../../app/lib/protocol/keys.ts';
import { listDigest } from '../../app/lib/protocol/list.ts';
import { Output, type Plan } from '../../app/lib/protocol/plan.ts';
import { returnedDigest } from '../../app/lib/protocol/returned.ts';
import { commitFlags } from '../../app/lib/protocol/selected.ts';
import { SEED, randomFrom, shuffled } from '../support/choice.ts';
import type { Row } from '../support/plain.ts';
import { peopleOf, plainFlags, playValues, selector, type People, type PlayedValues, type ValuesRoom } from '../support/played-joined.ts'; // prettier-ignore

const random = randomFrom(SEED);

beforeAll(async () => {
  console.log(`random tables from SEED=${SEED}`);
  await initField();
});

/** Three groups by the first column; of the second sums and squares are opened. */
const PLAN: Plan = {
  rules: [
    { min: 0n, max: 2n, order: 0 },
    { min: -2n, max: 1000n, order: 0 },
  ],
  grouping: 0,
  borders: [0n, 1n, 2n, 3n],
  outputs: [Output.none, Output.squares],
  quantiles: [],
  confidence: 0,
};
const LEAST = PLAN.rules[1].min;
const [VALUES, SQUARES] = [2, 3];

/** A room with fresh secrets, of which slot 0 names groups and slot 1 brings values. */
function roomOf(slots: number): ValuesRoom {
  const seeds = Array.from({ length: slots }, newRoomSeed);
  return { context: randomField(), plan: PLAN, k: 3, naming: 0, owner: 1, vectors: [VALUES, SQUARES], seeds };
}

/**
 * Tables of which the owner's has ten people. Seven or eight are in all of them: three or four in group 0, three in group 1, and one, which is too
 * few to be opened, in group 2.
 */
function tablesOf(
  slots: number,
  numbers: readonly bigint[] = Array.from({ length: 10 }, () => BigInt(random(6))),
): People[] {
  const groups = [0, 0, 0, 1, 1, 1, 2, ...(random(2) === 0 ? [0] : [])];
  const people = shuffled(Array.from({ length: 10 }, (_, person) => person), random); // prettier-ignore
  return Array.from({ length: slots }, (_, slot) => {
    const own = people.map((person, i): [number, bigint[]] => {
      if (slot === 0) return [person, [BigInt(groups[i] ?? random(3)), LEAST]];
      return [person, [0n, slot === 1 ? LEAST + numbers[person] : LEAST]];
    });
    // Everybody but the owner lacks some of those who are not in common, and the last slot all of them.
    const kept = own.filter((_, i) => slot === 1 || i < groups.length || (slot < slots - 1 && random(2) === 0));
    const strangers = Array.from({ length: slot === 1 ? 0 : 1 + random(3) }, (_, i): [number, bigint[]] => [
      100 * (slot + 1) + i,
      [0n, LEAST],
    ]);
    return new Map([...kept, ...strangers]);
  });
}

/** The sums of all subsets of points: bit i of a sum's place tells whether point i is in it. */
function subsetSums(points: readonly Point[]): MaybePoint[] {
  return points.reduce<MaybePoint[]>(
    (sums, point) => [...sums, ...addEach(sums, sums.map(() => point))], // prettier-ignore
    [undefined],
  );
}

const sumOf = (numbers: readonly bigint[]): bigint => numbers.reduce((total, each) => total + each, 0n);
const subset = <T>(items: readonly T[], set: number): T[] => items.filter((_, i) => (set >> i) & 1);
const textOf = (point: MaybePoint): string => (point ? `${point.x} ${point.y}` : 'infinity');
const without = (point: Point, sums: readonly MaybePoint[]): MaybePoint[] =>
  addEach(sums.map(() => point), sums.map(negateAffine)); // prettier-ignore

/** What is left of a published sum for every subset of the vector that it may be of. */
function leftOf({ c1, c2 }: Ciphertext, vector: readonly Ciphertext[]): { c1: MaybePoint; c2: MaybePoint }[] {
  const [first, second] = [
    without(c1, subsetSums(vector.map((each) => each.c1))),
    without(c2, subsetSums(vector.map((each) => each.c2))),
  ];
  return first.map((point, set) => ({ c1: point, c2: second[set] }));
}

/** All sums that a room published, each with its ciphertexts, its group and the set of elements that it is really of. */
function publishedSums(room: ValuesRoom, tables: readonly People[], played: PlayedValues) {
  const flags = plainFlags(room, tables, peopleOf(played, room.owner));
  return played.sums.flatMap(({ vector, sums }, v) =>
    sums.flatMap((sum, group) => {
      if (!sum) return [];
      const set = flags.reduce((bits, flag, i) => (flag === group + 1 ? bits | (1 << i) : bits), 0);
      return [{ v, vector, group, sum, set, ciphertexts: ciphertextsOf(played.encrypted[v]) }];
    }),
  );
}

/** The numbers of a vector in the order of the owner's blinded list, from its table in plain sight. */
function numbersOf(room: ValuesRoom, tables: readonly People[], played: PlayedValues, vector: number): bigint[] {
  const above = peopleOf(played, room.owner).map((person) => tables[room.owner].get(person)![1] - LEAST);
  return vector === SQUARES ? above.map((number) => number * number) : above;
}

const setsWhere = <T>(items: readonly T[], holds: (item: T, set: number) => boolean): number[] =>
  items.flatMap((item, set) => (holds(item, set) ? [set] : []));

/** All points of a room that all its slots see. */
function pointsSeen({ seeds }: ValuesRoom, { lists, encrypted, sums }: PlayedValues): Point[] {
  const keys = seeds.map(deriveKeys);
  return [
    ...keys.flatMap(({ decryptionPublic, blindingPublic }) => [decryptionPublic, blindingPublic]),
    ...lists.flat().flatMap(({ points }) => bytesToPoints(points)),
    ...encrypted.flatMap(ciphertextsOf).flatMap(({ c1, c2 }) => [c1, c2]),
    ...sums.flatMap((each) => each.sums).flatMap((sum) => (sum ? [sum.c1, sum.c2] : [])),
  ];
}

/** The subsets of which the owner, by its key, finds a published sum to be. */
async function ownFits({ owner, seeds }: ValuesRoom, left: ReturnType<typeof leftOf>): Promise<number[]> {
  const { decryption } = deriveKeys(seeds[owner]);
  const shared = bytesToPoints(await mulBatch(pointsToBytes(left.map(({ c1 }) => c1!)), decryption));
  return setsWhere(left, ({ c2 }, set) => textOf(c2) === textOf(shared[set]));
}

describe('selected sums', () => {
  test('are no sum of any of the ciphertexts that all saw, and would be but for the encryption of 0 on top', async () => {
    const [room, tables] = [roomOf(3), tablesOf(3)];
    const played = await playValues(room, tables);
    const published = publishedSums(room, tables, played);
    expect(published.map(({ vector, group }) => [vector, group])).toEqual([[2, 0], [2, 1], [3, 0], [3, 1]]); // prettier-ignore
    for (const { v, group, sum, set, ciphertexts } of published) {
      const left = leftOf(sum, ciphertexts);
      expect(left).toHaveLength(1024);
      expect(setsWhere(left, ({ c1, c2 }) => !c1 || !c2)).toEqual([]);
      // Whoever knows the encryption of 0 finds the elements that matched, and no others.
      const start = played.secrets[v].starts[group];
      const bare = leftOf({ c1: add(sum.c1, negate(start.c1)), c2: add(sum.c2, negate(start.c2)) }, ciphertexts);
      expect(setsWhere(bare, ({ c1 }) => !c1)).toEqual([set]);
      expect(setsWhere(bare, ({ c2 }) => !c2)).toEqual([set]);
    }
  });

  test('leave nothing that is the same in two of them, whatever subsets are taken off, or that was seen elsewhere', async () => {
    const [room, tables] = [roomOf(3), tablesOf(3)];
    const played = await playValues(room, tables);
    const published = publishedSums(room, tables, played);
    const left = published.map(({ sum, ciphertexts }) => leftOf(sum, ciphertexts));
    const points = left.flatMap((each) => each.flatMap(({ c1, c2 }) => [textOf(c1), textOf(c2)]));
    expect(points).toHaveLength(4 * 1024 * 2);
    expect(new Set(points).size).toBe(points.length);
    const seen = new Set(pointsSeen(room, played).map(textOf));
    // Where a sum is taken off none of its elements the sum itself is left, which all see.
    const others = left.flatMap((each) => each.slice(1).flatMap(({ c1, c2 }) => [textOf(c1), textOf(c2)]));
    expect(others.filter((point) => seen.has(point))).toEqual([]);
    // With one encryption of 0 for all sums the same would be left where what matched is taken off, and there alone.
    const [{ starts }] = played.secrets;
    const careless = published.map(({ v, group, sum, ciphertexts }) => {
      const [own, [one]] = [played.secrets[v].starts[group], starts];
      const changed = (point: Point, fresh: Point, same: Point) => add(add(point, negate(fresh)), same);
      const given = { c1: changed(sum.c1, own.c1, one.c1), c2: changed(sum.c2, own.c2, one.c2) };
      return leftOf(given, ciphertexts).map(({ c1 }) => textOf(c1));
    });
    const places = new Map<string, { i: number; set: number }[]>();
    careless.forEach((each, i) =>
      each.forEach((point, set) => places.set(point, [...(places.get(point) ?? []), { i, set }])),
    );
    const acrossVectors = [...places.values()].filter(
      (where) => new Set(where.map(({ i }) => published[i].vector)).size > 1,
    );
    expect(acrossVectors).toEqual([published.map(({ set }, i) => ({ i, set }))]);
  });

  test('tell the owner their totals, and every subset of the same total explains what it sees', async () => {
    const [room, tables] = [roomOf(3), tablesOf(3)];
    const played = await playValues(room, tables);
    const { decryptionPublic: key } = deriveKeys(room.seeds[room.owner]);
    for (const { v, vector, group, sum, set, ciphertexts } of publishedSums(room, tables, played)) {
      const numbers = numbersOf(room, tables, played, vector);
      const total = sumOf(subset(numbers, set));
      const left = leftOf(sum, ciphertexts);
      const fitting = await ownFits(room, left);
      expect(fitting).toEqual(setsWhere(left, (_, each) => sumOf(subset(numbers, each)) === total));
      expect(fitting).toContain(set);
      // All its randomness is the owner's own; what is on top is the maker's, and another one of these fits each subset.
      const own = numbers.map((_, place) =>
        elgamalRandomness(room.seeds[room.owner], 'encrypt', [played.listed, BigInt(vector), BigInt(place)]),
      );
      const used = played.secrets[v].randomness[group] + sumOf(subset(own, set));
      for (const each of fitting.slice(0, 20)) {
        const rho = (((used - sumOf(subset(own, each))) % Q) + Q) % Q;
        expect(left[each]).toEqual({ c1: mulGenerator(rho), c2: mul(key, rho) });
      }
    }
  });

  test('fit one subset alone where the owner chose its numbers for that, or they happen to be so', async () => {
    const room = { ...roomOf(3), vectors: [VALUES] };
    const tables = tablesOf(
      3,
      Array.from({ length: 10 }, (_, person) => 1n << BigInt(person)),
    );
    const played = await playValues(room, tables);
    for (const { sum, set, ciphertexts } of publishedSums(room, tables, played))
      expect(await ownFits(room, leftOf(sum, ciphertexts))).toEqual([set]);
  });
});

/** All flags that a list of so many elements may have, up to a greatest one. */
function allFlags(count: number, greatest: number): Uint8Array[] {
  return Array.from({ length: (greatest + 1) ** count }, (_, number) =>
    Uint8Array.from({ length: count }, (_flag, i) => Math.floor(number / (greatest + 1) ** i) % (greatest + 1)),
  );
}

describe('the commitment to flags', () => {
  test('is opened by no flags of a short list without its blinding, and with it by the true ones alone', async () => {
    const room = roomOf(3);
    // Three in common of group 0, one of group 1, and one that is not in common.
    const tableOf = (groups: readonly bigint[]): People =>
      new Map(groups.map((group, person): [number, Row] => [person, [group, LEAST]]));
    const [named, own] = [tableOf([0n, 0n, 0n, 1n]), tableOf([0n, 0n, 0n, 0n, 0n])];
    const short = [named, own, own];
    const played = await playValues(room, short);
    const { context, owner, seeds } = room;
    const right = plainFlags(room, short, peopleOf(played, owner));
    const guesses = allFlags(5, 2);
    expect(guesses).toHaveLength(243);
    const strangers = seeds.map(deriveKeys);
    const digests = played.encrypted.map((each) => encryptedDigest(context, each));
    const known = [
      ...[0n, 1n, context, BigInt(owner), played.listed, returnedDigest(context, played.returned[1]!), ...digests],
      ...played.lists.flat().map((list) => listDigest(context, list)),
      // What each slot has for itself, but for what the maker of the sums derives for them.
      ...strangers.flatMap((each) => [each.salt, each.tallyBlinding, each.listedBlinding, each.decryption % P]),
    ];
    const opening = (flags: bigint, blindings: readonly bigint[]) =>
      guesses.filter((guess) => blindings.some((blinding) => commitFlags(blinding, guess) === flags)).map((guess) => [...guess]); // prettier-ignore
    const [values, squares] = played.sums;
    // The flags of both vectors are the same, and nobody sees that.
    expect(values.flags).not.toBe(squares.flags);
    for (const [v, { flags }] of played.sums.entries()) {
      expect(opening(flags, [...known, ...played.sums.map((each) => each.flags)])).toEqual([]);
      expect(opening(flags, [played.secrets[v].flagsBlinding])).toEqual([right]);
      expect(opening(flags, [played.secrets[1 - v].flagsBlinding])).toEqual([]);
    }
  });
});

const xsOf = (points: readonly Point[]): bigint[] => points.map(({ x }) => x);

/** All products of the keys of those who stand together, each to a power from −1 to 2. */
function productsOf(keys: readonly bigint[]): bigint[] {
  return keys.reduce(
    (all, key) => all.flatMap((each) => [invert(key, Q), 1n, key, key * key].map((power) => (each * power) % Q)),
    [1n],
  );
}

/**
 * What those who stand together can tell of the owner's rows: for each the flag of whatever point of the owner's returned lists is a
 * multiple of it by their keys; and how many multiples of their rows are points that have other keys on them.
 */
async function placedFlags(room: ValuesRoom, played: PlayedValues, together: readonly number[]) {
  const members = [...room.seeds.keys()];
  const { lists, returned, datasets } = played;
  const flagged = new Map<bigint, number>();
  for (const each of returned)
    if (each) xsOf(bytesToPoints(each.points)).forEach((x, i) => flagged.set(x, each.flags[i]));
  const onOthers = lists.flatMap((hops, list) =>
    hops.filter((_, hop) => {
      const makers = [list, ...members.slice(1, hop + 1).map((each) => hopSlot(list, each, members))];
      return makers.some((maker) => !together.includes(maker));
    }),
  );
  const others = new Set(onOthers.flatMap(({ points }) => xsOf(bytesToPoints(points))));
  const rowsOf = (slot: number): Uint8Array =>
    pointsToBytes(mapToCurve(datasets[slot].digests.map((digest) => identifierField(room.context, digest))));
  const products = productsOf(together.map((slot) => deriveKeys(room.seeds[slot]).blinding));
  let multiples = 0;
  const flags: (number | undefined)[] = datasets[room.owner].digests.map(() => undefined);
  for (const slot of together) {
    for (const product of products) {
      const xs = xsOf(bytesToPoints(await mulBatch(rowsOf(slot), product)));
      multiples += xs.filter((x) => others.has(x)).length;
      if (slot === room.owner) xs.forEach((x, row) => (flags[row] = flagged.get(x) ?? flags[row]));
    }
  }
  return { flags, multiples };
}

describe('labels', () => {
  test('tell all slots how many identifiers of each group some of the lists have in common with the naming one', async () => {
    const [room, tables] = [roomOf(4), tablesOf(4)];
    const { lists } = await playValues(room, tables);
    const { naming } = room;
    const holding = (has: (slot: number) => boolean) => [0, 1, 2, 3].filter(has).join();
    // What elements of the last lists have: a label, and the lists that they are in.
    const last = lists.map((hops) => hops[3]);
    const xs = last.map(({ points }) => xsOf(bytesToPoints(points)));
    const seen = xs[naming].map((x, i) => `${last[naming].labels![i]} in ${holding((slot) => xs[slot].includes(x))}`);
    const due = [...tables[naming]].map(
      ([person, [group]]) => `${group + 1n} in ${holding((slot) => tables[slot].has(person))}`,
    );
    expect(seen.sort()).toEqual(due.sort());
    // All others' labels are 0, at every hop.
    const others = lists.filter((_, list) => list !== naming).flat();
    expect(others.flatMap(({ labels }) => [...labels!]).every((label) => label === 0)).toBe(true);
  });
});

describe('the owner of a list', () => {
  test.each([3, 4])(
    'of %i slots cannot place flags on its rows unless the maker of its first hop helps',
    async (slots) => {
      const [room, tables] = [roomOf(slots), tablesOf(slots)];
      const played = await playValues(room, tables);
      const { owner, naming } = room;
      const people = played.datasets[owner].digests.map((digest) => Number(digest) - 1);
      const right = plainFlags(room, tables, people);
      expect(new Set(right)).toEqual(new Set([0, 1, 2, 3]));
      const maker = selector(room);
      const rest = [...room.seeds.keys()].filter((slot) => slot !== owner && slot !== maker);
      const nothing = { flags: right.map(() => undefined), multiples: 0 };
      for (const helpers of Array.from({ length: 1 << rest.length }, (_, set) => subset(rest, set)))
        expect(await placedFlags(room, played, [owner, ...helpers])).toEqual(nothing);
      // The naming slot, which knows everybody's group, is among those who could not.
      expect(rest).toContain(naming);
      const { flags } = await placedFlags(room, played, [owner, maker]);
      expect(flags).toEqual(right);
    },
  );
});

describe('rooms over the same tables', () => {
  test('share no point and no commitment, and all of them where their secrets are the same', async () => {
    const tables = tablesOf(3);
    const [room, other] = [roomOf(3), roomOf(3)];
    // A slot that takes part in both with the same seed, which the software never does, is known by its keys, and by nothing else.
    const careless = { ...other, seeds: other.seeds.with(2, room.seeds[2]) };
    const seenIn = async (each: ValuesRoom) => {
      const played = await playValues(each, tables);
      return [...xsOf(pointsSeen(each, played)), ...played.sums.map(({ flags }) => flags), played.listed];
    };
    const seen = await seenIn(room);
    const shared = (others: readonly bigint[]) => others.filter((value) => seen.includes(value));
    expect(shared(await seenIn(other))).toEqual([]);
    const { decryptionPublic, blindingPublic } = deriveKeys(room.seeds[2]);
    expect(shared(await seenIn(careless))).toEqual(xsOf([decryptionPublic, blindingPublic]));
    expect(shared(await seenIn(room))).toEqual(seen);
  });
});
