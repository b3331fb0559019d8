/**
 * A prover that lies: it takes honest inputs, changes something, and then repairs everything that a liar can repair
 * (digests over what it changed, challenge, products, state commitments), so that only the relation under test is left
 * to refuse the lie. The state transition is written anew here, as an oracle for that of `app/lib/proof`.
 */
import { mul, type Point } from '../../app/lib/curve/grumpkin.ts';
import { mapToCurve } from '../../app/lib/curve/map.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { loadCircuit } from '../../app/lib/proof/circuit.ts';
import { execute, UnprovableError } from '../../app/lib/proof/execute.ts';
import { toFields } from '../../app/lib/proof/inputs.ts';
import { chainOf, labelledChainOf } from '../support/chain.ts';

/** Circuit inputs that may be changed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Inputs = any;

/** A deep copy. */
export const copyOf = (job: ProofJob): Inputs => structuredClone(job.inputs);

/** Executes; resolves when the circuit accepts. */
export async function accepted(job: ProofJob, inputs: Inputs = job.inputs): Promise<void> {
  await execute(await loadCircuit(job.circuit), inputs);
}

/** Expects that the circuit refuses, for the reason given where the assertion has a text. */
export async function refused(job: ProofJob, inputs: Inputs, reason?: RegExp): Promise<void> {
  const run = execute(await loadCircuit(job.circuit), inputs);
  await expect(run).rejects.toThrow(UnprovableError);
  if (reason) await expect(run).rejects.toThrow(reason);
}

/** Values of a chunk of so many elements, 0 in the place of those that are not live. */
const padded = (values: readonly bigint[], size: number): bigint[] => [
  ...values,
  ...Array<bigint>(size - values.length).fill(0n),
];

export const listDigestOf = (
  context: bigint,
  list: bigint,
  hop: bigint,
  xs: readonly bigint[],
  labels: readonly bigint[] = [],
): bigint => hash(6, [context, list, hop, BigInt(xs.length), labelledChainOf(5, xs, labels)]);

/** The number that stands for labels behind a block, whatever the labels are. */
export const packedLabelsOf = (labels: readonly bigint[]): bigint =>
  labels.reduce((sum, label, i) => (sum + label * 16n ** BigInt(i)) % P, 0n);

/** What a product takes for elements with something beside them: Σ value_i·δ^i. */
const combined = (gamma: bigint, ...columns: readonly (readonly bigint[])[]): bigint[] => {
  const delta = hash(9, [gamma]);
  return columns[0].map((_, i) => columns.reduceRight((sum, column) => (((sum * delta + column[i]) % P) + P) % P, 0n));
};

const productOf = (gamma: bigint, values: readonly bigint[], start: bigint): bigint =>
  values.reduce((product, value) => (product * (((gamma - value) % P) + P)) % P, start);

/** Live part of a chunk's N values. */
function liveOf<T>(values: readonly T[], count: bigint, index: bigint): T[] {
  const rest = Number(count) - Number(index) * values.length;
  return values.slice(0, Math.max(0, Math.min(rest, values.length)));
}

function close(inputs: Inputs, next: readonly bigint[]): Inputs {
  inputs.chunk.state_after = hash(7, [inputs.witness.blindings.after, ...next]);
  return inputs;
}

/** A row's values as one element, spelled out: 62 bits for each column. */
export const packedOf = (values: readonly bigint[], columns: number): bigint =>
  values
    .slice(0, columns)
    .reduce((packed, value, j) => packed + ((value + 2n ** 61n) % P) * 2n ** (62n * BigInt(j)), 0n) % P;

/** Repairs the state after a chunk of `dataset`. */
export function closeDataset(inputs: Inputs): Inputs {
  const { chunk, witness } = inputs;
  const { state, count } = witness;
  const rows = liveOf<bigint>(witness.rows, count, chunk.index);
  const values = liveOf<bigint[]>(witness.values, count, chunk.index);
  const packed = values.map((row) => packedOf(row, Number(witness.rules.columns)));
  return close(inputs, [
    chainOf(3, rows, state.rows),
    rows.at(-1) ?? state.last_row,
    chainOf(29, packed, state.values),
    ...(values.at(-1) ?? state.last_values),
  ]);
}

/** The digest of rules as a circuit takes them, spelled out. */
export const rulesDigestOf = ({ columns, rules }: Inputs): bigint =>
  hash(20, [columns, ...rules.flatMap(({ min, max, order }: Inputs) => [min, max, order])]);

/** The digest of a plan as a circuit takes it, spelled out. */
export const planDigestOf = ({ rules, ...plan }: Inputs): bigint =>
  hash(31, [
    rulesDigestOf(rules),
    plan.grouping,
    ...plan.borders,
    ...plan.outputs,
    plan.numerator,
    plan.denominator,
    ...plan.quantiles,
    plan.confidence,
    plan.lift,
  ]);

/** The commitment to a tally's cells, spelled out. */
export const tallyCommitmentOf = ({ context, slot }: Inputs, { blinding }: Inputs, cells: readonly bigint[]): bigint =>
  hash(32, [context, slot, blinding, ...cells]);

/** The digest of masked cells, spelled out. */
export const maskedDigestOf = (context: bigint, slot: bigint, masked: readonly bigint[]): bigint =>
  hash(35, [context, slot, chainOf(37, masked)]);

/** The cells after a chunk of `tally`, every row counted where the prover says that it lies. */
export function cellsAfter({ chunk, witness }: Inputs): bigint[] {
  const { state, count, plan } = witness;
  const cells = [...state.cells];
  const groups = liveOf<bigint>(witness.groups, count, chunk.index);
  for (const [i, group] of groups.entries()) {
    if (group >= 32n) continue;
    const first = 9 * Number(group);
    cells[first]++;
    for (let j = 0; j < 4; j++) {
      if (plan.outputs[j] === 0n) continue;
      const [value, least]: bigint[] = [witness.values[i][j], plan.rules.rules[j].min];
      const above = (((value - least) % P) + P) % P;
      cells[first + 1 + 2 * j] = (cells[first + 1 + 2 * j] + above) % P;
      cells[first + 2 + 2 * j] = (cells[first + 2 + 2 * j] + above * above) % P;
    }
  }
  return cells;
}

/** Repairs the state after a chunk of `tally`. */
export function closeTally(inputs: Inputs, cells = cellsAfter(inputs)): Inputs {
  const { chunk, witness } = inputs;
  const { state, count, plan } = witness;
  const packed = liveOf<bigint[]>(witness.values, count, chunk.index).map((row) =>
    packedOf(row, Number(plan.rules.columns)),
  );
  return close(inputs, [chainOf(29, packed, state.values), ...cells]);
}

/** The labels that rows have to have: 1 + the place of the last border that a value reaches, or 0 without a plan. */
export function rowLabelsOf({ statement, witness }: Inputs, count: number): bigint[] {
  const { plan, values } = witness;
  const signed = (value: bigint): bigint => (value > P / 2n ? value - P : value);
  return Array.from({ length: count }, (_, i) => {
    if (statement.plan === 0n) return 0n;
    const value = plan.grouping === 0n ? 0n : signed(values[i][Number(plan.grouping) - 1]);
    return BigInt(new Set(plan.borders.map(signed).filter((border: bigint) => border <= value)).size);
  });
}

/** The commitment to values in a list's order, spelled out. */
export const listedDigestOf = ({ context, slot }: Inputs, blinding: bigint, packed: readonly bigint[]): bigint =>
  hash(39, [context, slot, blinding, BigInt(packed.length), chainOf(40, packed)]);

/**
 * Repairs the state after a chunk of `blind`, or of `blind_values` if the list has labels; `labels` are those that the prover
 * gives the rows.
 */
export function closeBlind(inputs: Inputs, labels?: readonly bigint[]): Inputs {
  const { statement, chunk, witness } = inputs;
  const { count, secret, rows: all, list: xs } = witness.blinded;
  const size = all.length;
  const labelled = witness.list_labels !== undefined;
  const state = labelled ? witness.state.blinded : witness.state;
  const gamma = hash(8, toFields(statement));
  const k = secret.lo + (secret.hi << 128n);
  const live = (of: bigint[]): bigint[] => liveOf<bigint>(of, count, chunk.index);
  const beside = (of?: bigint[]): bigint[] => live(of ?? Array<bigint>(size).fill(0n));
  const [rows, list] = [live(all), live(xs)];
  const [listLabels, listValues] = [beside(witness.list_labels), beside(witness.list_values)];
  const packed = beside(witness.packed);
  const computed = mapToCurve(rows.map((row) => hash(2, [statement.context, row]))).map((point) => mul(point, k).x);
  const rowLabels = labels ?? (labelled ? rowLabelsOf(inputs, rows.length) : rows.map(() => 0n));
  return close(inputs, [
    chainOf(3, rows, state.rows),
    rows.at(-1) ?? state.last_row,
    labelledChainOf(5, list, listLabels, state.list),
    productOf(gamma, padded(combined(gamma, computed, rowLabels, packed), size), state.computed),
    productOf(gamma, padded(combined(gamma, list, listLabels, listValues), size), state.listed),
    ...(labelled
      ? [chainOf(29, packed, witness.state.values), chainOf(40, listValues, witness.state.listed_values)]
      : []),
  ]);
}

/** The live part of a chunk that fills blocks of 32 from its end. */
export function liveTailOf<T>(values: readonly T[], count: bigint, index: bigint): T[] {
  const live = Math.max(0, Math.min(Number(count) - Number(index) * values.length, values.length));
  const first = values.length - 32 * Math.ceil(live / 32);
  return values.slice(first, first + live);
}

/** Repairs the state after a chunk of `hop`. */
export function closeHop(inputs: Inputs): Inputs {
  const { statement, chunk, witness } = inputs;
  const { state, count } = witness;
  const gamma = hash(8, toFields(statement));
  const k = witness.secret.lo + (witness.secret.hi << 128n);
  const live = <T>(of: T[]): T[] => liveTailOf(of, count, chunk.index);
  const points = live<Point>(witness.input);
  const [output, before, after]: bigint[][] = [witness.output, witness.input_labels, witness.output_labels].map(
    (of: bigint[]) => live(of),
  );
  const computed = points.map((point) => mul(point, k).x);
  const size = witness.input.length;
  return close(inputs, [
    labelledChainOf(
      5,
      points.map(({ x }) => x),
      before,
      state.input,
    ),
    labelledChainOf(5, output, after, state.output),
    productOf(gamma, padded(combined(gamma, computed, before), size), state.computed),
    productOf(gamma, padded(combined(gamma, output, after), size), state.listed),
  ]);
}

/** Repairs the state after a chunk of `match`. */
export function closeMatch(inputs: Inputs): Inputs {
  const { statement, chunk, witness } = inputs;
  const { state } = witness;
  const gamma = hash(8, toFields(statement));
  const live = (of: bigint[][]): bigint[][] =>
    of.map((list: bigint[], i: number) => liveOf(list, state.counts[i], chunk.index));
  const [lists, labels, flags] = [live(witness.lists), live(witness.labels), live(witness.flags)];
  const total = state.counts.reduce((sum: bigint, count: bigint) => sum + count, 0n);
  const liveMerged = (of: bigint[]): bigint[] => liveOf<bigint>(of, total, chunk.index);
  const merged = liveMerged(witness.merged);
  const mergedLabels = liveMerged(witness.merged_labels);
  const mergedFlags = liveMerged(witness.merged_flags);
  let { last_value, run, matched, label_sum, flag } = state;
  for (const [i, value] of merged.entries()) {
    [run, label_sum] = value === last_value ? [run + 1n, label_sum + mergedLabels[i]] : [1n, mergedLabels[i]];
    if (run === BigInt(lists.length)) matched++;
    last_value = value;
    flag = mergedFlags[i];
  }
  const beside = (of: readonly bigint[], marks: readonly bigint[]): bigint[] =>
    of.map((label, i) => label + 16n * marks[i]);
  const size = witness.merged.length;
  return close(inputs, [
    ...state.counts,
    ...lists.map((list, i) => labelledChainOf(5, list, labels[i], state.lists[i])),
    labelledChainOf(16, merged, mergedLabels, state.merged),
    ...lists.map((list, i) => labelledChainOf(5, list, flags[i], state.returned[i])),
    productOf(
      gamma,
      padded(
        lists.flatMap((list, i) => combined(gamma, list, beside(labels[i], flags[i]))),
        size,
      ),
      state.listed,
    ),
    productOf(gamma, padded(combined(gamma, merged, beside(mergedLabels, mergedFlags)), size), state.sorted),
    last_value,
    run,
    matched,
    label_sum,
    flag,
  ]);
}
