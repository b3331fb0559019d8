/**
 * What members of a room that aggregates, and whoever sees the chain, can compute from all that is posted.
 *
 * Proven by exhibiting it: to any members that stand together, any two tables of the others with the same released totals and the
 * same full groups look the same, since for each choice of masks that explains what was posted by the one there is one that
 * explains it by the other, and the members' own masks have no part in it. So masks that nobody can foresee hide all but the totals.
 *
 * Not proven here: that nobody can foresee them, which is the assumption on Diffie–Hellman keys and on Poseidon2; and that members
 * post what they should, which are the proofs' part.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { maskedProof, tallyChunks } from '../../app/lib/proof/aggregate.ts';
import { datasetChunks } from '../../app/lib/proof/statements.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { datasetCommitment } from '../../app/lib/protocol/dataset.ts';
import { addMasked, deriveFigures, figureFields, figuresDigest } from '../../app/lib/protocol/figures.ts';
import { hasGroup, openedCells } from '../../app/lib/protocol/groups.ts';
import { deriveKeys, newRoomSeed } from '../../app/lib/protocol/keys.ts';
import { CELLS_PER_GROUP, Output, planDigest, type Plan } from '../../app/lib/protocol/plan.ts';
import { tallyCommitment } from '../../app/lib/protocol/tally.ts';
import { SEED, randomFrom, shuffled } from '../support/choice.ts';
import type { Row } from '../support/plain.ts';
import {
  allMasks,
  datasetOf,
  givenCells,
  keysOf,
  pairMasks,
  pairName,
  pairsOf,
  playTallies,
  talliesOf,
  withMasks,
  type TallyRoom,
} from '../support/played-tallies.ts';

const random = randomFrom(SEED);

beforeAll(async () => {
  console.log(`random tables from SEED=${SEED}`);
  await initField();
});

/** Five groups by the first column; of the second sum and squares are opened, of the third the sum, of the fourth nothing. */
const PLAN: Plan = {
  rules: [
    { min: 0n, max: 4n, order: 0 },
    { min: -5n, max: 1000n, order: 0 },
    { min: 0n, max: 50n, order: 0 },
    { min: 0n, max: 9n, order: 0 },
  ],
  grouping: 0,
  borders: [0n, 1n, 2n, 3n, 4n, 5n],
  outputs: [Output.none, Output.squares, Output.sum, Output.none],
  quantiles: [5000],
  confidence: 1_959_964,
};
const K = 3;

/** A room of random slots with fresh secrets. */
function roomOf(members: number): TallyRoom {
  const slots = shuffled([0, 1, 2, 3, 4], random).slice(0, members);
  return {
    context: randomField(),
    transcript: randomField(),
    plan: PLAN,
    k: K,
    contributors: 2,
    members: slots.sort((a, b) => a - b),
    seeds: slots.map(newRoomSeed),
  };
}

function randomRow(group: number): Row {
  return [BigInt(group), BigInt(random(1006)) - 5n, BigInt(random(51)), BigInt(random(10))];
}

/** Rows of these groups: `sizes[g]` of group g. */
function randomTable(sizes: readonly number[]): Row[] {
  return sizes.flatMap((size, group) => Array.from({ length: size }, () => randomRow(group)));
}

/** Tables: groups 0 and 1 are full for all, 2 for the first two, 3 for the first alone, 4 for nobody. The last two may be closed. */
function randomTables(members: number): Row[][] {
  const enough = () => K + random(4);
  const few = () => random(K);
  return Array.from({ length: members }, (_, i) =>
    randomTable([enough(), enough(), i < 2 ? enough() : few(), i < 1 ? enough() : few(), few()]),
  );
}

const inGroup = (table: readonly Row[], group: number): Row[] => table.filter(([of]) => of === BigInt(group));

/**
 * Other tables of the same totals: what those of `whose` give to an open group is dealt out among them anew, and all that they do not
 * give is made up anew.
 */
function othersOf(
  tables: readonly Row[][],
  whose: readonly number[],
  { full, open }: { full: readonly number[]; open: number },
): Row[][] {
  // prettier-ignore
  const others = tables.map((table, i) => (whose.includes(i) ? [] : [...table]));
  for (let group = 0; group < 5; group++) {
    const givers = whose.filter((i) => hasGroup(open, group) && hasGroup(full[i], group));
    const pool = shuffled(
      givers.flatMap((i) => inGroup(tables[i], group)),
      random,
    );
    // Each giver stays full, and any of them may get the rest.
    givers.forEach((i) => others[i].push(...pool.splice(0, K)));
    for (const row of pool) others[givers[random(givers.length)]].push([...row.slice(0, 3), BigInt(random(10))]);
    for (const i of whose.filter((each) => !givers.includes(each))) {
      const size = hasGroup(full[i], group) ? K + random(9) : random(K);
      others[i].push(...Array.from({ length: size }, () => randomRow(group)));
    }
  }
  return others;
}

/** Sums of tallies, cell by cell. */
function sumsOf(tallies: readonly (readonly bigint[])[]): bigint[] {
  return tallies[0].map((_, i) => tallies.reduce((total, tally) => total + tally[i], 0n));
}

/** All sets of places that leave at least so many of the members out: members that may stand together. */
function coalitions(members: number, others: number): number[][] {
  return Array.from({ length: 1 << members }, (_, set) =>
    Array.from({ length: members }, (_, i) => i).filter((i) => (set >> i) & 1),
  ).filter((places) => places.length <= members - others);
}

describe('masks', () => {
  test('are all that masked tallies hold besides what is given, and none serves two cells, pairs, courses or rooms', () => {
    for (const members of [2, 3, 4, 5]) {
      const room = roomOf(members);
      const tables = randomTables(members);
      const played = playTallies(room, tables);
      const given = room.members.map((_, i) => givenCells(room, played, i));
      expect(withMasks(given, allMasks(room, played.open))).toEqual(played.masked);
      // The same secrets and rows in another course of the room, and in another room.
      const rooms = [room, { ...room, transcript: randomField() }, { ...room, context: randomField() }];
      const masks = rooms.flatMap((each) => pairsOf(members).flatMap((pair) => pairMasks(each, pair)));
      expect(masks).toHaveLength(3 * 288 * pairsOf(members).length);
      // Nor is one the negative of another, which a pair's second member puts on.
      expect(new Set(masks.flatMap((mask) => [mask, P - mask])).size).toBe(2 * masks.length);
    }
  });
});

describe('what is posted is explained by any rows with the same totals and the same full groups', () => {
  test.each([2, 3, 4, 5])(
    'to any of %i members that leave at least two out, by other masks among those that are left out',
    (members) => {
      const room = roomOf(members);
      const tables = randomTables(members);
      const played = playTallies(room, tables);
      expect(played.open).toBe(0b00111);
      const masks = allMasks(room, played.open);
      const totals = addMasked(played.masked);
      for (const together of coalitions(members, 2)) {
        const rest = room.members.map((_, i) => i).filter((i) => !together.includes(i));
        const others = othersOf(tables, rest, played);
        const replayed = talliesOf(room, others);
        // They are other rows, of which all that is public is the same.
        expect(replayed.cells).not.toEqual(played.cells);
        expect([replayed.full, replayed.open]).toEqual([played.full, played.open]);
        expect(sumsOf(room.members.map((_, i) => givenCells(room, replayed, i)))).toEqual(totals);
        // What the first of the rest has less in the one course than in the other its masks with the others make up for.
        const [first, ...further] = rest;
        const explaining = new Map(masks);
        for (const other of further) {
          const [before, after] = [givenCells(room, played, other), givenCells(room, replayed, other)];
          const name = pairName([first, other]);
          explaining.set(
            name,
            masks.get(name)!.map((mask, i) => mask + after[i] - before[i]),
          );
        }
        const explained = withMasks(
          room.members.map((_, i) => givenCells(room, replayed, i)),
          explaining,
        );
        expect(explained).toEqual(played.masked);
        // Those who stand together know their own masks, which are the same.
        for (const pair of pairsOf(members))
          if (pair.some((i) => together.includes(i)))
            expect(explaining.get(pairName(pair))).toBe(masks.get(pairName(pair)));
      }
    },
  );

  test('and by no rows with another total, which shows just where it differs', () => {
    const room = roomOf(3);
    const tables = randomTables(3);
    const played = playTallies(room, tables);
    const [first, ...further] = tables[1];
    const more: Row = first.with(1, first[1] === 1000n ? 999n : first[1] + 1n);
    const replayed = playTallies(room, tables.with(1, [more, ...further]));
    // Whatever masks cancel out, the sum of what was posted does not change: and it would have to in these cells alone.
    const [is, would] = [addMasked(played.masked), addMasked(replayed.masked)];
    const group = Number(first[0]);
    const differing = is.flatMap((total, i) => (total === would[i] ? [] : [i]));
    expect(differing.filter((i) => i === CELLS_PER_GROUP * group + 3)).toHaveLength(1);
    expect(differing.every((i) => [3, 4].includes(i - CELLS_PER_GROUP * group))).toBe(true);
  });

  test('all figures are functions of totals and public groups, so they are the same too', () => {
    const room = roomOf(4);
    const tables = randomTables(4);
    const figuresOf = (given: Row[][]) => {
      const { masked, full, open } = playTallies(room, given);
      return figureFields(deriveFigures(addMasked(masked), { plan: PLAN, k: K, full, open }));
    };
    const { full, open } = playTallies(room, tables);
    expect(figuresOf(othersOf(tables, [0, 1, 2, 3], { full, open }))).toEqual(figuresOf(tables));
  });
});

describe('all members but one together', () => {
  test('learn the sums of the last one in open groups that are full for it, and those alone', () => {
    for (const members of [2, 3, 5]) {
      const room = roomOf(members);
      const played = playTallies(room, randomTables(members));
      const masks = allMasks(room, played.open);
      for (const last of room.members.keys()) {
        // Every mask of the last member is one of the others' too.
        const bare = withMasks(
          room.members.map((_, i) => (i === last ? played.masked[i] : Array<bigint>(288).fill(0n))),
          new Map([...masks].map(([name, mask]) => [name, mask.map((value) => -value)])),
        )[last];
        expect(bare).toEqual(givenCells(room, played, last));
        const shown = bare.flatMap((value, i) => (value === 0n ? [] : [Math.floor(i / CELLS_PER_GROUP)]));
        expect(shown.every((group) => hasGroup(played.open & played.full[last], group))).toBe(true);
      }
    }
  });

  test('cannot tell rows of the same sums apart: the last one posts the same, byte for byte', () => {
    const room = roomOf(3);
    const tables = randomTables(3);
    const rest = tables[2].filter(([group]) => group !== 0n);
    // 1 + 5 + 6 = 2 + 3 + 7, and so are the sums of their squares.
    const rows = (amounts: readonly bigint[], others: readonly bigint[]): Row[] =>
      amounts.map((amount, i) => [0n, amount - 5n, others[i], BigInt(random(10))]);
    const one = playTallies(room, tables.with(2, [...rest, ...rows([1n, 5n, 6n], [9n, 0n, 0n])]));
    const other = playTallies(room, tables.with(2, [...rows([7n, 2n, 3n], [2n, 3n, 4n]), ...rest]));
    expect(other.masked[2]).toEqual(one.masked[2]);
    expect(one.masked[2][0]).not.toBe(0n);
  });
});

describe('groups below k', () => {
  test('leave no trace: what a member posts is the same whatever rows it has in them, or in groups that stay closed', () => {
    const room = roomOf(3);
    const tables = randomTables(3);
    const played = playTallies(room, tables);
    expect(played.open).toBe(0b00111);
    for (const member of [0, 1, 2]) {
      const closed = [0, 1, 2, 3, 4].filter((group) => !hasGroup(played.open & played.full[member], group));
      for (let run = 0; run < 5; run++) {
        const kept = tables[member].filter(([group]) => !closed.includes(Number(group)));
        const made = closed.flatMap((group) => {
          const size = hasGroup(played.full[member], group) ? K + random(9) : random(K);
          return Array.from({ length: size }, () => randomRow(group));
        });
        const replayed = playTallies(room, tables.with(member, [...kept, ...made]));
        expect(replayed.masked[member]).toEqual(played.masked[member]);
      }
    }
  });

  test('are zeros where they are closed, and masks alone where others opened them', () => {
    const room = roomOf(3);
    const { masked, open } = playTallies(room, randomTables(3));
    const masks = allMasks(room, open);
    const opened = openedCells(PLAN, open);
    for (const tally of masked) tally.forEach((value, i) => expect([i, value === 0n]).toEqual([i, !opened[i]]));
    // Group 2 is full for the first two: the last one's cells of it are what its two pairs have for masks.
    for (let i = 18; i < 27; i++) {
      const [with0, with1] = [masks.get('0 and 2')![i], masks.get('1 and 2')![i]];
      expect(masked[2][i]).toBe((2n * P - with0 - with1) % P);
    }
  });
});

describe('what stands on chain', () => {
  test('is the same for any rows with the same full groups and number of chunks, but for commitments that no guess opens', () => {
    const room = roomOf(3);
    const { context, transcript, members } = room;
    const tables = randomTables(3);
    const others = othersOf(tables, [0], { ...playTallies(room, tables), open: 0 });
    const [one, other] = [tables, others].map((given) => talliesOf(room, given));
    const keys = keysOf(room).map(({ decryptionPublic }) => decryptionPublic);
    const [slot, seed] = [members[0], room.seeds[0]];
    const rules = { rules: PLAN.rules, minRows: 1, maxRows: 1000 };
    const jobsOf = (rows: readonly Row[], { cells, full, open }: typeof one) => {
      const own = { context, slot, seed, dataset: datasetOf(rows), plan: PLAN, k: K };
      const shared = { context, transcript, members, keys, plan: PLAN, open };
      return [
        ...datasetChunks({ ...own, ...rules }, { size: 512 }),
        ...tallyChunks(own, { size: 256 }),
        maskedProof({ ...shared, slot, seed, cells: cells[0], full: full[0] }),
      ];
    };
    const [posted, reposted] = [jobsOf(tables[0], one), jobsOf(others[0], other)];
    expect(reposted.map(({ circuit }) => circuit)).toEqual(posted.map(({ circuit }) => circuit));
    const differing = posted.map(({ circuit, publicInputs }, job) => [
      circuit,
      publicInputs.flatMap((input, i) => (input === reposted[job].publicInputs[i] ? [] : [i])),
    ]);
    expect(differing).toEqual([
      // Commitment to the rows, state after the chunk.
      ['dataset_512', [2, 9]],
      // Commitments to rows and cells, state after the chunk.
      ['tally_256', [2, 5, 10]],
      // Commitment to the cells, digest of the masked ones.
      ['masked', [19, 22]],
    ]);
    // Somebody who is sure that the rows are one of two tables, and tries all that it knows for what blinds a commitment.
    const { salt, tallyBlinding } = deriveKeys(seed);
    const strangers = room.seeds.slice(1).map(deriveKeys);
    const known = [
      ...[0n, 1n, context, transcript, planDigest(PLAN), BigInt(slot)],
      ...strangers.flatMap((own) => [
        own.salt,
        own.tallyBlinding,
        own.listedBlinding,
        own.decryption % P,
        own.blinding,
      ]),
      ...posted.flatMap(({ publicInputs }) => publicInputs),
    ];
    const opens = (blindings: readonly bigint[], salts: readonly bigint[]) =>
      [tables[0], others[0]].map((rows, i) => {
        const { cells } = [one, other][i];
        const dataset = datasetOf(rows);
        return [
          blindings.some((blinding) => tallyCommitment({ context, slot, cells: cells[0], blinding }) === posted[1].publicInputs[5]), // prettier-ignore
          salts.some((each) => datasetCommitment({ context, slot, dataset, salt: each }) === posted[0].publicInputs[2]),
        ];
      });
    expect(opens(known, known)).toEqual([[false, false], [false, false]]); // prettier-ignore
    // Its owner can.
    expect(opens([tallyBlinding], [salt])).toEqual([[true, true], [false, false]]); // prettier-ignore
  });

  test('lets anybody confirm a guess of all figures: their digest is for those who have them, and hides nothing', () => {
    const room = roomOf(2);
    const amounts = (values: readonly bigint[]): Row[] => values.map((value) => [0n, value, 0n, 0n]);
    const tables = [amounts([1n, 2n, 3n]), amounts([4n, 5n, 6n])];
    const plan = { ...PLAN, outputs: [Output.none, Output.sum, Output.none, Output.none] };
    const { masked, full, open } = playTallies({ ...room, plan }, tables);
    const digestOf = (totals: readonly bigint[]) =>
      figuresDigest(room.context, figureFields(deriveFigures(totals, { plan, k: K, full, open })));
    const digest = digestOf(addMasked(masked));
    // Six rows are on chain as well; their sum, in steps above −5, is below 100 for whoever happens to know that.
    const guesses = Array.from({ length: 100 }, (_, sum) => [6n, 0n, 0n, BigInt(sum), ...Array<bigint>(284).fill(0n)]);
    const right = guesses.filter((totals) => digestOf(totals) === digest);
    expect(right.map(([, , , sum]) => sum)).toEqual([21n + 30n]);
  });
});
