/** A slot withdraws consent and the room is over for everyone; a host cancels and closes, nobody else does. */
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, withArgs, type Call } from '../support/calls.ts';
import { fillerCalls } from '../support/fillers.ts';
import { openRoom, type LiveState, type TestRoom } from '../support/room.ts';

const NO_CONSENT = 'You hold no consent for this slot of this room';

/** State in which a room is left, and the slot that leaves it. */
const CASES: readonly (readonly [LiveState, number])[] = [
  ['approving', 0],
  ['committing', 1],
  ['joining', 0],
];

let bed: Bed;
const rooms = new Map<string, TestRoom>();
/** A room in which slot 0 alone is taken. */
let halfTaken: TestRoom;
let cancelled: TestRoom;

const outcomesOf = async (slot: number, calls: Record<string, Call>) => {
  const said: Record<string, string> = {};
  for (const [method, call] of Object.entries(calls)) said[method] = await outcome(bed.slots[slot].client, call);
  return said;
};

/** What a slot is told on every step of a room that ended before any. `done`: whether it has approved, and committed. */
const nothingGoesOn = (approved: boolean, committed: boolean) => ({
  approve: approved ? 'The slot has approved already' : 'The room is not approving: every slot must be taken first',
  commit_dataset: committed
    ? 'The slot has committed a dataset already'
    : 'The room is not committing: every slot must approve first',
  post_blind: 'The room is not joining: every slot must commit first',
  post_hop: 'The room is not joining: every slot must commit first',
  post_match: 'The room is not joining: every slot must commit first',
  give_share: 'The room is not sharing: a match that meets k must come first',
  release: 'The room is not sharing: a match that meets k must come first',
});

/** Nobody ends an ended room in another way, and it has no result. */
async function expectEnded(room: TestRoom, state: string) {
  const { client } = bed.slots[0];
  expect((await room.read()).view.state).toBe(state);
  expect(await outcome(client, await room.cancel())).toBe('The room cannot be cancelled: it has ended');
  expect(await outcome(client, await room.close())).toBe('Only a room with a result can be closed');
  expect(await outcome(client, await room.expire())).toBe('The room has ended or never existed');
  expect(await client.view('get_result', room.roomId)).toMatchObject({ released: false });
}

beforeAll(async () => {
  bed = await openBed();
  await Promise.all([
    ...CASES.map(async ([state]) => {
      const room = await openRoom(bed);
      await room.driveTo(state);
      rooms.set(state, room);
    }),
    (async () => {
      halfTaken = await openRoom(bed);
      await halfTaken.sendAll([await halfTaken.next(0)]);
    })(),
    (async () => {
      cancelled = await openRoom(bed);
      await cancelled.driveTo('approving');
    })(),
  ]);
});
afterAll(() => bed?.close());

describe.each(CASES)('a room that is %s', (state, leaver) => {
  const other = 1 - leaver;

  test('can be left by each slot, with its own note alone', async () => {
    const room = rooms.get(state)!;
    for (const slot of [0, 1]) {
      const revoke = await room.revoke(slot);
      expect(await outcome(bed.slots[slot].client, revoke)).toBe(ACCEPTED);
      expect(await outcome(bed.slots[1 - slot].client, revoke)).toBe(NO_CONSENT);
      expect(await outcome(bed.outsider.client, revoke)).toBe(NO_CONSENT);
    }
  });

  test(`is over once slot ${leaver} has left it`, async () => {
    const room = rooms.get(state)!;
    const calls: (Call | undefined)[] = [];
    calls[leaver] = await room.revoke(leaver);
    await room.sendAll(calls);
    expect(await outcome(bed.slots[leaver].client, calls[leaver]!)).toBe(NO_CONSENT);
    expect(await outcome(bed.slots[other].client, await room.revoke(other))).toBe(
      'Consent cannot be withdrawn: the room has ended',
    );

    const approved = state !== 'approving';
    const committed = approved && state !== 'committing';
    expect(await outcomesOf(other, await fillerCalls(room, other))).toEqual(nothingGoesOn(approved, committed));
    // The leaver's note is gone: it can prove nothing any more.
    const own = await fillerCalls(room, leaver);
    expect(await outcomesOf(leaver, own)).toEqual(
      Object.fromEntries(Object.keys(own).map((method) => [method, NO_CONSENT])),
    );
    await expectEnded(room, 'revoked');
  });
});

test('a slot can leave before the others have come; nobody comes after it', async () => {
  const take = (await halfTaken.next(1))!;
  expect(await outcome(bed.slots[1].client, take)).toBe(ACCEPTED);
  await halfTaken.sendAll([await halfTaken.revoke(0)]);
  expect(await outcome(bed.slots[1].client, take)).toBe('The room is not inviting');
  await expectEnded(halfTaken, 'revoked');
});

test('its host alone cancels a room, from any account, by its secret', async () => {
  const cancel = await cancelled.cancel();
  const [, secret] = cancel.args as bigint[];
  const { inviteSecrets } = cancelled.records[0];
  expect(await outcome(bed.outsider.client, cancel)).toBe(ACCEPTED);
  for (const wrong of [secret + 1n, ...inviteSecrets!]) {
    const guess = withArgs(cancel, { 1: wrong });
    expect(await outcome(bed.slots[1].client, guess)).toBe('Only the host may do this');
  }
  await cancelled.sendAll([cancel]);
  expect(await outcomesOf(1, await fillerCalls(cancelled, 1))).toEqual(nothingGoesOn(false, false));
  expect(await outcome(bed.slots[1].client, await cancelled.revoke(1))).toBe(
    'Consent cannot be withdrawn: the room has ended',
  );
  await expectEnded(cancelled, 'cancelled');
});
