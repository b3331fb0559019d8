/** Parquet files, written by the writer of the Arrow project in Rust, by pyarrow and by DuckDB. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { tableFromIPC, Table, vectorFromArray, Binary, Float64, Int32, List, Field, Struct, Utf8 } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compression, Encoding, readParquet, WriterPropertiesBuilder, WriterVersion } from 'parquet-wasm';
import { profileTable } from '../../app/lib/check/profile.ts';
import { checkTable } from '../../app/lib/connector/conformance.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { openTable } from '../../app/lib/connector/open.ts';
import { openParquet } from '../../app/lib/connector/parquet.ts';
import { openRanges, type Ranges } from '../../app/lib/connector/ranges.ts';
import { damaged, FUZZ_MILLISECONDS, outcomesOf, rangesOf } from './damage.ts';
import { batchesOf, refusalOf, rowsOf, scratchFiles } from './reading.ts';
import {
  cityRows,
  emails,
  OTHER_FILES,
  PARQUET_SAMPLES,
  parquetFile,
  peopleTable,
  sampleRows,
  sampleTable,
} from './typed-files.ts';

const ROWS = 20_000;

const { file, remove } = scratchFiles('parquet-');
afterAll(remove);

const read = async (bytes: Uint8Array) => rowsOf(await openTable(file('read.parquet', bytes)));
const refusal = (bytes: Uint8Array, name = 'refused.parquet') =>
  refusalOf(() => openTable(file(name, bytes)), /user0@/);

const properties = () => new WriterPropertiesBuilder();
const inGroupsOf = (rows: number) => properties().setMaxRowGroupSize(rows).build();

describe('rows', () => {
  test('give the same identifiers as a CSV file of the same table', async () => {
    const csv = file('people.csv', ['id,email', ...emails(ROWS).map((email, i) => `${i},${email}`)].join('\n'));
    const path = file('people.parquet', parquetFile(peopleTable(ROWS), inGroupsOf(3_000)));
    const options = { column: 'email', type: 'email', maxRows: ROWS } as const;
    const identifiers = await readIdentifiers(await openTable(path), options);
    expect(identifiers).toEqual(await readIdentifiers(await openCsv(csv), options));
    expect(identifiers).toMatchObject({ rows: ROWS, duplicates: ROWS / 10 });
  });

  test('have the same profile as a CSV file of the same table', async () => {
    const csv = file('people.csv', ['id,email', ...emails(ROWS).map((email, i) => `${i},${email}`)].join('\n'));
    const path = file('people.parquet', parquetFile(peopleTable(ROWS), inGroupsOf(3_000)));
    const options = { column: 'email', type: 'email', sketchKey: '00'.repeat(32) } as const;
    expect(await profileTable(await openTable(path), options)).toEqual(await profileTable(await openCsv(csv), options));
  });

  test('hold the text that a CSV file has, of values of every type', async () => {
    expect(await read(parquetFile(sampleTable(PARQUET_SAMPLES)))).toEqual(sampleRows(PARQUET_SAMPLES));
  });

  test('come in batches, numbered from 1, across row groups and pages', async () => {
    const bytes = parquetFile(
      peopleTable(ROWS),
      properties().setMaxRowGroupSize(7_001).setDataPageSizeLimit(1_000).setWriteBatchSize(64).build(),
    );
    const batches = await batchesOf(await openTable(file('batches.parquet', bytes)));
    const rows = batches.flatMap((batch) => batch.rows);
    expect(rows).toEqual(emails(ROWS).map((email, i) => ({ at: i + 1, cells: [String(i), email] })));
    expect(Math.max(...batches.map((batch) => batch.rows.length))).toBeLessThanOrEqual(2_000);
  });

  test('are known by the first bytes, whatever the file is named', async () => {
    const path = file('people.csv', parquetFile(peopleTable(2)));
    expect(await rowsOf(await openTable(path))).toHaveLength(2);
  });

  test('keep to the interface, many or none', async () => {
    const path = file('many.parquet', parquetFile(peopleTable(ROWS), inGroupsOf(3_000)));
    expect(await checkTable(() => openTable(path))).toEqual([]);
    const none = file('none.parquet', parquetFile(peopleTable(1).slice(0, 0)));
    expect(await checkTable(() => openTable(none))).toEqual([]);
    expect(await rowsOf(await openTable(none))).toEqual([]);
  });

  test('that other programs wrote are read: checksums, LZ4, dictionaries, Zstandard', async () => {
    for (const name of ['pyarrow-checksums.parquet', 'duckdb-zstd.parquet']) {
      expect(await rowsOf(await openTable(join(OTHER_FILES, name)))).toEqual(cityRows());
    }
    expect(await rowsOf(await openTable(join(OTHER_FILES, 'pyarrow-int96.parquet')))).toEqual([
      { at: 1, cells: ['1970-01-01 00:00:00'] },
      { at: 2, cells: ['2024-02-29 12:34:56.789'] },
      { at: 3, cells: [null] },
    ]);
  });
});

describe('files of every codec, version and encoding', () => {
  const { UNCOMPRESSED, SNAPPY, GZIP, BROTLI, ZSTD, LZ4_RAW } = Compression;
  const names = ['int32', 'int64', 'uint64', 'double', 'amount', 'yes', 'text', 'city', 'micros'];

  test.each([
    ['no compression', UNCOMPRESSED],
    ['snappy', SNAPPY],
    ['gzip', GZIP],
    ['brotli', BROTLI],
    ['zstd', ZSTD],
    ['lz4', LZ4_RAW],
  ])('%s: the same rows, with dictionaries and without, in pages of both versions', async (_, codec) => {
    for (const version of [WriterVersion.V1, WriterVersion.V2]) {
      for (const dictionaries of [true, false]) {
        const written = () =>
          properties().setCompression(codec).setWriterVersion(version).setDictionaryEnabled(dictionaries).build();
        expect(await read(parquetFile(sampleTable(names), written()))).toEqual(sampleRows(names));
        const people = await read(parquetFile(peopleTable(5_000), written()));
        expect(people.map((row) => ('cells' in row ? row.cells[1] : ''))).toEqual(emails(5_000));
      }
    }
  });

  test.each([
    ['DELTA_BINARY_PACKED', Encoding.DELTA_BINARY_PACKED, ['int8', 'int32', 'int64', 'uint64', 'day', 'nanos']],
    ['DELTA_LENGTH_BYTE_ARRAY', Encoding.DELTA_LENGTH_BYTE_ARRAY, ['text', 'large', 'city']],
    ['DELTA_BYTE_ARRAY', Encoding.DELTA_BYTE_ARRAY, ['text', 'large', 'city', 'amount']],
    ['BYTE_STREAM_SPLIT', Encoding.BYTE_STREAM_SPLIT, ['int32', 'int64', 'float', 'double', 'amount']],
    ['RLE', Encoding.RLE, ['yes']],
  ])('%s: the same rows', async (_, encoding, columns) => {
    const written = () => properties().setDictionaryEnabled(false).setEncoding(encoding).build();
    expect(await read(parquetFile(sampleTable(columns), written()))).toEqual(sampleRows(columns));
  });

  test('long columns of each encoding are as two other readers see them', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 10_007) - (i % 3 === 0 ? 2 ** 31 - 20_000 : 0));
    const table = new Table({
      number: vectorFromArray(many, new Int32()),
      text: vectorFromArray(
        many.map((n, i) => (i % 5 === 0 ? null : `${'x'.repeat(i % 40)}${n}`)),
        new Utf8(),
      ),
    });
    const written = properties()
      .setDictionaryEnabled(false)
      .setColumnEncoding('number', Encoding.DELTA_BINARY_PACKED)
      .setColumnEncoding('text', Encoding.DELTA_BYTE_ARRAY)
      .setDataPageSizeLimit(4_000)
      .build();
    const bytes = parquetFile(table, written);
    const cells = (await read(bytes)).map((row) => ('cells' in row ? row.cells : []));
    const { buffer } = bytes.slice();
    const peer = await parquetReadObjects({ file: buffer as ArrayBuffer });
    expect(cells).toEqual(peer.map(({ number, text }) => [String(number), text ?? null]));
    const rust = tableFromIPC(readParquet(bytes).intoIPCStream());
    expect(cells).toEqual(rust.toArray().map((row) => [String(row!.number), row!.text as string | null]));
  });
});

describe('rows that cannot be read', () => {
  const options = { column: 'email', type: 'email', maxRows: 10 } as const;

  test('numbers that are not finite are refused by their rows', async () => {
    const table = new Table({
      email: vectorFromArray(['a@b', 'c@d', 'e@f', 'g@h'], new Utf8()),
      amount: vectorFromArray([1, NaN, null, -Infinity], new Float64()),
    });
    const path = file('nan.parquet', parquetFile(table));
    await expect(readIdentifiers(await openTable(path), options)).rejects.toThrow(
      'the table has rows that cannot be read; correct or remove them:\n' +
        '  row 2: column "amount" holds no finite number (NaN or infinity)\n' +
        '  row 4: column "amount" holds no finite number (NaN or infinity)',
    );
  });

  test('text that is not UTF-8 is refused by its row, and not guessed', async () => {
    const plain = properties().setDictionaryEnabled(false).setCompression(Compression.UNCOMPRESSED).build();
    const bytes = parquetFile(new Table({ email: vectorFromArray(['a@b', 'XX@d'], new Utf8()) }), plain);
    bytes[Buffer.from(bytes).indexOf('XX@d')] = 0xc3;
    expect(await read(bytes)).toEqual([
      { at: 1, cells: ['a@b'] },
      { at: 2, fault: 'column "email" holds text that is not UTF-8' },
    ]);
  });
});

describe('memory and time', () => {
  /** What is read of a file: the most at once, and all. */
  async function watched(
    path: string,
  ): Promise<{ source: Ranges; most: () => number; all: () => number; closed: () => number }> {
    const source = await openRanges(path);
    let [most, all, closed] = [0, 0, 0];
    return {
      source: {
        ...source,
        read(from, to) {
          most = Math.max(most, to - from);
          all += to - from;
          return source.read(from, to);
        },
        close: () => (closed++, source.close()),
      },
      most: () => most,
      all: () => all,
      closed: () => closed,
    };
  }

  test('a large file is read a megabyte at a time, and only as far as it is asked for', async () => {
    const noise = Array.from({ length: 200_000 }, (_, i) => `${Math.sin(i)}${Math.cos(i)}@example.org`);
    const bytes = parquetFile(new Table({ email: vectorFromArray(noise, new Utf8()) }), inGroupsOf(100_000));
    expect(bytes.length).toBeGreaterThan(5_000_000);
    const watch = await watched(file('large.parquet', bytes));
    const table = await openParquet(watch.source);
    const batches = table.batches[Symbol.asyncIterator]();
    await batches.next();
    expect(watch.all()).toBeLessThan(4_000_000);
    for (let next = await batches.next(); !next.done;) next = await batches.next();
    expect(watch.most()).toBeLessThan(2_000_000);
    expect(watch.all()).toBeLessThan(1.2 * bytes.length);
    await table.close();
    expect(watch.closed()).toBe(1);
  });

  test('reading is broken off by a signal, and lets go of the file', async () => {
    const watch = await watched(file('broken-off.parquet', parquetFile(peopleTable(ROWS))));
    const stop = new AbortController();
    const options = { column: 'email', type: 'email', signal: stop.signal, onProgress: () => stop.abort() } as const;
    await expect(profileTable(await openParquet(watch.source), options)).rejects.toThrow(/abort/);
    expect(watch.closed()).toBe(1);
  });

  test('a file that cannot be opened is let go of', async () => {
    const watch = await watched(file('closed.parquet', 'PAR1 and nothing else PAR1'));
    await expect(openParquet(watch.source)).rejects.toThrow(/damaged at its footer/);
    expect(watch.closed()).toBe(1);
  });
});

describe('refusals name the cause and the remedy', () => {
  test('nested and binary columns', async () => {
    const lists = vectorFromArray([[1], [2, 3]], new List(new Field('item', new Int32())));
    const pairs = vectorFromArray([{ x: 1 }, { x: 2 }], new Struct([new Field('x', new Int32())]));
    const photos = vectorFromArray([new Uint8Array([1]), new Uint8Array([2])], new Binary());
    const table = new Table({ email: vectorFromArray(['a@b', 'c@d'], new Utf8()), lists, pairs, photos });
    expect(await refusal(parquetFile(table))).toBe(
      'the Parquet file has columns whose values are no text, number or date: "lists" (nested values), ' +
        '"pairs" (nested values), "photos" (binary values); leave them out when the file is written, or write them as text',
    );
  });

  test('encryption, of the whole or of a column', async () => {
    const encrypted = (name: string) => refusal(new Uint8Array(readFileSync(join(OTHER_FILES, name))));
    expect(await encrypted('pyarrow-encrypted.parquet')).toBe(
      'the Parquet file is encrypted: write it without encryption',
    );
    expect(await encrypted('pyarrow-encrypted-column.parquet')).toBe(
      'the column "city" of the Parquet file is encrypted: write the file without encryption',
    );
  });

  test('a codec that is not known', async () => {
    const bytes = parquetFile(
      new Table({ email: vectorFromArray(['a@b'], new Utf8()) }),
      properties().setCompression(Compression.SNAPPY).build(),
    );
    // In the column's metadata the codec follows the column's path: snappy is 1, LZO is 3, each with its sign behind it.
    const path = Buffer.from('\x05email\x15\x02', 'latin1');
    const at = Buffer.from(bytes).indexOf(path);
    expect(at).toBeGreaterThan(0);
    bytes[at + path.length - 1] = 6;
    expect(await refusal(bytes)).toBe(
      'the Parquet file is compressed by LZO, which is not known here: write it with snappy, gzip, zstd or no compression',
    );
  });

  test('a file that is cut off, wherever', async () => {
    const bytes = parquetFile(peopleTable(3));
    for (let length = 8; length < bytes.length; length += 7) {
      expect(await refusal(bytes.subarray(0, length))).toBe(
        'the Parquet file is cut off, its footer is missing: write or transfer it again',
      );
    }
  });

  test('a name that does not fit, another version, a delimiter', async () => {
    expect(await refusal(new TextEncoder().encode('email\na@b'), 'text.parquet')).toBe(
      "the file's name says Parquet, and its bytes do not: write or transfer it again, or give it another name",
    );
    expect(await refusal(parquetFile(peopleTable(1)), 'people.feather')).toMatch(
      /name says Arrow, and its bytes do not/,
    );
    const path = file('people.parquet', parquetFile(peopleTable(1)));
    expect(await refusalOf(() => openTable(path, { delimiter: ';' }), /user0@/)).toMatch(
      /a delimiter is of a CSV file/,
    );
  });

  test('a byte that changed, where there are checksums', async () => {
    const bytes = new Uint8Array(readFileSync(join(OTHER_FILES, 'pyarrow-checksums.parquet')));
    const footer = bytes.length - 8 - new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
    const whole = JSON.stringify(cityRows());
    let refused = 0;
    for (let at = 4; at < footer; at += 5) {
      const changed = bytes.slice();
      changed[at] ^= 1;
      const rows = await openParquet(rangesOf(changed))
        .then(rowsOf)
        .catch(() => {
          refused++;
          return undefined;
        });
      // Some bits of headers mean nothing; what was changed in any other way is not taken.
      if (rows) expect(JSON.stringify(rows)).toBe(whole);
    }
    expect(refused).toBeGreaterThan(100);
  });
});

test(
  'damaged bytes are read or refused, and never hang or crash',
  async () => {
    const codecs = [
      Compression.UNCOMPRESSED,
      Compression.SNAPPY,
      Compression.ZSTD,
      Compression.LZ4_RAW,
      Compression.GZIP,
    ];
    const samples = codecs.flatMap((codec) =>
      [WriterVersion.V1, WriterVersion.V2].map((version) =>
        parquetFile(
          sampleTable(PARQUET_SAMPLES),
          properties()
            .setCompression(codec)
            .setWriterVersion(version)
            .setDictionaryEnabled(version === WriterVersion.V1)
            .build(),
        ),
      ),
    );
    const people = [Encoding.DELTA_BYTE_ARRAY, Encoding.DELTA_LENGTH_BYTE_ARRAY, Encoding.PLAIN].map((encoding) =>
      parquetFile(
        peopleTable(300),
        properties()
          .setDictionaryEnabled(false)
          .setColumnEncoding('email', encoding)
          .setColumnEncoding('id', Encoding.DELTA_BINARY_PACKED)
          .build(),
      ),
    );
    const others = ['pyarrow-checksums.parquet', 'duckdb-zstd.parquet', 'pyarrow-int96.parquet'].map(
      (name) => new Uint8Array(readFileSync(join(OTHER_FILES, name))),
    );
    const outcomes = await outcomesOf(openParquet, damaged([...samples, ...people, ...others]));
    expect(outcomes.slowest).toBeLessThan(10_000);
    expect(outcomes.refused).toBeGreaterThan(outcomes.read);
    expect(outcomes.read).toBeGreaterThan(0);
  },
  FUZZ_MILLISECONDS,
);
