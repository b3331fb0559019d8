/** Vectors: what a slot brings of its rows to the sums over elements that matched (docs/protocol.md, section 9). */
import { ProtocolError, assertSlot } from './errors.ts';
import { Output, assertPlan, type Plan } from './plan.ts';
import { MAX_COLUMNS, VALUE_BOUND, ValueOrder, type ColumnRule } from './rules.ts';

/** Vectors that a slot may bring: of each column the values above its least one, and their squares. */
export const MAX_VECTORS = 2 * MAX_COLUMNS;

/** Most groups of a room that joins values. */
export const MAX_JOINED_GROUPS = 8;

/** The rule of a column of zeros, whose sums are opened where identifiers in common are counted alone: every sum is 0. */
export const COUNTING_RULE: ColumnRule = { min: 0n, max: 0n, order: ValueOrder.any };

/** Bits of a value's place in packed values. */
const PLACE_BITS = 62;

/** The number of a column's vector, of values or of their squares. */
export function vectorNumber(column: number, squared: boolean): number {
  return assertVector(2 * column + (squared ? 1 : 0));
}

/** Returns a vector's number if there is such a vector. */
export function assertVector(vector: number): number {
  if (!Number.isInteger(vector) || vector < 0 || vector >= MAX_VECTORS)
    throw new ProtocolError(`vector ${vector} does not exist: vectors are numbered 0 to ${MAX_VECTORS - 1}`);
  return vector;
}

/**
 * The term `vectors` of a room: bit 8·slot + v for every vector v that the slot brings. These are all that the plan opens.
 *
 * @param holders for each column the slot that holds it, `undefined` for columns of which nothing is opened
 */
export function vectorsOf(plan: Plan, holders: readonly (number | undefined)[]): bigint {
  const { outputs } = assertPlan(plan);
  if (holders.length !== outputs.length)
    throw new ProtocolError(`there are holders for ${holders.length} columns, the plan is for ${outputs.length}`);
  return outputs.reduce((set, output, column) => {
    const slot = holders[column];
    if (output === Output.none) {
      if (slot !== undefined) throw new ProtocolError(`column ${column} has a holder, but nothing of it is opened`);
      return set;
    }
    if (slot === undefined) throw new ProtocolError(`column ${column} is opened, but no slot holds it`);
    const own = output === Output.squares ? [false, true] : [false];
    return own.reduce((all, squared) => all | bitOf(slot, vectorNumber(column, squared)), set);
  }, 0n);
}

/** The vectors that a slot brings, ascending. */
export function slotVectors(vectors: bigint, slot: number): number[] {
  const own = Number(BigInt.asUintN(MAX_VECTORS, vectors >> BigInt(MAX_VECTORS * slot)));
  return Array.from({ length: MAX_VECTORS }, (_, v) => v).filter((v) => (own & (1 << v)) !== 0);
}

/** The counting slot: the first that brings a vector, whose tally holds the counts as well. */
export function countingSlot(vectors: bigint): number {
  for (let slot = 0; vectors >> BigInt(MAX_VECTORS * slot) > 0n; slot++)
    if (slotVectors(vectors, slot).length > 0) return slot;
  throw new ProtocolError('no slot brings a vector');
}

/** What a vector has of a row: its column's value above the least that the plan's rules allow, or the square of that. */
export function vectorValue(plan: Plan, vector: number, values: readonly bigint[]): bigint {
  const column = assertVector(vector) >> 1;
  const output = plan.outputs[column] ?? Output.none;
  if (output < (vector % 2 === 1 ? Output.squares : Output.sum))
    throw new ProtocolError(`the plan does not open vector ${vector}`);
  const above = values[column] - plan.rules[column].min;
  return vector % 2 === 1 ? above * above : above;
}

/** What packed values hold of each column: value + 2^61, or 0 for columns that are not used. */
export function placesOf(packed: bigint): bigint[] {
  return Array.from({ length: MAX_COLUMNS }, (_, j) => BigInt.asUintN(PLACE_BITS, packed >> BigInt(PLACE_BITS * j)));
}

/** The values of a row of so many columns from what its packed values hold. */
export function valuesOf(packed: bigint, columns: number): bigint[] {
  return placesOf(packed)
    .slice(0, columns)
    .map((place) => place - VALUE_BOUND);
}

function bitOf(slot: number, vector: number): bigint {
  return 1n << BigInt(MAX_VECTORS * assertSlot(slot) + vector);
}
