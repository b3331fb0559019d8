/**
 * Import order. Noir 1.0.0-beta.15 resolves imports in the order in which modules are declared: a `use` that goes through
 * a re-export of a module declared later fails (often as an endless recursion inside the compiler rather than with a
 * message). Newer compilers don't mind. So every import is rewritten to name the module that defines the item, which
 * means the same to both.
 */
import { mask } from './noir-text.ts';
import type { Tree } from '../files.ts';

/** One imported item: its path, and the name under which it is known here. */
interface Leaf {
  readonly path: string;
  readonly name: string;
}

const USE = /^([ \t]*)((?:pub(?:\(crate\))?[ \t]+)?)use\s+([^;]+);/gm;

/**
 * Rewrites the imports of a crate's sources.
 * @param sources files by path below `src/`
 */
export function nameDefiningModules(sources: Tree): Tree {
  const modules = new Set([...sources.keys()].map(moduleOf));
  const reexports = new Map<string, string>();
  for (const [file, source] of sources) {
    const module = moduleOf(file);
    for (const use of uses(source)) {
      if (!use.visibility) continue;
      for (const leaf of use.leaves) reexports.set(`${module}::${leaf.name}`, absolute(leaf.path, module, modules));
    }
  }
  return new Map(
    [...sources].map(([file, source]) => {
      const module = moduleOf(file);
      return [file, rewriteUses(source, (leaf) => follow(absolute(leaf.path, module, modules), reexports))];
    }),
  );
}

/** Makes every module public, so that an import may name it whatever the path through which the item used to be had. */
export function publishModules(source: string): string {
  const masked = mask(source);
  return splice(
    source,
    [...masked.matchAll(/^([ \t]*)(?:pub\(crate\) )?mod (\w+;)/gm)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
      text: `${match[1]}pub mod ${match[2]}`,
    })),
  );
}

/** Removes one import; throws when the source doesn't hold it. */
export function removeImport(source: string, path: string): string {
  let removed = 0;
  const text = rewriteUses(source, (leaf) => {
    if (leaf.path !== path) return leaf.path;
    removed++;
    return undefined;
  });
  if (removed !== 1) throw new Error(`import of ${path} occurs ${removed} times, expected once`);
  return text;
}

function rewriteUses(source: string, target: (leaf: Leaf) => string | undefined): string {
  const edits = uses(source).map(({ start, end, indent, visibility, leaves }) => {
    const lines = leaves.flatMap((leaf) => {
      const path = target(leaf);
      if (path === undefined) return [];
      const alias = path.split('::').at(-1) === leaf.name ? '' : ` as ${leaf.name}`;
      return [`${indent}${visibility}use ${path}${alias};`];
    });
    return { start, end, text: lines.join('\n') };
  });
  return splice(source, edits);
}

/** Path of the module that a file defines, as seen from inside the crate. */
function moduleOf(file: string): string {
  const parts = file.replace(/\.nr$/, '').split('/');
  if (['mod', 'lib', 'main'].includes(parts.at(-1)!)) parts.pop();
  return ['crate', ...parts].join('::');
}

interface Use {
  readonly start: number;
  readonly end: number;
  readonly indent: string;
  readonly visibility: string;
  readonly leaves: readonly Leaf[];
}

/** Every import of a source, but for those in quoted code that macros fill in. */
function uses(source: string): Use[] {
  const masked = mask(source);
  return [...masked.matchAll(USE)]
    .filter((match) => !match[3]!.includes('$'))
    .map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
      indent: match[1]!,
      visibility: match[2]!,
      leaves: expand(
        match[3]!
          .replace(/\s+/g, ' ')
          .replace(/ ?:: ?/g, '::')
          .trim(),
      ).map(leafOf),
    }));
}

/** `a::{b, c::{d as e}}` as `a::b`, `a::c::d as e`. */
function expand(path: string): string[] {
  const open = path.indexOf('{');
  if (open < 0) return path === '' ? [] : [path];
  const head = path.slice(0, open);
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of path.slice(open + 1, path.lastIndexOf('}'))) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part].flatMap((each) => (each.trim() === '' ? [] : expand(head + each.trim())));
}

function leafOf(text: string): Leaf {
  const match = /^(\S+?)(?: as (\w+))?$/.exec(text.trim());
  if (!match) throw new Error(`can't read import "${text}"`);
  const path = match[1]!.replace(/::self$/, '');
  return { path, name: match[2] ?? path.split('::').at(-1)! };
}

/** The path from the crate's root; a path into another crate stays as it is. */
function absolute(path: string, module: string, modules: ReadonlySet<string>): string {
  let base = module;
  let rest = path;
  if (rest.startsWith('super::')) {
    while (rest.startsWith('super::')) {
      base = base.slice(0, base.lastIndexOf('::'));
      rest = rest.slice('super::'.length);
    }
    return `${base}::${rest}`;
  }
  const head = path.split('::')[0]!;
  return head !== 'crate' && modules.has(`${module}::${head}`) ? `${module}::${path}` : path;
}

/** Follows re-exports to the defining module. Re-exports of whole crates (`pub use x as y`) lead out of the crate. */
function follow(path: string, reexports: ReadonlyMap<string, string>): string {
  let current = path;
  for (let step = 0; step < 20; step++) {
    const next = followOnce(current, reexports);
    if (next === current) return current;
    current = next;
  }
  throw new Error(`re-exports of ${path} go round in circles`);
}

function followOnce(path: string, reexports: ReadonlyMap<string, string>): string {
  const parts = path.split('::');
  for (let count = parts.length; count > 1; count--) {
    const prefix = parts.slice(0, count).join('::');
    const target = reexports.get(prefix);
    if (target === undefined || target === prefix) continue;
    // `pub use root::root;` names module and item alike: only the whole path means the item.
    if (target.startsWith(`${prefix}::`)) {
      if (count === parts.length) return target;
      continue;
    }
    return [target, ...parts.slice(count)].join('::');
  }
  return path;
}

function splice(source: string, edits: readonly { start: number; end: number; text: string }[]): string {
  let text = source;
  for (const edit of [...edits].reverse()) text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  return text;
}
