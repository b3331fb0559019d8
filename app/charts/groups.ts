/** Bars of figures by group, with intervals of confidence. Groups that are not open are drawn as that. */
import { scaleLinear } from 'd3-scale';
import { SUPPRESSED } from './chart.ts';
import { axisText, clipped, placed, roundedText, WIDTH, type Drawing, type Shape } from './drawing.ts';

/** A group's figure in decimal digits; none where the group is suppressed. */
export type GroupBar = { readonly label: string; readonly value?: string; readonly halfWidth?: string };

const ROW = 42;
const BAR = 14;
/** Room at both ends for the numbers of the axis. */
const MARGIN = 14;

/** One bar for each group, all from zero and to one scale. */
export function groupsDrawing(bars: readonly GroupBar[]): Drawing {
  const ends = bars.flatMap(({ value, halfWidth = '0' }) =>
    value === undefined ? [] : [Number(value) - Number(halfWidth), Number(value), Number(value) + Number(halfWidth)],
  );
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const scale = scaleLinear([least, most > least ? most : least + 1], [MARGIN, WIDTH - MARGIN]).nice(4);
  const at = (value: number): number => placed(scale(value));
  const bottom = bars.length * ROW + 6;
  return {
    width: WIDTH,
    height: bottom + 18,
    shapes: [
      ...scale.ticks(4).flatMap((tick): Shape[] => [
        ...bars.map((_, row) => gridLine(at(tick), row * ROW + 16, tick === 0)),
        {
          kind: 'text',
          x: at(tick),
          y: bottom + 14,
          text: axisText(tick),
          anchor: 'middle',
          fill: 'soft',
        },
      ]),
      ...bars.flatMap((bar, row) => barShapes(bar, row * ROW + 16, at)),
    ],
  };
}

/** Behind a bar alone: it would cross the names of groups. */
function gridLine(x: number, y: number, zero: boolean): Shape {
  return { kind: 'line', from: [x, y + 5], to: [x, y + 9 + BAR], width: 1, stroke: zero ? 'soft' : 'line' };
}

function barShapes({ label, value, halfWidth }: GroupBar, y: number, at: (value: number) => number): Shape[] {
  const name: Shape = { kind: 'text', x: 0, y, text: clipped(label, 34), anchor: 'start', fill: 'ink' };
  const top = y + 6;
  if (value === undefined) {
    const place = { x: MARGIN, y: top, width: WIDTH - 2 * MARGIN, height: BAR + 2 };
    return [
      name,
      { kind: 'rect', ...place, fill: 'paper' },
      { kind: 'rect', ...place, stroke: 'soft', dashed: true },
      { kind: 'text', x: WIDTH / 2, y: top + 12, text: SUPPRESSED, anchor: 'middle', fill: 'soft' },
    ];
  }
  const number = Number(value);
  const [from, to] = [at(Math.min(0, number)), at(Math.max(0, number))];
  const spread = halfWidth === undefined ? '' : ` ± ${roundedText(halfWidth)}`;
  const said: Shape = { kind: 'text', x: WIDTH, y, text: roundedText(value) + spread, anchor: 'end', fill: 'ink' };
  const bar: Shape = { kind: 'rect', x: from, y: top, width: placed(to - from), height: BAR, fill: 'accent' };
  if (halfWidth === undefined) return [name, said, bar];
  const [low, high] = [at(number - Number(halfWidth)), at(number + Number(halfWidth))];
  return [name, said, bar, ...whisker(low, high, top + BAR / 2)];
}

/** An interval, in the text's colour on a rim of the paper's, so that it is seen on the bar and beside it. */
export function whisker(low: number, high: number, y: number): Shape[] {
  const strokes: [from: readonly [number, number], to: readonly [number, number]][] = [
    [
      [low, y],
      [high, y],
    ],
    [
      [low, y - 4],
      [low, y + 4],
    ],
    [
      [high, y - 4],
      [high, y + 4],
    ],
  ];
  return [
    ...strokes.map(([from, to]): Shape => ({ kind: 'line', from, to, width: 4, stroke: 'paper' })),
    ...strokes.map(([from, to]): Shape => ({ kind: 'line', from, to, width: 1.5, stroke: 'ink' })),
  ];
}
