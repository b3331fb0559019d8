/** Columns of an Arrow schema, and how their values become cells. */
import { Bool } from 'apache-arrow/fb/bool';
import { DateUnit } from 'apache-arrow/fb/date-unit';
import { Date as ArrowDate } from 'apache-arrow/fb/date';
import { Decimal } from 'apache-arrow/fb/decimal';
import { Endianness } from 'apache-arrow/fb/endianness';
import type { Field } from 'apache-arrow/fb/field';
import { FixedSizeBinary } from 'apache-arrow/fb/fixed-size-binary';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Int } from 'apache-arrow/fb/int';
import { Precision } from 'apache-arrow/fb/precision';
import type { Schema } from 'apache-arrow/fb/schema';
import { Time } from 'apache-arrow/fb/time';
import { Timestamp } from 'apache-arrow/fb/timestamp';
import { Type } from 'apache-arrow/fb/type';
import {
  TICKS,
  dateText,
  decimalText,
  float16Text,
  float32Text,
  float64Text,
  timestampText,
  timeText,
  uuidText,
  type Cell,
} from './cell-text.ts';
import { ConnectorError } from './errors.ts';
import { refuseColumns } from './typed-rows.ts';

/** How a column's values are laid out. */
export type ArrowLayout = Readonly<
  | { kind: 'null' | 'bits' | 'text' | 'large text' | 'text views' }
  | {
      kind: 'fixed';
      /** Bytes of a value. */
      width: number;
      /** The cell of the value that begins at a place. */
      read: (view: DataView, at: number) => Cell;
    }
>;

/** A column of plain values. */
export type ArrowColumn = Readonly<{
  name: string;
  layout: ArrowLayout;
  /** Where cells are numbers of values in a dictionary: which one, and how to read the numbers. */
  dictionary?: { id: bigint; indexWidth: number; readIndex: (view: DataView, at: number) => number };
}>;

/** Most columns: as many as a CSV file may have. */
const MAX_COLUMNS = 4_096;

/** Columns in their order. Nested and binary ones are refused by name. */
export function columnsOfSchema(schema: Schema): ArrowColumn[] {
  if (schema.endianness() !== Endianness.Little) {
    throw new ConnectorError('the Arrow file is written for big-endian machines: write it on another');
  }
  const count = schema.fieldsLength();
  if (count < 0 || count > MAX_COLUMNS) throw new RangeError('its number of columns');
  if (count === 0) throw new ConnectorError('the Arrow file has no columns');
  const columns: ArrowColumn[] = [];
  const refused: { name: string; holds: string }[] = [];
  for (let i = 0; i < count; i++) {
    const field = schema.fields(i)!;
    const name = (field.name() ?? '').trim();
    const layout = layoutOf(field);
    if (typeof layout === 'string') refused.push({ name, holds: layout });
    else columns.push({ name, layout, ...dictionaryOf(field) });
  }
  refuseColumns('Arrow', refused);
  return columns;
}

function dictionaryOf(field: Field): Pick<ArrowColumn, 'dictionary'> {
  const encoding = field.dictionary();
  if (!encoding) return {};
  const type = encoding.indexType();
  const [bits, isSigned] = type ? [type.bitWidth(), type.isSigned()] : [32, true];
  const { width, readNumber } = integerOf(bits, isSigned);
  return {
    dictionary: { id: encoding.id(), indexWidth: width, readIndex: (view, at) => Number(readNumber(view, at)) },
  };
}

/** How a field's values are laid out, or what it holds that is refused. */
function layoutOf(field: Field): ArrowLayout | string {
  switch (field.typeType()) {
    case Type.Null:
      return { kind: 'null' };
    case Type.Bool:
      return part(field, new Bool()) && { kind: 'bits' };
    case Type.Utf8:
      return { kind: 'text' };
    case Type.LargeUtf8:
      return { kind: 'large text' };
    case Type.Utf8View:
      return { kind: 'text views' };
    case Type.Int: {
      const type = part(field, new Int());
      const { width, readNumber } = integerOf(type.bitWidth(), type.isSigned());
      return fixed(width, (view, at) => String(readNumber(view, at)));
    }
    case Type.FloatingPoint:
      return floatOf(part(field, new FloatingPoint()).precision());
    case Type.Decimal:
      return decimalOf(part(field, new Decimal()));
    case Type.Date:
      return part(field, new ArrowDate()).unit() === DateUnit.DAY
        ? fixed(4, (view, at) => dateText(view.getInt32(at, true)))
        : fixed(8, (view, at) => dateText(Number(view.getBigInt64(at, true)) / 86_400_000));
    case Type.Timestamp: {
      const type = part(field, new Timestamp());
      const ticks = ticksOf(type.unit());
      const isUniversal = Boolean(type.timezone());
      return fixed(8, (view, at) => timestampText(view.getBigInt64(at, true), ticks, isUniversal));
    }
    case Type.Time: {
      const type = part(field, new Time());
      const { width, readNumber } = integerOf(type.bitWidth(), true);
      const ticks = ticksOf(type.unit());
      return fixed(width, (view, at) => timeText(BigInt(readNumber(view, at)), ticks));
    }
    case Type.FixedSizeBinary:
      if (part(field, new FixedSizeBinary()).byteWidth() !== 16 || !isUuid(field)) return 'binary values';
      return fixed(16, (view, at) => uuidText(new Uint8Array(view.buffer, view.byteOffset + at, 16)));
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
      return 'binary values';
    case Type.Duration:
    case Type.Interval:
      return 'intervals';
    case Type.RunEndEncoded:
      return 'values in runs';
    case Type.NONE:
      return 'values of an unknown type';
    default:
      return 'nested values';
  }
}

const fixed = (width: number, read: (view: DataView, at: number) => Cell): ArrowLayout => ({
  kind: 'fixed',
  width,
  read,
});

/** What a field says of its type. */
function part<T>(field: Field, type: T): T {
  const found = field.type(type) as T | null;
  if (found === null) throw new RangeError('its schema lacks a type');
  return found;
}

type ReadNumber = (view: DataView, at: number) => number | bigint;

function integerOf(bits: number, isSigned: boolean): { width: number; readNumber: ReadNumber } {
  const readers: Readonly<Record<number, readonly [signed: ReadNumber, unsigned: ReadNumber]>> = {
    8: [(view, at) => view.getInt8(at), (view, at) => view.getUint8(at)],
    16: [(view, at) => view.getInt16(at, true), (view, at) => view.getUint16(at, true)],
    32: [(view, at) => view.getInt32(at, true), (view, at) => view.getUint32(at, true)],
    64: [(view, at) => view.getBigInt64(at, true), (view, at) => view.getBigUint64(at, true)],
  };
  if (!Object.hasOwn(readers, bits)) throw new RangeError('whole numbers of an unknown length');
  return { width: bits / 8, readNumber: readers[bits][isSigned ? 0 : 1] };
}

function floatOf(precision: Precision): ArrowLayout {
  if (precision === Precision.HALF) return fixed(2, (view, at) => float16Text(view.getUint16(at, true)));
  if (precision === Precision.SINGLE) return fixed(4, (view, at) => float32Text(view.getFloat32(at, true)));
  return fixed(8, (view, at) => float64Text(view.getFloat64(at, true)));
}

function decimalOf(type: Decimal): ArrowLayout {
  const bits = type.bitWidth();
  const scale = type.scale();
  if (![32, 64, 128, 256].includes(bits)) throw new RangeError('decimals of an unknown length');
  return fixed(bits / 8, (view, at) => {
    let value = BigInt(view.getInt32(at + bits / 8 - 4, true));
    for (let i = bits / 8 - 8; i >= 0; i -= 4) value = (value << 32n) | BigInt(view.getUint32(at + i, true));
    return decimalText(value, scale);
  });
}

function ticksOf(unit: number): bigint {
  const ticks = [TICKS.second, TICKS.milli, TICKS.micro, TICKS.nano][unit];
  if (ticks === undefined) throw new RangeError('times of an unknown unit');
  return ticks;
}

/** Most notes of a field that are looked at. */
const MAX_NOTES = 100;

function isUuid(field: Field): boolean {
  for (let i = 0; i < Math.min(field.customMetadataLength(), MAX_NOTES); i++) {
    const note = field.customMetadata(i);
    if (note?.key() === 'ARROW:extension:name') return note.value() === 'arrow.uuid';
  }
  return false;
}
