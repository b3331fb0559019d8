/** Logs of rooms that aggregate: commitments, digests and masks of groups are made up, since a replay takes them as they are. */
import type { RoomState } from '../../app/lib/room/view.ts';
import { chunkOf, datasetOf, keysOf, numberOf, padded, ROOM, RoomLog, type RoomOptions, type Value } from './log.ts';

export const PLAN = 4242n;
export const tallyOf = (slot: number): bigint => 800n + BigInt(slot);
export const maskedOf = (slot: number): bigint => 820n + BigInt(slot);
/** Rows in open groups, and the digest of what is told of them. */
export const COUNT = 9;
export const FIGURES_DIGEST = 4243n;

export type AggregateOptions = Omit<RoomOptions, 'mode'> & {
  /** The groups of each slot that have enough rows, as a mask. */
  full?: readonly number[];
};

export class AggregateLog extends RoomLog {
  readonly full: readonly number[];

  /** Two contributors a group unless told otherwise. Slots have group 0 in common, and each one with the next. */
  constructor({ full = [0b0011, 0b0111, 0b1101, 0b1001, 0b1001], ...options }: AggregateOptions = {}) {
    super({ plan: PLAN, contributors: 2, ...options });
    this.full = full;
  }

  /** The groups that enough members have, counted one by one. */
  get open(): number {
    const { contributors } = this.creation.terms;
    const groups = Array.from({ length: 32 }, (_, group) => group).filter((group) => {
      const having = this.members.filter((slot) => Math.floor(this.full[slot] / 2 ** group) % 2 === 1);
      return having.length >= contributors;
    });
    return groups.reduce((mask, group) => mask + 2 ** group, 0);
  }

  tally(slot: number, chunk = chunkOf(0, true)): Value<'TallyProven'> {
    const { plan, k } = this.creation.terms;
    const full = this.full[slot];
    const statement = { context: this.context, slot, dataset: datasetOf(slot), plan, k, tally: tallyOf(slot), full };
    return { room_id: ROOM, circuit: numberOf('tally_32'), statement, chunk, proof_digest: 8500n + BigInt(slot) };
  }

  maskedTally(slot: number): Value<'MaskedGiven'> {
    const { members, context, open } = this;
    const keys = members.map((member) => keysOf(member).decryptionPublic);
    const statement = {
      ...{
        context,
        slot,
        transcript: this.matchTranscript(),
        slots: padded(members, 0),
        keys: padded(keys, { x: 0n, y: 0n }),
      },
      ...{ plan: this.creation.terms.plan, tally: tallyOf(slot), full: this.full[slot], open },
      masked_digest: maskedOf(slot),
    };
    return { room_id: ROOM, statement, proof_digest: 8600n + BigInt(slot) };
  }

  figures(slot = this.members[0]): Value<'FiguresReleased'> {
    const { members, context, open } = this;
    const { plan, k } = this.creation.terms;
    const full = members.map((member) => this.full[member]);
    const statement = {
      ...{ context, slots: padded(members, 0), masked: padded(members.map(maskedOf), 0n), full: padded(full, 0) },
      ...{ open, plan, k, count: COUNT, figures_digest: FIGURES_DIGEST },
    };
    return { room_id: ROOM, slot, statement, proof_digest: 8700n };
  }

  tallyBy(...slots: number[]): this {
    for (const slot of slots) this.add('TallyProven', this.tally(slot));
    return this;
  }

  maskBy(...slots: number[]): this {
    for (const slot of slots) this.add('MaskedGiven', this.maskedTally(slot));
    return this;
  }
}

/** The log of a room that aggregates in which every member did every step, up to a state. */
export function aggregateIn(state: RoomState, options: AggregateOptions = {}): AggregateLog {
  const log = new AggregateLog(options).create();
  const { members } = log;
  const steps: readonly (readonly [RoomState, () => unknown])[] = [
    ['inviting', () => log.take(...members)],
    ['approving', () => log.approve(...members)],
    ['committing', () => log.pay(...members).commit(...members)],
    ['joining', () => log.tallyBy(...members)],
    ['sharing', () => log.maskBy(...members).add('FiguresReleased', log.figures())],
    ['released', () => log.add('RoomEnded', log.ended(7))],
  ];
  for (const [from, act] of steps) {
    if (from === state) break;
    act();
  }
  return log;
}
