/** Logs of rooms that tell bands: true keys and parts; digests are made up, since a replay takes them as they are. */
import { encrypt, type Ciphertext } from '../../app/lib/protocol/elgamal.ts';
import { roomKey } from '../../app/lib/protocol/keys.ts';
import { sum } from '../../app/lib/curve/grumpkin.ts';
import type { RoomState } from '../../app/lib/room/view.ts';
import { AggregateLog, tallyOf, type AggregateOptions } from './aggregate-log.ts';
import { keysOf, numberOf, ROOM, type Value } from './log.ts';

export const BANDS = 4545n;
export const BORDERS = 3;
export const mixedOf = (slot: number, border: number): bigint => 5000n + BigInt(slot * 8 + border);

/** Parts of slots of rooms of these tests, whose keys are always the same. */
const PARTS = new Map<string, Ciphertext>();

export class ThresholdLog extends AggregateLog {
  /** Every slot has enough rows, all slots contribute and none is to spare, unless told otherwise. */
  constructor(options: AggregateOptions = {}) {
    const { slots = 3 } = options;
    const all = { slots, minSlots: slots, contributors: slots, bands: BANDS };
    super({ full: Array.from({ length: slots }, () => 1), ...all, ...options });
  }

  get roomKey() {
    return roomKey(this.members.map((member) => keysOf(member).decryptionPublic));
  }

  /** A slot's part: ten steps and one for each slot before it. */
  encrypted(slot: number): Ciphertext {
    const place = `${slot} of ${this.members.join()}`;
    const known = PARTS.get(place) ?? encrypt(10 + slot, 777n + BigInt(slot), this.roomKey);
    PARTS.set(place, known);
    return known;
  }

  /** The sum of all parts. */
  total(): Ciphertext {
    const parts = this.members.map((member) => this.encrypted(member));
    return { c1: sum(parts.map(({ c1 }) => c1)), c2: sum(parts.map(({ c2 }) => c2)) };
  }

  part(slot: number): Value<'PartGiven'> {
    const { bands } = this.creation.terms;
    const statement = {
      ...{ context: this.context, slot, tally: tallyOf(slot), bands, room_key: this.roomKey },
      ...this.encrypted(slot),
    };
    return { room_id: ROOM, statement, proof_digest: 9200n + BigInt(slot) };
  }

  mix(slot: number, border: number, found = false): Value<'MixGiven'> {
    const { members, context, creation } = this;
    const before = members[members.indexOf(slot) - 1];
    const none = { x: 0n, y: 0n };
    const statement = {
      ...{ context, slot, transcript: this.matchTranscript(), key: keysOf(slot).decryptionPublic },
      ...{ bands: creation.terms.bands, borders: BORDERS, border },
      ...(before === undefined ? this.total() : { c1: none, c2: none }),
      input_digest: before === undefined ? 0n : mixedOf(before, border),
      output_digest: mixedOf(slot, border),
      found,
    };
    return { room_id: ROOM, circuit: numberOf('mix_16'), statement, proof_digest: 9300n + BigInt(slot * 8 + border) };
  }

  partBy(...slots: number[]): this {
    for (const slot of slots) this.add('PartGiven', this.part(slot));
    return this;
  }

  /** Adds a slot's mixes of borders, of which `found` is found. */
  mixBy(slot: number, borders: readonly number[] = [1, 2, 3], found?: number): this {
    for (const border of borders) this.add('MixGiven', this.mix(slot, border, border === found));
    return this;
  }

  /** Adds the mixes of all members, of which the last one's finds `found`. */
  mixAll(found?: number): this {
    const last = this.members.at(-1);
    for (const slot of this.members) this.mixBy(slot, [1, 2, 3], slot === last ? found : undefined);
    return this;
  }
}

/** The log of a room that tells bands in which every member did every step, up to a state or to its last part. */
export function thresholdIn(state: RoomState | 'parted', options: AggregateOptions = {}): ThresholdLog {
  const log = new ThresholdLog(options).create();
  const { members } = log;
  const steps: readonly (readonly [RoomState | 'parted', () => unknown])[] = [
    ['inviting', () => log.take(...members)],
    ['approving', () => log.approve(...members)],
    ['committing', () => log.pay(...members).commit(...members)],
    ['joining', () => log.tallyBy(...members)],
    ['sharing', () => log.partBy(...members)],
    ['parted', () => log.mixAll(3)],
    ['released', () => log.add('RoomEnded', log.ended(7))],
  ];
  for (const [from, act] of steps) {
    if (from === state) break;
    act();
  }
  return log;
}
