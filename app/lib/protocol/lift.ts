/** Lift: what a column's mean in group 1, the test, has over that in group 0, the control (docs/protocol.md, section 8). */
import { countCell, hasGroup, squaresCell, sumCell } from './groups.ts';
import { floorQuotient, rootBelow } from './integers.ts';
import { twoSided } from './normal.ts';
import { Output, type Plan } from './plan.ts';
import { MAX_COLUMNS } from './rules.ts';

const MILLION = 1_000_000n;
/** Scores end here. */
const LAST_SCORE = (1n << 33n) - 1n;

/** The groups that are compared. */
export const CONTROL = 0;
export const TEST = 1;

/** The lift of one column. All but the p-value are in millionths, and rounded down, also below 0. */
export type Lift = Readonly<{
  /** Mean of the test less that of the control. */
  difference: bigint;
  /** The difference in parts of the control's mean; 0 unless that is above 0. */
  relative: bigint;
  /** Standard error of the difference (Welch 1947: variances are not taken to be equal), at most two millionths too low. */
  error: bigint;
  /** Half the width of the difference's normal confidence interval. */
  halfWidth: bigint;
  /** The difference's size in standard errors, at most 2^33 − 1; 0 if the error is 0. */
  score: bigint;
  /** Two-sided p-value of the score in 10^-9, at most 2·10^-5 too high. */
  p: bigint;
}>;

/** Numbers of a lift. */
export const LIFT_FIELDS = 6;

/** A lift of which nothing is told. */
const NONE: Lift = { difference: 0n, relative: 0n, error: 0n, halfWidth: 0n, score: 0n, p: 0n };

/** The lift of every column that totals allow to tell, four in all; the totals' own bounds were checked. */
export function liftsOf(totals: readonly bigint[], plan: Plan, open: number): Lift[] {
  const variances = meanVariances(totals, plan, open);
  return variances.map((varies, column) => {
    if (!tellsLift(plan, open, column)) return NONE;
    const [control, test] = [CONTROL, TEST].map((group) => ({
      rows: totals[countCell(group)],
      sum: totals[sumCell(group, column)],
    }));
    // The least value, which sums lack, cancels out.
    const gain = (test.sum * control.rows - control.sum * test.rows) * MILLION;
    const difference = floorQuotient(gain, control.rows * test.rows);
    const base = control.sum + control.rows * plan.rules[column].min;
    const relative = base > 0n ? floorQuotient(gain, base * test.rows) : 0n;
    if (!varies) return { ...NONE, difference, relative };
    const error = rootBelow(varies[CONTROL] + varies[TEST]);
    const score = scoreOf(difference, error);
    const halfWidth = (BigInt(plan.confidence) * error) / MILLION;
    return { difference, relative, error, halfWidth, score, p: twoSided(score) };
  });
}

/** Whether anything is told of a column's lift: the plan tells lift, both groups are open, and so is the column's sum. */
export function tellsLift({ lift, outputs }: Plan, open: number, column: number): boolean {
  const bothOpen = hasGroup(open, CONTROL) && hasGroup(open, TEST);
  return lift === true && bothOpen && (outputs[column] ?? Output.none) !== Output.none;
}

/**
 * For each of four columns the variances of its means in control and test, in 10^-12 and rounded down; undefined where no
 * standard error is told: sums of squares are not opened, or a group has fewer than two rows.
 */
export function meanVariances(
  totals: readonly bigint[],
  plan: Plan,
  open: number,
): (readonly [bigint, bigint] | undefined)[] {
  return Array.from({ length: MAX_COLUMNS }, (_, column) => {
    const squared = tellsLift(plan, open, column) && plan.outputs[column] === Output.squares;
    if (!squared || [CONTROL, TEST].some((group) => totals[countCell(group)] < 2n)) return undefined;
    const [control, test] = [CONTROL, TEST].map((group) => {
      const rows = totals[countCell(group)];
      const spread = rows * totals[squaresCell(group, column)] - totals[sumCell(group, column)] ** 2n;
      return (MILLION * MILLION * spread) / (rows * rows * (rows - 1n));
    });
    return [control, test];
  });
}

function scoreOf(difference: bigint, error: bigint): bigint {
  if (error === 0n) return 0n;
  const score = ((difference < 0n ? -difference : difference) * MILLION) / error;
  return score < LAST_SCORE ? score : LAST_SCORE;
}
