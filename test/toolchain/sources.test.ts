/** Reading manifests, and the mechanical edits to Aztec.nr's sources. */
import { describe, expect, test } from '@jest/globals';
import { manifestText, parseManifest } from '../../scripts/compile/manifest.ts';
import { nameDefiningModules, publishModules, removeImport } from '../../scripts/compile/sources/imports.ts';
import { mask, removeFunction, replaceExactly, stripTests } from '../../scripts/compile/sources/noir-text.ts';
import { applyPatches } from '../../scripts/compile/sources/patches.ts';

describe('manifests', () => {
  test('give name, type and dependencies', () => {
    const manifest = parseManifest(
      '[package]\nname = "a" # mine\ntype = "bin"\nauthors = [""]\n\n[dependencies]\nb = { path = "../b" }\nc = { tag = "v1", git = "https://x/y", directory = "z" }\n',
    );
    expect(manifest.name).toBe('a');
    expect(manifest.type).toBe('bin');
    expect([...manifest.dependencies]).toEqual([
      ['b', { path: '../b' }],
      ['c', { git: 'https://x/y', tag: 'v1', directory: 'z' }],
    ]);
  });

  test('are written so that they read back', () => {
    const text = manifestText({ name: 'a', type: 'lib' }, new Map([['b', '../b']]));
    expect([...parseManifest(text).dependencies]).toEqual([['b', { path: '../b' }]]);
  });

  test.each([
    ['without a name', '[package]\ntype = "bin"\n', 'needs a name'],
    ['of an unknown type', '[package]\nname = "a"\ntype = "program"\n', 'type must be'],
    [
      'with a dependency without a tag',
      '[package]\nname = "a"\ntype = "bin"\n[dependencies]\nb = { git = "https://x" }\n',
      'can\'t read "b =',
    ],
    ['with an unknown table', '[package]\nname = "a"\ntype = "bin"\n[profile]\nx = "1"\n', 'can\'t read "x'],
  ])('%s are refused', (_, text, message) => {
    expect(() => parseManifest(text)).toThrow(message);
  });
});

describe('edits to Noir sources', () => {
  test('comments and strings are no code', () => {
    const source = 'fn a() { // fn b() {\n  let s = "}"; /* { */ }';
    expect(mask(source)).toHaveLength(source.length);
    expect(mask(source)).not.toMatch(/fn b|"|\* \{/);
  });

  test('tests go, with their attributes and docs, and line numbers stay', () => {
    const source =
      'fn a() {}\n/// Doc.\n#[test(should_fail_with = "}")]\nunconstrained fn b() {\n    a();\n}\nmod test;\nmod tests {\n    fn c() {}\n}\nfn d() {}\n';
    const stripped = stripTests(source);
    expect(stripped.split('\n')).toEqual(['fn a() {}', '', '', '', '', '', '', '', '', '', 'fn d() {}', '']);
  });

  test('a function is removed whole, whatever its signature holds', () => {
    const source =
      '/// Doc.\npub fn a<let N: u32>(x: [u8; N]) -> [u8; 2 * N]\nwhere\n    T: Eq,\n{\n    "}"\n}\npub fn ab() {}\n';
    expect(removeFunction(source, 'a').trim()).toBe('pub fn ab() {}');
    expect(() => removeFunction(source, 'b')).toThrow('function b occurs 0 times');
  });

  test('a replacement that finds more or less than it expects fails', () => {
    expect(replaceExactly('x y x', 'x', 'z', 2)).toBe('z y z');
    expect(() => replaceExactly('x y x', 'x', 'z')).toThrow('occurs 2 times, expected 1');
  });

  test('imports come to name the defining module', () => {
    const sources = new Map([
      ['lib.nr', 'pub use types as protocol;\npub mod a;\npub mod b;\n'],
      ['a/mod.nr', 'pub mod inner;\npub use inner::{Thing, self as core};\nuse super::b::Other as O;\n'],
      ['a/inner.nr', 'pub struct Thing {}\n'],
      [
        'b.nr',
        'use crate::{a::Thing, protocol::{address::Address, traits::{Eq, Hash}}};\npub use crate::a::Thing as Other;\nquote { use $path; }\n',
      ],
    ]);
    const rewritten = nameDefiningModules(sources);
    expect(rewritten.get('b.nr')).toBe(
      'use crate::a::inner::Thing;\nuse types::address::Address;\nuse types::traits::Eq;\nuse types::traits::Hash;\npub use crate::a::inner::Thing as Other;\nquote { use $path; }\n',
    );
    expect(rewritten.get('a/mod.nr')).toBe(
      'pub mod inner;\npub use crate::a::inner::Thing;\npub use crate::a::inner as core;\nuse crate::a::inner::Thing as O;\n',
    );
    expect(rewritten.get('lib.nr')).toBe('pub use types as protocol;\npub mod a;\npub mod b;\n');
  });

  test('modules become public, and an import can be taken out', () => {
    expect(publishModules('mod a;\npub(crate) mod b;\npub mod c;\nmod d {}\n')).toBe(
      'pub mod a;\npub mod b;\npub mod c;\nmod d {}\n',
    );
    expect(removeImport('use a::b;\nuse a::c;\n', 'a::b')).toBe('\nuse a::c;\n');
    expect(() => removeImport('use a::b;\n', 'a::d')).toThrow('occurs 0 times');
  });

  test('a patch that no longer fits says which', () => {
    expect(() => applyPatches('serde', new Map([['type_impls.nr', 'comptime fn f() {}']]))).toThrow(
      'serde/type_impls.nr: patch does not fit',
    );
    expect(() => applyPatches('serde', new Map())).toThrow('serde/type_impls.nr is to be patched but missing');
  });
});
