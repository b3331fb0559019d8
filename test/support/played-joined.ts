/** Rooms that join values, played from rows to the selected sums of one slot's vectors without proofs; and what matched, in plain sight. */
import { blindRows, type Blinded } from '../../app/lib/protocol/blind.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { encryptVector, type EncryptedVector } from '../../app/lib/protocol/encrypted.ts';
import { hopList, hopSlot } from '../../app/lib/protocol/hop.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import type { List } from '../../app/lib/protocol/list.ts';
import { listedDigest, listedValues } from '../../app/lib/protocol/listed.ts';
import type { Plan } from '../../app/lib/protocol/plan.ts';
import { returnList, returnedLists, type ReturnedList } from '../../app/lib/protocol/returned.ts';
import { selectSums, type Selected, type SelectionSecrets } from '../../app/lib/protocol/selected.ts';
import type { Row } from './plain.ts';

/** A slot's rows: what it knows of each person, by the person's number from 0. */
export type People = ReadonlyMap<number, Row>;

/** All that makes a room but its rows. */
export type ValuesRoom = {
  readonly context: bigint;
  readonly plan: Plan;
  readonly k: number;
  /** The slot that names groups. */
  readonly naming: number;
  /** The slot that brings vectors, and which. */
  readonly owner: number;
  readonly vectors: readonly number[];
  /** Room seeds of all slots. */
  readonly seeds: readonly Uint8Array[];
};

/** What a room comes to: `lists`, `returned`, `encrypted` and `sums` all its slots see. */
export type PlayedValues = {
  /** List i after hop h: `lists[i][h]`. */
  readonly lists: readonly (readonly List[])[];
  /** The owner's returned lists, by the hop that they are of; there is none of hop 0. */
  readonly returned: readonly (ReturnedList | undefined)[];
  /** One for each vector of the owner. */
  readonly encrypted: readonly EncryptedVector[];
  readonly sums: readonly Selected[];
  /** What the maker of the owner's first hop knows besides, for each vector. */
  readonly secrets: readonly SelectionSecrets[];
  readonly datasets: readonly Dataset[];
  /** For each element of a slot's blinded list the number of its row. */
  readonly rows: readonly Uint32Array[];
  /** The commitment to the owner's values in its list's order. */
  readonly listed: bigint;
};

/** The maker of the first hop of the owner's list. */
export function selector({ owner, seeds }: ValuesRoom): number {
  return hopSlot(owner, 1, [...seeds.keys()]);
}

/** Plays a room of these tables, one for each slot. */
export function playValues(room: ValuesRoom, tables: readonly People[]): Promise<PlayedValues> {
  return playDatasets(room, tables.map(datasetOf));
}

/** The same of datasets. */
export async function playDatasets(room: ValuesRoom, datasets: readonly Dataset[]): Promise<PlayedValues> {
  const { context, plan, k, naming, owner, vectors, seeds } = room;
  const members = [...seeds.keys()];
  const keys = seeds.map(deriveKeys);
  const blinded: Blinded[] = [];
  const lists: List[][] = [];
  for (const slot of members) {
    const own = { context, slot, dataset: datasets[slot], blinding: keys[slot].blinding, labelled: true };
    blinded.push(await blindRows(slot === naming ? { ...own, plan } : own));
    const hops = [blinded[slot].list];
    for (let hop = 1; hop < members.length; hop++) {
      const maker = hopSlot(slot, hop, members);
      hops.push(await hopList({ list: hops[hop - 1], slot: maker, members, blinding: keys[maker].blinding }));
    }
    lists.push(hops);
  }
  const own = lists[owner];
  const last = members.length - 1;
  const returned: (ReturnedList | undefined)[] = members.map(() => undefined);
  returned[last] = returnedLists(lists.map((hops) => hops[last]), members)[owner]; // prettier-ignore
  for (let hop = last; hop >= 2; hop--) {
    const { blinding } = keys[hopSlot(owner, hop, members)];
    returned[hop - 1] = await returnList({ list: own[hop - 1], returned: returned[hop]!, blinding });
  }
  const packed = listedValues(datasets[owner], blinded[owner].rows);
  const { listedBlinding, decryptionPublic: key } = keys[owner];
  const listed = listedDigest({ context, slot: owner, blinding: listedBlinding, packed });
  const encrypted: EncryptedVector[] = [];
  const selections = [];
  const maker = selector(room);
  for (const vector of vectors) {
    const made = await encryptVector({ context, slot: owner, seed: seeds[owner], vector, plan, listed, packed });
    const { blinding } = keys[maker];
    const from = { context, seed: seeds[maker], blinding, list: own[0], returned: returned[1]!, key, k };
    encrypted.push(made);
    selections.push(await selectSums({ ...from, encrypted: made }));
  }
  return {
    ...{ lists, returned, encrypted, datasets, listed },
    sums: selections.map(({ selected }) => selected),
    secrets: selections.map(({ secrets }) => secrets),
    rows: blinded.map((each) => each.rows),
  };
}

/** The person behind each element of a slot's blinded list. */
export function peopleOf({ datasets, rows }: PlayedValues, slot: number): number[] {
  return Array.from(rows[slot], (row) => Number(datasets[slot].digests[row]) - 1);
}

/** The flags of so many people by tables in plain sight: 0 for who is not in all of them, else 1 + the group that the naming slot knows. */
export function plainFlags(
  { plan, naming }: ValuesRoom,
  tables: readonly People[],
  people: readonly number[],
): number[] {
  return people.map((person) => {
    if (!tables.every((table) => table.has(person))) return 0;
    const value = tables[naming].get(person)![plan.grouping!];
    return 1 + plan.borders.findIndex((border, i) => value >= border && value < plan.borders[i + 1]);
  });
}

function datasetOf(table: People): Dataset {
  return makeDataset(
    [...table.keys()].map((person) => BigInt(person + 1)),
    [...table.values()],
  );
}
