/** The documented loader is true, and the check of loaders finds what is wrong with one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTable } from '../../app/lib/connector/conformance.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import type { Row, Table } from '../../app/lib/connector/table.ts';
import { openJsonLines } from '../../examples/json-lines.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'loader-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('the example is the one that the page shows, in under thirty lines', () => {
  const source = readFileSync('examples/json-lines.ts', 'utf8');
  expect(readFileSync('docs/connectors.md', 'utf8')).toContain(source);
  expect(source.trim().split('\n').length).toBeLessThan(30);
});

test('the example keeps to the interface and reads identifiers', async () => {
  const path = file('a.jsonl', '{"email": "ada@example.org"}\n{"email": "bob@example.org", "n": 2}\n');
  const open = () => openJsonLines(path, ['email', 'n']);
  expect(await checkTable(open)).toEqual([]);
  const read = await readIdentifiers(await open(), { column: 'email', type: 'email', maxRows: 10 });
  expect(read).toMatchObject({ rows: 2, duplicates: 0 });
});

test('CSV files keep to the interface', async () => {
  const path = file('a.csv', `id,email\n${'1,ada@example.org\n\n2\n'.repeat(5000)}`);
  expect(await checkTable(() => openCsv(path))).toEqual([]);
});

test('a loader that breaks every promise is told so', async () => {
  let opened = 0;
  const open = async (): Promise<Table> => {
    opened++;
    let closed = 0;
    const rows: Row[] = [
      { at: 2, cells: ['a'] },
      { at: 2, cells: [1 as never, String(opened)] },
      { at: 3, fault: '' },
    ];
    return {
      columns: ['x', 'x', ' y'],
      unit: 'row',
      batches: (async function* () {
        for (let i = 0; i < 5; i++) yield { rows, part: String(i) };
      })(),
      close: async () => {
        if (closed++ > 0) throw new Error('closed before');
      },
    };
  };
  expect(await checkTable(open)).toEqual([
    'two columns have the same name',
    'a column is not trimmed',
    'a row has more or fewer cells than there are columns',
    'a cell is neither text nor null',
    'places do not ascend within a part',
    'a fault does not say what is wrong',
    'closing twice fails',
    'a second open gives other rows, or in another order',
    'a table that is closed unread goes on',
    'a table that is closed in the middle goes on',
  ]);
});
