/**
 * The circuits' inputs, one builder per struct of `circuits/lib`. Names and order of fields are the circuits' own: the
 * order of a statement's fields is the order of public inputs.
 */
import { splitScalar, type Point } from '../curve/grumpkin.ts';
import type { Mapped } from '../curve/map.ts';
import type { SigmaProof } from '../protocol/schnorr.ts';
import type { InputValue } from './execute.ts';

/** A struct among a circuit's inputs. */
export type Struct = { readonly [field: string]: InputValue };

/** Statement of `blind`. */
export type BlindStatement = {
  context: bigint;
  slot: number;
  blindingKey: Point;
  datasetCommitment: bigint;
  listDigest: bigint;
  minRows: number;
  maxRows: number;
};

/** Statement of `hop`. */
export type HopStatement = {
  context: bigint;
  slot: number;
  list: number;
  hop: number;
  blindingKey: Point;
  inputDigest: bigint;
  outputDigest: bigint;
};

/** Statement of `match`. */
export type MatchStatement = {
  context: bigint;
  listDigests: readonly bigint[];
  mergedDigest: bigint;
  roomKey: Point;
  c1: Point;
  c2: Point;
  k: number;
  meetsK: boolean;
};

/** Statement of `release`. */
export type ReleaseStatement = {
  context: bigint;
  keys: readonly Point[];
  c1: Point;
  c2: Point;
  shares: readonly Point[];
  k: number;
  count: number;
};

/** What a chunk's proof says of its place. */
export type Chunk = { index: number; last: boolean; stateBefore: bigint; stateAfter: bigint };

export function blindStatement(s: BlindStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    blinding_key: point(s.blindingKey),
    dataset_commitment: s.datasetCommitment,
    list_digest: s.listDigest,
    min_rows: BigInt(s.minRows),
    max_rows: BigInt(s.maxRows),
  };
}

export function hopStatement(s: HopStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    list: BigInt(s.list),
    hop: BigInt(s.hop),
    blinding_key: point(s.blindingKey),
    input_digest: s.inputDigest,
    output_digest: s.outputDigest,
  };
}

export function matchStatement(s: MatchStatement): Struct {
  return {
    context: s.context,
    list_digests: s.listDigests,
    merged_digest: s.mergedDigest,
    room_key: point(s.roomKey),
    c1: point(s.c1),
    c2: point(s.c2),
    k: BigInt(s.k),
    meets_k: s.meetsK,
  };
}

export function releaseStatement(s: ReleaseStatement): Struct {
  return {
    context: s.context,
    keys: s.keys.map(point),
    c1: point(s.c1),
    c2: point(s.c2),
    shares: s.shares.map(point),
    k: BigInt(s.k),
    count: BigInt(s.count),
  };
}

export function chunkInput(chunk: Chunk): Struct {
  return {
    index: BigInt(chunk.index),
    last: chunk.last,
    state_before: chunk.stateBefore,
    state_after: chunk.stateAfter,
  };
}

/** Field elements of an input value in the circuits' order: the public inputs, for statements and chunks. */
export function toFields(value: InputValue): bigint[] {
  if (typeof value === 'bigint') return [value];
  if (typeof value === 'boolean') return [value ? 1n : 0n];
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(toFields);
}

export function point({ x, y }: Point): Struct {
  return { x, y };
}

/** A secret scalar, `EmbeddedCurveScalar`. */
export function scalar(value: bigint): Struct {
  return splitScalar(value);
}

/** Evidence for the curve map, `MapHint`. */
export function mapHint({ candidates: [first, second], point: { y } }: Mapped): Struct {
  return { square1: first.square, root1: first.root, square2: second.square, root2: second.root, y };
}

/** A share's proof, `DleqProof`. */
export function dleqProof({ e, s }: SigmaProof): Struct {
  return { challenge: e, response: splitScalar(s) };
}

/** `values`, filled up to `size` with `filler`, which no relation looks at. */
export function padded<T>(values: readonly T[], size: number, filler: T): T[] {
  if (values.length > size) throw new RangeError(`${values.length} values do not fit a chunk of ${size}`);
  return [...values, ...Array.from({ length: size - values.length }, () => filler)];
}
