import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { mulGenerator, sum, type Point } from '../curve/grumpkin.ts';
import { FIELD_MODULUS, SCALAR_MODULUS, fieldsToBytes, readUint256 } from '../field/field.ts';
import { ProtocolError } from './errors.ts';

/** Bytes of a room seed. */
export const SEED_BYTES = 32;

/** A slot's secrets and public keys in one room; a function of its room seed (docs/protocol.md, section 4). */
export type SlotKeys = Readonly<{
  /** Decryption key x_i, a scalar. Secret. */
  decryption: bigint;
  /** X_i = x_i·G. */
  decryptionPublic: Point;
  /** Blinding key k_i, a scalar. Secret. */
  blinding: bigint;
  /** K_i = k_i·G. */
  blindingPublic: Point;
  /** Salt of the dataset commitment, a field element. Secret. */
  salt: bigint;
  /** Blinding of the tally's commitment, a field element. Secret. */
  tallyBlinding: bigint;
  /** Blinding of the commitment to values in the list's order, a field element. Secret. */
  listedBlinding: bigint;
}>;

/** A fresh room seed. One seed serves one room: the same seed in two rooms would show that the slots are one party's. */
export function newRoomSeed(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SEED_BYTES));
}

/** Derives a slot's keys from its room seed. */
export function deriveKeys(seed: Uint8Array): SlotKeys {
  const decryption = deriveScalar(seed, 'decryption');
  const blinding = deriveScalar(seed, 'blinding');
  return {
    decryption,
    decryptionPublic: mulGenerator(decryption),
    blinding,
    blindingPublic: mulGenerator(blinding),
    salt: deriveField(seed, 'salt'),
    tallyBlinding: deriveField(seed, 'tally'),
    listedBlinding: deriveField(seed, 'listed'),
  };
}

/** The blinding of a chunk's proof-state commitment, a field element. */
export function stateBlinding(
  seed: Uint8Array,
  place: { circuit: string; list: number; hop: number; chunk: number },
): bigint {
  return deriveField(seed, `state/${place.circuit}/${place.list}/${place.hop}/${place.chunk}`);
}

/**
 * Randomness of the ElGamal ciphertext, a scalar. It depends on what is encrypted: two ciphertexts under one r would
 * show the difference of their messages.
 *
 * @param purpose what is encrypted: the count of a match, a number of a row, or the 0 that hides which rows a sum is of
 * @param message public field elements that name the encrypted statement
 */
export function elgamalRandomness(
  seed: Uint8Array,
  purpose: 'elgamal' | 'encrypt' | 'select' | 'part' | 'mix',
  message: readonly bigint[],
): bigint {
  return keyedScalar(seed, purpose, message);
}

/**
 * A signing nonce, a scalar: a secret function of the message, so that two messages never share one.
 *
 * @param purpose what is signed; every kind of proof has its own
 * @param message every public field element the proof is about
 */
export function deriveNonce(seed: Uint8Array, purpose: string, message: readonly bigint[]): bigint {
  return keyedScalar(seed, `nonce/${purpose}`, message);
}

/** The room key X = ΣX_i of the members. Their proofs of possession must have been checked before this is trusted. */
export function roomKey(decryptionPublics: readonly Point[]): Point {
  return sum(decryptionPublics);
}

function deriveScalar(seed: Uint8Array, label: string): bigint {
  return nonZero(wideInteger(expand(seed, label)) % SCALAR_MODULUS);
}

function deriveField(seed: Uint8Array, label: string): bigint {
  return wideInteger(expand(seed, label)) % FIELD_MODULUS;
}

function keyedScalar(seed: Uint8Array, label: string, message: readonly bigint[]): bigint {
  return nonZero(wideInteger(hmac(sha512, expand(seed, label), fieldsToBytes(message))) % SCALAR_MODULUS);
}

/** HKDF-SHA512 with no salt: the seed is uniform already. */
function expand(seed: Uint8Array, label: string): Uint8Array {
  if (seed.length !== SEED_BYTES) throw new ProtocolError(`a room seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  return hkdf(sha512, seed, undefined, new TextEncoder().encode(`zk-clean-room/1/${label}`), 64);
}

function wideInteger(bytes: Uint8Array): bigint {
  return (readUint256(bytes, 0) << 256n) | readUint256(bytes, 32);
}

function nonZero(scalar: bigint): bigint {
  if (scalar === 0n) throw new ProtocolError('the room seed derives a zero scalar: take another seed');
  return scalar;
}
