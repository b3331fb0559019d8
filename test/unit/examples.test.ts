import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { minParties, parsePolicyText } from '../../app/lib/policy/policy.ts';

/** The datasets of tables under `examples`, as a policy there reads them. */
async function readTables(policyFile: string, tables: readonly string[]) {
  const policy = parsePolicyText(readFileSync(`examples/${policyFile}`, 'utf8'));
  const { identifier, minRows, maxRows } = policy;
  const read = (table: string) =>
    openCsv(`examples/${table}`).then((open) => readIdentifiers(open, { ...identifier, minRows, maxRows }));
  return { policy, datasets: (await Promise.all(tables.map(read))).map(({ dataset }) => dataset.digests) };
}

const shared = ([first, ...rest]: readonly (readonly bigint[])[]) =>
  first.filter((digest) => rest.every((dataset) => dataset.includes(digest))).length;

test('the example tables are valid under the example policy and share seven identifiers, spelt differently', async () => {
  const { policy, datasets } = await readTables('overlap.policy.json', ['shop.csv', 'magazine.csv']);
  expect(datasets.map(({ length }) => length)).toEqual([17, 15]);
  expect(shared(datasets)).toBe(7);
  expect(shared(datasets)).toBeGreaterThanOrEqual(policy.k);
});

test('the three tables of the panel share four, and any two of them enough to go on without the third', async () => {
  const { policy, datasets } = await readTables('panel.policy.json', ['shop.csv', 'magazine.csv', 'museum.csv']);
  expect(policy.parties).toHaveLength(datasets.length);
  expect(minParties(policy)).toBe(2);
  expect(shared(datasets)).toBe(4);
  const [shop, magazine, museum] = datasets;
  for (const pair of [
    [shop, magazine],
    [shop, museum],
    [magazine, museum],
  ]) {
    expect(shared(pair)).toBeGreaterThanOrEqual(policy.k);
  }
});
