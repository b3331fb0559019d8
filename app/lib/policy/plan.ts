/** What a policy has its room compute, as protocol and circuits take it. */
import { Output, UNGROUPED, type Plan } from '../protocol/plan.ts';
import { ValueOrder, type Rules } from '../protocol/rules.ts';
import { COUNTING_RULE } from '../protocol/vectors.ts';
import { analysisOf, type Analysis } from './analysis.ts';
import { boundsOf, columnNamed, isNumeric } from './columns.ts';
import { parseDecimal } from './decimal.ts';
import { CONFIDENCE } from './grouping.ts';
import type { Policy } from './schema.ts';

/** The rules that a policy sets for the value columns of its datasets. "overlap" without cohorts takes identifiers alone. */
export function policyRules(policy: Policy): Rules {
  const { columns = [], counted = false } = analysisOf(policy) ?? {};
  const rules = columns.map((column) => ({ ...boundsOf(column), order: ValueOrder.any }));
  return counted ? [...rules, COUNTING_RULE] : rules;
}

const OUTPUTS = { nothing: Output.none, sum: Output.sum, variance: Output.squares } as const;

/** The plan of a room that opens figures; undefined where it opens a count alone. */
export function policyPlan(policy: Policy): Plan | undefined {
  const analysis = analysisOf(policy);
  if (!analysis) return undefined;
  const { columns, ratio, grouping, quantiles = [], confidence, lift, counted } = analysis;
  const outputs = columns.map((column) => (isNumeric(column) ? OUTPUTS[column.release] : Output.none));
  const numberOf = (name: string) => columns.findIndex(({ column }) => column === name);
  return {
    rules: policyRules(policy),
    ...(grouping && { grouping: numberOf(grouping.column) }),
    borders: bordersOf(analysis),
    outputs: counted ? [...outputs, Output.sum] : outputs,
    ...(ratio && { ratio: { numerator: numberOf(ratio.numerator), denominator: numberOf(ratio.denominator) } }),
    quantiles,
    confidence: confidence === undefined ? 0 : CONFIDENCE[confidence],
    ...(lift && { lift }),
  };
}

/** Borders of the groups, one more than there are groups: values of the grouping column, or numbers of its labels. */
function bordersOf({ columns, grouping }: Analysis): readonly bigint[] {
  if (!grouping) return UNGROUPED;
  const column = columnNamed(columns, grouping.column)!;
  if (!isNumeric(column)) return Array.from({ length: column.labels.length + 1 }, (_, i) => BigInt(i));
  return grouping.borders!.map((border) => parseDecimal(border, column.decimals));
}
