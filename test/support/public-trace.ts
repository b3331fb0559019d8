/** Everything that a transaction shows to the network, and a search for values that it should not show. */
import { TxHash, type Tx, type TxEffect } from '@aztec/stdlib/tx';
import type { NodeConnection } from '../../app/lib/chain/node.ts';
import { fieldToBytes } from '../../app/lib/field/field.ts';

/** A transaction as the node received it, and its effects as the block holds them. */
export type PublicTrace = { readonly hash: string; readonly tx: Tx; readonly effect: TxEffect };

/** Reads a mined transaction from the node, which keeps what it received for some blocks. */
export async function readTrace({ node }: NodeConnection, hash: string): Promise<PublicTrace> {
  const txHash = TxHash.fromString(hash);
  const [tx, effect] = await Promise.all([node.getTxByHash(txHash), node.getTxEffect(txHash)]);
  if (!tx || !effect) throw new Error(`the node no longer has transaction ${hash}`);
  return { hash, tx, effect: effect.data };
}

/**
 * All bytes of a trace: proof, public inputs, calldata of enqueued public calls, fee payer, notes' hashes, nullifiers,
 * encrypted logs, storage writes, public logs.
 */
export const traceBytes = ({ tx, effect }: PublicTrace): Buffer => Buffer.concat([tx.toBuffer(), effect.toBuffer()]);

/** Something to look for: a field element, or a secret of 16-byte pieces. */
export type Sought = bigint | Uint8Array;

/** Length of the pieces that are looked for on their own, as they would stand when packed beside something else. */
const PIECE_BYTES = 16;

/**
 * The forms in which a value would be found: whole, and each 128-bit piece, in either byte order. A piece below 2^64 is
 * left out: it would be found by chance.
 */
export function formsOf(value: Sought): Buffer[] {
  const whole = Buffer.from(typeof value === 'bigint' ? fieldToBytes(value) : value);
  if (whole.length % PIECE_BYTES !== 0) throw new Error(`look for pieces of ${PIECE_BYTES} bytes`);
  const pieces = Array.from({ length: whole.length / PIECE_BYTES }, (_, i) =>
    whole.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
  ).filter((piece) => piece.subarray(0, 8).some((byte) => byte !== 0));
  return [whole, ...pieces].flatMap((form) => [form, Buffer.from(form).reverse()]);
}

/** Names of the values that occur in `bytes`. */
export function findValues(bytes: Buffer, values: Readonly<Record<string, Sought>>): string[] {
  return Object.entries(values)
    .filter(([, value]) => formsOf(value).some((form) => bytes.includes(form)))
    .map(([name]) => name);
}
