/** What the steps of a room that aggregates have to prove: from their protocol values to the inputs of their proofs. */
import type { Point } from '../curve/grumpkin.ts';
import { Domain } from '../field/domains.ts';
import { chainStart, extendChain } from '../protocol/chain.ts';
import { tallyCircuit, type ChunkSize } from '../protocol/context.ts';
import {
  datasetCommitment,
  packedValues,
  rowCount,
  rowsAccumulator,
  valueRows,
  type Dataset,
} from '../protocol/dataset.ts';
import { deriveFigures, addMasked, figureFields, figuresDigest, rowsOf } from '../protocol/figures.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { meanVariances } from '../protocol/lift.ts';
import { maskTally, maskedDigest } from '../protocol/masked.ts';
import { assertPerMember, type Members } from '../protocol/members.ts';
import { groupOf, planDigest, type Plan } from '../protocol/plan.ts';
import { addRows, emptyCells, fullGroups, tallyCells, tallyCommitment } from '../protocol/tally.ts';
import { chunkJobs, chunkSizeFor, sliceOf, type ProofJob } from './chunks.ts';
import {
  figuresInput,
  figuresStatement,
  maskedStatement,
  padded,
  perMember,
  planInput,
  rowValues,
  scalar,
  tallyStatement,
  toFields,
} from './inputs.ts';

/** The proofs that a slot's committed tally is that of its committed rows. Refuses rows that break the plan. */
export function tallyChunks(
  input: { context: bigint; slot: number; seed: Uint8Array; dataset: Dataset; plan: Plan; k: number },
  options: { readonly size?: ChunkSize } = {},
): ProofJob[] {
  const { context, slot, seed, dataset, plan, k } = input;
  const { salt, tallyBlinding: blinding } = deriveKeys(seed);
  const cells = tallyCells(dataset, plan);
  const statement = tallyStatement({
    context,
    slot,
    datasetCommitment: datasetCommitment({ context, slot, dataset, salt }),
    plan: planDigest(plan),
    k,
    tally: tallyCommitment({ context, slot, cells, blinding }),
    full: fullGroups(cells, k),
  });
  const count = rowCount(dataset);
  const rows = rowsAccumulator(dataset);
  const packed = packedValues(dataset);
  const values = valueRows(dataset);
  const size = options.size ?? chunkSizeFor(count);
  return chunkJobs({
    circuit: tallyCircuit,
    size,
    count,
    statement,
    seed,
    place: { list: slot, hop: 0 },
    initial: { values: chainStart(Domain.valuesChain), cells: emptyCells() },
    step(state, index) {
      const slice = sliceOf(index, size);
      const part = slice(values);
      const after = [...state.cells];
      addRows(after, part, plan);
      return {
        witness: {
          salt,
          count: BigInt(count),
          rows,
          plan: planInput(plan),
          blinding,
          values: padded(part.map(rowValues), size, rowValues([])),
          groups: padded(
            part.map((row) => BigInt(groupOf(plan, row))),
            size,
            0n,
          ),
        },
        next: { values: extendChain(state.values, slice(packed)), cells: after },
      };
    },
  });
}

/**
 * The proof that a slot's masked tally is its committed one, with the masks of all pairs that the slot is in.
 *
 * @param input.keys the members' X_i, in the members' order
 * @param input.cells the slot's tally
 * @param input.full the slot's set of full groups
 * @param input.open the room's set of open groups
 */
export function maskedProof(input: {
  context: bigint;
  slot: number;
  transcript: bigint;
  members: Members;
  keys: readonly Point[];
  seed: Uint8Array;
  cells: readonly bigint[];
  plan: Plan;
  full: number;
  open: number;
}): ProofJob {
  const { context, slot, transcript, members, keys, seed, cells, plan, full, open } = input;
  const { decryption, tallyBlinding: blinding } = deriveKeys(seed);
  const statement = maskedStatement({
    context,
    slot,
    transcript,
    members,
    keys,
    plan: planDigest(plan),
    tally: tallyCommitment({ context, slot, cells, blinding }),
    full,
    open,
    maskedDigest: maskedDigest(context, slot, maskTally({ ...input, decryption })),
  });
  return {
    circuit: 'masked',
    inputs: {
      statement,
      witness: { secret: scalar(decryption), plan: planInput(plan), blinding, cells },
    },
    publicInputs: toFields(statement),
  };
}

/**
 * The proof that figures follow from the members' masked tallies.
 *
 * @param input.masked the members' masked tallies, in the members' order
 * @param input.full the members' sets of full groups, in the same order
 * @param input.open the room's set of open groups
 */
export function figuresProof(input: {
  context: bigint;
  members: Members;
  masked: readonly (readonly bigint[])[];
  full: readonly number[];
  open: number;
  plan: Plan;
  k: number;
}): ProofJob {
  const { context, members, masked, full, open, plan, k } = input;
  assertPerMember(masked, members, 'masked tallies');
  assertPerMember(full, members, 'sets of full groups');
  const totals = addMasked(masked);
  const figures = deriveFigures(totals, { plan, k, full, open });
  const statement = figuresStatement({
    context,
    members,
    maskedDigests: members.map((slot, i) => maskedDigest(context, slot, masked[i])),
    full,
    open,
    plan: planDigest(plan),
    k,
    count: rowsOf(figures),
    figuresDigest: figuresDigest(context, figureFields(figures)),
  });
  return {
    circuit: 'figures',
    inputs: {
      statement,
      witness: {
        plan: planInput(plan),
        masked: perMember(members, masked, emptyCells()),
        figures: figuresInput(figures),
        mean_variances: meanVariances(totals, plan, open).map((varies) => [...(varies ?? [0n, 0n])]),
      },
    },
    publicInputs: toFields(statement),
  };
}
