/** Charts of lift: of each outcome the means of both arms, and below them by how much they differ, with intervals. */
import { scaleLinear } from 'd3-scale';
import type { FiguresReport, GroupReport } from '../lib/template/figures-report.ts';
import type { LiftReport } from '../lib/template/lift-report.ts';
import { SUPPRESSED, slugOf, type Chart, type ProofLink } from './chart.ts';
import { axisText, clipped, LETTER, moved, placed, roundedText, WIDTH, type Drawing, type Shape } from './drawing.ts';
import { groupsDrawing, whisker, type GroupBar } from './groups.ts';

/** A difference in decimal digits, with its interval where one is told. */
export type Difference = Pick<LiftReport, 'difference' | 'interval'>;

/** Said in the place of a difference of arms of which one is suppressed. */
const NOT_COMPARED = 'not compared: an arm is suppressed';
/** Room at both ends for the numbers of the axis. */
const MARGIN = 14;
/** Base line of the difference's name, its point and its axis, from the top of its panel. */
const NAME = 18;
const POINT = 40;
const AXIS = 56;
const PANEL = AXIS + 20;

type TableRow = readonly [what: string, figure: string, interval: string, known: boolean];

/**
 * A chart for each outcome of which something is opened. Differences have an axis of their own, with a line at zero: beside large
 * means they would be too small to be seen.
 */
export function liftCharts(
  { groups, lift = [] }: FiguresReport,
  confidence: number | undefined,
  proof?: ProofLink,
): Chart[] {
  const open = groups.find((group) => group.open);
  return (open?.columns ?? []).map(({ column }, at) => {
    const told = lift.find((each) => each.column === column);
    return liftChart(
      { column, number: at + 1, arms: groups.map((group) => armOf(group, at)), told, confidence },
      proof,
    );
  });
}

function armOf({ label, open, columns }: GroupReport, at: number): GroupBar {
  return open ? { label, value: columns[at].mean, halfWidth: columns[at].halfWidth } : { label };
}

type Outcome = {
  readonly column: string;
  readonly number: number;
  readonly arms: readonly GroupBar[];
  readonly told?: LiftReport;
  readonly confidence?: number;
};

function liftChart({ column, number, arms, told, confidence }: Outcome, proof?: ProofLink): Chart {
  const [control, test] = arms.map(({ label }) => label);
  const compared = `${capital(test)} less ${control}`;
  const spread = told?.interval !== undefined || arms.some(({ halfWidth }) => halfWidth !== undefined);
  const rows: TableRow[] = [
    ...arms.map(({ label, value, halfWidth }): TableRow => {
      const interval = halfWidth === undefined ? '' : `± ${halfWidth}`;
      return [`Mean of ${label}`, value ?? SUPPRESSED, interval, value !== undefined];
    }),
    told ? [compared, told.difference, intervalText(told), true] : [compared, NOT_COMPARED, '', false],
    ...(told?.relative === undefined ? [] : [[`${compared}, in per cent`, told.relative, '', true] as const]),
    ...(told?.significance === undefined ? [] : [['p-value', told.significance.p, '', true] as const]),
  ];
  const said = rows.map(([what, figure, interval]) => `${what}: ${figure}${interval ? ` (${interval})` : ''}`);
  return {
    name: `lift-${number}-${slugOf(column)}`,
    title: `Lift of ${column}${spread && confidence !== undefined ? `, with ${confidence} % confidence` : ''}`,
    description: `Bars of the mean of ${column} in each arm, and below them the difference on an axis with a line at 0. ${said.join('; ')}.`,
    drawing: liftDrawing(arms, compared, told),
    table: {
      head: ['What', 'Figure', 'Interval'],
      rows: rows.map(([what, figure, interval, known]) => ({
        cells: [what, figure, interval],
        ...(known && proof ? { proof } : {}),
      })),
    },
  };
}

/** Bars of the arms' means from zero, and below them the difference as a point with its interval. */
export function liftDrawing(arms: readonly GroupBar[], compared: string, told?: Difference): Drawing {
  const above = groupsDrawing(arms);
  const below = told ? differenceShapes(compared, told) : missingShapes(compared);
  return {
    width: WIDTH,
    height: above.height + PANEL,
    shapes: [...above.shapes, ...below.map((shape) => moved(shape, 0, above.height))],
  };
}

function differenceShapes(compared: string, { difference, interval }: Difference): Shape[] {
  const ends = [difference, interval?.from ?? difference, interval?.to ?? difference].map(Number);
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const scale = scaleLinear([least, most > least ? most : least + 1], [MARGIN, WIDTH - MARGIN]).nice(4);
  const at = (value: string | number): number => placed(scale(Number(value)));
  const text = `${Number(difference) > 0 ? '+' : ''}${roundedText(difference)}`;
  const range = interval ? `${roundedText(interval.from)} to ${roundedText(interval.to)}` : '';
  return [
    { kind: 'text', x: 0, y: NAME, text: clipped(compared, 30), anchor: 'start', fill: 'ink', strong: true },
    { kind: 'text', x: WIDTH, y: NAME, text: range ? `${text} (${range})` : text, anchor: 'end', fill: 'ink' },
    { kind: 'line', from: [MARGIN, AXIS], to: [WIDTH - MARGIN, AXIS], width: 1, stroke: 'line' },
    ...scale.ticks(4).map((tick): Shape => {
      const place = { x: at(tick), y: AXIS + 14, anchor: 'middle', fill: 'soft' } as const;
      return { kind: 'text', ...place, text: axisText(tick) };
    }),
    { kind: 'line', from: [at(0), NAME + 6], to: [at(0), AXIS], width: 1.5, stroke: 'soft', dashed: true },
    ...(interval ? whisker(at(interval.from), at(interval.to), POINT) : []),
    { kind: 'dot', x: at(difference), y: POINT, radius: 5, fill: 'second' },
  ];
}

function missingShapes(compared: string): Shape[] {
  const place = { x: MARGIN, y: NAME + 8, width: WIDTH - 2 * MARGIN, height: 2 * LETTER };
  return [
    { kind: 'text', x: 0, y: NAME, text: clipped(compared, 30), anchor: 'start', fill: 'ink', strong: true },
    { kind: 'rect', ...place, stroke: 'soft', dashed: true },
    { kind: 'text', x: WIDTH / 2, y: NAME + 24, text: NOT_COMPARED, anchor: 'middle', fill: 'soft' },
  ];
}

function intervalText({ interval }: Difference): string {
  return interval ? `${interval.from} to ${interval.to}` : '';
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
