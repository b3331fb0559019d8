import { describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { Barretenberg, BackendType } from '@aztec/bb.js';
import { withLock } from '../../app/lib/host/lock.mjs';
import { projectRoot } from '../../scripts/lib/paths.ts';

const run = path.join(projectRoot, 'scripts/run.mjs');

/** Writes a script to a folder of its own and gives its path to `use`. */
async function withScript<T>(source: string, use: (file: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'run-'));
  const file = path.join(folder, 'script.ts');
  writeFileSync(file, source);
  try {
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('scripts/run.mjs', () => {
  test('runs TypeScript under Node 24 and hands on arguments and exit code', async () => {
    const source =
      'const text: string = process.argv.slice(2).join(); console.log(process.version, text); process.exit(7);';
    await withScript(source, (file) => {
      const { stdout, status } = spawnSync(process.execPath, [run, file, 'a', '--b'], { encoding: 'utf8' });
      expect(stdout).toMatch(/^v24\.\S+ a,--b\n$/);
      expect(status).toBe(7);
    });
  });

  test('hands on signals', async () => {
    await withScript(
      "process.on('SIGTERM', () => process.exit(5)); console.log('up'); setTimeout(() => {}, 60_000);",
      async (file) => {
        const child = spawn(process.execPath, [run, file], { stdio: ['ignore', 'pipe', 'inherit'] });
        await new Promise((resolve) => child.stdout.once('data', resolve));
        child.kill('SIGTERM');
        expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(5);
      },
    );
  });

  test('says how to use it', () => {
    const { stderr, status } = spawnSync(process.execPath, [run], { encoding: 'utf8' });
    expect(stderr).toContain('Usage');
    expect(status).toBe(1);
  });
});

describe('native runtime', () => {
  test('bb.js starts the native prover and gets right answers', async () => {
    const api = await Barretenberg.new({ backend: BackendType.NativeUnixSocket, threads: 1 });
    const generator = { x: Uint8Array.of(...new Array(31).fill(0), 1), y: Uint8Array.of(...new Array(31).fill(0), 2) };
    const { point } = await api.bn254G1Mul({ point: generator, scalar: generator.x });
    expect(point).toEqual(generator);
    await api.destroy();
  });

  test('the world state’s native module loads', () => {
    const require = createRequire(import.meta.url);
    const { findNapiBinary } = require('@aztec/bb.js') as { findNapiBinary(): string };
    const addon = spawnSync(
      process.execPath,
      ['-p', `typeof require(${JSON.stringify(findNapiBinary())}).WorldState`],
      { encoding: 'utf8' },
    );
    expect(addon.stdout.trim()).toBe('function');
  });
});

describe('lock between processes', () => {
  test('lets one action run at a time, and survives a dead holder', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
    const file = path.join(folder, 'lock');
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(file, String(ended));
    let inside = 0;
    const action = async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([withLock(file, action), withLock(file, action), withLock(file, action)]);
    rmSync(folder, { recursive: true });
  });
});
