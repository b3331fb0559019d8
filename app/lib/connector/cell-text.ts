/** Typed values of Parquet and Arrow files as the text that a CSV file of the same table holds. */

/** A cell that cannot be read, and why. Never repeats the value. */
export class CellFault {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A cell of a typed column: text, null where there is no value, or a fault. */
export type Cell = string | null | CellFault;

/** Parts of a second in which times are counted. */
export const TICKS = { second: 1n, milli: 1_000n, micro: 1_000_000n, nano: 1_000_000_000n } as const;

const NOT_FINITE = new CellFault('no finite number (NaN or infinity)');
const NOT_UTF8 = new CellFault('text that is not UTF-8');
const FAR_DATE = new CellFault('a date outside the years 1 to 9999');
const NO_TIME = new CellFault('a time of day outside 24 hours');

const SECONDS_A_DAY = 86_400n;

/** Days from 1 January of the year 1 to 1 January 1970, and from there to the last of 9999. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text from UTF-8, strictly: a guessed character would make another identifier. */
export function utf8Text(bytes: Uint8Array): Cell {
  try {
    return decoder.decode(bytes);
  } catch {
    return NOT_UTF8;
  }
}

/** The shortest digits that give the number again; without a fraction where it has none. */
export function float64Text(value: number): Cell {
  if (!Number.isFinite(value)) return NOT_FINITE;
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Most digits that a number of 32 bits needs, and the least number from which on it has no room for every whole number. */
const FLOAT32_DIGITS = 9;
const FLOAT32_WHOLE = 2 ** 24;

/** The shortest digits that give the same number of 32 bits again: 0.1 is "0.1", though it is 0.10000000149 as a double. */
export function float32Text(value: number): Cell {
  const isExact = Number.isInteger(value) && Math.abs(value) <= FLOAT32_WHOLE;
  if (isExact || !Number.isFinite(value)) return float64Text(value);
  for (let digits = 1; digits < FLOAT32_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(FLOAT32_DIGITS)));
}

/** A number of 16 bits (IEEE 754 binary16), given by its bits. */
export function float16Text(bits: number): Cell {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return NOT_FINITE;
  return float32Text(sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25)));
}

/** A decimal number exactly: `unscaled` times ten to the power of minus `scale`, with all digits of its scale. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return unscaled === 0n ? '0' : `${unscaled}${'0'.repeat(-scale)}`;
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A date as YYYY-MM-DD, given in days since 1 January 1970. */
export function dateText(days: number): Cell {
  if (!Number.isInteger(days) || days < FIRST_DAY || days > LAST_DAY) return FAR_DATE;
  const date = new Date(days * 86_400_000);
  return `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
}

/**
 * A moment as YYYY-MM-DD HH:MM:SS with as much of a fraction as it has; with a Z where it is one of universal time, and not
 * of a clock somewhere.
 * @param count since 1 January 1970
 * @param ticks in which it is counted, a second
 */
export function timestampText(count: bigint, ticks: bigint, isUniversal: boolean): Cell {
  const perDay = SECONDS_A_DAY * ticks;
  const day = floorDivide(count, perDay);
  const date = dateText(Number(day));
  return typeof date === 'string' ? `${date} ${clock(count - day * perDay, ticks)}${isUniversal ? 'Z' : ''}` : date;
}

/** A time of day as HH:MM:SS with as much of a fraction as it has, given in ticks since midnight. */
export function timeText(count: bigint, ticks: bigint): Cell {
  return count < 0n || count >= SECONDS_A_DAY * ticks ? NO_TIME : clock(count, ticks);
}

function clock(count: bigint, ticks: bigint): string {
  const seconds = Number(count / ticks);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => pad(part));
  const rest = count % ticks;
  const fraction = rest === 0n ? '' : `.${(rest + ticks).toString().slice(1).replace(/0+$/, '')}`;
  return `${h}:${m}:${s}${fraction}`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a < 0n && a % b !== 0n ? a / b - 1n : a / b;
}

/** 16 bytes as a UUID in small letters. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A whole number from its bytes in two's complement, the highest first. */
export function signedFrom(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

const pad = (value: number, length = 2) => String(value).padStart(length, '0');
