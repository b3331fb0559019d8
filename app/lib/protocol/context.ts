import { FIELD_MODULUS, readUint256 } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError, assertSlot } from './errors.ts';

/** Everything that makes one room different from every other; all of it goes into the room context. */
export type RoomIdentity = Readonly<{
  chainId: bigint;
  rollupVersion: bigint;
  /** Address of the room contract, as a field element. */
  contract: bigint;
  roomId: bigint;
  policyDigest: bigint;
  circuitsDigest: bigint;
}>;

/** The circuits of the overlap template, in the order in which their verification keys are hashed. */
export const CIRCUITS = ['blind_32', 'blind_256', 'hop_32', 'hop_256', 'match_32', 'match_256', 'release'] as const;

/** Name of a circuit. */
export type CircuitName = (typeof CIRCUITS)[number];

/** The room context (hash 1): the field element that ties every proof, list and signature to one room. */
export function roomContext(identity: RoomIdentity): bigint {
  const { chainId, rollupVersion, contract, roomId, policyDigest, circuitsDigest } = identity;
  return hash(Domain.roomContext, [chainId, rollupVersion, contract, roomId, policyDigest, circuitsDigest]);
}

/** The circuits digest (hash 14) of the verification key hashes of all circuits. */
export function circuitsDigest(keyHashes: Readonly<Record<CircuitName, bigint>>): bigint {
  return hash(
    Domain.circuitsDigest,
    CIRCUITS.map((name) => {
      const keyHash = keyHashes[name];
      if (keyHash === undefined) throw new ProtocolError(`the verification key hash of circuit ${name} is missing`);
      return keyHash;
    }),
  );
}

/** What stands on chain for an invitation (hash 13): whoever knows the secret may take the slot. */
export function inviteCommitment(roomId: bigint, slot: number, secret: bigint): bigint {
  return hash(Domain.inviteCommitment, [roomId, BigInt(assertSlot(slot)), secret]);
}

/** A fresh uniform field element from the system's random source: room ids and invite secrets. */
export function randomField(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(64));
  return ((readUint256(bytes, 0) << 256n) | readUint256(bytes, 32)) % FIELD_MODULUS;
}
