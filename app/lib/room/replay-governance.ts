/** The contract's rules of who takes part and with which right: slots, approvals, roles, payments, leaving and ending. */
import { assertPoint, joinScalar, type Point } from '../curve/grumpkin.ts';
import { hopSlot } from '../protocol/hop.ts';
import { KeyPurpose, verifyKey } from '../protocol/schnorr.ts';
import type { EventOf } from './events.ts';
import { HOST_SLOT, ROLES, type Role } from './grant.ts';
import { isSelected, stepsOnList, unencryptedVectors } from './joined-steps.ts';
import {
  aggregates,
  bit,
  has,
  isOver,
  must,
  slotsOf,
  STATES,
  tellsBands,
  type RoomState,
  type RoomView,
  type SlotView,
} from './view.ts';

/** States in which each slot does the same once, and after which the room moves on. */
const BEFORE_JOINING: readonly RoomState[] = ['inviting', 'approving', 'committing'];
const AFTER: Partial<Record<RoomState, RoomState>> = {
  inviting: 'approving',
  approving: 'committing',
  committing: 'joining',
};
const ROLE_NAMES = Object.fromEntries(Object.entries(ROLES).map(([name, number]) => [number, name])) as Record<
  number,
  Role | undefined
>;

/** The record of a slot that was taken. */
export function taken(view: RoomView, slot: number): SlotView {
  const record = view.slots[slot];
  must(record !== undefined, `slot ${slot} does not exist or is not taken`);
  return record;
}

/** The record of a slot that is in the room, while the room is in `state`. */
export function inState(view: RoomView, state: RoomState, slot: number): SlotView {
  must(view.state === state, `an event of state "${state}" while the room is ${view.state}`);
  must(has(view.progress.active, slot), `slot ${slot} is not in the room`);
  return taken(view, slot);
}

/** One more slot has done the step of a state before joining. */
export function afterSlot(view: RoomView, slot: number): void {
  view.progress.done |= bit(slot);
  whenAllAreDone(view);
}

/** A room whose slots have all done the state's step moves on. */
function whenAllAreDone(view: RoomView): void {
  const { progress } = view;
  if (progress.done !== progress.active) return;
  view.state = AFTER[view.state]!;
  progress.done = 0;
}

export function slotTaken(view: RoomView, event: EventOf<'SlotTaken'>): void {
  const { slot, keys } = event;
  must(view.state === 'inviting', `a slot was taken while the room is ${view.state}`);
  must(slot < view.terms.slots && view.slots[slot] === undefined, `slot ${slot} does not exist or was taken twice`);
  const decryptionKey = assertPoint({ x: keys.decryption_x, y: keys.decryption_y }, 'decryption key');
  const blindingKey = assertPoint({ x: keys.blinding_x, y: keys.blinding_y }, 'blinding key');
  const possession = (purpose: KeyPurpose, key: Point, [challenge, low, high]: bigint[]): boolean =>
    verifyKey({ context: view.terms.context, slot, purpose, key }, { e: challenge, s: joinScalar(low, high) });
  must(
    possession(KeyPurpose.decryption, decryptionKey, event.decryption_proof),
    `slot ${slot}: no proof of possession of its decryption key`,
  );
  must(
    possession(KeyPurpose.blinding, blindingKey, event.blinding_proof),
    `slot ${slot}: no proof of possession of its blinding key`,
  );
  view.slots[slot] = { decryptionKey, blindingKey, approvals: [], approved: false, paid: false };
  afterSlot(view, slot);
}

export function roleGranted(view: RoomView, { slot, role, grant }: EventOf<'RoleGranted'>): void {
  const name = ROLE_NAMES[role];
  must(name !== undefined, `there is no role ${role}`);
  if (slot === HOST_SLOT) must(name === 'auditor', 'the host grants auditors only');
  else taken(view, slot);
  must(
    name !== 'approver' || STATES[view.state] <= STATES.approving,
    'an approver was named after the policy was approved',
  );
  must(grant !== 0n && !view.grants.some((known) => known.grant === grant), 'a grant of nothing, or one given twice');
  view.grants.push({ grant, slot, role: name, revoked: false });
}

export function roleRevoked(view: RoomView, { slot, grant }: EventOf<'RoleRevoked'>): void {
  const known = view.grants.find((other) => other.grant === grant);
  must(known?.slot === slot && !known.revoked, `slot ${slot} revoked a grant that it does not have`);
  known.revoked = true;
}

function assertGranted(view: RoomView, slot: number, role: Role, grant: bigint): void {
  const known = view.grants.find((other) => other.grant === grant);
  must(known?.slot === slot && known.role === role && !known.revoked, `no ${role} of slot ${slot} has this grant`);
}

export function policyApproved(view: RoomView, event: EventOf<'PolicyApproved'>): void {
  const { slot, tag, grant } = event;
  const record = inState(view, 'approving', slot);
  must(!record.approved, `slot ${slot} approved once too often`);
  must(event.policy_digest === view.terms.policy_digest, 'another policy digest was approved');
  if (grant !== 0n) assertGranted(view, slot, 'approver', grant);
  must(
    tag !== 0n && !record.approvals.some((approval) => approval.tag === tag),
    `one account approved twice for slot ${slot}`,
  );
  record.approvals.push({ tag, grant });
  if (record.approvals.length < view.terms.approvals) return;
  record.approved = true;
  afterSlot(view, slot);
}

export function paymentConfirmed(view: RoomView, { slot }: EventOf<'PaymentConfirmed'>): void {
  must(view.terms.escrow !== 0n, 'a payment was confirmed in a room where nothing is to be paid');
  const record = inState(view, view.state === 'approving' ? 'approving' : 'committing', slot);
  must(!record.paid, `slot ${slot} confirmed its payment twice`);
  record.paid = true;
}

/** Takes slots out of the room. What they proved so far is of no more use, and nobody has to keep it. */
function leave(view: RoomView, leaving: readonly number[], reason: 'late' | 'withdrew'): void {
  const { progress } = view;
  for (const slot of leaving) {
    progress.active &= ~bit(slot);
    progress.done &= ~bit(slot);
    view.leftOut.push({ slot, reason });
  }
  view.proofs = view.proofs.filter(({ slot }) => !leaving.includes(slot));
  whenAllAreDone(view);
}

/** Whether the state's deadline had passed cannot be told from events. */
export function slotsLeftOut(view: RoomView, event: EventOf<'SlotsLeftOut'>): void {
  const { active, done } = view.progress;
  must(BEFORE_JOINING.includes(view.state), `slots were left out while the room is ${view.state}`);
  must(event.active === done, 'other slots go on than those that did their step');
  must(slotsOf(done).length >= view.terms.min_slots, 'a room goes on with too few slots');
  leave(view, slotsOf(active & ~done), 'late');
}

export function consentWithdrawn(view: RoomView, { slot }: EventOf<'ConsentWithdrawn'>): void {
  must(BEFORE_JOINING.includes(view.state), `a room goes on without a slot that withdrew while it is ${view.state}`);
  inState(view, view.state, slot);
  must(slotsOf(view.progress.active).length > view.terms.min_slots, 'a room goes on with too few slots');
  leave(view, [slot], 'withdrew');
}

export function stepDisputed(view: RoomView, { slot }: EventOf<'StepDisputed'>): void {
  inState(view, view.state === 'joining' ? 'joining' : 'sharing', slot);
  must(!view.progress.disputed, 'the steps of a room were disputed twice');
  view.progress.disputed = true;
}

/** States in which a room ends other than by its result, by the contract's numbers. */
const ENDINGS = new Map(
  (['closed', 'cancelled', 'expired', 'revoked'] as const).map((state) => [STATES[state], state]),
);

/** Whether the state's deadline had passed, in a room that expired, cannot be told from events. */
export function roomEnded(view: RoomView, event: EventOf<'RoomEnded'>): void {
  const { slot } = event;
  const ending = (ENDINGS as ReadonlyMap<number, RoomState>).get(event.state);
  must(ending !== undefined, 'unknown ending state');
  must(
    ending === 'closed' ? view.state === 'released' : !isOver(view),
    `a room that is ${view.state} cannot become ${ending}`,
  );
  const early = BEFORE_JOINING.includes(view.state);
  const { active, done, disputed } = view.progress;
  let atFault = 0;
  if (ending === 'revoked') {
    inState(view, view.state, slot);
    must(
      !early || slotsOf(active).length <= view.terms.min_slots,
      'a room ended by a slot without which it could go on',
    );
    if (!early && !disputed) atFault = bit(slot);
    view.revokedBy = slot;
  } else {
    must(slot === HOST_SLOT, `a room was ${ending} by a slot`);
  }
  if (ending === 'expired') {
    must(
      !early || slotsOf(done).length < view.terms.min_slots,
      'a room expired although enough slots were ready to go on',
    );
    atFault = missingStep(view);
  }
  must(event.at_fault === atFault, 'other slots are named at fault than those whose step was missing');
  view.state = ending;
  view.progress.done = 0;
  view.progress.atFault = atFault;
}

/**
 * The members whose step is missing in a room that is late, as a mask. Nobody is at fault before joining, where a step
 * is due that any member could do, or where a member has disputed.
 */
function missingStep(view: RoomView): number {
  const { state, progress, members, lists } = view;
  if (progress.disputed) return 0;
  if (state === 'sharing') {
    const missing = progress.active & ~progress.done;
    // Mixes have an order: of those that wait for one another the first is missing.
    return tellsBands(view) && view.ciphertext ? bit(slotsOf(missing)[0]) : missing;
  }
  if (state !== 'joining') return 0;
  // Such a room is joining as long as a tally is missing.
  if (aggregates(view) || tellsBands(view)) return progress.active & ~progress.done;
  if (view.matched) return missingAfterMatch(view);
  const unblinded = members.filter((list) => lists[list][0] === undefined);
  const late =
    unblinded.length > 0
      ? unblinded
      : members.flatMap((list) => {
          const hop = lists[list].findIndex((digest, h) => h < members.length && digest === undefined);
          return hop < 0 ? [] : [hopSlot(list, hop, members)];
        });
  return late.reduce((mask, slot) => mask | bit(slot), 0);
}

/** The same after the match of a room that joins values: all whose next step does not wait for another. */
function missingAfterMatch(view: RoomView): number {
  const late = view.members.flatMap((slot) => [
    ...stepsOnList(view, slot).map(({ by }) => by),
    ...unencryptedVectors(view, slot).map(() => slot),
    ...(isSelected(view, slot) && !has(view.progress.done, slot) ? [slot] : []),
  ]);
  return late.reduce((mask, slot) => mask | bit(slot), 0);
}

export function auditRecorded(view: RoomView, event: EventOf<'AuditRecorded'>): void {
  const { slot, grant, report_digest: reportDigest } = event;
  assertGranted(view, slot, 'auditor', grant);
  must(reportDigest !== 0n, 'an audit without a report');
  view.audits.push({ slot, grant, reportDigest });
}

export function deletionAttested(view: RoomView, { slot, digest }: EventOf<'DeletionAttested'>): void {
  must(isOver(view), `a deletion was attested while the room is ${view.state}`);
  taken(view, slot);
  must(!has(view.progress.deleted, slot), `slot ${slot} attested its deletion twice`);
  must(digest !== 0n, 'a deletion of nothing');
  view.progress.deleted |= bit(slot);
}
