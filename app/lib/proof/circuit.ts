/** Compiled circuits: where they come from and what is known of them. */
import { CIRCUITS, type CircuitName } from '../protocol/context.ts';

/** A compiled circuit, ready to be executed and proven. */
export type Circuit = {
  readonly name: CircuitName;
  /** Interface description, as `@aztec/noir-noirc_abi` takes it. */
  readonly abi: unknown;
  /** Gzipped program, as `@aztec/noir-acvm_js` takes it. */
  readonly program: Uint8Array;
  /** The program itself, as bb takes it. */
  readonly bytecode: Uint8Array;
  /** SHA-256 over everything the artifact was made from, in hexadecimal. */
  readonly sourceDigest: string;
  /** Number of field elements among the public inputs. */
  readonly publicInputs: number;
};

/** Gives the text of `artifacts/circuits/<name>.json`; the browser fetches what Node reads. */
export type ArtifactReader = (name: CircuitName) => Promise<string>;

const loaded = new Map<CircuitName, Promise<Circuit>>();

/** Loads a circuit once. The reader matters for the first call only; by default it reads the repository's folder. */
export function loadCircuit(name: CircuitName, read: ArtifactReader = readFromDisk): Promise<Circuit> {
  if (!CIRCUITS.includes(name)) throw new Error(`There is no circuit ${name}; there are ${CIRCUITS.join(', ')}`);
  const circuit = loaded.get(name) ?? read(name).then((text) => parseCircuit(name, text));
  loaded.set(name, circuit);
  circuit.catch(() => loaded.delete(name));
  return circuit;
}

/** What a circuit was compiled from, as receipts name it. */
export async function circuitSourceDigest(name: CircuitName): Promise<string> {
  return (await loadCircuit(name)).sourceDigest;
}

async function parseCircuit(name: CircuitName, text: string): Promise<Circuit> {
  const {
    abi,
    bytecode,
    source_digest: sourceDigest,
  } = JSON.parse(text) as {
    abi: Abi;
    bytecode: string;
    source_digest: string;
  };
  const program = Uint8Array.from(atob(bytecode), (character) => character.charCodeAt(0));
  const publicInputs = abi.parameters
    .filter(({ visibility }) => visibility === 'public')
    .reduce((total, { type }) => total + fieldsOf(type), 0);
  return { name, abi, program, bytecode: await gunzip(program), sourceDigest, publicInputs };
}

type Abi = { parameters: { name: string; type: AbiType; visibility: 'public' | 'private' }[] };
type AbiType =
  | { kind: 'field' | 'boolean' | 'integer' }
  | { kind: 'array'; length: number; type: AbiType }
  | { kind: 'struct'; fields: { name: string; type: AbiType }[] };

/** Field elements that a value of a type takes. */
function fieldsOf(type: AbiType): number {
  switch (type.kind) {
    case 'array':
      return type.length * fieldsOf(type.type);
    case 'struct':
      return type.fields.reduce((total, field) => total + fieldsOf(field.type), 0);
    default:
      return 1;
  }
}

/** Unpacks gzip with what both Node and browsers have. */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function readFromDisk(name: CircuitName): Promise<string> {
  // Loaded when it is called: browsers have neither the module nor the folder.
  const { readCircuitFile } = await import('./circuit-files.ts');
  return readCircuitFile(name);
}
