/** Value columns of tables: read exactly, or refused with row and column and without the value. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { ConnectorError } from '../../app/lib/connector/errors.ts';
import { readIdentifiers, type IdentifierOptions } from '../../app/lib/connector/identifiers.ts';
import type { ValueColumn } from '../../app/lib/policy/columns.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'values-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const COLUMNS: readonly ValueColumn[] = [
  { column: 'price', decimals: 2, min: '-10', max: '1000.50', release: 'sum' },
  { column: 'tier', labels: ['gold', 'tin plate'] },
];

/** Reads a file with these lines. */
async function read(lines: readonly string[], options: Partial<IdentifierOptions> = {}) {
  const file = join(folder, 'table.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return readIdentifiers(await openCsv(file), {
    ...{ column: 'id', type: 'exact', maxRows: 100, valueColumns: COLUMNS },
    ...options,
  });
}

/** What the reading of one row is refused with. */
const refusal = (line: string): Promise<string> =>
  read(['id,price,tier', 'a,1,gold', line]).then(
    () => 'nothing',
    (error: Error) => {
      expect(error).toBeInstanceOf(ConnectorError);
      return error.message;
    },
  );

const digest = (id: string) => identifierDigest('exact', id);

describe('rows with values', () => {
  test('are read as integers that count the last decimal, and as numbers of labels, whatever the columns’ order', async () => {
    const lines = ['tier,note,price,id', 'gold,x,12.5,a', ' tin plate ,y, -0.01 ,b', 'gold,,1000.50,c', 'gold,,-10,d'];
    const ids = ['a', 'b', 'c', 'd'].map(digest);
    const values = [
      [1250n, 0n],
      [-1n, 1n],
      [100_050n, 0n],
      [-1000n, 0n],
    ];
    const { dataset, ...counts } = await read(lines);
    expect(dataset).toEqual(makeDataset(ids, values));
    expect(counts).toEqual({ rows: 4, duplicates: 0, columns: ['tier', 'note', 'price', 'id'] });
  });

  test('stay with their identifiers when these are sorted', async () => {
    const row = fc.record({ id: fc.integer({ min: 0, max: 1e6 }), cents: fc.integer({ min: -1000, max: 100_050 }) });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 40 }), async (rows) => {
        const lines = rows.map(({ id, cents }) => `${id},${(cents / 100).toFixed(2)},gold`);
        const { dataset } = await read(['id,price,tier', ...lines]);
        const found = new Map(dataset.digests.map((each, i) => [each, dataset.values![i]]));
        for (const { id, cents } of rows) expect(found.get(digest(String(id)))).toEqual([BigInt(cents), 0n]);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['b,,gold', /line 3: the value of column "price" is refused: empty/],
    ['b,  ,gold', /line 3: the value of column "price" is refused: empty/],
    ['b,4242.4242x,gold', /line 3: the value of column "price" is refused: not a number/],
    ['b,42.424,gold', /line 3: .*"price" is refused: it has 3 decimals: no more than 2 are declared/],
    ['b,4242.42,gold', /line 3: .*"price" is refused: above the greatest that the policy allows, 1000\.50/],
    ['b,-4242,gold', /line 3: .*"price" is refused: below the least that the policy allows, -10/],
    ['b,NaN,gold', /line 3: .*"price" is refused: no finite number/],
    ['b,Infinity,gold', /line 3: .*"price" is refused: no finite number/],
    ['b,-inf,gold', /line 3: .*"price" is refused: no finite number/],
    ['b,4242e-2,gold', /line 3: .*"price" is refused: written with an exponent/],
    ['b,=4242+1,gold', /line 3: .*"price" is refused: a formula, not its value/],
    ['b,"42,42",gold', /line 3: .*"price" is refused: not a number: write decimals after one point/],
    ['b,5,secret4242', /line 3: the value of column "tier" is refused: none of the labels that the policy has/],
    ['b,5,Gold', /line 3: .*"tier" is refused: none of the labels/],
    ['b,5,', /line 3: .*"tier" is refused: empty/],
    ['b,5,=1+1', /line 3: .*"tier" is refused: none of the labels/],
    [',5,gold', /line 3: the identifier is refused: empty/],
    ['a,5,gold', /line 3: a row before it has the same identifier, and each has one row/],
    [' a ,5,gold', /line 3: a row before it has the same identifier/],
    ['b,5', /line 3: 2 fields, the header has 3/],
  ])('are refused with %j by row and column, without the value', async (line, message) => {
    const refused = await refusal(line);
    expect(refused).toMatch(message);
    expect(refused).not.toMatch(/4242/);
  });

  test('with faults are told together', async () => {
    const error = read(['id,price,tier', 'a,x,gold', 'b,1,iron', 'c,1,gold', 'c,2,gold']);
    await expect(error).rejects.toThrow(/line 2: .*"price"[^]*line 3: .*"tier"[^]*line 5: a row before it/);
  });

  test('need every column of the policy, once', async () => {
    await expect(read(['id,price', 'a,1'])).rejects.toThrow(/no column "tier"; the columns are: "id", "price"/);
    await expect(read(['id,price,tier,price', 'a,1,gold,2'])).rejects.toThrow(/two columns are named "price"/);
  });

  test('are held to the policy’s number of rows', async () => {
    await expect(read(['id,price,tier', 'a,1,gold', 'b,1,gold'], { maxRows: 1 })).rejects.toThrow(
      /line 3: more than 1/,
    );
    await expect(read(['id,price,tier', 'a,1,gold'], { minRows: 2 })).rejects.toThrow(/at least 2/);
  });
});

test('rows of which nothing but their number counts are kept apart as well', async () => {
  const { dataset } = await read(['id', 'a', 'b'], { valueColumns: [] });
  expect(dataset).toEqual(makeDataset(['a', 'b'].map(digest)));
  await expect(read(['id', 'a', 'a'], { valueColumns: [] })).rejects.toThrow(/line 3: .*same identifier/);
});
