/** Bars behind numbers in a table, drawn to one scale that begins at zero. */

/** A bar's place on its scale, in hundredths of the whole width. */
export type Bar = { readonly from: number; readonly width: number };

/**
 * The bars of numbers given as decimal text. Numbers below zero go from zero to the left; where none is, zero is the left
 * end. Reading the text as a floating point number is exact enough for a drawing.
 */
export function barsOf(texts: readonly string[]): Bar[] {
  const values = texts.map(Number);
  const least = Math.min(0, ...values);
  const span = Math.max(0, ...values) - least;
  const place = (value: number): number => (span === 0 ? 0 : Math.round(((value - least) / span) * 10_000) / 100);
  return values.map((value) => {
    const [from, to] = [place(Math.min(0, value)), place(Math.max(0, value))];
    return { from, width: Math.round((to - from) * 100) / 100 };
  });
}
