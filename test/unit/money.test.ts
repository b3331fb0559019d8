/** The money rules keep every unit accounted for, whatever anybody does in whatever order. */
import fc from 'fast-check';
import {
  division,
  dueFor,
  forfeitShare,
  isOver,
  isRefused,
  openMoney,
  slotName,
  stakeOf,
  step,
  takings,
  total,
  type Act,
  type Money,
  type MoneyTerms,
} from '../support/money-model.ts';
import { anyPart, anySlot, dues, moneyAct, moneyTerms, PURSE, shuffled } from '../support/money-stories.ts';
import { SOAK } from '../support/choice.ts';

const SEQUENCES = SOAK ? 20_000 : 1_000;

const slot = anySlot(5);
const part = anyPart(5);
const by = slot.map(slotName);
const lists = fc.uniqueArray(slot, { maxLength: 4 });

const roomAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('leave out'), slots: lists }),
  fc.record({ kind: fc.constant('withdraw'), slot }),
  fc.record({ kind: fc.constant('dispute') }),
  fc.record({ kind: fc.constant('lapse'), by }),
  fc.record({ kind: fc.constant('close') }),
);
const ending: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('release', 'release', 'suppress', 'cancel') }),
  fc.record({ kind: fc.constant('expire'), missing: lists }),
  fc.record({ kind: fc.constant('withdraw'), slot }),
);
const acts = (most: number, rooms: number) =>
  fc.array(fc.oneof({ weight: 20, arbitrary: moneyAct(5) }, { weight: rooms, arbitrary: roomAct }), {
    maxLength: most,
  });

/** A whole story: anything goes while the parties gather, then all that is due is paid or not, and so on to the end. */
const story = fc.record({
  terms: moneyTerms(5),
  subscribers: fc.array(fc.record({ part, sessions: fc.integer({ min: 1, max: 3 }), by }), { maxLength: 3 }),
  gathering: acts(30, 2),
  everybodyPays: fc.boolean(),
  joining: acts(8, 2),
  ending,
  closes: fc.boolean(),
  after: acts(40, 1),
  order: fc.array(fc.nat(), { minLength: 64, maxLength: 64 }),
});

/** Everything at every moment. */
function check(before: Money, after: Money): void {
  expect(total(after)).toBe(total(before));
  expect(after.escrow >= 0n).toBe(true);
  for (const purse of Object.values(after.purses)) expect(purse >= 0n).toBe(true);
  for (const { held } of Object.values(after.subscriptions)) expect(held >= 0n).toBe(true);
}

function act(money: Money, next: Act): Money {
  const outcome = step(money, next);
  if (isRefused(outcome)) return money;
  check(money, outcome);
  return outcome;
}

test('no unit is lost or made, no escrow pays what it lacks, and all are empty in the end, over random stories', () => {
  const seen: Record<string, number> = {};
  const purses = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [slotName(i), PURSE]));
  fc.assert(
    fc.property(story, ({ terms, subscribers, gathering, everybodyPays, joining, ending, closes, after, order }) => {
      let money = openMoney(terms, purses);
      for (const { part, sessions, by } of subscribers) {
        money = act(money, { kind: 'subscribe', price: dueFor(terms, part), sessions, by });
      }
      for (const next of gathering) money = act(money, next);
      if (everybodyPays) for (const next of dues(terms)) money = act(money, next);
      money = act(money, { kind: 'join' });
      for (const next of joining) money = act(money, next);
      money = act(money, ending);
      if (closes) money = act(money, { kind: 'close' });
      for (const next of after) money = act(money, next);
      if (!isOver(money)) money = act(money, { kind: 'cancel' });

      for (const by of Object.keys(money.subscriptions)) money = act(money, { kind: 'lapse', by });
      for (const next of shuffled(takings(money), order)) money = act(money, next);
      expect(money.escrow).toBe(0n);
      for (const { held } of Object.values(money.subscriptions)) expect(held).toBe(0n);

      const slashed = money.atFault.length > 0 && money.given.some((what) => what.startsWith('stake'));
      for (const what of [money.phase, ...(slashed ? ['slashed'] : [])]) seen[what] = (seen[what] ?? 0) + 1;
      if (money.active.length < terms.slots) seen['left out'] = (seen['left out'] ?? 0) + 1;
      if (Object.values(money.payments).some(({ refunded }) => refunded)) seen.refunded = (seen.refunded ?? 0) + 1;
    }),
    { numRuns: SEQUENCES },
  );
  // The stories are worth telling only if they end in every way.
  for (const end of ['released', 'closed', 'cancelled', 'expired', 'revoked', 'slashed', 'left out', 'refunded']) {
    expect([end, (seen[end] ?? 0) > SEQUENCES / 200]).toEqual([end, true]);
  }
});

const TERMS: MoneyTerms = {
  slots: 3,
  minSlots: 2,
  payer: 'slots',
  fee: 101n,
  stake: 10n,
  shares: [3, 1, 0, 0, 0],
  authorShare: 1500,
  treasuryShare: 500,
};
const purses = { 'slot 0': 1000n, 'slot 1': 1000n, 'slot 2': 1000n };

/** Plays acts that must all be accepted. */
const play = (terms: MoneyTerms, acts: readonly Act[]): Money =>
  acts.reduce(
    (money, next) => {
      const outcome = step(money, next);
      if (isRefused(outcome)) throw new Error(`${next.kind}: ${outcome.refused}`);
      check(money, outcome);
      return outcome;
    },
    openMoney(terms, purses),
  );

test('a fee that does not divide costs the first slots one unit more', () => {
  expect([0, 1, 2].map((part) => dueFor(TERMS, part))).toEqual([34n, 34n, 33n]);
  expect([0, 1, 2, 3, 4].map((part) => dueFor({ ...TERMS, slots: 5, fee: 8n }, part))).toEqual([2n, 2n, 2n, 1n, 1n]);
});

test('a released fee is divided as the policy says, and what rounding leaves goes to the treasury', () => {
  const released = play(TERMS, [...dues(TERMS), { kind: 'join' }, { kind: 'release' }]);
  // 15 % of 101 is 15.15, 5 % is 5.05; 81 are left: three quarters are 60.75, one quarter 20.25.
  expect(division(released)).toEqual({
    author: 15n,
    treasury: 6n,
    shares: new Map([
      [0, 60n],
      [1, 20n],
      [2, 0n],
    ]),
  });
});

test('without any weight among those who stayed, the treasury takes what they would have shared', () => {
  const terms = { ...TERMS, shares: [0, 0, 1, 0, 0] };
  const released = play(terms, [
    ...dues(terms),
    { kind: 'leave out', slots: [2] },
    { kind: 'join' },
    { kind: 'release' },
  ]);
  expect(division(released)).toMatchObject({ author: 10n, treasury: 58n });
});

test('a forfeited stake goes to the innocent, what division leaves to the lowest of them', () => {
  const terms = { ...TERMS, slots: 4, stake: 11n, fee: 0n, payer: 'nobody' } as const;
  const deposits = [0, 1, 2, 3].map((i) => ({ kind: 'deposit', part: stakeOf(i), by: 'slot 0' }) as const);
  const slashed = play(terms, [...deposits, { kind: 'join' }, { kind: 'expire', missing: [0] }]);
  expect([1, 2, 3].map((i) => forfeitShare(slashed, i))).toEqual([5n, 3n, 3n]);
});

test('nobody forfeits a stake when all are at fault, when a step is disputed, or before joining', () => {
  const deposits = dues(TERMS);
  const missing = [0, 1, 2];
  for (const acts of [
    [...deposits, { kind: 'join' }, { kind: 'expire', missing }],
    [...deposits, { kind: 'join' }, { kind: 'dispute' }, { kind: 'expire', missing: [0] }],
    [...deposits, { kind: 'expire', missing: [0] }],
  ] satisfies Act[][]) {
    const ended = play(TERMS, acts);
    for (const i of [0, 1, 2]) {
      expect(isRefused(step(ended, { kind: 'refund', part: stakeOf(i), by: slotName(i) }))).toBe(false);
    }
  }
});
