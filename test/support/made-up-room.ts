/**
 * Rooms on chain, step by step, whose digests and proofs are made up: on a local network nobody but the sender executes private
 * functions, and a simulated call with a false circuit proof passes. What the public functions check can so be asked without
 * proving anything. The steps are those of the logs in `test/room`, under the chain's own terms.
 */
import type { AbiValue } from '../../app/lib/chain/contract.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { CIRCUITS, inviteCommitment, randomField } from '../../app/lib/protocol/context.ts';
import { PROOF_FIELDS } from '../../app/lib/protocol/statement.ts';
import { openRegistry } from '../../app/lib/registry/registry.ts';
import { OWN_ACT } from '../../app/lib/room/acts.ts';
import { decodeEvent, type EventOf, type LoggedEvent } from '../../app/lib/room/events.ts';
import { readRoom } from '../../app/lib/room/session.ts';
import type { RoomView } from '../../app/lib/room/view.ts';
import type { RoomLog } from '../room/log.ts';
import type { Bed } from './bed.ts';
import { send, type Call } from './calls.ts';
import { TEMPLATES } from './deployment.ts';

const KEY_FIELDS = 115;
/** Verification key hashes of the template, which are nobody's. */
export const MADE_UP_KEYS = CIRCUITS.map((_, i) => 1000n + BigInt(i));

export type MadeUpRoom<Log extends RoomLog> = {
  readonly roomId: bigint;
  /** What slots do, under the terms of the room on chain. */
  readonly log: Log;
  /** The host's secret. */
  readonly hostSecret: bigint;
  /** The call that created the room. */
  readonly creation: Call;
  /** The chain's log, replayed by the product's rules and compared with the contract's storage. */
  read(): Promise<{ view: RoomView; events: LoggedEvent[] }>;
  /** Has each slot send its calls, all slots at the same time. */
  send(calls: readonly (readonly [slot: number, call: Call])[]): Promise<void>;
};

const templates = new Map<string, Promise<bigint>>();

/** Registers a template of made-up circuits, once per test file, which each have a name of their own. */
async function register(bed: Bed, name: string): Promise<bigint> {
  const { party } = await bed.stranger('author');
  const artifact = await loadContractArtifact('template_registry', party.srs);
  const registry = await openRegistry(party.connection, party.wallet, artifact, bed.deployment.registry);
  return registry.register(name, 1, MADE_UP_KEYS, TEMPLATES.overlap);
}

/**
 * Creates a room on the policy of a log, and takes it to committing.
 * @param name of the template, under which it is registered on first use
 * @param joinAfter seconds from now to the deadline of joining; that of sharing is the same time later
 */
export async function openMadeUpRoom<Log extends RoomLog>(
  bed: Bed,
  name: string,
  log: Log,
  joinAfter = 24 * 3600,
): Promise<MadeUpRoom<Log>> {
  const { slots } = log;
  const roomId = randomField();
  const template = templates.get(name) ?? register(bed, name);
  templates.set(name, template);
  const policy = { ...log.creation.policy, template: await template };
  const secrets = Array.from({ length: slots }, randomField);
  const now = await bed.now();
  const after = (seconds: number) => now + BigInt(seconds);
  const deadlines = {
    ...{ invite: after(joinAfter), approve: after(joinAfter), commit: after(joinAfter), join: after(joinAfter) },
    ...{ share: after(2 * joinAfter), retention: after(3 * joinAfter) },
  };
  const invites = Array.from({ length: 5 }, (_, i) => (i < slots ? inviteCommitment(roomId, i, secrets[i]) : 0n));
  const hostSecret = randomField();
  const creation: Call = {
    method: 'create_room',
    args: [roomId, hostSecret, policy as AbiValue, MADE_UP_KEYS, deadlines, invites, 0n],
  };
  await send(bed.slots[0].client, creation);

  const { party } = bed.slots[0];
  const read = () =>
    readRoom({ connection: party.connection, selectors: party.selectors, contract: bed.contract }, roomId);
  const [created] = (await read()).events;
  const { terms: onChain, policy: stated } = decodeEvent(created) as EventOf<'RoomCreated'>;
  Object.assign(log.creation, { terms: onChain, policy: stated, room_id: roomId });

  const room: MadeUpRoom<Log> = {
    roomId,
    log,
    hostSecret,
    creation,
    read,
    async send(calls) {
      const bySlot = bed.slots.map((_, slot) => calls.filter(([by]) => by === slot));
      await Promise.all(
        bySlot.map(async (own, slot) => {
          for (const [, call] of own) await send(bed.slots[slot].client, call);
        }),
      );
    },
  };
  await room.send(
    log.members.map((slot) => {
      const { keys, decryption_proof, blinding_proof } = log.taken(slot);
      const args = [roomId, slot, log.context, secrets[slot], keys, decryption_proof, blinding_proof];
      return [slot, { method: 'take_slot', args }];
    }),
  );
  await room.send(
    log.members.map((slot) => {
      const args = [bed.slots[slot].client.sender, roomId, slot, onChain.policy_digest, OWN_ACT];
      return [slot, { method: 'approve', args }];
    }),
  );
  return room;
}

/** A call's verification key, its hash and its proof: made up, but for the hash, which is the template's of a circuit. */
export function madeUpProof(circuit: number): AbiValue[] {
  return [zeros(KEY_FIELDS), MADE_UP_KEYS[circuit], zeros(PROOF_FIELDS)];
}

function zeros(count: number): bigint[] {
  return Array<bigint>(count).fill(0n);
}
