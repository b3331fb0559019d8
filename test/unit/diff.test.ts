/** What differs between two policies is named, field by field. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { diffColumns } from '../../app/lib/policy/diff-columns.ts';
import { diffFields, diffPolicies, diffText, type Effect } from '../../app/lib/policy/diff.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/parse.ts';
import { policyJsonSchema } from '../../app/lib/policy/schema.ts';

const TOKEN = (n: number) => `0x${n.toString(16).padStart(64, '0')}`;
const labels = (...names: string[]) => names.map((label) => ({ label }));

const BASE = {
  ...JSON.parse(readFileSync('examples/panel.policy.json', 'utf8')),
  fees: { token: TOKEN(31), fee: '1000', payer: 'slots', stake: '500', shares: [3, 2, 1] },
  overrides: ['small-k', 'batch-open'],
  region: { allowed: ['EU'] },
  batch: { column: 'day', from: '2026-11-01', to: '2026-12-01', closes: '2026-12-03T00:00:00Z' },
  expires: '2027-01-01T00:00:00Z',
  disclosure: { receipt: 'parties', figures: 'public' },
};

/** The base with one field replaced, or removed where the value is undefined; paths are dotted. */
function changed(path: string, value: unknown): Policy {
  const document = structuredClone(BASE);
  const keys = path.split('.');
  const parent = keys.slice(0, -1).reduce((at, key) => at[key], document);
  if (value === undefined) delete parent[keys.at(-1)!];
  else parent[keys.at(-1)!] = value;
  return document;
}

const base = parsePolicy(BASE);

/** A change of each field: the new value, what is said of old and new, and for whom it is stricter. */
const CHANGES: [path: string, value: unknown, old: RegExp, now: RegExp, effect: Effect][] = [
  ['version', 3, /^2$/, /^3$/, 'neutral'],
  ['template.name', 'aggregate', /^overlap$/, /^aggregate$/, 'neutral'],
  ['template.version', 2, /^1$/, /^2$/, 'neutral'],
  ['purpose', 'Another', /^Count the people/, /^Another$/, 'neutral'],
  ['parties', labels('Shop', 'Magazine', 'Gallery'), /and Museum$/, /and Gallery$/, 'neutral'],
  ['minParties', 3, /^2$/, /^3$/, 'stricter'],
  ['minParties', undefined, /^2$/, /^not stated: all 3$/, 'stricter'],
  ['identifier.type', 'phone', /^email$/, /^phone$/, 'neutral'],
  ['identifier.column', 'mail', /^"email"$/, /^"mail"$/, 'neutral'],
  ['identifier.normalisation', 'email/2', /^email\/1$/, /^email\/2$/, 'neutral'],
  ['k', 5, /^3$/, /^5$/, 'stricter'],
  ['k', 2, /^3$/, /^2$/, 'looser'],
  ['minRows', 6, /^5 rows$/, /^6 rows$/, 'stricter'],
  ['minRows', 1, /^5 rows$/, /^1 row$/, 'looser'],
  ['maxRows', 64, /^32 rows$/, /^64 rows$/, 'looser'],
  ['maxRows', 16, /^32 rows$/, /^16 rows$/, 'stricter'],
  ['proofMode', 'attested', /^succinct$/, /^attested$/, 'looser'],
  ['fees.token', TOKEN(32), /1f$/, /20$/, 'neutral'],
  ['fees.fee', '999', /^1000 token units$/, /^999 token units$/, 'neutral'],
  ['fees.payer', 'host', /^the parties$/, /^the host$/, 'neutral'],
  ['fees.stake', undefined, /^500 token units$/, /^none$/, 'neutral'],
  ['fees.stake', '1', /^500 token units$/, /^1 token unit$/, 'neutral'],
  ['fees.shares', [3, 2, 2], /Museum 1$/, /Museum 2$/, 'neutral'],
  ['deadlines.invite', 3600, /^1 day$/, /^1 hour$/, 'neutral'],
  ['deadlines.approve', 5400, /^1 day$/, /^90 minutes$/, 'neutral'],
  ['deadlines.commit', 90, /^1 day$/, /^90 seconds$/, 'neutral'],
  ['deadlines.join', 86_400, /^2 days$/, /^1 day$/, 'neutral'],
  ['deadlines.share', 2 * 86_400, /^1 day$/, /^2 days$/, 'neutral'],
  ['deadlines.retention', 31 * 86_400, /^30 days$/, /^31 days$/, 'looser'],
  ['deadlines.retention', 86_400, /^30 days$/, /^1 day$/, 'stricter'],
  ['overrides', undefined, /^small-k and batch-open$/, /^none$/, 'stricter'],
  ['overrides', ['small-k', 'batch-open', 'small-groups'], /^small-k and/, /and small-groups$/, 'looser'],
  ['overrides', ['batch-open', 'small-k'], /^small-k and/, /and small-k$/, 'neutral'],
  ['overrides', ['small-k', 'small-groups'], /and batch-open$/, /and small-groups$/, 'neutral'],
  ['region.allowed', ['DE', 'FR'], /^the European Union \(EU\)$/, /^Germany \(DE\) and France \(FR\)$/, 'stricter'],
  ['region.allowed', ['EEA'], /\(EU\)$/, /^the European Economic Area \(EEA\)$/, 'looser'],
  ['region.allowed', ['EU', 'AT'], /\(EU\)$/, /^the European Union \(EU\) and Austria \(AT\)$/, 'neutral'],
  ['region.allowed', ['UK'], /\(EU\)$/, /^the United Kingdom \(UK\)$/, 'neutral'],
  ['batch.column', 'date', /^"day"$/, /^"date"$/, 'neutral'],
  ['batch.from', '2026-11-02', /-01$/, /-02$/, 'neutral'],
  ['batch.to', '2026-11-30', /-01$/, /-30$/, 'neutral'],
  ['batch.closes', '2026-12-04T00:00:00Z', /-03T/, /-04T/, 'neutral'],
  ['expires', undefined, /^2027-/, /^never$/, 'looser'],
  ['expires', '2026-12-31T00:00:00Z', /^2027-/, /^2026-/, 'stricter'],
  ['expires', '2027-01-01T01:00:00+01:00', /Z$/, /\+01:00$/, 'neutral'],
  ['disclosure.receipt', 'public', /^parties$/, /^public$/, 'looser'],
];

const AGGREGATE = {
  ...JSON.parse(readFileSync('examples/panel.policy.json', 'utf8')),
  template: { name: 'aggregate', version: 1 },
  columns: [
    { column: 'age', decimals: 0, min: '0', max: '120', release: 'nothing' },
    { column: 'visits', decimals: 0, min: '0', max: '365', release: 'sum' },
    { column: 'spent', decimals: 2, min: '0', max: '1000', release: 'variance' },
    { column: 'town', labels: ['Graz', 'Lyon'] },
  ],
  grouping: { column: 'age', borders: ['0', '30', '121'] },
  ratio: { numerator: 'spent', denominator: 'visits' },
  quantiles: [5000],
  confidence: 95,
  contributors: 2,
  dominance: 25,
};

/** The same for fields of policies that aggregate. A change of a column is named by the column. */
const AGGREGATE_CHANGES: typeof CHANGES = [
  ['grouping.borders', ['0', '30', '60', '121'], /^0, 30 and 121$/, /^0, 30, 60 and 121$/, 'looser'],
  ['grouping.borders', ['0', '121'], /^0, 30 and 121$/, /^0 and 121$/, 'stricter'],
  ['grouping.borders', ['0', '40', '121'], /^0, 30 and 121$/, /^0, 40 and 121$/, 'neutral'],
  ['ratio.numerator', 'visits', /^"spent"$/, /^"visits"$/, 'neutral'],
  ['ratio.denominator', 'spent', /^"visits"$/, /^"spent"$/, 'neutral'],
  ['quantiles', [2500, 5000], /^50 %$/, /^25 % and 50 %$/, 'looser'],
  ['quantiles', undefined, /^50 %$/, /^none$/, 'stricter'],
  ['quantiles', [2500], /^50 %$/, /^25 %$/, 'neutral'],
  ['confidence', 99, /^95 per cent$/, /^99 per cent$/, 'neutral'],
  ['confidence', undefined, /^95 per cent$/, /^none$/, 'neutral'],
  ['contributors', 1, /^2$/, /^1$/, 'looser'],
  ['dominance', 20, /^25 per cent$/, /^20 per cent$/, 'stricter'],
  ['dominance', 30, /^25 per cent$/, /^30 per cent$/, 'looser'],
  ['dominance', undefined, /^25 per cent$/, /^none$/, 'looser'],
  ['disclosure.figures', 'parties', /^none$/, /^parties$/, 'stricter'],
  ['k', 5, /^3$/, /^5$/, 'stricter'],
  ['grouping.column', 'town', /^"age"$/, /^"town"$/, 'neutral'],
  ['columns', [], /^decimals 0, min 0, max 120, release nothing$/, /^none$/, 'neutral'],
];

const LIFT = {
  ...JSON.parse(readFileSync('examples/campaign-lift.policy.json', 'utf8')),
  assignment: { slot: 0, column: 'arm', control: 'none', test: 'shown' },
};

/** The same for fields of policies of lift. A change of an outcome is named by its column. */
const LIFT_CHANGES: typeof CHANGES = [
  ['assignment.slot', 1, /^0$/, /^1$/, 'neutral'],
  ['assignment.column', 'cell', /^"arm"$/, /^"cell"$/, 'neutral'],
  ['assignment.control', 'empty', /^"none"$/, /^"empty"$/, 'neutral'],
  ['assignment.test', 'seen', /^"shown"$/, /^"seen"$/, 'neutral'],
  ['confidence', undefined, /^95 per cent$/, /^not stated: 95 per cent$/, 'neutral'],
  ['k', 6, /^5$/, /^6$/, 'stricter'],
  ['outcomes', LIFT.outcomes.slice(0, 1), /^slot 2, kind amount, decimals 2, cap 200.00$/, /^none$/, 'stricter'],
];

const COHORTS = JSON.parse(readFileSync('examples/loyalty-cohorts.policy.json', 'utf8'));
const AGES = { slot: 0, column: 'age', decimals: 0, min: '0', max: '120', borders: ['0', '30', '121'] };

/** The same for the cohorts of overlaps: of labels, and of numbers where a part of those is changed. */
const COHORTS_CHANGES: typeof CHANGES = [
  ['cohorts.slot', 1, /^0$/, /^1$/, 'neutral'],
  ['cohorts.column', 'rank', /^"tier"$/, /^"rank"$/, 'neutral'],
  ['cohorts.labels', ['basic', 'gold'], /^"basic", "silver" and "gold"$/, /^"basic" and "gold"$/, 'neutral'],
  ['cohorts.decimals', 1, /^0$/, /^1$/, 'neutral'],
  ['cohorts.min', '1', /^0$/, /^1$/, 'neutral'],
  ['cohorts.max', '110', /^120$/, /^110$/, 'neutral'],
  ['cohorts.borders', ['0', '30', '60', '121'], /^0, 30 and 121$/, /^0, 30, 60 and 121$/, 'looser'],
  ['cohorts.borders', ['0', '60', '121'], /^0, 30 and 121$/, /^0, 60 and 121$/, 'neutral'],
];

const THRESHOLD = JSON.parse(readFileSync('examples/counterparty-exposure.policy.json', 'utf8'));

/** The same for fields of policies of rooms with a threshold. */
const THRESHOLD_CHANGES: typeof CHANGES = [
  ['column.column', 'limit', /^"outstanding"$/, /^"limit"$/, 'neutral'],
  ['column.decimals', 1, /^0$/, /^1$/, 'neutral'],
  ['column.min', '1', /^0$/, /^1$/, 'neutral'],
  ['column.max', '30000000', /^25000000$/, /^30000000$/, 'neutral'],
  ['unit', '2000000', /^1000000$/, /^2000000$/, 'neutral'],
  ['borders', ['100000000', '125000000', '150000000', '200000000'], /^100000000, 1.* and 2/, /125000000/, 'looser'],
  ['borders', ['100000000', '200000000'], /150000000/, /^100000000 and 200000000$/, 'stricter'],
  ['borders', ['100000000', '160000000', '200000000'], /150000000/, /160000000/, 'neutral'],
  ['floor', '0', /^not stated$/, /^0$/, 'neutral'],
  ['k', 6, /^5$/, /^6$/, 'stricter'],
];

/** Fields that have one valid value as yet, or one that follows from another field: what else they say is refused by name. */
const FIXED = ['version', 'template.name', 'template.version', 'identifier.type', 'identifier.normalisation'];

describe('a diff of two policies', () => {
  test.each(CHANGES.filter(([path]) => !FIXED.includes(path)))(
    'names a change of %s to %j',
    (path, value, old, now, effect) => {
      expect(diffPolicies(base, parsePolicy(changed(path, value))).changes).toEqual([
        {
          field: path,
          old: expect.stringMatching(old),
          new: expect.stringMatching(now),
          effect,
          because: expect.any(String),
        },
      ]);
    },
  );

  test.each(CHANGES.filter(([path]) => FIXED.includes(path)))(
    'knows the words for %s = %j',
    (path, value, old, now) => {
      const named = { 'identifier.type': 'identifier', 'template.name': 'columns' }[path] ?? path;
      expect(() => diffPolicies(base, changed(path, value))).toThrow(named);
      const change = diffFields(base, changed(path, value)).filter(({ field }) => field === path);
      expect(change).toMatchObject([{ field: path, effect: 'neutral' }]);
      expect(change[0].old).toMatch(old);
      expect(change[0].new).toMatch(now);
    },
  );

  test('of another type of identifier names its normalisation, too', () => {
    const identifier = { type: 'phone', column: 'email', normalisation: 'phone/1' };
    const { changes } = diffPolicies(base, parsePolicy(changed('identifier', identifier)));
    expect(changes.map(({ field }) => field)).toEqual(['identifier.type', 'identifier.normalisation']);
  });

  test('of every field of the schema is tried', () => {
    type Json = { properties?: Record<string, Json>; oneOf?: Json[]; anyOf?: Json[] };
    const leaves = ({ properties, oneOf, anyOf }: Json, path: string[] = []): string[] =>
      (oneOf ?? anyOf)
        ? (oneOf ?? anyOf)!.flatMap((each) => leaves(each, path))
        : properties
          ? Object.entries(properties).flatMap(([name, each]) => leaves(each, [...path, name]))
          : [path.join('.')];
    const tried = new Set(
      [...CHANGES, ...AGGREGATE_CHANGES, ...LIFT_CHANGES, ...THRESHOLD_CHANGES, ...COHORTS_CHANGES].map(
        ([path]) => path,
      ),
    );
    expect(leaves(policyJsonSchema() as Json).filter((path) => !tried.has(path))).toEqual([]);
  });

  test('says nothing of policies that say the same, whatever the order of their keys', () => {
    const diff = diffPolicies(base, parsePolicy(Object.fromEntries(Object.entries(BASE).reverse())));
    expect(diff).toMatchObject({ changes: [], newAgreement: false });
    expect(diffText(diff)).toMatch(/^The policies say the same/);
  });

  test('makes a new agreement necessary for whatever differs', () => {
    for (const [path, value] of [
      ['purpose', 'Another'],
      ['deadlines.join', 60],
      ['minParties', 3],
    ] as const) {
      const diff = diffPolicies(base, parsePolicy(changed(path, value)));
      expect(diff.newAgreement).toBe(true);
      expect(diff.digests.old).not.toBe(diff.digests.new);
      expect(diffText(diff)).toMatch(/A new agreement is needed/);
    }
  });

  test('holds what is stated against what is meant: all parties, named by their number or not', () => {
    const [all, three] = [changed('minParties', undefined), changed('minParties', 3)].map(parsePolicy);
    const { changes, newAgreement } = diffPolicies(all, three);
    expect(changes).toMatchObject([{ field: 'minParties', effect: 'neutral', because: 'it means the same' }]);
    expect(newAgreement).toBe(true);
  });

  test('of money that comes and goes names each part of it', () => {
    const { changes } = diffPolicies(base, parsePolicy(changed('fees', undefined)));
    expect(changes.map(({ field, new: now }) => `${field}: ${now}`)).toEqual([
      'fees.token: none',
      'fees.fee: none',
      'fees.payer: nobody',
      'fees.stake: none',
      'fees.shares: none',
    ]);
  });
});

describe('a diff of conditions that come and go', () => {
  const fieldsOf = (before: Policy, after: Policy) =>
    diffPolicies(before, after).changes.map(({ field, old, effect }) => `${field}: ${old}, ${effect}`);

  test('of regions takes none for all of them', () => {
    const without = parsePolicy(changed('region', undefined));
    expect(fieldsOf(without, base)).toEqual(['region.allowed: anywhere, stricter']);
    expect(fieldsOf(base, without)).toEqual(['region.allowed: the European Union (EU), looser']);
  });

  test('of a batch names each part of it, and of disclosure takes silence for leave', () => {
    const without = (name: string) => parsePolicy(changed(name, undefined));
    expect(fieldsOf(without('batch'), base)).toEqual(
      ['column', 'from', 'to', 'closes'].map((part) => `batch.${part}: none, neutral`),
    );
    expect(fieldsOf(without('disclosure'), base)).toEqual([
      'disclosure.receipt: none, stricter',
      'disclosure.figures: none, neutral',
    ]);
  });
});

describe('a diff of policies that aggregate', () => {
  const aggregate = (changes: object = {}): Policy => parsePolicy({ ...structuredClone(AGGREGATE), ...changes });
  const old = aggregate();
  const changesTo = (changes: object) => diffPolicies(old, aggregate(changes)).changes;
  const document = (path: string, value: unknown) => {
    const [first, second] = path.split('.') as ['grouping', 'column'];
    if (second === undefined) return { [first]: value };
    return { [first]: { ...AGGREGATE[first], [second]: value } };
  };

  test.each(AGGREGATE_CHANGES)('knows the words for %s = %j', (path, value, before, after, effect) => {
    const now = { ...structuredClone(AGGREGATE), ...document(path, value) } as unknown as Policy;
    const changes = path === 'columns' ? diffColumns(old, now) : diffFields(old, now);
    expect(changes[0]).toMatchObject({
      field: path === 'columns' ? 'columns."age"' : path,
      old: expect.stringMatching(before),
      new: expect.stringMatching(after),
      effect,
    });
    expect(changes).toHaveLength(path === 'columns' ? 4 : 1);
  });

  test.each([
    [1, { release: 'variance' }, 'columns."visits".release', 'sum', 'variance', 'looser'],
    [2, { release: 'sum' }, 'columns."spent".release', 'variance', 'sum', 'stricter'],
    [1, { max: '366' }, 'columns."visits".max', '365', '366', 'neutral'],
    [1, { min: '1' }, 'columns."visits".min', '0', '1', 'neutral'],
    [1, { decimals: 1 }, 'columns."visits".decimals', '0', '1', 'neutral'],
    [3, { labels: ['Graz'] }, 'columns."town".labels', '"Graz" and "Lyon"', '"Graz"', 'neutral'],
  ])('names what changes of column %i: %j', (at, change, field, before, after, effect) => {
    const columns = AGGREGATE.columns.with(at, { ...AGGREGATE.columns[at], ...change });
    const { confidence } = 'release' in change && change.release === 'sum' ? { confidence: undefined } : AGGREGATE;
    const changes = changesTo({ columns, confidence }).filter((each) => each.field !== 'confidence');
    expect(changes).toMatchObject([{ field, old: before, new: after, effect }]);
  });

  test('names columns that come, go and change places', () => {
    const [age, visits, spent, town] = AGGREGATE.columns;
    expect(changesTo({ columns: [age, visits, spent] })).toMatchObject([
      { field: 'columns."town"', old: 'labels "Graz" and "Lyon"', new: 'none', effect: 'neutral' },
    ]);
    expect(changesTo({ columns: [visits, age, spent, town] })).toMatchObject([
      { field: 'columns', old: '"age", "visits", "spent" and "town"', effect: 'neutral' },
    ]);
    const fewer = aggregate({ columns: [age, visits], ratio: undefined, confidence: undefined });
    expect(diffColumns(fewer, old)).toMatchObject([
      { field: 'columns."spent"', effect: 'looser' },
      { effect: 'neutral' },
    ]);
    expect(diffColumns(old, fewer)).toMatchObject([{ field: 'columns."spent"', effect: 'stricter' }, {}]);
  });

  test('says that groups tell more than all rows', () => {
    const one = aggregate({ grouping: undefined, quantiles: undefined });
    const grouped = (changes: ReturnType<typeof diffFields>) =>
      changes.find(({ field }) => field === 'grouping.column');
    expect(grouped(diffFields(one, old))).toMatchObject({ old: 'none', new: '"age"', effect: 'looser' });
    expect(grouped(diffFields(old, one))).toMatchObject({ effect: 'stricter' });
  });

  test('of another template names every field that comes with it', () => {
    const panel = parsePolicy(JSON.parse(readFileSync('examples/panel.policy.json', 'utf8')));
    const fields = diffPolicies(panel, old).changes.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['template.name', 'contributors', 'columns."age"']));
  });
});

describe('a diff of policies with a threshold', () => {
  const threshold = parsePolicy(THRESHOLD);

  test.each(THRESHOLD_CHANGES)('knows the words for %s = %j', (path, value, before, after, effect) => {
    const [first, second] = path.split('.');
    const now = { ...THRESHOLD, [first]: second ? { ...THRESHOLD[first], [second]: value } : value } as Policy;
    expect(diffPolicies(threshold, now).changes).toEqual([
      {
        field: path,
        old: expect.stringMatching(before),
        new: expect.stringMatching(after),
        effect,
        because: expect.any(String),
      },
    ]);
  });

  test('says what a party with few rows means there', () => {
    const [change] = diffPolicies(threshold, { ...THRESHOLD, k: 7 }).changes;
    expect(change.because).toBe('nothing is told of the sum where a party has fewer rows');
  });

  test('of another template names every field that comes with it', () => {
    const aggregate = parsePolicy(JSON.parse(readFileSync('examples/defect-rate.policy.json', 'utf8')));
    const fields = diffPolicies(aggregate, threshold).changes.map(({ field }) => field);
    expect(fields).toEqual(
      expect.arrayContaining(['template.name', 'contributors', 'columns."units"', 'column.column', 'unit', 'borders']),
    );
  });
});

describe('a diff of overlaps with cohorts', () => {
  test.each(COHORTS_CHANGES)('names a change of %s to %j', (path, value, before, after, effect) => {
    const part = path.split('.')[1];
    const cohorts = part in COHORTS.cohorts ? COHORTS.cohorts : AGES;
    const [old, now] = [cohorts, { ...cohorts, [part]: value }].map((each) =>
      parsePolicy({ ...COHORTS, cohorts: each }),
    );
    expect(diffPolicies(old, now).changes).toEqual([
      {
        field: path,
        old: expect.stringMatching(before),
        new: expect.stringMatching(after),
        effect,
        because: expect.any(String),
      },
    ]);
  });

  test('tells that cohorts tell more than one count, and what k keeps back', () => {
    const { cohorts: _, ...plain } = COHORTS;
    const [without, tiers] = [plain, COHORTS].map((document) => parsePolicy(document));
    const column = (from: Policy, to: Policy) => diffFields(from, to).find(({ field }) => field === 'cohorts.column');
    expect(column(without, tiers)).toMatchObject({ old: 'none', new: '"tier"', effect: 'looser' });
    expect(column(tiers, without)).toMatchObject({ old: '"tier"', new: 'none', effect: 'stricter' });
    const [change] = diffPolicies(tiers, parsePolicy({ ...COHORTS, k: 5 })).changes;
    expect(change.because).toBe('nothing is released of cohorts with fewer identifiers in common');
  });
});

describe('a diff of policies that join values', () => {
  const lift = parsePolicy(LIFT);
  const sum = JSON.parse(readFileSync('examples/loyalty-sum.policy.json', 'utf8'));

  test.each(LIFT_CHANGES)('knows the words for %s = %j', (path, value, before, after, effect) => {
    const [first, second] = path.split('.');
    const now = { ...structuredClone(LIFT), [first]: second ? { ...LIFT[first], [second]: value } : value } as Policy;
    const changes = path === 'outcomes' ? diffColumns(lift, now) : diffFields(lift, now);
    expect(changes).toEqual([
      {
        field: path === 'outcomes' ? 'outcomes."spent"' : path,
        old: expect.stringMatching(before),
        new: expect.stringMatching(after),
        effect,
        because: expect.any(String),
      },
    ]);
  });

  test('names another party that brings a column', () => {
    const columns = sum.columns.with(2, { ...sum.columns[2], slot: 0 });
    expect(diffPolicies(parsePolicy(sum), parsePolicy({ ...sum, columns })).changes).toEqual([
      { field: 'columns."spend".slot', old: '1', new: '0', effect: 'neutral', because: 'another party brings it' },
    ]);
  });

  test('of one analysis and another names the fields of both', () => {
    const fields = diffPolicies(parsePolicy(sum), lift).changes.map(({ field }) => field);
    expect(fields).toEqual(
      expect.arrayContaining([
        'template.name',
        'grouping.column',
        'assignment.slot',
        'columns."spend"',
        'outcomes."spent"',
      ]),
    );
  });
});

describe('parties', () => {
  const free = (...names: string[]) => ({ ...base, fees: undefined, parties: labels(...names) }) as unknown as Policy;
  const policyOf = (...names: string[]) => parsePolicy(JSON.parse(JSON.stringify(free(...names))));
  const diffOf = (before: string[], after: string[]) => diffPolicies(policyOf(...before), policyOf(...after)).changes;

  test.each([
    ['added', ['A', 'B'], ['A', 'B', 'C'], 'looser', /^added: C; more parties take part/],
    ['removed', ['A', 'B', 'C'], ['A', 'C'], 'neutral', /^removed: B/],
    ['added and removed', ['A', 'B', 'C'], ['A', 'D', 'E', 'F'], 'neutral', /^added: D, E and F; removed: B and C/],
    ['renamed', ['A', 'B'], ['A', 'B2'], 'neutral', /^renamed, or another party: B is now B2/],
    ['reordered', ['A', 'B', 'C'], ['A', 'C', 'B'], 'neutral', /^the order differs/],
    ['reordered with another', ['A', 'B', 'C'], ['B', 'A', 'D'], 'neutral', /^added: D; removed: C/],
  ])('%s are told so', (_what, before, after, effect, because) => {
    expect(diffOf(before, after)).toEqual([
      {
        field: 'parties',
        old: expect.any(String),
        new: expect.any(String),
        effect,
        because: expect.stringMatching(because),
      },
    ]);
  });

  test('that change places under the same weights change their shares', () => {
    const swapped = parsePolicy(changed('parties', labels('Magazine', 'Shop', 'Museum')));
    expect(diffPolicies(base, swapped).changes.map(({ field }) => field)).toEqual(['parties', 'fees.shares']);
    const renamed = parsePolicy(changed('parties', labels('Shop', 'Magazine', 'Gallery')));
    expect(diffPolicies(base, renamed).changes.map(({ field }) => field)).toEqual(['parties']);
  });
});
