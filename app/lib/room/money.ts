/** Fees and stakes of a room: its escrow, what is due from a party, and what a party gets. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import { siloNullifier } from '@aztec/stdlib/hash';
import { MerkleTreeId } from '@aztec/stdlib/trees';
import { loadContractArtifact } from '../chain/artifact.ts';
import type { NodeConnection } from '../chain/node.ts';
import type { PartyWallet } from '../chain/wallet.ts';
import { openEscrow, type EscrowClient } from '../escrow/escrow.ts';
import { paymentNullifier } from '../escrow/instance.ts';
import { amountDue, escrowCommitment, type EscrowTerms } from '../escrow/terms.ts';
import { openToken } from '../escrow/token.ts';
import { fieldToHex } from '../field/field.ts';
import type { PolicyTerms } from '../policy/policy.ts';
import { readRegistry, readTemplate } from '../receipt/template.ts';
import type { Template } from '../registry/registry.ts';
import { ownSlot } from './acts.ts';
import { partName, requiredParts, type Payout } from './dues.ts';
import type { Session } from './session.ts';
import type { LocalRoom } from './store.ts';
import type { RoomView } from './view.ts';

/** What reading and paying money needs. */
export type Purse = { readonly connection: NodeConnection; readonly wallet: PartyWallet };

/** A template as the registry that the room contract is bound to has it. */
export async function templateOf({ node }: NodeConnection, rooms: bigint, id: bigint): Promise<Template> {
  const template = await readTemplate(node, await readRegistry(node, rooms), id);
  if (!template) throw new Error('The registry of the room contract has no such template.');
  return template;
}

/** The terms of a room's escrow, which follow from its policy and its template. */
export function escrowTermsOf(
  room: Pick<LocalRoom, 'contract' | 'roomId'>,
  policy: PolicyTerms,
  template: Template,
): EscrowTerms {
  const { author, treasury, author_share, treasury_share } = template;
  return {
    rooms: room.contract,
    room_id: room.roomId,
    ...policy.fees,
    slots: policy.slots,
    author,
    treasury,
    author_share,
    treasury_share,
  };
}

/**
 * Opens the escrow of a room that is about to be created, or was: the wallet gets to know it.
 * @throws when the party was not told the escrow's secret
 */
export async function openEscrowOf(purse: Purse, room: LocalRoom, policy: PolicyTerms): Promise<EscrowClient> {
  if (room.escrowSecret === undefined) {
    throw new Error("This record lacks the secret of the room's escrow: join again with the whole invite.");
  }
  const { connection, wallet } = purse;
  const template = await templateOf(connection, room.contract, policy.template);
  const token = await openToken(connection, wallet, policy.fees.token);
  const artifact = await loadContractArtifact('room_escrow');
  return openEscrow(wallet, artifact, escrowTermsOf(room, policy, template), room.escrowSecret, token);
}

/**
 * Opens the escrow of a room on chain.
 * @throws when nothing is to be paid, or the secret that the party was told is not that of the room's escrow
 */
export async function openRoomEscrow(session: Session, view: RoomView): Promise<EscrowClient> {
  if (view.terms.escrow === 0n) throw new Error('Nothing is to be paid in this room.');
  const escrow = await openEscrowOf(session, session.room, view.policy);
  if (escrowCommitment(view.roomId, escrow.instance.address) !== view.terms.escrow) {
    throw new Error("The invite's escrow is not the room's. Pay nothing: ask the host for the right invite.");
  }
  return escrow;
}

/** Those of some parts that have not been paid into an escrow yet. */
export async function unpaidParts(
  { node }: NodeConnection,
  escrow: EscrowClient,
  parts: readonly number[],
): Promise<number[]> {
  const address = AztecAddress.fromBigInt(escrow.instance.address);
  const nullifiers = await Promise.all(
    parts.map((part) => siloNullifier(address, new Fr(paymentNullifier(escrow.instance, part)))),
  );
  const found = await node.findLeavesIndexes('latest', MerkleTreeId.NULLIFIER_TREE, nullifiers);
  return parts.filter((_, i) => found[i] === undefined);
}

/**
 * Pays those of some parts that have not been paid yet; returns the transactions' hashes.
 * @throws before anything is paid, where the account holds less than all of them come to
 */
export async function payParts(
  { connection, wallet, report }: Pick<Session, 'connection' | 'wallet' | 'report'>,
  escrow: EscrowClient,
  parts: readonly number[],
): Promise<string[]> {
  const sent: string[] = [];
  const unpaid = await unpaidParts(connection, escrow, parts);
  if (unpaid.length > 0) await assertBalance({ connection, wallet }, escrow.terms, unpaid);
  for (const part of unpaid) {
    report({ message: `paying ${amountDue(escrow.terms, part)} token units: ${partName(part)}` });
    sent.push(await escrow.deposit(part));
  }
  return sent;
}

async function assertBalance(
  { connection, wallet }: Purse,
  terms: EscrowTerms,
  parts: readonly number[],
): Promise<void> {
  const { balance } = await openToken(connection, wallet, terms.token);
  const due = parts.reduce((sum, part) => sum + amountDue(terms, part), 0n);
  const held = await balance();
  if (held >= due) return;
  throw new Error(
    `${due} token units are due from you, and your account holds ${held} of the token ${fieldToHex(terms.token)} in private. ` +
      `Have ${due - held} more sent to ${fieldToHex(wallet.address.toBigInt())}, as a private transfer, and pay again.`,
  );
}

/** Something that is due has not been paid; the message says what. */
export class PaymentMissing extends Error {
  override name = 'PaymentMissing';
}

/**
 * Proves that everything due for the own slot lies in the escrow, telling neither who paid nor how much.
 * @throws PaymentMissing
 */
export async function confirmPayment(session: Session, view: RoomView): Promise<string> {
  const { contract, room, connection } = session;
  const slot = ownSlot(room);
  const { payer, staked } = view.terms;
  const escrow = await openRoomEscrow(session, view);
  const unpaid = await unpaidParts(connection, escrow, requiredParts(escrow.terms, slot));
  if (unpaid.length > 0) throw new PaymentMissing(`Not paid yet: ${unpaid.map(partName).join(', ')}.`);
  return contract.send('confirm_payment', room.roomId, slot, payer, staked, escrow.instance.address);
}

/**
 * Checks that the own wallet sees in the escrow what the members have proven to have paid. A payer can hide its payment
 * from the others (docs/escrow.md); nobody brings data into a room whose money is out of reach.
 */
export async function assertFunded(session: Session, view: RoomView): Promise<void> {
  if (view.terms.escrow === 0n) return;
  const escrow = await openRoomEscrow(session, view);
  const paid = view.members.filter((member) => view.slots[member]?.paid);
  const parts = new Set(paid.flatMap((member) => requiredParts(escrow.terms, member)));
  if (await escrow.holds([...parts])) return;
  throw new Error(
    'Your wallet does not see in the escrow what was proven to be paid: a party keeps its payment out of reach. ' +
      'Ask the others; while the room is joining, "room dispute" keeps your stake yours.',
  );
}

/** Takes a payout; returns the transaction's hash. */
export function takePayout(escrow: EscrowClient, room: LocalRoom, payout: Payout): Promise<string> {
  switch (payout.kind) {
    case 'share':
      return escrow.claim(ownSlot(room));
    case 'forfeited stake':
      return escrow.claimSlashed(ownSlot(room), payout.of);
    case 'template':
      return escrow.payTemplate();
  }
}
