/** Policies of rooms that tell which borders a sum reaches: what is refused, and what plan, bands and terms follow. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { policyBands } from '../../app/lib/policy/bands.ts';
import { MOST_BORDER_STEPS, MOST_BORDERS } from '../../app/lib/policy/limits.ts';
import { policyPlan } from '../../app/lib/policy/plan.ts';
import {
  isAggregate,
  isJoined,
  isThreshold,
  parsePolicy,
  parsePolicyText,
  PolicyError,
  policyDigest,
  policyTerms,
  type Policy,
  type ThresholdPolicy,
} from '../../app/lib/policy/policy.ts';
import { readingOf } from '../../app/lib/policy/reading.ts';
import { policyJsonSchema } from '../../app/lib/policy/schema.ts';
import { bandExactness, bandWords } from '../../app/lib/policy/threshold-sentences.ts';
import {
  bandOf,
  bandsDigest,
  borderSum,
  MAX_BORDER_STEPS,
  MAX_BORDERS,
  slotSteps,
} from '../../app/lib/protocol/bands.ts';
import { assertPlan, planDigest } from '../../app/lib/protocol/plan.ts';
import { tallyCells } from '../../app/lib/protocol/tally.ts';
import { SOAK } from '../support/choice.ts';

beforeAll(initField);

const DAY = 86_400;

/** Three parties, amounts with two decimals, of which a row's may be negative: the least sum of a party is -1000.00. */
const THRESHOLD = {
  version: 2,
  template: { name: 'threshold', version: 1 },
  purpose: 'To try everything that a policy can say',
  parties: [{ label: 'A' }, { label: 'B' }, { label: 'C' }],
  identifier: { type: 'exact', column: 'id', normalisation: 'exact/1' },
  k: 5,
  minRows: 2,
  maxRows: 100,
  proofMode: 'succinct',
  column: { column: 'amount', decimals: 2, min: '-10', max: '90.5' },
  unit: '25',
  borders: ['-500', '0', '1000', '5000'],
  deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY },
};

/** A document with fields replaced, or removed where the value is undefined; paths are dotted. */
function withFields(changes: Record<string, unknown>, base: object = THRESHOLD): unknown {
  const document = structuredClone(base) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const parent = keys.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, document);
    if (value === undefined) delete parent[keys.at(-1)!];
    else parent[keys.at(-1)!] = structuredClone(value);
  }
  return document;
}
const policyOf = (changes: Record<string, unknown> = {}) => parsePolicy(withFields(changes)) as ThresholdPolicy;
const refusal = (changes: Record<string, unknown>): string => {
  try {
    policyOf(changes);
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  return 'not refused';
};

describe('a policy with a threshold', () => {
  test('is read as it is written', () => {
    expect(policyOf()).toEqual(THRESHOLD);
    const kinds = (policy: Policy) => [isThreshold, isAggregate, isJoined].map((is) => is(policy));
    expect(kinds(policyOf())).toEqual([true, false, false]);
  });

  test.each([
    ['proofMode', 'attested', /proofMode: the proof mode of the template "threshold" must be "succinct"/],
    ['template.version', 2, /template\.version: the template version must be 1/],
    ['k', 1, /k: k must be at least 2/],
    ['k', 101, /k: k must not be above maxRows \(100\)/],
    ['minParties', 2, /minParties: a room with a threshold goes on with all its parties: remove minParties/],
    ['column', undefined, /column: /],
    ['column.column', 'id', /column\.column: the identifier’s column is no value column/],
    ['column.release', 'sum', /column: unknown "release": remove it/],
    ['column.min', '91', /column\.min: min must not be above max \(90\.5\)/],
    ['column.max', '90.555', /column\.max: max is refused: it has 3 decimals/],
    ['column.max', '10995116268', /column\.max: max and min of a released column must be less than 2\^40 units/],
    ['unit', undefined, /unit: the unit must be a decimal number between quotes/],
    ['unit', '0', /unit: the unit must be above 0/],
    ['unit', '-25', /unit: the unit must be above 0/],
    ['unit', '0.001', /unit: the unit is refused: it has 3 decimals/],
    ['unit', '10995116277.76', /unit: the unit must be above 0 and below 2\^40 units of the last decimal/],
    ['borders', [], /borders: there are 1 to 8 borders/],
    ['borders', Array(9).fill('0'), /borders: there are 1 to 8 borders/],
    ['borders', undefined, /borders: borders must be a list/],
    ['borders', [0], /borders\.0: a border must be a decimal number between quotes/],
    ['borders', ['0', '0'], /borders\.1: borders must ascend/],
    ['borders', ['1000', '0'], /borders\.1: borders must ascend/],
    ['borders', ['-3000'], /borders\.0: the first border must be above -3000\.00, the least .* reached in any case/],
    ['borders', ['10'], /borders\.0: the border is no whole number of units \(25\) .* are 0\.00 and 25\.00/],
    ['borders', ['0.001'], /borders\.0: the border is refused: it has 3 decimals/],
    ['borders', ['2000'], /borders\.0: the border is 200 units \(25\) above -3000\.00, and may be 192/],
    ['borders', ['0', '4825'], /borders\.1: the border is 193 units \(25\) above the one before, and may be 192/],
    ['floor', '0.01', /floor: the floor must not be above 0/],
    ['floor', '-23058430092136939.52', /floor: the floor must lie between -2\^61 and 2\^61/],
    ['grouping', { column: 'amount' }, /unknown "grouping"/],
    ['contributors', 3, /unknown "contributors"/],
    ['columns', [], /unknown "columns"/],
    ['disclosure', { receipt: 'parties', figures: 'parties' }, /figures: the band stands on the chain for anyone/],
    [
      'batch',
      { column: 'amount', from: '2027-01-01', to: '2027-02-01', closes: '2027-02-02T00:00:00Z' },
      /batch\.column: a column of dates is no value column/,
    ],
  ])('with %s = %j is refused with a reason', (path, value, message) => {
    expect(() => policyOf({ [path]: value })).toThrow(PolicyError);
    expect(() => policyOf({ [path]: value })).toThrow(message);
  });

  test('may have borders as far apart as a mix has elements, and no step further', () => {
    expect(policyOf({ borders: ['0', '4800'] }).borders).toHaveLength(2);
    expect(policyOf({ borders: ['1800'] }).borders).toHaveLength(1);
    expect(refusal({ borders: ['1825'] })).toMatch(/193 units/);
    expect([MOST_BORDERS, MOST_BORDER_STEPS]).toEqual([MAX_BORDERS, MAX_BORDER_STEPS]);
  });

  test('is told a unit that would do, where it has steps too many', () => {
    for (const changes of [
      { borders: ['2000'] },
      { borders: ['0', '50000'] },
      { borders: ['-1000', '12000', '90000'] },
      { borders: ['0'], unit: '0.01' },
      { borders: ['99970'], floor: '-10' },
      { borders: ['1000000', '3000000'], 'column.min': '0', unit: '0.01' },
    ]) {
      const message = refusal(changes);
      const [, unit] = /a unit of "([\d.]+)" would do/.exec(message) ?? [];
      expect({ message, unit }).toMatchObject({ unit: expect.any(String) });
      expect(refusal({ ...changes, unit })).toBe('not refused');
    }
  });

  test('is told what else to do where no unit would', () => {
    // A prime number of hundredths from 0 on, then 1 more: only the smallest unit fits both.
    expect(refusal({ 'column.min': '0', unit: '0.01', borders: ['1000.03', '1000.04'] })).toMatch(
      /put borders between, or take a larger unit/,
    );
  });

  test('needs a floor that a party’s sum can reach, and sums that can be counted', () => {
    const below = { 'column.min': '-10', 'column.max': '-5', borders: ['-5'] };
    expect(refusal({ ...below, floor: '-9.99' })).toMatch(
      /floor: the floor lies above every sum that a party can have/,
    );
    expect(refusal({ ...below, floor: '-10' })).toBe('not refused');
    const vast = { 'column.decimals': 0, 'column.min': '-2000000000000000000', 'column.max': '-1999999999999999999' };
    expect(refusal({ ...vast, borders: ['25'] })).toMatch(/floor: a party’s sum could be -2\^61 .* state a floor/);
    const large = { 'column.decimals': 0, 'column.min': '2000000000000000000', 'column.max': '2000000000000000001' };
    expect(refusal({ ...large, unit: '1', borders: ['100'] })).toMatch(/unit: a party’s sum could be 2\^62 units/);
    expect(refusal({ ...large, unit: '100', borders: ['100'] })).toBe('not refused');
  });
});

describe('bands', () => {
  test('count steps from the least sums of all parties', () => {
    expect(policyBands(policyOf())).toEqual({
      ...{ column: 0, least: -1000n, floor: -100_000n, unit: 2500n, borders: [100, 120, 160, 320] },
    });
    expect(policyBands(policyOf({ floor: '-20', borders: ['-35', '65'] }))).toEqual({
      ...{ column: 0, least: -1000n, floor: -2000n, unit: 2500n, borders: [1, 5] },
    });
    const positive = { 'column.min': '3', borders: ['25', '100'] };
    expect(policyBands(policyOf(positive))).toMatchObject({ least: 300n, floor: 0n, borders: [1, 4] });
  });

  test('have a floor of whole units where the policy states none', () => {
    expect(policyBands(policyOf({ unit: '300', borders: ['0', '1200'] }))).toMatchObject({
      ...{ floor: -120_000n, borders: [12, 16] },
    });
  });

  test('stand for the amounts of the policy', () => {
    for (const changes of [{}, { floor: '-20', borders: ['-35', '65'] }, { 'column.min': '3' }]) {
      const document = changes as Record<string, unknown>;
      if ('column.min' in document) document.borders = ['25', '100'];
      const policy = policyOf(document);
      const bands = policyBands(policy)!;
      const sums = policy.borders.map((_, i) => borderSum(bands, i + 1, policy.parties.length));
      expect(sums).toEqual(policy.borders.map((border) => 100n * BigInt(border)));
    }
  });

  test('of other templates are none', () => {
    for (const example of ['overlap', 'defect-rate', 'loyalty-sum', 'campaign-lift']) {
      const policy = parsePolicyText(readFileSync(`examples/${example}.policy.json`, 'utf8'));
      expect(policyBands(policy)).toBeUndefined();
      expect(policyTerms(policy, 1n).bands).toBe(0n);
    }
  });

  test('are told in words, each of them', () => {
    const words = [0, 1, 2, 3, 4].map((band) => bandWords(policyOf(), band));
    expect(words).toEqual([
      'below -500',
      '-500 or more, and below 0',
      '0 or more, and below 1000',
      '1000 or more, and below 5000',
      '5000 or more',
    ]);
    for (const band of [-1, 5, 0.5]) expect(() => bandWords(policyOf(), band)).toThrow(RangeError);
    expect(bandExactness(policyOf())).toEqual([expect.stringContaining('less than 50.00 above it')]);
    expect(bandExactness(policyOf({ unit: '0.01', borders: ['-2999'] }))).toEqual(['The band is exact.']);
  });

  test('say of any sums what the policy promises of them', () => {
    const policy = policyOf();
    const bands = policyBands(policy)!;
    const sum = fc.bigInt({ min: -100_000n, max: 905_000n });
    fc.assert(
      fc.property(fc.array(sum, { minLength: 3, maxLength: 3 }), (sums) => {
        const rows = 100n;
        const steps = sums.map((each) => slotSteps(bands, { rows, sum: each - rows * bands.least }));
        const band = bandOf(
          bands,
          steps.reduce((all, each) => all + each, 0n),
        );
        const total = sums.reduce((all, each) => all + each, 0n);
        const borders = policy.borders.map((border) => 100n * BigInt(border));
        if (band > 0) expect(total).toBeGreaterThanOrEqual(borders[band - 1]);
        if (band < borders.length) expect(total).toBeLessThan(borders[band] + 2n * bands.unit);
      }),
      { numRuns: SOAK ? 20_000 : 500 },
    );
  });
});

describe('plan and terms', () => {
  test('open the sum of one column in one group, for all parties or none', () => {
    expect(policyPlan(policyOf())).toEqual({
      rules: [{ min: -1000n, max: 9050n, order: 0 }],
      borders: [0n, 1n],
      outputs: [1],
      quantiles: [],
      confidence: 0,
    });
    expect(() => assertPlan(policyPlan(policyOf())!)).not.toThrow();
    expect(policyTerms(policyOf(), 77n)).toMatchObject({
      ...{ slots: 3, min_slots: 3, contributors: 3, k: 5, proof_mode: 0, vectors: 0n, naming: 0 },
      plan: planDigest(policyPlan(policyOf())!),
      bands: bandsDigest(policyBands(policyOf())!),
    });
  });

  test('differ wherever the bands do', () => {
    const bands = [
      {},
      { borders: ['-500', '0', '1000'] },
      { borders: ['-500', '0', '1000', '5025'] },
      { unit: '50' },
      { floor: '-1000.25', borders: ['-500.75'] },
      { 'column.min': '-9' },
    ].map((changes) => policyTerms(policyOf(changes), 77n).bands);
    expect(new Set(bands).size).toBe(bands.length);
    const digests = [{}, { unit: '50' }].map((changes) => policyDigest(policyTerms(policyOf(changes), 77n)));
    expect(digests[0]).not.toBe(digests[1]);
  });
});

test('a document that is damaged anywhere is read or refused, never worse', () => {
  const text = JSON.stringify({ ...THRESHOLD, floor: '-1000' });
  const edit = fc.tuple(fc.nat(text.length - 1), fc.string({ unit: 'binary-ascii', maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
      const damaged = edits.reduce((now, [at, put]) => now.slice(0, at) + put + now.slice(at + put.length), text);
      try {
        const policy = parsePolicyText(damaged);
        assertPlan(policyPlan(policy)!);
        policyBands(policy);
      } catch (thrown) {
        expect(thrown instanceof PolicyError || thrown).toBe(true);
      }
    }),
    { numRuns: SOAK ? 100_000 : 2_000 },
  );
});

test('any amounts make bands that can be computed with, or a fault that names its field', () => {
  const amount = fc
    .tuple(fc.bigInt({ min: -1_000_000n, max: 100_000_000n }), fc.nat(2))
    .map(([value, decimals]) => (decimals > 0 ? `${value}.${'5'.repeat(decimals)}` : String(value)));
  fc.assert(
    fc.property(
      ...([
        amount,
        amount,
        amount,
        fc.array(amount, { minLength: 1, maxLength: 3 }),
        fc.option(amount, { nil: undefined }),
      ] as const),
      (min, max, unit, borders, floor) => {
        try {
          expect(policyBands(policyOf({ 'column.min': min, 'column.max': max, unit, borders, floor }))).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError);
        }
      },
    ),
    { numRuns: SOAK ? 50_000 : 1_000 },
  );
});

test('the JSON schema accepts what is valid, and refuses what it can tell', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(policyJsonSchema());
  expect(validate(THRESHOLD)).toBe(true);
  for (const [path, value] of [
    ['proofMode', 'attested'],
    ['borders', []],
    ['borders', Array(9).fill('0')],
    ['borders', [1]],
    ['unit', 5],
    ['column.release', 'sum'],
    ['column.max', undefined],
    ['contributors', 3],
  ] as const) {
    expect(validate(withFields({ [path]: value }))).toBe(false);
  }
});

test('the sample of counterparty exposure reaches two of three borders, by its tables added up plainly', async () => {
  const policy = parsePolicyText(readFileSync('examples/counterparty-exposure.policy.json', 'utf8')) as ThresholdPolicy;
  const tables = ['harbour', 'meadow', 'summit'].map((party) => `examples/sample-exposure-${party}.csv`);
  const bands = policyBands(policy)!;
  const plan = policyPlan(policy)!;
  let [steps, total] = [0n, 0];
  for (const [slot, table] of tables.entries()) {
    const rows: Record<string, string>[] = parse(readFileSync(table, 'utf8'), { columns: true });
    total += rows.reduce((sum, { outstanding }) => sum + Number(outstanding), 0);
    for (const { facility } of rows) expect(facility).toMatch(/^sample-/);
    const { dataset } = await readIdentifiers(await openCsv(table), readingOf(policy, { slot }));
    const [count, sum] = tallyCells(dataset, plan);
    expect(Number(count)).toBe(rows.length);
    expect(rows.length).toBeGreaterThanOrEqual(policy.k);
    steps += slotSteps(bands, { rows: count, sum });
  }
  expect(bandOf(bands, steps)).toBe(policy.borders.filter((border) => total >= Number(border)).length);
  expect(bandOf(bands, steps)).toBe(2);
  expect(policy.purpose).toMatch(/sample data/);
});
