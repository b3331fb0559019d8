/** Parquet and Arrow files that tests write, by the writers of the Arrow project: its own, and the one in Rust for Parquet. */
import {
  Bool,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeUtf8,
  makeData,
  makeVector,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Table,
  TimeMicrosecond,
  TimeMillisecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  vectorFromArray,
  type DataType,
  type Vector,
} from 'apache-arrow';
import { Table as WasmTable, writeParquet, type WriterProperties } from 'parquet-wasm';

/** A column, as its values and the cells that they should become. */
export type Sample = Readonly<{ vector: Vector; cells: readonly (string | null)[] }>;

const sample = (type: DataType, values: readonly unknown[], cells: readonly (string | null)[]): Sample => ({
  vector: vectorFromArray(values as unknown[], type),
  cells,
});

/** 128-bit decimals from the whole numbers that they are in units of their scale. */
function decimals(scale: number, unscaled: readonly bigint[], cells: readonly string[]): Sample {
  const words = unscaled.flatMap((value) =>
    [0n, 32n, 64n, 96n].map((shift) => Number(BigInt.asUintN(32, BigInt.asIntN(128, value) >> shift))),
  );
  const type = new Decimal(scale, 38, 128);
  return { vector: makeVector(makeData({ type, length: unscaled.length, data: new Uint32Array(words) })), cells };
}

/** Values of every type, three each, and the cells that a CSV file has in their place. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  int8: sample(new Int8(), [-128, null, 127], ['-128', null, '127']),
  int16: sample(new Int16(), [-32768, null, 32767], ['-32768', null, '32767']),
  int32: sample(new Int32(), [-2147483648, 0, 2147483647], ['-2147483648', '0', '2147483647']),
  int64: sample(
    new Int64(),
    [-(2n ** 63n), 9007199254740993n, 2n ** 63n - 1n],
    ['-9223372036854775808', '9007199254740993', '9223372036854775807'],
  ),
  uint8: sample(new Uint8(), [0, null, 255], ['0', null, '255']),
  uint16: sample(new Uint16(), [0, null, 65535], ['0', null, '65535']),
  uint32: sample(new Uint32(), [0, null, 4294967295], ['0', null, '4294967295']),
  uint64: sample(new Uint64(), [0n, null, 2n ** 64n - 1n], ['0', null, '18446744073709551615']),
  float: sample(new Float32(), [0.1, 16777216, -1.5e-42], ['0.1', '16777216', '-1.5e-42']),
  double: sample(new Float64(), [0.1, -0, 1e21], ['0.1', '-0', '1e+21']),
  amount: decimals(2, [-5n, 0n, 12345678901234567890123n], ['-0.05', '0.00', '123456789012345678901.23']),
  yes: sample(new Bool(), [true, null, false], ['true', null, 'false']),
  text: sample(new Utf8(), ['', null, 'a "quoted", \u{1f600} line\n'], ['', null, 'a "quoted", \u{1f600} line\n']),
  large: sample(new LargeUtf8(), ['\ufeffé', 'b', null], ['\ufeffé', 'b', null]),
  city: sample(new Dictionary(new Utf8(), new Int32()), ['Bern', null, 'Bern'], ['Bern', null, 'Bern']),
  day: sample(
    new DateDay(),
    [new Date('2024-02-29'), null, new Date('1583-10-15')],
    ['2024-02-29', null, '1583-10-15'],
  ),
  dayMs: sample(new DateMillisecond(), [new Date('1969-12-31'), null, new Date(0)], ['1969-12-31', null, '1970-01-01']),
  seconds: moments(
    new TimestampSecond(),
    [0n, -1n, 951782399n],
    '1970-01-01 00:00:00 1969-12-31 23:59:59 2000-02-28 23:59:59',
  ),
  millis: moments(
    new TimestampMillisecond(),
    [1n, 0n, -1n],
    '1970-01-01 00:00:00.001 1970-01-01 00:00:00 1969-12-31 23:59:59.999',
  ),
  micros: moments(
    new TimestampMicrosecond('UTC'),
    [1n, 500000n, 0n],
    '1970-01-01 00:00:00.000001Z 1970-01-01 00:00:00.5Z 1970-01-01 00:00:00Z',
  ),
  nanos: moments(
    new TimestampNanosecond(),
    [1n, 1000n, 0n],
    '1970-01-01 00:00:00.000000001 1970-01-01 00:00:00.000001 1970-01-01 00:00:00',
  ),
  timeMs: sample(new TimeMillisecond(), [0, 86399999, null], ['00:00:00', '23:59:59.999', null]),
  timeUs: sample(new TimeMicrosecond(), [3661000001n, 0n, null], ['01:01:01.000001', '00:00:00', null]),
};

/** Moments straight from their counts: the builders would take them through milliseconds. */
function moments(type: DataType, counts: readonly bigint[], text: string): Sample {
  const words = text.split(' ');
  const cells = counts.map((_, i) => `${words[2 * i]} ${words[2 * i + 1]}`);
  return {
    vector: makeVector(makeData({ type, length: counts.length, data: new BigInt64Array(counts) } as never)),
    cells,
  };
}

/** Samples that a Parquet file can hold: it has no dates in milliseconds and no moments in seconds. */
export const PARQUET_SAMPLES = Object.keys(SAMPLES).filter((name) => name !== 'dayMs' && name !== 'seconds');

/** The table of all samples, or of those that are named. */
export function sampleTable(names: readonly string[] = Object.keys(SAMPLES)): Table {
  return new Table(Object.fromEntries(names.map((name) => [name, SAMPLES[name].vector])));
}

/** The rows of the samples as connectors give them. */
export function sampleRows(
  names: readonly string[] = Object.keys(SAMPLES),
): { at: number; cells: (string | null)[] }[] {
  return [0, 1, 2].map((i) => ({ at: i + 1, cells: names.map((name) => SAMPLES[name].cells[i]) }));
}

/** An Arrow stream. */
export const arrowStream = (table: Table): Uint8Array => RecordBatchStreamWriter.writeAll(table).toUint8Array(true);

/** An Arrow file. */
export const arrowFile = (table: Table): Uint8Array => RecordBatchFileWriter.writeAll(table).toUint8Array(true);

/** A Parquet file. */
export function parquetFile(table: Table, properties?: WriterProperties): Uint8Array {
  return writeParquet(WasmTable.fromIPCStream(arrowStream(table)), properties);
}

/** A table of a number and an address, from lines that have a comma between them. */
export function numberedTable(lines: readonly string[]): Table {
  const cells = lines.map((line) => line.split(','));
  return new Table({
    id: vectorFromArray(
      cells.map(([id]) => Number(id)),
      new Int32(),
    ),
    email: vectorFromArray(
      cells.map(([, email]) => email),
      new Utf8(),
    ),
  });
}

/** People by number, from 0, and address. */
export const peopleTable = (rows: number): Table => numberedTable(emails(rows).map((email, i) => `${i},${email}`));

/** The e-mail addresses of {@link peopleTable}: each tenth repeats the one before it. */
export const emails = (rows: number): string[] =>
  Array.from({ length: rows }, (_, i) => `${i % 3 === 0 ? 'U' : 'u'}ser${i - (i % 10 === 9 ? 1 : 0)}@example.org`);

/** Folder of files that other programs wrote; how, says the program beside them. */
export const OTHER_FILES = 'test/connector/files';

const CITIES = ['Zürich', 'Bergen', null, 'Oslo'];

/** The rows of most of those files. */
export const cityRows = () =>
  Array.from({ length: 400 }, (_, i) => ({ at: i + 1, cells: [String(i + 1), CITIES[i % CITIES.length]] }));
