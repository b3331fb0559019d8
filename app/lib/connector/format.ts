/** What a source's first bytes say it is: names lie, bytes do not. */
import { ConnectorError } from './errors.ts';

export type Format = 'CSV' | 'Parquet' | 'Arrow';

/** Bytes that have to be looked at. */
export const FORMAT_BYTES = 6;

const MARKS: readonly (readonly [mark: string, format: Format])[] = [
  ['PAR1', 'Parquet'],
  ['ARROW1', 'Arrow'],
  // An Arrow stream has no mark of its own: it begins as each of its messages does.
  ['\xff\xff\xff\xff', 'Arrow'],
];

const NAMES: readonly (readonly [pattern: RegExp, format: Format])[] = [
  [/\.(parquet|parq|pq)$/i, 'Parquet'],
  [/\.(arrow|arrows|feather|ipc)$/i, 'Arrow'],
];

/**
 * The format of a source. One that is named as another format than its bytes are is refused, for something went wrong.
 * @param head its first bytes, {@link FORMAT_BYTES} or as many as there are
 */
export function formatOf(name: string, head: Uint8Array): Format {
  const text = String.fromCharCode(...head.subarray(0, FORMAT_BYTES));
  if (text.startsWith('PARE')) throw encryptedError();
  if (text.startsWith('FEA1')) {
    throw new ConnectorError('the file is of version 1 of Feather: write it in version 2, which is Arrow IPC');
  }
  const format = MARKS.find(([mark]) => text.startsWith(mark))?.[1] ?? 'CSV';
  const named = NAMES.find(([pattern]) => pattern.test(name))?.[1];
  if (named !== undefined && named !== format) {
    throw new ConnectorError(
      `the file's name says ${named}, and its bytes do not: write or transfer it again, or give it another name`,
    );
  }
  return format;
}

/** A file that cannot be read without a key. */
export function encryptedError(): ConnectorError {
  return new ConnectorError('the Parquet file is encrypted: write it without encryption');
}
