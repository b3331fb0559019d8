/** Which slot brings which numbers to a room that joins values, and which one names its groups (docs/protocol.md, section 9). */
import { Output } from '../protocol/plan.ts';
import { vectorsOf } from '../protocol/vectors.ts';
import { analysisOf, namingSlot } from './analysis.ts';
import { policyPlan } from './plan.ts';
import type { Policy } from './schema.ts';

/** What rooms that join values have in their terms; in others both are 0. */
export type JoinedTerms = Readonly<{
  /** Bit 8·slot + v is set exactly when the slot brings vector v. */
  vectors: bigint;
  /** 1 + the slot that names groups. */
  naming: number;
}>;

/** The vectors of a policy's room, and the slot that names its groups. */
export function joinedTerms(policy: Policy): JoinedTerms {
  const analysis = analysisOf(policy);
  if (!analysis?.holders) return { vectors: 0n, naming: 0 };
  const naming = namingSlot(analysis);
  const holders = analysis.counted ? [...analysis.holders, naming] : analysis.holders;
  const plan = policyPlan(policy)!;
  const vectors = vectorsOf(
    plan,
    plan.outputs.map((output, column) => (output === Output.none ? undefined : holders[column])),
  );
  return { vectors, naming: 1 + naming };
}
