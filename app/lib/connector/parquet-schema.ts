/** What the footer of a Parquet file says: its columns and how their values become cells, and where its row groups are. */
import type { FileMetaData, ParquetType, RowGroup, SchemaElement } from 'hyparquet';
import {
  TICKS,
  dateText,
  decimalText,
  float16Text,
  float32Text,
  float64Text,
  signedFrom,
  timestampText,
  timeText,
  utf8Text,
  uuidText,
  type Cell,
} from './cell-text.ts';
import { ConnectorError } from './errors.ts';
import type { Value } from './parquet-values.ts';
import { refuseColumns } from './typed-rows.ts';

/** A column of plain values. */
export type ParquetColumn = Readonly<{
  name: string;
  type: ParquetType;
  /** Bytes of a value of the type FIXED_LEN_BYTE_ARRAY. */
  length: number;
  isOptional: boolean;
  /** The cell of a value as it is stored. */
  cellOf: (value: Value) => Cell;
}>;

/** Where one row group keeps one column. */
export type ColumnChunk = Readonly<{ from: number; to: number; codec: string }>;

/** Rows that are stored together: a chunk for each column. */
export type ParquetGroup = Readonly<{ rows: number; chunks: readonly ColumnChunk[] }>;

/** Columns of a file, in their order. Nested and binary ones are refused by name. */
export function columnsOf({ schema }: FileMetaData): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  const refused: { name: string; holds: string }[] = [];
  for (let at = 1; at < schema.length; at = endOf(schema, at)) {
    const { name, type, type_length: length = 0, repetition_type: repetition } = schema[at];
    const cellOf = type === undefined || repetition === 'REPEATED' ? 'nested values' : converterOf(schema[at]);
    if (typeof cellOf === 'string') refused.push({ name, holds: cellOf });
    else columns.push({ name: name.trim(), type: type!, length, isOptional: repetition === 'OPTIONAL', cellOf });
  }
  refuseColumns('Parquet', refused);
  if (columns.length === 0) throw new ConnectorError('the Parquet file has no columns');
  return columns;
}

/** Place behind an element and all below it: the schema is a tree in depth-first order. */
function endOf(schema: readonly SchemaElement[], at: number): number {
  let open = 1;
  for (; open > 0 && at < schema.length; at++) open += (schema[at].num_children ?? 0) - 1;
  return at;
}

/** How a column's values become text, or what it holds that has none. */
function converterOf(element: SchemaElement): ((value: Value) => Cell) | string {
  const { type, type_length: length, converted_type: converted, logical_type: logical, scale = 0 } = element;
  const isDecimal = logical?.type === 'DECIMAL' || converted === 'DECIMAL';
  const decimalScale = logical?.type === 'DECIMAL' ? logical.scale : scale;
  switch (type) {
    case 'BOOLEAN':
      return (value) => String(value);
    case 'FLOAT':
      return (value) => float32Text(value as number);
    case 'DOUBLE':
      return (value) => float64Text(value as number);
    case 'INT96':
      return (value) => int96Text(value as Uint8Array);
    case 'INT32':
    case 'INT64':
      if (isDecimal) return (value) => decimalText(BigInt(value as number | bigint), decimalScale);
      return integerConverter(element, type === 'INT32' ? 32 : 64);
    case 'FIXED_LEN_BYTE_ARRAY':
      if (isDecimal) return (value) => decimalText(signedFrom(value as Uint8Array), decimalScale);
      if (logical?.type === 'UUID' && length === 16) return (value) => uuidText(value as Uint8Array);
      if (logical?.type === 'FLOAT16' && length === 2) return (value) => float16Text(uint16(value as Uint8Array));
      return converted === 'INTERVAL' ? 'intervals' : 'binary values';
    case 'BYTE_ARRAY':
      if (isDecimal) return (value) => decimalText(signedFrom(value as Uint8Array), decimalScale);
      if (isText(element)) return (value) => utf8Text(value as Uint8Array);
      return 'binary values';
    default:
      return 'values of an unknown type';
  }
}

function isText({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return /^(UTF8|ENUM|JSON)$/.test(converted ?? '') || /^(STRING|ENUM|JSON)$/.test(logical?.type ?? '');
}

function integerConverter(element: SchemaElement, bits: 32 | 64): (value: Value) => Cell {
  const { converted_type: converted = '', logical_type: logical } = element;
  if (logical?.type === 'DATE' || converted === 'DATE') return (value) => dateText(Number(value));
  if (logical?.type === 'TIMESTAMP' || converted.startsWith('TIMESTAMP_')) {
    const ticks = ticksOf(logical?.type === 'TIMESTAMP' ? logical.unit : converted.slice('TIMESTAMP_'.length));
    // The older mark says nothing of time zones, and means universal time.
    const isUniversal = logical?.type === 'TIMESTAMP' ? logical.isAdjustedToUTC : true;
    return (value) => timestampText(BigInt(value as number | bigint), ticks, isUniversal);
  }
  if (logical?.type === 'TIME' || converted.startsWith('TIME_')) {
    const ticks = ticksOf(logical?.type === 'TIME' ? logical.unit : converted.slice('TIME_'.length));
    return (value) => timeText(BigInt(value as number | bigint), ticks);
  }
  const isUnsigned = logical?.type === 'INTEGER' ? !logical.isSigned : converted.startsWith('UINT_');
  if (!isUnsigned) return (value) => String(value);
  return bits === 32
    ? (value) => String((value as number) >>> 0)
    : (value) => String(BigInt.asUintN(64, value as bigint));
}

function ticksOf(unit: string): bigint {
  return unit === 'MILLIS' ? TICKS.milli : unit === 'MICROS' ? TICKS.micro : TICKS.nano;
}

/** Number of the day 1 January 1970 in the calendar of INT96, which counts days from -4712. */
const EPOCH_DAY = 2_440_588n;

/** The older form of a moment: nanoseconds of a day, and the day. */
function int96Text(bytes: Uint8Array): Cell {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const days = BigInt(view.getUint32(8, true)) - EPOCH_DAY;
  return timestampText(days * 86_400n * TICKS.nano + view.getBigUint64(0, true), TICKS.nano, false);
}

const uint16 = (bytes: Uint8Array) => bytes[0] + bytes[1] * 256;

/**
 * The row groups of a file, checked against its columns and its length.
 * @param end place behind the last byte that can belong to a column
 */
export function groupsOf(metadata: FileMetaData, columns: readonly ParquetColumn[], end: number): ParquetGroup[] {
  const groups = metadata.row_groups.map((group, i) => groupOf(group, i, columns, end));
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== Number(metadata.num_rows))
    throw new RangeError('its row groups have another number of rows than it tells');
  return groups;
}

function groupOf(group: RowGroup, index: number, columns: readonly ParquetColumn[], end: number): ParquetGroup {
  const rows = Number(group.num_rows);
  if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError(`row group ${index + 1} has no number of rows`);
  // Where there are no rows, there need be no places of columns.
  if (rows === 0) return { rows, chunks: [] };
  if (group.columns.length !== columns.length) throw new RangeError(`row group ${index + 1} has other columns`);
  const chunks = group.columns.map((chunk, i) => {
    const { name, type } = columns[i];
    if (chunk.crypto_metadata || chunk.encrypted_column_metadata) {
      throw new ConnectorError(
        `the column ${JSON.stringify(name)} of the Parquet file is encrypted: write the file without encryption`,
      );
    }
    if (chunk.file_path) throw new ConnectorError('the Parquet file keeps its columns in other files: write it as one');
    const meta = chunk.meta_data;
    if (!meta || meta.type !== type || Number(meta.num_values) !== rows) {
      throw new RangeError(`row group ${index + 1} does not fit the column ${JSON.stringify(name)}`);
    }
    const dictionary = Number(meta.dictionary_page_offset ?? 0);
    const data = Number(meta.data_page_offset);
    const from = dictionary > 0 && dictionary < data ? dictionary : data;
    const to = from + Number(meta.total_compressed_size);
    if (!(from >= 4) || !(to >= from) || to > end) {
      throw new RangeError(`row group ${index + 1} lies outside of the file`);
    }
    return { from, to, codec: meta.codec };
  });
  return { rows, chunks };
}
