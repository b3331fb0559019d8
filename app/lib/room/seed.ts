/**
 * A party's secrets of its rooms. All of them follow from its account secret, the contract's place and the room's id, so
 * that an account on a new machine recovers its slots and rooms from what the chain shows.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { FIELD_MODULUS, fieldToBytes, fieldsToBytes, readUint256 } from '../field/field.ts';
import { SEED_BYTES } from '../protocol/keys.ts';

/** Which room's secrets are meant. Chains may have contracts of one address, and rooms of one id. */
export type RoomPlace = {
  readonly chainId: bigint;
  readonly rollupVersion: bigint;
  readonly contract: bigint;
  readonly roomId: bigint;
};

/** A host's secrets of a room. */
export type HostSecrets = {
  /** Cancels and closes the room, together with the host's account. */
  readonly hostSecret: bigint;
  /** Whoever knows one takes its slot. */
  readonly inviteSecrets: readonly bigint[];
  /** Determines the keys of the room's escrow; every party knows it. */
  readonly escrowSecret: bigint;
};

/** The room seed of an account: what a slot's keys follow from (docs/protocol.md, section 4). */
export function roomSeed(accountSecret: bigint, place: RoomPlace): Uint8Array {
  return derive(accountSecret, place, 'slot', SEED_BYTES);
}

/** What an account hosts a room of `slots` slots with. */
export function hostSecrets(accountSecret: bigint, place: RoomPlace, slots: number): HostSecrets {
  return {
    hostSecret: deriveField(accountSecret, place, 'host'),
    inviteSecrets: Array.from({ length: slots }, (_, slot) => deriveField(accountSecret, place, `invite/${slot}`)),
    escrowSecret: deriveField(accountSecret, place, 'escrow'),
  };
}

function deriveField(accountSecret: bigint, place: RoomPlace, label: string): bigint {
  const bytes = derive(accountSecret, place, label, 64);
  const value = ((readUint256(bytes, 0) << 256n) | readUint256(bytes, 32)) % FIELD_MODULUS;
  if (value === 0n) throw new Error('the account secret derives a zero secret: take another room id');
  return value;
}

/** HKDF-SHA512 with no salt: an account secret is uniform already. */
function derive(accountSecret: bigint, place: RoomPlace, label: string, length: number): Uint8Array {
  const { chainId, rollupVersion, contract, roomId } = place;
  const info = Buffer.concat([
    Buffer.from(`zk-clean-room/1/room/${label}\0`, 'utf8'),
    fieldsToBytes([chainId, rollupVersion, contract, roomId]),
  ]);
  return hkdf(sha512, fieldToBytes(accountSecret), undefined, info, length);
}
