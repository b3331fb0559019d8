/** The rooms of the configured contract, as the chain has them, told in plain words. */
import { loadConfig } from '../../aztec.config.ts';
import { readDeployment } from '../lib/chain/deployments.ts';
import { eventSelectors, readEvents, readTranscript } from '../lib/chain/log.ts';
import { connectNode, type NodeConnection } from '../lib/chain/node.ts';
import { fieldToHex } from '../lib/field/field.ts';
import { initField } from '../lib/field/poseidon2.ts';
import { loadSrs } from '../lib/proof/srs.ts';
import type { LoggedEvent } from '../lib/room/events.ts';
import { nextStep, type NextStep } from '../lib/room/next.ts';
import { replay } from '../lib/room/replay.ts';
import { chainOf, readRoom, type RoomReader } from '../lib/room/session.ts';
import { isOver, kindOf, type LeftOut, type RoomKind, type RoomState, type RoomView } from '../lib/room/view.ts';
import { answers } from './answers.ts';
import { withoutSecrets } from './redact.ts';
import { hasReceipt } from './receipts.ts';

/** A room as the list shows it. */
export type RoomSummary = {
  /** `0x` and 64 hexadecimal digits. */
  readonly id: string;
  readonly state: RoomState;
  /** Slots of the policy, how many of them the room needs, and those still in it. */
  readonly slots: number;
  readonly minSlots: number;
  readonly members: readonly number[];
  readonly leftOut: readonly LeftOut[];
  /** Slots by whose fault the room ended. */
  readonly atFault: readonly number[];
  /** A party said that it cannot go on, so a missing step is nobody's fault. */
  readonly disputed: boolean;
  /** Slots that have proven their payment, where money is due. */
  readonly paid?: readonly number[];
  /** What the room waits for, one entry per slot that has something to do. */
  readonly waitsFor: readonly string[];
  /** End of the state's time, by the chain's clock; absent where nothing is due. */
  readonly deadline?: { readonly at: string; readonly passed: boolean };
  readonly result?: { readonly suppressed: true } | { readonly suppressed: false; readonly count: number };
  /** What it opens. */
  readonly kind: RoomKind;
  /** Counts below k are never opened; of groups neither, where too few parties have k rows. */
  readonly k: number;
  /** Zero-knowledge proofs that the contract has taken so far. */
  readonly proofs: number;
  /** Audit reports on record. */
  readonly audits: number;
  /** Deletion of what was received, once the room is over. */
  readonly deletion?: { readonly due: readonly number[]; readonly attested: readonly number[]; readonly until: string };
  readonly receipt: boolean;
};

/** A room whose record does not add up. Nothing of it is shown. */
export type RefusedRoom = { readonly id: string; readonly refused: string };

export type NetworkSummary = {
  readonly chainId: string;
  readonly provesTransactions: boolean;
  readonly srs: 'ignition' | 'development';
  readonly contract?: string;
};

export type RoomList =
  | { readonly status: 'unreachable'; readonly node: string }
  | { readonly status: 'unreadable'; readonly node: string; readonly reason: string }
  | {
      readonly status: 'read';
      readonly network: NetworkSummary;
      readonly rooms: readonly (RoomSummary | RefusedRoom)[];
    };

/** Longest that a page waits for a node, in milliseconds. */
export const PATIENCE = 20_000;

/** Reads every room of the contract that this machine deployed. Failures come back as a status, for people. */
export async function listRooms(): Promise<RoomList> {
  const { network, deploymentsFile } = loadConfig();
  const node = withoutSecrets(network.url);
  if (!(await answers(network.url))) return { status: 'unreachable', node };
  try {
    return await within(PATIENCE, readAll(network.url, deploymentsFile));
  } catch (error) {
    return {
      status: 'unreadable',
      node,
      reason: withoutSecrets(error instanceof Error ? error.message : String(error)),
    };
  }
}

async function readAll(url: string, file: string): Promise<RoomList> {
  await initField();
  const connection = await connectNode(url);
  const { info } = connection;
  const srs = await loadSrs({ numPoints: 2 });
  const contract = (await readDeployment({ file, info, srsIdentity: srs.identity }))?.rooms;
  const network = {
    chainId: info.chainId.toString(),
    provesTransactions: info.provesTransactions,
    srs: srs.kind,
    contract: contract === undefined ? undefined : fieldToHex(contract),
  };
  if (contract === undefined) return { status: 'read', network, rooms: [] };
  return { status: 'read', network, rooms: await readRooms(connection, contract) };
}

async function readRooms(connection: NodeConnection, contract: bigint): Promise<(RoomSummary | RefusedRoom)[]> {
  const reader = { connection, contract, selectors: await eventSelectors() };
  const logs = Map.groupBy(await readEvents(connection.node, contract, reader.selectors), ({ fields }) => fields[0]);
  const header = await connection.node.getBlockHeader('latest');
  const now = BigInt(header?.globalVariables.timestamp ?? 0);
  const rooms = [...logs].map(async ([roomId, events]): Promise<RoomSummary | RefusedRoom> => {
    try {
      return await summarise(await viewOf(reader, roomId, events), now);
    } catch (error) {
      return { id: fieldToHex(roomId), refused: error instanceof Error ? error.message : String(error) };
    }
  });
  // The newest room first.
  return (await Promise.all(rooms)).reverse();
}

/** The room that a log describes, checked against the contract's storage. A room that went on meanwhile is read again. */
async function viewOf(reader: RoomReader, roomId: bigint, events: readonly LoggedEvent[]): Promise<RoomView> {
  const view = replay(events, chainOf(reader.connection, reader.contract), (name) => reader.selectors.get(name)!);
  const transcript = await readTranscript(reader.connection.node, reader.contract, roomId);
  return view.transcript === transcript ? view : (await readRoom(reader, roomId)).view;
}

async function summarise(view: RoomView, now: bigint): Promise<RoomSummary> {
  const id = fieldToHex(view.roomId);
  const { result, deletion } = view;
  return {
    id,
    state: view.state,
    slots: view.slots.length,
    minSlots: view.terms.min_slots,
    members: view.members,
    leftOut: view.leftOut,
    atFault: view.atFault,
    disputed: view.progress.disputed,
    paid: view.payments.due.length > 0 ? view.payments.confirmed : undefined,
    waitsFor: view.slots.flatMap((_, slot) => dueFrom(view, slot) ?? []),
    deadline: deadlineOf(view, now),
    result: result && (result.suppressed ? { suppressed: true } : { suppressed: false, count: result.count! }),
    kind: kindOf(view),
    k: view.terms.k,
    proofs: view.proofs.length,
    audits: view.audits.length,
    deletion: isOver(view)
      ? { due: deletion.due, attested: deletion.attested, until: timeOf(deletion.deadline) }
      : undefined,
    receipt: await hasReceipt(id),
  };
}

/** What a room waits for from a slot, also where an approver of the slot has to do it; undefined where it waits for others. */
export function dueFrom(view: RoomView, slot: number): string | undefined {
  if (lacksApprover(view, slot)) return `a second account to approve for slot ${slot}`;
  return dueOf(slot, nextStep(view, slot));
}

/** Whether all that a slot waits for is the approval of another account. */
export function lacksApprover(view: RoomView, slot: number): boolean {
  if (view.state !== 'approving' || !view.members.includes(slot)) return false;
  return !view.slots[slot]!.approved && nextStep(view, slot).kind === 'wait';
}

/** What a slot has to do, or undefined where it waits for others. */
function dueOf(slot: number, step: NextStep): string | undefined {
  switch (step.kind) {
    case 'take-slot':
      return `slot ${slot} to be taken with its invite`;
    case 'approve':
      return `slot ${slot} to approve the policy`;
    case 'confirm-payment':
      return `slot ${slot} to prove that what is due from it was paid`;
    case 'commit':
    case 'prove-dataset':
      return `slot ${slot} to commit its data and prove that they keep the rules`;
    case 'blind':
      return `slot ${slot} to blind its list and prove it`;
    case 'hop':
      return `slot ${slot} to pass on list ${step.list} and prove it`;
    case 'match':
      return `slot ${slot} to prove the match of the lists`;
    case 'share':
      return `slot ${slot} to give its share of the decryption`;
    case 'release':
      return `slot ${slot} to release the result and prove it`;
    case 'encrypt':
      return `slot ${slot} to encrypt its numbers and prove them`;
    case 'return':
      return `slot ${slot} to tell back what matched of list ${step.list} and prove it`;
    case 'select':
      return `slot ${slot} to add up what matched of slot ${step.list} and prove the sums`;
    case 'open':
      return `slot ${slot} to open its own sums and prove them`;
    case 'tally':
      return `slot ${slot} to tally its rows and prove it`;
    case 'mask':
      return `slot ${slot} to give its masked sums and prove them`;
    case 'part':
      return `slot ${slot} to give its encrypted part of the sum and prove it`;
    case 'mix':
      return `slot ${slot} to mix border ${step.border} and prove it`;
    case 'figures':
      return `slot ${slot} to release the figures and prove them`;
    case 'wait':
    case 'finished':
      return undefined;
  }
}

const DEADLINES: Partial<Record<RoomState, keyof RoomView['terms']['deadlines']>> = {
  inviting: 'invite',
  approving: 'approve',
  committing: 'commit',
  joining: 'join',
  sharing: 'share',
};

/** End of a room's present step; undefined where nothing is due. */
export function deadlineOf({ state, terms }: RoomView, now: bigint): RoomSummary['deadline'] {
  const name = DEADLINES[state];
  if (!name) return undefined;
  const seconds = terms.deadlines[name];
  return { at: timeOf(seconds), passed: now > seconds };
}

/** A time in seconds since the epoch, as ISO 8601. */
export function timeOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString();
}

/** The outcome of work that may take so many milliseconds. @throws Error where it takes longer */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`The node took longer than ${milliseconds / 1000} seconds.`)),
      milliseconds,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
