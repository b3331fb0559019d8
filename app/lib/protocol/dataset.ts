import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError, assertSlot } from './errors.ts';
import { assertDigest } from './identifier.ts';
import { pairChain } from './pairs.ts';

/** A slot's identifier digests: distinct and ascending. Secret. */
export type Dataset = readonly bigint[];

/** Sorts identifier digests into a dataset. Duplicates are refused: merging rows is the connector's decision, not ours. */
export function makeDataset(digests: readonly bigint[]): Dataset {
  const sorted = [...digests].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const duplicates = sorted.filter((digest, i) => i > 0 && digest === sorted[i - 1]).length;
  if (duplicates > 0)
    throw new ProtocolError(`the dataset holds ${duplicates} duplicate identifiers: merge or remove them first`);
  return assertDataset(sorted);
}

/** Returns a dataset if it is not empty, strictly ascending, above 0 (which circuits start from) and below 2^248. */
export function assertDataset(dataset: Dataset): Dataset {
  if (dataset.length === 0) throw new ProtocolError('the dataset is empty');
  dataset.forEach((digest, i) => {
    assertDigest(digest, `identifier digest ${i}`);
    if (digest <= (dataset[i - 1] ?? 0n))
      throw new ProtocolError(`identifier digest ${i} is not above the one before it`);
  });
  return dataset;
}

/** The rows accumulator (chain 3) over a dataset. */
export function rowsAccumulator(dataset: Dataset): bigint {
  return pairChain(Domain.rowsChain, assertDataset(dataset));
}

/** The dataset commitment (hash 4): hides the rows behind the salt, and binds the slot to them. */
export function datasetCommitment(input: { context: bigint; slot: number; dataset: Dataset; salt: bigint }): bigint {
  const { context, slot, dataset, salt } = input;
  return hash(Domain.datasetCommitment, [
    context,
    BigInt(assertSlot(slot)),
    BigInt(dataset.length),
    rowsAccumulator(dataset),
    salt,
  ]);
}
