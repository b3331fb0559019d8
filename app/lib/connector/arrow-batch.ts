/** The cells of one Arrow record batch (https://arrow.apache.org/docs/format/Columnar.html). */
import type { RecordBatch } from 'apache-arrow/fb/record-batch';
import { CompressionType } from 'apache-arrow/fb/compression-type';
import type { ArrowColumn, ArrowLayout } from './arrow-schema.ts';
import { utf8Text, type Cell } from './cell-text.ts';
import { ConnectorError } from './errors.ts';
import { unpackLz4Frame, unpackZstd, type Unpack } from './unpack.ts';

/** The cell of a row of the batch, from 0. */
export type CellAt = (row: number) => Cell;

/** Values of the dictionaries read so far. */
export type Dictionaries = ReadonlyMap<bigint, readonly Cell[]>;

/** Bytes before a compressed buffer, which tell its length; -1 stands for one that is not compressed. */
const LENGTH_BYTES = 8;

/** Reads a batch's columns. What the batch tells of itself is checked against its bytes before any cell is read. */
export function readBatch(
  header: RecordBatch,
  body: Uint8Array,
  columns: readonly ArrowColumn[],
  dictionaries: Dictionaries,
): { rows: number; columns: CellAt[] } {
  const rows = Number(header.length());
  if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError('a batch has no number of rows');
  if (header.nodesLength() !== columns.length) throw new RangeError('a batch has other columns than the schema');
  const buffers = new Buffers(header, body);
  const cells = columns.map((column, i) => {
    const node = header.nodes(i)!;
    if (Number(node.length()) !== rows) throw new RangeError('the columns of a batch have different lengths');
    return cellsOf(column, buffers, { rows, nulls: Number(node.nullCount()) }, dictionaries);
  });
  return { rows, columns: cells };
}

type Length = Readonly<{ rows: number; nulls: number }>;

function cellsOf(
  { layout, dictionary }: ArrowColumn,
  buffers: Buffers,
  length: Length,
  dictionaries: Dictionaries,
): CellAt {
  if (!dictionary) return layoutCells(layout, buffers, length);
  const isThere = validityOf(buffers, length);
  const { id, indexWidth, readIndex } = dictionary;
  const view = viewOf(buffers.next(length.rows * indexWidth));
  return (row) => {
    if (!isThere(row)) return null;
    const values = dictionaries.get(id);
    const place = readIndex(view, row * indexWidth);
    if (!values || !(place >= 0 && place < values.length)) throw new RangeError('a dictionary lacks a value');
    return values[place];
  };
}

function layoutCells(layout: ArrowLayout, buffers: Buffers, length: Length): CellAt {
  const { rows } = length;
  if (layout.kind === 'null') return () => null;
  const isThere = validityOf(buffers, length);
  const cell = valuesOf(layout, buffers, rows);
  return (row) => (isThere(row) ? cell(row) : null);
}

function valuesOf(layout: Exclude<ArrowLayout, { kind: 'null' }>, buffers: Buffers, rows: number): CellAt {
  switch (layout.kind) {
    case 'bits': {
      const bits = buffers.next(Math.ceil(rows / 8));
      return (row) => String(isSet(bits, row));
    }
    case 'fixed': {
      const { width, read } = layout;
      const view = viewOf(buffers.next(rows * width));
      return (row) => read(view, row * width);
    }
    case 'text views':
      return viewedTexts(buffers, rows);
    default:
      return texts(buffers, rows, layout.kind === 'large text');
  }
}

/** Texts one behind the other, and where each of them begins and ends. */
function texts(buffers: Buffers, rows: number, isLarge: boolean): CellAt {
  const width = isLarge ? 8 : 4;
  // Where there are no rows, their places may be left out.
  const places = viewOf(buffers.next(rows === 0 ? 0 : (rows + 1) * width));
  const bytes = buffers.next(0);
  const place = (i: number) => (isLarge ? Number(places.getBigInt64(i * 8, true)) : places.getInt32(i * 4, true));
  return (row) => {
    const [from, to] = [place(row), place(row + 1)];
    if (from < 0 || to < from || to > bytes.length) throw new RangeError('a text lies outside of its buffer');
    return utf8Text(bytes.subarray(from, to));
  };
}

/** Bytes of a view: its length, and either a short text or where a longer one stands. */
const VIEW_BYTES = 16;
const SHORT_BYTES = 12;

function viewedTexts(buffers: Buffers, rows: number): CellAt {
  const views = buffers.next(rows * VIEW_BYTES);
  const view = viewOf(views);
  const data = Array.from({ length: buffers.variadic() }, () => buffers.next(0));
  return (row) => {
    const at = row * VIEW_BYTES;
    const length = view.getInt32(at, true);
    if (length >= 0 && length <= SHORT_BYTES) return utf8Text(views.subarray(at + 4, at + 4 + length));
    const bytes = data[view.getInt32(at + 8, true)];
    const from = view.getInt32(at + 12, true);
    if (length < 0 || from < 0 || !(from + length <= bytes?.length)) {
      throw new RangeError('a text lies outside of its buffer');
    }
    return utf8Text(bytes.subarray(from, from + length));
  };
}

function validityOf(buffers: Buffers, { rows, nulls }: Length): (row: number) => boolean {
  if (!(nulls >= 0 && nulls <= rows)) throw new RangeError('a column has no number of missing values');
  const bits = buffers.next(nulls === 0 ? 0 : Math.ceil(rows / 8));
  return nulls === 0 ? () => true : (row) => isSet(bits, row);
}

const isSet = (bits: Uint8Array, i: number) => ((bits[i >> 3] >> (i & 7)) & 1) === 1;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The buffers of a batch in their order, unpacked. */
class Buffers {
  readonly #header: RecordBatch;
  readonly #body: Uint8Array;
  readonly #unpack: Unpack | undefined;
  #at = 0;
  #variadicAt = 0;

  constructor(header: RecordBatch, body: Uint8Array) {
    this.#header = header;
    this.#body = body;
    this.#unpack = unpackOf(header);
  }

  /** The next buffer, which has to hold so many bytes at least. */
  next(least: number): Uint8Array {
    const place = this.#at < this.#header.buffersLength() ? this.#header.buffers(this.#at++) : null;
    const [from, length] = [Number(place?.offset() ?? -1), Number(place?.length() ?? 0)];
    if (from < 0 || length < 0 || from + length > this.#body.length) {
      throw new RangeError('a buffer lies outside of its batch');
    }
    const bytes = this.#unpacked(this.#body.subarray(from, from + length));
    if (bytes.length < least) throw new RangeError('a buffer is too short');
    return bytes;
  }

  /** How many buffers belong to the next column of views. */
  variadic(): number {
    const count = Number(this.#header.variadicBufferCounts(this.#variadicAt++) ?? -1);
    if (!(count >= 0 && count <= this.#header.buffersLength())) throw new RangeError('a column lacks its buffers');
    return count;
  }

  #unpacked(bytes: Uint8Array): Uint8Array {
    if (!this.#unpack || bytes.length === 0) return bytes;
    if (bytes.length < LENGTH_BYTES) throw new RangeError('a buffer is too short');
    const length = Number(viewOf(bytes).getBigInt64(0, true));
    const packed = bytes.subarray(LENGTH_BYTES);
    return length === -1 ? packed : this.#unpack(packed, length);
  }
}

function unpackOf(header: RecordBatch): Unpack | undefined {
  const compression = header.compression();
  if (!compression) return undefined;
  switch (compression.codec()) {
    case CompressionType.LZ4_FRAME:
      return unpackLz4Frame;
    case CompressionType.ZSTD:
      return unpackZstd;
    default:
      throw new ConnectorError(
        'the Arrow file is compressed by a codec that is not known here: write it with lz4, zstd or no compression',
      );
  }
}
