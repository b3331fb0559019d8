/** Which slot brings which numbers to a room that joins values, and which one names its groups (docs/protocol.md, section 9). */
import { Output } from '../protocol/plan.ts';
import { analysisOf, groupingHolder } from './analysis.ts';
import { policyPlan } from './plan.ts';
import type { Policy } from './schema.ts';

/** Numbers of vectors: two for each of four columns. */
const VECTORS_PER_SLOT = 8;

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
  const { holders } = analysis;
  const { outputs } = policyPlan(policy)!;
  const vectors = outputs.flatMap((output, column) => {
    const first = VECTORS_PER_SLOT * holders[column] + 2 * column;
    return [...(output >= Output.sum ? [first] : []), ...(output >= Output.squares ? [first + 1] : [])];
  });
  const counting = Math.floor(Math.min(...vectors) / VECTORS_PER_SLOT);
  return {
    vectors: vectors.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n),
    naming: 1 + (groupingHolder(analysis) ?? counting),
  };
}
