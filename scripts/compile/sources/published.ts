/**
 * Noir sources inside npm packages: a contract artifact carries, for the sake of error messages, the full text of every
 * source file that has a place in its debug data.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGES } from '../paths.ts';

/** Packages whose artifacts were compiled from Aztec.nr 4.1.2. */
export const SOURCE_PACKAGES = ['@aztec/noir-contracts.js', '@aztec/noir-test-contracts.js'] as const;

/**
 * Artifacts that are kept frozen across releases, because their addresses are fixed: they carry sources of an older
 * Aztec.nr, which must not be mixed in.
 */
const FROZEN = ['MultiCallEntrypoint', 'PublicChecks', 'SponsoredFPC'];

/**
 * All source files of the artifacts, by the path that the publisher had them under.
 * @throws {Error} when two artifacts disagree about a file, or a package is missing.
 */
export function readPublishedSources(): Map<string, string> {
  const sources = new Map<string, string>();
  for (const name of SOURCE_PACKAGES) {
    const dir = join(PACKAGES, name, 'artifacts');
    for (const file of readdirSync(dir).sort()) {
      if (!file.endsWith('.json') || FROZEN.some((frozen) => file.endsWith(`-${frozen}.json`))) continue;
      for (const [path, source] of fileMap(join(dir, file))) {
        const known = sources.get(path);
        if (known !== undefined && known !== source)
          throw new Error(`${name}/artifacts/${file} has another version of ${path}`);
        sources.set(path, source);
      }
    }
  }
  return sources;
}

/** Files that an artifact carries, by path. */
export function fileMap(artifact: string): Map<string, string> {
  const { file_map = {} } = JSON.parse(readFileSync(artifact, 'utf8')) as {
    file_map?: Record<string, { path: string; source: string }>;
  };
  return new Map(Object.values(file_map).map(({ path, source }) => [path, source]));
}

/** Version of an installed package. */
export function packageVersion(name: string): string {
  return (JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8')) as { version: string }).version;
}
