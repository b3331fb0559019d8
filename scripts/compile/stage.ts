/**
 * Staging: a copy of a crate and of all that it depends on, laid out so that the compiler needs nothing but folders.
 *
 * Committed manifests name upstream repositories and tags, as the official toolchain expects. The compiler of the npm
 * registry can't clone repositories here, so the copy's manifests name folders instead: local crates are copied without
 * their tests (which the compiler would check as well), upstream ones are found among the assembled sources ({@link ./sources/assemble.ts}).
 */
import { join, resolve } from 'node:path';
import { digestOf, readTree, replaceTree, type Tree } from './files.ts';
import { stripTests } from './sources/noir-text.ts';
import { manifestText, readManifest, type Dependency, type Manifest } from './manifest.ts';

/** Finds the folder of an upstream crate; throws when it is not among the assembled ones. */
export type UpstreamResolver = (dependency: Extract<Dependency, { git: string }>) => Promise<string>;

/** A crate that is ready to compile. */
export interface Staged {
  /** Folder of the copy. */
  readonly dir: string;
  readonly manifest: Manifest;
  /** SHA-256 over every manifest and source of the crate and its dependencies. */
  readonly sourceDigest: string;
}

/**
 * Copies a crate with its dependencies.
 * @param crateDir folder of the crate
 * @param stageDir folder to fill; what was there goes
 * @param upstream finds git dependencies; called only when there are some
 */
export async function stageCrate(crateDir: string, stageDir: string, upstream: UpstreamResolver): Promise<Staged> {
  const manifest = readManifest(crateDir);
  const names = new Map<string, string>(); // original folder to folder name in the stage
  const tree: Tree = new Map();

  const add = async (dir: string): Promise<string> => {
    const known = names.get(dir);
    if (known !== undefined) return known;
    const own = readManifest(dir);
    const name = own.name;
    if ([...names.values()].includes(name)) throw new Error(`two crates are called ${name}; the second is ${dir}`);
    const root = names.size === 0;
    names.set(dir, name);
    const paths = new Map<string, string>();
    for (const [dependency, source] of own.dependencies) {
      const target = 'path' in source ? resolve(dir, source.path) : await upstream(source);
      paths.set(dependency, `../${await add(target)}`);
    }
    // A contract calls another through its crate; noir_wasm, unlike nargo, wants every dependency to be called a library.
    const type = root || own.type !== 'contract' ? own.type : 'lib';
    tree.set(`${name}/Nargo.toml`, manifestText({ name, type }, paths));
    for (const [path, content] of readTree(join(dir, 'src'), '.nr')) {
      const placed = type === 'lib' && path === 'main.nr' ? 'lib.nr' : path;
      tree.set(`${name}/src/${placed}`, stripTests(content));
    }
    return name;
  };

  const name = await add(resolve(crateDir));
  replaceTree(stageDir, tree);
  return { dir: join(stageDir, name), manifest, sourceDigest: digestOf(tree) };
}
