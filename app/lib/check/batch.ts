/** Whether the rows of a table are of the batch that a policy names. */
import { placeOfColumn } from '../connector/place.ts';
import type { Policy } from '../policy/schema.ts';

/** How many rows are not of the batch. */
export type BatchProfile = Readonly<{
  /** Rows with a date before or after the window. */
  outside: number;
  /** Rows whose cell does not begin with a date as 2027-01-31. */
  undated: number;
}>;

/** Counts them, row by row. */
export class BatchCounter {
  readonly #at: number;
  readonly #window: { readonly from: string; readonly to: string };
  #outside = 0;
  #undated = 0;

  /** @throws ConnectorError where the table lacks the column of dates */
  constructor(names: readonly string[], batch: NonNullable<Policy['batch']>) {
    this.#at = placeOfColumn(names, batch.column);
    this.#window = batch;
  }

  /** Counts one row. Days are compared as they are written, in whatever zone that is. */
  add(cells: readonly (string | null)[]): void {
    const day = /^\s*([0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))(?![0-9])/.exec(cells[this.#at] ?? '')?.[1];
    if (day === undefined) this.#undated++;
    else if (day < this.#window.from || day >= this.#window.to) this.#outside++;
  }

  /** What was counted. */
  profile(): BatchProfile {
    return { outside: this.#outside, undated: this.#undated };
  }
}
