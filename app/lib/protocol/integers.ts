/** Division and roots of whole numbers, rounded down as the protocol's figures are. */

/** The greatest whole number that is not above a quotient, also below 0. The divisor must be above 0. */
export function floorQuotient(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

/** The greatest whole number whose square is not above `value` (Newton's iteration). */
export function rootBelow(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
