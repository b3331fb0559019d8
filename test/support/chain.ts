/** The protocol's chains, written anew from docs/protocol.md as an oracle for `app/lib/protocol/chain.ts`. */
import { permute } from '../../app/lib/field/poseidon2.ts';

/** The chains of section 2: rows, list, merged, values, masked tally, figures. */
type ChainDomain = 3 | 5 | 16 | 29 | 37 | 38;

/** tag(D)·2^64. */
const startOf = (domain: ChainDomain): bigint => 0x7a6b6372n * 2n ** 80n + BigInt(domain) * 2n ** 64n;

/** The accumulator after values: blocks of 32 values and a 0, three at a time. */
export function chainOf(domain: ChainDomain, values: readonly bigint[], start = startOf(domain)): bigint {
  let chain = start;
  for (let block = 0; block < values.length; block += 32) {
    const at = (i: number): bigint => (i < 32 ? (values[block + i] ?? 0n) : 0n);
    for (let i = 0; i < 33; i += 3) [, , , chain] = permute([at(i), at(i + 1), at(i + 2), chain]);
  }
  return chain;
}
