/**
 * What a slot can compute from all that it receives of lists. Everything that a slot knows is the lists of all slots at every hop, its
 * own rows and its own key: so whatever it can tell of another's rows it tells from points that are equal, or are one another's
 * multiple by its key. These tests take every such relation there is, and hold them to what a plain computation over
 * numbers that docs/limits.md names (sizes of lists and of their intersections) says that there must be.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { invert } from '@noble/curves/abstract/modular.js';
import { mulBatch } from '../../app/lib/curve/batch.ts';
import { pointsToBytes } from '../../app/lib/curve/grumpkin.ts';
import { mapToCurve } from '../../app/lib/curve/map.ts';
import { SCALAR_MODULUS } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { hopList, hopSlot } from '../../app/lib/protocol/hop.ts';
import { identifierDigest, identifierField } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys, newRoomSeed } from '../../app/lib/protocol/keys.ts';
import type { List } from '../../app/lib/protocol/list.ts';
import type { Members } from '../../app/lib/protocol/members.ts';
import { returnList, returnedLists, type ReturnedList } from '../../app/lib/protocol/returned.ts';
import { SEED, randomFrom } from '../support/choice.ts';

const random = randomFrom(SEED);

beforeAll(async () => {
  console.log(`random tables from SEED=${SEED}`);
  await initField();
});

type Played = {
  readonly context: bigint;
  readonly members: Members;
  readonly blindings: readonly bigint[];
  readonly datasets: readonly Dataset[];
  /** List i after hop h: `lists[i][h]`. */
  readonly lists: readonly (readonly List[])[];
};

/** Random tables: any set of the slots may have an identifier in common, and every set has at least one. */
function randomTables(slots: number): string[][] {
  const tables: string[][] = Array.from({ length: slots }, () => []);
  for (let set = 1; set < 1 << slots; set++) {
    const shared = 1 + random(3);
    for (let i = 0; i < shared; i++)
      tables.forEach((table, slot) => (set >> slot) & 1 && table.push(`person ${i} of set ${set}`));
  }
  return tables;
}

/** Plays a room of these tables up to its last hop, with fresh keys. */
async function play(tables: readonly (readonly string[])[]): Promise<Played> {
  const context = randomField();
  const members = tables.map((_, slot) => slot);
  const blindings = members.map(() => deriveKeys(newRoomSeed()).blinding);
  const datasets = tables.map((table) => makeDataset(table.map((name) => identifierDigest('email', name))));
  const lists: List[][] = [];
  for (const slot of members) {
    const hops = [await blindDataset({ context, slot, dataset: datasets[slot], blinding: blindings[slot] })];
    for (let hop = 1; hop < members.length; hop++) {
      const maker = hopSlot(slot, hop, members);
      hops.push(await hopList({ list: hops[hop - 1], slot: maker, members, blinding: blindings[maker] }));
    }
    lists.push(hops);
  }
  return { context, members, blindings, datasets, lists };
}

/** The x of points, as text. */
function xs(points: Uint8Array): Set<string> {
  const found = new Set<string>();
  for (let at = 0; at < points.length; at += 64) found.add(Buffer.from(points.subarray(at, at + 32)).toString('hex'));
  return found;
}

/** The points that a slot's own rows are mapped to. */
function mapped({ context, datasets }: Played, slot: number): Uint8Array {
  return pointsToBytes(mapToCurve(datasets[slot].digests.map((digest) => identifierField(context, digest))));
}

const common = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => [...a].filter((x) => b.has(x)).length;

/** Points that a slot sees: those of a list after a hop, or, without a list, of its own rows. */
type Seen = { readonly list?: number; readonly hop: number; readonly points: Uint8Array };

function seenBy(played: Played, slot: number): Seen[] {
  return [
    { hop: -1, points: mapped(played, slot) },
    ...played.lists.flatMap((hops) => hops.map(({ list, hop, points }) => ({ list, hop, points }))),
  ];
}

const nameOf = ({ list, hop }: Seen): string => (list === undefined ? 'own rows' : `list ${list} after hop ${hop}`);

/** The slots whose keys are on points. */
function keysOn({ list, hop }: Seen, slots: number): number {
  let keys = 0;
  if (list !== undefined) for (let i = 0; i <= hop; i++) keys |= 1 << ((list + i) % slots);
  return keys;
}

/** Every relation that a slot can find: pairs of what it sees, the first also times its key, and how many points they share. */
async function relationsFound(played: Played, slot: number): Promise<Map<string, number>> {
  const seen = seenBy(played, slot);
  const key = played.blindings[slot];
  const found = new Map<string, number>();
  for (const [power, scalar] of [
    ['', 1n],
    ['k·', key],
    ['1/k·', invert(key, SCALAR_MODULUS)],
    ['k²·', (key * key) % SCALAR_MODULUS],
  ] as const) {
    for (const from of seen) {
      const multiples = xs(scalar === 1n ? from.points : await mulBatch(from.points, scalar));
      for (const to of seen) {
        if (scalar === 1n && from === to) continue;
        const count = common(multiples, xs(to.points));
        if (count > 0) found.set(`${power}(${nameOf(from)}) = ${nameOf(to)}`, count);
      }
    }
  }
  return found;
}

/** The relations that there must be, from tables in plain sight: points are the same where rows and keys on them are. */
function relationsDue(tables: readonly (readonly string[])[], slot: number): Map<string, number> {
  const slots = tables.length;
  const none = new Uint8Array();
  const seen: Seen[] = [{ hop: -1, points: none }];
  for (let list = 0; list < slots; list++) for (let hop = 0; hop < slots; hop++) seen.push({ list, hop, points: none });
  const due = new Map<string, number>();
  for (const power of ['', 'k·', '1/k·']) {
    for (const from of seen) {
      const keys = keysOn(from, slots);
      const own = 1 << slot;
      if (power !== '' && Boolean(keys & own) !== (power === '1/k·')) continue;
      for (const to of seen) {
        if (power === '' && from === to) continue;
        if ((power === '' ? keys : keys ^ own) !== keysOn(to, slots)) continue;
        const others = new Set(tables[to.list ?? slot]);
        const count = tables[from.list ?? slot].filter((name) => others.has(name)).length;
        if (count > 0) due.set(`${power}(${nameOf(from)}) = ${nameOf(to)}`, count);
      }
    }
  }
  return due;
}

const sorted = (relations: ReadonlyMap<string, number>) => [...relations].sort(([a], [b]) => (a < b ? -1 : 1));

describe('what a slot sees of lists tells sizes of intersections, and nothing else', () => {
  test.each([2, 3, 4, 5])(
    'every relation in a room of %i is one that sizes of tables account for, and none leads from own rows to those of others',
    async (slots) => {
      const tables = randomTables(slots);
      const played = await play(tables);
      for (let slot = 0; slot < slots; slot++) {
        const found = await relationsFound(played, slot);
        expect(sorted(found)).toEqual(sorted(relationsDue(tables, slot)));
        // Own rows lead to the own blinded list alone: no slot can tell which of its rows are in common.
        const own = `list ${slot} after hop 0`;
        const ofRows = [...found.keys()].filter((name) => name.includes('own rows'));
        expect(ofRows.sort()).toEqual([`1/k·(${own}) = own rows`, `k·(own rows) = ${own}`].sort());
      }
    },
  );

  test('tables with other people but the same sizes look the same', async () => {
    const tables = randomTables(3);
    const others = tables.map((table) => table.map((name) => `someone else than ${name}`).reverse());
    const [first, second] = [await play(tables), await play(others)];
    for (const slot of [0, 1, 2])
      expect(sorted(await relationsFound(second, slot))).toEqual(sorted(await relationsFound(first, slot)));
  });

  test('a point of another slot that was not multiplied by a secret would be found', async () => {
    const tables = randomTables(3);
    const played = await play(tables);
    const { context, members, datasets, lists } = played;
    // Slot 1 forgets its key: its list stands on 1, and slot 0 recognises its own rows among it.
    const bare = await blindDataset({ context, slot: 1, dataset: datasets[1], blinding: 1n });
    const careless = { ...played, members, lists: lists.map((hops, i) => (i === 1 ? [bare, ...hops.slice(1)] : hops)) };
    const found = await relationsFound(careless, 0);
    expect(found.get('(own rows) = list 1 after hop 0')).toBe(
      tables[0].filter((name) => tables[1].includes(name)).length,
    );
    expect(sorted(found)).not.toEqual(sorted(relationsDue(tables, 0)));
  });

  test('the order of a list says nothing of the order of the rows it was made from', async () => {
    // Of two rows that are in common either may come first after the last hop, in room after room of the same tables.
    const rooms = 100;
    let firstFirst = 0;
    for (let room = 0; room < rooms; room++) {
      const played = await play([
        ['a', 'b'],
        ['a', 'b'],
      ]);
      const [, last] = played.lists[0];
      // What only both keys together can tell: where the first row went.
      const product = (played.blindings[0] * played.blindings[1]) % SCALAR_MODULUS;
      const row = pointsToBytes(mapToCurve([identifierField(played.context, played.datasets[0].digests[0])]));
      const [x] = xs(await mulBatch(row, product));
      if ([...xs(last.points)].indexOf(x) === 0) firstFirst++;
    }
    // Five standard deviations of a fair coin.
    expect(Math.abs(firstFirst - rooms / 2)).toBeLessThan(5 * Math.sqrt(rooms / 4));
  });
});

describe('rooms over the same tables cannot be linked', () => {
  test('no point of one room is a point of another, whatever keys of the same slot are put on it', async () => {
    const tables = randomTables(3);
    const [first, second] = [await play(tables), await play(tables)];
    for (const slot of [0, 1, 2]) {
      const [k, l] = [first.blindings[slot], second.blindings[slot]];
      const inverse = (scalar: bigint) => invert(scalar, SCALAR_MODULUS);
      const factors = [
        1n,
        k,
        l,
        inverse(k),
        inverse(l),
        (k * inverse(l)) % SCALAR_MODULUS,
        (l * inverse(k)) % SCALAR_MODULUS,
      ];
      const there = xs(Buffer.concat(seenBy(second, slot).map(({ points }) => points)));
      const here = Buffer.concat(seenBy(first, slot).map(({ points }) => points));
      for (const factor of factors) expect(common(xs(await mulBatch(here, factor)), there)).toBe(0);
    }
  });

  test('keys, salts and blindings of one account are others in every room', () => {
    const rooms = Array.from({ length: 3 }, () => deriveKeys(newRoomSeed()));
    const secrets = rooms.flatMap(({ decryption, blinding, salt, tallyBlinding, listedBlinding }) => [
      decryption,
      blinding,
      salt,
      tallyBlinding,
      listedBlinding,
    ]);
    expect(new Set(secrets).size).toBe(secrets.length);
  });
});

describe('what travels back in a room that joins values', () => {
  test('reaches the owner of a list on elements that none of its rows leads to', async () => {
    const tables = randomTables(3);
    const played = await play(tables);
    const { members, blindings, lists } = played;
    const last = lists.map((hops) => hops[members.length - 1]);
    for (const returned of returnedLists(last, members)) {
      const slot = returned.list;
      const shown: ReturnedList[] = [returned];
      // Down to hop 1, where it ends: nobody returns a list to hop 0.
      for (let hop = members.length - 1; hop >= 2; hop--) {
        const maker = hopSlot(slot, hop, members);
        const before = lists[slot][hop - 1];
        shown.push(await returnList({ list: before, returned: shown.at(-1)!, blinding: blindings[maker] }));
      }
      expect(shown.at(-1)!.hop).toBe(1);
      const own = mapped(played, slot);
      const key = blindings[slot];
      for (const factor of [1n, key, invert(key, SCALAR_MODULUS), (key * key) % SCALAR_MODULUS]) {
        const rows = xs(await mulBatch(own, factor));
        for (const { points } of shown) expect(common(rows, xs(points))).toBe(0);
      }
    }
  });
});
