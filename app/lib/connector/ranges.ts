/** Bytes that can be read at any place: of a file, or of an object by ranges. */
import { open } from 'node:fs/promises';
import { ConnectorError } from './errors.ts';
import { fileError } from './source.ts';
import { concat } from './stream.ts';

/** Bytes of known length, read piece by piece. */
export type Ranges = Readonly<{
  size: number;
  /** Exactly the bytes from `from` up to but not including `to`, which lie within the size. */
  read(from: number, to: number): Promise<Uint8Array>;
  close(): Promise<void>;
}>;

/** Opens a file; what was opened is read even if another file takes its name meanwhile. */
export async function openRanges(path: string): Promise<Ranges> {
  const failed = (error: unknown): never => {
    throw fileError(path, error as NodeJS.ErrnoException);
  };
  const file = await open(path).catch(failed);
  const { size } = await file.stat();
  return {
    size,
    async read(from, to) {
      const bytes = new Uint8Array(to - from);
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, from + done).catch(failed);
        if (bytesRead === 0) throw new ConnectorError(`the file ${path} became shorter while it was read: start again`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

/** Bytes that are fetched ahead of a place, so that small pieces do not each cost a request. */
const WINDOW_BYTES = 1024 * 1024;

/** Reads a part of the bytes from its beginning to its end, holding a megabyte or one larger piece of it. */
export class Window {
  readonly #source: Ranges;
  readonly #end: number;
  #from: number;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(source: Ranges, from: number, end: number) {
    this.#source = source;
    this.#from = from;
    this.#end = end;
  }

  /** Bytes that are not gone past yet. */
  get left(): number {
    return this.#end - this.#from;
  }

  /** The next bytes, without going past them: so many, or as many as are left. */
  async peek(length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.left);
    if (this.#bytes.length < wanted) {
      const from = this.#from + this.#bytes.length;
      const to = this.#from + Math.min(Math.max(wanted, WINDOW_BYTES), this.left);
      this.#bytes = concat(this.#bytes, await this.#source.read(from, to));
    }
    return this.#bytes.subarray(0, wanted);
  }

  /** Goes past bytes that were peeked at. */
  skip(length: number): void {
    this.#from += length;
    this.#bytes = this.#bytes.subarray(length);
  }

  /** The next bytes; throws where fewer are left. */
  async take(length: number): Promise<Uint8Array> {
    if (!(length >= 0) || length > this.left) throw new RangeError('it ends too early');
    const bytes = await this.peek(length);
    this.skip(length);
    return bytes;
  }
}
