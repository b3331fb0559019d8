/** What pages show of a policy to whoever approves it. */
import type { Flag } from '../../lib/check/flags.ts';
import { standingFlags } from '../../lib/check/override.ts';
import { approvalFlags } from '../../lib/check/policy-flags.ts';
import { policyDocument, type PolicyDocument } from '../../lib/policy/document.ts';
import { canonicalPolicy, type Policy } from '../../lib/policy/parse.ts';

/** A policy and its red flags. */
export type PolicyPart = {
  readonly document: PolicyDocument;
  /** Canonical JSON. */
  readonly json: string;
  readonly purpose: string;
  readonly column: string;
  readonly stake: boolean;
  /** Red flags that need no table, and which of them are in the way of an approval. */
  readonly flags: readonly Flag[];
  readonly standing: readonly Flag['id'][];
  readonly overridable: readonly Flag['id'][];
};

/** Looks at a policy as it is now, on this machine. */
export function policyPart(policy: Policy): PolicyPart {
  const flags = approvalFlags({ policy, now: Math.floor(Date.now() / 1000), region: regionOfMachine() });
  return {
    document: policyDocument(policy),
    json: canonicalPolicy(policy),
    purpose: policy.purpose,
    column: policy.identifier.column,
    stake: policy.fees?.stake !== undefined,
    flags,
    standing: standingFlags(flags, policy).map(({ id }) => id),
    overridable: policy.overrides ?? [],
  };
}

/** Where this machine stands, as its environment tells. */
export function regionOfMachine(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env.ROOM_REGION || undefined;
}
