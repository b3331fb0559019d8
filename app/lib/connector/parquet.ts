/**
 * Parquet files. The library reads footers and the headers of pages; values are taken apart here, since the library trusts
 * the lengths that a file tells, rounds decimals to doubles, and needs memory for whole row groups.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parquetMetadata, type FileMetaData } from 'hyparquet';
import { ConnectorError } from './errors.ts';
import { encryptedError } from './format.ts';
import { ColumnReader } from './parquet-pages.ts';
import { columnsOf, groupsOf, type ParquetColumn, type ParquetGroup } from './parquet-schema.ts';
import type { Ranges } from './ranges.ts';
import type { Batch, Table } from './table.ts';
import { BATCH_ROWS, damageError, rowsOfColumns, tableOf } from './typed-rows.ts';

/** Bytes behind the footer: its length, and the mark of the format, which also stands at the beginning. */
const TAIL_BYTES = 8;
const MARK_BYTES = 4;

/** Most bytes of a footer: some hundred for each column of each row group. */
const MAX_FOOTER = 64 * 1024 * 1024;

/**
 * Longest run of bytes that each say that a number goes on. Numbers have ten at most, texts of a footer some; more come of
 * damage, and would keep the library busy for hours.
 */
const MAX_RUN = 10_000;

/**
 * Opens a Parquet file, whose columns have to be plain: no lists, structures or binary values. It is read row group by row
 * group and page by page, so that it needs memory for some pages only. Places are numbers of rows, from 1. A row is a fault
 * where a number is not finite, a text is not UTF-8, or a date has no year of four digits. Closes the source.
 * @throws {ConnectorError} when the file is damaged, encrypted, or of columns, codecs or encodings that are not known; while
 * it is read, too
 */
export async function openParquet(source: Ranges): Promise<Table> {
  try {
    const { metadata, footerAt } = await readFooter(source);
    const columns = columnsOf(metadata);
    return tableOf(columns, batchesOf(source, columns, groupsOf(metadata, columns, footerAt)), source);
  } catch (error) {
    await source.close();
    throw damageError('Parquet', error, 'its footer');
  }
}

async function readFooter(source: Ranges): Promise<{ metadata: FileMetaData; footerAt: number }> {
  const end = source.size - TAIL_BYTES;
  const cutOff = new ConnectorError('the Parquet file is cut off, its footer is missing: write or transfer it again');
  if (end < MARK_BYTES) throw cutOff;
  const tail = await source.read(end, source.size);
  const mark = String.fromCharCode(...tail.subarray(4));
  if (mark === 'PARE') throw encryptedError();
  if (mark !== 'PAR1') throw cutOff;
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  const footerAt = end - length;
  if (footerAt < MARK_BYTES) throw new RangeError('it is told to be longer than the file');
  if (length > MAX_FOOTER) throw new ConnectorError('the Parquet file has too many row groups: write larger ones');
  const footer = await source.read(footerAt, source.size);
  if (longestRun(footer) > MAX_RUN) throw new RangeError('a number is too large');
  return { metadata: parquetMetadata(footer, { geoparquet: false }), footerAt };
}

function longestRun(bytes: Uint8Array): number {
  let longest = 0;
  let run = 0;
  for (const byte of bytes) {
    run = byte >= 0x80 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}

async function* batchesOf(
  source: Ranges,
  columns: readonly ParquetColumn[],
  groups: readonly ParquetGroup[],
): AsyncGenerator<Batch> {
  const names = columns.map(({ name }) => name);
  let at = 1;
  for (const [i, { rows, chunks }] of groups.entries()) {
    const readers = chunks.map((chunk, j) => new ColumnReader(source, columns[j], chunk));
    for (let left = rows; left > 0;) {
      const count = Math.min(left, BATCH_ROWS);
      const cells = [];
      for (const [j, reader] of readers.entries()) {
        cells.push(
          await reader.read(count).catch((error: unknown) => {
            throw damageError('Parquet', error, `row group ${i + 1}, column ${JSON.stringify(names[j])}`);
          }),
        );
      }
      yield { rows: rowsOfColumns(names, cells, at) };
      at += count;
      left -= count;
      // Whole pages are taken apart without waiting for anything: others shall have their turn.
      await nextTurn();
    }
    const longer = readers.findIndex((reader) => !reader.isDone);
    if (longer >= 0) {
      const place = `row group ${i + 1}, column ${JSON.stringify(names[longer])}`;
      throw damageError('Parquet', new RangeError('it has more values than rows'), place);
    }
  }
}
