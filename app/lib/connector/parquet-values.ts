/** How Parquet writes values one after the other (https://parquet.apache.org/docs/file-format/data-pages/encodings/). */
import type { Encoding, ParquetType } from 'hyparquet';
import { ByteReader } from './byte-reader.ts';
import { ConnectorError } from './errors.ts';

/** A value as it is stored: bytes for texts, large decimals and INT96. */
export type Value = number | bigint | boolean | Uint8Array;

/** Gives the next value with each call; throws where there is none. Needs no memory for values that were not asked for. */
export type Values<T = Value> = () => T;

/** What a page's values are. */
export type ValueType = Readonly<{ type: ParquetType; length: number }>;

/** Most values of one page of an encoding that is taken apart at once. */
const MAX_AT_ONCE = 2 ** 24;

/** Bytes of a value of fixed length. */
const WIDTHS: Readonly<Partial<Record<ParquetType, number>>> = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 };

/** Values that are not those of a dictionary. */
export function valuesOf(encoding: Encoding, what: ValueType, reader: ByteReader): Values {
  switch (encoding) {
    case 'PLAIN':
      return plainValues(what, reader);
    case 'RLE': {
      if (what.type !== 'BOOLEAN') break;
      const bits = hybridValues(new ByteReader(reader.take(reader.uint32())), 1);
      return () => bits() === 1;
    }
    case 'DELTA_BINARY_PACKED': {
      if (what.type !== 'INT32' && what.type !== 'INT64') break;
      const next = each(deltas(reader));
      return what.type === 'INT64' ? next : () => Number(BigInt.asIntN(32, next()));
    }
    case 'DELTA_LENGTH_BYTE_ARRAY': {
      if (what.type !== 'BYTE_ARRAY') break;
      const lengths = each(deltas(reader));
      return () => reader.take(Number(lengths()));
    }
    case 'DELTA_BYTE_ARRAY':
      if (what.type !== 'BYTE_ARRAY' && what.type !== 'FIXED_LEN_BYTE_ARRAY') break;
      return frontCodedValues(reader, what);
    case 'BYTE_STREAM_SPLIT':
      return splitValues(what, reader);
  }
  throw new ConnectorError(
    `the Parquet file uses the encoding ${encoding ?? 'of an unknown number'} for values of the type ${what.type}, which is not known here: write it with the encoding PLAIN`,
  );
}

/** Values as they are, one after the other; bits for booleans. */
export function plainValues({ type, length }: ValueType, reader: ByteReader): Values {
  const { view } = reader;
  switch (type) {
    case 'BOOLEAN': {
      let bit = 8;
      let byte = 0;
      return () => {
        if (bit === 8) [bit, byte] = [0, reader.uint8()];
        return ((byte >> bit++) & 1) === 1;
      };
    }
    case 'INT32':
      return () => view.getInt32(reader.skip(4), true);
    case 'INT64':
      return () => view.getBigInt64(reader.skip(8), true);
    case 'FLOAT':
      return () => view.getFloat32(reader.skip(4), true);
    case 'DOUBLE':
      return () => view.getFloat64(reader.skip(8), true);
    case 'BYTE_ARRAY':
      return () => reader.take(reader.uint32());
    case 'INT96':
      return () => reader.take(12);
    case 'FIXED_LEN_BYTE_ARRAY':
      if (length < 1) throw new RangeError('its values have no length');
      return () => reader.take(length);
  }
}

/** Numbers below 2^width in runs: a number repeated, or groups of eight packed numbers. */
export function hybridValues(reader: ByteReader, width: number): Values<number> {
  if (width === 0) return () => 0;
  if (width > 32) throw new RangeError('a number is too large');
  let repeated = 0;
  let value = 0;
  let packed: Values<number> = () => 0;
  let packedLeft = 0;
  return () => {
    while (repeated === 0 && packedLeft === 0) {
      const header = reader.varint();
      const count = Math.floor(header / 2);
      if (header % 2 === 1) {
        // The last group may be cut off behind its last number.
        packed = packedNumbers(reader.take(Math.min(count * width, reader.left)), width);
        packedLeft = count * 8;
      } else {
        value = 0;
        for (let i = 0; i < width; i += 8) value += reader.uint8() * 2 ** i;
        repeated = count;
      }
    }
    if (packedLeft > 0) {
      packedLeft--;
      return packed();
    }
    repeated--;
    return value;
  };
}

/** Numbers of `width` bits, the lowest bits first. */
function packedNumbers(bytes: Uint8Array, width: number): Values<number> {
  let at = 0;
  return () => {
    if (at + width > bytes.length * 8) throw new RangeError('it ends too early');
    let value = 0;
    for (let done = 0; done < width;) {
      const offset = at & 7;
      const bits = Math.min(8 - offset, width - done);
      value += ((bytes[at >> 3] >> offset) & ((1 << bits) - 1)) * 2 ** done;
      done += bits;
      at += bits;
    }
    return value;
  };
}

/** All numbers of the encoding DELTA_BINARY_PACKED; the reader then stands behind them. */
function deltas(reader: ByteReader): BigInt64Array {
  const blockSize = reader.varint();
  const perBlock = reader.varint();
  const count = reader.varint();
  const first = reader.zigzag();
  const size = blockSize / perBlock;
  if (!(perBlock > 0) || !(size > 0) || size % 8 !== 0 || count > MAX_AT_ONCE) {
    throw new RangeError('its differences are not written as they should be');
  }
  const values = new BigInt64Array(count);
  if (count > 0) values[0] = first;
  let value = first;
  for (let at = 1; at < count;) {
    const least = reader.zigzag();
    const widths = reader.take(perBlock);
    for (let block = 0; block < perBlock && at < count; block++) {
      const width = widths[block];
      if (width > 64) throw new RangeError('a number is too large');
      const bytes = reader.take((size * width) / 8);
      const low = packedNumbersWide(bytes, width);
      for (let i = 0; i < size && at < count; i++) {
        value = BigInt.asIntN(64, value + least + low());
        values[at++] = value;
      }
    }
  }
  return values;
}

/** Numbers of up to 64 bits. */
function packedNumbersWide(bytes: Uint8Array, width: number): Values<bigint> {
  if (width === 0) return () => 0n;
  if (width <= 32) {
    const next = packedNumbers(bytes, width);
    return () => BigInt(next());
  }
  let at = 0;
  return () => {
    let value = 0n;
    for (let done = 0; done < width;) {
      const offset = at & 7;
      const bits = Math.min(8 - offset, width - done);
      value |= BigInt((bytes[at >> 3] >> offset) & ((1 << bits) - 1)) << BigInt(done);
      done += bits;
      at += bits;
    }
    return value;
  };
}

function each(values: BigInt64Array): Values<bigint> {
  let at = 0;
  return () => {
    if (at >= values.length) throw new RangeError('it ends too early');
    return values[at++];
  };
}

/** Values that each begin like the one before: the encoding DELTA_BYTE_ARRAY. */
function frontCodedValues(reader: ByteReader, { type, length }: ValueType): Values {
  const prefixes = each(deltas(reader));
  const suffixes = each(deltas(reader));
  let last: Uint8Array = new Uint8Array(0);
  return () => {
    const prefix = Number(prefixes());
    const suffix = reader.take(Number(suffixes()));
    if (prefix < 0 || prefix > last.length) throw new RangeError('a value refers to what is not there');
    const value = new Uint8Array(prefix + suffix.length);
    value.set(last.subarray(0, prefix));
    value.set(suffix, prefix);
    if (type === 'FIXED_LEN_BYTE_ARRAY' && value.length !== length) throw new RangeError('a value has another length');
    last = value;
    return value;
  };
}

/** Values whose first bytes stand together, then their second bytes, and so on: the encoding BYTE_STREAM_SPLIT. */
function splitValues({ type, length }: ValueType, reader: ByteReader): Values {
  const width = type === 'FIXED_LEN_BYTE_ARRAY' ? length : (WIDTHS[type] ?? 0);
  const bytes = reader.take(reader.left);
  const count = bytes.length / width;
  if (!Number.isInteger(count)) throw new RangeError('its values are not written as they should be');
  let at = 0;
  return () => {
    if (at >= count) throw new RangeError('it ends too early');
    const value = new Uint8Array(width);
    for (let i = 0; i < width; i++) value[i] = bytes[i * count + at];
    at++;
    return plainValues({ type, length }, new ByteReader(value))();
  };
}
