/**
 * Reading and writing `Nargo.toml`: the part of TOML that Noir's manifests use (tables, strings, arrays of strings and
 * inline tables of strings), so that no TOML package is needed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a dependency comes from. */
export type Dependency =
  { readonly path: string } | { readonly git: string; readonly tag: string; readonly directory?: string };

/** What a `Nargo.toml` of a crate says. */
export interface Manifest {
  readonly name: string;
  readonly type: 'bin' | 'lib' | 'contract';
  readonly dependencies: ReadonlyMap<string, Dependency>;
}

/**
 * Reads the manifest of a crate.
 * @param crateDir folder that holds `Nargo.toml`
 * @throws {Error} when it is missing, holds what this reader doesn't know, or has no valid `[package]`.
 */
export function readManifest(crateDir: string): Manifest {
  const file = join(crateDir, 'Nargo.toml');
  return parseManifest(readFileSync(file, 'utf8'), file);
}

/** Parses a manifest; `file` is for error messages only. */
export function parseManifest(source: string, file = 'Nargo.toml'): Manifest {
  const fail = (line: string): never => {
    throw new Error(`${file}: can't read "${line.trim()}"`);
  };
  const fields = new Map<string, string>();
  const dependencies = new Map<string, Dependency>();
  let table = '';
  for (const line of source.split('\n')) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const header = /^\s*\[([\w.-]+)\]\s*(#.*)?$/.exec(line);
    if (header) {
      table = header[1]!;
      continue;
    }
    const entry = /^\s*([\w-]+)\s*=\s*(.+?)\s*$/.exec(line) ?? fail(line);
    const [, key, value] = entry as unknown as [string, string, string];
    if (table === 'dependencies') dependencies.set(key, parseDependency(value) ?? fail(line));
    else if (table === 'package') fields.set(key, value);
    else fail(line);
  }
  const name = unquote(fields.get('name'));
  const type = unquote(fields.get('type'));
  if (!name || !/^\w+$/.test(name))
    throw new Error(`${file}: [package] needs a name of letters, digits and underscores`);
  if (type !== 'bin' && type !== 'lib' && type !== 'contract')
    throw new Error(`${file}: type must be "bin", "lib" or "contract"`);
  return { name, type, dependencies };
}

/** The text of a `Nargo.toml` whose dependencies are folders: a map from a dependency's name to its path. */
export function manifestText(manifest: Pick<Manifest, 'name' | 'type'>, paths: ReadonlyMap<string, string>): string {
  const dependencies = [...paths].sort().map(([name, path]) => `${name} = { path = ${JSON.stringify(path)} }\n`);
  return `[package]\nname = "${manifest.name}"\ntype = "${manifest.type}"\nauthors = [""]\n\n[dependencies]\n${dependencies.join('')}`;
}

function parseDependency(value: string): Dependency | undefined {
  const inline = /^\{(.*)\}\s*(?:#.*)?$/.exec(value);
  if (!inline) return undefined;
  const entries = new Map<string, string>();
  for (const part of inline[1]!.split(',')) {
    const entry = /^\s*(\w+)\s*=\s*"([^"\\]*)"\s*$/.exec(part);
    if (!entry || entries.has(entry[1]!)) return undefined;
    entries.set(entry[1]!, entry[2]!);
  }
  const path = entries.get('path');
  if (path !== undefined) return entries.size === 1 ? { path } : undefined;
  const git = entries.get('git');
  const tag = entries.get('tag');
  const directory = entries.get('directory');
  if (git === undefined || tag === undefined || entries.size !== (directory === undefined ? 2 : 3)) return undefined;
  return directory === undefined ? { git, tag } : { git, tag, directory };
}

function unquote(value: string | undefined): string | undefined {
  return value === undefined ? undefined : /^"([^"\\]*)"\s*(?:#.*)?$/.exec(value)?.[1];
}
