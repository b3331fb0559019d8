/** Small helpers over folders of text files. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** Text files by path relative to a folder, with `/` between the parts. */
export type Tree = Map<string, string>;

/** Reads every file below a folder whose name ends as given, in the order of their paths. A missing folder is empty. */
export function readTree(dir: string, ending = ''): Tree {
  if (!existsSync(dir)) return new Map();
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(dir.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();
  return new Map(paths.map((path) => [path, readFileSync(join(dir, path), 'utf8')]));
}

/** Writes files below a folder, which is replaced as a whole: nobody sees it half written. */
export function replaceTree(dir: string, tree: Tree): void {
  const fresh = `${dir}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  for (const [path, content] of tree) writeText(join(fresh, path), content);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dirname(dir), { recursive: true });
  renameSync(fresh, dir);
}

/** Writes a file, making its folder, so that a reader sees the old content or the new one. */
export function writeText(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, content);
  renameSync(fresh, file);
}

/** SHA-256 over files' paths and contents, hexadecimal; each part is preceded by its length, so no two sets collide. */
export function digestOf(...trees: ReadonlyMap<string, string>[]): string {
  const hash = createHash('sha256');
  const part = (text: string): void => {
    const bytes = Buffer.from(text, 'utf8');
    hash.update(`${bytes.length}:`).update(bytes);
  };
  for (const tree of trees) {
    part(String(tree.size));
    for (const [path, content] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
      part(path);
      part(content);
    }
  }
  return hash.digest('hex');
}
