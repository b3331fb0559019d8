import type { IdentifierOptions } from '../connector/identifiers.ts';
import { analysisOf, datasetColumns } from './analysis.ts';
import type { Policy } from './schema.ts';

/** Whose table is read, and how it differs from what the policy says. */
export type ReadingOptions = Readonly<{
  /** Header of the identifier's column; the policy's unless given. */
  column?: string;
  /** The party's slot: in rooms that join values, tables have other columns by slot. */
  slot?: number;
}>;

/** How a policy has a party's table read. A party may name another column of its own for the identifier. */
export function readingOf(policy: Policy, { column, slot }: ReadingOptions = {}): IdentifierOptions {
  const { identifier, minRows, maxRows } = policy;
  const reading = { column: column ?? identifier.column, type: identifier.type, minRows, maxRows };
  const analysis = analysisOf(policy);
  return analysis ? { ...reading, valueColumns: datasetColumns(analysis, slot) } : reading;
}
