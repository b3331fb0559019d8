/** Unpacks compressed blocks whose unpacked length is told beside them. None writes more, whatever the block holds. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';

/** Most bytes of one unpacked block: writers of Parquet make pages of a megabyte, some of a hundred. */
export const MAX_UNPACKED = 256 * 1024 * 1024;

/** Unpacks a block to exactly `length` bytes. Throws where it is damaged. */
export type Unpack = (block: Uint8Array, length: number) => Uint8Array;

const zlib =
  (decompress: (block: Uint8Array, options: { maxOutputLength: number }) => Uint8Array): Unpack =>
  (block, length) =>
    decompress(block, { maxOutputLength: Math.max(length, 1) });

/** Checks what every way of unpacking has to keep to. */
const exactly =
  (unpack: Unpack): Unpack =>
  (block, length) => {
    if (!(length >= 0)) throw new RangeError('a block has no length');
    if (length > MAX_UNPACKED) throw new RangeError(`a block of more than ${MAX_UNPACKED} bytes, which is not read`);
    const bytes = unpack(block, length);
    if (bytes.length !== length) throw new RangeError('a block unpacks to another length than is told');
    return bytes;
  };

export const unpackGzip = exactly(zlib(gunzipSync));
export const unpackBrotli = exactly(zlib(brotliDecompressSync));
export const unpackZstd = exactly(zlib(zstdDecompressSync));
export const unpackSnappy = exactly(snappy);
export const unpackLz4 = exactly(lz4Block);
export const unpackHadoopLz4 = exactly(hadoopLz4);
export const unpackLz4Frame = exactly(lz4Frame);

/** Output that is written once from its beginning, and copied from itself. */
class Output {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  append(bytes: Uint8Array): void {
    if (bytes.length > this.bytes.length - this.at) throw new RangeError('a block unpacks to more than is told');
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Repeats what was written `distance` bytes before; it may overlap what it writes. */
  repeat(distance: number, length: number): void {
    const { bytes, at } = this;
    if (distance < 1 || distance > at) throw new RangeError('a block refers to what is not there');
    if (length > bytes.length - at) throw new RangeError('a block unpacks to more than is told');
    if (distance >= length) bytes.copyWithin(at, at - distance, at - distance + length);
    else for (let i = 0; i < length; i++) bytes[at + i] = bytes[at + i - distance];
    this.at += length;
  }
}

/** The raw format of https://github.com/google/snappy/blob/main/format_description.txt */
function snappy(block: Uint8Array, length: number): Uint8Array {
  const reader = new ByteReader(block);
  if (reader.varint() !== length) throw new RangeError('a block unpacks to another length than is told');
  const output = new Output(length);
  const number = (bytes: number) => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += reader.uint8() * 2 ** (8 * i);
    return value;
  };
  while (reader.left > 0) {
    const tag = reader.uint8();
    const kind = tag & 3;
    if (kind === 0) {
      const size = tag >> 2;
      output.append(reader.take((size < 60 ? size : number(size - 59)) + 1));
    } else if (kind === 1) output.repeat(((tag >> 5) << 8) + reader.uint8(), ((tag >> 2) & 7) + 4);
    else output.repeat(number(kind === 2 ? 2 : 4), (tag >> 2) + 1);
  }
  return output.bytes.subarray(0, output.at);
}

/** A block of https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function lz4Block(block: Uint8Array, length: number): Uint8Array {
  const output = new Output(length);
  appendLz4(new ByteReader(block), output);
  return output.bytes.subarray(0, output.at);
}

function appendLz4(reader: ByteReader, output: Output): void {
  const size = (nibble: number) => {
    let value = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; value += byte) byte = reader.uint8();
    return value;
  };
  while (reader.left > 0) {
    const token = reader.uint8();
    output.append(reader.take(size(token >> 4)));
    // The last sequence has literals alone.
    if (reader.left === 0) return;
    const distance = reader.uint8() + reader.uint8() * 256;
    output.repeat(distance, size(token & 15) + 4);
  }
}

/** Blocks as Hadoop writes them, each behind its unpacked and packed length; some writers leave the lengths out. */
function hadoopLz4(block: Uint8Array, length: number): Uint8Array {
  try {
    const reader = new ByteReader(block);
    const output = new Output(length);
    while (reader.left > 0) {
      const unpacked = reader.view.getUint32(reader.skip(4));
      const packed = reader.view.getUint32(reader.skip(4));
      const before = output.at;
      appendLz4(new ByteReader(reader.take(packed)), output);
      if (output.at - before !== unpacked) throw new RangeError('not as Hadoop writes it');
    }
    return output.bytes.subarray(0, output.at);
  } catch {
    return lz4Block(block, length);
  }
}

const LZ4_FRAME_MAGIC = 0x184d2204;
const LZ4_STORED = 0x80000000;

/** Frames of https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; their checksums are not compared. */
function lz4Frame(block: Uint8Array, length: number): Uint8Array {
  const reader = new ByteReader(block);
  const output = new Output(length);
  while (reader.left > 0) {
    if (reader.uint32() !== LZ4_FRAME_MAGIC) throw new RangeError('no LZ4 frame');
    const flags = reader.uint8();
    if (flags >> 6 !== 1 || flags & 1) throw new RangeError('an LZ4 frame of another version, or with a dictionary');
    reader.skip(1 + (flags & 8 ? 8 : 0) + 1);
    for (let size = reader.uint32(); size !== 0; size = reader.uint32()) {
      const bytes = reader.take(size % LZ4_STORED);
      // Blocks may refer to those before them, which the output still has.
      if (size >= LZ4_STORED) output.append(bytes);
      else appendLz4(new ByteReader(bytes), output);
      if (flags & 16) reader.skip(4);
    }
    if (flags & 4) reader.skip(4);
  }
  return output.bytes.subarray(0, output.at);
}
