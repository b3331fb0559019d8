import type { IdentifierType } from '../policy/schema.ts';
import { makeDataset, type Dataset } from '../protocol/dataset.ts';
import { identifierDigest } from '../protocol/identifier.ts';
import { ConnectorError } from './errors.ts';
import { NormalisationError, normalise } from './normalise.ts';
import { parseRecords, type CsvRecord } from './records.ts';
import { openSource, type Source } from './source.ts';
import { decodeText } from './text.ts';

export { ConnectorError } from './errors.ts';

/** What to read, and the policy's bounds on it. */
export type CsvOptions = Readonly<{
  file: Source;
  /** Header of the identifier's column, exactly. */
  column: string;
  type: IdentifierType;
  /** Bounds on the number of distinct identifiers. */
  minRows?: number;
  maxRows: number;
  /** Default: a comma. */
  delimiter?: string;
  /** Called after every chunk with the number of data rows read so far. */
  onProgress?: (rows: number) => void;
}>;

/** A table's identifiers, ready to be committed. */
export type Identifiers = Readonly<{
  /** Distinct identifier digests, ascending. Secret. */
  dataset: Dataset;
  /** Data rows of the file. */
  rows: number;
  /** Rows that repeat the (normalised) identifier of another row; each identifier counts once. */
  duplicates: number;
  columns: readonly string[];
}>;

/** Faults that one error lists. */
const MAX_FAULTS = 10;

/**
 * Reads one column of a CSV file as identifiers: normalises, hashes, merges duplicates and reports how many.
 *
 * The file streams through constant memory, and reading stops at the first row beyond `maxRows` distinct identifiers.
 * Nothing is skipped: a row that is malformed, has no identifier or a wrong one makes the whole file refused, with the
 * lines of the first ten. Errors never repeat a value.
 */
export async function readIdentifiers(options: CsvOptions): Promise<Identifiers> {
  const { file, column, type, minRows = 1, maxRows, delimiter, onProgress } = options;
  let header: { columns: readonly string[]; at: number } | undefined;
  const digests = new Set<bigint>();
  const faults: string[] = [];
  let rows = 0;
  // Blank lines are faults unless nothing follows them: editors like to leave some at the end.
  let blankLines: number[] = [];

  const fault = (line: number, reason: string) => {
    faults.push(`line ${line}: ${reason}`);
    if (faults.length >= MAX_FAULTS) throw faultsError(faults, true);
  };
  const readRow = ({ line, fields }: CsvRecord, { columns, at }: NonNullable<typeof header>) => {
    if (fields.length === 1 && fields[0].trim() === '') {
      // Only the first ones are ever told.
      if (blankLines.length < MAX_FAULTS) blankLines.push(line);
      return;
    }
    for (const blank of blankLines) fault(blank, 'blank');
    blankLines = [];
    rows++;
    if (fields.length !== columns.length)
      return fault(line, `${fields.length} fields, the header has ${columns.length}`);
    try {
      digests.add(identifierDigest(type, normalise(type, fields[at])));
    } catch (error) {
      if (!(error instanceof NormalisationError)) throw error;
      fault(line, `the identifier is refused: ${error.message}`);
    }
    if (digests.size > maxRows) {
      throw new ConnectorError(
        `line ${line}: more than ${maxRows} distinct identifiers, the most that the policy allows`,
      );
    }
  };

  for await (const records of parseRecords(decodeText(openSource(file)), delimiter)) {
    for (const record of records) {
      if (header) readRow(record, header);
      else header = readHeader(record, column, delimiter);
    }
    onProgress?.(rows);
  }
  if (faults.length > 0) throw faultsError(faults, false);
  if (rows === 0) throw new ConnectorError('the file has a header and no rows');
  if (digests.size < minRows) {
    throw new ConnectorError(
      `the file has ${digests.size} distinct identifiers, the policy asks for at least ${minRows}`,
    );
  }
  return { dataset: makeDataset([...digests]), rows, duplicates: rows - digests.size, columns: header!.columns };
}

function readHeader(
  { fields }: CsvRecord,
  column: string,
  delimiter = ',',
): { columns: readonly string[]; at: number } {
  const columns = fields.map((name) => name.trim());
  const at = columns.indexOf(column);
  if (at < 0) {
    const other =
      columns.length === 1 && [';', '\t', '|', ','].find((mark) => mark !== delimiter && columns[0].includes(mark));
    const hint = other
      ? `; the file seems to be separated by ${JSON.stringify(other)}: name that as the delimiter`
      : '';
    throw new ConnectorError(
      `there is no column "${column}"; the columns are: ${columns.map((name) => JSON.stringify(name)).join(', ')}${hint}`,
    );
  }
  if (columns.lastIndexOf(column) !== at) throw new ConnectorError(`two columns are named "${column}": rename one`);
  return { columns, at };
}

function faultsError(faults: readonly string[], more: boolean): ConnectorError {
  return new ConnectorError(
    `the file has rows that cannot be read; correct or remove them:\n${faults.map((text) => `  ${text}`).join('\n')}${more ? '\n  and perhaps more' : ''}`,
  );
}
