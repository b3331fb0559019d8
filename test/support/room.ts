/** A room of small tables, played by the product's own code: each call can be had before it is sent. */
import { mkdir } from 'node:fs/promises';
import {
  approvePolicy,
  cancelRoom,
  closeRoom,
  commitDataset,
  createRoom,
  expireRoom,
  newHostRoom,
  newLocalRoom,
  revokeConsent,
  takeSlot,
} from '../../app/lib/room/acts.ts';
import { takeTurn } from '../../app/lib/room/engine.ts';
import { nextStep } from '../../app/lib/room/next.ts';
import type { RoomView } from '../../app/lib/room/replay.ts';
import type { LoggedEvent } from '../../app/lib/room/events.ts';
import { readRoom, type Session } from '../../app/lib/room/session.ts';
import { saveRoom, type LocalRoom } from '../../app/lib/room/store.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { canonicalPolicy, parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { recordCall, recordIfAny, recordingClient, send, withArgs, type Call } from './calls.ts';
import type { Bed } from './bed.ts';

/** Identifier digests of the people `from` to `to`, without the last. */
export const people = (from: number, to: number): bigint[] =>
  Array.from({ length: to - from }, (_, i) => identifierDigest('exact', `person ${from + i}`));

const DAY = 86_400;

/** The policy of test rooms: at least two of 3 to 40 rows in common. */
export const POLICY: Policy = parsePolicy({
  version: 1,
  template: { name: 'overlap', version: 1 },
  purpose: 'Count the people of two made-up tables, as a test',
  parties: [{ label: 'First' }, { label: 'Second' }],
  identifier: { type: 'exact', column: 'id', normalisation: 'exact/1' },
  k: 2,
  minRows: 3,
  maxRows: 40,
  proofMode: 'succinct',
  deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY },
});

/** Phases that have a deadline. */
export type Phase = keyof Policy['deadlines'];

export type RoomOptions = {
  /** Identifier digests of each slot; three of five in common unless given. */
  readonly datasets?: readonly [bigint[], bigint[]];
  /** Deadlines in seconds from now; those of the policy unless given. */
  readonly deadlines?: Readonly<Record<Phase, number>>;
};

/** States that the engine and acts lead to, in their order. */
const STATES = ['inviting', 'approving', 'committing', 'joining', 'sharing', 'released'] as const;
export type LiveState = (typeof STATES)[number];

/** A room under test. Calls of slot i are sent by slot i's account. */
export type TestRoom = {
  readonly roomId: bigint;
  /** The record of a slot: its secrets. The host's secrets are in slot 0's. */
  readonly records: readonly LocalRoom[];
  readonly sessions: readonly Session[];
  /** The call that created the room. */
  readonly creation: Call;
  /** The log, replayed by the product's rules and compared with the contract's transcript in storage. */
  read(): Promise<{ view: RoomView; events: LoggedEvent[] }>;
  /** What a slot would send now; undefined when it waits for others or for their uploads. Proofs are real. */
  next(slot: number): Promise<Call | undefined>;
  /** What every slot would send now. */
  due(): Promise<(Call | undefined)[]>;
  /** Sends the calls, one per slot, at the same time; returns the transactions' hashes. */
  sendAll(calls: readonly (Call | undefined)[]): Promise<string[]>;
  /** Goes on until the room is in `state`. */
  driveTo(state: LiveState): Promise<void>;
  /** Calls of a slot or of the host that are no step of the session. */
  revoke(slot: number): Promise<Call>;
  cancel(): Promise<Call>;
  close(): Promise<Call>;
  expire(): Promise<Call>;
};

/** Creates a room on chain. */
export async function openRoom(bed: Bed, options: RoomOptions = {}): Promise<TestRoom> {
  const [host] = bed.slots;
  const { prover } = host.party;
  const datasets = options.datasets ?? [people(0, 5), people(2, 7)];
  const hostRecord = newHostRoom(bed.contract, POLICY);
  const { roomId, contract, policyDocument, hostSecret, inviteSecrets } = hostRecord;
  await bed.relay.put(new TextEncoder().encode(canonicalPolicy(POLICY)));
  const now = await bed.now();
  const planned = await recordCall(() => createRoom(recordingClient(host.client), prover, hostRecord, POLICY, now));
  const creation = options.deadlines ? withDeadlines(planned, now, options.deadlines) : planned;
  await send(host.client, creation);

  const records = bed.slots.map((_, slot) =>
    newLocalRoom({
      roomId,
      contract,
      slot,
      inviteSecret: inviteSecrets![slot],
      policyDocument,
      ...(slot === 0 ? { hostSecret, inviteSecrets } : {}),
    }),
  );
  const sessions: Session[] = [];
  for (const [slot, { party, client }] of bed.slots.entries()) {
    const { connection, selectors, home } = party;
    await mkdir(home.folder, { recursive: true });
    await saveRoom(home, records[slot]);
    sessions.push({
      connection,
      contract: recordingClient(client),
      selectors,
      relay: bed.relay,
      prover,
      home,
      room: records[slot],
      policy: POLICY,
      report: () => {},
    });
  }
  const checked = new Set<string>();

  const room: TestRoom = {
    roomId,
    records,
    sessions,
    creation,
    read: () => readRoom({ ...sessions[0], contract }, roomId),
    async next(slot) {
      const { view } = await room.read();
      const step = nextStep(view, slot);
      switch (step.kind) {
        case 'wait':
        case 'finished':
          return undefined;
        case 'take-slot':
          return recordCall(() => takeSlot(sessions[slot], view));
        case 'approve':
          return recordCall(() => approvePolicy(sessions[slot], view));
        case 'commit':
          return recordCall(() => commitDataset(sessions[slot], view, datasets[slot]));
        default:
          return recordIfAny(() => takeTurn(sessions[slot], checked));
      }
    },
    async due() {
      const calls: (Call | undefined)[] = [];
      for (const slot of sessions.keys()) calls.push(await room.next(slot));
      // A slot's turn uploads its list: who was before it and missed that list asks again.
      for (const slot of sessions.keys()) calls[slot] ??= await room.next(slot);
      return calls;
    },
    async sendAll(calls) {
      const sent = await Promise.all(calls.map((call, slot) => call && send(bed.slots[slot].client, call)));
      return sent.filter((hash) => hash !== undefined);
    },
    async driveTo(state) {
      for (;;) {
        const { view } = await room.read();
        const reached = STATES.indexOf(view.state as LiveState);
        if (reached < 0 || reached > STATES.indexOf(state)) throw new Error(`the room is ${view.state}, past ${state}`);
        if (view.state === state) return;
        await room.sendAll(await room.due());
      }
    },
    revoke: (slot) => recordCall(() => revokeConsent(sessions[slot])),
    cancel: () => recordCall(() => cancelRoom(sessions[0])),
    close: () => recordCall(() => closeRoom(sessions[0])),
    expire: () => recordCall(() => expireRoom(sessions[0])),
  };
  return room;
}

/** `create_room` with other deadlines. */
function withDeadlines(call: Call, now: bigint, seconds: Readonly<Record<Phase, number>>): Call {
  const deadlines = Object.fromEntries(Object.entries(seconds).map(([phase, after]) => [phase, now + BigInt(after)]));
  return withArgs(call, { [DEADLINES_POSITION]: deadlines });
}

/** Position of the deadlines among the arguments of `create_room`. */
const DEADLINES_POSITION = 4;
