/** What is due from a party of a room and what it may take out again, as policy and chain tell. Needs no wallet. */
import { amountDue, HOST_PART, partsOfSlot, stakePart, type DueTerms } from '../escrow/terms.ts';
import type { LocalRoom } from './store.ts';
import { isEnded, isOver, type RoomView } from './view.ts';

/** The parts of fee and stake that are a party's to pay: its slot's, and the host's fee. */
export function ownParts(room: LocalRoom, terms: DueTerms): number[] {
  const parts = room.slot === undefined ? [] : partsOfSlot(terms, room.slot);
  const host = room.hostSecret !== undefined && amountDue(terms, HOST_PART) > 0n ? [HOST_PART] : [];
  return [...host, ...parts];
}

/** The parts whose payment a slot has to prove before it commits its data. */
export function requiredParts(terms: DueTerms, slot: number): number[] {
  return [...(amountDue(terms, HOST_PART) > 0n ? [HOST_PART] : []), ...partsOfSlot(terms, slot)];
}

/** What a part of a payment is for. */
export function partName(part: number): string {
  if (part === HOST_PART) return 'the fee';
  return part >= stakePart(0) ? `the stake of slot ${part - stakePart(0)}` : `slot ${part}'s part of the fee`;
}

/** Money that a party can take out of an escrow, or have paid out. */
export type Payout =
  | { readonly kind: 'share' }
  | { readonly kind: 'forfeited stake'; readonly of: number }
  | { readonly kind: 'template' };

/** What is to be had from the escrow of a room that is over, for the party's own slot. Whether it was taken is not known. */
export function payoutsOf(view: RoomView, room: LocalRoom): Payout[] {
  if (!isOver(view)) return [];
  const payouts: Payout[] = [];
  const inside = room.slot !== undefined && view.members.includes(room.slot);
  if (!isEnded(view.state) && view.terms.payer !== 0) {
    if (inside) payouts.push({ kind: 'share' });
    payouts.push({ kind: 'template' });
  }
  if (view.terms.staked && inside && !view.atFault.includes(room.slot!)) {
    payouts.push(...view.atFault.map((of) => ({ kind: 'forfeited stake' as const, of })));
  }
  return payouts;
}
