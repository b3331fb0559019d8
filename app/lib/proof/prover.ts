/**
 * Making and checking proofs: UltraHonk with zero knowledge in the flavour that Noir verifies recursively (bb's
 * `noir-recursive`), under a given SRS. Runs in Node (bb's native binary) and in browsers (WASM).
 */
import { BackendType, BarretenbergSync, type Barretenberg } from '@aztec/bb.js';
import { bytesToField } from '../field/field.ts';
import { startNative } from '../field/native.ts';
import type { CircuitName } from '../protocol/context.ts';
import { PROOF_FIELDS } from '../protocol/statement.ts';
import { checkProof, PROOF_BYTES, readKey, SETTINGS, type VerificationKey } from './checking.ts';
import { loadCircuit, type ArtifactReader, type Circuit } from './circuit.ts';
import { execute, type CircuitInputs } from './execute.ts';
import type { KeyCache } from './keys.ts';

export { KEY_FIELDS, PROOF_BYTES, SETTINGS, type VerificationKey } from './checking.ts';

/** What a prover needs of an SRS; `loadSrs` gives it in Node. Verifying needs two points, proving as many as the circuit has gates. */
export type ProverSrs = {
  readonly kind: 'ignition' | 'development';
  readonly identity: string;
  readonly numPoints: number;
  /** The first `count` points (default all), 64 bytes each: x then y, big endian. */
  g1(count?: number): Uint8Array;
  readonly g2: Uint8Array;
  /** Folder of the SRS, where keys are kept; none in browsers. */
  readonly path?: string;
};

/** A proof and the public inputs that it is about. */
export type Proof = {
  /** 500 field elements, 32 bytes each, big endian. */
  readonly proof: Uint8Array;
  readonly publicInputs: readonly bigint[];
};

/** Makes and checks proofs under one SRS. */
export type Prover = {
  readonly srs: ProverSrs;
  /** A circuit's key, from the cache or computed. */
  verificationKey(name: CircuitName): Promise<VerificationKey>;
  /**
   * Proves a circuit for its inputs and checks the proof.
   * @param expected what the public inputs must come to
   * @throws UnprovableError when the inputs break one of the circuit's relations
   */
  prove(name: CircuitName, inputs: CircuitInputs, expected?: readonly bigint[]): Promise<Proof>;
  /**
   * Whether a proof is valid for public inputs. False for everything that is malformed: a wrong length, an element that
   * is not below the field's modulus, a wrong number of public inputs.
   */
  verify(name: CircuitName, proof: Uint8Array, publicInputs: readonly bigint[]): Promise<boolean>;
  /** Ends bb. */
  close(): Promise<void>;
};

/** How a prover is opened. */
export type ProverOptions = {
  readonly srs: ProverSrs;
  /** Threads of the native binary; default all. */
  readonly threads?: number;
  /** Default: native in Node, WASM in browsers. WASM has one thread here: right for verifying, slow for proving. */
  readonly backend?: 'native' | 'wasm';
  /** Where circuits come from; default the repository's artifacts. */
  readonly readArtifact?: ArtifactReader;
  /** Where keys are kept; default a folder beside the SRS, or memory alone in browsers. */
  readonly keyCache?: KeyCache;
};

type Api = Pick<Barretenberg, 'circuitComputeVk' | 'circuitProve' | 'circuitVerify' | 'srsInitSrs' | 'destroy'>;

/** Starts bb with an SRS. Close it when done, or the process stays alive. */
export async function openProver(options: ProverOptions): Promise<Prover> {
  const { srs } = options;
  const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
  const backend = options.backend ?? (inNode ? 'native' : 'wasm');
  const api = await startBackend(backend, options.threads);
  // Without this, bb checks against the ceremony's G2 point, and the WASM build fetches points by itself.
  await api.srsInitSrs({ pointsBuf: srs.g1(), numPoints: srs.numPoints, g2Point: srs.g2 });
  const cache =
    options.keyCache ?? (inNode && srs.path ? (await import('./keys.ts')).folderKeyCache(srs.path) : undefined);
  const keys = new Map<CircuitName, Promise<VerificationKey>>();
  const circuitOf = (name: CircuitName) => loadCircuit(name, options.readArtifact);

  const computeKey = async (name: CircuitName): Promise<VerificationKey> => {
    const circuit = await circuitOf(name);
    const cached = await cache?.get(circuit, srs.identity);
    if (cached) return readKey(cached.bytes, cached.hash);
    const { bytes, hash } = await api.circuitComputeVk({ circuit: bbCircuit(circuit), settings: SETTINGS });
    const key = readKey(bytes, hash);
    await cache?.put(circuit, srs.identity, { bytes, hash });
    return key;
  };

  const verificationKey = (name: CircuitName): Promise<VerificationKey> => {
    const key = keys.get(name) ?? computeKey(name);
    keys.set(name, key);
    key.catch(() => keys.delete(name));
    return key;
  };

  const verify = async (name: CircuitName, proof: Uint8Array, publicInputs: readonly bigint[]): Promise<boolean> => {
    const circuit = await circuitOf(name);
    const key = await verificationKey(name);
    return checkProof(api, key, circuit.publicInputs, proof, publicInputs);
  };

  return {
    srs,
    verificationKey,
    verify,
    async prove(name, inputs, expected) {
      const circuit = await circuitOf(name);
      const key = await verificationKey(name);
      const witness = await execute(circuit, inputs);
      const result = await api.circuitProve({
        circuit: { ...bbCircuit(circuit), verificationKey: key.bytes },
        witness,
        settings: SETTINGS,
      });
      const publicInputs = result.publicInputs.map((field) => bytesToField(field, 'public input'));
      if (
        expected &&
        (expected.length !== publicInputs.length || expected.some((field, i) => field !== publicInputs[i]))
      ) {
        throw new Error(`circuit ${name} was given other public inputs than its caller expected`);
      }
      const proof = concatenate(result.proof);
      if (!(await verify(name, proof, publicInputs))) {
        throw new Error(
          `a proof of circuit ${name} does not verify right after it was made: circuit, key and SRS do not belong together`,
        );
      }
      return { proof, publicInputs };
    },
    close: async () => api.destroy(),
  };
}

async function startBackend(backend: 'native' | 'wasm', threads?: number): Promise<Api> {
  if (backend === 'native') return startNative(threads);
  // The synchronous build: the asynchronous one fetches an SRS of its own when it starts. Awaiting its results is harmless.
  return (await BarretenbergSync.new({ backend: BackendType.Wasm })) as unknown as Api;
}

function bbCircuit({ name, bytecode }: Circuit): { name: string; bytecode: Uint8Array } {
  return { name, bytecode };
}

function concatenate(fields: readonly Uint8Array[]): Uint8Array {
  if (fields.length !== PROOF_FIELDS)
    throw new Error(`bb made a proof of ${fields.length} elements instead of ${PROOF_FIELDS}`);
  const bytes = new Uint8Array(PROOF_BYTES);
  fields.forEach((field, i) => bytes.set(field, i * 32));
  return bytes;
}
