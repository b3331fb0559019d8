/** Puts the upstream crates together: published sources, stand-ins for the rest, patches. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, readTree, replaceTree, type Tree } from '../files.ts';
import { manifestText } from '../manifest.ts';
import { CACHE, NOIR, ROOT } from '../paths.ts';
import { constantsSource } from './constants.ts';
import { UPSTREAM_CRATES, type UpstreamCrate } from './crates.ts';
import { nameDefiningModules, publishModules } from './imports.ts';
import { stripTests } from './noir-text.ts';
import { applyPatches, moveFiles } from './patches.ts';
import { packageVersion, readPublishedSources, SOURCE_PACKAGES } from './published.ts';

/**
 * Makes sure that the assembled crates lie in the cache and returns their folder (one folder a crate).
 * The folder's name is a digest over everything that goes in, so an unchanged set is put together once.
 */
export async function assembleUpstream(): Promise<string> {
  const versions = new Map([...SOURCE_PACKAGES, '@aztec/constants'].map((name) => [name, packageVersion(name)]));
  const key = digestOf(versions, readTree(NOIR, '.nr'), readTree(join(ROOT, 'scripts/compile/sources'), '.ts'));
  const dir = join(CACHE, 'noir-deps', key.slice(0, 32));
  if (!existsSync(dir)) replaceTree(dir, await assemble());
  return dir;
}

/** The files of all crates, by path below the folder of the crates. */
async function assemble(): Promise<Tree> {
  const published = readPublishedSources();
  const constants = await constantsSource();
  const files: Tree = new Map();
  for (const crate of UPSTREAM_CRATES) {
    const sources = crateSources(crate, published);
    if (crate.name === 'protocol_types') sources.set('constants.nr', constants);
    const dependencies = new Map(crate.dependencies.map((name) => [name, `../${name}`]));
    files.set(`${crate.name}/Nargo.toml`, manifestText({ name: crate.name, type: 'lib' }, dependencies));
    for (const [file, source] of sources) files.set(`${crate.name}/src/${file}`, source);
  }
  return files;
}

function crateSources(crate: UpstreamCrate, published: ReadonlyMap<string, string>): Tree {
  const sources: Tree = new Map();
  for (const [path, source] of published) {
    const at = path.indexOf(crate.published);
    if (at >= 0) sources.set(path.slice(at + crate.published.length), source);
  }
  if (sources.size === 0) throw new Error(`no published sources of ${crate.name}`);
  for (const [file, source] of readTree(join(NOIR, crate.completion), '.nr')) {
    if (sources.has(file))
      throw new Error(`noir/${crate.completion}/${file} stands in for a file that is published: remove it`);
    sources.set(file, source);
  }
  if (!sources.has('lib.nr')) throw new Error(`noir/${crate.completion}/lib.nr is missing`);
  const plain = new Map([...sources].map(([file, source]) => [file, publishModules(stripTests(source))]));
  return applyPatches(crate.name, nameDefiningModules(moveFiles(crate.name, plain)));
}
