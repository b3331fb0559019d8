/** How the pages write what a policy of a room that aggregates says. Types alone come from the policy's own code. */
import { quantileName } from '../charts/quantiles.ts';
import type { NumericColumn, ValueColumn } from '../lib/policy/columns.ts';
import type { AggregatePolicy, Policy } from '../lib/policy/schema.ts';
import { countText } from './text.ts';

const RELEASED: Record<NumericColumn['release'], string> = {
  nothing: 'nothing is released',
  sum: 'sum and mean are released',
  variance: 'sum, mean and variance are released',
};

/** A policy of a room that aggregates; undefined for other templates. */
export function aggregateOf(policy: Policy): AggregatePolicy | undefined {
  return 'contributors' in policy ? policy : undefined;
}

/** What a value column holds, and what is released of it: `whole numbers from 1 to 5000; sum and mean are released`. */
export function columnText(column: ValueColumn): string {
  if ('labels' in column) return `one of ${column.labels.map(quoted).join(', ')}; nothing is released`;
  const { decimals, min, max, release } = column;
  const numbers = decimals === 0 ? 'whole numbers' : `numbers with up to ${countText(decimals, 'decimal')}`;
  return `${numbers} from ${min} to ${max}; ${RELEASED[release]}`;
}

/** By what rows are grouped. */
export function groupingText({ grouping }: AggregatePolicy): string {
  if (!grouping) return 'all rows are one group';
  const by = `by ${quoted(grouping.column)}`;
  if (!grouping.borders) return `${by}, a group for each label`;
  return `${by}, with borders at ${grouping.borders.join(', ')}; a group has its lower border, and not its upper one`;
}

/** Quantiles of a policy, which gives them in ten-thousandths, in per cent. */
export function quantilesText(quantiles: readonly number[]): string {
  return quantiles.map((tenThousandths) => `${tenThousandths / 100} %`).join(', ');
}

/** Where a quantile of the figures lies, in words; it is given as a decimal fraction. `of` is the grouping column. */
export function bracketText(bracket: Readonly<{ quantile: string; from: string; to: string }>, of: string): string {
  return `${quantileName(bracket.quantile)} of ${quoted(of)} lies from ${bracket.from} to below ${bracket.to}.`;
}

/** A text of the policy between quotes. */
export function quoted(text: string): string {
  return `“${text}”`;
}
