/** Rooms that cost something: which terms of money one is created with, and that its slots pay before they commit. */
import { loadConfig } from '../../aztec.config.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import type { AbiValue } from '../../app/lib/chain/contract.ts';
import { escrowInstance, registerInstance } from '../../app/lib/escrow/instance.ts';
import { escrowSalt, stakePart, type EscrowTerms } from '../../app/lib/escrow/terms.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { AMOUNT_LIMIT, Payer, SHARE_LIMIT } from '../../app/lib/policy/terms.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, send, withArgs, withMembers, type Call, type Refusal } from '../support/calls.ts';
import { some } from '../support/choice.ts';
import { templateOf } from '../support/deployment.ts';
import { fillerCalls } from '../support/fillers.ts';
import { openMoneyRoom, openPurses, type MoneyRoom, type Purses } from '../support/money-room.ts';
import { CREATION, openRoom } from '../support/room.ts';

const FEE = 10n;
const STAKE = 7n;
const SHARES = [2, 1, 1];
const MINUTE = 60;

const OTHER_TERMS = 'The escrow has other terms than the room';
const ESCROW_WHERE_DUE = 'A room needs an escrow exactly where money is due';
const FEE_AND_PAYER = 'A fee needs a payer, and a payer a fee';
const TOO_CHEAP = "The fee lies below the template's";
const NOT_DUE = 'Not what is due in this room';
const NOT_NOW = 'Payment is confirmed while the room is approving or committing';
const NO_CONSENT = 'You hold no consent for this slot of this room';

let bed: Bed;
let purses: Purses;
let room: MoneyRoom;
beforeAll(async () => {
  bed = await openBed();
  purses = await openPurses(bed, 1000n);
});
afterAll(() => bed?.close());

/** Asserts what the contract says to calls of a slot's account. */
async function expectRefusals(slot: number, cases: readonly Refusal[]) {
  const { said, expected } = await refusals(bed.slots[slot].client, cases);
  expect(said).toEqual(expected);
}

/** Makes an escrow of any terms known to the host's wallet; returns its address. */
async function escrowOf(terms: EscrowTerms): Promise<bigint> {
  const { wallet, srs } = bed.slots[0].party;
  const escrow = await escrowInstance(await loadContractArtifact('room_escrow', srs), escrowSalt(terms), randomField());
  await registerInstance(wallet, escrow);
  return escrow.address;
}

/** What the contract says to the creation of a room before it is sent, with any fault in its money. */
async function expectTermsOfMoney(creation: Call) {
  const policy = creation.args[CREATION.policy] as Record<string, AbiValue>;
  const money = (members: Record<string, AbiValue>, others: Record<string, AbiValue> = {}) =>
    withMembers(creation, CREATION.policy, { ...others, fees: { ...(policy.fees as object), ...members } });
  const costly = templateOf(bed.deployment, 'paid');
  const paid = (fee: bigint, max_rows: number) => money({ fee }, { template: costly, min_slots: 3, max_rows });
  const into = (call: Call, escrow: bigint) => withArgs(call, { [CREATION.escrow]: escrow });
  const free = { fee: 0n, payer: Payer.nobody, stake: 0n };

  expect(await outcome(bed.slots[0].client, creation)).toBe(ACCEPTED);
  await expectRefusals(0, [
    ['a payer that does not exist', money({ payer: 3 }), 'No such payer'],
    ['a fee that nobody pays', money({ payer: Payer.nobody }), FEE_AND_PAYER],
    ['slots that pay no fee', money({ fee: 0n }), FEE_AND_PAYER],
    ['a host who pays no fee', money({ fee: 0n, payer: Payer.host }), FEE_AND_PAYER],
    ['less than a unit for each slot', money({ fee: 2n }), 'The fee cannot be divided among the slots'],
    ['a unit for each slot', money({ fee: 3n }), OTHER_TERMS],
    ['as little from the host', money({ fee: 2n, payer: Payer.host }), OTHER_TERMS],
    ['a fee out of range', money({ fee: AMOUNT_LIMIT }), 'Amount out of range'],
    ['a stake out of range', money({ stake: AMOUNT_LIMIT }), 'Amount out of range'],
    ['the highest amounts', money({ fee: AMOUNT_LIMIT - 1n, stake: AMOUNT_LIMIT - 1n }), OTHER_TERMS],
    ['too little for a small room', paid(99n, 64), TOO_CHEAP],
    ['enough for a small room', paid(100n, 64), OTHER_TERMS],
    ['too little for a room of some size', paid(199n, 65), TOO_CHEAP],
    ['enough for the largest room of that size', paid(200n, 1024), OTHER_TERMS],
    ['too little for a large room', paid(299n, 1025), TOO_CHEAP],
    ['enough for a large room', paid(300n, 1025), OTHER_TERMS],
    ['no fee at all for a template that costs one', money(free, { template: costly, min_slots: 3 }), TOO_CHEAP],
    ['a share for slot 3 of three', money({ shares: [...SHARES, 1, 0] }), 'A share for a slot that does not exist'],
    ['a share for slot 4 of three', money({ shares: [...SHARES, 0, 1] }), 'A share for a slot that does not exist'],
    ['a share out of range', money({ shares: [SHARE_LIMIT + 1, 1, 1, 0, 0] }), 'Share out of range'],
    ['the highest share', money({ shares: [SHARE_LIMIT, 1, 1, 0, 0] }), OTHER_TERMS],
    ['an escrow where nothing is due', money(free), ESCROW_WHERE_DUE],
    ['no escrow', into(creation, 0n), ESCROW_WHERE_DUE],
    ['no escrow for a fee alone', into(money({ stake: 0n }), 0n), ESCROW_WHERE_DUE],
    ['no escrow for stakes alone', into(money({ ...free, stake: STAKE }), 0n), ESCROW_WHERE_DUE],
    ['the room contract as its escrow', into(creation, bed.contract), 'The escrow is of another class'],
    ['the token as its escrow', into(creation, purses.token), 'The escrow is of another class'],
    ["another room's escrow", withArgs(creation, { [CREATION.roomId]: randomField() }), OTHER_TERMS],
    ['another token', money({ token: purses.token + 1n }), OTHER_TERMS],
    ['another fee', money({ fee: FEE + 1n }), OTHER_TERMS],
    ['another payer', money({ payer: Payer.host }), OTHER_TERMS],
    ['another stake', money({ stake: STAKE - 1n }), OTHER_TERMS],
    ['other shares', money({ shares: [1, 1, 2, 0, 0] }), OTHER_TERMS],
  ]);
}

/** What the contract says to escrows that differ from the room in one of their terms each. */
async function expectTermsOfEscrow(creation: Call) {
  const address = async (name: 'author' | 'treasury') => (await bed.stranger(name)).client.sender;
  const terms: EscrowTerms = {
    rooms: bed.contract,
    room_id: creation.args[CREATION.roomId] as bigint,
    token: purses.token,
    fee: FEE,
    payer: Payer.slots,
    stake: STAKE,
    shares: [...SHARES, 0, 0],
    slots: 3,
    author: await address('author'),
    treasury: await address('treasury'),
    author_share: 1000,
    treasury_share: 500,
  };
  const { shares: _, ...single } = terms;
  const said: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const [name, value] of some(Object.entries(single), 4)) {
    const changed = { ...terms, [name]: typeof value === 'bigint' ? value + 1n : value + 1 };
    const call = withArgs(creation, { [CREATION.escrow]: await escrowOf(changed) });
    said[name] = await outcome(bed.slots[0].client, call);
    expected[name] = OTHER_TERMS;
  }
  expect(said).toEqual(expected);
  // Any instance of the very terms will do: its keys are the parties' own matter.
  const same = withArgs(creation, { [CREATION.escrow]: await escrowOf(terms) });
  expect(await outcome(bed.slots[0].client, same)).toBe(ACCEPTED);
}

/** Confirms a slot's payment; what differs from what is due is given. */
const confirmation = (slot: number, change: { payer?: number; staked?: boolean; escrow?: bigint } = {}): Call => {
  const { payer = Payer.slots, staked = true, escrow = room.escrows[slot].instance.address } = change;
  return { method: 'confirm_payment', args: [room.roomId, slot, payer, staked, escrow] };
};
const said = (slot: number, call: Call) => outcome(bed.slots[slot].client, call);
/** A confirmation that its own sender cannot prove. */
const expectUnproven = (slot: number, call: Call) =>
  expect(bed.slots[slot].client.view(call.method, ...call.args)).rejects.toThrow(/nullifier/i);

test('a room is created with terms of money that make sense, and with the escrow of exactly these', async () => {
  room = await openMoneyRoom(bed, purses, {
    slots: 3,
    minSlots: 2,
    money: { fee: `${FEE}`, payer: 'slots', stake: `${STAKE}`, shares: SHARES },
    deadlines: { invite: 30 * MINUTE, approve: 30 * MINUTE },
    create: async (creation) => {
      await expectTermsOfMoney(creation);
      await expectTermsOfEscrow(creation);
      await send(bed.slots[0].client, creation);
    },
  });
});

test('a payment cannot be confirmed while slots are still to be taken', async () => {
  await room.sendAll(await room.due([0]));
  await expectUnproven(0, confirmation(0));
  await room.escrows[0].deposit(0);
  await expectUnproven(0, confirmation(0));
  await room.escrows[0].deposit(stakePart(0));
  expect(await said(0, confirmation(0))).toBe(NOT_NOW);
});

test('a slot confirms its own payment alone, of all that is due, in the escrow of its room', async () => {
  await room.sendAll(await room.due([1, 2]));
  expect(await said(0, confirmation(0))).toBe(ACCEPTED);
  await expectRefusals(0, [
    ["another slot's", confirmation(1), NO_CONSENT],
    ['of a slot that does not exist', confirmation(5, { escrow: room.escrows[0].instance.address }), NO_CONSENT],
    ['of its fee alone', confirmation(0, { staked: false }), NOT_DUE],
    ['of its stake alone', confirmation(0, { payer: Payer.nobody }), NOT_DUE],
    ['of nothing', confirmation(0, { payer: Payer.nobody, staked: false }), NOT_DUE],
    [
      'of nothing in another escrow',
      confirmation(0, { payer: Payer.nobody, staked: false, escrow: purses.token }),
      "Another escrow than the room's",
    ],
  ]);
  await expectUnproven(0, confirmation(0, { payer: Payer.host }));
  await expectUnproven(0, confirmation(0, { escrow: purses.token }));
  await expectUnproven(1, confirmation(1));
});

test('a slot that was left out cannot confirm, though it has paid', async () => {
  // Slot 1 owes still, and slot 2 does not approve.
  for (const part of [2, stakePart(2)]) await room.escrows[2].deposit(part);
  expect(await said(2, confirmation(2))).toBe(ACCEPTED);
  await room.sendAll(await room.due([0, 1]));
  await warpL2TimeBy(30 * MINUTE, loadConfig().network);
  await send(bed.outsider.client, await room.leaveOut());
  expect((await room.read()).view).toMatchObject({ state: 'committing', members: [0, 1] });
  expect(await said(2, confirmation(2))).toBe('The slot was left out of the room');
});

test('a slot commits its data once its payment is confirmed, and not before', async () => {
  const FIRST = "The slot's payment must be confirmed first";
  for (const slot of [0, 1]) {
    const { commit_dataset } = await fillerCalls(room, slot);
    expect(await said(slot, commit_dataset)).toBe(FIRST);
  }
  await room.confirm(0);
  expect((await room.read()).view.payments).toEqual({ due: [0, 1], confirmed: [0] });
  expect(await said(0, (await room.next(0))!)).toBe(ACCEPTED);
  expect(await said(0, confirmation(0))).toBe("The slot's payment was confirmed already");
  expect(await said(1, (await fillerCalls(room, 1)).commit_dataset)).toBe(FIRST);
  await expect(room.confirm(1)).rejects.toThrow("Not paid yet: slot 1's part of the fee, the stake of slot 1.");
});

test('nothing is confirmed in a room that has ended', async () => {
  await room.sendAll([await room.cancel()]);
  expect(await said(0, confirmation(0))).toBe(NOT_NOW);
});

test('nothing is confirmed in a room that costs nothing', async () => {
  const free = await openRoom(bed);
  await free.sendAll(await free.due());
  const confirm = withArgs(confirmation(0, { payer: Payer.nobody, staked: false }), { 0: free.roomId });
  expect(await said(0, confirm)).toBe('Nothing is to be paid in this room');
  expect(await said(0, withArgs(confirm, { 4: 0n }))).toBe('Nothing is to be paid in this room');
});
