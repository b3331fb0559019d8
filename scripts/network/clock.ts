/**
 * The clock of the local network: L1's time jumps to the next slot as soon as a block has filled one, so that the next
 * transaction need not wait for it; and blocks are marked as proven, since those that nobody proved would be dropped.
 *
 * Every question to L1 is a request of its own. So L1 is asked often only while something is under way, which the node
 * knows by itself: transactions wait, or a block is being made or was just made.
 */
import type { AztecNodeService } from '@aztec/aztec-node';
import { AnvilTestWatcher } from '@aztec/aztec/testing';
import type { RollupCheatCodes } from '@aztec/ethereum/test';
import { SequencerState } from '@aztec/sequencer-client';

/** How long after the last sign of work L1 is still asked often: a block has reached all of the node's parts by then. */
const SETTLING_MS = 3_000;

/** How often L1 is asked while there is nothing to do: time goes on without blocks, too. */
const IDLE_MS = 2_000;

/** Between two rounds of the sequencer, or at the beginning of one, nothing depends on the present slot. */
const BETWEEN_BLOCKS = new Set([
  SequencerState.STOPPED,
  SequencerState.STOPPING,
  SequencerState.IDLE,
  SequencerState.SYNCHRONIZING,
]);

/** A block is on its way to L1. */
const MAKING_A_BLOCK = new Set([
  SequencerState.CREATING_BLOCK,
  SequencerState.COLLECTING_ATTESTATIONS,
  SequencerState.PUBLISHING_CHECKPOINT,
]);

/** Jumps to the next slot when the present one is filled or was missed, but never while a block is being built. */
export class NetworkClock extends AnvilTestWatcher {
  #node?: AztecNodeService;
  #lastWork = 0;
  #lastLook = 0;

  /** Until it is told of the node, it asks L1 each time. */
  follow(node: AztecNodeService): void {
    this.#node = node;
    this.setGetPendingTxCount(() => node.getPendingTxCount());
    this.setIsSequencerBuilding(() => !BETWEEN_BLOCKS.has(stateOf(node)));
  }

  override async warpTimeIfNeeded(): Promise<void> {
    if (this.#node && !(await this.#isDue(this.#node))) return;
    this.#lastLook = Date.now();
    await super.warpTimeIfNeeded();
  }

  async #isDue(node: AztecNodeService): Promise<boolean> {
    const state = stateOf(node);
    if (MAKING_A_BLOCK.has(state) || (await node.getPendingTxCount()) > 0) this.#lastWork = Date.now();
    // A block under way fills its slot only when it is done.
    if (!BETWEEN_BLOCKS.has(state)) return false;
    const now = Date.now();
    return now - this.#lastWork < SETTLING_MS || now - this.#lastLook > IDLE_MS;
  }
}

/** Marks all blocks as proven, unless they are. */
export async function markAsProven(rollup: RollupCheatCodes, node: AztecNodeService): Promise<void> {
  const { proven, checkpointed } = await node.getL2Tips();
  if (proven.block.number < checkpointed.block.number) await rollup.markAsProven();
}

function stateOf(node: AztecNodeService): SequencerState {
  return node.getSequencer()?.getSequencer().getState() ?? SequencerState.STOPPED;
}
