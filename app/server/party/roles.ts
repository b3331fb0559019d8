/** Granting roles and taking them back, and what their holders do with them. */
import { fieldToHex } from '../../lib/field/field.ts';
import { policySummary } from '../../lib/policy/policy.ts';
import { hasApproved, type Grant, type Role } from '../../lib/room/grant.ts';
import { saveGrant } from '../../lib/room/grant-store.ts';
import { approveAs, grantRole, newGrant, recordAudit, revokeRole } from '../../lib/room/roles.ts';
import { readRoom, type Progress, type Session } from '../../lib/room/session.ts';
import type { RoomView } from '../../lib/room/view.ts';
import { unlessDone } from './acting.ts';
import { checkApproval, type ApprovalOptions } from './approval.ts';
import { contractClient, onRecord, type Party } from './environment.ts';
import { documentOf, fetchPolicy } from './policy-copy.ts';

type Report = (progress: Progress) => void;

/** Grants a role for the own slot or as the host. The grant is kept before the chain knows of it. */
export async function giveRole(
  session: Session,
  as: 'slot' | 'host',
  role: Role,
  to: bigint,
): Promise<{ grant: Grant; txHash: string }> {
  const grant = newGrant(session, as, role, to);
  await saveGrant(session.home, 'given', grant);
  session.report({ message: 'granting' });
  return { grant, txHash: await grantRole(session, grant) };
}

/**
 * Takes a role back.
 * @param commitment what stands on chain for the grant
 * @returns the transaction's hash; undefined where it was taken back before
 * @throws where nobody in the room granted that
 */
export function takeRoleBack(session: Session, commitment: bigint): Promise<string | undefined> {
  const find = ({ grants }: RoomView) => grants.find(({ grant }) => grant === commitment);
  return unlessDone(
    session,
    (view) => find(view)?.revoked ?? false,
    (_, view) => {
      const slot = find(view)?.slot;
      if (slot === undefined) throw new Error('Nobody in this room granted that.');
      session.report({ message: 'revoking' });
      return revokeRole(session, slot, commitment);
    },
  );
}

/**
 * Approves the policy of a room for the slot that granted this account the role, unless a red flag stands. Needs no record
 * of the room.
 * @returns the transaction's hash; undefined where this grant was approved with before
 */
export async function approveForGrantor(
  party: Party,
  grant: Grant,
  options: ApprovalOptions,
  report: Report,
): Promise<string | undefined> {
  const { view } = await readRoom({ ...party, contract: grant.contract }, grant.roomId);
  if (hasApproved(view, grant)) return undefined;
  const policy = await fetchPolicy(party.relay, documentOf(view));
  checkApproval(policy, view.terms.approvals, options, report);
  report({ message: `approving for slot ${grant.slot}: ${policySummary(policy)}` });
  const contract = await contractClient(onRecord(party, grant.roomId), grant.contract);
  return approveAs({ contract, prover: party.prover, policy }, view, grant);
}

/**
 * Puts the digest of an audit report on the record of its room.
 * @returns the transaction's hash; undefined where this grant has put it there before
 */
export async function recordReport(
  party: Party,
  grant: Grant,
  digest: bigint,
  report: Report,
): Promise<string | undefined> {
  const contract = await contractClient(onRecord(party, grant.roomId), grant.contract);
  report({ message: `recording the audit report ${fieldToHex(digest)}` });
  const { view } = await readRoom({ ...party, contract: grant.contract }, grant.roomId);
  return recordAudit(contract, view, grant, digest);
}
