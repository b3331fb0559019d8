/** Charts of how much lists have in common: two circles for two lists, a matrix with bars for more. */
import { scaleLinear } from 'd3-scale';
import { distanceFromIntersectArea } from '@upsetjs/venn.js';
import { SUPPRESSED, type Chart, type ChartTable } from './chart.ts';
import { clipped, placed, WIDTH, type Drawing, type Shape, type Text } from './drawing.ts';
import type { OverlapResults } from './results.ts';

type List = { readonly label: string; readonly size: number };

/** The chart of an overlap; undefined where the viewer does not know how long every list is, or two lists' overlap was not opened. */
export function overlapChart(results: OverlapResults): Chart | undefined {
  const { count, partial = false } = results;
  const lists = results.lists.flatMap(({ label, size }) => (size === undefined ? [] : [{ label, size }]));
  if (lists.length < results.lists.length || lists.length < 2) return undefined;
  if (lists.length === 2 && count === undefined) return undefined;
  const names = lists.map(({ label, size }) => `${label} has ${size}`).join(', ');
  const common =
    count === undefined
      ? `How many all have in common was ${SUPPRESSED}`
      : `All have ${count} in common${partial ? OPEN : ''}`;
  const shared = `${lists.length === 2 ? 'Two lists and what they share' : `${lists.length} lists and what all of them share`}${partial ? OPEN : ''}`;
  return {
    name: 'overlap',
    title: shared,
    description: `${names}. ${common}.`,
    drawing: lists.length === 2 ? vennDrawing([lists[0], lists[1]], count!, partial) : matrixDrawing(lists, count),
    table: overlapTable(results),
  };
}

/** Said of a count that leaves suppressed cohorts out. */
const OPEN = ' in open cohorts';

function overlapTable({ lists, count, partial = false, proof }: OverlapResults): ChartTable {
  // How many are in one list alone follows from a whole count, and not from one that may be too small.
  const two = lists.length === 2 && count !== undefined && !partial;
  return {
    head: ['What', 'Identifiers'],
    rows: [
      ...lists.map(({ label, size, proof: own }) => ({ cells: [`List of ${label}`, String(size)], proof: own })),
      { cells: [`In all lists${partial ? ',' + OPEN : ''}`, count === undefined ? SUPPRESSED : String(count)], proof },
      ...(two ? lists.map(({ label, size }) => ({ cells: [`Only in ${label}`, String(size! - count)] })) : []),
    ],
  };
}

const CIRCLES = { width: 300, height: 180, top: 44, below: 34 };
/** A region as narrow as this holds no number. */
const NARROW = 30;

/** Two circles whose areas, and whose overlap's, are in proportion to the numbers. */
function vennDrawing(lists: readonly [List, List], count: number, partial: boolean): Drawing {
  const [r1, r2] = lists.map(({ size }) => Math.sqrt(size / Math.PI));
  const distance = distanceFromIntersectArea(r1, r2, count);
  const [left, right] = [Math.min(-r1, distance - r2), Math.max(r1, distance + r2)];
  const tall = 2 * Math.max(r1, r2);
  const scale = Math.min(CIRCLES.width / (right - left), CIRCLES.height / tall);
  const across = (x: number): number => placed(WIDTH / 2 + (x - (left + right) / 2) * scale);
  const middle = placed(CIRCLES.top + (tall * scale) / 2);
  const shared = [Math.max(-r1, distance - r2), Math.min(r1, distance + r2)];
  const regions = [
    { from: -r1, to: distance - r2, value: lists[0].size - count },
    { from: r1, to: distance + r2, value: lists[1].size - count },
  ];
  const bottom = placed(CIRCLES.top + tall * scale + CIRCLES.below);
  const centre = across((shared[0] + shared[1]) / 2);
  return {
    width: WIDTH,
    height: bottom + 8,
    shapes: [
      { kind: 'disc', x: across(0), y: middle, radius: placed(r1 * scale), fill: 'accent' },
      { kind: 'disc', x: across(distance), y: middle, radius: placed(r2 * scale), fill: 'second' },
      ...headings(lists),
      ...(partial ? [] : regions)
        .filter(({ from, to }) => (to - from) * scale >= NARROW)
        .map(({ from, to, value }) => words(across((from + to) / 2), middle + 4, counted(value), 'middle')),
      { kind: 'line', from: [centre, middle], to: [centre, bottom - 14], width: 1, stroke: 'ink' },
      { kind: 'dot', x: centre, y: middle, radius: 2.5, fill: 'ink' },
      {
        ...words(centre, bottom, `${counted(count)} in both lists${partial ? ',' + OPEN : ''}`, 'middle'),
        strong: true,
      },
    ],
  };
}

function headings([one, other]: readonly [List, List]): Shape[] {
  return (
    [
      [one, 0, 'start', 'accent'],
      [other, WIDTH, 'end', 'second'],
    ] as const
  ).flatMap(([{ label, size }, x, anchor, fill]): Shape[] => [
    { ...words(x, 14, clipped(label, 26), anchor), fill, strong: true },
    words(x, 30, `${counted(size)} identifiers`, anchor),
  ]);
}

const MATRIX = { bars: 240, row: 40, column: 316, most: 110, thick: 28 };

/** Lists as bars, a dot for each in the column of those that hold what is counted, and above it the bar of what all share. */
function matrixDrawing(lists: readonly List[], count: number | undefined): Drawing {
  const largest = Math.max(...lists.map(({ size }) => size));
  // One scale for all bars, so that they can be compared.
  const longest = Math.min(MATRIX.bars, count ? (MATRIX.most * largest) / count : MATRIX.bars);
  const length = scaleLinear([0, largest], [0, longest]);
  const shared = count === undefined ? MATRIX.thick : Math.max(placed(length(count)), 1);
  const base = 26 + shared;
  const { column, row, thick } = MATRIX;
  const rows = lists.map(({ label, size }, at) => ({ label, size, y: base + 22 + at * row }));
  const [first, last] = [rows[0], rows[rows.length - 1]];
  return {
    width: WIDTH,
    height: last.y + 28,
    shapes: [
      words(column - thick, 16, `In all ${lists.length} lists`, 'end'),
      { ...words(column, 16, count === undefined ? SUPPRESSED : counted(count), 'middle'), strong: true },
      count === undefined
        ? { ...box(column - thick / 2, 22, thick, shared), stroke: 'soft', dashed: true }
        : { ...box(column - thick / 2, 22, thick, shared), fill: 'accent' },
      { kind: 'line', from: [column, first.y + 14], to: [column, last.y + 14], width: 2, stroke: 'accent' },
      ...rows.flatMap(({ label, size, y }): Shape[] => [
        words(0, y, clipped(label, 28), 'start'),
        words(MATRIX.bars + 30, y, counted(size), 'end'),
        { ...box(0, y + 8, Math.max(placed(length(size)), 1), 12), fill: 'second' },
        { kind: 'dot', x: column, y: y + 14, radius: 6, fill: 'accent' },
      ]),
    ],
  };
}

function box(x: number, y: number, width: number, height: number) {
  return { kind: 'rect' as const, x, y, width, height };
}

function words(x: number, y: number, text: string, anchor: Text['anchor']): Text {
  return { kind: 'text', x, y, text, anchor, fill: 'ink' };
}

function counted(value: number): string {
  return value.toLocaleString('en-US');
}
