/** The app's components as its server renders them, for what the pages' tests cannot bring about without a node. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { barsOf } from '../../app/components/bars.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { reportOutcome } from '../../app/lib/template/figures-report.ts';
import type { RoomSummary } from '../../app/server/rooms.ts';
import { aggregateDocument, openedBy, type Table } from '../support/opened.ts';

beforeAll(() => initField());

/** The HTML of a component with each of these properties, without Svelte's own comments. */
function render(component: string, cases: readonly object[]): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/support/render-component.ts', component], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as string[]).map((html) => html.replace(/<!--[\s\S]*?-->/g, ''));
}

/** What a person reads, without markup. */
const textOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/[\s\u00a0]+/g, ' ');

const policyOf = (changes: object): Policy => parsePolicy(aggregateDocument(changes));
const figuresOf = (policy: Policy, tables: readonly Table[]) => ({
  policy,
  figures: reportOutcome(policy, openedBy(policy, tables)),
});
const whole = (column: string) => ({ column, decimals: 0, min: '0', max: '1000', release: 'sum' });

describe('figures', () => {
  test('by labels, with a ratio: labels that are markup stay text, and each open group has a bar to one scale', () => {
    const policy = policyOf({
      columns: [{ column: 'tier', labels: ['<b>gold</b>', 'silver', 'tin'] }, whole('units'), whole('defects')],
      grouping: { column: 'tier' },
      ratio: { numerator: 'defects', denominator: 'units' },
    });
    const table: Table = [[0n, 300n, 3n], [0n, 100n, 1n], [1n, 50n, 0n], [1n, 50n, 1n], [2n, 1n, 1n]]; // prettier-ignore
    const [html] = render('Figures', [figuresOf(policy, [table, [[2n, 7n, 7n]]])]);
    expect(html).not.toContain('<b>');
    expect(textOf(html)).toContain('tier &lt;b>gold&lt;/b> 2 400 200.000000 4 2.000000 0.010000');
    expect(textOf(html)).toContain('tier silver 2 100 50.000000 1 0.500000 0.010000');
    expect(textOf(html)).toContain('tier tin suppressed');
    expect(html).toMatch(/<th scope="row">tier tin<\/th><td class="suppressed" colspan="6">suppressed<\/td>/);
    expect(html).toContain('<th scope="col">Ratio</th>');
    const bars = [...html.matchAll(/<rect x="([^"]+)" width="([^"]+)"/g)].map(([, from, width]) => [from, width]);
    expect(bars).toEqual([
      ['0', '100'],
      ['0', '25'],
    ]);
    expect(html).not.toMatch(/ style=|variance|quantile|median/);
  });

  test('of rows alone: bars are of row counts, and nothing is said of suppressed groups where there is none', () => {
    const [html] = render('Figures', [figuresOf(policyOf({}), [[[], []], [[], [], []]])]); // prettier-ignore
    expect(textOf(html)).toContain('All rows 5');
    expect(html.match(/<th scope="col">/g)).toHaveLength(2);
    expect(html.match(/<svg/g)).toHaveLength(1);
    expect(html).not.toContain('suppressed');
  });

  test('below zero: a bar goes from zero to the left', () => {
    expect(barsOf(['-5', '15.0', '0'])).toEqual([
      { from: 0, width: 25 },
      { from: 25, width: 75 },
      { from: 25, width: 0 },
    ]);
    expect(barsOf(['-2', '-1'])).toEqual([
      { from: 0, width: 100 },
      { from: 50, width: 50 },
    ]);
    expect(barsOf(['0', '0.000'])).toEqual([
      { from: 0, width: 0 },
      { from: 0, width: 0 },
    ]);
    expect(barsOf([])).toEqual([]);
  });
});

describe('a policy', () => {
  test('that aggregates shows columns, groups, ratio and contributors; one that counts shows none of them', () => {
    const shown = { network: { chainId: '0x1', contract: '0x2' }, digest: 'd', room: '0x3' };
    const policies = ['defect-rate', 'research', 'overlap'].map((name): Policy =>
      parsePolicy(JSON.parse(readFileSync(`examples/${name}.policy.json`, 'utf8'))),
    );
    const alone = policyOf({ contributors: 1 });
    const facts = render(
      'PolicyFacts',
      [...policies, alone].map((policy) => ({ ...shown, policy })),
    ).map(textOf);
    for (const fact of [
      'Fewest rows of a party in a group 3',
      'Parties needed in a group 2',
      '“tier”: one of “tier 1”, “tier 2”, “tier 3”; nothing is released',
      '“units”: whole numbers from 1 to 5000; sum and mean are released',
      'Groups by “tier”, a group for each label',
      'Ratio of sums “defects” divided by “units”',
    ])
      expect(facts[0]).toContain(fact);
    for (const fact of [
      '“days”: numbers with up to 1 decimal from 0 to 90; sum, mean and variance are released',
      'Groups by “age”, with borders at 18, 45, 65, 111',
      'Quantiles of “age” 25 %, 50 %, 75 %',
      'Confidence of intervals (±) 95 %',
    ])
      expect(facts[1]).toContain(fact);
    expect(facts[2]).toContain('Smallest count released 3');
    expect(facts[2]).not.toMatch(/group|Ratio|Quantile|Confidence|Columns/);
    expect(facts[3]).toContain('Parties needed in a group 1: a figure may be one party’s own');
    expect(facts[3]).toContain('Groups all rows are one group');
  });

  test('of an overlap by cohorts shows the cohorts, and no columns', () => {
    const policy = parsePolicy(JSON.parse(readFileSync('examples/loyalty-cohorts.policy.json', 'utf8')));
    const shown = { network: { chainId: '0x1', contract: '0x2' }, digest: 'd', room: '0x3', policy };
    const [fact] = render('PolicyFacts', [shown]).map(textOf);
    expect(fact).toContain('Fewest identifiers in common in a cohort 4');
    expect(fact).toContain('Cohorts “tier” of Loyalty club: one of “basic”, “silver”, “gold”; each is a cohort');
    expect(fact).not.toMatch(/Columns|Groups|Ratio|Confidence/);
  });
});

describe('the card of a room', () => {
  const room = {
    id: `0x${'0'.repeat(64)}`,
    state: 'released',
    slots: 3,
    minSlots: 3,
    members: [0, 1, 2],
    leftOut: [],
    atFault: [],
    disputed: false,
    waitsFor: [],
    kind: 'overlap',
    k: 3,
    proofs: 7,
    audits: 0,
    receipt: false,
  } as const satisfies RoomSummary;

  test('says the steps and results of its own template', () => {
    const cases: [changes: Partial<RoomSummary>, said: string][] = [
      [{ state: 'joining' }, 'Joining · step 4 of 6'],
      [{ state: 'sharing' }, 'Sharing · step 5 of 6'],
      [{ state: 'joining', kind: 'aggregate' }, 'Tallies · step 4 of 6'],
      [{ state: 'sharing', kind: 'aggregate' }, 'Masked sums · step 5 of 6'],
      [{ state: 'committing', kind: 'aggregate' }, 'Committing · step 3 of 6'],
      [{}, 'Smallest count released 3'],
      [{ kind: 'aggregate' }, 'Fewest rows of a party in a group 3'],
      [{ result: { suppressed: true } }, 'suppressed (below 3)'],
      [{ result: { suppressed: true }, kind: 'aggregate' }, 'suppressed (no group has enough rows of enough parties)'],
      [{ result: { suppressed: false, count: 1234 } }, '1,234 in common'],
      [{ result: { suppressed: false, count: 1234 }, kind: 'aggregate' }, 'figures over 1,234 rows'],
      [{ result: { suppressed: false, count: 1234 }, kind: 'joined' }, 'figures over 1,234 identifiers in common'],
      [{ result: { suppressed: true }, kind: 'joined' }, 'suppressed (no group has enough identifiers in common)'],
      [{ state: 'joining', kind: 'joined' }, 'Joining and adding up · step 4 of 6'],
      [{ result: { suppressed: false, count: 2 }, kind: 'threshold' }, '2 borders reached'],
      [{ result: { suppressed: true }, kind: 'threshold' }, 'suppressed (a party has too few rows)'],
    ];
    const pages = render(
      'RoomCard',
      cases.map(([changes]) => ({ room: { ...room, ...changes } })),
    ).map(textOf);
    cases.forEach(([, said], i) => expect(pages[i]).toContain(said));
    const computes = {
      overlap: 'how many identifiers all have',
      aggregate: 'figures over the rows of all, by group',
      joined: 'figures over the identifiers that all have, by group',
      threshold: 'which borders a sum over the rows of all reaches',
    };
    cases.forEach(([{ kind = 'overlap' }], i) => expect(pages[i]).toContain(computes[kind]));
  });
});
