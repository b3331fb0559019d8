/** The pre-check of tables with value columns. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { estimateProofs } from '../../app/lib/check/estimate.ts';
import { FLAG_IDS, redFlags, type Flag } from '../../app/lib/check/flags.ts';
import { newLedger } from '../../app/lib/check/ledger.ts';
import { approvalFlags } from '../../app/lib/check/policy-flags.ts';
import { profileTable } from '../../app/lib/check/profile.ts';
import { whatLeaves } from '../../app/lib/check/outgoing.ts';
import { checkReport, reportText } from '../../app/lib/check/report.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { ConnectorError } from '../../app/lib/connector/errors.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { readChecked } from '../../app/server/party/precheck.ts';

let folder: string;
beforeAll(initField);
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'check-values-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lots in three tiers; from ten rows on a tier is added to. */
const policyOf = (changes: object = {}): Policy =>
  parsePolicy({
    ...JSON.parse(readFileSync('examples/defect-rate.policy.json', 'utf8')),
    ...{ k: 10, maxRows: 1000, ...changes },
  });

type Lot = readonly [tier: number, units: string | number, defects: string | number, lot?: string];

/** The table of these lots, as a file. */
function fileOf(lots: readonly Lot[]): string {
  const file = join(folder, 'lots.csv');
  const lines = lots.map(([tier, units, defects, lot], i) => `${lot ?? `lot-${i}`},tier ${tier},${units},${defects}`);
  writeFileSync(file, `lot,tier,units,defects\n${lines.join('\n')}\n`);
  return file;
}

/** Twelve lots in each of three tiers, of which some are replaced. */
const lots = (...others: readonly Lot[]): Lot[] => [
  ...others,
  ...Array.from({ length: 36 - others.length }, (_, i): Lot => [((i + others.length) % 3) + 1, 100 + (i % 7), i % 5]),
];

async function check(table: readonly Lot[], policy = policyOf()) {
  const profile = await profileTable(await openCsv(fileOf(table)), { column: 'lot', type: 'exact', policy });
  return { policy, profile, ledger: newLedger(), now: 1_800_000_000 };
}

const raised = async (table: readonly Lot[], policy?: Policy): Promise<[Flag['id'], Flag['severity']][]> =>
  redFlags(await check(table, policy)).map(({ id, severity }) => [id, severity]);

describe('red flags of values:', () => {
  test('an ordinary table raises none', async () => {
    expect(await raised(lots())).toEqual([]);
  });

  test.each<[what: string, lot: Lot]>([
    ['above its bounds', [1, 5001, 1]],
    ['below them', [1, 0, 1]],
    ['that are no numbers', [1, 'many', 1]],
    ['that are empty', [1, '', 1]],
    ['with decimals', [1, '5.5', 1]],
    ['without a known label', [4, 5, 1]],
  ])('cells %s, since no table with any is committed', async (_, lot) => {
    expect(await raised(lots(lot))).toEqual([['malformed-values', 'high']]);
    await expect(
      readChecked(await openCsv(fileOf(lots(lot))), {
        ...{ policy: policyOf(), roomId: 1n, folder, column: 'lot', slot: 0, overridden: FLAG_IDS, report: () => {} },
      }),
    ).rejects.toThrow(/line 2: the value of column "(units|tier)" is refused/);
  });

  test('the identifier once more, or e-mail addresses', async () => {
    const numbered = (share: number) =>
      lots().map(([tier, units, defects], i): Lot => [tier, units, defects, i < share * 36 ? `${units}` : `lot-${i}`]);
    const severity = async (table: readonly Lot[], policy?: Policy) =>
      (await raised(table, policy)).find(([id]) => id === 'identifying-values')?.[1];
    expect(await severity(numbered(0.6))).toBe('high');
    expect(await severity(numbered(0.4))).toBeUndefined();
    const mail = lots().map(([, units, defects]): Lot => [1, `u${units}@example.org`, defects]);
    expect(await severity(mail)).toBe('high');
  });

  test('a value of its own in nearly every row of a released column', async () => {
    const varied = (distinct: number) =>
      lots().map(([tier, , defects], i): Lot => [tier, 500 + (i % distinct), defects]);
    expect(await raised(varied(36))).toEqual([['unique-values', 'low']]);
    expect(await raised(varied(20))).toEqual([]);
    // Of a column of which nothing is released it says nothing.
    const [tier, units, defects] = (policyOf() as { columns: object[] } & Policy).columns;
    const kept = policyOf({ columns: [tier, { ...units, release: 'nothing' }, defects], ratio: undefined });
    expect(await raised(varied(36), kept)).toEqual([]);
  });

  test('one row that holds more than half of the sum of a group', async () => {
    // Eleven lots of 100 beside it: 1100 units.
    const withOne = (units: number) =>
      lots().map(([tier, , defects], i): Lot => [tier, i === 0 ? units : 100 + 0 * i, defects]);
    expect(await raised(withOne(1101))).toEqual([['dominant-row', 'medium']]);
    expect(await raised(withOne(1100))).toEqual([]);
  });

  test('one row that holds more than the policy allows, which stops the party unless the policy lets it go on', async () => {
    // Eleven lots of 80 beside it are 880 units: 220 are a fifth of all.
    const withOne = (units: number) =>
      lots().map(([tier], i): Lot => [tier, i === 0 ? units : 80, 1, i === 0 ? 'large' : undefined]);
    const policy = policyOf({ dominance: 20 });
    expect(await raised(withOne(220), policy)).toEqual([]);
    expect(await raised(withOne(221), policy)).toEqual([['dominant-row', 'high']]);
    expect(await raised(withOne(221))).toEqual([]);
    // A limit above half lets pass what would be told without one.
    expect(await raised(withOne(900), policyOf({ dominance: 60 }))).toEqual([]);
    const [flag] = redFlags(await check(withOne(221), policy));
    expect(flag.title).toBe('One row holds more than 20 % of the sum of a group in the column "units"');

    const commit = async (under: Policy, overridden: Flag['id'][] = []) =>
      readChecked(await openCsv(fileOf(withOne(221))), {
        ...{ policy: under, roomId: 1n, folder, column: 'lot', slot: 0, overridden, report: () => {} },
      });
    await expect(commit(policy, ['dominant-row'])).rejects.toThrow(/lets nobody override dominant-row/);
    const lenient = policyOf({ dominance: 20, overrides: ['dominant-row'] });
    await expect(commit(lenient)).rejects.toThrow(/two approvals of each slot: --override dominant-row/);
    // The room has to ask for two approvals for what is returned here.
    expect((await commit(lenient, ['dominant-row'])).overrode.map(({ id }) => id)).toEqual(['dominant-row']);
    expect((await commit(policyOf())).overrode).toEqual([]);
  });

  test('no dominance in a group that is withheld', async () => {
    const two: Lot[] = Array.from({ length: 30 }, (_, i) => [(i % 2) + 1, 100, 1]);
    expect(await raised([...two, [3, 4000, 1], [3, 1, 1]])).toEqual([['small-groups', 'low']]);
  });

  test('groups of fewer than k rows: low, high where they are all', async () => {
    const ofSize = (...sizes: number[]) =>
      sizes.flatMap((size, tier) => Array.from({ length: size }, (): Lot => [tier + 1, 100, 1]));
    expect(await raised(ofSize(10, 10, 10))).toEqual([]);
    expect(await raised(ofSize(10, 10, 9))).toEqual([['small-groups', 'low']]);
    expect(await raised(ofSize(9, 9, 9))).toEqual([['small-groups', 'high']]);
    // An empty group keeps nothing back.
    expect(await raised(ofSize(10, 10, 0))).toEqual([]);
    const [flag] = redFlags(await check(ofSize(10, 10, 5)));
    expect(flag.title).toBe('1 group of 3 with fewer than k = 10 rows: 20.0 % of all rows');
  });

  test('any identifier that two rows have', async () => {
    expect(await raised(lots([1, 100, 1, 'lot-5']))).toEqual([['duplicate-identifiers', 'high']]);
  });

  test('a small k speaks of totals, not of a count', async () => {
    const [flag] = redFlags(await check(lots(), policyOf({ k: 3 })));
    expect(flag).toMatchObject({
      id: 'small-k',
      severity: 'medium',
      title: expect.stringMatching(/3 rows of a party/),
    });
  });

  describe('squares of few rows, before an approval and a commitment alike:', () => {
    const releasing = (release: string, changes: object) => {
      const [tier, units, defects] = (policyOf() as { columns: object[] } & Policy).columns;
      return policyOf({ columns: [tier, { ...units, release }, defects], ...changes });
    };
    const three = { parties: [{ label: 'A' }, { label: 'B' }, { label: 'C' }] };
    test.each<[what: string, release: string, changes: object, raises: boolean]>([
      ['two rows of one of two parties', 'variance', { k: 2 }, true],
      ['three rows', 'variance', { k: 3 }, true],
      ['four rows are enough', 'variance', { k: 4 }, false],
      ['a sum alone', 'sum', { k: 2 }, false],
      ['two of three parties', 'variance', { k: 2, ...three, contributors: 2 }, true],
      ['one of them', 'variance', { k: 2, ...three, contributors: 1 }, true],
      ['all three of them', 'variance', { k: 2, ...three, contributors: 3 }, false],
    ])('%s', async (_, release, changes, raises) => {
      const policy = releasing(release, changes);
      const input = await check(lots(), policy);
      for (const flags of [redFlags(input), approvalFlags({ policy, now: input.now })]) {
        const found = flags.filter(({ id }) => id === 'small-k-variance');
        expect(found.map(({ severity }) => severity)).toEqual(raises ? ['medium'] : []);
        if (raises) expect(found[0].title).toMatch(/of the column "units"$/);
      }
    });
  });
});

describe('the profile of values', () => {
  test('is what a plain computation over the rows says', async () => {
    const lot = fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.oneof(fc.integer({ min: -5, max: 5010 }), fc.constantFrom('', 'x', '1e3', '=1')),
      fc.integer({ min: 0, max: 20 }),
    );
    const limit = fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(lot, { minLength: 1, maxLength: 40 }), limit, async (table, dominance) => {
        const { profile } = await check(table, policyOf({ dominance }));
        const { columns, groups } = profile.values!;
        const goodUnits = (units: string | number) => typeof units === 'number' && units >= 1 && units <= 5000;
        expect(columns.map(({ malformed }) => malformed.count)).toEqual([
          table.filter(([tier]) => tier === 4).length,
          table.filter(([, units]) => !goodUnits(units)).length,
          0,
        ]);
        expect(columns[1].distinct).toBe(new Set(table.map(([, units]) => units).filter(goodUnits)).size);
        [1, 2, 3].forEach((tier, i) => {
          const rows = table.filter((each) => each[0] === tier && goodUnits(each[1]));
          const rules = (at: 1 | 2) => {
            const values = rows.map((row) => Number(row[at]));
            const share = (100 * Math.max(0, ...values)) / values.reduce((sum, value) => sum + value, 0);
            return share > (dominance ?? 50);
          };
          const dominated = [...(rules(1) ? ['units'] : []), ...(rules(2) ? ['defects'] : [])];
          expect(groups[i]).toEqual({ rows: rows.length, dominated });
        });
      }),
      { numRuns: 200 },
    );
  });

  test('needs the columns of the policy', async () => {
    const file = join(folder, 'other.csv');
    writeFileSync(file, 'lot,tier,units\na,tier 1,5\n');
    const profile = profileTable(await openCsv(file), { column: 'lot', type: 'exact', policy: policyOf() });
    await expect(profile).rejects.toThrow(ConnectorError);
  });

  test('and its report hold no value of a row', async () => {
    const table = lots([1, 'marked', 1], [1, '4242.42', 1], [1, 4242, 1], [1, '=marked', 1]);
    const report = checkReport(await check(table));
    expect(report.blocked).toBe(true);
    for (const text of [reportText(report), JSON.stringify(report)]) expect(text).not.toMatch(/marked|4242/);
    expect(reportText(report)).toMatch(/column "units": 1 to 5000 with 0 decimals, release sum; \d+ different values/);
    expect(reportText(report)).toMatch(/line 2: the value of column "units" is refused: not a number/);
  });
});

test('a party learns beside how many proofs it makes, and what of its table leaves', async () => {
  const proofs = (rows: number) =>
    estimateProofs(policyOf(), rows).map(({ circuit, proofs: number }) => [circuit, number]);
  expect(proofs(17)).toEqual([
    ['dataset_32', 1],
    ['tally_32', 1],
    ['masked', 1],
    ['figures', 1],
  ]);
  expect(proofs(1000).slice(0, 2)).toEqual([
    ['dataset_512', 2],
    ['tally_256', 4],
  ]);
  expect(whatLeaves(policyOf(), 17).join()).not.toMatch(/list|share of the count|blinded/);
});

describe('the command', () => {
  const roomCheck = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/room.ts', '--home', join(folder, 'none'), 'check', ...args], {
      encoding: 'utf8',
    });
  const POLICY = ['--policy', 'examples/defect-rate.policy.json'];

  test('shows value columns with their bounds, and takes the sample data', () => {
    const { status, stdout } = roomCheck(...POLICY, '--csv', 'examples/sample-lots-north.csv', '--id', 'lot');
    expect(status).toBe(0);
    expect(stdout).toMatch(/column "tier": one of 3 labels; 3 different values/);
    expect(stdout).toMatch(/column "units": 1 to 5000 with 0 decimals, release sum/);
    expect(stdout).toMatch(/rows by groups: 8, 5, 4/);
    expect(stdout).not.toMatch(/sample-north/);
  });

  test('ends with 3 where a value is out of its bounds', () => {
    const { status, stdout } = roomCheck(...POLICY, '--csv', fileOf(lots([1, 9999, 1]).slice(0, 20)), '--id', 'lot');
    expect(status).toBe(3);
    expect(stdout).toMatch(/high {3}malformed-values: 1 cell of 20 rows/);
    expect(stdout).not.toMatch(/9999/);
  });
});
