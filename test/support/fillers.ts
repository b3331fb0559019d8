/**
 * Calls of steps that a room is not ready for: well-formed, about this very room, but with nothing behind them. They
 * serve to ask what the contract says before the real call can be made.
 */
import { GENERATOR, mulGenerator } from '../../app/lib/curve/grumpkin.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { makeShare } from '../../app/lib/protocol/share.ts';
import { KeyPurpose, proveKey } from '../../app/lib/protocol/schnorr.ts';
import { CIRCUITS, type CircuitName } from '../../app/lib/protocol/context.ts';
import { PROOF_FIELDS } from '../../app/lib/protocol/statement.ts';
import { decode, type Layout } from '../../app/lib/room/schema.ts';
import { BLIND, CHUNK, HOP, MATCH, RELEASE } from '../../app/lib/room/events.ts';
import { seedOf, sigmaFields } from '../../app/lib/room/acts.ts';
import type { AbiValue } from '../../app/lib/chain/contract.ts';
import type { TestRoom } from './room.ts';
import type { Call } from './calls.ts';

/** A struct of zeros, but for the members given. */
function zeros(layout: Layout, length: number, members: Record<string, AbiValue> = {}): AbiValue {
  return { ...(decode(layout, Array<bigint>(length).fill(0n), 'filler') as Record<string, AbiValue>), ...members };
}

const CHUNK_ZEROS = zeros(CHUNK, 4);

/** Calls of every function of a slot that follows `take_slot`. */
export async function fillerCalls(room: TestRoom, slot: number): Promise<Record<string, Call>> {
  const { roomId, sessions } = room;
  const { view } = await room.read();
  const { context, policy_digest } = view.terms;
  const proof = async (circuit: CircuitName): Promise<AbiValue[]> => {
    const key = await sessions[slot].prover.verificationKey(circuit);
    return [[...key.fields], key.hash, Array<bigint>(PROOF_FIELDS).fill(0n)];
  };
  const number = (circuit: CircuitName) => CIRCUITS.indexOf(circuit);
  const calls: Record<string, AbiValue[]> = {
    approve: [roomId, slot, policy_digest],
    commit_dataset: [roomId, slot, 1n],
    post_blind: [
      roomId,
      number('blind_32'),
      zeros(BLIND, 8, { context, slot }),
      CHUNK_ZEROS,
      ...(await proof('blind_32')),
    ],
    post_hop: [
      roomId,
      number('hop_32'),
      zeros(HOP, 8, { context, slot, list: 1 - slot, hop: 1 }),
      CHUNK_ZEROS,
      ...(await proof('hop_32')),
    ],
    post_match: [
      roomId,
      number('match_32'),
      slot,
      zeros(MATCH, 12, { context }),
      CHUNK_ZEROS,
      ...(await proof('match_32')),
    ],
    give_share: shareCall(room, slot, context).args as AbiValue[],
    release: [roomId, slot, zeros(RELEASE, 15, { context }), ...(await proof('release'))],
  };
  return Object.fromEntries(Object.entries(calls).map(([method, args]) => [method, { method, args }]));
}

/** A share of a made-up ciphertext, with a proof that is right for the seed's key. */
export function shareCall(room: TestRoom, slot: number, context: bigint, seed = seedOf(room.records[slot])): Call {
  const { decryption, decryptionPublic } = deriveKeys(seed);
  const ciphertext = { c1: mulGenerator(5n), c2: GENERATOR };
  const { share, proof } = makeShare({ context, slot, decryption, decryptionPublic, ciphertext, seed });
  return {
    method: 'give_share',
    args: [room.roomId, slot, context, decryptionPublic, ciphertext.c1, share, sigmaFields(proof)],
  };
}

/** Taking a slot with any secret, and proofs of possession that are right for slot and context. */
export function takeCall(room: TestRoom, slot: number, context: bigint, secret: bigint): Call {
  const seed = seedOf(room.records[0]);
  const keys = deriveKeys(seed);
  const possession = (purpose: KeyPurpose, key: typeof keys.blindingPublic, own: bigint) =>
    sigmaFields(proveKey({ context, slot, purpose, key }, own, seed));
  return {
    method: 'take_slot',
    args: [
      room.roomId,
      slot,
      context,
      secret,
      {
        decryption_x: keys.decryptionPublic.x,
        decryption_y: keys.decryptionPublic.y,
        blinding_x: keys.blindingPublic.x,
        blinding_y: keys.blindingPublic.y,
      },
      possession(KeyPurpose.decryption, keys.decryptionPublic, keys.decryption),
      possession(KeyPurpose.blinding, keys.blindingPublic, keys.blinding),
    ],
  };
}
