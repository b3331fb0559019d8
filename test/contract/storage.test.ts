/**
 * An escrow reads its room's standing from the storage of the room contract, in private, where no compiler sees that both
 * mean the same. Here what `contracts/room_escrow` states about that storage is held against the room contract's source
 * and artifact, and what an escrow then says against rooms on chain.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FunctionSelector, type AbiType, type ContractArtifact } from '@aztec/aztec.js/abi';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import { deriveStorageSlotInMap } from '@aztec/stdlib/hash';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { registeredContract, type ContractClient } from '../../app/lib/chain/contract.ts';
import { escrowInstance, registerInstance } from '../../app/lib/escrow/instance.ts';
import { escrowSalt, stakePart, type EscrowTerms } from '../../app/lib/escrow/terms.ts';
import { policyTerms } from '../../app/lib/policy/policy.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { escrowTermsOf, templateOf as templateOnChain } from '../../app/lib/room/money.ts';
import type { LocalRoom } from '../../app/lib/room/store.ts';
import { ROOT } from '../../scripts/compile/paths.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { outcome, send } from '../support/calls.ts';
import { SOAK } from '../support/choice.ts';
import { templateOf } from '../support/deployment.ts';
import { openJoinedRoom } from '../support/joined-room.ts';
import { openRoom, policyOf, type TestRoom } from '../support/room.ts';

let bed: Bed;
let rooms: ContractArtifact;
beforeAll(async () => {
  bed = await openBed();
  rooms = await loadContractArtifact('clean_room', bed.outsider.party.srs);
});
afterAll(() => bed?.close());

/** The numbers that a Noir source states as globals. Another test holds the committed artifacts against the sources. */
function globalsOf(file: string): Record<string, bigint> {
  const source = readFileSync(join(ROOT, 'contracts', file), 'utf8');
  const found = source.matchAll(/^\s*(?:pub )?global (\w+): \w+ = (0x[0-9a-f]+|\d+);/gm);
  return Object.fromEntries([...found].map(([, name, value]) => [name, BigInt(value)]));
}

const STATED = globalsOf('room_escrow/src/room.nr');

type Struct = Extract<AbiType, { kind: 'struct' }>;

/** How many fields a value of a type has. */
function sizeOf(type: AbiType): number {
  switch (type.kind) {
    case 'array':
      return type.length * sizeOf(type.type);
    case 'struct':
      return type.fields.reduce((sum, { type: member }) => sum + sizeOf(member), 0);
    default:
      return 1;
  }
}

describe('what the sources state', () => {
  test('terms and progress are in the maps in which the room contract keeps them', () => {
    const { terms, progress } = rooms.storageLayout;
    expect(STATED).toMatchObject({ TERMS_SLOT: terms.slot.toBigInt(), PROGRESS_SLOT: progress.slot.toBigInt() });
  });

  test("the escrow's commitment is where a room's terms hold it", () => {
    const events = rooms.outputs.structs.events as Struct[];
    const created = events.find(({ path }) => path.endsWith('::RoomCreated'))!;
    const { fields } = created.fields.find(({ name }) => name === 'terms')!.type as Struct;
    const before = fields.slice(
      0,
      fields.findIndex(({ name }) => name === 'escrow'),
    );
    expect(before.reduce((sum, { type }) => sum + sizeOf(type), 0)).toBe(Number(STATED.ESCROW_OFFSET));
  });

  test('states, payers and parts are numbered alike', () => {
    const room = globalsOf('clean_room/src/room.nr');
    const states = Object.entries(STATED).filter(([name]) => name.startsWith('STATE_'));
    expect(states).toHaveLength(5);
    expect(room).toMatchObject(Object.fromEntries(states));
    const terms = globalsOf('room_escrow/src/terms.nr');
    const { MAX_SLOTS, PAYER_NOBODY, PAYER_HOST, PAYER_SLOTS, HOST_PART, STAKE_PARTS } = terms;
    expect(room).toMatchObject({ MAX_SLOTS, PAYER_NOBODY, PAYER_HOST, PAYER_SLOTS });
    const { PAID } = globalsOf('room_escrow/src/main.nr');
    expect(PAID).toBeDefined();
    expect(globalsOf('clean_room/src/main.nr')).toMatchObject({
      DEPOSIT: PAID,
      HOST_PART,
      FIRST_STAKE_PART: STAKE_PARTS,
    });
  });

  test('the function that proves a consent is called by its selector', async () => {
    const source = readFileSync(join(ROOT, 'contracts/room_escrow/src/room.nr'), 'utf8');
    const [, signature] = /from_signature\("(.*?)"\)/.exec(source)!;
    const { name, parameters, isStatic } = rooms.functions.find((f) => f.name === 'assert_consent_of')!;
    expect(isStatic).toBe(true);
    expect(await FunctionSelector.fromSignature(signature)).toEqual(
      await FunctionSelector.fromNameAndParameters(name, parameters),
    );
  });
});

test("a room's terms are packed into twelve fields, in which numbers have places of their own", async () => {
  const { roomId, log } = await openJoinedRoom(bed);
  const { node } = bed.outsider.party.connection;
  const first = (await deriveStorageSlotInMap(new Fr(STATED.TERMS_SLOT), new Fr(roomId))).toBigInt();
  const fieldAt = async (i: number) =>
    (
      await node.getPublicStorageAt('latest', AztecAddress.fromBigInt(bed.contract), new Fr(first + BigInt(i)))
    ).toBigInt();
  const { terms } = log.creation;
  const at = (bits: number, ...values: (number | bigint | boolean)[]) =>
    values.reduce<bigint>((total, value, i) => total | (BigInt(value) << BigInt(bits * i)), 0n);
  const small = [terms.slots, terms.min_slots, terms.proof_mode, terms.contributors, terms.naming, terms.approvals];
  const { invite, approve, commit, join: joining, share, retention } = terms.deadlines;
  expect(terms.vectors).not.toBe(0n);
  expect(await Promise.all(Array.from({ length: 13 }, (_, i) => fieldAt(i)))).toEqual([
    ...[terms.context, terms.policy_digest, terms.host_commitment, terms.template, terms.escrow],
    ...[terms.rules, terms.plan, terms.bands],
    at(8, ...small, terms.payer, terms.staked, terms.vectors),
    at(32, terms.k, terms.min_rows, terms.max_rows),
    at(64, invite, approve, commit),
    at(64, joining, share, retention),
    0n,
  ]);
});

/** An escrow as slot 0's account calls it. It holds nothing: it looks at the room before it looks at money. */
type EmptyEscrow = { readonly address: bigint; readonly contract: ContractClient; readonly terms: EscrowTerms };

const FEES = {
  token: `0x${'1'.padStart(64, '0')}`,
  fee: '300',
  payer: 'slots',
  stake: '50',
  shares: [1, 1, 1],
} as const;

/** An escrow of a room, with a secret of its own, whether the room names it or not. */
async function escrowOf(room: Pick<LocalRoom, 'contract' | 'roomId'>): Promise<EmptyEscrow> {
  const { connection, wallet, srs } = bed.slots[0].party;
  const template = templateOf(bed.deployment, 'overlap');
  const policy = policyTerms(policyOf({ slots: 3, fees: { ...FEES, shares: [...FEES.shares] } }), template);
  const terms = escrowTermsOf(room, policy, await templateOnChain(connection, bed.contract, template));
  const artifact = await loadContractArtifact('room_escrow', srs);
  const instance = await escrowInstance(artifact, escrowSalt(terms), randomField());
  await registerInstance(wallet, instance);
  const { address } = instance;
  return { address, terms, contract: registeredContract(wallet, artifact, address, { additionalScopes: [address] }) };
}

describe('what an escrow says of a room on chain', () => {
  const NOT_OVER = 'The room is not over';
  const NO_PAYMENT = 'You have no payment for this part';
  const NO_RESULT = 'The room has no result';

  const roomOf = (id: bigint) => ({ contract: bed.contract, roomId: id });
  const refund = ({ contract, terms }: EmptyEscrow, part: number) =>
    outcome(contract, { method: 'refund', args: [terms, part] });

  /** The field in which the escrow finds state and masks, as the node has it: bytes, the lowest first. */
  async function standing(roomId: bigint): Promise<number[]> {
    const { node } = bed.outsider.party.connection;
    const slot = await deriveStorageSlotInMap(new Fr(STATED.PROGRESS_SLOT), new Fr(roomId));
    const value = await node.getPublicStorageAt('latest', AztecAddress.fromBigInt(bed.contract), slot);
    return [...value.toBuffer()].reverse().slice(0, 6);
  }

  /** The same as the room contract itself reads it, in the order of the bytes. */
  async function progress(roomId: bigint): Promise<number[]> {
    const { state, active, at_fault, done, deleted, disputed } = (await bed.outsider.client.view(
      'get_progress',
      roomId,
    )) as Record<string, bigint | boolean>;
    return [state, active, at_fault, done, deleted, disputed].map(Number);
  }

  test('state, active, at fault, done, deleted and disputed are bytes of one field', async () => {
    const room: TestRoom = await openRoom(bed, { slots: 3, minSlots: 2 });
    const escrow = await escrowOf(roomOf(room.roomId));
    const expectStanding = async (...expected: number[]) => {
      expect(await standing(room.roomId)).toEqual(expected);
      expect(await progress(room.roomId)).toEqual(expected);
    };
    await expectStanding(1, 0b111, 0, 0, 0, 0);
    expect(await refund(escrow, stakePart(0))).toBe(NOT_OVER);

    await room.driveTo('approving');
    await room.sendAll([await room.next(0), await room.revoke(1)]);
    await expectStanding(2, 0b101, 0, 0b001, 0, 0);

    await room.driveTo('joining', [0, 2]);
    await expectStanding(4, 0b101, 0, 0, 0, 0);
    expect(await refund(escrow, stakePart(2))).toBe(NOT_OVER);

    await room.sendAll([undefined, undefined, await room.revoke(2)]);
    await send(bed.slots[0].client, { method: 'attest_deletion', args: [room.roomId, 0, 1n] });
    await expectStanding(10, 0b101, 0b100, 0, 0b001, 0);
    expect(await refund(escrow, stakePart(0))).toBe(NO_PAYMENT);
    expect(await refund(escrow, stakePart(1))).toBe(NO_PAYMENT);
    expect(await refund(escrow, stakePart(2))).toBe('The stake is forfeited: the slot is at fault');
    expect(await outcome(escrow.contract, { method: 'claim', args: [escrow.terms, 0] })).toBe(NO_RESULT);
    const slashed = (slot: number, faulty: number) =>
      outcome(escrow.contract, { method: 'claim_slashed', args: [escrow.terms, slot, faulty] });
    expect(await slashed(0, 1)).toBe('The slot accused is not at fault');
    expect(await slashed(1, 2)).toBe('Forfeited stakes are for the slots that are not at fault');
    expect(await slashed(2, 2)).toBe('Forfeited stakes are for the slots that are not at fault');
  });

  test('a disputed room has no one at fault', async () => {
    const room = await openRoom(bed);
    await room.driveTo('joining');
    await room.sendAll([await room.dispute(0)]);
    const expected = [4, 0b11, 0, 0, 0, 1];
    expect(await standing(room.roomId)).toEqual(expected);
    expect(await progress(room.roomId)).toEqual(expected);
    await room.sendAll([undefined, await room.revoke(1)]);
    expect(await standing(room.roomId)).toEqual([10, 0b11, 0, 0, 0, 1]);
    expect(await refund(await escrowOf(roomOf(room.roomId)), stakePart(1))).toBe(NO_PAYMENT);
  });

  // A paid room is played to its result in escrow.test.ts.
  (SOAK ? test : test.skip)('a room with a result has earned its fee, and owes it to its own slots', async () => {
    const room = await openRoom(bed, { slots: 3, minSlots: 2 });
    await room.driveTo('approving');
    await room.sendAll([undefined, await room.revoke(1)]);
    await room.driveTo('released', [0, 2]);
    expect(await standing(room.roomId)).toEqual([6, 0b101, 0, 0, 0, 0]);
    const escrow = await escrowOf(roomOf(room.roomId));
    expect(await refund(escrow, 0)).toBe('The fee was earned: the room has a result');
    expect(await refund(escrow, 1)).toBe(NO_PAYMENT);
    expect(await refund(escrow, stakePart(0))).toBe(NO_PAYMENT);
    expect(await outcome(escrow.contract, { method: 'claim', args: [escrow.terms, 1] })).toBe(
      'The slot is not in the room',
    );
  });

  test('it takes money for a room that names it, while the room is under way, and for no other', async () => {
    let own!: EmptyEscrow;
    const room = await openRoom(bed, {
      slots: 3,
      fees: { ...FEES, shares: [...FEES.shares] },
      escrow: async (record) => {
        own = await escrowOf(record);
        return own.address;
      },
    });
    const other = await escrowOf(roomOf(room.roomId));
    const deposit = ({ contract, terms }: EmptyEscrow) =>
      outcome(contract, { method: 'deposit', args: [terms, 0, contract.sender, 1n] });
    expect(await deposit(other)).toBe('The room does not name this escrow');
    // There is no such token.
    await expect(deposit(own)).rejects.toThrow(FEES.token);
    await room.sendAll([await room.cancel()]);
    expect(await deposit(own)).toBe('The room is over');
    expect(await deposit(other)).toBe('The room does not name this escrow');
  });
});
