/**
 * A whole session of two parties (three with `SOAK=1`) with money, approvers and an auditor, seen as the network sees it: no transaction shows
 * who takes part, nor any secret, and no payment shows which room it is for. Searched is every byte of what the node
 * received and of what the blocks hold.
 */
import { AztecAddress, CompleteAddress } from '@aztec/aztec.js/addresses';
import { Contract } from '@aztec/aztec.js/contracts';
import { Fr } from '@aztec/aztec.js/fields';
import { deriveKeys as deriveMasterKeys } from '@aztec/aztec.js/keys';
import { BlockNumber } from '@aztec/foundation/branded-types';
import { ExtendedDirectionalAppTaggingSecret, SiloedTag } from '@aztec/stdlib/logs';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { deployContract, openContract } from '../../app/lib/chain/contract.ts';
import { openEscrow, type EscrowClient } from '../../app/lib/escrow/escrow.ts';
import { amountDue, escrowSalt, stakePart } from '../../app/lib/escrow/terms.ts';
import { fieldToBytes } from '../../app/lib/field/field.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { nameField } from '../../app/lib/registry/registry.ts';
import { keyHashes } from '../../app/lib/room/acts.ts';
import { attestDeletion } from '../../app/lib/room/deletion.ts';
import type { Grant, Role } from '../../app/lib/room/grant.ts';
import { approveAs, grantRole, newGrant, recordAudit } from '../../app/lib/room/roles.ts';
import { seedOf } from '../../app/lib/room/session.ts';
import { openBed, type Actor, type Bed } from '../support/bed.ts';
import { SOAK } from '../support/choice.ts';
import { TEMPLATES } from '../support/deployment.ts';
import { openMoneyRoom, openPurses, type MoneyOptions, type MoneyRoom, type Purses } from '../support/money-room.ts';
import { findValues, formsOf, readTrace, traceBytes, type PublicTrace, type Sought } from '../support/public-trace.ts';
import { people } from '../support/room.ts';

const SLOTS = SOAK ? [0, 1, 2] : [0, 1];
const DATASETS = SLOTS.map((slot) => people(slot, slot + 5));

/** Amounts so large that each has a form of its own, which is found wherever it stands. */
const TOKEN = 10n ** 20n;
const ROOM: MoneyOptions = {
  slots: SLOTS.length,
  template: 'high-risk',
  datasets: DATASETS,
  money: {
    fee: String(900n * TOKEN + 17n),
    payer: 'slots',
    stake: String(500n * TOKEN + 3n),
    // Each share is less than a stake, and so taken out of one payment.
    shares: SOAK ? [1, 2, 3] : [3, 4],
  },
};

let bed: Bed;
let purses: Purses;
let room: MoneyRoom;
/** Accounts without a slot in the room. */
let payer: Actor;
let approver: Actor;
let auditor: Actor;
const grants: Grant[] = [];

/** A transaction by what it did. */
type Seen = { readonly act: string; readonly trace: PublicTrace };
/** The transactions of the session that the room contract logged, by their events. */
const logged: Seen[] = [];
/** Those that move the room's money. */
const paid: Seen[] = [];

const trace = (hash: string) => readTrace(bed.outsider.party.connection, hash);

/** Reads the transactions that the room's log has gained. A node forgets old ones, so this is done step by step. */
async function collect(): Promise<void> {
  const { events } = await room.read();
  for (const { name, txHash } of events.slice(logged.length)) logged.push({ act: name, trace: await trace(txHash) });
}

/** Notes what a movement of money shows. */
async function moved(act: string, hash: Promise<string>): Promise<void> {
  paid.push({ act, trace: await trace(await hash) });
}

/** Has the account of a slot, or the host, give another account a role. */
async function grant(slot: number, as: 'slot' | 'host', role: Role, to: Actor): Promise<Grant> {
  const session = { ...room.sessions[slot], contract: bed.slots[slot].client };
  const made = newGrant(session, as, role, to.client.sender);
  grants.push(made);
  await grantRole(session, made);
  return made;
}

/** The escrow of a room as the payer uses it, who was told its secret. */
function escrowOfPayer({ escrows }: MoneyRoom): Promise<EscrowClient> {
  const { terms, instance } = escrows[0];
  return openEscrow(payer.party.wallet, instance.artifact, terms, instance.secret, purses.outsider);
}

beforeAll(async () => {
  bed = await openBed({ slots: SLOTS.length + 2 });
  payer = bed.outsider;
  [approver, auditor] = bed.slots.slice(SLOTS.length);
  purses = await openPurses(bed, 10_000n * TOKEN);
  room = await openMoneyRoom(bed, purses, ROOM);
  await room.driveTo('approving');
  await collect();

  const approvers = await Promise.all(SLOTS.map((slot) => grant(slot, 'slot', 'approver', approver)));
  const audit = await grant(0, 'host', 'auditor', auditor);
  const escrow = await escrowOfPayer(room);
  const approvals = async () => {
    const { view } = await room.read();
    const { client, party } = approver;
    for (const each of approvers) {
      await approveAs({ contract: client, prover: party.prover, policy: room.policy }, view, each);
    }
  };
  const payments = async () => {
    for (const slot of SLOTS) {
      await moved('fee paid', escrow.deposit(slot));
      await moved('stake paid', room.escrows[slot].deposit(stakePart(slot)));
    }
  };
  await Promise.all([approvals(), payments()]);
  await Promise.all(SLOTS.map(room.confirm));
  await collect();
  for (;;) {
    const due = await room.due();
    if (due.every((call) => call === undefined)) break;
    await room.sendAll(due);
    await collect();
  }

  await recordAudit(auditor.client, (await room.read()).view, audit, 1n);
  for (const slot of SLOTS) await moved('share taken', room.escrows[slot].claim(slot));
  await moved('template paid', escrow.payTemplate());
  for (const slot of SLOTS) await moved('stake taken back', room.escrows[slot].refund(stakePart(slot)));
  await Promise.all(SLOTS.map((slot) => attestDeletion({ ...room.sessions[slot], contract: bed.slots[slot].client })));
  await room.sendAll([await room.close()]);
  await collect();
});
afterAll(() => bed?.close());

/** Who takes part, and everything they keep to themselves. */
function secrets(): Record<string, Sought> {
  const values: Record<string, Sought> = {};
  const slots = SLOTS.map((slot) => [`slot ${slot}`, bed.slots[slot]] as const);
  for (const [name, { party }] of [...Object.entries({ payer, approver, auditor }), ...slots]) {
    values[`account of ${name}`] = party.wallet.address.toBigInt();
    values[`account secret of ${name}`] = party.home.accountSecret;
  }
  const { instance } = room.escrows[0];
  values['escrow'] = instance.address;
  values['escrow secret'] = instance.secret;
  const [{ hostSecret, inviteSecrets }] = room.records;
  values['host secret'] = hostSecret!;
  inviteSecrets!.forEach((secret, slot) => (values[`invite secret ${slot}`] = secret));
  grants.forEach(({ secret }, i) => (values[`grant secret ${i}`] = secret));
  for (const [slot, session] of room.sessions.entries()) {
    const seed = seedOf(session);
    const { decryption, blinding, salt } = deriveKeys(seed);
    values[`room seed ${slot}`] = seed;
    values[`decryption key ${slot}`] = decryption;
    values[`blinding key ${slot}`] = blinding;
    values[`salt ${slot}`] = salt;
    DATASETS[slot].forEach((digest, row) => (values[`row ${row} of slot ${slot}`] = digest));
  }
  return values;
}

/** Who made the template, and who takes the treasury's share: known to everybody, but not as parties of a room. */
async function offerers(): Promise<Record<'author' | 'treasury', bigint>> {
  const [author, treasury] = await Promise.all([bed.stranger('author'), bed.stranger('treasury')]);
  return { author: author.client.sender, treasury: treasury.client.sender };
}

/** What is found of some values in each of some transactions. */
const found = (seen: readonly Seen[], values: Readonly<Record<string, Sought>>) =>
  seen.map(({ act, trace }) => ({ act, found: findValues(traceBytes(trace), values) }));

/** What {@link found} says of each transaction that shows exactly `names`. */
const expected = (seen: readonly Seen[], names: string[]) => seen.map(({ act }) => ({ act, found: names }));

test('the session is complete: every act of all slots, of the host, of those who hold roles, and every payment', () => {
  const times = (number: number, act: string) => Array<string>(number).fill(act);
  const count = SLOTS.length;
  expect(logged.map(({ act }) => act).sort()).toEqual(
    [
      'RoomCreated',
      ...times(count, 'SlotTaken'),
      ...times(count + 1, 'RoleGranted'),
      ...times(2 * count, 'PolicyApproved'),
      ...times(count, 'PaymentConfirmed'),
      ...times(count, 'DatasetProven'),
      ...times(count, 'BlindProven'),
      ...times(count * (count - 1), 'HopProven'),
      'MatchProven',
      ...times(count, 'ShareGiven'),
      'ResultReleased',
      'AuditRecorded',
      ...times(count, 'DeletionAttested'),
      'RoomEnded',
    ].sort(),
  );
  expect(paid.map(({ act }) => act)).toEqual([
    ...SLOTS.flatMap(() => ['fee paid', 'stake paid']),
    ...times(count, 'share taken'),
    'template paid',
    ...times(count, 'stake taken back'),
  ]);
});

test('all of the money has gone to its owners', async () => {
  expect(await room.escrows[0].balance()).toBe(0n);
});

test('no account, secret or row is in anything public', () => {
  const all = [...logged, ...paid];
  expect(found(all, secrets())).toEqual(expected(all, []));
});

test('a payment shows nothing of its room: neither which it is, nor its contract, nor its terms, nor the amount', async () => {
  const { view } = await room.read();
  const { terms } = room.escrows[0];
  const { context, policy_digest, template, host_commitment, escrow } = view.terms;
  const amounts = SLOTS.flatMap((slot) => [slot, stakePart(slot)].map((part) => amountDue(terms, part)));
  const values: Record<string, bigint> = {
    room: room.roomId,
    contract: bed.contract,
    ...{ context, policy_digest, template, host_commitment, escrow },
    ...{ token: terms.token, fee: terms.fee, stake: terms.stake, salt: escrowSalt(terms) },
    ...Object.fromEntries(amounts.map((amount, i) => [`amount ${i}`, amount])),
    ...Object.fromEntries(SLOTS.map((slot) => [`key ${slot}`, view.slots[slot]!.decryptionKey.x])),
    ...(await offerers()),
  };
  expect(found(paid, values)).toEqual(expected(paid, []));
  // The search finds them where they are public.
  const created = logged.filter(({ act }) => act === 'RoomCreated');
  const { room: id, contract, token, fee, stake, salt } = values;
  const ofRoom = { room: id, contract, context, policy_digest, template, host_commitment, escrow };
  const shown = { ...ofRoom, token, fee, stake, salt };
  expect(found(created, shown)).toEqual(expected(created, Object.keys(shown)));
});

test("the template's author and the treasury are public by its registration, and in no transaction of a session", async () => {
  const { party } = await bed.stranger('author');
  const artifact = await loadContractArtifact('template_registry', party.srs);
  const registry = await openContract(party.connection, party.wallet, artifact, bed.deployment.registry);
  const { name, terms } = { name: nameField('privacy'), terms: TEMPLATES['high-risk'] };
  const hash = await registry.send('register', name, 1, await keyHashes(party.prover), terms);
  const registration = [{ act: 'registration', trace: await trace(hash) }];
  expect(found(registration, await offerers())).toEqual(expected(registration, ['author', 'treasury']));
  expect(found(registration, secrets())).toEqual(expected(registration, []));
  const all = [...logged, ...paid];
  expect(found(all, await offerers())).toEqual(expected(all, []));
});

test('the search sees what is public: the room in each of its acts, keys and commitments where they belong', async () => {
  const { view } = await room.read();
  expect(found(logged, { room: room.roomId })).toEqual(expected(logged, ['room']));
  const of = (name: string) =>
    Buffer.concat(logged.filter(({ act }) => act === name).map(({ trace }) => traceBytes(trace)));
  expect(findValues(of('SlotTaken'), { key: view.slots[0]!.blindingKey.x })).toEqual(['key']);
  expect(findValues(of('DatasetProven'), { dataset: view.slots[1]!.dataset! })).toEqual(['dataset']);
});

test('deploying the contract shows no account either', async () => {
  const [{ party }] = bed.slots;
  const { node } = party.connection;
  const { registry, escrowClass } = bed.deployment;
  const before = await node.getBlockNumber();
  const artifact = await loadContractArtifact('clean_room', party.srs);
  const address = await deployContract(party.wallet, artifact, [registry, escrowClass]);
  const blocks = await node.getBlocks(BlockNumber(before + 1), (await node.getBlockNumber()) - before);
  const hashes = blocks.flatMap(({ body }) => body.txEffects.map(({ txHash }) => txHash.toString()));
  const bytes = Buffer.concat(await Promise.all(hashes.map(async (hash) => traceBytes(await trace(hash)))));
  expect(findValues(bytes, { ...secrets(), ...(await offerers()), instance: address })).toEqual(['instance']);
});

test('the search finds an account that calls a public function itself', async () => {
  const [{ party }] = bed.slots;
  const artifact = await loadContractArtifact('clean_room', party.srs);
  const contract = await Contract.at(AztecAddress.fromBigInt(bed.contract), artifact, party.wallet.wallet);
  const { receipt } = await contract.methods
    .get_result(room.roomId)
    .send({ from: party.wallet.address, fee: party.wallet.fee });
  const bytes = traceBytes(await trace(receipt.txHash.toString()));
  expect(findValues(bytes, secrets())).toEqual(['account of slot 0']);
});

test('the search finds a value packed beside another, and in the other byte order', () => {
  const value = bed.slots[0].party.wallet.address.toBigInt();
  const bytes = Buffer.from(fieldToBytes(value));
  const noise = Buffer.alloc(40, 7);
  for (const hidden of [bytes, Buffer.from(bytes).reverse(), bytes.subarray(0, 16), bytes.subarray(16)]) {
    expect(findValues(Buffer.concat([noise, hidden, noise]), { value })).toEqual(['value']);
    expect(findValues(Buffer.concat([noise, hidden, noise]), { value: new Uint8Array(bytes) })).toEqual(['value']);
  }
  expect(findValues(noise, { value })).toEqual([]);
  expect(formsOf(1n)).toHaveLength(2); // too small to look for its halves
});

test('fees are paid by the sponsor; public calls come from the contract itself, and payments make none', () => {
  const callsOf = ({ tx }: PublicTrace) =>
    tx.getPublicCallRequestsWithCalldata().map(({ request }) => ({
      caller: request.msgSender.toBigInt(),
      contract: request.contractAddress.toBigInt(),
    }));
  const own = [{ caller: bed.contract, contract: bed.contract }];
  expect(logged.map(({ act, trace }) => ({ act, calls: callsOf(trace) }))).toEqual(
    logged.map(({ act }) => ({ act, calls: own })),
  );
  expect(paid.flatMap(({ trace }) => callsOf(trace))).toEqual([]);
  expect(new Set([...logged, ...paid].map(({ trace }) => trace.tx.data.feePayer.toString())).size).toBe(1);
});

/** What a transaction shows beside its content: how much there is of everything, and what it costs. */
function shapeOf({ tx, effect }: PublicTrace): string {
  const { noteHashes, nullifiers, privateLogs, publicLogs, l2ToL1Msgs } = effect;
  const counts = [noteHashes, nullifiers, privateLogs, publicLogs, l2ToL1Msgs].map(({ length }) => length);
  const { daGas, l2Gas } = tx.data.gasUsed;
  const logs = privateLogs.map(({ emittedLength }) => emittedLength);
  return `${counts.join()} of ${tx.toBuffer().length} bytes, ${daGas}/${l2Gas} gas, logs ${logs.join()}`;
}

/** The shapes of transactions, by what they did. */
function shapesOf(seen: readonly Seen[]): Map<string, Set<string>> {
  const shapes = new Map<string, Set<string>>();
  for (const { act, trace } of seen) shapes.set(act, (shapes.get(act) ?? new Set()).add(shapeOf(trace)));
  return shapes;
}

/** The counts at the beginning of shapes. */
const countsOf = (shapes: Iterable<string>) => [...shapes].map((shape) => shape.split(' ')[0]);

test('transactions of one kind look alike, whoever sends them', () => {
  const shapes = shapesOf(logged);
  expect([...shapes].filter(([, { size }]) => size > 1)).toEqual([]);
  // Note hashes, nullifiers, private logs, public logs, messages: one note with its encrypted log when a slot is taken.
  for (const [act, of] of shapes)
    expect([act, ...countsOf(of)]).toEqual([act, act === 'SlotTaken' ? '1,1,1,1,0' : '0,1,0,1,0']);
});

test("payments look alike, fee or stake, a slot's own or somebody else's for it, and in every room", async () => {
  const elsewhere = await openMoneyRoom(bed, purses, ROOM);
  await moved('fee paid elsewhere', (await escrowOfPayer(elsewhere)).deposit(1));
  await moved('stake paid elsewhere', elsewhere.escrows[1].deposit(stakePart(1)));
  const payments = paid.filter(({ act }) => /^(fee|stake) paid/.test(act));
  expect(payments).toHaveLength(2 * SLOTS.length + 2);
  const shapes = new Set(payments.map(({ trace }) => shapeOf(trace)));
  // Notes: payment, change, the escrow's money. Nullifiers: the transaction's, the note spent, the permission, the part.
  expect(countsOf(shapes)).toEqual(['3,4,3,0,0']);
});

test("money that leaves shows how many of the escrow's notes it takes, and whether any is left, but not whose it is", () => {
  const shapes = shapesOf(paid);
  expect(countsOf(shapes.get('share taken')!)).toEqual(['2,4,3,0,0']);
  // Author and treasury get one transfer each.
  expect(countsOf(shapes.get('template paid')!)).toEqual(['4,6,6,0,0']);
  // The last one empties the escrow: all that is left, four notes or with two slots three, and no change.
  expect(countsOf(shapes.get('stake taken back')!)).toEqual(['2,5,3,0,0', SOAK ? '1,7,2,0,0' : '1,6,2,0,0']);
});

/** The tags by which the recipients of private logs find them. */
const tagsOf = ({ trace }: Seen): string[] => trace.effect.privateLogs.map(({ fields }) => fields[0].toString());

test('nothing ties one payment to another: no encrypted log has the tag of an earlier one', () => {
  const tags = [...logged, ...paid].flatMap(tagsOf);
  expect(tags.length).toBeGreaterThan(30);
  expect(new Set(tags).size).toBe(tags.length);
});

test("whoever has the escrow's keys can tell whether an account that it thinks of has paid; nobody else can", async () => {
  const { address, instance, secret } = room.escrows[0].instance;
  /** The tag of the first log from an escrow, whose keys follow from `known`, to an account. */
  const tagOf = async (known: bigint, account: bigint) => {
    const { masterIncomingViewingSecretKey } = await deriveMasterKeys(new Fr(known));
    const local = await CompleteAddress.fromSecretKeyAndInstance(new Fr(known), instance);
    const [app, recipient] = [address, account].map((value) => AztecAddress.fromBigInt(value));
    const extendedSecret = await ExtendedDirectionalAppTaggingSecret.compute(
      local,
      masterIncomingViewingSecretKey,
      recipient,
      app,
      recipient,
    );
    return (await SiloedTag.compute({ extendedSecret, index: 0 })).toString();
  };
  const payers = async (known: bigint) => {
    const tags = new Set(paid.flatMap(tagsOf));
    const accounts = Object.entries({ payer, approver, auditor, 'slot 0': bed.slots[0] });
    const tested = await Promise.all(
      accounts.map(async ([name, { client }]) => (tags.has(await tagOf(known, client.sender)) ? [name] : [])),
    );
    return tested.flat();
  };
  expect(await payers(secret)).toEqual(['payer', 'slot 0']);
  expect(await payers(secret + 1n)).toEqual([]);
});
