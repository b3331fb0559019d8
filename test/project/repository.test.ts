/** The repository keeps its own rules: it type-checks, lints, is formatted, and its pages name things that exist. */
import { describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Runs a tool of the project; its complaints are the test's message. */
function passes(tool: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, said: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
}

describe('the sources', () => {
  test('type-check', () => passes('typescript/bin/tsc', '-p', 'tsconfig.json'));
  test('lint', () => passes('eslint/bin/eslint.js', '.'));
  test('are formatted', () => passes('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'));
});

describe('texts', () => {
  const pages = tracked.filter((file) => file.endsWith('.md'));

  test('link to files that exist', () => {
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target]) => join(dirname(page), target))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page} -> ${target}`),
    );
    expect(missing).toEqual([]);
  });

  test('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('of every file are free of paths of the machine that wrote them', () => {
    const paths = /\/(?:home|root|Users|work)\/[a-z]/;
    // Sources of published packages name their authors' machines, as facts that the build has to deal with.
    const allowed = [/^scripts\/compile\//, /^test\/toolchain\//, /^test\/project\//, /^package-lock\.json$/];
    const found = tracked.filter((file) => !allowed.some((pattern) => pattern.test(file)) && paths.test(read(file)));
    expect(found).toEqual([]);
  });
});
