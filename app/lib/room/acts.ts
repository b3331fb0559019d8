/** What people decide: opening a room, taking a slot, approving its policy, committing data, withdrawing. */
import { equalPoints, splitScalar } from '../curve/grumpkin.ts';
import { datasetCommitment, makeDataset } from '../protocol/dataset.ts';
import { CIRCUITS, inviteCommitment, randomField } from '../protocol/context.ts';
import { deriveKeys, newRoomSeed } from '../protocol/keys.ts';
import { KeyPurpose, proveKey, type SigmaProof } from '../protocol/schnorr.ts';
import { documentDigest, policyDigest, policyTerms, type Policy } from '../policy/policy.ts';
import type { ContractClient } from '../chain/contract.ts';
import type { Prover } from '../proof/prover.ts';
import type { RoomView } from './replay.ts';
import { SLOTS } from './events.ts';
import { saveDataset, type LocalRoom } from './store.ts';
import type { Session } from './session.ts';

/** A sigma proof as the contract takes it: challenge, response low, response high. */
export function sigmaFields({ e, s }: SigmaProof): [bigint, bigint, bigint] {
  const { lo, hi } = splitScalar(s);
  return [e, lo, hi];
}

/** A slot's record for a room it was invited to, with a new seed. */
export function newLocalRoom(init: Omit<LocalRoom, 'version' | 'seed'>): LocalRoom {
  return { version: 1, seed: Buffer.from(newRoomSeed()).toString('hex'), ...init };
}

/** The seed of a room's record, as bytes. */
export function seedOf(room: LocalRoom): Uint8Array {
  return Uint8Array.from(Buffer.from(room.seed, 'hex'));
}

/** The secrets of a room that a host makes: to be saved before the room is created. */
export function newHostRoom(contract: bigint, policy: Policy): LocalRoom {
  return newLocalRoom({
    roomId: randomField(),
    contract,
    hostSecret: randomField(),
    inviteSecrets: Array.from({ length: SLOTS }, randomField),
    policyDocument: Buffer.from(documentDigest(policy)).toString('hex'),
  });
}

/** Absolute deadlines, in seconds since the epoch: each phase's allowance begins where the one before it ends. */
export function deadlinesFrom(now: bigint, { deadlines }: Policy): Record<string, bigint> {
  const absolute: Record<string, bigint> = {};
  let at = now;
  for (const phase of ['invite', 'approve', 'commit', 'join', 'share'] as const) {
    at += BigInt(deadlines[phase]);
    absolute[phase] = at;
  }
  return absolute;
}

/** Creates the room that a host's record describes. `now` is the chain's time in seconds. */
export async function createRoom(
  contract: ContractClient,
  prover: Prover,
  room: LocalRoom,
  policy: Policy,
  now: bigint,
): Promise<string> {
  if (room.hostSecret === undefined || !room.inviteSecrets) throw new Error('Only the host can create this room.');
  const terms = policyTerms(policy);
  const circuits: bigint[] = [];
  for (const name of CIRCUITS) circuits.push((await prover.verificationKey(name)).hash);
  return contract.send(
    'create_room',
    room.roomId,
    room.hostSecret,
    {
      document_high: terms.documentHigh,
      document_low: terms.documentLow,
      template: terms.template,
      slots: terms.slots,
      k: terms.k,
      min_rows: terms.minRows,
      max_rows: terms.maxRows,
    },
    circuits,
    deadlinesFrom(now, policy),
    room.inviteSecrets.map((secret, slot) => inviteCommitment(room.roomId, slot, secret)),
  );
}

/**
 * Checks that a room is what a party was told: its policy document, and circuits with the keys that this party computed itself.
 * @throws with what differs
 */
export async function checkTerms(view: RoomView, policy: Policy, prover: Prover): Promise<void> {
  if (policyDigest(policyTerms(policy)) !== view.terms.policy_digest) {
    throw new Error(
      'The policy document is not the one that the room was created with. Ask the host for the right one.',
    );
  }
  for (const [i, name] of CIRCUITS.entries()) {
    if ((await prover.verificationKey(name)).hash !== view.circuits[i]) {
      throw new Error(
        `The room's verification key of circuit ${name} is not the one of this software and its reference string. ` +
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
  const seed = seedOf(room);
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

/** Approves the policy, after checking that the room is about exactly it. */
export async function approvePolicy(session: Session, view: RoomView): Promise<string> {
  await checkTerms(view, session.policy, session.prover);
  return session.contract.send('approve', session.room.roomId, ownSlot(session.room), view.terms.policy_digest);
}

/** Commits to a dataset (identifier digests, any order, no duplicates). It is kept on disk before the chain knows of it. */
export async function commitDataset(session: Session, view: RoomView, digests: readonly bigint[]): Promise<string> {
  const { room, policy, contract, home } = session;
  const slot = ownSlot(room);
  if (view.slots[slot]?.dataset !== undefined) throw new Error('This slot has committed its data already.');
  if (digests.length < policy.minRows || digests.length > policy.maxRows) {
    throw new Error(
      `The policy takes ${policy.minRows} to ${policy.maxRows} distinct identifiers, the source holds ${digests.length}.`,
    );
  }
  await saveDataset(home, room.roomId, makeDataset(digests));
  return contract.send('commit_dataset', room.roomId, slot, commitmentTo(room, view, digests));
}

/** Whether the slot of a record is taken with this record's keys. */
export function holdsSlot(room: LocalRoom, view: RoomView): boolean {
  const taken = view.slots[ownSlot(room)];
  return taken !== undefined && equalPoints(taken.decryptionKey, deriveKeys(seedOf(room)).decryptionPublic);
}

/** Whether the slot of a record has committed to exactly these identifier digests. */
export function hasCommitted(room: LocalRoom, view: RoomView, digests: readonly bigint[]): boolean {
  const dataset = view.slots[ownSlot(room)]?.dataset;
  return dataset !== undefined && dataset === commitmentTo(room, view, digests);
}

function commitmentTo(room: LocalRoom, view: RoomView, digests: readonly bigint[]): bigint {
  const { salt } = deriveKeys(seedOf(room));
  return datasetCommitment({ context: view.terms.context, slot: ownSlot(room), dataset: makeDataset(digests), salt });
}

/** Withdraws consent: the room ends for everyone. */
export function revokeConsent({ contract, room }: Session): Promise<string> {
  return contract.send('revoke', room.roomId, ownSlot(room));
}

/** Host: ends a room that has no result yet. */
export function cancelRoom({ contract, room }: Pick<Session, 'contract' | 'room'>): Promise<string> {
  return contract.send('cancel', room.roomId, hostSecret(room));
}

/** Host: closes a room whose result stands. */
export function closeRoom({ contract, room }: Pick<Session, 'contract' | 'room'>): Promise<string> {
  return contract.send('close', room.roomId, hostSecret(room));
}

/** Anyone: ends a room whose deadline has passed. */
export function expireRoom({ contract, room }: Pick<Session, 'contract' | 'room'>): Promise<string> {
  return contract.send('expire', room.roomId);
}

/** The slot of a record. */
export function ownSlot(room: LocalRoom): number {
  if (room.slot === undefined)
    throw new Error('This party hosts the room but has no slot in it: join with an invite first.');
  return room.slot;
}

function hostSecret(room: LocalRoom): bigint {
  if (room.hostSecret === undefined) throw new Error('Only the host of a room may do this.');
  return room.hostSecret;
}
