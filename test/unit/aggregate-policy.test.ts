/** Policies of rooms that aggregate: what is refused, and what plan and terms follow from them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { DecimalError, parseDecimal } from '../../app/lib/policy/decimal.ts';
import { MOST_COLUMNS, MOST_GROUPS, MOST_QUANTILES, SPAN_LIMIT, VALUE_LIMIT } from '../../app/lib/policy/limits.ts';
import { policyPlan, policyRules } from '../../app/lib/policy/plan.ts';
import { parsePolicy, parsePolicyText, PolicyError, policyDigest, policyTerms } from '../../app/lib/policy/policy.ts';
import { policyJsonSchema } from '../../app/lib/policy/schema.ts';
import { assertPlan, MAX_GROUPS, MAX_QUANTILES, planDigest, SPAN_BOUND } from '../../app/lib/protocol/plan.ts';
import { MAX_COLUMNS, rulesDigest, VALUE_BOUND } from '../../app/lib/protocol/rules.ts';
import { SOAK } from '../support/choice.ts';

beforeAll(initField);

const DAY = 86_400;

/** Three parties and four columns; rows are grouped by their weight. */
const BASE = {
  version: 2,
  template: { name: 'aggregate', version: 1 },
  purpose: 'To try everything that a policy can say',
  parties: [{ label: 'A' }, { label: 'B' }, { label: 'C' }],
  identifier: { type: 'exact', column: 'id', normalisation: 'exact/1' },
  k: 5,
  minRows: 10,
  maxRows: 100,
  proofMode: 'succinct',
  columns: [
    { column: 'weight', decimals: 2, min: '-1.50', max: '99.99', release: 'nothing' },
    { column: 'defects', decimals: 0, min: '0', max: '1000', release: 'sum' },
    { column: 'units', decimals: 1, min: '1', max: '1000.5', release: 'variance' },
    { column: 'colour', labels: ['red', 'green'] },
  ],
  grouping: { column: 'weight', borders: ['-1.5', '10', '100'] },
  ratio: { numerator: 'defects', denominator: 'units' },
  quantiles: [2500, 5000, 7500],
  confidence: 95,
  contributors: 2,
  deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY },
};

/** The base with fields replaced, or removed where the value is undefined; paths are dotted. */
function withFields(changes: Record<string, unknown>): unknown {
  const document = structuredClone(BASE);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const parent = keys.slice(0, -1).reduce((at, key) => at[key as never] as never, document);
    if (value === undefined) delete parent[keys.at(-1) as never];
    else parent[keys.at(-1) as never] = value as never;
  }
  return document;
}

const texts = (count: number, from = 0) => Array.from({ length: count }, (_, i) => String(from + i));

describe('a decimal number', () => {
  test.each([
    ['0', 0, 0n],
    ['12.50', 2, 1250n],
    ['12.5', 2, 1250n],
    ['-12.5', 2, -1250n],
    ['+7', 3, 7000n],
    ['-0', 0, 0n],
    ['0.000001', 6, 1n],
    ['007', 0, 7n],
    ['9007199254740993', 6, 9_007_199_254_740_993_000_000n],
  ])('%j with %i decimals is %i', (text, decimals, value) => {
    expect(parseDecimal(text, decimals)).toBe(value);
  });

  test.each([
    ['', /^empty$/],
    ['1.234', /^it has 3 decimals: no more than 2 are declared$/],
    ['1.200', /^it has 3 decimals/],
    ['NaN', /^no finite number$/],
    ['-Infinity', /^no finite number$/],
    ['inf', /^no finite number$/],
    ['1e3', /^written with an exponent: write all digits$/],
    ['-1.5E-2', /^written with an exponent/],
    ['=1+1', /^a formula, not its value$/],
    ['+SUM(A1)', /^a formula/],
    ['-x', /^a formula/],
    ['@now', /^a formula/],
    ['1,5', /^not a number: write decimals after one point, and no separators of thousands$/],
    ['1,000.00', /^not a number: write decimals/],
    ['1.2.3', /^not a number/],
    ['.5', /^not a number$/],
    ['5.', /^not a number/],
    ['1 000', /^not a number/],
    ['--1', /^not a number/],
    ['0x10', /^not a number$/],
    ['١٢', /^not a number$/],
    ['\u22125', /^not a number$/],
    ['n/a', /^not a number$/],
    ['1'.repeat(41), /^longer than 40 characters$/],
  ])('is not %j', (text, message) => {
    expect(() => parseDecimal(text, 2)).toThrow(DecimalError);
    expect(() => parseDecimal(text, 2)).toThrow(message);
  });

  test('is read back whatever integer it was written from', () => {
    fc.assert(
      fc.property(fc.bigInt(-(1n << 61n), 1n << 61n), fc.integer({ min: 0, max: 6 }), (value, decimals) => {
        const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
        const at = digits.length - decimals;
        const text = `${value < 0n ? '-' : ''}${digits.slice(0, at)}${decimals > 0 ? `.${digits.slice(at)}` : ''}`;
        expect(parseDecimal(text, decimals)).toBe(value);
      }),
    );
  });
});

describe('a policy that aggregates', () => {
  test('is read as it is written', () => {
    expect(parsePolicy(BASE)).toEqual(BASE);
  });

  test('may ask for no more than counts of all rows', () => {
    const counts = withFields({
      ...{ columns: [], grouping: undefined, ratio: undefined, quantiles: undefined, confidence: undefined },
    });
    expect(parsePolicy(counts)).toEqual(counts);
  });

  test.each([
    ['proofMode', 'attested', /proofMode: the proof mode of the template "aggregate" must be "succinct"/],
    ['template.version', 2, /template\.version: the template version must be 1/],
    ['k', 1, /k: k must be at least 2/],
    ['k', 101, /k: k must not be above maxRows \(100\)/],
    ['maxRows', 16_385, /maxRows must be at most 16384/],
    ['columns', undefined, /columns: columns must be a list/],
    [
      'columns',
      [0, 1, 2, 3, 4].map((i) => ({ column: `c${i}`, labels: ['x'] })),
      /columns: .* at most 4 value columns/,
    ],
    ['columns.0', {}, /columns\.0\.column: the column name must be text/],
    ['columns.0.column', 'id', /columns\.0\.column: the identifier’s column is no value column/],
    ['columns.1.column', 'weight', /columns\.1\.column: another value column has this name/],
    ['columns.0.decimals', 7, /columns\.0\.decimals: decimals must be at most 6/],
    ['columns.0.decimals', 1.5, /columns\.0\.decimals: decimals must be a whole number/],
    ['columns.0.decimals', -1, /columns\.0\.decimals: decimals must be at least 0/],
    ['columns.0.min', 5, /columns\.0\.min: min must be a decimal number between quotes/],
    ['columns.0.min', '1e2', /columns\.0\.min: min must be a decimal number/],
    ['columns.0.min', '+1', /columns\.0\.min: min must be a decimal number/],
    ['columns.0.min', '1.234', /columns\.0\.min: min is refused: it has 3 decimals: no more than 2/],
    ['columns.0.max', '-2', /columns\.0\.min: min must not be above max \(-2\)/],
    ['columns.0.max', '9999999999999999999', /columns\.0\.max: max must lie between -2\^61 and 2\^61/],
    ['columns.1.max', '1099511627776', /columns\.1\.max: .*less than 2\^40 units of its last decimal apart/],
    ['columns.1.release', 'mean', /columns\.1\.release: release must be "nothing", "sum" or "variance"/],
    ['columns.1.release', undefined, /columns\.1\.release: release must be/],
    ['columns.1.unit', 'kg', /columns\.1: unknown "unit": remove it/],
    ['columns.3.labels', [], /columns\.3\.labels: a column has 1 to 32 labels/],
    ['columns.3.labels', texts(33), /columns\.3\.labels: a column has 1 to 32 labels/],
    ['columns.3.labels', ['a', 'a'], /columns\.3\.labels: labels must differ/],
    ['columns.3.labels', ['a', 'b\n'], /columns\.3\.labels\.1: a label must be one line/],
    ['columns.3.labels', ['a', ' b'], /columns\.3\.labels\.1: a label must not begin or end with a space/],
    ['columns.3.labels', [1], /columns\.3\.labels\.0: a label must be text/],
    ['columns.3.release', 'sum', /columns\.3: unknown "release"/],
    ['grouping.column', 'height', /grouping\.column: there is no value column of this name/],
    ['grouping.borders', undefined, /grouping\.borders: a grouping by a numeric column needs borders/],
    ['grouping.borders', ['-1.5'], /grouping\.borders: there are 2 to 33 borders/],
    ['grouping.borders', texts(34, 1000), /grouping\.borders: there are 2 to 33 borders/],
    ['grouping.borders', ['-1.5', '10', '10.00', '100'], /grouping\.borders: borders must ascend/],
    ['grouping.borders', ['-1.5', '10.001', '100'], /grouping\.borders\.1: the border is refused: it has 3 decimals/],
    ['grouping.borders', ['-1.49', '100'], /grouping\.borders: the first border .* above the column’s min \(-1\.50\)/],
    ['grouping.borders', ['-1.5', '99.99'], /grouping\.borders: the last border must be above .* max \(99\.99\)/],
    ['grouping.borders', [0, 1], /grouping\.borders\.0: a border must be a decimal number between quotes/],
    ['grouping', { column: 'colour', borders: ['0', '2'] }, /grouping\.borders: a column of labels has no borders/],
    ['grouping', { column: 'colour' }, /quantiles: quantiles need a grouping by a numeric column/],
    ['grouping', undefined, /quantiles: quantiles need a grouping/],
    ['ratio.numerator', 'weight', /ratio\.numerator: a ratio is of numeric columns that release their sum/],
    ['ratio.denominator', 'colour', /ratio\.denominator: a ratio is of numeric columns that release/],
    ['ratio.numerator', 'x', /ratio\.numerator: there is no value column of this name/],
    ['ratio.numerator', 'units', /ratio\.denominator: a ratio is of two different columns/],
    ['columns.1.min', '-1', /ratio\.numerator: a ratio is of columns whose min is not below 0/],
    ['quantiles', [], /quantiles: quantiles must not be empty/],
    ['quantiles', texts(9).map((_, i) => i + 1), /quantiles: there are at most 8 quantiles/],
    ['quantiles', [5000, 2500], /quantiles: quantiles must ascend/],
    ['quantiles', [5000, 5000], /quantiles: quantiles must ascend/],
    ['quantiles', [0], /quantiles\.0: a quantile must be at least 1/],
    ['quantiles', [10_000], /quantiles\.0: a quantile must be at most 9999/],
    ['quantiles', [0.5], /quantiles\.0: a quantile must be a whole number/],
    ['confidence', 80, /confidence: the confidence must be 90, 95 or 99/],
    ['confidence', '95', /confidence: the confidence must be 90, 95 or 99/],
    ['columns.2.release', 'sum', /confidence: a confidence needs a column that releases its variance/],
    ['contributors', 0, /contributors: contributors must be at least 1/],
    ['contributors', 6, /contributors: contributors must be at most 5/],
    ['contributors', 4, /contributors: .* not be above the number of parties that the room goes on with \(3\)/],
    ['contributors', undefined, /contributors: contributors must be a whole number/],
    ['dominance', 0, /dominance: dominance must be at least 1/],
    ['dominance', 100, /dominance: dominance must be at most 99/],
    ['dominance', 12.5, /dominance: dominance must be a whole number/],
    ['dominance', '20', /dominance: dominance must be a whole number/],
    ['note', 'x', /document: unknown "note"/],
  ])('with %s = %j is refused by name and reason', (path, value, message) => {
    expect(() => parsePolicy(withFields({ [path]: value }))).toThrow(PolicyError);
    expect(() => parsePolicy(withFields({ [path]: value }))).toThrow(message);
  });

  test('asks for no more contributors than the parties that it goes on with', () => {
    expect(() => parsePolicy(withFields({ minParties: 2, contributors: 3 }))).toThrow(/goes on with \(2\)/);
    expect(parsePolicy(withFields({ minParties: 2, contributors: 2 }))).toMatchObject({ contributors: 2 });
  });

  test('may limit what one row holds of a sum, where there is one', () => {
    for (const dominance of [1, 99]) expect(parsePolicy(withFields({ dominance }))).toEqual({ ...BASE, dominance });
    const counts = { columns: [], grouping: undefined, ratio: undefined, quantiles: undefined, confidence: undefined };
    expect(() => parsePolicy(withFields({ ...counts, dominance: 20 }))).toThrow(
      /dominance: a dominance needs a column that releases its sum/,
    );
  });

  test('takes values and spans up to their limits, which are the protocol’s', () => {
    const wide = { column: 'c', decimals: 0, min: String(1n - VALUE_LIMIT), max: String(VALUE_LIMIT - 1n) };
    const alone = { ratio: undefined, quantiles: undefined, grouping: undefined, confidence: undefined };
    expect(() => parsePolicy(withFields({ ...alone, columns: [{ ...wide, release: 'nothing' }] }))).not.toThrow();
    const span = { column: 'c', decimals: 6, min: '-5.5', max: '1099506.127775', release: 'sum' };
    expect(policyRules(parsePolicy(withFields({ ...alone, columns: [span] })))[0].max).toBe(
      -5_500_000n + SPAN_LIMIT - 1n,
    );
    expect(() => parsePolicy(withFields({ ...alone, columns: [{ ...span, max: '1099506.127776' }] }))).toThrow(/2\^40/);
    expect([MOST_COLUMNS, MOST_GROUPS, MOST_QUANTILES]).toEqual([MAX_COLUMNS, MAX_GROUPS, MAX_QUANTILES]);
    expect([VALUE_LIMIT, SPAN_LIMIT]).toEqual([VALUE_BOUND, SPAN_BOUND]);
  });
});

test('a document that is damaged anywhere is read or refused, never worse', () => {
  const text = JSON.stringify(BASE);
  const edit = fc.tuple(fc.nat(text.length - 1), fc.string({ unit: 'binary-ascii', maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
      const damaged = edits.reduce((now, [at, put]) => now.slice(0, at) + put + now.slice(at + put.length), text);
      try {
        policyPlan(parsePolicyText(damaged));
      } catch (thrown) {
        expect(thrown instanceof PolicyError || thrown).toBe(true);
      }
    }),
    { numRuns: SOAK ? 100_000 : 3_000 },
  );
});

describe('the plan', () => {
  const planOf = (changes: Record<string, unknown> = {}) => policyPlan(parsePolicy(withFields(changes)))!;

  test('has columns by their numbers, and values in units of their last decimal', () => {
    expect(planOf()).toEqual({
      rules: [
        { min: -150n, max: 9999n, order: 0 },
        { min: 0n, max: 1000n, order: 0 },
        { min: 10n, max: 10_005n, order: 0 },
        { min: 0n, max: 1n, order: 0 },
      ],
      grouping: 0,
      borders: [-150n, 1000n, 10_000n],
      outputs: [0, 1, 2, 0],
      ratio: { numerator: 1, denominator: 2 },
      quantiles: [2500, 5000, 7500],
      confidence: 1_959_964,
    });
  });

  test('has a group for each label, or one group of all rows', () => {
    expect(planOf({ grouping: { column: 'colour' }, quantiles: undefined })).toMatchObject({
      ...{ grouping: 3, borders: [0n, 1n, 2n], quantiles: [] },
    });
    const one = planOf({ grouping: undefined, quantiles: undefined });
    expect(one.borders).toEqual([0n, 1n]);
    expect('grouping' in one).toBe(false);
  });

  test.each([
    [90, 1_644_854],
    [99, 2_575_829],
    [undefined, 0],
  ])('has for a confidence of %s the half width %i', (confidence, z) => {
    expect(planOf({ confidence }).confidence).toBe(z);
  });

  test('can be carried out, whatever valid policy it is of', () => {
    const changes = [
      {},
      { grouping: undefined, quantiles: undefined },
      { ratio: undefined, confidence: undefined },
      { 'columns.0.min': '-20000000000000', 'grouping.borders': ['-20000000000000', '0', '20000000000000'] },
      { columns: [], grouping: undefined, ratio: undefined, quantiles: undefined, confidence: undefined },
      { grouping: { column: 'colour' }, quantiles: undefined, 'columns.3.labels': texts(32) },
      { 'grouping.borders': ['-1.50', ...texts(31), '100'] },
    ];
    for (const change of changes) expect(() => assertPlan(planOf(change))).not.toThrow();
  });
});

describe('the terms', () => {
  const TEMPLATE = 77n;

  test('hold the digests of rules and plan, and the number of contributors', () => {
    const policy = parsePolicy(BASE);
    expect(policyTerms(policy, TEMPLATE)).toMatchObject({
      ...{ k: 5, proof_mode: 0, contributors: 2 },
      rules: rulesDigest(policyRules(policy)),
      plan: planDigest(policyPlan(policy)!),
    });
  });

  test('differ wherever the policy does', () => {
    const digestOf = (changes: Record<string, unknown>) =>
      policyDigest(policyTerms(parsePolicy(withFields(changes)), TEMPLATE));
    const changes: Record<string, unknown>[] = [
      {},
      { contributors: 1 },
      { 'columns.0.max': '99.98' },
      { 'columns.1.release': 'variance' },
      { 'columns.3.labels': ['green', 'red'] },
      { 'grouping.borders': ['-1.5', '11', '100'] },
      { ratio: { numerator: 'units', denominator: 'defects' } },
      { quantiles: [5000] },
      { confidence: 90 },
      { dominance: 20 },
      { dominance: 50 },
    ];
    expect(new Set(changes.map(digestOf)).size).toBe(changes.length);
  });

  test('of a plan differ even where the document were the same', () => {
    const terms = policyTerms(parsePolicy(BASE), TEMPLATE);
    const digests = [terms, { ...terms, plan: 0n }, { ...terms, contributors: 1 }].map(policyDigest);
    expect(new Set(digests).size).toBe(3);
  });
});

test('the JSON schema accepts what is valid, and refuses what it can tell', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(policyJsonSchema());
  expect(validate(BASE)).toBe(true);
  expect(validate(withFields({ dominance: 99 }))).toBe(true);
  for (const [path, value] of [
    ['proofMode', 'attested'],
    ['columns.0.min', 5],
    ['columns.3.labels', []],
    ['quantiles', [0]],
    ['confidence', 80],
    ['contributors', 6],
    ['dominance', 100],
    ['grouping.by', 'x'],
  ] as const) {
    expect(validate(withFields({ [path]: value }))).toBe(false);
  }
});
