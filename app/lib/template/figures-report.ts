/** The figures that a room opens, in the units of its policy: exact decimals, with names for groups and columns. */
import { parseField } from '../field/field.ts';
import { analysisOf, type Analysis } from '../policy/analysis.ts';
import { formatDecimal } from '../policy/decimal.ts';
import { columnNamed, isNumeric } from '../policy/columns.ts';
import { FIGURE_DECIMALS } from '../policy/limits.ts';
import { policyPlan } from '../policy/plan.ts';
import { isJoined, isLift, type Policy } from '../policy/schema.ts';
import { figuresOf } from '../protocol/figures.ts';
import { countCell, sumCell } from '../protocol/groups.ts';
import { CONTROL } from '../protocol/lift.ts';
import { groupCount, Output } from '../protocol/plan.ts';
import { MAX_COLUMNS } from '../protocol/rules.ts';
import { liftLines, reportLift, type LiftReport } from './lift-report.ts';
import type { Outcome } from './template.ts';

/** What was opened of a column in a group, in decimal digits. */
export type ColumnReport = {
  readonly column: string;
  readonly sum: string;
  readonly mean: string;
  /** Sample variance, where sums of squares are opened. */
  readonly variance?: string;
  /** Half the width of the confidence interval of the mean, where the policy names a confidence. */
  readonly halfWidth?: string;
};

/** One group. Of a group that is not open nothing is known but that. */
export type GroupReport = {
  readonly label: string;
  readonly open: boolean;
  readonly rows: number;
  readonly columns: readonly ColumnReport[];
  readonly ratio?: string;
};

/** A quantile: it lies between these two borders, `from` included and `to` not. */
export type QuantileReport = { readonly quantile: string; readonly from: string; readonly to: string };

/** All figures of a room. */
export type FiguresReport = {
  readonly groups: readonly GroupReport[];
  readonly quantiles: readonly QuantileReport[];
  /** What the second of two groups has over the first, column by column, where the policy has it told; none if one is closed. */
  readonly lift?: readonly LiftReport[];
};

/** The figures that an outcome states; undefined where it states none. */
export function reportOutcome(policy: Policy, outcome: Outcome): FiguresReport | undefined {
  if (outcome.suppressed || !outcome.figures) return undefined;
  return reportFigures(policy, parseFigures(outcome.figures));
}

/** Reads figures that an outcome states. */
export function parseFigures(figures: readonly string[]): bigint[] {
  return figures.map((figure) => parseField(figure, 'figure'));
}

/** @param fields the 744 figures, as the room's proof has them */
function reportFigures(policy: Policy, fields: readonly bigint[]): FiguresReport {
  const plan = policyPlan(policy);
  const analysis = analysisOf(policy);
  if (!analysis || !plan) throw new Error('Rooms of this policy have no figures.');
  const { columns, ratio, confidence } = analysis;
  const figures = figuresOf(fields, plan);
  const { totals, means, variances, halfWidths, ratios, quantiles } = figures;
  const names = columns.map(({ column }) => column);
  const decimals = columns.map((column) => (isNumeric(column) ? column.decimals : 0));
  const borders = analysis.grouping?.borders ?? [];
  const groups = Array.from({ length: groupCount(plan) }, (_, g): GroupReport => {
    const rows = totals[countCell(g)];
    const open = rows > 0n;
    const reports = columns.flatMap(({ column }, j): ColumnReport[] => {
      const output = plan.outputs[j];
      if (!open || output === Output.none) return [];
      const { min } = plan.rules[j];
      const cell = MAX_COLUMNS * g + j;
      const sum = totals[sumCell(g, j)] + rows * min;
      const squares = output === Output.squares && rows > 1n;
      return [
        {
          column,
          sum: formatDecimal(sum, decimals[j]),
          mean: formatDecimal(min * 10n ** BigInt(FIGURE_DECIMALS) + means[cell], decimals[j] + FIGURE_DECIMALS),
          ...(squares ? { variance: formatDecimal(variances[cell], 2 * decimals[j] + FIGURE_DECIMALS) } : {}),
          ...(squares && confidence
            ? { halfWidth: formatDecimal(halfWidths[cell], decimals[j] + FIGURE_DECIMALS) }
            : {}),
        },
      ];
    });
    return {
      label: groupLabel(policy, analysis, g),
      open,
      rows: Number(rows),
      columns: reports,
      ...(open && plan.ratio && ratio
        ? { ratio: ratioText(ratios[g], decimals[plan.ratio.numerator], decimals[plan.ratio.denominator]) }
        : {}),
    };
  });
  return {
    groups,
    quantiles: plan.quantiles.map((quantile, i) => ({
      quantile: formatDecimal(BigInt(quantile), 4),
      from: borders[quantiles[i].lower],
      to: borders[quantiles[i].upper + 1],
    })),
    ...(plan.lift ? { lift: reportLift(plan, figures, { names, decimals }) } : {}),
  };
}

/**
 * The figures as lines of text: a headline, then one for each group, then one for each quantile, then the lift.
 * @param counted what `rows` counts
 */
export function figureLines({ groups, quantiles, lift }: FiguresReport, rows: number, counted = 'rows'): string[] {
  const open = groups.filter((group) => group.open).length;
  return [
    `${open} of ${groups.length} ${groups.length === 1 ? 'group is' : 'groups are'} open, with ${rows} ${counted}.`,
    ...groups.map(groupLine),
    ...quantiles.map(({ quantile, from, to }) => `The ${quantile} quantile lies from ${from} to below ${to}.`),
    ...(lift?.length === 0 && open < groups.length
      ? ['Test is not compared with control: a group is suppressed.']
      : []),
    ...(lift && lift.length > 0 ? liftLines(lift, { control: groups[0].label, test: groups[1].label }) : []),
  ];
}

function groupLine({ label, open, rows, columns, ratio }: GroupReport): string {
  if (!open) return `${label}: suppressed.`;
  const parts = columns.map(({ column, sum, mean, variance, halfWidth }) =>
    [
      `${column}: sum ${sum}, mean ${mean}`,
      ...(halfWidth === undefined ? [] : [` ± ${halfWidth}`]),
      ...(variance === undefined ? [] : [`, variance ${variance}`]),
    ].join(''),
  );
  return [`${label}: ${rows} rows`, ...parts, ...(ratio === undefined ? [] : [`ratio ${ratio}`])].join('; ') + '.';
}

function groupLabel(policy: Policy, { columns, grouping }: Analysis, group: number): string {
  if (isLift(policy)) return group === CONTROL ? 'control' : 'test';
  if (!grouping) return isJoined(policy) ? 'All in common' : 'All rows';
  const column = columnNamed(columns, grouping.column)!;
  if (!isNumeric(column)) return `${grouping.column} ${column.labels[group]}`;
  const borders = grouping.borders!;
  return `${grouping.column} from ${borders[group]} to below ${borders[group + 1]}`;
}

/**
 * A ratio of two sums, whose columns may have different decimals: the one in scaled units times 10^(denominator's −
 * numerator's). Columns have at most six decimals, so that it has none below zero.
 */
function ratioText(ratio: bigint, numerator: number, denominator: number): string {
  return formatDecimal(ratio, numerator - denominator + FIGURE_DECIMALS);
}
