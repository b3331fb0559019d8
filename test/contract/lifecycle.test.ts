/**
 * One room of three slots walked through all of its states. In each state every function is tried; what is not due is
 * refused, and what is due is refused with anything wrong in it. Refusals are simulated: all checks run, no block is made.
 * Without `SOAK=1` eight of the functions are tried in each state, others each time.
 */
import { negate } from '../../app/lib/curve/grumpkin.ts';
import { circuitNumber, CIRCUITS, randomField, type CircuitName } from '../../app/lib/protocol/context.ts';
import { newRoomSeed } from '../../app/lib/protocol/keys.ts';
import { OWN_ACT } from '../../app/lib/room/acts.ts';
import { ROLES } from '../../app/lib/room/grant.ts';
import { openBed, type Bed } from '../support/bed.ts';
import {
  ACCEPTED,
  madeBy,
  outcome,
  refusals,
  withArgs,
  withMembers,
  type Call,
  type Refusal,
} from '../support/calls.ts';
import { onceIn, some } from '../support/choice.ts';
import { templateOf } from '../support/deployment.ts';
import { fillerCalls, NO_GRANT, shareCall, takeCall } from '../support/fillers.ts';
import { CREATION, openRoom, people, type TestRoom } from '../support/room.ts';

const STATES = ['inviting', 'approving', 'committing', 'joining', 'sharing', 'released', 'closed'] as const;

const NO_CONSENT = 'You hold no consent for this slot of this room';
const NEVER_HELD = 'You never held consent for this slot of this room';
const TAKEN = 'Invite was used already: the slot is taken';
const NOT_APPROVING = 'The room is not approving: every slot must be taken first';
const NOT_COMMITTING = 'The room is not committing: every slot must approve first';
const COMMITTED = 'The slot has committed a dataset already';
const NOT_JOINING = 'The room is not joining: every slot must commit first';
const NOT_SHARING = 'The room is not sharing: a match that meets k, or the last tally, must come first';
const EXISTS = 'Room exists already';
const NO_SUCH_GRANT = 'No such grant, or it was revoked';
const NO_MORE_APPROVERS = 'Approvers are of use before the policy is approved only';
const NOTHING_DUE = 'Nothing is to be paid in this room';
const CONSENT_STANDS = 'Consent cannot be withdrawn: the room has ended';
const HAS_ENDED = 'The room cannot be cancelled: it has ended';
const NOT_HOST = 'Only the host may do this';
const NO_RESULT_YET = 'Only a room with a result can be closed';
const NOT_OVERDUE = 'The room is not overdue';
const NOBODY_IS_LEFT_OUT = 'Slots are left out before joining only';
const NO_DISPUTE = 'A step can be disputed while the room is joining or sharing';
const OVER = 'The room has ended or never existed';
const NOT_OVER = 'The room is not over yet';
const OTHER_ROOM = 'Statement is about another room';
const OTHER_MODE = 'The room has another proof mode';
const OTHER_KEY = "Verification key is not the template's";
const OTHER_CIRCUIT = 'Not a circuit for this step';
const OUT_OF_ORDER = 'Chunks must come in order, each once';
const NO_SUCH_STEP = "The room's template has no such step";
const NO_CONTINUATION = 'Chunk does not continue the one before it';

/** In each state but the first, where a slot has no note yet. */
const once = (message: string): string[] => [NO_CONSENT, ...STATES.slice(1).map(() => message)];
const always = (message: string): string[] => STATES.map(() => message);

/** What slot 0 (and the host) is told on each function, by state, before anyone has done the state's step. */
const SAID: Record<string, readonly string[]> = {
  create_room: always(EXISTS),
  take_slot: [ACCEPTED, TAKEN, TAKEN, TAKEN, TAKEN, TAKEN, TAKEN],
  approve: [NO_CONSENT, ACCEPTED, NOT_APPROVING, NOT_APPROVING, NOT_APPROVING, NOT_APPROVING, NOT_APPROVING],
  approve_as: STATES.map((state) => (state === 'approving' ? NO_SUCH_GRANT : NOT_APPROVING)),
  'grant_role to an approver': once(NO_MORE_APPROVERS).with(1, ACCEPTED),
  'grant_role to an auditor': once(ACCEPTED),
  grant_role_as_host: always(ACCEPTED),
  revoke_role: once(NO_SUCH_GRANT),
  revoke_role_as_host: always(NO_SUCH_GRANT),
  record_audit: always(NO_SUCH_GRANT),
  confirm_payment: once(NOTHING_DUE),
  commit_dataset: [NO_CONSENT, NOT_COMMITTING, ACCEPTED, COMMITTED, COMMITTED, COMMITTED, COMMITTED],
  post_blind: once(NOT_JOINING).with(3, ACCEPTED),
  post_hop: once(NOT_JOINING).with(3, 'Every list must be blinded before a hop'),
  post_match: once(NOT_JOINING).with(3, 'Every list must pass every slot before the match'),
  attest_dataset: [NO_CONSENT, NOT_COMMITTING, OTHER_MODE, COMMITTED, COMMITTED, COMMITTED, COMMITTED],
  attest_blind: once(NOT_JOINING).with(3, OTHER_MODE),
  attest_hop: once(NOT_JOINING).with(3, OTHER_MODE),
  give_share: once(NOT_SHARING).with(4, ACCEPTED),
  release: once(NOT_SHARING).with(4, 'Every slot must give its share before release'),
  post_tally: once(NOT_JOINING).with(3, NO_SUCH_STEP),
  give_masked: once(NOT_SHARING).with(4, NO_SUCH_STEP),
  release_figures: once(NOT_SHARING).with(4, NO_SUCH_STEP),
  dispute: [NO_CONSENT, NO_DISPUTE, NO_DISPUTE, ACCEPTED, ACCEPTED, NO_DISPUTE, NO_DISPUTE],
  revoke: [NO_CONSENT, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, CONSENT_STANDS, CONSENT_STANDS],
  cancel: [ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, HAS_ENDED, HAS_ENDED],
  close: always(NO_RESULT_YET).with(5, ACCEPTED),
  leave_out: [
    NOT_OVERDUE,
    NOT_OVERDUE,
    NOT_OVERDUE,
    NOBODY_IS_LEFT_OUT,
    NOBODY_IS_LEFT_OUT,
    NOBODY_IS_LEFT_OUT,
    NOBODY_IS_LEFT_OUT,
  ],
  expire: [NOT_OVERDUE, NOT_OVERDUE, NOT_OVERDUE, NOT_OVERDUE, NOT_OVERDUE, OVER, OVER],
  attest_deletion: [NEVER_HELD, NOT_OVER, NOT_OVER, NOT_OVER, NOT_OVER, ACCEPTED, ACCEPTED],
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
    const tried = some(Object.keys(SAID), 8);
    for (const name of tried) said[name] = await outcome(client(), calls[name]);
    const column = STATES.indexOf(state);
    expect(said).toEqual(Object.fromEntries(tried.map((name) => [name, SAID[name][column]])));
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
  const under = (policyDigest: bigint): Call => ({
    method: 'assert_released_under',
    args: [room.roomId, policyDigest],
  });
  /** Without the slot's own note nobody acts for it: neither another slot's account nor one without any slot. */
  const expectNoteNeeded = async (call: Call) => {
    for (const { client } of some([bed.slots[1], bed.outsider], 1)) {
      expect(await outcome(client, madeBy(client, call))).toBe(NO_CONSENT);
    }
  };
  /** Another verification key with its hash, as the three last arguments of a call but for the proof. */
  const keyOf = async (circuit: CircuitName, position: number) => {
    const key = await room.sessions[0].prover.verificationKey(circuit);
    return { [position]: key.fields, [position + 1]: key.hash };
  };

  beforeAll(async () => {
    room = await openRoom(bed, { slots: 3 });
    ({ context } = (await room.read()).view.terms);
    const { policy_digest } = (await room.read()).view.terms;
    const { roomId } = room;
    const { hostSecret } = room.records[0];
    const own = client().sender;
    const fillers = await fillerCalls(room, 0);
    const call = (method: string, ...args: Call['args'][number][]): Call => ({ method, args });
    calls = {
      ...fillers,
      create_room: room.creation,
      approve_as: call('approve_as', roomId, 0, policy_digest, 1n),
      'grant_role to an approver': withArgs(fillers.grant_role, { 3: ROLES.approver }),
      'grant_role to an auditor': fillers.grant_role,
      grant_role_as_host: call('grant_role_as_host', own, roomId, hostSecret!, ROLES.auditor, NO_GRANT, OWN_ACT),
      revoke_role_as_host: call('revoke_role_as_host', own, roomId, hostSecret!, NO_GRANT, OWN_ACT),
      record_audit: call('record_audit', roomId, 0, 1n, 1n),
      revoke: await room.revoke(0),
      cancel: await room.cancel(),
      close: await room.close(),
      leave_out: await room.leaveOut(),
      expire: await room.expire(),
      attest_deletion: call('attest_deletion', roomId, 0, 1n),
    };
  });

  test('is created from terms that make sense, and from no others', async () => {
    const fresh = withArgs(room.creation, { [CREATION.roomId]: randomField() });
    const now = await bed.now();
    const keys = fresh.args[CREATION.circuits] as bigint[];
    const deadlines = fresh.args[CREATION.deadlines] as Record<string, bigint>;
    const invites = fresh.args[CREATION.invites] as bigint[];
    const policy = (members: Parameters<typeof withMembers>[2]) => withMembers(fresh, CREATION.policy, members);
    const times = (members: Record<string, bigint>) => withMembers(fresh, CREATION.deadlines, members);
    const earlier = (phase: string, than: string): Call => times({ [phase]: deadlines[than] - 1n });
    const paid = templateOf(bed.deployment, 'paid');
    const NUMBER_OF_SLOTS = 'The template takes another number of slots';
    const INVITES = 'One invite commitment is needed for each slot';
    expect(await outcome(client(), fresh)).toBe(ACCEPTED);
    await expectRefusals([
      ['room id zero', withArgs(fresh, { [CREATION.roomId]: 0n }), 'Room id must not be zero'],
      ['host secret zero', withArgs(fresh, { [CREATION.secret]: 0n }), 'Host secret must not be zero'],
      ['of no template', policy({ template: 1n }), 'No such template'],
      [
        'of a deprecated template',
        policy({ template: templateOf(bed.deployment, 'deprecated') }),
        'The template is deprecated',
      ],
      [
        'other keys',
        withArgs(fresh, { [CREATION.circuits]: keys.with(17, keys[16]) }),
        "Verification keys are not the template's",
      ],
      [
        'keys in another order',
        withArgs(fresh, { [CREATION.circuits]: keys.toReversed() }),
        "Verification keys are not the template's",
      ],
      ['one slot', policy({ slots: 1 }), NUMBER_OF_SLOTS],
      ['six slots', policy({ slots: 6 }), NUMBER_OF_SLOTS],
      ['too few slots for the template', policy({ template: paid, slots: 2, min_slots: 2 }), NUMBER_OF_SLOTS],
      ['too many slots for the template', policy({ template: paid, slots: 5, min_slots: 5 }), NUMBER_OF_SLOTS],
      ['going on with one slot', policy({ min_slots: 1 }), 'The template needs more slots'],
      ['going on with too few', policy({ template: paid, min_slots: 2 }), 'The template needs more slots'],
      ['going on with four of three', policy({ min_slots: 4 }), 'More slots are needed than there are'],
      ['a proof mode that does not exist', policy({ proof_mode: 2 }), 'No such proof mode'],
      ['k zero', policy({ k: 0 }), 'k must be at least 1'],
      ['no rows', policy({ min_rows: 0 }), 'Minimum rows must be at least 1'],
      ['limits crossed', policy({ max_rows: 2 }), 'Maximum rows lie below minimum rows'],
      ['invite deadline over', times({ invite: now - 1n }), 'Invite deadline lies in the past'],
      ['approve too early', earlier('approve', 'invite'), 'Approve deadline lies before the invite deadline'],
      ['commit too early', earlier('commit', 'approve'), 'Commit deadline lies before the approve deadline'],
      ['join too early', earlier('join', 'commit'), 'Join deadline lies before the commit deadline'],
      ['share too early', earlier('share', 'join'), 'Share deadline lies before the join deadline'],
      ['retention too early', earlier('retention', 'share'), 'Retention ends before the share deadline'],
      ['an invite missing', withArgs(fresh, { [CREATION.invites]: invites.with(1, 0n) }), INVITES],
      ['an invite too many', withArgs(fresh, { [CREATION.invites]: invites.with(3, 1n) }), INVITES],
    ]);
  });

  test('that does not exist takes no calls', async () => {
    const other = randomField();
    // The room id comes after the account, where a function takes one.
    const elsewhere = (name: string) => withArgs(calls[name], { [calls[name].args[1] === room.roomId ? 1 : 0]: other });
    const byNote = [
      'approve',
      'grant_role',
      'revoke_role',
      'confirm_payment',
      'commit_dataset',
      'post_blind',
      'post_hop',
      'post_match',
      'attest_dataset',
      'attest_blind',
      'attest_hop',
      'give_share',
      'release',
      'dispute',
      'revoke',
    ];
    await expectRefusals([
      ['take_slot', withArgs(takeCall(room, 0, context, 1n), { 0: other }), 'No such room'],
      ...byNote.map((name): Refusal => [name, elsewhere(name), NO_CONSENT]),
      ['approve_as', elsewhere('approve_as'), NOT_APPROVING],
      ['record_audit', elsewhere('record_audit'), NO_SUCH_GRANT],
      ...['grant_role_as_host', 'revoke_role_as_host', 'cancel', 'close'].map((name): Refusal => [
        name,
        elsewhere(name),
        'No such room',
      ]),
      ['leave_out', elsewhere('leave_out'), NOBODY_IS_LEFT_OUT],
      ['expire', elsewhere('expire'), OVER],
      ['attest_deletion', elsewhere('attest_deletion'), NEVER_HELD],
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
      ["another slot's secret", withArgs(take, { 3: otherSecret }), 'Wrong invite secret for this slot'],
      ['a slot that does not exist', takeCall(room, 3, context, secret), 'No such slot'],
      ['keys proven for another room', takeCall(room, 0, context + 1n, secret), 'Keys were proven for another room'],
      ['keys proven for another slot', withArgs(take, { 1: 1 }), 'Wrong proof of knowledge of a key'],
      ['an altered proof', withArgs(take, { 5: proof.with(1, proof[1] + 1n) }), 'Wrong proof of knowledge of a key'],
      ['proofs exchanged', withArgs(take, { 5: take.args[6], 6: take.args[5] }), 'Wrong proof of knowledge of a key'],
      ['a key off the curve', withMembers(take, 4, { blinding_y: 2n }), 'Point is not on the curve'],
    ]);
    await room.sendAll([due[0]]);
    // Slots are still free: whoever has its own can do nothing yet, and nobody can take it again.
    await expectState('inviting');
    await expectRefusals([
      ['the invite again', take, TAKEN],
      ['approval', calls.approve, NOT_APPROVING],
      ['commitment', calls.commit_dataset, NOT_COMMITTING],
      ['a list', calls.post_blind, NOT_JOINING],
      ['a share', calls.give_share, NOT_SHARING],
    ]);
    await room.sendAll(due.with(0, undefined));
  });

  test('approving: takes the approval of exactly its policy', async () => {
    expect(await outcome(bed.outsider.client, calls.take_slot)).toBe(TAKEN);
    due = await room.due();
    const approve = remember(due[0]);
    await expectColumn('approving');
    await expectNoteNeeded(approve);
    await expectRefusals([
      ['another policy', withArgs(approve, { 3: 1n }), "Another policy digest than the room's"],
      ['for another slot', withArgs(approve, { 2: 1 }), NO_CONSENT],
    ]);
    await room.sendAll([due[0]]);
    await expectState('approving');
    expect(await outcome(client(), approve)).toBe('The slot has approved already');
    await room.sendAll(due.with(0, undefined));
  });

  test('committing: takes one dataset per slot, proven to keep the rules', async () => {
    due = await room.due();
    const commit = remember(due[0]);
    await expectColumn('committing');
    await expectNoteNeeded(commit);
    await expectRefusals([
      ['of another room', withMembers(commit, 2, { context: context + 1n }), OTHER_ROOM],
      ["another slot's", withMembers(commit, 2, { slot: 1 }), NO_CONSENT],
      ['by another step', withArgs(commit, { 1: circuitNumber('blind_32') }), OTHER_CIRCUIT],
      ['by a circuit that does not exist', withArgs(commit, { 1: CIRCUITS.length }), OTHER_CIRCUIT],
      ['by the other size', withArgs(commit, { 1: circuitNumber('dataset_512') }), OTHER_KEY],
      ['by another key', withArgs(commit, await keyOf('blind_32', 4)), OTHER_KEY],
      ['with a lower minimum', withMembers(commit, 2, { min_rows: 2 }), "Row limits are not the policy's"],
      ['with a higher maximum', withMembers(commit, 2, { max_rows: 41 }), "Row limits are not the policy's"],
      ['under other rules', withMembers(commit, 2, { rules: 1n }), "Rules for rows are not the policy's"],
      ['to nothing', withMembers(commit, 2, { dataset: 0n }), 'Dataset commitment must not be zero'],
      ['beginning with its second chunk', withMembers(commit, 3, { index: 1 }), OUT_OF_ORDER],
      ['beginning from some state', withMembers(commit, 3, { state_before: 1n }), NO_CONTINUATION],
    ]);
    await room.sendAll(due);
  });

  test('joining: takes lists that are proven from the committed rows', async () => {
    due = await room.due();
    const blind = remember(due[0]);
    await expectColumn('joining');
    await expectNoteNeeded(blind);
    const { key_x, key_y } = blind.args[2] as Record<string, bigint>;
    await expectRefusals([
      ['of another room', withMembers(blind, 2, { context: context + 1n }), OTHER_ROOM],
      ["another slot's", withMembers(blind, 2, { slot: 1 }), NO_CONSENT],
      ['by another step', withArgs(blind, { 1: circuitNumber('dataset_32') }), OTHER_CIRCUIT],
      ['by a circuit that does not exist', withArgs(blind, { 1: CIRCUITS.length }), OTHER_CIRCUIT],
      ['by the other size', withArgs(blind, { 1: circuitNumber('blind_256') }), OTHER_KEY],
      [
        'by the circuit of rooms that join values',
        withArgs(blind, { 1: circuitNumber('blind_values_32') }),
        OTHER_CIRCUIT,
      ],
      ['with values', withMembers(blind, 2, { values: 1n }), 'Only rooms that join values take listed values'],
      ['by another key', withArgs(blind, await keyOf('hop_32', 4)), OTHER_KEY],
      ['under another blinding key', withMembers(blind, 2, { key_x: key_x + 1n }), "Blinding key is not the slot's"],
      [
        'under the inverse key',
        withMembers(blind, 2, { key_y: negate({ x: key_x, y: key_y }).y }),
        "Blinding key is not the slot's",
      ],
      ['of another dataset', withMembers(blind, 2, { dataset: 1n }), 'Dataset is not the committed one'],
      ['without a list', withMembers(blind, 2, { list_digest: 0n }), 'List digest must not be zero'],
      ['beginning with its second chunk', withMembers(blind, 3, { index: 1 }), OUT_OF_ORDER],
      ['beginning from some state', withMembers(blind, 3, { state_before: 1n }), NO_CONTINUATION],
    ]);
    await room.sendAll(due);
    await expectState('joining');
    expect(await outcome(client(), blind)).toBe('This list was blinded already');
  });

  test('joining: takes hops of the lists on record, each of the slot whose turn it is', async () => {
    due = await room.due();
    const hop = remember(due[0]);
    expect(hop.args[2]).toMatchObject({ slot: 0, list: 2, hop: 1 });
    expect(await outcome(client(), hop)).toBe(ACCEPTED);
    expect(await outcome(client(), calls.post_match)).toBe('Every list must pass every slot before the match');
    await expectNoteNeeded(hop);
    const { key_x } = hop.args[2] as Record<string, bigint>;
    const OTHER_TURN = "This hop is another slot's";
    await expectRefusals([
      ['of another room', withMembers(hop, 2, { context: context + 1n }), OTHER_ROOM],
      ["another slot's", withMembers(hop, 2, { slot: 1 }), NO_CONSENT],
      ['of its own list', withMembers(hop, 2, { list: 0 }), OTHER_TURN],
      ['of a list whose turn comes later', withMembers(hop, 2, { list: 1 }), OTHER_TURN],
      ['a hop later', withMembers(hop, 2, { hop: 2 }), OTHER_TURN],
      ['a hop too soon', withMembers(hop, 2, { list: 1, hop: 2 }), 'The hop before this one is missing'],
      ['of a list that does not exist', withMembers(hop, 2, { list: 3 }), 'No such list'],
      ['of a list that no room has', withMembers(hop, 2, { list: 255 }), 'No such list'],
      ['number zero', withMembers(hop, 2, { hop: 0 }), 'No such hop'],
      ['one too many', withMembers(hop, 2, { hop: 3 }), 'No such hop'],
      ['by another step', withArgs(hop, { 1: circuitNumber('blind_32') }), OTHER_CIRCUIT],
      ['by the other size', withArgs(hop, { 1: circuitNumber('hop_256') }), OTHER_KEY],
      ['by another key', withArgs(hop, await keyOf('blind_32', 4)), OTHER_KEY],
      ['under another blinding key', withMembers(hop, 2, { key_x: key_x + 1n }), "Blinding key is not the slot's"],
      ['of another input', withMembers(hop, 2, { input_digest: 1n }), 'Input list is not the one on record'],
      ['without an output', withMembers(hop, 2, { output_digest: 0n }), 'List digest must not be zero'],
      ['beginning with its second chunk', withMembers(hop, 3, { index: 1 }), OUT_OF_ORDER],
      ['beginning from some state', withMembers(hop, 3, { state_before: 1n }), NO_CONTINUATION],
    ]);
    await room.sendAll(due);
    await expectState('joining');
    expect(await outcome(client(), hop)).toBe('This hop was made already');
    // The last hops.
    due = await room.due();
    expect(due.map((call) => (call!.args[2] as { hop: number }).hop)).toEqual([2, 2, 2]);
    await room.sendAll([due[0], due[1]]);
    expect(await outcome(client(), calls.post_match)).toBe('Every list must pass every slot before the match');
    await room.sendAll([undefined, undefined, due[2]]);
  });

  test('joining: takes a match of the final lists under the key of all slots', async () => {
    due = await room.due();
    const match = remember(due[0]);
    expect(due.slice(1)).toEqual([undefined, undefined]);
    expect(await outcome(client(), match)).toBe(ACCEPTED);
    // Any slot may do it, for itself.
    expect(await outcome(bed.slots[1].client, withArgs(match, { 2: 1 }))).toBe(ACCEPTED);
    await expectNoteNeeded(match);
    const { lists, room_key_x, room_key_y } = match.args[3] as {
      lists: bigint[];
      room_key_x: bigint;
      room_key_y: bigint;
    };
    const ownKey = (await room.read()).view.slots[0]!.decryptionKey;
    const OTHER_LIST = 'List is not the one on record';
    const OTHER_SLOTS = "Slots are not the room's members";
    const NO_SUM = "Room key is not the sum of the slots' keys";
    await expectRefusals([
      ['of another room', withMembers(match, 3, { context: context + 1n }), OTHER_ROOM],
      ["in another slot's name", withArgs(match, { 2: 1 }), NO_CONSENT],
      ['by another step', withArgs(match, { 1: circuitNumber('release_3') }), OTHER_CIRCUIT],
      ['for two members', withArgs(match, { 1: circuitNumber('match_32_2') }), OTHER_CIRCUIT],
      ['for four members', withArgs(match, { 1: circuitNumber('match_32_4') }), OTHER_CIRCUIT],
      ['by the other size', withArgs(match, { 1: circuitNumber('match_256_3') }), OTHER_KEY],
      ['by another key', withArgs(match, await keyOf('match_32_2', 5)), OTHER_KEY],
      ['of other slots', withMembers(match, 3, { slots: [0, 1, 3, 0, 0] }), OTHER_SLOTS],
      ['of slots in another order', withMembers(match, 3, { slots: [0, 2, 1, 0, 0] }), OTHER_SLOTS],
      ['of too many slots', withMembers(match, 3, { slots: [0, 1, 2, 3, 0] }), OTHER_SLOTS],
      ['of lists exchanged', withMembers(match, 3, { lists: [lists[1], lists[0], ...lists.slice(2)] }), OTHER_LIST],
      ['of one list twice', withMembers(match, 3, { lists: lists.with(2, lists[1]) }), OTHER_LIST],
      ['of a list too many', withMembers(match, 3, { lists: lists.with(3, lists[0]) }), OTHER_LIST],
      ["under the slot's own key", withMembers(match, 3, { room_key_x: ownKey.x, room_key_y: ownKey.y }), NO_SUM],
      [
        'under the inverse key',
        withMembers(match, 3, { room_key_y: negate({ x: room_key_x, y: room_key_y }).y }),
        NO_SUM,
      ],
      ['with another k', withMembers(match, 3, { k: 1 }), "k is not the policy's"],
      ['beginning with its second chunk', withMembers(match, 4, { index: 1 }), OUT_OF_ORDER],
      ['beginning from some state', withMembers(match, 4, { state_before: 1n }), NO_CONTINUATION],
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
      ['of another room', shareCall(room, 0, context + 1n), OTHER_ROOM],
      ['for another slot', withArgs(share, { 1: 1 }), NO_CONSENT],
      ['another point', withArgs(share, { 5: negate(point) }), 'Wrong proof of a decryption share'],
      ['off the curve', withArgs(share, { 5: { x: point.x, y: 2n } }), 'Point is not on the curve'],
      ['under another key', shareCall(room, 0, context, newRoomSeed()), "Decryption key is not the slot's"],
      ['of another ciphertext', shareCall(room, 0, context), 'Share is for another ciphertext'],
      ['signing for another course', withArgs(share, { 7: 1n }), 'Share signs for another course of the room'],
    ]);
    expect(await outcome(client(), atLeast(0))).toBe('The room has released no result');
    expect(await result()).toMatchObject({ released: false, suppressed: false });
    await room.sendAll(due);
    await expectState('sharing');
    expect(await outcome(client(), share)).toBe('The slot has given its share already');
  });

  test('sharing: takes one dispute, of a member, and goes on', async () => {
    const dispute = await room.dispute(0);
    await expectNoteNeeded(dispute);
    await room.sendAll([dispute]);
    expect((await expectState('sharing')).progress.disputed).toBe(true);
    const ALREADY = "The room's steps are disputed already";
    expect(await outcome(client(), dispute)).toBe(ALREADY);
    expect(await outcome(bed.slots[1].client, await room.dispute(1))).toBe(ALREADY);
  });

  test('sharing: takes a release that opens the ciphertext with these shares', async () => {
    due = await room.due();
    const release = remember(due[0]);
    expect(due.slice(1)).toEqual([undefined, undefined]);
    expect(await outcome(client(), release)).toBe(ACCEPTED);
    expect(await outcome(bed.slots[1].client, withArgs(release, { 1: 1 }))).toBe(ACCEPTED);
    await expectNoteNeeded(release);
    type P = { x: bigint; y: bigint };
    const { keys, shares, c1, c2 } = release.args[2] as { keys: P[]; shares: P[]; c1: P; c2: P };
    const exchanged = [keys[1], keys[0], ...keys.slice(2)];
    await expectRefusals([
      ['of another room', withMembers(release, 2, { context: context + 1n }), OTHER_ROOM],
      ["in another slot's name", withArgs(release, { 1: 1 }), NO_CONSENT],
      ['for two members', withArgs(release, await keyOf('release_2', 3)), OTHER_KEY],
      ['for four members', withArgs(release, await keyOf('release_4', 3)), OTHER_KEY],
      ['of other slots', withMembers(release, 2, { slots: [0, 1, 3, 0, 0] }), "Slots are not the room's members"],
      ['of another C1', withMembers(release, 2, { c1: c2 }), 'Ciphertext is not the one on record'],
      ['of another C2', withMembers(release, 2, { c2: c1 }), 'Ciphertext is not the one on record'],
      ['under keys exchanged', withMembers(release, 2, { keys: exchanged }), "Decryption key is not the slot's"],
      ['under a key too many', withMembers(release, 2, { keys: keys.with(3, c1) }), "Decryption key is not the slot's"],
      [
        'with another share',
        withMembers(release, 2, { shares: shares.with(1, negate(shares[1])) }),
        'Share is not the one on record',
      ],
      [
        'with a share too many',
        withMembers(release, 2, { shares: shares.with(3, c1) }),
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
    const { client: anyone } = bed.outsider;
    expect(await outcome(anyone, atLeast(3))).toBe(ACCEPTED);
    expect(await outcome(anyone, atLeast(4))).toBe("The room's result lies below the threshold");
    expect(await outcome(anyone, under(terms.policy_digest))).toBe(ACCEPTED);
    expect(await outcome(anyone, under(terms.policy_digest + 1n))).toBe('The room ran under another policy');
  });

  test('closed: by the host alone, by account and secret; the result stays', async () => {
    const [, , secret] = calls.close.args as bigint[];
    expect(await outcome(client(), withArgs(calls.close, { 2: secret + 1n }))).toBe(NOT_HOST);
    for (const { client } of [bed.slots[1], bed.outsider]) {
      expect(await outcome(client, madeBy(client, calls.close))).toBe(NOT_HOST);
    }
    await room.sendAll([calls.close]);
    await expectColumn('closed');
    expect(Number(((await result()) as { count: unknown }).count)).toBe(3);
  });
});

// Others are played to such an end in every run (deletion.test.ts).
describe('a room with too little in common', () => {
  const run = onceIn(3, 'suppressed') ? test : test.skip;
  run('ends suppressed: no share, no release, no number', async () => {
    const room = await openRoom(bed, { datasets: [people(0, 5), people(4, 9)] });
    const { client } = bed.slots[0];
    await room.driveTo('released');
    const { view } = await room.read();
    expect(view.result).toEqual({ suppressed: true });
    const fillers = await fillerCalls(room, 0);
    expect(await outcome(client, fillers.give_share)).toBe(NOT_SHARING);
    expect(await outcome(client, fillers.release)).toBe(NOT_SHARING);
    expect(await outcome(client, fillers.dispute)).toBe(NO_DISPUTE);
    expect(await outcome(client, await room.revoke(0))).toBe(CONSENT_STANDS);
    expect(await outcome(client, await room.cancel())).toBe(HAS_ENDED);
    const stored = (await client.view('get_result', room.roomId)) as { count: unknown };
    expect(stored).toMatchObject({ released: true, suppressed: true });
    expect(Number(stored.count)).toBe(0);
    expect(await outcome(client, { method: 'assert_result_at_least', args: [room.roomId, 0] })).toBe(
      "The room's result is suppressed",
    );
    expect(
      await outcome(client, { method: 'assert_released_under', args: [room.roomId, view.terms.policy_digest] }),
    ).toBe(ACCEPTED);
    await room.sendAll([await room.close()]);
    expect((await room.read()).view.state).toBe('closed');
  });
});
