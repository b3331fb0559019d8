/** Policy documents, version 2: what the parties of a room agree to before anyone commits data. */
import { z } from 'zod';
import { aggregateSchema, type AggregatePolicy } from './aggregate.ts';
import { cohortsSchema, type CohortsPolicy } from './cohorts.ts';
import { intersectionSumSchema, type IntersectionSumPolicy } from './intersection-sum.ts';
import { liftSchema, type LiftPolicy } from './lift.ts';
import { overlapSchema, type OverlapPolicy } from './overlap.ts';
import { thresholdSchema, type ThresholdPolicy } from './threshold.ts';

export { IDENTIFIER_TYPES, MAX_ROWS, PROOF_MODES, type IdentifierType } from './common.ts';
export type { AggregatePolicy } from './aggregate.ts';
export type { CohortsPolicy } from './cohorts.ts';
export type { IntersectionSumPolicy } from './intersection-sum.ts';
export type { LiftPolicy } from './lift.ts';
export type { OverlapPolicy } from './overlap.ts';
export type { ThresholdPolicy } from './threshold.ts';

const SCHEMAS = [
  overlapSchema,
  aggregateSchema,
  intersectionSumSchema,
  liftSchema,
  thresholdSchema,
  cohortsSchema,
] as const;

/** The schema of policies of every template. */
export const policySchema = z.union(SCHEMAS);

/** A valid policy document. */
export type Policy = OverlapPolicy | AggregatePolicy | ThresholdPolicy | JoinedPolicy;

/** A policy of a room that joins values, or counts by cohorts in the same way. */
export type JoinedPolicy = CohortsPolicy | IntersectionSumPolicy | LiftPolicy;

/** Whether a room of this policy counts the identifiers in common, and nothing else. */
export function isOverlap(policy: Policy): policy is OverlapPolicy {
  return policy.template.name === 'overlap' && !isCohorts(policy);
}

/** Whether a room of this policy counts the identifiers in common by cohorts of one party's list. */
export function isCohorts(policy: Policy): policy is CohortsPolicy {
  return policy.template.name === 'overlap' && 'cohorts' in policy;
}

/** Whether a room of this policy aggregates, in place of a join. */
export function isAggregate(policy: Policy): policy is AggregatePolicy {
  return policy.template.name === 'aggregate';
}

/** Whether a room of this policy compares a test group with a control group. */
export function isLift(policy: Policy): policy is LiftPolicy {
  return policy.template.name === 'lift';
}

/** Whether a room of this policy tells which borders a sum reaches, and not the sum. */
export function isThreshold(policy: Policy): policy is ThresholdPolicy {
  return policy.template.name === 'threshold';
}

/** Whether a room of this policy joins identifiers, and adds up values of those in common or counts them by cohorts. */
export function isJoined(policy: Policy): policy is JoinedPolicy {
  return policy.template.name === 'intersection-sum' || isLift(policy) || isCohorts(policy);
}

/**
 * The schema of the template that an untrusted document names, so that its faults are told and not those of others;
 * "overlap" where it names none.
 */
export function schemaFor(document: unknown): (typeof SCHEMAS)[number] {
  const named = z.object({ template: z.object({ name: z.string() }) }).safeParse(document);
  const name = named.success ? named.data.template.name : 'overlap';
  if (name === 'overlap' && typeof document === 'object' && document !== null && 'cohorts' in document)
    return cohortsSchema;
  return SCHEMAS.find(({ shape }) => shape.template.shape.name.value === name) ?? overlapSchema;
}

/** The JSON schema of policy documents, as `docs/policy.schema.json` holds it. It cannot say how fields limit each other. */
export function policyJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(policySchema);
  return { $schema, title: 'zk Clean Room policy, version 2', ...schema };
}
