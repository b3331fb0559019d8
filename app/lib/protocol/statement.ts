import { FIELD_MODULUS } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError } from './errors.ts';

/** Field elements of one proof in the flavour that circuits here use. */
export const PROOF_FIELDS = 500;

/** The challenges of a permutation argument. */
export type Challenges = Readonly<{ gamma: bigint; delta: bigint }>;

/** Challenges γ (hash 8) and δ (hash 9) from a statement: all public inputs of the circuit but the chunk's. */
export function permutationChallenges(statement: readonly bigint[]): Challenges {
  const gamma = hash(Domain.permutationChallenge, statement);
  return { gamma, delta: hash(Domain.foldChallenge, [gamma]) };
}

/** γ − (x + δ·y): a point's factor in a grand product. */
export function pointFactor({ gamma, delta }: Challenges, x: bigint, y: bigint): bigint {
  return (((gamma - x - delta * y) % FIELD_MODULUS) + FIELD_MODULUS) % FIELD_MODULUS;
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
