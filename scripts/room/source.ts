/** Options of commands that read a data source. */
import type { Command } from 'commander';
import type { OpenOptions } from '../../app/lib/connector/open.ts';

/** What a source may be, for help texts. */
export const SOURCES =
  'CSV, Parquet or Arrow file, postgres://user@host/database?table=NAME or s3://bucket/key (or prefix/); passwords belong into ' +
  'PGPASSWORD or ~/.pgpass, since everyone on this machine can see a command line';

/** A command's options of a single source. */
export type SourceOptions = OpenOptions & { readonly csv?: string; readonly source?: string };

/** Adds the option of sources in S3. */
export function s3Option(command: Command): Command {
  return command.option('--s3-endpoint <url>', "S3: address of a service other than Amazon's");
}

/** Adds the options of a single source, but for its name. */
export function sourceOptions(command: Command): Command {
  return s3Option(
    command
      .option('--table <name>', 'PostgreSQL: table or view, as name or schema.name')
      .option('--query <sql>', 'PostgreSQL: a single SELECT, in place of a table')
      .option('--delimiter <character>', 'CSV: what separates the columns; found out where it is not given'),
  );
}

/** The source that a command names by `--csv` or `--source`; refuses none and both. */
export function sourceOf({ csv, source }: { csv?: string; source?: string }): string {
  if ((csv === undefined) === (source === undefined)) throw new Error('Give either --csv FILE or --source SOURCE.');
  return (csv ?? source)!;
}
