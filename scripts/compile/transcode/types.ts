/**
 * The small type language in which {@link ./schema.ts} writes down Noir's program format.
 *
 * A schema says what a value consists of; a format (bincode, MessagePack) says how it becomes bytes.
 * Keeping the two apart lets one reader and one writer serve every type of the format.
 */

/** What a value consists of. */
export type Schema =
  | { readonly kind: 'u32' }
  | { readonly kind: 'u64' }
  | { readonly kind: 'string' }
  | { readonly kind: 'field' }
  | { readonly kind: 'option'; readonly item: Schema }
  | { readonly kind: 'list'; readonly item: Schema }
  | { readonly kind: 'array'; readonly item: Schema; readonly length: number }
  | { readonly kind: 'tuple'; readonly items: readonly Schema[] }
  | { readonly kind: 'choice'; readonly name: string; readonly variants: readonly Variant[] }
  | { readonly kind: 'later'; readonly schema: () => Schema };

/** One variant of a choice (a Rust enum); without `payload` it is a bare name. */
export interface Variant {
  readonly tag: string;
  readonly payload?: Schema;
}

/** A value of a choice. `payload` is absent for a bare name. */
export interface Tagged {
  readonly tag: string;
  readonly payload?: Value;
}

/**
 * A value in memory: u32 is a number, u64 a bigint, a field element 32 big-endian bytes, a missing option null;
 * lists, arrays and tuples are arrays.
 */
export type Value = number | bigint | string | Uint8Array | null | readonly Value[] | Tagged;

/** Unsigned 32-bit integer. */
export const u32: Schema = { kind: 'u32' };
/** Unsigned 64-bit integer (Rust's `u64`, and `usize` in serialised form). */
export const u64: Schema = { kind: 'u64' };
/** UTF-8 text. */
export const text: Schema = { kind: 'string' };
/** Element of BN254's scalar field. */
export const field: Schema = { kind: 'field' };
/** A value that may be missing. */
export const option = (item: Schema): Schema => ({ kind: 'option', item });
/** Any number of items; the number is written out. */
export const list = (item: Schema): Schema => ({ kind: 'list', item });
/** A fixed number of items of one type. */
export const array = (item: Schema, length: number): Schema => ({ kind: 'array', item, length });
/** A fixed sequence of types (a Rust struct or tuple). */
export const tuple = (...items: Schema[]): Schema => ({ kind: 'tuple', items });
/** One of several named variants, in the order of their binary numbers. */
export const choice = (name: string, ...variants: [tag: string, payload?: Schema][]): Schema => ({
  kind: 'choice',
  name,
  variants: variants.map(([tag, payload]) => (payload === undefined ? { tag } : { tag, payload })),
});
/** A schema that refers to itself. */
export const later = (schema: () => Schema): Schema => ({ kind: 'later', schema });

/** Modulus of BN254's scalar field, big-endian hexadecimal. */
const MODULUS = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

/** Whether 32 big-endian bytes are a canonical field element, that is below the modulus. */
export function isCanonicalField(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  return BigInt('0x' + Buffer.from(bytes).toString('hex')) < MODULUS;
}
