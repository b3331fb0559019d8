/** Reading from an S3 server that the test starts. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WriterPropertiesBuilder } from 'parquet-wasm';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkTable } from '../../app/lib/connector/conformance.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { openTable } from '../../app/lib/connector/open.ts';
import type { Table } from '../../app/lib/connector/table.ts';
import { freePort } from './postgres-server.ts';
import { batchesOf, refusalOf, rowsOf } from './reading.ts';
import { BUCKET, KEYS, startS3, type S3Server } from './s3-server.ts';
import { arrowFile, arrowStream, numberedTable, parquetFile } from './typed-files.ts';

const ROWS = 20_000;
const OBJECTS = 1_500;

let server: S3Server;
let folder: string;

const lines = Array.from({ length: ROWS }, (_, i) => `${i},user${i - (i % 10 === 9 ? 1 : 0)}@example.org`);
const csv = ['id,email', ...lines].join('\n');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 's3-test-'));
  server = await startS3();
  await server.put('people.csv', csv);
  const parts = Array.from({ length: OBJECTS }, (_, i) => i);
  for (let at = 0; at < OBJECTS; at += 50) {
    await Promise.all(
      parts
        .slice(at, at + 50)
        .map((i) => server.put(`many/${String(i).padStart(4, '0')}.csv`, `email\nuser${i}@example.org\n`)),
    );
  }
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  Object.assign(process.env, KEYS);
  server.requests.length = 0;
  server.cut({ after: Infinity, times: 0 });
});
afterEach(() => {
  for (const name of Object.keys(KEYS)) delete process.env[name];
});

const open = (key: string) => openTable(`s3://${BUCKET}/${key}`, { s3Endpoint: server.endpoint });
const options = { column: 'email', type: 'email', maxRows: ROWS } as const;

/** The error of an attempt to open and read; it never has a secret. */
const refusal = (attempt: () => Promise<Table>) => refusalOf(attempt, /S3RVER|wrong-word|AWS4/);

describe('objects', () => {
  test('give the same identifiers as a CSV file', async () => {
    const file = join(folder, 'people.csv');
    writeFileSync(file, csv);
    const read = await readIdentifiers(await open('people.csv'), options);
    expect(read).toEqual(await readIdentifiers(await openCsv(file), options));
    expect(read).toMatchObject({ rows: ROWS, duplicates: ROWS / 10 });
  });

  test('below a prefix are read in the order of their keys, however many pages list them', async () => {
    const batches = (await batchesOf(await open('many/'))).filter(({ rows }) => rows.length > 0);
    expect(batches.map(({ part }) => part)).toEqual(
      Array.from({ length: OBJECTS }, (_, i) => `many/${String(i).padStart(4, '0')}.csv`),
    );
    expect(batches.at(-1)!.rows).toEqual([{ at: 2, cells: ['user1499@example.org'] }]);
    // Once in the beginning and once in the end.
    expect(server.requests.filter(({ path }) => path.includes('continuation-token'))).toHaveLength(2);
  });

  test('keep to the interface, one or several', async () => {
    await server.put('few/', '');
    await server.put('few/b.csv', 'id,email\n1,b@example.org\n\n2\n');
    await server.put('few/a.csv', 'id,email\n1,a@example.org\n');
    expect(await checkTable(() => open('few/'))).toEqual([]);
    expect(await checkTable(() => open('people.csv'))).toEqual([]);
  });

  test('are named where a row or a header is wrong', async () => {
    expect(await readIdentifiers(await open('few/'), options).catch((error: Error) => error.message)).toBe(
      'the file has rows that cannot be read; correct or remove them:\n' +
        '  few/b.csv, line 3: blank\n  few/b.csv, line 4: 1 fields, the header has 2',
    );
    await server.put('mixed/a.csv', 'id,email\n1,a@example.org\n');
    await server.put('mixed/b.csv', 'email,id\nb@example.org,2\n');
    expect(await refusal(() => open('mixed/'))).toBe(
      's3://lists/mixed/b.csv has another header than s3://lists/mixed/a.csv',
    );
    await server.put('broken/a.csv', 'email\n"a@example.org\n');
    expect(await refusal(() => open('broken/'))).toBe(
      's3://lists/broken/a.csv: line 2: a quote is opened and never closed',
    );
    await server.put('empty.csv', '');
    expect(await refusal(() => open('empty.csv'))).toBe('s3://lists/empty.csv: the data is empty');
  });
});

describe('Parquet and Arrow objects', () => {
  const rows = lines.map((line, i) => ({ at: i + 1, cells: line.split(',') }));
  const files = [
    [
      'Parquet',
      () => parquetFile(numberedTable(lines), new WriterPropertiesBuilder().setMaxRowGroupSize(3_000).build()),
    ],
    ['an Arrow file', () => arrowFile(numberedTable(lines))],
    ['an Arrow stream', () => arrowStream(numberedTable(lines))],
  ] as const;

  test.each(files)('%s: the rows are read by ranges of one content', async (_, write) => {
    await server.put('typed/object', write());
    server.cut({ after: 50_000, times: 2 });
    expect(await rowsOf(await open('typed/object'))).toEqual(rows);
    const gets = server.requests.filter(({ path }) => path.includes('typed/object'));
    expect(new Set(gets.map(({ ifMatch }) => ifMatch)).size).toBe(1);
    expect(gets.filter(({ range }) => range !== undefined).length).toBeGreaterThan(1);
    expect(await checkTable(() => open('typed/object'))).toEqual([]);
  });

  test('below a prefix are one table, and no other kind mixes in', async () => {
    await server.put('typed-many/a.parquet', files[0][1]());
    await server.put('typed-many/b.arrow', files[1][1]());
    const batches = await batchesOf(await open('typed-many/'));
    expect(batches.flatMap((batch) => batch.rows)).toEqual([...rows, ...rows]);
    expect(new Set(batches.map(({ part }) => part))).toEqual(new Set(['typed-many/a.parquet', 'typed-many/b.arrow']));
    await server.put('typed-many/c.csv', csv);
    expect(await refusal(() => open('typed-many/'))).toBe(
      's3://lists/typed-many/c.csv is of another kind than s3://lists/typed-many/a.parquet',
    );
  });

  test('that change while they are read, or are damaged, are refused by name', async () => {
    await server.put('typed.parquet', files[0][1]());
    const table = await open('typed.parquet');
    await server.put('typed.parquet', parquetFile(numberedTable(lines.slice(1))));
    expect(await refusal(async () => table)).toMatch(/^s3:\/\/lists\/typed\.parquet was changed while/);
    await server.put('cut.parquet', files[0][1]().subarray(0, 10_000));
    expect(await refusal(() => open('cut.parquet'))).toBe(
      's3://lists/cut.parquet: the Parquet file is cut off, its footer is missing: write or transfer it again',
    );
  });
});

describe('an object that changes', () => {
  const body = (mark: string) =>
    `email\n${Array.from({ length: 20_000 }, (_, i) => `${mark}${i}@example.org`).join('\n')}`;

  test('between listing and reading is refused by name', async () => {
    await server.put('change/a.csv', body('a'));
    await server.put('change/b.csv', body('b'));
    const table = await open('change/');
    await server.put('change/b.csv', body('c'));
    expect(await refusal(async () => table)).toBe(
      's3://lists/change/b.csv was changed while it was being read: nothing of it is used; start again',
    );
  });

  test('or comes or changes after it was read, before the end, is refused by name', async () => {
    const changedMeanwhile = async (key: string) => {
      const table = await open('change/');
      const batches = async function* () {
        for await (const batch of table.batches) {
          if (batch.part === 'change/b.csv') await server.put(key, body('d'));
          yield batch;
        }
      };
      return refusal(async () => ({ ...table, batches: batches() }));
    };
    expect(await changedMeanwhile('change/a.csv')).toMatch(/^s3:\/\/lists\/change\/a\.csv was changed/);
    expect(await changedMeanwhile('change/c.csv')).toMatch(/^s3:\/\/lists\/change\/c\.csv was changed/);
  });

  test('while its connection is broken is refused by name', async () => {
    await server.put('break.csv', body('a'));
    server.cut({ after: 100_000, times: 1, then: () => server.put('break.csv', body('b')) });
    expect(await refusal(() => open('break.csv'))).toMatch(/^s3:\/\/lists\/break\.csv was changed while/);
  });
});

describe('connections', () => {
  test('that break are taken up again where they broke, for the same content', async () => {
    server.cut({ after: 150_000, times: 3 });
    expect(await readIdentifiers(await open('people.csv'), options)).toMatchObject({
      rows: ROWS,
      duplicates: ROWS / 10,
    });
    const gets = server.requests.filter(({ path }) => path.includes('people.csv'));
    expect(gets.map(({ range }) => range)).toEqual([undefined, 'bytes=150000-', 'bytes=300000-', 'bytes=450000-']);
    expect(new Set(gets.map(({ ifMatch }) => ifMatch)).size).toBe(1);
    expect(gets[0].ifMatch).toMatch(/^"[0-9a-f]{32}"$/);
  });

  test('that break again and again without a byte are given up', async () => {
    server.cut({ after: 0, times: Infinity });
    expect(await refusal(() => open('people.csv'))).toMatch(
      /^s3:\/\/lists\/people\.csv from byte 0: the service cannot be reached/,
    );
  });

  test('are let go of by closing early', async () => {
    const table = await open('people.csv');
    await table.batches[Symbol.asyncIterator]().next();
    await table.close();
    await table.close();
    for (let i = 0; i < 50 && (await server.connections()) > 0; i++) await sleep(50);
    expect(await server.connections()).toBe(0);
  });
});

describe('refusals name the cause and the remedy', () => {
  test('no such bucket, no such object, nothing below a prefix', async () => {
    const s3Endpoint = server.endpoint;
    for (const key of ['a.csv', 'a/']) {
      expect(await refusal(() => openTable(`s3://nowhere/${key}`, { s3Endpoint }))).toBe(
        `s3://nowhere/${key}: there is no such bucket`,
      );
    }
    expect(await refusal(() => open('none.csv'))).toBe('s3://lists/none.csv: there is no such object');
    expect(await refusal(() => open('none/'))).toBe('s3://lists/none/: there are no objects below this prefix');
  });

  test('wrong keys', async () => {
    const denied = (code: string) => new RegExp(`access is denied \\(${code}\\); check the credentials`);
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong-word';
    await server.compareSignatures(true);
    expect(await refusal(() => open('people.csv'))).toMatch(denied('SignatureDoesNotMatch'));
    await server.compareSignatures(false);
    process.env.AWS_ACCESS_KEY_ID = 'nobody';
    expect(await refusal(() => open('people.csv'))).toMatch(denied('InvalidAccessKeyId'));
    expect(await refusal(() => open('many/'))).toMatch(denied('InvalidAccessKeyId'));
  });

  test('no service', async () => {
    const s3Endpoint = `http://127.0.0.1:${await freePort()}`;
    expect(await refusal(() => openTable('s3://lists/people.csv', { s3Endpoint }))).toBe(
      's3://lists/people.csv: the service cannot be reached (ECONNREFUSED)',
    );
  });

  test('malformed sources and endpoints', async () => {
    expect(await refusal(() => openTable('s3://lists'))).toMatch(/s3:\/\/bucket\/key/);
    expect(await refusal(() => openTable('s3://id:wrong-word@lists/a.csv'))).toMatch(/credentials do not belong/);
    expect(await refusal(() => openTable('s3://lists/a', { s3Endpoint: 'ftp://x' }))).toMatch(/an address such as/);
    expect(await refusal(() => openTable('a.csv', { s3Endpoint: server.endpoint }))).toMatch(/of an S3 source/);
  });
});
