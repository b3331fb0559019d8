/** What the page of a room is made of, as the server renders it, for states that no page without a node comes to. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { grantFacts, grantIn, grantLink } from '../../app/components/grant-link.ts';
import { inviteFacts, inviteIn, inviteLink } from '../../app/components/invite-link.ts';
import { isDecision, nextText } from '../../app/components/next-text.ts';
import { reminderText } from '../../app/components/remind.ts';
import { unitsText } from '../../app/components/text.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { decodeGrant, encodeGrant } from '../../app/lib/room/grant.ts';
import { encodeInvite } from '../../app/lib/room/invite.ts';
import { texts } from '../../app/routes/rooms/[room]/texts.ts';

beforeAll(() => initField());

/** What a person reads of a component with each of these properties. */
function read(component: string, cases: readonly object[]): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/support/render-component.ts', component], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as string[]).map((html) =>
    html
      .replace(/<!--[\s\S]*?-->|<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
}

/** The texts without those that are functions, which do not travel to another process. */
const plain = JSON.parse(JSON.stringify(texts)) as object;

describe('The table of parties', () => {
  const party = { slot: 0, label: 'Shop', taken: true, approved: true, committed: false, approvals: 1, proofs: 0 };

  test('says of each what it has done, what the room waits for, and why one is left out', () => {
    const [text, paid] = read('room/Parties', [
      {
        own: 1,
        texts: plain,
        parties: [
          { ...party, due: 'slot 0 to commit its data and prove that they keep the rules' },
          { ...party, slot: 1, label: '<b>Clinic</b>', committed: true, proofs: 1234 },
          { ...party, slot: 2, label: 'Museum', leftOut: 'withdrew' },
        ],
      },
      { texts: plain, parties: [{ ...party, paid: true }] },
    ]);
    expect(text).toContain('Shop ✓ yes ✓ yes not yet 0 slot 0 to commit its data');
    expect(text).toContain('&lt;b>Clinic&lt;/b> you ✓ yes ✓ yes ✓ yes 1,234');
    expect(text).toContain('withdrew its consent');
    expect(text).not.toContain('Paid');
    expect(paid).toContain('Paid');
  });
});

describe('What was asked for', () => {
  const job = { id: 1, act: 'commit', begun: '', state: 'running', text: 'proving dataset (2 of 3)' };

  test('is told while it is under way, and why it failed until it succeeds', () => {
    const failed = { ...job, state: 'failed', text: 'The chain refused.' };
    const [running, refused, mended, other] = read('Jobs', [
      { jobs: [job] },
      { jobs: [failed] },
      { jobs: [{ ...job, id: 2, state: 'done', text: '' }, failed] },
      { jobs: [{ ...job, id: 2, act: 'approve', state: 'done', text: '' }, failed] },
    ]);
    expect(running).toBe('Committing your data · proving dataset (2 of 3)');
    expect(refused).toContain('Committing your data: The chain refused.');
    expect(mended).toBe('');
    expect(other).toContain('The chain refused.');
  });
});

describe('The next step of a party', () => {
  test('names those that are waited for as the policy does', () => {
    const parties = ['Shop', 'Clinic', 'Museum'];
    const wait = (on: string) => nextText({ kind: 'wait', on }, parties);
    expect(wait('slot 1 to blind its list')).toBe('Waiting for “Clinic” to blind its list');
    expect(wait('slot 0, 2 to approve')).toBe('Waiting for “Shop”, “Museum” to approve');
    expect(nextText({ kind: 'wait', on: 'slot 1 to approve' })).toBe('Waiting for slot 1 to approve');
    expect(isDecision({ kind: 'commit' })).toBe(true);
    expect(isDecision({ kind: 'hop', list: 0, hop: 1 })).toBe(false);
    expect(nextText({ kind: 'hop', list: 0, hop: 1 })).toContain('passes on a list');
  });
});

describe('An invite in a link', () => {
  const invite = encodeInvite({ contract: 8n, roomId: 9n, slot: 3, secret: 10n, escrowSecret: 11n });

  test('stands after the "#" alone, and is found there and in a pasted line', () => {
    const link = new URL(inviteLink('http://127.0.0.1:3000', invite));
    expect(`${link.origin}${link.pathname}${link.search}`).toBe('http://127.0.0.1:3000/join');
    expect(inviteIn(link.hash)).toBe(invite);
    expect(inviteIn(` ${invite}\n`)).toBe(invite);
    expect(inviteIn('https://elsewhere.example/')).toBeUndefined();
  });

  test('tells room and place for the eye, and nothing where it is damaged', () => {
    expect(inviteFacts(invite)).toEqual({ room: `0x${'9'.padStart(64, '0')}`, slot: 3 });
    expect(inviteFacts(invite.slice(0, -40))).toBeUndefined();
    expect(inviteFacts('zkcr1.')).toBeUndefined();
    expect(inviteFacts('')).toBeUndefined();
  });
});

describe('A grant in a link', () => {
  const grant = { contract: 8n, roomId: 9n, slot: 3, role: 'approver', grantee: 10n, secret: 11n } as const;
  const text = encodeGrant(grant);

  test('stands after the "#" alone, and tells room, role and account for the eye', () => {
    const link = new URL(grantLink('http://127.0.0.1:3000', text));
    expect(`${link.origin}${link.pathname}${link.search}`).toBe('http://127.0.0.1:3000/role');
    expect(grantIn(link.hash)).toBe(text);
    expect(decodeGrant(grantIn(` ${text}\n`)!)).toEqual(grant);
    expect(grantFacts(text)).toEqual({
      room: `0x${'9'.padStart(64, '0')}`,
      role: 'approver',
      grantee: `0x${'a'.padStart(64, '0')}`,
    });
  });

  test('is none where it is damaged, or an invite', () => {
    expect(grantFacts(text.slice(0, -40))).toBeUndefined();
    expect(grantIn(encodeInvite({ contract: 8n, roomId: 9n, slot: 3, secret: 10n }))).toBeUndefined();
    expect(inviteIn(text)).toBeUndefined();
    expect(grantFacts('zkcg1.bnVsbA')).toBeUndefined();
  });
});

describe('A reminder', () => {
  const about = { purpose: 'Count customers', link: 'http://127.0.0.1:3000/rooms/0x1' };
  const party = (dueStep?: 'commit' | 'hop' | 'second-approval' | 'wait') => ({ label: 'Shop', dueStep });

  test('says who, what, until when and where, in a text that can be sent by any means', () => {
    expect(
      reminderText({ ...about, party: party('commit'), deadline: { at: '2026-12-01T10:00:00.000Z', passed: false } }),
    ).toBe(
      'Shop: our room “Count customers” waits for you to connect your table and commit it.\n' +
        'Please do it before 2026-12-01 10:00 UTC.\n' +
        'The room in your own app: http://127.0.0.1:3000/rooms/0x1',
    );
    expect(reminderText({ ...about, party: party('second-approval') })).toContain('second account');
    expect(
      reminderText({ ...about, party: party('hop'), deadline: { at: '2026-12-01T10:00:00.000Z', passed: true } }),
    ).toContain('The time for it ended on 2026-12-01 10:00 UTC.');
  });

  test('is none for a party that waits for others', () => {
    expect(reminderText({ ...about, party: party('wait') })).toBeUndefined();
    expect(reminderText({ ...about, party: party() })).toBeUndefined();
  });
});

describe('What came of an act', () => {
  test('is told in lines, of the latest of its kind alone', () => {
    const done = { id: 1, act: 'claim', begun: '', state: 'done', text: '', told: ['share: done (transaction 0x1)'] };
    const later = { ...done, id: 2, told: ['share: Claimed before'] };
    const [one, two, silent] = read('Jobs', [
      { jobs: [done] },
      { jobs: [later, done] },
      { jobs: [{ ...done, told: undefined }] },
    ]);
    expect(one).toBe('Claiming share: done (transaction 0x1)');
    expect(two).toBe('Claiming share: Claimed before');
    expect(silent).toBe('');
  });
});

describe('Amounts', () => {
  test('are whole token units, however large', () => {
    expect(unitsText('1')).toBe('1 token unit');
    expect(unitsText('0')).toBe('0 token units');
    expect(unitsText((2n ** 108n).toString())).toBe('324,518,553,658,426,726,783,156,020,576,256 token units');
  });
});
