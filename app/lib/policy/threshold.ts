/** Policies of the template "threshold". */
import { z } from 'zod';
import { boundsOf, checkColumns, decimalText, numericColumn, readValue, type NumericColumn } from './columns.ts';
import { checkCommon, common, least, succinctOnly, template } from './common.ts';
import { DecimalError, formatDecimal, parseDecimal } from './decimal.ts';
import type { Fault } from './fields.ts';
import { MOST_BORDER_STEPS, MOST_BORDERS, SLOT_STEPS_LIMIT, UNIT_LIMIT, VALUE_LIMIT } from './limits.ts';

/** The schema of these policies. */
export const thresholdSchema = z
  .strictObject({
    ...common,
    template: template(
      'threshold',
      '"threshold" tells which borders the sum of a column over the rows of all parties reaches, and neither the sum nor any party’s part of it.',
    ),
    k: least().describe('Fewest rows of a party: if one of them has fewer, nothing is told of the sum.'),
    proofMode: succinctOnly('threshold'),
    column: numericColumn
      .omit({ release: true })
      .describe('The column of every party’s table that is summed. The sum is not released.'),
    unit: decimalText('the unit').describe(
      'Amount of a step. Each party’s sum is counted in whole steps, so that a larger one makes the answer coarser. Borders are whole steps apart.',
    ),
    borders: z
      .array(decimalText('a border'), { error: 'borders must be a list of decimal numbers between quotes' })
      .min(1, { error: `there are 1 to ${MOST_BORDERS} borders` })
      .max(MOST_BORDERS, { error: `there are 1 to ${MOST_BORDERS} borders` })
      .describe(
        `Amounts, ascending: which of them the sum over all parties reaches is told. Each is at most ${MOST_BORDER_STEPS} steps above the one before.`,
      ),
    floor: decimalText('the floor')
      .optional()
      .describe(
        'The least sum that a party may have, 0 or below: with a lower one it cannot take part. The first border is counted from this times the number of parties. Absent: 0, or the least that is possible if values may be negative.',
      ),
  })
  .superRefine((policy, context) =>
    checkThreshold(policy, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  );

/** A policy of a room that tells which borders a sum reaches. */
export type ThresholdPolicy = Readonly<z.infer<typeof thresholdSchema>>;

/** Amounts of a policy in units of the last decimal of its column. */
export type ThresholdAmounts = Readonly<{
  /** Amount of a step. */
  unit: bigint;
  borders: readonly bigint[];
  /** The least sum that a party may have. */
  floor: bigint;
  /** The least sum of all parties: the floor of each. */
  start: bigint;
}>;

/** The column that is summed. Its sum is what is computed with, though it is not released. */
export function summedColumn({ column }: ThresholdPolicy): NumericColumn {
  return { ...column, release: 'sum' };
}

/** The amounts of a valid policy. */
export function thresholdAmounts(policy: ThresholdPolicy): ThresholdAmounts {
  const amount = (text: string) => parseDecimal(text, policy.column.decimals);
  const unit = amount(policy.unit);
  const floor = policy.floor === undefined ? leastSum(policy, unit) : amount(policy.floor);
  return { unit, floor, borders: policy.borders.map(amount), start: BigInt(policy.parties.length) * floor };
}

/** The least sum that as many rows as a party may bring can have, rounded down to a whole number of steps; 0 if none is negative. */
function leastSum(policy: ThresholdPolicy, unit: bigint): bigint {
  const { min } = boundsOf(summedColumn(policy));
  if (min >= 0n) return 0n;
  return -(ceiling(-min * BigInt(policy.maxRows), unit) * unit);
}

const ceiling = (value: bigint, divisor: bigint): bigint => (value + divisor - 1n) / divisor;

function checkThreshold(policy: ThresholdPolicy, fault: Fault): void {
  const { parties, minParties, identifier, batch, column } = policy;
  checkCommon(policy, fault);
  if (minParties !== undefined && minParties < parties.length) {
    fault(['minParties'], 'a room with a threshold goes on with all its parties: remove minParties');
  }
  checkColumns([summedColumn(policy)], identifier.column, ([, , ...rest], message) =>
    fault(['column', ...rest], message),
  );
  if (column.column === batch?.column) fault(['batch', 'column'], 'a column of dates is no value column');
  if (hasBounds(policy)) checkAmounts(policy, fault);
}

/** Whether the bounds of the column can be computed with; what is wrong with them has been told where not. */
function hasBounds(policy: ThresholdPolicy): boolean {
  try {
    const { min, max } = boundsOf(summedColumn(policy));
    return min <= max && min > -VALUE_LIMIT && max < VALUE_LIMIT;
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    return false;
  }
}

function checkAmounts(policy: ThresholdPolicy, fault: Fault): void {
  const column = summedColumn(policy);
  const read = (text: string, path: readonly (string | number)[], what: string) =>
    readValue(text, column, (message) => fault(path, `${what} ${message}`));
  const unit = read(policy.unit, ['unit'], 'the unit');
  const borders = policy.borders.map((border, at) => read(border, ['borders', at], 'the border'));
  const floor = policy.floor === undefined ? undefined : read(policy.floor, ['floor'], 'the floor');
  if (policy.floor !== undefined && floor === undefined) return;
  if (unit === undefined || borders.includes(undefined)) return;
  if (unit < 1n || unit >= UNIT_LIMIT) {
    return fault(['unit'], 'the unit must be above 0 and below 2^40 units of the last decimal');
  }
  if (checkFloor(policy, fault)) checkBorders(policy, fault);
}

/** Whether each party's sum can be counted in steps from the floor on. */
function checkFloor(policy: ThresholdPolicy, fault: Fault): boolean {
  const { max } = boundsOf(summedColumn(policy));
  const { unit, floor } = thresholdAmounts(policy);
  const [fewest, most] = [BigInt(policy.minRows), BigInt(policy.maxRows)];
  const greatest = max * (max < 0n ? fewest : most);
  const faults: (readonly [path: string, message: string])[] = [];
  if (floor > 0n) faults.push(['floor', 'the floor must not be above 0']);
  else if (floor <= -VALUE_LIMIT) {
    faults.push(['floor', 'a party’s sum could be -2^61 units of the last decimal or less: state a floor above that']);
  } else if (greatest < floor) faults.push(['floor', 'the floor lies above every sum that a party can have']);
  else if ((greatest - floor) / unit >= SLOT_STEPS_LIMIT) {
    faults.push(['unit', 'a party’s sum could be 2^62 units or more: take a larger unit']);
  }
  for (const [path, message] of faults) fault([path], message);
  return faults.length === 0;
}

/** Whether borders ascend, and are whole steps and not too many of them apart. */
function checkBorders(policy: ThresholdPolicy, faultOf: Fault): void {
  const { unit, borders, start } = thresholdAmounts(policy);
  const { decimals } = policy.column;
  const say = (amount: bigint) => formatDecimal(amount, decimals);
  borders.forEach((border, at) => {
    const fault = (message: string) => faultOf(['borders', at], message);
    const distance = border - (borders[at - 1] ?? start);
    const rest = (border - start) % unit;
    if (distance <= 0n) {
      fault(
        at > 0
          ? 'borders must ascend'
          : `the first border must be above ${say(start)}, the least that the parties’ sums can come to: it is reached in any case`,
      );
    } else if (rest !== 0n) {
      fault(
        `the border is no whole number of units (${policy.unit}) above ${say(start)}: the nearest ones are ${say(border - rest)} and ${say(border - rest + unit)}`,
      );
    } else if (distance > BigInt(MOST_BORDER_STEPS) * unit) {
      const enough = workableUnit(policy);
      fault(
        `the border is ${distance / unit} units (${policy.unit}) above ${at > 0 ? 'the one before' : say(start)}, and may be ${MOST_BORDER_STEPS}: ` +
          (enough === undefined ? 'put borders between, or take a larger unit' : `a unit of "${say(enough)}" would do`),
      );
    }
  });
}

/** How many parts the steps between borders are tried in for a unit that would do. */
const MOST_PARTS = 10_000n;

/** A unit in which the borders are possible, as small as can be; undefined where none was found. */
function workableUnit(policy: ThresholdPolicy): bigint | undefined {
  const { borders, start, unit } = thresholdAmounts(policy);
  const steps = BigInt(MOST_BORDER_STEPS);
  // A floor that the policy states does not change with the unit; one that it does not is a whole number of units itself.
  const from = policy.floor === undefined ? 0n : start;
  const common = borders.reduce((all, border) => divisor(all, border - from), 0n);
  const works = (candidate: bigint) => {
    const first = policy.floor === undefined ? BigInt(policy.parties.length) * leastSum(policy, candidate) : start;
    return borders.every((border, at) => border - (borders[at - 1] ?? first) <= steps * candidate);
  };
  if (common === 0n) {
    const candidate = ceiling(-start, steps - BigInt(policy.parties.length));
    return candidate > unit && candidate < UNIT_LIMIT && works(candidate) ? candidate : undefined;
  }
  for (let parts = MOST_PARTS; parts >= 1n; parts--) {
    const candidate = common / parts;
    if (common % parts === 0n && candidate < UNIT_LIMIT && works(candidate)) return candidate;
  }
  return undefined;
}

/** Greatest common divisor; 0 of zeros. */
function divisor(a: bigint, b: bigint): bigint {
  let [left, right] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (right !== 0n) [left, right] = [right, left % right];
  return left;
}
