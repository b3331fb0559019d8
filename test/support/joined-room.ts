/**
 * Rooms that join values on chain, step by step, whose digests and proofs are made up: on a local network nobody but the
 * sender executes private functions, and a simulated call with a false circuit proof passes. What the public functions check
 * can so be asked without proving anything. The steps are those of the logs in `test/room`, under the chain's own terms.
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
import { JoinedLog } from '../room/joined-log.ts';
import type { RoomOptions, Value } from '../room/log.ts';
import type { Bed } from './bed.ts';
import { send, type Call } from './calls.ts';
import { TEMPLATES } from './deployment.ts';

const KEY_FIELDS = 115;
/** Verification key hashes of the template, which are nobody's. */
export const MADE_UP_KEYS = CIRCUITS.map((_, i) => 1000n + BigInt(i));

/** Events of steps that take proofs of chunks, and the functions that post them. */
const CHUNKED = {
  DatasetProven: 'commit_dataset',
  BlindProven: 'post_blind',
  HopProven: 'post_hop',
  TallyProven: 'post_tally',
  EncryptProven: 'post_encrypted',
  ReturnProven: 'post_returned',
  SelectProven: 'post_selected',
} as const;
type ChunkedName = keyof typeof CHUNKED;

export type JoinedRoom = {
  readonly roomId: bigint;
  /** What slots do, under the terms of the room on chain. */
  readonly log: JoinedLog;
  /** The call that created the room. */
  readonly creation: Call;
  /** The chain's log, replayed by the product's rules and compared with the contract's storage. */
  read(): Promise<{ view: RoomView; events: LoggedEvent[] }>;
  /** The call that makes an event. */
  call(name: ChunkedName, value: Value<ChunkedName>): Call;
  match(value: Value<'MatchProven'>): Call;
  opened(value: Value<'TallyOpened'>): Call;
  masked(value: Value<'MaskedGiven'>): Call;
  figures(value: Value<'FiguresReleased'>): Call;
  /** Has each slot send its calls, all slots at the same time. */
  send(calls: readonly (readonly [slot: number, call: Call])[]): Promise<void>;
  /** Goes on from committing to the match, and includes it where `matched`. */
  join(matched?: boolean): Promise<void>;
};

let template: bigint | undefined;

/** Registers a template of made-up circuits, once per bed. */
async function templateOf(bed: Bed): Promise<bigint> {
  const { party } = await bed.stranger('author');
  const artifact = await loadContractArtifact('template_registry', party.srs);
  const registry = await openRegistry(party.connection, party.wallet, artifact, bed.deployment.registry);
  template ??= await registry.register('joined-made-up', 1, MADE_UP_KEYS, TEMPLATES.overlap);
  return template;
}

/**
 * Creates a room of three slots and takes it to committing.
 * @param joinAfter seconds from now to the deadline of joining; that of sharing is the same time later
 * @param terms other terms than those of a room that joins values, in their place
 */
export async function openJoinedRoom(
  bed: Bed,
  joinAfter = 24 * 3600,
  terms: Pick<RoomOptions, 'plan' | 'contributors' | 'vectors' | 'naming'> = {},
): Promise<JoinedRoom> {
  const log = new JoinedLog(terms);
  const { slots } = log;
  const roomId = randomField();
  const policy = { ...log.creation.policy, template: await templateOf(bed) };
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

  const proof = (circuit: number): AbiValue[] => [zeros(KEY_FIELDS), MADE_UP_KEYS[circuit], zeros(PROOF_FIELDS)];
  const numberOf = (name: (typeof CIRCUITS)[number]) => CIRCUITS.indexOf(name);
  const room: JoinedRoom = {
    roomId,
    log,
    creation,
    read,
    call: (name, { circuit, statement, chunk }) => ({
      method: CHUNKED[name],
      args: [roomId, circuit, statement as AbiValue, chunk, ...proof(circuit)],
    }),
    match: ({ circuit, slot, statement, chunk }) => ({
      method: 'post_match',
      args: [roomId, circuit, slot, statement as AbiValue, chunk, ...proof(circuit)],
    }),
    opened: ({ statement }) => ({
      method: 'post_opened',
      args: [roomId, statement as AbiValue, ...proof(numberOf('opened'))],
    }),
    masked: ({ statement }) => ({
      method: 'give_masked',
      args: [roomId, statement as AbiValue, ...proof(numberOf('masked'))],
    }),
    figures: ({ slot, statement }) => ({
      method: 'release_figures',
      args: [roomId, slot, statement as AbiValue, ...proof(numberOf('figures'))],
    }),
    async send(calls) {
      const bySlot = bed.slots.map((_, slot) => calls.filter(([by]) => by === slot));
      await Promise.all(
        bySlot.map(async (own, slot) => {
          for (const [, call] of own) await send(bed.slots[slot].client, call);
        }),
      );
    },
    async join(matched = true) {
      const { members } = log;
      await room.send(members.map((slot) => [slot, room.call('DatasetProven', log.dataset(slot))]));
      await room.send(members.map((slot) => [slot, room.call('BlindProven', log.blind(slot))]));
      for (let hop = 1; hop < members.length; hop++) {
        await room.send(members.map((list) => [log.turn(list, hop), room.call('HopProven', log.hop(list, hop))]));
      }
      if (matched) await room.send([[0, room.match(log.match(7))]]);
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

function zeros(count: number): bigint[] {
  return Array<bigint>(count).fill(0n);
}
