/** The wizard's form of value columns, groups and what is computed of them: texts as a person types them. */
import {
  isAggregate,
  isCohorts,
  isLift,
  isOverlap,
  isThreshold,
  type AggregatePolicy,
  type CohortsPolicy,
  type IntersectionSumPolicy,
  type LiftPolicy,
  type Policy,
} from '../../lib/policy/schema.ts';
import { SHOWN_THRESHOLD } from './threshold-draft.ts';
import { numberOf, partsOf } from './typed.ts';

/** A value column as it is typed. */
export type ColumnDraft = {
  /** Number of the party whose table has it, where columns are each in the table of one party. */
  slot: string;
  column: string;
  kind: 'number' | 'labels';
  decimals: string;
  min: string;
  max: string;
  release: 'nothing' | 'sum' | 'variance';
  /** One in each line. */
  labels: string;
};

/** An outcome of a lift as it is typed. */
export type OutcomeDraft = {
  slot: string;
  column: string;
  kind: 'binary' | 'amount';
  decimals: string;
  cap: string;
};

/** What a form says of values, for every template that has some. */
export type ValuesDraft = {
  columns: ColumnDraft[];
  /** An empty column: all rows are one group. Borders are separated by commas. */
  grouping: { column: string; borders: string };
  /** Empty: none. */
  ratio: { numerator: string; denominator: string };
  /** Per cent; empty: none, or the usual one of a lift. */
  confidence: string;
  contributors: string;
  assignment: { slot: string; column: string; control: string; test: string };
  outcomes: OutcomeDraft[];
  /** By which an overlap is counted; an empty column: the list is not divided. Borders are separated by commas. */
  cohorts: Omit<ColumnDraft, 'release'> & { borders: string };
};

/** Names of a document's fields that this form and that of a threshold show, by template. */
export const SHOWN_VALUES: Record<Policy['template']['name'], readonly string[]> = {
  overlap: ['cohorts'],
  aggregate: ['columns', 'grouping', 'ratio', 'confidence', 'contributors'],
  'intersection-sum': ['columns', 'grouping', 'ratio', 'confidence'],
  lift: ['assignment', 'outcomes', 'confidence'],
  threshold: SHOWN_THRESHOLD,
};

/** The form before anything is typed. */
export function newValues(): ValuesDraft {
  return {
    columns: [],
    grouping: { column: '', borders: '' },
    ratio: { numerator: '', denominator: '' },
    confidence: '',
    contributors: '2',
    assignment: { slot: '0', column: '', control: 'control', test: 'test' },
    outcomes: [],
    cohorts: newCohorts(),
  };
}

function newCohorts(): ValuesDraft['cohorts'] {
  const { release: _, ...column } = newColumn();
  return { ...column, kind: 'labels', borders: '' };
}

/** A value column before anything is typed. */
export function newColumn(slot = '0'): ColumnDraft {
  return { slot, column: '', kind: 'number', decimals: '0', min: '0', max: '', release: 'sum', labels: '' };
}

/** An outcome before anything is typed. */
export function newOutcome(slot = '1'): OutcomeDraft {
  return { slot, column: '', kind: 'binary', decimals: '2', cap: '' };
}

/** The fields of a document that follow from the form. */
export function valuesOf(template: Policy['template']['name'], draft: ValuesDraft): object {
  switch (template) {
    case 'threshold':
      return {};
    case 'overlap':
      return cohortsFieldOf(draft);
    case 'aggregate':
      return { ...computedOf(draft), contributors: numberOf(draft.contributors) };
    case 'intersection-sum':
      return computedOf(draft, ({ slot }) => ({ slot: numberOf(slot) }));
    case 'lift':
      return liftOf(draft);
  }
}

/** The form of a valid policy's values. */
export function valuesDraftOf(policy: Policy): ValuesDraft {
  const base = newValues();
  if (isOverlap(policy) || isThreshold(policy)) return base;
  if (isCohorts(policy)) return { ...base, cohorts: cohortsDraftOf(policy) };
  if (isLift(policy)) return { ...base, ...liftDraftOf(policy) };
  const contributors = isAggregate(policy) ? { contributors: String(policy.contributors) } : {};
  return { ...base, ...computedDraftOf(policy), ...contributors };
}

/** Names a column anew, wherever the form names it. */
export function renameColumn({ columns, grouping, ratio }: ValuesDraft, at: number, name: string): void {
  const before = columns[at].column;
  columns[at].column = name;
  // A name that is being typed may be empty for a while: what named the column stays then, and is told to be wrong.
  if (before !== '' && name !== '') rereference({ grouping, ratio }, before, name);
}

/** Takes a column out, and out of what the form computes of it. */
export function removeColumn({ columns, grouping, ratio }: ValuesDraft, at: number): void {
  const [{ column }] = columns.splice(at, 1);
  if (column !== '' && !columns.some((other) => other.column === column)) rereference({ grouping, ratio }, column, '');
}

function rereference({ grouping, ratio }: Pick<ValuesDraft, 'grouping' | 'ratio'>, from: string, to: string): void {
  if (grouping.column === from) grouping.column = to;
  if (ratio.numerator === from) ratio.numerator = to;
  if (ratio.denominator === from) ratio.denominator = to;
}

/** Renumbers the parties that hold columns, once one is taken out. What that one held, nobody does. */
export function withoutSlot({ columns, outcomes, assignment, cohorts }: ValuesDraft, gone: number): void {
  for (const held of [...columns, ...outcomes, assignment, cohorts]) {
    const slot = Number(held.slot);
    if (held.slot === '' || slot < gone) continue;
    held.slot = slot === gone ? '' : String(slot - 1);
  }
}

function computedOf(
  { columns, grouping, ratio, confidence }: ValuesDraft,
  placeOf: (column: ColumnDraft) => object = () => ({}),
): object {
  const borders = partsOf(grouping.borders);
  return {
    columns: columns.map((each) => {
      const named = { ...placeOf(each), column: each.column.trim(), ...heldOf(each) };
      return each.kind === 'labels' ? named : { ...named, release: each.release };
    }),
    ...(grouping.column === ''
      ? {}
      : { grouping: { column: grouping.column.trim(), ...(borders.length === 0 ? {} : { borders }) } }),
    ...(ratio.numerator === '' && ratio.denominator === ''
      ? {}
      : { ratio: { numerator: ratio.numerator.trim(), denominator: ratio.denominator.trim() } }),
    ...confidenceOf(confidence),
  };
}

function computedDraftOf({
  columns,
  grouping,
  ratio,
  confidence,
}: AggregatePolicy | IntersectionSumPolicy): Partial<ValuesDraft> {
  return {
    columns: columns.map((each) => {
      const slot = 'slot' in each ? String(each.slot) : '0';
      return 'labels' in each
        ? { ...newColumn(slot), column: each.column, kind: 'labels', labels: each.labels.join('\n') }
        : { ...newColumn(), ...each, slot, decimals: String(each.decimals) };
    }),
    grouping: { column: grouping?.column ?? '', borders: grouping?.borders?.join(', ') ?? '' },
    ratio: { numerator: ratio?.numerator ?? '', denominator: ratio?.denominator ?? '' },
    confidence: confidence === undefined ? '' : String(confidence),
  };
}

/** What a column holds: one of its labels, or numbers between bounds. */
function heldOf({ kind, labels, decimals, min, max }: Omit<ColumnDraft, 'release'>): object {
  return kind === 'labels'
    ? { labels: partsOf(labels, '\n') }
    : { decimals: numberOf(decimals), min: min.trim(), max: max.trim() };
}

function cohortsFieldOf({ cohorts }: ValuesDraft): object {
  if (cohorts.column.trim() === '') return {};
  const named = { slot: numberOf(cohorts.slot), column: cohorts.column.trim(), ...heldOf(cohorts) };
  return { cohorts: cohorts.kind === 'labels' ? named : { ...named, borders: partsOf(cohorts.borders) } };
}

function cohortsDraftOf({ cohorts }: CohortsPolicy): ValuesDraft['cohorts'] {
  const named = { ...newCohorts(), slot: String(cohorts.slot), column: cohorts.column };
  if ('labels' in cohorts) return { ...named, labels: cohorts.labels.join('\n') };
  const { decimals, min, max, borders } = cohorts;
  return { ...named, kind: 'number', decimals: String(decimals), min, max, borders: borders.join(', ') };
}

function liftOf({ assignment, outcomes, confidence }: ValuesDraft): object {
  return {
    assignment: {
      slot: numberOf(assignment.slot),
      column: assignment.column.trim(),
      control: assignment.control.trim(),
      test: assignment.test.trim(),
    },
    outcomes: outcomes.map(({ slot, column, kind, decimals, cap }) => ({
      slot: numberOf(slot),
      column: column.trim(),
      kind,
      ...(kind === 'amount' ? { decimals: numberOf(decimals), cap: cap.trim() } : {}),
    })),
    ...confidenceOf(confidence),
  };
}

function liftDraftOf({ assignment, outcomes, confidence }: LiftPolicy): Partial<ValuesDraft> {
  return {
    assignment: { ...assignment, slot: String(assignment.slot) },
    outcomes: outcomes.map((each) => ({
      ...newOutcome(String(each.slot)),
      column: each.column,
      kind: each.kind,
      ...(each.kind === 'amount' ? { decimals: String(each.decimals), cap: each.cap } : {}),
    })),
    confidence: confidence === undefined ? '' : String(confidence),
  };
}

const confidenceOf = (typed: string): object => (typed === '' ? {} : { confidence: numberOf(typed) });
