import { detectDelimiter } from './delimiter.ts';
import { ConnectorError } from './errors.ts';
import { gunzip } from './gzip.ts';
import { parseRecords, type CsvRecord } from './records.ts';
import { openSource, type Source } from './source.ts';
import type { Batch, Row, Table } from './table.ts';
import { decodeText } from './text.ts';

/** How a CSV file is written. */
export type CsvOptions = Readonly<{
  /** Absent: the one of comma, semicolon, tab and bar that the header line holds most, outside quotes. */
  delimiter?: string;
}>;

/** Most blank lines that are remembered; more are told of as little as these. */
const MAX_BLANKS = 10;

/**
 * Opens a CSV file with a header line, also one compressed by gzip. It streams through constant memory. A row with too many
 * or too few fields is a fault, and so is a blank line unless nothing follows it: editors like to leave some at the end.
 * @throws {ConnectorError} when the file cannot be read, is no UTF-8 text or whole archive, or has a broken quote; while it
 * is read, too
 */
export async function openCsv(file: Source, { delimiter }: CsvOptions = {}): Promise<Table> {
  const isArchive = typeof file === 'string' && /\.gz$/i.test(file);
  const text = decodeText(gunzip(openSource(file), isArchive));
  const found = delimiter === undefined ? await detectDelimiter(text) : { delimiter, texts: text };
  const batches = parseRecords(found.texts, found.delimiter);
  let first: CsvRecord[] = [];
  while (first.length === 0) {
    const next = await batches.next();
    if (next.done) throw new ConnectorError('the file has no header line');
    first = next.value;
  }
  const columns = first[0].fields.map((name) => name.trim());
  return {
    columns,
    unit: 'line',
    batches: rowsOf(first.slice(1), batches, columns.length),
    close: async () => void (await batches.return(undefined)),
  };
}

async function* rowsOf(first: CsvRecord[], rest: AsyncIterable<CsvRecord[]>, width: number): AsyncGenerator<Batch> {
  let blanks: Row[] = [];
  const readBatch = (records: readonly CsvRecord[]): Batch => {
    const rows: Row[] = [];
    for (const { line, fields } of records) {
      if (fields.length === 1 && fields[0].trim() === '') {
        if (blanks.length < MAX_BLANKS) blanks.push({ at: line, fault: 'blank' });
        continue;
      }
      rows.push(...blanks);
      blanks = [];
      if (fields.length === width) rows.push({ at: line, cells: fields });
      else rows.push({ at: line, fault: `${fields.length} fields, the header has ${width}` });
    }
    return { rows };
  };
  yield readBatch(first);
  for await (const records of rest) yield readBatch(records);
}

/** What a header of one column hints at: another mark that may separate the columns. */
export function otherDelimiter(columns: readonly string[]): string | undefined {
  return columns.length === 1 ? [';', '\t', '|', ','].find((mark) => columns[0].includes(mark)) : undefined;
}
