/** Lift as people read it: what a room's test group has over its control group. */
import { formatDecimal } from '../policy/decimal.ts';
import { FIGURE_DECIMALS } from '../policy/limits.ts';
import type { Figures } from '../protocol/figures.ts';
import { countCell, sumCell } from '../protocol/groups.ts';
import { CONTROL, TEST, type Lift } from '../protocol/lift.ts';
import { Output, type Plan } from '../protocol/plan.ts';

/** The lift of one column, in decimal digits. */
export type LiftReport = {
  readonly column: string;
  /** Mean of the test less that of the control. */
  readonly difference: string;
  /** The difference in per cent of the control's mean, where that is above 0. */
  readonly relative?: string;
  /** The difference's standard error, where sums of squares are opened and both groups have two rows. */
  readonly error?: string;
  /** Confidence interval of the difference, with an error and where the policy names a confidence. */
  readonly interval?: { readonly from: string; readonly to: string };
  /** The difference in standard errors, negative if it is, and its p-value; where the error is not 0. */
  readonly significance?: { readonly score: string; readonly p: string };
};

/** How errors, intervals and p-values come about, in words. */
const METHOD =
  "Standard errors are Welch's (1947), which do not take the groups' variances to be equal; intervals and two-sided p-values are those of the normal approximation.";
/** Decimals of a p-value, which may be too high by some units of the fifth. */
const P_DECIMALS = 4;
/** Billionths in the last of them. */
const P_UNIT = 10n ** BigInt(9 - P_DECIMALS);

/**
 * The lift of each column of which something is opened; none if a group is closed.
 *
 * @param figures of a plan that tells lift
 * @param names of the columns, and their decimals
 */
export function reportLift(
  plan: Plan,
  { totals, lift }: Pick<Figures, 'totals' | 'lift'>,
  { names, decimals }: { readonly names: readonly string[]; readonly decimals: readonly number[] },
): LiftReport[] {
  const rows = [CONTROL, TEST].map((group) => totals[countCell(group)]);
  if (rows.some((count) => count === 0n)) return [];
  return names.flatMap((column, j): LiftReport[] => {
    const output = plan.outputs[j];
    if (output === Output.none) return [];
    const { difference, relative, error, halfWidth } = lift[j];
    const text = (value: bigint): string => formatDecimal(value, decimals[j] + FIGURE_DECIMALS);
    const controlSum = totals[sumCell(CONTROL, j)] + rows[CONTROL] * plan.rules[j].min;
    const known = output === Output.squares && rows.every((count) => count > 1n);
    return [
      {
        column,
        difference: text(difference),
        ...(controlSum > 0n ? { relative: formatDecimal(relative, FIGURE_DECIMALS - 2) } : {}),
        ...(known ? { error: text(error) } : {}),
        ...(known && plan.confidence > 0
          ? { interval: { from: text(difference - halfWidth), to: text(difference + halfWidth) } }
          : {}),
        ...(known && error > 0n ? { significance: significanceOf(lift[j]) } : {}),
      },
    ];
  });
}

/** Lift as lines of text: one for each column, then how its figures come about. */
export function liftLines(
  reports: readonly LiftReport[],
  { control, test }: { control: string; test: string },
): string[] {
  const lines = reports.map(({ column, difference, relative, error, interval, significance }) =>
    [
      `${column}, ${test} less ${control}: difference ${difference}`,
      ...(interval ? [`interval from ${interval.from} to ${interval.to}`] : []),
      ...(relative === undefined ? [] : [`relative lift ${relative} per cent`]),
      ...(error === undefined ? [] : [`standard error ${error}`]),
      ...(significance ? [`z score ${significance.score}`, `p-value ${significance.p}`] : []),
      ...(error !== undefined && !significance ? ['no p-value, since the values do not vary'] : []),
    ].join('; '),
  );
  const explained = reports.some(({ error }) => error !== undefined) ? [METHOD] : [];
  return [...lines.map((line) => `${line}.`), ...explained];
}

function significanceOf({ difference, score, p }: Lift): { score: string; p: string } {
  // Rounded up, so that no p-value looks smaller than it is.
  const units = (p + P_UNIT - 1n) / P_UNIT;
  return {
    score: formatDecimal(difference < 0n ? -score : score, FIGURE_DECIMALS),
    p: units === 0n ? `below ${formatDecimal(1n, P_DECIMALS)}` : formatDecimal(units, P_DECIMALS),
  };
}
