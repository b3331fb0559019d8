/** The protocol's chains, written anew from docs/protocol.md as an oracle for `app/lib/protocol/chain.ts`. */
import { permute } from '../../app/lib/field/poseidon2.ts';

/** The chains of section 2: rows, list, merged, values, masked tally, figures, listed values. */
type ChainDomain = 3 | 5 | 16 | 29 | 37 | 38 | 40;

/** tag(D)·2^64. */
const startOf = (domain: ChainDomain): bigint => 0x7a6b6372n * 2n ** 80n + BigInt(domain) * 2n ** 64n;

/** The accumulator after values: blocks of 32 values and a 0, three at a time. */
export function chainOf(domain: ChainDomain, values: readonly bigint[], start = startOf(domain)): bigint {
  return labelledChainOf(domain, values, [], start);
}

/** The same with labels: behind each block stands the number whose hexadecimal digits, from the last, are the block's labels. */
export function labelledChainOf(
  domain: ChainDomain,
  values: readonly bigint[],
  labels: readonly bigint[],
  start = startOf(domain),
): bigint {
  let chain = start;
  for (let block = 0; block < values.length; block += 32) {
    const digits = labels.slice(block, block + 32).reduce((behind, label) => label.toString(16) + behind, '');
    const at = (i: number): bigint => (i < 32 ? (values[block + i] ?? 0n) : BigInt(`0x0${digits}`));
    for (let i = 0; i < 33; i += 3) [, , , chain] = permute([at(i), at(i + 1), at(i + 2), chain]);
  }
  return chain;
}
