/** Finding an upstream crate that a manifest names. */
import { join } from 'node:path';
import type { UpstreamResolver } from '../stage.ts';
import { assembleUpstream } from './assemble.ts';
import { UPSTREAM_CRATES } from './crates.ts';

/** Finds the folder of an upstream crate, after putting the upstream crates together if need be. */
export const upstreamCrate: UpstreamResolver = async ({ git, tag, directory }) => {
  const url = git.replace(/\/+$/, '').replace(/\.git$/, '');
  const found = UPSTREAM_CRATES.find(
    (crate) => crate.git?.url === url && crate.git.tag === tag && crate.git.directory === directory,
  );
  if (!found) {
    const known = UPSTREAM_CRATES.flatMap((crate) => (crate.git ? [`${crate.name} (${crate.git.tag})`] : []));
    throw new Error(`the build has no sources of ${url} ${tag} ${directory ?? ''}; it has ${known.join(', ')}`);
  }
  return join(await assembleUpstream(), found.name);
};
