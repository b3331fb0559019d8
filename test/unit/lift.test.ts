/** Lift: p-values against the normal distribution to many digits, figures against rows in plain sight. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { deriveFigures, figureFields, figuresOf } from '../../app/lib/protocol/figures.ts';
import { openedCells } from '../../app/lib/protocol/groups.ts';
import { floorQuotient, rootBelow } from '../../app/lib/protocol/integers.ts';
import type { Lift } from '../../app/lib/protocol/lift.ts';
import { tailAt, twoSided } from '../../app/lib/protocol/normal.ts';
import { Output, assertPlan, planDigest, planFields, type Plan } from '../../app/lib/protocol/plan.ts';
import { tallyCells } from '../../app/lib/protocol/tally.ts';
import { SEED, SOAK, randomFrom } from '../support/choice.ts';
import { rounded, tailsBeyond } from '../support/normal.ts';
import { isFloorOf, plainLift } from '../support/plain.ts';

const BILLION = 1_000_000_000n;
const MILLION = 1_000_000n;
const NOTHING: Lift = { difference: 0n, relative: 0n, error: 0n, halfWidth: 0n, score: 0n, p: 0n };
const { none, sum, squares } = Output;

/** Column 0 says control (0) or test (1); lift is told of column 1. */
const planOf = (change: Partial<Plan> = {}, min = -1000n, max = 1000n): Plan => ({
  rules: [
    { min: 0n, max: 1n, order: 0 },
    { min, max, order: 0 },
  ],
  grouping: 0,
  borders: [0n, 1n, 2n],
  outputs: [none, squares],
  quantiles: [],
  confidence: 1_959_964,
  lift: true,
  ...change,
});

beforeAll(initField);

/** The figures of one member's values of control and test, beside a member that has none to give; both groups open unless said. */
function figuresFor(control: readonly bigint[], tested: readonly bigint[], plan = planOf(), open = 0b11) {
  const rows = [...control.map((value) => [0n, value]), ...tested.map((value) => [1n, value])];
  const digests = rows.map((_, i) => BigInt(i + 1));
  const cells = tallyCells(makeDataset(digests, rows), plan);
  const opened = openedCells(plan, open);
  const totals = cells.map((cell, i) => (opened[i] ? cell : 0n));
  return deriveFigures(totals, { plan, k: 1, full: [0b11, 0], open });
}

const liftFor = (...args: Parameters<typeof figuresFor>): Lift => figuresFor(...args).lift[1];

/** Expects the lift that values in plain sight give, within what the protocol says of each figure. */
function expectLift(given: Lift, control: readonly bigint[], tested: readonly bigint[], z: number): void {
  const { difference, relative, squaredError } = plainLift(control, tested);
  expect(isFloorOf(given.difference, difference)).toBe(true);
  if (relative) expect(isFloorOf(given.relative, relative)).toBe(true);
  else expect(given.relative).toBe(0n);
  const { error, halfWidth, score, p } = given;
  if (!squaredError) {
    expect([error, halfWidth, score, p]).toEqual([0n, 0n, 0n, 0n]);
    return;
  }
  const scaled = [squaredError[0] * MILLION ** 2n, squaredError[1]] as const;
  expect(error >= 0n && error ** 2n * scaled[1] <= scaled[0]).toBe(true);
  expect((error + 2n) ** 2n * scaled[1] > scaled[0]).toBe(true);
  expect(isFloorOf(halfWidth, [BigInt(z) * error, MILLION ** 2n])).toBe(true);
  const size = given.difference < 0n ? -given.difference : given.difference;
  if (error === 0n) expect(score).toBe(0n);
  else if (score < 2n ** 33n - 1n) expect(isFloorOf(score, [size, error])).toBe(true);
  else expect([score, score * error <= size * MILLION]).toEqual([2n ** 33n - 1n, true]);
  expectP(p, score);
}

function expectP(p: bigint, score: bigint): void {
  const truth = score < 10n * MILLION ? rounded(tailsBeyond(score, MILLION), BILLION) : 0n;
  expect(p <= truth + 20_000n && p >= truth - 2n).toBe(true);
}

describe('p-values', () => {
  const truth = Array.from({ length: 513 }, (_, i) => rounded(tailsBeyond(BigInt(i), 64n), BILLION));

  test('come from a table that is right, here and in the circuit', () => {
    expect(truth.map((_, i) => tailAt(BigInt(i)))).toEqual(truth);
    const source = readFileSync('circuits/lib/src/normal.nr', 'utf8');
    const table = /TAILS: \[Field; 513\] = \[([^\]]*)\]/.exec(source)![1];
    expect(table.match(/\d+/g)!.map(BigInt)).toEqual(truth);
  });

  test('of the oracle are those that are published', () => {
    // Abramowitz and Stegun 1964, table 26.1: Φ(1), Φ(2), Φ(3).
    for (const [x, phi] of [
      [1n, 841_344_746_068_543n],
      [2n, 977_249_868_051_821n],
      [3n, 998_650_101_968_370n],
    ])
      expect(2n * (10n ** 15n - phi) - rounded(tailsBeyond(x, 1n), 10n ** 15n)).toBeLessThanOrEqual(1n);
    expect(tailsBeyond(0n, 1n)).toBe(1n << 320n);
  });

  test('lie at most 2·10^-5 above the truth, and never rise with the score', () => {
    const random = randomFrom(SEED);
    const scores = Array.from({ length: SOAK ? 20_000 : 400 }, () => BigInt(random(8_500_000)));
    // Places of the table, just beside them, and midway, where a straight line is farthest from the curve.
    for (const place of [0n, 1n, 63n, 64n, 65n, 510n, 511n, 512n, 513n])
      scores.push(...[0n, 1n, 7812n, 15_624n].map((beyond) => 15_625n * place + beyond));
    scores.sort((a, b) => Number(a - b));
    let before = BILLION;
    for (const score of scores) {
      const p = twoSided(score);
      expectP(p, score);
      expect(p <= before).toBe(true);
      before = p;
    }
    expect(twoSided(0n)).toBe(BILLION);
    expect([7_999_999n, 8_000_000n, 2n ** 33n - 1n].map(twoSided)).toEqual([0n, 0n, 0n]);
  });

  test('of the usual scores are the usual ones', () => {
    for (const [score, p] of [
      [1_644_854n, 100_000_000n],
      [1_959_964n, 50_000_000n],
      [2_575_829n, 10_000_000n],
    ]) {
      const above = twoSided(score) - p;
      expect(above >= -100n && above <= 20_000n).toBe(true);
    }
  });
});

describe('quotients and roots', () => {
  test('are rounded down, also below 0', () => {
    for (let a = -30n; a <= 30n; a++)
      for (let b = 1n; b < 8n; b++) expect(floorQuotient(a, b)).toBe(BigInt(Math.floor(Number(a) / Number(b))));
    for (let n = 0n; n < 300n; n++) expect(rootBelow(n)).toBe(BigInt(Math.floor(Math.sqrt(Number(n)))));
    for (const root of [2n ** 59n - 1n, 10n ** 17n, 2n ** 60n])
      expect([root * root - 1n, root * root, root * root + 1n].map(rootBelow)).toEqual([root - 1n, root, root]);
  });
});

describe('a plan that tells lift', () => {
  test('says so in the last field of its digest', () => {
    const { lift: _, ...rest } = planOf();
    const fields = planFields(planOf());
    expect(fields).toHaveLength(51);
    expect(fields).toEqual([...planFields(rest).slice(0, 50), 1n]);
    expect(planFields(rest)[50]).toBe(0n);
    expect(planDigest(planOf())).toBe(hash(31, fields));
    expect(planDigest({ ...rest, lift: false })).toBe(planDigest(rest));
    expect(planDigest(rest)).not.toBe(planDigest(planOf()));
  });

  test('has two groups', () => {
    for (const borders of [
      [0n, 2n],
      [0n, 1n, 2n, 3n],
    ])
      expect(() => assertPlan(planOf({ borders }))).toThrow(/lift is of two groups/);
    const { grouping: _, ...whole } = planOf();
    expect(() => assertPlan({ ...whole, borders: [0n, 1n] })).toThrow(
      /lift is of two groups, control and test, not of 1/,
    );
  });
});

describe('lift', () => {
  test('by hand', () => {
    // Means 2 and 4, variances 1: √(1/3 + 1/3) = 0.8164965…, 2 over that is 2.4494923… for the rounded error.
    const lift = liftFor([1n, 2n, 3n], [3n, 4n, 5n]);
    expect(lift).toMatchObject({
      difference: 2_000_000n,
      relative: 1_000_000n,
      error: 816_496n,
      halfWidth: 1_600_302n,
    });
    expect(lift.score).toBe(2_449_491n);
    // 2·(1 − Φ(2.449491)) = 0.014306 to six decimals.
    expect(lift.p >= 14_305_000n && lift.p <= 14_327_000n).toBe(true);
    // The other way round: the difference below 0, half of the mean.
    const loss = liftFor([3n, 4n, 5n], [1n, 2n, 3n]);
    expect(loss).toEqual({ ...lift, difference: -2_000_000n, relative: -500_000n });
    // Thirds below 0 are rounded down.
    const thirds = liftFor([0n, 0n, 1n], [0n, 0n, 0n]);
    expect([thirds.difference, thirds.relative]).toEqual([-333_334n, -1_000_000n]);
  });

  test('of random values is what they say in plain sight', () => {
    const random = randomFrom(SEED);
    const pick = <T>(items: readonly T[]): T => items[random(items.length)];
    for (let i = 0; i < (SOAK ? 3000 : 60); i++) {
      const span = pick([1, 2, 50, 1000, 2 ** 30]);
      const min = BigInt(pick([0, 1, -1, -span, 1000, -(2 ** 40)]));
      const z = pick([0, 1_644_854, 1_959_964, 4_194_303]);
      const values = () => Array.from({ length: 1 + random(pick([1, 3, 60])) }, () => min + BigInt(random(span + 1)));
      const [control, tested] = [values(), values()];
      const plan = planOf({ confidence: z }, min, min + BigInt(span));
      try {
        expectLift(liftFor(control, tested, plan), control, tested, z);
      } catch (error) {
        throw new Error(`values ${i} of SEED=${SEED}`, { cause: error });
      }
    }
  });

  test('of one row, of equal means, and of values that do not vary', () => {
    // A single row has no variance: no error, and no p-value.
    for (const [control, tested] of [
      [[5n], [7n, 9n]],
      [[5n, 6n], [9n]],
      [[-5n], [9n]],
    ] as const) {
      const lift = liftFor(control, tested);
      expectLift(lift, control, tested, 1_959_964);
      expect(lift).toEqual({ ...NOTHING, difference: lift.difference, relative: lift.relative });
    }
    expect(liftFor([1n, 3n], [2n, 2n])).toMatchObject({ difference: 0n, relative: 0n, score: 0n, p: BILLION });
    // Without any variance nothing is shown, however far apart the means are.
    expect(liftFor([1n, 1n], [9n, 9n])).toEqual({
      ...NOTHING,
      difference: 8_000_000n,
      relative: 8_000_000n,
      p: BILLION,
    });
    expectLift(liftFor([1n, 1n], [9n, 8n]), [1n, 1n], [9n, 8n], 1_959_964);
  });

  test('is relative to a control above 0 alone', () => {
    expect(liftFor([0n, 0n], [5n, 6n])).toMatchObject({ difference: 5_500_000n, relative: 0n });
    expect(liftFor([-4n, 4n], [5n, 6n])).toMatchObject({ difference: 5_500_000n, relative: 0n });
    expect(liftFor([-4n, 2n], [5n, 6n])).toMatchObject({ difference: 6_500_000n, relative: 0n });
    expect(liftFor([-4n, 5n], [-5n, -6n])).toMatchObject({ difference: -6_000_000n, relative: -12_000_000n });
  });

  test('has scores up to 2^33 − 1, whose p-value is 0', () => {
    const span = (1n << 40n) - 1n;
    const plan = planOf({}, 0n, span);
    const [control, tested] = [[0n, 1n], [span, span - 1n]]; // prettier-ignore
    const lift = liftFor(control, tested, plan);
    expect([lift.score, lift.p]).toEqual([2n ** 33n - 1n, 0n]);
    expectLift(lift, control, tested, plan.confidence);
    // Just below: 6,073 times the standard error of about 0.7071.
    const below = liftFor([0n, 1n], [6073n, 6074n], plan);
    expect(below.score).toBe((6_073_000_000n * MILLION) / 707_106n);
    expect(below.score < 2n ** 33n - 1n).toBe(true);
    expectLift(below, [0n, 1n], [6073n, 6074n], plan.confidence);
  });

  test('of the widest values in the most rows', () => {
    const cap = (1n << 40n) - 1n;
    for (const min of [1n - (1n << 61n), 0n, (1n << 61n) - 1n - cap]) {
      const plan = planOf({ confidence: 4_194_303 }, min, min + cap);
      const most = 1n << 31n;
      // Half of all control rows at the cap, all test rows but one.
      const cell = (n: number | bigint, at: bigint): bigint[] => [
        BigInt(n),
        0n,
        0n,
        at * cap,
        at * cap * cap,
        0n,
        0n,
        0n,
        0n,
      ];
      const totals = [...cell(most, most / 2n), ...cell(most - 1n, most - 2n), ...Array<bigint>(270).fill(0n)];
      const { lift } = deriveFigures(totals, { plan, k: 1, full: [3, 3], open: 3 });
      const [{ difference, error }] = lift.slice(1);
      expect(isFloorOf(difference, [cap * ((most - 2n) * most - (most / 2n) * (most - 1n)), most * (most - 1n)])).toBe(
        true,
      );
      // √(cap²/4/2^31) and next to nothing of the test rows.
      expect(Math.abs(Number(error) / ((Number(cap) * 1e6) / 2 / Math.sqrt(2 ** 31)) - 1)).toBeLessThan(1e-6);
    }
  });

  test('is told of open groups, and of columns whose sums are, alone', () => {
    const values = [[1n, 2n], [3n, 7n]] as const; // prettier-ignore
    const { lift } = figuresFor(...values);
    expect(lift.map((each) => each.error > 0n)).toEqual([false, true, false, false]);
    expect([lift[0], lift[2], lift[3]]).toEqual([NOTHING, NOTHING, NOTHING]);
    for (const open of [0b01, 0b10]) expect(figuresFor(...values, planOf(), open).lift).toEqual(Array(4).fill(NOTHING));
    expect(figuresFor(...values, planOf({ outputs: [none, none] })).lift).toEqual(Array(4).fill(NOTHING));
    const sums = figuresFor(...values, planOf({ outputs: [none, sum] })).lift[1];
    expect(sums).toEqual({ ...NOTHING, difference: lift[1].difference, relative: lift[1].relative });
    expect(figuresFor(...values, planOf({ lift: false })).lift).toEqual(Array(4).fill(NOTHING));
  });

  test('stands behind all other figures, negative as p − |d|, and is read back', () => {
    const figures = figuresFor([5n, 6n, 9n], [1n, 2n, 2n]);
    const fields = figureFields(figures);
    expect(fields).toHaveLength(744);
    const { difference, relative, error, halfWidth, score, p } = figures.lift[1];
    expect([difference < 0n, relative < 0n]).toEqual([true, true]);
    expect(fields.slice(720)).toEqual([
      ...Array<bigint>(6).fill(0n),
      ...[P + difference, P + relative, error, halfWidth, score, p],
      ...Array<bigint>(12).fill(0n),
    ]);
    expect(figuresOf(fields, planOf())).toEqual(figures);
    const { lift: _, ...rest } = planOf();
    expect(() => figuresOf(fields, rest)).toThrow(/lift that the plan does not tell/);
    expect(figuresOf(fields.fill(0n, 720), rest).lift).toEqual(Array(4).fill(NOTHING));
  });
});
