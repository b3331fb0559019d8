/**
 * The circuits' inputs, one builder per struct of `circuits/lib`. Names and order of fields are the circuits' own: the
 * order of a statement's fields is the order of public inputs.
 */
import { NO_POINT, splitScalar, type Point } from '../curve/grumpkin.ts';
import type { Mapped } from '../curve/map.ts';
import { reduce } from '../field/arithmetic.ts';
import { MAX_SLOTS } from '../protocol/errors.ts';
import type { Figures } from '../protocol/figures.ts';
import { assertPerMember, type Members } from '../protocol/members.ts';
import { MAX_QUANTILES, planColumns, type Plan } from '../protocol/plan.ts';
import { MAX_COLUMNS, ruleFields, valueField, type Rules } from '../protocol/rules.ts';
import type { SigmaProof } from '../protocol/schnorr.ts';
import type { InputValue } from './execute.ts';

/** A struct among a circuit's inputs. */
export type Struct = { readonly [field: string]: InputValue };

/** Statement of `dataset`. */
export type DatasetStatement = {
  context: bigint;
  slot: number;
  datasetCommitment: bigint;
  minRows: number;
  maxRows: number;
  /** Digest of the rules. */
  rules: bigint;
};

/** Statement of `blind` and of `blind_values`. */
export type BlindStatement = {
  context: bigint;
  slot: number;
  blindingKey: Point;
  datasetCommitment: bigint;
  listDigest: bigint;
  /** Commitment to the packed values in the list's order; 0 in `blind`. */
  values: bigint;
  /** Digest of the plan whose groups are the labels; 0 if these are all 0. */
  plan: bigint;
};

/** Statement of `hop`. */
export type HopStatement = {
  context: bigint;
  slot: number;
  /** Number of the list, which for a returned one is 8 more than its slot's. */
  list: number;
  hop: number;
  blindingKey: Point;
  inputDigest: bigint;
  outputDigest: bigint;
};

/** Statement of `match`. */
export type MatchStatement = {
  context: bigint;
  members: Members;
  /** One a member. */
  listDigests: readonly bigint[];
  /** Digests of the returned lists, one a member. */
  returned: readonly bigint[];
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
  members: Members;
  /** One a member, and so are the shares. */
  keys: readonly Point[];
  c1: Point;
  c2: Point;
  shares: readonly Point[];
  k: number;
  count: number;
};

/** Statement of `tally`. */
export type TallyStatement = {
  context: bigint;
  slot: number;
  datasetCommitment: bigint;
  /** Digest of the plan. */
  plan: bigint;
  k: number;
  /** Commitment to the cells. */
  tally: bigint;
  /** Set of the slot's full groups. */
  full: number;
};

/** Statement of `masked`. */
export type MaskedStatement = {
  context: bigint;
  slot: number;
  /** The room's after the last tally. */
  transcript: bigint;
  members: Members;
  /** One a member. */
  keys: readonly Point[];
  /** Digest of the plan. */
  plan: bigint;
  /** Commitment to the cells. */
  tally: bigint;
  /** Set of the slot's full groups. */
  full: number;
  /** Set of the room's open groups. */
  open: number;
  maskedDigest: bigint;
};

/** Statement of `figures`. */
export type FiguresStatement = {
  context: bigint;
  members: Members;
  /** One a member, and so are the sets of full groups. */
  maskedDigests: readonly bigint[];
  full: readonly number[];
  /** Set of the room's open groups. */
  open: number;
  /** Digest of the plan. */
  plan: bigint;
  k: number;
  /** Rows of all open groups. */
  count: number;
  figuresDigest: bigint;
};

/** What a chunk's proof says of its place. */
export type Chunk = { index: number; last: boolean; stateBefore: bigint; stateAfter: bigint };

export function datasetStatement(s: DatasetStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    dataset_commitment: s.datasetCommitment,
    min_rows: BigInt(s.minRows),
    max_rows: BigInt(s.maxRows),
    rules: s.rules,
  };
}

export function blindStatement(s: BlindStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    blinding_key: point(s.blindingKey),
    dataset_commitment: s.datasetCommitment,
    list_digest: s.listDigest,
    values: s.values,
    plan: s.plan,
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
    slots: perMember(s.members, s.members.map(BigInt), 0n),
    lists: perMember(s.members, s.listDigests, 0n),
    returned: perMember(s.members, s.returned, 0n),
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
    slots: perMember(s.members, s.members.map(BigInt), 0n),
    keys: perMember(s.members, s.keys.map(point), point(NO_POINT)),
    c1: point(s.c1),
    c2: point(s.c2),
    shares: perMember(s.members, s.shares.map(point), point(NO_POINT)),
    k: BigInt(s.k),
    count: BigInt(s.count),
  };
}

export function tallyStatement(s: TallyStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    dataset_commitment: s.datasetCommitment,
    plan: s.plan,
    k: BigInt(s.k),
    tally: s.tally,
    full: BigInt(s.full),
  };
}

export function maskedStatement(s: MaskedStatement): Struct {
  return {
    context: s.context,
    slot: BigInt(s.slot),
    transcript: s.transcript,
    slots: perMember(s.members, s.members.map(BigInt), 0n),
    keys: perMember(s.members, s.keys.map(point), point(NO_POINT)),
    plan: s.plan,
    tally: s.tally,
    full: BigInt(s.full),
    open: BigInt(s.open),
    masked_digest: s.maskedDigest,
  };
}

export function figuresStatement(s: FiguresStatement): Struct {
  return {
    context: s.context,
    slots: perMember(s.members, s.members.map(BigInt), 0n),
    masked_digests: perMember(s.members, s.maskedDigests, 0n),
    full: perMember(s.members, s.full.map(BigInt), 0n),
    open: BigInt(s.open),
    plan: s.plan,
    k: BigInt(s.k),
    count: BigInt(s.count),
    figures_digest: s.figuresDigest,
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

/** Rules of value columns, `Rules`. */
export function rulesInput(rules: Rules): Struct {
  return { columns: BigInt(rules.length), rules: ruleFields(rules) };
}

/** What a room computes, `Plan`. */
export function planInput(plan: Plan): Struct {
  return { rules: rulesInput(plan.rules), ...planColumns(plan) };
}

/** What follows from totals, `Figures`; quantiles that the plan does not have lie in group 0. */
export function figuresInput({ means, variances, halfWidths, ratios, quantiles, lift }: Figures): Struct {
  const brackets = quantiles.map(({ lower, upper }) => ({ lower: BigInt(lower), upper: BigInt(upper) }));
  return {
    means,
    variances,
    half_widths: halfWidths,
    ratios,
    quantiles: padded(brackets, MAX_QUANTILES, { lower: 0n, upper: 0n }),
    lift: lift.map(({ difference, relative, error, halfWidth, score, p }) => ({
      difference: reduce(difference),
      relative: reduce(relative),
      error,
      half_width: halfWidth,
      score,
      p,
    })),
  };
}

/** The values of a row, `Values`. */
export function rowValues(values: readonly bigint[]): bigint[] {
  return padded(values.map(valueField), MAX_COLUMNS, 0n);
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

/** An array over members: a value each, then `nothing` up to the width that all rooms' arrays have. */
export function perMember(members: Members, values: readonly InputValue[], nothing: InputValue): InputValue[] {
  return padded(assertPerMember(values, members, 'values'), MAX_SLOTS, nothing);
}

/** `values`, filled up to `size` with `filler`. */
export function padded<T>(values: readonly T[], size: number, filler: T): T[] {
  if (values.length > size) throw new RangeError(`${values.length} values do not fit a chunk of ${size}`);
  return [...values, ...Array.from({ length: size - values.length }, () => filler)];
}
