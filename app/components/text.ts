/** How the pages write things. The same on server and client: no locale or time zone of either. */

/** A long hexadecimal number, shortened for the eye: `0x12345678…9abcdef0`. */
export function shortId(hex: string): string {
  return `${hex.slice(0, 10)}…${hex.slice(-8)}`;
}

/** `2026-11-22 23:40 UTC` of an ISO 8601 time. */
export function timeText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** A whole number with thousands apart: `12,345`. */
export function numberText(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 proof`, `2 proofs`. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `slot 0, slot 2`; `none` where there is none. */
export function slotsText(slots: readonly number[]): string {
  return slots.map((slot) => `slot ${slot}`).join(', ') || 'none';
}

/** `12,345 token units` of a decimal text, which may be larger than a number. */
export function unitsText(amount: string): string {
  return `${BigInt(amount).toLocaleString('en-US')} token unit${amount === '1' ? '' : 's'}`;
}
