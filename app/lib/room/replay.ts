/**
 * The contract's rules, once more: folds a room's events into what they mean, checking every rule that the contract
 * enforces and every relation that needs no proof system. The client runs it over the chain's log, the verifier over a
 * receipt, so neither trusts whoever handed over the events.
 */
import { assertPoint, equalPoints, joinScalar, sum, type Point } from '../curve/grumpkin.ts';
import { verifyDleq } from '../protocol/dleq.ts';
import { KeyPurpose, verifyKey, type SigmaProof } from '../protocol/schnorr.ts';
import { CIRCUITS, circuitsDigest, roomContext, type CircuitName } from '../protocol/context.ts';
import { policyDigest } from '../policy/policy.ts';
import { eventPayload, extendTranscript } from '../protocol/transcript.ts';
import { decodeEvent, publicInputsOf, SLOTS, type EventOf, type LoggedEvent } from './events.ts';

/** Where a room's contract lives. */
export type Chain = { readonly chainId: bigint; readonly rollupVersion: bigint; readonly contract: bigint };

export type RoomState =
  | 'inviting'
  | 'approving'
  | 'committing'
  | 'joining'
  | 'sharing'
  | 'released'
  | 'closed'
  | 'cancelled'
  | 'expired'
  | 'revoked';

/** The contract's numbers of the states that end a room. */
const ENDINGS: Record<number, RoomState> = { 7: 'closed', 8: 'cancelled', 9: 'expired', 10: 'revoked' };

/** What is known of a slot that was taken. */
export type SlotView = {
  decryptionKey: Point;
  blindingKey: Point;
  approved: boolean;
  dataset?: bigint;
  share?: Point;
  shareProof?: SigmaProof;
};

/** A step that takes one or more chunk proofs. */
type StepView = { circuit: CircuitName; chunks: number; state: bigint; statement: string; last: boolean };

/** A proof that an event announced, to be checked against the room's verification key of `circuit`. */
export type AnnouncedProof = {
  readonly circuit: CircuitName;
  readonly publicInputs: readonly bigint[];
  readonly digest: bigint;
  readonly txHash: string;
};

export type RoomResult = { readonly suppressed: boolean; readonly count?: number };

/** All that is publicly known about a room. */
export type RoomView = {
  roomId: bigint;
  state: RoomState;
  terms: EventOf<'RoomCreated'>['terms'];
  policy: EventOf<'RoomCreated'>['policy'];
  circuits: bigint[];
  invites: bigint[];
  slots: (SlotView | undefined)[];
  /** Digest of list i after hop h: `lists[i][h]`. */
  lists: (bigint | undefined)[][];
  /** Chunk progress by position: list · SLOTS + hop, and SLOTS · SLOTS for the match. */
  steps: Map<number, StepView>;
  ciphertext?: { c1: Point; c2: Point };
  proofs: AnnouncedProof[];
  result?: RoomResult;
  transcript: bigint;
  lastBlock: number;
};

/** Position of the match among a room's steps. */
export const MATCH_POSITION = SLOTS * SLOTS;

/** A room's events contradict the rules of the contract or the mathematics of the protocol. */
export class ReplayError extends Error {
  override name = 'ReplayError';
}

function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ReplayError(message);
}

function sameFields(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

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
    apply(view, logged);
    view.transcript = extendTranscript(view.transcript, selectorOf(logged.name), eventPayload(logged.fields));
    view.lastBlock = logged.block;
  }
  return view;
}

function created(logged: LoggedEvent, chain: Chain): RoomView {
  const event = decodeEvent(logged) as EventOf<'RoomCreated'>;
  const { terms, policy, circuits } = event;
  must(event.room_id !== 0n, 'room id is zero');
  must(policy.slots === SLOTS, `the template takes ${SLOTS} slots, the policy names ${policy.slots}`);
  must(policy.k >= 1 && policy.min_rows >= 1 && policy.max_rows >= policy.min_rows, 'policy limits make no sense');
  must(
    terms.k === policy.k && terms.min_rows === policy.min_rows && terms.max_rows === policy.max_rows,
    'terms and policy disagree',
  );
  must(
    terms.policy_digest ===
      policyDigest({
        documentHigh: policy.document_high,
        documentLow: policy.document_low,
        template: policy.template,
        slots: policy.slots,
        k: policy.k,
        minRows: policy.min_rows,
        maxRows: policy.max_rows,
      }),
    'the policy digest is not that of the policy terms',
  );
  const context = roomContext({
    ...chain,
    roomId: event.room_id,
    policyDigest: terms.policy_digest,
    circuitsDigest: circuitsDigest(
      Object.fromEntries(CIRCUITS.map((name, i) => [name, circuits[i]])) as Record<CircuitName, bigint>,
    ),
  });
  must(terms.context === context, 'the room context does not belong to this chain, contract, policy and circuits');
  const { invite, approve, commit, join, share } = terms.deadlines;
  must(invite <= approve && approve <= commit && commit <= join && join <= share, 'deadlines are out of order');
  return {
    roomId: event.room_id,
    state: 'inviting',
    terms,
    policy,
    circuits,
    invites: event.invites,
    slots: Array.from({ length: SLOTS }, () => undefined),
    lists: Array.from({ length: SLOTS }, () => Array.from({ length: SLOTS }, () => undefined)),
    steps: new Map(),
    proofs: [],
    transcript: 0n,
    lastBlock: logged.block,
  };
}

function apply(view: RoomView, logged: LoggedEvent): void {
  const event = decodeEvent(logged);
  must(event.room_id === view.roomId, 'an event of another room');
  switch (event.name) {
    case 'RoomCreated':
      throw new ReplayError('a room can be created once');
    case 'SlotTaken':
      return slotTaken(view, event);
    case 'PolicyApproved': {
      const slot = inState(view, 'approving', event.slot);
      must(!slot.approved, `slot ${event.slot} approved twice`);
      must(event.policy_digest === view.terms.policy_digest, 'another policy digest was approved');
      slot.approved = true;
      if (view.slots.every((s) => s?.approved)) view.state = 'committing';
      return;
    }
    case 'DatasetCommitted': {
      const slot = inState(view, 'committing', event.slot);
      must(slot.dataset === undefined && event.dataset !== 0n, `slot ${event.slot} committed twice or to nothing`);
      slot.dataset = event.dataset;
      if (view.slots.every((s) => s?.dataset !== undefined)) view.state = 'joining';
      return;
    }
    case 'BlindProven':
      return blindProven(view, event, logged);
    case 'HopProven':
      return hopProven(view, event, logged);
    case 'MatchProven':
      return matchProven(view, event, logged);
    case 'ShareGiven':
      return shareGiven(view, event);
    case 'ResultReleased':
      return released(view, event, logged);
    case 'RoomEnded': {
      const ending = ENDINGS[event.state];
      must(ending !== undefined, 'unknown ending state');
      const over = view.result !== undefined;
      must(
        view.state !== 'closed' && !isEnded(view.state) && (ending === 'closed') === over,
        `a room ${view.state} cannot become ${ending}`,
      );
      view.state = ending;
    }
  }
}

/** Whether a room has ended without a result. */
export function isEnded(state: RoomState): boolean {
  return state === 'cancelled' || state === 'expired' || state === 'revoked';
}

function inState(view: RoomView, state: RoomState, slot: number): SlotView {
  must(view.state === state, `an event of state "${state}" while the room is ${view.state}`);
  const record = view.slots[slot];
  must(record !== undefined, `slot ${slot} does not exist or is not taken`);
  return record;
}

function slotTaken(view: RoomView, event: EventOf<'SlotTaken'>): void {
  must(view.state === 'inviting', `a slot was taken while the room is ${view.state}`);
  must(
    event.slot < SLOTS && view.slots[event.slot] === undefined,
    `slot ${event.slot} does not exist or was taken twice`,
  );
  const { keys } = event;
  const decryptionKey = assertPoint({ x: keys.decryption_x, y: keys.decryption_y }, 'decryption key');
  const blindingKey = assertPoint({ x: keys.blinding_x, y: keys.blinding_y }, 'blinding key');
  const possession = (purpose: KeyPurpose, key: Point, [challenge, low, high]: bigint[]): boolean =>
    verifyKey(
      { context: view.terms.context, slot: event.slot, purpose, key },
      { e: challenge, s: joinScalar(low, high) },
    );
  must(
    possession(KeyPurpose.decryption, decryptionKey, event.decryption_proof),
    `slot ${event.slot}: no proof of possession of its decryption key`,
  );
  must(
    possession(KeyPurpose.blinding, blindingKey, event.blinding_proof),
    `slot ${event.slot}: no proof of possession of its blinding key`,
  );
  view.slots[event.slot] = { decryptionKey, blindingKey, approved: false };
  if (view.slots.every((s) => s !== undefined)) view.state = 'approving';
}

/** Every slot's record, once all slots are taken. */
function allSlots(view: RoomView): SlotView[] {
  return view.slots.map((slot, i) => {
    must(slot !== undefined, `slot ${i} is not taken`);
    return slot;
  });
}

/** Takes the next chunk of a step; returns whether it was the last. */
function advance(
  view: RoomView,
  position: number,
  kind: 'blind' | 'hop' | 'match',
  event: EventOf<'BlindProven'> | EventOf<'HopProven'> | EventOf<'MatchProven'>,
  logged: LoggedEvent,
): boolean {
  const circuit = CIRCUITS[event.circuit];
  must(circuit !== undefined && circuit.startsWith(kind), `circuit ${event.circuit} is not one for step ${kind}`);
  const publicInputs = publicInputsOf(logged)!;
  const statement = publicInputs.slice(0, -4).join();
  const { chunk } = event;
  const step = view.steps.get(position);
  must(!step?.last, 'a chunk after the last one of its step');
  must(chunk.index === (step?.chunks ?? 0), 'chunks of a step are out of order');
  must(chunk.state_before === (step?.state ?? 0n), 'a chunk does not continue the one before it');
  must(
    !step || (step.circuit === circuit && step.statement === statement),
    'chunks of one step state different things',
  );
  view.steps.set(position, { circuit, chunks: chunk.index + 1, state: chunk.state_after, statement, last: chunk.last });
  view.proofs.push({ circuit, publicInputs, digest: event.proof_digest, txHash: logged.txHash });
  return chunk.last;
}

function blindProven(view: RoomView, event: EventOf<'BlindProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const slot = inState(view, 'joining', statement.slot);
  must(statement.context === view.terms.context, 'a blinding of another room');
  must(
    equalPoints(slot.blindingKey, { x: statement.key_x, y: statement.key_y }),
    "a blinding under another key than the slot's",
  );
  must(statement.dataset === slot.dataset, 'a blinding of another dataset than the committed one');
  must(
    statement.min_rows === view.terms.min_rows && statement.max_rows === view.terms.max_rows,
    'a blinding under other row limits',
  );
  if (advance(view, statement.slot * SLOTS, 'blind', event, logged))
    view.lists[statement.slot][0] = statement.list_digest;
}

function hopProven(view: RoomView, event: EventOf<'HopProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { list, hop } = statement;
  const slot = inState(view, 'joining', statement.slot);
  must(
    view.lists.every((digests) => digests[0] !== undefined),
    'a hop before every list was blinded',
  );
  must(
    list < SLOTS && hop >= 1 && hop < SLOTS && (list + hop) % SLOTS === statement.slot,
    "a hop that is not this slot's",
  );
  must(statement.context === view.terms.context, 'a hop of another room');
  must(
    equalPoints(slot.blindingKey, { x: statement.key_x, y: statement.key_y }),
    "a hop under another key than the slot's",
  );
  must(view.lists[list][hop - 1] === statement.input_digest, 'a hop of another list than the one on record');
  if (advance(view, list * SLOTS + hop, 'hop', event, logged)) view.lists[list][hop] = statement.output_digest;
}

function matchProven(view: RoomView, event: EventOf<'MatchProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  inState(view, 'joining', event.slot);
  must(statement.context === view.terms.context, 'a match of another room');
  const final = view.lists.map((digests) => digests[SLOTS - 1]);
  must(
    final.every((digest) => digest !== undefined),
    'a match before every list passed every slot',
  );
  must(sameFields(statement.lists, final as bigint[]), 'a match of other lists than those on record');
  const roomKey = sum(allSlots(view).map((slot) => slot.decryptionKey));
  must(
    equalPoints(roomKey, { x: statement.room_key_x, y: statement.room_key_y }),
    "a match under another key than the room's",
  );
  must(statement.k === view.terms.k, 'a match under another k');
  const c1 = assertPoint({ x: statement.c1_x, y: statement.c1_y }, 'C1');
  const c2 = assertPoint({ x: statement.c2_x, y: statement.c2_y }, 'C2');
  if (!advance(view, MATCH_POSITION, 'match', event, logged)) return;
  if (statement.meets_k) {
    view.ciphertext = { c1, c2 };
    view.state = 'sharing';
  } else {
    view.result = { suppressed: true };
    view.state = 'released';
  }
}

function shareGiven(view: RoomView, event: EventOf<'ShareGiven'>): void {
  const slot = inState(view, 'sharing', event.slot);
  must(slot.share === undefined, `slot ${event.slot} gave its share twice`);
  const share = assertPoint(event.share, 'share');
  const shareProof = { e: event.challenge, s: joinScalar(event.response_low, event.response_high) };
  must(
    verifyDleq(
      {
        context: view.terms.context,
        slot: event.slot,
        key: slot.decryptionKey,
        base: view.ciphertext!.c1,
        image: share,
      },
      shareProof,
    ),
    `slot ${event.slot}: its share is not under its decryption key`,
  );
  slot.share = share;
  slot.shareProof = shareProof;
}

function released(view: RoomView, event: EventOf<'ResultReleased'>, logged: LoggedEvent): void {
  const { statement } = event;
  inState(view, 'sharing', event.slot);
  must(statement.context === view.terms.context, 'a release of another room');
  const slots = allSlots(view);
  slots.forEach((slot, i) => {
    must(slot.share !== undefined, `a release before slot ${i} gave its share`);
    must(equalPoints(slot.decryptionKey, statement.keys[i]), "a release under another key than the slot's");
    must(equalPoints(slot.share, statement.shares[i]), 'a release with another share than the one on record');
  });
  const { c1, c2 } = view.ciphertext!;
  must(equalPoints(c1, statement.c1) && equalPoints(c2, statement.c2), 'a release of another ciphertext');
  must(statement.k === view.terms.k && statement.count >= statement.k, 'a release below k');
  view.proofs.push({
    circuit: 'release',
    publicInputs: publicInputsOf(logged)!,
    digest: event.proof_digest,
    txHash: logged.txHash,
  });
  view.result = { suppressed: false, count: statement.count };
  view.state = 'released';
}
