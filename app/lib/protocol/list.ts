import { POINT_BYTES, bytesToPoints, countPoints, equalPoints, pointAt, type Point } from '../curve/grumpkin.ts';
import { sumMany } from '../curve/sum.ts';
import { FIELD_BYTES, FIELD_MODULUS, fieldToHex, readUint256, writeUint256 } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { chainStart, extendChain } from './chain.ts';
import { MAX_SLOTS, ProtocolError, assertSlot } from './errors.ts';
import { assertLabels } from './labels.ts';
import { arrangeRecords, compareRecords, recordOrder } from './records.ts';

/**
 * A blinded list: its points stand in strictly ascending order of x, so their order tells nothing about the rows. x alone is
 * what digests and circuits are about: ±P are one element, and the point with even y stands for both. Only in an attested
 * room, where the sum of the points is proven, each keeps its own y.
 */
export type List = Readonly<{
  /** The slot whose rows these are. */
  list: number;
  /** How many other slots have multiplied the list so far; 0 for the list its own slot made. */
  hop: number;
  /** n×64 bytes, x ‖ y. */
  points: Uint8Array;
  /** Whether points have their own y; if not, the even one. */
  signed?: boolean;
  /** In rooms that join values: what passes through hops with each element. Absent: all are 0. */
  labels?: Uint8Array;
}>;

/** Number of bytes before the points of an encoded list. */
export const LIST_HEADER_BYTES = 16;
const MAGIC = new TextEncoder().encode('ZKCRLIST');
const VERSION = 1;
/** Byte 11 of a blob: points alone, points with their own y, points with labels. */
const PLAIN = 0;
const SIGNED = 1;
const LABELLED = 2;

/** Most points that the format can count. */
const FORMAT_MAX_COUNT = 2 ** 32 - 1;

/** Number of points of a list. */
export function listCount({ points }: List): number {
  return countPoints(points);
}

/** Labels of a list's elements, in their order. */
export function listLabels(list: List): Uint8Array {
  return list.labels ?? new Uint8Array(listCount(list));
}

/** What a list may have besides its points. */
export type ListOptions = Readonly<{
  signed?: boolean;
  /** One for each point, in the order of the points given. */
  labels?: Uint8Array;
}>;

/**
 * Makes points a list: takes the one with even y of ±P unless the list is `signed`, and sorts them with their labels.
 * Refuses an empty list and two points of one x.
 */
export function makeList(list: number, hop: number, points: Uint8Array, options: ListOptions = {}): List {
  return sortedList(list, hop, points, options).list;
}

/** The same with the order: for each element of the list, the number of the point that it was made from. */
export function sortedList(
  list: number,
  hop: number,
  points: Uint8Array,
  { signed, labels }: ListOptions = {},
): { list: List; order: Uint32Array } {
  const count = countPoints(points);
  if (labels) assertLabels(labels, count, `labels of list ${list}, hop ${hop}`);
  const chosen = signed ? points : withEvenY(points);
  const order = recordOrder(chosen, POINT_BYTES);
  const made = assertList({
    list,
    hop,
    points: arrangeRecords(chosen, POINT_BYTES, order),
    ...(signed ? { signed } : {}),
    ...(labels ? { labels: arrangeRecords(labels, 1, order) } : {}),
  });
  return { list: made, order };
}

/**
 * Returns a list if its numbers are in range, every point is valid, with even y unless the list is signed, every x is
 * above the one before it, and labels, if there are any, have four bits. A signed list has none.
 */
export function assertList(value: List): List {
  assertSlot(value.list, MAX_SLOTS, 'list');
  assertSlot(value.hop, MAX_SLOTS, 'hop');
  const name = `list ${value.list}, hop ${value.hop}`;
  const count = listCount(value);
  if (count === 0) throw new ProtocolError(`${name} is empty`);
  if (count > FORMAT_MAX_COUNT) throw new ProtocolError(`${name} is too long`);
  if (value.labels) {
    if (value.signed) throw new ProtocolError(`${name}: a signed list has no labels`);
    assertLabels(value.labels, count, `${name}: labels`);
  }
  for (let i = 0; i < count; i++) {
    const { y } = pointAt(value.points, i, `${name}: point`);
    if (!value.signed && y % 2n !== 0n)
      throw new ProtocolError(`${name}: point ${i} has an odd y; a list takes the even one`);
    if (i > 0 && compareRecords(value.points, POINT_BYTES, i - 1, i, FIELD_BYTES) >= 0) {
      throw new ProtocolError(`${name}: point ${i} is not above the one before it; a list is strictly ascending in x`);
    }
  }
  return value;
}

/** The list accumulator (chain 5) over the x of all points and their labels, in their order. */
export function listAccumulator(list: List): bigint {
  return extendChain(chainStart(Domain.listChain), listValues(list), list.labels);
}

/** The list digest (hash 6): the name by which a list stands on chain. */
export function listDigest(context: bigint, list: List): bigint {
  return numberedDigest(context, list.list, list);
}

/** The digest of a list under a number that need not be its slot's, as returned lists have one. */
export function numberedDigest(context: bigint, number: number, list: List): bigint {
  return hash(Domain.listDigest, [
    context,
    BigInt(number),
    BigInt(list.hop),
    BigInt(listCount(list)),
    listAccumulator(list),
  ]);
}

/**
 * Sum of a list's points, about 5 µs each: what a hop of an attested room is proven by, since a permutation leaves it alone.
 * Refuses a list whose points add up to infinity, which happens by design alone.
 */
export function listSum(list: List): Point {
  return sumMany(bytesToPoints(list.points));
}

/** Encodes a list as the blob that travels (docs/protocol.md, section 5). */
export function encodeList(value: List): Uint8Array {
  assertList(value);
  const { points, labels = new Uint8Array(0) } = value;
  const bytes = new Uint8Array(LIST_HEADER_BYTES + points.length + labels.length);
  bytes.set(MAGIC);
  bytes.set([VERSION, value.list, value.hop, value.labels ? LABELLED : value.signed ? SIGNED : PLAIN], 8);
  new DataView(bytes.buffer).setUint32(12, listCount(value));
  bytes.set(points, LIST_HEADER_BYTES);
  bytes.set(labels, LIST_HEADER_BYTES + points.length);
  return bytes;
}

/** What a reader knows of a list before it sees the blob. */
export type ExpectedList = Readonly<{
  context: bigint;
  list: number;
  hop: number;
  /** The list digest that stands on chain. */
  digest: bigint;
  /** The sum that stands on chain, where the list's points have their own y. */
  sum?: Point;
  /** Whether the room is one whose lists have labels. */
  labelled?: boolean;
  /** The policy's bounds on the number of rows. */
  minRows: number;
  maxRows: number;
}>;

/**
 * Decodes an untrusted blob. Refuses, in this order: a wrong size or header, another list or hop than expected, a count
 * outside the policy's bounds, invalid or unsorted points, labels above four bits, and a digest or sum other than the one on chain.
 */
export function decodeList(blob: Uint8Array, expected: ExpectedList): List {
  const name = `list ${expected.list}, hop ${expected.hop}`;
  const broken = (why: string): never => {
    throw new ProtocolError(`${name}: ${why}`);
  };
  if (blob.length < LIST_HEADER_BYTES) broken(`the blob has ${blob.length} bytes, less than its header`);
  if (MAGIC.some((byte, i) => blob[i] !== byte)) broken('the blob is not a list');
  if (blob[8] !== VERSION)
    broken(`the blob has version ${blob[8]}, this client reads version ${VERSION}: update the client`);
  if (blob[9] !== expected.list || blob[10] !== expected.hop) broken(`the blob holds list ${blob[9]}, hop ${blob[10]}`);
  const { labelled } = expected;
  const signed = expected.sum !== undefined;
  if (blob[11] !== (labelled ? LABELLED : signed ? SIGNED : PLAIN))
    broken(
      "the header's last byte does not say whether y is the points' own and whether they have labels, as it is here",
    );
  const count = new DataView(blob.buffer, blob.byteOffset).getUint32(12);
  if (count < expected.minRows || count > expected.maxRows) {
    broken(`it has ${count} points, the policy allows ${expected.minRows} to ${expected.maxRows}`);
  }
  const end = LIST_HEADER_BYTES + count * POINT_BYTES;
  if (blob.length !== end + (labelled ? count : 0)) {
    broken(`${blob.length} bytes do not hold exactly a header and ${count} points${labelled ? ' with labels' : ''}`);
  }
  const list = assertList({
    list: expected.list,
    hop: expected.hop,
    points: blob.slice(LIST_HEADER_BYTES, end),
    ...(signed ? { signed } : {}),
    ...(labelled ? { labels: blob.slice(end) } : {}),
  });
  const digest = listDigest(expected.context, list);
  if (digest !== expected.digest) {
    broken(
      `its digest is ${fieldToHex(digest)}, the chain has ${fieldToHex(expected.digest)}: the blob was changed or is another room's`,
    );
  }
  if (expected.sum && !equalPoints(listSum(list), expected.sum)) {
    broken(
      "the sum of its points is not the one on chain: a point's sign was changed, or its maker stated another sum",
    );
  }
  return list;
}

/** The x of a list's points, in their order. */
export function* listValues(list: List): Iterable<bigint> {
  for (let i = 0; i < listCount(list); i++) yield pointAt(list.points, i).x;
}

/** A copy of points in which −P stands for every P with odd y. */
function withEvenY(points: Uint8Array): Uint8Array {
  const even = points.slice();
  for (let at = FIELD_BYTES; at < even.length; at += POINT_BYTES) {
    const y = readUint256(even, at);
    if (y % 2n !== 0n) writeUint256(FIELD_MODULUS - y, even, at);
  }
  return even;
}
