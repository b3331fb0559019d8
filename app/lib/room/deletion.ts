/** What a party does when a room is over and its retention ends: deleting what it holds, and attesting to that. */
import { createHash } from 'node:crypto';
import { fieldToBytes, readUint256 } from '../field/field.ts';
import { ownSlot } from './acts.ts';
import type { Session } from './session.ts';
import { deleteRoomData, type Deletion } from './store.ts';

const LABEL = 'zk-clean-room/deletion/1';

/** What an attestation's digest tells of: how many files are gone, and where their list stays. */
export type Attestation = { readonly txHash: string; readonly digest: bigint; readonly files: number };

/**
 * The digest that stands on chain for a deletion: the first 31 bytes of SHA-256 over label, salt and the sorted SHA-256 of
 * each deleted file. The salt keeps anyone from trying guesses at the files; its owner shows it with the list.
 */
export function deletionDigest({ salt, files }: Deletion): bigint {
  const hash = createHash('sha256').update(`${LABEL}\0`).update(fieldToBytes(salt));
  for (const file of files) hash.update(Buffer.from(file, 'hex'));
  return readUint256(new Uint8Array(hash.digest()), 0) >> 8n;
}

/** Deletes the room's datasets and blobs from the party's folder, then attests to it on chain. */
export async function attestDeletion({ home, room, contract }: Session): Promise<Attestation> {
  const slot = ownSlot(room);
  const deletion = await deleteRoomData(home, room);
  const digest = deletionDigest(deletion);
  const txHash = await contract.send('attest_deletion', room.roomId, slot, digest);
  return { txHash, digest, files: deletion.files.length };
}
