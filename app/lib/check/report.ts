/** The whole pre-check of a table under a policy, as data and as text. It holds no value of any row, and no sketch. */
import { MAX_DISTINCT, type ColumnProfile } from './column.ts';
import { estimateProofs, type ProofEstimate } from './estimate.ts';
import type { BatchProfile } from './batch.ts';
import type { Faults } from './faults.ts';
import { flagText, type Flag } from './flag.ts';
import { redFlags, type FlagInput } from './flags.ts';
import { overrideLines, standingFlags } from './override.ts';
import type { IdentifierProfile } from './profile.ts';
import { valueLines } from './value-lines.ts';
import type { ValueProfile } from './values.ts';
import { whatLeaves } from './outgoing.ts';
import type { Policy } from '../policy/schema.ts';

/** What a pre-check found. */
export type CheckReport = Readonly<{
  rows: number;
  unreadable: Faults;
  columns: readonly ColumnProfile[];
  identifier: Omit<IdentifierProfile, 'sketch'>;
  /** Under a policy that aggregates. */
  values?: ValueProfile;
  /** Under a policy with a batch. */
  batch?: BatchProfile;
  flags: readonly Flag[];
  /** Whether `room commit` would take the table without an override. */
  blocked: boolean;
  /** Those of the flags in the way that the policy lets a party override, in a room that asks for two approvals. */
  overridable: NonNullable<Policy['overrides']>;
  proofs: readonly ProofEstimate[];
  leaves: readonly string[];
}>;

/** Checks a profiled table. */
export function checkReport(input: FlagInput): CheckReport {
  const { policy, profile } = input;
  const { sketch: _, ...identifier } = profile.identifier;
  const flags = redFlags(input);
  const standing = standingFlags(flags, policy);
  return {
    ...profile,
    identifier,
    flags,
    blocked: standing.length > 0,
    overridable: (policy.overrides ?? []).filter((id) => standing.some((flag) => flag.id === id)),
    proofs: estimateProofs(policy, identifier.distinct, input.slot),
    leaves: whatLeaves(policy, identifier.distinct),
  };
}

/** A report as lines of text. */
export function reportText(report: CheckReport): string {
  const { rows, unreadable, columns, identifier, values, batch, flags, proofs, leaves } = report;
  const { column, type, distinct, duplicates, malformed, normalised } = identifier;
  const proofCount = proofs.reduce((sum, each) => sum + each.proofs, 0);
  return [
    `${rows} rows, ${columns.length} columns`,
    ...columns.map((each) => `  ${columnText(each, rows)}`),
    ...faultsText('rows that cannot be read', unreadable),
    '',
    `Identifiers: column "${column}", type ${type}`,
    `  ${distinct} distinct, ${duplicates} rows repeat one, ${normalised} are written in another way than they are hashed`,
    ...faultsText('malformed', malformed),
    ...(batch ? ['', `Batch: ${rows} rows, ${batch.outside} outside its window, ${batch.undated} without a date`] : []),
    ...(values ? ['', ...valueLines(values, faultsText)] : []),
    '',
    flags.length === 0 ? 'No red flags.' : 'Red flags:',
    ...flags.map(flagText),
    ...overrideLines(standingFlags(flags, {}), { overrides: report.overridable }),
    '',
    `Proofs of this party, if the other tables are as long: ${proofCount}, about ${timeText(proofs)} on a machine of two cores, transactions not counted`,
    ...proofs.map(({ step, circuit, proofs: number }) => `  ${step}: ${number} of circuit ${circuit}`),
    '',
    'What leaves this machine in the room, and nothing else:',
    ...leaves.map((line) => `  ${line}`),
  ].join('\n');
}

function columnText({ name, nulls, type, distinct, formulas, notNumbers }: ColumnProfile, rows: number): string {
  const share = rows === 0 ? 0 : (100 * nulls) / rows;
  return [
    `${JSON.stringify(name)}: ${type}, ${share.toFixed(1)} % empty`,
    distinct >= MAX_DISTINCT ? `${MAX_DISTINCT} or more different values` : `${distinct} different values`,
    ...(formulas > 0 ? [`${formulas} formulas`] : []),
    ...(notNumbers > 0 ? [`${notNumbers} cells that are no number`] : []),
  ].join(', ');
}

function faultsText(what: string, { count, places }: Faults): string[] {
  if (count === 0) return [];
  const more = count > places.length ? [`    and ${count - places.length} more`] : [];
  return [`  ${count} ${what}:`, ...places.map((place) => `    ${place}`), ...more];
}

function timeText(proofs: readonly ProofEstimate[]): string {
  const seconds = proofs.reduce((sum, each) => sum + each.seconds, 0);
  if (seconds < 120) return `${Math.ceil(seconds)} seconds`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
}
