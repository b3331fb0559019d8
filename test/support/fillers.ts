/**
 * Calls of steps that a room is not ready for: well-formed, about this very room, but with nothing behind them. They
 * serve to ask what the contract says before the real call can be made.
 */
import { GENERATOR, mul, mulGenerator } from '../../app/lib/curve/grumpkin.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { proveHopSums } from '../../app/lib/protocol/dleq.ts';
import { makeShare } from '../../app/lib/protocol/share.ts';
import { KeyPurpose, proveKey } from '../../app/lib/protocol/schnorr.ts';
import { circuitNumber, matchCircuit, releaseCircuit, type CircuitName } from '../../app/lib/protocol/context.ts';
import { PROOF_FIELDS } from '../../app/lib/protocol/statement.ts';
import type { Layout } from '../../app/lib/room/schema.ts';
import {
  ATTESTED_LIST,
  BLIND,
  CHUNK,
  DATASET,
  FIGURES,
  HOP,
  MASKED,
  MATCH,
  RELEASE,
  TALLY,
} from '../../app/lib/room/events.ts';
import { ROLES } from '../../app/lib/room/grant.ts';
import { OWN_ACT, sigmaFields } from '../../app/lib/room/acts.ts';
import { seedOf } from '../../app/lib/room/session.ts';
import type { AbiValue } from '../../app/lib/chain/contract.ts';
import type { TestRoom } from './room.ts';
import type { Prover } from '../../app/lib/proof/prover.ts';
import type { Call } from './calls.ts';

/** A value of zeros. */
function zero(layout: Layout): AbiValue {
  if (layout === 'bool') return false;
  if (typeof layout === 'string') return 0n;
  if ('array' in layout) return Array.from({ length: layout.length }, () => zero(layout.array));
  return Object.fromEntries(layout.struct.map(([name, member]) => [name, zero(member)]));
}

/** A struct of zeros, but for the members given. */
function zeros(layout: Layout, members: Record<string, AbiValue>): AbiValue {
  return { ...(zero(layout) as Record<string, AbiValue>), ...members };
}

/** Key, key hash and a proof of zeros, as the contract's functions end with. */
async function noProof(prover: Prover, circuit: CircuitName): Promise<AbiValue[]> {
  const key = await prover.verificationKey(circuit);
  return [[...key.fields], key.hash, Array<bigint>(PROOF_FIELDS).fill(0n)];
}

/** A grant that nobody was given, as it would stand on chain. */
export const NO_GRANT = 12345n;

/** Calls of every function that takes a slot's consent note, but for those that no record of the room is needed for. */
export async function fillerCalls(room: TestRoom, slot: number): Promise<Record<string, Call>> {
  const { roomId, sessions } = room;
  const { prover, contract } = sessions[slot];
  const { view } = await room.read();
  const { context, policy_digest } = view.terms;
  const own = contract.sender;
  const members = view.members.length;
  // The list whose first hop is this slot's as long as no slot has left.
  const list = (slot + view.slots.length - 1) % view.slots.length;
  const proven = async (method: string, circuit: CircuitName, statement: AbiValue, poster: number[] = []) => ({
    [method]: [roomId, circuitNumber(circuit), ...poster, statement, zero(CHUNK), ...(await noProof(prover, circuit))],
  });
  const calls: Record<string, AbiValue[]> = {
    approve: [own, roomId, slot, policy_digest, OWN_ACT],
    grant_role: [own, roomId, slot, ROLES.auditor, NO_GRANT, OWN_ACT],
    revoke_role: [own, roomId, slot, NO_GRANT, OWN_ACT],
    confirm_payment: [roomId, slot, 0, false, 1n],
    ...(await proven('commit_dataset', 'dataset_32', zeros(DATASET, { context, slot }))),
    ...(await proven('post_blind', 'blind_32', zeros(BLIND, { context, slot }))),
    ...(await proven('post_hop', 'hop_32', zeros(HOP, { context, slot, list, hop: 1 }))),
    ...(await proven('post_match', matchCircuit(32, members), zeros(MATCH, { context }), [slot])),
    attest_dataset: [roomId, slot, context, 1n],
    attest_blind: [roomId, zeros(ATTESTED_LIST, { context, slot, list: slot, digest: 1n, sum: GENERATOR })],
    attest_hop: [...hopCall(room, { context, slot, list, hop: 1 }).args],
    give_share: [...shareCall(room, slot, context).args],
    release: [roomId, slot, zeros(RELEASE, { context }), ...(await noProof(prover, releaseCircuit(members)))],
    ...(await proven('post_tally', 'tally_32', zeros(TALLY, { context, slot }))),
    give_masked: [roomId, zeros(MASKED, { context, slot }), ...(await noProof(prover, 'masked'))],
    release_figures: [roomId, slot, zeros(FIGURES, { context }), ...(await noProof(prover, 'figures'))],
    dispute: [roomId, slot],
  };
  return Object.fromEntries(Object.entries(calls).map(([method, args]) => [method, { method, args }]));
}

/** A hop of a list with a made-up sum, with a proof that is right for the slot's key. */
export function hopCall(
  room: TestRoom,
  place: { readonly context: bigint; readonly slot: number; readonly list: number; readonly hop: number },
  base = mulGenerator(5n),
): Call {
  const seed = seedOf(room.sessions[place.slot]);
  const { blinding, blindingPublic: key } = deriveKeys(seed);
  const sum = mul(base, blinding);
  const proof = proveHopSums({ ...place, key, base, image: sum }, blinding, seed);
  return { method: 'attest_hop', args: [room.roomId, { ...place, digest: 1n, sum }, key, base, sigmaFields(proof)] };
}

/** A share of a made-up ciphertext, with a proof that is right for the seed's key. */
export function shareCall(room: TestRoom, slot: number, context: bigint, seed = seedOf(room.sessions[slot])): Call {
  const { decryption, decryptionPublic } = deriveKeys(seed);
  const ciphertext = { c1: mulGenerator(5n), c2: GENERATOR };
  const { share, proof } = makeShare({ context, slot, decryption, decryptionPublic, ciphertext, seed });
  return {
    method: 'give_share',
    args: [room.roomId, slot, context, decryptionPublic, ciphertext.c1, share, sigmaFields(proof), 1n],
  };
}

/** Taking a slot with any secret, and proofs of possession that are right for slot and context. */
export function takeCall(room: TestRoom, slot: number, context: bigint, secret: bigint): Call {
  const seed = seedOf(room.sessions[0]);
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
