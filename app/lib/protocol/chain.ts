import { initialCapacity } from '../field/domains.ts';
import { assertField } from '../field/field.ts';
import { Domain, permute } from '../field/poseidon2.ts';
import { packLabels } from './labels.ts';

/** The domains of chains. */
export type ChainDomain =
  | typeof Domain.rowsChain
  | typeof Domain.listChain
  | typeof Domain.mergedChain
  | typeof Domain.valuesChain
  | typeof Domain.maskedChain
  | typeof Domain.figuresChain
  | typeof Domain.listedValuesChain
  | typeof Domain.ciphertextChain
  | typeof Domain.mixedChain;

/** Values of a block; zeros complete a last one. */
const BLOCK = 32;
/** Values that one permutation takes; the last of a block takes two, and the block's labels. */
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
 * @param labels in chains of lists: one for each of these values, known to have four bits; all 0 if left out
 */
export function extendChain(
  accumulator: bigint,
  values: Iterable<bigint>,
  labels: Uint8Array = new Uint8Array(0),
): bigint {
  let part: bigint[] = [];
  let block = 0;
  const absorb = (): void => {
    accumulator = absorbBlock(accumulator, part, packLabels(labels, block++));
    part = [];
  };
  for (const value of values) {
    part.push(assertField(value, 'value of a chain'));
    if (part.length === BLOCK) absorb();
  }
  if (part.length > 0) absorb();
  return accumulator;
}

function absorbBlock(accumulator: bigint, part: readonly bigint[], labels: bigint): bigint {
  const valueAt = (place: number): bigint => (place === BLOCK ? labels : (part[place] ?? 0n));
  for (let at = 0; at < BLOCK; at += GROUP) {
    const [first, second, third] = [valueAt(at), valueAt(at + 1), valueAt(at + 2)];
    accumulator = permute([first, second, third, accumulator])[GROUP];
  }
  return accumulator;
}
