import { evenSqrt, invert, invertBatch, reduce } from '../field/arithmetic.ts';
import { FIELD_MODULUS, assertField } from '../field/field.ts';
import type { Point } from './grumpkin.ts';

const P = FIELD_MODULUS;

/** Constants of the Shallue–van de Woestijne map for y² = x³ − 17, Z = 1 (RFC 9380, 6.6.1; docs/protocol.md, section 3). */
const Z = 1n;
const C1 = P - 16n;
const C2 = P - invert(2n);
const C3 = 17631683881184975371348829942606096167675058198229016842588n;
const C4 = reduce(64n * invert(3n));

/** The smallest quadratic non-residue that circuits use to prove "not a square" by a root of 5·g(x). */
export const NON_RESIDUE = 5n;

/** A candidate x1 or x2 with the evidence whether g(x) = x³ − 17 is a square. */
export type Candidate = Readonly<{
  x: bigint;
  /** Whether g(x) is a square. */
  square: boolean;
  /** The even root of g(x) if it is a square, else the even root of 5·g(x). */
  root: bigint;
}>;

/** A mapped point, with what a circuit needs to check the map without searching. */
export type Mapped = Readonly<{
  /** The field element that was mapped. */
  u: bigint;
  /** inv0(tv1·tv2) of the map. */
  inverse: bigint;
  candidates: readonly [Candidate, Candidate];
  /** Which of x1, x2, x3 is the point's x: 0, 1 or 2. */
  choice: 0 | 1 | 2;
  /** The point; y is the even root. */
  point: Point;
}>;

/** Maps field elements to points, as {@link mapWithHints} does, without the hints. About 60 µs each. */
export function mapToCurve(us: readonly bigint[]): Point[] {
  return candidatesOf(us).map(({ x1, x2, x3 }) => {
    for (const x of [x1, x2]) {
      const y = evenSqrt(g(x));
      if (y !== undefined) return { x, y };
    }
    return { x: x3, y: rootOfThird(x3) };
  });
}

/**
 * Maps field elements to points of Grumpkin by the Shallue–van de Woestijne map with Z = 1, taking the even root,
 * and returns the evidence along with them. One inversion serves all.
 */
export function mapWithHints(us: readonly bigint[]): Mapped[] {
  return candidatesOf(us).map(({ u, inverse, x1, x2, x3 }) => {
    const candidates = [candidate(x1), candidate(x2)] as const;
    const choice = candidates[0].square ? 0 : candidates[1].square ? 1 : 2;
    const point =
      choice === 2 ? { x: x3, y: rootOfThird(x3) } : { x: candidates[choice].x, y: candidates[choice].root };
    return { u, inverse, candidates, choice, point };
  });
}

function candidatesOf(us: readonly bigint[]) {
  const terms = us.map((u, i) => {
    assertField(u, `element ${i} to map`);
    const tv1 = (((u * u) % P) * C1) % P;
    return { u, tv1: reduce(1n - tv1), tv2: (1n + tv1) % P };
  });
  const inverses = invertBatch(terms.map(({ tv1, tv2 }) => (tv1 * tv2) % P));
  return terms.map(({ u, tv1, tv2 }, i) => {
    const inverse = inverses[i];
    const tv4 = (((((u * tv1) % P) * inverse) % P) * C3) % P;
    const slope = (((tv2 * tv2) % P) * inverse) % P;
    return { u, inverse, x1: reduce(C2 - tv4), x2: (C2 + tv4) % P, x3: (((slope * slope) % P) * C4 + Z) % P };
  });
}

/** g(x) = x³ − 17, the curve's right-hand side; never 0, since the group has no point of order 2. */
function g(x: bigint): bigint {
  return reduce(x * x * x - 17n);
}

function candidate(x: bigint): Candidate {
  const root = evenSqrt(g(x));
  if (root !== undefined) return { x, square: true, root };
  const witness = evenSqrt((NON_RESIDUE * g(x)) % P);
  if (witness === undefined) throw new Error('neither g(x) nor 5·g(x) is a square, which cannot be');
  return { x, square: false, root: witness };
}

/** If g(x1) and g(x2) are not squares, g(x3) is: their product with it is one (RFC 9380, 6.6.1). */
function rootOfThird(x3: bigint): bigint {
  const y = evenSqrt(g(x3));
  if (y === undefined) throw new Error('no candidate of the curve map is on the curve, which cannot be');
  return y;
}
