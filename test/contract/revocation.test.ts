/**
 * A slot whose room needs every slot withdraws consent, and the room is over for everyone; a host cancels, nobody else does.
 * Rooms that go on without the slot: n-of-m.
 */
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, madeBy, outcome, refusals, withArgs, type Call } from '../support/calls.ts';
import { some, SOAK } from '../support/choice.ts';
import { fillerCalls } from '../support/fillers.ts';
import { openRoom, type LiveState, type TestRoom } from '../support/room.ts';

const NO_CONSENT = 'You hold no consent for this slot of this room';

/** State in which a room is left, the slot that leaves it, and whether that is at fault. */
const ALL_CASES: readonly (readonly [LiveState, number, boolean])[] = [
  ['approving', 0, false],
  ['sharing', 1, true],
  ['committing', 1, false],
  ['joining', 0, true],
];
const CASES = some(ALL_CASES, 1);

let bed: Bed;
const rooms = new Map<string, TestRoom>();
/** A room in which slot 0 alone is taken, and the call that took it. */
let halfTaken: TestRoom;
let firstTake: Call;
let cancelled: TestRoom;
let disputed: TestRoom;

/** Expects what a slot is told on each call, or on some of them. */
async function expectSaid(slot: number, calls: Record<string, Call>, expected: Readonly<Record<string, string>>) {
  expect(Object.keys(calls).sort()).toEqual(Object.keys(expected).sort());
  for (const [method, call] of some(Object.entries(calls), 3)) {
    expect([method, await outcome(bed.slots[slot].client, call)]).toEqual([method, expected[method]]);
  }
}

const COMMITTED = 'The slot has committed a dataset already';
const NOT_COMMITTING = 'The room is not committing: every slot must approve first';

/** What a slot is told in a room that ended: nothing goes on but what concerns auditors. */
const nothingGoesOn = (committed: boolean) => ({
  approve: 'The room is not approving: every slot must be taken first',
  grant_role: ACCEPTED,
  revoke_role: 'No such grant, or it was revoked',
  confirm_payment: 'Nothing is to be paid in this room',
  commit_dataset: committed ? COMMITTED : NOT_COMMITTING,
  attest_dataset: committed ? COMMITTED : NOT_COMMITTING,
  post_blind: 'The room is not joining: every slot must commit first',
  post_hop: 'The room is not joining: every slot must commit first',
  post_match: 'The room is not joining: every slot must commit first',
  attest_blind: 'The room is not joining: every slot must commit first',
  attest_hop: 'The room is not joining: every slot must commit first',
  give_share: 'The room is not sharing: a match that meets k, or the last tally, must come first',
  release: 'The room is not sharing: a match that meets k, or the last tally, must come first',
  post_tally: 'The room is not joining: every slot must commit first',
  give_masked: 'The room is not sharing: a match that meets k, or the last tally, must come first',
  release_figures: 'The room is not sharing: a match that meets k, or the last tally, must come first',
  dispute: 'A step can be disputed while the room is joining or sharing',
});

/** Nobody ends an ended room in another way, and it has no result. */
async function expectEnded(room: TestRoom, state: string) {
  const { client } = bed.slots[0];
  expect((await room.read()).view.state).toBe(state);
  const { said, expected } = await refusals(client, [
    ['cancelled', await room.cancel(), 'The room cannot be cancelled: it has ended'],
    ['closed', await room.close(), 'Only a room with a result can be closed'],
    ['without some', await room.leaveOut(), 'Slots are left out before joining only'],
    ['expired', await room.expire(), 'The room has ended or never existed'],
  ]);
  expect(said).toEqual(expected);
  expect(await client.view('get_result', room.roomId)).toMatchObject({ released: false });
}

beforeAll(async () => {
  bed = await openBed({ slots: 2 });
  await Promise.all([
    ...CASES.map(async ([state]) => {
      const room = await openRoom(bed);
      await room.driveTo(state);
      rooms.set(state, room);
    }),
    (async () => {
      halfTaken = await openRoom(bed);
      firstTake = (await halfTaken.next(0))!;
      await halfTaken.sendAll([firstTake]);
    })(),
    (async () => {
      cancelled = await openRoom(bed);
      await cancelled.driveTo('approving');
    })(),
    (async () => {
      if (!SOAK) return;
      disputed = await openRoom(bed);
      await disputed.driveTo('joining');
      await disputed.sendAll([undefined, await disputed.dispute(1)]);
    })(),
  ]);
});
afterAll(() => bed?.close());

describe.each(CASES)('a room that is %s', (state, leaver, atFault) => {
  const other = 1 - leaver;

  test('can be left by each slot, with its own note alone', async () => {
    const room = rooms.get(state)!;
    for (const slot of [0, 1]) {
      const revoke = await room.revoke(slot);
      expect(await outcome(bed.slots[slot].client, revoke)).toBe(ACCEPTED);
      for (const { client } of [bed.slots[1 - slot], bed.outsider]) {
        expect(await outcome(client, madeBy(client, revoke))).toBe(NO_CONSENT);
      }
    }
  });

  test(`is over once slot ${leaver} has left it${atFault ? ', which is at fault' : ', and nobody is at fault'}`, async () => {
    const room = rooms.get(state)!;
    const { client } = bed.slots[leaver];
    const calls: (Call | undefined)[] = [];
    calls[leaver] = await room.revoke(leaver);
    await room.sendAll(calls);
    const { view } = await room.read();
    expect(view.revokedBy).toBe(leaver);
    expect(view.atFault).toEqual(atFault ? [leaver] : []);
    expect(await outcome(client, calls[leaver]!)).toBe(NO_CONSENT);
    expect(await outcome(bed.slots[other].client, await room.revoke(other))).toBe(
      'Consent cannot be withdrawn: the room has ended',
    );

    const committed = state === 'joining' || state === 'sharing';
    await expectSaid(other, await fillerCalls(room, other), nothingGoesOn(committed));
    // The leaver's note is gone: it can prove nothing any more.
    const own = await fillerCalls(room, leaver);
    await expectSaid(leaver, own, Object.fromEntries(Object.keys(own).map((method) => [method, NO_CONSENT])));
    await expectEnded(room, 'revoked');
  });
});

test('a slot can leave before the others have come; nobody comes after it, and it cannot come back', async () => {
  const take = (await halfTaken.next(1))!;
  expect(await outcome(bed.slots[1].client, take)).toBe(ACCEPTED);
  await halfTaken.sendAll([await halfTaken.revoke(0)]);
  expect(await outcome(bed.slots[1].client, take)).toBe('The room is not inviting');
  expect(await outcome(bed.slots[0].client, firstTake)).toBe('Invite was used already: the slot is taken');
  await expectEnded(halfTaken, 'revoked');
});

// A disputed room is left in every run in storage.test.ts.
(SOAK ? test : test.skip)('once a member has disputed, leaving is nobody’s fault', async () => {
  await disputed.sendAll([await disputed.revoke(0)]);
  const { view } = await disputed.read();
  expect(view.revokedBy).toBe(0);
  expect(view.atFault).toEqual([]);
  await expectEnded(disputed, 'revoked');
});

test('its host alone cancels a room, by its account and its secret', async () => {
  const NOT_HOST = 'Only the host may do this';
  const cancel = await cancelled.cancel();
  const [, , secret] = cancel.args as bigint[];
  const { client } = bed.slots[0];
  for (const other of [bed.slots[1].client, bed.outsider.client]) {
    expect(await outcome(other, madeBy(other, cancel))).toBe(NOT_HOST);
  }
  for (const wrong of some([0n, secret + 1n, ...cancelled.records[0].inviteSecrets!], 2)) {
    expect(await outcome(client, withArgs(cancel, { 2: wrong }))).toBe(NOT_HOST);
  }
  await cancelled.sendAll([cancel]);
  await expectSaid(1, await fillerCalls(cancelled, 1), nothingGoesOn(false));
  expect(await outcome(bed.slots[1].client, await cancelled.revoke(1))).toBe(
    'Consent cannot be withdrawn: the room has ended',
  );
  expect((await cancelled.read()).view.atFault).toEqual([]);
  await expectEnded(cancelled, 'cancelled');
});
