/**
 * The local network: an L1 chain and an Aztec node on this machine, offline.
 *
 *   npm run network -- start [--foreground] [--fresh]
 *   npm run network -- stop | status [--json] | logs [--lines <n>]
 */
import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadConfig } from '../aztec.config.ts';
import { networkStatus, startNetwork, stopNetwork } from './network/control.ts';
import type { NetworkStatus } from './network/control.ts';
import { runNetwork } from './network/daemon.ts';
import { requireFreePorts } from './network/ports.ts';
import { networkFiles, remove } from './network/state.ts';

const say = (line: string): void => void process.stderr.write(`[network] ${line}\n`);

const program = new Command('network')
  .description('Runs a local Aztec network')
  .option('--port <port>', 'port of the Aztec node')
  .option('--admin-port <port>', 'port of the node’s admin interface')
  .option('--l1-port <port>', 'port of the L1 chain')
  .option('--slot-seconds <seconds>', 'L2 time that one block takes')
  .option('--network-folder <folder>', 'where the network keeps its state');
const config = () => loadConfig(program.opts()).network;

program
  .command('start')
  .description('start the network and return when it is ready')
  .option('--foreground', 'stay, log to the terminal, stop on Ctrl-C')
  .option('--fresh', 'start a new chain instead of going on with the last one')
  .action(async ({ foreground, fresh }: { foreground?: boolean; fresh?: boolean }) => {
    if (foreground) return await runHere(fresh);
    const started = Date.now();
    const status = await startNetwork(config(), { onProgress: say, fresh });
    say(`ready after ${((Date.now() - started) / 1000).toFixed(0)} s`);
    print(status);
  });

program
  .command('stop')
  .description('stop the network; its chain is kept')
  .action(async () => say((await stopNetwork(config())) ? 'stopped' : 'was not running'));

program
  .command('status')
  .description('tell where the network is and how far its chain has come')
  .option('--json', 'print JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const status = await networkStatus(config());
    if (json) process.stdout.write(`${JSON.stringify(status)}\n`);
    else print(status);
    if (!status.running || !status.healthy) process.exitCode = 3;
  });

program
  .command('logs')
  .description('print the end of the log')
  .option('--lines <n>', 'number of lines', '100')
  .action(({ lines }: { lines: string }) => {
    const { log } = networkFiles(config().folder);
    if (!existsSync(log)) return say('there is no log yet');
    process.stdout.write(`${readFileSync(log, 'utf8').trimEnd().split('\n').slice(-Number(lines)).join('\n')}\n`);
  });

/** The network in this process, until a signal. */
async function runHere(fresh = false): Promise<void> {
  const network = config();
  const status = await networkStatus(network);
  if (status.running) throw new Error(`This network runs already, at ${status.url}.`);
  await stopNetwork(network);
  await requireFreePorts(network);
  if (fresh) remove(networkFiles(network.folder).state.folder);
  await runNetwork(network, (message) => {
    if ('progress' in message) say(message.progress);
    if ('ready' in message) say(`ready at http://127.0.0.1:${network.port}`);
  });
}

function print(status: NetworkStatus): void {
  if (!status.running) return void process.stdout.write('not running\n');
  const { pid, url, adminUrl, l1Url, healthy, nodeVersion, l1ChainId, rollupVersion, blockNumber } = status;
  const lines = healthy
    ? [
        `Aztec ${nodeVersion} at ${url} (process ${pid})`,
        `block ${blockNumber}, L1 chain ${l1ChainId} at ${l1Url}, rollup version ${rollupVersion}, admin at ${adminUrl}`,
      ]
    : [`process ${pid} runs but does not answer at ${url}: it is starting, or see \`npm run network -- logs\``];
  process.stdout.write(`${lines.join('\n')}\n`);
}

await program.parseAsync().catch((error: Error) => {
  say(error.message);
  process.exitCode = 1;
});
