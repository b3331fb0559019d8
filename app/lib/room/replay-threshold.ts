/** The contract's rules of the steps that rooms that tell bands have of their own: parts of the sum, and mixes. */
import { NO_POINT, add, assertPoint, equalPoints, negate, sum, type Point } from '../curve/grumpkin.ts';
import { MAX_BORDERS } from '../protocol/bands.ts';
import { CIRCUITS, MIX_SIZES, mixCircuit } from '../protocol/context.ts';
import type { EventOf, LoggedEvent } from './events.ts';
import { announce } from './replay-aggregate.ts';
import { taken } from './replay-governance.ts';
import { stepping } from './replay-steps.ts';
import { bit, must, type RoomView, type SlotView } from './view.ts';

const MIX_CIRCUITS = MIX_SIZES.map(mixCircuit);

export function partGiven(view: RoomView, event: EventOf<'PartGiven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot } = statement;
  const { members, parts, progress } = view;
  sharing(view, slot, statement.context, 'a part');
  must(parts[slot] === undefined, `slot ${slot} gave its part twice`);
  must(statement.tally === view.tallies[slot]!.commitment, 'a part of another tally than the one on record');
  must(statement.bands === view.terms.bands, 'a part under other bands');
  const roomKey = sum(members.map((member) => taken(view, member).decryptionKey));
  must(equalPoints(roomKey, statement.room_key), "a part under another key than the room's");
  const part = { c1: assertPoint(statement.c1, 'C1'), c2: assertPoint(statement.c2, 'C2') };
  const others = parts.filter((other) => other !== undefined);
  const total = {
    c1: added(
      others.map(({ c1 }) => c1),
      part.c1,
    ),
    c2: added(
      others.map(({ c2 }) => c2),
      part.c2,
    ),
  };
  announce(view, 'part', slot, event, logged);
  parts[slot] = part;
  progress.done |= bit(slot);
  if (progress.done !== progress.active) return;
  view.ciphertext = total;
  progress.done = 0;
}

export function mixGiven(view: RoomView, event: EventOf<'MixGiven'>, logged: LoggedEvent): void {
  const { statement } = event;
  const { slot, borders, border, found } = statement;
  const { members, mixes, progress } = view;
  const record = sharing(view, slot, statement.context, 'a mix');
  const { ciphertext } = view;
  must(ciphertext !== undefined, 'a mix before every slot gave its part');
  must(statement.transcript === view.matchTranscript, `slot ${slot} signed for another course of the room`);
  const circuit = CIRCUITS[event.circuit];
  must(MIX_CIRCUITS.includes(circuit), `circuit ${event.circuit} is not one for MixGiven`);
  must(equalPoints(record.decryptionKey, statement.key), "a mix under another key than the slot's");
  must(statement.bands === view.terms.bands, 'a mix under other bands');
  must(borders <= MAX_BORDERS, `bands cannot have ${borders} borders`);
  must(borders === (view.borders ?? borders), 'a mix with another number of borders than the one on record');
  must(border >= 1 && border <= borders, `there is no border ${border}`);
  must(mixes[slot][border - 1] === undefined, `slot ${slot} mixed border ${border} twice`);
  const before = members[members.indexOf(slot) - 1];
  const input = before === undefined ? 0n : mixes[before][border - 1];
  must(input !== undefined, 'a mix before the one that it follows');
  must(statement.input_digest === input, 'a mix of other elements than those on record');
  const { c1, c2 } = before === undefined ? ciphertext : { c1: NO_POINT, c2: NO_POINT };
  must(equalPoints(statement.c1, c1) && equalPoints(statement.c2, c2), 'a mix of another sum than the one on record');
  must(statement.output_digest !== 0n, 'the digest of a mix is zero');
  const isLast = slot === members.at(-1);
  must(!found || isLast, "a border can be found by the last slot's mix alone");
  must(!found || view.found === undefined, 'a border was found after another one');
  announce(view, circuit, slot, event, logged);
  view.borders = borders;
  if (found) view.found = border;
  mixes[slot][border - 1] = statement.output_digest;
  if (mixes[slot].slice(0, borders).every((digest) => digest !== undefined)) progress.done |= bit(slot);
  if (progress.done !== progress.active) return;
  view.result = { suppressed: false, count: view.found === undefined ? borders : view.found - 1 };
  view.state = 'released';
  progress.done = 0;
}

/** The sum of points with one more. Infinity would stand for no number. */
function added(points: readonly Point[], point: Point): Point {
  if (points.length === 0) return point;
  const before = sum(points);
  must(!equalPoints(before, negate(point)), 'parts that add up to infinity');
  return add(before, point);
}

/** The record of a slot that does one of these steps, about this room. */
function sharing(view: RoomView, slot: number, context: bigint, what: string): SlotView {
  const record = stepping(view, 'sharing', slot, ['threshold']);
  must(context === view.terms.context, `${what} of another room`);
  return record;
}
