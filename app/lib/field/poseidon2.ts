import { permuteLanes } from './calls.ts';
import { type Domain, initialCapacity } from './domains.ts';
import { FIELD_MODULUS, FieldError, assertField } from './field.ts';

export { initField } from './barretenberg.ts';
export { Domain } from './domains.ts';

/** Lanes of the sponge that take inputs; the fourth is the capacity. */
const RATE = 3;

/** The four lanes of the permutation. */
export type State = [bigint, bigint, bigint, bigint];

/** The Poseidon2 permutation of BN254 over four lanes, as Noir's `std::hash::poseidon2_permutation` computes it. */
export function permute(state: Readonly<State>): State {
  return permuteLanes(state, state.length) as State;
}

/**
 * The protocol's hash (docs/protocol.md, section 2): Poseidon2 sponge of rate 3 whose capacity holds domain and length.
 *
 * @param inputs canonical field elements, at least one
 * @throws FieldError when an input is not below p, or there is none
 */
export function hash(domain: Domain, inputs: readonly bigint[]): bigint {
  return sponge(initialCapacity(domain, inputs.length), inputs, `hash ${domain}`);
}

/**
 * Aztec's Poseidon2 hash of field elements, which names its event signatures: the same sponge, whose capacity holds the
 * length alone.
 *
 * @throws FieldError when an input is not below p, or there is none
 */
export function aztecHash(inputs: readonly bigint[]): bigint {
  return sponge(BigInt(inputs.length) << 64n, inputs, "Aztec's hash");
}

function sponge(capacity: bigint, inputs: readonly bigint[], what: string): bigint {
  if (inputs.length === 0) throw new FieldError(`${what}: at least one input is needed`);
  let state = [0n, 0n, 0n, capacity];
  for (let at = 0; at < inputs.length; at += RATE) {
    for (let lane = 0; lane < RATE && at + lane < inputs.length; lane++) {
      const input = assertField(inputs[at + lane], `${what}, input ${at + lane}`);
      state[lane] = (state[lane] + input) % FIELD_MODULUS;
    }
    // Of the last state the first lane alone is read.
    state = permuteLanes(state, at + RATE < inputs.length ? state.length : 1);
  }
  return state[0];
}
