/** What a page shows to whoever holds a role in a room: its policy, and what the role is for. No record of the room is needed. */
import { fieldToHex, parseField } from '../../lib/field/field.ts';
import { initField } from '../../lib/field/poseidon2.ts';
import { hasApproved, HOST_SLOT, type Grant, type Role } from '../../lib/room/grant.ts';
import { listGrants, loadGrant } from '../../lib/room/grant-store.ts';
import { readRoom } from '../../lib/room/session.ts';
import { isOver, kindOf, type RoomKind, type RoomState, type RoomView } from '../../lib/room/view.ts';
import { withoutSecrets } from '../redact.ts';
import { deadlineOf, PATIENCE, within, type RoomSummary } from '../rooms.ts';
import { chainTime, openChain } from './own-rooms.ts';
import { documentOf, fetchPolicy, openRelay } from './policy-copy.ts';
import { policyPart, type PolicyPart } from './policy-part.ts';

/** A role that a profile holds, as its list shows it. */
export type HeldRole = { readonly grant: string; readonly role: Role; readonly room: string };

/** Where the role's room stands. */
export type RoleChain = {
  readonly state: RoomState;
  readonly kind: RoomKind;
  readonly over: boolean;
  readonly deadline?: RoomSummary['deadline'];
  /** Whether the grant stands on chain, and was not taken back. */
  readonly granted: boolean;
  readonly revoked: boolean;
  /** Of the slot that granted it: accounts that have to approve, and that have. */
  readonly needed: number;
  readonly given: number;
  readonly slotApproved: boolean;
  /** Whether this grant was approved with. */
  readonly approved: boolean;
  /** Digests of the reports that this grant put on record. */
  readonly reports: readonly string[];
};

/** What the page shows. */
export type RolePage = HeldRole & {
  /** The account that the role was granted to. */
  readonly grantee: string;
  readonly byHost: boolean;
  readonly slot: number;
  /** Name of the party that granted it, where the policy is there. */
  readonly by?: string;
  readonly policy?: PolicyPart;
  readonly chain?: RoleChain;
  /** Why the chain or the policy was not read. */
  readonly unread?: string;
};

/** The roles that a profile holds. */
export async function listRoles(folder: string): Promise<HeldRole[]> {
  await initField();
  const held = await listGrants({ folder }, 'held');
  return [...held].map(([commitment, { role, roomId }]) => ({
    grant: fieldToHex(commitment),
    role,
    room: fieldToHex(roomId),
  }));
}

/** Id of the room that a role of a profile is in; undefined where the profile does not hold it. */
export async function roomOfRole(folder: string, commitment: string): Promise<string | undefined> {
  await initField();
  const grant = await loadGrant({ folder }, 'held', parseField(commitment));
  return grant && fieldToHex(grant.roomId);
}

/** Reads the room of a role; undefined where the profile does not hold it. */
export async function readRolePage(folder: string, commitment: string): Promise<RolePage | undefined> {
  await initField();
  const grant = await loadGrant({ folder }, 'held', parseField(commitment));
  if (!grant) return undefined;
  const base = {
    grant: commitment,
    role: grant.role,
    room: fieldToHex(grant.roomId),
    grantee: fieldToHex(grant.grantee),
    byHost: grant.slot === HOST_SLOT,
    slot: grant.slot,
  };
  let chain: RoleChain | undefined;
  try {
    const reader = await openChain();
    if (!reader) return { ...base, unread: 'The Aztec node does not answer.' };
    const { view } = await within(PATIENCE, readRoom({ ...reader, contract: grant.contract }, grant.roomId));
    chain = chainOf(view, grant, parseField(commitment), await chainTime(reader));
    const policy = await fetchPolicy(openRelay(), documentOf(view));
    return { ...base, chain, policy: policyPart(policy), by: policy.parties[grant.slot]?.label };
  } catch (error) {
    return { ...base, chain, unread: withoutSecrets(error instanceof Error ? error.message : String(error)) };
  }
}

function chainOf(view: RoomView, grant: Grant, commitment: bigint, now: bigint): RoleChain {
  const known = view.grants.find((other) => other.grant === commitment);
  const slot = view.slots[grant.slot];
  return {
    state: view.state,
    kind: kindOf(view),
    over: isOver(view),
    deadline: deadlineOf(view, now),
    granted: known !== undefined && !known.revoked,
    revoked: known?.revoked ?? false,
    needed: view.terms.approvals,
    given: slot?.approvals.length ?? 0,
    slotApproved: slot?.approved ?? false,
    approved: hasApproved(view, grant),
    reports: view.audits
      .filter((audit) => audit.grant === commitment)
      .map(({ reportDigest }) => fieldToHex(reportDigest)),
  };
}
