/** Policies: the documents, and the terms of theirs that the chain and the circuits know. */
import { readUint256, splitHalves } from '../field/field.ts';
import { MAX_SLOTS } from '../protocol/errors.ts';
import { planDigest } from '../protocol/plan.ts';
import { rulesDigest } from '../protocol/rules.ts';
import { bandsTerm } from './bands.ts';
import { documentDigest, minParties } from './parse.ts';
import { policyPlan, policyRules } from './plan.ts';
import { isAggregate, isOverlap, isThreshold, type Policy } from './schema.ts';
import { Payer, ProofMode, type PolicyTerms } from './terms.ts';
import { joinedTerms } from './vectors.ts';

export {
  isAggregate,
  isCohorts,
  isJoined,
  isLift,
  isThreshold,
  type AggregatePolicy,
  type CohortsPolicy,
  type IdentifierType,
  type IntersectionSumPolicy,
  type LiftPolicy,
  type Policy,
  type ThresholdPolicy,
} from './schema.ts';
export {
  PolicyError,
  canonicalPolicy,
  documentDigest,
  documentName,
  minParties,
  parsePolicy,
  parsePolicyText,
} from './parse.ts';
export { policySummary } from './summary.ts';
export { policyDigest, type PolicyTerms } from './terms.ts';

/**
 * The terms of a policy that go into its digest, as the contract takes them.
 *
 * @param templateId id under which the registry has the policy's template
 */
export function policyTerms(policy: Policy, templateId: bigint): PolicyTerms {
  const { high, low } = splitHalves(readUint256(documentDigest(policy), 0));
  const { fees } = policy;
  const plan = policyPlan(policy);
  return {
    document_high: high,
    document_low: low,
    template: templateId,
    slots: policy.parties.length,
    min_slots: minParties(policy),
    k: policy.k,
    min_rows: policy.minRows,
    max_rows: policy.maxRows,
    rules: rulesDigest(policyRules(policy)),
    proof_mode: ProofMode[policy.proofMode],
    plan: plan ? planDigest(plan) : 0n,
    contributors: contributorsOf(policy),
    ...joinedTerms(policy),
    bands: bandsTerm(policy),
    fees: {
      token: BigInt(fees?.token ?? 0),
      fee: BigInt(fees?.fee ?? 0),
      payer: Payer[fees?.payer ?? 'nobody'],
      stake: BigInt(fees?.stake ?? 0),
      shares: Array.from({ length: MAX_SLOTS }, (_, slot) => fees?.shares?.[slot] ?? 0),
    },
  };
}

/** How many members have to have a full group for it to be opened: all for a threshold; in rooms that join values one is as good as all. */
function contributorsOf(policy: Policy): number {
  if (isAggregate(policy)) return policy.contributors;
  if (isThreshold(policy)) return policy.parties.length;
  return isOverlap(policy) ? 0 : 1;
}
