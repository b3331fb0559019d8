/** The inputs of the circuits of rooms that tell bands of a hidden sum, one builder per struct, as in `inputs.ts`. */
import { NO_POINT, type Point } from '../curve/grumpkin.ts';
import { MAX_BORDERS, type Bands } from '../protocol/bands.ts';
import type { Ciphertext } from '../protocol/elgamal.ts';
import type { MixElement } from '../protocol/mix.ts';
import { valueField } from '../protocol/rules.ts';
import { padded, point, type Struct } from './inputs.ts';

/** Statement of `part`. */
export type PartStatement = {
  context: bigint;
  slot: number;
  /** Commitment to the slot's cells. */
  tally: bigint;
  /** Digest of the bands. */
  bands: bigint;
  roomKey: Point;
  c1: Point;
  c2: Point;
};

/** Statement of `mix`. */
export type MixStatement = {
  context: bigint;
  slot: number;
  /** The room's after the last part. */
  transcript: bigint;
  /** X_i of the slot. */
  key: Point;
  /** Digest of the bands. */
  bands: bigint;
  /** How many borders there are. */
  borders: number;
  /** Number of the border, from 1. */
  border: number;
  /** The sum of all parts, for the first member alone. */
  sum?: Ciphertext;
  /** Of the elements of the member before; 0 for the first. */
  inputDigest: bigint;
  outputDigest: bigint;
  /** Whether an element turned out to hold 0. */
  found: boolean;
};

export function partStatement(s: PartStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    tally: s.tally,
    bands: s.bands,
    room_key: point(s.roomKey),
    c1: point(s.c1),
    c2: point(s.c2),
  };
}

export function mixStatement(s: MixStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    transcript: s.transcript,
    key: point(s.key),
    bands: s.bands,
    borders: BigInt(s.borders),
    border: BigInt(s.border),
    c1: point(s.sum?.c1 ?? NO_POINT),
    c2: point(s.sum?.c2 ?? NO_POINT),
    input_digest: s.inputDigest,
    output_digest: s.outputDigest,
    found: s.found ? 1n : 0n,
  };
}

/** What a room tells of a sum, `Bands`. */
export function bandsInput({ column, least, floor, unit, borders }: Bands): Struct {
  return {
    column: BigInt(column),
    least: valueField(least),
    floor: valueField(floor),
    unit,
    borders: padded(borders.map(BigInt), MAX_BORDERS, 0n),
  };
}

/** A ciphertext on its way through the members, `Element`. */
export function elementInput({ a, b }: MixElement): Struct {
  return { a: point(a), b: point(b ?? NO_POINT) };
}
