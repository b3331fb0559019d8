/** The scale of borders of a hidden sum, with the band in which it lies. */
import type { Chart } from './chart.ts';
import { clipped, roundedText, WIDTH, type Drawing, type Shape } from './drawing.ts';
import type { ThresholdResults } from './results.ts';
import { bandWords } from '../lib/policy/band-words.ts';

/** The chart of a band; undefined where none was told. */
export function thresholdChart(results: ThresholdResults): Chart | undefined {
  const { column, borders, band, proof } = results;
  if (band === undefined) return undefined;
  const told = bandWords(results, band);
  const reached = (at: number): string => (at < band ? 'reached' : 'not reached');
  const proven = proof ? { proof } : {};
  return {
    name: 'band',
    title: `Where the sum of ${column} lies`,
    description: `A scale of borders, from the highest to the lowest, in even steps. The sum is told to be ${told}. ${borders
      .map((border, at) => `${border}: ${reached(at)}`)
      .join('; ')}.`,
    drawing: scaleDrawing(borders, band),
    table: {
      head: ['What', 'Told'],
      rows: [
        { cells: ['The sum', told], ...proven },
        ...borders.map((border, at) => ({ cells: [`Border ${border}`, reached(at)], ...proven })),
      ],
    },
  };
}

const TOP = 8;
const ROW = 34;
/** Width of the bands, and how far the lines of borders stand out beside them. */
const SCALE = { width: 56, line: 70, text: 80 };

/** A ladder: one step for each band, all of one height, since the lowest and the highest have no end. */
function scaleDrawing(borders: readonly string[], band: number): Drawing {
  const bands = borders.length + 1;
  const topOf = (at: number): number => TOP + (bands - 1 - at) * ROW;
  return {
    width: WIDTH,
    height: TOP + bands * ROW + TOP,
    shapes: [
      ...Array.from({ length: bands }, (_, at) => stepShape(topOf(at), at === band)),
      ...borders.flatMap((border, at) => borderShapes(border, topOf(at), at < band)),
      {
        kind: 'text',
        x: SCALE.text,
        y: topOf(band) + ROW / 2 + 4,
        text: 'The sum lies here',
        anchor: 'start',
        fill: 'ink',
        strong: true,
      },
      { kind: 'dot', x: SCALE.width / 2, y: topOf(band) + ROW / 2, radius: 5, fill: 'paper' },
    ],
  };
}

function stepShape(y: number, reached: boolean): Shape {
  const place = { kind: 'rect', x: 1, y: y + 1, width: SCALE.width, height: ROW - 2 } as const;
  return reached ? { ...place, fill: 'accent' } : { ...place, stroke: 'soft' };
}

/** A border between the band below it, whose upper edge is at y, and the one above. */
function borderShapes(border: string, y: number, reached: boolean): Shape[] {
  return [
    { kind: 'line', from: [1, y], to: [SCALE.line, y], width: 2, stroke: 'ink' },
    {
      kind: 'text',
      x: SCALE.text,
      y: y + 4,
      text: clipped(roundedText(border), 24),
      anchor: 'start',
      fill: 'ink',
    },
    {
      kind: 'text',
      x: WIDTH,
      y: y + 4,
      text: reached ? 'reached' : 'not reached',
      anchor: 'end',
      fill: 'soft',
    },
  ];
}
