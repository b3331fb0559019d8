/**
 * Rooms that tell bands: tallies, parts that the contract adds up, mixes in the slots' order, a band. What is not due, not the
 * slot's, or not what is on record, is refused. Digests and proofs are made up here, parts are true, and every event is compared
 * with the one that the rules' own log has.
 */
import { loadConfig } from '../../aztec.config.ts';
import { negate } from '../../app/lib/curve/grumpkin.ts';
import { circuitNumber, randomField } from '../../app/lib/protocol/context.ts';
import { OWN_ACT } from '../../app/lib/room/acts.ts';
import { EVENTS, type EventName } from '../../app/lib/room/events.ts';
import { encode, type Layout } from '../../app/lib/room/schema.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { keysOf, STRAY_POINT } from '../room/log.ts';
import { BANDS, mixedOf } from '../room/threshold-log.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, send, withArgs, withMembers, type Call, type Refusal } from '../support/calls.ts';
import { some } from '../support/choice.ts';
import { MADE_UP_KEYS } from '../support/made-up-room.ts';
import { CREATION } from '../support/room.ts';
import { openThresholdRoom, type ThresholdRoom } from '../support/threshold-room.ts';

const NO_CONSENT = 'You hold no consent for this slot of this room';
const NO_SUCH_STEP = "The room's template has no such step";
const NOT_SHARING = 'The room is not sharing: a match that meets k, or the last tally, must come first';
const OTHER_ROOM = 'Statement is about another room';
const OTHER_KEY = "Verification key is not the template's";
const OTHER_BANDS = "Bands are not the policy's";
const NO_BORDER = 'No such border';
const OTHER_BORDERS = 'Number of borders is not the one on record';
const OTHER_INPUT = 'Input elements are not those on record';
const OTHER_SUM = 'Ciphertext is not the one on record';
const HOUR = 3600;
const NONE = { x: 0n, y: 0n };

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
/** A call with the key hash of the circuit of tallies at a position. */
const byOtherKey = (call: Call, position: number) =>
  withArgs(call, { [position]: MADE_UP_KEYS[circuitNumber('tally_32')] });

describe('a room that tells bands', () => {
  let room: ThresholdRoom;
  /** The transcript after the last part. */
  let transcript: bigint;
  const view = async () => (await room.read()).view;
  const mix = (slot: number, border: number, found = false) => room.mix(room.log.mix(slot, border, found), transcript);
  /** The last event on chain is this one, but for the made-up proof's digest. */
  const expectEvent = async (name: EventName, value: object) => {
    const last = (await room.read()).events.at(-1)!;
    const fields = encode(EVENTS[name] as Layout, { ...value, room_id: room.roomId } as never);
    expect(last.name).toBe(name);
    expect(last.fields.slice(0, -1)).toEqual(fields.slice(0, -1));
  };

  beforeAll(async () => {
    room = await openThresholdRoom(bed);
  });

  test('is created with bands, a plan, no vectors, and all slots as contributors', async () => {
    const fresh = withArgs(room.creation, { [CREATION.roomId]: randomField() });
    const policy = (members: Parameters<typeof withMembers>[2]) => withMembers(fresh, CREATION.policy, members);
    expect(await outcome(client(), fresh)).toBe(ACCEPTED);
    const INCOMPLETE = 'Rooms that tell bands have a plan, no vectors, and all slots, also as contributors';
    await expectRefusals(0, [
      ['without a plan', policy({ plan: 0n, contributors: 0 }), INCOMPLETE],
      ['with two contributors', policy({ contributors: 2 }), INCOMPLETE],
      ['to go on with two slots', policy({ min_slots: 2, contributors: 2 }), INCOMPLETE],
      ['with vectors', policy({ vectors: 1n, naming: 1, contributors: 1 }), INCOMPLETE],
      ['attested', policy({ proof_mode: 1 }), 'Rooms with a plan are succinct'],
    ]);
    expect((await view()).terms).toMatchObject({ bands: BANDS, vectors: 0n, naming: 0, contributors: 3 });
  });

  test('joining: takes tallies, and no lists', async () => {
    const { log } = room;
    await room.send(log.members.map((slot) => [slot, room.dataset(slot)]));
    const call = room.tally(log.tally(0));
    expect(await outcome(client(), call)).toBe(ACCEPTED);
    const { circuit, statement, chunk } = log.blind(0);
    const blind: Call = {
      method: 'post_blind',
      args: [room.roomId, circuit, statement, chunk, ...call.args.slice(4, 5), MADE_UP_KEYS[circuit], call.args[6]],
    };
    await expectRefusals(0, [
      ['a blinded list', blind, NO_SUCH_STEP],
      ['a part', room.part(log.part(0)), NOT_SHARING],
      ['a mix', room.mix(log.mix(0, 1), 1n), NOT_SHARING],
      ['of another plan', withMembers(call, 2, { plan: 1n }), "Plan is not the policy's"],
      ['of other rows', withMembers(call, 2, { dataset: 1n }), 'Dataset is not the committed one'],
    ]);
    await room.send(log.members.map((slot) => [slot, room.tally(log.tally(slot))]));
    expect(await view()).toMatchObject({ state: 'sharing', open: 1, progress: { done: 0 } });
  });

  test('sharing: takes one part of each slot, of the tally on record under the room key', async () => {
    const { log } = room;
    const call = room.part(log.part(0));
    expect(await outcome(client(), call)).toBe(ACCEPTED);
    expect(await outcome(client(), room.mix(log.mix(0, 1), 1n))).toBe('Every slot must give its part before a mix');
    const masked = (method: string, args: Call['args']): Call => ({ method, args: [room.roomId, ...args] });
    const [, , key, , proof] = call.args;
    await expectRefusals(0, [
      ['of another room', withMembers(call, 1, { context: 1n }), OTHER_ROOM],
      ["another slot's", withMembers(call, 1, { slot: 1 }), NO_CONSENT],
      ['of another tally', withMembers(call, 1, { tally: 1n }), 'Tally is not the one on record'],
      ['under other bands', withMembers(call, 1, { bands: 1n }), OTHER_BANDS],
      [
        'under its own key',
        withMembers(call, 1, { room_key: keysOf(0).decryptionPublic }),
        "Room key is not the sum of the slots' keys",
      ],
      ['by another key', byOtherKey(call, 3), OTHER_KEY],
      [
        'a masked tally in its place',
        masked('give_masked', [log.maskedTally(0).statement, key, MADE_UP_KEYS[circuitNumber('masked')], proof]),
        NO_SUCH_STEP,
      ],
      [
        'figures in its place',
        masked('release_figures', [0, log.figures(0).statement, key, MADE_UP_KEYS[circuitNumber('figures')], proof]),
        NO_SUCH_STEP,
      ],
    ]);
    for (const point of some(['c1', 'c2'] as const, 1))
      for (const off of some([NONE, { x: 1n, y: 1n }], 1))
        expect(await outcome(client(), withMembers(call, 1, { [point]: off }))).toBe('Point is not on the curve');
    await send(client(), call);
    await expectEvent('PartGiven', log.part(0));
    expect(await view()).toMatchObject({ progress: { done: 0b001 }, parts: [log.encrypted(0), undefined, undefined] });
    expect(await outcome(client(), call)).toBe('The slot has given its part already');
    const other = room.part(log.part(1));
    for (const what of some(['c1', 'c2'] as const, 1))
      expect(await outcome(client(1), withMembers(other, 1, { [what]: negate(log.encrypted(0)[what]) }))).toBe(
        'Points must not add up to infinity',
      );
    await room.send([1, 2].map((slot) => [slot, room.part(log.part(slot))]));
    expect(await outcome(client(), call)).toBe('The slot has given its part already');
    const { state, progress, ciphertext, matchTranscript, ...rest } = await view();
    expect({ state, done: progress.done, ciphertext }).toEqual({ state: 'sharing', done: 0, ciphertext: log.total() });
    expect(matchTranscript).toBe(rest.transcript);
    transcript = matchTranscript!;
  });

  test('sharing: takes mixes of the sum by the first slot', async () => {
    const { log } = room;
    const call = mix(0, 2);
    expect(await outcome(client(), call)).toBe(ACCEPTED);
    expect(await outcome(client(1), mix(1, 2))).toBe('The mix before this one is missing');
    await expectRefusals(0, [
      ['of another room', withMembers(call, 2, { context: 1n }), OTHER_ROOM],
      ["another slot's", withMembers(call, 2, { slot: 1 }), NO_CONSENT],
      ['for another course', withMembers(call, 2, { transcript: 1n }), 'Mix signs for another course of the room'],
      ['under another key', withMembers(call, 2, { key: STRAY_POINT }), "Decryption key is not the slot's"],
      ['under other bands', withMembers(call, 2, { bands: 1n }), OTHER_BANDS],
      ['of border 0', withMembers(call, 2, { border: 0 }), NO_BORDER],
      ['of a border too many', withMembers(call, 2, { border: 4 }), NO_BORDER],
      ['of no borders', withMembers(call, 2, { borders: 0 }), NO_BORDER],
      ['of nine borders', withMembers(call, 2, { borders: 9 }), 'No such number of borders'],
      ['of another sum', withMembers(call, 2, { c1: STRAY_POINT }), OTHER_SUM],
      ["of another number's sum", withMembers(call, 2, { c2: STRAY_POINT }), OTHER_SUM],
      ['of elements', withMembers(call, 2, { input_digest: 1n }), OTHER_INPUT],
      ['of nothing', withMembers(call, 2, { output_digest: 0n }), 'Digest must not be zero'],
      ['that finds', withMembers(call, 2, { found: true }), "Only the last slot's mix can find a border"],
      ['by another circuit', withArgs(call, { 1: circuitNumber('part') }), 'Not a circuit for this step'],
      ['by the other size', withArgs(call, { 1: circuitNumber('mix_192') }), OTHER_KEY],
      ['by another key', byOtherKey(call, 4), OTHER_KEY],
    ]);
    const large = { ...log.mix(0, 2), circuit: circuitNumber('mix_192') };
    expect(await outcome(client(), room.mix(large, transcript))).toBe(ACCEPTED);
    await send(client(), call);
    await expectEvent('MixGiven', { ...log.mix(0, 2), statement: { ...log.mix(0, 2).statement, transcript } });
    expect(await view()).toMatchObject({ borders: 3, progress: { done: 0 }, mixes: [{ 1: mixedOf(0, 2) }, {}, {}] });
    expect(await outcome(client(), call)).toBe('The slot has mixed this border already');
    for (const borders of [2, 4])
      expect(await outcome(client(), withMembers(mix(0, 1), 2, { borders }))).toBe(OTHER_BORDERS);
  });

  test('sharing: takes mixes of what the slot before mixed by the others', async () => {
    const call = mix(1, 2);
    expect(await outcome(client(1), call)).toBe(ACCEPTED);
    expect(await outcome(client(1), mix(1, 1))).toBe('The mix before this one is missing');
    expect(await outcome(client(2), mix(2, 2))).toBe('The mix before this one is missing');
    const { c1, c2 } = room.log.total();
    await expectRefusals(1, [
      ['of other elements', withMembers(call, 2, { input_digest: 1n }), OTHER_INPUT],
      ["of another border's elements", withMembers(call, 2, { input_digest: mixedOf(0, 1) }), OTHER_INPUT],
      ['of the sum', withMembers(call, 2, { input_digest: 0n, c1, c2 }), OTHER_INPUT],
      ['of elements beside the sum', withMembers(call, 2, { c1, c2 }), OTHER_SUM],
      ['that finds', withMembers(call, 2, { found: true }), "Only the last slot's mix can find a border"],
    ]);
    await room.send([
      [0, mix(0, 1)],
      [0, mix(0, 3)],
      [1, call],
    ]);
    expect(await view()).toMatchObject({ state: 'sharing', progress: { done: 0b001 } });
    await room.send([
      [1, mix(1, 1)],
      [1, mix(1, 3)],
      [2, mix(2, 2, true)],
    ]);
    expect(await view()).toMatchObject({ state: 'sharing', progress: { done: 0b011 }, found: 2 });
    expect(await outcome(client(2), mix(2, 3, true))).toBe('A border was found already');
    expect(await outcome(client(2), mix(2, 3))).toBe(ACCEPTED);
  });

  test('is released by the last mix, with the band as its count', async () => {
    const result = () => client().view('get_result', room.roomId);
    expect(await result()).toMatchObject({ released: false });
    await room.send([
      [2, mix(2, 3)],
      [2, mix(2, 1)],
    ]);
    const { state, terms, ...rest } = await view();
    expect({ state, result: rest.result }).toEqual({ state: 'released', result: { suppressed: false, count: 1 } });
    expect(await result()).toEqual({
      policy_digest: terms.policy_digest,
      ...{ released: true, suppressed: false, count: 1n, figures: 0n },
    });
    const atLeast = (band: number): Call => ({ method: 'assert_result_at_least', args: [room.roomId, band] });
    expect(await outcome(client(), atLeast(1))).toBe(ACCEPTED);
    expect(await outcome(client(), atLeast(2))).toBe("The room's result lies below the threshold");
    expect(await outcome(client(2), mix(2, 3))).toBe(NOT_SHARING);
    expect(await outcome(client(), room.part(room.log.part(0)))).toBe(NOT_SHARING);
  });
});

test('a slot with fewer than k rows leaves the room without a band, and without parts', async () => {
  const room = await openThresholdRoom(bed, undefined, { full: [1, 0, 1] });
  await room.share();
  const { view } = await room.read();
  expect(view).toMatchObject({ state: 'released', open: 0 });
  expect(view.result).toEqual({ suppressed: true });
  expect(await client().view('get_result', room.roomId)).toMatchObject({ released: true, suppressed: true, count: 0n });
  expect(await outcome(client(), room.part(room.log.part(0)))).toBe(NOT_SHARING);
});

test('a room in which no border is found is in the highest band', async () => {
  const room = await openThresholdRoom(bed, undefined, { slots: 2 });
  await room.share();
  const transcript = await room.giveParts();
  for (const slot of [0, 1])
    await room.send([1, 2, 3].map((border) => [slot, room.mix(room.log.mix(slot, border), transcript)]));
  expect((await room.read()).view.result).toEqual({ suppressed: false, count: 3 });
});

test('rooms without bands have none of these steps', async () => {
  const room = await openThresholdRoom(bed, undefined, { bands: 0n });
  await room.share();
  const { log } = room;
  await expectRefusals(0, [
    ['a part', room.part(log.part(0)), NO_SUCH_STEP],
    ['a mix', room.mix(log.mix(0, 1), 1n), NO_SUCH_STEP],
  ]);
});

describe('a room that tells bands and does not come to its result', () => {
  const revoke = (room: ThresholdRoom, slot: number): Call => ({
    method: 'revoke',
    args: [client(slot).sender, room.roomId, slot, OWN_ACT],
  });

  test('ends where a slot withdraws, which is at fault unless a step is disputed, or where its host cancels', async () => {
    const cases: readonly (readonly [act: (room: ThresholdRoom) => Promise<unknown>, ended: object])[] = [
      [
        async (room) => {
          await room.giveParts();
          await room.send([[1, revoke(room, 1)]]);
        },
        { state: 'revoked', atFault: [1] },
      ],
      [
        async (room) => {
          await room.send([[2, { method: 'dispute', args: [room.roomId, 2] }]]);
          expect(await outcome(client(), room.part(room.log.part(0)))).toBe(ACCEPTED);
          await room.send([[0, revoke(room, 0)]]);
        },
        { state: 'revoked', atFault: [] },
      ],
      [
        ({ roomId, hostSecret }) =>
          send(client(), { method: 'cancel', args: [client().sender, roomId, hostSecret, OWN_ACT] }),
        { state: 'cancelled', atFault: [] },
      ],
    ];
    for (const [act, ended] of some(cases, 1)) {
      const room = await openThresholdRoom(bed);
      await room.share();
      await act(room);
      expect((await room.read()).view).toMatchObject(ended);
      expect(await outcome(client(2), room.part(room.log.part(2)))).toBe(NOT_SHARING);
    }
  });

  test('names those whose step was missing when it is late', async () => {
    const cases: readonly (readonly [act: (room: ThresholdRoom) => Promise<unknown>, atFault: readonly number[]])[] = [
      // A tally is missing.
      [
        async (room) => {
          const { log } = room;
          await room.send(log.members.map((slot) => [slot, room.dataset(slot)]));
          await room.send([1, 2].map((slot) => [slot, room.tally(log.tally(slot))]));
        },
        [0],
      ],
      // Parts are missing.
      [
        async (room) => {
          await room.share();
          await room.send([[1, room.part(room.log.part(1))]]);
        },
        [0, 2],
      ],
      // All parts are there, and no mix.
      [
        async (room) => {
          await room.share();
          await room.giveParts();
        },
        [0],
      ],
      // The second slot waits for nothing, and neither does the third one for its mix of border 1.
      [
        async (room) => {
          await room.share();
          const transcript = await room.giveParts();
          const mix = (slot: number, border: number) =>
            [slot, room.mix(room.log.mix(slot, border), transcript)] as const;
          await room.send([mix(0, 1), mix(0, 2), mix(0, 3)]);
          await room.send([mix(1, 1)]);
        },
        [1],
      ],
    ];
    const rooms: { room: ThresholdRoom; atFault: readonly number[] }[] = [];
    for (const [act, atFault] of some(cases, 2)) {
      const room = await openThresholdRoom(bed, HOUR);
      await act(room);
      rooms.push({ room, atFault });
    }
    await warpL2TimeBy(3 * HOUR, loadConfig().network);
    for (const { room, atFault } of rooms) {
      const { state } = (await room.read()).view;
      const call = state === 'joining' ? room.tally(room.log.tally(0)) : room.part(room.log.part(0));
      expect(await outcome(client(), call)).toBe(`The ${state === 'joining' ? 'join' : 'share'} deadline has passed`);
      await send(bed.outsider.client, { method: 'expire', args: [room.roomId] });
      expect((await room.read()).view).toMatchObject({ state: 'expired', atFault });
    }
  });
});
