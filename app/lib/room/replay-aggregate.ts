/** The contract's rules of tallies, also of rooms that tell bands, and of masked tallies and figures, also of rooms that join values. */
import { CHUNK_SIZES, tallyCircuit } from '../protocol/context.ts';
import { openGroups } from '../protocol/tally.ts';
import { publicInputsOf, type EventOf, type LoggedEvent } from './events.ts';
import { taken } from './replay-governance.ts';
import { advance, samePoints, sameValues, stepping } from './replay-steps.ts';
import {
  bit,
  has,
  must,
  tallyPosition,
  type AnnouncedProof,
  type RoomKind,
  type RoomView,
  type TallyView,
} from './view.ts';

/** Kinds of rooms whose tallies are of committed rows. */
const WITH_TALLIES: readonly RoomKind[] = ['aggregate', 'threshold'];
/** Kinds of rooms that tell figures. */
const WITH_FIGURES: readonly RoomKind[] = ['aggregate', 'joined'];
const TALLY_CIRCUITS = CHUNK_SIZES.map(tallyCircuit);

export function tallyProven(view: RoomView, event: EventOf<'TallyProven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot, tally: commitment, full } = statement;
  const { terms } = view;
  const record = stepping(view, 'joining', slot, WITH_TALLIES);
  must(statement.context === terms.context, 'a tally of another room');
  must(statement.dataset === record.dataset, 'a tally of another dataset than the committed one');
  must(statement.plan === terms.plan, 'a tally under another plan');
  must(statement.k === terms.k, 'a tally under another k');
  const step = { position: tallyPosition(slot), circuits: TALLY_CIRCUITS, slot };
  if (!advance(view, step, event, logged)) return;
  recordTally(view, slot, { commitment, full });
}

/** Puts a slot's tally on record. */
export function recordTally(view: RoomView, slot: number, tally: TallyView): void {
  const { progress } = view;
  must(tally.commitment !== 0n, 'a commitment to a tally is zero');
  view.tallies[slot] = tally;
  progress.done |= bit(slot);
  if (progress.done === progress.active) afterTallies(view);
}

/** The members have all posted their tallies: finds the open groups, and moves on. */
function afterTallies(view: RoomView): void {
  const full = view.members.map((member) => view.tallies[member]!.full);
  view.open = openGroups(full, view.terms.contributors);
  view.progress.done = 0;
  if (view.open === 0) {
    view.result = { suppressed: true };
    view.state = 'released';
  } else {
    view.state = 'sharing';
  }
}

export function maskedGiven(view: RoomView, event: EventOf<'MaskedGiven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot } = statement;
  const { terms, members, progress } = view;
  stepping(view, 'sharing', slot, WITH_FIGURES);
  must(!has(progress.done, slot), `slot ${slot} gave its masked tally twice`);
  must(statement.context === terms.context, 'a masked tally of another room');
  must(sameValues(statement.slots, members, 0), "a masked tally for other slots than the room's members");
  const keys = members.map((member) => taken(view, member).decryptionKey);
  must(samePoints(statement.keys, keys), "a masked tally under other keys than the slots'");
  must(statement.plan === terms.plan, 'a masked tally under another plan');
  const { commitment, full } = view.tallies[slot]!;
  must(statement.tally === commitment && statement.full === full, 'a masked tally of another tally');
  must(statement.open === view.open, 'a masked tally for other groups than the open ones');
  must(statement.transcript === view.matchTranscript, `slot ${slot} signed for another course of the room`);
  must(statement.masked_digest !== 0n, 'the digest of a masked tally is zero');
  announce(view, 'masked', slot, event, logged);
  view.masked[slot] = statement.masked_digest;
  progress.done |= bit(slot);
}

export function figuresReleased(view: RoomView, event: EventOf<'FiguresReleased'>, logged: LoggedEvent): void {
  const { statement, slot } = event;
  const { terms, members, progress } = view;
  stepping(view, 'sharing', slot, WITH_FIGURES);
  must(progress.done === progress.active, 'figures before every slot gave its masked tally');
  must(statement.context === terms.context, 'figures of another room');
  must(sameValues(statement.slots, members, 0), "figures of other slots than the room's members");
  const masked = members.map((member) => view.masked[member]);
  must(sameValues(statement.masked, masked, 0n), 'figures of other masked tallies than those on record');
  const full = members.map((member) => view.tallies[member]!.full);
  must(sameValues(statement.full, full, 0), 'figures of other tallies than those on record');
  must(statement.open === view.open, 'figures of other groups than the open ones');
  must(statement.plan === terms.plan, 'figures under another plan');
  must(statement.k === terms.k && statement.count >= statement.k, 'figures below k');
  must(statement.figures_digest !== 0n, 'the digest of figures is zero');
  announce(view, 'figures', slot, event, logged);
  view.result = { suppressed: false, count: statement.count, figures: statement.figures_digest };
  view.state = 'released';
  progress.done = 0;
}

/** Notes the proof of a step that takes a single one. */
export function announce(
  view: RoomView,
  circuit: AnnouncedProof['circuit'],
  slot: number,
  { proof_digest: digest }: { readonly proof_digest: bigint },
  logged: LoggedEvent,
): void {
  view.proofs.push({ circuit, publicInputs: publicInputsOf(logged)!, digest, txHash: logged.txHash, slot });
}
