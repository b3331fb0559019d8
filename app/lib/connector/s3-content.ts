/** An object of a bucket as a table, whatever format it is in. */
import type { S3Client } from '@aws-sdk/client-s3';
import { openCsv } from './csv.ts';
import { ConnectorError } from './errors.ts';
import { FORMAT_BYTES, formatOf } from './format.ts';
import { openTyped } from './open-typed.ts';
import type { Ranges } from './ranges.ts';
import type { S3Object } from './s3-listing.ts';
import { readObject } from './s3-object.ts';
import { concat, putBack } from './stream.ts';
import type { Table } from './table.ts';

/** Where an object is, and how long it is wanted. */
export type S3Content = Readonly<{
  client: S3Client;
  bucket: string;
  object: S3Object;
  /** How errors call the object. */
  what: string;
  signal: AbortSignal;
}>;

/**
 * Opens an object: CSV is streamed, Parquet and Arrow are read by ranges, each of them of the content that was listed.
 * @param delimiter of CSV; absent: found out
 */
export async function openContent(content: S3Content, delimiter: string | undefined): Promise<Table> {
  const { client, bucket, object, what, signal } = content;
  const bytes = readObject(client, bucket, object, what, signal);
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < Math.min(FORMAT_BYTES, object.size)) {
    const next = await bytes.next();
    if (next.done) break;
    head = concat(head, next.value);
  }
  try {
    const format = formatOf(object.key, head);
    if (format === 'CSV') return await openCsv(putBack(head, bytes), { delimiter });
    if (delimiter !== undefined) throw new ConnectorError(`a delimiter is of a CSV object, and this is ${format}`);
    await bytes.return(undefined);
    return await openTyped(format, rangesOf(content));
  } catch (error) {
    await bytes.return(undefined);
    throw error;
  }
}

function rangesOf({ client, bucket, object, what, signal }: S3Content): Ranges {
  return {
    size: object.size,
    async read(from, to) {
      const bytes = new Uint8Array(to - from);
      let at = 0;
      for await (const chunk of readObject(client, bucket, object, what, signal, { from, to })) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      return bytes;
    },
    close: async () => undefined,
  };
}
