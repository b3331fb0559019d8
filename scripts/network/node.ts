/** The Aztec node of the local network: sequencer, archive and JSON-RPC in one process. */
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { pathToFileURL } from 'node:url';
import { AztecNodeService } from '@aztec/aztec-node';
import { getConfigEnvVars } from '@aztec/aztec-node/config';
import { getPublicClient } from '@aztec/ethereum/client';
import { EthCheatCodes, RollupCheatCodes } from '@aztec/ethereum/test';
import { SecretValue } from '@aztec/foundation/config';
import { EthAddress } from '@aztec/foundation/eth-address';
import { createLogger } from '@aztec/foundation/log';
import { RunningPromise } from '@aztec/foundation/running-promise';
import { createNamespacedSafeJsonRpcServer, startHttpRpcServer } from '@aztec/foundation/json-rpc/server';
import { TestDateProvider } from '@aztec/foundation/timer';
import { AztecNodeAdminApiSchema, AztecNodeApiSchema } from '@aztec/stdlib/interfaces/client';
import type { NetworkConfig } from '../../aztec.config.ts';
import { rememberBlobs } from './blobs.ts';
import { markAsProven, NetworkClock } from './clock.ts';
import { L1_CHAIN_ID } from './foundry.ts';
import { L1_SLOT_SECONDS, rollupSettings } from './genesis.ts';
import type { Genesis } from './genesis.ts';
import { rpc } from './rpc.ts';
import type { Deployment, networkFiles } from './state.ts';

/**
 * How often the node's parts look for news. Everything is on one machine, so often; but an idle node must leave the cores to
 * provers. At 600 ms it takes about a tenth of a core, and a room of two takes as long to its result as at 200 ms.
 */
const POLLING_MS = 600;

/** How often blocks are marked as proven: they would be dropped after an epoch, which is minutes away. */
const PROVEN_MS = 1_000;

/** Anvil's first account, published with its default mnemonic: proposes blocks and gets their fees. */
const SEQUENCER_ADDRESS = EthAddress.fromString('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266');
/** Its published private key. */
export const SEQUENCER_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

/**
 * Starts the node on its data folder and serves it.
 * @returns how to stop it; the data is complete once that has returned
 */
export async function startNode(
  config: NetworkConfig,
  genesis: Genesis,
  deployment: Deployment,
  files: ReturnType<typeof networkFiles>,
): Promise<() => Promise<void>> {
  const l1Url = `http://127.0.0.1:${config.l1Port}`;
  const rollupAddress = EthAddress.fromString(deployment.rollupAddress);
  const registryAddress = EthAddress.fromString(deployment.registryAddress);
  for (const folder of [files.state.node, files.state.blobs]) mkdirSync(folder, { recursive: true });

  // Each L1 block takes one L1 slot of L1 time; a loaded chain has forgotten that.
  await rpc(l1Url, 'anvil_setBlockTimestampInterval', [L1_SLOT_SECONDS]);
  const dateProvider = new TestDateProvider();
  const cheatCodes = new EthCheatCodes([l1Url], dateProvider);
  // Blocks that nobody proved are dropped once time has passed their epoch: settle before the clock moves on.
  const rollup = new RollupCheatCodes(cheatCodes, { rollupAddress });
  await rollup.markAsProven();
  const publicClient = getPublicClient({ l1RpcUrls: [l1Url], l1ChainId: L1_CHAIN_ID });
  const clock = new NetworkClock(cheatCodes, rollupAddress, publicClient, dateProvider);
  clock.setisLocalNetwork(true);
  // It would mark them five times a second.
  clock.setIsMarkingAsProven(false);
  await clock.start();

  rememberBlobs();
  const blobStore = pathToFileURL(files.state.blobs).href;
  const defaults = getConfigEnvVars();
  const node = await AztecNodeService.createAndSync(
    {
      ...defaults,
      ...rollupSettings(config.slotSeconds),
      l1RpcUrls: [l1Url],
      l1ChainId: L1_CHAIN_ID,
      l1Contracts: { ...defaults.l1Contracts, rollupAddress, registryAddress },
      rollupVersion: deployment.rollupVersion,
      dataDirectory: files.state.node,
      blobFileStoreUrls: [blobStore],
      blobFileStoreUploadUrl: blobStore,
      p2pEnabled: false,
      realProofs: false,
      coinbase: SEQUENCER_ADDRESS,
      sequencerPublisherPrivateKeys: [new SecretValue(SEQUENCER_KEY)],
      validatorPrivateKeys: new SecretValue([SEQUENCER_KEY]),
      enforceTimeTable: false,
      minTxPoolAgeMs: 0, // transactions come from this machine alone: no time for others to see them
      archiverPollingIntervalMS: POLLING_MS,
      viemPollingIntervalMS: POLLING_MS,
      sequencerPollingIntervalMS: POLLING_MS,
      blockCheckIntervalMS: POLLING_MS,
      worldStateBlockCheckIntervalMS: POLLING_MS,
    },
    { dateProvider },
    { prefilledPublicData: genesis.prefilledPublicData },
  );
  clock.follow(node);
  const prover = new RunningPromise(() => markAsProven(rollup, node), createLogger('local-network'), PROVEN_MS);
  prover.start();

  const servers = [
    await serve({ node: [node, AztecNodeApiSchema] }, config.port),
    await serve({ nodeAdmin: [node, AztecNodeAdminApiSchema] }, config.adminPort),
  ];
  return async () => {
    for (const server of servers) server.close();
    await prover.stop();
    await clock.stop();
    await node.stop();
  };
}

/** Serves JSON-RPC to this machine alone. */
async function serve(services: Parameters<typeof createNamespacedSafeJsonRpcServer>[0], port: number): Promise<Server> {
  const server = createNamespacedSafeJsonRpcServer(services, {
    http200OnError: false,
    maxBatchSize: 100,
    maxBodySizeBytes: '50mb',
  });
  return await startHttpRpcServer(server, { host: '127.0.0.1', port });
}
