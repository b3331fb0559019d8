/** Logs of rooms that join values: digests are made up, since a replay takes them as they are. */
import { broughtVectors, type RoomState } from '../../app/lib/room/view.ts';
import { AggregateLog, tallyOf, type AggregateOptions } from './aggregate-log.ts';
import { chunkOf, keysOf, listOf, numberOf, returnedOf, ROOM, valuesOf, type Value } from './log.ts';

export const encryptedOf = (slot: number, vector: number): bigint => 4000n + BigInt(slot * 8 + vector);
export const selectedOf = (list: number, vector: number): bigint => 4100n + BigInt(list * 8 + vector);
/** Full groups of every slot that brings a vector. */
export const FULL = 0b0101;

export class JoinedLog extends AggregateLog {
  /**
   * Slot 1 names groups unless told otherwise. Slot 0 brings its first column and its squares, the last slot its second
   * column, those between nothing.
   */
  constructor(options: AggregateOptions = {}) {
    const { slots = 3 } = options;
    const vectors = options.vectors ?? 0b11n | (1n << BigInt(8 * (slots - 1) + 2));
    const all = { slots, vectors, naming: 2, minSlots: slots, contributors: 1 };
    const full = Array.from({ length: slots }, (_, slot) =>
      broughtVectors({ terms: { vectors } as never }, slot).length > 0 ? FULL : 0,
    );
    super({ full, ...all, ...options });
  }

  vectors(slot: number): number[] {
    return broughtVectors(this.creation, slot);
  }

  encrypted(slot: number, vector: number, chunk = chunkOf(0, true)): Value<'EncryptProven'> {
    const statement = {
      ...{ context: this.context, slot, values: valuesOf(slot), plan: this.creation.terms.plan, vector },
      ...{ key: keysOf(slot).decryptionPublic, encrypted_digest: encryptedOf(slot, vector) },
    };
    const proof_digest = 8800n + BigInt(slot * 8 + vector);
    return { room_id: ROOM, circuit: numberOf('encrypt_32'), statement, chunk, proof_digest };
  }

  returned(list: number, hop: number, chunk = chunkOf(0, true)): Value<'ReturnProven'> {
    const slot = this.turn(list, hop);
    const { x: key_x, y: key_y } = keysOf(slot).blindingPublic;
    const [input_digest, output_digest] = [returnedOf(list, hop - 1), returnedOf(list, hop)];
    const statement = { context: this.context, slot, list: 8 + list, hop, key_x, key_y, input_digest, output_digest };
    const proof_digest = 8900n + BigInt(list * 8 + hop);
    return { room_id: ROOM, circuit: numberOf('hop_32'), statement, chunk, proof_digest };
  }

  select(list: number, vector: number, chunk = chunkOf(0, true)): Value<'SelectProven'> {
    const slot = this.turn(list, 1);
    const statement = {
      ...{ context: this.context, slot, list, vector },
      ...{ key: keysOf(slot).blindingPublic, owner_key: keysOf(list).decryptionPublic },
      ...{ list_digest: listOf(list, 0), returned_digest: returnedOf(list, 1) },
      ...{ encrypted_digest: encryptedOf(list, vector), k: this.creation.terms.k },
      selected_digest: selectedOf(list, vector),
    };
    const proof_digest = 9000n + BigInt(list * 8 + vector);
    return { room_id: ROOM, circuit: numberOf('select_32'), statement, chunk, proof_digest };
  }

  openedTally(slot: number): Value<'TallyOpened'> {
    const brought = this.vectors(slot);
    const counting = slot === this.members.find((member) => this.vectors(member).length > 0);
    const selected = Array.from({ length: 8 }, (_, v) => (brought.includes(v) ? selectedOf(slot, v) : 0n));
    const key = keysOf(slot).decryptionPublic;
    const [tally, full] = [tallyOf(slot), this.full[slot]];
    const statement = { context: this.context, slot, key, counting, selected, tally, full };
    return { room_id: ROOM, statement, proof_digest: 9100n + BigInt(slot) };
  }

  matchAll(count = 7): this {
    return this.add('MatchProven', this.match(count));
  }

  encryptBy(...slots: number[]): this {
    for (const slot of slots) {
      for (const vector of this.vectors(slot)) this.add('EncryptProven', this.encrypted(slot, vector));
    }
    return this;
  }

  returnOf(...lists: number[]): this {
    for (const list of lists) {
      if (this.vectors(list).length === 0) continue;
      for (let hop = this.members.length - 1; hop > 1; hop--) this.add('ReturnProven', this.returned(list, hop));
    }
    return this;
  }

  selectOf(...lists: number[]): this {
    for (const list of lists) {
      for (const vector of this.vectors(list)) this.add('SelectProven', this.select(list, vector));
    }
    return this;
  }

  openBy(...slots: number[]): this {
    for (const slot of slots) this.add('TallyOpened', this.openedTally(slot));
    return this;
  }
}

/** The log of a room that joins values, up to its match or up to a state. */
export function joinedIn(state: RoomState | 'matched', options: AggregateOptions = {}): JoinedLog {
  const log = new JoinedLog(options).create();
  const { members } = log;
  const steps: readonly (readonly [RoomState | 'matched', () => unknown])[] = [
    ['inviting', () => log.take(...members)],
    ['approving', () => log.approve(...members)],
    ['committing', () => log.commit(...members)],
    ['joining', () => log.blindAll().hopAll().matchAll()],
    ['matched', () => finishValues(log)],
    ['sharing', () => log.maskBy(...members).add('FiguresReleased', log.figures())],
    ['released', () => log.add('RoomEnded', log.ended(7))],
  ];
  for (const [from, act] of steps) {
    if (from === state) break;
    act();
  }
  return log;
}

/** Goes on from the match to the last opened tally. */
export function finishValues(log: JoinedLog): JoinedLog {
  const { members } = log;
  return log
    .encryptBy(...members)
    .returnOf(...members)
    .selectOf(...members)
    .openBy(...members);
}
