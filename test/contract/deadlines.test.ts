/**
 * Each phase has its own deadline: until then its acts are taken, afterwards none is, and anyone may end the room.
 * The tests move the network's clock, by an hour; rooms of other tests have days.
 */
import { loadConfig } from '../../aztec.config.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, send, type Call } from '../support/calls.ts';
import { fillerCalls } from '../support/fillers.ts';
import { openRoom, type LiveState, type Phase, type TestRoom } from '../support/room.ts';

const PHASES: readonly (readonly [LiveState, Phase])[] = [
  ['inviting', 'invite'],
  ['approving', 'approve'],
  ['committing', 'commit'],
  ['joining', 'join'],
  ['sharing', 'share'],
];
const MINUTE = 60;
const DAY = 86_400;

/** Deadlines that tell the phase's own from those before and after it. */
function deadlinesFor(phase: Phase): Record<Phase, number> {
  const own = PHASES.findIndex(([, name]) => name === phase);
  const seconds = (i: number) => (i < own ? 20 * MINUTE : i === own ? 40 * MINUTE : DAY);
  return Object.fromEntries(PHASES.map(([, name], i) => [name, seconds(i)])) as Record<Phase, number>;
}

let bed: Bed;
const rooms = new Map<LiveState, TestRoom>();
/** Slot 0's next call in each room, as it stands when the room has got to its state. */
const due = new Map<LiveState, Call>();

const client = () => bed.slots[0].client;
const roomIn = (state: LiveState): TestRoom => rooms.get(state)!;
/** Asks something of each room, by state. */
const ofEach = async (ask: (room: TestRoom, state: LiveState) => Promise<string>) => {
  const said: Record<string, string> = {};
  for (const [state] of PHASES) said[state] = await ask(roomIn(state), state);
  return said;
};
const all = (message: string) => Object.fromEntries(PHASES.map(([state]) => [state, message]));

beforeAll(async () => {
  bed = await openBed();
  await Promise.all(
    PHASES.map(async ([state, phase]) => {
      const room = await openRoom(bed, { deadlines: deadlinesFor(phase) });
      await room.driveTo(state);
      rooms.set(state, room);
    }),
  );
  for (const [state] of PHASES) due.set(state, (await roomIn(state).next(0))!);
});
afterAll(() => bed?.close());

test('before its deadline a phase takes its acts, and nobody can end the room for being late', async () => {
  expect(await ofEach((_, state) => outcome(client(), due.get(state)!))).toEqual(all(ACCEPTED));
  expect(await ofEach(async (room) => outcome(bed.outsider.client, await room.expire()))).toEqual(
    all('The room is not overdue'),
  );
});

test('the deadlines of earlier phases no longer matter', async () => {
  await warpL2TimeBy(20 * MINUTE, loadConfig().network);
  expect(await ofEach((_, state) => outcome(client(), due.get(state)!))).toEqual(all(ACCEPTED));
  expect(await ofEach(async (room) => outcome(bed.outsider.client, await room.expire()))).toEqual(
    all('The room is not overdue'),
  );
});

test('after its deadline a phase takes none of its acts', async () => {
  await warpL2TimeBy(20 * MINUTE, loadConfig().network);
  expect(await ofEach((_, state) => outcome(client(), due.get(state)!))).toEqual({
    inviting: 'The invite deadline has passed',
    approving: 'The approve deadline has passed',
    committing: 'The commit deadline has passed',
    joining: 'The join deadline has passed',
    sharing: 'The share deadline has passed',
  });
  const joining = await fillerCalls(roomIn('joining'), 0);
  expect(await outcome(client(), joining.post_hop)).toBe('The join deadline has passed');
  expect(await outcome(client(), joining.post_match)).toBe('The join deadline has passed');
  const sharing = await fillerCalls(roomIn('sharing'), 0);
  expect(await outcome(client(), sharing.release)).toBe('The share deadline has passed');
});

test('a late room can still be left: consent withdrawn, or cancelled by its host', async () => {
  const { inviting: _, ...taken } = await ofEach(async (room) => outcome(client(), await room.revoke(0)));
  const { inviting: __, ...accepted } = all(ACCEPTED);
  expect(taken).toEqual(accepted);
  expect(await ofEach(async (room) => outcome(client(), await room.cancel()))).toEqual(all(ACCEPTED));
});

test('anyone ends a late room, once, and nothing goes on in it', async () => {
  await Promise.all(PHASES.map(async ([state]) => send(bed.outsider.client, await roomIn(state).expire())));
  expect(await ofEach(async (room) => (await room.read()).view.state)).toEqual(all('expired'));
  expect(await ofEach(async (room) => outcome(bed.outsider.client, await room.expire()))).toEqual(
    all('The room has ended or never existed'),
  );
  expect(await ofEach((_, state) => outcome(client(), due.get(state)!))).toEqual({
    inviting: 'The room is not inviting',
    approving: 'The room is not approving: every slot must be taken first',
    committing: 'The room is not committing: every slot must approve first',
    joining: 'The room is not joining: every slot must commit first',
    sharing: 'The room is not sharing: a match that meets k must come first',
  });
  expect(await ofEach(async (room) => outcome(client(), await room.cancel()))).toEqual(
    all('The room cannot be cancelled: it has ended'),
  );
  expect(await ofEach(async (room) => outcome(client(), await room.close()))).toEqual(
    all('Only a room with a result can be closed'),
  );
});
