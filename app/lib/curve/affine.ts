/** Many sums of two points at a time, each round sharing one inversion. */
import { invertBatch, reduce } from '../field/arithmetic.ts';
import { GENERATOR, type Point } from './grumpkin.ts';

/** A point, or nothing for infinity. */
export type MaybePoint = Point | undefined;

/** a[i] + b[i] for every i, 5 to 20 µs each; points are known to be valid. */
export function addEach(a: readonly MaybePoint[], b: readonly MaybePoint[]): MaybePoint[] {
  const inverses = invertBatch(a.map((p, i) => denominator(p, b[i])));
  return a.map((p, i) => {
    const q = b[i];
    if (!p) return q;
    if (!q) return p;
    if (inverses[i] === 0n) return undefined;
    const slope = reduce((p.x === q.x ? 3n * p.x * p.x : q.y - p.y) * inverses[i]);
    const x = reduce(slope * slope - p.x - q.x);
    return { x, y: reduce(slope * (p.x - x) - p.y) };
  });
}

/** What a sum's slope is divided by: 0 if there is no slope, since a point is missing or the other's negative. */
function denominator(p: MaybePoint, q: MaybePoint): bigint {
  if (!p || !q) return 0n;
  if (p.x !== q.x) return reduce(q.x - p.x);
  return p.y === q.y ? reduce(2n * p.y) : 0n;
}

/** −point. */
export function negateAffine(point: MaybePoint): MaybePoint {
  return point && { x: point.x, y: reduce(-point.y) };
}

/** Values of a digit of a scalar, and its bits. */
const DIGITS = 256;
const DIGIT_BITS = 8n;

/** d·256^j·G for every digit d at every place j that was needed so far. */
const tables: MaybePoint[][] = [];

/**
 * scalar·G for every scalar from 0 and below q: one sum for each of their bytes, after a table of 255 sums
 * for each byte once.
 */
export function generatorMultiples(scalars: readonly bigint[]): MaybePoint[] {
  let rest = [...scalars];
  let sums = scalars.map((): MaybePoint => undefined);
  for (let place = 0; rest.some((scalar) => scalar > 0n); place++) {
    const table = (tables[place] ??= digitTable(place));
    sums = addEach(
      sums,
      rest.map((scalar) => table[Number(BigInt.asUintN(Number(DIGIT_BITS), scalar))]),
    );
    rest = rest.map((scalar) => scalar >> DIGIT_BITS);
  }
  return sums;
}

/** Multiples of 256^place·G by every digit: each round doubles how many there are. */
function digitTable(place: number): MaybePoint[] {
  const last = tables[place - 1];
  // 255·256^(j−1)·G + 256^(j−1)·G = 256^j·G.
  const [unit] = place === 0 ? [GENERATOR] : addEach([last[DIGITS - 1]], [last[1]]);
  let table: MaybePoint[] = [undefined, unit];
  while (table.length < DIGITS) {
    const [top] = addEach([table[table.length - 1]], [unit]);
    const shifted = addEach(
      table,
      table.map(() => top),
    );
    table = [...table, ...shifted];
  }
  return table;
}
