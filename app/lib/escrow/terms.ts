/**
 * Terms of escrows and subscriptions, as `contracts/room_escrow` takes them and commits to them, and what they make due.
 * Amounts are in the token's smallest unit.
 */
import { Domain, hash } from '../field/poseidon2.ts';
import { encode, type Decoded } from '../room/schema.ts';
import { MAX_SLOTS } from '../protocol/errors.ts';
import { Payer } from '../policy/terms.ts';

/** Layout of an escrow's terms; addresses are field elements. */
export const ESCROW_TERMS = {
  struct: [
    ['rooms', 'Field'],
    ['room_id', 'Field'],
    ['token', 'Field'],
    ['fee', 'u128'],
    ['payer', 'u32'],
    ['stake', 'u128'],
    ['shares', { array: 'u32', length: MAX_SLOTS }],
    ['slots', 'u32'],
    ['author', 'Field'],
    ['treasury', 'Field'],
    ['author_share', 'u32'],
    ['treasury_share', 'u32'],
  ],
} as const;

/** Terms of one room's escrow. */
export type EscrowTerms = Decoded<typeof ESCROW_TERMS>;

/** Layout of a subscription's terms. */
export const SUBSCRIPTION_TERMS = {
  struct: [
    ['token', 'Field'],
    ['price', 'u128'],
    ['sessions', 'u32'],
    ['expires', 'u64'],
  ],
} as const;

/** Terms of a subscription: `sessions` payments of `price` each, until `expires` (seconds since the epoch). */
export type SubscriptionTerms = Decoded<typeof SUBSCRIPTION_TERMS>;

/** The part that is the host's fee. A slot's fee part has the slot's number. */
export const HOST_PART = 5;
const STAKE_PARTS = 8;

/** The part that is a slot's stake. */
export const stakePart = (slot: number): number => STAKE_PARTS + slot;

/** Terms under which no money can be held; the message says why. */
export class EscrowTermsError extends Error {
  override name = 'EscrowTermsError';
}

/** The salt of an escrow's instance: hash 22 of its terms. */
export const escrowSalt = (terms: EscrowTerms): bigint => hash(Domain.escrowTerms, encode(ESCROW_TERMS, terms));

/** The salt of a subscription's instance: hash 27 of its terms. */
export const subscriptionSalt = (terms: SubscriptionTerms): bigint =>
  hash(Domain.subscriptionTerms, encode(SUBSCRIPTION_TERMS, terms));

/** What a room's public terms say of its escrow: hash 26 of room id and the escrow's address. */
export const escrowCommitment = (roomId: bigint, escrow: bigint): bigint =>
  hash(Domain.escrowCommitment, [roomId, escrow]);

/** As much of an escrow's terms as tells what is due. */
export type DueTerms = Pick<EscrowTerms, 'fee' | 'payer' | 'stake' | 'slots'>;

/**
 * What is due for a part; 0 when nothing is. A fee that does not divide among the slots costs the first slots one unit
 * more.
 */
export function amountDue({ fee, payer, stake, slots }: DueTerms, part: number): bigint {
  if (!Number.isInteger(part) || part < 0) throw new EscrowTermsError(`there is no part ${part} of a payment`);
  if (part >= STAKE_PARTS) return part - STAKE_PARTS < slots ? stake : 0n;
  if (payer === Payer.host) return part === HOST_PART ? fee : 0n;
  if (payer !== Payer.slots || part >= slots) return 0n;
  const count = BigInt(slots);
  return fee / count + (BigInt(part) < fee % count ? 1n : 0n);
}

/** The parts that a slot has to pay, in the order of payment; the fee comes first. */
export function partsOfSlot(terms: DueTerms, slot: number): number[] {
  return [slot, stakePart(slot)].filter((part) => amountDue(terms, part) > 0n);
}
