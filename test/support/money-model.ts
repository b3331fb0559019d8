/**
 * The rules of a room's money as pure functions: what moves when somebody pays, claims or takes back, and what is
 * refused. It knows nothing of contracts, notes or clients, so both sides can be tested against each other.
 *
 * Amounts are in the token's smallest unit. Parts: the fee of slot i is i, the host's fee 5, the stake of slot i is 8 + i.
 */

/** Someone with a purse: `slot 0`, ..., `author`, `treasury`. */
export type Name = string;

export const slotName = (slot: number): Name => `slot ${slot}`;

/** What a room's policy and template say of money. The host is slot 0's owner. */
export type MoneyTerms = {
  readonly slots: number;
  readonly minSlots: number;
  readonly payer: 'nobody' | 'host' | 'slots';
  readonly fee: bigint;
  readonly stake: bigint;
  /** Weights of the slots in what author and treasury leave. */
  readonly shares: readonly number[];
  /** Ten-thousandths of the fee. */
  readonly authorShare: number;
  readonly treasuryShare: number;
};

export const HOST_FEE = 5;
export const stakeOf = (slot: number): number => 8 + slot;

export type Phase = 'gathering' | 'joining' | 'released' | 'closed' | 'cancelled' | 'expired' | 'revoked';

type Payment = { readonly by: Name; readonly amount: bigint; readonly refunded: boolean };
type Subscription = {
  readonly price: bigint;
  readonly sessions: number;
  readonly held: bigint;
  readonly lapsed: boolean;
};

/** The whole of the money, and of the room as far as it decides over money. */
export type Money = {
  readonly terms: MoneyTerms;
  readonly phase: Phase;
  readonly active: readonly number[];
  readonly atFault: readonly number[];
  readonly disputed: boolean;
  readonly purses: Readonly<Record<Name, bigint>>;
  readonly escrow: bigint;
  readonly payments: Readonly<Record<number, Payment>>;
  /** What was given away and is so only once: `share 0`, `stake 1 to 0`, `template`. */
  readonly given: readonly string[];
  readonly subscriptions: Readonly<Record<Name, Subscription>>;
};

/** Something that somebody does. `by` is whose account does it. */
export type Act =
  | { readonly kind: 'deposit' | 'pay' | 'refund'; readonly part: number; readonly by: Name }
  | { readonly kind: 'claim'; readonly slot: number; readonly by: Name }
  | { readonly kind: 'claim slashed'; readonly slot: number; readonly faulty: number; readonly by: Name }
  | { readonly kind: 'pay template'; readonly by: Name }
  | { readonly kind: 'subscribe'; readonly price: bigint; readonly sessions: number; readonly by: Name }
  | { readonly kind: 'lapse' | 'end subscription'; readonly by: Name }
  | { readonly kind: 'leave out'; readonly slots: readonly number[] }
  | { readonly kind: 'withdraw'; readonly slot: number }
  | { readonly kind: 'expire'; readonly missing: readonly number[] }
  | { readonly kind: 'join' | 'dispute' | 'release' | 'suppress' | 'close' | 'cancel' };

/** Why an act does nothing. */
export type Refused = { readonly refused: string };

export const isRefused = (outcome: Money | Refused): outcome is Refused => 'refused' in outcome;

/** A room that was just opened. */
export function openMoney(terms: MoneyTerms, purses: Readonly<Record<Name, bigint>>): Money {
  return {
    terms,
    phase: 'gathering',
    active: range(terms.slots),
    atFault: [],
    disputed: false,
    purses: { author: 0n, treasury: 0n, ...purses },
    escrow: 0n,
    payments: {},
    given: [],
    subscriptions: {},
  };
}

/** Everything that anybody or anything holds. */
export function total({ purses, escrow, subscriptions }: Money): bigint {
  const held = Object.values(subscriptions).map((subscription) => subscription.held);
  return sum([...Object.values(purses), escrow, ...held]);
}

/** What is due for a part; 0 when nothing is. */
export function dueFor({ payer, fee, stake, slots }: MoneyTerms, part: number): bigint {
  if (part >= 8 && part < 8 + slots) return stake;
  if (payer === 'host' && part === HOST_FEE) return fee;
  if (payer !== 'slots' || part < 0 || part >= slots) return 0n;
  // As even as whole units allow, the larger parts first.
  return (fee + BigInt(slots - 1 - part)) / BigInt(slots);
}

/** How the fee of a room with a result is divided. */
export function division({ terms, active }: Money): { author: bigint; treasury: bigint; shares: Map<number, bigint> } {
  const paid =
    terms.payer === 'slots' ? sum(active.map((slot) => dueFor(terms, slot))) : terms.payer === 'host' ? terms.fee : 0n;
  const author = (paid * BigInt(terms.authorShare)) / 10_000n;
  const left = paid - author - (paid * BigInt(terms.treasuryShare)) / 10_000n;
  const weight = sum(active.map((slot) => BigInt(terms.shares[slot])));
  const shares = new Map(
    active.map((slot) => [slot, weight === 0n ? 0n : (left * BigInt(terms.shares[slot])) / weight] as const),
  );
  return { author, treasury: paid - author - sum([...shares.values()]), shares };
}

/** What an innocent slot gets of one forfeited stake: as even as whole units allow, the rest to the first. */
export function forfeitShare(money: Money, slot: number): bigint {
  const innocent = innocents(money);
  const each = money.terms.stake / BigInt(innocent.length);
  return slot === innocent[0] ? money.terms.stake - each * BigInt(innocent.length - 1) : each;
}

/** Slots among which forfeited stakes are divided. */
export const innocents = ({ active, atFault }: Money): number[] => active.filter((slot) => !atFault.includes(slot));

const hasResult = ({ phase }: Money): boolean => phase === 'released' || phase === 'closed';
const hasFailed = ({ phase }: Money): boolean => phase === 'cancelled' || phase === 'expired' || phase === 'revoked';
export const isOver = (money: Money): boolean => hasResult(money) || hasFailed(money);

/** The money after an act, or why the act is refused. */
export function step(money: Money, act: Act): Money | Refused {
  switch (act.kind) {
    case 'deposit':
      return deposit(money, act.part, act.by);
    case 'pay':
      return payWithAllowance(money, act.part, act.by);
    case 'refund':
      return refund(money, act.part, act.by);
    case 'claim':
      return claim(money, act.slot, act.by);
    case 'claim slashed':
      return claimSlashed(money, act.slot, act.faulty, act.by);
    case 'pay template':
      return payTemplate(money);
    case 'subscribe':
      return subscribe(money, act.price, act.sessions, act.by);
    case 'lapse':
      return lapse(money, act.by);
    case 'end subscription':
      return endSubscription(money, act.by);
    default:
      return moveRoom(money, act);
  }
}

function deposit(money: Money, part: number, by: Name): Money | Refused {
  const amount = dueFor(money.terms, part);
  const refused = unpayable(money, part, amount);
  if (refused) return refused;
  if (money.purses[by] < amount) return { refused: 'the payer has too little' };
  return {
    ...give(money, by, -amount),
    escrow: money.escrow + amount,
    payments: { ...money.payments, [part]: { by, amount, refunded: false } },
  };
}

function payWithAllowance(money: Money, part: number, by: Name): Money | Refused {
  const subscription = money.subscriptions[by];
  const amount = dueFor(money.terms, part);
  const refused = unpayable(money, part, amount);
  if (refused) return refused;
  if (!subscription || subscription.sessions === 0) return { refused: 'no session is left' };
  if (subscription.lapsed) return { refused: 'the subscription has expired' };
  if (subscription.price !== amount) return { refused: 'the subscription pays another price' };
  const { sessions, held } = subscription;
  return {
    ...money,
    escrow: money.escrow + amount,
    payments: { ...money.payments, [part]: { by, amount, refunded: false } },
    subscriptions: {
      ...money.subscriptions,
      [by]: { ...subscription, sessions: sessions - 1, held: held - amount },
    },
  };
}

function unpayable(money: Money, part: number, amount: bigint): Refused | undefined {
  if (amount === 0n) return { refused: 'nothing is due' };
  if (isOver(money)) return { refused: 'the room is over' };
  if (money.payments[part]) return { refused: 'it is paid already' };
  return undefined;
}

function refund(money: Money, part: number, by: Name): Money | Refused {
  const payment = money.payments[part];
  if (!payment || payment.by !== by || payment.refunded) return { refused: 'there is no such payment' };
  if (!isOver(money)) return { refused: 'the room is not over' };
  const slot = part < 8 ? part : part - 8;
  if (part < 8) {
    const leftOut = money.terms.payer === 'slots' && !money.active.includes(slot);
    if (!hasFailed(money) && !leftOut) return { refused: 'the fee was earned' };
  } else if (money.atFault.includes(slot) && innocents(money).length > 0) {
    return { refused: 'the stake is forfeited' };
  }
  return {
    ...give(money, by, payment.amount),
    escrow: money.escrow - payment.amount,
    payments: { ...money.payments, [part]: { ...payment, refunded: true } },
  };
}

function claim(money: Money, slot: number, by: Name): Money | Refused {
  if (by !== slotName(slot)) return { refused: 'it is not your slot' };
  if (!hasResult(money)) return { refused: 'there is no result' };
  if (!money.active.includes(slot)) return { refused: 'the slot is not in the room' };
  return giveOnce(money, `share ${slot}`, { [by]: division(money).shares.get(slot)! });
}

function claimSlashed(money: Money, slot: number, faulty: number, by: Name): Money | Refused {
  if (by !== slotName(slot)) return { refused: 'it is not your slot' };
  if (!isOver(money)) return { refused: 'the room is not over' };
  if (!money.atFault.includes(faulty)) return { refused: 'the accused is not at fault' };
  if (!innocents(money).includes(slot)) return { refused: 'the slot is not innocent' };
  if (!money.payments[stakeOf(faulty)]) return { refused: 'there was no stake' };
  return giveOnce(money, `stake ${faulty} to ${slot}`, { [by]: forfeitShare(money, slot) });
}

function payTemplate(money: Money): Money | Refused {
  if (!hasResult(money)) return { refused: 'there is no result' };
  const { author, treasury } = division(money);
  return giveOnce(money, 'template', { author, treasury });
}

/** Pays out of the escrow what is paid only once. */
function giveOnce(money: Money, what: string, amounts: Readonly<Record<Name, bigint>>): Money | Refused {
  const all = sum(Object.values(amounts));
  if (all === 0n) return { refused: 'there is nothing to give' };
  if (money.given.includes(what)) return { refused: 'it was given already' };
  let after = money;
  for (const [name, amount] of Object.entries(amounts)) after = give(after, name, amount);
  return { ...after, escrow: money.escrow - all, given: [...money.given, what] };
}

function subscribe(money: Money, price: bigint, sessions: number, by: Name): Money | Refused {
  if (money.subscriptions[by]) return { refused: 'one subscription each is enough' };
  if (price === 0n || sessions === 0) return { refused: 'it is a subscription for nothing' };
  const held = price * BigInt(sessions);
  if (money.purses[by] < held) return { refused: 'the payer has too little' };
  return {
    ...give(money, by, -held),
    subscriptions: { ...money.subscriptions, [by]: { price, sessions, held, lapsed: false } },
  };
}

function lapse(money: Money, by: Name): Money | Refused {
  const subscription = money.subscriptions[by];
  if (!subscription || subscription.lapsed) return { refused: 'there is no subscription that could expire' };
  return { ...money, subscriptions: { ...money.subscriptions, [by]: { ...subscription, lapsed: true } } };
}

function endSubscription(money: Money, by: Name): Money | Refused {
  const subscription = money.subscriptions[by];
  if (!subscription || subscription.sessions === 0) return { refused: 'no session is left' };
  if (!subscription.lapsed) return { refused: 'the subscription has not expired' };
  const { price, sessions, held } = subscription;
  const back = price * BigInt(sessions);
  return {
    ...give(money, by, back),
    subscriptions: { ...money.subscriptions, [by]: { ...subscription, sessions: 0, held: held - back } },
  };
}

type RoomAct = Extract<
  Act,
  { kind: 'leave out' | 'withdraw' | 'expire' | 'join' | 'dispute' | 'release' | 'suppress' | 'close' | 'cancel' }
>;

function moveRoom(money: Money, act: RoomAct): Money | Refused {
  const { phase, active, terms, disputed } = money;
  if (act.kind === 'close') {
    return phase === 'released' ? { ...money, phase: 'closed' } : { refused: 'there is no result to close' };
  }
  if (isOver(money)) return { refused: 'the room is over' };
  const gathering = phase === 'gathering';
  switch (act.kind) {
    case 'cancel':
      return { ...money, phase: 'cancelled' };
    case 'leave out': {
      const rest = active.filter((slot) => !act.slots.includes(slot));
      if (!gathering || rest.length < terms.minSlots) return { refused: 'the room cannot go on without them' };
      return { ...money, active: rest };
    }
    case 'withdraw': {
      if (!active.includes(act.slot)) return { refused: 'the slot is not in the room' };
      const rest = active.filter((slot) => slot !== act.slot);
      if (gathering && rest.length >= terms.minSlots) return { ...money, active: rest };
      return { ...money, phase: 'revoked', atFault: gathering || disputed ? [] : [act.slot] };
    }
    case 'expire': {
      const missing = active.filter((slot) => act.missing.includes(slot));
      return { ...money, phase: 'expired', atFault: gathering || disputed ? [] : missing };
    }
    case 'join': {
      const due = active.flatMap((slot) => [terms.payer === 'host' ? HOST_FEE : slot, stakeOf(slot)]);
      if (!gathering || due.some((part) => dueFor(terms, part) > 0n && !money.payments[part])) {
        return { refused: 'not everybody has paid' };
      }
      return { ...money, phase: 'joining' };
    }
    case 'dispute':
      return gathering || disputed ? { refused: 'there is nothing to dispute' } : { ...money, disputed: true };
    case 'release':
    case 'suppress':
      return gathering ? { refused: 'there is no result yet' } : { ...money, phase: 'released' };
  }
}

const give = (money: Money, name: Name, amount: bigint): Money => ({
  ...money,
  purses: { ...money.purses, [name]: money.purses[name] + amount },
});

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

/** Everything that anybody could try to take when the room is over: what is not theirs is refused. */
export function takings({ terms, subscriptions, payments }: Money): Act[] {
  const slots = range(terms.slots);
  return [
    ...Object.entries(payments).map(([part, { by }]) => ({ kind: 'refund', part: Number(part), by }) as const),
    ...slots.map((slot) => ({ kind: 'claim', slot, by: slotName(slot) }) as const),
    ...slots.flatMap((slot) =>
      slots.map((faulty) => ({ kind: 'claim slashed', slot, faulty, by: slotName(slot) }) as const),
    ),
    { kind: 'pay template', by: slotName(0) },
    ...Object.keys(subscriptions).map((by) => ({ kind: 'end subscription', by }) as const),
  ];
}
