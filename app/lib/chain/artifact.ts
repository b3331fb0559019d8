/**
 * Contract artifacts for deploying and calling. They hold verification keys, which depend on the SRS, and are therefore made
 * at set-up: Node reads them from the cache, a browser asks the server that served its page.
 */
import {
  type ContractArtifact,
  loadContractArtifact as parseArtifact,
  type NoirCompiledContract,
} from '@aztec/aztec.js/abi';
import { getContractClassFromArtifact } from '@aztec/aztec.js/contracts';

/** Path under which the server offers an artifact. */
export const artifactPath = (name: string): string => `/artifacts/contracts/${name}.json`;

/** Names the SRS whose keys are wanted; this machine's unless given. A browser takes what its server uses. */
type SrsName = { readonly identity: string };

/**
 * The artifact of a contract, ready to deploy and call.
 * @param name name of the contract's crate, `clean_room` for the room
 * @throws {Error} when set-up has not made the artifact, saying how to
 */
export async function loadContractArtifact(name: string, srs?: SrsName): Promise<ContractArtifact> {
  return parseArtifact(await readContractArtifact(name, srs));
}

/** The artifact in the form in which it is stored. */
export async function readContractArtifact(name: string, srs?: SrsName): Promise<NoirCompiledContract> {
  if (!/^\w+$/.test(name)) throw new Error(`"${name}" is not the name of a contract`);
  if (typeof process === 'undefined' || process.versions?.node === undefined) return fetchArtifact(name);
  const { readProcessedArtifact } = await import('./artifact-folder.ts');
  return readProcessedArtifact(name, srs);
}

/** Class id of a contract: what an instance's code is known by on chain. It depends on the SRS. */
export async function contractClassId(name: string, srs?: SrsName): Promise<bigint> {
  const { id } = await getContractClassFromArtifact(await loadContractArtifact(name, srs));
  return id.toBigInt();
}

async function fetchArtifact(name: string): Promise<NoirCompiledContract> {
  const response = await fetch(artifactPath(name));
  if (!response.ok) throw new Error(`The server has no artifact of the contract ${name} (${response.status}).`);
  return (await response.json()) as NoirCompiledContract;
}
