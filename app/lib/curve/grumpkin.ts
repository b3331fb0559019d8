import { weierstrassN } from '@noble/curves/abstract/weierstrass.js';
import { barretenberg } from '../field/barretenberg.ts';
import {
  FIELD_BYTES,
  FIELD_MODULUS,
  FieldError,
  SCALAR_MODULUS,
  assertField,
  assertScalar,
  bytesToField,
  fieldToBytes,
  parseField,
  readUint256,
  scalarToBytes,
  splitHalves,
  writeUint256,
  fieldToHex,
} from '../field/field.ts';

/** An affine point of Grumpkin, never infinity. Coordinates are canonical elements of F. */
export type Point = Readonly<{ x: bigint; y: bigint }>;

/** A point as JSON: both coordinates `0x` and 64 lower-case digits. */
export type PointJson = { x: string; y: string };

/** Bytes of one encoded point, x ‖ y. */
export const POINT_BYTES = 2 * FIELD_BYTES;

/** Grumpkin: y² = x³ − 17 over F, prime order q (docs/protocol.md, section 1). */
const Curve = weierstrassN({
  p: FIELD_MODULUS,
  n: SCALAR_MODULUS,
  h: 1n,
  a: 0n,
  b: FIELD_MODULUS - 17n,
  Gx: 1n,
  Gy: 17631683881184975370165255887551781615748388533673675138860n,
});

/** The group's generator G. */
export const GENERATOR: Point = { x: Curve.BASE.x, y: Curve.BASE.y };

/** How no point, and infinity, is written in digests, statements and blobs: coordinates that belong to no point. */
export const NO_POINT: Point = { x: 0n, y: 0n };

/** Something that should have been a Grumpkin point is not, or an operation led to infinity. */
export class PointError extends Error {
  override name = 'PointError';
}

/** Whether canonical coordinates satisfy the curve's equation. */
export function isOnCurve({ x, y }: Point): boolean {
  return (y * y - x * x * x + 17n) % FIELD_MODULUS === 0n;
}

/** Returns `point` if its coordinates are canonical and it is on the curve; else throws and names `what`. */
export function assertPoint(point: Point, what = 'point'): Point {
  assertField(point.x, `${what}: x`);
  assertField(point.y, `${what}: y`);
  if (!isOnCurve(point)) throw new PointError(`${what} is not on the Grumpkin curve`);
  return point;
}

/** Encodes a point as 64 bytes x ‖ y, big endian. */
export function pointToBytes(point: Point, what = 'point'): Uint8Array {
  assertPoint(point, what);
  return writePoint(point, new Uint8Array(POINT_BYTES), 0);
}

/** Decodes exactly 64 bytes; refuses coordinates at or above p, points off the curve and every form of infinity. */
export function bytesToPoint(bytes: Uint8Array, what = 'point'): Point {
  if (bytes.length !== POINT_BYTES) throw new PointError(`${what} must be ${POINT_BYTES} bytes, got ${bytes.length}`);
  return readPoint(bytes, 0, what);
}

/** Reads and checks the point at `index` of an array of encoded points. */
export function pointAt(points: Uint8Array, index: number, what = 'point'): Point {
  return readPoint(points, index * POINT_BYTES, what, index);
}

/**
 * Returns an array of encoded points if every one is valid, about 1.5 µs each.
 *
 * @param first the number of its first point in errors
 */
export function assertPoints(points: Uint8Array, what = 'point', first = 0): Uint8Array {
  const count = countPoints(points, what);
  for (let i = 0; i < count; i++) readPoint(points, i * POINT_BYTES, what, first + i);
  return points;
}

/** Encodes points one after another, 64 bytes each. */
export function pointsToBytes(points: readonly Point[], what = 'point'): Uint8Array {
  const bytes = new Uint8Array(points.length * POINT_BYTES);
  points.forEach((point, i) => writePoint(assertPoint(point, `${what} ${i}`), bytes, i * POINT_BYTES));
  return bytes;
}

/** Decodes and checks an array of encoded points. */
export function bytesToPoints(bytes: Uint8Array, what = 'point'): Point[] {
  return Array.from({ length: countPoints(bytes, what) }, (_, i) => pointAt(bytes, i, what));
}

/** Number of points in an array of encoded points; refuses a broken length. */
export function countPoints(bytes: Uint8Array, what = 'point'): number {
  if (bytes.length % POINT_BYTES !== 0) {
    throw new PointError(`${what}s: ${bytes.length} bytes are not a whole number of ${POINT_BYTES}-byte points`);
  }
  return bytes.length / POINT_BYTES;
}

/** A point as JSON. */
export function pointToJson(point: Point, what = 'point'): PointJson {
  assertPoint(point, what);
  return { x: fieldToHex(point.x), y: fieldToHex(point.y) };
}

/** Reads a point from untrusted JSON of the form `{x, y}`. */
export function parsePoint(value: unknown, what = 'point'): Point {
  if (typeof value !== 'object' || value === null) throw new PointError(`${what} must be an object with x and y`);
  const { x, y } = value as Partial<PointJson>;
  return assertPoint({ x: parseField(x, `${what}: x`), y: parseField(y, `${what}: y`) }, what);
}

/** Whether two points are the same. */
export function equalPoints(a: Point, b: Point): boolean {
  return a.x === b.x && a.y === b.y;
}

/** scalar·G for a scalar in [1, q). */
export function mulGenerator(scalar: bigint): Point {
  return affine(Curve.BASE.multiply(assertScalar(scalar)), 'scalar·G');
}

/** scalar·point for a scalar in [1, q). */
export function mul(point: Point, scalar: bigint): Point {
  return affine(lift(point).multiply(assertScalar(scalar)), 'scalar·point');
}

/** a + b. Throws when the sum is infinity. */
export function add(a: Point, b: Point): Point {
  return affine(lift(a).add(lift(b)), 'the sum of two points');
}

/** Sum of at least one point. Throws when it is infinity. */
export function sum(points: readonly Point[]): Point {
  if (points.length === 0) throw new PointError('the sum of no points is infinity');
  return affine(
    points.map(lift).reduce((total, point) => total.add(point)),
    'the sum of points',
  );
}

/** −point. */
export function negate(point: Point): Point {
  assertPoint(point);
  return { x: point.x, y: FIELD_MODULUS - point.y };
}

/**
 * Σ scalar·point over public values, for checking proofs (running time depends on the scalars); about 0.2 ms a term, in
 * WASM. Scalars are in [0, q). Returns `undefined` for infinity.
 */
export function msmPublic(terms: readonly (readonly [scalar: bigint, point: Point])[]): Point | undefined {
  let total = Curve.ZERO;
  for (const [scalar, point] of terms) {
    assertPoint(point);
    if (scalar !== 0n) total = total.add(lift(mulPublic(point, scalar)));
  }
  return total.is0() ? undefined : affine(total, 'a multi-scalar product');
}

/** scalar·point of a valid point and a scalar in [1, q), neither of them a secret. */
function mulPublic({ x, y }: Point, scalar: bigint): Point {
  const { point } = barretenberg().grumpkinMul({
    point: { x: fieldToBytes(x), y: fieldToBytes(y) },
    scalar: scalarToBytes(scalar),
  });
  return { x: bytesToField(point.x, 'product: x'), y: bytesToField(point.y, 'product: y') };
}

/**
 * The n in [0, max] with n·G = Σ scalar·point, or `undefined` when there is none; walks up from 0, about 10 µs a step.
 * Opens exponential ElGamal, whose messages are small.
 */
export function smallLogPublic(
  terms: readonly (readonly [scalar: bigint, point: Point])[],
  max: number,
): number | undefined {
  const target = msmPublic(terms);
  const lifted = target === undefined ? Curve.ZERO : lift(target);
  let candidate = Curve.ZERO;
  for (let n = 0; n <= max; n++) {
    if (candidate.equals(lifted)) return n;
    candidate = candidate.add(Curve.BASE);
  }
  return undefined;
}

/** A scalar in the form circuits take: `lo` its 128 low bits, `hi` the 126 high ones. */
export function splitScalar(scalar: bigint): { lo: bigint; hi: bigint } {
  const { high, low } = splitHalves(assertScalar(scalar));
  return { lo: low, hi: high };
}

/** The scalar of its halves, as they stand in messages on chain; refuses halves and scalars out of range. */
export function joinScalar(lo: bigint, hi: bigint): bigint {
  if (lo < 0n || lo >> 128n !== 0n || hi < 0n)
    throw new FieldError('the halves of a scalar must lie below 2^128 and 2^126');
  return assertScalar(lo + (hi << 128n));
}

type Lifted = typeof Curve.BASE;

function lift(point: Point): Lifted {
  assertPoint(point);
  return Curve.fromAffine(point);
}

function affine(point: Lifted, what: string): Point {
  if (point.is0()) throw new PointError(`${what} is infinity, which no message may hold`);
  const { x, y } = point.toAffine();
  return { x, y };
}

/** Reads and checks a point; its number, if any, stands in errors alone. */
function readPoint(bytes: Uint8Array, offset: number, what: string, index?: number): Point {
  const name = () => (index === undefined ? what : `${what} ${index}`);
  if (offset < 0 || offset + POINT_BYTES > bytes.length) throw new PointError(`${name()} lies outside its array`);
  const point = { x: readUint256(bytes, offset), y: readUint256(bytes, offset + FIELD_BYTES) };
  // Names are put together for a refusal alone: they would take longer than the checks.
  return point.x < FIELD_MODULUS && point.y < FIELD_MODULUS && isOnCurve(point) ? point : assertPoint(point, name());
}

function writePoint({ x, y }: Point, target: Uint8Array, offset: number): Uint8Array {
  writeUint256(x, target, offset);
  return writeUint256(y, target, offset + FIELD_BYTES);
}
