/** The contract's rules of the protocol's steps: datasets, and what is done with lists. */
import { NO_POINT, assertPoint, equalPoints, joinScalar, sum, type Point } from '../curve/grumpkin.ts';
import {
  blindCircuit,
  blindValuesCircuit,
  CHUNK_SIZES,
  CIRCUITS,
  DATASET_SIZES,
  datasetCircuit,
  hopCircuit,
  matchCircuit,
  releaseCircuit,
  type CircuitName,
} from '../protocol/context.ts';
import { ProofMode } from '../policy/terms.ts';
import { verifyDleq, verifyHopSums } from '../protocol/dleq.ts';
import { MAX_SLOTS } from '../protocol/errors.ts';
import { hopSlot } from '../protocol/hop.ts';
import { publicInputsOf, type EventOf, type LoggedEvent } from './events.ts';
import { afterSlot, inState, taken } from './replay-governance.ts';
import {
  bit,
  datasetPosition,
  has,
  joinsValues,
  kindOf,
  listPosition,
  MATCH_POSITION,
  must,
  type RoomKind,
  type RoomState,
  type RoomView,
  type SlotView,
} from './view.ts';

type ProofModeName = keyof typeof ProofMode;
type ChunkEvent = EventOf<
  | ('DatasetProven' | 'BlindProven' | 'HopProven' | 'MatchProven' | 'TallyProven')
  | ('EncryptProven' | 'ReturnProven' | 'SelectProven')
>;

const DATASET_CIRCUITS = DATASET_SIZES.map(datasetCircuit);
const BLIND_CIRCUITS = CHUNK_SIZES.map(blindCircuit);
const BLIND_VALUES_CIRCUITS = CHUNK_SIZES.map(blindValuesCircuit);
export const HOP_CIRCUITS = CHUNK_SIZES.map(hopCircuit);

/** Kinds of rooms that make lists. */
const WITH_LISTS: readonly RoomKind[] = ['overlap', 'joined'];

/** The record of a slot that does a step of rooms of these kinds, while the room is in `state`. */
export function stepping(view: RoomView, state: RoomState, slot: number, kinds: readonly RoomKind[]): SlotView {
  const record = inState(view, state, slot);
  must(kinds.includes(kindOf(view)), "a step that the room's template does not have");
  return record;
}

/** Takes the next chunk of a step, announced by `slot`; returns whether it was the last. */
export function advance(
  view: RoomView,
  step: { readonly position: number; readonly circuits: readonly CircuitName[]; readonly slot: number },
  event: ChunkEvent,
  logged: LoggedEvent,
): boolean {
  const { position, circuits, slot } = step;
  const circuit = CIRCUITS[event.circuit];
  must(circuits.includes(circuit), `circuit ${event.circuit} is not one for ${logged.name}`);
  const publicInputs = publicInputsOf(logged)!;
  const statement = publicInputs.slice(0, -4).join();
  const { chunk } = event;
  const before = view.steps.get(position);
  must(!before?.last, 'a chunk after the last one of its step');
  must(chunk.index === (before?.chunks ?? 0), 'chunks of a step are out of order');
  must(chunk.state_before === (before?.state ?? 0n), 'a chunk does not continue the one before it');
  must(
    !before || (before.circuit === circuit && before.statement === statement),
    'chunks of one step state different things',
  );
  const { last, state_after: state } = chunk;
  view.steps.set(position, { circuit, chunks: chunk.index + 1, state, statement, last });
  view.proofs.push({ circuit, publicInputs, digest: event.proof_digest, txHash: logged.txHash, slot });
  return last;
}

export function datasetProven(view: RoomView, event: EventOf<'DatasetProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot } = statement;
  const record = committing(view, slot, statement.dataset, 'succinct');
  must(statement.context === view.terms.context, 'a dataset of another room');
  must(
    statement.min_rows === view.terms.min_rows && statement.max_rows === view.terms.max_rows,
    'a dataset under other row limits',
  );
  must(statement.rules === view.terms.rules, 'a dataset under other rules for rows');
  const step = { position: datasetPosition(slot), circuits: DATASET_CIRCUITS, slot };
  if (!advance(view, step, event, logged)) return;
  record.dataset = statement.dataset;
  afterSlot(view, slot);
}

export function datasetAttested(view: RoomView, { slot, dataset }: EventOf<'DatasetAttested'>): void {
  committing(view, slot, dataset, 'attested').dataset = dataset;
  afterSlot(view, slot);
}

/** The record of a slot that commits to a dataset in a room of this proof mode. */
function committing(view: RoomView, slot: number, dataset: bigint, mode: ProofModeName): SlotView {
  const record = inState(view, 'committing', slot);
  inMode(view, mode);
  must(record.dataset === undefined, `slot ${slot} committed twice`);
  must(view.terms.escrow === 0n || record.paid, `slot ${slot} committed before its payment was confirmed`);
  must(dataset !== 0n, `slot ${slot} committed to nothing`);
  return record;
}

export function blindProven(view: RoomView, event: EventOf<'BlindProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot } = statement;
  const record = stepping(view, 'joining', slot, WITH_LISTS);
  inMode(view, 'succinct');
  must(statement.context === view.terms.context, 'a blinding of another room');
  must(
    equalPoints(record.blindingKey, { x: statement.key_x, y: statement.key_y }),
    "a blinding under another key than the slot's",
  );
  must(statement.dataset === record.dataset, 'a blinding of another dataset than the committed one');
  const { plan, naming } = view.terms;
  must(statement.plan === (naming === slot + 1 ? plan : 0n), 'a blinding with labels that are not for this slot');
  const joins = joinsValues(view);
  must(joins || statement.values === 0n, 'a blinding with listed values in a room that joins none');
  const circuits = joins ? BLIND_VALUES_CIRCUITS : BLIND_CIRCUITS;
  if (!advance(view, { position: listPosition(slot, 0), circuits, slot }, event, logged)) return;
  finishList(view, slot, 0, statement.list_digest);
  if (joins) view.values[slot] = statement.values;
}

export function hopProven(view: RoomView, event: EventOf<'HopProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot, list, hop } = statement;
  const record = hopping(view, statement, 'succinct');
  must(
    equalPoints(record.blindingKey, { x: statement.key_x, y: statement.key_y }),
    "a hop under another key than the slot's",
  );
  must(view.lists[list][hop - 1] === statement.input_digest, 'a hop of another list than the one on record');
  const step = { position: listPosition(list, hop), circuits: HOP_CIRCUITS, slot };
  if (advance(view, step, event, logged)) finishList(view, list, hop, statement.output_digest);
}

/** A blinded list, or a hop whose sums carry a proof. Whether the lists have these sums is for those to see who hold them. */
export function listAttested(view: RoomView, { statement, proof }: EventOf<'ListAttested'>): void {
  const { context, slot, list, hop, digest } = statement;
  const sum = assertPoint(statement.sum, 'sum of a list');
  if (hop === 0) {
    stepping(view, 'joining', slot, WITH_LISTS);
    inMode(view, 'attested');
    must(list === slot, "a blinded list that is not its slot's own");
    must(context === view.terms.context, 'a blinding of another room');
    must(
      proof.every((part) => part === 0n),
      'a blinded list with a proof that nobody asks for',
    );
  } else {
    const { blindingKey: key } = hopping(view, statement, 'attested');
    const base = view.sums[list][hop - 1];
    must(base !== undefined, 'a hop before the one that it follows');
    const [e, low, high] = proof;
    must(
      verifyHopSums({ context, slot, list, hop, key, base, image: sum }, { e, s: joinScalar(low, high) }),
      "a hop whose sums are not under its slot's key",
    );
  }
  must(view.lists[list][hop] === undefined, 'a list that was made already');
  finishList(view, list, hop, digest);
  view.sums[list][hop] = sum;
}

/** The record of the slot whose turn a hop is, in a room of this proof mode. */
function hopping(
  view: RoomView,
  { context, slot, list, hop }: { context: bigint; slot: number; list: number; hop: number },
  mode: ProofModeName,
): SlotView {
  const { members } = view;
  const record = stepping(view, 'joining', slot, WITH_LISTS);
  inMode(view, mode);
  must(view.progress.done >= members.length, 'a hop before every list was blinded');
  must(
    has(view.progress.active, list) && hop >= 1 && hop < members.length && hopSlot(list, hop, members) === slot,
    "a hop that is not this slot's",
  );
  must(context === view.terms.context, 'a hop of another room');
  return record;
}

/** Refuses a step of another proof mode than the room's. */
function inMode({ terms }: RoomView, mode: ProofModeName): void {
  must(terms.proof_mode === ProofMode[mode], `a step of proof mode "${mode}", which is not the room's`);
}

function finishList(view: RoomView, list: number, hop: number, digest: bigint): void {
  must(digest !== 0n, 'a list digest is zero');
  view.lists[list][hop] = digest;
  view.progress.done += 1;
}

export function matchProven(view: RoomView, event: EventOf<'MatchProven'>, logged: LoggedEvent): void {
  const { statement, slot } = event;
  const { members } = view;
  stepping(view, 'joining', slot, WITH_LISTS);
  must(!view.matched, 'a match after the one on record');
  must(statement.context === view.terms.context, 'a match of another room');
  const final = members.map((list) => view.lists[list][members.length - 1]);
  must(
    final.every((digest) => digest !== undefined),
    'a match before every list passed every slot',
  );
  must(sameValues(statement.slots, members, 0), "a match of other slots than the room's members");
  must(sameValues(statement.lists, final, 0n), 'a match of other lists than those on record');
  const roomKey = sum(members.map((member) => taken(view, member).decryptionKey));
  must(
    equalPoints(roomKey, { x: statement.room_key_x, y: statement.room_key_y }),
    "a match under another key than the room's",
  );
  must(statement.k === view.terms.k, 'a match under another k');
  const circuits = CHUNK_SIZES.map((size) => matchCircuit(size, members.length));
  if (!advance(view, { position: MATCH_POSITION, circuits, slot }, event, logged)) return;
  // Only the last chunk proves what the ciphertext is.
  const c1 = assertPoint({ x: statement.c1_x, y: statement.c1_y }, 'C1');
  const c2 = assertPoint({ x: statement.c2_x, y: statement.c2_y }, 'C2');
  view.progress.done = 0;
  view.matched = statement.meets_k;
  if (!statement.meets_k) {
    view.result = { suppressed: true };
    view.state = 'released';
  } else if (joinsValues(view)) {
    members.forEach((list, i) => {
      must(statement.returned[i] !== 0n, 'the digest of a returned list is zero');
      view.returned[list][members.length - 1] = statement.returned[i];
    });
  } else {
    view.ciphertext = { c1, c2 };
    view.state = 'sharing';
  }
}

export function shareGiven(view: RoomView, event: EventOf<'ShareGiven'>): void {
  const { slot } = event;
  const record = stepping(view, 'sharing', slot, ['overlap']);
  must(!has(view.progress.done, slot), `slot ${slot} gave its share twice`);
  must(event.transcript === view.matchTranscript, `slot ${slot} signed for another course of the room`);
  const share = assertPoint(event.share, 'share');
  const shareProof = { e: event.challenge, s: joinScalar(event.response_low, event.response_high) };
  const { context } = view.terms;
  must(
    verifyDleq({ context, slot, key: record.decryptionKey, base: view.ciphertext!.c1, image: share }, shareProof),
    `slot ${slot}: its share is not under its decryption key`,
  );
  record.share = share;
  record.shareProof = shareProof;
  view.progress.done |= bit(slot);
}

export function resultReleased(view: RoomView, event: EventOf<'ResultReleased'>, logged: LoggedEvent): void {
  const { statement, slot } = event;
  const { members, progress } = view;
  stepping(view, 'sharing', slot, ['overlap']);
  must(progress.done === progress.active, 'a release before every slot gave its share');
  must(statement.context === view.terms.context, 'a release of another room');
  must(sameValues(statement.slots, members, 0), "a release by other slots than the room's members");
  const records = members.map((member) => taken(view, member));
  must(
    samePoints(
      statement.keys,
      records.map((record) => record.decryptionKey),
    ),
    "a release under other keys than the slots'",
  );
  must(
    samePoints(
      statement.shares,
      records.map((record) => record.share!),
    ),
    'a release with other shares than those on record',
  );
  const { c1, c2 } = view.ciphertext!;
  must(equalPoints(c1, statement.c1) && equalPoints(c2, statement.c2), 'a release of another ciphertext');
  must(statement.k === view.terms.k && statement.count >= statement.k, 'a release below k');
  view.proofs.push({
    circuit: releaseCircuit(members.length),
    publicInputs: publicInputsOf(logged)!,
    digest: event.proof_digest,
    txHash: logged.txHash,
    slot,
  });
  view.result = { suppressed: false, count: statement.count };
  view.state = 'released';
  progress.done = 0;
}

/** Whether an array over members holds exactly `values`, and `rest` beyond them. */
export function sameValues<T>(array: readonly T[], values: readonly (T | undefined)[], rest: T): boolean {
  return array.length === MAX_SLOTS && array.every((value, i) => value === (i < values.length ? values[i] : rest));
}

/** The same for points. */
export function samePoints(array: readonly Point[], points: readonly Point[]): boolean {
  return array.length === MAX_SLOTS && array.every((point, i) => equalPoints(point, points[i] ?? NO_POINT));
}
