/**
 * Rooms that aggregate: tallies of the committed rows, masked tallies under keys and tallies on record, figures of all of
 * them. What is not due, not the slot's, or not what is on record, is refused; so are the steps of other templates.
 */
import { loadConfig } from '../../aztec.config.ts';
import { negate } from '../../app/lib/curve/grumpkin.ts';
import { circuitNumber, CIRCUITS, randomField, type CircuitName } from '../../app/lib/protocol/context.ts';
import { isAttested, tallyPosition } from '../../app/lib/room/view.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { openAggregateRoom, type AggregateRoom, type Rows } from '../support/aggregate.ts';
import { openBed, type Bed } from '../support/bed.ts';
import {
  ACCEPTED,
  madeBy,
  outcome,
  refusals,
  send,
  withArgs,
  withMembers,
  type Call,
  type Refusal,
} from '../support/calls.ts';
import { some } from '../support/choice.ts';
import { fillerCalls } from '../support/fillers.ts';
import { CREATION, openRoom } from '../support/room.ts';

const NO_CONSENT = 'You hold no consent for this slot of this room';
const NO_SUCH_STEP = "The room's template has no such step";
const NOT_JOINING = 'The room is not joining: every slot must commit first';
const NOT_SHARING = 'The room is not sharing: a match that meets k, or the last tally, must come first';
const OTHER_ROOM = 'Statement is about another room';
const OTHER_KEY = "Verification key is not the template's";
const OTHER_CIRCUIT = 'Not a circuit for this step';
const OTHER_PLAN = "Plan is not the policy's";
const OTHER_FULL = 'Full groups are not those on record';
const OTHER_OPEN = 'Open groups are not those on record';
const OTHER_SLOTS = "Slots are not the room's members";
const OTHER_DECRYPTION = "Decryption key is not the slot's";
const OUT_OF_ORDER = 'Chunks must come in order, each once';

const [NORTH, SOUTH, WEST] = [0, 1, 2];
/** Slot 0 has too few rows in the west, slot 1 in the south, slot 2 in the north. South is full for slot 0 alone. */
const ROWS: readonly Rows[] = [
  [...Array.from({ length: 32 }, (_, i) => [i % 2 === 0 ? NORTH : SOUTH, 10 + i] as const), [WEST, 500]],
  [
    [NORTH, 100],
    [NORTH, 200],
    [WEST, 300],
    [WEST, 1000],
  ],
  [
    [NORTH, 999],
    [WEST, 20],
    [WEST, 30],
    [WEST, 40],
  ],
];
const HOUR = 3600;
const DAY = 24 * HOUR;

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(() => bed?.close());

const client = (slot = 0) => bed.slots[slot].client;
const expectRefusals = async (cases: readonly Refusal[]) => {
  const { said, expected } = await refusals(client(), cases);
  expect(said).toEqual(expected);
};

describe('a room that aggregates', () => {
  let aggregate: AggregateRoom;
  let context: bigint;
  let fillers: Record<string, Call>;
  /** Another verification key with its hash, as arguments from a position on. */
  const keyOf = async (circuit: CircuitName, position: number) => {
    const key = await aggregate.room.sessions[0].prover.verificationKey(circuit);
    return { [position]: key.fields, [position + 1]: key.hash };
  };
  /** What a slot is told on the steps of each template; the real calls, made later, are told the same. */
  const expectSteps = async (tally: string, mask: string, figures: string, lists: string, share: string) => {
    const said: Record<string, string> = {};
    const { post_tally, give_masked, release_figures, ...others } = fillers;
    const { post_blind, post_hop, post_match, attest_blind, attest_hop, give_share, release } = others;
    const asked = { post_tally, give_masked, release_figures };
    const strange = { post_blind, post_hop, post_match, attest_blind, attest_hop, give_share, release };
    const tried = some(Object.entries({ ...asked, ...strange }), 4);
    for (const [name, call] of tried) said[name] = await outcome(client(), call);
    const expected: Record<string, string> = {
      ...{ post_tally: tally, give_masked: mask, release_figures: figures },
      ...{ post_blind: lists, post_hop: lists, post_match: lists, attest_blind: lists, attest_hop: lists },
      ...{ give_share: share, release: share },
    };
    expect(said).toEqual(Object.fromEntries(tried.map(([name]) => [name, expected[name]])));
  };
  const expectNoteNeeded = async (call: Call) => {
    for (const { client } of some([bed.slots[1], bed.outsider], 1)) {
      expect(await outcome(client, madeBy(client, call))).toBe(NO_CONSENT);
    }
  };

  beforeAll(async () => {
    aggregate = await openAggregateRoom(bed, ROWS, { contributors: 2 });
    ({ context } = (await aggregate.view()).terms);
    fillers = await fillerCalls(aggregate.room, 0);
  });

  test('is created with contributors that it can have, and succinct', async () => {
    const { creation } = aggregate.room;
    const fresh = withArgs(creation, { [CREATION.roomId]: randomField() });
    const policy = (members: Parameters<typeof withMembers>[2]) => withMembers(fresh, CREATION.policy, members);
    expect(await outcome(client(), fresh)).toBe(ACCEPTED);
    expect(await outcome(client(), policy({ contributors: 3 }))).toBe(ACCEPTED);
    await expectRefusals([
      ['without contributors', policy({ contributors: 0 }), 'A plan needs contributors, and contributors a plan'],
      ['without a plan', policy({ plan: 0n }), 'A plan needs contributors, and contributors a plan'],
      ['with more contributors', policy({ contributors: 4 }), 'More contributors are needed than slots'],
      ['of fewer slots', policy({ min_slots: 2, contributors: 3 }), 'More contributors are needed than slots'],
      ['attested', policy({ proof_mode: 1 }), 'Rooms with a plan are succinct'],
    ]);
    const { terms, policy: stated } = await aggregate.view();
    expect(terms).toMatchObject({ plan: stated.plan, contributors: 2 });
  });

  test('committing: takes datasets with values, under the rules of its columns', async () => {
    await expectSteps(NOT_JOINING, NOT_SHARING, NOT_SHARING, NOT_JOINING, NOT_SHARING);
    expect(isAttested(await aggregate.view())).toBe(false);
    expect(await outcome(client(), fillers.attest_dataset)).toBe('The room has another proof mode');
    await aggregate.take(aggregate.commit);
    expect((await aggregate.view()).state).toBe('joining');
  });

  test('joining: takes tallies of the committed rows under the plan, and no lists', async () => {
    await expectSteps('Dataset is not the committed one', NOT_SHARING, NOT_SHARING, NO_SUCH_STEP, NOT_SHARING);
    const [first, second] = await aggregate.tally(0);
    expect([first, second].map((call) => call.args[3])).toMatchObject([
      { index: 0, last: false },
      { index: 1, last: true },
    ]);
    expect(await outcome(client(), first)).toBe(ACCEPTED);
    await expectNoteNeeded(first);
    await expectRefusals([
      ['of another room', withMembers(first, 2, { context: context + 1n }), OTHER_ROOM],
      ["another slot's", withMembers(first, 2, { slot: 1 }), NO_CONSENT],
      ['by another step', withArgs(first, { 1: circuitNumber('masked') }), OTHER_CIRCUIT],
      ['by a circuit that does not exist', withArgs(first, { 1: CIRCUITS.length }), OTHER_CIRCUIT],
      ['by the other size', withArgs(first, { 1: circuitNumber('tally_256') }), OTHER_KEY],
      ['by another key', withArgs(first, await keyOf('blind_32', 4)), OTHER_KEY],
      ['of another dataset', withMembers(first, 2, { dataset: 1n }), 'Dataset is not the committed one'],
      ['under another plan', withMembers(first, 2, { plan: 1n }), OTHER_PLAN],
      ['under no plan', withMembers(first, 2, { plan: 0n }), OTHER_PLAN],
      ['with another k', withMembers(first, 2, { k: 1 }), "k is not the policy's"],
      ['beginning with its second chunk', second, OUT_OF_ORDER],
      [
        'beginning from some state',
        withMembers(first, 3, { state_before: 1n }),
        'Chunk does not continue the one before it',
      ],
    ]);

    await send(client(), first);
    const begun = await aggregate.view();
    expect(begun.steps.get(tallyPosition(0))).toMatchObject({ circuit: 'tally_32', chunks: 1, last: false });
    expect(begun.tallies[0]).toBeUndefined();
    expect(await outcome(client(), second)).toBe(ACCEPTED);
    const TWO_STATEMENTS = 'Chunks of one step must have one statement';
    await expectRefusals([
      ['the first again', first, OUT_OF_ORDER],
      ['with other full groups', withMembers(second, 2, { full: 7 }), TWO_STATEMENTS],
      ['with another tally', withMembers(second, 2, { tally: 1n }), TWO_STATEMENTS],
      ['without a tally', withMembers(second, 2, { tally: 0n }), TWO_STATEMENTS],
    ]);
    await send(client(), second);
    expect((await aggregate.view()).tallies[0]).toMatchObject({ full: 0b011 });
    expect(await outcome(client(), second)).toBe("The slot's tally is on record already");
    expect(await outcome(client(), withMembers(second, 3, { index: 2 }))).toBe("The slot's tally is on record already");

    const [other] = await aggregate.tally(1);
    expect(await outcome(client(1), withMembers(other, 2, { tally: 0n }))).toBe('Tally must not be zero');
    await send(client(1), other);
    expect(await aggregate.view()).toMatchObject({ state: 'joining', progress: { done: 0b011 } });
    await aggregate.take(aggregate.tally, [2]);
  });

  test('sharing: the groups that enough members have are open', async () => {
    const view = await aggregate.view();
    expect(view.state).toBe('sharing');
    expect(view.tallies.map((tally) => tally!.full)).toEqual([0b011, 0b101, 0b100]);
    // South has one contributor.
    expect(view.open).toBe(0b101);
    expect(view.matchTranscript).toBe(view.transcript);
    const EARLY = 'Every slot must give its masked tally before the figures';
    await expectSteps(NOT_JOINING, OTHER_SLOTS, EARLY, NOT_JOINING, NO_SUCH_STEP);
  });

  test('sharing: takes masked tallies of what is on record, for the course of the room', async () => {
    const [mask] = await aggregate.mask(0);
    expect(await outcome(client(), mask)).toBe(ACCEPTED);
    await expectNoteNeeded(mask);
    type Point = { x: bigint; y: bigint };
    const { keys } = mask.args[1] as { keys: Point[] };
    await expectRefusals([
      ['of another room', withMembers(mask, 1, { context: context + 1n }), OTHER_ROOM],
      ["another slot's", withMembers(mask, 1, { slot: 1 }), NO_CONSENT],
      ['by another key', withArgs(mask, await keyOf('figures', 2)), OTHER_KEY],
      ['for other slots', withMembers(mask, 1, { slots: [0, 1, 3, 0, 0] }), OTHER_SLOTS],
      ['for two of three', withMembers(mask, 1, { slots: [0, 1, 0, 0, 0] }), OTHER_SLOTS],
      ['under keys exchanged', withMembers(mask, 1, { keys: [keys[1], keys[0], ...keys.slice(2)] }), OTHER_DECRYPTION],
      ['under an inverse key', withMembers(mask, 1, { keys: keys.with(1, negate(keys[1])) }), OTHER_DECRYPTION],
      ['under a key too many', withMembers(mask, 1, { keys: keys.with(3, keys[0]) }), OTHER_DECRYPTION],
      ['under another plan', withMembers(mask, 1, { plan: 1n }), OTHER_PLAN],
      ['of another tally', withMembers(mask, 1, { tally: 1n }), 'Tally is not the one on record'],
      ['of other full groups', withMembers(mask, 1, { full: 0b111 }), OTHER_FULL],
      ['for other open groups', withMembers(mask, 1, { open: 0b111 }), OTHER_OPEN],
      [
        'signing for another course',
        withMembers(mask, 1, { transcript: 1n }),
        'Masked tally signs for another course of the room',
      ],
      ['of nothing', withMembers(mask, 1, { masked_digest: 0n }), 'Digest of the masked tally must not be zero'],
    ]);
    await send(client(), mask);
    expect(await outcome(client(), mask)).toBe('The slot has given its masked tally already');
    expect(await aggregate.view()).toMatchObject({ state: 'sharing', progress: { done: 0b001 } });
    const [early] = await aggregate.figures(0);
    expect(await outcome(client(), early)).toBe('Every slot must give its masked tally before the figures');
    await aggregate.take(aggregate.mask, [1, 2]);
  });

  test('sharing: takes figures of the masked tallies on record', async () => {
    const [figures] = await aggregate.figures(0);
    expect(await outcome(client(), figures)).toBe(ACCEPTED);
    expect(await outcome(client(1), withArgs(figures, { 1: 1 }))).toBe(ACCEPTED);
    await expectNoteNeeded(figures);
    const { masked, full } = figures.args[2] as { masked: bigint[]; full: number[] };
    const OTHER_MASKED = 'Masked tally is not the one on record';
    await expectRefusals([
      ['of another room', withMembers(figures, 2, { context: context + 1n }), OTHER_ROOM],
      ["in another slot's name", withArgs(figures, { 1: 1 }), NO_CONSENT],
      ['by another key', withArgs(figures, await keyOf('masked', 3)), OTHER_KEY],
      ['of other slots', withMembers(figures, 2, { slots: [0, 1, 3, 0, 0] }), OTHER_SLOTS],
      [
        'of tallies exchanged',
        withMembers(figures, 2, { masked: [masked[1], masked[0], ...masked.slice(2)] }),
        OTHER_MASKED,
      ],
      ['of a tally too many', withMembers(figures, 2, { masked: masked.with(4, 1n) }), OTHER_MASKED],
      ['of other full groups', withMembers(figures, 2, { full: full.with(2, 0b101) }), OTHER_FULL],
      ['of full groups of nobody', withMembers(figures, 2, { full: full.with(3, 0b100) }), OTHER_FULL],
      ['of other open groups', withMembers(figures, 2, { open: 0b111 }), OTHER_OPEN],
      ['under another plan', withMembers(figures, 2, { plan: 1n }), OTHER_PLAN],
      ['with another k', withMembers(figures, 2, { k: 1 }), "k is not the policy's"],
      ['over fewer than k rows', withMembers(figures, 2, { count: 1 }), 'Count lies below k'],
      ['of nothing', withMembers(figures, 2, { figures_digest: 0n }), 'Digest of the figures must not be zero'],
    ]);
    const atLeast: Call = { method: 'assert_result_at_least', args: [aggregate.room.roomId, 0] };
    expect(await outcome(client(), atLeast)).toBe('The room has released no result');
    await send(client(), figures);
    await expectSteps(NOT_JOINING, NOT_SHARING, NOT_SHARING, NOT_JOINING, NOT_SHARING);
  });

  test('released: stores the digest of the figures, and the rows that they are of', async () => {
    const { state, result, proofs, terms } = await aggregate.view();
    // North: 16 rows of slot 0 and two of slot 1; west: two of slot 1 and three of slot 2.
    expect({ state, result }).toMatchObject({ state: 'released', result: { suppressed: false, count: 23 } });
    const stored = (await client().view('get_result', aggregate.room.roomId)) as Record<string, bigint>;
    expect(stored).toMatchObject({ released: true, suppressed: false });
    expect(BigInt(stored.figures)).toBe(result!.figures);
    expect(Number(stored.count)).toBe(23);
    expect(BigInt(stored.policy_digest)).toBe(terms.policy_digest);
    const asked = (rows: number): Call => ({ method: 'assert_result_at_least', args: [aggregate.room.roomId, rows] });
    expect(await outcome(bed.outsider.client, asked(23))).toBe(ACCEPTED);
    expect(await outcome(bed.outsider.client, asked(24))).toBe("The room's result lies below the threshold");
    expect(proofs.map(({ circuit }) => circuit).filter((circuit) => !circuit.startsWith('dataset'))).toEqual([
      ...['tally_32', 'tally_32', 'tally_32', 'tally_32'],
      ...['masked', 'masked', 'masked', 'figures'],
    ]);
    await aggregate.room.sendAll([await aggregate.room.close()]);
    expect((await aggregate.view()).state).toBe('closed');
  });
});

describe('the number of contributors that a group needs', () => {
  /** Slot 0 has no row in the west, slot 1 none in the south. */
  const TWO: readonly Rows[] = [
    [
      [NORTH, 10],
      [SOUTH, 20],
      [SOUTH, 30],
    ],
    [
      [NORTH, 10],
      [WEST, 20],
      [WEST, 30],
    ],
  ];

  const PLAYED = some(['one', 'two'] as const, 1);
  const play = (contributors: (typeof PLAYED)[number]) => (PLAYED.includes(contributors) ? test : test.skip);

  play('one')('one opens what one member has alone', async () => {
    const aggregate = await openAggregateRoom(bed, TWO, { contributors: 1 });
    await aggregate.take(aggregate.commit);
    await aggregate.take(aggregate.tally);
    expect(await aggregate.view()).toMatchObject({ state: 'sharing', open: 0b110 });
    await aggregate.take(aggregate.mask);
    await aggregate.take(aggregate.figures, [1]);
    expect((await aggregate.view()).result).toMatchObject({ suppressed: false, count: 4 });
  });

  play('two')('two that no group has suppress the result: no masked tally, no figures, no number', async () => {
    const aggregate = await openAggregateRoom(bed, TWO, { contributors: 2 });
    await aggregate.take(aggregate.commit);
    await aggregate.take(aggregate.tally);
    const view = await aggregate.view();
    expect(view).toMatchObject({ state: 'released', open: 0 });
    expect(view.result).toEqual({ suppressed: true });
    const fillers = await fillerCalls(aggregate.room, 0);
    expect(await outcome(client(), fillers.give_masked)).toBe(NOT_SHARING);
    expect(await outcome(client(), fillers.release_figures)).toBe(NOT_SHARING);
    const { roomId } = aggregate.room;
    const stored = (await client().view('get_result', roomId)) as Record<string, bigint>;
    expect(stored).toMatchObject({ released: true, suppressed: true });
    expect([stored.count, stored.figures].map(BigInt)).toEqual([0n, 0n]);
    expect(await outcome(client(), { method: 'assert_result_at_least', args: [roomId, 0] })).toBe(
      "The room's result is suppressed",
    );
    await aggregate.room.sendAll([await aggregate.room.close()]);
    expect((await aggregate.view()).state).toBe('closed');
  });
});

describe('a room that makes lists', () => {
  test('is created without contributors', async () => {
    const { creation } = await openRoom(bed);
    const fresh = withArgs(creation, { [CREATION.roomId]: randomField() });
    expect(await outcome(client(), withMembers(fresh, CREATION.policy, { contributors: 1 }))).toBe(
      'A plan needs contributors, and contributors a plan',
    );
  });
});

describe('a room that aggregates and is late', () => {
  const SAME: Rows = [
    [NORTH, 10],
    [NORTH, 20],
    [NORTH, 30],
  ];
  const late = (phase: 'join' | 'share') =>
    openAggregateRoom(bed, [SAME, SAME], {
      contributors: 2,
      deadlines: {
        ...{ invite: HOUR, approve: HOUR, commit: HOUR, join: phase === 'join' ? 2 * HOUR : HOUR },
        ...{ share: phase === 'join' ? DAY : 2 * HOUR, retention: 2 * DAY },
      },
    });

  test('takes no step, and names the members whose step is missing', async () => {
    /** A room that comes to wait for a step: for the call that a slot would make, and by whose fault. */
    type Wait = () => Promise<{ each: AggregateRoom; slot: number; call: Call; atFault: number[]; phase: string }>;
    const forTally: Wait = async () => {
      const each = await late('join');
      await each.take(each.commit);
      await each.take(each.tally, [1]);
      return { each, slot: 0, call: (await each.tally(0))[0], atFault: [0], phase: 'join' };
    };
    const forMask: Wait = async () => {
      const each = await late('share');
      await each.take(each.commit);
      await each.take(each.tally);
      await each.take(each.mask, [0]);
      return { each, slot: 1, call: (await each.mask(1))[0], atFault: [1], phase: 'share' };
    };
    const forFigures: Wait = async () => {
      const each = await late('share');
      await each.take(each.commit);
      await each.take(each.tally);
      await each.take(each.mask);
      return { each, slot: 0, call: (await each.figures(0))[0], atFault: [], phase: 'share' };
    };
    const waiting = await Promise.all(some([forTally, forMask, forFigures], 1).map((wait) => wait()));
    await warpL2TimeBy(2 * HOUR, loadConfig().network);
    for (const { each, slot, call, atFault, phase } of waiting) {
      expect(await outcome(client(slot), call)).toBe(`The ${phase} deadline has passed`);
      await send(bed.outsider.client, await each.room.expire());
      expect(await each.view()).toMatchObject({ state: 'expired', atFault });
    }
  });
});
