/** Checking proofs with a circuit's key: what provers and mere verifiers share. Runs in Node and in browsers. */
import { BBApiException, type Barretenberg } from '@aztec/bb.js';
import { bytesToField, bytesToFields, fieldToBytes } from '../field/field.ts';
import { PROOF_FIELDS } from '../protocol/statement.ts';

/** Bytes of a proof. */
export const PROOF_BYTES = PROOF_FIELDS * 32;
/** Fields of a verification key. */
export const KEY_FIELDS = 115;

/** A circuit's verification key under an SRS. */
export type VerificationKey = {
  readonly bytes: Uint8Array;
  /** The key as `std::verify_proof_with_type` takes it. */
  readonly fields: readonly bigint[];
  /** Its hash: that function's `key_hash`, and what rooms register. */
  readonly hash: bigint;
};

/** bb's settings behind the target `noir-recursive`. */
export const SETTINGS = {
  ipaAccumulation: false,
  oracleHashType: 'poseidon2',
  disableZk: false,
  optimizedSolidityVerifier: false,
};

type VerifyCommand = Parameters<Barretenberg['circuitVerify']>[0];
/** The part of bb that checks proofs, asynchronous or not. */
export type ProofChecker = {
  circuitVerify(command: VerifyCommand): { verified: boolean } | Promise<{ verified: boolean }>;
};

/**
 * Whether a proof is valid for public inputs under a key, of a circuit that has `expectedInputs` of them. False for everything
 * that is malformed.
 */
export async function checkProof(
  bb: ProofChecker,
  key: VerificationKey,
  expectedInputs: number,
  proof: Uint8Array,
  publicInputs: readonly bigint[],
): Promise<boolean> {
  const fields = canonicalFields(proof);
  const inputs = canonicalInputs(publicInputs);
  if (!fields || !inputs || inputs.length !== expectedInputs) return false;
  try {
    const { verified } = await bb.circuitVerify({
      verificationKey: key.bytes,
      publicInputs: inputs,
      proof: fields,
      settings: SETTINGS,
    });
    return verified;
  } catch (error) {
    // What bb says of a proof that is not even well formed; a dead process throws another error.
    if (error instanceof BBApiException || (error as Error).name === 'BBApiException') return false;
    throw error;
  }
}

/**
 * A key from its bytes and the 32 bytes of its hash.
 * @throws Error when it is not of a key's length
 */
export function readKey(bytes: Uint8Array, hash: Uint8Array): VerificationKey {
  const fields = keyElements(bytes);
  return { bytes, fields, hash: bytesToField(hash, 'verification key hash') };
}

/**
 * The elements of a key.
 * @throws Error when there are not as many as a key has
 */
export function keyElements(bytes: Uint8Array): bigint[] {
  const fields = bytesToFields(bytes, 'verification key element');
  if (fields.length !== KEY_FIELDS)
    throw new Error(`a verification key has ${KEY_FIELDS} elements, not ${fields.length}`);
  return fields;
}

/** The elements of a proof of the right length whose elements are canonical. */
function canonicalFields(proof: Uint8Array): Uint8Array[] | undefined {
  if (proof.length !== PROOF_BYTES) return undefined;
  try {
    bytesToFields(proof, 'proof element');
  } catch {
    return undefined;
  }
  return Array.from({ length: PROOF_FIELDS }, (_, i) => proof.slice(i * 32, (i + 1) * 32));
}

function canonicalInputs(publicInputs: readonly bigint[]): Uint8Array[] | undefined {
  try {
    return publicInputs.map((field) => fieldToBytes(field, 'public input'));
  } catch {
    return undefined;
  }
}
