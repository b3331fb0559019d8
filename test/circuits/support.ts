/** Two slots of one room with real keys, datasets and lists, and the jobs to prove about them. */
import { initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { hopList } from '../../app/lib/protocol/hop.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys, roomKey, type SlotKeys } from '../../app/lib/protocol/keys.ts';
import type { List } from '../../app/lib/protocol/list.ts';
import { matchLists, type Match } from '../../app/lib/protocol/match.ts';
import { makeShare, type Share } from '../../app/lib/protocol/share.ts';
import type { Point } from '../../app/lib/curve/grumpkin.ts';

export const CONTEXT = 0x1234567890abcdefn;
export const K = 3;

/** One party of the room. */
export type Party = {
  slot: number;
  seed: Uint8Array;
  keys: SlotKeys;
  dataset: Dataset;
  /** Its list blinded by itself, and after the other slot's hop. */
  blinded: List;
  hopped: List;
};

export type World = { parties: [Party, Party]; roomKey: Point; match: Match; shares: Share[] };

export const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n + 1);

/** Identifiers `from` to `to`, not included. */
export const people = (from: number, to: number): Dataset =>
  makeDataset(Array.from({ length: to - from }, (_, i) => identifierDigest('exact', `person ${from + i}`)));

/** Plays the protocol up to the shares, for two datasets. */
export async function playRoom(datasets: readonly [Dataset, Dataset]): Promise<World> {
  await initField();
  const keys = datasets.map((_, slot) => deriveKeys(seedOf(slot)));
  const blinded = await Promise.all(
    datasets.map((dataset, slot) => blindDataset({ context: CONTEXT, slot, dataset, blinding: keys[slot].blinding })),
  );
  const hopped = await Promise.all(
    blinded.map((list, slot) => hopList({ list, slot: 1 - slot, slots: 2, blinding: keys[1 - slot].blinding })),
  );
  const parties = datasets.map((dataset, slot) => ({
    slot,
    seed: seedOf(slot),
    keys: keys[slot],
    dataset,
    blinded: blinded[slot],
    hopped: hopped[slot],
  })) as [Party, Party];
  const key = roomKey(keys.map(({ decryptionPublic }) => decryptionPublic));
  const match = matchLists({ context: CONTEXT, lists: hopped, key, k: K, seed: seedOf(0) });
  const shares = parties.map(({ slot, seed, keys: { decryption, decryptionPublic } }) =>
    makeShare({ context: CONTEXT, slot, decryption, decryptionPublic, ciphertext: match.ciphertext, seed }),
  );
  return { parties, roomKey: key, match, shares };
}
