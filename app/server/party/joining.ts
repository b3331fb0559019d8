/** Taking the slot of an invite. */
import type { Policy } from '../../lib/policy/policy.ts';
import { checkTerms, holdsSlot, newLocalRoom, ownSlotOnChain, takeSlot } from '../../lib/room/acts.ts';
import type { Invite } from '../../lib/room/invite.ts';
import { openRoomEscrow } from '../../lib/room/money.ts';
import { readRoom, type Progress } from '../../lib/room/session.ts';
import { loadRoom, saveRoom, type LocalRoom } from '../../lib/room/store.ts';
import { unlessDone } from './acting.ts';
import { openSession, type Party } from './environment.ts';
import { documentOf, fetchPolicy, policyOf } from './policy-copy.ts';

/**
 * Takes the slot that an invite names, after checking that the room is about exactly the policy that the relay holds. The
 * party's record of the room is kept before the chain knows of it.
 * @returns the room's policy, and the hash of the transaction; no hash where the party had the slot before
 */
export async function joinRoom(
  party: Party,
  { contract, roomId, slot, secret: inviteSecret, escrowSecret }: Invite,
  report: (progress: Progress) => void,
): Promise<{ policy: Policy; txHash?: string }> {
  const { view } = await readRoom({ ...party, contract }, roomId);
  const document = documentOf(view);
  const existing = await loadRoom(party.home, roomId);
  if (existing && (existing.contract !== contract || existing.policyDocument !== document)) {
    throw new Error('This party has another room of this id: join this one with another folder (--home).');
  }
  const policy = await (existing ? policyOf(party.home, party.relay, existing) : fetchPolicy(party.relay, document));
  await checkTerms(view, policy, party.prover);
  const room: LocalRoom = newLocalRoom({
    ...existing,
    roomId,
    contract,
    slot,
    inviteSecret,
    policyDocument: document,
    ...(escrowSecret === undefined ? {} : { escrowSecret }),
  });
  const taken = ownSlotOnChain({ ...party, room }, view);
  if (taken !== undefined && taken !== slot) {
    throw new Error(`This party has slot ${taken} of this room: another slot needs another folder (--home).`);
  }
  await saveRoom(party.home, room);
  const session = await openSession(party, room, report);
  // Nobody pays into an escrow that is not the room's.
  if (view.terms.escrow !== 0n) await openRoomEscrow(session, view);
  report({ message: `taking slot ${slot}` });
  return { policy, txHash: await unlessDone(session, (now) => holdsSlot(session, now), takeSlot) };
}
