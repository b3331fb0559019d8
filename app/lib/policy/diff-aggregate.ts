/** What differs between policies of rooms that aggregate. */
import { percent, quoted } from './aggregate-sentences.ts';
import { isNumeric, isReleased, RELEASES, type ValueColumn } from './columns.ts';
import { neutral, ordered, type Change, type Effect, type Field } from './diff-field.ts';
import { isAggregate, type AggregatePolicy, type Policy } from './schema.ts';
import { listOf } from './words.ts';

const NONE = 'none';

/** A field of these policies alone; "none" in others. */
const field = (say: (policy: AggregatePolicy) => string | undefined, judge: Field['judge']): Field => ({
  say: (policy) => (isAggregate(policy) ? (say(policy) ?? NONE) : NONE),
  judge,
});

/** A list of which a longer one says more. */
const growing =
  (list: (policy: AggregatePolicy) => readonly unknown[], because: string): Field['judge'] =>
  (before, after) => {
    const [old, now] = [before, after].map((policy) => (isAggregate(policy) ? list(policy) : []));
    if (old.every((each) => now.includes(each))) return ['looser', because];
    if (now.every((each) => old.includes(each))) return ['stricter', because];
    return ['neutral', 'some are added and others removed'];
  };

/** Fields of these policies but for their columns. */
export const AGGREGATE_FIELDS: Readonly<Record<string, Field>> = {
  'grouping.column': field(
    ({ grouping }) => grouping && quoted(grouping.column),
    (before, after) => {
      const [old, now] = [before, after].map((policy) => isAggregate(policy) && policy.grouping !== undefined);
      if (old === now) return ['neutral', 'rows are grouped in another way'];
      return [now ? 'looser' : 'stricter', 'totals of groups tell more than totals over all rows'];
    },
  ),
  'grouping.borders': field(
    ({ grouping }) => grouping?.borders && listOf(grouping.borders),
    growing(({ grouping }) => grouping?.borders ?? [], 'totals of smaller groups tell more'),
  ),
  'ratio.numerator': field(({ ratio }) => ratio && quoted(ratio.numerator), neutral('it follows from released sums')),
  'ratio.denominator': field(
    ({ ratio }) => ratio && quoted(ratio.denominator),
    neutral('it follows from released sums'),
  ),
  quantiles: field(
    ({ quantiles }) => quantiles && listOf(quantiles.map(percent)),
    growing(({ quantiles = [] }) => quantiles, 'each quantile tells more of how rows are distributed'),
  ),
  confidence: field(
    ({ confidence }) => (confidence === undefined ? undefined : `${confidence} per cent`),
    neutral('it follows from released variances'),
  ),
  contributors: field(
    ({ contributors }) => String(contributors),
    ordered(
      (policy) => (isAggregate(policy) ? policy.contributors : 0),
      'stricter',
      'a total over fewer parties tells more about each of them',
    ),
  ),
  dominance: field(
    ({ dominance }) => (dominance === undefined ? undefined : `${dominance} per cent`),
    ordered(
      // Without a rule one row may hold all of a sum.
      (policy) => (isAggregate(policy) ? (policy.dominance ?? 100) : 100),
      'looser',
      'a sum of which one row holds most tells that row’s value',
    ),
  ),
};

/** Added, removed, changed and reordered columns. */
export function diffColumns(before: Policy, after: Policy): Change[] {
  const [old, now] = [before, after].map((policy) => (isAggregate(policy) ? policy.columns : []));
  const changes = [...new Set([...old, ...now].map(({ column }) => column))].flatMap((name) =>
    diffColumn(
      old.find(({ column }) => column === name),
      now.find(({ column }) => column === name),
    ),
  );
  const order = (columns: readonly ValueColumn[], others: readonly ValueColumn[]) =>
    columns.map(({ column }) => column).filter((name) => others.some(({ column }) => column === name));
  const [oldOrder, newOrder] = [order(old, now), order(now, old)];
  if (oldOrder.join('\n') === newOrder.join('\n')) return changes;
  const said = (names: readonly string[]) => listOf(names.map(quoted));
  return [
    ...changes,
    {
      field: 'columns',
      old: said(oldOrder),
      new: said(newOrder),
      effect: 'neutral',
      because: 'the order differs, and means nothing',
    },
  ];
}

/** The parts of a column as they are said, and what they mean for whoever's data it is. */
function diffColumn(old: ValueColumn | undefined, now: ValueColumn | undefined): Change[] {
  const name = quoted((old ?? now)!.column);
  const [oldParts, newParts] = [partsOf(old), partsOf(now)];
  const change = (part: string, effect: Effect, because: string): Change => ({
    field: `columns.${name}${part === '' ? '' : `.${part}`}`,
    old: part === '' ? sayColumn(old) : (oldParts[part] ?? NONE),
    new: part === '' ? sayColumn(now) : (newParts[part] ?? NONE),
    effect,
    because,
  });
  if (!old) return [change('', isReleased(now!) ? 'looser' : 'neutral', 'a column more is asked for')];
  if (!now) return [change('', isReleased(old) ? 'stricter' : 'neutral', 'a column less is asked for')];
  const changed = Object.keys({ ...oldParts, ...newParts }).filter((part) => oldParts[part] !== newParts[part]);
  return changed.map((part) => {
    const more = RELEASES.indexOf(releaseOf(now)) - RELEASES.indexOf(releaseOf(old));
    if (part !== 'release' || more === 0) return change(part, 'neutral', 'other values are taken');
    return change(
      part,
      more > 0 ? 'looser' : 'stricter',
      'a variance says more than a sum, and a sum more than nothing',
    );
  });
}

const releaseOf = (column: ValueColumn) => (isNumeric(column) ? column.release : 'nothing');

function sayColumn(column: ValueColumn | undefined): string {
  const parts = Object.entries(partsOf(column)).map(([part, value]) => `${part} ${value}`);
  return parts.length === 0 ? NONE : parts.join(', ');
}

function partsOf(column: ValueColumn | undefined): Readonly<Record<string, string>> {
  if (!column) return {};
  if (!isNumeric(column)) return { labels: listOf(column.labels.map(quoted)) };
  const { decimals, min, max, release } = column;
  return { decimals: String(decimals), min, max, release };
}
