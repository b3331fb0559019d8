/**
 * Rooms of three slots that may go on with two: without those that are late, once their deadline has passed, and without
 * those that withdraw their consent in time. The tests move the network's clock by half an hour.
 */
import { loadConfig } from '../../aztec.config.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { sum } from '../../app/lib/curve/grumpkin.ts';
import { circuitNumber, randomField } from '../../app/lib/protocol/context.ts';
import { OWN_ACT } from '../../app/lib/room/acts.ts';
import { grantCommitment, ROLES } from '../../app/lib/room/grant.ts';
import { STATES } from '../../app/lib/room/view.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, send, withArgs, withMembers, type Call, type Refusal } from '../support/calls.ts';
import { onceIn, some } from '../support/choice.ts';
import { fillerCalls, takeCall } from '../support/fillers.ts';
import { openRoom, people, type TestRoom } from '../support/room.ts';

const HALF_AN_HOUR = 30 * 60;
const DAY = 86_400;

/** States that a room leaves without late slots, in their order, each with its deadline and the state after it. */
const PHASES = [
  ['inviting', 'invite', 'approving'],
  ['approving', 'approve', 'committing'],
  ['committing', 'commit', 'joining'],
] as const;
type State = (typeof PHASES)[number][0];

const LEFT_OUT = 'The slot was left out of the room';
const NOT_OVERDUE = 'The room is not overdue';
const NO_CONSENT = 'You hold no consent for this slot of this room';
const NOT_APPROVING = 'The room is not approving: every slot must be taken first';
const NOT_COMMITTING = 'The room is not committing: every slot must approve first';
const NOT_JOINING = 'The room is not joining: every slot must commit first';
const NOT_SHARING = 'The room is not sharing: a match that meets k, or the last tally, must come first';

/**
 * Slots 0 and 2 have five people in common, and four of them with slot 1. All three tables are within the policy's
 * limits.
 */
const NUMBERS = [
  [0, 8],
  [4, 12],
  [3, 10],
] as const;
const DATASETS = NUMBERS.map(([from, to]) => people(from, to));

let bed: Bed;
/** States in which this run has rooms with enough slots: the one that is played on, and one of the others. */
const ENOUGH: readonly State[] = ['approving', ...some(['inviting', 'committing'] as const, 1)];
/** States in which it has rooms with too few. */
const TOO_FEW: readonly State[] = some(PHASES, 1).map(([state]) => state);
/** Rooms in which slots 0 and 2 have done the state's step, and slot 1 has not. */
const enough = new Map<State, TestRoom>();
/** Rooms in which slot 0 alone has. */
const tooFew = new Map<State, TestRoom>();

/** Asks something of the room in each state that there is one in. */
async function ofEach(rooms: Map<State, TestRoom>, ask: (room: TestRoom) => Promise<string>) {
  const said: Record<string, string> = {};
  for (const [state, room] of rooms) said[state] = await ask(room);
  return said;
}
const all = (rooms: Map<State, TestRoom>, message: string) =>
  Object.fromEntries([...rooms.keys()].map((state) => [state, message]));
const anyone = (call: Call) => outcome(bed.outsider.client, call);
const bySlot = (slot: number, call: Call) => outcome(bed.slots[slot].client, call);

async function expectRefusals(slot: number, cases: readonly Refusal[]) {
  const { said, expected } = await refusals(bed.slots[slot].client, cases);
  expect(said).toEqual(expected);
}

/** A room as its log tells it, which must be what the contract stores. */
async function viewOf(room: TestRoom) {
  const { view } = await room.read();
  const stored = (await bed.outsider.client.view('get_progress', room.roomId)) as Record<string, bigint | boolean>;
  const { active, done, atFault, disputed, deleted } = view.progress;
  const { disputed: stated, ...numbers } = stored;
  expect(stated).toBe(disputed);
  expect(Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, BigInt(value)]))).toEqual({
    state: BigInt(STATES[view.state]),
    active: BigInt(active),
    done: BigInt(done),
    at_fault: BigInt(atFault),
    deleted: BigInt(deleted),
    transcript: view.transcript,
  });
  return view;
}

const OTHER_MODE = 'The room has another proof mode';
const NO_SUCH_STEP = "The room's template has no such step";

/** Expects what slot 1 is told on everything that a party may do in a room, or on some of it; a word stands for all. */
async function expectSaid(room: TestRoom, expected: Readonly<Record<string, string>> | string): Promise<void> {
  const { grant_role: _, revoke_role: __, ...steps } = await fillerCalls(room, 1);
  const calls = { ...steps, revoke: await room.revoke(1) };
  if (typeof expected !== 'string') expect(Object.keys(calls).sort()).toEqual(Object.keys(expected).sort());
  for (const [method, call] of some(Object.entries(calls), 3)) {
    const due = typeof expected === 'string' ? expected : expected[method];
    expect([method, await bySlot(1, call)]).toEqual([method, due]);
  }
}

/** What a slot that was left out is told in a room that goes on, but for what is given. */
const nothing = (but: Record<string, string>): Record<string, string> => ({
  approve: NOT_APPROVING,
  confirm_payment: 'Nothing is to be paid in this room',
  commit_dataset: NOT_COMMITTING,
  post_blind: NOT_JOINING,
  post_hop: NOT_JOINING,
  post_match: NOT_JOINING,
  attest_dataset: NOT_COMMITTING,
  attest_blind: NOT_JOINING,
  attest_hop: NOT_JOINING,
  give_share: NOT_SHARING,
  release: NOT_SHARING,
  post_tally: NOT_JOINING,
  give_masked: NOT_SHARING,
  release_figures: NOT_SHARING,
  dispute: 'A step can be disputed while the room is joining or sharing',
  revoke: LEFT_OUT,
  ...but,
});

beforeAll(async () => {
  bed = await openBed();
  await Promise.all(
    PHASES.flatMap(([state], own) =>
      [
        { rooms: enough, states: ENOUGH, ready: [0, 2] },
        { rooms: tooFew, states: TOO_FEW, ready: [0] },
      ].map(async ({ rooms, states, ready }) => {
        if (!states.includes(state)) return;
        const deadlines = PHASES.map(([, phase], i) => [phase, i <= own ? HALF_AN_HOUR : DAY]);
        const room = await openRoom(bed, {
          slots: 3,
          minSlots: 2,
          datasets: DATASETS,
          deadlines: Object.fromEntries(deadlines) as Record<(typeof PHASES)[number][1], number>,
        });
        await room.driveTo(state);
        await room.sendAll(await room.due(ready));
        rooms.set(state, room);
      }),
    ),
  );
});
afterAll(() => bed?.close());

describe('slots that are late', () => {
  test('are not left out before the deadline', async () => {
    for (const rooms of [enough, tooFew]) {
      expect(await ofEach(rooms, async (room) => anyone(await room.leaveOut()))).toEqual(all(rooms, NOT_OVERDUE));
      expect(await ofEach(rooms, async (room) => anyone(await room.expire()))).toEqual(all(rooms, NOT_OVERDUE));
    }
  });

  test('after it, a room with enough slots can go on and cannot expire', async () => {
    await warpL2TimeBy(HALF_AN_HOUR, loadConfig().network);
    expect(await ofEach(enough, async (room) => anyone(await room.leaveOut()))).toEqual(all(enough, ACCEPTED));
    expect(await ofEach(enough, async (room) => anyone(await room.expire()))).toEqual(
      all(enough, 'Enough slots are ready: the room goes on when the others are left out'),
    );
  });

  test('a room with too few cannot go on, and expires by nobody’s fault', async () => {
    expect(await ofEach(tooFew, async (room) => anyone(await room.leaveOut()))).toEqual(
      all(tooFew, 'Too few slots are ready to go on without the others'),
    );
    await Promise.all([...tooFew.values()].map(async (room) => send(bed.outsider.client, await room.expire())));
    for (const room of tooFew.values()) {
      expect(await viewOf(room)).toMatchObject({ state: 'expired', members: [0, 1, 2], atFault: [] });
    }
    expect(await ofEach(tooFew, async (room) => anyone(await room.leaveOut()))).toEqual(
      all(tooFew, 'Slots are left out before joining only'),
    );
  });

  test('anyone leaves them out, once: the room is in its next state, with the others', async () => {
    await Promise.all([...enough.values()].map(async (room) => send(bed.outsider.client, await room.leaveOut())));
    for (const [state, , next] of PHASES) {
      if (!ENOUGH.includes(state)) continue;
      const view = await viewOf(enough.get(state)!);
      expect(view).toMatchObject({ state: next, members: [0, 2], leftOut: [{ slot: 1, reason: 'late' }], atFault: [] });
    }
    const said: Record<State, string> = {
      inviting: NOT_OVERDUE,
      approving: NOT_OVERDUE,
      committing: 'Slots are left out before joining only',
    };
    expect(await ofEach(enough, async (room) => anyone(await room.leaveOut()))).toEqual(
      Object.fromEntries(ENOUGH.map((state) => [state, said[state]])),
    );
  });

  const late = (state: State) => (ENOUGH.includes(state) ? test : test.skip);
  late('inviting')('cannot come any more: a slot that nobody took in time stays empty', async () => {
    const room = enough.get('inviting')!;
    const { context } = (await room.read()).view.terms;
    const take = takeCall(room, 1, context, room.records[1].inviteSecret!);
    expect(await bySlot(1, take)).toBe('The room is not inviting');
    await expectSaid(room, NO_CONSENT);
  });

  late('committing')('cannot commit late: the room is joining with the lists of the others', async () => {
    const room = enough.get('committing')!;
    const BLINDED_FIRST = 'Every list must be blinded before a hop';
    await expectSaid(
      room,
      nothing({
        post_blind: LEFT_OUT,
        post_hop: BLINDED_FIRST,
        post_match: LEFT_OUT,
        attest_blind: OTHER_MODE,
        attest_hop: OTHER_MODE,
        post_tally: NO_SUCH_STEP,
        dispute: LEFT_OUT,
      }),
    );
  });
});

describe('a room that goes on with a gap among its slots', () => {
  let room: TestRoom;
  const due = async () => (await room.due([0, 2])) as Call[];
  beforeAll(() => {
    room = enough.get('approving')!;
  });

  test('committing: takes the data of its members alone', async () => {
    await expectSaid(room, nothing({ commit_dataset: LEFT_OUT, attest_dataset: LEFT_OUT }));
    // What a slot may grant for later is not a step of the room.
    const { grant_role } = await fillerCalls(room, 1);
    expect(await bySlot(1, grant_role)).toBe(ACCEPTED);
    await room.driveTo('joining', [0, 2]);
  });

  test('joining: each list passes the other member, past the gap', async () => {
    await room.sendAll(await due());
    await expectSaid(
      room,
      nothing({
        post_blind: LEFT_OUT,
        post_hop: "This hop is another slot's",
        post_match: LEFT_OUT,
        attest_blind: OTHER_MODE,
        attest_hop: OTHER_MODE,
        post_tally: NO_SUCH_STEP,
        dispute: LEFT_OUT,
      }),
    );
    const hops = await due();
    expect(hops[0].args[2]).toMatchObject({ list: 2, hop: 1, slot: 0 });
    expect(hops[2].args[2]).toMatchObject({ list: 0, hop: 1, slot: 2 });
    await expectRefusals(0, [
      ['of the list of the slot that is missing', withMembers(hops[0], 2, { list: 1 }), 'No such list'],
      ['of its own list', withMembers(hops[0], 2, { list: 0 }), "This hop is another slot's"],
      ['that a third member would make', withMembers(hops[0], 2, { hop: 2 }), 'No such hop'],
    ]);
    const hop = (await fillerCalls(room, 1)).post_hop;
    expect(await bySlot(1, withMembers(hop, 2, { list: 1, hop: 1 }))).toBe('No such list');
    await room.sendAll(hops);
  });

  test('joining: the match is over the lists of the members, under the sum of their keys', async () => {
    const [match] = await due();
    const { slots } = await viewOf(room);
    const ofAll = sum(slots.map((slot) => slot!.decryptionKey));
    expect(match.args[3]).toMatchObject({ slots: [0, 2, 0, 0, 0] });
    const OTHER_SLOTS = "Slots are not the room's members";
    await expectRefusals(0, [
      ['of two slots without a gap', withMembers(match, 3, { slots: [0, 1, 0, 0, 0] }), OTHER_SLOTS],
      ['of all slots', withMembers(match, 3, { slots: [0, 1, 2, 0, 0] }), OTHER_SLOTS],
      ['for three members', withArgs(match, { 1: circuitNumber('match_32_3') }), 'Not a circuit for this step'],
      [
        'under the keys of all slots',
        withMembers(match, 3, { room_key_x: ofAll.x, room_key_y: ofAll.y }),
        "Room key is not the sum of the slots' keys",
      ],
    ]);
    await room.sendAll([match]);
  });

  test('sharing: takes the shares of the members, and opens the count with these', async () => {
    expect(await viewOf(room)).toMatchObject({ state: 'sharing' });
    await expectSaid(
      room,
      nothing({
        give_share: LEFT_OUT,
        release: LEFT_OUT,
        give_masked: NO_SUCH_STEP,
        release_figures: NO_SUCH_STEP,
        dispute: LEFT_OUT,
      }),
    );
    await room.sendAll(await due());
    const [release] = await due();
    expect(release.args[2]).toMatchObject({ slots: [0, 2, 0, 0, 0] });
    const key = await room.sessions[0].prover.verificationKey('release_3');
    await expectRefusals(0, [
      [
        'of two slots without a gap',
        withMembers(release, 2, { slots: [0, 1, 0, 0, 0] }),
        "Slots are not the room's members",
      ],
      [
        'for three members',
        withArgs(release, { 3: key.fields, 4: key.hash }),
        "Verification key is not the template's",
      ],
    ]);
    await room.sendAll([release]);
  });

  test('released: the count is that of the people whom the members share', async () => {
    const [[from0, to0], , [from2, to2]] = NUMBERS;
    const shared = Math.min(to0, to2) - Math.max(from0, from2);
    expect(shared).toBe(5);
    const view = await viewOf(room);
    expect(view).toMatchObject({ state: 'released', members: [0, 2], result: { suppressed: false, count: shared } });
    const result = (await bed.outsider.client.view('get_result', room.roomId)) as { count: bigint };
    expect(Number(result.count)).toBe(shared);
    await expectSaid(room, nothing({ revoke: 'Consent cannot be withdrawn: the room has ended' }));
    // What slot 1 gave is its keys; what it received it has to delete of its own accord.
    expect(view.deletion.due).toEqual([0, 2]);
  });
});

describe('a slot that withdraws its consent before joining', () => {
  let room: TestRoom;
  let approveAs: Call;

  test('while inviting: the room waits for the others alone, and nobody takes the slot again', async () => {
    room = await openRoom(bed, { slots: 3, minSlots: 2 });
    const { roomId } = room;
    await room.sendAll(await room.due([0, 1]));
    const { context, policy_digest } = (await room.read()).view.terms;
    // Slot 1 grants somebody the right to approve for it, and leaves.
    const { sender: grantee } = bed.outsider.client;
    const secret = randomField();
    const grant = grantCommitment({ roomId, slot: 1, role: 'approver', grantee, secret });
    const own = bed.slots[1].client;
    await own.send('grant_role', own.sender, roomId, 1, ROLES.approver, grant, OWN_ACT);
    approveAs = { method: 'approve_as', args: [roomId, 1, policy_digest, secret] };
    const take = takeCall(room, 1, context, room.records[1].inviteSecret!);
    await send(own, await room.revoke(1));

    expect(await viewOf(room)).toMatchObject({
      state: 'inviting',
      members: [0, 2],
      leftOut: [{ slot: 1, reason: 'withdrew' }],
    });
    for (const { client } of [bed.slots[1], bed.outsider]) {
      expect(await outcome(client, take)).toBe('Invite was used already: the slot is taken');
    }
    await expectSaid(room, NO_CONSENT);
    await room.sendAll(await room.due([2]));
    expect(await viewOf(room)).toMatchObject({ state: 'approving', members: [0, 2] });
  });

  test('is not approved for any more, not even by somebody whom it granted that', async () => {
    expect(await anyone(approveAs)).toBe(LEFT_OUT);
    await room.driveTo('committing', [0, 2]);
    expect((await viewOf(room)).slots.map((slot) => slot!.approved)).toEqual([true, false, true]);
  });

  test('when too few remain, the room is over, by nobody’s fault', async () => {
    await send(bed.slots[2].client, await room.revoke(2));
    expect(await viewOf(room)).toMatchObject({ state: 'revoked', revokedBy: 2, atFault: [] });
    expect(await bySlot(0, (await fillerCalls(room, 0)).commit_dataset)).toBe(NOT_COMMITTING);
  });

  const alone = onceIn(2, 'the last') ? test : test.skip;
  alone('when it was the last that the room waited for, the room goes on at once', async () => {
    const waiting = await openRoom(bed, { slots: 3, minSlots: 2 });
    await waiting.driveTo('approving');
    await waiting.sendAll(await waiting.due([0, 2]));
    await send(bed.slots[1].client, await waiting.revoke(1));
    expect(await viewOf(waiting)).toMatchObject({ state: 'committing', members: [0, 2] });
  });
});
