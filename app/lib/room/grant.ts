/** Roles that a slot or the host grants to another account, and the links that hand them over. */
import { z } from 'zod';
import { Domain, hash } from '../field/poseidon2.ts';
import { fieldToHex, parseField } from '../field/field.ts';
import type { RoomView } from './view.ts';

/** The contract's numbers of the roles that are granted. */
export const ROLES = { approver: 1, auditor: 2 } as const;
/** What an account may be granted. */
export type Role = keyof typeof ROLES;

/** Stands for the host among the slots. */
export const HOST_SLOT = 255;

/** A role of one account in one room, and the secret that proves it. */
export type Grant = {
  readonly contract: bigint;
  readonly roomId: bigint;
  /** The slot that grants, or {@link HOST_SLOT}. */
  readonly slot: number;
  readonly role: Role;
  /** Address of the account that gets the role. */
  readonly grantee: bigint;
  readonly secret: bigint;
};

const PREFIX = 'zkcg1.';

const schema = z.strictObject({
  contract: z.string(),
  room: z.string(),
  slot: z.number().int().min(0).max(HOST_SLOT),
  role: z.enum(['approver', 'auditor']),
  grantee: z.string(),
  secret: z.string(),
});

/** What stands on chain for a grant (hash 24): it tells nobody which account has the role. */
export function grantCommitment({ roomId, slot, role, grantee, secret }: Omit<Grant, 'contract'>): bigint {
  return hash(Domain.grant, [roomId, BigInt(slot), BigInt(ROLES[role]), grantee, secret]);
}

/** What a room knows of its host (hash 23). */
export function hostCommitment(roomId: bigint, host: bigint, secret: bigint): bigint {
  return hash(Domain.hostCommitment, [roomId, host, secret]);
}

/** Whether a grant of an approver was approved with. */
export function hasApproved(view: RoomView, grant: Grant): boolean {
  const commitment = grantCommitment(grant);
  return view.slots[grant.slot]?.approvals.some((approval) => approval.grant === commitment) ?? false;
}

/** Writes a grant as `zkcg1.` and base64url: send it to its account's owner, privately. */
export function encodeGrant({ contract, roomId, slot, role, grantee, secret }: Grant): string {
  const json = {
    contract: fieldToHex(contract),
    room: fieldToHex(roomId),
    slot,
    role,
    grantee: fieldToHex(grantee),
    secret: fieldToHex(secret),
  };
  return PREFIX + Buffer.from(JSON.stringify(json)).toString('base64url');
}

/** Reads a grant. Errors never repeat it. */
export function decodeGrant(text: string): Grant {
  const damaged = new Error(
    'This is not a whole grant. Paste the full line that you were sent, beginning with "zkcg1.".',
  );
  if (!text.startsWith(PREFIX)) throw damaged;
  try {
    const json: unknown = JSON.parse(Buffer.from(text.slice(PREFIX.length).trim(), 'base64url').toString('utf8'));
    const { contract, room, slot, role, grantee, secret } = schema.parse(json);
    return {
      contract: parseField(contract),
      roomId: parseField(room),
      slot,
      role,
      grantee: parseField(grantee),
      secret: parseField(secret),
    };
  } catch {
    throw damaged;
  }
}
