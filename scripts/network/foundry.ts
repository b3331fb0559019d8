/** The L1 tools that npm installs: anvil (chain) and forge (deployment), used offline. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../lib/paths.ts';
import { poll, rpc } from './rpc.ts';

/** The chain id of a local L1 chain. */
export const L1_CHAIN_ID = 31337;

/** Compiler version that forge wants to see, set by the L1 contracts' foundry.toml. */
const SOLC_VERSION = '0.8.30';

/** Folder with the program of this platform. */
function binaryFolder(tool: 'anvil' | 'forge'): string {
  const machine = { x64: 'amd64', arm64: 'arm64' }[arch() as string];
  const folder = path.join(projectRoot, `node_modules/@foundry-rs/${tool}-${platform()}-${machine}/bin`);
  if (!existsSync(path.join(folder, tool)))
    throw new Error(
      `${tool} is not installed for ${platform()} on ${arch()}: run npm ci on a platform that it is published for.`,
    );
  return folder;
}

/**
 * Makes `home` a home folder in which forge works offline, and returns the environment for it.
 * Forge looks for its compiler even when everything is built already. The L1 contracts come with their build, so the
 * file found there is never run; if it were, it would say so.
 */
export function forgeEnvironment(home: string): Record<string, string> {
  const folder = path.join(home, '.svm', SOLC_VERSION);
  const compiler = path.join(folder, `solc-${SOLC_VERSION}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    compiler,
    '#!/bin/sh\necho "The L1 contracts are published with their build; nothing is compiled here." >&2\nexit 1\n',
  );
  chmodSync(compiler, 0o755);
  return {
    HOME: home,
    XDG_DATA_HOME: path.join(home, '.local/share'),
    FOUNDRY_OFFLINE: 'true',
    FOUNDRY_DISABLE_NIGHTLY_WARNING: 'true',
    PATH: [binaryFolder('forge'), binaryFolder('anvil'), process.env.PATH].join(path.delimiter),
  };
}

/**
 * Starts anvil on `port` and waits until it answers.
 * @param loadState state to start from, if any
 * @param dumpState file that receives the state when the process ends on SIGTERM
 */
export async function startAnvil(options: {
  port: number;
  home: string;
  loadState?: string;
  dumpState: string;
}): Promise<ChildProcess> {
  const args = [
    '--host',
    '127.0.0.1',
    '--port',
    String(options.port),
    '--chain-id',
    String(L1_CHAIN_ID),
    '--silent',
    '--dump-state',
    options.dumpState,
  ];
  if (options.loadState) args.push('--load-state', options.loadState);
  const child = spawn(path.join(binaryFolder('anvil'), 'anvil'), args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, HOME: options.home },
  });
  let ended: string | undefined;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended = `code ${code ?? signal}`));
  const url = `http://127.0.0.1:${options.port}`;
  await poll(async () => ended ?? (await rpc<string>(url, 'eth_chainId', [], 1_000)), 30_000, 'anvil to answer');
  if (ended) throw new Error(`anvil ended at once (${ended}): see the log.`);
  return child;
}

/** Lets anvil write its state and end. */
export async function stopAnvil(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}
