import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { addAbortSignal, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectorError } from './errors.ts';
import { isChanged, s3Error } from './s3-errors.ts';
import type { S3Object } from './s3-listing.ts';

/** Connections that may break one after the other without a byte between them. */
const MAX_BREAKS = 4;

const FIRST_PAUSE_MILLISECONDS = 100;

/**
 * Streams an object's bytes, all or those from `from` up to but not including `to`. A connection that breaks is taken up again where it broke. Every request names the content that
 * was listed, and every answer is checked for it, since some services ignore the condition.
 * @param what how errors call the object
 * @throws {ConnectorError} when the object is another than the one listed, or the service fails
 */
export async function* readObject(
  client: S3Client,
  bucket: string,
  { key, etag, size }: S3Object,
  what: string,
  signal: AbortSignal,
  { from, to }: { from: number; to: number } = { from: 0, to: size },
): AsyncGenerator<Uint8Array> {
  let offset = from;
  let breaks = 0;
  while (offset < to) {
    const before = offset;
    let reason: unknown = new ConnectorError(`${what}: the service stops at byte ${offset}`);
    const body = await openBody(offset);
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        offset += chunk.length;
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      reason = error;
    } finally {
      body.destroy();
    }
    if (offset >= to) return;
    breaks = offset > before ? 1 : breaks + 1;
    if (breaks > MAX_BREAKS) throw s3Error(reason, `${what} from byte ${offset}`);
    await sleep(FIRST_PAUSE_MILLISECONDS * 2 ** breaks, undefined, { signal });
  }

  async function openBody(at: number): Promise<Readable> {
    const isWhole = at === 0 && to === size;
    const range = isWhole ? {} : { Range: `bytes=${at}-${to === size ? '' : to - 1}` };
    const request = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, ...range });
    const answer = await client.send(request, { abortSignal: signal }).catch((error: unknown) => {
      throw isChanged(error) ? changedError(what) : s3Error(error, what);
    });
    // The answer has come, so only the body itself can still be broken off.
    const body = addAbortSignal(signal, answer.Body as Readable);
    const isPart = isWhole || answer.ContentRange === `bytes ${at}-${to - 1}/${size}`;
    if (answer.ETag === etag && isPart && answer.ContentLength === to - at) return body;
    body.destroy();
    throw changedError(what);
  }
}

/** An object is not, or no longer, what it was when it was listed. */
export function changedError(what: string): ConnectorError {
  return new ConnectorError(`${what} was changed while it was being read: nothing of it is used; start again`);
}
