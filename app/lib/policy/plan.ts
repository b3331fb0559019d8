/** What a policy has its room compute, as protocol and circuits take it. */
import { Output, UNGROUPED, type Plan } from '../protocol/plan.ts';
import { ValueOrder, type Rules } from '../protocol/rules.ts';
import { CONFIDENCE } from './aggregate.ts';
import { boundsOf, columnNamed, isNumeric } from './columns.ts';
import { parseDecimal } from './decimal.ts';
import { isAggregate, type AggregatePolicy, type Policy } from './schema.ts';

/** The rules that a policy sets for the value columns of its datasets. "overlap" takes identifiers alone. */
export function policyRules(policy: Policy): Rules {
  if (!isAggregate(policy)) return [];
  return policy.columns.map((column) => ({ ...boundsOf(column), order: ValueOrder.any }));
}

const OUTPUTS = { nothing: Output.none, sum: Output.sum, variance: Output.squares } as const;

/** The plan of a room that aggregates; undefined for other templates. */
export function policyPlan(policy: Policy): Plan | undefined {
  if (!isAggregate(policy)) return undefined;
  const { columns, ratio, grouping, quantiles = [], confidence } = policy;
  const numberOf = (name: string) => columns.findIndex(({ column }) => column === name);
  return {
    rules: policyRules(policy),
    ...(grouping && { grouping: numberOf(grouping.column) }),
    borders: bordersOf(policy),
    outputs: columns.map((column) => (isNumeric(column) ? OUTPUTS[column.release] : Output.none)),
    ...(ratio && { ratio: { numerator: numberOf(ratio.numerator), denominator: numberOf(ratio.denominator) } }),
    quantiles,
    confidence: confidence === undefined ? 0 : CONFIDENCE[confidence],
  };
}

/** Borders of the groups, one more than there are groups: values of the grouping column, or numbers of its labels. */
function bordersOf({ columns, grouping }: AggregatePolicy): readonly bigint[] {
  if (!grouping) return UNGROUPED;
  const column = columnNamed(columns, grouping.column)!;
  if (!isNumeric(column)) return Array.from({ length: column.labels.length + 1 }, (_, i) => BigInt(i));
  return grouping.borders!.map((border) => parseDecimal(border, column.decimals));
}
