/** Reading from a PostgreSQL server that the test starts. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkTable } from '../../app/lib/connector/conformance.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { openTable } from '../../app/lib/connector/open.ts';
import { openPostgres } from '../../app/lib/connector/postgres.ts';
import type { Table } from '../../app/lib/connector/table.ts';
import { freePort, startPostgres, type PostgresServer } from './postgres-server.ts';
import { rowsOf, refusalOf } from './reading.ts';

const ROWS = 20_000;

let server: PostgresServer;
let folder: string;

/** Some addresses are spelt differently, and some come twice. */
const people = Array.from({ length: ROWS }, (_, i) => ({
  email: i % 10 === 9 ? ` User${i - 1}@Example.org` : `user${i}@example.org`,
  city: ['Zürich', 'a "quoted", place', 'two\nlines'][i % 3],
}));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postgres-test-'));
  server = await startPostgres();
  await server.run('CREATE SCHEMA shop; CREATE TABLE shop."People" (id serial, email text, city text)');
  await server.run('INSERT INTO shop."People" (email, city) SELECT * FROM unnest($1::text[], $2::text[])', [
    people.map(({ email }) => email),
    people.map(({ city }) => city),
  ]);
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(() => void (process.env.PGPASSWORD = server.password));
afterEach(() => void delete process.env.PGPASSWORD);

const openQuery = (query: string) => openPostgres({ url: server.url(), query });

/** The error of an attempt to open and read; it never has a password. */
const refusal = (attempt: () => Promise<Table>) => refusalOf(attempt, /a-password|wrong-word/);

describe('rows', () => {
  test('of a table are the same identifiers as those of a CSV file', async () => {
    const file = join(folder, 'people.csv');
    const lines = people.map(({ email, city }) => `"${email}","${city.replaceAll('"', '""')}"`);
    writeFileSync(file, ['email,city', ...lines].join('\n'));
    const options = { column: 'email', type: 'email', maxRows: ROWS } as const;
    const expected = await readIdentifiers(await openCsv(file), options);
    const read = await readIdentifiers(await openTable(server.url('?table=shop.People')), options);
    expect(read).toEqual({ ...expected, columns: ['id', 'email', 'city'] });
    expect(read).toMatchObject({ rows: ROWS, duplicates: ROWS / 10 });
  });

  test('come in batches, numbered from 1, exactly as they are stored', async () => {
    const table = await openTable(server.url(), { table: 'shop."People"' });
    const sizes: number[] = [];
    let at = 0;
    for await (const { rows } of table.batches) {
      sizes.push(rows.length);
      for (const row of rows) {
        at++;
        expect(row).toEqual({ at, cells: [String(at), people[at - 1].email, people[at - 1].city] });
      }
    }
    await table.close();
    expect(at).toBe(ROWS);
    expect(Math.max(...sizes)).toBeLessThan(ROWS / 5);
  });

  test('hold the server’s text of every type, and null', async () => {
    const table = await openQuery(
      `SELECT 12345678901234567890.10::numeric AS " amount ", 9007199254740993::bigint AS big, true AS yes, null AS nothing,
              '\\x00ff'::bytea AS bytes, '{"a": 1}'::json AS json, date '2024-02-29' AS day, ARRAY[1,2] AS list, '' AS empty`,
    );
    expect(table.columns).toEqual(['amount', 'big', 'yes', 'nothing', 'bytes', 'json', 'day', 'list', 'empty']);
    expect(await rowsOf(table)).toEqual([
      {
        at: 1,
        cells: [
          '12345678901234567890.10',
          '9007199254740993',
          't',
          null,
          '\\x00ff',
          '{"a": 1}',
          '2024-02-29',
          '{1,2}',
          '',
        ],
      },
    ]);
  });

  test('without an identifier are refused by their number', async () => {
    const table = await openQuery(
      "SELECT CASE WHEN n <> 3 THEN n || '@example.org' END AS email FROM generate_series(1, 5) n",
    );
    await expect(readIdentifiers(table, { column: 'email', type: 'email', maxRows: 10 })).rejects.toThrow(
      'the table has rows that cannot be read; correct or remove them:\n  row 3: the identifier is refused: empty',
    );
  });

  test('may be none, and a column may be missing', async () => {
    const none = () => openQuery('SELECT email FROM shop."People" WHERE false');
    const options = { type: 'email', maxRows: 10 } as const;
    await expect(readIdentifiers(await none(), { ...options, column: 'email' })).rejects.toThrow(
      'the table has no rows',
    );
    await expect(readIdentifiers(await none(), { ...options, column: 'mail' })).rejects.toThrow(
      'there is no column "mail"; the columns are: "email"',
    );
  });

  test('keep to the interface, for a table and an empty result', async () => {
    expect(await checkTable(() => openTable(server.url('?table=shop.People')))).toEqual([]);
    expect(await checkTable(() => openQuery('SELECT 1 AS a, 2 AS b WHERE false'))).toEqual([]);
  });

  test('are one state of the database, whatever is written meanwhile', async () => {
    const table = await openPostgres({ url: server.url(), table: 'shop.People' });
    await server.run(`INSERT INTO shop."People" (email) VALUES ('late@example.org')`);
    expect(await rowsOf(table)).toHaveLength(ROWS);
    await server.run(`DELETE FROM shop."People" WHERE email = 'late@example.org'`);
  });

  test('may be computed for longer than the server’s time limit', async () => {
    await server.run(`ALTER ROLE ${server.user} SET statement_timeout = '300ms'`);
    expect(await rowsOf(await openQuery('SELECT pg_sleep(0.6) AS slept'))).toHaveLength(1);
    await server.run(`ALTER ROLE ${server.user} RESET statement_timeout`);
  });
});

describe('only reading', () => {
  const count = async () => (await server.run('SELECT count(*)::int AS n FROM shop."People"'))[0].n;

  test.each([
    [
      'a statement that writes',
      'INSERT INTO shop."People" (email) VALUES (\'x\') RETURNING id',
      /only reading is allowed/,
    ],
    [
      'a query that writes inside',
      'WITH gone AS (DELETE FROM shop."People" RETURNING *) SELECT * FROM gone',
      /only reading/,
    ],
    ['a sequence that is moved', `SELECT nextval('shop."People_id_seq"')`, /only reading is allowed/],
    ['a second statement', 'SELECT 1 AS a; DROP TABLE shop."People"', /cannot insert multiple commands/],
    ['an end of the transaction', 'COMMIT', /returns no columns/],
    [
      'a way out of read-only',
      "SELECT set_config('transaction_read_only', 'off', true)",
      /stopped the query|only reading/,
    ],
    ['a copy', 'COPY shop."People" TO STDOUT', /returns no columns/],
    ['nothing at all', '', /returns no columns/],
  ])('%s is refused', async (_, query, message) => {
    expect(await refusal(() => openQuery(query))).toMatch(message);
    expect(await count()).toBe(ROWS);
  });

  test('a table’s name is a name and nothing else', async () => {
    const open = (table: string) => () => openPostgres({ url: server.url(), table });
    expect(await refusal(open('shop.People; DROP TABLE x'))).toMatch(
      /relation "shop.People; DROP TABLE x" does not exist/,
    );
    expect(await refusal(open('x" UNION SELECT 1'))).toMatch(/relation|syntax|named as/);
    expect(await refusal(open('a.b.c'))).toMatch(/name or schema\.name/);
    expect(await count()).toBe(ROWS);
  });
});

describe('refusals name the cause and the remedy', () => {
  const table = 'shop.People';

  test('a wrong password, a missing one, and one in the URL', async () => {
    process.env.PGPASSWORD = 'wrong-word';
    expect(await refusal(() => openPostgres({ url: server.url(), table }))).toMatch(
      /^the database postgres at localhost:\d+ refuses the user or the password .* PGPASSWORD or ~\/\.pgpass$/,
    );
    const inUrl = server.url().replace('@', ':wrong-word@');
    expect(await refusal(() => openPostgres({ url: inUrl, table }))).toMatch(/refuses the user or the password/);
    delete process.env.PGPASSWORD;
    process.env.PGPASSFILE = join(folder, 'none');
    expect(await refusal(() => openPostgres({ url: server.url(), table }))).toMatch(
      /asks for a password: put it into PGPASS/,
    );
    process.env.PGPASSFILE = join(folder, 'pgpass');
    writeFileSync(process.env.PGPASSFILE, `localhost:*:*:${server.user}:${server.password}\n`, { mode: 0o600 });
    expect(await rowsOf(await openPostgres({ url: server.url(), query: 'SELECT 1 AS one' }))).toHaveLength(1);
    delete process.env.PGPASSFILE;
  });

  test.each(['postgres://u:wrong-word#x@localhost/db', 'postgres://u:12/wrong-word@localhost/db', 'postgres:'])(
    'a malformed URL %s',
    async (url) => {
      expect(await refusal(() => openTable(url, { table }))).toMatch(/malformed|no server answers|asks for a password/);
    },
  );

  test('no server, no such host, no such database, no such table, no such column', async () => {
    const port = await freePort();
    expect(await refusal(() => openPostgres({ url: `postgres://u@localhost:${port}/x`, table }))).toBe(
      `no server answers at the database x at localhost:${port} (ECONNREFUSED)`,
    );
    expect(await refusal(() => openPostgres({ url: 'postgres://u@nowhere.invalid/x', table }))).toMatch(
      /no server answers at the database x at nowhere\.invalid:5432/,
    );
    const other = server
      .url()
      .replace('/postgres?', '/none')
      .replace(/postgres$/, 'none');
    expect(await refusal(() => openPostgres({ url: other, table }))).toMatch(/database "none" does not exist/);
    expect(await refusal(() => openPostgres({ url: server.url(), table: 'shop.people' }))).toMatch(
      /relation "shop\.people" does not exist/,
    );
    expect(await refusal(() => openQuery('SELECT mail FROM shop."People"'))).toMatch(/column "mail" does not exist/);
  });

  test('a source is either a table or a query, and a CSV file is neither', async () => {
    expect(await refusal(() => openTable(server.url()))).toMatch(/either a table .* or a query/);
    expect(await refusal(() => openTable(server.url('?table=a'), { table: 'b' }))).toMatch(/named twice/);
    expect(await refusal(() => openTable(server.url('?table=a'), { query: 'SELECT 1' }))).toMatch(/either a table/);
    expect(await refusal(() => openTable('some.csv', { query: 'SELECT 1' }))).toMatch(/of a PostgreSQL source/);
    expect(await refusal(() => openTable('mysql://host/db'))).toMatch(/a source is postgres:\/\//);
  });

  test('a value that breaks the query is not repeated', async () => {
    const broken = "SELECT CASE WHEN n > 15000 THEN ('secret' || n)::int END AS x FROM generate_series(1, 20000) n";
    const message = await refusal(() => openQuery(broken));
    expect(message).toMatch(/stopped the query after row 14000: SQLSTATE 22P02$/);
    expect(message).not.toMatch(/secret/);
  });
});

describe('TLS', () => {
  const open = (parameters: string) => () => openPostgres({ url: server.url(parameters), query: SELECT_TLS });
  const SELECT_TLS = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
  const isEncrypted = async (parameters: string) => {
    const [row] = await rowsOf(await open(parameters)());
    return 'cells' in row && row.cells[0] === 't';
  };

  test('is used as the URL asks for it, and not on this machine alone', async () => {
    expect(await isEncrypted('')).toBe(false);
    expect(await isEncrypted('?sslmode=require')).toBe(true);
    expect(await isEncrypted(`?sslmode=verify-full&sslrootcert=${server.certificateFile}`)).toBe(true);
  });

  test('refuses a certificate of an unknown authority, or of another name', async () => {
    expect(await refusal(open('?sslmode=verify-full'))).toMatch(/TLS with .* failed \(.*CERT.*\).*sslrootcert/);
    const byNumber = server.url().replace('localhost', '127.0.0.1');
    const named = (mode: string) => () =>
      openPostgres({ url: `${byNumber}?sslmode=${mode}&sslrootcert=${server.certificateFile}`, query: SELECT_TLS });
    expect(await refusal(named('verify-full'))).toMatch(/TLS with .* failed \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
    expect(await rowsOf(await named('verify-ca')())).toHaveLength(1);
  });

  test('is missed where the server offers none', async () => {
    await server.run('ALTER SYSTEM SET ssl = off');
    await server.run('SELECT pg_reload_conf()');
    try {
      await sleep(500);
      expect(await refusal(open('?sslmode=require'))).toMatch(/offers no TLS.*sslmode=disable/);
    } finally {
      await server.run('ALTER SYSTEM RESET ssl');
    }
  });

  test('refuses modes that take what they get, and files that are not there', async () => {
    expect(await refusal(open('?sslmode=prefer'))).toMatch(
      /sslmode is one of disable, require, verify-ca, verify-full/,
    );
    expect(await refusal(open('?sslmode=require&sslrootcert=none.pem'))).toMatch(/none\.pem cannot be read \(ENOENT\)/);
  });
});

describe('connections', () => {
  const connections = async () =>
    (await server.run("SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'zk-clean-room'"))[0].n;

  test('are let go of by closing early', async () => {
    const table = await openPostgres({ url: server.url(), table: 'shop.People' });
    await table.batches[Symbol.asyncIterator]().next();
    expect(await connections()).toBe(1);
    await table.close();
    await table.close();
    for (let i = 0; i < 50 && (await connections()) !== 0; i++) await sleep(100);
    expect(await connections()).toBe(0);
  });

  test('that an administrator ends, or that end with their server, fail the reading with the row reached', async () => {
    const read = async (end: () => Promise<unknown>) => {
      const table = await openPostgres({ url: server.url(), table: 'shop.People' });
      return refusal(async () => ({
        ...table,
        batches: (async function* () {
          for await (const batch of table.batches) {
            yield batch;
            if (batch.rows.at(-1)!.at === 6000) await end();
          }
        })(),
      }));
    };
    const end = () =>
      server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zk-clean-room'");
    expect(await read(end)).toMatch(/the connection to the database postgres at .* was lost after row 6000: nothing/);
    expect(await read(() => server.kill())).toMatch(/was lost after row 6000: nothing of it is used; start again/);
  });
});
