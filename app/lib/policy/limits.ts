/** Limits of a policy's numbers that the contracts set. */

/** Amounts of money lie below this many token units, so that no sum or product of theirs overflows. */
export const AMOUNT_LIMIT = 1n << 108n;

/** Most weight of a share. */
export const SHARE_LIMIT = 10_000;
