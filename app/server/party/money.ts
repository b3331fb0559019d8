/** What a party pays into the escrow of a room and takes out of it. */
import { ContractRefusal } from '../../lib/chain/contract.ts';
import { amountDue, HOST_PART, stakePart, type EscrowTerms } from '../../lib/escrow/terms.ts';
import { openToken } from '../../lib/escrow/token.ts';
import { ownParts, partName, payoutsOf } from '../../lib/room/dues.ts';
import { confirmPayment, openRoomEscrow, payParts, takePayout, unpaidParts } from '../../lib/room/money.ts';
import { ownSlot } from '../../lib/room/acts.ts';
import type { Session } from '../../lib/room/session.ts';
import type { LocalRoom } from '../../lib/room/store.ts';
import { readOwn, unlessDone } from './acting.ts';

/** What is paid: fee parts have numbers below the first stake's. */
export type What = 'fee' | 'stake';

/** How one taking out of an escrow went. */
export type Taken = { readonly what: string; readonly txHash?: string; readonly refused?: string };

/** What lies ready to be paid with, and what of it is due. */
export type PurseState = {
  readonly account: bigint;
  readonly token: bigint;
  /** Token units that the account holds in private. */
  readonly balance: bigint;
  readonly parts: readonly { readonly name: string; readonly amount: bigint; readonly paid: boolean }[];
};

/**
 * Pays what is due from the party, or the fee or the stake alone.
 * @returns the hashes of the transactions; none where all was paid before
 */
export async function payDue(session: Session, what?: What): Promise<string[]> {
  const escrow = await openRoomEscrow(session, (await readOwn(session)).view);
  const parts = what === undefined ? ownParts(session.room, escrow.terms) : partsFor(what, session.room, escrow.terms);
  return payParts(session, escrow, parts);
}

/** Proves that all due for the own slot is paid, unless that was proven before. */
export function confirmOwn(session: Session): Promise<string | undefined> {
  return unlessDone(session, (view) => view.slots[ownSlot(session.room)]?.paid ?? false, confirmPayment);
}

/** The parts of a party's own dues that a word means. @throws where there are none */
export function partsFor(what: What, room: LocalRoom, terms: EscrowTerms): number[] {
  const parts = ownParts(room, terms).filter((part) => part >= stakePart(0) === (what === 'stake'));
  if (parts.length > 0) return parts;
  const hostPays = what === 'fee' && amountDue(terms, HOST_PART) > 0n;
  throw new Error(hostPays ? 'The host pays the fee of this room.' : `No ${what} is due from you in this room.`);
}

/** Takes the party's shares of fee and forfeited stakes, and has the template's author paid. */
export async function claimAll(session: Session): Promise<Taken[]> {
  const { view } = await readOwn(session);
  const payouts = payoutsOf(view, session.room);
  if (payouts.length === 0) throw new Error(`The room is ${view.state}: there is nothing to claim.`);
  const escrow = await openRoomEscrow(session, view);
  return takeEach(
    session,
    payouts.map((payout) => ({
      what: payout.kind === 'forfeited stake' ? `stake that slot ${payout.of} forfeited` : payout.kind,
      take: () => takePayout(escrow, session.room, payout),
    })),
  );
}

/** Takes back what the party paid, where the room's end lets it. */
export async function refundAll(session: Session): Promise<Taken[]> {
  const { view } = await readOwn(session);
  const escrow = await openRoomEscrow(session, view);
  const parts = ownParts(session.room, escrow.terms);
  return takeEach(
    session,
    parts.map((part) => ({ what: partName(part), take: () => escrow.refund(part) })),
  );
}

/** Looks at the account's balance, and at which of its parts lie in the escrow. Sends nothing. */
export async function readPurse(session: Session): Promise<PurseState> {
  const { connection, wallet, room } = session;
  const escrow = await openRoomEscrow(session, (await readOwn(session)).view);
  const parts = ownParts(room, escrow.terms);
  const unpaid = await unpaidParts(connection, escrow, parts);
  const token = await openToken(connection, wallet, escrow.terms.token);
  return {
    account: wallet.address.toBigInt(),
    token: escrow.terms.token,
    balance: await token.balance(),
    parts: parts.map((part) => ({
      name: partName(part),
      amount: amountDue(escrow.terms, part),
      paid: !unpaid.includes(part),
    })),
  };
}

/** Takings as lines of text. */
export function takenLines(taken: readonly Taken[]): string[] {
  return taken.map(({ what, txHash, refused }) => `${what}: ${txHash ? `done (transaction ${txHash})` : refused}`);
}

/** Takes what can be taken, and tells of each why or how. What was taken before is no failure of the rest. */
async function takeEach(
  { report }: Pick<Session, 'report'>,
  takings: readonly { readonly what: string; readonly take: () => Promise<string> }[],
): Promise<Taken[]> {
  const told: Taken[] = [];
  for (const { what, take } of takings) {
    report({ message: `asking for: ${what}` });
    try {
      told.push({ what, txHash: await take() });
    } catch (error) {
      if (!(error instanceof ContractRefusal)) throw error;
      told.push({ what, refused: error.message });
    }
  }
  return told;
}
