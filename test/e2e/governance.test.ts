/**
 * A room with everything that people decide: two approvals per slot, a fee, stakes, a party that never comes, an auditor,
 * deletion. Every party gives its own commands, and whoever has no right to something is refused.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { AuditEntry } from '../../app/lib/room/audit.ts';
import type { Verdict } from '../../app/lib/receipt/verify.ts';
import { randomFrom, SEED, SOAK } from '../support/choice.ts';
import {
  parties,
  room,
  scratchFolder,
  secretsOf,
  writePolicy,
  writeTables,
  type PartyAt,
  type Ran,
} from './support.ts';

const scratch = scratchFolder();
const { folder } = scratch;
const { party, printed, stop } = parties(folder, ['left', 'right', 'approver', 'auditor', 'stranger', 'restored']);
const { left, right, approver, auditor, stranger, restored } = party;

/** What the policy's three slots pay in equal parts. */
const FEE = 1200n;
const PART = FEE / 3n;
const STAKE = 250n;
const PURSE = 10_000n;

beforeAll(() => console.log(`SEED=${SEED}`));
afterAll(() => {
  stop();
  scratch.remove();
});

/** Why a command was refused. */
function reasonOf({ code, stdout, stderr }: Ran): string {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const said = stderr.trimEnd().split('\n').at(-1)!;
  expect(said).toMatch(/^room: \S/);
  return said.slice('room: '.length);
}

type Done = { done: string; txHash?: string };

/** Long enough for two parties to join on a busy machine, and the third's absence is waited out. */
const INVITE_SECONDS = 300;

/** Some eighty commands, each a process of its own: minutes of work that the contract tests do in less. */
const full = SOAK ? test : test.skip;

full(
  'a room is governed by those who have the right to, pays, and is forgotten',
  async () => {
    const both = <T>(act: (who: PartyAt, slot: number) => Promise<T>) => Promise.all([left, right].map(act));
    const done = (who: PartyAt, ...args: string[]) => who.json<Done>(args);
    const accountOf = async (who: PartyAt) => (await who.json<{ address: string }>(['account'])).address;

    // The sample token is made once, so the second command finds the first one's.
    const { token } = await left.json<{ token: string }>(['mint', PURSE.toString()]);
    expect(await right.json(['mint', PURSE.toString()])).toMatchObject({ token });
    const balances = () =>
      both(async (who) => BigInt((await who.json<{ balance: string }>(['account', '--token', token])).balance));
    expect(await balances()).toEqual([PURSE, PURSE]);

    const { files, overlap } = writeTables(folder, [7, 9], 5, randomFrom(SEED));
    const file = writePolicy(folder, {
      k: 2,
      minRows: 5,
      maxRows: 32,
      parties: 3,
      minParties: 2,
      fees: { token, fee: FEE.toString(), payer: 'slots', shares: [1, 3, 0], stake: STAKE.toString() },
    });
    const policy = JSON.parse(readFileSync(file, 'utf8'));
    policy.deadlines.invite = INVITE_SECONDS;
    writeFileSync(file, JSON.stringify(policy));
    const created = await left.json<{ room: string; invites: string[] }>(['create', '--high-risk', '--policy', file]);
    const since = Date.now();

    // ------------------------------------------------------------------------------------------ one party never comes
    await both((who, slot) => done(who, 'join', created.invites[slot]));
    // The chain's clock may be some seconds behind.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, since + (INVITE_SECONDS + 15) * 1000 - Date.now())));
    expect(reasonOf(await left.room(['expire']))).toMatch(/^Enough slots are ready: the room goes on/);
    expect(await done(left, 'leave-out')).toMatchObject({ done: 'leave-out', txHash: expect.stringMatching(/^0x/) });
    expect(reasonOf(await stranger.room(['join', created.invites[2]]))).toBe('The room is not inviting');
    expect(await left.json(['status'])).toMatchObject({
      state: 'approving',
      members: [0, 1],
      leftOut: [{ slot: 2, reason: 'late' }],
    });

    // ---------------------------------------------------------------------------------------------- two approvals each
    await both((who) => done(who, 'approve'));
    expect(await right.json(['status'])).toMatchObject({ state: 'approving' });
    const [approverAt, strangerAt] = await Promise.all([approver, stranger].map(accountOf));
    type Granted = { grant: string; link: string };
    const grants = await both((who) => who.json<Granted>(['grant', '--role', 'approver', '--to', approverAt]));
    const mistaken = await left.json<Granted>(['grant', '--role', 'approver', '--to', strangerAt]);
    expect(await done(left, 'revoke-role', mistaken.grant)).toMatchObject({ done: 'revoke-role' });
    expect(reasonOf(await stranger.room(['approve', '--as', mistaken.link]))).toBe('No such grant, or it was revoked');
    expect(reasonOf(await stranger.room(['approve', '--as', grants[0].link]))).toMatch(
      /^This role was granted to another/,
    );
    expect(reasonOf(await approver.room(['record-audit', grants[0].link, '--report', file]))).toBe(
      'This grants the role of an approver, not of an auditor.',
    );
    for (const { link } of grants)
      expect(await done(approver, 'approve', '--as', link)).toMatchObject({ done: 'approve' });

    // -------------------------------------------------------------------------------------------------- fee and stakes
    const unpaid = await left.room(['run', '--json']);
    expect({ code: unpaid.code, ...JSON.parse(unpaid.stdout) }).toEqual({
      code: 3,
      state: 'decision due',
      step: 'pay',
    });
    expect(reasonOf(await left.room(['commit', '--csv', files[0], '--id', 'email']))).toMatch(
      /^What is due .* comes first/,
    );
    await both((who) => done(who, 'deposit'));
    expect(reasonOf(await right.room(['confirm-payment']))).toBe('Not paid yet: the stake of slot 1.');
    await both((who) => done(who, 'stake'));
    expect(await left.json(['stake'])).toEqual({ done: 'stake', txHashes: [] });
    expect(await balances()).toEqual([PURSE - PART - STAKE, PURSE - PART - STAKE]);
    expect(await done(right, 'confirm-payment')).toMatchObject({ txHash: expect.stringMatching(/^0x/) });
    const confirmed = await left.room(['run', '--json']);
    expect(JSON.parse(confirmed.stdout)).toEqual({ state: 'decision due', step: 'commit' });
    const early = await left.room(['refund', '--json']);
    expect({ code: early.code, ...JSON.parse(early.stdout) }).toMatchObject({
      code: 1,
      results: [
        { what: "slot 0's part of the fee", refused: 'The room is not over' },
        { what: 'the stake of slot 0', refused: 'The room is not over' },
      ],
    });

    // ------------------------------------------------------------------------------------------------------- the result
    await both((who, slot) => done(who, 'commit', '--csv', files[slot], '--id', 'email'));
    const result = { suppressed: false, count: overlap };
    for (const ended of await both((who) => who.json(['run'])))
      expect(ended).toMatchObject({ state: 'released', result });
    await both((who) => who.room(['claim']));
    await both((who) => who.room(['refund']));
    // Author and treasury take 5% each of what the two paid; the rest is shared 1 to 3.
    const rest = 2n * PART - (2n * 2n * PART) / 20n;
    expect(await balances()).toEqual([PURSE - PART + rest / 4n, PURSE - PART + (3n * rest) / 4n]);

    // ------------------------------------------------------------------------------------------------- one payment shown
    const invoice = join(folder, 'invoice.json');
    await left.json(['invoice', '--out', invoice]);
    expect(await auditor.json(['check-invoice', invoice])).toMatchObject({
      amount: PART.toString(),
      for: "slot 0's part of the fee",
      payer: await accountOf(left),
      room: created.room,
    });
    const forged = JSON.parse(readFileSync(invoice, 'utf8'));
    forged.payment.payer = strangerAt;
    writeFileSync(invoice, JSON.stringify(forged));
    expect(reasonOf(await auditor.room(['check-invoice', invoice]))).toMatch(/the transaction made no such payment/);

    // ---------------------------------------------------------------------------------------------------------- the audit
    const auditorAt = await accountOf(auditor);
    const { link } = await left.json<Granted>(['grant', '--role', 'auditor', '--to', auditorAt, '--as-host']);
    expect(reasonOf(await right.room(['grant', '--role', 'auditor', '--to', auditorAt, '--as-host']))).toBe(
      'Only the host of a room may do this.',
    );
    const { history } = await auditor.json<{ history: AuditEntry[] }>(['audit', link]);
    const names = history.map(({ event }) => event);
    expect(names.slice(0, 4)).toEqual(['RoomCreated', 'SlotTaken', 'SlotTaken', 'SlotsLeftOut']);
    for (const name of ['PolicyApproved', 'PaymentConfirmed', 'DatasetProven', 'ResultReleased', 'RoleRevoked']) {
      expect(names).toContain(name);
    }
    for (const { transaction, text } of history) {
      expect(transaction).toMatch(/^0x[0-9a-f]{64}$/);
      expect(text).toMatch(/\.$/);
    }
    const report = join(folder, 'report.txt');
    writeFileSync(report, 'Everything was in order.\n');
    const digest = `0x00${createHash('sha256').update(readFileSync(report)).digest('hex').slice(0, 62)}`;
    expect(await auditor.json(['record-audit', link, '--report', report])).toMatchObject({ reportDigest: digest });
    expect(reasonOf(await stranger.room(['record-audit', link, '--report', report]))).toMatch(/another account/);
    expect(await left.json(['status'])).toMatchObject({ audits: [{ slot: 255, reportDigest: digest }] });

    // ------------------------------------------------------------------------------------- what stays, and what is deleted
    const out = join(folder, 'receipt.json');
    await right.json(['receipt', '--out', out]);
    await both((who) => done(who, 'delete'));
    expect(await left.json<Done>(['delete'])).not.toHaveProperty('txHash');
    expect(await left.json(['status'])).toMatchObject({
      deletion: { due: [0, 1], attested: [0, 1], complete: true },
    });
    for (const { home } of [left, right]) {
      expect(readdirSync(join(home, 'rooms', `${created.room}.datasets`))).toEqual([]);
      const [policyDocument, ...more] = readdirSync(join(home, 'rooms', `${created.room}.blobs`));
      expect({ policyDocument, more }).toEqual({ policyDocument: expect.stringMatching(/^[0-9a-f]{64}$/), more: [] });
    }
    const verdict = await stranger.json<Verdict>(['verify', out, '--allow-dev-srs']);
    expect(verdict).toMatchObject({ verified: true, result });

    // -------------------------------------------------------------------------------------- an account on a new machine
    mkdirSync(restored.home, { recursive: true });
    copyFileSync(join(left.home, 'identity.json'), join(restored.home, 'identity.json'));
    expect(await restored.json(['recover'])).toMatchObject({
      rooms: expect.arrayContaining([{ room: created.room, slot: 0, host: true }]),
    });
    expect(await restored.json(['status', created.room])).toMatchObject({ state: 'released', result });
    expect(await done(restored, 'close', created.room)).toMatchObject({ txHash: expect.stringMatching(/^0x/) });
    expect(await stranger.json(['recover'])).toEqual({ rooms: [] });

    const everything = printed().toLowerCase();
    for (const secret of [left, right].flatMap(({ home }) => secretsOf(home))) expect(everything).not.toContain(secret);
    expect((await room(['status', created.room], { home: stranger.home })).code).toBe(1);
  },
  1_800_000,
);
