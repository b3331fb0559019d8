import { ConnectorError } from './errors.ts';

/** Where bytes come from: the path of a file, a browser's `File` or `Blob`, or any stream of chunks. */
export type Source = string | Blob | AsyncIterable<Uint8Array>;

/** Opens a source as a stream of chunks. A file that is missing, unreadable, a folder or empty is refused here. */
export async function* openSource(source: Source): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunksOf(source)) {
    size += chunk.length;
    yield chunk;
  }
  if (size === 0) throw new ConnectorError(`${nameOf(source)} is empty`);
}

async function* chunksOf(source: Source): AsyncGenerator<Uint8Array> {
  if (typeof source === 'string') {
    // Imported here so that the rest of the connector also runs in a browser.
    const { createReadStream } = await import('node:fs');
    try {
      yield* createReadStream(source);
    } catch (error) {
      throw fileError(source, error as NodeJS.ErrnoException);
    }
  } else if (source instanceof Blob) {
    const reader = source.stream().getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel();
    }
  } else {
    yield* source;
  }
}

/** Says why a file cannot be opened or read. */
export function fileError(path: string, error: NodeJS.ErrnoException): Error {
  switch (error.code) {
    case 'ENOENT':
      return new ConnectorError(`the file ${path} does not exist`);
    case 'EISDIR':
      return new ConnectorError(`${path} is a folder: name a file`);
    case 'EACCES':
    case 'EPERM':
      return new ConnectorError(`the file ${path} may not be read: check its permissions`);
    default:
      return new ConnectorError(`the file ${path} cannot be read (${error.code ?? error.message})`);
  }
}

function nameOf(source: Source): string {
  return typeof source === 'string' ? `the file ${source}` : 'the data';
}
