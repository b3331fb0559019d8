import { FIELD_MODULUS } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError } from './errors.ts';

/** Most value columns of a dataset. */
export const MAX_COLUMNS = 4;

/** Values lie strictly between −2^61 and 2^61. */
export const VALUE_BOUND = 1n << 61n;

/** Bits of a value in its packed row. */
const VALUE_BITS = 62n;

/** What the values of a column do from each row to the next, rows being in the order of their identifier digests. */
export const ValueOrder = { any: 0, neverFalls: 1, neverRises: 2 } as const;
export type ValueOrder = (typeof ValueOrder)[keyof typeof ValueOrder];

/** What a template demands of one value column: bounds that are still allowed, and an order. */
export type ColumnRule = Readonly<{ min: bigint; max: bigint; order: ValueOrder }>;

/** The rules of a dataset's value columns, up to four; none for a dataset of identifiers alone. */
export type Rules = readonly ColumnRule[];

/** Returns rules that a dataset can keep: at most four columns, canonical bounds in their order, an order that exists. */
export function assertRules(rules: Rules): Rules {
  if (rules.length > MAX_COLUMNS)
    throw new ProtocolError(`a dataset has at most ${MAX_COLUMNS} value columns, not ${rules.length}`);
  rules.forEach(({ min, max, order }, column) => {
    assertValue(min, `the least value of column ${column}`);
    assertValue(max, `the greatest value of column ${column}`);
    if (min > max) throw new ProtocolError(`the least value of column ${column} is above its greatest`);
    if (!Object.values(ValueOrder).includes(order))
      throw new ProtocolError(`column ${column} has an order that does not exist: ${order}`);
  });
  return rules;
}

/** Returns a value if it lies strictly between −2^61 and 2^61. The error does not repeat the value. */
export function assertValue(value: bigint, what: string): bigint {
  if (typeof value !== 'bigint') throw new ProtocolError(`${what} must be a bigint, not ${typeof value}`);
  if (value <= -VALUE_BOUND || value >= VALUE_BOUND)
    throw new ProtocolError(`${what} must lie between -2^61 and 2^61, neither included`);
  return value;
}

/** A value as a field element: v, or p − |v| if it is negative. */
export function valueField(value: bigint): bigint {
  return value < 0n ? value + FIELD_MODULUS : value;
}

/** A rule's bounds and order as field elements, for every column that there may be: 0 for those that are not used. */
export function ruleFields(rules: Rules): { min: bigint; max: bigint; order: bigint }[] {
  assertRules(rules);
  return Array.from({ length: MAX_COLUMNS }, (_, column) => {
    const { min, max, order } = rules[column] ?? { min: 0n, max: 0n, order: ValueOrder.any };
    return { min: valueField(min), max: valueField(max), order: BigInt(order) };
  });
}

/** The rules' digest (hash 20), as it stands in a room's terms. */
export function rulesDigest(rules: Rules): bigint {
  const columns = ruleFields(rules).flatMap(({ min, max, order }) => [min, max, order]);
  return hash(Domain.rules, [BigInt(rules.length), ...columns]);
}

/** All values of a row as one field element: Σ (v_j + 2^61)·2^(62·j). 0 for a row without values. */
export function packValues(values: readonly bigint[]): bigint {
  return values.reduce((packed, value, column) => {
    const place = assertValue(value, `the value of column ${column}`) + VALUE_BOUND;
    return packed + (place << (VALUE_BITS * BigInt(column)));
  }, 0n);
}
