/**
 * The contract's rules, once more: folds a room's events into what they mean, checking every rule that the contract
 * enforces and every relation that needs no proof system. The client runs it over the chain's log, the verifier over a
 * receipt, so neither trusts whoever handed over the events.
 *
 * Three rules of the contract leave no trace in the events: deadlines (so neither that a step was in time nor that a
 * slot was left out, or a room expired, only after its deadline), that whoever acted held the right to, and what the
 * registry says of the template.
 */
import { AMOUNT_LIMIT, Payer, policyDigest, ProofMode, SHARE_LIMIT } from '../policy/terms.ts';
import { MAX_BORDERS } from '../protocol/bands.ts';
import { CIRCUITS, circuitsDigest, roomContext, type CircuitName } from '../protocol/context.ts';
import { MAX_SLOTS, MIN_SLOTS } from '../protocol/errors.ts';
import { eventPayload, extendTranscript } from '../protocol/transcript.ts';
import { MAX_VECTORS } from '../protocol/vectors.ts';
import { decodeEvent, type EventName, type EventOf, type LoggedEvent } from './events.ts';
import * as aggregate from './replay-aggregate.ts';
import * as governance from './replay-governance.ts';
import * as joined from './replay-joined.ts';
import * as steps from './replay-steps.ts';
import * as threshold from './replay-threshold.ts';
import { must, ReplayError, settle, tellsBands, type Chain, type RoomState, type RoomView } from './view.ts';

export { isEnded, MATCH_POSITION, ReplayError } from './view.ts';
export type { AnnouncedProof, Chain, RoomResult, RoomState, RoomView, SlotView } from './view.ts';

type Rule<N extends EventName> = (view: RoomView, event: EventOf<N>, logged: LoggedEvent) => void;

/** What each event after the first means, and when it is allowed. */
const RULES: { readonly [N in EventName]: Rule<N> } = {
  RoomCreated: () => {
    throw new ReplayError('a room can be created once');
  },
  SlotTaken: governance.slotTaken,
  RoleGranted: governance.roleGranted,
  RoleRevoked: governance.roleRevoked,
  PolicyApproved: governance.policyApproved,
  PaymentConfirmed: governance.paymentConfirmed,
  DatasetProven: steps.datasetProven,
  SlotsLeftOut: governance.slotsLeftOut,
  ConsentWithdrawn: governance.consentWithdrawn,
  BlindProven: steps.blindProven,
  HopProven: steps.hopProven,
  DatasetAttested: steps.datasetAttested,
  ListAttested: steps.listAttested,
  MatchProven: steps.matchProven,
  ShareGiven: steps.shareGiven,
  ResultReleased: steps.resultReleased,
  TallyProven: aggregate.tallyProven,
  MaskedGiven: aggregate.maskedGiven,
  FiguresReleased: aggregate.figuresReleased,
  EncryptProven: joined.encryptProven,
  ReturnProven: joined.returnProven,
  SelectProven: joined.selectProven,
  TallyOpened: joined.tallyOpened,
  PartGiven: threshold.partGiven,
  MixGiven: threshold.mixGiven,
  StepDisputed: governance.stepDisputed,
  RoomEnded: governance.roomEnded,
  AuditRecorded: governance.auditRecorded,
  DeletionAttested: governance.deletionAttested,
};

/**
 * Folds a room's events, in the chain's order, into a view of it.
 *
 * @param selectorOf the selector of each event's signature, as the contract's transcript uses it
 * @throws ReplayError when an event is not allowed where it stands or states something untrue
 */
export function replay(
  events: readonly LoggedEvent[],
  chain: Chain,
  selectorOf: (name: LoggedEvent['name']) => bigint,
): RoomView {
  must(events.length > 0, 'the room has no events');
  const [first, ...rest] = events;
  must(first.name === 'RoomCreated', 'the first event of a room must create it');
  const view = created(first, chain);
  view.transcript = extendTranscript(0n, selectorOf(first.name), eventPayload(first.fields));
  for (const logged of rest) {
    must(logged.block >= view.lastBlock, 'events are not in the order of the chain');
    const event = decodeEvent(logged);
    must(event.room_id === view.roomId, 'an event of another room');
    const before = view.state;
    (RULES[event.name] as Rule<EventName>)(view, event, logged);
    settle(view);
    view.transcript = extendTranscript(view.transcript, selectorOf(logged.name), eventPayload(logged.fields));
    if (signedFrom(view, before, event.name)) view.matchTranscript = view.transcript;
    view.lastBlock = logged.block;
  }
  return view;
}

/** Whether an event was the one up to which members sign for the room's course: the last of joining, or the last part. */
function signedFrom(view: RoomView, before: RoomState, name: EventName): boolean {
  if (tellsBands(view)) return name === 'PartGiven' && view.ciphertext !== undefined;
  return before === 'joining' && view.state === 'sharing';
}

function created(logged: LoggedEvent, chain: Chain): RoomView {
  const event = decodeEvent(logged) as EventOf<'RoomCreated'>;
  const { terms, policy, circuits, invites } = event;
  must(event.room_id !== 0n, 'room id is zero');
  must(
    policy.slots >= MIN_SLOTS && policy.slots <= MAX_SLOTS,
    `a room has ${MIN_SLOTS} to ${MAX_SLOTS} slots, the policy names ${policy.slots}`,
  );
  must(
    policy.min_slots >= MIN_SLOTS && policy.min_slots <= policy.slots,
    `a room of ${policy.slots} slots cannot go on with ${policy.min_slots}`,
  );
  must(policy.k >= 1 && policy.min_rows >= 1 && policy.max_rows >= policy.min_rows, 'policy limits make no sense');
  invites.forEach((invite, slot) => {
    must((invite !== 0n) === slot < policy.slots, 'there is not one invite commitment for each slot');
  });
  checkPlan(policy);
  checkVectors(policy);
  checkBands(policy);
  checkFees(event);
  checkTerms(event, chain);
  const view: RoomView = {
    roomId: event.room_id,
    state: 'inviting',
    terms,
    policy,
    circuits,
    invites,
    slots: perSlot(policy.slots, () => undefined),
    progress: { active: (1 << policy.slots) - 1, done: 0, atFault: 0, disputed: false, deleted: 0 },
    members: [],
    leftOut: [],
    atFault: [],
    grants: [],
    audits: [],
    payments: { due: [], confirmed: [] },
    deletion: { due: [], attested: [], complete: false, deadline: 0n },
    lists: perSlot(policy.slots, () => perSlot(policy.slots, () => undefined)),
    sums: perSlot(policy.slots, () => perSlot(policy.slots, () => undefined)),
    values: perSlot(policy.slots, () => undefined),
    returned: perSlot(policy.slots, () => perSlot(policy.slots, () => undefined)),
    encrypted: perSlot(policy.slots, () => perSlot(MAX_VECTORS, () => undefined)),
    selected: perSlot(policy.slots, () => perSlot(MAX_VECTORS, () => undefined)),
    tallies: perSlot(policy.slots, () => undefined),
    masked: perSlot(policy.slots, () => undefined),
    parts: perSlot(policy.slots, () => undefined),
    mixes: perSlot(policy.slots, () => perSlot(MAX_BORDERS, () => undefined)),
    steps: new Map(),
    matched: false,
    proofs: [],
    transcript: 0n,
    lastBlock: logged.block,
  };
  settle(view);
  return view;
}

/** What a room with a plan asks for, and no other. */
function checkPlan({ plan, contributors, min_slots, proof_mode }: EventOf<'RoomCreated'>['policy']): void {
  must((plan !== 0n) === (contributors !== 0), 'a plan needs contributors, and contributors a plan');
  must(contributors <= min_slots, `a room of at least ${min_slots} slots asks for ${contributors} contributors`);
  must(plan === 0n || proof_mode === ProofMode.succinct, 'a room with a plan is succinct');
}

/** What a room that joins values asks for, and no other. */
function checkVectors({ vectors, naming, ...policy }: EventOf<'RoomCreated'>['policy']): void {
  const { plan, contributors, slots, min_slots } = policy;
  must((vectors !== 0n) === (naming !== 0), 'vectors need a naming slot, and a naming slot vectors');
  must(
    vectors === 0n || (plan !== 0n && contributors === 1 && min_slots === slots),
    'a room that joins values has a plan, one contributor and all slots',
  );
  must(naming <= slots, `a room of ${slots} slots has no naming slot ${naming - 1}`);
  must(vectors >> BigInt(MAX_VECTORS * slots) === 0n, 'a vector of a slot that does not exist');
}

/** What a room that tells bands asks for. */
function checkBands({ bands, plan, vectors, contributors, slots, min_slots }: EventOf<'RoomCreated'>['policy']): void {
  must(
    bands === 0n || (plan !== 0n && vectors === 0n && contributors === slots && min_slots === slots),
    'a room that tells bands has a plan, no vectors, and all slots, also as contributors',
  );
}

/** Money: what may be asked for, and an escrow exactly where something is. */
function checkFees({ terms, policy }: EventOf<'RoomCreated'>): void {
  const { fee, payer, stake, shares } = policy.fees;
  must(payer <= Payer.slots && (payer === Payer.nobody) === (fee === 0n), 'a fee needs a payer, and a payer a fee');
  must(fee < AMOUNT_LIMIT && stake < AMOUNT_LIMIT, 'an amount is out of range');
  must(payer !== Payer.slots || fee >= BigInt(policy.slots), 'a fee cannot be divided among the slots');
  shares.forEach((share, slot) => {
    must(share <= SHARE_LIMIT && (share === 0 || slot < policy.slots), `the share of slot ${slot} makes no sense`);
  });
  const paid = fee !== 0n || stake !== 0n;
  must(paid === (terms.escrow !== 0n), 'a room has an escrow exactly where money is due');
  must(terms.payer === payer && terms.staked === (stake !== 0n), 'terms and policy disagree about money');
}

/** What the contract took over from the policy as it is. */
const TAKEN_OVER = [
  ...(['template', 'slots', 'min_slots', 'k', 'min_rows', 'max_rows', 'rules'] as const),
  ...(['proof_mode', 'plan', 'contributors', 'vectors', 'naming', 'bands'] as const),
] as const;

/** What the contract took over or computed from the policy. */
function checkTerms({ room_id: roomId, terms, policy, circuits }: EventOf<'RoomCreated'>, chain: Chain): void {
  for (const name of TAKEN_OVER) must(terms[name] === policy[name], `terms and policy disagree about ${name}`);
  must(terms.approvals === 1 || terms.approvals === 2, 'one or two accounts approve for a slot');
  must(terms.proof_mode <= ProofMode.attested, `there is no proof mode ${terms.proof_mode}`);
  must(terms.policy_digest === policyDigest(policy), 'the policy digest is not that of the policy terms');
  const keys = Object.fromEntries(CIRCUITS.map((name, i) => [name, circuits[i]])) as Record<CircuitName, bigint>;
  const context = roomContext({
    ...chain,
    roomId,
    policyDigest: terms.policy_digest,
    circuitsDigest: circuitsDigest(keys),
  });
  must(terms.context === context, 'the room context does not belong to this chain, contract, policy and circuits');
  const { invite, approve, commit, join, share, retention } = terms.deadlines;
  const times = [invite, approve, commit, join, share, retention];
  must(
    times.every((time, i) => i === 0 || time >= times[i - 1]),
    'deadlines are out of order',
  );
}

function perSlot<T>(slots: number, make: () => T): T[] {
  return Array.from({ length: slots }, make);
}
