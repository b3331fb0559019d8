/** What each step of the protocol has to prove: from its protocol values to the inputs of its proofs. */
import { mulBatch, type BatchOptions } from '../curve/batch.ts';
import { GENERATOR, bytesToPoints, pointsToBytes, type Point } from '../curve/grumpkin.ts';
import { mapWithHints } from '../curve/map.ts';
import { Domain } from '../field/domains.ts';
import { chainStart, extendChain } from '../protocol/chain.ts';
import {
  blindCircuit,
  datasetCircuit,
  hopCircuit,
  matchCircuit,
  releaseCircuit,
  type ChunkSize,
  type DatasetSize,
} from '../protocol/context.ts';
import {
  assertRulesKept,
  datasetCommitment,
  packedValues,
  rowCount,
  valueRows,
  valuesAccumulator,
  type Dataset,
  type DatasetRules,
} from '../protocol/dataset.ts';
import type { Ciphertext } from '../protocol/elgamal.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { identifierField } from '../protocol/identifier.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { listCount, listDigest, listValues, type List } from '../protocol/list.ts';
import { assertFullyHopped, mergedValues, type Match } from '../protocol/match.ts';
import type { Members } from '../protocol/members.ts';
import type { Share } from '../protocol/share.ts';
import { rulesDigest } from '../protocol/rules.ts';
import { extendProduct, permutationChallenge } from '../protocol/statement.ts';
import { chunkJobs, chunkSizeFor, datasetSizeFor, sliceOf, type ProofJob } from './chunks.ts';
import {
  blindStatement,
  datasetStatement,
  dleqProof,
  hopStatement,
  mapHint,
  matchStatement,
  padded,
  point,
  releaseStatement,
  rowValues,
  rulesInput,
  scalar,
  toFields,
} from './inputs.ts';

export type { ProofJob } from './chunks.ts';

/** How the points are multiplied, and the chunk size if not the one that fits the count. */
export type StepOptions = BatchOptions & { readonly size?: ChunkSize };

/** Stands for list and hop in the derivation of the match's state blindings. */
const MATCH_PLACE = { list: 255, hop: 255 };

/** The proofs that a slot's committed dataset keeps the rules of the template. Refuses a dataset that does not. */
export function datasetChunks(
  input: { context: bigint; slot: number; seed: Uint8Array; dataset: Dataset } & DatasetRules,
  options: { readonly size?: DatasetSize } = {},
): ProofJob[] {
  const { context, slot, seed, rules, minRows, maxRows } = input;
  const dataset = assertRulesKept(input.dataset, input);
  const { salt } = deriveKeys(seed);
  const statement = datasetStatement({
    context,
    slot,
    datasetCommitment: datasetCommitment({ context, slot, dataset, salt }),
    minRows,
    maxRows,
    rules: rulesDigest(rules),
  });
  const count = rowCount(dataset);
  const packed = packedValues(dataset);
  const values = valueRows(dataset).map(rowValues);
  const size = options.size ?? datasetSizeFor(count);
  return chunkJobs({
    circuit: datasetCircuit,
    size,
    count,
    statement,
    seed,
    place: { list: slot, hop: 0 },
    initial: {
      rows: chainStart(Domain.rowsChain),
      last_row: 0n,
      values: chainStart(Domain.valuesChain),
      last_values: rowValues([]),
    },
    step(state, index) {
      const slice = sliceOf(index, size);
      const rows = slice(dataset.digests);
      return {
        witness: {
          salt,
          count: BigInt(count),
          rules: rulesInput(rules),
          rows: padded(rows, size, 0n),
          values: padded(slice(values), size, rowValues([])),
        },
        next: {
          rows: extendChain(state.rows, rows),
          last_row: rows.at(-1)!,
          values: extendChain(state.values, slice(packed)),
          last_values: slice(values).at(-1)!,
        },
      };
    },
  });
}

/** The proofs that a slot's list is its committed dataset, blinded with its k. */
export async function blindChunks(
  input: { context: bigint; slot: number; seed: Uint8Array; dataset: Dataset; list: List },
  options: StepOptions = {},
): Promise<ProofJob[]> {
  const { context, slot, seed, dataset, list } = input;
  const keys = deriveKeys(seed);
  const statement = blindStatement({
    context,
    slot,
    blindingKey: keys.blindingPublic,
    datasetCommitment: datasetCommitment({ context, slot, dataset, salt: keys.salt }),
    listDigest: listDigest(context, list),
  });
  const gamma = permutationChallenge(toFields(statement));
  const count = rowCount(dataset);
  const listed = [...listValues(list)];
  const mapped = mapWithHints(dataset.digests.map((digest) => identifierField(context, digest)));
  const computed = await multiply(
    mapped.map((m) => m.point),
    keys.blinding,
    options,
  );
  const [filler] = mapWithHints([identifierField(context, 0n)]);
  const values = valuesAccumulator(dataset);
  const size = options.size ?? chunkSizeFor(count);
  return chunkJobs({
    circuit: blindCircuit,
    size,
    count,
    statement,
    seed,
    place: { list: slot, hop: 0 },
    initial: {
      rows: chainStart(Domain.rowsChain),
      last_row: 0n,
      list: chainStart(Domain.listChain),
      computed: 1n,
      listed: 1n,
    },
    step(state, index) {
      const slice = sliceOf(index, size);
      const rows = slice(dataset.digests);
      const list = padded(slice(listed), size, 0n);
      return {
        witness: {
          secret: scalar(keys.blinding),
          salt: keys.salt,
          values,
          count: BigInt(count),
          rows: padded(rows, size, 0n),
          hints: padded(slice(mapped), size, filler).map(mapHint),
          list,
        },
        next: {
          rows: extendChain(state.rows, rows),
          last_row: rows.at(-1)!,
          list: extendChain(state.list, slice(listed)),
          computed: extendProduct(state.computed, gamma, padded(slice(computed), size, 0n)),
          listed: extendProduct(state.listed, gamma, list),
        },
      };
    },
  });
}

/** The proofs that `output` is `input` with every point multiplied by the slot's k. */
export async function hopChunks(
  input: { context: bigint; slot: number; seed: Uint8Array; input: List; output: List },
  options: StepOptions = {},
): Promise<ProofJob[]> {
  const { context, slot, seed, output } = input;
  if (output.list !== input.input.list || output.hop !== input.input.hop + 1) {
    throw new ProtocolError(
      `hop ${output.hop} of list ${output.list} does not follow hop ${input.input.hop} of list ${input.input.list}`,
    );
  }
  const keys = deriveKeys(seed);
  const count = listCount(output);
  const statement = hopStatement({
    context,
    slot,
    list: output.list,
    hop: output.hop,
    blindingKey: keys.blindingPublic,
    inputDigest: listDigest(context, input.input),
    outputDigest: listDigest(context, output),
  });
  const gamma = permutationChallenge(toFields(statement));
  const points = bytesToPoints(input.input.points);
  const inputs = points.map(({ x }) => x);
  const outputs = [...listValues(output)];
  const computed = await multiply(points, keys.blinding, options);
  const size = options.size ?? chunkSizeFor(count);
  return chunkJobs({
    circuit: hopCircuit,
    size,
    count,
    statement,
    seed,
    place: { list: output.list, hop: output.hop },
    initial: {
      input: chainStart(Domain.listChain),
      output: chainStart(Domain.listChain),
      computed: 1n,
      listed: 1n,
    },
    step(state, index) {
      const slice = sliceOf(index, size);
      const output = padded(slice(outputs), size, 0n);
      return {
        witness: {
          secret: scalar(keys.blinding),
          count: BigInt(count),
          input: padded(slice(points), size, GENERATOR).map(point),
          output,
        },
        next: {
          input: extendChain(state.input, slice(inputs)),
          output: extendChain(state.output, slice(outputs)),
          computed: extendProduct(state.computed, gamma, padded(slice(computed), size, 0n)),
          listed: extendProduct(state.listed, gamma, output),
        },
      };
    },
  });
}

/**
 * The proofs that the match's ciphertext holds the number of elements that all lists share.
 *
 * @param input.lists the members' lists, in the members' order, each at its last hop
 * @param input.key the room key of these members
 */
export function matchChunks(
  input: {
    context: bigint;
    members: Members;
    seed: Uint8Array;
    lists: readonly List[];
    key: Point;
    k: number;
    match: Match;
  },
  options: Pick<StepOptions, 'size'> = {},
): ProofJob[] {
  const { context, members, seed, lists, key, k, match } = input;
  assertFullyHopped(lists, members);
  const statement = matchStatement({
    context,
    members,
    listDigests: lists.map((list) => listDigest(context, list)),
    mergedDigest: match.mergedDigest,
    roomKey: key,
    ...match.ciphertext,
    k,
    meetsK: match.meetsK,
  });
  const gamma = permutationChallenge(toFields(statement));
  const values = lists.map((list) => [...listValues(list)]);
  const merged = [...mergedValues(match.merged)];
  const longest = Math.max(...values.map(({ length }) => length));
  const size = options.size ?? chunkSizeFor(longest);
  return chunkJobs({
    circuit: (n) => matchCircuit(n, members.length),
    size,
    count: longest,
    statement,
    seed,
    place: MATCH_PLACE,
    initial: {
      counts: values.map(({ length }) => BigInt(length)),
      lists: values.map(() => chainStart(Domain.listChain)),
      merged: chainStart(Domain.mergedChain),
      listed: 1n,
      sorted: 1n,
      last_value: 0n,
      run: 0n,
      matched: 0n,
    },
    step(state, index) {
      const slices = values.map(sliceOf(index, size));
      const part = sliceOf(index, size * lists.length)(merged);
      const listed = slices.flatMap((slice) => padded(slice, size, 0n));
      return {
        witness: {
          randomness: scalar(match.randomness),
          lists: slices.map((slice) => padded(slice, size, 0n)),
          // Beyond its end the sequence repeats its last value.
          merged: padded(part, size * lists.length, part.at(-1) ?? state.last_value),
        },
        next: {
          counts: state.counts,
          lists: slices.map((slice, i) => extendChain(state.lists[i], slice)),
          merged: extendChain(state.merged, part),
          listed: extendProduct(state.listed, gamma, listed),
          sorted: extendProduct(state.sorted, gamma, padded(part, size * lists.length, 0n)),
          ...countRuns(part, state, lists.length),
        },
      };
    },
  });
}

/**
 * The proof that the members' shares open the ciphertext to `count`.
 *
 * @param input.decryptionPublics the members' X_i, in the members' order
 * @param input.shares the members' shares, in the same order
 */
export function releaseProof(input: {
  context: bigint;
  members: Members;
  decryptionPublics: readonly Point[];
  shares: readonly Share[];
  ciphertext: Ciphertext;
  k: number;
  count: number;
}): ProofJob {
  const { context, members, decryptionPublics, shares, ciphertext, k, count } = input;
  const statement = releaseStatement({
    context,
    members,
    keys: decryptionPublics,
    ...ciphertext,
    shares: shares.map(({ share }) => share),
    k,
    count,
  });
  return {
    circuit: releaseCircuit(members.length),
    inputs: { statement, proofs: shares.map(({ proof }) => dleqProof(proof)) },
    publicInputs: toFields(statement),
  };
}

/** Runs of equal values, continued over one more part of the merged sequence. */
function countRuns(
  part: readonly bigint[],
  state: { last_value: bigint; run: bigint; matched: bigint },
  lists: number,
): { last_value: bigint; run: bigint; matched: bigint } {
  let { last_value, run, matched } = state;
  for (const value of part) {
    run = value === last_value ? run + 1n : 1n;
    last_value = value;
    if (run === BigInt(lists)) matched++;
  }
  return { last_value, run, matched };
}

/** x of scalar·P for every point. */
async function multiply(points: readonly Point[], by: bigint, options: BatchOptions): Promise<bigint[]> {
  return bytesToPoints(await mulBatch(pointsToBytes(points), by, options)).map(({ x }) => x);
}
