/** Figures as people read them, against a computation over all rows in plain sight that knows decimal texts alone. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { figureLines, reportOutcome, type FiguresReport } from '../../app/lib/template/figures-report.ts';
import type { Outcome } from '../../app/lib/template/template.ts';
import { randomFrom, SEED } from '../support/choice.ts';
import { aggregateDocument, openedBy, type Table } from '../support/opened.ts';
import { isFloorOf, isRootOf, plainStatistics } from '../support/plain.ts';

const random = randomFrom(SEED);

beforeAll(async () => {
  console.log(`random tables from SEED=${SEED}`);
  await initField();
});

const numbers = (column: string, decimals: number, min: string, max: string, release: string) => ({
  column,
  decimals,
  min,
  max,
  release,
});
const policyOf = (changes: object): Policy => parsePolicy(aggregateDocument(changes));

/** The digits of a decimal text with exactly this many decimals, as a whole number. */
function digitsOf(text: string, decimals: number): bigint {
  expect(text).toMatch(decimals === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${decimals}}$`));
  return BigInt(text.replace('.', ''));
}

function reportOf(policy: Policy, tables: readonly Table[]): FiguresReport {
  const report = reportOutcome(policy, openedBy(policy, tables));
  if (!report) throw new Error('no group of this room is open');
  return report;
}

/** Expects what a group's report says of a column with these values, as counts of its last decimal. */
function expectColumn(
  given: FiguresReport['groups'][number]['columns'][number],
  values: readonly bigint[],
  decimals: number,
  z?: number,
): void {
  const { sum, mean, variance, squaredHalfWidth } = plainStatistics(values, z ?? 0);
  expect(digitsOf(given.sum, decimals)).toBe(sum);
  expect(isFloorOf(digitsOf(given.mean, decimals + 6), mean)).toBe(true);
  if (variance) expect(isFloorOf(digitsOf(given.variance!, 2 * decimals + 6), variance)).toBe(true);
  else expect(given.variance).toBeUndefined();
  if (squaredHalfWidth && z) expect(isRootOf(digitsOf(given.halfWidth!, decimals + 6), squaredHalfWidth)).toBe(true);
  else expect(given.halfWidth).toBeUndefined();
}

describe('figures as texts', () => {
  test.each([
    { decimals: 0, min: '-50', max: '-3', confidence: 90, z: 1_644_854 },
    { decimals: 2, min: '-100.25', max: '12.5', confidence: 95, z: 1_959_964 },
    { decimals: 6, min: '-0.000009', max: '0.5', confidence: 99, z: 2_575_829 },
    { decimals: 3, min: '7.125', max: '7.125', confidence: 95, z: 1_959_964 },
  ])('are exact with $decimals decimals from $min to $max', ({ decimals, min, max, confidence, z }) => {
    const labels = ['north', 'south', 'west', 'nobody'];
    const policy = policyOf({
      columns: [{ column: 'region', labels }, numbers('value', decimals, min, max, 'variance')],
      grouping: { column: 'region' },
      confidence,
      contributors: 2,
    });
    const unit = (text: string) => BigInt(Number(text) < 0 ? -1 : 1) * BigInt(Math.round(Math.abs(Number(text)) * 10 ** decimals)); // prettier-ignore
    const [from, to] = [unit(min), unit(max)];
    const value = () => from + BigInt(random(Number(to - from) + 1));
    // "west" is full for one party alone, and "nobody" empty.
    const table = (party: number): Table =>
      Array.from({ length: 20 }, (_, i) => [BigInt(i < 2 ? 0 : i < 4 ? 1 : random(2 + party)), value()]);
    const tables = [table(0), [...table(1), [2n, from], [2n, to]]];
    const { groups, quantiles } = reportOf(policy, tables);
    expect(groups.map(({ label, open }) => [label, open])).toEqual([
      ['region north', true],
      ['region south', true],
      ['region west', false],
      ['region nobody', false],
    ]);
    expect(quantiles).toEqual([]);
    for (const group of [0, 1]) {
      const values = tables.flat().flatMap(([region, each]) => (region === BigInt(group) ? [each] : []));
      const { rows, columns, ratio } = groups[group];
      expect(rows).toBe(values.length);
      expect(columns.map(({ column }) => column)).toEqual(['value']);
      expect(ratio).toBeUndefined();
      expectColumn(columns[0], values, decimals, z);
    }
    for (const closed of groups.slice(2)) expect(closed).toEqual({ label: closed.label, open: false, rows: 0, columns: [] }); // prettier-ignore
  });

  test('leave a party with fewer than k rows out of a group', () => {
    const policy = policyOf({ k: 2, columns: [numbers('cost', 1, '-9', '9', 'sum')] });
    const tables: Table[] = [[[-15n], [5n], [-1n]], [[90n]]];
    expect(reportOf(policy, tables)).toEqual({
      groups: [
        {
          label: 'All rows',
          open: true,
          rows: 3,
          columns: [{ column: 'cost', sum: '-1.1', mean: '-0.3666667' }],
        },
      ],
      quantiles: [],
    });
  });

  test('say nothing of the variance of one row, whatever the policy releases', () => {
    const columns = [{ column: 'site', labels: ['a', 'b'] }, numbers('cost', 2, '-9', '9', 'variance')];
    // No policy has a k of 1; the report does not rely on that.
    const policy = { ...policyOf({ columns, grouping: { column: 'site' }, confidence: 95 }), k: 1 };
    const one: Table[] = [[[0n, -123n]], [[1n, 900n]]];
    expect(figureLines(reportOf(policy, one), 2)).toEqual([
      '2 of 2 groups are open, with 2 rows.',
      'site a: 1 rows; cost: sum -1.23, mean -1.23000000.',
      'site b: 1 rows; cost: sum 9.00, mean 9.00000000.',
    ]);
    // By hand: the values -1.23 and 0.77 have the mean -0.23 and the variance 2; 1.959964·√(2/2).
    const two: Table[] = [[[0n, -123n]], [[0n, 77n]]];
    expect(reportOf(policy, two).groups[0].columns[0]).toEqual({
      column: 'cost',
      sum: '-0.46',
      mean: '-0.23000000',
      variance: '2.0000000000',
      halfWidth: '1.95996400',
    });
  });

  test('count rows where no column is released', () => {
    const policy = policyOf({ columns: [numbers('age', 0, '0', '99', 'nothing')] });
    const report = reportOf(policy, [[[4n], [5n], [6n]], [[7n]]]);
    expect(report.groups).toEqual([{ label: 'All rows', open: true, rows: 3, columns: [] }]);
    expect(
      reportOf(policyOf({}), [
        [[], []],
        [[], [], []],
      ]).groups[0].rows,
    ).toBe(5);
  });
});

describe('ratios', () => {
  /** The ratio's text where one party has these rows, and the other too few. */
  function ratioOf(above: number, below: number, values: readonly (readonly [bigint, bigint])[]): string | undefined {
    const policy = policyOf({
      columns: [numbers('above', above, '0', '1000', 'sum'), numbers('below', below, '0', '1000', 'sum')],
      ratio: { numerator: 'above', denominator: 'below' },
    });
    return reportOf(policy, [values, values.slice(0, 1)]).groups[0].ratio;
  }

  test.each([
    [0, 0],
    [2, 0],
    [0, 2],
    [3, 1],
    [1, 3],
    [6, 0],
    [0, 6],
  ])('of a column with %i decimals over one with %i are in the units of both', (above, below) => {
    const decimals = above - below + 6;
    const values = Array.from({ length: 12 }, () => [BigInt(random(1001)), BigInt(1 + random(1000))] as const);
    const text = ratioOf(above, below, values)!;
    const total = (at: 0 | 1) => values.reduce((sum, row) => sum + row[at], 0n);
    // (A / 10^above) / (B / 10^below) ≥ text, by less than one in its last decimal.
    const [numerator, denominator] = [total(0) * 10n ** BigInt(below), total(1) * 10n ** BigInt(above)];
    const digits = digitsOf(text, decimals);
    const scale = 10n ** BigInt(decimals);
    expect(digits * denominator <= numerator * scale).toBe(true);
    expect((digits + 1n) * denominator > numerator * scale).toBe(true);
  });

  test('by hand: 1.5 over 3 is a half, 3 over 1.5 is two', () => {
    expect(
      ratioOf(1, 0, [
        [5n, 1n],
        [10n, 2n],
      ]),
    ).toBe('0.5000000');
    expect(
      ratioOf(0, 1, [
        [1n, 5n],
        [2n, 10n],
      ]),
    ).toBe('2.00000');
    expect(
      ratioOf(0, 0, [
        [1n, 0n],
        [2n, 0n],
      ]),
    ).toBe('0.000000');
  });
});

describe('groups by borders', () => {
  const policy = policyOf({
    k: 2,
    columns: [numbers('temp', 1, '-10', '20', 'nothing')],
    grouping: { column: 'temp', borders: ['-10.5', '-0.5', '10', '20.1'] },
    quantiles: [1, 2500, 5000, 9999],
  });
  // In tenths of a degree: the rows stand on borders and just below them.
  const rows = (...tenths: number[]): Table => tenths.map((each) => [BigInt(each)]);

  test('are named by them, and hold their lower one alone', () => {
    const { groups } = reportOf(policy, [rows(-100, -6, -5, 99), rows(100, 200)]);
    expect(groups.map(({ label, rows: count }) => [label, count])).toEqual([
      ['temp from -10.5 to below -0.5', 2],
      ['temp from -0.5 to below 10', 2],
      ['temp from 10 to below 20.1', 2],
    ]);
  });

  test('bracket quantiles, which hold the true ones', () => {
    const tables = [
      rows(-100, -90, -6, -5, ...Array.from({ length: 30 }, () => random(301) - 100)),
      rows(...Array.from({ length: 30 }, () => random(301) - 100), 0, 5, 150),
    ];
    const { quantiles } = reportOf(policy, tables);
    expect(quantiles.map(({ quantile }) => quantile)).toEqual(['0.0001', '0.2500', '0.5000', '0.9999']);
    const sorted = tables.flat().flat().sort((a, b) => Number(a - b)); // prettier-ignore
    quantiles.forEach(({ from, to, quantile }) => {
      const place = Math.ceil((Number(quantile.replace('.', '')) * sorted.length) / 10_000);
      const truth = Number(sorted[place - 1]) / 10;
      expect(Number(from) <= truth && truth < Number(to)).toBe(true);
      expect(['-10.5', '-0.5', '10', '20.1']).toEqual(expect.arrayContaining([from, to]));
    });
  });

  test('widen quantiles by the rows that may be withheld', () => {
    // Nobody has two rows in the last group: each may have one there.
    const { groups, quantiles } = reportOf(policy, [rows(-100, -90), rows(0, 1)]);
    expect(groups.map(({ open }) => open)).toEqual([true, true, false]);
    expect(quantiles.map(({ from, to }) => [from, to])).toEqual([
      ['-10.5', '-0.5'],
      ['-10.5', '-0.5'],
      ['-10.5', '10'],
      ['-0.5', '20.1'],
    ]);
  });
});

describe('lines of text', () => {
  test('tell a headline, each group with everything of it, and each quantile', () => {
    const policy = policyOf({
      k: 2,
      columns: [numbers('age', 0, '0', '99', 'sum'), numbers('days', 1, '-5', '60', 'variance')],
      grouping: { column: 'age', borders: ['0', '50', '100'] },
      quantiles: [5000],
      confidence: 95,
      contributors: 2,
    });
    const table: Table = [[20n, -10n], [30n, 30n]]; // prettier-ignore
    expect(figureLines(reportOf(policy, [table, table]), 4)).toEqual([
      '1 of 2 groups are open, with 4 rows.',
      'age from 0 to below 50: 4 rows; age: sum 100, mean 25.000000; ' +
        'days: sum 4.0, mean 1.0000000 ± 2.2631714, variance 5.33333333.',
      'age from 50 to below 100: suppressed.',
      'The 0.5000 quantile lies from 0 to below 50.',
    ]);
  });
});

describe('no report', () => {
  const policy = policyOf({ k: 2 });

  test('is made of what has no figures', () => {
    expect(reportOutcome(policy, { suppressed: true })).toBeUndefined();
    expect(reportOutcome(policy, { suppressed: false, count: 3 })).toBeUndefined();
    expect(openedBy(policy, [[[]], [[]]])).toEqual({ suppressed: true });
  });

  test('is made of figures that are damaged', () => {
    const outcome = openedBy(policy, [[[], []], [[]]]) as Outcome & { readonly suppressed: false };
    const figures = outcome.figures!;
    const report = (changed: string[]) => () => reportOutcome(policy, { ...outcome, figures: changed });
    expect(report(figures)()!.groups[0].rows).toBe(2);
    expect(report(figures.slice(1))).toThrow(/744, not 743/);
    expect(report(figures.with(704, fieldToHex(1n)))).toThrow(/quantiles that the plan does not have/);
    expect(report(figures.with(0, 'two'))).toThrow();
  });
});
