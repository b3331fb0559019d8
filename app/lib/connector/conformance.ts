import { createHash } from 'node:crypto';
import type { Batch, Row, Table } from './table.ts';

/** Most that a closed table may take to end. */
const END_MILLISECONDS = 10_000;

/** Faults that are listed; a loader that fails for one row mostly fails for all. */
const MAX_FAULTS = 20;

/**
 * Checks that a loader keeps to what `Table` promises, with a source that can be read: columns, cells, places, the same rows
 * twice, and closing at any time. Reads the whole source twice.
 * @param open opens the same source anew
 * @returns what is wrong, in words; nothing for a good loader. Values of the data are not repeated.
 */
export async function checkTable(open: () => Promise<Table>): Promise<string[]> {
  const faults: string[] = [];
  const fault = (text: string) => {
    if (faults.length < MAX_FAULTS && !faults.includes(text)) faults.push(text);
  };
  const first = await readTable(await open(), fault);
  const second = await readTable(await open(), fault);
  if (first.columns !== second.columns) fault('a second open gives other columns');
  if (first.rows !== second.rows) fault('a second open gives other rows, or in another order');

  await closeBefore(await open(), 0, fault);
  await closeBefore(await open(), 1, fault);
  return faults;
}

/** Reads and closes a table; returns digests of what it gave. */
async function readTable(table: Table, fault: (text: string) => void): Promise<{ columns: string; rows: string }> {
  const { columns } = table;
  if (columns.length === 0) fault('there are no columns');
  if (new Set(columns).size < columns.length) fault('two columns have the same name');
  if (columns.some((name) => name !== name.trim())) fault('a column is not trimmed');

  const digest = createHash('sha256');
  const places = new Map<string | undefined, number>();
  try {
    for await (const { rows, part } of table.batches) {
      for (const row of rows) {
        checkRow(row, columns.length, fault);
        if (!Number.isSafeInteger(row.at) || row.at < 1) fault('a place is not a whole number from 1');
        if (row.at <= (places.get(part) ?? 0)) fault('places do not ascend within a part');
        places.set(part, row.at);
        digest.update(`${JSON.stringify([part, row])}\n`);
      }
    }
  } finally {
    await table.close();
  }
  await table.close().catch(() => fault('closing twice fails'));
  return { columns: JSON.stringify(columns), rows: digest.digest('hex') };
}

function checkRow(row: Row, width: number, fault: (text: string) => void): void {
  if ('fault' in row) {
    if (typeof row.fault !== 'string' || row.fault === '') fault('a fault does not say what is wrong');
    return;
  }
  if (row.cells.length !== width) fault('a row has more or fewer cells than there are columns');
  if (row.cells.some((cell) => cell !== null && typeof cell !== 'string')) fault('a cell is neither text nor null');
}

/** Closes a table after some of its batches: it ends soon after, having given all it may at most once more. */
async function closeBefore(table: Table, batches: number, fault: (text: string) => void): Promise<void> {
  const when = batches === 0 ? 'unread' : 'in the middle';
  const iterator = table.batches[Symbol.asyncIterator]();
  for (let i = 0; i < batches; i++) await iterator.next();
  const ended = within(async () => {
    await table.close();
    // One batch may have been on its way.
    return (await isOver(iterator)) || (await isOver(iterator));
  });
  const outcome = await ended.catch(() => 'failed' as const);
  if (outcome === 'failed') fault(`closing a table ${when} fails`);
  if (outcome === 'late') fault(`a table that is closed ${when} does not come to its end`);
  if (outcome === false) fault(`a table that is closed ${when} goes on`);
}

/** True if there is no further batch; a refusal to go on counts. */
async function isOver(iterator: AsyncIterator<Batch>): Promise<boolean> {
  return iterator.next().then(
    ({ done }) => done === true,
    () => true,
  );
}

async function within<T>(act: () => Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), END_MILLISECONDS)));
  try {
    return await Promise.race([act(), late]);
  } finally {
    clearTimeout(timer);
  }
}
