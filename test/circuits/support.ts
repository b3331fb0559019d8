/** The members of one room with real keys, datasets and lists, up to their shares. */
import { initField } from '../../app/lib/field/poseidon2.ts';
import { blindRows } from '../../app/lib/protocol/blind.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { hopList, hopSlot } from '../../app/lib/protocol/hop.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys, roomKey, type SlotKeys } from '../../app/lib/protocol/keys.ts';
import type { List } from '../../app/lib/protocol/list.ts';
import { matchLists, type Match } from '../../app/lib/protocol/match.ts';
import type { Members } from '../../app/lib/protocol/members.ts';
import type { Plan } from '../../app/lib/protocol/plan.ts';
import { makeShare, type Share } from '../../app/lib/protocol/share.ts';
import type { Point } from '../../app/lib/curve/grumpkin.ts';

export const CONTEXT = 0x1234567890abcdefn;
export const K = 3;

/** One member of the room. */
export type Party = {
  slot: number;
  seed: Uint8Array;
  keys: SlotKeys;
  dataset: Dataset;
  /** Its list after each hop; the first is blinded by itself alone. */
  lists: List[];
  /** The first and the last of them. */
  blinded: List;
  hopped: List;
  /** For each element of the blinded list, the number of its row. */
  rows: Uint32Array;
};

export type World = {
  members: Members;
  parties: [Party, Party, ...Party[]];
  roomKey: Point;
  match: Match;
  shares: Share[];
};

export const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n + 1);

/** Identifiers `from` to `to`, not included. */
export const people = (from: number, to: number): Dataset =>
  makeDataset(Array.from({ length: to - from }, (_, i) => identifierDigest('exact', `person ${from + i}`)));

/**
 * Plays the protocol up to the shares, for one dataset a member; the members are slots 0, 1, ... unless given.
 *
 * @param naming in a room that joins values: the slot that names groups, and the plan whose groups they are
 */
export async function playRoom(
  datasets: readonly Dataset[],
  members: Members = datasets.map((_, slot) => slot),
  naming?: { slot: number; plan: Plan },
): Promise<World> {
  await initField();
  const keysOf = new Map(members.map((slot) => [slot, deriveKeys(seedOf(slot))]));
  const parties = (await Promise.all(
    members.map(async (slot, i): Promise<Party> => {
      const keys = keysOf.get(slot)!;
      const dataset = datasets[i];
      const { list, rows } = await blindRows({
        context: CONTEXT,
        slot,
        dataset,
        blinding: keys.blinding,
        labelled: naming !== undefined,
        plan: naming?.slot === slot ? naming.plan : undefined,
      });
      const lists = [list];
      for (let hop = 1; hop < members.length; hop++) {
        const by = hopSlot(slot, hop, members);
        lists.push(await hopList({ list: lists[hop - 1], slot: by, members, blinding: keysOf.get(by)!.blinding }));
      }
      return {
        slot,
        seed: seedOf(slot),
        keys,
        dataset,
        lists,
        blinded: lists[0],
        hopped: lists[members.length - 1],
        rows,
      };
    }),
  )) as World['parties'];
  const key = roomKey(parties.map(({ keys }) => keys.decryptionPublic));
  const lists = parties.map(({ hopped }) => hopped);
  const match = matchLists({ context: CONTEXT, members, lists, key, k: K, seed: parties[0].seed });
  const shares = parties.map(({ slot, seed, keys: { decryption, decryptionPublic } }) =>
    makeShare({ context: CONTEXT, slot, decryption, decryptionPublic, ciphertext: match.ciphertext, seed }),
  );
  return { members, parties, roomKey: key, match, shares };
}
