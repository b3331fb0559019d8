/** What a policy of a room that aggregates says, in sentences for people. */
import { columnNamed, isNumeric, isReleased, type ValueColumn } from './columns.ts';
import { FIGURE_DECIMALS } from './limits.ts';
import type { Analysis } from './analysis.ts';
import type { AggregatePolicy } from './schema.ts';
import { listOf, namesOf, own } from './words.ts';

/** Who adds up what. */
export function adds({ parties }: AggregatePolicy): string {
  return `${namesOf(parties)} compute totals over the rows of ${parties.length === 2 ? 'both' : `all ${parties.length}`}`;
}

/** What is released, in one paragraph. */
export function releases(policy: AggregatePolicy): string {
  return releaseLines(policy).join(' ');
}

/** What is released, of which groups, and over whose rows. */
export function releaseLines(policy: AggregatePolicy): string[] {
  const { contributors, k } = policy;
  return [
    `Only totals over groups of rows are released, of open groups alone; no rows leave their owner.`,
    `A group is open if at least ${parties(contributors)} ${contributors === 1 ? 'has' : 'have'} ${k} rows or more in it.`,
    'A total is over the rows of those parties; one with fewer rows in the group adds nothing to it.',
    ...(contributors === 1 ? [ALONE] : []),
    groups(policy),
    figures(policy),
  ];
}

/** What it means that one contributor is enough. */
const ALONE = 'One party is enough to open a group, so that a total may be one party’s own.';

/** How rows are grouped. */
function groups({ columns, grouping }: AggregatePolicy): string {
  if (!grouping) return 'All rows are one group.';
  const column = columnNamed(columns, grouping.column)!;
  if (!isNumeric(column)) return `Each label of the column ${quoted(column.column)} is a group.`;
  return (
    `Groups are by the column ${quoted(column.column)}, with the borders ${listOf(grouping.borders!)}: ` +
    `each has the rows from one border, included, to the next, not included.`
  );
}

/**
 * The figures of every open group, and those over all of them.
 * @param counted what stands in groups
 */
export function figures({ columns, ratio, quantiles, confidence, grouping }: Analysis, counted = 'rows'): string {
  const named = (releases: readonly string[]) =>
    listOf(columns.filter((c) => isNumeric(c) && releases.includes(c.release)).map(({ column }) => quoted(column)));
  const summed = named(['sum', 'variance']);
  const varied = named(['variance']);
  const each = [
    `the number of ${counted}`,
    ...(summed ? [`sum and mean of ${summed}`] : []),
    ...(varied ? [`sum of squares and sample variance of ${varied}`] : []),
    ...(confidence === undefined
      ? []
      : [`the interval of each of these means at a confidence of ${confidence} per cent`]),
    ...(ratio ? [`the ratio of the sums, ${quoted(ratio.numerator)} divided by ${quoted(ratio.denominator)}`] : []),
  ];
  const of = `Released of each open group: ${each.join('; ')}.`;
  if (!quantiles) return of;
  return `${of} Released of all rows: between which groups by ${quoted(grouping!.column)} the quantiles ${listOf(quantiles.map(percent))} lie.`;
}

/** How figures are rounded, which no policy changes; nothing where rows alone are counted. */
export function roundingLines({ columns, confidence, ratio }: Analysis): string[] {
  const released = columns.filter(isReleased);
  if (released.length === 0) return [];
  const beyond = `${FIGURE_DECIMALS} decimals beyond`;
  const decimalsOf = (name: string) => released.find(({ column }) => column === name)!.decimals;
  const rounded = [
    `${confidence === undefined ? 'means' : 'means and intervals'} to ${beyond} those of their column`,
    ...(released.some(({ release }) => release === 'variance') ? [`variances to ${beyond} twice as many`] : []),
    ...(ratio
      ? [`the ratio to ${decimalsOf(ratio.numerator) - decimalsOf(ratio.denominator) + FIGURE_DECIMALS} decimals`]
      : []),
  ];
  return [`Sums are exact. What is computed from them is rounded down by a fixed rule: ${listOf(rounded)}.`];
}

/**
 * What a value column holds, and what is released of it.
 * @param holder the party whose table has it; absent where all have
 */
export function describe(column: ValueColumn, holder?: string): string {
  const name = `Column ${quoted(column.column)}${holder === undefined ? '' : ` of ${own(holder)}`}:`;
  if (!isNumeric(column)) {
    return `${name} one of the labels ${listOf(column.labels.map(quoted))}; nothing is released of it but by groups.`;
  }
  const { decimals, min, max, release } = column;
  const digits =
    decimals === 0 ? 'whole numbers' : `numbers with at most ${decimals} decimal${decimals === 1 ? '' : 's'}`;
  return `${name} ${digits} from ${min} to ${max}; ${RELEASED[release]}.`;
}

const RELEASED = {
  nothing: 'nothing is released of it but by groups',
  sum: 'its sum is released (release "sum")',
  variance: 'its sum and its sum of squares are released (release "variance")',
} as const;

/** A text of the policy between quotes. */
export const quoted = (text: string): string => `"${own(text)}"`;

const parties = (count: number): string => `${count} part${count === 1 ? 'y' : 'ies'}`;

/** Ten-thousandths in per cent. */
export const percent = (quantile: number): string => `${quantile / 100} %`;
