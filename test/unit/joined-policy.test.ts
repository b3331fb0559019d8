/** Policies of rooms that join values: what is refused, what plan, vectors and terms follow, and what each slot's table is read for. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { MOST_JOINED_GROUPS } from '../../app/lib/policy/limits.ts';
import { policyPlan, policyRules } from '../../app/lib/policy/plan.ts';
import {
  isAggregate,
  isJoined,
  parsePolicy,
  parsePolicyText,
  PolicyError,
  policyDigest,
  policyTerms,
  type Policy,
} from '../../app/lib/policy/policy.ts';
import { readingOf } from '../../app/lib/policy/reading.ts';
import { policyJsonSchema } from '../../app/lib/policy/schema.ts';
import { joinedTerms } from '../../app/lib/policy/vectors.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { assertPlan, planDigest } from '../../app/lib/protocol/plan.ts';
import { rulesDigest } from '../../app/lib/protocol/rules.ts';
import { SOAK } from '../support/choice.ts';

beforeAll(initField);

const DAY = 86_400;

const COMMON = {
  version: 2,
  purpose: 'To try everything that a policy can say',
  parties: [{ label: 'A' }, { label: 'B' }, { label: 'C' }],
  identifier: { type: 'exact', column: 'id', normalisation: 'exact/1' },
  k: 5,
  minRows: 2,
  maxRows: 100,
  proofMode: 'succinct',
  deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY },
};

/** Four columns of two slots; slot 2 names groups by weight, and slot 0 holds nothing. */
const SUM = {
  ...COMMON,
  template: { name: 'intersection-sum', version: 1 },
  columns: [
    { slot: 1, column: 'defects', decimals: 0, min: '-3', max: '1000', release: 'sum' },
    { slot: 2, column: 'weight', decimals: 2, min: '-1.50', max: '99.99', release: 'nothing' },
    { slot: 1, column: 'units', decimals: 1, min: '1', max: '1000.5', release: 'variance' },
    { slot: 2, column: 'cost', decimals: 0, min: '0', max: '500', release: 'variance' },
  ],
  grouping: { column: 'weight', borders: ['-1.5', '10', '100'] },
  ratio: { numerator: 'cost', denominator: 'units' },
  confidence: 99,
};

/** Slot 1 assigns, the others hold an outcome each. */
const LIFT = {
  ...COMMON,
  template: { name: 'lift', version: 1 },
  assignment: { slot: 1, column: 'arm', control: 'none', test: 'shown' },
  outcomes: [
    { slot: 2, column: 'bought', kind: 'binary' },
    { slot: 0, column: 'paid', kind: 'amount', decimals: 2, cap: '99.50' },
  ],
};

/** A document with fields replaced, or removed where the value is undefined; paths are dotted. */
function withFields(base: object, changes: Record<string, unknown>): unknown {
  const document = structuredClone(base) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const parent = keys.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, document);
    if (value === undefined) delete parent[keys.at(-1)!];
    else parent[keys.at(-1)!] = structuredClone(value);
  }
  return document;
}
const sumOf = (changes: Record<string, unknown> = {}): Policy => parsePolicy(withFields(SUM, changes));
const liftOf = (changes: Record<string, unknown> = {}): Policy => parsePolicy(withFields(LIFT, changes));

const texts = (count: number, from = 0) => Array.from({ length: count }, (_, i) => String(from + i));
const labelled = (count: number) => ({ slot: 2, column: 'weight', labels: texts(count) });

describe('a policy that adds up values over the identifiers in common', () => {
  test('is read as it is written', () => {
    expect(sumOf()).toEqual(SUM);
    expect([isJoined(sumOf()), isAggregate(sumOf())]).toEqual([true, false]);
  });

  test.each([
    ['proofMode', 'attested', /proofMode: the proof mode of the template "intersection-sum" must be "succinct"/],
    ['template.version', 2, /template\.version: the template version must be 1/],
    ['k', 1, /k: k must be at least 2/],
    ['k', 101, /k: k must not be above maxRows \(100\)/],
    ['minParties', 2, /minParties: a room that joins values goes on with all its parties: remove minParties/],
    ['columns', [], /columns: there is at least one value column/],
    ['columns', undefined, /columns: columns must be a list/],
    ['columns', Array(5).fill(SUM.columns[0]), /columns: there are at most 4 value columns/],
    ['columns.0.slot', undefined, /columns\.0\.slot: the slot must be a whole number/],
    ['columns.0.slot', 3, /columns\.0\.slot: there is no slot 3: the parties are slots 0 to 2/],
    ['columns.0.slot', 5, /columns\.0\.slot: the slot must be at most 4/],
    ['columns.0.slot', [1, 2], /columns\.0\.slot: the slot must be a whole number/],
    ['columns.0.unit', 'kg', /columns\.0: unknown "unit"/],
    ['columns.0.column', 'id', /columns\.0\.column: the identifier’s column is no value column/],
    ['columns.2.column', 'defects', /columns\.2\.column: another value column has this name/],
    ['columns.0.min', '2000', /columns\.0\.min: min must not be above max \(1000\)/],
    ['columns.0.max', '1.5', /columns\.0\.max: max is refused: it has 1 decimals/],
    ['columns.0.max', '10995116275', /columns\.0\.max: the span of the column .* times maxRows must be below 2\^40/],
    ['columns.3.max', '104858', /columns\.3\.max: the square of the column’s span .* below 2\^40 where its variance/],
    ['columns.0.release', 'nothing', /columns\.0: nothing is released of this column, and rows are not grouped by it/],
    ['columns.0', { slot: 1, column: 'c', labels: ['a', 'b'] }, /columns\.0: nothing is released of this column/],
    ['columns.1', labelled(9), /columns\.1\.labels: a grouping is into 2 to 8 groups/],
    ['columns.1', labelled(1), /columns\.1\.labels: a grouping is into 2 to 8 groups/],
    ['grouping', undefined, /columns\.1: nothing is released of this column/],
    ['grouping.column', 'height', /grouping\.column: there is no value column of this name/],
    ['grouping.borders', undefined, /grouping\.borders: a grouping by a numeric column needs borders/],
    ['grouping.borders', ['-1.5', '100'], /grouping\.borders: there are 3 to 9 borders/],
    ['grouping.borders', ['-1.5', ...texts(8), '100'], /grouping\.borders: there are 3 to 9 borders/],
    ['grouping.borders', ['-1', '10', '100'], /grouping\.borders: the first border .* above the column’s min/],
    ['grouping.borders', ['-1.5', '10', '99.99'], /grouping\.borders: the last border must be above/],
    ['ratio.numerator', 'defects', /ratio\.numerator: a ratio is of columns whose min is not below 0/],
    ['ratio.denominator', 'weight', /ratio\.denominator: a ratio is of numeric columns that release their sum/],
    ['quantiles', [5000], /unknown "quantiles": remove it/],
    ['contributors', 1, /unknown "contributors": remove it/],
    ['dominance', 20, /unknown "dominance": remove it/],
    ['confidence', 80, /confidence: the confidence must be 90, 95 or 99/],
    [
      'batch',
      { column: 'cost', from: '2027-01-01', to: '2027-02-01', closes: '2027-02-02T00:00:00Z' },
      /batch\.column: a column of dates is no value column/,
    ],
  ])('with %s = %j is refused with a reason', (path, value, message) => {
    expect(() => sumOf({ [path]: value })).toThrow(PolicyError);
    expect(() => sumOf({ [path]: value })).toThrow(message);
  });

  test('needs a column that releases a sum, and a confidence one that releases its variance', () => {
    const nothing = { columns: [SUM.columns[1]], ratio: undefined };
    expect(() => sumOf({ ...nothing, confidence: undefined })).toThrow(/columns: at least one column releases its sum/);
    const sums = { columns: SUM.columns.slice(0, 2), ratio: undefined };
    expect(() => sumOf(sums)).toThrow(/confidence: a confidence needs a column/);
  });

  test('is bound by sums over as many rows as a party may bring, to the unit', () => {
    const one = (max: string, release: string, maxRows = 128) => ({
      ...{ maxRows, grouping: undefined, ratio: undefined, confidence: undefined },
      columns: [{ slot: 0, column: 'v', decimals: 0, min: '1', max, release }],
    });
    // 2^40 / 128 = 2^33; and the root of 2^33 lies between 92681 and 92682.
    expect(() => sumOf(one('8589934592', 'sum'))).not.toThrow();
    expect(() => sumOf(one('8589934593', 'sum'))).toThrow(/below 2\^40/);
    expect(() => sumOf(one('92682', 'variance'))).not.toThrow();
    expect(() => sumOf(one('92683', 'variance'))).toThrow(/below 2\^40/);
    expect(() => sumOf(one('8589934592', 'sum', 127))).not.toThrow();
  });
});

describe('a policy of lift', () => {
  test('is read as it is written', () => {
    expect(liftOf()).toEqual(LIFT);
    expect(isJoined(liftOf())).toBe(true);
  });

  test.each([
    ['proofMode', 'attested', /proofMode: the proof mode of the template "lift" must be "succinct"/],
    ['assignment', undefined, /assignment: /],
    ['assignment.slot', 4, /assignment\.slot: there is no slot 4/],
    ['assignment.test', 'none', /assignment\.test: labels must differ/],
    ['assignment.control', '', /assignment\.control: the label of control must not be empty/],
    ['assignment.control', ' a', /assignment\.control: the label of control must not begin or end with a space/],
    ['assignment.column', 'id', /assignment\.column: the identifier’s column/],
    ['outcomes', [], /outcomes: there are 1 to 3 outcomes/],
    ['outcomes', Array(4).fill(LIFT.outcomes[0]), /outcomes: there are 1 to 3 outcomes/],
    ['outcomes.0.slot', 1, /outcomes\.0\.slot: the slot that assigns holds no outcome/],
    ['outcomes.0.slot', 3, /outcomes\.0\.slot: there is no slot 3/],
    ['outcomes.0.kind', 'rate', /outcomes\.0\.kind: the kind of an outcome must be "binary" or "amount"/],
    ['outcomes.0.cap', '1', /outcomes\.0: unknown "cap"/],
    ['outcomes.0.column', 'arm', /outcomes\.0\.column: another value column has this name/],
    ['outcomes.1.decimals', 7, /outcomes\.1\.decimals: decimals must be at most 6/],
    ['outcomes.1.cap', '99.505', /outcomes\.1\.cap: the cap is refused: it has 3 decimals/],
    ['outcomes.1.cap', '-1', /outcomes\.1\.cap: the cap must not be below 0/],
    ['outcomes.1.cap', '1048.58', /outcomes\.1\.cap: the square of the column’s span/],
    ['outcomes.1.cap', undefined, /outcomes\.1\.cap: the cap must be a decimal number/],
    ['columns', [], /unknown "columns"/],
    ['grouping', { column: 'arm' }, /unknown "grouping"/],
    ['minParties', 2, /minParties: a room that joins values/],
  ])('with %s = %j is refused with a reason', (path, value, message) => {
    expect(() => liftOf({ [path]: value })).toThrow(PolicyError);
    expect(() => liftOf({ [path]: value })).toThrow(message);
  });
});

test.each([
  ['intersection-sum', SUM],
  ['lift', LIFT],
])('a document of %s that is damaged anywhere is read or refused, never worse', (_name, base) => {
  const text = JSON.stringify(base);
  const edit = fc.tuple(fc.nat(text.length - 1), fc.string({ unit: 'binary-ascii', maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
      const damaged = edits.reduce((now, [at, put]) => now.slice(0, at) + put + now.slice(at + put.length), text);
      try {
        const policy = parsePolicyText(damaged);
        const plan = policyPlan(policy);
        if (plan) assertPlan(plan);
        joinedTerms(policy);
      } catch (thrown) {
        expect(thrown instanceof PolicyError || thrown).toBe(true);
      }
    }),
    { numRuns: SOAK ? 100_000 : 2_000 },
  );
});

describe('the plan', () => {
  test('of a sum has columns by their numbers, and never quantiles', () => {
    expect(policyPlan(sumOf())).toEqual({
      rules: [
        { min: -3n, max: 1000n, order: 0 },
        { min: -150n, max: 9999n, order: 0 },
        { min: 10n, max: 10_005n, order: 0 },
        { min: 0n, max: 500n, order: 0 },
      ],
      grouping: 1,
      borders: [-150n, 1000n, 10_000n],
      outputs: [1, 0, 2, 2],
      ratio: { numerator: 3, denominator: 2 },
      quantiles: [],
      confidence: 2_575_829,
    });
  });

  test('of lift has control and test for groups, opens squares of all outcomes, and tells lift', () => {
    expect(policyPlan(liftOf())).toEqual({
      rules: [
        { min: 0n, max: 1n, order: 0 },
        { min: 0n, max: 1n, order: 0 },
        { min: 0n, max: 9950n, order: 0 },
      ],
      grouping: 0,
      borders: [0n, 1n, 2n],
      outputs: [0, 2, 2],
      quantiles: [],
      confidence: 1_959_964,
      lift: true,
    });
    expect(policyPlan(liftOf({ confidence: 90 }))!.confidence).toBe(1_644_854);
  });

  test('can be carried out, whatever valid policy it is of', () => {
    const sums: Record<string, unknown>[] = [
      {},
      { 'columns.1': labelled(MOST_JOINED_GROUPS), grouping: { column: 'weight' } },
      { 'columns.1': labelled(2), grouping: { column: 'weight' } },
      { columns: [SUM.columns[3]], grouping: undefined, ratio: undefined },
    ];
    for (const change of sums) expect(() => assertPlan(policyPlan(sumOf(change))!)).not.toThrow();
    expect(() => assertPlan(policyPlan(liftOf())!)).not.toThrow();
  });
});

describe('the terms', () => {
  const TEMPLATE = 77n;
  const bits = (...numbers: readonly (readonly [slot: number, vector: number])[]) =>
    numbers.reduce((mask, [slot, vector]) => mask + 2n ** BigInt(8 * slot + vector), 0n);

  test('say which slot brings which sums and squares, and which one names groups', () => {
    // Columns 0 and 2 of slot 1, column 3 of slot 2, which names groups by column 1.
    expect(joinedTerms(sumOf())).toEqual({ vectors: bits([1, 0], [1, 4], [1, 5], [2, 6], [2, 7]), naming: 3 });
    // Column 1 of slot 2, column 2 of slot 0, all with squares; slot 1 assigns.
    expect(joinedTerms(liftOf())).toEqual({ vectors: bits([2, 2], [2, 3], [0, 4], [0, 5]), naming: 2 });
  });

  test('name the first slot that brings a vector where there are no groups', () => {
    const ungrouped = { grouping: undefined, columns: [SUM.columns[3], SUM.columns[2]] };
    expect(joinedTerms(sumOf(ungrouped)).naming).toBe(2);
    expect(joinedTerms(sumOf({ ...ungrouped, 'columns.1.slot': 2 })).naming).toBe(3);
  });

  test('hold digests of rules and plan, all slots, and one contributor', () => {
    for (const policy of [sumOf(), liftOf()]) {
      expect(policyTerms(policy, TEMPLATE)).toMatchObject({
        ...{ slots: 3, min_slots: 3, k: 5, proof_mode: 0, contributors: 1, ...joinedTerms(policy) },
        rules: rulesDigest(policyRules(policy)),
        plan: planDigest(policyPlan(policy)!),
      });
    }
  });

  test('differ wherever the policy does', () => {
    const digests = [
      ...[
        {},
        { 'columns.0.slot': 0 },
        { 'columns.0.release': 'variance' },
        { 'grouping.borders': ['-1.5', '11', '100'] },
      ].map(sumOf),
      ...[
        {},
        { 'assignment.slot': 0, 'outcomes.1.slot': 1 },
        { 'assignment.test': 'seen' },
        { 'outcomes.1.cap': '99' },
      ].map(liftOf),
    ].map((policy) => policyDigest(policyTerms(policy, TEMPLATE)));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('of other templates bring no vectors', () => {
    const { grouping: _, ratio: __, confidence: ___, columns: ____, ...overlap } = SUM;
    const policy = parsePolicy({ ...overlap, template: { name: 'overlap', version: 1 } });
    expect(joinedTerms(policy)).toEqual({ vectors: 0n, naming: 0 });
  });
});

describe('the table of a slot', () => {
  const read = async (policy: Policy, slot: number, csv: string) =>
    readIdentifiers(await openCsv(new Blob([csv])), readingOf(policy, { slot }));
  const valuesOf = async (policy: Policy, slot: number, csv: string) => {
    const { dataset } = await read(policy, slot, csv);
    return (id: string) => dataset.values![dataset.digests.indexOf(identifierDigest('exact', id))];
  };

  test('is asked for its own columns alone; the others have their least values', async () => {
    const one = await valuesOf(sumOf(), 1, 'id,units,defects\na,1.5,7\nb,1000.5,-3\n');
    expect([one('a'), one('b')]).toEqual([
      [7n, -150n, 15n, 0n],
      [-3n, -150n, 10_005n, 0n],
    ]);
    const two = await valuesOf(sumOf(), 2, 'id,weight,cost,note\na,12.25,500,x\nb,-1.50,0,y\n');
    expect([two('a'), two('b')]).toEqual([
      [-3n, 1225n, 10n, 500n],
      [-3n, -150n, 10n, 0n],
    ]);
    const assigned = await valuesOf(liftOf(), 1, 'id,arm\na,shown\nb,none\n');
    expect([assigned('a'), assigned('b')]).toEqual([
      [1n, 0n, 0n],
      [0n, 0n, 0n],
    ]);
    expect((await valuesOf(liftOf(), 0, 'id,paid\na,99.5\nb,0\n'))('a')).toEqual([0n, 0n, 9950n]);
  });

  test('keeps rules that the plan sets, whoever’s it is', async () => {
    const rules = policyRules(sumOf());
    for (const [slot, csv] of [
      'id\na\nb\n',
      'id,units,defects\na,1,0\nb,2,0\n',
      'id,weight,cost\na,0,0\nb,0,0\n',
    ].entries()) {
      const { values } = (await read(sumOf(), slot, csv)).dataset;
      for (const row of values!)
        row.forEach((value, i) => expect(value >= rules[i].min && value <= rules[i].max).toBe(true));
    }
  });

  test('is refused where it lacks a column of its own, holds a wrong value, or repeats an identifier', async () => {
    await expect(read(sumOf(), 1, 'id,units\na,1\nb,2\n')).rejects.toThrow(/defects/);
    await expect(read(liftOf(), 2, 'id,bought\na,2\nb,0\n')).rejects.toThrow(/line 2: the value of column "bought"/);
    await expect(read(liftOf(), 0, 'id,paid\na,99.51\nb,0\n')).rejects.toThrow(/above the greatest .* 99\.50/);
    await expect(read(liftOf(), 1, 'id,arm\na,maybe\nb,none\n')).rejects.toThrow(/none of the labels/);
    await expect(read(sumOf(), 2, 'id,weight,cost\na,1,1\na,1,1\nb,1,1\n')).rejects.toThrow(/same identifier/);
  });

  test('may repeat identifiers where it carries no value of its own', async () => {
    const { dataset, duplicates } = await read(sumOf(), 0, 'id\na\nb\na\n');
    expect(duplicates).toBe(1);
    expect(dataset.values).toEqual(Array(2).fill([-3n, -150n, 10n, 0n]));
  });

  test('is not read without the slot that it is of', () => {
    expect(() => readingOf(sumOf())).toThrow(/say which slot’s table it is/);
  });
});

test('the JSON schema accepts what is valid, and refuses what it can tell', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(policyJsonSchema());
  expect([SUM, LIFT].map((document) => validate(document))).toEqual([true, true]);
  for (const [base, path, value] of [
    [SUM, 'proofMode', 'attested'],
    [SUM, 'columns.0.slot', 5],
    [SUM, 'columns', []],
    [SUM, 'quantiles', [5000]],
    [SUM, 'grouping.borders', ['0', '1']],
    [LIFT, 'outcomes', []],
    [LIFT, 'outcomes.0.kind', 'rate'],
    [LIFT, 'assignment.control', ''],
    [LIFT, 'contributors', 1],
  ] as const) {
    expect(validate(withFields(base, { [path]: value }))).toBe(false);
  }
});
