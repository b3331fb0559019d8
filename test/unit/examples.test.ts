import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { policyPlan } from '../../app/lib/policy/plan.ts';
import { isAggregate, minParties, parsePolicyText } from '../../app/lib/policy/policy.ts';
import { readingOf } from '../../app/lib/policy/reading.ts';
import { deriveFigures, type Figures } from '../../app/lib/protocol/figures.ts';
import { hasGroup, openedCells } from '../../app/lib/protocol/groups.ts';
import { CELLS_PER_GROUP } from '../../app/lib/protocol/plan.ts';
import { fullGroups, openGroups, tallyCells } from '../../app/lib/protocol/tally.ts';
import { reportOutcome } from '../../app/lib/template/figures-report.ts';
import { joinedOutcome } from '../../app/lib/template/joined-outcome.ts';
import { joinedBy } from '../support/joined.ts';

/** The datasets of tables under `examples`, as a policy there reads them. */
async function readTables(policyFile: string, tables: readonly string[]) {
  const policy = parsePolicyText(readFileSync(`examples/${policyFile}`, 'utf8'));
  const read = async (table: string, slot: number) =>
    (await readIdentifiers(await openCsv(`examples/${table}`), readingOf(policy, { slot }))).dataset;
  return { policy, datasets: await Promise.all(tables.map(read)) };
}

/** What a policy and tables come to, if all steps are done with them. */
async function compute(policyFile: string, tables: readonly string[]) {
  const { policy, datasets } = await readTables(policyFile, tables);
  if (!isAggregate(policy)) throw new Error('this policy aggregates nothing');
  expect(policy.parties).toHaveLength(tables.length);
  const { k, contributors } = policy;
  const plan = policyPlan(policy)!;
  const cells = datasets.map((dataset) => tallyCells(dataset, plan));
  const full = cells.map((each) => fullGroups(each, k));
  const open = openGroups(full, contributors);
  const opened = openedCells(plan, open);
  // A party gives the opened cells of the groups that are full for it.
  const given = cells.map((each, party) =>
    each.map((cell, i) => (opened[i] && hasGroup(full[party], Math.floor(i / CELLS_PER_GROUP)) ? cell : 0n)),
  );
  const totals = given.reduce((sum, each) => sum.map((cell, i) => cell + each[i]));
  return { open, figures: deriveFigures(totals, { plan, k, full, open }) };
}

const rowsIn = (table: string): Record<string, string>[] =>
  parse(readFileSync(`examples/${table}`, 'utf8'), { columns: true });

const shared = ([first, ...rest]: readonly (readonly bigint[])[]) =>
  first.filter((digest) => rest.every((dataset) => dataset.includes(digest))).length;

test('the example tables are valid under the example policy and share seven identifiers, spelt differently', async () => {
  const { policy, datasets: read } = await readTables('overlap.policy.json', ['shop.csv', 'magazine.csv']);
  const datasets = read.map(({ digests }) => digests);
  expect(datasets.map(({ length }) => length)).toEqual([17, 15]);
  expect(shared(datasets)).toBe(7);
  expect(shared(datasets)).toBeGreaterThanOrEqual(policy.k);
});

test('the three tables of the panel share four, and any two of them enough to go on without the third', async () => {
  const tables = ['shop.csv', 'magazine.csv', 'museum.csv'];
  const { policy, datasets: read } = await readTables('panel.policy.json', tables);
  const datasets = read.map(({ digests }) => digests);
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

describe('the sample data of', () => {
  const LOTS = ['north', 'south', 'west'].map((plant) => `sample-lots-${plant}.csv`);
  const PATIENTS = ['hospital', 'clinic'].map((site) => `sample-patients-${site}.csv`);
  const LOYALTY = ['club', 'market'].map((party) => `sample-loyalty-${party}.csv`);
  const CAMPAIGN = ['adnetwork', 'shop', 'bank'].map((party) => `sample-campaign-${party}.csv`);
  const millionths = (figures: readonly bigint[], at: number) => Number(figures[at]) / 1e6;

  test('the defect rates open two of three tiers, and keep back the one that two plants have too few lots of', async () => {
    const { open, figures } = await compute('defect-rate.policy.json', LOTS);
    expect(open).toBe(0b011);
    const all = LOTS.flatMap(rowsIn);
    ['tier 1', 'tier 2'].forEach((tier, group) => {
      const lots = all.filter((row) => row.tier === tier);
      const sum = (column: string) => lots.reduce((total, row) => total + Number(row[column]), 0);
      expect(figures.totals[9 * group]).toBe(BigInt(lots.length));
      expect(millionths(figures.ratios, group)).toBeCloseTo(sum('defects') / sum('units'), 5);
    });
    expect(figures.ratios[2]).toBe(0n);
    expect(figures.ratios[1]).toBeGreaterThan(figures.ratios[0]);
  });

  test('the research open all age groups, with means, intervals and quantiles', async () => {
    const { open, figures } = await compute('research.policy.json', PATIENTS);
    expect(open).toBe(0b111);
    const all = PATIENTS.flatMap(rowsIn);
    const groupOf = (age: number) => [45, 65].filter((border) => age >= border).length;
    for (const group of [0, 1, 2]) {
      const days = all.filter(({ age }) => groupOf(Number(age)) === group).map((row) => Number(row.days));
      const mean = days.reduce((sum, each) => sum + each, 0) / days.length;
      const variance = days.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (days.length - 1);
      // Days count tenths, and are the second column.
      const at = 4 * group + 1;
      expect(millionths(figures.means, at)).toBeCloseTo(10 * mean, 4);
      expect(millionths(figures.variances, at)).toBeCloseTo(100 * variance, 4);
      expect(millionths(figures.halfWidths, at)).toBeCloseTo(19.59964 * Math.sqrt(variance / days.length), 4);
    }
    const ages = all.map(({ age }) => Number(age)).sort((a, b) => a - b);
    const quantiles = [0.25, 0.5, 0.75].map((q) => groupOf(ages[Math.ceil(q * ages.length) - 1]));
    expect(figures.quantiles).toEqual(
      quantiles.map((group): Figures['quantiles'][number] => ({ lower: group, upper: group })),
    );
  });

  /** Rows of all tables, each put together of those with the same identifier. */
  const joinedRows = (tables: readonly string[], identifier: string) => {
    const [first, ...rest] = tables.map(
      (table) => new Map(rowsIn(table).map((row) => [row[identifier].toLowerCase(), row])),
    );
    return [...first]
      .filter(([id]) => rest.every((table) => table.has(id)))
      .map(([id, row]) => Object.assign({}, row, ...rest.map((table) => table.get(id))) as Record<string, string>);
  };
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const varianceOf = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + (value - meanOf(values)) ** 2, 0) / (values.length - 1);

  test('the joint card open two of three tiers, with what their members in common spend', async () => {
    const { policy, datasets } = await readTables('loyalty-sum.policy.json', LOYALTY);
    const outcome = joinedBy(policy, datasets);
    const { groups } = reportOutcome(policy, outcome)!;
    expect(groups.map(({ label, open }) => [label, open])).toEqual([
      ['tier basic', true],
      ['tier silver', true],
      ['tier gold', false],
    ]);
    const all = joinedRows(LOYALTY, 'member');
    for (const { label, rows, columns, ratio } of groups.slice(0, 2)) {
      const members = all.filter(({ tier }) => `tier ${tier}` === label);
      const [visits, spend] = ['visits', 'spend'].map((name) => members.map((row) => Number(row[name])));
      expect(rows).toBe(members.length);
      expect(columns.map(({ column }) => column)).toEqual(['visits', 'spend']);
      expect(Number(columns[0].sum)).toBe(visits.reduce((sum, each) => sum + each, 0));
      expect(Number(columns[1].mean)).toBeCloseTo(meanOf(spend), 6);
      expect(Number(columns[1].variance)).toBeCloseTo(varianceOf(spend), 6);
      expect(Number(ratio)).toBeCloseTo(meanOf(spend) / meanOf(visits), 6);
    }
    expect(joinedOutcome.outcomeLines(policy, outcome)[0]).toMatch(
      /^2 of 3 groups are open, with \d+ identifiers in common\.$/,
    );
  });

  test('the campaign tell what test has over control, with Welch’s standard error', async () => {
    const { policy, datasets } = await readTables('campaign-lift.policy.json', CAMPAIGN);
    const outcome = joinedBy(policy, datasets);
    const { groups, lift } = reportOutcome(policy, outcome)!;
    const all = joinedRows(CAMPAIGN, 'email');
    const arm = (name: string, column: string) =>
      all.filter((row) => row.arm === name).map((row) => Number(row[column]));
    expect(groups.map(({ label, rows }) => [label, rows])).toEqual([
      ['control', arm('control', 'spent').length],
      ['test', arm('exposed', 'spent').length],
    ]);
    expect(lift!.map(({ column }) => column)).toEqual(['converted', 'spent']);
    for (const { column, difference, relative, error, interval, significance } of lift!) {
      const [control, test] = [arm('control', column), arm('exposed', column)];
      const gain = meanOf(test) - meanOf(control);
      const deviation = Math.sqrt(varianceOf(control) / control.length + varianceOf(test) / test.length);
      expect(Number(difference)).toBeCloseTo(gain, 5);
      expect(Number(relative)).toBeCloseTo((100 * gain) / meanOf(control), 3);
      expect(Number(error)).toBeCloseTo(deviation, 5);
      expect(Number(interval!.to)).toBeCloseTo(gain + 1.959964 * deviation, 4);
      expect(Number(significance!.score)).toBeCloseTo(gain / deviation, 3);
    }
    const lines = joinedOutcome.outcomeLines(policy, outcome);
    expect(lines[0]).toMatch(/^2 of 2 groups are open, with \d+ identifiers in common\.$/);
    expect(lines[3]).toMatch(/^converted, test less control: difference [\d.]+; interval from .*; p-value 0\.\d{4}\.$/);
  });

  test('all of them is marked as such, in the policy and in every row', () => {
    for (const file of ['defect-rate', 'research', 'loyalty-sum', 'campaign-lift']) {
      expect(readFileSync(`examples/${file}.policy.json`, 'utf8')).toMatch(/sample data/);
    }
    for (const row of [...LOTS, ...PATIENTS, ...LOYALTY, ...CAMPAIGN].flatMap(rowsIn)) {
      expect(row.lot ?? row.patient ?? row.member ?? row.email).toMatch(/^sample-/);
    }
  });
});
