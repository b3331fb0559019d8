/** Deleting a room's data once it is over, and attesting to that. */
import { fieldToHex } from '../../lib/field/field.ts';
import { ownSlot } from '../../lib/room/acts.ts';
import { attestDeletion } from '../../lib/room/deletion.ts';
import { isOver } from '../../lib/room/next.ts';
import type { Session } from '../../lib/room/session.ts';
import { deleteRoomData } from '../../lib/room/store.ts';
import { readOwn } from './acting.ts';

/** What was deleted: how many files, and what stands on chain for them; no transaction where it stood there before. */
export type Deleted = { readonly files: number; readonly txHash?: string; readonly digest?: string };

/**
 * Deletes the room's data from the party's folder and attests to it.
 * @throws where the room is not over: its data is needed until then
 */
export async function deleteOwn(session: Session): Promise<Deleted> {
  const { view } = await readOwn(session);
  const slot = ownSlot(session.room);
  if (!isOver(view) && view.members.includes(slot)) {
    throw new Error(`The room is ${view.state}: its data is needed until it is over.`);
  }
  if (view.deletion.attested.includes(slot)) {
    const { files } = await deleteRoomData(session.home, session.room);
    return { files: files.length };
  }
  if (!isOver(view))
    throw new Error('The slot is out of the room. Its deletion can be attested once the room is over.');
  session.report({ message: 'deleting' });
  const { txHash, digest, files } = await attestDeletion(session);
  return { txHash, digest: fieldToHex(digest), files };
}
