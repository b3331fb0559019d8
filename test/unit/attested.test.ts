/** Attested rooms, as mathematics: lists that keep their signs, their sums, what a hop proves by them, and what it does not. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  add,
  bytesToPoints,
  equalPoints,
  mul,
  mulGenerator,
  negate,
  pointsToBytes,
  type Point,
} from '../../app/lib/curve/grumpkin.ts';
import { mapToCurve } from '../../app/lib/curve/map.ts';
import { FIELD_MODULUS, FieldError, SCALAR_MODULUS } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { proveDleq, proveHopSums, verifyDleq, verifyHopSums } from '../../app/lib/protocol/dleq.ts';
import { ProtocolError } from '../../app/lib/protocol/errors.ts';
import { hopList, hopSlot } from '../../app/lib/protocol/hop.ts';
import { identifierDigest, identifierField } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys, roomKey } from '../../app/lib/protocol/keys.ts';
import {
  decodeList,
  encodeList,
  listCount,
  listDigest,
  listSum,
  makeList,
  type ExpectedList,
  type List,
} from '../../app/lib/protocol/list.ts';
import { matchLists } from '../../app/lib/protocol/match.ts';
import type { Members } from '../../app/lib/protocol/members.ts';

const P = FIELD_MODULUS;
const Q = SCALAR_MODULUS;
/** Scalars whose points differ in x. */
const upToSign = { selector: (scalar: bigint) => (scalar < Q - scalar ? scalar : Q - scalar) };
const context = 0x1234_5678_9abcn;
const NAMES = Array.from({ length: 12 }, (_, i) => `person${i}@example.org`);
const seedOf = (n: number) => new Uint8Array(32).fill(n + 1);
const KEYS = [0, 1, 2, 3, 4].map((slot) => deriveKeys(seedOf(slot)));
const datasetOf = (names: readonly string[]) => makeDataset(names.map((name) => identifierDigest('email', name)));
const blinded = (dataset: Dataset, slot = 1, blinding = 77n) =>
  blindDataset({ context, slot, dataset, blinding, signed: true });
const pointsOf = (list: List) => bytesToPoints(list.points);
const ascending = (points: readonly Point[]) => points.toSorted((a, b) => (a.x < b.x ? -1 : 1));
/** A sum of points, one after the other. */
const total = (points: readonly Point[]) => points.reduce((before, point) => add(before, point));

const scalar = fc.bigInt({ min: 1n, max: Q - 1n });
const identifiers = fc.uniqueArray(fc.bigInt({ min: 1n, max: (1n << 248n) - 1n }), { minLength: 1, maxLength: 12 });
const rooms = fc
  .shuffledSubarray([0, 1, 2, 3, 4], { minLength: 2, maxLength: 5 })
  .map((members) => members.toSorted((a, b) => a - b));

beforeAll(initField);

describe('a signed list', () => {
  test('holds k·P of every identifier with the y that it has, ascending in x', async () => {
    const dataset = datasetOf(NAMES);
    const expected = mapToCurve(dataset.digests.map((digest) => identifierField(context, digest)));
    const list = await blinded(dataset);
    expect(list.signed).toBe(true);
    expect(pointsOf(list)).toEqual(ascending(expected.map((point) => mul(point, 77n))));
    expect(new Set(pointsOf(list).map(({ y }) => y % 2n))).toEqual(new Set([0n, 1n]));
  });

  test('has the digest of the same list without signs: x alone is what proofs are about', async () => {
    const dataset = datasetOf(NAMES);
    const unsigned = await blindDataset({ context, slot: 1, dataset, blinding: 77n });
    const signed = await blinded(dataset);
    expect(signed.points).not.toEqual(unsigned.points);
    expect(listDigest(context, signed)).toBe(listDigest(context, unsigned));
  });

  test('is refused with both points of one x, out of order, off the curve, or empty', async () => {
    const [first, second] = pointsOf(await blinded(datasetOf(NAMES)));
    const made = (...points: Point[]) => makeList(0, 0, pointsToBytes(points), { signed: true });
    expect(() => made(first, negate(first))).toThrow(/strictly ascending/);
    expect(() => made(first, first)).toThrow(/strictly ascending/);
    expect(pointsOf(made(second, first))).toEqual([first, second]);
    const swapped = pointsToBytes([second, first]);
    expect(() => encodeList({ list: 0, hop: 0, points: swapped, signed: true })).toThrow(/strictly ascending/);
    expect(() => makeList(0, 0, new Uint8Array(64), { signed: true })).toThrow(/not on the Grumpkin curve/);
    expect(() => makeList(0, 0, new Uint8Array(0), { signed: true })).toThrow(/empty/);
  });

  test('has a sum, whatever the order of its points; two that cancel out have none', () => {
    fc.assert(
      fc.property(fc.uniqueArray(scalar, { ...upToSign, minLength: 1, maxLength: 12 }), fc.gen(), (scalars, gen) => {
        const list = makeList(0, 0, pointsToBytes(scalars.map(mulGenerator)), { signed: true });
        const shuffled = gen(fc.shuffledSubarray, scalars, { minLength: scalars.length });
        const sum = scalars.reduce((before, each) => (before + each) % Q, 0n);
        fc.pre(sum !== 0n);
        expect(listSum(list)).toEqual(mulGenerator(sum));
        expect(total(shuffled.map(mulGenerator))).toEqual(listSum(list));
      }),
      { numRuns: 25 },
    );
    // 3 + 4 - 7: the one way to a sum that is no point.
    const nothing = makeList(0, 0, pointsToBytes([3n, 4n, Q - 7n].map(mulGenerator)), { signed: true });
    expect(() => listSum(nothing)).toThrow(/infinity/);
  });
});

describe('a hop of a signed list', () => {
  test('is k times every point with its sign, so its sum is k times the sum, for all members and sizes', async () => {
    const five = fc.tuple(scalar, scalar, scalar, scalar, scalar);
    await fc.assert(
      fc.asyncProperty(rooms, identifiers, five, async (members, digests, blindings) => {
        const own = members[0];
        let list = await blinded(makeDataset(digests), own, blindings[own]);
        let points = mapToCurve(digests.map((digest) => identifierField(context, digest))).map((point) =>
          mul(point, blindings[own]),
        );
        for (let hop = 1; hop < members.length; hop++) {
          const slot = hopSlot(own, hop, members);
          const next = await hopList({ list, slot, members, blinding: blindings[slot] });
          points = points.map((point) => mul(point, blindings[slot]));
          expect(next).toMatchObject({ list: own, hop, signed: true });
          expect(pointsOf(next)).toEqual(ascending(points));
          expect(listSum(next)).toEqual(mul(listSum(list), blindings[slot]));
          expect(listSum(next)).toEqual(total(points));
          list = next;
        }
      }),
      { numRuns: 15 },
    );
  });

  test('leads to the same points in whatever order the slots multiply', async () => {
    const members = [0, 1, 2];
    const throughBoth = async (...blindings: bigint[]) => {
      let list = await blinded(datasetOf(NAMES), 0);
      for (const [i, blinding] of blindings.entries()) list = await hopList({ list, slot: i + 1, members, blinding });
      return list.points;
    };
    expect(await throughBoth(5n, 7n)).toEqual(await throughBoth(7n, 5n));
    expect(await throughBoth(5n, 7n)).toEqual(await throughBoth(35n, 1n));
    expect(await throughBoth(5n, 7n)).not.toEqual(await throughBoth(5n, 8n));
  });

  test('would have no such sum without signs', async () => {
    const list = await blindDataset({ context, slot: 0, dataset: datasetOf(NAMES), blinding: 77n });
    const next = await hopList({ list, slot: 1, members: [0, 1], blinding: 5n });
    expect(next.signed).toBeUndefined();
    expect(listSum(next)).not.toEqual(mul(listSum(list), 5n));
  });
});

describe('the blob of a signed list', () => {
  const expectedOf = (list: List): ExpectedList & { sum: Point } => ({
    context,
    list: list.list,
    hop: list.hop,
    digest: listDigest(context, list),
    sum: listSum(list),
    minRows: 1,
    maxRows: 20,
  });
  /** A list of other points in another's place. */
  const withPoints = (list: List, points: readonly Point[]): List =>
    makeList(list.list, list.hop, pointsToBytes(points), { signed: true });

  test('says in byte 11 that y is the points’ own, and survives its encoding', async () => {
    const list = await blinded(datasetOf(NAMES));
    const blob = encodeList(list);
    expect(Buffer.from(blob.subarray(0, 16)).toString('latin1')).toBe('ZKCRLIST\x01\x01\x00\x01\x00\x00\x00\x0c');
    expect(Buffer.from(blob.subarray(16))).toEqual(Buffer.from(pointsToBytes(pointsOf(list))));
    expect(decodeList(blob, expectedOf(list))).toEqual(list);
    await fc.assert(
      fc.asyncProperty(identifiers, scalar, async (digests, blinding) => {
        const any = await blinded(makeDataset(digests), 2, blinding);
        expect(decodeList(encodeList(any), expectedOf(any))).toEqual(any);
      }),
      { numRuns: 10 },
    );
  });

  test('is refused without its flag where a sum is on record, and with it where there is none', async () => {
    const list = await blinded(datasetOf(NAMES));
    const blob = encodeList(list);
    const expected = expectedOf(list);
    for (const flag of [0, 2, 255]) {
      expect(() => decodeList(blob.with(11, flag), expected)).toThrow(
        /last byte does not say whether y is the points' own/,
      );
    }
    const { sum: _, ...unsummed } = expected;
    expect(() => decodeList(blob, unsummed)).toThrow(/last byte does not say/);
    const unsigned = makeList(1, 0, list.points);
    expect(decodeList(encodeList(unsigned), unsummed)).toEqual(unsigned);
    expect(() => decodeList(encodeList(unsigned), expected)).toThrow(/last byte does not say/);
    expect(() => decodeList(encodeList(unsigned).with(11, 1), expected)).toThrow(
      /the sum of its points is not the one/,
    );
  });

  test('is refused with the sign of any one point flipped, which the digest alone would not see', async () => {
    const list = await blinded(datasetOf(NAMES));
    const points = pointsOf(list);
    for (const [i, point] of points.entries()) {
      const flipped = withPoints(list, points.with(i, negate(point)));
      expect(listDigest(context, flipped)).toBe(listDigest(context, list));
      expect(() => decodeList(encodeList(flipped), expectedOf(list))).toThrow(/the sum of its points is not the one/);
    }
  });

  test('is refused with an element changed, dropped or added: by its digest, and by the sum where that digest is on record', async () => {
    const list = await blinded(datasetOf(NAMES));
    const points = pointsOf(list);
    const stranger = mulGenerator(987_654_321n);
    for (const [i] of points.entries()) {
      for (const changed of [points.with(i, stranger), points.toSpliced(i, 1), [...points, stranger]]) {
        const other = withPoints(list, changed);
        const { sum } = expectedOf(list);
        expect(() => decodeList(encodeList(other), expectedOf(list))).toThrow(/its digest is/);
        expect(() => decodeList(encodeList(other), { ...expectedOf(other), sum })).toThrow(
          /the sum of its points is not/,
        );
      }
    }
  });

  test('is refused with an element twice, before any digest is looked at', async () => {
    const list = await blinded(datasetOf(NAMES));
    const points = pointsOf(list);
    const blob = encodeList(list);
    for (const twice of [points[0], negate(points[0])]) {
      const doubled = new Uint8Array([...blob.subarray(0, 16), ...pointsToBytes([twice]), ...blob.subarray(16)]);
      expect(() => decodeList(doubled.with(15, 13), expectedOf(list))).toThrow(/strictly ascending/);
    }
  });

  test('is refused with the right digest where another sum is on record', async () => {
    const list = await blinded(datasetOf(NAMES));
    const expected = expectedOf(list);
    for (const sum of [mulGenerator(5n), negate(expected.sum), mul(expected.sum, 2n)]) {
      expect(() => decodeList(encodeList(list), { ...expected, sum })).toThrow(ProtocolError);
      expect(() => decodeList(encodeList(list), { ...expected, sum })).toThrow(/the sum of its points is not the one/);
    }
  });

  test('has no byte that can be changed unnoticed', async () => {
    const list = await blinded(datasetOf(NAMES.slice(0, 3)));
    const blob = encodeList(list);
    const expected = expectedOf(list);
    fc.assert(
      fc.property(fc.nat({ max: blob.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        expect(() => decodeList(blob.with(at, blob[at] ^ change), expected)).toThrow();
      }),
    );
  });
});

describe('a proof of a hop’s sums', () => {
  const { blinding, blindingPublic: key } = KEYS[1];
  const base = mulGenerator(123_456n);
  const statement = { context, slot: 1, list: 0, hop: 1, key, base, image: mul(base, blinding) };
  const other = mulGenerator(99n);
  const changes = {
    context: { context: context + 1n },
    slot: { slot: 2 },
    list: { list: 3 },
    hop: { hop: 2 },
    key: { key: other },
    base: { base: other },
    image: { image: other },
  };
  const fieldsOf = (s: typeof statement) => [
    ...[s.context, BigInt(s.slot), BigInt(s.list), BigInt(s.hop)],
    ...[s.key, s.base, s.image].flatMap(({ x, y }) => [x, y]),
  ];
  const nonceOf = ({ e, s }: { e: bigint; s: bigint }) => (s + e * blinding) % Q;

  test('is the Chaum-Pedersen proof of the specification: hash 30 over statement and commitments', () => {
    const proof = proveHopSums(statement, blinding, seedOf(1));
    const nonce = nonceOf(proof);
    const commitments = [mulGenerator(nonce), mul(base, nonce)].flatMap(({ x, y }) => [x, y]);
    expect(proof.e).toBe(hash(30, [...fieldsOf(statement), ...commitments]));
    expect(verifyHopSums(statement, proof)).toBe(true);
    expect(proveHopSums(statement, blinding, seedOf(1))).toEqual(proof);
  });

  test.each(Object.entries(changes))('holds for one %s alone', (_, change) => {
    const proof = proveHopSums(statement, blinding, seedOf(1));
    expect(verifyHopSums({ ...statement, ...change }, proof)).toBe(false);
  });

  test('does not hold in the order of other numbers: slot, list and hop are not each other', () => {
    const proof = proveHopSums(statement, blinding, seedOf(1));
    for (const [slot, list, hop] of [
      [0, 1, 1],
      [1, 1, 0],
    ]) {
      expect(verifyHopSums({ ...statement, slot, list, hop }, proof)).toBe(false);
    }
  });

  test('has a nonce of its own for every statement and seed, or k could be computed from two proofs', () => {
    const proofs = [{}, ...Object.values(changes)].map((change) =>
      proveHopSums({ ...statement, ...change }, blinding, seedOf(1)),
    );
    const nonces = [...proofs, proveHopSums(statement, blinding, seedOf(2))].map(nonceOf);
    expect(new Set(nonces).size).toBe(nonces.length);
    // Nor is it that of a share with the same points.
    const share = { context, slot: 1, key, base, image: statement.image };
    expect(nonces).not.toContain(nonceOf(proveDleq(share, blinding, seedOf(1))));
  });

  test('is made for true sums by who knows k, and for no others', () => {
    fc.assert(
      fc.property(scalar, scalar, scalar, (k, b, wrong) => {
        const start = mulGenerator(b);
        const truth = { ...statement, key: mulGenerator(k), base: start, image: mul(start, k) };
        expect(verifyHopSums(truth, proveHopSums(truth, k, seedOf(1)))).toBe(true);
        fc.pre(wrong !== k);
        const untrue = { ...truth, image: mul(start, wrong) };
        for (const secret of [k, wrong]) {
          expect(verifyHopSums(untrue, proveHopSums(untrue, secret, seedOf(1)))).toBe(false);
        }
        expect(verifyHopSums(truth, proveHopSums(truth, wrong, seedOf(1)))).toBe(false);
      }),
      { numRuns: 10 },
    );
  });

  test('is no proof of a share, and a share’s is none of a hop', () => {
    const share = { context, slot: 1, key, base, image: statement.image };
    const ofShare = proveDleq(share, blinding, seedOf(1));
    const ofHop = proveHopSums(statement, blinding, seedOf(1));
    expect(verifyDleq(share, ofShare)).toBe(true);
    expect(verifyDleq(share, ofHop)).toBe(false);
    expect(verifyHopSums(statement, ofShare)).toBe(false);
    // The hash is another one, not only its inputs.
    const nonce = nonceOf(ofHop);
    const inputs = [...fieldsOf(statement), ...[mulGenerator(nonce), mul(base, nonce)].flatMap(({ x, y }) => [x, y])];
    const e = hash(10, inputs);
    expect(verifyHopSums(statement, { e, s: (((nonce - e * blinding) % Q) + Q) % Q })).toBe(false);
  });

  test('is refused out of range, and for slots, lists and hops that do not exist', () => {
    const { e, s } = proveHopSums(statement, blinding, seedOf(1));
    expect(verifyHopSums(statement, { e, s: s === 1n ? 2n : s - 1n })).toBe(false);
    expect(verifyHopSums(statement, { e: (e + 1n) % P, s })).toBe(false);
    expect(() => verifyHopSums(statement, { e: e + P, s })).toThrow(FieldError);
    expect(() => verifyHopSums(statement, { e, s: s + Q })).toThrow(FieldError);
    expect(() => verifyHopSums(statement, { e, s: 0n })).toThrow(FieldError);
    for (const name of ['slot', 'list', 'hop'] as const) {
      expect(() => verifyHopSums({ ...statement, [name]: 5 }, { e, s })).toThrow(ProtocolError);
    }
    for (const name of ['key', 'base', 'image'] as const) {
      expect(() => verifyHopSums({ ...statement, [name]: { x: 0n, y: 0n } }, { e, s })).toThrow(
        name === 'key' ? /public key/ : name,
      );
    }
  });
});

/** The lists of an attested room after all hops, every member in this process: every list travels, every hop is proven. */
async function attestedLists(
  tables: readonly (readonly string[])[],
  members: Members,
  /** What a member passes on in the place of its hop. */
  cheat: (honest: List) => List = (honest) => honest,
): Promise<List[]> {
  const lists: List[] = [];
  for (const [place, table] of tables.entries()) {
    const own = members[place];
    let list = await blinded(datasetOf(table), own, KEYS[own].blinding);
    for (let hop = 1; hop < members.length; hop++) {
      const slot = hopSlot(own, hop, members);
      const { blinding, blindingPublic: key } = KEYS[slot];
      const base = listSum(list);
      const next = cheat(await hopList({ list, slot, members, blinding }));
      const statement = { context, slot, list: own, hop, key, base, image: listSum(next) };
      if (!verifyHopSums(statement, proveHopSums(statement, blinding, seedOf(slot)))) {
        throw new Error(`hop ${hop} of list ${own} is not proven`);
      }
      const digest = listDigest(context, next);
      const onChain = { context, list: own, hop, digest, sum: statement.image, minRows: 1, maxRows: 20 };
      const arrived = decodeList(encodeList(next), onChain);
      if (listCount(arrived) !== listCount(list)) throw new Error(`hop ${hop} of list ${own} has another length`);
      list = arrived;
    }
    lists.push(list);
  }
  return lists;
}

function countOf(lists: List[], members: Members): number {
  const key = roomKey(members.map((slot) => KEYS[slot].decryptionPublic));
  return matchLists({ context, members, lists, key, k: 2, seed: seedOf(members[0]) }).matched;
}

describe('an attested room', () => {
  test('finds the size of the plain intersection, with two to five members of any slots', async () => {
    const table = fc.uniqueArray(fc.integer({ min: 0, max: 7 }).map(String), { minLength: 1, maxLength: 6 });
    const course = rooms.chain((members) =>
      fc.tuple(fc.constant(members), fc.array(table, { minLength: members.length, maxLength: members.length })),
    );
    await fc.assert(
      fc.asyncProperty(course, async ([members, tables]) => {
        const sets = tables.map((names) => new Set(names));
        const plain = [...sets[0]].filter((name) => sets.every((set) => set.has(name))).length;
        expect(countOf(await attestedLists(tables, members), members)).toBe(plain);
      }),
      { numRuns: 100 },
    );
  });

  const tables = [NAMES.slice(0, 6), NAMES.slice(2, 8)];
  const members = [0, 1];
  /** Passes list 0 on with other points than it should. */
  const cheating = (change: (points: Point[]) => Point[]) => (honest: List) =>
    honest.list === 0 ? makeList(0, honest.hop, pointsToBytes(change(pointsOf(honest))), { signed: true }) : honest;

  test.each<[string, (points: Point[]) => Point[]]>([
    ['replaced', (points) => points.with(0, mulGenerator(5n))],
    ['dropped', (points) => points.slice(1)],
    ['added', (points) => [...points, mulGenerator(5n)]],
    ['turned to its negative', (points) => points.with(0, negate(points[0]))],
  ])('catches a hop with an element %s: no proof fits its sum', async (_, change) => {
    await expect(attestedLists(tables, members, cheating(change))).rejects.toThrow('hop 1 of list 0 is not proven');
  });

  test('cannot catch a hop of which two elements were changed so that their sum stayed the same', async () => {
    const offset = mulGenerator(31_337n);
    const shift = (points: Point[]) =>
      points.map((point, i) => (i === 0 ? add(point, offset) : i === 1 ? add(point, negate(offset)) : point));
    const honest = await attestedLists(tables, members);
    const cheated = await attestedLists(tables, members, cheating(shift));
    expect(listDigest(context, cheated[0])).not.toBe(listDigest(context, honest[0]));
    expect(equalPoints(listSum(cheated[0]), listSum(honest[0]))).toBe(true);
    // Both elements are gone from the list, and nobody's: those of them that the others hold no longer count.
    const shared = new Set(pointsOf(honest[1]).map(({ x }) => x));
    const lost = pointsOf(honest[0])
      .slice(0, 2)
      .filter(({ x }) => shared.has(x)).length;
    expect(countOf(honest, members)).toBe(4);
    expect(countOf(cheated, members)).toBe(4 - lost);
    expect(lost).toBeGreaterThan(0);
  });

  test('cannot catch a blinded list that was made of other rows than those committed to', async () => {
    const others = await attestedLists([NAMES.slice(6, 12), tables[1]], members);
    expect(countOf(others, members)).toBe(2);
  });
});
