/** What every connector gives: a table whose rows stream by, whatever holds them. */

/** One row of a table. `at` is its place: a line of a file, or its number in a query's result, from 1. */
export type Row = Readonly<
  | {
      at: number;
      /** One cell for every column, in their order; null where the source holds no value. */
      cells: readonly (string | null)[];
    }
  | {
      at: number;
      /** Why this row cannot be read. Never repeats a value. */
      fault: string;
    }
>;

/** Rows that came together. */
export type Batch = Readonly<{
  rows: readonly Row[];
  /** Where a source has several parts, such as the objects below a prefix: the one that holds these rows. */
  part?: string;
}>;

/** Where a row stands, for people: "objects/a.csv, line 7". */
export function placeOf(unit: Table['unit'], { part }: Batch, { at }: Row): string {
  return `${part === undefined ? '' : `${part}, `}${unit} ${at}`;
}

/** An open table. Its batches can be read once; whoever opened it closes it, read or not. */
export type Table = Readonly<{
  /** Names of the columns, trimmed, in their order. */
  columns: readonly string[];
  /** What `at` counts. */
  unit: 'line' | 'row';
  batches: AsyncIterable<Batch>;
  /** Lets go of files and connections. */
  close(): Promise<void>;
}>;
