/** The comparison of a receipt with the chain's own record of its room. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import type { EventSelectors } from '../chain/log.ts';
import type { NodeConnection } from '../chain/node.ts';
import { parseField } from '../field/field.ts';
import type { EventName, LoggedEvent } from '../room/events.ts';
import { readRoom } from '../room/session.ts';
import type { RoomView } from '../room/view.ts';
import type { Receipt } from './schema.ts';
import { checkTemplate, readRegistry, readTemplate } from './template.ts';

/** What may follow a receipt: none of it changes the result or what it rests on. */
const AFTER_RESULT: readonly EventName[] = [
  'RoomEnded',
  'RoleGranted',
  'RoleRevoked',
  'AuditRecorded',
  'DeletionAttested',
];

/** A chain to compare with. */
export type ChainRecord = {
  readonly connection: NodeConnection;
  readonly selectors: EventSelectors;
  /** Class id of a contract as compiled and processed here; the chain's instances must be of these classes. */
  readonly contractClassId?: (contract: 'clean_room' | 'template_registry') => Promise<bigint>;
};

/**
 * Compares a receipt's log with the chain's record, event by event.
 * @returns the room as it is now, which may be further than the receipt
 * @throws with what differs
 */
export async function compareWithChain(
  receipt: Receipt,
  events: readonly LoggedEvent[],
  chain: ChainRecord,
): Promise<RoomView> {
  const { connection, selectors } = chain;
  const { info } = connection;
  const contract = parseField(receipt.network.contract);
  if (
    info.chainId !== parseField(receipt.network.chainId) ||
    info.rollupVersion !== parseField(receipt.network.rollupVersion)
  ) {
    throw new Error('The node belongs to another network than the receipt names.');
  }
  if (info.provesTransactions !== receipt.network.provesTransactions) {
    throw new Error('The receipt says otherwise than the node whether transactions are proven.');
  }
  await assertClass(chain, 'clean_room', contract);
  // The chain's log has to follow the rules and lead to the transcript in the contract's storage.
  const { view, events: logged } = await readRoom({ connection, selectors, contract }, parseField(receipt.roomId));
  events.forEach((event, i) => {
    const { name, fields, txHash, block } = logged[i] ?? {};
    if (
      name !== event.name ||
      txHash !== event.txHash ||
      block !== event.block ||
      fields?.join() !== event.fields.join()
    ) {
      throw new Error(`Step ${i + 1} of the receipt's log (${event.name}) is not what the chain has.`);
    }
  });
  const later = logged.slice(events.length);
  if (later.some(({ name }) => !AFTER_RESULT.includes(name)))
    throw new Error('The chain has steps of this room that the receipt lacks.');
  return view;
}

/**
 * Compares a room with the template on record in the registry that the room contract is bound to.
 * @throws with what differs
 */
export async function compareWithRegistry(room: RoomView, contract: bigint, chain: ChainRecord): Promise<void> {
  const { node } = chain.connection;
  const registry = await readRegistry(node, contract);
  await assertClass(chain, 'template_registry', registry);
  const template = await readTemplate(node, registry, room.terms.template);
  if (!template) throw new Error("The registry of the room contract has no template under the room's id.");
  checkTemplate(room, template);
}

async function assertClass(chain: ChainRecord, name: 'clean_room' | 'template_registry', at: bigint): Promise<void> {
  const what = name === 'clean_room' ? 'contract at the address in the receipt' : "registry of the room's contract";
  const instance = await chain.connection.node.getContract(AztecAddress.fromBigInt(at));
  if (!instance) throw new Error(`The chain does not know the ${what}.`);
  if (chain.contractClassId && instance.currentContractClassId.toBigInt() !== (await chain.contractClassId(name))) {
    throw new Error(`The ${what} is not of this software's class.`);
  }
}
