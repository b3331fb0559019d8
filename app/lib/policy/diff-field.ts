/** How fields of policies are compared. */
import type { Policy } from './schema.ts';

/** Whether a change protects the owners of the data more, less, or cannot be ordered in that way. */
export type Effect = 'stricter' | 'looser' | 'neutral';

/** One field that differs. */
export type Change = {
  /** Path of the field in the document, as `deadlines.retention`. */
  readonly field: string;
  /** What the two policies say, in words. */
  readonly old: string;
  readonly new: string;
  readonly effect: Effect;
  /** Why it is stricter or looser, or what to look at. */
  readonly because: string;
};

/** A field of the schema: how its value is said, and what a change of it means. */
export type Field = {
  /** What the field says; a value for equality, too: fields whose words are the same do not differ. */
  readonly say: (policy: Policy) => string;
  readonly judge: (before: Policy, after: Policy) => readonly [Effect, string];
};

/** Said of what a policy does not have. */
export const NONE = 'none';

/** A change that nobody can order by strictness. */
export const neutral = (because: string) => (): readonly [Effect, string] => ['neutral', because];

/** A number of which more, or less, is stricter. */
export function ordered(
  value: (policy: Policy) => number,
  more: 'stricter' | 'looser',
  because: string,
): Field['judge'] {
  const less = more === 'stricter' ? 'looser' : 'stricter';
  return (before, after) => {
    const difference = value(after) - value(before);
    return difference === 0 ? ['neutral', 'it means the same'] : [difference > 0 ? more : less, because];
  };
}
