/** Makes the receipt of a room that has a result. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { canonicalJson } from '../policy/canonical.ts';
import { fieldToHex } from '../field/field.ts';
import { CIRCUITS } from '../protocol/context.ts';
import { circuitSourceDigest } from '../proof/circuit.ts';
import type { LoggedEvent } from '../room/events.ts';
import type { RoomView } from '../room/view.ts';
import type { Session } from '../room/session.ts';
import { outcomeReadingOf } from '../template/outcomes.ts';
import { governanceOf } from './governance.ts';
import { receiptSchema, type Receipt } from './schema.ts';

/** SHA-256 over the canonical JSON of a receipt without its `digest`. */
export function receiptDigest(receipt: Omit<Receipt, 'digest'>): string {
  const { digest: _, ...rest } = receipt as Receipt;
  return bytesToHex(sha256(new TextEncoder().encode(canonicalJson(rest))));
}

/** What a receipt is made from, besides the room's log. A session has it all. */
export type ReceiptSource = Pick<Session, 'relay' | 'prover' | 'policy'> & {
  readonly connection: Pick<Session['connection'], 'info'>;
  readonly contract: Pick<Session['contract'], 'address'>;
};

/**
 * Builds the receipt from the chain's log and the relay's proofs.
 * @throws when the room has no result, or the relay no longer holds a proof or the figures
 */
export async function buildReceipt(
  { connection, contract, relay, prover, policy }: ReceiptSource,
  view: RoomView,
  events: readonly LoggedEvent[],
): Promise<Receipt> {
  if (!view.result) throw new Error(`The room is ${view.state}: there is no result to give a receipt for.`);
  const { info } = connection;
  const proofs = [];
  for (const { digest } of view.proofs) {
    const name = fieldToHex(digest);
    proofs.push({ digest: name, proof: Buffer.from(await relay.getNamed(name)).toString('base64') });
  }
  const result = await outcomeReadingOf(view).outcome(view, relay);
  const circuits = [];
  for (const name of CIRCUITS) {
    const { hash } = await prover.verificationKey(name);
    circuits.push({ name, keyHash: fieldToHex(hash), sourceDigest: await circuitSourceDigest(name) });
  }
  const receipt = {
    kind: 'zk-clean-room-receipt' as const,
    version: 2 as const,
    network: {
      chainId: fieldToHex(info.chainId),
      rollupVersion: fieldToHex(info.rollupVersion),
      contract: fieldToHex(contract.address),
      provesTransactions: info.provesTransactions,
    },
    roomId: fieldToHex(view.roomId),
    policy,
    srs: { kind: prover.srs.kind, identity: prover.srs.identity },
    circuits,
    events: events.map(({ name, fields, txHash, block }) => ({
      name,
      fields: fields.map((f) => fieldToHex(f)),
      txHash,
      block,
    })),
    transcript: fieldToHex(view.transcript),
    proofs,
    governance: governanceOf(view),
    result,
  };
  return receiptSchema.parse({ ...receipt, digest: receiptDigest(receipt) });
}
