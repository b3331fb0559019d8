import { GENERATOR, assertPoint, msmPublic, mul, mulGenerator, type Point } from '../curve/grumpkin.ts';
import { assertScalar } from '../field/field.ts';
import { ProtocolError } from './errors.ts';

/** An exponential ElGamal ciphertext of a count. */
export type Ciphertext = Readonly<{ c1: Point; c2: Point }>;

/** Encrypts a count: C1 = r·G, C2 = count·G + r·X. `randomness` is a fresh secret scalar. */
export function encrypt(count: number, randomness: bigint, key: Point): Ciphertext {
  if (!Number.isInteger(count) || count < 0 || count >= 2 ** 32) {
    throw new ProtocolError('only whole numbers from 0 to 2^32 − 1 can be encrypted');
  }
  const c1 = mulGenerator(assertScalar(randomness, 'ElGamal randomness'));
  const c2 = msmPublic([
    [BigInt(count), GENERATOR],
    [1n, mul(key, randomness)],
  ]);
  if (c2 === undefined) throw new ProtocolError('this randomness leads to infinity: take another');
  return { c1, c2 };
}

/** Returns a ciphertext if both its points are valid, else throws. */
export function assertCiphertext(ciphertext: Ciphertext): Ciphertext {
  assertPoint(ciphertext.c1, 'C1');
  assertPoint(ciphertext.c2, 'C2');
  return ciphertext;
}
