import { squareRoot } from './calls.ts';
import { FIELD_MODULUS } from './field.ts';

const P = FIELD_MODULUS;

/** Reduces any integer into [0, p). */
export function reduce(value: bigint): bigint {
  const r = value % P;
  return r < 0n ? r + P : r;
}

/** Inverse modulo p by the extended Euclidean algorithm. Throws on zero. */
export function invert(value: bigint): bigint {
  let [r0, r1, t0, t1] = [P, reduce(value), 0n, 1n];
  if (r1 === 0n) throw new RangeError('zero has no inverse');
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - quotient * r1, t1, t0 - quotient * t1];
  }
  return reduce(t0);
}

/** Inverses of many elements with one inversion (Montgomery's trick); zeros map to zero. */
export function invertBatch(values: readonly bigint[]): bigint[] {
  const prefixes = new Array<bigint>(values.length);
  let product = 1n;
  values.forEach((value, i) => {
    prefixes[i] = product;
    if (value !== 0n) product = (product * value) % P;
  });
  let inverse = invert(product);
  const inverses = new Array<bigint>(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    if (values[i] === 0n) {
      inverses[i] = 0n;
    } else {
      inverses[i] = (inverse * prefixes[i]) % P;
      inverse = (inverse * values[i]) % P;
    }
  }
  return inverses;
}

/** The even square root of a field element, or `undefined` when it is not a square. The root of 0 is 0. */
export function evenSqrt(value: bigint): bigint | undefined {
  const y = squareRoot(value);
  if (y === undefined) return undefined;
  // bb.js is trusted to find the root, not to be right about it: one multiplication checks.
  if ((y * y) % P !== value) throw new Error('square root of a field element does not square back');
  return y % 2n === 0n ? y : P - y;
}
