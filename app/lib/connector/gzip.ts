import { ConnectorError } from './errors.ts';
import { concat, putBack } from './stream.ts';

/** First bytes of a gzip archive (RFC 1952). */
const MAGIC = [0x1f, 0x8b] as const;

/**
 * An archive that unpacks to more than this many times its size is a trap, not a table: distinct identifiers do not repeat
 * each other so much, and gzip reaches 1,032 at most. The first megabytes are free, since small tables may be all alike.
 */
const MAX_RATIO = 200;
const FREE_BYTES = 16 * 1024 * 1024;

/**
 * Unpacks bytes that begin as a gzip archive, and passes on others as they are; both stream through constant memory.
 *
 * @param isArchive whether they have to be an archive, since they are named so
 * @throws {ConnectorError} where the archive is cut off, damaged, followed by other bytes, or unpacks without end
 */
export async function* gunzip(chunks: AsyncGenerator<Uint8Array>, isArchive = false): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < MAGIC.length) {
    const next = await chunks.next();
    if (next.done) break;
    head = concat(head, next.value);
  }
  const rest = putBack(head, chunks);
  if (head.length >= MAGIC.length && MAGIC.every((byte, i) => head[i] === byte)) yield* unpack(rest);
  else if (isArchive) {
    await chunks.return(undefined);
    throw new ConnectorError('the file is named .gz and is no gzip archive: rename it, or compress it again');
  } else yield* rest;
}

async function* unpack(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Imported here so that the rest of the connector also runs in a browser. The web's DecompressionStream would take no
  // archive of several members, which tools that work in parallel write.
  const { createGunzip } = await import('node:zlib');
  const { Readable } = await import('node:stream');
  let packed = 0;
  let unpacked = 0;
  // What the source itself throws is told as it is.
  let sourceError: Error | undefined;
  const counted = async function* () {
    for await (const chunk of chunks) {
      packed += chunk.length;
      yield chunk;
    }
  };
  const unzip = createGunzip();
  const source = Readable.from(counted());
  source.on('error', (error) => {
    sourceError = error;
    unzip.destroy(error);
  });
  try {
    for await (const chunk of source.pipe(unzip) as AsyncIterable<Uint8Array>) {
      unpacked += chunk.length;
      if (unpacked > FREE_BYTES && unpacked > MAX_RATIO * packed) throw trapError();
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw sourceError ?? archiveError(error);
  } finally {
    source.destroy();
    unzip.destroy();
  }
}

function trapError(): ConnectorError {
  return new ConnectorError(
    `the gzip archive unpacks to more than ${MAX_RATIO} times its size: unpack it yourself if that is right`,
  );
}

function archiveError(error: unknown): ConnectorError {
  return new ConnectorError('the gzip archive is cut off or damaged: compress or transfer the file again', {
    cause: error,
  });
}
