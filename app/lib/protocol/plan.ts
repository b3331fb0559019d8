import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError } from './errors.ts';
import { MAX_COLUMNS, assertRules, assertValue, rulesDigest, valueField, type Rules } from './rules.ts';

/** Most groups of a plan. */
export const MAX_GROUPS = 32;

/** Most quantiles of a plan. */
export const MAX_QUANTILES = 8;

/** Cells of one group: the number of its rows, then a sum and a sum of squares for every column. */
export const CELLS_PER_GROUP = 1 + 2 * MAX_COLUMNS;

/** Cells of a tally. */
export const CELLS = MAX_GROUPS * CELLS_PER_GROUP;

/** Quantiles are given in parts of this many. */
export const QUANTILE_SCALE = 10_000;

/** Columns of which something is opened have bounds that differ by less than this. */
export const SPAN_BOUND = 1n << 40n;

/** Confidences, in millionths of a standard deviation, lie below this. */
export const CONFIDENCE_BOUND = 1 << 22;

/** Borders of the only group where there is no grouping column: every row counts as the value 0. */
export const UNGROUPED: readonly bigint[] = [0n, 1n];

/** What is opened of a column: nothing, the sum of its values, or that and the sum of their squares. */
export const Output = { none: 0, sum: 1, squares: 2 } as const;
export type Output = (typeof Output)[keyof typeof Output];

/** What a room that aggregates computes over its members' rows (docs/protocol.md, section 8). */
export type Plan = Readonly<{
  /** Of the value columns; none for counts alone. */
  rules: Rules;
  /** Number of the column that tells a row's group. Absent: one group of all rows. */
  grouping?: number;
  /** One more than there are groups, ascending: group i holds border i ≤ value < border i + 1. */
  borders: readonly bigint[];
  /** One for each column. */
  outputs: readonly Output[];
  /** Numbers of two columns, the sum of one over the sum of the other. */
  ratio?: Readonly<{ numerator: number; denominator: number }>;
  /** In ten-thousandths, ascending. */
  quantiles: readonly number[];
  /** Half the width of confidence intervals in millionths of a standard deviation; 0 for none. */
  confidence: number;
  /** Whether the lift of the second of two groups over the first is told; not if absent. */
  lift?: boolean;
}>;

/** A plan of no columns, which circuits take where a statement names none. */
export const NO_PLAN: Plan = { rules: [], borders: UNGROUPED, outputs: [], quantiles: [], confidence: 0 };

/**
 * Returns a plan that can be carried out: rules that can be kept; a grouping column that exists, or the borders 0 and 1;
 * 1 to 32 groups; one output a column, and narrow bounds where something is opened; a ratio of two columns that are
 * opened and never negative; at most eight quantiles above 0 and below 1; a confidence below 2^22; two groups for lift.
 */
export function assertPlan(plan: Plan): Plan {
  assertRules(plan.rules);
  assertBorders(plan);
  assertOutputs(plan);
  assertRatio(plan);
  assertQuantiles(plan.quantiles);
  if (!Number.isInteger(plan.confidence) || plan.confidence < 0 || plan.confidence >= CONFIDENCE_BOUND)
    throw new ProtocolError(`a confidence is a whole number from 0 and below 2^22 millionths, not ${plan.confidence}`);
  if (plan.lift && groupCount(plan) !== 2)
    throw new ProtocolError(`lift is of two groups, control and test, not of ${groupCount(plan)}`);
  return plan;
}

/** Number of groups. */
export function groupCount({ borders }: Plan): number {
  return borders.length - 1;
}

/** The group of a row, from 0. Refuses a row whose value lies in no group; the error does not repeat the value. */
export function groupOf(plan: Plan, row: readonly bigint[]): number {
  if (plan.grouping === undefined) return 0;
  const { borders } = plan;
  const value = row[plan.grouping];
  let [low, high] = [0, groupCount(plan)];
  if (value < borders[low] || value >= borders[high])
    throw new ProtocolError(`a value of column ${plan.grouping} lies in none of the plan's groups`);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value < borders[middle]) high = middle;
    else low = middle;
  }
  return low;
}

/** The plan's fields in the order of its digest, as circuits take them. */
export function planColumns(plan: Plan): {
  grouping: bigint;
  borders: bigint[];
  outputs: bigint[];
  numerator: bigint;
  denominator: bigint;
  quantiles: bigint[];
  confidence: bigint;
  lift: bigint;
} {
  const { grouping, borders, outputs, ratio, quantiles, confidence, lift = false } = assertPlan(plan);
  const columnField = (column: number | undefined): bigint => (column === undefined ? 0n : BigInt(column + 1));
  const last = borders.length - 1;
  return {
    grouping: columnField(grouping),
    borders: Array.from({ length: MAX_GROUPS + 1 }, (_, i) => valueField(borders[Math.min(i, last)])),
    outputs: Array.from({ length: MAX_COLUMNS }, (_, column) => BigInt(outputs[column] ?? Output.none)),
    numerator: columnField(ratio?.numerator),
    denominator: columnField(ratio?.denominator),
    quantiles: Array.from({ length: MAX_QUANTILES }, (_, i) => BigInt(quantiles[i] ?? 0)),
    confidence: BigInt(confidence),
    lift: lift ? 1n : 0n,
  };
}

/** The 51 field elements behind a plan's digest: the rules' digest first, then the plan's own fields. */
export function planFields(plan: Plan): bigint[] {
  const { grouping, borders, outputs, numerator, denominator, quantiles, confidence, lift } = planColumns(plan);
  const ratio = [numerator, denominator];
  return [rulesDigest(plan.rules), grouping, ...borders, ...outputs, ...ratio, ...quantiles, confidence, lift];
}

/** The plan's digest (hash 31), as it stands in a room's terms. */
export function planDigest(plan: Plan): bigint {
  return hash(Domain.plan, planFields(plan));
}

function assertBorders({ rules, grouping, borders }: Plan): void {
  if (grouping !== undefined) assertColumn(grouping, rules, 'grouping column');
  else if (borders.length !== UNGROUPED.length || borders.some((border, i) => border !== UNGROUPED[i]))
    throw new ProtocolError('a plan without a grouping column has the borders 0 and 1');
  const groups = borders.length - 1;
  if (groups < 1 || groups > MAX_GROUPS) throw new ProtocolError(`a plan has 1 to ${MAX_GROUPS} groups, not ${groups}`);
  borders.forEach((border, i) => {
    assertValue(border, `border ${i}`);
    if (i > 0 && border <= borders[i - 1]) throw new ProtocolError(`border ${i} is not above the one before it`);
  });
}

function assertOutputs({ rules, outputs }: Plan): void {
  if (outputs.length !== rules.length)
    throw new ProtocolError(`the plan has outputs for ${outputs.length} columns, the rules are for ${rules.length}`);
  outputs.forEach((output, column) => {
    if (!Object.values(Output).includes(output))
      throw new ProtocolError(`column ${column} has an output that does not exist: ${output}`);
    if (output !== Output.none && rules[column].max - rules[column].min >= SPAN_BOUND)
      throw new ProtocolError(`the bounds of column ${column} must differ by less than 2^40, since its sum is opened`);
  });
}

function assertRatio({ rules, outputs, ratio }: Plan): void {
  if (!ratio) return;
  for (const [column, what] of [
    [ratio.numerator, "the ratio's numerator"],
    [ratio.denominator, "the ratio's denominator"],
  ] as const) {
    assertColumn(column, rules, what);
    if (outputs[column] === Output.none)
      throw new ProtocolError(`${what} is column ${column}, whose sum is not opened`);
    if (rules[column].min < 0n) throw new ProtocolError(`${what} is column ${column}, whose values may be negative`);
  }
  if (ratio.numerator === ratio.denominator)
    throw new ProtocolError(`a ratio is of two columns, not of column ${ratio.numerator} and itself`);
}

function assertQuantiles(quantiles: readonly number[]): void {
  if (quantiles.length > MAX_QUANTILES)
    throw new ProtocolError(`a plan has at most ${MAX_QUANTILES} quantiles, not ${quantiles.length}`);
  quantiles.forEach((quantile, i) => {
    if (!Number.isInteger(quantile) || quantile < 1 || quantile >= QUANTILE_SCALE)
      throw new ProtocolError(`quantile ${i} is a whole number of ten-thousandths, 1 to 9999, not ${quantile}`);
    if (i > 0 && quantile <= quantiles[i - 1]) throw new ProtocolError(`quantile ${i} is not above the one before it`);
  });
}

function assertColumn(column: number, rules: Rules, what: string): void {
  if (!Number.isInteger(column) || column < 0 || column >= rules.length)
    throw new ProtocolError(`${what}: there is no column ${column} among the ${rules.length} that the rules are for`);
}
