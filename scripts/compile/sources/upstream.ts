/** Upstream crates that contracts and circuits may name in their manifests. */
import type { Dependency } from '../manifest.ts';

/** Folder of an upstream crate; throws when the build doesn't know it. */
export function upstreamCrate(dependency: Extract<Dependency, { git: string }>): string {
  throw new Error(`no upstream crates yet: ${dependency.git}`);
}
