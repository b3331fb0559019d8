/** The public log of the room contract: a room's events, read from the node and checked against its transcript. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import type { AztecNode } from '@aztec/aztec.js/node';
import { deriveStorageSlotInMap } from '@aztec/stdlib/hash';
import type { LoggedEvent } from '../room/events.ts';
import type { EventSelectors } from '../room/selectors.ts';

export { eventSelectors, type EventSelectors } from '../room/selectors.ts';

/** Position of `progress` among the contract's storage slots, and of `transcript` within its value. */
export const PROGRESS_SLOT = 2n;
const TRANSCRIPT_OFFSET = 1n;

/** All events of the contract from block `fromBlock` on, in the chain's order. Logs that are no events are refused. */
export async function readEvents(
  node: AztecNode,
  contract: bigint,
  selectors: EventSelectors,
  fromBlock = 1,
): Promise<LoggedEvent[]> {
  const names = new Map([...selectors].map(([name, selector]) => [selector, name]));
  const contractAddress = AztecAddress.fromBigInt(contract);
  const events: LoggedEvent[] = [];
  type Filter = Parameters<AztecNode['getPublicLogs']>[0];
  let filter: Filter = { contractAddress, fromBlock };
  for (;;) {
    const { logs, maxLogsHit } = await node.getPublicLogs(filter);
    for (const { id, log } of logs) {
      const all = log.getEmittedFields().map((field) => field.toBigInt());
      const name = names.get(all[all.length - 1]);
      if (!name) throw new Error(`the contract logged something that is no known event, in block ${id.blockNumber}`);
      events.push({ name, fields: all.slice(0, -1), txHash: id.txHash.toString(), block: Number(id.blockNumber) });
    }
    if (!maxLogsHit || logs.length === 0) return events;
    filter = { contractAddress, afterLog: logs[logs.length - 1].id };
  }
}

/** A room's transcript as the contract's storage holds it; 0 when there is no such room. */
export async function readTranscript(node: AztecNode, contract: bigint, roomId: bigint): Promise<bigint> {
  const base = await deriveStorageSlotInMap(new Fr(PROGRESS_SLOT), new Fr(roomId));
  const slot = new Fr(base.toBigInt() + TRANSCRIPT_OFFSET);
  return (await node.getPublicStorageAt('latest', AztecAddress.fromBigInt(contract), slot)).toBigInt();
}
