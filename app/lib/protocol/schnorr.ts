import { GENERATOR, assertPoint, msmPublic, mulGenerator, type Point } from '../curve/grumpkin.ts';
import { SCALAR_MODULUS, assertField, assertScalar } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { assertSlot } from './errors.ts';
import { deriveNonce } from './keys.ts';

/** Challenge e (a field element) and response s (a scalar) of a sigma proof. */
export type SigmaProof = Readonly<{ e: bigint; s: bigint }>;

/** Which of a slot's keys a proof of possession is about. */
export const KeyPurpose = { decryption: 1, blinding: 2 } as const;

/** One of a slot's two keys. */
export type KeyPurpose = (typeof KeyPurpose)[keyof typeof KeyPurpose];

/** What a proof of possession is about. */
export type KeyStatement = Readonly<{ context: bigint; slot: number; purpose: KeyPurpose; key: Point }>;

/**
 * Proves knowledge of the secret behind a slot's public key (Schnorr 1991), bound to room, slot and purpose.
 * The nonce is derived from seed and statement, so a repeated call makes the same proof.
 */
export function proveKey(statement: KeyStatement, secret: bigint, seed: Uint8Array): SigmaProof {
  const fields = statementFields(statement);
  const nonce = deriveNonce(seed, statement.purpose === KeyPurpose.decryption ? 'X' : 'K', fields);
  const e = challenge(fields, mulGenerator(nonce));
  const s = (nonce - ((e * assertScalar(secret, 'secret key')) % SCALAR_MODULUS) + SCALAR_MODULUS) % SCALAR_MODULUS;
  return { e, s: assertScalar(s, 'response') };
}

/** Checks A = s·G + e·X against the challenge. Throws on encodings that are not canonical, returns false on a bad proof. */
export function verifyKey(statement: KeyStatement, proof: SigmaProof): boolean {
  const fields = statementFields(statement);
  assertField(proof.e, 'challenge e');
  assertScalar(proof.s, 'response s');
  const announcement = msmPublic([
    [proof.s, GENERATOR],
    [proof.e, statement.key],
  ]);
  return announcement !== undefined && challenge(fields, announcement) === proof.e;
}

function statementFields({ context, slot, purpose, key }: KeyStatement): bigint[] {
  assertPoint(key, 'public key');
  return [context, BigInt(assertSlot(slot)), BigInt(purpose), key.x, key.y];
}

function challenge(fields: readonly bigint[], announcement: Point): bigint {
  return hash(Domain.schnorrChallenge, [...fields, announcement.x, announcement.y]);
}
