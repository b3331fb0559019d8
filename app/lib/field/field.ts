/**
 * The field F (Noir's `Field`, the scalar field of BN254), the ring of Grumpkin scalars, and their only encodings.
 *
 * Elements are plain `bigint`s in canonical form. Every decoder refuses what is not canonical: two encodings of one
 * element would be two names for one thing, and a digest or an order check could be walked around.
 */

/** Modulus p of F, the scalar field of BN254 and the base field of Grumpkin. */
export const FIELD_MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Order q of the Grumpkin group, the base field modulus of BN254; q > p. */
export const SCALAR_MODULUS = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** Bytes of one encoded field element or scalar. */
export const FIELD_BYTES = 32;

/** Something that should have been a canonical field element or scalar is not. The message names it and says why. */
export class FieldError extends Error {
  override name = 'FieldError';
}

/** Returns `value` if it is an integer in [0, p), else throws a {@link FieldError} that names `what`. */
export function assertField(value: bigint, what = 'field element'): bigint {
  return assertBelow(value, FIELD_MODULUS, what, 'the BN254 field modulus');
}

/** Returns `value` if it is an integer in [1, q), else throws. A zero scalar would turn every point into infinity. */
export function assertScalar(value: bigint, what = 'scalar'): bigint {
  if (value === 0n) throw new FieldError(`${what} is zero; a scalar must be between 1 and the group order`);
  return assertBelow(value, SCALAR_MODULUS, what, 'the Grumpkin group order');
}

/** Encodes a field element as 32 bytes, big endian. */
export function fieldToBytes(value: bigint, what = 'field element'): Uint8Array {
  return writeUint256(assertField(value, what), new Uint8Array(FIELD_BYTES), 0);
}

/** Decodes exactly 32 bytes, big endian, below p. */
export function bytesToField(bytes: Uint8Array, what = 'field element'): bigint {
  return assertField(readExactly32(bytes, what), what);
}

/** Encodes a scalar in [1, q) as 32 bytes, big endian. */
export function scalarToBytes(value: bigint, what = 'scalar'): Uint8Array {
  return writeUint256(assertScalar(value, what), new Uint8Array(FIELD_BYTES), 0);
}

/** Decodes exactly 32 bytes, big endian, in [1, q). */
export function bytesToScalar(bytes: Uint8Array, what = 'scalar'): bigint {
  return assertScalar(readExactly32(bytes, what), what);
}

/** Encodes field elements one after another, 32 bytes each. */
export function fieldsToBytes(values: readonly bigint[], what = 'field element'): Uint8Array {
  const bytes = new Uint8Array(values.length * FIELD_BYTES);
  values.forEach((value, i) => writeUint256(assertField(value, `${what} ${i}`), bytes, i * FIELD_BYTES));
  return bytes;
}

/** Decodes a whole number of 32-byte field elements. */
export function bytesToFields(bytes: Uint8Array, what = 'field element'): bigint[] {
  if (bytes.length % FIELD_BYTES !== 0) {
    throw new FieldError(`${what}s: ${bytes.length} bytes are not a whole number of ${FIELD_BYTES}-byte elements`);
  }
  return Array.from({ length: bytes.length / FIELD_BYTES }, (_, i) =>
    assertField(readUint256(bytes, i * FIELD_BYTES), `${what} ${i}`),
  );
}

/** Writes a field element as `0x` and 64 lower-case digits, the only form it has in JSON. */
export function fieldToHex(value: bigint, what = 'field element'): string {
  return '0x' + assertField(value, what).toString(16).padStart(64, '0');
}

/** Writes a scalar in [1, q) as `0x` and 64 lower-case digits. */
export function scalarToHex(value: bigint, what = 'scalar'): string {
  return '0x' + assertScalar(value, what).toString(16).padStart(64, '0');
}

/** Reads a field element from untrusted JSON: `0x` and exactly 64 lower-case digits, below p. */
export function parseField(value: unknown, what = 'field element'): bigint {
  return assertField(parseHex32(value, what), what);
}

/** Reads a scalar in [1, q) from untrusted JSON: `0x` and exactly 64 lower-case digits. */
export function parseScalar(value: unknown, what = 'scalar'): bigint {
  return assertScalar(parseHex32(value, what), what);
}

/** Splits a 256-bit integer into its 128-bit halves. */
export function splitHalves(value: bigint): { high: bigint; low: bigint } {
  return { high: value >> 128n, low: value & ((1n << 128n) - 1n) };
}

/** Reads 32 bytes at `offset` as a big-endian integer, with no range check: callers check. */
export function readUint256(bytes: Uint8Array, offset: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FIELD_BYTES);
  const high = (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
  const low = (view.getBigUint64(16) << 64n) | view.getBigUint64(24);
  return (high << 128n) | low;
}

/** Writes an integer below 2^256 as 32 big-endian bytes at `offset` of `target`, and returns `target`. */
export function writeUint256(value: bigint, target: Uint8Array, offset: number): Uint8Array {
  const view = new DataView(target.buffer, target.byteOffset + offset, FIELD_BYTES);
  // setBigUint64 keeps the low 64 bits of what it is given.
  view.setBigUint64(0, value >> 192n);
  view.setBigUint64(8, value >> 128n);
  view.setBigUint64(16, value >> 64n);
  view.setBigUint64(24, value);
  return target;
}

function assertBelow(value: bigint, modulus: bigint, what: string, name: string): bigint {
  if (typeof value !== 'bigint') throw new FieldError(`${what} must be a bigint, got ${typeof value}`);
  if (value < 0n || value >= modulus)
    throw new FieldError(`${what} is not canonical: it must be at least 0 and below ${name}`);
  return value;
}

function readExactly32(bytes: Uint8Array, what: string): bigint {
  if (bytes.length !== FIELD_BYTES) throw new FieldError(`${what} must be ${FIELD_BYTES} bytes, got ${bytes.length}`);
  return readUint256(bytes, 0);
}

function parseHex32(value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{64}$/.test(value)) {
    throw new FieldError(`${what} must be a string of "0x" and 64 lower-case hexadecimal digits`);
  }
  return BigInt(value);
}
