import { Domain, hash } from '../field/poseidon2.ts';

/** The chains that take two values at a time. */
export type PairDomain =
  typeof Domain.rowsChain | typeof Domain.listChain | typeof Domain.mergedChain | typeof Domain.valuesChain;

/**
 * Absorbs values two by two: acc ← hash(domain, [acc, first, second]). The second of a last odd pair is 0; every digest
 * over a chain holds the count too, which tells that 0 from a value.
 *
 * Chains start at 0 and go on from any accumulator that an even number of values led to.
 */
export function pairChain(domain: PairDomain, values: Iterable<bigint>, accumulator = 0n): bigint {
  let first: bigint | undefined;
  for (const value of values) {
    if (first === undefined) {
      first = value;
    } else {
      accumulator = hash(domain, [accumulator, first, value]);
      first = undefined;
    }
  }
  return first === undefined ? accumulator : hash(domain, [accumulator, first, 0n]);
}
