/** Another contract acts on a room's verified figure, and on nothing less. */
import { deployContract as deploy, openContract as open, type ContractClient } from '../../app/lib/chain/contract.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { openRoom, type TestRoom } from '../support/room.ts';

/** People that the two test tables share. */
const OVERLAP = 3;

let bed: Bed;
let room: TestRoom;
let gate: ContractClient;
let policyDigest: bigint;
let proposals = 0n;

beforeAll(async () => {
  bed = await openBed();
  const { party } = bed.outsider;
  const artifact = await loadContractArtifact('dao_gate', party.srs);
  room = await openRoom(bed);
  gate = await open(party.connection, party.wallet, artifact, await deploy(party.wallet, artifact));
  policyDigest = (await room.read()).view.terms.policy_digest;
});
afterAll(() => bed?.close());

/** A new proposal on the room; what differs from a condition that will hold is given. */
async function propose(change: { policy_digest?: bigint; room_id?: bigint; at_least?: number } = {}): Promise<bigint> {
  const id = ++proposals;
  const condition = { room_id: room.roomId, policy_digest: policyDigest, at_least: OVERLAP, ...change };
  await gate.send('propose', id, { room_contract: bed.contract, ...condition });
  return id;
}

test('a proposal cannot be executed before its room has released a result', async () => {
  await expect(gate.view('execute', await propose())).rejects.toThrow('The room has released no result');
});

test('a proposal is executed once, when its room has released a count that is high enough', async () => {
  await room.driveTo('released');
  const id = await propose();
  await gate.send('execute', id);
  expect(await gate.view('is_executed', id)).toBe(true);
  await expect(gate.view('execute', id)).rejects.toThrow('Proposal was executed already');
});

test('a count that is too low, another policy, or another room does not do', async () => {
  const tooHigh = await propose({ at_least: OVERLAP + 1 });
  await expect(gate.view('execute', tooHigh)).rejects.toThrow("The room's result lies below the condition");
  const otherPolicy = await propose({ policy_digest: policyDigest + 1n });
  await expect(gate.view('execute', otherPolicy)).rejects.toThrow('The room ran under another policy');
  const otherRoom = await propose({ room_id: room.roomId + 1n });
  await expect(gate.view('execute', otherRoom)).rejects.toThrow('The room has released no result');
  await expect(gate.view('execute', 999n)).rejects.toThrow('No such proposal');
});
