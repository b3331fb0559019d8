/** Returned lists: lists after a hop with flags, which tell what matched, in the place of labels (docs/protocol.md, section 9). */
import { mulBatch, type BatchOptions } from '../curve/batch.ts';
import { POINT_BYTES } from '../curve/grumpkin.ts';
import { FIELD_BYTES, fieldToHex, readUint256 } from '../field/field.ts';
import { ProtocolError } from './errors.ts';
import { assertLabels, MAX_LABEL } from './labels.ts';
import { assertList, listCount, listLabels, numberedDigest, type List } from './list.ts';
import { assertFullyHopped } from './match.ts';
import type { Members } from './members.ts';

/** A list after a hop with its flags: 0 for what did not match, else the sum of the labels that all lists have for the element. */
export type ReturnedList = Readonly<{
  /** The slot whose rows these are. */
  list: number;
  hop: number;
  /** Those of the list after this hop, in its order. */
  points: Uint8Array;
  /** One for each point. */
  flags: Uint8Array;
}>;

/** Where numbers of returned lists begin in digests and statements. */
export const RETURNED = 8;

const MAGIC = new TextEncoder().encode('ZKCRBACK');
const VERSION = 1;
const HEADER_BYTES = 16;

/** The number of a returned list in digests and statements. */
export function returnedNumber(list: number): number {
  return RETURNED + list;
}

/**
 * The returned lists after the last hop, which follow from the members' lists: an element that all of them hold has the sum
 * of its labels for a flag, any other one 0.
 *
 * @param lists in the members' order, each after its last hop
 */
export function returnedLists(lists: readonly List[], members: Members): ReturnedList[] {
  assertFullyHopped(lists, members);
  const counts = lists.map((list) => listCount(assertList(list)));
  const labels = lists.map(listLabels);
  const flags = counts.map((count) => new Uint8Array(count));
  const at = counts.map(() => 0);
  // Lists are ascending: whichever stands at the least x moves on, and they all do where they stand at the same.
  while (at.every((place, i) => place < counts[i])) {
    const order = lists.map((list, i) => compareX(list.points, at[i], lists[0].points, at[0]));
    if (order.some((sign) => sign !== 0)) {
      const least = lists.reduce(
        (low, list, i) => (compareX(list.points, at[i], lists[low].points, at[low]) < 0 ? i : low),
        0,
      );
      at[least]++;
      continue;
    }
    const flag = labels.reduce((sum, of, i) => sum + of[at[i]], 0);
    if (flag > MAX_LABEL) throw new ProtocolError(`the labels of an element add up to ${flag}, above ${MAX_LABEL}`);
    at.forEach((place, i) => (flags[i][place] = flag));
    at.forEach((_, i) => at[i]++);
  }
  return lists.map(({ list, hop, points }, i) => ({ list, hop, points, flags: flags[i] }));
}

/** The digest of a returned list (hash 6 under the number 8 + its slot's). */
export function returnedDigest(context: bigint, returned: ReturnedList): bigint {
  return numberedDigest(context, returnedNumber(returned.list), flaggedList(assertReturned(returned)));
}

/**
 * Returns a list by one hop: the flags after the hop go to the elements before it that it made them from. Only the maker of
 * the hop can tell.
 *
 * @param input.list the list before the hop
 * @param input.returned the returned list after the hop
 * @param input.blinding the maker's blinding key k, a secret scalar
 */
export async function returnList(
  input: { list: List; returned: ReturnedList; blinding: bigint },
  options?: BatchOptions,
): Promise<ReturnedList> {
  const { list, returned, blinding } = input;
  assertReturned(returned);
  assertList(list);
  if (returned.list !== list.list || returned.hop !== list.hop + 1 || listCount(list) !== returned.flags.length)
    throw new ProtocolError(
      `list ${list.list} at hop ${list.hop} is not what list ${returned.list} was before hop ${returned.hop}`,
    );
  const flagOf = new Map(Array.from(returned.flags, (flag, i) => [xAt(returned.points, i), flag]));
  const products = await mulBatch(list.points, blinding, options);
  const flags = Uint8Array.from({ length: listCount(list) }, (_, i) => {
    const flag = flagOf.get(xAt(products, i));
    if (flag === undefined)
      throw new ProtocolError(`hop ${returned.hop} of list ${list.list} was not made with this blinding key`);
    return flag;
  });
  return { list: list.list, hop: list.hop, points: list.points, flags };
}

/** The same list with flags for labels, as circuits and digests take it. */
export function flaggedList({ list, hop, points, flags }: ReturnedList): List {
  return { list, hop, points, labels: flags };
}

/** Encodes the flags of a returned list as the blob that travels; the points are those of the list after the same hop. */
export function encodeReturned(returned: ReturnedList): Uint8Array {
  const { list, hop, flags } = assertReturned(returned);
  const bytes = new Uint8Array(HEADER_BYTES + flags.length);
  bytes.set(MAGIC);
  bytes.set([VERSION, list, hop, 0], MAGIC.length);
  new DataView(bytes.buffer).setUint32(MAGIC.length + 4, flags.length);
  bytes.set(flags, HEADER_BYTES);
  return bytes;
}

/**
 * Decodes an untrusted blob. Refuses a wrong size or header, another list, hop or count than expected, flags above four bits, and a
 * digest other than the one on chain.
 *
 * @param expected.list the list after the same hop
 * @param expected.digest the digest of the returned list that stands on chain
 */
export function decodeReturned(
  blob: Uint8Array,
  expected: { context: bigint; list: List; digest: bigint },
): ReturnedList {
  const { context, list, digest } = expected;
  const name = `returned list ${list.list}, hop ${list.hop}`;
  const broken = (why: string): never => {
    throw new ProtocolError(`${name}: ${why}`);
  };
  const count = listCount(list);
  if (blob.length !== HEADER_BYTES + count)
    broken(`${blob.length} bytes do not hold exactly a header and ${count} flags`);
  if (MAGIC.some((byte, i) => blob[i] !== byte)) broken('the blob is not a returned list');
  const [version, number, hop, rest] = blob.subarray(MAGIC.length);
  if (version !== VERSION)
    broken(`the blob has version ${version}, this client reads version ${VERSION}: update the client`);
  if (number !== list.list || hop !== list.hop || rest !== 0) broken(`the blob holds list ${number}, hop ${hop}`);
  const told = new DataView(blob.buffer, blob.byteOffset).getUint32(MAGIC.length + 4);
  if (told !== count) broken(`the blob says that it has ${told} flags, the list has ${count} points`);
  const returned = { list: number, hop, points: list.points, flags: blob.slice(HEADER_BYTES) };
  const found = returnedDigest(context, returned);
  if (found !== digest)
    broken(
      `its digest is ${fieldToHex(found)}, the chain has ${fieldToHex(digest)}: the blob was changed or is another room's`,
    );
  return returned;
}

/** Returns a returned list if it has one flag of four bits for each point. */
function assertReturned(returned: ReturnedList): ReturnedList {
  const { list, hop, points, flags } = returned;
  assertLabels(flags, listCount({ list, hop, points }), `flags of list ${list}, hop ${hop}`);
  return returned;
}

/** Compares the x of two points of ascending lists. */
function compareX(a: Uint8Array, i: number, b: Uint8Array, j: number): number {
  for (let byte = 0; byte < FIELD_BYTES; byte++) {
    const difference = a[i * POINT_BYTES + byte] - b[j * POINT_BYTES + byte];
    if (difference !== 0) return difference;
  }
  return 0;
}

function xAt(points: Uint8Array, index: number): bigint {
  return readUint256(points, index * POINT_BYTES);
}
