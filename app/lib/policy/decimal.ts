/** Decimal numbers in texts, read exactly: no floating point number stands between the text and the integer. */

/** A text is no decimal number as it is asked for. The message says why and never repeats the text, which may be secret. */
export class DecimalError extends Error {
  override name = 'DecimalError';
}

/** Most characters of a number. */
const MAX_LENGTH = 40;

/** What is often found where a number should stand, and what to do about it. */
const NO_NUMBERS: readonly (readonly [form: RegExp, fault: string])[] = [
  [/^[=@]|^[+-]\s*[A-Za-z_(]/, 'a formula, not its value'],
  [/^[0-9+-]*\.?[0-9]*e[+-]?[0-9]+$/i, 'written with an exponent: write all digits'],
  [/^[0-9+-][0-9.,'\s]*$/, 'not a number: write decimals after one point, and no separators of thousands'],
];

/**
 * Reads a decimal number as an integer: "12.50" with two decimals is 1250. A sign, digits, and digits after a point are all
 * that it may have. Fewer decimals are filled with zeros; more are refused, zeros too, since nothing is rounded or guessed.
 * Exponents, NaN and infinite numbers are refused.
 *
 * @param decimals how many decimals the integer counts, 0 to 6
 * @throws DecimalError
 */
export function parseDecimal(text: string, decimals: number): bigint {
  if (text === '') throw new DecimalError('empty');
  if (text.length > MAX_LENGTH) throw new DecimalError(`longer than ${MAX_LENGTH} characters`);
  if (/^[+-]?(?:nan|inf|infinity)$/i.test(text)) throw new DecimalError('no finite number');
  const parts = /^([+-]?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (!parts) throw new DecimalError(NO_NUMBERS.find(([form]) => form.test(text))?.[1] ?? 'not a number');
  const [, sign, whole, fraction = ''] = parts;
  if (fraction.length > decimals) {
    throw new DecimalError(`it has ${fraction.length} decimals: no more than ${decimals} are declared`);
  }
  const size = BigInt(whole + fraction.padEnd(decimals, '0'));
  return sign === '-' ? -size : size;
}

/** An integer that counts the last of some decimals, as text: 1250 with two decimals is "12.50". */
export function formatDecimal(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return `${value < 0n ? '-' : ''}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''}`;
}
