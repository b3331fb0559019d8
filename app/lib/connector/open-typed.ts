/** Opening files of formats that tell types; which one a file is of, `format.ts` tells. */
import type { Format } from './format.ts';
import type { Ranges } from './ranges.ts';
import type { Table } from './table.ts';

/** Opens a Parquet or Arrow file, which is closed with its table. */
export async function openTyped(format: Exclude<Format, 'CSV'>, source: Ranges): Promise<Table> {
  // Loaded when they are needed: whoever reads CSV files does not wait for them.
  return format === 'Parquet'
    ? (await import('./parquet.ts')).openParquet(source)
    : (await import('./arrow.ts')).openArrow(source);
}
