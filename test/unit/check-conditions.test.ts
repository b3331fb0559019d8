/** Red flags of a policy's conditions: expiry, region, batch; what stands before an approval, and what may be overridden. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redFlags, type Flag } from '../../app/lib/check/flags.ts';
import { newLedger } from '../../app/lib/check/ledger.ts';
import { approvalFlags } from '../../app/lib/check/policy-flags.ts';
import { profileTable } from '../../app/lib/check/profile.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { checkApproval } from '../../app/server/party/approval.ts';

const NOW = Date.parse('2026-12-10T12:00:00Z') / 1000;
const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2999-01-01T00:00:00Z';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'check-conditions-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A policy of e-mail addresses without conditions, but for those given. */
const policyOf = (changes: object = {}): Policy =>
  parsePolicy({
    ...JSON.parse(readFileSync('examples/overlap.policy.json', 'utf8')),
    ...{ k: 10, minRows: 5, maxRows: 1000, ...changes },
  });

const BATCH = { column: 'day', from: '2026-11-01', to: '2026-12-01', closes: '2026-12-03T00:00:00+01:00' };

const raised = (flags: readonly Flag[]) => flags.map(({ id, severity }) => [id, severity]);

const beforeApproval = (changes: object, more: { now?: number; region?: string } = {}) =>
  raised(approvalFlags({ policy: policyOf(changes), now: NOW, ...more }));

/** A table of thirty people, whose first days are the given ones; the others are in the middle of the batch. */
const csvOf = (days: readonly string[]): string =>
  `email,day\n${Array.from({ length: 30 }, (_, i) => `p${i}@example.org,${days[i] ?? '2026-11-15'}`).join('\n')}\n`;

async function beforeCommit(changes: object, days: readonly string[] = [], region?: string): Promise<Flag[]> {
  const policy = policyOf(changes);
  const profile = await profileTable(await openCsv(new Blob([csvOf(days)])), {
    ...{ column: 'email', type: 'email', policy },
  });
  return redFlags({ policy, profile, ledger: newLedger(), now: NOW, region });
}

describe('red flags of conditions, before approval and before commitment alike:', () => {
  const cases: [what: string, changes: object, region: string | undefined, flag: Flag['id'] | undefined][] = [
    ['no condition at all', {}, undefined, undefined],
    ['an expiry to come', { expires: '2026-12-10T12:00:00Z' }, undefined, undefined],
    ['one that has passed', { expires: '2026-12-10T11:59:59Z' }, undefined, 'expired-policy'],
    ['one in another zone that has passed', { expires: '2026-12-10T12:59:59+01:00' }, undefined, 'expired-policy'],
    ['an allowed country', { region: { allowed: ['DE', 'CH'] } }, 'CH', undefined],
    ['a country of the Union', { region: { allowed: ['EU'] } }, 'AT', undefined],
    ['the Union in the Economic Area', { region: { allowed: ['EEA'] } }, 'EU', undefined],
    ['the United Kingdom by either code', { region: { allowed: ['UK'] } }, 'GB', undefined],
    ['another country', { region: { allowed: ['EU', 'CH'] } }, 'US', 'region-mismatch'],
    ['a larger region than is allowed', { region: { allowed: ['AT'] } }, 'EU', 'region-mismatch'],
    ['Norway, which is not in the Union', { region: { allowed: ['EU'] } }, 'NO', 'region-mismatch'],
    ['no region told', { region: { allowed: ['EU'] } }, undefined, 'region-mismatch'],
    ['a batch that is whole', { batch: BATCH }, undefined, undefined],
    ['one that is from now on', { batch: { ...BATCH, closes: '2026-12-10T12:00:00Z' } }, undefined, undefined],
    ['one that is not yet', { batch: { ...BATCH, closes: '2026-12-10T12:00:01Z' } }, undefined, 'batch-open'],
  ];

  test.each(cases)('%s', async (_, changes, region, flag) => {
    const expected = flag === undefined ? [] : [[flag, 'high']];
    expect(beforeApproval(changes, { region })).toEqual(expected);
    expect(raised(await beforeCommit(changes, [], region))).toEqual(expected);
  });
});

describe('rows outside of the batch', () => {
  const titles = async (...days: string[]) =>
    (await beforeCommit({ batch: BATCH }, days)).map(({ id, severity, title }) => [id, severity, title]);
  const said = (outside: string, undated: number) => [
    [
      'outside-batch',
      'medium',
      `${outside} outside 2026-11-01 to 2026-12-01 (not included), ${undated} without a date`,
    ],
  ];

  test('are counted, the first day is in it and the last is not', async () => {
    expect(await titles('2026-11-01', '2026-11-30', '2026-11-30T23:59:59Z', ' 2026-11-07 12:00')).toEqual([]);
    expect(await titles('2026-10-31')).toEqual(said('1 row', 0));
    expect(await titles('2026-12-01', '2025-11-15T00:00:00Z')).toEqual(said('2 rows', 0));
  });

  test('may also be without a date', async () => {
    expect(await titles('', '15.11.2026', '2026-13-01', '2026-11-155', 'x2026-11-15')).toEqual(said('0 rows', 5));
  });

  test('cannot be told where the column is missing', async () => {
    const batch = { ...BATCH, column: 'date' };
    await expect(beforeCommit({ batch })).rejects.toThrow(/there is no column "date"/);
  });

  test('are not looked at under a policy without a batch', async () => {
    expect(await beforeCommit({}, ['1999-01-01', ''])).toEqual([]);
  });
});

describe('before an approval', () => {
  test('a small k is high where every list is long enough to matter', () => {
    expect(beforeApproval({ k: 10 })).toEqual([]);
    expect(beforeApproval({ k: 9 })).toEqual([['small-k', 'medium']]);
    expect(beforeApproval({ k: 4, minRows: 99 })).toEqual([['small-k', 'medium']]);
    expect(beforeApproval({ k: 4, minRows: 100 })).toEqual([['small-k', 'high']]);
  });

  const told: string[] = [];
  const approve = (changes: object, approvals: number, override: Flag['id'][] = [], region?: string) =>
    checkApproval(policyOf(changes), approvals, { override, region }, ({ message }) => void told.push(message));
  const expired = { expires: PAST };

  test('high flags stop it, with what can be done', () => {
    expect(() => approve(expired, 1)).toThrow(
      /^Red flags stand against approving this policy:\n {2}high {3}expired-policy: [^]*lets nobody override expired-policy\.$/,
    );
    expect(() => approve({ region: { allowed: ['EU'] } }, 1)).toThrow(/Tell the region with --region/);
    expect(() => approve({ region: { allowed: ['EU'] } }, 1, [], 'FR')).not.toThrow();
    expect(() => approve({ expires: FUTURE }, 1)).not.toThrow();
  });

  test('they are overridden only if the party says so, the policy names it and the room asks for two approvals', () => {
    const lenient = { ...expired, overrides: ['expired-policy'] };
    expect(() => approve(expired, 2, ['expired-policy'])).toThrow(/lets nobody override expired-policy/);
    expect(() => approve(lenient, 2)).toThrow(/two approvals of each slot: --override expired-policy$/);
    expect(() => approve(lenient, 1, ['expired-policy'])).toThrow(/asks for one approval of each slot/);
    expect(() => approve(lenient, 2, ['expired-policy'])).not.toThrow();
    // One flag does not stand for another.
    expect(() => approve({ ...lenient, region: { allowed: ['EU'] } }, 2, ['expired-policy'])).toThrow(
      /high {3}region-mismatch[^]*lets nobody override region-mismatch\.$/,
    );
  });

  test('others are told and stop nothing', () => {
    told.length = 0;
    approve({ k: 9 }, 1);
    expect(told).toEqual(['red flag small-k: The count is released from k = 9 on']);
  });
});

describe('the command', () => {
  const check = (policy: object, args: string[] = [], env: Record<string, string> = {}) => {
    const [file, csv] = [join(folder, 'policy.json'), join(folder, 'people.csv')];
    writeFileSync(file, JSON.stringify(policy));
    writeFileSync(csv, csvOf(['2026-01-01']));
    const { ROOM_REGION: _, ...own } = process.env;
    return spawnSync(
      process.execPath,
      [
        'scripts/room.ts',
        '--home',
        join(folder, 'none'),
        'check',
        '--policy',
        file,
        '--csv',
        csv,
        '--id',
        'email',
      ].concat(args),
      { encoding: 'utf8', env: { ...own, ...env } },
    );
  };
  const policy = policyOf({ region: { allowed: ['EU'] }, expires: PAST, overrides: ['region-mismatch'] });

  test('tells what would stop the party, and what the policy lets it override', () => {
    const { status, stdout } = check(policy);
    expect(status).toBe(3);
    expect(stdout).toMatch(/high {3}expired-policy/);
    expect(stdout).toMatch(/high {3}region-mismatch/);
    expect(stdout).toMatch(/The policy lets nobody override expired-policy\./);
    expect(stdout).toMatch(/in a room that asks for two approvals of each slot: --override region-mismatch\n/);
    expect(JSON.parse(check(policy, ['--json']).stdout)).toMatchObject({
      blocked: true,
      overridable: ['region-mismatch'],
    });
  });

  test('takes the region from the option before the environment, and refuses what is none', () => {
    const { stdout, status } = check(policyOf({ region: { allowed: ['EU'] } }), [], { ROOM_REGION: 'FR' });
    expect({ status, found: /region-mismatch/.test(stdout) }).toEqual({ status: 0, found: false });
    const other = check(policyOf({ region: { allowed: ['EU'] } }), ['--region', 'US'], { ROOM_REGION: 'FR' });
    expect(other.status).toBe(3);
    expect(other.stdout).toMatch(/This machine stands in United States \(US\)/);
    for (const code of ['fr', 'XX', 'Europe', '']) {
      const wrong = check(policy, ['--region', code]);
      expect(wrong.status).toBe(2);
      expect(wrong.stderr).toMatch(/a country code in two capital letters/);
    }
  });

  test('counts rows outside of the batch, and prints none of their dates', () => {
    const { status, stdout } = check(policyOf({ batch: BATCH }));
    expect(status).toBe(Date.now() / 1000 < Date.parse(BATCH.closes) / 1000 ? 3 : 0);
    expect(stdout).toMatch(/Batch: 30 rows, 1 outside its window, 0 without a date/);
    expect(stdout).not.toMatch(/2026-01-01|2026-11-15/);
  });
});
