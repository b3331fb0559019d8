import { open } from 'node:fs/promises';
import type { Batch, Row, Table } from '../app/lib/connector/table.ts';

/** Opens a file that has a JSON object on each line, such as {"email": "ada@example.org"}. */
export async function openJsonLines(path: string, columns: readonly string[]): Promise<Table> {
  const file = await open(path);
  const batches = batchesOf(file.readLines(), columns);
  const close = () => batches.return(undefined).then(() => file.close());
  return { columns, unit: 'line', batches, close };
}

async function* batchesOf(lines: AsyncIterable<string>, columns: readonly string[]): AsyncGenerator<Batch> {
  let at = 0;
  for await (const line of lines) yield { rows: [readRow(line, ++at, columns)] };
}

function readRow(line: string, at: number, columns: readonly string[]): Row {
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    return { at, cells: columns.map((name) => (value[name] == null ? null : String(value[name]))) };
  } catch {
    return { at, fault: 'no JSON object' };
  }
}
