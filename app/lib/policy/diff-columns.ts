/** What differs between the value columns and outcomes of policies. */
import { quoted } from './aggregate-sentences.ts';
import { isNumeric, RELEASES, type ValueColumn } from './columns.ts';
import { NONE, type Change, type Effect } from './diff-field.ts';
import type { HeldColumn } from './held.ts';
import { isCohorts, isLift, isOverlap, isThreshold, type LiftPolicy, type Policy } from './schema.ts';
import { listOf } from './words.ts';

/** A column as a policy lists it. */
type Listed = Readonly<{
  name: string;
  /** The field of the document that lists it. */
  list: 'columns' | 'outcomes';
  /** Place in {@link RELEASES}. */
  release: number;
  /** What is said of it, by the names of its fields. */
  parts: Readonly<Record<string, string>>;
}>;

/** Added, removed, changed and reordered columns. */
export function diffColumns(before: Policy, after: Policy): Change[] {
  const [old, now] = [before, after].map(listed);
  const changes = [...new Set([...old, ...now].map(({ name }) => name))].flatMap((name) =>
    diffColumn(
      old.find((column) => column.name === name),
      now.find((column) => column.name === name),
    ),
  );
  const order = (columns: readonly Listed[], others: readonly Listed[]) =>
    columns.map(({ name }) => name).filter((name) => others.some((other) => other.name === name));
  const [oldOrder, newOrder] = [order(old, now), order(now, old)];
  if (oldOrder.join('\n') === newOrder.join('\n')) return changes;
  const said = (names: readonly string[]) => listOf(names.map(quoted));
  return [
    ...changes,
    {
      field: now[0].list,
      old: said(oldOrder),
      new: said(newOrder),
      effect: 'neutral',
      because: 'the order differs, and means nothing',
    },
  ];
}

/** The parts of a column as they are said, and what they mean for whoever's data it is. */
function diffColumn(old: Listed | undefined, now: Listed | undefined): Change[] {
  const { list, name } = (now ?? old)!;
  const [oldParts, newParts] = [old?.parts ?? {}, now?.parts ?? {}];
  const change = (part: string, effect: Effect, because: string): Change => ({
    field: `${list}.${quoted(name)}${part === '' ? '' : `.${part}`}`,
    old: part === '' ? sayParts(oldParts) : (oldParts[part] ?? NONE),
    new: part === '' ? sayParts(newParts) : (newParts[part] ?? NONE),
    effect,
    because,
  });
  if (!old) return [change('', now!.release > 0 ? 'looser' : 'neutral', 'a column more is asked for')];
  if (!now) return [change('', old.release > 0 ? 'stricter' : 'neutral', 'a column less is asked for')];
  const changed = Object.keys({ ...oldParts, ...newParts }).filter((part) => oldParts[part] !== newParts[part]);
  return changed.map((part) => {
    const more = now.release - old.release;
    if (part === 'slot') return change(part, 'neutral', 'another party brings it');
    if (part !== 'release' || more === 0) return change(part, 'neutral', 'other values are taken');
    return change(
      part,
      more > 0 ? 'looser' : 'stricter',
      'a variance says more than a sum, and a sum more than nothing',
    );
  });
}

function sayParts(parts: Listed['parts']): string {
  const said = Object.entries(parts).map(([part, value]) => `${part} ${value}`);
  return said.length === 0 ? NONE : said.join(', ');
}

function listed(policy: Policy): readonly Listed[] {
  if (isOverlap(policy) || isCohorts(policy) || isThreshold(policy)) return [];
  if (isLift(policy)) return policy.outcomes.map(listedOutcome);
  const columns: readonly (ValueColumn | HeldColumn)[] = policy.columns;
  return columns.map((column) => ({
    name: column.column,
    list: 'columns',
    release: isNumeric(column) ? RELEASES.indexOf(column.release) : 0,
    parts: { ...('slot' in column ? { slot: String(column.slot) } : {}), ...partsOf(column) },
  }));
}

function partsOf(column: ValueColumn): Listed['parts'] {
  if (!isNumeric(column)) return { labels: listOf(column.labels.map(quoted)) };
  const { decimals, min, max, release } = column;
  return { decimals: String(decimals), min, max, release };
}

/** Sums and squares are opened of all outcomes. */
function listedOutcome({ column, slot, ...outcome }: LiftPolicy['outcomes'][number]): Listed {
  const amounts: Listed['parts'] =
    outcome.kind === 'amount' ? { decimals: String(outcome.decimals), cap: outcome.cap } : {};
  return {
    name: column,
    list: 'outcomes',
    release: RELEASES.indexOf('variance'),
    parts: { slot: String(slot), kind: outcome.kind, ...amounts },
  };
}
