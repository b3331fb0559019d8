/** Files of one local network. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { operatorFolder } from '../../app/server/party/operator-folder.ts';
import type { ProcessMark } from './process.ts';

/** L1 contracts of a network, and what they were deployed for. */
export interface Deployment {
  /** Digest of everything the L1 contracts fix: versions, genesis, slot length. Another key needs another deployment. */
  key: string;
  registryAddress: string;
  rollupAddress: string;
  rollupVersion: number;
}

/** A running network. */
export interface RunningNetwork {
  daemon: ProcessMark;
  anvil?: ProcessMark;
  url: string;
  adminUrl: string;
  l1Url: string;
}

/** The paths inside a network's folder. */
export function networkFiles(folder: string) {
  const state = path.join(folder, 'state');
  const genesis = path.join(folder, 'genesis');
  return {
    log: path.join(folder, 'network.log'),
    running: path.join(folder, 'running.json'),
    lock: path.join(folder, 'start.lock'),
    home: path.join(folder, 'home'),
    /** L1 right after its contracts were deployed, to begin anew quickly. */
    genesis: { folder: genesis, l1: path.join(genesis, 'l1.json'), deployment: path.join(genesis, 'deployment.json') },
    /** The chain as it is. `clean` exists only while nothing runs and everything was written. */
    state: {
      folder: state,
      l1: path.join(state, 'l1.json'),
      deployment: path.join(state, 'deployment.json'),
      node: path.join(state, 'node'),
      blobs: path.join(state, 'blobs'),
      /** Accounts that offer templates and sample tokens on this chain; of no use on another. */
      operator: operatorFolder(folder),
      clean: path.join(state, 'clean'),
    },
  };
}

/** Reads a JSON file; undefined if it does not exist. */
export function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

/** Writes a JSON file so that a reader sees the old or the new content, never a part. */
export function writeJson(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Removes files or folders if they exist. */
export function remove(...paths: string[]): void {
  for (const place of paths) rmSync(place, { recursive: true, force: true });
}
