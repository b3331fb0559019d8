/** Invoices: an auditor verifies one payment against the chain, sees no other, and is not fooled by a changed one. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import { siloNullifier } from '@aztec/stdlib/hash';
import { TxHash } from '@aztec/stdlib/tx';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { connectNode } from '../../app/lib/chain/node.ts';
import { paymentNullifier } from '../../app/lib/escrow/instance.ts';
import { InvoiceError, makeInvoice, verifyInvoice, type Invoice } from '../../app/lib/escrow/invoice.ts';
import { openSubscription } from '../../app/lib/escrow/subscription.ts';
import { stakePart } from '../../app/lib/escrow/terms.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { Domain, hash } from '../../app/lib/field/poseidon2.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { send } from '../support/calls.ts';
import { onceIn, some } from '../support/choice.ts';
import { openMoneyRoom, openPurses, type MoneyOptions, type MoneyRoom, type Purses } from '../support/money-room.ts';

const FEE = 7000n;
const STAKE = 333n;

let bed: Bed;
let purses: Purses;
let room: MoneyRoom;
let other: MoneyRoom;
/** What slot 0 shows of its fee part, and the transaction that paid it. */
let invoice: Invoice;
let txHash: string;
/** Transactions of payments that the invoice is not about. */
let others: string[];
beforeAll(async () => {
  bed = await openBed({ slots: 2 });
  purses = await openPurses(bed, 100_000n);
  const money: MoneyOptions['money'] = { fee: `${FEE}`, payer: 'slots', stake: `${STAKE}`, shares: [1, 1] };
  room = await openMoneyRoom(bed, purses, { slots: 2, money });
  other = await openMoneyRoom(bed, purses, { slots: 2, money });
  txHash = await room.escrows[0].deposit(0);
  others = [
    await room.escrows[0].deposit(stakePart(0)),
    await room.escrows[1].deposit(1),
    await other.escrows[0].deposit(0),
  ];
  invoice = await makeInvoice(bed.slots[0].party.connection, room.escrows[0], 0);
});
afterAll(() => bed?.close());

/** Checks an invoice as an auditor does, who has a node and no wallet. */
async function audit(shown: unknown) {
  const { connection, selectors } = bed.outsider.party;
  return verifyInvoice({ connection: await connectNode(connection.url), selectors, contract: bed.contract }, shown);
}

/** The invoice with another payment. */
const withPayment = (members: Partial<Invoice['payment']>): Invoice => ({
  ...invoice,
  payment: { ...invoice.payment, ...members },
});

test('shows who paid what for which room, and when', async () => {
  const { node } = bed.outsider.party.connection;
  const facts = await audit(JSON.parse(JSON.stringify(invoice)));
  expect(facts).toEqual({
    roomId: room.roomId,
    token: purses.token,
    part: 0,
    amount: FEE / 2n,
    payer: purses.slots[0].contract.sender,
    txHash,
    block: facts.block,
  });
  const block = await node.getBlock(facts.block as Parameters<typeof node.getBlock>[0]);
  expect(block!.body.txEffects.map((effect) => effect.txHash.toString())).toContain(txHash);
});

test('says the same of a payment that was made for a stake', async () => {
  const facts = await audit(await makeInvoice(bed.slots[0].party.connection, room.escrows[0], stakePart(0)));
  expect(facts).toMatchObject({ part: stakePart(0), amount: STAKE, txHash: others[0] });
});

describe('is refused when changed:', () => {
  const NOT_MADE = 'the transaction made no such payment';
  const NOT_THE_ROOMS = 'the room has another escrow';
  const cases: [string, () => Invoice, string][] = [
    ['the amount', () => withPayment({ amount: `${FEE}` }), 'another amount was due for this part'],
    ['the part, to one of the same amount', () => withPayment({ part: 1 }), NOT_MADE],
    ['the part, to one of another amount', () => withPayment({ part: stakePart(0) }), 'another amount was due'],
    ['the part, to none', () => withPayment({ part: 5 }), 'another amount was due'],
    ['the payer', () => withPayment({ payer: fieldToHex(purses.slots[1].contract.sender) }), NOT_MADE],
    ['the note', () => withPayment({ randomness: fieldToHex(randomField()) }), NOT_MADE],
    ['the transaction, to another of the room', () => ({ ...invoice, txHash: others[1] }), NOT_MADE],
    ['the transaction, to none', () => ({ ...invoice, txHash: fieldToHex(5n) }), 'the chain knows no such transaction'],
    ['the room', () => ({ ...invoice, roomId: fieldToHex(other.roomId) }), NOT_THE_ROOMS],
    ['the room, to none', () => ({ ...invoice, roomId: fieldToHex(5n) }), 'There is no such room'],
    ['the escrow', () => ({ ...invoice, escrow: fieldToHex(other.escrows[0].instance.address) }), NOT_THE_ROOMS],
    [
      'room and escrow, to another room of the same terms',
      () => ({ ...invoice, roomId: fieldToHex(other.roomId), escrow: fieldToHex(other.escrows[0].instance.address) }),
      NOT_MADE,
    ],
    ['the room contract', () => ({ ...invoice, rooms: fieldToHex(5n) }), 'of a room of another contract'],
    [
      'the network',
      () => ({ ...invoice, network: { ...invoice.network, chainId: fieldToHex(1n) } }),
      'of another network',
    ],
    ['its form', () => ({ ...invoice, note: 'paid in full' }) as Invoice, 'not an invoice of version 1'],
    ['an amount’s form', () => withPayment({ amount: `0${invoice.payment.amount}` }), 'not an invoice of version 1'],
    ['a field’s form', () => withPayment({ payer: `0x${'f'.repeat(64)}` }), 'not an invoice of version 1'],
  ];
  test.each(some(cases, 8))('%s', async (_, change, message) => {
    const shown = audit(change());
    await expect(shown).rejects.toThrow(message);
    await expect(shown).rejects.toThrow(InvoiceError);
  });
});

test('is made by who paid, of what was paid', async () => {
  const { connection } = bed.slots[1].party;
  await expect(makeInvoice(connection, room.escrows[1], 0)).rejects.toThrow('you have made no such payment');
  await expect(makeInvoice(connection, room.escrows[1], stakePart(1))).rejects.toThrow('you have made no such payment');
});

test('tells no key, no secret and nothing of any other payment', async () => {
  const stake = await makeInvoice(bed.slots[0].party.connection, room.escrows[0], stakePart(0));
  const theirs = await makeInvoice(bed.slots[1].party.connection, room.escrows[1], 1);
  const { instance } = room.escrows[0];
  const { masterNullifierPublicKey, masterIncomingViewingPublicKey } = instance.instance.publicKeys;
  const text = JSON.stringify(invoice);
  for (const [what, hidden] of Object.entries({
    'the escrow’s secret': fieldToHex(instance.secret),
    'the key of its nullifiers': fieldToHex(instance.nullifierKey),
    'its public keys': masterNullifierPublicKey.x.toString(),
    'its viewing key': masterIncomingViewingPublicKey.x.toString(),
    'the other payer': theirs.payment.payer,
    'the other payment’s note': theirs.payment.randomness,
    'the payer’s other note': stake.payment.randomness,
    'the payer’s other transaction': others[0],
    'the other payer’s transaction': others[1],
  })) {
    expect([what, text.includes(hidden.slice(2))]).toEqual([what, false]);
  }
});

test('does not lead to the transactions of other payments: the escrow’s nullifiers take a key that it does not tell', async () => {
  const { connection } = bed.outsider.party;
  const { instance } = room.escrows[0];
  const nullifiersOf = async (hash: string) => {
    const { nullifiers } = (await connection.node.getTxEffect(TxHash.fromString(hash)))!.data;
    return nullifiers.map((nullifier) => nullifier.toBigInt());
  };
  const siloed = async (nullifier: bigint) =>
    (await siloNullifier(AztecAddress.fromBigInt(BigInt(invoice.escrow)), new Fr(nullifier))).toBigInt();
  // With the key a party finds them.
  expect(await nullifiersOf(others[1])).toContain(await siloed(paymentNullifier(instance, 1)));
  // What an auditor could compute from the invoice alone, it does not find.
  const known = [0n, BigInt(invoice.escrow), BigInt(invoice.payment.randomness), BigInt(invoice.payment.payer)];
  const all = (await Promise.all(others.map(nullifiersOf))).flat();
  for (const nullifierKey of known) {
    for (const part of [0, 1, stakePart(0)]) {
      expect(all).not.toContain(await siloed(paymentNullifier({ ...instance, nullifierKey }, part)));
    }
  }
  expect(all).not.toContain(await siloed(hash(Domain.escrowNullifier, [1n, 1n])));
});

test('can be made of a payment that was refunded since', async () => {
  await send(bed.slots[0].client, await room.cancel());
  await room.escrows[0].refund(0);
  const afterwards = await makeInvoice(bed.slots[0].party.connection, room.escrows[0], 0);
  expect(afterwards).toEqual(invoice);
  expect(await audit(afterwards)).toMatchObject({ part: 0, amount: FEE / 2n, txHash });
});

const subscribed = onceIn(2, 'subscription') ? test : test.skip;
subscribed('can be made of what a subscription paid, and names its holder', async () => {
  const { party } = bed.slots[1];
  const artifact = await loadContractArtifact('room_escrow', party.srs);
  const expires = (await bed.now()) + 3600n;
  const terms = { token: purses.token, price: STAKE, sessions: 1, expires };
  const subscription = await openSubscription(party.wallet, artifact, terms, randomField(), purses.slots[1]);
  await subscription.subscribe();
  const paid = await subscription.pay(other.escrows[1], stakePart(1));
  const shown = await makeInvoice(party.connection, other.escrows[1], stakePart(1));
  expect(await audit(shown)).toMatchObject({
    roomId: other.roomId,
    part: stakePart(1),
    amount: STAKE,
    payer: purses.slots[1].contract.sender,
    txHash: paid,
  });
  await send(bed.slots[0].client, await other.cancel());
});
