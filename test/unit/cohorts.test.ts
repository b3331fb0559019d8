/**
 * Overlaps by cohorts, from policy and tables to the counts: what the documents say, and that the whole protocol (lists, flags,
 * encrypted zeros, masks), without its proofs, comes to what a plain count finds.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { approvalFlags } from '../../app/lib/check/policy-flags.ts';
import { whatLeaves } from '../../app/lib/check/outgoing.ts';
import { estimateProofs } from '../../app/lib/check/estimate.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { policyPlan, policyRules } from '../../app/lib/policy/plan.ts';
import {
  documentName,
  isCohorts,
  isJoined,
  parsePolicy,
  policyDigest,
  policySummary,
  policyTerms,
  type Policy,
} from '../../app/lib/policy/policy.ts';
import { readingOf } from '../../app/lib/policy/reading.ts';
import { isOverlap, policyJsonSchema } from '../../app/lib/policy/schema.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { ciphertextsOf } from '../../app/lib/protocol/encrypted.ts';
import { addMasked, deriveFigures, figureFields, rowsOf } from '../../app/lib/protocol/figures.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { maskTally } from '../../app/lib/protocol/masked.ts';
import { openTally } from '../../app/lib/protocol/opened.ts';
import { assertPlan, planDigest } from '../../app/lib/protocol/plan.ts';
import { rulesDigest } from '../../app/lib/protocol/rules.ts';
import { reportOutcome } from '../../app/lib/template/figures-report.ts';
import { joinedOutcome } from '../../app/lib/template/joined-outcome.ts';
import type { Outcome } from '../../app/lib/template/template.ts';
import { randomFrom, SEED, SOAK } from '../support/choice.ts';
import { joinedBy } from '../support/joined.ts';
import { playDatasets } from '../support/played-joined.ts';

beforeAll(initField);

const DAY = 86_400;
const CONTEXT = 0xc0407n;

/** Slot 1 of three divides its list by tiers. */
const TIERS = {
  version: 2,
  template: { name: 'overlap', version: 1 },
  purpose: 'To try cohorts',
  parties: [{ label: 'A' }, { label: 'B' }, { label: 'C' }],
  identifier: { type: 'exact', column: 'id', normalisation: 'exact/1' },
  k: 3,
  minRows: 1,
  maxRows: 100,
  proofMode: 'succinct',
  cohorts: { slot: 1, column: 'tier', labels: ['basic', 'silver', 'gold'] },
  deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY },
};
const AGES = {
  ...TIERS,
  cohorts: { slot: 0, column: 'age', decimals: 1, min: '18', max: '99.9', borders: ['18', '40', '100'] },
};
const { cohorts: _, ...PLAIN } = TIERS;

const policyOf = (changes: object = {}): Policy => parsePolicy({ ...TIERS, ...changes });
const labels = (count: number): string[] => Array.from({ length: count }, (_, i) => `t${i}`);

describe('a policy of an overlap with cohorts', () => {
  test('is of the template "overlap", joins, and is no plain overlap', () => {
    for (const document of [TIERS, AGES]) {
      const policy = parsePolicy(document);
      expect(policy.template).toEqual({ name: 'overlap', version: 1 });
      expect([isCohorts, isJoined, isOverlap].map((is) => is(policy))).toEqual([true, true, false]);
    }
    const plain = parsePolicy(PLAIN);
    expect([isCohorts, isJoined, isOverlap].map((is) => is(plain))).toEqual([false, false, true]);
  });

  test.each<[what: string, changes: object]>([
    ['two labels', { cohorts: { ...TIERS.cohorts, labels: labels(2) } }],
    ['eight labels', { cohorts: { ...TIERS.cohorts, labels: labels(8) } }],
    [
      'eight cohorts by borders',
      { cohorts: { ...AGES.cohorts, borders: ['0', '20', '30', '40', '50', '60', '70', '80', '100'] } },
    ],
    ['the last party’s list', { cohorts: { ...TIERS.cohorts, slot: 2 } }],
    ['figures for anyone', { disclosure: { receipt: 'parties', figures: 'public' } }],
  ])('may have %s', (_what, changes) => void expect(() => policyOf(changes)).not.toThrow());

  test.each<[what: string, changes: object, refusal: RegExp]>([
    ['one cohort', { cohorts: { ...TIERS.cohorts, labels: ['all'] } }, /cohorts\.labels: a grouping is into 2 to 8/],
    [
      'nine cohorts',
      { cohorts: { ...TIERS.cohorts, labels: labels(9) } },
      /cohorts\.labels: a grouping is into 2 to 8/,
    ],
    [
      'the same label twice',
      { cohorts: { ...TIERS.cohorts, labels: ['a', 'a'] } },
      /cohorts\.labels: labels must diff/,
    ],
    ['a party that is none', { cohorts: { ...TIERS.cohorts, slot: 3 } }, /cohorts\.slot: there is no slot 3/],
    ['the identifier’s column', { cohorts: { ...TIERS.cohorts, column: 'id' } }, /cohorts\.column: the identifier’s/],
    ['no borders', { cohorts: { ...AGES.cohorts, borders: undefined } }, /cohorts/],
    ['two borders', { cohorts: { ...AGES.cohorts, borders: ['0', '100'] } }, /cohorts\.borders: there are 3 to 9/],
    ['falling borders', { cohorts: { ...AGES.cohorts, borders: ['18', '50', '40'] } }, /cohorts\.borders: .*ascend/],
    ['a gap', { cohorts: { ...AGES.cohorts, borders: ['20', '40', '100'] } }, /cohorts\.borders: the first border/],
    ['a value beyond', { cohorts: { ...AGES.cohorts, borders: ['18', '40', '99'] } }, /cohorts\.borders: the last/],
    ['a release', { cohorts: { ...AGES.cohorts, release: 'sum' } }, /unknown "release"/],
    ['nothing', { cohorts: null }, /cohorts: /],
    ['attested proofs', { proofMode: 'attested' }, /proofMode: .*overlap with cohorts must be "succinct"/],
    [
      'figures for the parties alone',
      { disclosure: { receipt: 'parties', figures: 'parties' } },
      /disclosure\.figures: the total stands on the chain .* found out: it must be "public"/,
    ],
    ['fewer parties', { minParties: 2 }, /minParties: a room that joins values goes on with all/],
    ['a column of dates', batchOf('tier'), /batch\.column: a column of dates is no value column/],
    ['a value column', { columns: [] }, /unknown "columns"/],
    ['a grouping', { grouping: { column: 'tier' } }, /unknown "grouping"/],
    ['a k above all rows', { k: 101 }, /k must not be above maxRows/],
  ])('is refused with %s', (_what, changes, refusal) => {
    expect(() => parsePolicy(JSON.parse(JSON.stringify({ ...TIERS, ...changes })))).toThrow(refusal);
  });

  test('that other templates do not know is refused there', () => {
    for (const name of ['aggregate', 'intersection-sum', 'lift', 'threshold'])
      expect(() => policyOf({ template: { name, version: 1 } })).toThrow(/unknown .*"cohorts"/);
  });

  test('is valid by the JSON schema, and refused by it without parts', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(policyJsonSchema());
    expect([TIERS, AGES, PLAIN].map((document) => validate(document))).toEqual([true, true, true]);
    for (const cohorts of [{}, { ...TIERS.cohorts, slot: 5 }, { ...AGES.cohorts, borders: ['0', '1'] }])
      expect(validate({ ...TIERS, cohorts })).toBe(false);
    expect(validate({ ...TIERS, proofMode: 'attested' })).toBe(false);
  });

  test('raises small k as counts of cohorts, says what leaves, and counts its proofs', () => {
    const policy = policyOf();
    const [flag] = approvalFlags({ policy, now: 0 });
    expect(flag).toMatchObject({ id: 'small-k', title: 'Counts of cohorts are released from k = 3 on' });
    expect(whatLeaves(policy, 40).join('\n')).toMatch(/as many zeros as it has identifiers, 40 ciphertexts/);
    const steps = (slot: number) => estimateProofs(policy, 20, slot).map(({ step }) => step);
    expect(steps(1)).toContain('encrypt');
    expect(steps(2)).toContain('select');
    expect(steps(0)).not.toEqual(expect.arrayContaining(['encrypt', 'select']));
  });
});

function batchOf(column: string): object {
  return { batch: { column, from: '2027-01-01', to: '2027-02-01', closes: '2027-02-03T00:00:00Z' } };
}

describe('what the room computes', () => {
  test('is a plan of the cohorts and a column of zeros whose sums are opened, brought by the party that names cohorts', () => {
    const policy = policyOf();
    const zeros = { min: 0n, max: 0n, order: 0 };
    expect(policyPlan(policy)).toEqual({
      rules: [{ min: 0n, max: 2n, order: 0 }, zeros],
      grouping: 0,
      borders: [0n, 1n, 2n, 3n],
      outputs: [0, 1],
      quantiles: [],
      confidence: 0,
    });
    expect(() => assertPlan(policyPlan(policy)!)).not.toThrow();
    expect(policyTerms(policy, 7n)).toMatchObject({
      ...{ slots: 3, min_slots: 3, k: 3, proof_mode: 0, contributors: 1, bands: 0n },
      // Vector 2, of column 1, of slot 1.
      ...{ vectors: 1n << 10n, naming: 2 },
      rules: rulesDigest(policyRules(policy)),
      plan: planDigest(policyPlan(policy)!),
    });
    expect(policyPlan(parsePolicy(AGES))).toMatchObject({
      rules: [{ min: 180n, max: 999n, order: 0 }, zeros],
      borders: [180n, 400n, 1000n],
    });
  });

  test('leaves an overlap without cohorts as it was', () => {
    const plain = parsePolicy(JSON.parse(readFileSync('examples/overlap.policy.json', 'utf8')));
    expect(documentName(plain)).toBe('6a81415c2971b5beee157dd3cd4f6e1d15931424aa9d818eae3bcbe2baa8ee5c');
    expect(policyTerms(plain, 7n)).toMatchObject({ plan: 0n, contributors: 0, vectors: 0n, naming: 0, bands: 0n });
    expect(fieldToHex(policyDigest(policyTerms(plain, 7n)))).toBe(
      '0x0b8f85f122c8afbc61c30ac7e74f3ebe129baa5c6a121ce12416e18d9efb2bfd',
    );
  });

  test('reads the cohort from the one table, and zeros from none', async () => {
    const read = async (slot: number, csv: string) =>
      (await readIdentifiers(await openCsv(new Blob([csv])), readingOf(policyOf(), { slot }))).dataset.values;
    expect(new Set((await read(1, 'id,tier\na,gold\nb,basic\n'))!.map(String))).toEqual(new Set(['2,0', '0,0']));
    expect(await read(0, 'id,zeros\na,5\na,6\n')).toEqual([[0n, 0n]]);
    await expect(read(1, 'id\na\n')).rejects.toThrow(/tier/);
    await expect(read(1, 'id,tier\na,gold\na,basic\n')).rejects.toThrow(/same identifier/);
    await expect(read(1, 'id,tier\na,brass\n')).rejects.toThrow(/none of the labels/);
  });
});

test('the summary says that counts of open cohorts and their total are released, and nothing else', () => {
  const summary = policySummary(policyOf());
  expect(summary).toMatch(/^A, B and C count by cohort the identifiers that all 3 hold, for this purpose/);
  expect(summary).toContain('A cohort is open if it has 3 identifiers in common or more.');
  expect(summary).toContain('Cohorts are by the column "tier" of B: each of its labels is a cohort.');
  expect(summary).toContain('the number in common of all cohorts is not released unless all are open');
  expect(summary).not.toMatch(/\bsum\b|mean|variance/);
  expect(policySummary(parsePolicy(AGES))).toContain('with the borders 18, 40 and 100');
});

/** All steps of a room, without proofs. */
async function play(policy: Policy, datasets: readonly Dataset[]): Promise<Outcome> {
  const { vectors, naming } = policyTerms(policy, 1n);
  const plan = policyPlan(policy)!;
  const [owner, vector] = [naming - 1, 2];
  expect(vectors).toBe(1n << BigInt(8 * owner + vector));
  const seeds = datasets.map((_, slot) => new Uint8Array(32).fill(slot + 1));
  const members = [...seeds.keys()];
  const keys = seeds.map(deriveKeys);
  const room = { context: CONTEXT, plan, k: policy.k, naming: owner, owner, vectors: [vector], seeds };
  const { encrypted, sums } = await playDatasets(room, datasets);
  // Zeros are encrypted like any number: no two ciphertexts are the same, and none holds infinity.
  const ciphertexts = ciphertextsOf(encrypted[0]);
  expect(ciphertexts).toHaveLength(datasets[owner].digests.length);
  expect(new Set(ciphertexts.flatMap(({ c1, c2 }) => [c1.x, c2.x])).size).toBe(2 * ciphertexts.length);
  const opened = await openTally({
    selected: sums,
    decryption: keys[owner].decryption,
    counting: true,
    bound: 1n,
  });
  const open = opened.full;
  if (open === 0) return { suppressed: true };
  const full = members.map((slot) => (slot === owner ? open : 0));
  const none = await openTally({ selected: [], decryption: 1n, counting: false });
  const masked = members.map((slot) =>
    maskTally({
      ...{
        context: CONTEXT,
        slot,
        transcript: 99n,
        members,
        keys: keys.map((each) => each.decryptionPublic),
        plan,
        open,
      },
      ...{ decryption: keys[slot].decryption, full: full[slot], cells: slot === owner ? opened.cells : none.cells },
    }),
  );
  const figures = deriveFigures(addMasked(masked), { plan, k: policy.k, full, open });
  return {
    suppressed: false,
    count: rowsOf(figures),
    figures: figureFields(figures).map((field) => fieldToHex(field)),
  };
}

type Table = ReadonlyMap<number, number>;

/** Each person with the cohort of the party that names them, in as many tables as there are parties. */
function datasetsOf(tables: readonly Table[], owner: number): Dataset[] {
  return tables.map((table, slot) => {
    const people = [...table].sort(([a], [b]) => a - b);
    return makeDataset(
      people.map(([person]) => BigInt(person + 1)),
      people.map(([, cohort]) => [slot === owner ? BigInt(cohort) : 0n, 0n]),
    );
  });
}

/** What a plain count finds, without any code of the project. */
function plainCounts(tables: readonly Table[], owner: number, cohorts: number): number[] {
  const common = [...tables[owner]].filter(([person]) => tables.every((table) => table.has(person)));
  return Array.from({ length: cohorts }, (_, g) => common.filter(([, cohort]) => cohort === g).length);
}

function expectCounts(policy: Policy, outcome: Outcome, counts: readonly number[]): void {
  const open = counts.filter((count) => count >= policy.k);
  if (open.length === 0) return expect(outcome).toEqual({ suppressed: true });
  const total = open.reduce((sum, count) => sum + count, 0);
  expect(outcome).toMatchObject({ suppressed: false, count: total });
  const report = reportOutcome(policy, outcome)!;
  expect(report.groups.map(({ open: isOpen, rows, columns }) => [isOpen, rows, columns])).toEqual(
    counts.map((count) => (count >= policy.k ? [true, count, []] : [false, 0, []])),
  );
  const lines = joinedOutcome.outcomeLines(policy, outcome);
  expect(lines[0]).toBe(`${open.length} of ${counts.length} cohorts are open, with ${total} identifiers in common.`);
  counts.forEach((count, g) =>
    expect(lines[1 + g]).toMatch(count >= policy.k ? `: ${count} in common.` : /: suppressed\.$/),
  );
  expect(lines.at(-1)).toMatch(open.length === counts.length ? `the overlap is ${total}.` : /not released\.$/);
}

describe('the counts', () => {
  const tablesOf = (parties: number, common: readonly number[], more: number): Table[] => {
    let person = 0;
    const shared = common.flatMap((count, cohort) => Array.from({ length: count }, () => [person++, cohort] as const));
    return Array.from({ length: parties }, () => {
      const own = Array.from({ length: more }, () => [person++, person % common.length] as const);
      return new Map([...shared, ...own]);
    });
  };
  const cohortPolicy = (parties: number, cohorts: number, slot: number, k: number): Policy =>
    policyOf({
      parties: labels(parties).map((label) => ({ label })),
      cohorts: { slot, column: 'tier', labels: labels(cohorts) },
      k,
    });

  test.each<[what: string, parties: number, k: number, common: number[], more: number]>([
    ['an empty intersection', 2, 2, [0, 0], 3],
    ['all rows in common', 3, 2, [4, 3, 2], 0],
    ['one row each', 2, 2, [1, 0], 0],
    ['k - 1, k and k + 1 in a cohort', 2, 4, [3, 4, 5], 2],
    ['k - 1 in each of two cohorts, which are k together', 3, 4, [3, 3], 1],
    ['eight cohorts, one of them open', 2, 2, [1, 1, 1, 2, 1, 1, 1, 0], 1],
    ['all in the last of eight cohorts', 2, 2, [0, 0, 0, 0, 0, 0, 0, 6], 2],
  ])('are right for %s', async (_what, parties, k, common, more) => {
    for (const owner of [0, parties - 1]) {
      const policy = cohortPolicy(parties, common.length, owner, k);
      const tables = tablesOf(parties, common, more);
      expect(plainCounts(tables, owner, common.length)).toEqual(common);
      expectCounts(policy, await play(policy, datasetsOf(tables, owner)), common);
    }
  });

  test('are right for any tables', async () => {
    console.log(`random tables from SEED=${SEED}`);
    const random = randomFrom(SEED);
    for (let i = 0; i < (SOAK ? 1_000 : 120); i++) {
      const [parties, cohorts] = [2 + random(4), 2 + random(7)];
      const [owner, k] = [random(parties), 2 + random(3)];
      const policy = cohortPolicy(parties, cohorts, owner, k);
      const world = 1 + random(14);
      const tables = Array.from({ length: parties }, () => {
        const people = Array.from({ length: world }, (_, person) => person).filter(() => random(10) > 1);
        return new Map((people.length > 0 ? people : [0]).map((person) => [person, (person * 7 + 3) % cohorts]));
      });
      const outcome = await play(policy, datasetsOf(tables, owner));
      expectCounts(policy, outcome, plainCounts(tables, owner, cohorts));
    }
  }, 300_000);

  test('of the sample data are those of a plain count of its files', async () => {
    const policy = parsePolicy(JSON.parse(readFileSync('examples/loyalty-cohorts.policy.json', 'utf8')));
    const files = ['club', 'market'].map((party) => `examples/sample-loyalty-${party}.csv`);
    const datasets = await Promise.all(
      files.map(
        async (file, slot) => (await readIdentifiers(await openCsv(file), readingOf(policy, { slot }))).dataset,
      ),
    );
    const [club, market] = files.map((file) =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')),
    );
    const known = new Set(market.map(([member]) => member));
    const counts = ['basic', 'silver', 'gold'].map(
      (tier) => club.filter(([member, own]) => own === tier && known.has(member)).length,
    );
    const played = await play(policy, datasets);
    expectCounts(policy, played, counts);
    expect(joinedBy(policy, datasets)).toEqual(played);
    expect(reportOutcome(policy, played)!.groups.map(({ open }) => open)).toEqual([true, true, false]);
    expect(policy.purpose).toMatch(/sample data/);
  });

  test('are not to be read of nothing', () => {
    expect(joinedOutcome.outcomeLines(policyOf(), { suppressed: true })).toEqual([
      'No cohort has k = 3 identifiers in common: every figure is suppressed, and none was opened.',
    ]);
  });
});
