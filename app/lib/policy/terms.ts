import { Domain, hash } from '../field/poseidon2.ts';

/** Number of the template "overlap", version 1, in the policy digest. */
export const OVERLAP_TEMPLATE = 1n;

/** The terms that the chain and the circuits know of a policy. */
export type PolicyTerms = Readonly<{
  /** The 128-bit halves of the SHA-256 of the canonical document. */
  documentHigh: bigint;
  documentLow: bigint;
  template: bigint;
  slots: number | bigint;
  k: number | bigint;
  minRows: number | bigint;
  maxRows: number | bigint;
}>;

/** The policy digest (hash 15) that a room is created with and every slot approves. */
export function policyDigest(terms: PolicyTerms): bigint {
  const { documentHigh, documentLow, template, slots, k, minRows, maxRows } = terms;
  return hash(Domain.policyDigest, [documentHigh, documentLow, template, ...[slots, k, minRows, maxRows].map(BigInt)]);
}
