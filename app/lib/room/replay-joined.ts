/** The contract's rules of the steps that rooms that join values have of their own: encrypted vectors, returned lists, sums. */
import { equalPoints } from '../curve/grumpkin.ts';
import { CHUNK_SIZES, encryptCircuit, selectCircuit } from '../protocol/context.ts';
import { hopSlot } from '../protocol/hop.ts';
import { RETURNED } from '../protocol/returned.ts';
import type { EventOf, LoggedEvent } from './events.ts';
import { announce, recordTally } from './replay-aggregate.ts';
import { taken } from './replay-governance.ts';
import { advance, HOP_CIRCUITS, stepping } from './replay-steps.ts';
import {
  broughtVectors,
  encryptedPosition,
  has,
  must,
  returnedPosition,
  selectedPosition,
  type RoomView,
  type SlotView,
} from './view.ts';

const ENCRYPT_CIRCUITS = CHUNK_SIZES.map(encryptCircuit);
const SELECT_CIRCUITS = CHUNK_SIZES.map(selectCircuit);

export function encryptProven(view: RoomView, event: EventOf<'EncryptProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot, vector } = statement;
  const record = joining(view, slot, statement.context, 'an encrypted vector');
  mustBring(view, slot, vector);
  must(view.values[slot] !== undefined, `slot ${slot} encrypted a vector before its list was blinded`);
  must(statement.values === view.values[slot], 'an encrypted vector of other values than those on record');
  must(statement.plan === view.terms.plan, 'an encrypted vector under another plan');
  must(equalPoints(record.decryptionKey, statement.key), "an encrypted vector under another key than the slot's");
  const step = { position: encryptedPosition(slot, vector), circuits: ENCRYPT_CIRCUITS, slot };
  if (!advance(view, step, event, logged)) return;
  must(statement.encrypted_digest !== 0n, 'the digest of an encrypted vector is zero');
  view.encrypted[slot][vector] = statement.encrypted_digest;
}

export function returnProven(view: RoomView, event: EventOf<'ReturnProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot, hop } = statement;
  const record = joining(view, slot, statement.context, 'a returned list');
  const list = statement.list - RETURNED;
  must(list >= 0 && broughtVectors(view, list).length > 0, 'a returned list that nobody asks for');
  must(
    hop >= 2 && hop < view.members.length && hopSlot(list, hop, view.members) === slot,
    "a returned list that is not this slot's",
  );
  must(
    equalPoints(record.blindingKey, { x: statement.key_x, y: statement.key_y }),
    "a returned list under another key than the slot's",
  );
  const output = view.returned[list][hop];
  must(output !== undefined, 'a returned list before the one that it follows');
  must(statement.output_digest === output, 'a returned list from another one than that on record');
  const step = { position: returnedPosition(list, hop), circuits: HOP_CIRCUITS, slot };
  if (!advance(view, step, event, logged)) return;
  must(statement.input_digest !== 0n, 'the digest of a returned list is zero');
  view.returned[list][hop - 1] = statement.input_digest;
}

export function selectProven(view: RoomView, event: EventOf<'SelectProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot, list, vector } = statement;
  const record = joining(view, slot, statement.context, 'selected sums');
  mustBring(view, list, vector);
  must(hopSlot(list, 1, view.members) === slot, "selected sums that are not this slot's");
  must(equalPoints(record.blindingKey, statement.key), "selected sums under another key than the slot's");
  must(
    equalPoints(taken(view, list).decryptionKey, statement.owner_key),
    "selected sums under another key than the list's slot has",
  );
  const returned = view.returned[list][1];
  must(returned !== undefined, 'selected sums before the list was returned');
  must(statement.returned_digest === returned, 'selected sums of another returned list than that on record');
  const encrypted = view.encrypted[list][vector];
  must(encrypted !== undefined, 'selected sums before the vector was encrypted');
  must(statement.encrypted_digest === encrypted, 'selected sums of another encrypted vector than that on record');
  must(statement.list_digest === view.lists[list][0], 'selected sums of another list than the one on record');
  must(statement.k === view.terms.k, 'selected sums under another k');
  const step = { position: selectedPosition(list, vector), circuits: SELECT_CIRCUITS, slot };
  if (!advance(view, step, event, logged)) return;
  must(statement.selected_digest !== 0n, 'the digest of selected sums is zero');
  view.selected[list][vector] = statement.selected_digest;
}

export function tallyOpened(view: RoomView, event: EventOf<'TallyOpened'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot, tally: commitment, full } = statement;
  const record = joining(view, slot, statement.context, 'an opened tally');
  must(view.matched, 'an opened tally before the match');
  must(!has(view.progress.done, slot), `slot ${slot} opened its tally twice`);
  must(equalPoints(record.decryptionKey, statement.key), "an opened tally under another key than the slot's");
  const brought = broughtVectors(view, slot);
  statement.selected.forEach((digest, vector) => {
    const selected = brought.includes(vector) ? view.selected[slot][vector] : 0n;
    must(selected !== undefined, `slot ${slot} opened its tally before its vector ${vector} was selected`);
    must(digest === selected, 'an opened tally of other sums than those on record');
  });
  const counting = view.members.find((member) => broughtVectors(view, member).length > 0);
  must(
    statement.counting === (slot === counting),
    'counts are told by the first slot that brings a vector, and by it alone',
  );
  announce(view, 'opened', slot, event, logged);
  recordTally(view, slot, { commitment, full });
}

/** The record of a slot that does one of these steps, about this room. */
function joining(view: RoomView, slot: number, context: bigint, what: string): SlotView {
  const record = stepping(view, 'joining', slot, ['joined']);
  must(context === view.terms.context, `${what} of another room`);
  return record;
}

/** Refuses a vector that a slot does not bring. */
function mustBring(view: RoomView, slot: number, vector: number): void {
  must(broughtVectors(view, slot).includes(vector), `slot ${slot} brings no vector ${vector}`);
}
