/**
 * Rooms that join values: encrypted vectors of listed values, lists that return with what matched, sums that their makers
 * select, tallies that their slots open. What is not due, not the slot's, or not what is on record, is refused. Digests and
 * proofs are made up here, and every event is compared with the one that the rules' own log has.
 */
import { loadConfig } from '../../aztec.config.ts';
import { circuitNumber, CIRCUITS, randomField } from '../../app/lib/protocol/context.ts';
import { encryptedPosition, returnedPosition, selectedPosition } from '../../app/lib/room/view.ts';
import { EVENTS, type EventName } from '../../app/lib/room/events.ts';
import { encode, type Layout } from '../../app/lib/room/schema.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { FULL, selectedOf } from '../room/joined-log.ts';
import { chunkOf, keysOf } from '../room/log.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, send, withArgs, withMembers, type Call, type Refusal } from '../support/calls.ts';
import { some } from '../support/choice.ts';
import { openJoinedRoom, type JoinedRoom } from '../support/joined-room.ts';
import { MADE_UP_KEYS } from '../support/made-up-room.ts';
import { CREATION } from '../support/room.ts';

const NO_CONSENT = 'You hold no consent for this slot of this room';
const NO_SUCH_STEP = "The room's template has no such step";
const NOT_JOINING = 'The room is not joining: every slot must commit first';
const OTHER_ROOM = 'Statement is about another room';
const OTHER_KEY = "Verification key is not the template's";
const OTHER_CIRCUIT = 'Not a circuit for this step';
const OTHER_PLAN = "Plan is not the policy's";
const OTHER_BLINDING = "Blinding key is not the slot's";
const OTHER_DECRYPTION = "Decryption key is not the slot's";
const OTHER_TURN = "This hop is another slot's";
const NO_VECTOR = 'The slot brings no such vector';
const MADE = 'This step was made already';
const NOTHING = 'Digest must not be zero';
const OUT_OF_ORDER = 'Chunks must come in order, each once';
const HOUR = 3600;

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(() => bed?.close());

const client = (slot = 0) => bed.slots[slot].client;
const expectRefusals = async (slot: number, cases: readonly Refusal[]) => {
  const { said, expected } = await refusals(client(slot), cases);
  expect(said).toEqual(expected);
};
/** A call with the key hash of another circuit at a position. */
const byKey = (call: Call, circuit: (typeof CIRCUITS)[number], position = 5) =>
  withArgs(call, { [position]: MADE_UP_KEYS[circuitNumber(circuit)] });

describe('a room that joins values', () => {
  let room: JoinedRoom;
  const view = async () => (await room.read()).view;
  /** The last event on chain is this one, but for the made-up proof's digest. */
  const expectEvent = async (name: EventName, value: object) => {
    const last = (await room.read()).events.at(-1)!;
    const fields = encode(EVENTS[name] as Layout, { ...value, room_id: room.roomId } as never);
    expect(last.name).toBe(name);
    expect(last.fields.slice(0, -1)).toEqual(fields.slice(0, -1));
  };

  beforeAll(async () => {
    room = await openJoinedRoom(bed);
  });

  test('is created with vectors of its slots, a naming slot, a plan, one contributor and no slot to spare', async () => {
    const fresh = withArgs(room.creation, { [CREATION.roomId]: randomField() });
    const policy = (members: Parameters<typeof withMembers>[2]) => withMembers(fresh, CREATION.policy, members);
    expect(await outcome(client(), fresh)).toBe(ACCEPTED);
    expect(await outcome(client(), policy({ vectors: 1n << 23n, naming: 3 }))).toBe(ACCEPTED);
    const INCOMPLETE = 'Rooms that join values have a plan, one contributor and all slots';
    await expectRefusals(0, [
      ['without a naming slot', policy({ naming: 0 }), 'Vectors need a naming slot, and a naming slot vectors'],
      ['without vectors', policy({ vectors: 0n }), 'Vectors need a naming slot, and a naming slot vectors'],
      ['without a plan', policy({ plan: 0n, contributors: 0 }), INCOMPLETE],
      ['with two contributors', policy({ contributors: 2 }), INCOMPLETE],
      ['to go on with two slots', policy({ min_slots: 2 }), INCOMPLETE],
      ['attested', policy({ proof_mode: 1 }), 'Rooms with a plan are succinct'],
      ['with a naming slot too many', policy({ naming: 4 }), 'The naming slot does not exist'],
      ['with a vector too many', policy({ vectors: 1n << 24n }), 'A vector of a slot that does not exist'],
    ]);
    expect((await view()).terms).toMatchObject({ vectors: 0b11n | (1n << 18n), naming: 2 });
  });

  test('joining: takes blinded lists, with labels of the naming slot alone', async () => {
    const { log } = room;
    expect(await outcome(client(), room.call('EncryptProven', log.encrypted(0, 0)))).toBe(NOT_JOINING);
    await room.send(log.members.map((slot) => [slot, room.call('DatasetProven', log.dataset(slot))]));
    const OTHER_LABELS = "Plan is not the one for the slot's labels";
    const [plain, naming] = [0, 1].map((slot) => room.call('BlindProven', log.blind(slot)));
    expect(await outcome(client(1), naming)).toBe(ACCEPTED);
    expect(await outcome(client(), withMembers(plain, 2, { plan: log.creation.terms.plan }))).toBe(OTHER_LABELS);
    expect(await outcome(client(1), withMembers(naming, 2, { plan: 0n }))).toBe(OTHER_LABELS);
    for (const circuit of some(['blind_32', 'blind_256'] as const, 1))
      expect(await outcome(client(), withArgs(plain, { 1: circuitNumber(circuit) }))).toBe(OTHER_CIRCUIT);
    const early = room.call('EncryptProven', log.encrypted(0, 0));
    expect(await outcome(client(), early)).toBe("The slot's list must be blinded first");
    expect(await outcome(client(), room.call('TallyProven', log.tally(0)))).toBe(NO_SUCH_STEP);
    await send(client(), plain);
    await expectEvent('BlindProven', log.blind(0));
  });

  test('joining: takes encrypted vectors of listed values, before all lists are there', async () => {
    const { log } = room;
    const call = room.call('EncryptProven', log.encrypted(0, 0));
    expect(await outcome(client(), call)).toBe(ACCEPTED);
    await expectRefusals(0, [
      ['of another room', withMembers(call, 2, { context: 1n }), OTHER_ROOM],
      ["another slot's", withMembers(call, 2, { slot: 1 }), NO_CONSENT],
      ['of other values', withMembers(call, 2, { values: 1n }), 'Listed values are not those on record'],
      ['under another plan', withMembers(call, 2, { plan: 1n }), OTHER_PLAN],
      ['of a vector that the slot does not bring', withMembers(call, 2, { vector: 2 }), NO_VECTOR],
      ['of a vector that there is not', withMembers(call, 2, { vector: 8 }), NO_VECTOR],
      ['under another key', withMembers(call, 2, { key: keysOf(0).blindingPublic }), OTHER_DECRYPTION],
      ['of nothing', withMembers(call, 2, { encrypted_digest: 0n }), NOTHING],
      ['by another step', withArgs(call, { 1: circuitNumber('select_32') }), OTHER_CIRCUIT],
      ['by the other size', withArgs(call, { 1: circuitNumber('encrypt_256') }), OTHER_KEY],
      ['by another key', byKey(call, 'blind_32'), OTHER_KEY],
      ['beginning with its second chunk', withMembers(call, 3, { index: 1 }), OUT_OF_ORDER],
    ]);
    const first = log.encrypted(0, 0, chunkOf(0, false));
    const second = log.encrypted(0, 0, chunkOf(1, true));
    await send(client(), room.call('EncryptProven', first));
    await expectEvent('EncryptProven', first);
    expect((await view()).steps.get(encryptedPosition(0, 0))).toMatchObject({ chunks: 1, last: false });
    const other = withMembers(room.call('EncryptProven', second), 2, { encrypted_digest: 1n });
    expect(await outcome(client(), other)).toBe('Chunks of one step must have one statement');
    await send(client(), room.call('EncryptProven', second));
    expect(await outcome(client(), call)).toBe(OUT_OF_ORDER);
    expect(await outcome(client(), room.call('EncryptProven', log.encrypted(0, 0, chunkOf(2, true))))).toBe(MADE);
  });

  test('joining: takes one match, after which the room is still joining', async () => {
    const { log } = room;
    const early = { return: log.returned(0, 2), select: log.select(0, 0), open: log.openedTally(1) };
    await room.send([1, 2].map((slot) => [slot, room.call('BlindProven', log.blind(slot))]));
    for (const hop of [1, 2]) {
      await room.send([0, 1, 2].map((list) => [log.turn(list, hop), room.call('HopProven', log.hop(list, hop))]));
    }
    expect(await outcome(client(2), room.call('ReturnProven', early.return))).toBe(
      'The return before this one is missing',
    );
    expect(await outcome(client(1), room.call('SelectProven', early.select))).toBe('The list must be returned first');
    expect(await outcome(client(1), room.opened(early.open))).toBe('The match must come first');
    const value = log.match(7);
    const match = room.match(value);
    const { returned } = match.args[3] as { returned: bigint[] };
    expect(await outcome(client(), withMembers(match, 3, { returned: returned.with(2, 0n) }))).toBe(
      'List digest must not be zero',
    );
    await send(client(), match);
    await expectEvent('MatchProven', value);
    const { state, matched, progress, returned: lists } = await view();
    expect({ state, matched, done: progress.done }).toEqual({ state: 'joining', matched: true, done: 0 });
    expect(lists.map((list) => list[2])).toEqual(returned.slice(0, 3));
    expect(await outcome(client(1), withArgs(withMembers(match, 3, {}), { 2: 1 }))).toBe(
      'The match is on record already',
    );
  });

  test('joining: takes returned lists of those that made the hops, from the last hop on', async () => {
    const { log } = room;
    const call = room.call('ReturnProven', log.returned(0, 2));
    expect(call.args[2]).toMatchObject({ slot: 2, list: 8, hop: 2 });
    await expectRefusals(2, [
      ['of another room', withMembers(call, 2, { context: 1n }), OTHER_ROOM],
      ["another slot's", withMembers(call, 2, { slot: 1 }), NO_CONSENT],
      ['of a list that is not returned', withMembers(call, 2, { list: 0 }), 'No such list'],
      ['of a slot without vectors', withMembers(call, 2, { list: 9 }), 'No such list'],
      ['of a list that there is not', withMembers(call, 2, { list: 11 }), 'No such list'],
      [
        'of a list whose hop is another’s',
        withMembers(call, 2, { list: 10, output_digest: log.returned(2, 2).statement.output_digest }),
        OTHER_TURN,
      ],
      ['to the blinded list', withMembers(call, 2, { hop: 1 }), 'No such hop'],
      ['of a hop that there is not', withMembers(call, 2, { hop: 3 }), 'No such hop'],
      ['under another key', withMembers(call, 2, { key_x: 1n }), OTHER_BLINDING],
      ['from another list', withMembers(call, 2, { output_digest: 1n }), 'Output list is not the one on record'],
      ['of nothing', withMembers(call, 2, { input_digest: 0n }), NOTHING],
      ['by another step', withArgs(call, { 1: circuitNumber('blind_32') }), OTHER_CIRCUIT],
      ['by another key', byKey(call, 'blind_32'), OTHER_KEY],
      ['beginning with its second chunk', withMembers(call, 3, { index: 1 }), OUT_OF_ORDER],
    ]);
    // As a hop of the list it is none: the lists passed every slot.
    expect(await outcome(client(2), { ...call, method: 'post_hop' })).toBe('Every list must be blinded before a hop');
    await send(client(2), call);
    await expectEvent('ReturnProven', log.returned(0, 2));
    expect((await view()).steps.get(returnedPosition(0, 2))).toMatchObject({ circuit: 'hop_32', last: true });
    expect(await outcome(client(2), call)).toBe(OUT_OF_ORDER);
    expect(await outcome(client(2), room.call('ReturnProven', log.returned(0, 2, chunkOf(1, true))))).toBe(MADE);
  });

  test('joining: takes selected sums of the first hop’s maker, of what is on record', async () => {
    const { log } = room;
    const call = room.call('SelectProven', log.select(0, 0));
    expect(call.args[2]).toMatchObject({ slot: 1, list: 0 });
    expect(await outcome(client(1), room.call('SelectProven', log.select(0, 1)))).toBe(
      'The vector must be encrypted first',
    );
    await expectRefusals(1, [
      ['of another room', withMembers(call, 2, { context: 1n }), OTHER_ROOM],
      ["another slot's", withMembers(call, 2, { slot: 2 }), NO_CONSENT],
      ['of a vector that the slot does not bring', withMembers(call, 2, { vector: 2 }), NO_VECTOR],
      ['of a vector that there is not', withMembers(call, 2, { vector: 9 }), NO_VECTOR],
      ['of a list without vectors', withMembers(call, 2, { list: 1 }), NO_VECTOR],
      ['of a list that there is not', withMembers(call, 2, { list: 7 }), NO_VECTOR],
      ['under another blinding key', withMembers(call, 2, { key: keysOf(2).blindingPublic }), OTHER_BLINDING],
      [
        'under another decryption key',
        withMembers(call, 2, { owner_key: keysOf(1).decryptionPublic }),
        OTHER_DECRYPTION,
      ],
      ['of another list', withMembers(call, 2, { list_digest: 1n }), 'List is not the one on record'],
      ['of other flags', withMembers(call, 2, { returned_digest: 1n }), 'Returned list is not the one on record'],
      [
        'of other ciphertexts',
        withMembers(call, 2, { encrypted_digest: 1n }),
        'Encrypted vector is not the one on record',
      ],
      ['with another k', withMembers(call, 2, { k: 1 }), "k is not the policy's"],
      ['of nothing', withMembers(call, 2, { selected_digest: 0n }), NOTHING],
      ['by another step', withArgs(call, { 1: circuitNumber('encrypt_32') }), OTHER_CIRCUIT],
      ['by another key', byKey(call, 'encrypt_32'), OTHER_KEY],
      ['beginning with its second chunk', withMembers(call, 3, { index: 1 }), OUT_OF_ORDER],
    ]);
    // The list's own slot is not its first hop's maker.
    const own = withMembers(call, 2, { slot: 0, key: keysOf(0).blindingPublic });
    expect(await outcome(client(), own)).toBe(OTHER_TURN);
    await send(client(1), call);
    await expectEvent('SelectProven', log.select(0, 0));
    expect((await view()).steps.get(selectedPosition(0, 0))).toMatchObject({ circuit: 'select_32', last: true });
    expect(await outcome(client(1), call)).toBe(OUT_OF_ORDER);
    expect(await outcome(client(1), room.call('SelectProven', log.select(0, 0, chunkOf(1, true))))).toBe(MADE);
  });

  test('joining: takes opened tallies of all of a slot’s sums', async () => {
    const { log } = room;
    const incomplete = 'Sums of every vector of the slot must be selected first';
    expect(await outcome(client(), room.opened(log.openedTally(0)))).toBe(incomplete);
    await room.send([
      [0, room.call('EncryptProven', log.encrypted(0, 1))],
      [2, room.call('EncryptProven', log.encrypted(2, 2))],
      [1, room.call('ReturnProven', log.returned(2, 2))],
    ]);
    await room.send([
      [1, room.call('SelectProven', log.select(0, 1))],
      [0, room.call('SelectProven', log.select(2, 2))],
    ]);
    const call = room.opened(log.openedTally(0));
    expect(await outcome(client(), call)).toBe(ACCEPTED);
    const { selected } = call.args[1] as { selected: bigint[] };
    const OTHER_SUMS = 'Selected sums are not those on record';
    const COUNTING = 'Counts are told by the first slot that brings a vector';
    await expectRefusals(0, [
      ['of another room', withMembers(call, 1, { context: 1n }), OTHER_ROOM],
      ["another slot's", withMembers(call, 1, { slot: 1 }), NO_CONSENT],
      ['under another key', withMembers(call, 1, { key: keysOf(0).blindingPublic }), OTHER_DECRYPTION],
      ['without the counts', withMembers(call, 1, { counting: false }), COUNTING],
      ['of other sums', withMembers(call, 1, { selected: selected.with(0, 1n) }), OTHER_SUMS],
      ['without a vector', withMembers(call, 1, { selected: selected.with(1, 0n) }), OTHER_SUMS],
      ['with a vector too many', withMembers(call, 1, { selected: selected.with(5, 1n) }), OTHER_SUMS],
      ['of nothing', withMembers(call, 1, { tally: 0n }), 'Tally must not be zero'],
      ['by another key', byKey(call, 'masked', 3), OTHER_KEY],
    ]);
    for (const slot of [1, 2]) {
      const counting = withMembers(room.opened(log.openedTally(slot)), 1, { counting: true });
      expect(await outcome(client(slot), counting)).toBe(COUNTING);
    }
    const stolen = withMembers(room.opened(log.openedTally(1)), 1, { selected: selected.with(1, selectedOf(0, 1)) });
    expect(await outcome(client(1), stolen)).toBe(OTHER_SUMS);
    await send(client(), call);
    await expectEvent('TallyOpened', log.openedTally(0));
    expect(await outcome(client(), call)).toBe("The slot's tally is on record already");
    expect(await view()).toMatchObject({ state: 'joining', progress: { done: 0b001 } });
    await room.send([1, 2].map((slot) => [slot, room.opened(log.openedTally(slot))]));
  });

  test('sharing: takes masked tallies and figures, and neither share nor release', async () => {
    const { log } = room;
    const { state, open, transcript, matchTranscript } = await view();
    expect({ state, open }).toEqual({ state: 'sharing', open: FULL });
    expect(matchTranscript).toBe(transcript);
    const masked = log.members.map((slot) => withMembers(room.masked(log.maskedTally(slot)), 1, { transcript }));
    expect(await outcome(client(), withMembers(masked[0], 1, { transcript: 1n }))).toBe(
      'Masked tally signs for another course of the room',
    );
    expect(await outcome(client(1), withMembers(masked[1], 1, { full: FULL }))).toBe(
      'Full groups are not those on record',
    );
    await room.send(masked.map((call, slot) => [slot, call]));
    await send(client(), room.figures(log.figures(0)));
    await expectEvent('FiguresReleased', log.figures(0));
    expect(await view()).toMatchObject({ state: 'released', result: { suppressed: false } });
  });
});

test('rooms that open something else have none of these steps', async () => {
  const none = { vectors: 0n, naming: 0 };
  for (const terms of some([none, { ...none, plan: 0n, contributors: 0 }], 1)) {
    const room = await openJoinedRoom(bed, HOUR, terms);
    const { log } = room;
    await room.send(log.members.map((slot) => [slot, room.call('DatasetProven', log.dataset(slot))]));
    await expectRefusals(0, [
      ['an encrypted vector', room.call('EncryptProven', log.encrypted(0, 0)), NO_SUCH_STEP],
      ['a returned list', room.call('ReturnProven', log.returned(1, 2)), NO_SUCH_STEP],
      ['selected sums', room.call('SelectProven', log.select(2, 0)), NO_SUCH_STEP],
      ['an opened tally', room.opened(log.openedTally(0)), NO_SUCH_STEP],
    ]);
  }
});

describe('a room that joins values and is late', () => {
  test('names those whose step was missing', async () => {
    const late = async (act: (room: JoinedRoom) => Promise<void>, atFault: readonly number[]) => {
      const room = await openJoinedRoom(bed, HOUR);
      await act(room);
      return { room, atFault };
    };
    const steps = {
      encrypt: (room: JoinedRoom, slot: number, vector: number) =>
        [slot, room.call('EncryptProven', room.log.encrypted(slot, vector))] as const,
      return: (room: JoinedRoom, list: number) =>
        [room.log.turn(list, 2), room.call('ReturnProven', room.log.returned(list, 2))] as const,
      select: (room: JoinedRoom, list: number, vector: number) =>
        [room.log.turn(list, 1), room.call('SelectProven', room.log.select(list, vector))] as const,
      open: (room: JoinedRoom, slot: number) => [slot, room.opened(room.log.openedTally(slot))] as const,
    };
    const cases = [
      // The match is missing, which any member could make.
      () => late((room) => room.join(false), []),
      // Slot 2 has returned list 0, slot 0 has encrypted one of two vectors, and slot 1 has not selected of it.
      () =>
        late(
          async (room) => {
            await room.join();
            await room.send([steps.return(room, 0), steps.encrypt(room, 0, 0), steps.encrypt(room, 2, 2)]);
            await room.send([steps.return(room, 2), steps.open(room, 1)]);
            await room.send([steps.select(room, 2, 2)]);
            await room.send([steps.open(room, 2)]);
          },
          [0, 1],
        ),
      // Slot 2 has not returned list 0, and slot 0 has done all that it could.
      () =>
        late(
          async (room) => {
            await room.join();
            await room.send([steps.encrypt(room, 0, 0), steps.encrypt(room, 0, 1), steps.encrypt(room, 2, 2)]);
            await room.send([steps.return(room, 2), steps.open(room, 1)]);
            await room.send([steps.select(room, 2, 2)]);
            await room.send([steps.open(room, 2)]);
          },
          [2],
        ),
    ];
    const rooms = [];
    for (const make of some(cases, 1)) rooms.push(await make());
    await warpL2TimeBy(2 * HOUR, loadConfig().network);
    for (const { room, atFault } of rooms) {
      const call = room.call('EncryptProven', room.log.encrypted(0, 1));
      expect(await outcome(client(), call)).toBe('The join deadline has passed');
      await send(bed.outsider.client, { method: 'expire', args: [room.roomId] });
      expect((await room.read()).view).toMatchObject({ state: 'expired', atFault });
    }
  });
});
