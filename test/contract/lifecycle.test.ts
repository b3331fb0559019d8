/**
 * One room walked through all of its states. In each state every function is tried; what is not due is refused, and what
 * is due is refused with anything wrong in it. Refusals are simulated: all checks run, no block is made.
 */
import { negate } from '../../app/lib/curve/grumpkin.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { newRoomSeed } from '../../app/lib/protocol/keys.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, withArgs, withMembers, type Call, type Refusal } from '../support/calls.ts';
import { fillerCalls, shareCall, takeCall } from '../support/fillers.ts';
import { openRoom, people, type TestRoom } from '../support/room.ts';

const STATES = ['inviting', 'approving', 'committing', 'joining', 'sharing', 'released', 'closed'] as const;

const NO_CONSENT = 'You hold no consent for this slot of this room';
const TAKEN = 'Invite was used already: the slot is taken';
const NOT_APPROVING = 'The room is not approving: every slot must be taken first';
const APPROVED = 'The slot has approved already';
const NOT_COMMITTING = 'The room is not committing: every slot must approve first';
const COMMITTED = 'The slot has committed a dataset already';
const NOT_JOINING = 'The room is not joining: every slot must commit first';
const NOT_SHARING = 'The room is not sharing: a match that meets k must come first';
const EXISTS = 'Room exists already';
const CONSENT_STANDS = 'Consent cannot be withdrawn: the room has ended';
const HAS_ENDED = 'The room cannot be cancelled: it has ended';
const NO_RESULT_YET = 'Only a room with a result can be closed';
const NOT_OVERDUE = 'The room is not overdue';
const OVER = 'The room has ended or never existed';

/** What slot 0 (and the host) is told on each function, by state, before anyone has done the state's step. */
const SAID: Record<string, readonly string[]> = {
  create_room: STATES.map(() => EXISTS),
  take_slot: [ACCEPTED, TAKEN, TAKEN, TAKEN, TAKEN, TAKEN, TAKEN],
  approve: [NO_CONSENT, ACCEPTED, APPROVED, APPROVED, APPROVED, APPROVED, APPROVED],
  commit_dataset: [NO_CONSENT, NOT_COMMITTING, ACCEPTED, COMMITTED, COMMITTED, COMMITTED, COMMITTED],
  post_blind: [NO_CONSENT, NOT_JOINING, NOT_JOINING, ACCEPTED, NOT_JOINING, NOT_JOINING, NOT_JOINING],
  post_hop: [
    NO_CONSENT,
    NOT_JOINING,
    NOT_JOINING,
    'Every list must be blinded before a hop',
    NOT_JOINING,
    NOT_JOINING,
    NOT_JOINING,
  ],
  post_match: [
    NO_CONSENT,
    NOT_JOINING,
    NOT_JOINING,
    'Every list must pass every slot before the match',
    NOT_JOINING,
    NOT_JOINING,
    NOT_JOINING,
  ],
  give_share: [NO_CONSENT, NOT_SHARING, NOT_SHARING, NOT_SHARING, ACCEPTED, NOT_SHARING, NOT_SHARING],
  release: [
    NO_CONSENT,
    NOT_SHARING,
    NOT_SHARING,
    NOT_SHARING,
    'Every slot must give its share before release',
    NOT_SHARING,
    NOT_SHARING,
  ],
  revoke: [NO_CONSENT, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, CONSENT_STANDS, CONSENT_STANDS],
  cancel: [ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, HAS_ENDED, HAS_ENDED],
  close: [NO_RESULT_YET, NO_RESULT_YET, NO_RESULT_YET, NO_RESULT_YET, NO_RESULT_YET, ACCEPTED, NO_RESULT_YET],
  expire: [NOT_OVERDUE, NOT_OVERDUE, NOT_OVERDUE, NOT_OVERDUE, NOT_OVERDUE, OVER, OVER],
};

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(() => bed?.close());

describe('a room with enough in common', () => {
  let room: TestRoom;
  let context: bigint;
  /** Slot 0's call of every function: a filler until the session has made the real one. */
  let calls: Record<string, Call>;
  /** What the slots send next. */
  let due: (Call | undefined)[];

  const client = () => bed.slots[0].client;
  const remember = (call: Call | undefined): Call => {
    calls[call!.method] = call!;
    return call!;
  };
  const expectRefusals = async (cases: readonly Refusal[]) => {
    const { said, expected } = await refusals(client(), cases);
    expect(said).toEqual(expected);
  };
  const expectColumn = async (state: (typeof STATES)[number]) => {
    const said: Record<string, string> = {};
    for (const method of Object.keys(SAID)) said[method] = await outcome(client(), calls[method]);
    const column = STATES.indexOf(state);
    expect(said).toEqual(Object.fromEntries(Object.entries(SAID).map(([method, row]) => [method, row[column]])));
    await expectState(state);
  };
  /** Replays the log; `read` itself refuses a log that differs from the transcript in the contract's storage. */
  const expectState = async (state: string) => {
    const { view } = await room.read();
    expect(view.state).toBe(state);
    return view;
  };
  const result = (of = room.roomId) => client().view('get_result', of);
  const atLeast = (threshold: number): Call => ({ method: 'assert_result_at_least', args: [room.roomId, threshold] });
  /** Without the slot's own note nobody acts for it: neither the other slot's account nor one without any slot. */
  const expectNoteNeeded = async (call: Call) => {
    expect(await outcome(bed.slots[1].client, call)).toBe(NO_CONSENT);
    expect(await outcome(bed.outsider.client, call)).toBe(NO_CONSENT);
  };

  beforeAll(async () => {
    room = await openRoom(bed);
    ({ context } = (await room.read()).view.terms);
    calls = {
      ...(await fillerCalls(room, 0)),
      create_room: room.creation,
      revoke: await room.revoke(0),
      cancel: await room.cancel(),
      close: await room.close(),
      expire: await room.expire(),
    };
  });

  test('is created from terms that make sense, and from no others', async () => {
    const fresh = withArgs(room.creation, { 0: randomField() });
    const now = await bed.now();
    const [, , , keys, deadlines, invites] = fresh.args as [
      bigint,
      bigint,
      object,
      bigint[],
      Record<string, bigint>,
      bigint[],
    ];
    const earlier = (phase: string, than: string): Call => withMembers(fresh, 4, { [phase]: deadlines[than] - 1n });
    expect(await outcome(client(), fresh)).toBe(ACCEPTED);
    await expectRefusals([
      ['room id zero', withArgs(fresh, { 0: 0n }), 'Room id must not be zero'],
      ['three slots', withMembers(fresh, 2, { slots: 3 }), 'This template takes exactly two slots'],
      ['k zero', withMembers(fresh, 2, { k: 0 }), 'k must be at least 1'],
      ['no rows', withMembers(fresh, 2, { min_rows: 0 }), 'Minimum rows must be at least 1'],
      ['limits crossed', withMembers(fresh, 2, { max_rows: 2 }), 'Maximum rows lie below minimum rows'],
      ['invite deadline over', withMembers(fresh, 4, { invite: now - 1n }), 'Invite deadline lies in the past'],
      ['approve too early', earlier('approve', 'invite'), 'Approve deadline lies before the invite deadline'],
      ['commit too early', earlier('commit', 'approve'), 'Commit deadline lies before the approve deadline'],
      ['join too early', earlier('join', 'commit'), 'Join deadline lies before the commit deadline'],
      ['share too early', earlier('share', 'join'), 'Share deadline lies before the join deadline'],
      ['a key hash missing', withArgs(fresh, { 3: keys.with(6, 0n) }), 'Verification key hash missing'],
      ['an invite missing', withArgs(fresh, { 5: invites.with(1, 0n) }), 'Invite commitment missing'],
    ]);
  });

  test('that does not exist takes no calls', async () => {
    const other = randomField();
    const elsewhere = (method: string) => withArgs(calls[method], { 0: other });
    await expectRefusals([
      ['take_slot', withArgs(takeCall(room, 0, context, 1n), { 0: other }), 'No such room'],
      ...['approve', 'commit_dataset', 'post_blind', 'post_hop', 'post_match', 'give_share', 'release', 'revoke'].map(
        (method): Refusal => [method, elsewhere(method), NO_CONSENT],
      ),
      ['cancel', elsewhere('cancel'), 'No such room'],
      ['close', elsewhere('close'), 'No such room'],
      ['expire', elsewhere('expire'), OVER],
    ]);
    expect(await result(other)).toMatchObject({ released: false, suppressed: false });
  });

  test('inviting: gives a slot for its invite secret and proven keys', async () => {
    due = await room.due();
    const take = remember(due[0]);
    await expectColumn('inviting');
    const [, , , secret] = take.args as bigint[];
    const otherSecret = (due[1]!.args as bigint[])[3];
    const proof = take.args[5] as bigint[];
    await expectRefusals([
      ['another secret', withArgs(take, { 3: secret + 1n }), 'Wrong invite secret for this slot'],
      ["the other slot's secret", withArgs(take, { 3: otherSecret }), 'Wrong invite secret for this slot'],
      ['a slot that does not exist', takeCall(room, 2, context, secret), 'No such slot'],
      ['keys proven for another room', takeCall(room, 0, context + 1n, secret), 'Keys were proven for another room'],
      ['keys proven for another slot', withArgs(take, { 1: 1 }), 'Wrong proof of knowledge of a key'],
      ['an altered proof', withArgs(take, { 5: proof.with(1, proof[1] + 1n) }), 'Wrong proof of knowledge of a key'],
      ['proofs exchanged', withArgs(take, { 5: take.args[6], 6: take.args[5] }), 'Wrong proof of knowledge of a key'],
      ['a key off the curve', withMembers(take, 4, { blinding_y: 2n }), 'Point is not on the curve'],
    ]);
    await room.sendAll([due[0]]);
    // One slot is still free: whoever has its own can do nothing yet, and nobody can take it again.
    await expectState('inviting');
    await expectRefusals([
      ['the invite again', take, TAKEN],
      ['approval', calls.approve, NOT_APPROVING],
      ['commitment', calls.commit_dataset, NOT_COMMITTING],
      ['a list', calls.post_blind, NOT_JOINING],
      ['a share', calls.give_share, NOT_SHARING],
    ]);
    await room.sendAll([undefined, due[1]]);
  });

  test('approving: takes the approval of exactly its policy', async () => {
    expect(await outcome(bed.outsider.client, calls.take_slot)).toBe(TAKEN);
    due = await room.due();
    const approve = remember(due[0]);
    await expectColumn('approving');
    await expectNoteNeeded(approve);
    await expectRefusals([
      ['another policy', withArgs(approve, { 2: 1n }), "Another policy digest than the room's"],
      ['for the other slot', withArgs(approve, { 1: 1 }), NO_CONSENT],
    ]);
    await room.sendAll(due);
  });

  test('committing: takes one commitment per slot', async () => {
    due = await room.due();
    const commit = remember(due[0]);
    await expectColumn('committing');
    await expectNoteNeeded(commit);
    await expectRefusals([
      ['nothing', withArgs(commit, { 2: 0n }), 'Dataset commitment must not be zero'],
      ['for the other slot', withArgs(commit, { 1: 1 }), NO_CONSENT],
    ]);
    await room.sendAll(due);
  });

  test('joining: takes lists that are proven from the committed rows', async () => {
    due = await room.due();
    const blind = remember(due[0]);
    await expectColumn('joining');
    await expectNoteNeeded(blind);
    const statement = blind.args[2] as Record<string, bigint>;
    await expectRefusals([
      ['of another room', withMembers(blind, 2, { context: context + 1n }), 'Statement is about another room'],
      ["the other slot's", withMembers(blind, 2, { slot: 1 }), NO_CONSENT],
      ['by another step', withArgs(blind, { 1: 2 }), 'Not a circuit for this step'],
      ['by a circuit that does not exist', withArgs(blind, { 1: 7 }), 'Not a circuit for this step'],
      ['by the other size', withArgs(blind, { 1: 1 }), "Verification key is not the room's"],
      ['by another key', withArgs(blind, { 5: 1n }), "Verification key is not the room's"],
      [
        'under another blinding key',
        withMembers(blind, 2, { key_x: statement.key_x + 1n }),
        "Blinding key is not the slot's",
      ],
      [
        'under the inverse key',
        withMembers(blind, 2, { key_y: negate({ x: statement.key_x, y: statement.key_y }).y }),
        "Blinding key is not the slot's",
      ],
      ['of another dataset', withMembers(blind, 2, { dataset: 1n }), 'Dataset is not the committed one'],
      ['with a lower minimum', withMembers(blind, 2, { min_rows: 1 }), "Row limits are not the policy's"],
      ['with a higher maximum', withMembers(blind, 2, { max_rows: 41 }), "Row limits are not the policy's"],
      ['without a list', withMembers(blind, 2, { list_digest: 0n }), 'List digest must not be zero'],
      ['beginning with its second chunk', withMembers(blind, 3, { index: 1 }), 'Chunks must come in order, each once'],
      [
        'beginning from some state',
        withMembers(blind, 3, { state_before: 1n }),
        'Chunk does not continue the one before it',
      ],
    ]);
    await room.sendAll(due);
    await expectState('joining');
    expect(await outcome(client(), blind)).toBe('This list was blinded already');
  });

  test('joining: takes hops of the lists on record', async () => {
    due = await room.due();
    const hop = remember(due[0]);
    expect(await outcome(client(), hop)).toBe(ACCEPTED);
    expect(await outcome(client(), calls.post_match)).toBe('Every list must pass every slot before the match');
    await expectNoteNeeded(hop);
    const statement = hop.args[2] as Record<string, bigint>;
    await expectRefusals([
      ['of another room', withMembers(hop, 2, { context: context + 1n }), 'Statement is about another room'],
      ["the other slot's", withMembers(hop, 2, { slot: 1 }), NO_CONSENT],
      ['of its own list', withMembers(hop, 2, { list: 0 }), "This hop is another slot's"],
      ['of a list that does not exist', withMembers(hop, 2, { list: 2 }), 'No such list'],
      ['number zero', withMembers(hop, 2, { hop: 0 }), 'No such hop'],
      ['one too many', withMembers(hop, 2, { hop: 2 }), 'No such hop'],
      ['by another step', withArgs(hop, { 1: 0 }), 'Not a circuit for this step'],
      ['by the other size', withArgs(hop, { 1: 3 }), "Verification key is not the room's"],
      ['by another key', withArgs(hop, { 5: 1n }), "Verification key is not the room's"],
      [
        'under another blinding key',
        withMembers(hop, 2, { key_x: statement.key_x + 1n }),
        "Blinding key is not the slot's",
      ],
      ['of another input', withMembers(hop, 2, { input_digest: 1n }), 'Input list is not the one on record'],
      ['without an output', withMembers(hop, 2, { output_digest: 0n }), 'List digest must not be zero'],
      ['beginning with its second chunk', withMembers(hop, 3, { index: 1 }), 'Chunks must come in order, each once'],
      [
        'beginning from some state',
        withMembers(hop, 3, { state_before: 1n }),
        'Chunk does not continue the one before it',
      ],
    ]);
    await room.sendAll(due);
    await expectState('joining');
    expect(await outcome(client(), hop)).toBe('This hop was made already');
  });

  test('joining: takes a match of the final lists under the key of all slots', async () => {
    due = await room.due();
    const match = remember(due[0]);
    expect(due[1]).toBeUndefined();
    expect(await outcome(client(), match)).toBe(ACCEPTED);
    // Any slot may do it, for itself.
    expect(await outcome(bed.slots[1].client, withArgs(match, { 2: 1 }))).toBe(ACCEPTED);
    await expectNoteNeeded(match);
    const statement = match.args[3] as { lists: bigint[]; room_key_x: bigint; room_key_y: bigint };
    const ownKey = (await room.read()).view.slots[0]!.decryptionKey;
    await expectRefusals([
      ['of another room', withMembers(match, 3, { context: context + 1n }), 'Statement is about another room'],
      ["in the other slot's name", withArgs(match, { 2: 1 }), NO_CONSENT],
      ['by another step', withArgs(match, { 1: 6 }), 'Not a circuit for this step'],
      ['by the other size', withArgs(match, { 1: 5 }), "Verification key is not the room's"],
      ['by another key', withArgs(match, { 6: 1n }), "Verification key is not the room's"],
      [
        'of lists exchanged',
        withMembers(match, 3, { lists: statement.lists.toReversed() }),
        'List is not the one on record',
      ],
      [
        'of one list twice',
        withMembers(match, 3, { lists: [statement.lists[0], statement.lists[0]] }),
        'List is not the one on record',
      ],
      [
        "under the slot's own key",
        withMembers(match, 3, { room_key_x: ownKey.x, room_key_y: ownKey.y }),
        "Room key is not the sum of the slots' keys",
      ],
      [
        'under the inverse key',
        withMembers(match, 3, { room_key_y: negate({ x: statement.room_key_x, y: statement.room_key_y }).y }),
        "Room key is not the sum of the slots' keys",
      ],
      ['with another k', withMembers(match, 3, { k: 1 }), "k is not the policy's"],
      ['beginning with its second chunk', withMembers(match, 4, { index: 1 }), 'Chunks must come in order, each once'],
      [
        'beginning from some state',
        withMembers(match, 4, { state_before: 1n }),
        'Chunk does not continue the one before it',
      ],
    ]);
    await room.sendAll(due);
  });

  test("sharing: takes shares of the ciphertext on record under the slots' keys", async () => {
    due = await room.due();
    const share = remember(due[0]);
    await expectColumn('sharing');
    await expectNoteNeeded(share);
    const point = share.args[5] as { x: bigint; y: bigint };
    await expectRefusals([
      ['of another room', shareCall(room, 0, context + 1n), 'Statement is about another room'],
      ['for the other slot', withArgs(share, { 1: 1 }), NO_CONSENT],
      ['another point', withArgs(share, { 5: negate(point) }), 'Wrong proof of a decryption share'],
      ['off the curve', withArgs(share, { 5: { x: point.x, y: 2n } }), 'Point is not on the curve'],
      ['under another key', shareCall(room, 0, context, newRoomSeed()), "Decryption key is not the slot's"],
      ['of another ciphertext', shareCall(room, 0, context), 'Share is for another ciphertext'],
    ]);
    expect(await outcome(client(), atLeast(0))).toBe('The room has released no result');
    expect(await result()).toMatchObject({ released: false, suppressed: false });
    await room.sendAll(due);
    await expectState('sharing');
    expect(await outcome(client(), share)).toBe('The slot has given its share already');
  });

  test('sharing: takes a release that opens the ciphertext with these shares', async () => {
    due = await room.due();
    const release = remember(due[0]);
    expect(due[1]).toBeUndefined();
    expect(await outcome(client(), release)).toBe(ACCEPTED);
    expect(await outcome(bed.slots[1].client, withArgs(release, { 1: 1 }))).toBe(ACCEPTED);
    await expectNoteNeeded(release);
    type P = { x: bigint; y: bigint };
    const { keys, shares, c1, c2 } = release.args[2] as { keys: P[]; shares: P[]; c1: P; c2: P };
    await expectRefusals([
      ['of another room', withMembers(release, 2, { context: context + 1n }), 'Statement is about another room'],
      ["in the other slot's name", withArgs(release, { 1: 1 }), NO_CONSENT],
      ['by another key', withArgs(release, { 4: 1n }), "Verification key is not the room's"],
      ['of another C1', withMembers(release, 2, { c1: c2 }), 'Ciphertext is not the one on record'],
      ['of another C2', withMembers(release, 2, { c2: c1 }), 'Ciphertext is not the one on record'],
      [
        'under keys exchanged',
        withMembers(release, 2, { keys: keys.toReversed() }),
        "Decryption key is not the slot's",
      ],
      [
        'with another share',
        withMembers(release, 2, { shares: [shares[0], negate(shares[1])] }),
        'Share is not the one on record',
      ],
      ['with another k', withMembers(release, 2, { k: 1 }), "k is not the policy's"],
      ['of a count below k', withMembers(release, 2, { count: 1 }), 'Count lies below k'],
    ]);
    await room.sendAll(due);
  });

  test('released: stores the result for other contracts', async () => {
    await expectColumn('released');
    const { terms, result: replayed } = await expectState('released');
    expect(replayed).toEqual({ suppressed: false, count: 3 });
    const stored = (await result()) as {
      policy_digest: unknown;
      released: boolean;
      suppressed: boolean;
      count: unknown;
    };
    expect(stored).toMatchObject({ released: true, suppressed: false });
    expect(BigInt(stored.policy_digest as bigint)).toBe(terms.policy_digest);
    expect(Number(stored.count)).toBe(3);
    expect(await outcome(bed.outsider.client, atLeast(3))).toBe(ACCEPTED);
    expect(await outcome(bed.outsider.client, atLeast(4))).toBe("The room's result lies below the threshold");
  });

  test('closed: by the host alone; the result stays', async () => {
    const [roomId, secret] = calls.close.args as bigint[];
    expect(await outcome(client(), { method: 'close', args: [roomId, secret + 1n] })).toBe('Only the host may do this');
    await room.sendAll([calls.close]);
    await expectColumn('closed');
    expect(Number(((await result()) as { count: unknown }).count)).toBe(3);
  });
});

describe('a room with too little in common', () => {
  test('ends suppressed: no share, no release, no number', async () => {
    const room = await openRoom(bed, { datasets: [people(0, 5), people(4, 9)] });
    const { client } = bed.slots[0];
    await room.driveTo('released');
    const { view } = await room.read();
    expect(view.result).toEqual({ suppressed: true });
    const fillers = await fillerCalls(room, 0);
    expect(await outcome(client, fillers.give_share)).toBe(NOT_SHARING);
    expect(await outcome(client, fillers.release)).toBe(NOT_SHARING);
    expect(await outcome(client, await room.revoke(0))).toBe(CONSENT_STANDS);
    expect(await outcome(client, await room.cancel())).toBe(HAS_ENDED);
    const stored = (await client.view('get_result', room.roomId)) as { count: unknown };
    expect(stored).toMatchObject({ released: true, suppressed: true });
    expect(Number(stored.count)).toBe(0);
    expect(await outcome(client, { method: 'assert_result_at_least', args: [room.roomId, 0] })).toBe(
      "The room's result is suppressed",
    );
    await room.sendAll([await room.close()]);
    expect((await room.read()).view.state).toBe('closed');
  });
});
