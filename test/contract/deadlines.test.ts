/**
 * Each phase has its own deadline: until then its acts are taken, afterwards none is, and anyone may end the room. Who
 * missed a step of joining or sharing is at fault.
 * The tests move the network's clock, by hours; rooms of other tests have days.
 */
import { loadConfig } from '../../aztec.config.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, send, type Call } from '../support/calls.ts';
import { some } from '../support/choice.ts';
import { fillerCalls } from '../support/fillers.ts';
import { openRoom, type LiveState, type Phase, type TestRoom } from '../support/room.ts';

const PHASES: readonly (readonly [LiveState, Phase])[] = [
  ['inviting', 'invite'],
  ['approving', 'approve'],
  ['committing', 'commit'],
  ['joining', 'join'],
  ['sharing', 'share'],
];
const HOUR = 3600;
const DAY = 24 * HOUR;
const NOT_OVERDUE = 'The room is not overdue';
const OVER = 'The room has ended or never existed';

/** Deadlines that tell the phase's own from those before and after it. */
function deadlinesFor(phase: Phase): Record<Phase, number> {
  const own = PHASES.findIndex(([, name]) => name === phase);
  const seconds = (i: number) => (i < own ? HOUR : i === own ? 2 * HOUR : DAY);
  const phases = Object.fromEntries(PHASES.map(([, name], i) => [name, seconds(i)])) as Record<Phase, number>;
  return { ...phases, retention: 2 * DAY };
}

/** Phases that this run has a room in. */
const PLAYED = some(PHASES, 2);

let bed: Bed;
const rooms = new Map<LiveState, TestRoom>();
/** Slot 0's next call in each room, as it stands when the room has got to its state. */
const due = new Map<LiveState, Call>();

/** How joining or sharing comes to stand still, and who is at fault for it. */
const STALLS: readonly {
  readonly name: string;
  readonly phase: Phase;
  readonly slots: number;
  readonly go: (room: TestRoom) => Promise<unknown>;
  readonly atFault: readonly number[];
}[] = [
  {
    name: 'one list is blinded',
    ...{ phase: 'join', slots: 3, atFault: [0, 2] },
    go: (room) => take(room, [1]),
  },
  {
    name: 'one list was passed on',
    // List 0 waits for slot 1, list 1 for slot 2, and list 2, which slot 0 passed on, for slot 1.
    ...{ phase: 'join', slots: 3, atFault: [1, 2] },
    go: async (room) => {
      await take(room);
      // Everyone's turn opens its list to the others; slot 0's step alone is sent.
      const [passedOn] = await room.due();
      await room.sendAll([passedOn]);
    },
  },
  {
    name: 'nobody made the match',
    ...{ phase: 'join', slots: 2, atFault: [] },
    go: async (room) => {
      await take(room);
      await take(room);
    },
  },
  {
    name: 'one share is given',
    ...{ phase: 'share', slots: 2, atFault: [0] },
    go: async (room) => {
      await room.driveTo('sharing');
      await take(room, [1]);
    },
  },
  {
    name: 'a member disputed',
    ...{ phase: 'join', slots: 2, atFault: [] },
    go: async (room) => {
      await take(room, [1]);
      await room.sendAll([undefined, await room.dispute(1)]);
    },
  },
];
const STALLED = some(STALLS, 1);
/** Rooms in which some members have done what was theirs, and others have not. */
const stalled = new Map<string, TestRoom>();

const client = () => bed.slots[0].client;
const roomIn = (state: LiveState): TestRoom => rooms.get(state)!;
/** Asks something of each room, by state. */
const ofEach = async <T>(ask: (room: TestRoom, state: LiveState) => Promise<T>) => {
  const said: Record<string, T> = {};
  for (const [state] of PLAYED) said[state] = await ask(roomIn(state), state);
  return said;
};
/** What is expected of each room, from what would be of a room in each phase. */
const ofPlayed = <T>(expected: Record<string, T>): Record<string, T> =>
  Object.fromEntries(PLAYED.map(([state]) => [state, expected[state]]));
const all = (message: string) => Object.fromEntries(PLAYED.map(([state]) => [state, message]));

/** Sends the next step of some slots. */
async function take(room: TestRoom, slots?: readonly number[]) {
  await room.sendAll(await room.due(slots));
}

beforeAll(async () => {
  bed = await openBed();
  await Promise.all([
    ...PLAYED.map(async ([state, phase]) => {
      const room = await openRoom(bed, { deadlines: deadlinesFor(phase) });
      await room.driveTo(state);
      rooms.set(state, room);
    }),
    ...STALLED.map(async ({ name, phase, slots, go }) => {
      const room = await openRoom(bed, { slots, deadlines: deadlinesFor(phase) });
      await room.driveTo('joining');
      await go(room);
      stalled.set(name, room);
    }),
  ]);
  for (const [state] of PLAYED) due.set(state, (await roomIn(state).next(0))!);
});
afterAll(() => bed?.close());

test('before its deadline a phase takes its acts, and nobody can end the room for being late', async () => {
  expect(await ofEach((_, state) => outcome(client(), due.get(state)!))).toEqual(all(ACCEPTED));
  const { client: anyone } = bed.outsider;
  expect(await ofEach(async (room) => outcome(anyone, await room.expire()))).toEqual(all(NOT_OVERDUE));
});

test('the deadlines of earlier phases no longer matter', async () => {
  await warpL2TimeBy(HOUR, loadConfig().network);
  expect(await ofEach((_, state) => outcome(client(), due.get(state)!))).toEqual(all(ACCEPTED));
  const { client: anyone } = bed.outsider;
  expect(await ofEach(async (room) => outcome(anyone, await room.expire()))).toEqual(all(NOT_OVERDUE));
});

test('after its deadline a phase takes none of its acts', async () => {
  await warpL2TimeBy(HOUR, loadConfig().network);
  expect(await ofEach((_, state) => outcome(client(), due.get(state)!))).toEqual(
    ofPlayed({
      inviting: 'The invite deadline has passed',
      approving: 'The approve deadline has passed',
      committing: 'The commit deadline has passed',
      joining: 'The join deadline has passed',
      sharing: 'The share deadline has passed',
    }),
  );
  const TOO_LATE = 'A step can be disputed before its deadline only';
  if (rooms.has('joining')) {
    const joining = await fillerCalls(roomIn('joining'), 0);
    expect(await outcome(client(), joining.post_hop)).toBe('The join deadline has passed');
    expect(await outcome(client(), joining.post_match)).toBe('The join deadline has passed');
    expect(await outcome(client(), joining.dispute)).toBe(TOO_LATE);
  }
  if (rooms.has('sharing')) {
    const sharing = await fillerCalls(roomIn('sharing'), 0);
    expect(await outcome(client(), sharing.release)).toBe('The share deadline has passed');
    expect(await outcome(client(), sharing.dispute)).toBe(TOO_LATE);
  }
});

test('a late room of which all slots are needed leaves nobody out', async () => {
  const TOO_FEW = 'Too few slots are ready to go on without the others';
  const TOO_LATE = 'Slots are left out before joining only';
  expect(await ofEach(async (room) => outcome(bed.outsider.client, await room.leaveOut()))).toEqual(
    ofPlayed({
      inviting: TOO_FEW,
      approving: TOO_FEW,
      committing: TOO_FEW,
      joining: TOO_LATE,
      sharing: TOO_LATE,
    }),
  );
});

test('a late room can be left or cancelled before joining; afterwards it can only expire', async () => {
  const LATE = 'The room is late: it can only expire';
  const early = { approving: ACCEPTED, committing: ACCEPTED, joining: LATE, sharing: LATE };
  expect(await ofEach(async (room) => outcome(client(), await room.revoke(0)))).toEqual(
    ofPlayed({
      inviting: 'You hold no consent for this slot of this room',
      ...early,
    }),
  );
  expect(await ofEach(async (room) => outcome(client(), await room.cancel()))).toEqual(
    ofPlayed({
      inviting: ACCEPTED,
      ...early,
    }),
  );
});

test('anyone ends a late room, once, and nothing goes on in it', async () => {
  const { client: anyone } = bed.outsider;
  await Promise.all([...rooms.values(), ...stalled.values()].map(async (room) => send(anyone, await room.expire())));
  expect(await ofEach(async (room) => (await room.read()).view.state)).toEqual(all('expired'));
  expect(await ofEach(async (room) => outcome(anyone, await room.expire()))).toEqual(all(OVER));
  expect(await ofEach((_, state) => outcome(client(), due.get(state)!))).toEqual(
    ofPlayed({
      inviting: 'The room is not inviting',
      approving: 'The room is not approving: every slot must be taken first',
      committing: 'The room is not committing: every slot must approve first',
      joining: 'The room is not joining: every slot must commit first',
      sharing: 'The room is not sharing: a match that meets k, or the last tally, must come first',
    }),
  );
  expect(await ofEach(async (room) => outcome(client(), await room.cancel()))).toEqual(
    all('The room cannot be cancelled: it has ended'),
  );
  expect(await ofEach(async (room) => outcome(client(), await room.close()))).toEqual(
    all('Only a room with a result can be closed'),
  );
});

test('nobody is at fault for a step before joining; afterwards all are who did none', async () => {
  expect(await ofEach(async (room) => (await room.read()).view.atFault)).toEqual(
    ofPlayed({
      inviting: [],
      approving: [],
      committing: [],
      joining: [0, 1],
      sharing: [0, 1],
    }),
  );
});

test('at fault are the members whose step is missing, and nobody once one has disputed', async () => {
  const faults: Record<string, readonly number[]> = {};
  for (const [name, room] of stalled) faults[name] = (await room.read()).view.atFault;
  expect(faults).toEqual(Object.fromEntries(STALLED.map(({ name, atFault }) => [name, atFault])));
});
