/** All that the page of a room shows to one of its parties. */
import { stat } from 'node:fs/promises';
import { loadConfig } from '../../../aztec.config.ts';
import { amountDue, stakePart } from '../../lib/escrow/terms.ts';
import { fieldToHex, parseField } from '../../lib/field/field.ts';
import { initField } from '../../lib/field/poseidon2.ts';
import type { Policy } from '../../lib/policy/parse.ts';
import { Payer } from '../../lib/policy/terms.ts';
import { folderRelay } from '../../lib/relay/folder.ts';
import { ownParts, partName, payoutsOf } from '../../lib/room/dues.ts';
import { encodeGrant, HOST_SLOT, type Role } from '../../lib/room/grant.ts';
import { listGrants } from '../../lib/room/grant-store.ts';
import { invitesOf } from '../../lib/room/invite.ts';
import { afterDeadline, nextStep, type NextStep } from '../../lib/room/next.ts';
import { readRoom } from '../../lib/room/session.ts';
import { loadRoom, roomFiles, type LocalRoom } from '../../lib/room/store.ts';
import { isOver, kindOf, type RoomKind, type RoomState, type RoomView } from '../../lib/room/view.ts';
import { templateOf } from '../../lib/template/registry.ts';
import { knownDeployment } from '../known-deployment.ts';
import { receiptFile } from '../receipt-file.ts';
import { withoutSecrets } from '../redact.ts';
import { deadlineOf, dueFrom, lacksApprover, PATIENCE, within, type RoomSummary } from '../rooms.ts';
import { chainTime, isDraft, nextOf, openChain, ownPolicy, type ChainReader } from './own-rooms.ts';
import { policyPart, type PolicyPart } from './policy-part.ts';

/** What one party of the room has done. */
export type PartyState = {
  readonly slot: number;
  readonly label: string;
  readonly leftOut?: 'late' | 'withdrew';
  readonly taken: boolean;
  readonly approved: boolean;
  /** Accounts that have approved for it so far. */
  readonly approvals: number;
  /** Where money is due from it. */
  readonly paid?: boolean;
  readonly committed: boolean;
  /** Proofs of its that the contract has taken. */
  readonly proofs: number;
  /** What the room waits for from it. */
  readonly due?: string;
  /** The same, for texts to the party. */
  readonly dueStep?: NextStep['kind'] | 'second-approval';
};

/** A role that the profile has granted in the room. */
export type RoleState = {
  /** What stands on chain for it: `0x` and 64 hexadecimal digits. */
  readonly grant: string;
  readonly role: Role;
  readonly by: 'slot' | 'host';
  readonly revoked: boolean;
  /** Whether its holder has approved or put a report on record. */
  readonly used: boolean;
  /** What its holder is sent, where this profile's folder has it. */
  readonly link?: string;
};

/** The room's money, as far as everyone of the room knows it. Amounts are in token units, as decimal text. */
export type MoneyState = {
  readonly token: string;
  /** Whether it is the local network's own, which is worth nothing. */
  readonly sample: boolean;
  readonly fee: string;
  readonly payer: keyof typeof Payer;
  readonly stake: string;
  readonly dues: readonly { readonly kind: 'fee' | 'stake'; readonly name: string; readonly amount: string }[];
  /** Whether the own slot has proven that all is paid; absent without a slot. */
  readonly confirmed?: boolean;
  /** Whether paying is still of use. */
  readonly payable: boolean;
  /** What lies ready for the own slot once the room is over, in words. */
  readonly payouts: readonly string[];
};

/** Deleting the room's data, once it is over. */
export type DeletionState = {
  readonly attested: boolean;
  readonly due: boolean;
  readonly until: string;
  readonly passed: boolean;
  /** Files of the profile's folder that go. */
  readonly datasets: number;
  readonly messages: number;
};

/** The room as the chain has it. */
export type ChainState = {
  readonly state: RoomState;
  readonly kind: RoomKind;
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
  /** Whose withdrawal ended the room. */
  readonly revokedBy?: string;
  readonly result?: readonly string[];
  /** What anyone may do about those that are late, once the deadline has passed. */
  readonly lateAct?: 'leave-out' | 'expire';
  /** Whether approvers can still be named. */
  readonly canNameApprovers: boolean;
  readonly roles: readonly RoleState[];
  readonly money?: MoneyState;
  readonly deletion?: DeletionState;
};

/** What the page shows. */
export type RoomPage = {
  readonly id: string;
  readonly slot?: number;
  readonly host: boolean;
  /** Address of the account that hosts the room, where that is another wallet's. */
  readonly hostedBy?: string;
  /** Whether the room waits for that wallet to create it. */
  readonly draft?: true;
  readonly policy?: PolicyPart;
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
    hostedBy: record.hostedBy && fieldToHex(record.hostedBy.account),
    policy: policy && policyPart(policy, record.slot),
    receipt: await stat(receiptFile(room)!).then(
      () => true,
      () => false,
    ),
  };
  try {
    const reader = await openChain();
    if (!reader) return { ...base, unread: 'The Aztec node does not answer.' };
    const { view } = await within(PATIENCE, readRoom({ ...reader, contract: record.contract }, record.roomId));
    const chain = await chainPart(view, { folder, record, policy, reader });
    return { ...base, chain, invites: view.state === 'inviting' ? invitesPart(record, policy, view) : undefined };
  } catch (error) {
    if (isDraft(record, error)) return { ...base, draft: true };
    return { ...base, unread: withoutSecrets(error instanceof Error ? error.message : String(error)) };
  }
}

/** What a room is read with. */
type Reading = {
  readonly folder: string;
  readonly record: LocalRoom;
  readonly policy?: Policy;
  readonly reader: ChainReader;
};

async function chainPart(view: RoomView, reading: Reading): Promise<ChainState> {
  const { record, policy, reader } = reading;
  const { state, members, terms } = view;
  const running = ['inviting', 'approving', 'committing', 'joining', 'sharing'].includes(state);
  const own = record.slot !== undefined && members.includes(record.slot) && view.slots[record.slot] !== undefined;
  const free = state === 'inviting' || state === 'approving' || state === 'committing';
  const now = await chainTime(reader);
  const deadline = deadlineOf(view, now);
  return {
    state,
    kind: kindOf(view),
    over: isOver(view),
    next: nextOf(view, record),
    deadline,
    parties: view.slots.map((_, slot) => partyPart(view, slot, policy)),
    approvals: terms.approvals,
    disputed: view.progress.disputed,
    withdrawingEnds: !free || members.length - 1 < terms.min_slots,
    canWithdraw: own && running,
    revokedBy: view.revokedBy === undefined ? undefined : labelOf(view.revokedBy, policy),
    result: await resultLines(view, policy),
    lateAct: deadline?.passed ? afterDeadline(view) : undefined,
    canNameApprovers: own && (state === 'inviting' || state === 'approving'),
    roles: await rolesPart(view, reading),
    money: await moneyPart(view, reading),
    deletion: await deletionPart(view, now, reading),
  };
}

function labelOf(slot: number, policy: Policy | undefined): string {
  return policy?.parties[slot].label ?? `Slot ${slot}`;
}

function partyPart(view: RoomView, slot: number, policy: Policy | undefined): PartyState {
  const taken = view.slots[slot];
  const due = dueFrom(view, slot);
  return {
    slot,
    label: labelOf(slot, policy),
    leftOut: view.leftOut.find((left) => left.slot === slot)?.reason,
    taken: taken !== undefined,
    approved: taken?.approved ?? false,
    approvals: taken?.approvals.length ?? 0,
    ...(view.payments.due.includes(slot) ? { paid: taken?.paid ?? false } : {}),
    committed: taken?.dataset !== undefined,
    proofs: view.proofs.filter((proof) => proof.slot === slot).length,
    due,
    dueStep: due === undefined ? undefined : lacksApprover(view, slot) ? 'second-approval' : nextStep(view, slot).kind,
  };
}

async function rolesPart(view: RoomView, { folder, record }: Reading): Promise<RoleState[]> {
  const given = await listGrants({ folder }, 'given');
  const own = view.grants.filter(
    ({ slot }) => slot === record.slot || (slot === HOST_SLOT && record.hostSecret !== undefined),
  );
  return own.map(({ grant, slot, role, revoked }) => {
    const kept = given.get(grant);
    const approved = view.slots.some((taken) => taken?.approvals.some((approval) => approval.grant === grant));
    return {
      grant: fieldToHex(grant),
      role,
      by: slot === HOST_SLOT ? 'host' : 'slot',
      revoked,
      used: approved || view.audits.some((audit) => audit.grant === grant),
      link: kept && !revoked ? encodeGrant(kept) : undefined,
    };
  });
}

async function moneyPart(view: RoomView, { record, reader }: Reading): Promise<MoneyState | undefined> {
  if (view.terms.escrow === 0n) return undefined;
  const terms = { ...view.policy.fees, slots: view.policy.slots };
  const { token, fee, payer, stake } = terms;
  const confirmed = record.slot === undefined ? undefined : (view.slots[record.slot]?.paid ?? false);
  return {
    token: fieldToHex(token),
    sample: token === (await sampleTokenOf(reader)),
    fee: fee.toString(),
    payer: payer === Payer.host ? 'host' : payer === Payer.slots ? 'slots' : 'nobody',
    stake: stake.toString(),
    dues: ownParts(record, terms).map((part) => ({
      kind: part >= stakePart(0) ? 'stake' : 'fee',
      name: partName(part),
      amount: amountDue(terms, part).toString(),
    })),
    confirmed,
    payable: !isOver(view) && confirmed !== true,
    payouts: payoutsOf(view, record).map((payout) =>
      payout.kind === 'forfeited stake' ? `stake that slot ${payout.of} forfeited` : PAYOUTS[payout.kind],
    ),
  };
}

const PAYOUTS = {
  share: 'your share of the fee',
  template: 'the payment of the template’s author and the treasury, which anyone may set off',
} as const;

/** The sample token of a local network; undefined where there is none. */
async function sampleTokenOf({ connection: { info } }: ChainReader): Promise<bigint | undefined> {
  return (await knownDeployment(info))?.token;
}

async function deletionPart(
  view: RoomView,
  now: bigint,
  { folder, record }: Reading,
): Promise<DeletionState | undefined> {
  if (!isOver(view) || record.slot === undefined || view.slots[record.slot] === undefined) return undefined;
  const { datasets, blobs } = await roomFiles({ folder }, record);
  const { due, attested, deadline } = view.deletion;
  return {
    attested: attested.includes(record.slot),
    due: due.includes(record.slot),
    until: new Date(Number(deadline) * 1000).toISOString(),
    passed: now > deadline,
    datasets: datasets.length,
    messages: blobs.length,
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
    label: labelOf(slot, policy),
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
