/** Bands of a hidden sum: borders that the sum over all slots is told to reach or not (docs/protocol.md, section 10). */
import { Domain, hash } from '../field/poseidon2.ts';
import { MIX_SIZES, type MixSize } from './context.ts';
import { ProtocolError } from './errors.ts';
import { MAX_COLUMNS, assertValue, valueField } from './rules.ts';

/** Most borders of a room. */
export const MAX_BORDERS = 8;

/** Most steps from one border to the next: as many as the largest mix has elements. */
export const MAX_BORDER_STEPS = MIX_SIZES[1];

/** Bits of a unit. */
const UNIT_BITS = 40n;

/** Bits of a slot's number of steps. */
const STEPS_BITS = 62n;

/** What a room tells of a sum. Amounts are in units of the column's values. */
export type Bands = Readonly<{
  /** Number of the column that is summed. */
  column: number;
  /** The column's least value. */
  least: bigint;
  /** The least that one slot's sum may be; not positive. */
  floor: bigint;
  /** How much a step is: below 2^40, and positive. */
  unit: bigint;
  /** One to eight borders in steps, ascending: border b stands for the sum (number of slots)·floor + unit·b. */
  borders: readonly number[];
}>;

/** Returns bands that a room can have. */
export function assertBands(bands: Bands): Bands {
  const { column, least, floor, unit, borders } = bands;
  if (!Number.isInteger(column) || column < 0 || column >= MAX_COLUMNS)
    throw new ProtocolError(`column ${column} does not exist: columns are numbered 0 to ${MAX_COLUMNS - 1}`);
  assertValue(least, 'the least value of the column');
  assertValue(floor, 'the floor of a sum');
  if (floor > 0n) throw new ProtocolError('the floor of a sum is above 0');
  if (unit < 1n || unit >> UNIT_BITS !== 0n) throw new ProtocolError('the unit must be from 1 to 2^40 - 1');
  if (borders.length === 0 || borders.length > MAX_BORDERS)
    throw new ProtocolError(`there must be 1 to ${MAX_BORDERS} borders, not ${borders.length}`);
  borders.forEach((border, i) => {
    const steps = border - (borders[i - 1] ?? 0);
    if (!Number.isInteger(border) || steps < 1)
      throw new ProtocolError('borders must be whole numbers of steps, above 0 and ascending');
    if (steps > MAX_BORDER_STEPS)
      throw new ProtocolError(
        `border ${i + 1} is ${steps} steps above the one before: at most ${MAX_BORDER_STEPS}; take a larger unit`,
      );
  });
  return bands;
}

/** The bands' digest (hash 45), as it stands in a room's terms. */
export function bandsDigest(bands: Bands): bigint {
  const { column, least, floor, unit, borders } = assertBands(bands);
  return hash(Domain.bands, [
    BigInt(column),
    valueField(least),
    valueField(floor),
    unit,
    ...Array.from({ length: MAX_BORDERS }, (_, i) => BigInt(borders[i] ?? 0)),
  ]);
}

/** First and last of the steps of border `border` (1 to the number of borders), the last not included. */
export function borderSteps({ borders }: Bands, border: number): { from: number; to: number } {
  if (!Number.isInteger(border) || border < 1 || border > borders.length)
    throw new ProtocolError(`border ${border} does not exist: there are ${borders.length}`);
  return { from: borders[border - 2] ?? 0, to: borders[border - 1] };
}

/** The smallest mix that a border's steps fit in. */
export function mixSize(bands: Bands, border: number): MixSize {
  const { from, to } = borderSteps(bands, border);
  return MIX_SIZES.find((size) => to - from <= size)!;
}

/**
 * A slot's number of steps: ⌊(sum of values − floor) / unit⌋.
 *
 * @param sum sum of the column over the slot's rows, less the column's least value in each row, as a tally has it
 * @throws ProtocolError if the slot's sum lies below the floor, so that nothing could be proven. The error does not tell the sum
 */
export function slotSteps(bands: Bands, { rows, sum }: { readonly rows: bigint; readonly sum: bigint }): bigint {
  const { least, floor, unit } = assertBands(bands);
  const above = sum + rows * least - floor;
  if (above < 0n) throw new ProtocolError("the slot's sum lies below the floor of the bands");
  const steps = above / unit;
  if (steps >> STEPS_BITS !== 0n) throw new ProtocolError("the slot's sum is too large for the unit of the bands");
  return steps;
}

/** The number of borders that a total of steps reaches. */
export function bandOf({ borders }: Bands, steps: bigint): number {
  return borders.filter((border) => steps >= BigInt(border)).length;
}

/** The sum that a border stands for in a room of `slots` slots. */
export function borderSum({ floor, unit, borders }: Bands, border: number, slots: number): bigint {
  return BigInt(slots) * floor + unit * BigInt(borders[border - 1]);
}
