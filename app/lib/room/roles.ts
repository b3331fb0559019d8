/** Roles of other accounts: granting and revoking them, and what their holders do with them. */
import { assertField } from '../field/field.ts';
import { randomField } from '../protocol/context.ts';
import type { Policy } from '../policy/policy.ts';
import type { ContractClient } from '../chain/contract.ts';
import type { Prover } from '../proof/prover.ts';
import { checkTerms, hostSecret, OWN_ACT, ownSlot } from './acts.ts';
import { grantCommitment, HOST_SLOT, ROLES, type Grant, type Role } from './grant.ts';
import type { RoomView } from './replay.ts';
import type { Session } from './session.ts';

/** What granting needs. */
type Grantor = Pick<Session, 'contract' | 'room'>;

/**
 * A new grant of a role to an account, as yet on nobody's record.
 * @param as for the own slot, or for the host of the whole room
 */
export function newGrant({ room }: Pick<Session, 'room'>, as: 'slot' | 'host', role: Role, grantee: bigint): Grant {
  if (assertField(grantee, 'address of the account') === 0n) throw new Error('There is no account at address 0.');
  if (as === 'host' && role !== 'auditor') throw new Error('The host grants the role of an auditor only.');
  const { contract, roomId } = room;
  return { contract, roomId, slot: as === 'host' ? HOST_SLOT : ownSlot(room), role, grantee, secret: randomField() };
}

/** Puts a grant on record. The chain learns role and slot, not the account. */
export function grantRole({ contract, room }: Grantor, grant: Grant): Promise<string> {
  const commitment = grantCommitment(grant);
  const role = ROLES[grant.role];
  return grant.slot === HOST_SLOT
    ? contract.send('grant_role_as_host', contract.sender, room.roomId, hostSecret(room), role, commitment, OWN_ACT)
    : contract.send('grant_role', contract.sender, room.roomId, grant.slot, role, commitment, OWN_ACT);
}

/**
 * Takes a role back.
 * @param slot the slot that granted it, or {@link HOST_SLOT}
 * @param commitment what stands on chain for the grant
 */
export function revokeRole({ contract, room }: Grantor, slot: number, commitment: bigint): Promise<string> {
  return slot === HOST_SLOT
    ? contract.send('revoke_role_as_host', contract.sender, room.roomId, hostSecret(room), commitment, OWN_ACT)
    : contract.send('revoke_role', contract.sender, room.roomId, slot, commitment, OWN_ACT);
}

/** Approves the policy for the slot that granted this account the role, after checking that the room is about exactly it. */
export async function approveAs(
  { contract, prover, policy }: { contract: ContractClient; prover: Prover; policy: Policy },
  view: RoomView,
  grant: Grant,
): Promise<string> {
  assertGrantee(contract, grant, 'approver');
  await checkTerms(view, policy, prover);
  return contract.send('approve_as', grant.roomId, grant.slot, view.terms.policy_digest, grant.secret);
}

/**
 * Puts the digest of an audit report on record, under the auditor's grant.
 * @returns the transaction's hash; undefined where this grant has put it there before
 */
export async function recordAudit(
  contract: ContractClient,
  view: RoomView,
  grant: Grant,
  reportDigest: bigint,
): Promise<string | undefined> {
  assertGrantee(contract, grant, 'auditor');
  const own = grantCommitment(grant);
  if (view.audits.some((audit) => audit.grant === own && audit.reportDigest === reportDigest)) return undefined;
  return contract.send('record_audit', grant.roomId, grant.slot, grant.secret, reportDigest);
}

function assertGrantee(contract: ContractClient, grant: Grant, role: Role): void {
  if (grant.role !== role) throw new Error(`This grants the role of an ${grant.role}, not of an ${role}.`);
  if (grant.grantee !== contract.sender) {
    throw new Error('This role was granted to another account. Name the folder of that account (--home).');
  }
}
