/** A slot's values in the order of its blinded list, behind a commitment: what its encrypted vectors are made of. */
import { Domain, hash } from '../field/poseidon2.ts';
import { chainStart, extendChain } from './chain.ts';
import { packedValues, valueRows, type Dataset } from './dataset.ts';
import { assertSlot } from './errors.ts';

/**
 * The packed values of a dataset's rows in the order of a list. Secret.
 *
 * @param rows for each element of the list, the number of its row
 */
export function listedValues(dataset: Dataset, rows: Uint32Array): bigint[] {
  const packed = packedValues(dataset);
  return Array.from(rows, (row) => packed[row]);
}

/** The values of a dataset's rows, column by column, in the order of a list. Secret. */
export function listedRows(dataset: Dataset, rows: Uint32Array): (readonly bigint[])[] {
  const values = valueRows(dataset);
  return Array.from(rows, (row) => values[row]);
}

/** The commitment to packed values in a list's order (hash 39): hides them behind the blinding, and binds the slot to them. */
export function listedDigest(input: {
  context: bigint;
  slot: number;
  blinding: bigint;
  packed: readonly bigint[];
}): bigint {
  const { context, slot, blinding, packed } = input;
  return hash(Domain.listedValues, [
    context,
    BigInt(assertSlot(slot)),
    blinding,
    BigInt(packed.length),
    extendChain(chainStart(Domain.listedValuesChain), packed),
  ]);
}
