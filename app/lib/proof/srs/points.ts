/** Encodings of BN254 points in an SRS, and the checks that tie its parts together. */
import { bn254 } from '@noble/curves/bn254.js';
import { POINT_BYTES, toBytes32 } from './powers.ts';

/** Bytes of a point of G2: x.c0, x.c1, y.c0, y.c1, big endian, 32 bytes each (the order that bb reads). */
export const G2_BYTES = 128;

const P = bn254.fields.Fp.ORDER;

type G1 = ReturnType<typeof bn254.G1.Point.fromAffine>;
type G2 = ReturnType<typeof bn254.G2.Point.fromAffine>;

function coordinate(bytes: Uint8Array, offset: number): bigint {
  const value = BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset + offset, 32).toString('hex')}`);
  if (value >= P) throw new Error('SRS: a coordinate is not below the field modulus');
  return value;
}

/**
 * Point `index` of a G1 file.
 * @throws Error if a coordinate is not canonical or the point is not on the curve
 */
export function readG1(bytes: Uint8Array, index: number): G1 {
  const at = index * POINT_BYTES;
  const point = bn254.G1.Point.fromAffine({ x: coordinate(bytes, at), y: coordinate(bytes, at + 32) });
  point.assertValidity(); // refuses (0, 0), the library's affine infinity, as well
  return point;
}

/**
 * The G2 point of 128 bytes.
 * @throws Error if it is not canonical, not on the twist or not in the subgroup
 */
export function readG2(bytes: Uint8Array): G2 {
  if (bytes.length !== G2_BYTES) throw new Error(`SRS: the G2 point has ${bytes.length} bytes, not ${G2_BYTES}`);
  const [x0, x1, y0, y1] = [0, 32, 64, 96].map((offset) => coordinate(bytes, offset));
  const point = bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
  point.assertValidity();
  return point;
}

/** The 128 bytes of tau * G2. */
export function g2Bytes(tau: bigint): Uint8Array {
  const { x, y } = bn254.G2.Point.BASE.multiply(tau).toAffine();
  return Uint8Array.from([x.c0, x.c1, y.c0, y.c1].flatMap((value) => [...toBytes32(value)]));
}

/** True if e(P[i+1], G2) = e(P[i], tau G2): the two points are one power of the secret apart. */
export function isConsecutive(g1: Uint8Array, g2: Uint8Array, index: number): boolean {
  const { Fp12 } = bn254.fields;
  const next = bn254.pairing(readG1(g1, index + 1), bn254.G2.Point.BASE);
  return Fp12.eql(next, bn254.pairing(readG1(g1, index), readG2(g2)));
}

/**
 * Checks an SRS from outside: every point is canonical, on the curve and not infinity, the first is the generator,
 * and the second belongs to the G2 point. Later points are sampled: a wrong one can only make proving fail, since
 * verifying uses the first point and the G2 point alone.
 * @throws Error that says what is wrong
 */
export function checkSrs(g1: Uint8Array, g2: Uint8Array, sampled: readonly number[]): void {
  if (g1.length < 2 * POINT_BYTES || g1.length % POINT_BYTES !== 0)
    throw new Error(`SRS: ${g1.length} bytes are not whole points`);
  for (let at = 0; at < g1.length; at += POINT_BYTES) {
    const x = coordinate(g1, at);
    const y = coordinate(g1, at + 32);
    // y^2 = x^3 + 3 has no solution with x = y = 0, so infinity's encoding fails too.
    if ((y * y - (x * x * x + 3n)) % P !== 0n) throw new Error(`SRS: point ${at / POINT_BYTES} is not on the curve`);
  }
  if (coordinate(g1, 0) !== 1n || coordinate(g1, 32) !== 2n)
    throw new Error('SRS: the first point is not the generator (1, 2)');
  for (const index of [0, ...sampled]) {
    if (!isConsecutive(g1, g2, index))
      throw new Error(`SRS: points ${index} and ${index + 1} do not belong to this G2 point`);
  }
}
