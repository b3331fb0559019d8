/** Rows between borders as areas, and between which borders quantiles lie. */
import { scaleLinear } from 'd3-scale';
import { SUPPRESSED } from './chart.ts';
import { placed, WIDTH, type Drawing, type Shape } from './drawing.ts';

/** Rows between two neighbouring borders; none where they were not opened. */
export type Bin = { readonly rows?: number };

/** A quantile in words, and the borders between which it lies. */
export type QuantileRange = { readonly name: string; readonly from: string; readonly to: string };

const TALLEST = 120;
const TOP = 20;
const MARGIN = 14;
/** Of a range of a quantile, with its name above it. */
const RANGE = 30;
/** Numbers of the axis that are nearer to each other than this would touch. */
const APART = 34;
/** Width that the word for suppressed bins takes. */
const WORD = 66;

/** A histogram: areas, not heights, stand for rows, since borders need not be evenly spaced. */
export function histogramDrawing(
  borders: readonly string[],
  bins: readonly Bin[],
  quantiles: readonly QuantileRange[],
): Drawing {
  const edges = borders.map(Number);
  const across = scaleLinear([edges[0], edges[edges.length - 1]], [MARGIN, WIDTH - MARGIN]);
  const at = (border: string | number): number => placed(across(Number(border)));
  const density = ({ rows = 0 }: Bin, bin: number): number => rows / (edges[bin + 1] - edges[bin]);
  const height = scaleLinear([0, Math.max(...bins.map(density)) || 1], [0, TALLEST]);
  const floor = TOP + TALLEST;
  const suppressed = bins.some(({ rows }) => rows === undefined);
  const ranges = floor + 30;
  const legend = ranges + quantiles.length * RANGE;
  return {
    width: WIDTH,
    height: legend + (suppressed ? 22 : 4),
    shapes: [
      ...bins.flatMap((bin, i) => {
        const [left, right] = [at(borders[i]), at(borders[i + 1])];
        return binShapes(bin, left, right, floor, placed(height(density(bin, i))));
      }),
      { kind: 'line', from: [MARGIN, floor], to: [WIDTH - MARGIN, floor], width: 1, stroke: 'soft' },
      ...axisTexts(borders, at, floor),
      ...quantiles.flatMap(({ name, from, to }, row) => rangeShapes(name, at(from), at(to), ranges + row * RANGE)),
      ...(suppressed ? legendShapes(legend) : []),
    ],
  };
}

function binShapes({ rows }: Bin, left: number, right: number, floor: number, tall: number): Shape[] {
  const width = placed(Math.max(right - left - 2, 1));
  const middle = placed((left + right) / 2);
  if (rows === undefined) {
    const box = { kind: 'rect', x: left + 1, y: floor - TALLEST / 2, width, height: TALLEST / 2 } as const;
    const word: Shape = {
      kind: 'text',
      x: middle,
      y: floor - TALLEST / 4 + 4,
      text: SUPPRESSED,
      anchor: 'middle',
      fill: 'soft',
    };
    return [{ ...box, stroke: 'soft', dashed: true }, ...(width >= WORD ? [word] : [])];
  }
  const text = rows.toLocaleString('en-US');
  const number: Shape = { kind: 'text', x: middle, y: floor - tall - 5, text, anchor: 'middle', fill: 'ink' };
  return [
    { kind: 'rect', x: left + 1, y: floor - tall, width, height: tall, fill: 'accent' },
    ...(width >= 7 * text.length ? [number] : []),
  ];
}

/** The borders that have room for their number; the last one always has it. */
function axisTexts(borders: readonly string[], at: (border: string) => number, floor: number): Shape[] {
  const end = at(borders[borders.length - 1]);
  let taken = -Infinity;
  return borders.flatMap((border, i): Shape[] => {
    const x = at(border);
    const last = i === borders.length - 1;
    if (!last && (x - taken < APART || end - x < APART)) return [];
    taken = x;
    const anchor = last ? 'end' : i === 0 ? 'start' : 'middle';
    return [{ kind: 'text', x: last ? WIDTH : i === 0 ? 0 : x, y: floor + 15, text: border, anchor, fill: 'soft' }];
  });
}

function rangeShapes(name: string, left: number, right: number, y: number): Shape[] {
  return [
    { kind: 'text', x: 0, y: y + 10, text: name, anchor: 'start', fill: 'ink' },
    { kind: 'line', from: [left, y + 19], to: [right, y + 19], width: 3, stroke: 'second' },
    { kind: 'line', from: [left, y + 14], to: [left, y + 24], width: 2, stroke: 'second' },
    { kind: 'line', from: [right, y + 14], to: [right, y + 24], width: 2, stroke: 'second' },
  ];
}

function legendShapes(y: number): Shape[] {
  const text = `${SUPPRESSED}: rows of it were not opened`;
  return [
    { kind: 'rect', x: 1, y: y + 5, width: 16, height: 11, stroke: 'soft', dashed: true },
    { kind: 'text', x: 24, y: y + 15, text, anchor: 'start', fill: 'soft' },
  ];
}
