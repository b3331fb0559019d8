/** What a page and the worker that looks at a table within the browser say to each other. */
import type { CheckReport } from '../lib/check/report.ts';

/** What a table is checked under. */
export type CheckTerms = {
  /** The policy as JSON. */
  readonly policy: string;
  /** The party's. */
  readonly slot?: number;
  /** Where the party's machine stands, where that is told. */
  readonly region?: string;
  /** Header of the identifier's column. */
  readonly column: string;
};

/** The first rows of a file. A row that cannot be read has its fault alone. */
export type Preview = {
  readonly columns: readonly string[];
  readonly rows: readonly ({ readonly cells: readonly (string | null)[] } | { readonly fault: string })[];
};

/** To the worker: show the first rows of a file, or check the whole of it. */
export type PrecheckRequest = { readonly file: File } & (
  { readonly kind: 'preview' } | { readonly kind: 'check'; readonly terms: CheckTerms }
);

/** From the worker, which answers one request. */
export type PrecheckNews =
  | { readonly kind: 'preview'; readonly preview: Preview }
  | { readonly kind: 'progress'; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'report'; readonly report: CheckReport }
  | { readonly kind: 'refused'; readonly reason: string };
