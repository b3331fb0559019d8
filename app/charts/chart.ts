/** A chart: a picture with the table of the numbers that it shows. */
import type { Drawing } from './drawing.ts';

/** Where a figure is proven, as pages link to it. */
export type ProofLink = { readonly text: string; readonly href: string };

/** A table of text. The first cell of a row says what the row is about. */
export type ChartTable = {
  readonly head: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly proof?: ProofLink }[];
};

export type Chart = {
  /** What its files are named after. */
  readonly name: string;
  readonly title: string;
  /** What the picture shows, for those who do not see it. */
  readonly description: string;
  readonly drawing: Drawing;
  readonly table: ChartTable;
};

/** What stands in the place of a figure that was not opened. */
export const SUPPRESSED = 'suppressed';

/** Letters and digits of a name, for a file's. */
export function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return slug || 'chart';
}
