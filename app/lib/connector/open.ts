import { stat } from 'node:fs/promises';
import { openCsv } from './csv.ts';
import { ConnectorError } from './errors.ts';
import { FORMAT_BYTES, formatOf } from './format.ts';
import { openTyped } from './open-typed.ts';
import { openRanges } from './ranges.ts';
import type { Table } from './table.ts';

/** How to read a source; each option belongs to one kind. */
export type OpenOptions = Readonly<{
  /** CSV, on disk or in S3: what separates the columns. */
  delimiter?: string;
  /** PostgreSQL: a table, where the URL has no `?table=`. */
  table?: string;
  /** PostgreSQL: a query. */
  query?: string;
  /** S3: address of a service other than Amazon's. */
  s3Endpoint?: string;
}>;

/**
 * Opens a source by its form: `postgres://...`, `s3://...`, otherwise the path of a CSV, Parquet or Arrow file, which its first bytes tell. The clients of databases and
 * object stores are loaded when they are needed: whoever reads files does not wait for them.
 * @throws {ConnectorError} when the source cannot be opened, or an option is of another kind of source
 */
export async function openTable(where: string, options: OpenOptions = {}): Promise<Table> {
  const { delimiter, table, query, s3Endpoint } = options;
  const isPostgres = /^postgres(ql)?:/.test(where);
  const isS3 = /^s3:/.test(where);
  if (!isPostgres && (table !== undefined || query !== undefined)) {
    throw new ConnectorError('a table or a query is of a PostgreSQL source (postgres://...)');
  }
  if (!isS3 && s3Endpoint !== undefined) throw new ConnectorError('an S3 endpoint is of an S3 source (s3://...)');

  if (isPostgres) {
    const { openPostgres } = await import('./postgres.ts');
    const { url, table: named } = takeTable(where);
    if (named !== undefined && table !== undefined) throw new ConnectorError('the table is named twice');
    return openPostgres({ url, table: table ?? named, query });
  }
  if (isS3) {
    const { openS3 } = await import('./s3.ts');
    return openS3({ url: where, endpoint: s3Endpoint, delimiter });
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(where)) {
    throw new ConnectorError('a source is postgres://..., s3://... or the path of a CSV, Parquet or Arrow file');
  }
  return openFile(where, delimiter);
}

async function openFile(path: string, delimiter: string | undefined): Promise<Table> {
  const about = await stat(path).catch(() => undefined);
  // What is no plain file, such as a pipe, can be read only once and from its beginning.
  if (!about?.isFile()) return openCsv(path, { delimiter });
  const source = await openRanges(path);
  try {
    const format = formatOf(path, await source.read(0, Math.min(FORMAT_BYTES, source.size)));
    if (format !== 'CSV') {
      if (delimiter !== undefined) throw new ConnectorError(`a delimiter is of a CSV file, and this is ${format}`);
      return await openTyped(format, source);
    }
  } catch (error) {
    await source.close();
    throw error;
  }
  await source.close();
  return openCsv(path, { delimiter });
}

/** Takes the table out of a database's URL: it is no parameter of the connection. A malformed URL is left to the connector. */
function takeTable(text: string): { url: string; table?: string } {
  if (!URL.canParse(text)) return { url: text };
  const url = new URL(text);
  const table = url.searchParams.get('table') ?? undefined;
  url.searchParams.delete('table');
  return { url: url.href, table };
}
