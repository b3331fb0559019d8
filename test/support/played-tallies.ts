/** Rooms that aggregate, played from rows to masked tallies without proofs; and the masks of pairs, by the protocol's text alone. */
import { mul } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, permute } from '../../app/lib/field/poseidon2.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { hasGroup, openedCells } from '../../app/lib/protocol/groups.ts';
import { deriveKeys, type SlotKeys } from '../../app/lib/protocol/keys.ts';
import { maskTally } from '../../app/lib/protocol/masked.ts';
import { CELLS_PER_GROUP, type Plan } from '../../app/lib/protocol/plan.ts';
import { fullGroups, openGroups, tallyCells } from '../../app/lib/protocol/tally.ts';
import type { Row } from './plain.ts';

/** All that makes a room but its rows: who is in it, with which secrets, and what it asks. */
export type TallyRoom = {
  readonly context: bigint;
  /** The room's after the last tally. */
  readonly transcript: bigint;
  readonly plan: Plan;
  readonly k: number;
  readonly contributors: number;
  /** The members' slots, ascending. */
  readonly members: readonly number[];
  /** Their room seeds. */
  readonly seeds: readonly Uint8Array[];
};

/** What members have of their rows, each for itself, and which groups are full for it, which all see. */
export type Tallies = {
  readonly cells: readonly (readonly bigint[])[];
  readonly full: readonly number[];
  readonly open: number;
};

/** The dataset of rows, each of another person. */
export function datasetOf(rows: readonly Row[]): Dataset {
  return makeDataset(
    rows.map((_, i) => BigInt(i + 1)),
    rows,
  );
}

/** The tallies of these tables, one for each member. */
export function talliesOf({ plan, k, contributors }: TallyRoom, tables: readonly (readonly Row[])[]): Tallies {
  const cells = tables.map((table) => tallyCells(datasetOf(table), plan));
  const full = cells.map((tally) => fullGroups(tally, k));
  return { cells, full, open: openGroups(full, contributors) };
}

/** Plays a room of these tables up to the masked tallies, which all see. */
export function playTallies(
  room: TallyRoom,
  tables: readonly (readonly Row[])[],
): Tallies & { readonly masked: readonly (readonly bigint[])[] } {
  const { context, transcript, plan, members } = room;
  const tallies = talliesOf(room, tables);
  const own = keysOf(room);
  const keys = own.map(({ decryptionPublic }) => decryptionPublic);
  const shared = { context, transcript, members, keys, plan, open: tallies.open };
  const masked = members.map((slot, i) =>
    maskTally({
      ...shared,
      slot,
      decryption: own[i].decryption,
      cells: tallies.cells[i],
      full: tallies.full[i],
    }),
  );
  return { ...tallies, masked };
}

/** The members' keys. */
export function keysOf({ seeds }: TallyRoom): SlotKeys[] {
  return seeds.map(deriveKeys);
}

/** A pair of members, by their places. */
export type Pair = readonly [first: number, second: number];

/** All pairs of so many members. */
export function pairsOf(members: number): Pair[] {
  return Array.from({ length: members }, (_, i) => i).flatMap((i) =>
    Array.from({ length: members - i - 1 }, (_, j): Pair => [i, i + 1 + j]),
  );
}

/** What a member gives without masks: its cells of groups that are open and, for it, full. */
export function givenCells({ plan }: TallyRoom, { cells, full, open }: Tallies, place: number): bigint[] {
  const opened = openedCells(plan, open);
  return cells[place].map((cell, i) =>
    opened[i] && hasGroup(full[place], Math.floor(i / CELLS_PER_GROUP)) ? cell : 0n,
  );
}

/** The masks of all pairs, 0 in cells that are not opened. */
export function allMasks(room: TallyRoom, open: number): Map<string, bigint[]> {
  const opened = openedCells(room.plan, open);
  return new Map(
    pairsOf(room.members.length).map((pair) => [
      pairName(pair),
      pairMasks(room, pair).map((mask, i) => (opened[i] ? mask : 0n)),
    ]),
  );
}

/** The masks of a pair's 288 cells, from the key of its first member (docs/protocol.md, section 8). */
export function pairMasks(room: TallyRoom, [first, second]: Pair): bigint[] {
  const [mine, theirs] = [first, second].map((place) => deriveKeys(room.seeds[place]));
  const { x, y } = mul(theirs.decryptionPublic, mine.decryption);
  const pairKey = hash(33, [room.context, room.transcript, x, y]);
  const capacity = ((0x7a6b6372n << 16n) + 34n) * 2n ** 64n + 2n;
  return Array.from({ length: 96 }, (_, block) => permute([pairKey, BigInt(block), 0n, capacity]).slice(0, 3)).flat();
}

/** Tallies with masks on top: what each member posts if pairs have these masks; the first of a pair adds them, the second takes them off. */
export function withMasks(
  tallies: readonly (readonly bigint[])[],
  masks: ReadonlyMap<string, readonly bigint[]>,
): bigint[][] {
  return tallies.map((tally, place) =>
    tally.map((cell, i) => {
      let value = cell;
      for (const [first, second] of pairsOf(tallies.length)) {
        const mask = masks.get(pairName([first, second]))![i];
        if (first === place) value += mask;
        if (second === place) value -= mask;
      }
      return ((value % P) + P) % P;
    }),
  );
}

/** The name of a pair. */
export function pairName([first, second]: Pair): string {
  return `${first} and ${second}`;
}
