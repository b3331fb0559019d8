/**
 * What a room that aggregates opens, computed from all members' rows in plain sight: an oracle for `app/lib/protocol`, of
 * which it takes nothing but the form of a plan. Numbers are exact fractions.
 */
import type { ColumnRule } from '../../app/lib/protocol/rules.ts';
import type { Output, Plan } from '../../app/lib/protocol/plan.ts';
import { shuffled } from './choice.ts';

/** The least value that there is. */
const LEAST = 1n - (1n << 61n);

export type Row = readonly bigint[];

/** A room with its members' rows in plain sight. */
export type PlainRoom = {
  plan: Plan;
  k: number;
  contributors: number;
  /** The members' slots, ascending. */
  members: number[];
  /** One table a member. */
  tables: Row[][];
};

/** The rows of group `group` of a table. */
export function rowsIn(plan: Plan, group: number, table: readonly Row[]): Row[] {
  const [from, to] = [plan.borders[group], plan.borders[group + 1]];
  return table.filter((row) => {
    const value = plan.grouping === undefined ? 0n : row[plan.grouping];
    return value >= from && value < to;
  });
}

/** For every group, which members give their rows; undefined where the group is closed. */
export function givenRows({ plan, k, contributors, tables }: PlainRoom): (Row[] | undefined)[] {
  return plan.borders.slice(1).map((_, group) => {
    const enough = tables.map((table) => rowsIn(plan, group, table)).filter((rows) => rows.length >= k);
    return enough.length >= contributors ? enough.flat() : undefined;
  });
}

/** The least value of the grouping column that at least q ten-thousandths of all rows do not exceed. */
export function quantileOf({ plan, tables }: PlainRoom, q: number): bigint {
  const values = tables.flat().map((row) => (plan.grouping === undefined ? 0n : row[plan.grouping]));
  values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return values.find((_, i) => BigInt(i + 1) * 10_000n >= BigInt(q) * BigInt(values.length))!;
}

/** Numerator and denominator, the latter above 0. */
export type Fraction = readonly [bigint, bigint];

/** The exact figures of rows' column: Σv/n, Σ(v − mean)²/(n − 1), and the square of z·√(variance/n). */
export function plainStatistics(values: readonly bigint[], z: number) {
  const n = BigInt(values.length);
  const sum = values.reduce((total, value) => total + value, 0n);
  // Each value's distance from the mean, times n.
  const distances = values.map((value) => n * value - sum);
  const spread = distances.reduce((total, distance) => total + distance * distance, 0n);
  const mean: Fraction = [sum, n];
  if (n < 2n) return { sum, mean };
  const variance: Fraction = [spread, n * n * (n - 1n)];
  const squaredHalfWidth: Fraction = [BigInt(z) ** 2n * variance[0], variance[1] * n];
  return { sum, mean, variance, squaredHalfWidth };
}

/**
 * The exact lift of a test's values over a control's: difference of means, that over the control's mean if it is above 0, and the
 * square of the difference's standard error, Σ variance/n, if both have two values.
 */
export function plainLift(control: readonly bigint[], test: readonly bigint[]) {
  const [of, over] = [plainStatistics(test, 0), plainStatistics(control, 0)];
  const [[a, n], [b, m]] = [of.mean, over.mean];
  const difference: Fraction = [a * m - b * n, n * m];
  const relative: Fraction | undefined = b > 0n ? [a * m - b * n, b * n] : undefined;
  if (!of.variance || !over.variance) return { difference, relative };
  const [[v, d], [w, e]] = [of.variance, over.variance];
  const squaredError: Fraction = [v * e * m + w * d * n, d * n * e * m];
  return { difference, relative, squaredError };
}

/** Whether `floor` millionths are at most a fraction, and one more millionth is above it. */
export function isFloorOf(floor: bigint, [above, below]: Fraction): boolean {
  const scaled = above * 1_000_000n;
  return floor * below <= scaled && scaled < (floor + 1n) * below;
}

/** Whether the square of `floor` is at most a fraction, and that of one more is above it. */
export function isRootOf(floor: bigint, [above, below]: Fraction): boolean {
  return floor * floor * below <= above && above < (floor + 1n) * (floor + 1n) * below;
}

/** A random room: few rows, many at borders, caps and each other's values. */
export function randomRoom(random: (below: number) => number): PlainRoom {
  const wide = (below: bigint): bigint =>
    ((BigInt(random(2 ** 31)) << 31n) | BigInt(random(2 ** 31))) % (below > 0n ? below : 1n);
  const pick = <T>(items: readonly T[]): T => items[random(items.length)];

  const rules: ColumnRule[] = Array.from({ length: random(5) }, () => {
    const span = pick([0n, 1n, 9n, 1000n, (1n << 40n) - 1n, wide(1n << 40n)]);
    const min = pick([0n, 0n, 5n, -7n, -span, LEAST, (1n << 61n) - 3n - span]);
    return { min, max: min + span, order: 0 };
  });
  const outputs = rules.map(() => random(3) as Output);
  const grouping = rules.length > 0 && random(4) > 0 ? random(rules.length) : undefined;
  const borders = grouping === undefined ? [0n, 1n] : bordersOver(rules[grouping]);
  const summed = rules.map((_, j) => j).filter((j) => outputs[j] > 0 && rules[j].min >= 0n);
  const [numerator, denominator] = shuffled(summed, random);
  const quantiles = [...new Set(Array.from({ length: random(9) }, () => pick([1, 5000, 9999, 1 + random(9999)])))];
  const plan: Plan = {
    rules,
    ...(grouping === undefined ? {} : { grouping }),
    borders,
    outputs,
    ...(denominator === undefined ? {} : { ratio: { numerator, denominator } }),
    quantiles: quantiles.sort((a, b) => a - b),
    confidence: pick([0, 1, 1_959_964, 2_575_829, (1 << 22) - 1]),
    ...(borders.length === 3 && random(3) > 0 ? { lift: true } : {}),
  };
  const members = [0, 1, 2, 3, 4].filter(() => random(3) > 0);
  if (members.length < 2) members.splice(0, members.length, 1, 4);
  const usual = rules.map((rule) => rule.min + wide(rule.max - rule.min + 1n));
  const tables = members.map(() => Array.from({ length: 1 + random(pick([1, 4, 40])) }, randomRow));
  return { plan, k: 1 + random(5), contributors: 1 + random(pick([1, members.length])), members, tables };

  function bordersOver({ min, max }: ColumnRule): bigint[] {
    const inner = Array.from({ length: random(pick([1, 2, 4, 32])) }, () => min + 1n + wide(max - min));
    const first = min > LEAST ? min - BigInt(random(2)) : min;
    const all = [first, ...inner.filter((border) => border <= max), max + 1n + BigInt(random(2))];
    return [...new Set(all)].sort((a, b) => (a < b ? -1 : 1));
  }

  function randomRow(): bigint[] {
    return rules.map(({ min, max }, j) => {
      const values = [min, max, usual[j], min + wide(max - min + 1n)];
      // Values on a border, and just below it.
      if (j === grouping) values.push(...[pick(borders), pick(borders) - 1n].filter((v) => v >= min && v <= max));
      return pick(values);
    });
  }
}
