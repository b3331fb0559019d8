/** Two-sided p-values of the normal distribution (docs/protocol.md, section 8: "Lift"). */

/** Places of the table in one standard deviation. */
const STEPS = 64n;
/** The table's last place, eight standard deviations. */
const LAST_PLACE = 512n;
/** Millionths of a standard deviation from one place to the next. */
const STEP = 1_000_000n / STEPS;
/** p-values are in billionths. */
const BILLION = 1_000_000_000n;
/** Bits behind the point. The terms of the series grow up to 2^130 before they fall, and what is lost of each grows with them. */
const FRACTION_BITS = 384n;
/** Beyond 13 standard deviations lies less than 10^-37 of the distribution. */
const WHOLE = 13n * STEPS;

let whole: bigint | undefined;

/**
 * The table at `place`, 0 to 512: 2·(1 − Φ(place/64))·10^9, rounded to the nearest.
 *
 * 2·(1 − Φ(x)) = 1 − I(x)/I(∞) for I(x) = ∫ exp(−t²/2) dt from 0 to x, so neither π nor a value of the exponential function is
 * needed. I(13) stands for I(∞).
 */
export function tailAt(place: bigint): bigint {
  whole ??= bellArea(WHOLE);
  return (2n * (whole - bellArea(place)) * BILLION + whole) / (2n * whole);
}

/** @param score millionths of a standard deviation, not negative. Returns billionths. */
export function twoSided(score: bigint): bigint {
  const place = score / STEP;
  if (place >= LAST_PLACE) return 0n;
  const beyond = score % STEP;
  return (tailAt(place) * (STEP - beyond) + tailAt(place + 1n) * beyond) / STEP;
}

/** I(place/64) in units of 2^-384, by its Taylor series Σ (−1)^k·x^(2k+1) / (2^k·k!·(2k + 1)). */
function bellArea(place: bigint): bigint {
  let term = (place << FRACTION_BITS) / STEPS;
  let area = 0n;
  for (let k = 0n; term !== 0n;) {
    area += term / (2n * k + 1n);
    k += 1n;
    term = (-term * place * place) / (2n * STEPS * STEPS * k);
  }
  return area;
}
