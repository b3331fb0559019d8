/** Labels of lists and flags of returned lists: how they are packed, how they travel, and how they are found. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesToPoints, mul, mulGenerator, pointsToBytes } from '../../app/lib/curve/grumpkin.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset, blindRows, rowLabels } from '../../app/lib/protocol/blind.ts';
import { chainStart, extendChain } from '../../app/lib/protocol/chain.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { ProtocolError } from '../../app/lib/protocol/errors.ts';
import { hopList } from '../../app/lib/protocol/hop.ts';
import { assertLabels, MAX_LABEL, packLabels } from '../../app/lib/protocol/labels.ts';
import { decodeList, encodeList, listDigest, makeList, type List } from '../../app/lib/protocol/list.ts';
import { listedDigest, listedRows, listedValues } from '../../app/lib/protocol/listed.ts';
import { mergedDigest, mergeLists } from '../../app/lib/protocol/match.ts';
import { Output, type Plan } from '../../app/lib/protocol/plan.ts';
import {
  decodeReturned,
  encodeReturned,
  returnedDigest,
  returnedLists,
  returnList,
  type ReturnedList,
} from '../../app/lib/protocol/returned.ts';
import { packValues, ValueOrder } from '../../app/lib/protocol/rules.ts';
import { chainOf, labelledChainOf } from '../support/chain.ts';

const context = 0x1234_5678_9abcn;
const labelsOf = (count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: MAX_LABEL }), { minLength: count, maxLength: count });
const scalars = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(3 + i));
/** A list of so many points with labels: those of ascending multiples of G. */
const listOf = (labels: readonly number[], multiples = scalars(labels.length)): List =>
  makeList(1, 0, pointsToBytes(multiples.map(mulGenerator)), { labels: Uint8Array.from(labels) });
const xsOf = ({ points }: Pick<List, 'points'>): bigint[] => bytesToPoints(points).map(({ x }) => x);

beforeAll(initField);

describe('packed labels', () => {
  test('are the hexadecimal digits of a number, a block each of its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: MAX_LABEL }), { maxLength: 100 }),
        fc.nat({ max: 3 }),
        (labels, block) => {
          const digits = labels.slice(32 * block, 32 * block + 32).map((label) => label.toString(16));
          expect(packLabels(Uint8Array.from(labels), block)).toBe(BigInt(`0x0${digits.reverse().join('')}`));
        },
      ),
    );
  });

  test('stand behind their block in a chain, wherever it is cut', () => {
    const count = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(
        count.chain((n) => labelsOf(n)),
        (labels) => {
          const values = labels.map((_, i) => BigInt(i * i + 1));
          const bytes = Uint8Array.from(labels);
          const whole = labelledChainOf(5, values, labels.map(BigInt));
          expect(extendChain(chainStart(5), values, bytes)).toBe(whole);
          const cut = extendChain(chainStart(5), values.slice(0, 32), bytes.subarray(0, 32));
          expect(extendChain(cut, values.slice(32), bytes.subarray(32))).toBe(whole);
          if (labels.every((label) => label === 0)) expect(whole).toBe(chainOf(5, values));
        },
      ),
      { numRuns: 30 },
    );
  });

  test('tell each label and its place', () => {
    const values = scalars(64);
    const chains = values.map((_, i) =>
      extendChain(
        chainStart(5),
        values,
        Uint8Array.from(values, (_value, j) => (i === j ? 1 : 0)),
      ),
    );
    expect(new Set([...chains, extendChain(chainStart(5), values)]).size).toBe(65);
  });

  test('are one for each element, of four bits', () => {
    const labels = Uint8Array.of(0, 15, 7);
    expect(assertLabels(labels, 3, 'labels')).toBe(labels);
    expect(() => assertLabels(labels, 4, 'labels')).toThrow(/4 elements have as many, not 3/);
    expect(() => assertLabels(Uint8Array.of(0, 16), 2, 'labels')).toThrow(/element 1 is above 15/);
  });
});

describe('lists with labels', () => {
  const expectedOf = (list: List) => ({
    context,
    list: list.list,
    hop: list.hop,
    digest: listDigest(context, list),
    labelled: true,
    minRows: 1,
    maxRows: 40,
  });

  test('are sorted with them, and hashed with them', () => {
    fc.assert(
      fc.property(labelsOf(9), (labels) => {
        const list = listOf(labels);
        const labelOf = new Map(scalars(9).map((scalar, i) => [mulGenerator(scalar).x, labels[i]]));
        expect([...list.labels!]).toEqual(xsOf(list).map((x) => labelOf.get(x)));
        const chain = labelledChainOf(5, xsOf(list), [...list.labels!].map(BigInt));
        expect(listDigest(context, list)).toBe(hash(6, [context, 1n, 0n, 9n, chain]));
      }),
      { numRuns: 20 },
    );
    expect(listDigest(context, listOf([0, 0]))).toBe(listDigest(context, makeList(1, 0, listOf([0, 0]).points)));
  });

  test('pass a hop with them', async () => {
    const list = listOf([1, 2, 3, 4, 5]);
    const after = await hopList({ list, slot: 2, members: [1, 2], blinding: 77n });
    const labelOf = new Map(bytesToPoints(list.points).map((point, i) => [mul(point, 77n).x, list.labels![i]]));
    expect([...after.labels!]).toEqual(xsOf(after).map((x) => labelOf.get(x)));
    const plain = await hopList({ list: makeList(1, 0, list.points), slot: 2, members: [1, 2], blinding: 77n });
    expect(plain.labels).toBeUndefined();
  });

  test('survive their encoding, also where all labels are 0', () => {
    fc.assert(
      fc.property(fc.oneof(labelsOf(7), fc.constant([0, 0, 0, 0, 0, 0, 0])), (labels) => {
        const list = listOf(labels);
        const blob = encodeList(list);
        expect(blob).toHaveLength(16 + 7 * 65);
        expect(blob[11]).toBe(2);
        expect([...blob.subarray(16 + 7 * 64)]).toEqual([...list.labels!]);
        const decoded = decodeList(blob, expectedOf(list));
        expect(decoded).toEqual(list);
        expect(decoded.labels).toHaveLength(7);
      }),
      { numRuns: 20 },
    );
  });

  test('are refused with any byte changed, cut short or gone on', () => {
    const list = listOf([1, 2, 3, 0, 15]);
    const blob = encodeList(list);
    const expected = expectedOf(list);
    fc.assert(
      fc.property(fc.nat({ max: blob.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        expect(() => decodeList(blob.with(at, blob[at] ^ change), expected)).toThrow();
      }),
    );
    fc.assert(
      fc.property(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 255 }), (label, change) => {
        const at = blob.length - 5 + (label % 5);
        expect(() => decodeList(blob.with(at, blob[at] ^ change), expected)).toThrow(ProtocolError);
      }),
    );
    for (const size of [0, 9, 16, blob.length - 5, blob.length - 1])
      expect(() => decodeList(blob.subarray(0, size), expected)).toThrow(ProtocolError);
    expect(() => decodeList(new Uint8Array([...blob, 0]), expected)).toThrow(
      /exactly a header and 5 points with labels/,
    );
  });

  test('are none in rooms without labels, nor the other way round', () => {
    const list = listOf([0, 0, 0]);
    const plain = makeList(1, 0, list.points);
    const { labelled: _, ...unlabelled } = expectedOf(list);
    expect(() => decodeList(encodeList(list), unlabelled)).toThrow(/header's last byte/);
    expect(() => decodeList(encodeList(plain), expectedOf(list))).toThrow(/header's last byte/);
    expect(decodeList(encodeList(plain), unlabelled)).toEqual(plain);
  });

  test('are refused with labels above four bits, too few, or signs', () => {
    const { points } = listOf([0, 0]);
    const made = (labels: number[], signed?: boolean) => () =>
      makeList(1, 0, points, { labels: Uint8Array.from(labels), signed });
    expect(made([0, 16])).toThrow(/above 15/);
    expect(made([0])).toThrow(/2 elements have as many, not 1/);
    expect(made([0, 1], true)).toThrow(/a signed list has no labels/);
    expect(() => encodeList({ list: 1, hop: 0, points, labels: Uint8Array.of(0, 99) })).toThrow(/above 15/);
  });
});

describe('the naming slot’s labels', () => {
  const PLAN: Plan = {
    rules: [{ min: -9n, max: 9n, order: ValueOrder.any }],
    grouping: 0,
    borders: [-9n, 0n, 5n, 10n],
    outputs: [Output.none],
    quantiles: [],
    confidence: 0,
  };
  const dataset = makeDataset([1n, 2n, 3n, 4n], [[-9n], [9n], [0n], [4n]]);

  test('are 1 + the group of each row, in the order of the list', async () => {
    expect([...rowLabels(dataset, PLAN)]).toEqual([1, 3, 2, 2]);
    const { list, rows } = await blindRows({ context, slot: 1, dataset, blinding: 77n, plan: PLAN });
    expect([...rows].sort()).toEqual([0, 1, 2, 3]);
    expect([...list.labels!]).toEqual([...rows].map((row) => [1, 3, 2, 2][row]));
    expect(listedRows(dataset, rows)).toEqual([...rows].map((row) => dataset.values![row]));
    expect(listedValues(dataset, rows)).toEqual([...rows].map((row) => packValues(dataset.values![row])));
  });

  test('are 0 of other slots in a room with labels, and none in others', async () => {
    const own = { context, slot: 1, dataset, blinding: 77n };
    expect([...(await blindDataset({ ...own, labelled: true })).labels!]).toEqual([0, 0, 0, 0]);
    expect((await blindDataset(own)).labels).toBeUndefined();
  });

  test('are refused of rows in no group, and of more than eight groups', () => {
    expect(() => rowLabels(dataset, { ...PLAN, borders: [-9n, 9n] })).toThrow(/none of the plan's groups/);
    const nine = { ...PLAN, borders: [-9n, ...Array.from({ length: 9 }, (_, i) => BigInt(i))] };
    expect(() => rowLabels(dataset, nine)).toThrow(/at most 8, not 9/);
  });

  test('and values in the list’s order have a commitment that hides behind its blinding', () => {
    const digest = (packed: readonly bigint[], blinding = 9n) => listedDigest({ context, slot: 1, blinding, packed });
    expect(digest([5n, 6n])).toBe(hash(39, [context, 1n, 9n, 2n, chainOf(40, [5n, 6n])]));
    expect(new Set([digest([5n, 6n]), digest([6n, 5n]), digest([5n, 6n, 0n]), digest([5n, 6n], 8n)]).size).toBe(4);
  });
});

describe('returned lists', () => {
  const MEMBERS = [0, 1, 3];
  /** Final lists of numbers with labels, as though each number were an element. */
  const finalLists = (tables: readonly (readonly [number, number])[][]): List[] =>
    tables.map((table, i) =>
      makeList(MEMBERS[i], 2, pointsToBytes(table.map(([number]) => mulGenerator(BigInt(number)))), {
        labels: Uint8Array.from(table, ([, label]) => label),
      }),
    );
  const rows = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 5 })), {
    minLength: 1,
    selector: ([number]) => number,
  });

  test('flag what all lists hold with the sum of its labels, and nothing else', () => {
    fc.assert(
      fc.property(fc.tuple(rows, rows, rows), (tables) => {
        const lists = finalLists(tables);
        const returned = returnedLists(lists, MEMBERS);
        tables.forEach((table, i) => {
          const flagOf = new Map(
            table.map(([number]) => {
              const labels = tables.flatMap((other) => other.filter(([n]) => n === number).map(([, label]) => label));
              const sum = labels.reduce((total, label) => total + label, 0);
              return [mulGenerator(BigInt(number)).x, labels.length === 3 ? sum : 0];
            }),
          );
          expect(returned[i].points).toBe(lists[i].points);
          expect([...returned[i].flags]).toEqual(xsOf(lists[i]).map((x) => flagOf.get(x)));
        });
      }),
      { numRuns: 40 },
    );
  });

  test('have no flag above four bits', () => {
    expect(() => returnedLists(finalLists([[[1, 6]], [[1, 5]], [[1, 5]]]), MEMBERS)).toThrow(/add up to 16, above 15/);
    expect(() => returnedLists(finalLists([[[1, 1]], [[1, 0]]]), MEMBERS)).toThrow(/3 members need as many lists/);
  });

  test('are merged with labels, equal values in the members’ order', () => {
    const { merged, labels } = mergeLists(finalLists([[[1, 3], [2, 0]], [[2, 4]], [[1, 1], [2, 5]]]), MEMBERS); // prettier-ignore
    const at = (number: number) =>
      Buffer.from(pointsToBytes([mulGenerator(BigInt(number))]).slice(0, 32)).toString('hex');
    const found = [...labels].map((label, i) => [
      Buffer.from(merged.subarray(32 * i, 32 * i + 32)).toString('hex'),
      label,
    ]);
    const [one, two] = [[3, 1].map((label) => [at(1), label]), [0, 4, 5].map((label) => [at(2), label])];
    expect(found).toEqual(at(1) < at(2) ? [...one, ...two] : [...two, ...one]);
    const xs = found.map(([hex]) => BigInt(`0x${hex}`));
    const chain = labelledChainOf(16, xs, [...labels].map(BigInt));
    expect(mergedDigest(context, merged, labels)).toBe(hash(6, [context, 255n, 255n, 5n, chain]));
    expect(mergedDigest(context, merged)).not.toBe(mergedDigest(context, merged, labels));
  });

  test('go back to the elements that the maker of a hop made others from', async () => {
    const flags = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 6, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(flags, async (given) => {
        const list = listOf([0, 0, 0, 0, 0, 0]);
        const after = await hopList({ list, slot: 2, members: [1, 2, 4], blinding: 77n });
        const { labels: _, ...unflagged } = after;
        const returned: ReturnedList = { ...unflagged, flags: Uint8Array.from(given) };
        const before = await returnList({ list, returned, blinding: 77n });
        const flagOf = new Map(xsOf(after).map((x, i) => [x, given[i]]));
        expect([...before.flags]).toEqual(bytesToPoints(list.points).map((point) => flagOf.get(mul(point, 77n).x)));
        expect(before).toEqual({ list: 1, hop: 0, points: list.points, flags: before.flags });
        await expect(returnList({ list, returned, blinding: 78n })).rejects.toThrow(/not made with this blinding key/);
      }),
      { numRuns: 5 },
    );
  });

  test('have the digest of lists with flags for labels, under the number 8 + the list’s', () => {
    const list = listOf([1, 2, 3]);
    const returned = { list: 1, hop: 2, points: list.points, flags: Uint8Array.of(5, 0, 7) };
    const chain = labelledChainOf(5, xsOf(list), [5n, 0n, 7n]);
    expect(returnedDigest(context, returned)).toBe(hash(6, [context, 9n, 2n, 3n, chain]));
  });

  describe('as blobs', () => {
    const list = (): List => ({ ...listOf([1, 1, 1, 1, 1]), hop: 2 });
    const returnedOf = (flags: readonly number[]): ReturnedList => {
      const { list: number, hop, points } = list();
      return { list: number, hop, points, flags: Uint8Array.from(flags) };
    };
    const expectedOf = (returned: ReturnedList) => ({
      context,
      list: list(),
      digest: returnedDigest(context, returned),
    });

    test('survive their encoding: a byte for each flag behind the header', () => {
      fc.assert(
        fc.property(labelsOf(5), (flags) => {
          const returned = returnedOf(flags);
          const blob = encodeReturned(returned);
          expect(Buffer.from(blob.subarray(0, 16)).toString('latin1')).toBe('ZKCRBACK\x01\x01\x02\x00\x00\x00\x00\x05');
          expect([...blob.subarray(16)]).toEqual(flags);
          const padded = new Uint8Array(blob.length + 3);
          padded.set(blob, 3);
          expect(decodeReturned(padded.subarray(3), expectedOf(returned))).toEqual(returned);
        }),
        { numRuns: 20 },
      );
    });

    test('are refused with any byte changed', () => {
      const returned = returnedOf([0, 3, 0, 8, 15]);
      const blob = encodeReturned(returned);
      fc.assert(
        fc.property(fc.nat({ max: blob.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
          expect(() => decodeReturned(blob.with(at, blob[at] ^ change), expectedOf(returned))).toThrow(ProtocolError);
        }),
      );
    });

    test('are refused at any other size, for another list, hop, room or digest', () => {
      const returned = returnedOf([0, 3, 0, 8, 15]);
      const blob = encodeReturned(returned);
      const expected = expectedOf(returned);
      for (let size = 0; size < blob.length; size++)
        expect(() => decodeReturned(blob.subarray(0, size), expected)).toThrow(/exactly a header and 5 flags/);
      expect(() => decodeReturned(new Uint8Array([...blob, 0]), expected)).toThrow(/exactly a header and 5 flags/);
      const other = { ...list(), list: 2 };
      expect(() => decodeReturned(blob, { ...expected, list: other })).toThrow(/the blob holds list 1, hop 2/);
      expect(() => decodeReturned(blob, { ...expected, list: { ...list(), hop: 1 } })).toThrow(/holds list 1, hop 2/);
      expect(() => decodeReturned(blob.with(8, 2), expected)).toThrow(/version 2.*update the client/);
      expect(() => decodeReturned(blob.with(15, 4), expected)).toThrow(/says that it has 4 flags, the list has 5/);
      expect(() => decodeReturned(blob.with(16, 16), expected)).toThrow(/element 0 is above 15/);
      expect(() => decodeReturned(blob, { ...expected, context: 5n })).toThrow(/another room's/);
      expect(() => decodeReturned(blob, { ...expected, digest: 5n })).toThrow(/the chain has/);
      expect(() => encodeReturned({ ...returned, flags: Uint8Array.of(1) })).toThrow(/5 elements have as many, not 1/);
    });
  });
});
