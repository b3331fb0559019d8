/**
 * The tails of the normal distribution to 80 digits, an oracle for `app/lib/protocol/normal.ts`, which goes another way: 2·(1 − Φ(x)) =
 * 1 − 2·φ(x)·(x + x³/3 + x⁵/(3·5) + …) (Marsaglia 2004), with π by Machin's formula and the exponential function by its series.
 */
const ONE = 1n << 320n;

/** 2·(1 − Φ(above/below)) in units of 2^-320, for a number from 0 to 10. */
export function tailsBeyond(above: bigint, below: bigint): bigint {
  const inner = sum((above * ONE) / below, (term, i) => (term * above * above) / (below * below * (2n * i + 1n)));
  return ONE - (2n * inner * density(above, below)) / ONE;
}

/** Such a number in units of 1/scale, rounded to the nearest. */
export function rounded(value: bigint, scale: bigint): bigint {
  return (2n * value * scale + ONE) / (2n * ONE);
}

/** φ(above/below). */
function density(above: bigint, below: bigint): bigint {
  const growth = sum(ONE, (term, i) => (term * above * above) / (2n * below * below * i));
  return (ONE * ONE * ONE) / (growth * rootOf(2n * pi() * ONE));
}

function pi(): bigint {
  const arctan = (inverse: bigint): bigint => {
    let [power, total] = [ONE / inverse, 0n];
    for (let k = 1n; power !== 0n; k += 2n, power /= -(inverse * inverse)) total += power / k;
    return total;
  };
  return 16n * arctan(5n) - 4n * arctan(239n);
}

/** The sum of terms, each made from the one before it, until they vanish. */
function sum(first: bigint, next: (term: bigint, i: bigint) => bigint): bigint {
  let total = 0n;
  for (let [term, i] = [first, 1n]; term !== 0n; term = next(term, i), i++) total += term;
  return total;
}

/** The root of a number, bit by bit. */
function rootOf(value: bigint): bigint {
  let root = 0n;
  for (let bit = 1n << 400n; bit > 0n; bit >>= 1n) if ((root + bit) ** 2n <= value) root += bit;
  return root;
}
