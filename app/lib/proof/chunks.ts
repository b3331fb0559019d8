/** Cutting a long statement into chunks whose proofs hand a committed state to one another. */
import { CHUNK_SIZES, DATASET_SIZES, type ChunkSize, type CircuitName, type DatasetSize } from '../protocol/context.ts';
import { stateBlinding } from '../protocol/keys.ts';
import { stateCommitment } from '../protocol/statement.ts';
import type { CircuitInputs } from './execute.ts';
import { chunkInput, padded, toFields, type Chunk, type Struct } from './inputs.ts';

/** One proof to be made. Jobs of one step don't depend on each other's proofs, so any of them can be made first or again. */
export type ProofJob = {
  readonly circuit: CircuitName;
  /** Secret, but for what `publicInputs` shows. */
  readonly inputs: CircuitInputs;
  readonly publicInputs: readonly bigint[];
};

/** Which proof states a step's blindings are for: part of their derivation from the seed. */
export type StatePlace = { readonly list: number; readonly hop: number };

/**
 * The chunk size that proves a list soonest: up to two small chunks take less time than one large one (about 2 against 16
 * seconds each on two cores), transactions counted; beyond that, large ones keep the number of transactions down.
 */
export function chunkSizeFor(count: number): ChunkSize {
  const [small, large] = CHUNK_SIZES;
  return count <= 2 * small ? small : large;
}

/**
 * The chunk size that proves a dataset's rules soonest: one chunk for as long as one is enough, since a large one takes
 * but three seconds more than a small one (3.4 against 0.5 seconds on two cores), less than another transaction.
 */
export function datasetSizeFor(count: number): DatasetSize {
  const [small, large] = DATASET_SIZES;
  return count <= small ? small : large;
}

/** Number of chunks of a list of `count` elements. */
export function chunkCount(count: number, size: number): number {
  return Math.ceil(count / size);
}

/** What chunk `index` covers of an array over the elements. */
export function sliceOf(index: number, size: number) {
  return <T>(values: readonly T[]): readonly T[] => values.slice(index * size, (index + 1) * size);
}

/** Elements of a block: circuits that take a chunk's blocks from its end look at places within the last one alone. */
const BLOCK = 32;

/** A chunk of `size` places whose live elements fill whole blocks at its end, but for places behind the last of them. */
export function atTail<T>(values: readonly T[], size: number, filler: T): T[] {
  const end = padded(values, BLOCK * Math.ceil(values.length / BLOCK), filler);
  return [...Array.from({ length: size - end.length }, () => filler), ...end];
}

/**
 * The proofs of a chunked statement.
 *
 * @param input.count elements of the longest list
 * @param input.initial the state before the first chunk
 * @param input.step what a chunk covers, from a state to the next; `witness` lacks what this function adds
 */
export function chunkJobs<Size extends number, State extends Struct>(input: {
  circuit: (size: Size) => CircuitName;
  size: Size;
  count: number;
  statement: Struct;
  seed: Uint8Array;
  place: StatePlace;
  initial: State;
  step: (state: State, index: number) => { witness: Struct; next: State };
}): ProofJob[] {
  const { size, count, statement, seed, place, step } = input;
  const circuit = input.circuit(size);
  const total = chunkCount(count, size);
  const jobs: ProofJob[] = [];
  let state = input.initial;
  let before = { blinding: 0n, commitment: 0n };
  for (let index = 0; index < total; index++) {
    const { witness, next } = step(state, index);
    const blinding = stateBlinding(seed, { circuit, ...place, chunk: index });
    const after = { blinding, commitment: stateCommitment(blinding, toFields(next)) };
    const chunk: Chunk = {
      index,
      last: index === total - 1,
      stateBefore: before.commitment,
      stateAfter: after.commitment,
    };
    const chunkStruct = chunkInput(chunk);
    jobs.push({
      circuit,
      inputs: {
        statement,
        chunk: chunkStruct,
        witness: { ...witness, state, blindings: { before: before.blinding, after: after.blinding } },
      },
      publicInputs: [...toFields(statement), ...toFields(chunkStruct)],
    });
    state = next;
    before = after;
  }
  return jobs;
}
