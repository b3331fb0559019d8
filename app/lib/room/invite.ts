/** Invites: what a host hands to a participant, in one line of text. It holds the invite secret: send it privately. */
import { z } from 'zod';
import { fieldToHex, parseField } from '../field/field.ts';
import type { LocalRoom } from './store.ts';

const PREFIX = 'zkcr1.';

const schema = z.strictObject({
  contract: z.string(),
  room: z.string(),
  slot: z.number().int().min(0).max(4),
  secret: z.string(),
  escrow: z.string().optional(),
});

/** What the host sends one party: its key to one slot. */
export type Invite = {
  readonly contract: bigint;
  readonly roomId: bigint;
  readonly slot: number;
  readonly secret: bigint;
  /** Determines the keys of the room's escrow, where it has one: all parties share them. */
  readonly escrowSecret?: bigint;
};

/** Writes an invite as `zkcr1.` and base64url. */
export function encodeInvite({ contract, roomId, slot, secret, escrowSecret }: Invite): string {
  const json = {
    contract: fieldToHex(contract),
    room: fieldToHex(roomId),
    slot,
    secret: fieldToHex(secret),
    ...(escrowSecret === undefined ? {} : { escrow: fieldToHex(escrowSecret) }),
  };
  return PREFIX + Buffer.from(JSON.stringify(json)).toString('base64url');
}

/** Reads an invite. Errors never repeat it. */
export function decodeInvite(text: string): Invite {
  const damaged = new Error(
    'This is not a whole invite. Paste the full line that the host sent, beginning with "zkcr1.".',
  );
  if (!text.startsWith(PREFIX)) throw damaged;
  try {
    const json = JSON.parse(Buffer.from(text.slice(PREFIX.length).trim(), 'base64url').toString('utf8'));
    const { contract, room, slot, secret, escrow } = schema.parse(json);
    return {
      contract: parseField(contract),
      roomId: parseField(room),
      slot,
      secret: parseField(secret),
      ...(escrow === undefined ? {} : { escrowSecret: parseField(escrow) }),
    };
  } catch {
    throw damaged;
  }
}

/** The invites of a room that a party hosts, one per slot. */
export function invitesOf({ contract, roomId, inviteSecrets, escrowSecret }: LocalRoom): string[] {
  return inviteSecrets!.map((secret, slot) => encodeInvite({ contract, roomId, slot, secret, escrowSecret }));
}
