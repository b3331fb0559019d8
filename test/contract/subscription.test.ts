/** Subscriptions: sessions paid in advance that pay parts of rooms' fees until they run out or expire. */
import { loadConfig } from '../../aztec.config.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { openSubscription, type SubscriptionClient } from '../../app/lib/escrow/subscription.ts';
import { EscrowTermsError, HOST_PART, subscriptionSalt, type SubscriptionTerms } from '../../app/lib/escrow/terms.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, send, type Call, type Refusal } from '../support/calls.ts';
import { some } from '../support/choice.ts';
import { openMoneyRoom, openPurses, type MoneyRoom, type Purses } from '../support/money-room.ts';
import { findValues, readTrace, traceBytes } from '../support/public-trace.ts';

const PRICE = 250n;
const HOUR = 3600;

let bed: Bed;
let purses: Purses;
/** Rooms of one fee part of the price, one of another; hosted and paid by slot 0. */
let room: MoneyRoom;
let second: MoneyRoom;
let dear: MoneyRoom;
let subscription: SubscriptionClient;
let terms: SubscriptionTerms;
beforeAll(async () => {
  bed = await openBed({ slots: 2 });
  purses = await openPurses(bed, 10_000n);
  const hosted = (fee: bigint) =>
    openMoneyRoom(bed, purses, { slots: 2, money: { fee: `${fee}`, payer: 'host', shares: [1, 1] } });
  room = await hosted(PRICE);
  second = await openMoneyRoom(bed, purses, {
    slots: 2,
    money: { fee: `${2n * PRICE}`, payer: 'slots', stake: `${PRICE}`, shares: [1, 1] },
  });
  dear = await hosted(PRICE + 1n);
  terms = { token: purses.token, price: PRICE, sessions: 3, expires: (await bed.now()) + BigInt(HOUR) };
  subscription = await open(terms);
});
afterAll(() => bed?.close());

async function open(of: SubscriptionTerms, slot = 0, secret = randomField()): Promise<SubscriptionClient> {
  const { party } = bed.slots[slot];
  return openSubscription(
    party.wallet,
    await loadContractArtifact('room_escrow', party.srs),
    of,
    secret,
    purses.slots[slot],
  );
}

const call = (method: string, ...args: Call['args']): Call => ({ method, args });
const pays = (into: MoneyRoom, part: number, of = terms): Call =>
  call('pay_with_allowance', of, into.escrows[0].instance.address, into.escrows[0].terms, part);

test('an instance follows from its terms: other terms are another subscription', () => {
  const salts = [
    terms,
    { ...terms, token: 1n },
    { ...terms, price: PRICE + 1n },
    { ...terms, sessions: 4 },
    { ...terms, expires: terms.expires + 1n },
  ].map(subscriptionSalt);
  expect(new Set(salts).size).toBe(5);
});

test('a subscription for nothing, under other terms or without permission is refused', async () => {
  const holder = subscription.contract.sender;
  for (const [changes, message] of [
    [{ price: 0n }, 'A subscription needs a price'],
    [{ sessions: 0 }, 'A subscription needs sessions'],
  ] as const) {
    const nothing = await open({ ...terms, ...changes });
    expect(await outcome(nothing.contract, call('subscribe', nothing.terms, holder, holder, 1n))).toBe(message);
  }
  const others = [{ token: 1n }, { price: 1n }, { sessions: 300 }, { expires: terms.expires + 1n }];
  for (const changes of some(others, 2)) {
    const other = { ...terms, ...changes };
    const message = "These are not the subscription's terms";
    expect(await outcome(subscription.contract, call('subscribe', other, holder, holder, 1n))).toBe(message);
    expect(await outcome(subscription.contract, call('end_subscription', other))).toBe(message);
    expect(await outcome(subscription.contract, pays(room, HOST_PART, other))).toBe(message);
  }
  await expect(subscription.contract.send('subscribe', terms, holder, holder, 1n)).rejects.toThrow('auth');
  await expect(open({ ...terms, token: 5n })).rejects.toThrow(EscrowTermsError);
});

test('no session can be used before it is paid for', async () => {
  expect(await outcome(subscription.contract, pays(room, HOST_PART))).toBe('Nothing is left of your subscription');
});

test('subscribing moves the price of all sessions out of the purse', async () => {
  const before = await purses.slots[0].balance();
  await subscription.subscribe();
  expect(await purses.slots[0].balance()).toBe(before - 3n * PRICE);
  expect(await subscription.balance()).toBe(3n * PRICE);
});

test('a session pays a part of a fee at exactly its price, once, under the terms of the room’s own escrow', async () => {
  const another = { ...room.escrows[0].terms, shares: [1, 0, 0, 0, 0] };
  const wrongly = call('pay_with_allowance', terms, room.escrows[0].instance.address, another, HOST_PART);
  const elsewhere = call(
    'pay_with_allowance',
    terms,
    dear.escrows[0].instance.address,
    room.escrows[0].terms,
    HOST_PART,
  );
  const cases: Refusal[] = [
    ['a dearer fee', pays(dear, HOST_PART), 'The subscription pays another price'],
    ['a part that nobody owes', pays(room, 0), 'Nothing is due for this part'],
    ['other terms of the escrow', wrongly, "These are not the escrow's terms"],
    ['the escrow of another room', elsewhere, "These are not the escrow's terms"],
    ['for the holder', pays(room, HOST_PART), ACCEPTED],
  ];
  const scopes = { additionalScopes: [subscription.instance.address, room.escrows[0].instance.address] };
  const { said, expected } = await refusals(subscription.contract.with(scopes), cases);
  expect(said).toEqual(expected);

  const before = await purses.slots[0].balance();
  await subscription.pay(room.escrows[0], HOST_PART);
  expect(await purses.slots[0].balance()).toBe(before);
  expect(await subscription.balance()).toBe(2n * PRICE);
  // The other party, who knows nothing of the subscription, sees the money in the escrow.
  expect(await room.escrows[1].balance()).toBe(PRICE);
  expect(await outcome(subscription.contract, pays(room, HOST_PART))).toBe('This part is paid already');
});

test('a payment shows nobody that it came from a subscription, whose, or for which room', async () => {
  const txHash = await subscription.pay(second.escrows[0], 0);
  const { connection, wallet } = bed.slots[0].party;
  const trace = await readTrace(connection, txHash);
  expect(trace.effect.publicLogs).toEqual([]);
  const shown = findValues(traceBytes(trace), {
    holder: wallet.address.toBigInt(),
    subscription: subscription.instance.address,
    escrow: second.escrows[0].instance.address,
    token: purses.token,
    room: second.roomId,
  });
  expect(shown).toEqual([]);
});

test('nobody uses a session of somebody else’s, not even with the subscription’s keys', async () => {
  const stolen = await open(terms, 1, subscription.instance.secret);
  expect(stolen.instance.address).toBe(subscription.instance.address);
  expect(await outcome(stolen.contract, pays(second, 1))).toBe('Nothing is left of your subscription');
  expect(await outcome(stolen.contract, call('end_subscription', terms))).toBe('The subscription has not expired');
});

test('a subscription cannot be bought with its own money', async () => {
  const stolen = await open(terms, 1, subscription.instance.secret);
  const { sender, address } = stolen.contract;
  expect(await outcome(stolen.contract, call('subscribe', terms, sender, address, 0n))).toBe(
    'An escrow cannot pay itself',
  );
});

test('the last session is the last, and what it paid is refunded to the holder', async () => {
  expect(await outcome(subscription.contract, call('end_subscription', terms))).toBe(
    'The subscription has not expired',
  );
  await subscription.pay(second.escrows[0], 1);
  expect(await subscription.balance()).toBe(0n);
  const stake = 8;
  expect(await outcome(subscription.contract, pays(second, stake))).toBe('Nothing is left of your subscription');

  const before = await purses.slots[0].balance();
  await send(bed.slots[0].client, await second.cancel());
  for (const part of [0, 1]) await second.escrows[0].refund(part);
  expect(await purses.slots[0].balance()).toBe(before + 2n * PRICE);
  expect(await second.escrows[0].balance()).toBe(0n);
});

test('an expired subscription pays nothing, sells nothing, and gives the rest back once', async () => {
  const brief = { ...terms, sessions: 2, expires: (await bed.now()) + 600n };
  const expiring = await open(brief);
  await expiring.subscribe();
  const third = await openMoneyRoom(bed, purses, {
    slots: 2,
    money: { fee: `${2n * PRICE}`, payer: 'slots', shares: [1, 1] },
  });
  await expiring.pay(third.escrows[0], 0);
  await warpL2TimeBy(700, loadConfig().network);
  await expect(expiring.pay(third.escrows[0], 1)).rejects.toThrow();
  await expect(expiring.subscribe()).rejects.toThrow();
  expect(await expiring.balance()).toBe(PRICE);

  const before = await purses.slots[0].balance();
  await expiring.end();
  expect(await purses.slots[0].balance()).toBe(before + PRICE);
  expect(await expiring.balance()).toBe(0n);
  expect(await outcome(expiring.contract, call('end_subscription', brief))).toBe(
    'Nothing is left of your subscription',
  );
});
