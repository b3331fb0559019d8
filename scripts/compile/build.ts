/** What circuits and contracts have in common on the way from a crate to an artifact. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readManifest } from './manifest.ts';
import { CACHE, ROOT } from './paths.ts';
import { upstreamCrate } from './sources/upstream.ts';
import { stageCrate, type Staged } from './stage.ts';

/** A crate of this project that has an artifact. */
export interface BuildTarget {
  readonly kind: 'circuits' | 'contracts';
  /** Name of the crate's folder and of its artifact. */
  readonly name: string;
  readonly dir: string;
}

/** All circuit and contract crates, libraries left out, in the order of their names. */
export function buildTargets(): BuildTarget[] {
  const targets: BuildTarget[] = [];
  for (const [kind, type] of [
    ['circuits', 'bin'],
    ['contracts', 'contract'],
  ] as const) {
    const parent = join(ROOT, kind);
    for (const name of existsSync(parent) ? readdirSync(parent).sort() : []) {
      const dir = join(parent, name);
      if (existsSync(join(dir, 'Nargo.toml')) && readManifest(dir).type === type) targets.push({ kind, name, dir });
    }
  }
  return targets;
}

/**
 * Stages a crate under the cache.
 * @param crateDir folder of the crate
 * @param kind part of the stage's path, so that stages don't meet
 */
export function stageForBuild(crateDir: string, kind: string): Promise<Staged> {
  return stageCrate(crateDir, join(CACHE, 'noir-stage', kind, basename(crateDir)), upstreamCrate);
}

/** An artifact as text: one value a line where that helps reading changes. @throws {Error} if a path of this machine is in it */
export function artifactText(artifact: object): string {
  const text = `${JSON.stringify(artifact, null, 1)}\n`;
  if (text.includes(ROOT) || text.includes(CACHE)) throw new Error('the artifact holds a path of this machine');
  return text;
}
