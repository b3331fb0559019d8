/** Rooms that aggregate, from rows to figures, against a plain computation over all members' rows. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { mul, mulGenerator, type Point } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P, FieldError, writeUint256 } from '../../app/lib/field/field.ts';
import { hash, initField, permute } from '../../app/lib/field/poseidon2.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { ProtocolError } from '../../app/lib/protocol/errors.ts';
import {
  FIGURES,
  addMasked,
  decodeFigures,
  deriveFigures,
  encodeFigures,
  figureFields,
  figuresDigest,
  figuresOf,
  rowsOf,
  type Figures,
} from '../../app/lib/protocol/figures.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { decodeMasked, encodeMasked, maskTally, maskedDigest } from '../../app/lib/protocol/masked.ts';
import {
  Output,
  assertPlan,
  groupCount,
  groupOf,
  planDigest,
  planFields,
  type Plan,
} from '../../app/lib/protocol/plan.ts';
import { rulesDigest } from '../../app/lib/protocol/rules.ts';
import { fullGroups, openGroups, tallyCells, tallyCommitment } from '../../app/lib/protocol/tally.ts';
import { figuresProof, maskedProof, tallyChunks } from '../../app/lib/proof/aggregate.ts';
import { chainOf } from '../support/chain.ts';
import { SEED, SOAK, randomFrom } from '../support/choice.ts';
import {
  givenRows,
  isFloorOf,
  isRootOf,
  plainLift,
  plainStatistics,
  quantileOf,
  randomRoom,
  rowsIn,
  type PlainRoom,
  type Row,
} from '../support/plain.ts';

const context = 0x1234_5678_9abcn;
/** A room's transcript after its last tally. */
const transcript = 0xdef0n;
const seedOf = (slot: number) => new Uint8Array(32).fill(slot + 1);
const { none, sum, squares } = Output;

/** A grouping column, a column with squares and one with a sum. */
const PLAN: Plan = {
  rules: [
    { min: -10n, max: 100n, order: 0 },
    { min: 5n, max: 1005n, order: 0 },
    { min: 0n, max: 50n, order: 0 },
  ],
  grouping: 0,
  borders: [-10n, 0n, 10n, 101n],
  outputs: [none, squares, sum],
  ratio: { numerator: 2, denominator: 1 },
  quantiles: [2500, 5000],
  confidence: 1_959_964,
};
/** Counts alone, of one group. */
const BARE: Plan = { rules: [], borders: [0n, 1n], outputs: [], quantiles: [], confidence: 0 };

let keys: ReturnType<typeof deriveKeys>[];
let publicKeys: Point[];

beforeAll(async () => {
  await initField();
  keys = [0, 1, 2, 3, 4].map((slot) => deriveKeys(seedOf(slot)));
  publicKeys = keys.map(({ decryptionPublic }) => decryptionPublic);
});

function datasetOf(rows: readonly Row[]): Dataset {
  const digests = rows.map((_, i) => BigInt(i + 1));
  return rows[0].length > 0 ? makeDataset(digests, rows) : makeDataset(digests);
}

/** The whole room through the code under test: every tally masked, encoded, decoded and added up. */
function play({ plan, k, contributors, members, tables }: PlainRoom) {
  const cells = tables.map((table) => tallyCells(datasetOf(table), plan));
  const full = cells.map((tally) => fullGroups(tally, k));
  const open = openGroups(full, contributors);
  const masked = members.map((slot, i) => {
    const { decryption } = keys[slot];
    const given = { members, keys: members.map((member) => publicKeys[member]), cells: cells[i], full: full[i] };
    const mine = maskTally({ context, slot, transcript, ...given, decryption, plan, open });
    return decodeMasked(encodeMasked(slot, mine), { context, slot, digest: maskedDigest(context, slot, mine) });
  });
  return { cells, full, open, masked, totals: addMasked(masked) };
}

/** Expects that a room's figures are what its rows say in plain sight. Returns how many groups it opens. */
function expectPlain(room: PlainRoom): number {
  const { plan, k } = room;
  const { full, open, totals } = play(room);
  const given = givenRows(room);
  expect(open).toBe(given.reduce((set, rows, g) => set + (rows ? 2 ** g : 0), 0));
  if (open === 0) {
    expect(totals).toEqual(Array(288).fill(0n));
    expect(() => deriveFigures(totals, { plan, k, full, open })).toThrow(/at least one/);
    return 0;
  }
  const figures = deriveFigures(totals, { plan, k, full, open });
  const fields = figureFields(figures);
  const decoded = decodeFigures(encodeFigures(fields), { context, digest: figuresDigest(context, fields) });
  expect(figuresOf(decoded, plan)).toEqual(figures);
  for (let group = 0; group < 32; group++) expectGroup(figures, plan, group, given[group] ?? []);
  const [control, tested] = plan.lift ? given : [];
  for (let column = 0; column < 4; column++) expectLift(figures, plan, column, control, tested);
  expect(rowsOf(figures)).toBe(given.reduce((total, rows) => total + (rows?.length ?? 0), 0));
  expect(figures.quantiles).toHaveLength(plan.quantiles.length);
  plan.quantiles.forEach((q, i) => {
    const quantile = quantileOf(room, q);
    const { lower, upper } = figures.quantiles[i];
    expect(plan.borders[lower] <= quantile && quantile < plan.borders[upper + 1]).toBe(true);
    // Where no row can be missing there is nothing to be unsure of.
    if (k === 1 && given.every((rows) => rows !== undefined)) expect(lower).toBe(upper);
  });
  return given.filter((rows) => rows !== undefined).length;
}

/** Expects a group's figures: those of these rows, all 0 for none. */
function expectGroup(figures: Figures, plan: Plan, group: number, rows: readonly Row[]): void {
  const { totals, means, variances, halfWidths, ratios } = figures;
  expect(totals[9 * group]).toBe(BigInt(rows.length));
  for (let column = 0; column < 4; column++) {
    const at = 4 * group + column;
    const cells = totals.slice(9 * group + 1 + 2 * column, 9 * group + 3 + 2 * column);
    const output = plan.outputs[column] ?? none;
    if (output === none || rows.length === 0) {
      expect([...cells, means[at], variances[at], halfWidths[at]]).toEqual([0n, 0n, 0n, 0n, 0n]);
      continue;
    }
    const { min } = plan.rules[column];
    const values = rows.map((row) => row[column]);
    const { sum: total, mean, variance, squaredHalfWidth } = plainStatistics(values, plan.confidence);
    expect(cells[0] + BigInt(rows.length) * min).toBe(total);
    expect(isFloorOf(means[at] + min * 1_000_000n, mean)).toBe(true);
    const ofSquares = values.reduce((before, value) => before + (value - min) ** 2n, 0n);
    expect(cells[1]).toBe(output === squares ? ofSquares : 0n);
    if (output === squares && variance) {
      expect(isFloorOf(variances[at], variance)).toBe(true);
      expect(isRootOf(halfWidths[at], squaredHalfWidth)).toBe(true);
    } else expect([variances[at], halfWidths[at]]).toEqual([0n, 0n]);
  }
  const sumOf = (column: number) => rows.reduce((before, row) => before + row[column], 0n);
  const below = plan.ratio ? sumOf(plan.ratio.denominator) : 0n;
  if (below === 0n) expect(ratios[group]).toBe(0n);
  else expect(isFloorOf(ratios[group], [sumOf(plan.ratio!.numerator), below])).toBe(true);
}

/** Expects a column's lift from the rows of control and test, both undefined where no lift is told; test/unit/lift.test.ts knows more of it. */
function expectLift(
  { lift }: Figures,
  plan: Plan,
  column: number,
  control?: readonly Row[],
  tested?: readonly Row[],
): void {
  const { difference, relative, error, ...rest } = lift[column];
  const output = plan.outputs[column] ?? none;
  if (!control || !tested || output === none) {
    expect(Object.values({ difference, relative, error, ...rest })).toEqual(Array(6).fill(0n));
    return;
  }
  const truth = plainLift(...([control, tested].map((rows) => rows.map((row) => row[column])) as [bigint[], bigint[]]));
  expect(isFloorOf(difference, truth.difference)).toBe(true);
  expect(truth.relative ? isFloorOf(relative, truth.relative) : relative === 0n).toBe(true);
  if (output !== squares || !truth.squaredError) expect([error, ...Object.values(rest)]).toEqual([0n, 0n, 0n, 0n]);
  else {
    const [above, below] = truth.squaredError;
    expect(error ** 2n * below <= above * 10n ** 12n && above * 10n ** 12n < (error + 2n) ** 2n * below).toBe(true);
  }
}

describe('a plan', () => {
  test('has a digest over 51 fields, negative values as p − |v| and unused ones 0', () => {
    const borders = [P - 10n, 0n, 10n, ...Array<bigint>(30).fill(101n)];
    const quantiles = [2500n, 5000n, 0n, 0n, 0n, 0n, 0n, 0n];
    const fields = [rulesDigest(PLAN.rules), 1n, ...borders, 0n, 2n, 1n, 0n, 3n, 2n, ...quantiles, 1_959_964n, 0n];
    expect(planFields(PLAN)).toEqual(fields);
    expect(fields).toHaveLength(51);
    expect(planDigest(PLAN)).toBe(hash(31, fields));
    const bare = [rulesDigest([]), 0n, 0n, ...Array<bigint>(32).fill(1n), ...Array<bigint>(16).fill(0n)];
    expect(planFields(BARE)).toEqual(bare);
  });

  test('puts a value on a border into the group above it', () => {
    expect(groupCount(PLAN)).toBe(3);
    const groups = [-10n, -1n, 0n, 9n, 10n, 100n].map((value) => groupOf(PLAN, [value, 5n, 0n]));
    expect(groups).toEqual([0, 0, 1, 1, 2, 2]);
    for (const value of [-11n, 101n, 1n << 60n])
      expect(() => groupOf(PLAN, [value, 5n, 0n])).toThrow(/none of the plan's groups/);
    expect(groupOf(BARE, [])).toBe(0);
    const random = randomFrom(SEED);
    for (let i = 0; i < 200; i++) {
      const { plan, tables } = randomRoom(random);
      for (const row of tables.flat()) expect(rowsIn(plan, groupOf(plan, row), [row])).toEqual([row]);
    }
  });

  const wide = { min: 0n, max: (1n << 40n) - 1n, order: 0 } as const;
  const [grouped, valued, third] = PLAN.rules;
  const refusals: [string, Partial<Plan>, RegExp][] = [
    ['rules that cannot be kept', { rules: [grouped, { min: 2n, max: 1n, order: 0 }, third] }, /above its greatest/],
    ['more than four columns', { rules: Array(5).fill(third), outputs: Array(5).fill(0) }, /at most 4 value columns/],
    ['a grouping column that is not there', { grouping: 3 }, /no column 3/],
    ['a grouping column below 0', { grouping: -1 }, /no column -1/],
    ['half a grouping column', { grouping: 0.5 }, /no column 0.5/],
    ['other borders where nothing is grouped', { grouping: undefined }, /the borders 0 and 1/],
    ['one border', { borders: [0n] }, /1 to 32 groups, not 0/],
    ['no border', { borders: [] }, /1 to 32 groups, not -1/],
    ['33 groups', { borders: Array.from({ length: 34 }, (_, i) => BigInt(i)) }, /1 to 32 groups, not 33/],
    ['borders that repeat', { borders: [0n, 1n, 1n] }, /border 2 is not above/],
    ['borders that fall', { borders: [0n, 5n, 1n] }, /border 2 is not above/],
    ['a border that is no value', { borders: [0n, 1n << 61n] }, /border 1 must lie between/],
    ['too few outputs', { outputs: [none, squares] }, /outputs for 2 columns/],
    ['too many outputs', { outputs: [none, squares, sum, sum] }, /outputs for 4 columns/],
    ['an output that is not there', { outputs: [none, squares, 3 as Output] }, /does not exist: 3/],
    ['wide bounds', { rules: [grouped, valued, { ...wide, max: wide.max + 1n }] }, /column 2 must differ by less/],
    ['a ratio of a column that is not there', { ratio: { numerator: 3, denominator: 1 } }, /numerator.* no column 3/],
    ['a ratio over a closed column', { ratio: { numerator: 1, denominator: 0 } }, /denominator is column 0, whose sum/],
    [
      'a ratio of a column that may be negative',
      { outputs: [sum, sum, sum], ratio: { numerator: 0, denominator: 1 } },
      /numerator is column 0, whose values may be negative/,
    ],
    ['a ratio of one column', { ratio: { numerator: 1, denominator: 1 } }, /of two columns/],
    ['nine quantiles', { quantiles: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, /at most 8 quantiles/],
    ['the quantile 0', { quantiles: [0] }, /quantile 0 is a whole number/],
    ['the quantile 1', { quantiles: [5000, 10_000] }, /quantile 1 is a whole number/],
    ['half a ten-thousandth', { quantiles: [1.5] }, /quantile 0 is a whole number/],
    ['a quantile twice', { quantiles: [5000, 5000] }, /quantile 1 is not above/],
    ['quantiles that fall', { quantiles: [5000, 2500] }, /quantile 1 is not above/],
    ['a confidence below 0', { confidence: -1 }, /confidence/],
    ['a confidence of 2^22', { confidence: 1 << 22 }, /confidence/],
    ['half a confidence', { confidence: 1.5 }, /confidence/],
    ['lift of three groups', { lift: true }, /lift is of two groups/],
  ];
  test.each(refusals)('with %s is refused', (_, change, reason) => {
    expect(() => assertPlan({ ...PLAN, ...change })).toThrow(ProtocolError);
    expect(() => planDigest({ ...PLAN, ...change })).toThrow(reason);
  });

  test('at its limits is not refused', () => {
    const rules = Array(4).fill(wide);
    const borders = Array.from({ length: 33 }, (_, i) => (i < 32 ? BigInt(i) : (1n << 61n) - 1n));
    const quantiles = [1, 2, 3, 4, 5, 6, 7, 9999];
    const ratio = { numerator: 3, denominator: 0 };
    const most: Plan = { rules, grouping: 3, borders, outputs: [1, 2, 1, 2], ratio, quantiles, confidence: 4_194_303 };
    expect(assertPlan(most)).toBe(most);
    // What is not opened may have any bounds.
    const least = 1n - (1n << 61n);
    assertPlan({ ...PLAN, rules: [{ min: least, max: -least, order: 0 }, ...PLAN.rules.slice(1)] });
  });
});

describe('a tally', () => {
  const rows = [
    [-10n, 5n, 50n],
    [-1n, 1005n, 0n],
    [0n, 6n, 1n],
    [9n, 8n, 2n],
    [9n, 8n, 2n],
    [100n, 505n, 25n],
  ];

  test('has for each group its rows, and the sums of w and w² of opened columns', () => {
    const cells = tallyCells(datasetOf(rows), PLAN);
    expect(cells.slice(0, 27)).toEqual([
      ...[2n, 0n, 0n, 1000n, 1_000_000n, 50n, 2500n, 0n, 0n],
      ...[3n, 0n, 0n, 7n, 19n, 5n, 9n, 0n, 0n],
      ...[1n, 0n, 0n, 500n, 250_000n, 25n, 625n, 0n, 0n],
    ]);
    expect(cells.slice(27)).toEqual(Array(261).fill(0n));
  });

  test('is of rows that keep the rules and lie in a group, and says no value in errors', () => {
    const refused = (row: Row, plan = PLAN) => expect(() => tallyCells(datasetOf([...rows, row]), plan));
    refused([9n, 4n, 0n]).toThrow(/column 1 is below the least/);
    refused([9n, 1006n, 0n]).toThrow(/column 1 is above the greatest/);
    refused([77n, 5n, 0n], { ...PLAN, borders: [-10n, 77n] }).toThrow(/^(?!.*77).*none of the plan's groups/);
    expect(() => tallyCells(makeDataset([1n]), PLAN)).toThrow(/0 value columns, the rules are for 3/);
    expect(() => tallyCells({ digests: [] }, BARE)).toThrow(/empty/);
  });

  test('of no columns is the number of rows', () => {
    const cells = tallyCells(makeDataset([5n, 3n, 9n]), BARE);
    expect(cells).toEqual([3n, ...Array<bigint>(287).fill(0n)]);
  });

  test('has a commitment to context, slot, blinding and all cells', () => {
    const cells = Array.from({ length: 288 }, (_, i) => BigInt(i * i));
    const input = { context, slot: 3, cells, blinding: 77n };
    expect(tallyCommitment(input)).toBe(hash(32, [context, 3n, 77n, ...cells]));
    const changed = [
      { ...input, context: 1n },
      { ...input, slot: 2 },
      { ...input, blinding: 78n },
      { ...input, cells: cells.with(287, 0n) },
    ];
    expect(new Set([input, ...changed].map(tallyCommitment)).size).toBe(5);
    expect(() => tallyCommitment({ ...input, cells: cells.slice(1) })).toThrow(/288, not 287/);
    expect(() => tallyCommitment({ ...input, slot: 5 })).toThrow(/slot 5 does not exist/);
    expect(new Set(keys.flatMap(({ salt, tallyBlinding }) => [salt, tallyBlinding])).size).toBe(10);
  });

  test('is full in groups of k rows and more', () => {
    const counts = [2n, 3n, 4n, ...Array<bigint>(28).fill(0n), 3n];
    const cells = counts.flatMap((count) => [count, ...Array<bigint>(8).fill(100n)]);
    expect(fullGroups(cells, 3)).toBe(2 ** 31 + 4 + 2);
    expect(fullGroups(cells, 4)).toBe(4);
    expect(fullGroups(cells, 5)).toBe(0);
    for (const k of [0, -1, 1.5]) expect(() => fullGroups(cells, k)).toThrow(/positive whole number/);
    expect(() => fullGroups(cells.slice(9), 3)).toThrow(/288/);
  });

  test('opens groups that are full for enough members', () => {
    const full = [0b0001, 0b0011, 0b0111, 0b1111, 2 ** 31 + 0b1111];
    expect([1, 2, 3, 4, 5].map((contributors) => openGroups(full, contributors))).toEqual([
      ...[2 ** 31 + 0b1111, 0b1111, 0b0111, 0b0011, 0b0001],
    ]);
    expect(openGroups([2 ** 32 - 1, 2 ** 32 - 1], 2)).toBe(2 ** 32 - 1);
    expect(openGroups([1, 1], 3)).toBe(0);
    for (const contributors of [0, 6, 1.5]) expect(() => openGroups(full, contributors)).toThrow(/contributors are 1/);
    for (const set of [-1, 2 ** 32, 0.5]) expect(() => openGroups([1, set], 1)).toThrow(/32 bits/);
  });
});

describe('a masked tally', () => {
  const room: PlainRoom = {
    plan: { ...PLAN, outputs: [sum, squares, none], ratio: undefined },
    k: 2,
    contributors: 1,
    members: [0, 2, 3],
    tables: [0, 1, 2].map((i) => [
      [-10n, 5n, 50n],
      [-1n, 1005n, BigInt(i)],
      [9n, 8n, 2n],
      ...(i === 1 ? [[0n, 6n, 1n]] : []),
      [100n, 505n, 25n],
    ]),
  };
  const input = (slot: number) => {
    const place = room.members.indexOf(slot);
    const cells = tallyCells(datasetOf(room.tables[place]), room.plan);
    const { members, plan } = room;
    return {
      ...{ context, slot, transcript, members, plan, cells, keys: members.map((member) => publicKeys[member]) },
      ...{ decryption: keys[slot].decryption, full: fullGroups(cells, room.k), open: 0b11 },
    };
  };
  /** The masks of two members, spelled out. */
  const masksOf = (i: number, j: number, inContext = context, after = transcript) => {
    const { x, y } = mul(publicKeys[i], keys[j].decryption);
    const pair = hash(33, [inContext, after, x, y]);
    const capacity = 0x7a6b63720022n * 2n ** 64n + 2n;
    return Array.from({ length: 96 }, (_, t) => permute([pair, BigInt(t), 0n, capacity]).slice(0, 3)).flat();
  };

  test('adds the masks of slots above, subtracts those of slots below, and holds full cells of what is opened', () => {
    const opened = (i: number) => i < 18 && [0, 1, 3, 4].includes(i % 9);
    const [below, above] = [masksOf(0, 2), masksOf(3, 2)];
    const mine = input(2);
    const expected = mine.cells.map((cell, i) => (opened(i) ? (cell + above[i] - below[i] + P) % P : 0n));
    expect(maskTally(mine)).toEqual(expected);
    // Slot 0 has one row in group 1, which is open since slot 2 has two: it gives none, and masks all the same.
    const other = input(0);
    expect([other.cells[9], mine.cells[9], other.full, mine.full]).toEqual([1n, 2n, 0b001, 0b011]);
    const [two, three] = [masksOf(2, 0), masksOf(3, 0)];
    expect(maskTally(other)[9]).toBe((two[9] + three[9]) % P);
  });

  test('cancels every mask in the sum of all, and in no other', () => {
    const masked = room.members.map((slot) => maskTally(input(slot)));
    const totals = addMasked(masked);
    expect([totals[0], totals[9], totals[18]]).toEqual([6n, 2n, 0n]);
    for (const total of totals) expect(total < 1n << 60n).toBe(true);
    const two = addMasked(masked.slice(1));
    const opened = maskTally(input(0)).flatMap((value, i) => (value === 0n ? [] : [i]));
    expect(opened).toHaveLength(8);
    for (const i of opened) expect(two[i] > 1n << 200n).toBe(true);
    const again = room.members.map((slot) =>
      maskTally({ ...input(slot), context: slot === 0 ? context : context + 1n }),
    );
    for (const i of opened) expect(addMasked(again)[i] > 1n << 200n).toBe(true);
  });

  test('changes by what its cells change by: the masks know nothing of them', () => {
    const mine = input(2);
    const changed = mine.cells.map((cell, i) => cell + BigInt(i));
    const [before, after] = [maskTally(mine), maskTally({ ...mine, cells: changed })];
    before.forEach((value, i) => expect(after[i]).toBe(value === 0n ? 0n : (value + BigInt(i)) % P));
  });

  test('has masks of their own for every cell, pair and room', () => {
    const all = [
      [0, 2],
      [0, 3],
      [2, 3],
    ].flatMap(([i, j]) => [
      ...masksOf(i, j),
      ...masksOf(i, j, context + 1n),
      ...masksOf(i, j, context, transcript + 1n),
    ]);
    expect(new Set(all).size).toBe(9 * 288);
    expect(masksOf(2, 3)).toEqual(masksOf(3, 2));
    const inContext = (other: bigint) => maskTally({ ...input(2), context: other });
    expect(inContext(context + 1n)[0]).not.toBe(inContext(context)[0]);
    expect(maskTally({ ...input(2), transcript: transcript + 1n })[0]).not.toBe(inContext(context)[0]);
  });

  test('is made with the slot’s own key among all members’ keys', () => {
    const mine = input(2);
    expect(() => maskTally({ ...mine, decryption: keys[0].decryption })).toThrow(/not that of slot 2/);
    expect(() => maskTally({ ...mine, keys: mine.keys.toReversed().with(1, publicKeys[0]) })).toThrow(/slot 2/);
    expect(() => maskTally({ ...mine, keys: mine.keys.slice(1) })).toThrow(/3 members need as many keys/);
    expect(() => maskTally({ ...mine, slot: 1 })).toThrow(/slot 1 is none of the members/);
    expect(() => maskTally({ ...mine, cells: mine.cells.slice(1) })).toThrow(/288, not 287/);
    for (const [full, open] of [
      [-1, 1],
      [1, 2 ** 32],
      [0.5, 1],
    ])
      expect(() => maskTally({ ...mine, full, open })).toThrow(/32 bits/);
  });

  test('has a digest over slot and chain, and travels as a blob that is refused when anything is not as it should be', () => {
    const masked = maskTally(input(2));
    const digest = maskedDigest(context, 2, masked);
    expect(digest).toBe(hash(35, [context, 2n, chainOf(37, masked)]));
    const blob = encodeMasked(2, masked);
    expect(blob).toHaveLength(12 + 288 * 32);
    expect(new TextDecoder().decode(blob.subarray(0, 8))).toBe('ZKCRMASK');
    expect([...blob.subarray(8, 12)]).toEqual([1, 2, 0, 0]);
    const expected = { context, slot: 2, digest };
    expect(decodeMasked(blob, expected)).toEqual(masked);
    // A view into a larger buffer is read from where it begins.
    expect(decodeMasked(new Uint8Array([9, 9, ...blob]).subarray(2), expected)).toEqual(masked);
    const changed = (change: (copy: Uint8Array) => void) => {
      const copy = blob.slice();
      change(copy);
      return expect(() => decodeMasked(copy, expected));
    };
    for (let i = 0; i < 8; i++) changed((copy) => (copy[i] ^= 1)).toThrow(/does not begin with ZKCRMASK/);
    changed((copy) => (copy[8] = 2)).toThrow(/version 2/);
    changed((copy) => (copy[9] = 3)).toThrow(/3, 0, 0, not 2, 0, 0/);
    for (const i of [10, 11]) changed((copy) => (copy[i] = 1)).toThrow(/header ends with/);
    changed((copy) => (copy[12 + 287 * 32 + 31] ^= 1)).toThrow(/the chain has/);
    changed((copy) => writeUint256(masked[4] + P, copy, 12 + 4 * 32)).toThrow(FieldError);
    changed((copy) => writeUint256(P, copy, 12 + 2 * 32)).toThrow(/slot 2: field element 2 is not canonical/);
    for (const length of [0, 11, 12, blob.length - 1])
      expect(() => decodeMasked(blob.slice(0, length), expected)).toThrow(/do not hold exactly/);
    expect(() => decodeMasked(new Uint8Array([...blob, 0]), expected)).toThrow(/do not hold exactly/);
    expect(() => decodeMasked(blob, { ...expected, slot: 3 })).toThrow(/not 3, 0, 0/);
    expect(() => decodeMasked(blob, { ...expected, context: 1n })).toThrow(/another room's/);
    expect(() => decodeMasked(blob, { ...expected, digest: digest + 1n })).toThrow(/the chain has/);
    expect(() => encodeMasked(2, masked.slice(1))).toThrow(/there are 288/);
    expect(() => encodeMasked(2, masked.with(0, P))).toThrow(FieldError);
  });

  test('is added up to that of two to five members, all whole and canonical', () => {
    const masked = maskTally(input(2));
    expect(() => addMasked([masked])).toThrow(/2 to 5 masked tallies/);
    expect(() => addMasked(Array(6).fill(masked))).toThrow(/2 to 5 masked tallies/);
    expect(() => addMasked([masked, masked.slice(1)])).toThrow(/288, not 287/);
    expect(() => addMasked([masked, masked.with(7, P)])).toThrow(/masked cell 7 is not canonical/);
  });
});

describe('figures', () => {
  const one = (tables: Row[][], change: Partial<PlainRoom> = {}): PlainRoom => ({
    plan: { ...PLAN, outputs: [sum, squares, squares], ratio: { numerator: 1, denominator: 2 } },
    ...{ k: 1, contributors: 1, members: tables.map((_, i) => i), tables },
    ...change,
  });

  test('of random rooms are what their rows say in plain sight', () => {
    const random = randomFrom(SEED);
    const rooms = SOAK ? 1500 : 20;
    let opened = 0;
    for (let i = 0; i < rooms; i++) {
      const room = randomRoom(random);
      try {
        opened += expectPlain(room) > 0 ? 1 : 0;
      } catch (error) {
        throw new Error(`room ${i} of SEED=${SEED}`, { cause: error });
      }
    }
    // A few rooms may have few open groups by chance.
    expect(opened).toBeGreaterThan(SOAK ? rooms / 4 : 0);
  });

  test('of one row a member, of equal rows, of rows at the caps, and of negative values', () => {
    const table = (row: Row, count: number): Row[] => Array<Row>(count).fill(row);
    expect(expectPlain(one([table([0n, 7n, 1n], 1), table([0n, 7n, 1n], 1)]))).toBe(1);
    // One row alone has no variance.
    expect(expectPlain(one([table([0n, 7n, 1n], 1), table([10n, 8n, 0n], 1)]))).toBe(2);
    expect(expectPlain(one([table([100n, 1005n, 50n], 30), table([100n, 1005n, 50n], 40)]))).toBe(1);
    expect(expectPlain(one([table([-10n, 5n, 0n], 30), table([-3n, 5n, 0n], 4)]))).toBe(1);
    const widest = { min: 1n - (1n << 61n), max: (1n << 40n) - (1n << 61n), order: 0 } as const;
    const plan: Plan = { ...BARE, rules: [widest], outputs: [squares], confidence: (1 << 22) - 1 };
    const ends = [...table([widest.min], 20), ...table([widest.max], 21)];
    expect(expectPlain(one([ends, ends, ends, ends, ends], { plan }))).toBe(1);
  });

  test('of values on borders, of k − 1, k and k + 1 rows, and of one to five contributors', () => {
    const rows = (value: bigint, count: number): Row[] => Array<Row>(count).fill([value, 10n, 3n]);
    const tables = [2, 3, 4, 3, 3].map((count) => [...rows(0n, count), ...rows(10n, 3), ...rows(9n, 0)]);
    const opened = (k: number, contributors: number) => expectPlain(one(tables, { k, contributors }));
    expect([2, 3, 4, 5].map((k) => opened(k, 1))).toEqual([2, 2, 1, 0]);
    expect([1, 2, 3, 4, 5].map((contributors) => opened(3, contributors))).toEqual([2, 2, 2, 2, 1]);
    expect(opened(5, 5)).toBe(0);
  });

  test('of no grouping column, and of no columns', () => {
    const tables = [[[0n, 7n, 1n]], [[99n, 8n, 0n], [-10n, 9n, 2n]]]; // prettier-ignore
    const { grouping: _, ...ungrouped } = { ...one(tables).plan, borders: [0n, 1n] };
    expect(expectPlain(one(tables, { plan: ungrouped }))).toBe(1);
    const bare = { ...BARE, quantiles: [1, 9999], confidence: 5 };
    expect(expectPlain(one([[[]], [[], [], []], [[]]], { plan: bare }))).toBe(1);
    expect(expectPlain(one([[[]], [[]]], { plan: bare, k: 2 }))).toBe(0);
  });

  test('of a ratio whose denominator is 0 are 0', () => {
    const { open, full, totals } = play(one([[[0n, 7n, 0n]], [[0n, 9n, 0n]]]));
    const figures = deriveFigures(totals, { plan: one([]).plan, k: 1, full, open });
    expect([figures.totals[9], figures.ratios[1]]).toEqual([2n, 0n]);
  });

  test('say a quantile as exactly as withheld rows allow, by hand', () => {
    const plan: Plan = { ...PLAN, quantiles: [5000] };
    const cell = (counts: bigint[]) => counts.flatMap((n) => [n, ...Array<bigint>(8).fill(0n)]);
    const totals = (counts: bigint[]) => [...cell(counts), ...Array<bigint>(261).fill(0n)];
    const bracket = (counts: bigint[], k: number, full: number[], open: number) =>
      deriveFigures(totals(counts), { plan, k, full, open }).quantiles[0];
    // All rows given.
    expect(bracket([10n, 10n, 20n], 10, [7, 7], 7)).toEqual({ lower: 1, upper: 1 });
    // Two members may have nine rows each in group 2: the median lies in 0 only if they have none.
    expect(bracket([11n, 10n, 0n], 10, [3, 3], 3)).toEqual({ lower: 0, upper: 1 });
    // One of two members is full in group 2, which is closed: anything may be there.
    expect(bracket([11n, 10n, 0n], 10, [3, 7], 3)).toEqual({ lower: 0, upper: 2 });
    // Open, and one member's rows are missing, at most nine of them.
    expect(bracket([20n, 20n, 10n], 10, [7, 3], 7)).toEqual({ lower: 1, upper: 1 });
    // Groups that the plan does not have are not places where rows may be missing.
    expect(bracket([1000n, 1000n, 2000n], 1000, [7, 7], 7)).toEqual({ lower: 1, upper: 1 });
  });

  test('are not derived from totals that no rows have', () => {
    const { open, full, totals } = play(one([[[0n, 7n, 1n], [0n, 9n, 2n]], [[0n, 9n, 2n], [0n, 1005n, 2n]]])); // prettier-ignore
    const { plan } = one([]);
    const opening = { plan, k: 2, full, open };
    expect(rowsOf(deriveFigures(totals, opening))).toBe(4);
    const changed = (cell: number, value: bigint) => expect(() => deriveFigures(totals.with(cell, value), opening));
    changed(0, 1n).toThrow(/cell 0 is not opened/);
    changed(9, 1n).toThrow(/fewer than 2 rows/);
    changed(9, 1n << 32n).toThrow(/too many rows/);
    changed(9, P - 4n).toThrow(/too many rows/);
    changed(10, 441n).toThrow(/sum of group 1, column 0 is above/);
    changed(12, 4001n).toThrow(/sum of group 1, column 1 is above/);
    changed(13, 1n).toThrow(/squares of group 1, column 1/);
    changed(13, totals[12] * 1000n + 1n).toThrow(/squares of group 1, column 1/);
    changed(16, 1n).toThrow(/cell 16 is not opened/);
    const unlike = (change: object) => expect(() => deriveFigures(totals, { ...opening, ...change }));
    unlike({ open: 0 }).toThrow(/at least one/);
    unlike({ open: 3 }).toThrow(/full for some member/);
    unlike({ full: [8, 2] }).toThrow(/not the plan's/);
    unlike({ full: [2] }).toThrow(/2 to 5/);
    unlike({ k: 0 }).toThrow(/positive whole number/);
    unlike({ plan: { ...plan, outputs: [none, none, none], ratio: undefined } }).toThrow(/cell 10 is not opened/);
    expect(() => deriveFigures(totals.slice(1), opening)).toThrow(/impossible|288/);
    expect(() => deriveFigures([...totals, 0n], opening)).toThrow(/288, not 289/);
  });

  test('have 744 fields, a digest and a blob that is refused when anything is not as it should be', () => {
    const room = one([[[0n, 7n, 1n], [0n, 9n, 2n]], [[0n, 9n, 2n], [50n, 1005n, 2n]]]); // prettier-ignore
    const { open, full, totals } = play(room);
    const figures = deriveFigures(totals, { plan: room.plan, k: 1, full, open });
    const fields = figureFields(figures);
    expect(FIGURES).toBe(744);
    const { means, variances, halfWidths, ratios } = figures;
    const quantiles = [1n, 1n, 1n, 1n, ...Array<bigint>(12).fill(0n)];
    const lift = Array<bigint>(24).fill(0n);
    expect(fields).toEqual([...totals, ...means, ...variances, ...halfWidths, ...ratios, ...quantiles, ...lift]);
    const digest = figuresDigest(context, fields);
    expect(digest).toBe(hash(36, [context, chainOf(38, fields)]));
    const blob = encodeFigures(fields);
    expect(blob).toHaveLength(12 + 744 * 32);
    expect(new TextDecoder().decode(blob.subarray(0, 8))).toBe('ZKCRFIGS');
    expect([...blob.subarray(8, 12)]).toEqual([1, 0, 0, 0]);
    const expected = { context, digest };
    expect(decodeFigures(blob, expected)).toEqual(fields);
    const changed = (change: (copy: Uint8Array) => void) => {
      const copy = blob.slice();
      change(copy);
      return expect(() => decodeFigures(copy, expected));
    };
    changed((copy) => (copy[0] ^= 1)).toThrow(/does not begin with ZKCRFIGS/);
    changed((copy) => copy.set(new TextEncoder().encode('ZKCRMASK'))).toThrow(/does not begin with ZKCRFIGS/);
    changed((copy) => (copy[8] = 0)).toThrow(/version 0/);
    for (const i of [9, 10, 11]) changed((copy) => (copy[i] = 1)).toThrow(/header ends with/);
    changed((copy) => (copy[blob.length - 1] = 1)).toThrow(/the chain has/);
    changed((copy) => writeUint256(fields[9] + P, copy, 12 + 9 * 32)).toThrow(/field element 9 is not canonical/);
    for (const length of [0, 12, blob.length - 32])
      expect(() => decodeFigures(blob.slice(0, length), expected)).toThrow(/do not hold exactly/);
    expect(() => decodeFigures(new Uint8Array([...blob, 0]), expected)).toThrow(/do not hold exactly/);
    expect(() => decodeFigures(blob, { context: 1n, digest })).toThrow(/another room's/);
    expect(() => figuresDigest(context, fields.slice(1))).toThrow(/744, not 743/);
    expect(() => encodeFigures(fields.slice(1))).toThrow(/744/);
    const read = (at: number, value: bigint) => expect(() => figuresOf(fields.with(at, value), room.plan));
    read(704, 2n).toThrow(/groups of quantile 0/);
    read(705, 3n).toThrow(/groups of quantile 0/);
    read(708, 1n).toThrow(/quantiles that the plan does not have/);
    expect(() => figuresOf([...fields, 0n], room.plan)).toThrow(/744, not 745/);
  });
});

describe('proofs of a room that aggregates', () => {
  const tables: Row[][] = [0n, 1n].map((i) => Array.from({ length: 40 }, (_, row) => [BigInt(row % 3), 5n + i, 9n]));
  const [k, members] = [3, [1, 4]];
  const wide = <T>(values: readonly T[], nothing: T): T[] => [...values, nothing, nothing, nothing];
  type TallyInputs = {
    chunk: { state_before: bigint; state_after: bigint };
    witness: { state: { values: bigint; cells: bigint[] }; blindings: { after: bigint } };
  };

  test('state the tally, chunk by chunk to the committed cells', () => {
    const dataset = datasetOf(tables[0]);
    const jobs = tallyChunks({ context, slot: 1, seed: seedOf(1), dataset, plan: PLAN, k }, { size: 32 });
    expect(jobs.map(({ circuit }) => circuit)).toEqual(['tally_32', 'tally_32']);
    const cells = tallyCells(dataset, PLAN);
    const packed = tables[0].map((row) => row.reduce((u, v, j) => u + (v + 2n ** 61n) * 2n ** (62n * BigInt(j)), 0n));
    const { salt, tallyBlinding } = keys[1];
    const rows = chainOf(3, dataset.digests);
    const [first, last] = jobs.map((job) => job.inputs as unknown as TallyInputs);
    jobs.forEach(({ publicInputs }, index) => {
      const chunk = [first, last][index].chunk;
      expect(publicInputs).toEqual([
        ...[context, 1n, hash(4, [context, 1n, 40n, rows, chainOf(29, packed), salt]), planDigest(PLAN), 3n],
        ...[hash(32, [context, 1n, tallyBlinding, ...cells]), 0b010n],
        ...[BigInt(index), BigInt(index), chunk.state_before, chunk.state_after],
      ]);
    });
    expect(first.chunk.state_before).toBe(0n);
    expect(last.chunk.state_before).toBe(first.chunk.state_after);
    const { state, blindings } = last.witness;
    expect(state.values).toBe(chainOf(29, packed.slice(0, 32)));
    expect(state.cells).toEqual(tallyCells(datasetOf(tables[0].slice(0, 32)), PLAN));
    expect(last.chunk.state_after).toBe(hash(7, [blindings.after, chainOf(29, packed), ...cells]));
    const one = tallyChunks({ context, slot: 1, seed: seedOf(1), dataset, plan: PLAN, k }, { size: 256 });
    expect(one.map(({ circuit }) => circuit)).toEqual(['tally_256']);
    expect(one[0].publicInputs.slice(0, 7)).toEqual(jobs[0].publicInputs.slice(0, 7));
  });

  test('state the masked tally and the figures, in the order of the protocol', () => {
    const room: PlainRoom = { plan: PLAN, k, contributors: 2, members, tables };
    const { cells, full, open, masked, totals } = play(room);
    expect(full).toEqual([0b010, 0b010]);
    const shared = { context, transcript, members, plan: PLAN, open };
    const both = members.map((slot) => publicKeys[slot]);
    const proof = maskedProof({ ...shared, slot: 4, keys: both, seed: seedOf(4), cells: cells[1], full: full[1] });
    expect(proof.circuit).toBe('masked');
    expect(proof.publicInputs).toEqual([
      ...[
        context,
        4n,
        transcript,
        ...wide([1n, 4n], 0n),
        ...both.flatMap(({ x, y }) => [x, y]),
        ...Array<bigint>(6).fill(0n),
      ],
      ...[planDigest(PLAN), hash(32, [context, 4n, keys[4].tallyBlinding, ...cells[1]]), 0b010n, 0b010n],
      hash(35, [context, 4n, chainOf(37, masked[1])]),
    ]);
    const released = figuresProof({ ...shared, masked, full, k });
    const fields = figureFields(deriveFigures(totals, { plan: PLAN, k, full, open }));
    expect(released.circuit).toBe('figures');
    expect(released.publicInputs).toEqual([
      ...[context, ...wide([1n, 4n], 0n)],
      ...wide(
        members.map((slot, i) => maskedDigest(context, slot, masked[i])),
        0n,
      ),
      ...[...wide([0b010n, 0b010n], 0n), 0b010n, planDigest(PLAN), 3n, 80n, figuresDigest(context, fields)],
    ]);
    expect(() => figuresProof({ ...shared, masked: masked.slice(1), full, k })).toThrow(/as many masked tallies/);
    expect(() => figuresProof({ ...shared, masked, full: full.slice(1), k })).toThrow(/as many sets/);
    expect(mulGenerator(keys[4].decryption)).toEqual(publicKeys[4]);
  });
});
