/**
 * Moves the local network's clock forward, for tests of deadlines.
 *
 * L2 time is the time of the latest block, a multiple of the slot length after genesis; it stands still while no block
 * is made. A block made after a jump carries the new time. The clock cannot go back.
 */
import { setTimeout } from 'node:timers/promises';
import { createAztecNodeAdminClient } from '@aztec/stdlib/interfaces/client';
import { createAztecNodeClient } from '@aztec/aztec.js/node';
import type { NetworkConfig } from '../../aztec.config.ts';
import { poll, rpc } from './rpc.ts';

/** Where the network to warp is; a `NetworkConfig` fits, and so does a running `NetworkStatus`. */
export type WarpTarget =
  Pick<NetworkConfig, 'url' | 'l1Url' | 'adminPort'> | { url: string; l1Url: string; adminUrl: string };

/**
 * Moves L2 time forward by at least `seconds` and returns the time (UNIX seconds) of the latest block, which is
 * made after the jump, empty if nothing waits. Anchors and public functions see the new time from then on.
 * @throws RangeError if `seconds` is not a positive whole number
 * @throws Error if no block with the new time appears
 */
export async function warpL2TimeBy(seconds: number, target: WarpTarget): Promise<bigint> {
  if (!Number.isSafeInteger(seconds) || seconds <= 0) throw new RangeError('seconds must be a positive whole number');
  const { url, l1Url } = target;
  const adminUrl = 'adminUrl' in target ? target.adminUrl : `http://127.0.0.1:${target.adminPort}`;
  const node = createAztecNodeClient(url);
  const admin = createAztecNodeAdminClient(adminUrl);
  const settled = async () => {
    const { proven, proposed } = await node.getL2Tips();
    return proven.block.number === proposed.number ? true : undefined;
  };

  // Blocks that are not settled when their epoch's time has passed would be dropped.
  await poll(settled, 60_000, 'the latest block to be settled');
  const l1Clock = async () =>
    BigInt((await rpc<{ timestamp: string }>(l1Url, 'eth_getBlockByNumber', ['latest', false])).timestamp);
  const l1Time = await l1Clock();
  // The genesis block's time is zero, and the next block's is that of L1: count from the later one.
  const l2Time = (await node.getBlockHeader('latest'))!.globalVariables.timestamp;
  const goal = (l2Time > l1Time ? l2Time : l1Time) + BigInt(seconds);
  const { minTxsPerBlock, buildCheckpointIfEmpty } = await admin.getConfig();
  try {
    await rpc(l1Url, 'evm_setNextBlockTimestamp', [Number(goal)]);
    await rpc(l1Url, 'evm_mine');
  } catch (error) {
    // For a short jump the node itself may have moved the clock past the goal meanwhile.
    if ((await l1Clock()) < goal) throw error;
  }
  // The node looks at L1's clock every 200 ms. A block begun before that would be for a slot that is past.
  await setTimeout(500);
  await admin.setConfig({ minTxsPerBlock: 0, buildCheckpointIfEmpty: true });
  try {
    await poll(
      async () => {
        // A block that L1 does not hold yet may still be dropped.
        const { checkpointed } = await node.getL2Tips();
        const time = (await node.getBlockHeader(checkpointed.block.number))!.globalVariables.timestamp;
        return time >= goal ? true : undefined;
      },
      120_000,
      'a block after the jump in time',
    );
  } finally {
    await admin.setConfig({
      minTxsPerBlock: minTxsPerBlock ?? 1,
      buildCheckpointIfEmpty: buildCheckpointIfEmpty ?? false,
    });
  }
  // Another empty block may have been begun meanwhile.
  await poll(settled, 60_000, 'the blocks after the jump to be settled');
  return (await node.getBlockHeader('latest'))!.globalVariables.timestamp;
}
