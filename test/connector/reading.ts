/** Reading a source to its end, as tests do. */
import { expect } from '@jest/globals';
import { ConnectorError } from '../../app/lib/connector/errors.ts';
import type { Batch, Row, Table } from '../../app/lib/connector/table.ts';

/** The batches of a table, which is closed then. */
export async function batchesOf(table: Table): Promise<Batch[]> {
  const batches: Batch[] = [];
  try {
    for await (const batch of table.batches) batches.push(batch);
  } finally {
    await table.close();
  }
  return batches;
}

/** The rows of a table, which is closed then. */
export async function rowsOf(table: Table): Promise<Row[]> {
  return (await batchesOf(table)).flatMap(({ rows }) => rows);
}

/** The error of an attempt to open and read; it never has a secret, as the pattern knows them. */
export async function refusalOf(attempt: () => Promise<Table>, secrets: RegExp): Promise<string> {
  try {
    await batchesOf(await attempt());
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectorError);
    const { message } = error as Error;
    expect(message).not.toMatch(secrets);
    return message;
  }
  throw new Error('nothing was refused');
}
