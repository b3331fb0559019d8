/** Whole rooms that join values: the figures are those of the rows that all parties have, and of no others. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { Verdict } from '../../app/lib/receipt/verify.ts';
import type { FiguresReport } from '../../app/lib/template/figures-report.ts';
import { randomFrom, SEED, SOAK, some } from '../support/choice.ts';
import { forgeResult, roomJson, room, scratchFolder } from './support.ts';

const DAY = 86_400;
const DEADLINES = { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY };
const TIERS = ['basic', 'silver', 'gold'];

/** A person: arm and tier are the first party's, the rest are what others know. */
type Person = { id: string; tested: boolean; tier: number; bought: boolean; cents: number; visits: number };

type Case = {
  name: string;
  template: 'lift' | 'intersection-sum';
  /** Rows of each party, about half of which all of them have. */
  sizes: number[];
  k: number;
  /** How many rows all parties have, where that matters. */
  common?: number;
};

const scratch = scratchFolder();
const random = randomFrom(SEED);

beforeAll(() => console.log(`random tables from SEED=${SEED}`));
afterAll(() => scratch.remove());

/** Tables of which all have `common` people, and each has others that no one else has. */
function tables(sizes: readonly number[], common: number): { people: Person[]; parties: Person[][] } {
  let made = 0;
  const person = (): Person => ({
    id: `person-${made++}`,
    tested: random(2) === 1,
    tier: random(3),
    bought: random(3) === 0,
    cents: random(10_001),
    visits: random(20) - 5,
  });
  const people = Array.from({ length: common }, person);
  const parties = sizes.map((size) =>
    [...people, ...Array.from({ length: size - common }, person)].sort(() => random(2) * 2 - 1),
  );
  return { people, parties };
}

const money = (cents: number): string => (cents / 100).toFixed(2);

/** What each party's table holds; parties beyond the third have identifiers alone. */
function csvOf(rows: readonly Person[], party: number): string {
  const columns: ((row: Person) => string)[][] = [
    [({ tested }) => (tested ? 'exposed' : 'holdout'), ({ tier }) => TIERS[tier]],
    [({ bought }) => (bought ? '1' : '0'), ({ visits }) => String(visits)],
    [({ cents }) => money(cents)],
  ];
  const names = [['arm', 'tier'], ['bought', 'visits'], ['spent']];
  const own = columns[party] ?? [];
  const lines = rows.map((row) => [row.id, ...own.map((cell) => cell(row))].join(','));
  return [['member', ...(names[party] ?? [])].join(','), ...lines].join('\n');
}

function policyOf({ template, sizes, k }: Case): object {
  const spends = sizes.length > 2 ? 2 : 1;
  return {
    version: 2,
    template: { name: template, version: 1 },
    purpose: 'Try the product from end to end',
    parties: sizes.map((_, i) => ({ label: `Party ${i + 1}` })),
    identifier: { type: 'exact', column: 'member', normalisation: 'exact/1' },
    ...(template === 'lift'
      ? {
          assignment: { slot: 0, column: 'arm', control: 'holdout', test: 'exposed' },
          outcomes: [
            { slot: 1, column: 'bought', kind: 'binary' },
            ...(spends === 2 ? [{ slot: 2, column: 'spent', kind: 'amount', decimals: 2, cap: '100.00' }] : []),
          ],
        }
      : {
          columns: [
            { slot: 0, column: 'tier', labels: TIERS },
            { slot: 1, column: 'visits', decimals: 0, min: '-5', max: '14', release: 'variance' },
            ...(spends === 2 ? [{ slot: 2, column: 'spent', decimals: 2, min: '0', max: '100', release: 'sum' }] : []),
          ],
          grouping: { column: 'tier' },
        }),
    confidence: 95,
    k,
    minRows: 1,
    maxRows: 400,
    proofMode: 'succinct',
    deadlines: DEADLINES,
  };
}

type Column = { column: string; scale: number; value: (row: Person) => number; squares: boolean };

/** The columns of which something is opened. */
function opened({ template, sizes }: Case): Column[] {
  const [bought, visits, spent]: Column[] = [
    { column: 'bought', scale: 1, value: ({ bought }) => Number(bought), squares: true },
    { column: 'visits', scale: 1, value: ({ visits }) => visits, squares: true },
    { column: 'spent', scale: 100, value: ({ cents }) => cents, squares: template === 'lift' },
  ];
  return [template === 'lift' ? bought : visits, ...(sizes.length > 2 ? [spent] : [])];
}

const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;
function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
}

async function play(each: Case): Promise<{ receiptFile: string; figures?: FiguresReport }> {
  const folder = join(scratch.folder, each.name);
  mkdirSync(folder);
  const { people, parties } = tables(each.sizes, each.common ?? Math.floor(Math.min(...each.sizes) / 2));
  const files = parties.map((rows, i) => {
    const file = join(folder, `table-${i}.csv`);
    writeFileSync(file, csvOf(rows, i));
    return file;
  });
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify(policyOf(each)));
  const done = await roomJson<{
    receiptFile: string;
    result: Receipt['result'];
    figures?: FiguresReport;
    seconds: object;
  }>(['rehearse', '--policy', policy, ...files.flatMap((file) => ['--slot', file]), '--out', folder]);
  console.log(`${each.name}: ${JSON.stringify(done.seconds)}`);
  const groups = (each.template === 'lift' ? [0, 1] : [0, 1, 2]).map((group) =>
    people.filter(({ tested, tier }) => (each.template === 'lift' ? Number(tested) : tier) === group),
  );
  const open = groups.filter(({ length }) => length >= each.k);
  if (people.length < each.k || open.length === 0) {
    expect(done.result).toEqual({ suppressed: true });
    return done;
  }
  expect(done.result).toMatchObject({ suppressed: false, count: sumOf(open.map(({ length }) => length)) });
  const columns = opened(each);
  groups.forEach((rows, g) => {
    const told = done.figures!.groups[g];
    if (rows.length < each.k) return expect(told).toMatchObject({ open: false, rows: 0, columns: [] });
    expect(told).toMatchObject({ open: true, rows: rows.length });
    columns.forEach(({ column, scale, value, squares }, j) => {
      const values = rows.map(value);
      expect(told.columns[j].column).toBe(column);
      expect(Number(told.columns[j].sum)).toBeCloseTo(sumOf(values) / scale, 6);
      expect(Number(told.columns[j].mean)).toBeCloseTo(meanOf(values) / scale, 5);
      if (squares && values.length > 1)
        expect(Number(told.columns[j].variance)).toBeCloseTo(varianceOf(values) / scale ** 2, 5);
    });
  });
  if (each.template === 'lift' && open.length === 2) {
    columns.forEach(({ scale, value }, j) => {
      const [control, tested] = groups.map((rows) => rows.map(value));
      const gain = meanOf(tested) - meanOf(control);
      const error = Math.sqrt(varianceOf(tested) / tested.length + varianceOf(control) / control.length);
      const { difference, error: told } = done.figures!.lift![j];
      expect(Number(difference)).toBeCloseTo(gain / scale, 5);
      if (tested.length > 1 && control.length > 1) expect(Number(told)).toBeCloseTo(error / scale, 5);
    });
  }
  return done;
}

describe('a lift of three parties', () => {
  let receiptFile: string;
  let genuine: Receipt;

  test('releases what test has over control among the people that all parties have, as a plain computation finds it', async () => {
    const done = await play({ name: 'campaign', template: 'lift', sizes: [28, 30, 25], k: 2, common: 20 });
    ({ receiptFile } = done);
    genuine = JSON.parse(readFileSync(receiptFile, 'utf8')) as Receipt;
    expect(done.figures!.lift!.map(({ column }) => column)).toEqual(['bought', 'spent']);
  }, 1_800_000);

  test('gives a receipt that verifies with and without the chain', async () => {
    for (const place of [[], ['--offline']]) {
      const verdict = await roomJson<Verdict>(['verify', receiptFile, '--allow-dev-srs', ...place]);
      expect(verdict).toMatchObject({ verified: true, result: genuine.result });
      expect(verdict.lines![0]).toBe('2 of 2 groups are open, with 20 identifiers in common.');
    }
  }, 240_000);

  test('gives a receipt in which no figure can be changed', async () => {
    const flip = (figure: string) => `${figure.slice(0, -1)}${figure.endsWith('0') ? '1' : '0'}`;
    const changes: Parameters<typeof forgeResult>[1][] = [
      (result) => void (result.figures![720] = flip(result.figures![720])),
      (result) => void (result.figures![random(744)] = '0x' + '0'.repeat(63) + '7'),
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
    { name: 'sums of two parties', template: 'intersection-sum', sizes: [40, 35], k: 3 },
    { name: 'sums of five parties', template: 'intersection-sum', sizes: [19, 22, 30, 17, 25], k: 2 },
    { name: 'more rows than one proof takes', template: 'intersection-sum', sizes: [280, 60], k: 5, common: 50 },
    { name: 'all the same people', template: 'intersection-sum', sizes: [12, 12, 12], k: 1, common: 12 },
    { name: 'one person', template: 'intersection-sum', sizes: [1, 1], k: 1, common: 1 },
    { name: 'lift of two parties', template: 'lift', sizes: [33, 45], k: 4 },
    { name: 'lift of five parties', template: 'lift', sizes: [20, 24, 18, 21, 19], k: 2 },
    { name: 'lift of many', template: 'lift', sizes: [300, 270, 290], k: 20, common: 200 },
    { name: 'nobody in common', template: 'lift', sizes: [10, 12], k: 1, common: 0 },
    { name: 'too few in each group', template: 'lift', sizes: [10, 12], k: 6, common: 8 },
  ];
  test.each(cases)('$name: $template of $sizes rows, k = $k', async (each) => void (await play(each)), 3_600_000);
});
