import { initialCapacity } from '../field/domains.ts';
import { assertField } from '../field/field.ts';
import { Domain, permute } from '../field/poseidon2.ts';

/** The domains of chains. */
export type ChainDomain =
  | typeof Domain.rowsChain
  | typeof Domain.listChain
  | typeof Domain.mergedChain
  | typeof Domain.valuesChain
  | typeof Domain.maskedChain
  | typeof Domain.figuresChain
  | typeof Domain.listedValuesChain
  | typeof Domain.ciphertextChain;

/** Values of a block; zeros complete a last one. */
const BLOCK = 32;
/** Values that one permutation takes; the last of a block takes two. */
const GROUP = 3;

/** The accumulator of no values: the initial capacity of the domain for the length 0, which no hash has. */
export function chainStart(domain: ChainDomain): bigint {
  return initialCapacity(domain, 0);
}

/**
 * A chain's accumulator after more values: the capacity lane of a sponge in overwrite mode (docs/protocol.md, section 2). Every digest
 * over a chain holds the count too, or is of one count alone, which tells values from the zeros that fill a last block.
 *
 * @param accumulator where the chain starts, or what a whole number of blocks led to
 */
export function extendChain(accumulator: bigint, values: Iterable<bigint>): bigint {
  let block: bigint[] = [];
  for (const value of values) {
    block.push(assertField(value, 'value of a chain'));
    if (block.length < BLOCK) continue;
    accumulator = absorbBlock(accumulator, block);
    block = [];
  }
  return block.length > 0 ? absorbBlock(accumulator, block) : accumulator;
}

function absorbBlock(accumulator: bigint, block: readonly bigint[]): bigint {
  for (let at = 0; at < BLOCK; at += GROUP) {
    const [first = 0n, second = 0n, third = 0n] = block.slice(at, at + GROUP);
    accumulator = permute([first, second, third, accumulator])[GROUP];
  }
  return accumulator;
}
