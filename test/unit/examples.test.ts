import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { readIdentifiers } from '../../app/lib/connector/csv.ts';
import { parsePolicyText } from '../../app/lib/policy/policy.ts';

test('the example tables are valid under the example policy and share seven identifiers, spelt differently', async () => {
  const { identifier, minRows, maxRows, k } = parsePolicyText(readFileSync('examples/overlap.policy.json', 'utf8'));
  const read = (file: string) => readIdentifiers({ file, ...identifier, minRows, maxRows });
  const [shop, magazine] = await Promise.all([read('examples/shop.csv'), read('examples/magazine.csv')]);
  expect([shop.dataset.length, magazine.dataset.length]).toEqual([17, 15]);
  const shared = shop.dataset.filter((digest) => magazine.dataset.includes(digest)).length;
  expect(shared).toBe(7);
  expect(shared).toBeGreaterThanOrEqual(k);
});
