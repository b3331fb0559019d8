/** What people decide: opening a room, taking a slot, approving its policy, going on without others, ending it. */
import { equalPoints, splitScalar } from '../curve/grumpkin.ts';
import { CIRCUITS, inviteCommitment, randomField } from '../protocol/context.ts';
import { MAX_SLOTS } from '../protocol/errors.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { KeyPurpose, proveKey, type SigmaProof } from '../protocol/schnorr.ts';
import { documentName, policyDigest, policyTerms, type Policy } from '../policy/policy.ts';
import type { ContractClient } from '../chain/contract.ts';
import type { Prover } from '../proof/prover.ts';
import type { RoomView } from './replay.ts';
import { hostSecrets, type RoomPlace } from './seed.ts';
import { seedOf, type Session } from './session.ts';
import type { Home, LocalRoom } from './store.ts';

/** No contract acts for the caller, so no permission is used up. */
export const OWN_ACT = 0n;

/** A sigma proof as the contract takes it: challenge, response low, response high. */
export function sigmaFields({ e, s }: SigmaProof): [bigint, bigint, bigint] {
  const { lo, hi } = splitScalar(s);
  return [e, lo, hi];
}

/** A party's record of a room. */
export function newLocalRoom(init: Omit<LocalRoom, 'version'>): LocalRoom {
  return { version: 2, ...init };
}

/** The record of a new room that a party hosts: to be saved before the room is created. */
export function newHostRoom(home: Home, chain: Omit<RoomPlace, 'roomId'>, policy: Policy): LocalRoom {
  const roomId = randomField();
  const { hostSecret, inviteSecrets, escrowSecret } = hostSecrets(
    home.accountSecret,
    { ...chain, roomId },
    policy.parties.length,
  );
  return newLocalRoom({
    roomId,
    contract: chain.contract,
    hostSecret,
    inviteSecrets: [...inviteSecrets],
    ...(policy.fees ? { escrowSecret } : {}),
    policyDocument: documentName(policy),
  });
}

/** Absolute deadlines, in seconds since the epoch: each phase's allowance begins where the one before it ends. */
export function deadlinesFrom(now: bigint, { deadlines }: Policy): Record<string, bigint> {
  const absolute: Record<string, bigint> = {};
  let at = now;
  for (const phase of ['invite', 'approve', 'commit', 'join', 'share', 'retention'] as const) {
    at += BigInt(deadlines[phase]);
    absolute[phase] = at;
  }
  return absolute;
}

/** What a room is created from, besides its host's record. */
export type Creation = {
  readonly contract: ContractClient;
  readonly prover: Prover;
  readonly policy: Policy;
  /** Id of the policy's template in the registry. */
  readonly template: bigint;
  /** The chain's time, in seconds since the epoch. */
  readonly now: bigint;
  /** Address of the room's escrow, which the wallet must know; 0 where nothing is to be paid. */
  readonly escrow: bigint;
};

/** Creates the room that a host's record describes. */
export async function createRoom(room: LocalRoom, creation: Creation): Promise<string> {
  const { contract, prover, policy, template, now, escrow } = creation;
  const { inviteSecrets, roomId } = room;
  if (!inviteSecrets) throw new Error('Only the host can create this room.');
  return contract.send(
    'create_room',
    roomId,
    hostSecret(room),
    policyTerms(policy, template),
    await keyHashes(prover),
    deadlinesFrom(now, policy),
    Array.from({ length: MAX_SLOTS }, (_, slot) =>
      slot < inviteSecrets.length ? inviteCommitment(roomId, slot, inviteSecrets[slot]) : 0n,
    ),
    escrow,
  );
}

/** The hashes of this software's verification keys, in order. */
export async function keyHashes(prover: Prover): Promise<bigint[]> {
  const hashes: bigint[] = [];
  for (const name of CIRCUITS) hashes.push((await prover.verificationKey(name)).hash);
  return hashes;
}

/**
 * Checks that a room is what a party was told: its policy document, and circuits with the keys that this party computed itself.
 * @throws with what differs
 */
export async function checkTerms(view: RoomView, policy: Policy, prover: Prover): Promise<void> {
  if (policyDigest(policyTerms(policy, view.policy.template)) !== view.terms.policy_digest) {
    throw new Error(
      'The policy document is not the one that the room was created with. Ask the host for the right one.',
    );
  }
  for (const [i, hash] of (await keyHashes(prover)).entries()) {
    if (hash !== view.circuits[i]) {
      throw new Error(
        `The room's verification key of circuit ${CIRCUITS[i]} is not the one of this software and its reference string. ` +
          'Do not approve: ask the host which version and which reference string were used.',
      );
    }
  }
}

/** Takes the slot that an invite names. */
export async function takeSlot(session: Session, view: RoomView): Promise<string> {
  const { room, contract } = session;
  const slot = ownSlot(room);
  if (room.inviteSecret === undefined) throw new Error('This record has no invite secret: join with the invite again.');
  const seed = seedOf(session);
  const keys = deriveKeys(seed);
  const { context } = view.terms;
  const decryption = { context, slot, purpose: KeyPurpose.decryption, key: keys.decryptionPublic };
  const blinding = { context, slot, purpose: KeyPurpose.blinding, key: keys.blindingPublic };
  return contract.send(
    'take_slot',
    room.roomId,
    slot,
    context,
    room.inviteSecret,
    {
      decryption_x: keys.decryptionPublic.x,
      decryption_y: keys.decryptionPublic.y,
      blinding_x: keys.blindingPublic.x,
      blinding_y: keys.blindingPublic.y,
    },
    sigmaFields(proveKey(decryption, keys.decryption, seed)),
    sigmaFields(proveKey(blinding, keys.blinding, seed)),
  );
}

/** Whether a slot of a room is taken with this account's keys. */
export function holdsSlot(session: Pick<Session, 'home' | 'room' | 'connection'>, view: RoomView): boolean {
  return ownSlotOnChain(session, view) === ownSlot(session.room);
}

/** The slot of a room that is taken with this account's keys; undefined where there is none. */
export function ownSlotOnChain(
  session: Pick<Session, 'home' | 'room' | 'connection'>,
  view: RoomView,
): number | undefined {
  const { decryptionPublic } = deriveKeys(seedOf(session));
  const slot = view.slots.findIndex((taken) => taken && equalPoints(taken.decryptionKey, decryptionPublic));
  return slot < 0 ? undefined : slot;
}

/** Approves the policy for the own slot, after checking that the room is about exactly it. */
export async function approvePolicy(session: Session, view: RoomView): Promise<string> {
  const { contract, room, policy, prover } = session;
  await checkTerms(view, policy, prover);
  return contract.send('approve', contract.sender, room.roomId, ownSlot(room), view.terms.policy_digest, OWN_ACT);
}

/** Withdraws consent: the room goes on without the slot where it can, and ends otherwise. */
export function revokeConsent({ contract, room }: Session): Promise<string> {
  return contract.send('revoke', contract.sender, room.roomId, ownSlot(room), OWN_ACT);
}

/** States that the slot cannot go on: a list that it needs is withheld or refused. */
export function dispute({ contract, room }: Session): Promise<string> {
  return contract.send('dispute', room.roomId, ownSlot(room));
}

/** What acts about a room as a whole need. */
type Whole = Pick<Session, 'contract' | 'room'>;

/** Host: ends a room that has no result yet. */
export function cancelRoom({ contract, room }: Whole): Promise<string> {
  return contract.send('cancel', contract.sender, room.roomId, hostSecret(room), OWN_ACT);
}

/** Host: closes a room whose result stands. */
export function closeRoom({ contract, room }: Whole): Promise<string> {
  return contract.send('close', contract.sender, room.roomId, hostSecret(room), OWN_ACT);
}

/** Anyone: lets a room that is late go on without the slots that are. */
export function leaveOut({ contract, room }: Whole): Promise<string> {
  return contract.send('leave_out', room.roomId);
}

/** Anyone: ends a room whose deadline has passed. */
export function expireRoom({ contract, room }: Whole): Promise<string> {
  return contract.send('expire', room.roomId);
}

/** The slot of a record. */
export function ownSlot(room: LocalRoom): number {
  if (room.slot === undefined)
    throw new Error('This party hosts the room but has no slot in it: join with an invite first.');
  return room.slot;
}

/** The host's secret of a record. */
export function hostSecret(room: LocalRoom): bigint {
  if (room.hostSecret === undefined) throw new Error('Only the host of a room may do this.');
  return room.hostSecret;
}
