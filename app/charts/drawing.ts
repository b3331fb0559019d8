/**
 * A picture as plain shapes. The pages draw it as SVG in their own colours; it is saved as SVG or painted as PNG from the very
 * same shapes, so that no image has to be loaded, which the pages' security policy forbids.
 */

/** What a shape is coloured by; pages and files have a colour for each. */
export type Ink = 'ink' | 'soft' | 'line' | 'accent' | 'second' | 'paper';

type Stroked = { readonly stroke: Ink; readonly dashed?: true };

export type Rect = {
  readonly kind: 'rect';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
} & ({ readonly fill: Ink } | Stroked);

/** A disc through which what lies behind it is seen, with its edge. */
export type Disc = {
  readonly kind: 'disc';
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly fill: Ink;
};

export type Dot = {
  readonly kind: 'dot';
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly fill: Ink;
};

export type Line = {
  readonly kind: 'line';
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly width: number;
} & Stroked;

export type Text = {
  readonly kind: 'text';
  readonly x: number;
  /** Of the base line. */
  readonly y: number;
  readonly text: string;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly fill: Ink;
  readonly strong?: true;
};

export type Shape = Rect | Disc | Dot | Line | Text;

/** Shapes in the order in which they are painted, in units of which a letter is about six wide. */
export type Drawing = { readonly width: number; readonly height: number; readonly shapes: readonly Shape[] };

/** Width of every drawing: that of a phone, so that its letters can be read there. */
export const WIDTH = 360;
/** Height of letters. */
export const LETTER = 12;
/** How much of what lies behind a disc its own colour covers. */
export const DISC_COVER = 0.35;
/** Lengths of the dashes of a dashed edge, and of what is between them. */
export const DASHES = [4, 3] as const;

/** A text cut to so many letters. */
export function clipped(text: string, letters: number): string {
  const all = [...text];
  return all.length <= letters ? text : `${all.slice(0, letters - 1).join('')}…`;
}

/** A number, given as decimal text, with four decimals at most and thousands apart. For the eye: tables have every digit. */
export function roundedText(decimal: string): string {
  return Number(decimal).toLocaleString('en-US', { maximumFractionDigits: 4 });
}

/** A number of an axis from zero: short, and never with an exponent, as in `20`, `0.005`, `1.5M`. */
export function axisText(value: number): string {
  return value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
}

/** A length or place, without more digits than an eye can tell. */
export function placed(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A shape at another place. */
export function moved(shape: Shape, x: number, y: number): Shape {
  if (shape.kind !== 'line') return { ...shape, x: shape.x + x, y: shape.y + y };
  const [from, to] = [shape.from, shape.to].map(([a, b]) => [a + x, b + y] as const);
  return { ...shape, from, to };
}
