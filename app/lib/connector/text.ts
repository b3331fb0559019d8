import { ConnectorError } from './errors.ts';
import { concat } from './stream.ts';

const SAVE_AS_UTF8 = 'save it as "CSV UTF-8"';

/** First bytes of formats that are often taken for text, and what they are. */
const OTHER_FORMATS: readonly (readonly [bytes: readonly number[], name: string])[] = [
  [[0xff, 0xfe], 'UTF-16 text'],
  [[0xfe, 0xff], 'UTF-16 text'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive or Excel workbook'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old Excel workbook'],
  [[0x1f, 0x8b], 'a gzip archive'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file'],
];

/** Bytes that tell one format from another. */
const HEAD_BYTES = 4;

/**
 * Decodes a stream of bytes as UTF-8, strictly: a guessed encoding would silently turn names into other names.
 * A byte order mark is skipped. UTF-16, archives and invalid sequences are refused, with the place of the first bad byte.
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let pending: Uint8Array = new Uint8Array(0);
  let offset = 0;
  let line = 1;

  const take = (length: number): string => {
    const bytes = pending.subarray(0, length);
    if (offset === 0) refuseOtherFormats(bytes);
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch {
      const bad = firstInvalid(bytes);
      throw new ConnectorError(
        `the file is not UTF-8: byte ${offset + bad} (line ${line + newlines(bytes.subarray(0, bad))}) is invalid; ${SAVE_AS_UTF8}`,
      );
    }
    const zero = bytes.indexOf(0);
    if (zero >= 0) {
      throw new ConnectorError(
        `the file has a zero byte at ${offset + zero}: it is binary, or UTF-16 text; ${SAVE_AS_UTF8}`,
      );
    }
    if (offset === 0 && text.startsWith('\ufeff')) text = text.slice(1);
    offset += length;
    line += newlines(bytes);
    pending = pending.subarray(length);
    return text;
  };

  for await (const chunk of chunks) {
    pending = concat(pending, chunk);
    if (offset > 0 || pending.length >= HEAD_BYTES) yield take(completeLength(pending));
  }
  if (pending.length > 0) yield take(pending.length);
}

function refuseOtherFormats(head: Uint8Array): void {
  const found = OTHER_FORMATS.find(([bytes]) => bytes.every((byte, i) => head[i] === byte));
  if (found) throw new ConnectorError(`the file is ${found[1]}, not UTF-8 text; ${SAVE_AS_UTF8}`);
}

/** Length without a character that the end cuts. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

/** Place of the byte that makes a sequence invalid: whatever ends before it is valid, if perhaps cut. */
function firstInvalid(bytes: Uint8Array): number {
  let [valid, invalid] = [0, bytes.length + 1];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return Math.min(valid, bytes.length - 1);
}

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
