/** Looking at a table's file without handing it to anybody: its first rows, and the pre-check of all of them. */
import type { Ledger } from '../lib/check/ledger.ts';
import { profileTable } from '../lib/check/profile.ts';
import { checkReport, type CheckReport } from '../lib/check/report.ts';
import { newSketchKey } from '../lib/check/sketch.ts';
import { openCsv } from '../lib/connector/csv.ts';
import { ConnectorError } from '../lib/connector/errors.ts';
import { FORMAT_BYTES, formatOf } from '../lib/connector/format.ts';
import type { Table } from '../lib/connector/table.ts';
import { parsePolicyText } from '../lib/policy/parse.ts';
import type { CheckTerms, Preview } from './messages.ts';

/** Rows of a preview. */
export const PREVIEW_ROWS = 5;

/**
 * The first rows of a CSV file.
 * @throws {ConnectorError} where it is of another format or cannot be read
 */
export async function previewOf(file: File): Promise<Preview> {
  const table = await openFile(file);
  const rows: Preview['rows'][number][] = [];
  try {
    for await (const batch of table.batches) {
      for (const row of batch.rows) {
        rows.push('fault' in row ? { fault: `line ${row.at}: ${row.fault}` } : { cells: row.cells });
        if (rows.length === PREVIEW_ROWS) return { columns: table.columns, rows };
      }
    }
    return { columns: table.columns, rows };
  } finally {
    await table.close();
  }
}

/**
 * The pre-check of a CSV file. What earlier rooms held is not looked at: the party's ledger is in its folder.
 * @param onProgress called with the number of rows and bytes so far
 * @throws {ConnectorError} where there is no such column, or the file is of another format or cannot be read
 */
export async function checkFile(
  file: File,
  { policy: json, slot, region, column }: CheckTerms,
  onProgress: (rows: number, bytes: number) => void = () => {},
): Promise<CheckReport> {
  const policy = parsePolicyText(json);
  const ledger: Ledger = { key: newSketchKey(), entries: [] };
  let bytes = 0;
  const table = await openFile(file, (length) => {
    bytes += length;
  });
  const profile = await profileTable(table, {
    ...{ column, type: policy.identifier.type, policy, slot },
    sketchKey: ledger.key,
    onProgress: (rows) => onProgress(rows, bytes),
  });
  return checkReport({ policy, profile, ledger, now: Math.floor(Date.now() / 1000), slot, region });
}

async function openFile(file: File, onChunk: (length: number) => void = () => {}): Promise<Table> {
  const format = formatOf(file.name, new Uint8Array(await file.slice(0, FORMAT_BYTES).arrayBuffer()));
  if (format !== 'CSV') {
    throw new ConnectorError(`this page itself reads CSV alone, and the file is ${format}: your own server reads it`);
  }
  return openCsv(chunksOf(file, onChunk));
}

async function* chunksOf(file: File, onChunk: (length: number) => void): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      onChunk(next.value.length);
      yield next.value;
    }
  } finally {
    await reader.cancel();
  }
}
