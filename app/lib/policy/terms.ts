import { Domain, hash } from '../field/poseidon2.ts';
import { POLICY_TERMS } from '../room/events.ts';
import { encode, type Decoded } from '../room/schema.ts';

export { AMOUNT_LIMIT, SHARE_LIMIT } from './limits.ts';

/** Who pays a room's fee, as the contract numbers them. */
export const Payer = { nobody: 0, host: 1, slots: 2 } as const;

/** Proof modes, as the contract numbers them. */
export const ProofMode = { succinct: 0, attested: 1 } as const;

/** The terms that the chain and the circuits know of a policy, in the contract's own form. */
export type PolicyTerms = Decoded<typeof POLICY_TERMS>;

/** The policy digest (hash 15 over the 24 fields of the terms) that a room is created with and every slot approves. */
export function policyDigest(terms: PolicyTerms): bigint {
  return hash(Domain.policyDigest, encode(POLICY_TERMS, terms));
}
