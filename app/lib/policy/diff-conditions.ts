/** What differs between the conditions of policies. */
import { secondsAt } from './conditions.ts';
import { quoted } from './aggregate-sentences.ts';
import { neutral, NONE, ordered, type Field } from './diff-field.ts';
import { countriesOf, regionName } from './regions.ts';
import type { Policy } from './schema.ts';
import { listOf } from './words.ts';

/** A set of which a larger one allows more. */
const widening =
  (set: (policy: Policy) => ReadonlySet<string>, because: string): Field['judge'] =>
  (before, after) => {
    const [old, now] = [set(before), set(after)];
    const [removed, added] = [missing(old, now), missing(now, old)];
    if (!removed && !added) return ['neutral', 'it means the same'];
    if (!removed) return ['looser', because];
    if (!added) return ['stricter', because];
    return ['neutral', 'some are added and others removed'];
  };

/** Whether the first has something that the second has not. */
const missing = (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  [...some].some((each) => !others.has(each));

const regions: Field['judge'] = (before, after) => {
  const because = 'data may be processed in more places or fewer';
  if (!before.region || !after.region) return [after.region ? 'stricter' : 'looser', because];
  return widening(({ region }) => countriesOf(region!.allowed), because)(before, after);
};

const batch = (part: 'column' | 'from' | 'to' | 'closes', because: string): Field => ({
  say: (policy) => {
    if (!policy.batch) return NONE;
    return part === 'column' ? quoted(policy.batch.column) : policy.batch[part];
  },
  judge: neutral(because),
});

const shown = (part: 'receipt' | 'figures'): Field => ({
  say: ({ disclosure }) => disclosure?.[part] ?? NONE,
  judge: (before, after) => {
    // Where nothing is agreed anything may be shown.
    const audience = ({ disclosure }: Policy) => (disclosure?.[part] === 'parties' ? 0 : 1);
    return ordered(audience, 'looser', 'it may be shown to more people or fewer')(before, after);
  },
});

/** The fields of a policy's conditions. */
export const CONDITION_FIELDS: Readonly<Record<string, Field>> = {
  overrides: {
    say: ({ overrides }) => (overrides ? listOf(overrides) : NONE),
    judge: widening(({ overrides = [] }) => new Set(overrides), 'a red flag that can be overridden protects less'),
  },
  'region.allowed': {
    say: ({ region }) => (region ? listOf(region.allowed.map(regionName)) : 'anywhere'),
    judge: regions,
  },
  'batch.column': batch('column', 'other rows may be asked for'),
  'batch.from': batch('from', 'other rows are asked for'),
  'batch.to': batch('to', 'other rows are asked for'),
  'batch.closes': batch('closes', 'it changes from when on data can be committed'),
  expires: {
    say: ({ expires }) => expires ?? 'never',
    judge: ordered(
      ({ expires }) => (expires === undefined ? Number.MAX_SAFE_INTEGER : secondsAt(expires)),
      'looser',
      'it is how long the policy can be approved and used',
    ),
  },
  'disclosure.receipt': shown('receipt'),
  'disclosure.figures': shown('figures'),
};
