import type { EventEmitter } from 'node:events';
import { Client } from 'pg';
import Cursor from 'pg-cursor';
import { ConnectorError } from './errors.ts';
import { postgresError } from './postgres-errors.ts';
import { takeTls } from './postgres-tls.ts';
import type { Batch, Table } from './table.ts';

/** What to read of a PostgreSQL database. */
export type PostgresOptions = Readonly<{
  /**
   * `postgres://user@host:port/database?sslmode=...`. What it leaves out comes from PGHOST, PGPORT, PGDATABASE, PGUSER,
   * PGPASSWORD and ~/.pgpass.
   */
  url: string;
  /** Table or view, as `name` or `schema.name`; a part that holds a dot stands in double quotes. Case counts. */
  table?: string;
  /** A single statement that returns rows. */
  query?: string;
}>;

/** Rows that come at once: enough to make round trips cheap, few enough to keep memory small. */
const BATCH_ROWS = 2_000;

const CONNECT_MILLISECONDS = 15_000;

/**
 * One unchanging state of the database, read only; rows of a table in the order of the last time; and no time limits of the
 * server, since rows are read at the pace at which they are hashed.
 */
const BEGIN = `
  BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL synchronize_seqscans = off;
  SELECT set_config(name, '0', true) FROM pg_catalog.pg_settings
   WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`;

/**
 * Opens a table, or a query's result, of a PostgreSQL database. It streams through constant memory by a cursor on the server.
 * Cells are the server's text form of their values; `at` is the number of the row in the result, from 1.
 * @throws {ConnectorError} when the server cannot be reached or refuses; while it is read, too. No error has a password.
 */
export async function openPostgres({ url, table, query }: PostgresOptions): Promise<Table> {
  if ((table === undefined) === (query === undefined)) {
    throw new ConnectorError('a database needs either a table (--table, or ?table= in the URL) or a query (--query)');
  }
  const { client, place } = await prepareClient(url);
  let isClosed = false;
  const lost = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('Connection ended')));
  });
  // It also rejects when nobody is waiting for rows; the next reader hears of it.
  lost.catch(() => undefined);
  const close = async () => {
    isClosed = true;
    await client.end();
  };

  try {
    await client.connect();
  } catch (error) {
    void client.end().catch(() => undefined);
    throw postgresError(error, place, { phase: 'connecting' });
  }
  try {
    await client.query(BEGIN);
    const text = query ?? `SELECT * FROM ${quoteName(table!)}`;
    const cursor = client.query(new Cursor<Cells>(text, [], { rowMode: 'array', types: AS_TEXT }));
    await Promise.race([lost, hasColumns(client, cursor)]);
    const read = () => Promise.race([lost, readCursor(cursor)]);
    const first = await read();
    return {
      columns: first.columns,
      unit: 'row',
      batches: batchesOf(first.rows, async (row) => {
        if (isClosed) return [];
        try {
          return (await read()).rows;
        } catch (error) {
          if (isClosed) return [];
          throw postgresError(error, place, { phase: 'reading', row });
        }
      }),
      close,
    };
  } catch (error) {
    await close();
    throw postgresError(error, place, { phase: 'asking' });
  }
}

type Cells = (string | null)[];

/** Leaves every value as the server wrote it: a number that passed through a double would become another number. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** A client that is not connected yet, and how errors call its database. */
async function prepareClient(text: string): Promise<{ client: Client; place: string }> {
  // A password with a slash in it makes its rest look like a database, which errors would name.
  if (!URL.canParse(text) || new URL(text).pathname.includes('@')) {
    throw new ConnectorError(
      "the database URL is malformed: postgres://user@host:port/database; a password's place is PGPASSWORD or ~/.pgpass",
    );
  }
  const url = new URL(text);
  // pg itself knows best which host it will take from the URL, the environment and its defaults.
  const { host } = new Client({ connectionString: withoutTls(url) });
  const ssl = await takeTls(url, /^(localhost|127\..*|::1|\/.*)$/.test(host));
  const client = new Client({
    connectionString: url.href,
    ssl,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    keepAlive: true,
    fallback_application_name: 'zk-clean-room',
  });
  return { client, place: `the database ${client.database} at ${client.host}:${client.port}` };
}

function withoutTls(url: URL): string {
  const copy = new URL(url);
  for (const name of [...copy.searchParams.keys()]) if (name.startsWith('ssl')) copy.searchParams.delete(name);
  return copy.href;
}

/** Quotes `name` or `schema.name`, so that it can name a table and nothing else. */
function quoteName(name: string): string {
  const parts = /^("(?:[^"]|"")+"|[^".]+)(?:\.("(?:[^"]|"")+"|[^".]+))?$/.exec(name);
  if (!parts) throw new ConnectorError('a table is named as name or schema.name; a part with a dot stands in quotes');
  return parts
    .slice(1)
    .filter((part) => part !== undefined)
    .map((part) => (part.startsWith('"') ? part : `"${part}"`))
    .join('.');
}

/** Waits for the server's word that a query returns rows. What returns none, such as COPY or COMMIT, is never executed. */
function hasColumns(client: Client, cursor: Cursor<Cells>): Promise<void> {
  const { connection } = client as unknown as { connection: EventEmitter };
  return new Promise((resolve, reject) => {
    const refuse = () => reject(new ConnectorError('the query returns no columns: a SELECT is needed'));
    connection.once('rowDescription', resolve);
    connection.once('noData', refuse);
    cursor.on('error', reject);
  });
}

function readCursor(cursor: Cursor<Cells>): Promise<{ rows: Cells[]; columns: string[] }> {
  return new Promise((resolve, reject) => {
    cursor.read(BATCH_ROWS, (error, rows, result) => {
      if (error) reject(error);
      else resolve({ rows, columns: result?.fields.map(({ name }) => name.trim()) ?? [] });
    });
  });
}

async function* batchesOf(first: Cells[], next: (row: number) => Promise<Cells[]>): AsyncGenerator<Batch> {
  let at = 0;
  for (let rows = first; rows.length > 0; rows = await next(at)) {
    yield { rows: rows.map((cells) => ({ at: ++at, cells })) };
  }
}
