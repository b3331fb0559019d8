/** Bands of a sum in words. Pages read it, too: types alone come from the schema's code. */
import { formatDecimal, parseDecimal } from './decimal.ts';
import type { ThresholdPolicy } from './schema.ts';

/**
 * A band in words: where the sum is told to lie.
 *
 * @param band the number of borders that are reached
 */
export function bandWords({ borders }: { readonly borders: readonly string[] }, band: number): string {
  if (!Number.isInteger(band) || band < 0 || band > borders.length) {
    throw new RangeError(`there is no band ${band}: the policy has ${borders.length} borders`);
  }
  if (band === 0) return `below ${borders[0]}`;
  if (band === borders.length) return `${borders[band - 1]} or more`;
  return `${borders[band - 1]} or more, and below ${borders[band]}`;
}

/**
 * By how much less than this a sum may pass a border that it is told to lie below: the parties' parts of a unit that are not
 * counted. Undefined where the band is exact.
 */
export function uncountedAmount({
  unit,
  column: { decimals },
  parties,
}: Pick<ThresholdPolicy, 'unit' | 'column' | 'parties'>): string | undefined {
  const step = parseDecimal(unit, decimals);
  return step === 1n ? undefined : formatDecimal(BigInt(parties.length - 1) * step, decimals);
}
