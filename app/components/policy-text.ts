/** How the pages write what a policy of a room that aggregates says. Types alone come from the policy's own code. */
import { quantileName } from '../charts/quantiles.ts';
import type { NumericColumn, ValueColumn } from '../lib/policy/columns.ts';
import type { AggregatePolicy, CohortsPolicy, JoinedPolicy, Policy, ThresholdPolicy } from '../lib/policy/schema.ts';
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

/** A policy of a room that joins values; undefined for other templates. */
export function joinedOf(policy: Policy): JoinedPolicy | undefined {
  return policy.template.name === 'intersection-sum' || policy.template.name === 'lift' || 'cohorts' in policy
    ? (policy as JoinedPolicy)
    : undefined;
}

/** A policy of a room that counts by cohorts; undefined for others. */
export function cohortsOf(policy: Policy): CohortsPolicy | undefined {
  return 'cohorts' in policy ? (policy as CohortsPolicy) : undefined;
}

/** A policy of a room with a threshold; undefined for other templates. */
export function thresholdOf(policy: Policy): ThresholdPolicy | undefined {
  return policy.template.name === 'threshold' ? (policy as ThresholdPolicy) : undefined;
}

/** How exact a band is. */
export function exactText({ uncounted }: { readonly uncounted?: string }): string {
  if (uncounted === undefined) return 'The band is exact.';
  return `A border that is told to be reached is reached; a sum that is told to lie below one may lie above it, by less than ${uncounted}.`;
}

/** Who brings which column to a room that joins values, a line for each: `“spent” of Bank: amounts from 0 to 200.00`. */
export function heldTexts(policy: JoinedPolicy): string[] {
  const named = ({ slot, column }: { slot: number; column: string }) =>
    `${quoted(column)} of ${policy.parties[slot].label}`;
  if ('cohorts' in policy) return [`${named(policy.cohorts)}: ${cohortsText(policy)}`];
  if ('columns' in policy) return policy.columns.map((column) => `${named(column)}: ${columnText(column)}`);
  const { assignment, outcomes } = policy;
  return [
    `${named(assignment)}: ${quoted(assignment.control)} is control, ${quoted(assignment.test)} is test`,
    ...outcomes.map((outcome) =>
      outcome.kind === 'binary'
        ? `${named(outcome)}: 1 where the outcome came about, else 0`
        : `${named(outcome)}: amounts from 0 to ${outcome.cap}`,
    ),
  ];
}

/** By what the list of a party is divided into cohorts. */
function cohortsText({ cohorts }: CohortsPolicy): string {
  if ('labels' in cohorts) return `one of ${cohorts.labels.map(quoted).join(', ')}; each is a cohort`;
  return `${valuesText(cohorts)}; cohorts with borders at ${cohorts.borders.join(', ')}, a cohort has its lower border, and not its upper one`;
}

/** What a value column holds, and what is released of it: `whole numbers from 1 to 5000; sum and mean are released`. */
export function columnText(column: ValueColumn): string {
  if ('labels' in column) return `one of ${column.labels.map(quoted).join(', ')}; nothing is released`;
  return `${valuesText(column)}; ${RELEASED[column.release]}`;
}

/** Which numbers a column holds: `whole numbers from 1 to 5000`. */
export function valuesText({ decimals, min, max }: Pick<NumericColumn, 'decimals' | 'min' | 'max'>): string {
  const numbers = decimals === 0 ? 'whole numbers' : `numbers with up to ${countText(decimals, 'decimal')}`;
  return `${numbers} from ${min} to ${max}`;
}

/** By what rows are grouped. */
export function groupingText({ grouping }: Pick<AggregatePolicy, 'grouping'>, counted = 'rows'): string {
  if (!grouping) return `all ${counted} are one group`;
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
