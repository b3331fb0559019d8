import { GENERATOR, assertPoint, msmPublic, mul, mulGenerator, type Point } from '../curve/grumpkin.ts';
import { SCALAR_MODULUS, assertField, assertScalar } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { assertSlot } from './errors.ts';
import { deriveNonce } from './keys.ts';
import type { SigmaProof } from './schnorr.ts';

/** log_G(key) = log_base(image): key = x·G and image = x·base for one secret x. */
type EqualLogs = Readonly<{ key: Point; base: Point; image: Point }>;

/** The statement of a share, for one slot of one room: X, C1 and S. */
export type DleqStatement = EqualLogs & Readonly<{ context: bigint; slot: number }>;

/** The statement of a hop's sums: K, the sum of the input's points and that of the output's. */
export type HopSums = EqualLogs & Readonly<{ context: bigint; slot: number; list: number; hop: number }>;

/** What tells one kind of statement from another: the challenge's hash, the nonce's purpose, and what both are bound to. */
type Bound = { readonly domain: Domain; readonly purpose: string; readonly fields: readonly bigint[] };

/** Proves a share's statement. The nonce is derived from seed and statement, so a repeated call makes the same proof. */
export function proveDleq(statement: DleqStatement, secret: bigint, seed: Uint8Array): SigmaProof {
  return prove(statement, shareOf(statement), secret, seed);
}

/** Whether a proof is one of this share's statement. */
export function verifyDleq(statement: DleqStatement, proof: SigmaProof): boolean {
  return verify(statement, shareOf(statement), proof);
}

/** Proves that a hop multiplied the sum of a list's points by the slot's k. */
export function proveHopSums(statement: HopSums, blinding: bigint, seed: Uint8Array): SigmaProof {
  return prove(statement, hopOf(statement), blinding, seed);
}

/** Whether a proof is one of these sums. */
export function verifyHopSums(statement: HopSums, proof: SigmaProof): boolean {
  return verify(statement, hopOf(statement), proof);
}

function shareOf({ context, slot, ...points }: DleqStatement): Bound {
  const fields = [context, BigInt(assertSlot(slot)), ...pointFields(points)];
  return { domain: Domain.dleqChallenge, purpose: 'share', fields };
}

function hopOf({ context, slot, list, hop, ...points }: HopSums): Bound {
  const place = [slot, list, hop].map((number) => BigInt(assertSlot(number)));
  return { domain: Domain.hopChallenge, purpose: 'hop', fields: [context, ...place, ...pointFields(points)] };
}

/** Chaum and Pedersen 1992, made non-interactive by Fiat and Shamir's method. */
function prove({ base }: EqualLogs, bound: Bound, secret: bigint, seed: Uint8Array): SigmaProof {
  const nonce = deriveNonce(seed, bound.purpose, bound.fields);
  const e = challenge(bound, mulGenerator(nonce), mul(base, nonce));
  const s = (nonce - ((e * assertScalar(secret, 'secret key')) % SCALAR_MODULUS) + SCALAR_MODULUS) % SCALAR_MODULUS;
  return { e, s: assertScalar(s, 'response') };
}

/** Checks A1 = s·G + e·key and A2 = s·base + e·image against the challenge. Returns false on a bad proof. */
function verify({ key, base, image }: EqualLogs, bound: Bound, { e, s }: SigmaProof): boolean {
  assertField(e, 'challenge e');
  assertScalar(s, 'response s');
  const first = msmPublic([
    [s, GENERATOR],
    [e, key],
  ]);
  const second = msmPublic([
    [s, base],
    [e, image],
  ]);
  return first !== undefined && second !== undefined && challenge(bound, first, second) === e;
}

function pointFields({ key, base, image }: EqualLogs): bigint[] {
  assertPoint(key, 'public key');
  assertPoint(base, 'base');
  assertPoint(image, 'image');
  return [key.x, key.y, base.x, base.y, image.x, image.y];
}

function challenge({ domain, fields }: Bound, first: Point, second: Point): bigint {
  return hash(domain, [...fields, first.x, first.y, second.x, second.y]);
}
