/** What differs between the cohorts of policies that count what is in common. */
import { quoted } from './aggregate-sentences.ts';
import { neutral, NONE, type Field } from './diff-field.ts';
import { isCohorts, type CohortsPolicy, type Policy } from './schema.ts';
import { listOf } from './words.ts';

/** Cohorts of labels and of numbers have other parts. */
type Cohorts = Partial<
  Extract<CohortsPolicy['cohorts'], { labels: unknown }> & Extract<CohortsPolicy['cohorts'], { borders: unknown }>
>;

const cohortsOf = (policy: Policy): Cohorts => (isCohorts(policy) ? policy.cohorts : {});

/** A part of the cohorts; "none" where a policy has none. */
const field = (say: (cohorts: Cohorts) => string | number | undefined, judge: Field['judge']): Field => ({
  say: (policy) => String(say(cohortsOf(policy)) ?? NONE),
  judge,
});

const values = neutral('other values are taken');

/** Whether there are cohorts at all. */
const division: Field['judge'] = (before, after) => {
  const [old, now] = [before, after].map(isCohorts);
  if (old === now) return ['neutral', 'the list is divided in another way'];
  return [now ? 'looser' : 'stricter', 'numbers of cohorts tell more than one number'];
};

/** More borders make smaller cohorts. */
const borders: Field['judge'] = (before, after) => {
  const [old, now] = [before, after].map((policy) => cohortsOf(policy).borders ?? []);
  if (old.every((border) => now.includes(border))) return ['looser', 'numbers of smaller cohorts tell more'];
  if (now.every((border) => old.includes(border))) return ['stricter', 'numbers of larger cohorts tell less'];
  return ['neutral', 'some are added and others removed'];
};

/** Fields of these policies. */
export const COHORTS_FIELDS: Readonly<Record<string, Field>> = {
  'cohorts.slot': field(({ slot }) => slot, neutral('another party’s list is divided')),
  'cohorts.column': field(({ column }) => column && quoted(column), division),
  'cohorts.labels': field(({ labels }) => labels && listOf(labels.map(quoted)), values),
  'cohorts.decimals': field(({ decimals }) => decimals, values),
  'cohorts.min': field(({ min }) => min, values),
  'cohorts.max': field(({ max }) => max, values),
  'cohorts.borders': field(({ borders: all }) => all && listOf(all), borders),
};
