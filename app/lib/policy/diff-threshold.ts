/** What differs between policies of rooms with a threshold. */
import { quoted } from './aggregate-sentences.ts';
import { neutral, NONE, type Field } from './diff-field.ts';
import { isThreshold, type Policy, type ThresholdPolicy } from './schema.ts';
import { thresholdAmounts } from './threshold.ts';
import { listOf } from './words.ts';

/** A field of these policies; "none" in others. */
const field = (say: (policy: ThresholdPolicy) => string | number | undefined, judge: Field['judge']): Field => ({
  say: (policy) => String((isThreshold(policy) ? say(policy) : undefined) ?? NONE),
  judge,
});

const values = neutral('other values are taken');

const bordersOf = (policy: Policy): readonly bigint[] => (isThreshold(policy) ? thresholdAmounts(policy).borders : []);

/** A policy with more borders tells more. */
const borders: Field['judge'] = (before, after) => {
  const [old, now] = [before, after].map((policy) =>
    decimalsOf(before) === decimalsOf(after) ? bordersOf(policy) : undefined,
  );
  if (!old || !now) return ['neutral', 'amounts are written with other decimals'];
  if (old.every((border) => now.includes(border))) return ['looser', 'narrower bands tell more of the sum'];
  if (now.every((border) => old.includes(border))) return ['stricter', 'wider bands tell less of the sum'];
  return ['neutral', 'some are added and others removed'];
};

const decimalsOf = (policy: Policy): number | undefined => (isThreshold(policy) ? policy.column.decimals : undefined);

/** Fields of these policies. */
export const THRESHOLD_FIELDS: Readonly<Record<string, Field>> = {
  'column.column': field(({ column }) => quoted(column.column), neutral('another column is summed')),
  'column.decimals': field(({ column }) => column.decimals, values),
  'column.min': field(({ column }) => column.min, values),
  'column.max': field(({ column }) => column.max, values),
  unit: field(({ unit }) => unit, neutral('with a larger unit the answer is coarser')),
  borders: field((policy) => listOf(policy.borders), borders),
  floor: field(({ floor }) => floor ?? 'not stated', neutral('parties with other sums can take part')),
};
