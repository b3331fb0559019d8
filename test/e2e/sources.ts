/** Tables where their owners keep them: one in PostgreSQL, one in S3, the others in CSV files. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { startPostgres } from '../connector/postgres-server.ts';
import { BUCKET, KEYS, startS3 } from '../connector/s3-server.ts';

/** Where the tables are, and what a command needs to get at them. */
export type Sources = {
  readonly sources: readonly string[];
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

/** Starts a PostgreSQL server that holds the first file's table, and an S3 server that holds the second; both are real. */
export async function startSources([inDatabase, inBucket, ...inFiles]: readonly string[]): Promise<Sources> {
  const [database, bucket] = await Promise.all([startPostgres(), startS3()]);
  const rows = parse(readFileSync(inDatabase, 'utf8'), { columns: true }) as { n: string; email: string }[];
  await database.run('CREATE TABLE people (n int, email text)');
  await database.run('INSERT INTO people SELECT * FROM unnest($1::int[], $2::text[])', [
    rows.map(({ n }) => n),
    rows.map(({ email }) => email),
  ]);
  await bucket.put('people.csv', readFileSync(inBucket, 'utf8'));
  return {
    sources: [database.url('?table=people'), `s3://${BUCKET}/people.csv`, ...inFiles],
    flags: ['--s3-endpoint', bucket.endpoint],
    env: { PGPASSWORD: database.password, ...KEYS },
    stop: async () => void (await Promise.all([database.stop(), bucket.stop()])),
  };
}
