import { POINT_BYTES, type Point } from '../curve/grumpkin.ts';
import { FIELD_BYTES, bytesToField } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { chainStart, extendChain } from './chain.ts';
import { encrypt, type Ciphertext } from './elgamal.ts';
import { ProtocolError, assertSlots } from './errors.ts';
import { elgamalRandomness } from './keys.ts';
import { assertList, listCount, listLabels, type List } from './list.ts';
import { assertPerMember, type Members } from './members.ts';
import { arrangeRecords, compareRecords, recordOrder } from './records.ts';

/** Stands in the place of list and hop in the digest of the merged sequence. */
const MERGED = 255n;

/** What a match yields. `matched` and the randomness stay with the members; the rest goes on chain. */
export type Match = Readonly<{
  /** M: all x of all lists, ascending, with repetitions; total×32 bytes. */
  merged: Uint8Array;
  /** The label of each of them. */
  mergedLabels: Uint8Array;
  mergedDigest: bigint;
  /** Number of identifiers that every list holds. */
  matched: number;
  meetsK: boolean;
  randomness: bigint;
  ciphertext: Ciphertext;
}>;

/**
 * Merges the x of fully hopped lists into one ascending sequence with repetitions, equal ones in the members' order.
 *
 * @param lists the members' lists, in the members' order, each at its last hop
 * @returns total×32 bytes, and the label of each x
 */
export function mergeLists(lists: readonly List[], members: Members): { merged: Uint8Array; labels: Uint8Array } {
  assertFullyHopped(lists, members);
  const xs = new Uint8Array(lists.reduce((total, list) => total + listCount(list), 0) * FIELD_BYTES);
  let at = 0;
  lists.forEach((list) => {
    assertList(list);
    for (let j = 0; j < listCount(list); j++, at += FIELD_BYTES) {
      xs.set(list.points.subarray(j * POINT_BYTES, j * POINT_BYTES + FIELD_BYTES), at);
    }
  });
  const labels = Uint8Array.from(lists.flatMap((list) => [...listLabels(list)]));
  const order = recordOrder(xs, FIELD_BYTES);
  return { merged: arrangeRecords(xs, FIELD_BYTES, order), labels: arrangeRecords(labels, 1, order) };
}

/** Refuses lists that are not those of all members, in the members' order and each at its last hop. */
export function assertFullyHopped(lists: readonly List[], members: Members): void {
  const last = members.length - 1;
  assertPerMember(lists, members, 'lists').forEach(({ list, hop }, i) => {
    if (list === members[i] && hop === last) return;
    throw new ProtocolError(
      `place ${i} of a match needs list ${members[i]} at hop ${last}, got list ${list} at hop ${hop}`,
    );
  });
}

/** Number of values of a merged sequence that each of so many lists holds: runs of exactly `lists` equal values. */
export function countMatched(merged: Uint8Array, lists: number): number {
  assertSlots(lists, 'lists');
  const total = merged.length / FIELD_BYTES;
  let matched = 0;
  let run = 0;
  for (let i = 0; i < total; i++) {
    const order = i === 0 ? -1 : compareRecords(merged, FIELD_BYTES, i - 1, i, FIELD_BYTES);
    if (order > 0) throw new ProtocolError(`the merged sequence is not ascending at ${i}`);
    run = order === 0 ? run + 1 : 1;
    if (run > lists) throw new ProtocolError('the merged sequence repeats a value more often than there are lists');
    if (run === lists) matched++;
  }
  return matched;
}

/**
 * Digest of a merged sequence: hash 6 over chain 16, with 255 for list and hop and the total as the count.
 *
 * @param labels one for each value; all 0 if left out
 */
export function mergedDigest(context: bigint, merged: Uint8Array, labels?: Uint8Array): bigint {
  const total = merged.length / FIELD_BYTES;
  return hash(Domain.listDigest, [
    context,
    MERGED,
    MERGED,
    BigInt(total),
    extendChain(chainStart(Domain.mergedChain), mergedValues(merged), labels),
  ]);
}

/**
 * Matches fully hopped lists and encrypts the count under the room key.
 *
 * @param input.lists the members' lists, in the members' order, each at its last hop
 * @param input.key the room key of these members
 * @param input.k the policy's smallest count that may be released
 * @param input.seed the room seed of the slot that makes the match
 */
export function matchLists(input: {
  context: bigint;
  members: Members;
  lists: readonly List[];
  key: Point;
  k: number;
  seed: Uint8Array;
}): Match {
  const { context, members, lists, key, k, seed } = input;
  if (!Number.isInteger(k) || k < 1) throw new ProtocolError(`k must be a positive whole number, not ${k}`);
  const { merged, labels } = mergeLists(lists, members);
  const matched = countMatched(merged, members.length);
  const digest = mergedDigest(context, merged, labels);
  const randomness = elgamalRandomness(seed, 'elgamal', [context, ...members.map(BigInt), digest, key.x, key.y]);
  return {
    merged,
    mergedLabels: labels,
    mergedDigest: digest,
    matched,
    meetsK: matched >= k,
    randomness,
    ciphertext: encrypt(matched, randomness, key),
  };
}

/** The values of a merged sequence. */
export function* mergedValues(merged: Uint8Array): Iterable<bigint> {
  for (let at = 0; at < merged.length; at += FIELD_BYTES)
    yield bytesToField(merged.subarray(at, at + FIELD_BYTES), 'merged value');
}
