import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import type { NetworkConfig } from '../../aztec.config.ts';
import { networkStatus, startNetwork, stopNetwork } from '../../scripts/network/control.ts';
import type { NetworkStatus } from '../../scripts/network/control.ts';
import { isRunning } from '../../scripts/network/process.ts';
import { rpc } from '../../scripts/network/rpc.ts';
import { networkFiles, readJson } from '../../scripts/network/state.ts';
import type { RunningNetwork } from '../../scripts/network/state.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { projectRoot } from '../../scripts/lib/paths.ts';
import { onceIn } from '../support/choice.ts';

type Running = Extract<NetworkStatus, { running: true }>;
let config: NetworkConfig;

/** Three ports that are free now. */
async function freePorts(): Promise<number[]> {
  const servers = [1, 2, 3].map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const processes = () => {
  const { daemon, anvil } = readJson<RunningNetwork>(networkFiles(config.folder).running)!;
  return [daemon, anvil!];
};
const start = async () => (await startNetwork(config)) as Running;
const flags = () =>
  [
    '--port',
    config.port,
    '--admin-port',
    config.adminPort,
    '--l1-port',
    config.l1Port,
    '--network-folder',
    config.folder,
  ].map(String);
const command = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(projectRoot, 'scripts/network.ts'), ...flags(), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });

beforeAll(async () => {
  const [port, adminPort, l1Port] = await freePorts();
  config = loadConfig(
    { port, adminPort, l1Port, networkFolder: mkdtempSync(path.join(tmpdir(), 'network-')) },
    {},
  ).network;
});
afterAll(async () => {
  await stopNetwork(config);
  rmSync(config.folder, { recursive: true, force: true });
});

describe('local network', () => {
  let status: Running;
  let blockAtStop: number;

  test('starts and says where it is', async () => {
    expect(await networkStatus(config)).toEqual({ running: false });
    status = await start();
    expect(status).toMatchObject({
      running: true,
      healthy: true,
      url: config.url,
      nodeVersion: '4.1.2',
      l1ChainId: 31337,
    });
    expect(processes().every(isRunning)).toBe(true);
  });

  test('starting it again gives the running one', async () => {
    expect(await startNetwork(config)).toMatchObject({ pid: status.pid });
  });

  test('`status --json` prints one JSON object', () => {
    const { stdout, status: code } = command('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ running: true, healthy: true, pid: status.pid, url: config.url });
  });

  test('another network on its ports is refused by name of the port', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'network-'));
    await expect(startNetwork({ ...config, folder })).rejects.toThrow(
      `Port ${config.port} for the Aztec node is taken`,
    );
    rmSync(folder, { recursive: true });
  });

  test('its clock can be moved forward by a week', async () => {
    const week = 7 * 24 * 3600;
    const header = () => rpc<{ globalVariables: { timestamp: string } }>(config.url, 'node_getBlockHeader', ['latest']);
    const before = BigInt((await header()).globalVariables.timestamp);
    const after = await warpL2TimeBy(week, config);
    expect(after - before).toBeGreaterThanOrEqual(BigInt(week));
    await expect(warpL2TimeBy(0, config)).rejects.toThrow('positive whole number');
  });

  test('stopping leaves no process and frees the ports', async () => {
    blockAtStop = ((await networkStatus(config)) as Running).blockNumber!;
    const ran = processes();
    expect(await stopNetwork(config)).toBe(true);
    expect(ran.some(isRunning)).toBe(false);
    expect(await networkStatus(config)).toEqual({ running: false });
    expect(await stopNetwork(config)).toBe(false);
    expect(command('status').status).toBe(3);
  });

  test('goes on with its chain after a stop, the moved clock included', async () => {
    const again = await start();
    expect(blockAtStop).toBeGreaterThan(0);
    expect(again.blockNumber).toBeGreaterThanOrEqual(blockAtStop);
    expect(again.rollupVersion).toBe(status.rollupVersion);
    await warpL2TimeBy(60, config);
    expect(((await networkStatus(config)) as Running).blockNumber).toBeGreaterThan(again.blockNumber!);
  });

  const killed = onceIn(3, 'killed') ? test : test.skip;
  killed('after its process was killed, a start clears the leftovers and begins a new chain', async () => {
    const [daemon, anvil] = processes();
    process.kill(daemon.pid, 'SIGKILL');
    const lines: string[] = [];
    const again = (await startNetwork(config, { onProgress: (line) => lines.push(line) })) as Running;
    expect(again.healthy).toBe(true);
    expect(isRunning(anvil)).toBe(false);
    expect(lines.join()).toContain('did not end properly');
    await stopNetwork(config);
  });

  test('a start that fails says why and leaves nothing running', async () => {
    await stopNetwork(config);
    const { state } = networkFiles(config.folder);
    const good = readFileSync(state.l1);
    writeFileSync(state.l1, 'not a state');
    await expect(startNetwork(config)).rejects.toThrow(/did not start: anvil ended at once/);
    expect(await networkStatus(config)).toEqual({ running: false });
    expect(spawnSync('pgrep', ['-f', config.folder], { encoding: 'utf8' }).stdout.trim()).toBe('');
    writeFileSync(state.l1, good);
  });
});

describe('settings', () => {
  test('flags win over the environment, the environment over defaults', () => {
    expect(loadConfig({}, {}).network).toMatchObject({ port: 8080, url: 'http://127.0.0.1:8080' });
    expect(loadConfig({}, { AZTEC_PORT: '9000' }).network.url).toBe('http://127.0.0.1:9000');
    expect(loadConfig({ port: 9001 }, { AZTEC_PORT: '9000' }).network.port).toBe(9001);
  });

  test.each([
    [{ AZTEC_PORT: 'x' }, 'port'],
    [{ AZTEC_PORT: '70000' }, 'port'],
    [{ AZTEC_PORT: '8545' }, 'ports must differ'],
    [{ AZTEC_NODE_URL: 'ftp://here' }, 'http or https'],
  ])('%j is refused', (env, message) => expect(() => loadConfig({}, env)).toThrow(message));
});
