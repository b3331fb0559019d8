import { mergesRows, type DatasetColumn } from '../policy/columns.ts';
import type { IdentifierType } from '../policy/schema.ts';
import { makeDataset, type Dataset } from '../protocol/dataset.ts';
import { identifierDigest } from '../protocol/identifier.ts';
import { ConnectorError } from './errors.ts';
import { NormalisationError, normalise } from './normalise.ts';
import { placeOfColumn } from './place.ts';
import { placeOf, type Batch, type Row, type Table } from './table.ts';
import { ValueError, valueReader } from './values.ts';

/** What to read of a table, and the policy's bounds on it. */
export type IdentifierOptions = Readonly<{
  /** Header of the identifier's column, exactly. */
  column: string;
  type: IdentifierType;
  /** Bounds on the number of distinct identifiers. */
  minRows?: number;
  maxRows: number;
  /**
   * Value columns of every row, in the order of the dataset's. Where they are given, even none, rows are not merged: a
   * second row with the same identifier is refused. Where all of them are filled, rows carry nothing and are merged.
   */
  valueColumns?: readonly DatasetColumn[];
  /** Called after every batch with the number of data rows read so far. */
  onProgress?: (rows: number) => void;
}>;

/** A table's identifiers, ready to be committed. */
export type Identifiers = Readonly<{
  /** Distinct identifier digests, ascending, with the values of their rows. Secret. */
  dataset: Dataset;
  /** Data rows of the table. */
  rows: number;
  /** Rows that repeat the (normalised) identifier of another row; each identifier counts once. */
  duplicates: number;
  columns: readonly string[];
}>;

/** Faults that one error lists. */
const MAX_FAULTS = 10;

/**
 * Reads one column of a table as identifiers, and others as values: normalises, hashes, merges duplicates where rows carry
 * no values, and reports how many. Closes the table.
 *
 * Reading stops at the first row beyond `maxRows` distinct identifiers. Nothing is skipped: a row that is malformed, has no
 * identifier or a wrong one, or a wrong value, makes the whole table refused, with the places of the first ten. Errors never repeat a value.
 */
export async function readIdentifiers(table: Table, options: IdentifierOptions): Promise<Identifiers> {
  try {
    return await readAll(table, options);
  } finally {
    await table.close();
  }
}

async function readAll(table: Table, options: IdentifierOptions): Promise<Identifiers> {
  const { column, type, minRows = 1, maxRows, valueColumns, onProgress } = options;
  const at = placeOfColumn(table.columns, column);
  const readValues = valueColumns && valueReader(table.columns, valueColumns);
  const merges = mergesRows(valueColumns);
  const digests = new Set<bigint>();
  // In the order in which the set gives its digests.
  const values: bigint[][] = [];
  const faults: string[] = [];
  const source = table.unit === 'line' ? 'file' : 'table';
  let rows = 0;

  const fault = (batch: Batch, row: Row, reason: string) => {
    faults.push(`${placeOf(table.unit, batch, row)}: ${reason}`);
    if (faults.length >= MAX_FAULTS) throw faultsError(source, faults, true);
  };
  for await (const batch of table.batches) {
    for (const row of batch.rows) {
      if ('fault' in row) {
        if (row.fault !== 'blank') rows++;
        fault(batch, row, row.fault);
        continue;
      }
      rows++;
      try {
        const digest = identifierDigest(type, normalise(type, row.cells[at] ?? ''));
        if (readValues) {
          const read = readValues(row.cells);
          const isRepeated = digests.has(digest);
          if (isRepeated && !merges)
            throw new ValueError('a row before it has the same identifier, and each has one row');
          if (!isRepeated) values.push(read);
        }
        digests.add(digest);
      } catch (error) {
        if (error instanceof NormalisationError) fault(batch, row, `the identifier is refused: ${error.message}`);
        else if (error instanceof ValueError) fault(batch, row, error.message);
        else throw error;
      }
      if (digests.size > maxRows) {
        throw new ConnectorError(
          `${placeOf(table.unit, batch, row)}: more than ${maxRows} distinct identifiers, the most that the policy allows`,
        );
      }
    }
    onProgress?.(rows);
  }
  if (faults.length > 0) throw faultsError(source, faults, false);
  if (rows === 0) throw new ConnectorError(`the ${source} has ${table.unit === 'line' ? 'a header and ' : ''}no rows`);
  if (digests.size < minRows) {
    throw new ConnectorError(
      `the ${source} has ${digests.size} distinct identifiers, the policy asks for at least ${minRows}`,
    );
  }
  const dataset = makeDataset([...digests], valueColumns && valueColumns.length > 0 ? values : undefined);
  return { dataset, rows, duplicates: rows - digests.size, columns: table.columns };
}

function faultsError(source: string, faults: readonly string[], more: boolean): ConnectorError {
  return new ConnectorError(
    `the ${source} has rows that cannot be read; correct or remove them:\n${faults.map((text) => `  ${text}`).join('\n')}${more ? '\n  and perhaps more' : ''}`,
  );
}
