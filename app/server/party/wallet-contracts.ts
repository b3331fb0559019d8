/** What a wallet of the browser has to know of the contracts that it is to call. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { jsonStringify } from '@aztec/foundation/json-rpc';
import { loadContractArtifact } from '../../lib/chain/artifact.ts';
import { sponsorContract, type WalletContract } from '../../lib/chain/sponsor.ts';
import { parseField } from '../../lib/field/field.ts';
import { loadRoom } from '../../lib/room/store.ts';
import { openChain } from './own-rooms.ts';

/**
 * The room contract of a profile's room and the contract that pays fees, as JSON.
 * @returns undefined where the profile has no record of the room
 * @throws where no node answers, or it does not know the contract
 */
export async function contractsOf(folder: string, room: string): Promise<string | undefined> {
  const record = await loadRoom({ folder }, parseField(room));
  if (!record) return undefined;
  const chain = await openChain();
  const instance = await chain?.connection.node.getContract(AztecAddress.fromBigInt(record.contract));
  if (!instance) throw new Error('The node does not answer, or does not know the room contract.');
  const rooms: WalletContract = { instance, artifact: await loadContractArtifact('clean_room') };
  return jsonStringify([rooms, await sponsorContract()]);
}
