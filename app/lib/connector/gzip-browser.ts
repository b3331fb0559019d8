/** What `gzip.ts` is in browsers: theirs would take no archive of several members, which tools that work in parallel write. */
import { ConnectorError } from './errors.ts';
import { concat, putBack } from './stream.ts';

/** First bytes of a gzip archive (RFC 1952). */
const MAGIC = [0x1f, 0x8b] as const;

/**
 * Passes on bytes that are no gzip archive.
 * @throws {ConnectorError} where they are one
 */
export async function* gunzip(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < MAGIC.length) {
    const next = await chunks.next();
    if (next.done) break;
    head = concat(head, next.value);
  }
  if (head.length >= MAGIC.length && MAGIC.every((byte, i) => head[i] === byte)) {
    await chunks.return(undefined);
    throw new ConnectorError('the file is compressed, which only your own server unpacks: unpack it, or hand it over');
  }
  yield* putBack(head, chunks);
}
