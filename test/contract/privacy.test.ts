/**
 * A whole session, seen as the network sees it: no transaction shows who took part, nor any secret. Searched is every
 * byte of what the node received and of what the blocks hold.
 */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Contract } from '@aztec/aztec.js/contracts';
import { BlockNumber } from '@aztec/foundation/branded-types';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { deployContract } from '../../app/lib/chain/contract.ts';
import { fieldToBytes } from '../../app/lib/field/field.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { seedOf } from '../../app/lib/room/acts.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { openRoom, people, type TestRoom } from '../support/room.ts';
import { findValues, formsOf, readTrace, traceBytes, type PublicTrace } from '../support/public-trace.ts';

const DATASETS = [people(0, 5), people(2, 7)] as const;

let bed: Bed;
let room: TestRoom;
/** Transactions of the session by what they did: event and slot. */
const traces: { readonly act: string; readonly trace: PublicTrace }[] = [];

/** Reads the transactions that the room's log has gained. A node forgets old ones, so this is done step by step. */
async function collect(): Promise<void> {
  const { connection } = bed.slots[0].party;
  const { events } = await room.read();
  for (const { name, txHash } of events.slice(traces.length)) {
    traces.push({ act: name, trace: await readTrace(connection, txHash) });
  }
}

/** What must not be seen: who the participants are, and everything they keep to themselves. */
function secrets(): Record<string, bigint> {
  const values: Record<string, bigint> = {};
  for (const [i, { party }] of [...bed.slots, bed.outsider].entries()) {
    values[`account ${i}`] = party.wallet.address.toBigInt();
    values[`account secret ${i}`] = party.home.accountSecret;
  }
  const [{ hostSecret, inviteSecrets }] = room.records;
  values['host secret'] = hostSecret!;
  inviteSecrets!.forEach((secret, slot) => (values[`invite secret ${slot}`] = secret));
  for (const [slot, record] of room.records.entries()) {
    const { decryption, blinding, salt } = deriveKeys(seedOf(record));
    Object.assign(values, {
      [`decryption key ${slot}`]: decryption,
      [`blinding key ${slot}`]: blinding,
      [`salt ${slot}`]: salt,
    });
    DATASETS[slot].forEach((digest, row) => (values[`row ${row} of slot ${slot}`] = digest));
  }
  return values;
}

beforeAll(async () => {
  bed = await openBed();
  room = await openRoom(bed, { datasets: [DATASETS[0], DATASETS[1]] });
  await collect();
  for (;;) {
    const due = await room.due();
    if (due.every((call) => call === undefined)) break;
    await room.sendAll(due);
    await collect();
  }
  await room.sendAll([await room.close()]);
  await collect();
});
afterAll(() => bed?.close());

test('the session is complete: every act of both slots and of the host', () => {
  const acts = ['SlotTaken', 'PolicyApproved', 'DatasetCommitted', 'BlindProven', 'HopProven'];
  expect(traces.map(({ act }) => act)).toEqual([
    'RoomCreated',
    ...acts.flatMap((act) => [act, act]),
    'MatchProven',
    'ShareGiven',
    'ShareGiven',
    'ResultReleased',
    'RoomEnded',
  ]);
});

test('no account, secret or row is in anything public', () => {
  const values = secrets();
  for (const { act, trace } of traces)
    expect({ act, found: findValues(traceBytes(trace), values) }).toEqual({ act, found: [] });
});

test('the search sees what is public: the room in each transaction, keys and commitments where they belong', async () => {
  const { view } = await room.read();
  for (const { act, trace } of traces)
    expect({ act, found: findValues(traceBytes(trace), { room: room.roomId }) }).toEqual({ act, found: ['room'] });
  const of = (act: string) => Buffer.concat(traces.filter((t) => t.act === act).map(({ trace }) => traceBytes(trace)));
  expect(findValues(of('SlotTaken'), { key: view.slots[0]!.blindingKey.x })).toEqual(['key']);
  expect(findValues(of('DatasetCommitted'), { dataset: view.slots[1]!.dataset! })).toEqual(['dataset']);
});

test('deploying the contract shows no account either', async () => {
  const [{ party }] = bed.slots;
  const { node } = party.connection;
  const before = await node.getBlockNumber();
  const address = await deployContract(party.wallet, await loadContractArtifact('clean_room', party.srs));
  const blocks = await node.getBlocks(BlockNumber(before + 1), (await node.getBlockNumber()) - before);
  const hashes = blocks.flatMap(({ body }) => body.txEffects.map(({ txHash }) => txHash.toString()));
  const bytes = Buffer.concat(
    await Promise.all(hashes.map(async (hash) => traceBytes(await readTrace(party.connection, hash)))),
  );
  expect(findValues(bytes, { ...secrets(), instance: address })).toEqual(['instance']);
});

test('the search finds an account that calls a public function itself', async () => {
  const [{ party }] = bed.slots;
  const artifact = await loadContractArtifact('clean_room', party.srs);
  const contract = await Contract.at(AztecAddress.fromBigInt(bed.contract), artifact, party.wallet.wallet);
  const { receipt } = await contract.methods
    .get_result(room.roomId)
    .send({ from: party.wallet.address, fee: party.wallet.fee });
  const trace = await readTrace(party.connection, receipt.txHash.toString());
  expect(findValues(traceBytes(trace), secrets())).toEqual(['account 0']);
});

test('the search finds a value packed beside another, and in the other byte order', () => {
  const value = bed.slots[0].party.wallet.address.toBigInt();
  const bytes = Buffer.from(fieldToBytes(value));
  const noise = Buffer.alloc(40, 7);
  for (const hidden of [bytes, Buffer.from(bytes).reverse(), bytes.subarray(0, 16), bytes.subarray(16)]) {
    expect(findValues(Buffer.concat([noise, hidden, noise]), { value })).toEqual(['value']);
  }
  expect(findValues(noise, { value })).toEqual([]);
  expect(formsOf(1n)).toHaveLength(2); // too small to look for its halves
});

test('fees are paid by the sponsor, public calls come from the contract itself', () => {
  const sponsors = new Set<string>();
  for (const { act, trace } of traces) {
    sponsors.add(trace.tx.data.feePayer.toString());
    const callers = trace.tx.getPublicCallRequestsWithCalldata().map(({ request }) => ({
      act,
      caller: request.msgSender.toBigInt(),
      contract: request.contractAddress.toBigInt(),
    }));
    expect(callers).toEqual([{ act, caller: bed.contract, contract: bed.contract }]);
  }
  expect(sponsors.size).toBe(1);
});

test('transactions of one kind look alike, whoever sends them', () => {
  const shapes = new Map<string, Set<string>>();
  for (const { act, trace } of traces) {
    const { noteHashes, nullifiers, privateLogs, publicLogs, l2ToL1Msgs } = trace.effect;
    const shape = [noteHashes, nullifiers, privateLogs, publicLogs, l2ToL1Msgs].map(({ length }) => length).join();
    shapes.set(act, (shapes.get(act) ?? new Set()).add(shape));
  }
  // Note hashes, nullifiers, private logs, public logs, messages: one note with its encrypted log when a slot is taken.
  const plain = ['0,1,0,1,0'];
  expect(Object.fromEntries([...shapes].map(([act, set]) => [act, [...set]]))).toEqual({
    RoomCreated: plain,
    SlotTaken: ['1,1,1,1,0'],
    PolicyApproved: plain,
    DatasetCommitted: plain,
    BlindProven: plain,
    HopProven: plain,
    MatchProven: plain,
    ShareGiven: plain,
    ResultReleased: plain,
    RoomEnded: plain,
  });
});
