/** Another contract acts on a room's verified figure, and on nothing less; and it hosts rooms as people do. */
import { deployContract, openContract, type ContractClient } from '../../app/lib/chain/contract.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { hostCommitment } from '../../app/lib/room/grant.ts';
import { openBed, type Actor, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, withMembers, type Call } from '../support/calls.ts';
import { findValues, readTrace, traceBytes, type PublicTrace } from '../support/public-trace.ts';
import { SOAK } from '../support/choice.ts';
import { openRoom, people, type RoomOptions, type TestRoom } from '../support/room.ts';

/** People that the test tables share. */
const OVERLAP = 3;

/** What makes the policy of the DAO's first room another than that of rooms by default. */
const DAO_POLICY: RoomOptions = { minSlots: 2 };

const ONLY_STEWARD = 'Only the steward acts for this DAO';
const ONLY_HOST = 'Only the host may do this';
const NO_RESULT = 'The room has released no result';
const OTHER_POLICY = 'The room ran under another policy';

let bed: Bed;
let steward: Actor;
let other: Actor;
/** The DAO as its steward calls it, and as somebody else does. */
let gate: ContractClient;
let gateOfOther: ContractClient;

/** Whose result proposals are about: hosted by a person with `SOAK=1`, otherwise the DAO's own. */
let room: TestRoom;
/** Hosted by a person, with too little in common. */
let suppressed: TestRoom;
/** Hosted by the DAO. */
let daoRoom: TestRoom;
/** Hosted by a person, under the policy of `room`; stays without a result. */
let same: TestRoom;

/** The DAO's transactions about rooms that it hosts, by what it did. */
const traces: Record<string, PublicTrace> = {};

/** Has the steward make the DAO act on a room; the transaction is kept. */
async function act(what: string, method: string, ...args: Call['args']): Promise<void> {
  const hash = await gate.send(method, bed.contract, ...args);
  traces[what] = await readTrace(steward.party.connection, hash);
}

/** Opens a room that the DAO hosts. The account of slot 0 knows the host's secret. */
const openDaoRoom = (what: string, options: RoomOptions = {}) =>
  openRoom(bed, { ...options, create: ({ args }) => act(what, 'open_room', ...args) });

const policyOf = async ({ read }: TestRoom) => (await read()).view.terms.policy_digest;
const stateOf = async ({ read }: TestRoom) => (await read()).view.state;
const secretOf = ({ records }: TestRoom) => records[0].hostSecret!;

beforeAll(async () => {
  bed = await openBed({ slots: 2 });
  steward = bed.outsider;
  [other] = bed.slots;
  const artifact = await loadContractArtifact('dao_gate', steward.party.srs);
  const address = await deployContract(steward.party.wallet, artifact, [steward.client.sender]);
  const gateOf = ({ party }: Actor) => openContract(party.connection, party.wallet, artifact, address);
  [gate, gateOfOther] = await Promise.all([gateOf(steward), gateOf(other)]);
  daoRoom = await openDaoRoom('open', DAO_POLICY);
  room = SOAK ? await openRoom(bed) : daoRoom;
  same = await openRoom(bed, SOAK ? {} : DAO_POLICY);
  if (SOAK) suppressed = await openRoom(bed, { datasets: [people(0, 5), people(4, 9)] });
});
afterAll(() => bed?.close());

describe('a proposal', () => {
  let proposals = 0n;

  const execution = (id: bigint): Call => ({ method: 'execute', args: [id] });

  /** Makes a new proposal; what differs from a condition that will hold is given. Returns the call that executes it. */
  async function propose(change: { policy_digest?: bigint; room_id?: bigint; at_least?: number } = {}): Promise<Call> {
    const id = ++proposals;
    const condition = { room_id: room.roomId, policy_digest: await policyOf(room), at_least: OVERLAP, ...change };
    await gate.send('propose', id, { room_contract: bed.contract, ...condition });
    return execution(id);
  }
  const executed = async (change: Parameters<typeof propose>[0]) => outcome(gate, await propose(change));

  test('names a condition, once', async () => {
    const condition = { room_contract: bed.contract, room_id: room.roomId, policy_digest: 1n, at_least: 1 };
    const proposal: Call = { method: 'propose', args: [1000n, condition] };
    expect(await outcome(gate, withMembers(proposal, 1, { at_least: 0 }))).toBe(
      'A condition of at least 0 would always hold',
    );
    await gate.send('propose', 1000n, condition);
    expect(await outcome(gateOfOther, withMembers(proposal, 1, { at_least: 2 }))).toBe('Proposal exists already');
    expect(await outcome(gate, execution(999n))).toBe('No such proposal');
  });

  test('cannot be executed before its room has released a result', async () => {
    expect(await executed({})).toBe(NO_RESULT);
  });

  test('is executed once, when its room has released a count that is high enough', async () => {
    await Promise.all([...new Set([room, daoRoom])].map((each) => each.driveTo('released')));
    const { method, args } = await propose();
    expect(await gate.view('is_executed', ...args)).toBe(false);
    await gateOfOther.send(method, ...args);
    expect(await gate.view('is_executed', ...args)).toBe(true);
    expect(await outcome(gate, { method, args })).toBe('Proposal was executed already');
  });

  test('is not executed on a count that is too low, nor on one under another policy', async () => {
    expect(await executed({ at_least: OVERLAP + 1 })).toBe("The room's result lies below the threshold");
    expect(await executed({ policy_digest: (await policyOf(room)) + 1n })).toBe(OTHER_POLICY);
  });

  test("is not executed on another room's result", async () => {
    expect(await policyOf(same)).toBe(await policyOf(room));
    expect(await executed({ room_id: same.roomId })).toBe(NO_RESULT);
    expect(await executed({ room_id: room.roomId + 1n })).toBe(NO_RESULT);
    if (room === daoRoom) return;
    expect(await executed({ room_id: daoRoom.roomId })).toBe(OTHER_POLICY);
    expect(await executed({ room_id: daoRoom.roomId, policy_digest: await policyOf(daoRoom) })).toBe(ACCEPTED);
  });

  (SOAK ? test : test.skip)('is not executed on a suppressed result', async () => {
    await suppressed.driveTo('released');
    expect((await suppressed.read()).view.result).toEqual({ suppressed: true });
    expect(await executed({ room_id: suppressed.roomId, at_least: 1 })).toBe("The room's result is suppressed");
  });
});

describe('a DAO as host', () => {
  const cancellation = (host: bigint, of: TestRoom): Call => ({
    method: 'cancel',
    args: [host, of.roomId, secretOf(of), 0n],
  });
  const gateCall = (method: string, of: TestRoom): Call => ({ method, args: [bed.contract, of.roomId, secretOf(of)] });

  test('opens rooms, by its steward alone, whose host is the DAO', async () => {
    const { terms } = (await daoRoom.read()).view;
    expect(terms.host_commitment).toBe(hostCommitment(daoRoom.roomId, gate.address, secretOf(daoRoom)));
    const again: Call = { method: 'open_room', args: [bed.contract, ...daoRoom.creation.args] };
    expect(await outcome(gateOfOther, again)).toBe(ONLY_STEWARD);
    expect(await outcome(gate, again)).toBe('Room exists already');
  });

  test('cancels its rooms, by its steward alone; nobody else does with the secret', async () => {
    const cancelled = await openDaoRoom('open another');
    expect(await outcome(gate, gateCall('close_room', cancelled))).toBe('Only a room with a result can be closed');
    expect(await outcome(gateOfOther, gateCall('cancel_room', cancelled))).toBe(ONLY_STEWARD);
    expect(await outcome(other.client, cancellation(other.client.sender, cancelled))).toBe(ONLY_HOST);
    expect(await outcome(steward.client, cancellation(steward.client.sender, cancelled))).toBe(ONLY_HOST);
    // In the DAO's name: the room asks the DAO whether it permits that, and the DAO has no function to answer.
    await expect(outcome(steward.client, cancellation(gate.address, cancelled))).rejects.toThrow(
      `Function artifact not found for contract ${fieldToHex(gate.address)}`,
    );
    const { method, args } = gateCall('cancel_room', cancelled);
    expect(await outcome(gate, { method, args: args.with(2, secretOf(cancelled) + 1n) })).toBe(ONLY_HOST);
    expect(await stateOf(cancelled)).toBe('inviting');
    await act('cancel', method, ...args.slice(1));
    expect(await stateOf(cancelled)).toBe('cancelled');
  });

  test('closes a room of its own, once it has a result', async () => {
    expect(await stateOf(daoRoom)).toBe('released');
    expect(await outcome(gate, gateCall('cancel_room', daoRoom))).toBe('The room cannot be cancelled: it has ended');
    const { method, args } = gateCall('close_room', daoRoom);
    expect(await outcome(gateOfOther, { method, args })).toBe(ONLY_STEWARD);
    expect(await outcome(other.client, await daoRoom.close())).toBe(ONLY_HOST);
    await act('close', method, ...args.slice(1));
    expect(await stateOf(daoRoom)).toBe('closed');
  });

  test("has no power over a person's room, even with its secret", async () => {
    expect(await outcome(gate, gateCall('cancel_room', same))).toBe(ONLY_HOST);
    expect(await outcome(other.client, await same.cancel())).toBe(ACCEPTED);
  });

  test('appears in none of its acts, nor does its steward', () => {
    expect(Object.keys(traces)).toEqual(['open', 'open another', 'cancel', 'close']);
    const hidden = { dao: gate.address, steward: steward.client.sender, account: steward.party.home.accountSecret };
    for (const [what, trace] of Object.entries(traces)) {
      expect({ what, found: findValues(traceBytes(trace), hidden) }).toEqual({ what, found: [] });
      expect(findValues(traceBytes(trace), { rooms: bed.contract })).toEqual(['rooms']);
    }
  });
});
