import { reduce } from '../field/arithmetic.ts';
import { FIELD_MODULUS, assertField, fieldToHex } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { decodeFields, encodeFields, type BlobKind } from './blob.ts';
import { chainStart, extendChain } from './chain.ts';
import { ProtocolError, assertSlots } from './errors.ts';
import { assertGroupSet, countCell, groupSet, hasGroup, openedCells, squaresCell, sumCell } from './groups.ts';
import { rootBelow } from './integers.ts';
import { LIFT_FIELDS, liftsOf, type Lift } from './lift.ts';
import { CELLS, MAX_GROUPS, MAX_QUANTILES, Output, QUANTILE_SCALE, assertPlan, groupCount, type Plan } from './plan.ts';
import { MAX_COLUMNS } from './rules.ts';
import { assertCells, emptyCells, openGroups } from './tally.ts';

/** Figures are in millionths. */
const MILLION = 1_000_000n;
/** What may be missing in a group that is full for some members and not open: more rows than they can have. */
const UNKNOWN_ROWS = 1n << 40n;
/** The rows of all open groups are fewer. */
const COUNT_BOUND = 1n << 32n;
/** Figures for each group and column. */
const BY_COLUMN = MAX_GROUPS * MAX_COLUMNS;
/** All figures: totals, three for each group and column, ratios, two groups for each quantile, the lift of each column. */
export const FIGURES = CELLS + 3 * BY_COLUMN + MAX_GROUPS + 2 * MAX_QUANTILES + LIFT_FIELDS * MAX_COLUMNS;

/** The groups, first and last, in one of which a quantile of all rows lies. */
export type QuantileBracket = Readonly<{ lower: number; upper: number }>;

/** What a room opens (docs/protocol.md, section 8). Figures of group g and column j stand at 4g + j, ratios at g. */
export type Figures = Readonly<{
  /** Sums of the members' cells, 0 for what is not opened. */
  totals: readonly bigint[];
  /** Means less the columns' least values, in millionths. */
  means: readonly bigint[];
  /** Sample variances, in millionths. */
  variances: readonly bigint[];
  /** Half the widths of the means' confidence intervals, in millionths. */
  halfWidths: readonly bigint[];
  /** Ratios of the sums of the plan's two columns, in millionths. */
  ratios: readonly bigint[];
  /** One for each of the plan's quantiles. */
  quantiles: readonly QuantileBracket[];
  /** One for each of four columns: that of group 1 over group 0, all 0 where it is not told. */
  lift: readonly Lift[];
}>;

/** What totals are judged by, all of it public: the room's plan and k, each member's full groups, and the open ones. */
export type Opening = Readonly<{ plan: Plan; k: number; full: readonly number[]; open: number }>;

/** The totals: the members' masked tallies added up cell by cell, in which the masks cancel out. */
export function addMasked(masked: readonly (readonly bigint[])[]): bigint[] {
  assertSlots(masked.length, 'masked tallies');
  const totals = emptyCells();
  for (const tally of masked)
    assertCells(tally, 'masked cells').forEach((value, i) => (totals[i] += assertField(value, `masked cell ${i}`)));
  return totals.map(reduce);
}

/**
 * The figures that follow from totals. The true mean, variance and ratio lie less than one millionth above these, and
 * the means' half widths do too.
 *
 * @throws ProtocolError when no rows have these totals: then a masked tally is wrong
 */
export function deriveFigures(totals: readonly bigint[], opening: Opening): Figures {
  assertTotals(totals, opening);
  const { plan } = opening;
  const byColumn = perColumn((group, column) => columnFigures(totals, plan, group, column));
  return {
    totals: [...totals],
    means: byColumn.map(({ mean }) => mean),
    variances: byColumn.map(({ variance }) => variance),
    halfWidths: byColumn.map(({ halfWidth }) => halfWidth),
    ratios: Array.from({ length: MAX_GROUPS }, (_, group) => ratioOf(totals, plan, group)),
    quantiles: bracketQuantiles(totals, opening),
    lift: liftsOf(totals, plan, opening.open),
  };
}

/** The figures' 744 field elements in their order. */
export function figureFields(figures: Figures): bigint[] {
  const { totals, means, variances, halfWidths, ratios, quantiles, lift } = figures;
  const brackets = quantiles.flatMap(({ lower, upper }) => [BigInt(lower), BigInt(upper)]);
  const unused = Array.from({ length: 2 * MAX_QUANTILES - brackets.length }, () => 0n);
  const lifts = lift.flatMap(({ difference, relative, error, halfWidth, score, p }) =>
    [difference, relative, error, halfWidth, score, p].map(reduce),
  );
  return assertFigures([...totals, ...means, ...variances, ...halfWidths, ...ratios, ...brackets, ...unused, ...lifts]);
}

/** The figures behind field elements whose digest was checked. Refuses brackets and lift that the plan does not have. */
export function figuresOf(fields: readonly bigint[], plan: Plan): Figures {
  let at = 0;
  const take = (count: number): bigint[] => fields.slice(at, (at += count));
  assertFigures(fields);
  const [totals, means, variances, halfWidths] = [CELLS, BY_COLUMN, BY_COLUMN, BY_COLUMN].map(take);
  const ratios = take(MAX_GROUPS);
  const brackets = take(2 * MAX_QUANTILES);
  const quantiles = assertPlan(plan).quantiles.map((_, i) => {
    const [lower, upper] = brackets.slice(2 * i, 2 * i + 2);
    if (lower > upper || upper >= BigInt(groupCount(plan)))
      throw new ProtocolError(`the groups of quantile ${i} are none of the plan's`);
    return { lower: Number(lower), upper: Number(upper) };
  });
  if (brackets.slice(2 * quantiles.length).some((group) => group !== 0n))
    throw new ProtocolError('the figures hold quantiles that the plan does not have');
  const lifts = take(LIFT_FIELDS * MAX_COLUMNS);
  if (!plan.lift && lifts.some((figure) => figure !== 0n))
    throw new ProtocolError('the figures hold lift that the plan does not tell');
  const lift = Array.from({ length: MAX_COLUMNS }, (_, column) =>
    liftFrom(lifts.slice(LIFT_FIELDS * column, LIFT_FIELDS * (column + 1))),
  );
  return { totals, means, variances, halfWidths, ratios, quantiles, lift };
}

/** Number of rows of all open groups. */
export function rowsOf({ totals }: Pick<Figures, 'totals'>): number {
  let rows = 0n;
  for (let group = 0; group < MAX_GROUPS; group++) rows += totals[countCell(group)];
  return Number(rows);
}

/** The figures' digest (hash 36 over chain 38): the name by which a result stands on chain. */
export function figuresDigest(context: bigint, fields: readonly bigint[]): bigint {
  return hash(Domain.figuresDigest, [context, extendChain(chainStart(Domain.figuresChain), assertFigures(fields))]);
}

const BLOB: BlobKind = { name: 'figures', magic: 'ZKCRFIGS', tail: [0, 0, 0], fields: FIGURES };

/** Encodes figures as the blob that travels (docs/protocol.md, section 8). */
export function encodeFigures(fields: readonly bigint[]): Uint8Array {
  return encodeFields(BLOB, fields);
}

/** Decodes an untrusted blob. Refuses a wrong length or header, elements that are not canonical, and another digest. */
export function decodeFigures(blob: Uint8Array, expected: Readonly<{ context: bigint; digest: bigint }>): bigint[] {
  const fields = decodeFields(BLOB, blob);
  const given = figuresDigest(expected.context, fields);
  if (given !== expected.digest)
    throw new ProtocolError(
      `figures: their digest is ${fieldToHex(given)}, the chain has ${fieldToHex(expected.digest)}: the blob was changed or is another room's`,
    );
  return fields;
}

/** Refuses totals that no rows have under what is public: each check holds for any members' rows. */
function assertTotals(totals: readonly bigint[], { plan, k, full, open }: Opening): void {
  const { rules, outputs } = assertPlan(plan);
  const impossible = (why: string): never => {
    throw new ProtocolError(`the totals are impossible: ${why}`);
  };
  assertSlots(full.length, 'sets of full groups');
  if (!Number.isInteger(k) || k < 1) throw new ProtocolError(`k must be a positive whole number, not ${k}`);
  const everyGroup = groupSet((group) => group < groupCount(plan));
  for (const set of full)
    if ((assertGroupSet(set, "a member's full groups") & ~everyGroup) !== 0)
      throw new ProtocolError("a member's full groups are not the plan's");
  const opened = openedCells(plan, open);
  if (open === 0 || (open & ~openGroups(full, 1)) !== 0)
    throw new ProtocolError('open groups are at least one, and each is full for some member');
  totals.forEach((total, i) => {
    if (!opened[i] && total !== 0n) impossible(`cell ${i} is not opened, and not 0`);
  });
  assertCells(totals, 'totals');
  for (let group = 0; group < groupCount(plan); group++) {
    const count = totals[countCell(group)];
    if (hasGroup(open, group) && count < BigInt(k)) impossible(`group ${group} is open, and has fewer than ${k} rows`);
    if (count >= COUNT_BOUND) impossible(`group ${group} has too many rows`);
    outputs.forEach((output, column) => {
      const [sum, squares] = [totals[sumCell(group, column)], totals[squaresCell(group, column)]];
      const span = rules[column].max - rules[column].min;
      if (sum > count * span) impossible(`the sum of group ${group}, column ${column} is above what its rows can have`);
      if (output === Output.squares && (squares > sum * span || count * squares < sum * sum))
        impossible(`the squares of group ${group}, column ${column} do not fit its sum`);
    });
  }
  if (BigInt(rowsOf({ totals })) >= COUNT_BOUND) impossible('the open groups have too many rows');
}

function columnFigures(
  totals: readonly bigint[],
  { outputs, confidence }: Plan,
  group: number,
  column: number,
): { mean: bigint; variance: bigint; halfWidth: bigint } {
  const output = outputs[column] ?? Output.none;
  const count = totals[countCell(group)];
  const sum = totals[sumCell(group, column)];
  // Sums that are not opened are 0 in the totals.
  const mean = count === 0n ? 0n : (sum * MILLION) / count;
  if (output !== Output.squares || count < 2n) return { mean, variance: 0n, halfWidth: 0n };
  const spread = count * totals[squaresCell(group, column)] - sum * sum;
  const pairs = count * (count - 1n);
  return {
    mean,
    variance: (spread * MILLION) / pairs,
    halfWidth: rootBelow((BigInt(confidence) ** 2n * spread) / (pairs * count)),
  };
}

function ratioOf(totals: readonly bigint[], { rules, ratio }: Plan, group: number): bigint {
  if (!ratio) return 0n;
  const sumOf = (column: number): bigint =>
    totals[sumCell(group, column)] + totals[countCell(group)] * rules[column].min;
  const below = sumOf(ratio.denominator);
  return below === 0n ? 0n : (sumOf(ratio.numerator) * MILLION) / below;
}

/**
 * For each quantile the groups that it can lie in, whatever rows were not given: the lower one as if all that may be
 * missing stood before its end, the upper one as if it all stood behind.
 */
function bracketQuantiles(totals: readonly bigint[], { plan, k, full, open }: Opening): QuantileBracket[] {
  const groups = groupCount(plan);
  const given: bigint[] = [];
  const missing: bigint[] = [];
  for (let group = 0; group < groups; group++) {
    const others = full.filter((set) => !hasGroup(set, group)).length;
    const known = others === full.length || hasGroup(open, group);
    given.push((given.at(-1) ?? 0n) + totals[countCell(group)]);
    missing.push((missing.at(-1) ?? 0n) + (known ? BigInt(others) * BigInt(k - 1) : UNKNOWN_ROWS));
  }
  const [allGiven, allMissing] = [given[groups - 1], missing[groups - 1]];
  const scale = BigInt(QUANTILE_SCALE);
  return plan.quantiles.map((tenThousandths) => {
    const quantile = BigInt(tenThousandths);
    return {
      lower: given.findIndex((c, g) => scale * (c + missing[g]) >= quantile * (allGiven + missing[g])),
      upper: given.findIndex((c, g) => scale * c >= quantile * (allGiven + allMissing - missing[g])),
    };
  });
}

/** A lift from its fields. The difference and its relative size may be negative, −d as p − d. */
function liftFrom([difference, relative, error, halfWidth, score, p]: readonly bigint[]): Lift {
  const signed = (field: bigint): bigint => (field > FIELD_MODULUS / 2n ? field - FIELD_MODULUS : field);
  return { difference: signed(difference), relative: signed(relative), error, halfWidth, score, p };
}

function perColumn<T>(make: (group: number, column: number) => T): T[] {
  return Array.from({ length: BY_COLUMN }, (_, i) => make(Math.floor(i / MAX_COLUMNS), i % MAX_COLUMNS));
}

function assertFigures(fields: readonly bigint[]): bigint[] {
  if (fields.length !== FIGURES) throw new ProtocolError(`figures: there are ${FIGURES}, not ${fields.length}`);
  return [...fields];
}
