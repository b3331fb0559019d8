/** Where deployable contract artifacts lie on disk. Node only. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NoirCompiledContract } from '@aztec/stdlib/noir';
import { loadSrs } from '../proof/srs.ts';

/** Folder of the artifacts whose keys were made under an SRS, below `.cache` or `CLEAN_ROOM_CACHE`. */
export function processedFolder(srsIdentity: string): string {
  if (!/^[\w-]+$/.test(srsIdentity)) throw new Error('not the identity of an SRS');
  const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
  return join(resolve(root, process.env.CLEAN_ROOM_CACHE ?? '.cache'), 'artifacts', srsIdentity, 'contracts');
}

/**
 * Reads the artifact of a contract.
 * @param srs names the SRS whose keys it holds; the one that this machine uses unless given
 * @throws {Error} when set-up has not made it, saying how to
 */
export async function readProcessedArtifact(
  name: string,
  srs?: { readonly identity: string },
): Promise<NoirCompiledContract> {
  const { identity } = srs ?? (await loadSrs({ numPoints: 2 }));
  const file = join(processedFolder(identity), `${name}.json`);
  if (!existsSync(file)) {
    throw new Error(`The contract ${name} is not ready for the SRS ${identity}: run "npm run compile -- --process".`);
  }
  const artifact = JSON.parse(readFileSync(file, 'utf8')) as NoirCompiledContract & { srs?: string };
  if (artifact.srs !== identity) throw new Error(`${file} was made under another SRS: delete it and run set-up again.`);
  return artifact;
}
