/**
 * Layouts of the contract's events: one table gives the event's signature (and so its selector), its strict decoder and
 * its TypeScript type.
 */
import { FIELD_MODULUS } from '../field/field.ts';

/** A scalar of the contract's ABI, a struct of named members, or a fixed array. */
export type Layout =
  | 'Field'
  | 'bool'
  | 'u8'
  | 'u32'
  | 'u64'
  | 'u128'
  | { readonly struct: readonly (readonly [name: string, layout: Layout])[] }
  | { readonly array: Layout; readonly length: number };

/** The TypeScript type that a layout decodes to: integers below 2^32 are numbers, larger ones bigints. */
export type Decoded<L> = L extends 'Field' | 'u64' | 'u128'
  ? bigint
  : L extends 'bool'
    ? boolean
    : L extends 'u8' | 'u32'
      ? number
      : L extends { readonly struct: infer S extends readonly (readonly [string, unknown])[] }
        ? { -readonly [M in S[number] as M[0]]: Decoded<M[1]> }
        : L extends { readonly array: infer E }
          ? Decoded<E>[]
          : never;

/** The ABI's spelling of a layout, e.g. `(Field,u32,[Field;2])`. */
export function signature(layout: Layout): string {
  if (typeof layout === 'string') return layout;
  if ('struct' in layout) return `(${layout.struct.map(([, member]) => signature(member)).join(',')})`;
  return `[${signature(layout.array)};${layout.length}]`;
}

const LIMITS = {
  Field: FIELD_MODULUS,
  bool: 2n,
  u8: 1n << 8n,
  u32: 1n << 32n,
  u64: 1n << 64n,
  u128: 1n << 128n,
} as const;

/** Decodes exactly all of `fields`. Throws when there are too many or too few, or one is out of its type's range. */
export function decode<const L extends Layout>(layout: L, fields: readonly bigint[], what: string): Decoded<L> {
  let at = 0;
  const read = (l: Layout, path: string): unknown => {
    if (typeof l === 'string') {
      const value = fields[at++];
      if (value === undefined) throw new Error(`${path} is missing: the message is too short`);
      if (value < 0n || value >= LIMITS[l]) throw new Error(`${path} is out of range for ${l}`);
      if (l === 'bool') return value === 1n;
      return l === 'u8' || l === 'u32' ? Number(value) : value;
    }
    if ('struct' in l) return Object.fromEntries(l.struct.map(([name, m]) => [name, read(m, `${path}.${name}`)]));
    return Array.from({ length: l.length }, (_, i) => read(l.array, `${path}[${i}]`));
  };
  const value = read(layout, what);
  if (at !== fields.length) throw new Error(`${what} has ${fields.length - at} fields too many`);
  return value as Decoded<L>;
}

/** Encodes a value to its fields, the inverse of {@link decode}. */
export function encode<const L extends Layout>(layout: L, value: Decoded<L>): bigint[] {
  const fields: bigint[] = [];
  const write = (l: Layout, v: unknown): void => {
    if (typeof l === 'string') fields.push(BigInt(v as bigint | number | boolean));
    else if ('struct' in l) for (const [name, m] of l.struct) write(m, (v as Record<string, unknown>)[name]);
    else for (const item of v as unknown[]) write(l.array, item);
  };
  write(layout, value);
  return fields;
}
