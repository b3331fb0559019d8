/** How bad it is: "high" stops `room commit`. */
export type Severity = 'low' | 'medium' | 'high';

/** All flags there are, in the order in which they are raised. */
export const FLAG_IDS = [
  'unreadable-rows',
  'malformed-identifiers',
  'too-few-identifiers',
  'too-many-identifiers',
  'expired-policy',
  'region-mismatch',
  'batch-open',
  'outside-batch',
  'nearly-same-data',
  'same-data',
  'sudden-change',
  'small-k',
  'small-k-variance',
  'small-cohort',
  'unlike-type',
  'free-text',
  'duplicate-identifiers',
  'formula-cells',
  'not-a-number',
  'malformed-values',
  'identifying-values',
  'unique-values',
  'dominant-row',
  'small-groups',
  'narrow-band',
  'coarse-unit',
  'below-floor',
] as const;

/**
 * Flags of severity "high" that a policy may let a party override. Others of that severity tell of what no override helps
 * against: reading the table for a commitment ends with an error.
 */
export const OVERRIDABLE = [
  'expired-policy',
  'region-mismatch',
  'batch-open',
  'nearly-same-data',
  'small-k',
  'identifying-values',
  'dominant-row',
  'small-groups',
] as const satisfies readonly (typeof FLAG_IDS)[number][];

/** A thing to know before data is committed. No text of it holds a value of the data. */
export type Flag = Readonly<{
  id: (typeof FLAG_IDS)[number];
  severity: Severity;
  /** What was seen. */
  title: string;
  /** Why it matters. */
  explanation: string;
  /** What to do about it. */
  remedy: string;
}>;

/** Flags, the worst ones first. */
export function worstFirst(flags: readonly Flag[]): Flag[] {
  const order: readonly Severity[] = ['high', 'medium', 'low'];
  return order.flatMap((severity) => flags.filter((flag) => flag.severity === severity));
}

/** A flag as lines of text. */
export function flagText({ id, severity, title, explanation, remedy }: Flag): string {
  return `  ${severity.padEnd(6)} ${id}: ${title}\n         ${explanation}\n         ${remedy}`;
}

/** A number of things. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A share in per cent. */
export function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

/** Columns by their names, the first five of them. */
export function inColumns(columns: readonly { name: string }[]): string {
  const names = columns.slice(0, 5).map(({ name }) => JSON.stringify(name));
  return `${columns.length === 1 ? 'the column' : 'the columns'} ${names.join(', ')}${columns.length > 5 ? ' and others' : ''}`;
}
