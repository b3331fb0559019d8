/** Whole rooms that aggregate: the figures are those of the rows, group by group, and what is withheld is nowhere. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { Verdict } from '../../app/lib/receipt/verify.ts';
import type { FiguresReport } from '../../app/lib/template/figures-report.ts';
import { randomFrom, SEED, SOAK, some } from '../support/choice.ts';
import { forgeResult, roomJson, room, scratchFolder } from './support.ts';

const DAY = 86_400;
const TIERS = ['gold', 'silver', 'bronze', 'none'];

/** A row of a table: an item, its tier, units, defects among them, and a cost with two decimals that may be negative. */
type Row = { id: string; tier: string; units: number; defects: number; cents: number };

type Case = { name: string; sizes: number[]; k: number; contributors: number; grouping: 'tier' | 'cost' };

const scratch = scratchFolder();
const random = randomFrom(SEED);

beforeAll(() => console.log(`random tables from SEED=${SEED}`));
afterAll(() => scratch.remove());

/** Tables of random rows; the last tier is rare, so that some party has fewer than k rows in it. */
function tables(sizes: readonly number[]): Row[][] {
  return sizes.map((size, party) =>
    Array.from({ length: size }, (_, i) => {
      const units = 1 + random(1000);
      const tier = i === 0 ? TIERS[3] : TIERS[random(3)];
      return { id: `item-${party}-${i}`, tier, units, defects: random(units), cents: random(20_001) - 10_000 };
    }),
  );
}

function csvOf(rows: readonly Row[]): string {
  const lines = rows.map(({ id, tier, units, defects, cents }) =>
    [id, tier, units, defects, decimal(cents, 2)].join(','),
  );
  return ['item,tier,units,defects,cost', ...lines].join('\n');
}

/** A whole number of hundredths (or other decimals) as text. */
function decimal(value: number, decimals: number): string {
  const digits = String(Math.abs(value)).padStart(decimals + 1, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function policyOf({ sizes, k, contributors, grouping }: Case): object {
  const numeric = (column: string, min: string, max: string, decimals: number, release: string) => ({
    column,
    decimals,
    min,
    max,
    release,
  });
  return {
    version: 2,
    template: { name: 'aggregate', version: 1 },
    purpose: 'Try the product from end to end',
    parties: sizes.map((_, i) => ({ label: `Plant ${i + 1}` })),
    identifier: { type: 'exact', column: 'item', normalisation: 'exact/1' },
    columns: [
      { column: 'tier', labels: TIERS },
      numeric('units', '0', '1000', 0, 'sum'),
      numeric('defects', '0', '1000', 0, 'sum'),
      numeric('cost', '-100', '100', 2, 'variance'),
    ],
    grouping:
      grouping === 'tier' ? { column: 'tier' } : { column: 'cost', borders: ['-100', '-10.5', '0', '42', '100.01'] },
    ratio: { numerator: 'defects', denominator: 'units' },
    ...(grouping === 'cost' ? { quantiles: [2500, 5000, 9000] } : {}),
    confidence: 95,
    contributors,
    k,
    minRows: 1,
    maxRows: 1000,
    proofMode: 'succinct',
    deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY },
  };
}

/** Group of a row, from the names alone. */
function groupOf({ tier, cents }: Row, grouping: Case['grouping']): number {
  return grouping === 'tier' ? TIERS.indexOf(tier) : [-1050, 0, 4200].filter((border) => cents >= border).length;
}

/** What a plain computation makes of each group: undefined where it must be withheld. */
function expected(parties: readonly Row[][], { k, contributors, grouping }: Case) {
  return Array.from({ length: 4 }, (_, group) => {
    const shares = parties
      .map((rows) => rows.filter((row) => groupOf(row, grouping) === group))
      .filter(({ length }) => length >= k);
    if (shares.length < contributors) return undefined;
    const rows = shares.flat();
    const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + value(row), 0);
    const mean = sum(({ cents }) => cents) / rows.length;
    const variance = rows.length < 2 ? undefined : sum(({ cents }) => (cents - mean) ** 2) / (rows.length - 1);
    return {
      rows: rows.length,
      units: sum(({ units }) => units),
      defects: sum(({ defects }) => defects),
      cents: sum(({ cents }) => cents),
      mean,
      variance,
      halfWidth: variance === undefined ? undefined : 1.959964 * Math.sqrt(variance / rows.length),
    };
  });
}

async function play(each: Case): Promise<{ receiptFile: string; figures?: FiguresReport; parties: Row[][] }> {
  const folder = join(scratch.folder, each.name);
  mkdirSync(folder);
  const parties = tables(each.sizes);
  const files = parties.map((rows, i) => {
    const file = join(folder, `table-${i}.csv`);
    writeFileSync(file, csvOf(rows));
    return file;
  });
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify(policyOf(each)));
  const slots = files.flatMap((file) => ['--slot', file]);
  const done = await roomJson<{
    receiptFile: string;
    result: Receipt['result'];
    figures?: FiguresReport;
    seconds: object;
  }>([...['rehearse', '--policy', policy, ...slots, '--out', folder]]);
  console.log(`${each.name}: ${JSON.stringify(done.seconds)}`);
  const truth = expected(parties, each);
  const open = truth.filter((group) => group !== undefined);
  if (open.length === 0) {
    expect(done.result).toEqual({ suppressed: true });
    return { ...done, parties };
  }
  expect(done.result).toMatchObject({ suppressed: false, count: open.reduce((total, { rows }) => total + rows, 0) });
  const { groups, quantiles } = done.figures!;
  expect(groups.map((group) => group.open)).toEqual(truth.map((group) => group !== undefined));
  for (const [i, group] of truth.entries()) {
    if (!group) {
      expect(groups[i]).toEqual({ label: expect.any(String), open: false, rows: 0, columns: [] });
      continue;
    }
    const [units, defects, cost] = groups[i].columns;
    expect(groups[i]).toMatchObject({ open: true, rows: group.rows });
    expect([units.sum, defects.sum, cost.sum]).toEqual([
      String(group.units),
      String(group.defects),
      decimal(group.cents, 2),
    ]);
    expect(Number(groups[i].ratio)).toBeCloseTo(group.defects / group.units, 5);
    expect(Number(cost.mean)).toBeCloseTo(group.mean / 100, 6);
    if (group.variance !== undefined) {
      expect(Number(cost.variance)).toBeCloseTo(group.variance / 10_000, 6);
      expect(Number(cost.halfWidth)).toBeCloseTo(group.halfWidth! / 100, 6);
    }
  }
  // A quantile of all rows, given or withheld, lies where the figures say.
  const all = parties
    .flat()
    .map(({ cents }) => cents)
    .sort((a, b) => a - b);
  for (const { quantile, from, to } of quantiles) {
    const true_ = all[Math.ceil(Number(quantile) * all.length) - 1] / 100;
    expect(true_).toBeGreaterThanOrEqual(Number(from));
    expect(true_).toBeLessThan(Number(to));
  }
  return { ...done, parties };
}

describe('a room of three parties', () => {
  let receiptFile: string;
  let genuine: Receipt;

  test('releases figures by tier that a plain computation finds as well, and withholds a tier with too few rows', async () => {
    const done = await play({ name: 'tiers', sizes: [14, 19, 11], k: 2, contributors: 2, grouping: 'tier' });
    ({ receiptFile } = done);
    genuine = JSON.parse(readFileSync(receiptFile, 'utf8')) as Receipt;
    // Every party has one row in the last tier, fewer than k.
    expect(done.figures!.groups[3].open).toBe(false);
    // Three datasets, three tallies, three masked tallies, one proof of the figures.
    expect(genuine.proofs).toHaveLength(10);
  }, 1_200_000);

  test('gives a receipt that verifies with and without the chain', async () => {
    for (const place of [[], ['--offline']]) {
      const verdict = await roomJson<Verdict>(['verify', receiptFile, '--allow-dev-srs', ...place]);
      expect(verdict).toMatchObject({ verified: true, result: genuine.result });
      expect(verdict.lines![0]).toMatch(/^[1-3] of 4 groups are open, with [0-9]+ rows\.$/);
    }
  }, 120_000);

  test('gives a receipt in which no figure can be changed', async () => {
    const flip = (figure: string) => `${figure.slice(0, -1)}${figure.endsWith('0') ? '1' : '0'}`;
    const changes: Parameters<typeof forgeResult>[1][] = [
      (result) => void (result.figures![random(744)] = '0x' + '0'.repeat(63) + '7'),
      (result) => void (result.figures![0] = flip(result.figures![0])),
      (result) => void (result.count += 1),
      (result) => void delete result.figures,
    ];
    for (const change of some(changes, 2)) {
      const forged = join(scratch.folder, 'forged.json');
      writeFileSync(forged, JSON.stringify(forgeResult(genuine, change)));
      const { code, stdout } = await room(['verify', forged, '--allow-dev-srs', '--offline']);
      expect(code).toBe(1);
      expect(stdout).toMatch(/FAILED {2}Result: The figures in the receipt are not those that the log releases\./);
    }
  }, 240_000);
});

(SOAK ? describe : describe.skip)('rooms of all kinds', () => {
  const cases: Case[] = [
    { name: 'quantiles of two parties', sizes: [40, 35], k: 3, contributors: 1, grouping: 'cost' },
    { name: 'five parties', sizes: [9, 12, 30, 7, 15], k: 2, contributors: 3, grouping: 'tier' },
    { name: 'more rows than one proof takes', sizes: [280, 33], k: 5, contributors: 2, grouping: 'cost' },
    { name: 'all withheld', sizes: [4, 5], k: 30, contributors: 2, grouping: 'tier' },
    { name: 'a single row each', sizes: [1, 1], k: 1, contributors: 2, grouping: 'tier' },
  ];
  test.each(cases)('$name: $sizes rows, k = $k', async (each) => void (await play(each)), 1_800_000);
});
