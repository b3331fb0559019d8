/** What each step of the protocol has to prove: from its protocol values to the inputs of its proofs. */
import { mulBatch, type BatchOptions } from '../curve/batch.ts';
import { GENERATOR, bytesToPoints, pointsToBytes, type Point } from '../curve/grumpkin.ts';
import { mapWithHints } from '../curve/map.ts';
import { Domain } from '../field/domains.ts';
import { rowLabels } from '../protocol/blind.ts';
import { chainStart, extendChain } from '../protocol/chain.ts';
import {
  blindCircuit,
  blindValuesCircuit,
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
import { listCount, listDigest, listLabels, listValues, numberedDigest, type List } from '../protocol/list.ts';
import { listedDigest, listedValues } from '../protocol/listed.ts';
import { mergedValues, type Match } from '../protocol/match.ts';
import type { Members } from '../protocol/members.ts';
import { NO_PLAN, planDigest, type Plan } from '../protocol/plan.ts';
import { flaggedList, returnedDigest, returnedLists, returnedNumber, type ReturnedList } from '../protocol/returned.ts';
import type { Share } from '../protocol/share.ts';
import { rulesDigest } from '../protocol/rules.ts';
import {
  extendProduct,
  flaggedFactor,
  pairChallenge,
  pairFactor,
  permutationChallenge,
  tripleFactor,
} from '../protocol/statement.ts';
import { atTail, chunkJobs, chunkSizeFor, datasetSizeFor, sliceOf, type ProofJob } from './chunks.ts';
import {
  blindStatement,
  datasetStatement,
  dleqProof,
  hopStatement,
  mapHint,
  matchStatement,
  padded,
  planInput,
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

/**
 * The proofs that a slot's list is its committed dataset, blinded with its k. Of a list that has labels, as in rooms that join
 * values, also that they are those that it has to have, and that its values in the list's order are behind their commitment.
 *
 * @param input.plan for the slot that names groups: the plan whose groups are the labels
 * @throws ProtocolError when the list is not made of the dataset's rows, or has no labels though there is a plan for them
 */
export async function blindChunks(
  input: { context: bigint; slot: number; seed: Uint8Array; dataset: Dataset; list: List; plan?: Plan },
  options: StepOptions = {},
): Promise<ProofJob[]> {
  const { context, slot, seed, dataset, list, plan } = input;
  const joins = list.labels !== undefined;
  if (plan && !joins) throw new ProtocolError('the list has no labels, which the groups of a plan should be');
  const keys = deriveKeys(seed);
  const blinding = keys.listedBlinding;
  const mapped = mapWithHints(dataset.digests.map((digest) => identifierField(context, digest)));
  const computed = await multiply(
    mapped.map((m) => m.point),
    keys.blinding,
    options,
  );
  const listed = [...listValues(list)];
  const behind = rowsBehind(listed, computed);
  // Without labels nothing stands beside x.
  const zeros = computed.map(() => 0n);
  const listLabel = listLabels(list);
  const [packed, listPacked] = joins ? [packedValues(dataset), listedValues(dataset, behind)] : [zeros, zeros];
  const statement = blindStatement({
    context,
    slot,
    blindingKey: keys.blindingPublic,
    datasetCommitment: datasetCommitment({ context, slot, dataset, salt: keys.salt }),
    listDigest: listDigest(context, list),
    values: joins ? listedDigest({ context, slot, blinding, packed: listPacked }) : 0n,
    plan: plan ? planDigest(plan) : 0n,
  });
  const gamma = permutationChallenge(toFields(statement));
  const triple = tripleFactor(pairChallenge(gamma));
  const labels = [...rowLabels(dataset, plan)].map(BigInt);
  const computedFactors = computed.map((x, i) => triple(x, labels[i], packed[i]));
  const listedFactors = listed.map((x, i) => triple(x, BigInt(listLabel[i]), listPacked[i]));
  const count = rowCount(dataset);
  const [filler] = mapWithHints([identifierField(context, 0n)]);
  const size = options.size ?? chunkSizeFor(count);
  const part = <T>(of: readonly T[], index: number, nothing: T): T[] => padded(sliceOf(index, size)(of), size, nothing);
  const initial = {
    rows: chainStart(Domain.rowsChain),
    last_row: 0n,
    list: chainStart(Domain.listChain),
    computed: 1n,
    listed: 1n,
  };
  const blinded = (state: typeof initial, index: number) => {
    const slice = sliceOf(index, size);
    const rows = slice(dataset.digests);
    return {
      witness: {
        secret: scalar(keys.blinding),
        salt: keys.salt,
        count: BigInt(count),
        rows: padded(rows, size, 0n),
        hints: part(mapped, index, filler).map(mapHint),
        list: part(listed, index, 0n),
      },
      next: {
        rows: extendChain(state.rows, rows),
        last_row: rows.at(-1)!,
        list: extendChain(state.list, slice(listed), labelsOf(listLabel, index, size)),
        computed: extendProduct(state.computed, gamma, part(computedFactors, index, 0n)),
        listed: extendProduct(state.listed, gamma, part(listedFactors, index, 0n)),
      },
    };
  };
  const step = { size, count, statement, seed, place: { list: slot, hop: 0 } };
  if (!joins) {
    const values = valuesAccumulator(dataset);
    return chunkJobs({
      ...step,
      circuit: blindCircuit,
      initial,
      step(state, index) {
        const { witness, next } = blinded(state, index);
        return { witness: { blinded: witness, values }, next };
      },
    });
  }
  const values = valueRows(dataset).map(rowValues);
  return chunkJobs({
    ...step,
    circuit: blindValuesCircuit,
    initial: {
      blinded: initial,
      values: chainStart(Domain.valuesChain),
      listed_values: chainStart(Domain.listedValuesChain),
    },
    step(state, index) {
      const { witness, next } = blinded(state.blinded, index);
      const slice = sliceOf(index, size);
      return {
        witness: {
          blinded: witness,
          blinding,
          plan: planInput(plan ?? NO_PLAN),
          packed: part(packed, index, 0n),
          values: part(values, index, rowValues([])),
          // Labels are 1 + a group's number.
          groups: part(labels, index, 1n).map((label) => (plan ? label - 1n : 0n)),
          list_labels: part([...listLabel].map(BigInt), index, 0n),
          list_values: part(listPacked, index, 0n),
        },
        next: {
          blinded: next,
          values: extendChain(state.values, slice(packed)),
          listed_values: extendChain(state.listed_values, slice(listPacked)),
        },
      };
    },
  });
}

/** The proofs that `output` is `input` with every point multiplied by the slot's k, and each with its label. */
export async function hopChunks(
  input: { context: bigint; slot: number; seed: Uint8Array; input: List; output: List },
  options: StepOptions = {},
): Promise<ProofJob[]> {
  return hopProofs({ ...input, number: input.output.list }, options);
}

/**
 * The proofs that flags were returned by one hop, to the elements that the slot made those after it from.
 *
 * @param input.input the returned list before the hop
 * @param input.output the returned list after the hop
 */
export async function returnChunks(
  input: { context: bigint; slot: number; seed: Uint8Array; input: ReturnedList; output: ReturnedList },
  options: StepOptions = {},
): Promise<ProofJob[]> {
  const { context, slot, seed } = input;
  const [before, after] = [flaggedList(input.input), flaggedList(input.output)];
  return hopProofs({ context, slot, seed, input: before, output: after, number: returnedNumber(after.list) }, options);
}

/** The proofs of circuit `hop` for lists under a number of their own. */
async function hopProofs(
  input: { context: bigint; slot: number; seed: Uint8Array; input: List; output: List; number: number },
  options: StepOptions,
): Promise<ProofJob[]> {
  const { context, slot, seed, output, number } = input;
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
    list: number,
    hop: output.hop,
    blindingKey: keys.blindingPublic,
    inputDigest: numberedDigest(context, number, input.input),
    outputDigest: numberedDigest(context, number, output),
  });
  const gamma = permutationChallenge(toFields(statement));
  const pair = pairFactor(pairChallenge(gamma));
  const points = bytesToPoints(input.input.points);
  const inputs = points.map(({ x }) => x);
  const outputs = [...listValues(output)];
  const [inputLabels, outputLabels] = [listLabels(input.input), listLabels(output)];
  const [before, after] = [[...inputLabels].map(BigInt), [...outputLabels].map(BigInt)];
  const computed = await multiply(points, keys.blinding, options);
  const computedFactors = computed.map((x, i) => pair(x, before[i]));
  const listedFactors = outputs.map((x, i) => pair(x, after[i]));
  const size = options.size ?? chunkSizeFor(count);
  return chunkJobs({
    circuit: hopCircuit,
    size,
    count,
    statement,
    seed,
    place: { list: number, hop: output.hop },
    initial: {
      input: chainStart(Domain.listChain),
      output: chainStart(Domain.listChain),
      computed: 1n,
      listed: 1n,
    },
    step(state, index) {
      const slice = sliceOf(index, size);
      return {
        witness: {
          secret: scalar(keys.blinding),
          count: BigInt(count),
          input: atTail(slice(points), size, GENERATOR).map(point),
          input_labels: atTail(slice(before), size, 0n),
          output: atTail(slice(outputs), size, 0n),
          output_labels: atTail(slice(after), size, 0n),
        },
        next: {
          input: extendChain(state.input, slice(inputs), labelsOf(inputLabels, index, size)),
          output: extendChain(state.output, slice(outputs), labelsOf(outputLabels, index, size)),
          computed: extendProduct(state.computed, gamma, padded(slice(computedFactors), size, 0n)),
          listed: extendProduct(state.listed, gamma, padded(slice(listedFactors), size, 0n)),
        },
      };
    },
  });
}

/**
 * The proofs that the match's ciphertext holds the number of elements that all lists share, and that the returned lists after
 * the last hop tell with flags which these are.
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
  const returned = returnedLists(lists, members);
  const statement = matchStatement({
    context,
    members,
    listDigests: lists.map((list) => listDigest(context, list)),
    returned: returned.map((list) => returnedDigest(context, list)),
    mergedDigest: match.mergedDigest,
    roomKey: key,
    ...match.ciphertext,
    k,
    meetsK: match.meetsK,
  });
  const gamma = permutationChallenge(toFields(statement));
  const flagged = flaggedFactor(pairChallenge(gamma));
  const values = lists.map((list) => [...listValues(list)]);
  const labels = lists.map(listLabels);
  const longest = Math.max(...values.map(({ length }) => length));
  const factors = values.map((of, i) =>
    of.map((x, j) => flagged(x, BigInt(labels[i][j]), BigInt(returned[i].flags[j]))),
  );
  const merged = [...mergedValues(match.merged)];
  const mergedLabels = [...match.mergedLabels].map(BigInt);
  const mergedFlags = runFlags(merged, mergedLabels, lists.length);
  const mergedFactors = merged.map((x, i) => flagged(x, mergedLabels[i], mergedFlags[i]));
  const size = options.size ?? chunkSizeFor(longest);
  const mergedSize = size * lists.length;
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
      returned: values.map(() => chainStart(Domain.listChain)),
      listed: 1n,
      sorted: 1n,
      last_value: 0n,
      run: 0n,
      matched: 0n,
      label_sum: 0n,
      flag: 0n,
    },
    step(state, index) {
      const slice = sliceOf(index, size);
      const mergedSlice = sliceOf(index, mergedSize);
      const part = mergedSlice(merged);
      const partLabels = mergedSlice(mergedLabels);
      const partFlags = mergedSlice(mergedFlags);
      const flags = returned.map((list) => list.flags);
      const bytes = (of: readonly Uint8Array[]): bigint[][] =>
        of.map((list) => padded([...labelsOf(list, index, size)].map(BigInt), size, 0n));
      return {
        witness: {
          randomness: scalar(match.randomness),
          lists: values.map((of) => padded(slice(of), size, 0n)),
          labels: bytes(labels),
          flags: bytes(flags),
          // Beyond its end the sequence repeats its last value and flag.
          merged: padded(part, mergedSize, part.at(-1) ?? state.last_value),
          merged_labels: padded(partLabels, mergedSize, 0n),
          merged_flags: padded(partFlags, mergedSize, partFlags.at(-1) ?? state.flag),
        },
        next: {
          counts: state.counts,
          lists: values.map((of, i) => extendChain(state.lists[i], slice(of), labelsOf(labels[i], index, size))),
          merged: extendChain(state.merged, part, Uint8Array.from(partLabels, Number)),
          returned: values.map((of, i) => extendChain(state.returned[i], slice(of), labelsOf(flags[i], index, size))),
          listed: extendProduct(
            state.listed,
            gamma,
            factors.flatMap((of) => padded(slice(of), size, 0n)),
          ),
          sorted: extendProduct(state.sorted, gamma, padded(mergedSlice(mergedFactors), mergedSize, 0n)),
          ...countRuns(part, partLabels, partFlags, state, lists.length),
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

/** What `match` keeps of the merged sequence so far. */
type Runs = { last_value: bigint; run: bigint; matched: bigint; label_sum: bigint; flag: bigint };

/** Runs of equal values, continued over one more part of the merged sequence. */
function countRuns(
  part: readonly bigint[],
  labels: readonly bigint[],
  flags: readonly bigint[],
  { last_value, run, matched, label_sum, flag }: Runs,
  lists: number,
): Runs {
  for (const [i, value] of part.entries()) {
    const again = value === last_value;
    run = again ? run + 1n : 1n;
    label_sum = again ? label_sum + labels[i] : labels[i];
    flag = flags[i];
    last_value = value;
    if (run === BigInt(lists)) matched++;
  }
  return { last_value, run, matched, label_sum, flag };
}

/** For each value of a merged sequence the sum of its run's labels, if the run is as long as there are lists, else 0. */
function runFlags(merged: readonly bigint[], labels: readonly bigint[], lists: number): bigint[] {
  const flags = merged.map(() => 0n);
  for (let first = 0, end = 1; first < merged.length; first = end++) {
    while (end < merged.length && merged[end] === merged[first]) end++;
    if (end - first !== lists) continue;
    flags.fill(
      labels.slice(first, end).reduce((sum, label) => sum + label, 0n),
      first,
      end,
    );
  }
  return flags;
}

/** The labels of a chunk's elements. */
function labelsOf(labels: Uint8Array, index: number, size: number): Uint8Array {
  return labels.subarray(index * size, (index + 1) * size);
}

/** For each element of a list the number of the row that it was made from, which `computed` has in the rows' order. */
function rowsBehind(listed: readonly bigint[], computed: readonly bigint[]): Uint32Array {
  const rowOf = new Map(computed.map((x, row) => [x, row]));
  return Uint32Array.from(listed, (x, i) => {
    const row = rowOf.get(x);
    if (row === undefined) throw new ProtocolError(`element ${i} of the list is none of the dataset's blinded rows`);
    return row;
  });
}

/** x of scalar·P for every point. */
async function multiply(points: readonly Point[], by: bigint, options: BatchOptions): Promise<bigint[]> {
  return bytesToPoints(await mulBatch(pointsToBytes(points), by, options)).map(({ x }) => x);
}
