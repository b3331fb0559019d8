/** Arrow IPC files and streams, written by the Arrow project's own writer and by pyarrow. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Binary,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  List,
  Table,
  tableFromIPC,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { openArrow } from '../../app/lib/connector/arrow.ts';
import { checkTable } from '../../app/lib/connector/conformance.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { openTable } from '../../app/lib/connector/open.ts';
import { damaged, FUZZ_MILLISECONDS, outcomesOf, rangesOf } from './damage.ts';
import { batchesOf, refusalOf, rowsOf, scratchFiles } from './reading.ts';
import {
  arrowFile,
  arrowStream,
  cityRows,
  emails,
  OTHER_FILES,
  peopleTable,
  sampleRows,
  sampleTable,
} from './typed-files.ts';

const ROWS = 20_000;

const { file, remove } = scratchFiles('arrow-');
afterAll(remove);

const read = async (bytes: Uint8Array) => rowsOf(await openTable(file('read.arrow', bytes)));
const refusal = (bytes: Uint8Array, name = 'refused.arrow') => refusalOf(() => openTable(file(name, bytes)), /user0@/);

/** The same table in several record batches. */
const inBatchesOf = (rows: number, table: Table) =>
  new Table(
    Array.from(
      { length: Math.ceil(table.numRows / rows) },
      (_, i) => table.slice(i * rows, (i + 1) * rows).batches,
    ).flat(),
  );

const FORMS = [
  ['a file', arrowFile],
  ['a stream', arrowStream],
] as const;

/** Compressed buffers and dictionaries, as pyarrow writes them. */
const COMPRESSED = ['pyarrow-lz4.feather', 'pyarrow-zstd.arrows'];

describe.each(FORMS)('rows of %s', (_, write) => {
  test('give the same identifiers as a CSV file of the same table', async () => {
    const csv = file('people.csv', ['id,email', ...emails(ROWS).map((email, i) => `${i},${email}`)].join('\n'));
    const path = file('people.arrow', write(inBatchesOf(3_001, peopleTable(ROWS))));
    const options = { column: 'email', type: 'email', maxRows: ROWS } as const;
    const identifiers = await readIdentifiers(await openTable(path), options);
    expect(identifiers).toEqual(await readIdentifiers(await openCsv(csv), options));
    expect(identifiers).toMatchObject({ rows: ROWS, duplicates: ROWS / 10 });
  });

  test('hold the text that a CSV file has, of values of every type', async () => {
    expect(await read(write(sampleTable()))).toEqual(sampleRows());
  });

  test('come in batches, numbered from 1, and keep to the interface', async () => {
    const path = file('many.arrow', write(inBatchesOf(3_001, peopleTable(ROWS))));
    const batches = await batchesOf(await openTable(path));
    const rows = batches.flatMap((batch) => batch.rows);
    expect(rows).toEqual(emails(ROWS).map((email, i) => ({ at: i + 1, cells: [String(i), email] })));
    expect(Math.max(...batches.map((batch) => batch.rows.length))).toBeLessThanOrEqual(2_000);
    expect(await checkTable(() => openTable(path))).toEqual([]);
  });

  test('may be none', async () => {
    const path = file('none.arrow', write(peopleTable(1).slice(0, 0)));
    expect(await checkTable(() => openTable(path))).toEqual([]);
  });

  test('follow dictionaries that grow from batch to batch', async () => {
    const type = new Dictionary(new Utf8(), new Int16());
    const words = Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? null : `word ${i % (10 + i / 5)}`));
    const table = new Table({ word: vectorFromArray(words, type) });
    expect((await read(write(inBatchesOf(50, table)))).map((row) => ('cells' in row ? row.cells[0] : ''))).toEqual(
      words,
    );
  });

  test('are those that the Arrow project’s reader sees', async () => {
    const numbers = Array.from({ length: 5_000 }, (_, i) => Math.fround(Math.sin(i) * 10 ** ((i % 60) - 30)));
    const table = new Table({
      single: vectorFromArray(numbers, new Float32()),
      small: vectorFromArray(
        numbers.map((_, i) => (i % 3 === 0 ? null : i % 256)),
        new Uint8(),
      ),
    });
    const bytes = write(inBatchesOf(999, table));
    const peer = tableFromIPC(bytes);
    const cells = (await read(bytes)).map((row) => ('cells' in row ? row.cells : []));
    expect(
      cells.map(([single, small]) => [Math.fround(Number(single)), small === null ? null : Number(small)]),
    ).toEqual(peer.toArray().map((row) => [row!.single as number, row!.small as number | null]));
  });
});

describe('files of other programs', () => {
  test.each(COMPRESSED)('are read: %s', async (name) => {
    expect(await rowsOf(await openTable(join(OTHER_FILES, name)))).toEqual(cityRows());
  });

  test('are known by the first bytes, whatever the file is named', async () => {
    for (const [name, write] of FORMS) {
      expect(await rowsOf(await openTable(file(`${name}.csv`, write(peopleTable(2)))))).toHaveLength(2);
    }
  });
});

describe('rows that cannot be read', () => {
  test('are numbers that are not finite, and text that is not UTF-8', async () => {
    const table = new Table({
      email: vectorFromArray(['a@b', 'c@d', 'XX@f'], new Utf8()),
      amount: vectorFromArray([1, Infinity, null], new Float64()),
    });
    const bytes = arrowStream(table);
    bytes[Buffer.from(bytes).indexOf('XX@f')] = 0xff;
    expect(await read(bytes)).toEqual([
      { at: 1, cells: ['a@b', '1'] },
      { at: 2, fault: 'column "amount" holds no finite number (NaN or infinity)' },
      { at: 3, fault: 'column "email" holds text that is not UTF-8' },
    ]);
  });
});

describe('refusals name the cause and the remedy', () => {
  test('nested and binary columns', async () => {
    const lists = vectorFromArray([[1], [2, 3]], new List(new Field('item', new Int32())));
    const photos = vectorFromArray([new Uint8Array([1]), new Uint8Array([2])], new Binary());
    expect(
      await refusal(arrowFile(new Table({ email: vectorFromArray(['a@b', 'c@d'], new Utf8()), lists, photos }))),
    ).toBe(
      'the Arrow file has columns whose values are no text, number or date: "lists" (nested values), ' +
        '"photos" (binary values); leave them out when the file is written, or write them as text',
    );
  });

  test('a file or stream that is cut off, wherever', async () => {
    const table = inBatchesOf(2, peopleTable(5));
    for (const bytes of [arrowFile(table), arrowStream(table)]) {
      for (let length = 8; length < bytes.length; length += 3) {
        expect(await refusal(bytes.subarray(0, length))).toMatch(
          /cut off, its end is missing|damaged at .*ends too early/,
        );
      }
    }
  });

  test('a file that lost a batch, and a batch that lost its dictionary', async () => {
    const bytes = arrowFile(inBatchesOf(2, peopleTable(6)));
    const footer = bytes.length - 10 - new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 10, true);
    const ended = bytes.slice();
    // The mark of the end, where the second message begins.
    const second = Buffer.from(bytes).indexOf(Buffer.from([255, 255, 255, 255]), 12);
    expect(second).toBeLessThan(footer);
    ended.set([255, 255, 255, 255, 0, 0, 0, 0], second);
    expect(await refusal(ended)).toMatch(/another number of batches than it tells/);

    const words = arrowStream(
      new Table({ word: vectorFromArray(['a', 'b'], new Dictionary(new Utf8(), new Int16())) }),
    );
    const starts = [
      ...Buffer.from(words)
        .toString('latin1')
        .matchAll(/\xff\xff\xff\xff/g),
    ].map(({ index }) => index);
    const without = Buffer.concat([words.subarray(0, starts[1]), words.subarray(starts[2])]);
    expect(await refusal(without)).toMatch(/damaged at record batch 1 \(a dictionary lacks a value\)/);
  });

  test('a name that does not fit, the first version of Feather', async () => {
    expect(await refusal(new TextEncoder().encode('email\na@b'))).toMatch(/name says Arrow, and its bytes do not/);
    expect(await refusal(new TextEncoder().encode('FEA1....FEA1'))).toBe(
      'the file is of version 1 of Feather: write it in version 2, which is Arrow IPC',
    );
  });
});

test(
  'damaged bytes are read or refused, and never hang or crash',
  async () => {
    const small = FORMS.flatMap(([, write]) => [write(sampleTable()), write(inBatchesOf(100, peopleTable(300)))]);
    const others = COMPRESSED.map((name) => new Uint8Array(readFileSync(join(OTHER_FILES, name))));
    const outcomes = await outcomesOf(openArrow, damaged([...small, ...others]));
    expect(outcomes.slowest).toBeLessThan(10_000);
    expect(outcomes.refused).toBeGreaterThan(0);
    expect(outcomes.read).toBeGreaterThan(0);
  },
  FUZZ_MILLISECONDS,
);

test('reading is let go of in the middle', async () => {
  let closed = 0;
  const source = { ...rangesOf(arrowFile(peopleTable(ROWS))), close: async () => void closed++ };
  const table = await openArrow(source);
  await table.batches[Symbol.asyncIterator]().next();
  await table.close();
  expect(closed).toBe(1);
});
