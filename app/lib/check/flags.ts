/** Red flags: what a party should know of its table and its policy before it commits. */
import { isAggregate, isThreshold } from '../policy/schema.ts';
import { count, inColumns, percent, worstFirst, type Flag } from './flag.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { partnersDigest, purposeDigest } from './past.ts';
import { conditionFlags, smallKFlags, type PolicyInput } from './policy-flags.ts';
import type { Profile } from './profile.ts';
import { isSameSet, similarity } from './sketch.ts';
import { bandFlags } from './threshold-flags.ts';
import { valueFlags } from './value-flags.ts';

export { FLAG_IDS, type Flag, type Severity } from './flag.ts';

/** What flags are raised from. */
export type FlagInput = PolicyInput &
  Readonly<{
    /** Its sketch is made with the ledger's key. */
    profile: Profile;
    ledger: Ledger;
    /** Whose table it is. */
    slot?: number;
    /** The room that the data is for, where there is one: what was committed in it before is no repetition. */
    roomId?: bigint;
  }>;

/** Thresholds. Counts and shares from which on, or below which, a flag is raised. */
const NEARLY_SAME = 0.9;
const CHANGED_BY = 0.5;
const DUPLICATES_LOW = 0.05;
const DUPLICATES_MEDIUM = 0.5;
const SENTENCES = 0.2;
const ALIKE = 0.8;

const DAY = 24 * 60 * 60;

/** The flags that a table and a policy raise, the worst ones first. */
export function redFlags(input: FlagInput): Flag[] {
  const flags = [
    ...tableFlags(input),
    ...rowLimitFlags(input),
    ...conditionFlags(input),
    ...batchFlags(input),
    ...historyFlags(input),
    ...cohortFlags(input),
    ...identifierFlags(input),
    ...cellFlags(input),
    ...valueFlags(input),
  ];
  return worstFirst(flags);
}

/** What `room commit` refuses whatever one says. */
function tableFlags({ profile: { rows, unreadable, identifier } }: FlagInput): Flag[] {
  const flags: Flag[] = [];
  if (unreadable.count > 0) {
    flags.push({
      id: 'unreadable-rows',
      severity: 'high',
      title: `${count(unreadable.count, 'row')} cannot be read`,
      explanation: 'Nothing is skipped in silence: a table with such rows cannot be committed.',
      remedy: 'Correct or remove these rows; with CSV look at the delimiter and at quotes.',
    });
  }
  const { malformed, type } = identifier;
  if (malformed.count > 0) {
    flags.push({
      id: 'malformed-identifiers',
      severity: 'high',
      title: `${count(malformed.count, 'row')} of ${rows} (${percent(malformed.count, rows)}) have no identifier of type ${type}`,
      explanation: 'Nothing is skipped in silence: a table with such rows cannot be committed.',
      remedy:
        malformed.count > rows / 2
          ? 'Most rows are affected: look whether the column or the type of the policy is the wrong one.'
          : 'Correct or remove these rows.',
    });
  }
  return flags;
}

function rowLimitFlags({ policy: { minRows, maxRows }, profile }: FlagInput): Flag[] {
  const { distinct } = profile.identifier;
  if (distinct < minRows) {
    return [
      {
        id: 'too-few-identifiers',
        severity: 'high',
        title: `${count(distinct, 'distinct identifier')}, the policy asks for at least ${minRows}`,
        explanation: 'The contract takes no commitment to fewer.',
        remedy: 'Bring more rows, or agree on another policy.',
      },
    ];
  }
  if (distinct <= maxRows) return [];
  return [
    {
      id: 'too-many-identifiers',
      severity: 'high',
      title: `${count(distinct, 'distinct identifier')}, the policy allows at most ${maxRows}`,
      explanation: 'The contract takes no commitment to more.',
      remedy: 'Select rows by a rule that all parties agree on, or agree on another policy.',
    },
  ];
}

function batchFlags({ policy: { batch }, profile }: FlagInput): Flag[] {
  const { outside, undated } = profile.batch ?? { outside: 0, undated: 0 };
  if (!batch || outside + undated === 0) return [];
  return [
    {
      id: 'outside-batch',
      severity: 'medium',
      title: `${count(outside, 'row')} outside ${batch.from} to ${batch.to} (not included), ${undated} without a date`,
      explanation:
        'The policy is about the rows of this window alone: others change the result, and may be counted twice.',
      remedy: `Select the rows by the column ${JSON.stringify(batch.column)}, and write its dates as 2027-01-31.`,
    },
  ];
}

function historyFlags(input: FlagInput): Flag[] {
  const { policy, profile, ledger, now, roomId } = input;
  const { sketch } = profile.identifier;
  const [purpose, partners] = [purposeDigest(ledger.key, policy), partnersDigest(ledger.key, policy)];
  // With the same partners, or for the same purpose with others who may talk to each other.
  const past = ledger.entries.filter(
    (entry) => entry.roomId !== roomId && (entry.purpose === purpose || entry.partners === partners),
  );
  const flags: Flag[] = [];
  const near = latest(
    past.filter((entry) => !isSameSet(entry.sketch, sketch) && similarity(entry.sketch, sketch) > NEARLY_SAME),
  );
  if (near) {
    flags.push({
      id: 'nearly-same-data',
      severity: 'high',
      title: `Nearly the same identifiers as ${daysAgo(near, now)}, with some rows more or less`,
      explanation:
        'The difference of two counts says whether the few rows that changed are in the other lists: a count of one person.',
      remedy: 'Commit the same rows as then, or wait until more of them have changed.',
    });
  }
  const same = latest(past.filter((entry) => isSameSet(entry.sketch, sketch)));
  if (same) {
    flags.push({
      id: 'same-data',
      severity: 'low',
      title: `The same identifiers as ${daysAgo(same, now)}`,
      explanation: 'A second count of the same rows tells what changed in the other lists.',
      remedy: 'Look whether the room is a repetition by mistake.',
    });
  }
  return [...flags, ...changeFlags(input, past)];
}

/** A list that differs from the last one as those before it did not, in length or in what it has of it. */
function changeFlags({ policy, profile, ledger, now }: FlagInput, past: readonly LedgerEntry[]): Flag[] {
  const { sketch, distinct } = profile.identifier;
  const flag = (title: string, explanation: string): Flag => ({
    id: 'sudden-change',
    severity: 'medium',
    title,
    explanation,
    remedy: 'Look whether the table is the right one, and whole.',
  });
  const last = latest(past);
  if (last && Math.abs(distinct - last.identifiers) > CHANGED_BY * last.identifiers) {
    return [
      flag(
        `${count(distinct, 'distinct identifier')}, ${last.identifiers} ${daysAgo(last, now)}`,
        'A number that changes by more than half often comes from a broken export or another filter.',
      ),
    ];
  }
  // What two batches share is compared among those of one purpose: others may well be about other people.
  const purpose = purposeDigest(ledger.key, policy);
  const batches = past.filter((entry) => entry.purpose === purpose);
  const [lastBatch, before] = [latest(batches), latest(batches.filter((entry) => entry !== latest(batches)))];
  if (!lastBatch || !before) return [];
  const [shared, sharedBefore] = [similarity(sketch, lastBatch.sketch), similarity(lastBatch.sketch, before.sketch)];
  if (Math.abs(shared - sharedBefore) <= CHANGED_BY) return [];
  return [
    flag(
      `About ${percent(shared, 1)} in common with the batch ${daysAgo(lastBatch, now)}, which had ${percent(sharedBefore, 1)} with the one before`,
      'Batches that all at once have much more or much less in common often come from another filter or another column.',
    ),
  ];
}

function cohortFlags({ policy, profile }: FlagInput): Flag[] {
  const { k } = policy;
  const { distinct } = profile.identifier;
  const flags = [...smallKFlags(policy, distinct), ...(isThreshold(policy) ? bandFlags(policy) : [])];
  // What few rows mean in a room that adds up all rows, its groups tell.
  if (!isAggregate(policy) && !isThreshold(policy) && distinct < 2 * k) {
    flags.push({
      id: 'small-cohort',
      severity: 'medium',
      title: `${count(distinct, 'distinct identifier')} with k = ${k}`,
      explanation:
        'What is released stands for more than half of this list, so that it says much about everybody in it.',
      remedy: `Bring at least ${2 * k} distinct identifiers.`,
    });
  }
  return flags;
}

function identifierFlags({ profile }: FlagInput): Flag[] {
  const { identifier, columns, rows, values } = profile;
  const { column, type, sentences, duplicates, looksLike } = identifier;
  const flags: Flag[] = [];
  const guessed = columns.find(({ name }) => name === column)!.type;
  // Phone numbers and the like are written as numbers at times; what is a number with a fraction or a date is neither.
  const wrong = guessed === 'decimal' || guessed === 'date' ? `${guessed}s` : undefined;
  const alike = Object.entries(looksLike).find(([, share]) => share >= ALIKE)?.[0];
  const seen = wrong ?? (alike === undefined ? undefined : `identifiers of type ${alike}`);
  if (seen !== undefined) {
    flags.push({
      id: 'unlike-type',
      severity: 'medium',
      title: `The column looks like ${seen}, the policy says type ${type}`,
      explanation:
        'Identifiers meet only where all parties normalise them in the same way, and by the right type other spellings meet, too.',
      remedy: 'Look whether the column is the right one, or agree on a policy with the right type.',
    });
  }
  if (sentences > SENTENCES * rows) {
    flags.push({
      id: 'free-text',
      severity: 'medium',
      title: `${count(sentences, 'row')} of ${rows} (${percent(sentences, rows)}) have a sentence in the identifier's column`,
      explanation:
        'Sentences are hardly ever written alike by two parties, and may say more than an identifier should.',
      remedy: 'Name the column that holds identifiers.',
    });
  }
  if (values && duplicates > 0) {
    flags.push({
      id: 'duplicate-identifiers',
      severity: 'high',
      title: `${count(duplicates, 'row')} of ${rows} (${percent(duplicates, rows)}) repeat the identifier of another row`,
      explanation: 'Rows carry values, so none is merged: a table with such rows cannot be committed.',
      remedy: 'Make one row of those with the same identifier, or name a column in which each row has its own.',
    });
  } else if (duplicates > DUPLICATES_LOW * rows) {
    flags.push({
      id: 'duplicate-identifiers',
      severity: duplicates > DUPLICATES_MEDIUM * rows ? 'medium' : 'low',
      title: `${count(duplicates, 'row')} of ${rows} (${percent(duplicates, rows)}) repeat the identifier of another row`,
      explanation:
        'Each identifier counts once. Many repetitions often mean that rows are orders or visits, not people.',
      remedy: 'Look whether the table is the right one; nothing has to be removed.',
    });
  }
  return flags;
}

function cellFlags({ profile: { columns, identifier } }: FlagInput): Flag[] {
  const flags: Flag[] = [];
  const formulas = columns.filter((column) => column.formulas > 0);
  if (formulas.length > 0) {
    flags.push({
      id: 'formula-cells',
      severity: formulas.some(({ name }) => name === identifier.column) ? 'medium' : 'low',
      title: `Cells that a spreadsheet would compute in ${inColumns(formulas)}`,
      explanation: 'They may be the trace of an attack on those who open the table, or of a broken export.',
      remedy: 'Look at these cells in a text editor, not in a spreadsheet.',
    });
  }
  const odd = columns.filter((column) => column.notNumbers > 0);
  if (odd.length > 0) {
    flags.push({
      id: 'not-a-number',
      severity: 'low',
      title: `Numbers that are none, or infinite, in ${inColumns(odd)}`,
      explanation: 'They come from a division by zero or a missing value in whatever wrote the table.',
      remedy: 'Look whether the export is whole.',
    });
  }
  return flags;
}

function latest(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return entries.reduce<LedgerEntry | undefined>(
    (last, entry) => (last && last.time > entry.time ? last : entry),
    undefined,
  );
}

function daysAgo({ time }: LedgerEntry, now: number): string {
  const days = Math.floor((now - time) / DAY);
  return days < 1 ? 'less than a day ago' : `${count(days, 'day')} ago`;
}
