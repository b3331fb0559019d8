/** What pages show of a policy to whoever approves it. */
import type { Flag } from '../../lib/check/flags.ts';
import { standingFlags } from '../../lib/check/override.ts';
import { approvalFlags } from '../../lib/check/policy-flags.ts';
import { describe } from '../../lib/policy/aggregate-sentences.ts';
import { analysisOf, holds } from '../../lib/policy/analysis.ts';
import { policyDocument, type PolicyDocument } from '../../lib/policy/document.ts';
import { canonicalPolicy, type Policy } from '../../lib/policy/parse.ts';

/** A policy and its red flags. */
export type PolicyPart = {
  readonly document: PolicyDocument;
  /** Canonical JSON. */
  readonly json: string;
  readonly purpose: string;
  readonly column: string;
  /** What the party's table has to have beside that column, column by column. */
  readonly brings: readonly string[];
  readonly stake: boolean;
  /** Where this machine stands, where that is told. */
  readonly region?: string;
  /** Red flags that need no table, and which of them are in the way of an approval. */
  readonly flags: readonly Flag[];
  readonly standing: readonly Flag['id'][];
  readonly overridable: readonly Flag['id'][];
};

/**
 * Looks at a policy as it is now, on this machine.
 * @param slot of the party, where it has one
 */
export function policyPart(policy: Policy, slot?: number): PolicyPart {
  const region = regionOfMachine();
  const flags = approvalFlags({ policy, now: Math.floor(Date.now() / 1000), region });
  return {
    document: policyDocument(policy),
    json: canonicalPolicy(policy),
    purpose: policy.purpose,
    column: policy.identifier.column,
    brings: slot === undefined ? [] : broughtBy(policy, slot),
    stake: policy.fees?.stake !== undefined,
    region,
    flags,
    standing: standingFlags(flags, policy).map(({ id }) => id),
    overridable: policy.overrides ?? [],
  };
}

function broughtBy(policy: Policy, slot: number): string[] {
  const analysis = analysisOf(policy);
  return analysis?.columns.filter((_, at) => holds(analysis, slot, at)).map((column) => describe(column)) ?? [];
}

/** Where this machine stands, as its environment tells. */
export function regionOfMachine(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env.ROOM_REGION || undefined;
}
