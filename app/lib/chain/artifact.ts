/**
 * Contract artifacts for deploying and calling. They hold verification keys, which depend on the SRS, and are therefore made
 * at set-up: Node reads them from the cache, a browser asks the server that served its page.
 */
import { type ContractArtifact, loadContractArtifact as parseArtifact, type NoirCompiledContract } from '@aztec/aztec.js/abi';

/** Path under which the server offers an artifact. */
export const artifactPath = (name: string): string => `/artifacts/contracts/${name}.json`;

/**
 * The artifact of a contract, ready to deploy and call.
 * @param name name of the contract's crate, `clean_room` for the room
 * @throws {Error} when set-up has not made the artifact, saying how to
 */
export async function loadContractArtifact(name: string): Promise<ContractArtifact> {
  return parseArtifact(await readContractArtifact(name));
}

/** The artifact in the form in which it is stored. */
export async function readContractArtifact(name: string): Promise<NoirCompiledContract> {
  if (!/^\w+$/.test(name)) throw new Error(`"${name}" is not the name of a contract`);
  if (typeof process === 'undefined' || process.versions?.node === undefined) return fetchArtifact(name);
  const { readProcessedArtifact } = await import('./artifact-folder.ts');
  return readProcessedArtifact(name);
}

async function fetchArtifact(name: string): Promise<NoirCompiledContract> {
  const response = await fetch(artifactPath(name));
  if (!response.ok) throw new Error(`The server has no artifact of the contract ${name} (${response.status}).`);
  return (await response.json()) as NoirCompiledContract;
}
