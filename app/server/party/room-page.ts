/** All that the page of a room shows to one of its parties. */
import { stat } from 'node:fs/promises';
import { loadConfig } from '../../../aztec.config.ts';
import type { Flag } from '../../lib/check/flags.ts';
import { approvalFlags } from '../../lib/check/policy-flags.ts';
import { standingFlags } from '../../lib/check/override.ts';
import { fieldToHex, parseField } from '../../lib/field/field.ts';
import { initField } from '../../lib/field/poseidon2.ts';
import { policyDocument, type PolicyDocument } from '../../lib/policy/document.ts';
import { canonicalPolicy, type Policy } from '../../lib/policy/parse.ts';
import { folderRelay } from '../../lib/relay/folder.ts';
import { invitesOf } from '../../lib/room/invite.ts';
import type { NextStep } from '../../lib/room/next.ts';
import { readRoom } from '../../lib/room/session.ts';
import { loadRoom, type LocalRoom } from '../../lib/room/store.ts';
import { isOver, type RoomState, type RoomView } from '../../lib/room/view.ts';
import { templateOf } from '../../lib/template/registry.ts';
import { receiptFile } from '../receipt-file.ts';
import { withoutSecrets } from '../redact.ts';
import { deadlineOf, dueOf, PATIENCE, within, type RoomSummary } from '../rooms.ts';
import { chainTime, nextOf, openChain, ownPolicy, type ChainReader } from './own-rooms.ts';
import { nextStep } from '../../lib/room/next.ts';

/** What one party of the room has done. */
export type PartyState = {
  readonly slot: number;
  readonly label: string;
  readonly leftOut?: 'late' | 'withdrew';
  readonly taken: boolean;
  readonly approved: boolean;
  /** Where money is due from it. */
  readonly paid?: boolean;
  readonly committed: boolean;
  /** Proofs of its that the contract has taken. */
  readonly proofs: number;
  /** What the room waits for from it. */
  readonly due?: string;
};

/** The room as the chain has it. */
export type ChainState = {
  readonly state: RoomState;
  readonly aggregates: boolean;
  readonly over: boolean;
  readonly next: NextStep;
  readonly deadline?: RoomSummary['deadline'];
  readonly parties: readonly PartyState[];
  /** Accounts that approve for each slot. */
  readonly approvals: number;
  readonly disputed: boolean;
  /** Whether withdrawing now would end the room. */
  readonly withdrawingEnds: boolean;
  readonly canWithdraw: boolean;
  readonly result?: readonly string[];
};

/** What the page shows. */
export type RoomPage = {
  readonly id: string;
  readonly slot?: number;
  readonly host: boolean;
  readonly policy?: {
    readonly document: PolicyDocument;
    /** Canonical JSON. */
    readonly json: string;
    readonly purpose: string;
    readonly column: string;
    readonly hasMoney: boolean;
    readonly stake: boolean;
    /** Red flags that need no table, and which of them are in the way of an approval. */
    readonly flags: readonly Flag[];
    readonly standing: readonly Flag['id'][];
    readonly overridable: readonly Flag['id'][];
  };
  readonly chain?: ChainState;
  /** Why the chain was not read. */
  readonly unread?: string;
  /** One per slot, for the host while slots can be taken. */
  readonly invites?: readonly { readonly label: string; readonly invite: string; readonly taken: boolean }[];
  readonly receipt: boolean;
};

/** Reads a room of a profile; undefined where the profile has no record of it. */
export async function readRoomPage(folder: string, room: string): Promise<RoomPage | undefined> {
  await initField();
  const record = await loadRoom({ folder }, parseField(room));
  if (!record) return undefined;
  const policy = await ownPolicy(folder, record);
  const base = {
    id: room,
    slot: record.slot,
    host: record.hostSecret !== undefined,
    policy: policy && policyPart(policy),
    receipt: await stat(receiptFile(room)!).then(
      () => true,
      () => false,
    ),
  };
  try {
    const reader = await openChain();
    if (!reader) return { ...base, unread: 'The Aztec node does not answer.' };
    const { view } = await within(PATIENCE, readRoom({ ...reader, contract: record.contract }, record.roomId));
    const chain = await chainPart(view, record, policy, reader);
    return { ...base, chain, invites: view.state === 'inviting' ? invitesPart(record, policy, view) : undefined };
  } catch (error) {
    return { ...base, unread: withoutSecrets(error instanceof Error ? error.message : String(error)) };
  }
}

/** Where this machine stands, as its environment tells. */
export function regionOfMachine(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env.ROOM_REGION || undefined;
}

function policyPart(policy: Policy): RoomPage['policy'] {
  const flags = approvalFlags({ policy, now: Math.floor(Date.now() / 1000), region: regionOfMachine() });
  return {
    document: policyDocument(policy),
    json: canonicalPolicy(policy),
    purpose: policy.purpose,
    column: policy.identifier.column,
    hasMoney: policy.fees !== undefined,
    stake: policy.fees?.stake !== undefined,
    flags,
    standing: standingFlags(flags, policy).map(({ id }) => id),
    overridable: policy.overrides ?? [],
  };
}

async function chainPart(
  view: RoomView,
  record: LocalRoom,
  policy: Policy | undefined,
  reader: ChainReader,
): Promise<ChainState> {
  const { state, members, terms } = view;
  const running = ['inviting', 'approving', 'committing', 'joining', 'sharing'].includes(state);
  const own = record.slot !== undefined && members.includes(record.slot) && view.slots[record.slot] !== undefined;
  const free = state === 'inviting' || state === 'approving' || state === 'committing';
  return {
    state,
    aggregates: policy?.template.name === 'aggregate',
    over: isOver(view),
    next: nextOf(view, record),
    deadline: deadlineOf(view, await chainTime(reader)),
    parties: view.slots.map((slot, i) => ({
      slot: i,
      label: policy?.parties[i].label ?? `Slot ${i}`,
      leftOut: view.leftOut.find((left) => left.slot === i)?.reason,
      taken: slot !== undefined,
      approved: slot?.approved ?? false,
      ...(view.payments.due.includes(i) ? { paid: slot?.paid ?? false } : {}),
      committed: slot?.dataset !== undefined,
      proofs: view.proofs.filter((proof) => proof.slot === i).length,
      due: dueOf(i, nextStep(view, i)),
    })),
    approvals: terms.approvals,
    disputed: view.progress.disputed,
    withdrawingEnds: !free || members.length - 1 < terms.min_slots,
    canWithdraw: own && running,
    result: await resultLines(view, policy),
  };
}

async function resultLines(view: RoomView, policy: Policy | undefined): Promise<readonly string[] | undefined> {
  if (!view.result || !policy) return undefined;
  const template = templateOf(view);
  const relay = folderRelay(loadConfig().relayFolder);
  try {
    return template.outcomeLines(policy, await template.outcome(view, relay));
  } catch (error) {
    return [withoutSecrets(error instanceof Error ? error.message : String(error))];
  }
}

function invitesPart(record: LocalRoom, policy: Policy | undefined, view: RoomView): RoomPage['invites'] {
  if (!record.inviteSecrets) return undefined;
  return invitesOf(record).map((invite, slot) => ({
    label: policy?.parties[slot].label ?? `Slot ${slot}`,
    invite,
    taken: view.slots[slot] !== undefined,
  }));
}

/** A room's id from a path; undefined where it is none. */
export function roomIdOf(text: string): string | undefined {
  try {
    return fieldToHex(parseField(text));
  } catch {
    return undefined;
  }
}
