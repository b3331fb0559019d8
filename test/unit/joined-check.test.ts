/** The pre-check of tables of rooms that join values: each slot's table is looked at for its own columns. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { estimateProofs } from '../../app/lib/check/estimate.ts';
import { redFlags } from '../../app/lib/check/flags.ts';
import { newLedger } from '../../app/lib/check/ledger.ts';
import { whatLeaves } from '../../app/lib/check/outgoing.ts';
import { approvalFlags } from '../../app/lib/check/policy-flags.ts';
import { profileTable } from '../../app/lib/check/profile.ts';
import { checkReport, reportText } from '../../app/lib/check/report.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { readChecked } from '../../app/server/party/precheck.ts';

let folder: string;
beforeAll(initField);
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'joined-check-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const exampleOf = (file: string, changes: object = {}): Policy =>
  parsePolicy({ ...JSON.parse(readFileSync(`examples/${file}.policy.json`, 'utf8')), ...changes });
const loyalty = (changes: object = {}) => exampleOf('loyalty-sum', { k: 10, ...changes });
const NOW = 1_800_000_000;

async function check(policy: Policy, slot: number, csv: string) {
  const { column, type } = policy.identifier;
  const profile = await profileTable(await openCsv(new Blob([csv])), { column, type, policy, slot });
  return { policy, profile, slot, ledger: newLedger(), now: NOW };
}
const raised = async (policy: Policy, slot: number, csv: string) =>
  redFlags(await check(policy, slot, csv)).map(({ id, severity }) => [id, severity]);

const members = (count: number, cells: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `member-${i},${cells(i)}\n`).join('');
const tiers = (count: number, tier: (i: number) => string) => `member,tier\n${members(count, tier)}`;
const spends = (count: number, spend: (i: number) => number) =>
  `member,visits,spend\n${members(count, (i) => `${3 + (i % 4)},${spend(i)}`)}`;

describe('a table is looked at', () => {
  test('for the columns of its slot alone', async () => {
    expect(
      await raised(
        loyalty(),
        0,
        tiers(30, (i) => ['basic', 'silver', 'gold'][i % 3]),
      ),
    ).toEqual([]);
    expect(
      await raised(
        loyalty(),
        1,
        spends(30, (i) => 20 + (i % 5)),
      ),
    ).toEqual([]);
    await expect(
      check(
        loyalty(),
        1,
        tiers(30, () => 'gold'),
      ),
    ).rejects.toThrow(/there is no column "visits"/);
    const { profile } = await check(
      loyalty(),
      1,
      spends(30, () => 20),
    );
    expect(profile.values!.columns.map(({ column }) => column.column)).toEqual(['visits', 'spend']);
    expect(profile.values!.groups).toEqual([{ rows: 30, dominated: [] }]);
  });

  test('for groups where it names them, which cannot be open with fewer than k of its rows', async () => {
    const few = tiers(30, (i) => (i < 3 ? 'gold' : ['basic', 'silver'][i % 2]));
    expect(await raised(loyalty(), 0, few)).toEqual([['small-groups', 'low']]);
    const [flag] = redFlags(
      await check(
        loyalty({ k: 14 }),
        0,
        tiers(30, (i) => ['basic', 'silver', 'gold'][i % 3]),
      ),
    );
    expect(flag).toMatchObject({ id: 'small-groups', severity: 'high' });
    expect(flag.explanation).toBe('No group can have k identifiers in common: all are withheld.');
  });

  test('for a row that holds most of what it may add, whatever group that turns out to be in', async () => {
    const flags = await raised(
      loyalty(),
      1,
      spends(30, (i) => (i === 0 ? 999 : 1)),
    );
    expect(flags).toContainEqual(['dominant-row', 'medium']);
  });

  test('for cells that are no values of its own columns', async () => {
    const flags = await raised(
      loyalty(),
      1,
      spends(30, (i) => (i === 7 ? -1 : 20 + (i % 3))),
    );
    expect(flags).toEqual([['malformed-values', 'high']]);
  });

  test('for repeated identifiers, which stop it only where its rows carry something', async () => {
    const three = loyalty({ parties: [{ label: 'A' }, { label: 'B' }, { label: 'C' }] });
    const repeated = spends(30, (i) => 20 + (i % 3)) + 'member-1,3,20\n';
    expect(await raised(three, 1, repeated)).toEqual([['duplicate-identifiers', 'high']]);
    const bare = `member\n${Array.from({ length: 31 }, (_, i) => `member-${i % 30}\n`).join('')}`;
    expect(await raised(three, 2, bare)).toEqual([]);
    expect((await check(three, 2, bare)).profile.values).toBeUndefined();
  });

  test('only where it is told whose it is', async () => {
    const profile = profileTable(await openCsv(new Blob([tiers(12, () => 'gold')])), {
      ...{ column: 'member', type: 'exact', policy: loyalty() },
    });
    await expect(profile).rejects.toThrow(/say which slot’s table it is/);
  });
});

test('what is committed is what was checked: the columns of the slot, and least values for others', async () => {
  const policy = loyalty();
  const table = await openCsv(new Blob([tiers(30, (i) => ['basic', 'silver', 'gold'][i % 3])]));
  const { identifiers, flags } = await readChecked(table, {
    ...{ policy, roomId: 1n, folder, column: 'member', slot: 0, overridden: [], report: () => {} },
  });
  expect(flags).toEqual([]);
  expect(new Set(identifiers.dataset.values!.map(([tier]) => tier))).toEqual(new Set([0n, 1n, 2n]));
  for (const [, visits, spend] of identifiers.dataset.values!) expect([visits, spend]).toEqual([0n, 0n]);
});

test('a small k is told of before approval, and a variance from few identifiers in common', () => {
  const flags = approvalFlags({ policy: loyalty({ k: 2 }), now: NOW });
  expect(flags.map(({ id, severity }) => [id, severity])).toEqual([
    ['small-k', 'medium'],
    ['small-k-variance', 'medium'],
  ]);
  expect(flags[0].title).toBe('Groups are added up from k = 2 identifiers in common on');
  expect(flags[1].title).toMatch(/^Sums of squares from k = 2 identifiers in common on are released of .*"spend"$/);
  expect(flags[1].remedy).not.toMatch(/contributors/);
  expect(approvalFlags({ policy: loyalty(), now: NOW })).toEqual([]);
});

test('the report tells proofs of the slot and what leaves, without a value', async () => {
  const report = checkReport(
    await check(
      loyalty(),
      1,
      spends(30, (i) => 123.25 + (i % 3)),
    ),
  );
  const proofs = Object.fromEntries(report.proofs.map(({ step, proofs }) => [step, proofs]));
  // Its sums of visits, of spend and of the squares of spend; the club brings no value, so it selects none.
  expect(proofs).toEqual({ dataset: 1, blind: 1, encrypt: 3, hop: 1, match: 1, opened: 1, masked: 1, figures: 1 });
  expect(reportText(report)).not.toContain('123.25');
  expect(report.leaves.join('\n')).toMatch(/ciphertexts of 128 bytes under this party’s own key/);
});

test('the proofs of lift follow from who brings what, and with three parties lists travel back', () => {
  const policy = exampleOf('campaign-lift');
  const steps = (slot: number) =>
    Object.fromEntries(estimateProofs(policy, 30, slot).map(({ step, proofs }) => [step, proofs]));
  // Slot 0 is the first to pass on the list of slot 2, slot 2 that of slot 1; nobody brings values before slot 1.
  expect([0, 1, 2].map((slot) => [steps(slot).encrypt ?? 0, steps(slot).select ?? 0, steps(slot).return])).toEqual([
    [0, 2, 1],
    [2, 0, 1],
    [2, 2, 1],
  ]);
  expect(whatLeaves(policy, 30).join('\n')).toMatch(/which elements of others’ lists are in common/);
  expect(whatLeaves(loyalty(), 30).join('\n')).not.toMatch(/which elements of others’ lists/);
});
