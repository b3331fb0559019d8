/** Opened tallies: what a slot's own selected sums hold, as the cells of a tally (docs/protocol.md, section 9). */
import { addEach, negateAffine } from '../curve/affine.ts';
import { mulBatch } from '../curve/batch.ts';
import { MAX_LOG_BOUND, smallLogs, type LogOptions } from '../curve/dlog.ts';
import { bytesToPoints, pointsToBytes } from '../curve/grumpkin.ts';
import { ProtocolError } from './errors.ts';
import { countCell, hasGroup } from './groups.ts';
import type { Selected } from './selected.ts';
import { emptyCells } from './tally.ts';
import { MAX_JOINED_GROUPS } from './vectors.ts';

/** What a slot opened. */
export type OpenedTally = Readonly<{
  /** The cells of its tally. Secret. */
  cells: readonly bigint[];
  /** Set of the groups whose sums it was given. */
  full: number;
  /** For each of its vectors, in the order given, the sum of each group; 0 for those that are not full. Secret. */
  numbers: readonly (readonly bigint[])[];
}>;

/**
 * Opens a slot's sums. What logarithms take is told by {@link smallLogs}; a bound that is known to be lower makes it faster.
 *
 * @param input.selected the sums of each of the slot's vectors; none for a slot that brings no vector
 * @param input.decryption the slot's decryption key x_i, a secret scalar
 * @param input.counting whether the slot is the first that brings a vector
 * @param input.bound every sum is below this, at most 2^40
 * @throws ProtocolError when vectors disagree about groups, or a sum is not below the bound
 */
export async function openTally(
  input: { selected: readonly Selected[]; decryption: bigint; counting: boolean; bound?: bigint },
  options?: LogOptions,
): Promise<OpenedTally> {
  const { selected, decryption, counting, bound = MAX_LOG_BOUND } = input;
  const cells = emptyCells();
  if (selected.length === 0) {
    if (counting) throw new ProtocolError('a slot that brings no vector does not count');
    return { cells, full: 0, numbers: [] };
  }
  const [{ full, counts }] = selected;
  if (selected.some((other) => other.full !== full || other.counts.some((count, group) => count !== counts[group])))
    throw new ProtocolError('the sums of two vectors are not of the same groups with the same counts');
  const given = selected.flatMap(({ vector, sums }, i) =>
    sums.flatMap((sum, group) => (sum && hasGroup(full, group) ? [{ i, vector, group, sum }] : [])),
  );
  const shared = await mulBatch(pointsToBytes(given.map(({ sum }) => sum.c1)), decryption);
  const held = addEach(
    given.map(({ sum }) => sum.c2),
    bytesToPoints(shared).map(negateAffine),
  );
  const logs = await smallLogs(held, bound, options);
  const numbers = selected.map(() => Array.from({ length: MAX_JOINED_GROUPS }, () => 0n));
  given.forEach(({ i, vector, group }, place) => {
    const number = logs[place];
    if (number === undefined)
      throw new ProtocolError(
        `the sum of vector ${vector} in group ${group} is not below ${bound}: it was not made as it should be`,
      );
    numbers[i][group] = number;
    cells[countCell(group) + 1 + vector] = number;
  });
  if (counting) counts.forEach((count, group) => (cells[countCell(group)] = BigInt(count)));
  return { cells, full, numbers };
}
