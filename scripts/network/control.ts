/** Starts, stops and inspects a local network. */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withLock } from '../../app/lib/host/lock.mjs';
import type { NetworkConfig } from '../../aztec.config.ts';
import { requireFreePorts } from './ports.ts';
import { endProcess, isRunning, markProcess } from './process.ts';
import { rpc } from './rpc.ts';
import { networkFiles, readJson, remove } from './state.ts';
import type { RunningNetwork } from './state.ts';

/** Time for the node to write its data on stopping, before it is killed. */
const STOP_GRACE_MS = 40_000;
const START_LIMIT_MS = 180_000;

/** What `status` tells. */
export type NetworkStatus =
  | { running: false }
  | {
      running: true;
      /** False while the network starts, or if its process runs but does not answer. */
      healthy: boolean;
      pid: number;
      url: string;
      adminUrl: string;
      l1Url: string;
      blockNumber?: number;
      nodeVersion?: string;
      l1ChainId?: number;
      rollupVersion?: number;
    };

/**
 * Starts a network and returns when it answers. Does nothing if it runs already.
 * @param onProgress gets a line for each step
 * @param fresh forget the chain of the last run
 * @throws Error if a port is taken or the start fails; nothing is left running then
 */
export async function startNetwork(
  config: NetworkConfig,
  { onProgress = () => {}, fresh = false }: { onProgress?: (line: string) => void; fresh?: boolean } = {},
): Promise<NetworkStatus> {
  const files = networkFiles(config.folder);
  return await withLock(files.lock, async () => {
    const before = await networkStatus(config);
    if (before.running && before.healthy) {
      if (before.url !== `http://127.0.0.1:${config.port}`)
        throw new Error(`This network runs already, at ${before.url}: stop it first to change its ports.`);
      return before;
    }
    await stopNetwork(config); // leftovers of a start or run that failed
    await requireFreePorts(config);
    if (fresh) remove(files.state.folder);
    try {
      await startDaemon(config, onProgress);
    } catch (error) {
      await stopNetwork(config);
      throw error;
    }
    return await networkStatus(config);
  });
}

function startDaemon(config: NetworkConfig, onProgress: (line: string) => void): Promise<void> {
  const files = networkFiles(config.folder);
  mkdirSync(config.folder, { recursive: true });
  const log = openSync(files.log, 'a');
  // Its own process group: a Ctrl-C meant for the starting command does not reach it.
  const daemon = spawn(
    process.execPath,
    [fileURLToPath(new URL('./daemon.ts', import.meta.url)), JSON.stringify(config)],
    {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      cwd: config.folder,
    },
  );
  return new Promise((resolve, reject) => {
    const finish = async (failure?: string) => {
      clearTimeout(timer);
      daemon.removeAllListeners();
      if (daemon.connected) daemon.disconnect();
      daemon.unref();
      if (failure === undefined) return resolve();
      // Not by way of running.json: the daemon may have failed before it wrote it, or removed it already.
      const mark = daemon.pid === undefined ? undefined : markProcess(daemon.pid);
      if (mark) await endProcess(mark, STOP_GRACE_MS).catch(() => {});
      reject(new Error(`The network did not start: ${failure}. Its log is ${files.log}`));
    };
    const timer = setTimeout(() => void finish(`not ready within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    daemon.on('message', (message: { progress?: string; ready?: boolean; failed?: string }) => {
      if (message.progress) onProgress(message.progress);
      if (message.failed !== undefined) void finish(message.failed);
      if (message.ready) void finish();
    });
    daemon.on('error', (error) => void finish(error.message));
    daemon.on('exit', (code, signal) => void finish(`its process ended (${signal ?? `code ${code}`})`));
  });
}

/** Ends a network and all its processes; the chain is kept. Returns whether one was running. */
export async function stopNetwork(config: NetworkConfig): Promise<boolean> {
  const files = networkFiles(config.folder);
  const running = readJson<RunningNetwork>(files.running);
  if (!running) return false;
  const wasRunning = isRunning(running.daemon);
  await endProcess(running.daemon, STOP_GRACE_MS);
  // The daemon ends anvil itself, unless it was killed.
  if (running.anvil) await endProcess(running.anvil, 5_000);
  remove(files.running);
  return wasRunning;
}

/** Whether the network runs, where, and how far its chain is. */
export async function networkStatus(config: NetworkConfig): Promise<NetworkStatus> {
  const running = readJson<RunningNetwork>(networkFiles(config.folder).running);
  if (!running || !isRunning(running.daemon)) return { running: false };
  const { url, adminUrl, l1Url } = running;
  const base = { running: true, pid: running.daemon.pid, url, adminUrl, l1Url } as const;
  try {
    const [blockNumber, info] = await Promise.all([
      rpc<number>(url, 'node_getBlockNumber', [], 5_000),
      rpc<{ nodeVersion: string; l1ChainId: number; rollupVersion: number }>(url, 'node_getNodeInfo', [], 5_000),
    ]);
    const { nodeVersion, l1ChainId, rollupVersion } = info;
    return { ...base, healthy: true, blockNumber, nodeVersion, l1ChainId, rollupVersion };
  } catch {
    return { ...base, healthy: false };
  }
}
