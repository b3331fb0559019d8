/**
 * Invoices: a payer shows an auditor one payment, and nothing else. An invoice holds the preimage of the payment's note
 * and the escrow's address. Whoever checks it compares the address with what the room's public terms say of the escrow,
 * recomputes the note's hash, and finds it in the transaction, in the chain's record. No key of the escrow is told, so
 * accounts, notes, nullifiers and transactions of other payments stay hidden.
 */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import { DomainSeparator } from '@aztec/constants';
import { poseidon2HashWithSeparator } from '@aztec/foundation/crypto/poseidon';
import { computeNoteHashNonce, computeUniqueNoteHash, siloNoteHash } from '@aztec/stdlib/hash';
import { MerkleTreeId } from '@aztec/stdlib/trees';
import { TxHash, type TxEffect } from '@aztec/stdlib/tx';
import { z } from 'zod';
import type { NodeConnection } from '../chain/node.ts';
import { FIELD_MODULUS, fieldToHex } from '../field/field.ts';
import { readRoom, type RoomReader } from '../room/session.ts';
import type { RoomView } from '../room/view.ts';
import { amountDue, escrowCommitment } from './terms.ts';
import type { EscrowClient } from './escrow.ts';

const field = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, { error: 'must be a field element: 0x and 64 lower-case hex digits', abort: true })
  .transform(BigInt)
  .refine((value) => value < FIELD_MODULUS, { error: 'must be below the field modulus' });
const amount = z
  .string()
  .regex(/^[1-9][0-9]{0,38}$/, { error: 'must be an amount above 0 in decimal digits', abort: true })
  .transform(BigInt)
  .refine((value) => value < 1n << 128n, { error: 'must be below 2^128' });

/** Version 1 of the invoice. Unknown members are refused: nothing unverified rides along. */
const schema = z.strictObject({
  kind: z.literal('zk-clean-room-invoice'),
  version: z.literal(1),
  network: z.strictObject({ chainId: field, rollupVersion: field }),
  rooms: field,
  roomId: field,
  escrow: field,
  payment: z.strictObject({ part: z.int().min(0).max(255), amount, payer: field, randomness: field }),
  txHash: z.string().regex(/^0x[0-9a-f]{64}$/, { error: 'must be a transaction hash' }),
});

/** An invoice, as it is given away: JSON whose amounts are decimal strings and whose fields are hex. */
export type Invoice = z.input<typeof schema>;

/** What a verified invoice shows. */
export type VerifiedPayment = {
  readonly roomId: bigint;
  readonly token: bigint;
  readonly part: number;
  readonly amount: bigint;
  /** The account that paid, or in whose name its subscription did. */
  readonly payer: bigint;
  readonly txHash: string;
  readonly block: number;
};

/** An invoice that shows no payment; the message says why. */
export class InvoiceError extends Error {
  override name = 'InvoiceError';
}

/** Storage slot of the payments' notes in `room_escrow`. */
export const PAYMENTS_SLOT = 1n;

/**
 * Makes the invoice of a payment that the party made, refunded since or not.
 * @throws {InvoiceError} when the party's wallet knows of no such payment
 */
export async function makeInvoice(
  { node, info }: NodeConnection,
  { contract, terms }: EscrowClient,
  part: number,
): Promise<Invoice> {
  const payer = contract.sender;
  const found = (await contract.view('find_payment', payer, part)) as PaymentRecord;
  if (found.amount === 0n) throw new InvoiceError('you have made no such payment');
  const siloed = await siloedPayment(contract.address, { part, payer, ...found });
  const unique = await computeUniqueNoteHash(new Fr(found.note_nonce), siloed);
  const [leaf] = await node.findLeavesIndexes('latest', MerkleTreeId.NOTE_HASH_TREE, [unique]);
  const block = leaf && (await node.getBlock(leaf.l2BlockNumber));
  const effect = block?.body.txEffects.find(({ noteHashes }) => noteHashes.some((hash) => hash.equals(unique)));
  if (!effect) throw new InvoiceError('the node does not know the transaction of this payment');
  return {
    kind: 'zk-clean-room-invoice',
    version: 1,
    network: { chainId: fieldToHex(info.chainId), rollupVersion: fieldToHex(info.rollupVersion) },
    rooms: fieldToHex(terms.rooms),
    roomId: fieldToHex(terms.room_id),
    escrow: fieldToHex(contract.address),
    payment: {
      part,
      amount: found.amount.toString(),
      payer: fieldToHex(payer),
      randomness: fieldToHex(found.randomness),
    },
    txHash: effect.txHash.toString(),
  };
}

/**
 * Checks an invoice, given as parsed JSON, against the chain. It shows that the payment was made, not that it was never
 * refunded.
 * @param reader a node, and the room contract that is trusted: it takes no escrow that is not of its class, and not of the
 *   room's terms
 * @throws {InvoiceError} that says what is wrong with it
 */
export async function verifyInvoice(reader: RoomReader, json: unknown): Promise<VerifiedPayment> {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvoiceError(`not an invoice of version 1: ${issue.path.join('.') || 'the document'}: ${issue.message}`);
  }
  const { network, rooms, roomId, escrow, payment, txHash } = parsed.data;
  const { node, info } = reader.connection;
  const must = (holds: boolean, otherwise: string): void => {
    if (!holds) throw new InvoiceError(otherwise);
  };
  must(
    network.chainId === info.chainId && network.rollupVersion === info.rollupVersion,
    'the invoice is of another network',
  );
  must(rooms === reader.contract, 'the invoice is of a room of another contract');
  const { terms, policy } = await roomOf(reader, roomId);
  must(terms.escrow === escrowCommitment(roomId, escrow), 'the room has another escrow');
  const { part } = payment;
  const due = amountDue({ ...policy.fees, slots: policy.slots }, part);
  must(payment.amount === due, 'another amount was due for this part');
  const found = await node.getTxEffect(TxHash.fromString(txHash));
  if (!found) throw new InvoiceError('the chain knows no such transaction');
  must(
    await holdsNote(found.data, await siloedPayment(escrow, payment)),
    'the transaction made no such payment: its part, payer, note or transaction was changed',
  );
  return {
    roomId,
    token: policy.fees.token,
    part,
    amount: payment.amount,
    payer: payment.payer,
    txHash,
    block: Number(found.l2BlockNumber),
  };
}

async function roomOf(reader: RoomReader, roomId: bigint): Promise<RoomView> {
  try {
    return (await readRoom(reader, roomId)).view;
  } catch (error) {
    throw new InvoiceError(`the room of the invoice cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** What the contract's `find_payment` returns. */
type PaymentRecord = Readonly<Record<'amount' | 'randomness' | 'note_nonce', bigint>>;

type Payment = {
  readonly part: number;
  readonly amount: bigint;
  readonly payer: bigint;
  readonly randomness: bigint;
};

/** Hash of a payment's note within its escrow. */
async function siloedPayment(escrow: bigint, { part, amount, payer, randomness }: Payment): Promise<Fr> {
  const preimage = [BigInt(part), amount, payer, PAYMENTS_SLOT, randomness].map((value) => new Fr(value));
  const hash = await poseidon2HashWithSeparator(preimage, DomainSeparator.NOTE_HASH);
  return siloNoteHash(AztecAddress.fromBigInt(escrow), hash);
}

/** Whether a transaction made a note: at some place among its notes, under the nonce of that place. */
async function holdsNote({ noteHashes, nullifiers }: TxEffect, siloed: Fr): Promise<boolean> {
  for (const [place, hash] of noteHashes.entries()) {
    const nonce = await computeNoteHashNonce(nullifiers[0], place);
    if (hash.equals(await computeUniqueNoteHash(nonce, siloed))) return true;
  }
  return false;
}
