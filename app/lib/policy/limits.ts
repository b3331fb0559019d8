/** Limits of a policy's numbers that the contracts and the protocol set. Nothing here needs the network's libraries. */

/** Amounts of money lie below this many token units, so that no sum or product of theirs overflows. */
export const AMOUNT_LIMIT = 1n << 108n;

/** Most weight of a share. */
export const SHARE_LIMIT = 10_000;

/** Most value columns, groups, and quantiles of a room that aggregates, as docs/protocol.md has them. */
export const MOST_COLUMNS = 4;
export const MOST_GROUPS = 32;
export const MOST_QUANTILES = 8;

/** Decimals of means, variances, half widths and ratios beyond those of their columns; the proven figures are in millionths. */
export const FIGURE_DECIMALS = 6;

/** Values, with their decimals, lie strictly between this and its negative. */
export const VALUE_LIMIT = 1n << 61n;

/** The bounds of a column of which something is released differ by less than this. */
export const SPAN_LIMIT = 1n << 40n;

/** Sums over all rows that a party may bring, of values less the column's least and of their squares, lie below this in rooms that join values. */
export const JOINED_SUM_LIMIT = 1n << 40n;

/** Most borders of a room with a threshold, and most steps from one to the next, as docs/protocol.md has them. */
export const MOST_BORDERS = 8;
export const MOST_BORDER_STEPS = 192;

/** The unit of borders lies below this. */
export const UNIT_LIMIT = 1n << 40n;

/** A party's sum, counted in steps from the floor on, lies below this. */
export const SLOT_STEPS_LIMIT = 1n << 62n;

/** Fewest groups of rooms that join values, where there are any (a single one needs no grouping), and most. */
export const FEWEST_JOINED_GROUPS = 2;
export const MOST_JOINED_GROUPS = 8;

/** Per cent of confidence of a lift whose policy names none. */
export const LIFT_CONFIDENCE = 95;
