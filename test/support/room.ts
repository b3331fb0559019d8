/** A room of small tables, played by the product's own code: each call can be had before it is sent. */
import {
  approvePolicy,
  cancelRoom,
  closeRoom,
  createRoom,
  dispute,
  expireRoom,
  leaveOut,
  newHostRoom,
  newLocalRoom,
  revokeConsent,
  takeSlot,
} from '../../app/lib/room/acts.ts';
import { commitDataset } from '../../app/lib/room/commit.ts';
import { newMemory, takeTurn } from '../../app/lib/room/engine.ts';
import { nextStep } from '../../app/lib/room/next.ts';
import type { LoggedEvent } from '../../app/lib/room/events.ts';
import { chainOf, readRoom, type Session } from '../../app/lib/room/session.ts';
import { saveRoom, type LocalRoom } from '../../app/lib/room/store.ts';
import { STATES, type RoomState, type RoomView } from '../../app/lib/room/view.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { canonicalPolicy, parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { recordCall, recordIfAny, recordingClient, send, withMembers, type Call } from './calls.ts';
import type { Bed } from './bed.ts';
import { templateOf, type TemplateName } from './deployment.ts';

/** Identifier digests of the people `from` to `to`, without the last. */
export const people = (from: number, to: number): bigint[] =>
  Array.from({ length: to - from }, (_, i) => identifierDigest('exact', `person ${from + i}`));

const DAY = 86_400;

/** Phases that have a deadline. */
export type Phase = keyof Policy['deadlines'];

/** The policy of test rooms: at least two of 3 to 40 rows in common. */
export function policyOf({ slots = 2, minSlots, fees, proofMode = 'succinct' }: RoomOptions): Policy {
  return parsePolicy({
    version: 2,
    template: { name: 'overlap', version: 1 },
    purpose: 'Count the people of some made-up tables, as a test',
    parties: Array.from({ length: slots }, (_, slot) => ({ label: `Party ${slot}` })),
    ...(minSlots === undefined ? {} : { minParties: minSlots }),
    identifier: { type: 'exact', column: 'id', normalisation: 'exact/1' },
    k: 2,
    minRows: 3,
    maxRows: 40,
    proofMode,
    ...(fees ? { fees } : {}),
    deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY },
  });
}

export type RoomOptions = {
  /** The policy; one of the template "overlap", as the other options say, unless given. */
  readonly policy?: Policy;
  /** Number of slots; two unless given. */
  readonly slots?: number;
  /** How many of them are enough to go on with; all unless given. */
  readonly minSlots?: number;
  /** Succinct unless given. */
  readonly proofMode?: Policy['proofMode'];
  readonly template?: TemplateName;
  /** Identifier digests of each slot; three of five in common unless given. */
  readonly datasets?: readonly bigint[][];
  /** Deadlines in seconds from now, where they differ from those of the policy. */
  readonly deadlines?: Readonly<Partial<Record<Phase, number>>>;
  /** Money; none unless given. */
  readonly fees?: Policy['fees'];
  /** Makes the room's escrow known to the host's wallet, and returns its address; where there are fees. */
  readonly escrow?: (host: LocalRoom) => Promise<bigint>;
  /** Has another host than slot 0's account send the call that creates the room. */
  readonly create?: (creation: Call) => Promise<unknown>;
};

/** States that the slots' steps lead to, in their order. */
export type LiveState = Extract<
  RoomState,
  'inviting' | 'approving' | 'committing' | 'joining' | 'sharing' | 'released'
>;

/** A room under test. Calls of slot i are sent by slot i's account. */
export type TestRoom = {
  readonly roomId: bigint;
  readonly policy: Policy;
  /** The record of each slot. The host's secrets are in slot 0's. */
  readonly records: readonly LocalRoom[];
  readonly sessions: readonly Session[];
  /** The call that created the room. */
  readonly creation: Call;
  /** The log, replayed by the product's rules and compared with the contract's storage. */
  read(): Promise<{ view: RoomView; events: LoggedEvent[] }>;
  /** What a slot would send now; undefined when it waits for others or for their uploads. */
  next(slot: number): Promise<Call | undefined>;
  /** What every slot would send now, or those of `slots` alone. */
  due(slots?: readonly number[]): Promise<(Call | undefined)[]>;
  /** Sends the calls, one per slot, at the same time; returns the transactions' hashes. */
  sendAll(calls: readonly (Call | undefined)[]): Promise<string[]>;
  /** Goes on until the room is in `state`, by the acts of all slots or of `slots` alone. */
  driveTo(state: LiveState, slots?: readonly number[]): Promise<void>;
  /** Calls of a slot or of the host that are no step of the session. */
  revoke(slot: number): Promise<Call>;
  dispute(slot: number): Promise<Call>;
  cancel(): Promise<Call>;
  close(): Promise<Call>;
  leaveOut(): Promise<Call>;
  expire(): Promise<Call>;
};

/** Creates a room on chain, hosted by slot 0's account. */
export async function openRoom(bed: Bed, options: RoomOptions = {}): Promise<TestRoom> {
  const policy = options.policy ?? policyOf(options);
  const count = policy.parties.length;
  const actors = bed.slots.slice(0, count);
  if (actors.length < count) throw new Error(`the bed has too few accounts for ${count} slots`);
  const [host] = actors;
  const { connection, home, prover } = host.party;
  const hostRecord = newHostRoom(home, chainOf(connection, bed.contract), policy);
  const { roomId, contract, policyDocument, hostSecret, inviteSecrets, escrowSecret } = hostRecord;
  await bed.relay.put(new TextEncoder().encode(canonicalPolicy(policy)));
  const creation = await creationCall(bed, hostRecord, policy, options);
  await (options.create?.(creation) ?? send(host.client, creation));

  const records = actors.map((_, slot) =>
    newLocalRoom({
      roomId,
      contract,
      slot,
      inviteSecret: inviteSecrets![slot],
      policyDocument,
      ...(escrowSecret === undefined ? {} : { escrowSecret }),
      ...(slot === 0 ? { hostSecret, inviteSecrets } : {}),
    }),
  );
  const sessions: Session[] = [];
  for (const [slot, { party, client }] of actors.entries()) {
    const { connection, wallet, selectors, home } = party;
    await saveRoom(home, records[slot]);
    sessions.push({
      connection,
      wallet,
      contract: recordingClient(client),
      selectors,
      relay: bed.relay,
      prover,
      home,
      room: records[slot],
      policy,
      report: () => {},
    });
  }
  const datasets = options.datasets ?? Array.from({ length: count }, (_, slot) => defaultRows(slot, count));
  // What one slot verified the others need not verify again: it is one prover.
  const { checked } = newMemory();
  const memories = actors.map(() => ({ ...newMemory(), checked }));

  const room: TestRoom = {
    roomId,
    policy,
    records,
    sessions,
    creation,
    read: () => readRoom({ ...sessions[0], contract }, roomId),
    async next(slot) {
      const { view } = await room.read();
      const step = nextStep(view, slot);
      switch (step.kind) {
        case 'finished':
          return undefined;
        case 'take-slot':
          return recordCall(() => takeSlot(sessions[slot], view));
        case 'approve':
          return recordCall(() => approvePolicy(sessions[slot], view));
        case 'confirm-payment':
          throw new Error('this room costs money: pay and confirm it before its slots go on');
        case 'commit':
          return recordCall(() => commitDataset(sessions[slot], view, makeDataset(datasets[slot])));
        default:
          return recordIfAny(() => takeTurn(sessions[slot], memories[slot]));
      }
    },
    async due(slots = [...sessions.keys()]) {
      const calls: (Call | undefined)[] = [];
      for (const slot of slots) calls[slot] = await room.next(slot);
      // A slot's turn uploads its list: who was before it and missed that list asks again.
      for (const slot of slots) calls[slot] ??= await room.next(slot);
      return calls;
    },
    async sendAll(calls) {
      // Array.from fills the gaps that `due` leaves for slots that were not asked.
      const sent = Array.from(calls, (call, slot) => call && send(actors[slot].client, call));
      return (await Promise.all(sent)).filter((hash) => hash !== undefined);
    },
    async driveTo(state, slots) {
      for (;;) {
        const { view } = await room.read();
        if (view.state === state) return;
        if (STATES[view.state] > STATES[state]) throw new Error(`the room is ${view.state}, past ${state}`);
        const calls = await room.due(slots);
        if (calls.every((call) => call === undefined))
          throw new Error(`nobody goes on in a room that is ${view.state}`);
        await room.sendAll(calls);
      }
    },
    revoke: (slot) => recordCall(() => revokeConsent(sessions[slot])),
    dispute: (slot) => recordCall(() => dispute(sessions[slot])),
    cancel: () => recordCall(() => cancelRoom(sessions[0])),
    close: () => recordCall(() => closeRoom(sessions[0])),
    leaveOut: () => recordCall(() => leaveOut(sessions[0])),
    expire: () => recordCall(() => expireRoom(sessions[0])),
  };
  return room;
}

/** Five people for each slot, three of whom all slots share. */
function defaultRows(slot: number, slots: number): bigint[] {
  const from = slot === 0 ? 0 : slot === slots - 1 ? 2 : 1;
  return people(from, from + 5);
}

/** Positions among the arguments of `create_room`. */
export const CREATION = { roomId: 0, secret: 1, policy: 2, circuits: 3, deadlines: 4, invites: 5, escrow: 6 } as const;

async function creationCall(bed: Bed, record: LocalRoom, policy: Policy, options: RoomOptions): Promise<Call> {
  const { client, party } = bed.slots[0];
  const now = await bed.now();
  const call = await recordCall(async () =>
    createRoom(record, {
      contract: recordingClient(client),
      prover: party.prover,
      policy,
      template: templateOf(bed.deployment, options.template ?? 'overlap'),
      now,
      escrow: (await options.escrow?.(record)) ?? 0n,
    }),
  );
  const deadlines = Object.entries(options.deadlines ?? {}).map(([phase, after]) => [phase, now + BigInt(after)]);
  return withMembers(call, CREATION.deadlines, Object.fromEntries(deadlines) as Record<string, bigint>);
}
