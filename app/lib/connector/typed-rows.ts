/** From columns of typed cells, as Parquet and Arrow files keep them, to rows. */
import { CellFault, type Cell } from './cell-text.ts';
import { ConnectorError } from './errors.ts';
import type { Ranges } from './ranges.ts';
import type { Batch, Row, Table } from './table.ts';

/** Rows that come at once. */
export const BATCH_ROWS = 2_000;

/**
 * Rows of columns of equal length. A row that has a faulty cell is a fault that names the column.
 * @param at place of the first row
 */
export function rowsOfColumns(names: readonly string[], columns: readonly (readonly Cell[])[], at: number): Row[] {
  return Array.from({ length: columns[0]?.length ?? 0 }, (_, i) => {
    const cells = columns.map((column) => column[i]);
    const faulty = cells.findIndex((cell) => cell instanceof CellFault);
    if (faulty < 0) return { at: at + i, cells: cells as (string | null)[] };
    return {
      at: at + i,
      fault: `column ${JSON.stringify(names[faulty])} holds ${(cells[faulty] as CellFault).reason}`,
    };
  });
}

/** The table of a source's batches, whose places are numbers of rows; the source is closed with it. */
export function tableOf(columns: readonly { name: string }[], batches: AsyncGenerator<Batch>, source: Ranges): Table {
  return {
    columns: columns.map(({ name }) => name),
    unit: 'row',
    batches,
    async close() {
      await batches.return(undefined);
      await source.close();
    },
  };
}

/** Refuses columns whose values are no text, by name, each with what it holds. */
export function refuseColumns(format: string, refused: readonly { name: string; holds: string }[]): void {
  if (refused.length === 0) return;
  const list = refused.map(({ name, holds }) => `${JSON.stringify(name)} (${holds})`).join(', ');
  throw new ConnectorError(
    `the ${format} file has columns whose values are no text, number or date: ${list}; leave them out when the file is written, or write them as text`,
  );
}

/** Says of an error that came up while bytes were taken apart that they are damaged. What a connector says stays. */
export function damageError(format: string, error: unknown, place?: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const where = place === undefined ? '' : ` at ${place}`;
  return new ConnectorError(
    `the ${format} file is damaged${where} (${(error as Error).message}): write or transfer it again`,
    { cause: error },
  );
}
