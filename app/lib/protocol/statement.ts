import { FIELD_MODULUS } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError } from './errors.ts';
import { MAX_LABEL } from './labels.ts';

/** Field elements of one proof in the flavour that circuits here use. */
export const PROOF_FIELDS = 500;

/** Values that a label can have. */
const LABELS = BigInt(MAX_LABEL + 1);

/** Challenge γ of the grand products (hash 8) from a statement: all public inputs of the circuit but the chunk's. */
export function permutationChallenge(statement: readonly bigint[]): bigint {
  return hash(Domain.permutationChallenge, statement);
}

/** Challenge δ (hash 9), by which products tell what stands beside an element from the element. */
export function pairChallenge(gamma: bigint): bigint {
  return hash(Domain.pairChallenge, [gamma]);
}

/** What a product of pairs takes: x + δ·label. */
export function pairFactor(delta: bigint) {
  return (x: bigint, label: bigint): bigint => (x + delta * label) % FIELD_MODULUS;
}

/** What the products of `blind` take: x + δ·label + δ²·values. */
export function tripleFactor(delta: bigint) {
  return (x: bigint, label: bigint, packed: bigint): bigint => (x + delta * (label + delta * packed)) % FIELD_MODULUS;
}

/** What the products of `match` take: x + δ·(label + 16·flag). */
export function flaggedFactor(delta: bigint) {
  const pair = pairFactor(delta);
  return (x: bigint, label: bigint, flag: bigint): bigint => pair(x, label + LABELS * flag);
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
