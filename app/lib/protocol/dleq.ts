import { GENERATOR, assertPoint, msmPublic, mul, mulGenerator, type Point } from '../curve/grumpkin.ts';
import { SCALAR_MODULUS, assertField, assertScalar } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { assertSlot } from './errors.ts';
import { deriveNonce } from './keys.ts';
import type { SigmaProof } from './schnorr.ts';

/** The statement log_G(key) = log_base(image), for one slot of one room. In a share: X, C1 and S. */
export type DleqStatement = Readonly<{ context: bigint; slot: number; key: Point; base: Point; image: Point }>;

/**
 * Proves that key = x·G and image = x·base for one x (Chaum and Pedersen 1992).
 * The nonce is derived from seed and statement, so a repeated call makes the same proof.
 */
export function proveDleq(statement: DleqStatement, secret: bigint, seed: Uint8Array): SigmaProof {
  const fields = statementFields(statement);
  const nonce = deriveNonce(seed, 'share', fields);
  const e = challenge(fields, mulGenerator(nonce), mul(statement.base, nonce));
  const s = (nonce - ((e * assertScalar(secret, 'secret key')) % SCALAR_MODULUS) + SCALAR_MODULUS) % SCALAR_MODULUS;
  return { e, s: assertScalar(s, 'response') };
}

/** Checks A1 = s·G + e·X and A2 = s·C1 + e·S against the challenge. Returns false on a bad proof. */
export function verifyDleq(statement: DleqStatement, { e, s }: SigmaProof): boolean {
  const fields = statementFields(statement);
  assertField(e, 'challenge e');
  assertScalar(s, 'response s');
  const first = msmPublic([
    [s, GENERATOR],
    [e, statement.key],
  ]);
  const second = msmPublic([
    [s, statement.base],
    [e, statement.image],
  ]);
  return first !== undefined && second !== undefined && challenge(fields, first, second) === e;
}

function statementFields({ context, slot, key, base, image }: DleqStatement): bigint[] {
  assertPoint(key, 'public key');
  assertPoint(base, 'C1');
  assertPoint(image, 'share');
  return [context, BigInt(assertSlot(slot)), key.x, key.y, base.x, base.y, image.x, image.y];
}

function challenge(fields: readonly bigint[], first: Point, second: Point): bigint {
  return hash(Domain.dleqChallenge, [...fields, first.x, first.y, second.x, second.y]);
}
