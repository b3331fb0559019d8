import { S3Client } from '@aws-sdk/client-s3';
import { ConnectorError } from './errors.ts';
import { openContent } from './s3-content.ts';
import { firstChange, listObjects, parseS3Url, type S3Object, type S3Place } from './s3-listing.ts';
import { changedError } from './s3-object.ts';
import type { Batch, Table } from './table.ts';

/** Where objects are, and how they are written. */
export type S3Options = Readonly<{
  /** `s3://bucket/key`, or `s3://bucket/prefix/` for every object below the prefix, in the order of their keys. */
  url: string;
  /** Address of a service other than Amazon's; buckets are part of its paths. Default: the SDK's own. */
  endpoint?: string;
  /** Of CSV. Absent: found out for each object, as in `openCsv`. */
  delimiter?: string;
}>;

const CONNECT_MILLISECONDS = 10_000;

/** A connection on which nothing comes for so long is given up; the rest is then read by another. */
const SILENT_MILLISECONDS = 60_000;

/** Region of a service that has none. */
const ANY_REGION = 'us-east-1';

/**
 * Opens CSV, Parquet or Arrow objects of an S3 bucket as one table: each is of the same kind and has the same columns, and
 * batches name the object as their `part`. Streams through constant memory but for the list of objects. Credentials and region come from where the AWS SDK looks for
 * them: environment, shared files, the machine's role. What was listed must not change until everything is read.
 * @throws {ConnectorError} when the service, the bucket or an object cannot be read, or is of no known format; while it is read, too
 */
export async function openS3({ url, endpoint, delimiter }: S3Options): Promise<Table> {
  const place = parseS3Url(url);
  const client = openClient(endpoint);
  const stop = new AbortController();
  const openObject = async (object: S3Object) => {
    const what = nameOf(place, object);
    const content = { client, bucket: place.bucket, object, what, signal: stop.signal };
    return { ...(await naming(what, openContent(content, delimiter))), what, part: object.key };
  };
  let current: Table | undefined;
  const close = async () => {
    stop.abort();
    await current?.close();
    client.destroy();
  };

  try {
    const objects = await listObjects(client, place);
    if (objects.length === 0) throw new ConnectorError(`${url}: there are no objects below this prefix`);
    const first = await openObject(objects[0]);
    current = first;
    const { columns, unit } = first;

    async function* batches(): AsyncGenerator<Batch> {
      for (const object of objects) {
        if (stop.signal.aborted) return;
        const table = object === objects[0] ? first : await openObject(object);
        current = table;
        const other =
          table.unit !== unit ? 'is of another kind' : isSame(table.columns, columns) ? '' : 'has another header';
        if (other !== '') throw new ConnectorError(`${table.what} ${other} than ${nameOf(place, objects[0])}`);
        yield* readPart(table, stop.signal);
        await table.close();
      }
      if (stop.signal.aborted) return;
      // An answer that was on its way comes to its end whatever happens to the object meanwhile.
      const changed = firstChange(objects, await listObjects(client, place));
      if (changed !== undefined) throw changedError(`s3://${place.bucket}/${changed}`);
    }
    return { columns, unit, batches: batches(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* readPart(table: Table & { what: string; part: string }, signal: AbortSignal): AsyncGenerator<Batch> {
  const rows = table.batches[Symbol.asyncIterator]();
  for (;;) {
    const next = await naming(table.what, rows.next()).catch((error: unknown) => {
      // Closing breaks off what is being read: that is the end, and no failure.
      if (signal.aborted) return { done: true as const, value: undefined };
      throw error;
    });
    if (next.done || signal.aborted) return;
    yield { rows: next.value.rows, part: table.part };
  }
}

/** Puts the object's name before an error of the reader. */
async function naming<T>(what: string, result: Promise<T>): Promise<T> {
  return result.catch((error: unknown) => {
    if (!(error instanceof ConnectorError) || error.message.startsWith(what)) throw error;
    throw new ConnectorError(`${what}: ${error.message}`);
  });
}

function openClient(endpoint: string | undefined): S3Client {
  if (endpoint !== undefined && !/^https?:\/\/[^/@]+\/?$/.test(endpoint)) {
    throw new ConnectorError('the S3 endpoint is an address such as https://storage.example.org:9000');
  }
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? ANY_REGION;
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true, region }),
    followRegionRedirects: true,
    // The SDK compares checksums in a stream of its own, which does not let go of the connection when it is closed early.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MILLISECONDS, socketTimeout: SILENT_MILLISECONDS },
  });
}

const nameOf = (place: S3Place, { key }: S3Object) => `s3://${place.bucket}/${key}`;

const isSame = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((name, i) => name === b[i]);
