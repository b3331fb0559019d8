/** Whole rooms on the network: the number that leaves a room is the true one, or none. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { Verdict } from '../../app/lib/receipt/verify.ts';
import { randomFrom, SEED, SOAK, some } from '../support/choice.ts';
import { startSources } from './sources.ts';
import { roomJson, scratchFolder, writePolicy, writeTables } from './support.ts';

type Case = {
  name: string;
  sizes: number[];
  shared: number;
  k: number;
  minRows: number;
  maxRows: number;
  proofMode?: 'attested';
  /** Whether the first table lies in PostgreSQL and the second in S3. */
  served?: boolean;
};
type Rehearsal = {
  result: Receipt['result'];
  receiptFile: string;
  seconds: Record<string, number>;
  balances?: string[];
};

const scratch = scratchFolder();
const random = randomFrom(SEED);

beforeAll(() => console.log(`random tables from SEED=${SEED}`));
afterAll(() => scratch.remove());

/** Rehearses a room of random tables and verifies its receipt with and without the chain. */
async function play(
  { name, sizes, shared, served, ...terms }: Case,
  ...more: string[]
): Promise<{ receipt: Receipt; verdicts: Verdict[]; balances?: string[] }> {
  const folder = join(scratch.folder, name);
  mkdirSync(folder);
  const { files, overlap } = writeTables(folder, sizes, shared, random);
  expect(overlap).toBe(shared);
  const begun = Date.now();
  const places = served ? await startSources(files) : { sources: files, flags: [], env: {}, stop: async () => {} };
  const done = await roomJson<Rehearsal>(
    [
      'rehearse',
      ...['--policy', writePolicy(folder, { parties: sizes.length, ...terms })],
      ...places.sources.flatMap((source) => ['--slot', source]),
      ...places.flags,
      ...['--out', folder],
      ...more,
    ],
    { env: places.env },
  ).finally(() => places.stop());
  console.log(`${name}: ${Math.round((Date.now() - begun) / 1000)} s, ${JSON.stringify(done.seconds)}`);
  const expected = overlap < terms.k ? { suppressed: true } : { suppressed: false, count: overlap };
  expect(done.result).toEqual(expected);

  const verdicts: Verdict[] = [];
  for (const place of [[], ['--offline']]) {
    const verdict = await roomJson<Verdict>(['verify', done.receiptFile, '--allow-dev-srs', ...place]);
    expect(verdict).toMatchObject({ verified: true, result: expected });
    expect(verdict.checks.find(({ title }) => title === 'Chain')?.status).toBe(
      place.length === 0 ? 'passed' : 'not checked',
    );
    verdicts.push(verdict);
  }
  const receipt = JSON.parse(readFileSync(done.receiptFile, 'utf8')) as Receipt;
  return { receipt, verdicts, balances: done.balances };
}

/** Every number in a document, and the value of every field element in it. */
function numbersIn(value: unknown): bigint[] {
  if (typeof value === 'number') return [BigInt(value)];
  if (typeof value === 'string') return /^(0x[0-9a-f]+|[0-9]+)$/.test(value) ? [BigInt(value)] : [];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}

describe('a room of random tables', () => {
  test('in PostgreSQL, S3 and a file releases what all three have in common, and pays out fee and stakes', async () => {
    const terms = { shared: 4, k: 2, minRows: 5, maxRows: 32, served: true };
    const money = ['--fee', '1000', '--stake', '77'];
    const { receipt, verdicts, balances } = await play({ name: 'three', sizes: [9, 12, 8], ...terms }, ...money);
    for (const { trusted } of verdicts) expect(trusted.join()).not.toMatch(/a list was made from the committed rows/);
    // Three datasets, three lists blinded and passed on twice, one match, one release.
    expect(receipt.proofs.length).toBeGreaterThanOrEqual(14);
    expect(receipt.governance.slots.map(({ standing, paid }) => ({ standing, paid }))).toEqual(
      Array.from({ length: 3 }, () => ({ standing: 'member', paid: true })),
    );
    // Of 334 + 333 + 333 units the template's author and the treasury take 50 each, and the slots 300 each.
    expect(balances).toEqual(['999966', '999967', '999967']);
  }, 1_200_000);

  const kinds = some(['attested', 'suppressed'], 1);
  const taken = (kind: string) => (kinds.includes(kind) ? test : test.skip);

  taken('attested')(
    'that attest their lists releases the true overlap of 60 and 45 rows, and the receipt says what is not proven',
    async () => {
      const terms = { shared: 21, k: 10, minRows: 5, maxRows: 1000, proofMode: 'attested' } as const;
      const { receipt, verdicts } = await play({ name: 'attested', sizes: [60, 45], ...terms });
      // The match in two parts, and the release.
      expect(receipt.proofs).toHaveLength(3);
      for (const { trusted } of verdicts) {
        expect(trusted.join()).toMatch(/attested: nothing proves that a list was made from the committed rows/);
      }
    },
    900_000,
  );

  taken('suppressed')(
    'below k it releases nothing: the receipt verifies and the count is nowhere in it',
    async () => {
      const { receipt, verdicts } = await play({
        name: 'suppressed',
        sizes: [17, 13],
        shared: 9,
        k: 10,
        minRows: 5,
        maxRows: 32,
      });
      const names = receipt.events.map(({ name }) => name);
      expect(names).not.toContain('ShareGiven');
      expect(names).not.toContain('ResultReleased');
      // Blocks count upwards and can be any number.
      const events = receipt.events.map(({ block: _, ...event }) => event);
      expect(numbersIn({ ...receipt, events })).not.toContain(9n);
      expect(JSON.stringify(receipt)).not.toMatch(/"count"/);
      for (const { checks, summary } of verdicts) {
        expect([summary, ...checks.map(({ detail }) => detail)].join('\n')).not.toMatch(/\b9\b/);
      }
    },
    900_000,
  );
});

(SOAK ? describe : describe.skip)('at full size', () => {
  const cases: Case[] = [
    { name: '200 and 200 rows', sizes: [200, 200], shared: 57, k: 10, minRows: 50, maxRows: 256 },
    { name: 'more rows than one proof takes', sizes: [270, 31], shared: 20, k: 20, minRows: 1, maxRows: 300 },
    { name: '40 and 29 rows', sizes: [40, 29], shared: 11, k: 3, minRows: 5, maxRows: 64 },
    {
      name: 'more attested rows than one proof takes',
      sizes: [300, 270],
      shared: 41,
      k: 10,
      minRows: 5,
      maxRows: 1000,
      proofMode: 'attested',
    },
    { name: 'nothing in common', sizes: [6, 9], shared: 0, k: 2, minRows: 5, maxRows: 32 },
    { name: 'everything in common, at the limits', sizes: [32, 32], shared: 32, k: 32, minRows: 32, maxRows: 32 },
    { name: 'one below k', sizes: [33, 5], shared: 4, k: 5, minRows: 5, maxRows: 33 },
    { name: 'five parties', sizes: [12, 9, 40, 6, 11], shared: 5, k: 3, minRows: 5, maxRows: 64 },
    { name: 'four parties, one below k', sizes: [7, 8, 9, 10], shared: 4, k: 5, minRows: 5, maxRows: 32 },
    {
      name: '2,000 attested rows',
      sizes: [2000, 2000],
      shared: 700,
      k: 50,
      minRows: 500,
      maxRows: 5000,
      proofMode: 'attested',
    },
    {
      name: 'attested, five parties',
      sizes: [60, 70, 40, 55, 64],
      shared: 9,
      k: 5,
      minRows: 5,
      maxRows: 99,
      proofMode: 'attested',
    },
    { name: 'one row against many', sizes: [1, 64], shared: 1, k: 2, minRows: 1, maxRows: 64 },
    ...Array.from({ length: 4 }, (_, i): Case => {
      const sizes = Array.from({ length: 2 + (i % 2) }, () => 2 + random(60));
      return {
        name: `random ${i}`,
        sizes,
        shared: random(Math.min(...sizes) + 1),
        k: 2 + random(8),
        minRows: 1,
        maxRows: 64,
      };
    }),
  ];
  test.each(cases)('$name: $sizes rows, $shared shared, k = $k', async (each) => void (await play(each)), 1_800_000);
});
