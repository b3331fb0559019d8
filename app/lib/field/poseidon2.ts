import { barretenberg } from './barretenberg.ts';
import { type Domain, initialCapacity } from './domains.ts';
import { FIELD_BYTES, FIELD_MODULUS, FieldError, assertField, readUint256, writeUint256 } from './field.ts';

export { initField } from './barretenberg.ts';
export { Domain } from './domains.ts';

/** Lanes of the sponge that take inputs; the fourth is the capacity. */
const RATE = 3;

/** The four lanes of the permutation. */
export type State = [bigint, bigint, bigint, bigint];

/** The Poseidon2 permutation of BN254 over four lanes, as Noir's `std::hash::poseidon2_permutation` computes it. */
export function permute(state: Readonly<State>): State {
  const { outputs } = barretenberg().poseidon2Permutation({
    inputs: state.map((lane) => writeUint256(lane, new Uint8Array(FIELD_BYTES), 0)),
  });
  return outputs.map((lane) => readUint256(lane, 0)) as State;
}

/**
 * The protocol's hash (docs/protocol.md, section 2): Poseidon2 sponge of rate 3 whose capacity holds domain and length.
 *
 * @param inputs canonical field elements, at least one
 * @throws FieldError when an input is not below p, or there is none
 */
export function hash(domain: Domain, inputs: readonly bigint[]): bigint {
  if (inputs.length === 0) throw new FieldError(`hash ${domain}: at least one input is needed`);
  let state: State = [0n, 0n, 0n, initialCapacity(domain, inputs.length)];
  for (let at = 0; at < inputs.length; at += RATE) {
    for (let lane = 0; lane < RATE && at + lane < inputs.length; lane++) {
      const input = assertField(inputs[at + lane], `hash ${domain}, input ${at + lane}`);
      state[lane] = (state[lane] + input) % FIELD_MODULUS;
    }
    state = permute(state);
  }
  return state[0];
}
