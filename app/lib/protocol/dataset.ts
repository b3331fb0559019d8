import { Domain, hash } from '../field/poseidon2.ts';
import { chainStart, extendChain } from './chain.ts';
import { ProtocolError, assertSlot } from './errors.ts';
import { assertDigest } from './identifier.ts';
import { MAX_COLUMNS, ValueOrder, assertRules, assertValue, packValues, type Rules } from './rules.ts';

/** A slot's rows, in the order of their identifier digests. Secret. */
export type Dataset = Readonly<{
  /** Identifier digests: distinct, above 0 and ascending. */
  digests: readonly bigint[];
  /** One array for each digest, with one integer for each value column. Left out when there are no value columns. */
  values?: readonly (readonly bigint[])[];
}>;

/** What a template demands of every dataset of its rooms. */
export type DatasetRules = Readonly<{
  /** Fewest and most rows. */
  minRows: number;
  maxRows: number;
  rules: Rules;
}>;

/**
 * Sorts rows into a dataset. Duplicates are refused: merging rows is the connector's decision, not ours.
 *
 * @param digests identifier digests, in any order
 * @param values the values of each of these rows; left out when there are no value columns
 */
export function makeDataset(digests: readonly bigint[], values?: Dataset['values']): Dataset {
  if (values && values.length !== digests.length)
    throw new ProtocolError(`there are values for ${values.length} rows, and ${digests.length} identifiers`);
  const order = digests
    .map((_, i) => i)
    .sort((a, b) => (digests[a] < digests[b] ? -1 : digests[a] > digests[b] ? 1 : 0));
  const sorted = order.map((i) => digests[i]);
  const duplicates = sorted.filter((digest, i) => i > 0 && digest === sorted[i - 1]).length;
  if (duplicates > 0)
    throw new ProtocolError(`the dataset holds ${duplicates} duplicate identifiers: merge or remove them first`);
  return assertDataset(values ? { digests: sorted, values: order.map((i) => values[i]) } : { digests: sorted });
}

/**
 * Returns a dataset if it can be committed to: it is not empty; digests are strictly ascending, above 0 (which circuits
 * start from) and below 2^248; every row has the same number of values, one to four if any, all between −2^61 and 2^61.
 */
export function assertDataset(dataset: Dataset): Dataset {
  const { digests, values } = dataset;
  if (digests.length === 0) throw new ProtocolError('the dataset is empty');
  digests.forEach((digest, i) => {
    assertDigest(digest, `identifier digest ${i}`);
    if (digest <= (digests[i - 1] ?? 0n))
      throw new ProtocolError(`identifier digest ${i} is not above the one before it`);
  });
  if (!values) return dataset;
  if (values.length !== digests.length)
    throw new ProtocolError(`there are values for ${values.length} rows, and ${digests.length} identifiers`);
  const columns = values[0].length;
  if (columns < 1 || columns > MAX_COLUMNS)
    throw new ProtocolError(`a dataset with values has 1 to ${MAX_COLUMNS} value columns, not ${columns}`);
  values.forEach((row, i) => {
    if (row.length !== columns)
      throw new ProtocolError(`row ${i} has ${row.length} values, the rows before it have ${columns}`);
    row.forEach((value, column) => assertValue(value, `the value of row ${i}, column ${column}`));
  });
  return dataset;
}

/** Number of rows. */
export function rowCount(dataset: Dataset): number {
  return dataset.digests.length;
}

/**
 * Returns a dataset if it keeps a template's rules. The error names row (from 0, in the order of digests) and column,
 * and repeats no value: what is refused here is what no proof could be made for.
 */
export function assertRulesKept(dataset: Dataset, { rules, minRows, maxRows }: DatasetRules): Dataset {
  const { values = [] } = assertDataset(dataset);
  const columns = values[0]?.length ?? 0;
  assertRules(rules);
  if (rowCount(dataset) < minRows || rowCount(dataset) > maxRows)
    throw new ProtocolError(`the dataset has ${rowCount(dataset)} rows, the policy allows ${minRows} to ${maxRows}`);
  if (columns !== rules.length)
    throw new ProtocolError(`the dataset has ${columns} value columns, the rules are for ${rules.length}`);
  values.forEach((row, i) =>
    row.forEach((value, column) => {
      const { min, max, order } = rules[column];
      const broken = (why: string): never => {
        throw new ProtocolError(`the value of row ${i}, column ${column} ${why}`);
      };
      if (value < min) broken(`is below the least that the rules allow, ${min}`);
      if (value > max) broken(`is above the greatest that the rules allow, ${max}`);
      const before = values[i - 1]?.[column] ?? value;
      if (order === ValueOrder.neverFalls && value < before)
        broken('is below that of the row before it; the rules allow no fall');
      if (order === ValueOrder.neverRises && value > before)
        broken('is above that of the row before it; the rules allow no rise');
    }),
  );
  return dataset;
}

/** The values of every row, none where there are no value columns. */
export function valueRows({ digests, values }: Dataset): readonly (readonly bigint[])[] {
  return values ?? digests.map(() => []);
}

/** The packed values of every row, 0 where there are no value columns. */
export function packedValues(dataset: Dataset): bigint[] {
  return valueRows(dataset).map(packValues);
}

/** The rows accumulator (chain 3) over a dataset's digests. */
export function rowsAccumulator(dataset: Dataset): bigint {
  return extendChain(chainStart(Domain.rowsChain), assertDataset(dataset).digests);
}

/** The values accumulator (chain 29) over a dataset's packed values. */
export function valuesAccumulator(dataset: Dataset): bigint {
  return extendChain(chainStart(Domain.valuesChain), packedValues(assertDataset(dataset)));
}

/** The dataset commitment (hash 4): hides rows and values behind the salt, and binds the slot to them. */
export function datasetCommitment(input: { context: bigint; slot: number; dataset: Dataset; salt: bigint }): bigint {
  const { context, slot, dataset, salt } = input;
  return hash(Domain.datasetCommitment, [
    context,
    BigInt(assertSlot(slot)),
    BigInt(rowCount(dataset)),
    rowsAccumulator(dataset),
    valuesAccumulator(dataset),
    salt,
  ]);
}
