/** Numbers, names and times of policies, as people say them. */
import type { Policy } from './schema.ts';

/** Letters of scripts that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A party's own text within a sentence. Where it is written from right to left it is isolated (U+2068, U+2069), so that it
 * cannot change the order in which the words and numbers around it are read. The schema refuses both characters in policies.
 */
export function own(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

/** Names in a row: "A, B and C". */
export function namesOf(parties: Policy['parties']): string {
  return listOf(parties.map(({ label }) => own(label)));
}

/** Things in a row: "a, b and c". */
export function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** What the identifiers of a type are. */
export const nounOf = (type: Policy['identifier']['type']): string => NOUNS[type];

const NOUNS: Readonly<Record<Policy['identifier']['type'], string>> = {
  email: 'e-mail addresses',
  phone: 'phone numbers',
  exact: 'identifiers',
  iban: 'bank account numbers (IBAN)',
  lei: 'legal entities (LEI)',
  device: 'advertising ids of devices',
};

/** An amount of money. */
export function units(amount: string): string {
  return `${amount} token unit${amount === '1' ? '' : 's'}`;
}

/** A time in the largest unit that it is a whole number of. */
export function duration(seconds: number): string {
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const) {
    if (seconds % size === 0) return `${seconds / size} ${unit}${seconds === size ? '' : 's'}`;
  }
  return `${seconds} seconds`;
}
