/** The pre-check of tables whose sum is compared with borders. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { redFlags } from '../../app/lib/check/flags.ts';
import { newLedger } from '../../app/lib/check/ledger.ts';
import { whatLeaves } from '../../app/lib/check/outgoing.ts';
import { approvalFlags } from '../../app/lib/check/policy-flags.ts';
import { profileTable } from '../../app/lib/check/profile.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';

beforeAll(initField);

const NOW = 1_800_000_000;
const exposure = (changes: object = {}): Policy =>
  parsePolicy({
    ...JSON.parse(readFileSync('examples/counterparty-exposure.policy.json', 'utf8')),
    ...{ k: 10, minRows: 10, ...changes },
  });

/** A row of a table may be negative, and a party's sum may not be below -5 million. */
const NETTED = {
  column: { column: 'outstanding', decimals: 0, min: '-25000000', max: '25000000' },
  floor: '-5000000',
  borders: ['100000000', '150000000'],
};

async function raised(policy: Policy, values: readonly (number | string)[]) {
  const csv = `facility,outstanding\n${values.map((value, i) => `f-${i},${value}\n`).join('')}`;
  const profile = await profileTable(await openCsv(new Blob([csv])), { column: 'facility', type: 'exact', policy });
  const flags = redFlags({ policy, profile, ledger: newLedger(), now: NOW });
  return flags.map(({ id, severity }) => [id, severity]);
}

const spread = (count: number, value: (i: number) => number = (i) => 1_000_000 + i) =>
  Array.from({ length: count }, (_, i) => value(i));

describe('a table is looked at', () => {
  test('and an ordinary one raises nothing, though each row has a value of its own', async () => {
    expect(await raised(exposure(), spread(12))).toEqual([]);
  });

  test('for a sum below the floor, of which nothing could be proven', async () => {
    const policy = exposure(NETTED);
    const sums = (last: number) => spread(10, (i) => (i < 5 ? -1_000_001 : 1)).with(9, last);
    expect(await raised(policy, sums(0))).toEqual([['below-floor', 'high']]);
    // The floor itself.
    expect(await raised(policy, sums(1))).toEqual([]);
  });

  test('for fewer rows than k, with which nobody learns anything', async () => {
    expect(await raised(exposure({ minRows: 5 }), spread(9))).toEqual([['small-groups', 'high']]);
  });

  test('for a row that holds most of its sum', async () => {
    expect(
      await raised(
        exposure(),
        spread(12, (i) => (i === 0 ? 20_000_000 : 1_000)),
      ),
    ).toEqual([['dominant-row', 'low']]);
  });

  test('for cells that are no values of the column', async () => {
    expect(await raised(exposure(), [...spread(11), 25_000_001])).toEqual([['malformed-values', 'high']]);
    expect(await raised(exposure(), [...spread(11), 'many'])).toEqual([['malformed-values', 'high']]);
  });

  test('and no flag says what a sum is', async () => {
    const policy = exposure(NETTED);
    const csv = `facility,outstanding\n${spread(10, (i) => -7_654_321 - i)
      .map((value, i) => `f-${i},${value}\n`)
      .join('')}`;
    const profile = await profileTable(await openCsv(new Blob([csv])), { column: 'facility', type: 'exact', policy });
    expect(JSON.stringify([profile.values, redFlags({ policy, profile, ledger: newLedger(), now: NOW })])).not.toMatch(
      /7\D?654|76543/,
    );
  });
});

describe('before an approval', () => {
  const flagsOf = (changes: object) =>
    approvalFlags({ policy: exposure(changes), now: NOW }).map(({ id, severity }) => [id, severity]);

  test('an ordinary policy raises nothing', () => {
    expect(flagsOf({})).toEqual([]);
  });

  test('a small k is told of by what it does there', () => {
    const [flag] = approvalFlags({ policy: exposure({ k: 5, minRows: 5 }), now: NOW });
    expect(flag).toMatchObject({
      id: 'small-k',
      severity: 'medium',
      title: expect.stringContaining('band of the sum'),
    });
  });

  test('borders closer than one row may hold are told of, and to the unit not where they are as far apart', () => {
    expect(flagsOf({ borders: ['100000000', '124000000'] })).toEqual([['narrow-band', 'medium']]);
    expect(flagsOf({ borders: ['100000000', '125000000'] })).toEqual([]);
    expect(flagsOf({ borders: ['100000000'] })).toEqual([]);
  });

  test('a unit is told of that leaves as much uncounted as a whole band', () => {
    const coarse = { unit: '25000000', borders: ['100000000', '150000000'] };
    expect(flagsOf(coarse)).toEqual([['coarse-unit', 'medium']]);
    expect(flagsOf({ ...coarse, borders: ['100000000', '175000000'] })).toEqual([]);
  });
});

test('what leaves is a sum that nobody can decrypt alone, and lists that tell no more than one zero', () => {
  const leaves = whatLeaves(exposure(), 12).join('\n');
  expect(leaves).toMatch(/sum of this table in whole units, encrypted under a key of which every party has a share/);
  expect(leaves).toMatch(/for each border at most 192 ciphertexts of 128 bytes/);
  expect(leaves).not.toMatch(/blinded list|masked|figures|points/);
});
