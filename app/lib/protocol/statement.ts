import { FIELD_MODULUS } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError } from './errors.ts';

/** Field elements of one proof in the flavour that circuits here use. */
export const PROOF_FIELDS = 500;

/** Challenge γ of the grand products (hash 8) from a statement: all public inputs of the circuit but the chunk's. */
export function permutationChallenge(statement: readonly bigint[]): bigint {
  return hash(Domain.permutationChallenge, statement);
}

/** product·Π(γ − value). */
export function extendProduct(product: bigint, gamma: bigint, values: Iterable<bigint>): bigint {
  for (const value of values) product = (product * (FIELD_MODULUS + gamma - value)) % FIELD_MODULUS;
  return product;
}

/** Commitment to the state that one chunk's proof hands to the next (hash 7). */
export function stateCommitment(blinding: bigint, state: readonly bigint[]): bigint {
  return hash(Domain.proofState, [blinding, ...state]);
}

/** Digest by which a proof stands on chain (hash 12). */
export function proofDigest(proof: readonly bigint[]): bigint {
  if (proof.length !== PROOF_FIELDS)
    throw new ProtocolError(`a proof has ${PROOF_FIELDS} field elements, not ${proof.length}`);
  return hash(Domain.proofDigest, proof);
}
