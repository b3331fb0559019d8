/**
 * The process that is the local network: started detached by `npm run network -- start`, or directly with --foreground.
 * It owns anvil, and ends with everything written when it gets SIGTERM or SIGINT.
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import type { NetworkConfig } from '../../aztec.config.ts';
import { forgeEnvironment, startAnvil, stopAnvil } from './foundry.ts';
import { markProcess } from './process.ts';
import { networkFiles, readJson, remove, writeJson } from './state.ts';
import type { Deployment, RunningNetwork } from './state.ts';

/** Tells the starting command how far the start is. */
type Report = (message: { progress: string } | { ready: true } | { failed: string }) => void;

/** Runs the network until a signal ends it. */
export async function runNetwork(config: NetworkConfig, report: Report): Promise<void> {
  const files = networkFiles(config.folder);
  // Aztec's and forge's caches belong to this network, not to the user's home. Must precede the imports of Aztec.
  Object.assign(process.env, forgeEnvironment(files.home));
  process.env.LOG_LEVEL ??= 'info;silent:sequencer';

  let anvil: ChildProcess | undefined;
  let stopNode: (() => Promise<void>) | undefined;
  let stopping = false;
  const stop = async (code: number) => {
    if (stopping) return;
    stopping = true;
    try {
      await stopNode?.();
      if (anvil) await stopAnvil(anvil);
      if (stopNode && existsSync(files.state.l1)) writeFileSync(files.state.clean, '');
    } catch (error) {
      console.error('Stopping failed:', error);
      anvil?.kill('SIGKILL');
      code = 1;
    }
    remove(files.running);
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  // Last resort: this process ends otherwise than above.
  process.on('exit', () => anvil?.kill('SIGKILL'));

  try {
    const running: RunningNetwork = {
      daemon: markProcess(process.pid)!,
      url: `http://127.0.0.1:${config.port}`,
      adminUrl: `http://127.0.0.1:${config.adminPort}`,
      l1Url: `http://127.0.0.1:${config.l1Port}`,
    };
    const launch = async (loadState: string | undefined, dumpState: string) => {
      anvil = await startAnvil({ port: config.l1Port, home: files.home, loadState, dumpState });
      anvil.once('exit', () => void (stopping || swapping || (console.error('anvil ended unexpectedly'), stop(1))));
      writeJson(files.running, { ...running, anvil: markProcess(anvil.pid!) });
    };
    let swapping = false;
    writeJson(files.running, running);

    const { deployL1, deploymentKey, makeGenesis } = await import('./genesis.ts');
    const { SEQUENCER_KEY, startNode } = await import('./node.ts');
    const { warpL2TimeBy } = await import('./warp.ts');
    const genesis = await makeGenesis();
    const key = deploymentKey(genesis, config.slotSeconds);

    const fresh = !canContinue(files, key, report);
    if (fresh) {
      remove(files.state.folder);
      mkdirSync(files.state.folder, { recursive: true });
      if (readJson<Deployment>(files.genesis.deployment)?.key !== key) {
        report({ progress: 'deploying the L1 contracts (once; about half a minute)' });
        remove(files.genesis.folder);
        mkdirSync(files.genesis.folder, { recursive: true });
        await launch(undefined, files.genesis.l1);
        const deployment = await deployL1(running.l1Url, SEQUENCER_KEY, genesis, config.slotSeconds);
        // Ending anvil writes its state, which then serves every fresh start.
        swapping = true;
        await stopAnvil(anvil!);
        swapping = false;
        writeJson(files.genesis.deployment, deployment);
      }
      cpSync(files.genesis.l1, files.state.l1);
      cpSync(files.genesis.deployment, files.state.deployment);
    }
    remove(files.state.clean);
    report({ progress: 'starting the L1 chain and the node' });
    await launch(files.state.l1, files.state.l1);
    stopNode = await startNode(config, genesis, readJson<Deployment>(files.state.deployment)!, files);
    // What is anchored at the genesis block, whose time is zero, is valid in the first block alone: without this, of
    // several parties that begin on a new network those come too late that are not in its first block.
    if (fresh) await warpL2TimeBy(config.slotSeconds, running);
    report({ ready: true });
  } catch (error) {
    console.error(error);
    report({ failed: (error as Error).message });
    await stop(1);
  }
}

/** True if the chain of the last run can go on; says why not. */
function canContinue(files: ReturnType<typeof networkFiles>, key: string, report: Report): boolean {
  const deployment = readJson<Deployment>(files.state.deployment);
  if (!deployment) return false;
  if (deployment.key !== key) {
    report({ progress: 'the chain of the last run was made with other settings or versions: starting a new one' });
    return false;
  }
  if (!existsSync(files.state.clean)) {
    report({ progress: 'the last run did not end properly, its chain is incomplete: starting a new one' });
    return false;
  }
  return true;
}

if (import.meta.main) {
  const config = JSON.parse(process.argv[2]) as NetworkConfig;
  // The command that started this process listens until the network is ready, then goes away.
  await runNetwork(config, (message) => {
    if (process.connected) process.send!(message, () => {});
  });
}
