/** Reading a source to its end, as tests do. */
import { expect } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Files in a folder of a suite's own. */
export type ScratchFiles = Readonly<{
  /** Writes a file, and returns its path. */
  file: (name: string, content: Uint8Array | string) => string;
  /** Removes the folder. */
  remove: () => void;
}>;

/** Makes a folder for files of a suite. */
export function scratchFiles(prefix: string): ScratchFiles {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  return {
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
