/** Random stories of a room's money, for the model alone and for the model beside the contracts. */
import fc from 'fast-check';
import { HOST_FEE, slotName, stakeOf, type Act, type MoneyTerms } from './money-model.ts';

/** Most value of an amount: purses must hold some dozens of them. */
const LARGEST = 1n << 96n;

const amounts = fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(1n, 1_000_000n), fc.bigInt(1n, LARGEST));

/** What everybody starts with, enough for every story. */
export const PURSE = LARGEST << 8n;

/** Terms of rooms of up to `most` slots. */
export const moneyTerms = (most: number): fc.Arbitrary<MoneyTerms> =>
  fc
    .record({
      slots: fc.integer({ min: 2, max: most }),
      fewer: fc.integer({ min: 0, max: 3 }),
      payer: fc.constantFrom('nobody', 'host', 'slots', 'slots'),
      fee: amounts,
      stake: fc.oneof(fc.constant(0n), amounts, amounts),
      shares: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10_000 })), { minLength: 5, maxLength: 5 }),
      authorShare: fc.integer({ min: 0, max: 10_000 }),
      treasuryPart: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(({ slots, fewer, payer, fee, shares, authorShare, treasuryPart, stake }) => ({
      slots,
      minSlots: Math.max(2, slots - fewer),
      payer,
      // A fee that the slots pay is at least one unit for each.
      fee: payer === 'nobody' ? 0n : payer === 'slots' ? fee + BigInt(slots) : fee,
      stake,
      shares: shares.map((share, slot) => (slot < slots ? share : 0)),
      authorShare,
      treasuryShare: Math.floor(((10_000 - authorShare) * treasuryPart) / 10_000),
    }));

export const anySlot = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most - 1 });
export const anyPart = (most: number): fc.Arbitrary<number> =>
  fc.oneof(anySlot(most), fc.constant(HOST_FEE), anySlot(most).map(stakeOf));

/** Anything that one of `most` accounts could do about money, whether it makes sense or not. */
export function moneyAct(most: number): fc.Arbitrary<Act> {
  const [slot, part, by] = [anySlot(most), anyPart(most), anySlot(most).map(slotName)];
  return fc.oneof(
    fc.record({ kind: fc.constantFrom('deposit', 'deposit', 'deposit', 'pay', 'refund'), part, by }),
    fc.record({ kind: fc.constant('claim'), slot, by }),
    fc.record({ kind: fc.constant('claim slashed'), slot, faulty: slot, by }),
    fc.record({ kind: fc.constant('pay template'), by }),
    fc.record({ kind: fc.constant('end subscription'), by }),
  );
}

/** What each slot has to pay, and the host through slot 0; where it is paid already, the act is refused. */
export const dues = ({ slots, payer }: MoneyTerms): Act[] =>
  Array.from({ length: slots }, (_, slot) => slot).flatMap((slot) => [
    { kind: 'deposit', part: payer === 'host' ? HOST_FEE : slot, by: slotName(slot) } as const,
    { kind: 'deposit', part: stakeOf(slot), by: slotName(slot) } as const,
  ]);

/** Values in the order of the keys that `order` has at their places. */
export const shuffled = <T>(values: readonly T[], order: readonly number[]): T[] =>
  values
    .map((value, i) => ({ value, key: order[i % order.length] }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
