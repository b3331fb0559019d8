/**
 * Powers of a known secret on BN254: tau^i G for a development SRS.
 *
 * Fixed-base multiplication with signed windows of 15 bits: a table holds j * 2^(15w) G for every window w and
 * 1 <= j <= 2^14, so that a point is a sum of 17 table entries. Additions are affine and done for a batch of points at
 * once, which shares one field inversion among the batch (Montgomery's trick): about 6 multiplications an addition.
 */
import { bn254 } from '@noble/curves/bn254.js';

const P = bn254.fields.Fp.ORDER;
const R = bn254.fields.Fr.ORDER;
const WINDOW = 15n;
const HALF = 1 << 14;
const WINDOWS = 17; // 17 * 15 bits hold every scalar below 2^254 with its carry
const BATCH = 4096;

/** Bytes of one point: x then y, big endian, 32 bytes each. */
export const POINT_BYTES = 64;

/** Affine points as parallel arrays; x = -1n stands for the point at infinity. */
type Points = { x: bigint[]; y: bigint[] };
const INFINITY = -1n;

const mod = (value: bigint): bigint => {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
};

/** Inverts every element in place with one inversion. Elements must not be zero. */
function invertAll(values: bigint[]): void {
  const products: bigint[] = new Array(values.length);
  let product = 1n;
  for (let i = 0; i < values.length; i++) {
    products[i] = product;
    product = (product * values[i]) % P;
  }
  if (product === 0n) throw new Error('development SRS: a sum of equal or opposite points (internal error)');
  let inverse = bn254.fields.Fp.inv(product);
  for (let i = values.length - 1; i >= 0; i--) {
    const own = (inverse * products[i]) % P;
    inverse = (inverse * values[i]) % P;
    values[i] = own;
  }
}

/** Adds b[i] to a[i] in place. Neither is infinity, and a[i] differs from b[i] and -b[i]. */
function addAll(a: Points, b: Points): void {
  const slopes = a.x.map((x, i) => mod(b.x[i] - x));
  invertAll(slopes);
  for (let i = 0; i < slopes.length; i++) {
    const slope = ((b.y[i] - a.y[i]) * slopes[i]) % P;
    const x = mod(slope * slope - a.x[i] - b.x[i]);
    a.y[i] = mod(slope * (a.x[i] - x) - a.y[i]);
    a.x[i] = x;
  }
}

function double(x: bigint, y: bigint): [bigint, bigint] {
  const slope = (3n * x * x * bn254.fields.Fp.inv(2n * y)) % P;
  const x3 = mod(slope * slope - 2n * x);
  return [x3, mod(slope * (x - x3) - y)];
}

/** Entry j - 1 of window w is j * 2^(15w) G, for j up to 2^14. */
function makeTable(): Points[] {
  const table: Points[] = [];
  let [x, y] = [1n, 2n];
  for (let window = 0; window < WINDOWS; window++) {
    const multiples: Points = { x: [x], y: [y] };
    while (multiples.x.length < HALF) {
      // From 1..m to 1..2m: add m to each of 1..m-1, and double m.
      const count = multiples.x.length;
      const [mx, my] = [multiples.x[count - 1], multiples.y[count - 1]];
      const next: Points = { x: multiples.x.slice(0, -1), y: multiples.y.slice(0, -1) };
      addAll(next, { x: next.x.map(() => mx), y: next.x.map(() => my) });
      const [dx, dy] = double(mx, my);
      multiples.x.push(...next.x, dx);
      multiples.y.push(...next.y, dy);
    }
    table.push(multiples);
    [x, y] = double(multiples.x[HALF - 1], multiples.y[HALF - 1]);
  }
  return table;
}

/** Digits in -2^14 .. 2^14, least significant first, whose sum weighted by 2^(15w) is the scalar. */
function signedDigits(scalar: bigint): number[] {
  const digits: number[] = new Array(WINDOWS);
  let carry = 0;
  for (let window = 0; window < WINDOWS; window++) {
    let digit = Number(scalar & ((1n << WINDOW) - 1n)) + carry;
    scalar >>= WINDOW;
    carry = digit > HALF ? 1 : 0;
    if (carry) digit -= 2 * HALF;
    digits[window] = digit;
  }
  return digits;
}

/** scalar * G for each scalar, in order. */
function multiplyBase(table: Points[], scalars: bigint[]): Points {
  const sums: Points = { x: scalars.map(() => INFINITY), y: scalars.map(() => 0n) };
  const digits = scalars.map(signedDigits);
  for (let window = 0; window < WINDOWS; window++) {
    const rows: number[] = [];
    const a: Points = { x: [], y: [] };
    const b: Points = { x: [], y: [] };
    for (let i = 0; i < scalars.length; i++) {
      const digit = digits[i][window];
      if (digit === 0) continue;
      const entry = Math.abs(digit) - 1;
      const x = table[window].x[entry];
      const y = digit < 0 ? P - table[window].y[entry] : table[window].y[entry];
      if (sums.x[i] === INFINITY) {
        sums.x[i] = x;
        sums.y[i] = y;
        continue;
      }
      rows.push(i);
      a.x.push(sums.x[i]);
      a.y.push(sums.y[i]);
      b.x.push(x);
      b.y.push(y);
    }
    if (rows.length === 0) continue;
    addAll(a, b);
    rows.forEach((row, i) => {
      sums.x[row] = a.x[i];
      sums.y[row] = a.y[i];
    });
  }
  return sums;
}

/** Integer below 2^256 as 32 bytes, big endian. */
export function toBytes32(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
}

/**
 * The points tau^i G for from <= i < to, 64 bytes each (x then y, big endian).
 * @param tau secret of the SRS, not zero, below the group order
 * @throws RangeError if tau is outside that range
 */
export function powersOfTau(tau: bigint, from: number, to: number): Uint8Array {
  if (tau <= 0n || tau >= R) throw new RangeError('tau must lie between 0 and the group order');
  const table = makeTable();
  const bytes = new Uint8Array((to - from) * POINT_BYTES);
  let power = bn254.fields.Fr.pow(tau, BigInt(from));
  for (let start = from; start < to; start += BATCH) {
    const scalars: bigint[] = [];
    for (let i = start; i < Math.min(to, start + BATCH); i++) {
      scalars.push(power);
      power = (power * tau) % R;
    }
    const points = multiplyBase(table, scalars);
    scalars.forEach((_, i) => {
      const at = (start - from + i) * POINT_BYTES;
      bytes.set(toBytes32(points.x[i]), at);
      bytes.set(toBytes32(points.y[i]), at + 32);
    });
  }
  return bytes;
}
