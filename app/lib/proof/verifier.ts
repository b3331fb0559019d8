/**
 * Checking proofs without circuits, files or a prover: with the keys of known circuits, which whoever builds a program puts into
 * it. Runs in browsers, in WASM on one thread.
 */
import { BackendType, BarretenbergSync } from '@aztec/bb.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { aztecHash, initField } from '../field/poseidon2.ts';
import type { CircuitName } from '../protocol/context.ts';
import { checkProof, keyElements, type VerificationKey } from './checking.ts';
import type { Prover, ProverSrs } from './prover.ts';

/** What checks proofs: a prover can, too. */
export type Verifier = Pick<Prover, 'verificationKey' | 'verify'> & {
  readonly srs: Pick<ProverSrs, 'kind' | 'identity'>;
};

/** A circuit as a verifier knows it. */
export type KnownCircuit = {
  readonly name: CircuitName;
  /** The verification key, in base64. */
  readonly key: string;
  /** SHA-256 over everything that the circuit was compiled from, in hexadecimal. */
  readonly sourceDigest: string;
  /** Number of field elements among the public inputs. */
  readonly publicInputs: number;
};

/** Circuits, and the SRS that their keys were made under. */
export type KnownCircuits = {
  readonly srs: {
    readonly kind: ProverSrs['kind'];
    /** The first two points of G1, in base64. */
    readonly g1: string;
    /** The point of G2, in base64. */
    readonly g2: string;
  };
  readonly circuits: readonly KnownCircuit[];
};

/** Points of G1 that checking takes. */
const POINTS = 2;

/**
 * A verifier of known circuits. Identity of the SRS and hashes of the keys are computed from what checks the proofs: neither is
 * taken on anybody's word.
 * @throws Error when something of `known` is not of its form
 */
export async function openVerifier({ srs, circuits }: KnownCircuits): Promise<Verifier> {
  await initField();
  const [g1, g2] = [bytesOf(srs.g1), bytesOf(srs.g2)];
  const start = async (): Promise<BarretenbergSync> => {
    const bb = await BarretenbergSync.new({ backend: BackendType.Wasm });
    bb.srsInitSrs({ pointsBuf: g1, numPoints: POINTS, g2Point: g2 });
    return bb;
  };
  let running: BarretenbergSync | undefined = await start();
  const identity = `${srs.kind}-${bytesToHex(sha256(new Uint8Array([...g2, ...g1])))}`;
  const known = new Map(circuits.map((circuit) => [circuit.name, { circuit, key: keyOf(circuit) }]));
  const find = (name: CircuitName): { circuit: KnownCircuit; key: VerificationKey } => {
    const found = known.get(name);
    if (!found) throw new Error(`This verifier has no key of circuit ${name}.`);
    return found;
  };
  return {
    srs: { kind: srs.kind, identity },
    verificationKey: async (name) => find(name).key,
    verify: async (name, proof, publicInputs) => {
      const { circuit, key } = find(name);
      running ??= await start();
      try {
        return await checkProof(running, key, circuit.publicInputs, proof, publicInputs);
      } catch {
        // The WASM build stops in the middle of what it did with a proof that it cannot even read, and is left as it was then.
        // Such a proof is not valid; the next one is checked by a new instance.
        running = undefined;
        return false;
      }
    },
  };
}

/** The key of a circuit with its hash, which is Aztec's hash of the key's elements. */
function keyOf({ key }: KnownCircuit): VerificationKey {
  const bytes = bytesOf(key);
  const fields = keyElements(bytes);
  return { bytes, fields, hash: aztecHash(fields) };
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
