/** What differs between policies of rooms that open figures, but for their columns. */
import { percent, quoted } from './aggregate-sentences.ts';
import { neutral, NONE, ordered, type Field } from './diff-field.ts';
import { LIFT_CONFIDENCE } from './limits.ts';
import {
  isAggregate,
  isCohorts,
  isLift,
  isOverlap,
  isThreshold,
  type AggregatePolicy,
  type LiftPolicy,
  type Policy,
} from './schema.ts';
import { listOf } from './words.ts';

/** The fields that one or the other of these policies has. */
type Fields = Partial<
  Pick<AggregatePolicy, 'grouping' | 'ratio' | 'quantiles' | 'confidence' | 'contributors' | 'dominance'> &
    Pick<LiftPolicy, 'assignment'>
>;

const fieldsOf = (policy: Policy): Fields =>
  isOverlap(policy) || isCohorts(policy) || isThreshold(policy) ? {} : policy;

/** A field of some of these policies; "none" in others. */
const field = (say: (fields: Fields) => string | number | undefined, judge: Field['judge']): Field => ({
  say: (policy) => String(say(fieldsOf(policy)) ?? NONE),
  judge,
});

/** A part of the assignment that some policies have. */
const assigned = (part: keyof LiftPolicy['assignment']): Field =>
  field(
    ({ assignment }) => {
      const value = assignment?.[part];
      return typeof value === 'string' ? quoted(value) : value;
    },
    neutral(part === 'slot' ? 'another party names the groups' : 'the groups are told in another way'),
  );

/** A list of which a longer one says more. */
const growing =
  (list: (fields: Fields) => readonly unknown[], because: string): Field['judge'] =>
  (before, after) => {
    const [old, now] = [before, after].map((policy) => list(fieldsOf(policy)));
    if (old.every((each) => now.includes(each))) return ['looser', because];
    if (now.every((each) => old.includes(each))) return ['stricter', because];
    return ['neutral', 'some are added and others removed'];
  };

/** Fields of these policies but for their columns and outcomes. */
export const FIGURES_FIELDS: Readonly<Record<string, Field>> = {
  'grouping.column': field(
    ({ grouping }) => grouping && quoted(grouping.column),
    (before, after) => {
      const [old, now] = [before, after].map((policy) => fieldsOf(policy).grouping !== undefined);
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
  confidence: {
    say: (policy) => {
      const { confidence } = fieldsOf(policy);
      if (confidence !== undefined) return `${confidence} per cent`;
      return isLift(policy) ? `not stated: ${LIFT_CONFIDENCE} per cent` : NONE;
    },
    judge: neutral('it follows from released variances'),
  },
  'assignment.slot': assigned('slot'),
  'assignment.column': assigned('column'),
  'assignment.control': assigned('control'),
  'assignment.test': assigned('test'),
  contributors: field(
    ({ contributors }) => contributors,
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
