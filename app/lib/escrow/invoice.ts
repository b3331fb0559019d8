/**
 * Invoices: a payer shows an auditor one payment, and nothing else. An invoice holds the preimage of the payment's note
 * and of the escrow's address; whoever checks it recomputes the note's hash and finds it in the transaction, in the chain's
 * record. It tells the escrow's address but no key of it: amounts, accounts and notes of other payments stay hidden.
 */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import { PublicKeys } from '@aztec/aztec.js/keys';
import { DomainSeparator } from '@aztec/constants';
import { poseidon2HashWithSeparator } from '@aztec/foundation/crypto/poseidon';
import { computeContractAddressFromInstance } from '@aztec/stdlib/contract';
import { computeNoteHashNonce, computeUniqueNoteHash, deriveStorageSlotInMap, siloNoteHash } from '@aztec/stdlib/hash';
import { MerkleTreeId } from '@aztec/stdlib/trees';
import { TxHash, type TxEffect } from '@aztec/stdlib/tx';
import { z } from 'zod';
import type { NodeConnection } from '../chain/node.ts';
import { FIELD_MODULUS, fieldToHex } from '../field/field.ts';
import { MAX_SLOTS, MIN_SLOTS } from '../protocol/errors.ts';
import { amountDue, escrowCommitment, escrowSalt, type EscrowTerms } from './terms.ts';
import type { EscrowClient } from './escrow.ts';

const field = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, { error: 'must be a field element: 0x and 64 lower-case hex digits', abort: true })
  .transform(BigInt)
  .refine((value) => value < FIELD_MODULUS, { error: 'must be below the field modulus' });
const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,38})$/, { error: 'must be an amount in decimal digits', abort: true })
  .transform(BigInt)
  .refine((value) => value < 1n << 128n, { error: 'must be below 2^128' });
const u32 = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** Version 1 of the invoice. Unknown members are refused: nothing unverified rides along. */
const schema = z.strictObject({
  kind: z.literal('zk-clean-room-invoice'),
  version: z.literal(1),
  network: z.strictObject({ chainId: field, rollupVersion: field }),
  escrow: z.strictObject({
    classId: field,
    publicKeys: z.string().regex(/^0x[0-9a-f]{512}$/),
    terms: z.strictObject({
      rooms: field,
      room_id: field,
      token: field,
      fee: amount,
      payer: u32,
      stake: amount,
      shares: z.array(u32).length(MAX_SLOTS),
      slots: z.int().min(MIN_SLOTS).max(MAX_SLOTS),
      author: field,
      treasury: field,
      author_share: u32,
      treasury_share: u32,
    }),
  }),
  payment: z.strictObject({ part: u32, amount, payer: field, randomness: field }),
  txHash: z.string().regex(/^0x[0-9a-f]{64}$/),
});

/** An invoice, as it is given away: JSON whose numbers of money are decimal strings and whose fields are hex. */
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

/** Storage slot of the payments in `room_escrow`, and of the rooms' terms in `clean_room`; place of `escrow` in these. */
export const PAYMENTS_SLOT = 1n;
export const TERMS_SLOT = 1n;
export const TERMS_ESCROW_OFFSET = 4n;

/**
 * Makes the invoice of a payment that the party made, refunded since or not.
 * @throws {InvoiceError} when the party's wallet knows of no such payment
 */
export async function makeInvoice(
  { node, info }: NodeConnection,
  { contract, instance, terms }: EscrowClient,
  part: number,
): Promise<Invoice> {
  const payer = contract.sender;
  const found = (await contract.view('find_payment', payer, part)) as Record<
    'amount' | 'randomness' | 'note_nonce',
    bigint
  >;
  if (found.amount === 0n) throw new InvoiceError('you have made no such payment');
  const siloed = await siloedPayment(contract.address, { part, payer, ...found });
  const unique = await computeUniqueNoteHash(new Fr(found.note_nonce), siloed);
  const [leaf] = await node.findLeavesIndexes('latest', MerkleTreeId.NOTE_HASH_TREE, [unique]);
  const block = leaf && (await node.getBlock(leaf.l2BlockNumber));
  const effect = block?.body.txEffects.find(({ noteHashes }) => noteHashes.some((hash) => hash.equals(unique)));
  if (!effect) throw new InvoiceError('the node does not know the transaction of this payment');
  const { fee, stake, rooms, room_id, token, author, treasury, ...numbers } = terms;
  return {
    kind: 'zk-clean-room-invoice',
    version: 1,
    network: { chainId: fieldToHex(info.chainId), rollupVersion: fieldToHex(info.rollupVersion) },
    escrow: {
      classId: instance.instance.originalContractClassId.toString(),
      publicKeys: instance.instance.publicKeys.toString(),
      terms: {
        ...numbers,
        rooms: fieldToHex(rooms),
        room_id: fieldToHex(room_id),
        token: fieldToHex(token),
        author: fieldToHex(author),
        treasury: fieldToHex(treasury),
        fee: fee.toString(),
        stake: stake.toString(),
      },
    },
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
 * @param trusted the room contract, and the class of the escrow contract that this software knows
 * @throws {InvoiceError} that says what is wrong with it
 */
export async function verifyInvoice(
  { node, info }: NodeConnection,
  json: unknown,
  trusted: { readonly rooms: bigint; readonly escrowClass: bigint },
): Promise<VerifiedPayment> {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvoiceError(`not an invoice of version 1: ${issue.path.join('.') || 'the document'}: ${issue.message}`);
  }
  const { network, escrow, payment, txHash } = parsed.data;
  const { terms } = escrow;
  const must = (holds: boolean, otherwise: string): void => {
    if (!holds) throw new InvoiceError(otherwise);
  };
  must(
    network.chainId === info.chainId && network.rollupVersion === info.rollupVersion,
    'the invoice is of another network',
  );
  must(terms.rooms === trusted.rooms, 'the invoice is of a room of another contract');
  must(escrow.classId === trusted.escrowClass, 'the escrow is of another class than this software knows');
  const address = await addressOf(escrow.classId, terms, escrow.publicKeys);
  const named = await node.getPublicStorageAt(
    'latest',
    AztecAddress.fromBigInt(terms.rooms),
    new Fr((await deriveStorageSlotInMap(new Fr(TERMS_SLOT), new Fr(terms.room_id))).toBigInt() + TERMS_ESCROW_OFFSET),
  );
  must(named.toBigInt() === escrowCommitment(terms.room_id, address), 'the room has another escrow, or other terms');
  const { part } = payment;
  must(payment.amount !== 0n && amountDue(terms, part) === payment.amount, 'another amount was due for this part');
  const found = await node.getTxEffect(TxHash.fromString(txHash));
  if (!found) throw new InvoiceError('the chain knows no such transaction');
  must(
    await holdsNote(found.data, await siloedPayment(address, payment)),
    'the transaction made no such payment: its amount, part, payer or transaction was changed',
  );
  return {
    roomId: terms.room_id,
    token: terms.token,
    part,
    amount: payment.amount,
    payer: payment.payer,
    txHash,
    block: Number(found.l2BlockNumber),
  };
}

type Payment = {
  readonly part: number;
  readonly amount: bigint;
  readonly payer: bigint;
  readonly randomness: bigint;
};

/** Hash of a payment's note within its escrow. */
async function siloedPayment(escrow: bigint, { part, amount, payer, randomness }: Payment): Promise<Fr> {
  const preimage = [BigInt(part), amount, payer, PAYMENTS_SLOT, randomness].map((value) => new Fr(value));
  return siloNoteHash(
    AztecAddress.fromBigInt(escrow),
    await poseidon2HashWithSeparator(preimage, DomainSeparator.NOTE_HASH),
  );
}

/** Whether a transaction made a note: at some place among its notes, under the nonce of that place. */
async function holdsNote({ noteHashes, nullifiers }: TxEffect, siloed: Fr): Promise<boolean> {
  for (const [place, hash] of noteHashes.entries()) {
    const nonce = await computeNoteHashNonce(nullifiers[0], place);
    if (hash.equals(await computeUniqueNoteHash(nonce, siloed))) return true;
  }
  return false;
}

/** Address of the escrow with these terms and keys; an instance that is never deployed has neither deployer nor initializer. */
async function addressOf(classId: bigint, terms: EscrowTerms, publicKeys: string): Promise<bigint> {
  try {
    const address = await computeContractAddressFromInstance({
      version: 1,
      originalContractClassId: new Fr(classId),
      currentContractClassId: new Fr(classId),
      salt: new Fr(escrowSalt(terms)),
      deployer: AztecAddress.ZERO,
      initializationHash: Fr.ZERO,
      publicKeys: PublicKeys.fromString(publicKeys),
    });
    return address.toBigInt();
  } catch (error) {
    throw new InvoiceError('the keys of the escrow are no keys', { cause: error });
  }
}
