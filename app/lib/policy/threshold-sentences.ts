/** What a policy of a room with a threshold says, in sentences for people. */
import { quoted } from './aggregate-sentences.ts';
import { uncountedAmount } from './band-words.ts';
import { boundsOf } from './columns.ts';
import { formatDecimal } from './decimal.ts';
import type { ThresholdPolicy } from './schema.ts';
import { summedColumn, thresholdAmounts } from './threshold.ts';
import { listOf, namesOf } from './words.ts';

export { bandWords } from './band-words.ts';

/** The summed column's name between quotes. */
export const summed = ({ column }: ThresholdPolicy): string => quoted(column.column);

/** An amount as the policy writes it. */
export const amountOf = ({ column }: ThresholdPolicy, amount: bigint): string => formatDecimal(amount, column.decimals);

/** Who computes what. */
export function bands(policy: ThresholdPolicy): string {
  const { parties, borders } = policy;
  const sum = `the sum of ${summed(policy)} over the rows of ${parties.length === 2 ? 'both' : `all ${parties.length}`}`;
  const told =
    borders.length === 1 ? `whether ${sum} reaches a border` : `which of ${borders.length} borders ${sum} reaches`;
  return `${namesOf(parties)} find out ${told}`;
}

/** What is released, in one paragraph. */
export function bandReleases(policy: ThresholdPolicy): string {
  return bandReleaseLines(policy).join(' ');
}

/** What is released, and how exact it is. */
export function bandReleaseLines(policy: ThresholdPolicy): string[] {
  const { borders, k } = policy;
  const told =
    borders.length === 1
      ? `whether the sum reaches the border ${borders[0]}`
      : `how many of the borders ${listOf(borders)} the sum reaches`;
  return [
    `Only the band is released: ${told}. Neither the sum nor any party’s part of it is, and no rows leave their owner.`,
    `If a party has fewer than ${k} rows, nothing is told of the sum, and everybody sees which party that is.`,
    ...bandExactness(policy),
    ...floorLines(policy),
  ];
}

/** How far a sum that is told to lie below a border may lie above it: the parties' parts of a unit that are not counted. */
export function bandExactness(policy: ThresholdPolicy): string[] {
  const uncounted = uncountedAmount(policy);
  if (uncounted === undefined) return ['The band is exact.'];
  return [
    `Each party’s own sum is counted in whole units of ${amountOf(policy, thresholdAmounts(policy).unit)}, rounded down. A border that is told to be reached is reached; ` +
      `a sum that is told to lie below a border may reach it, but lies less than ${uncounted} above it.`,
  ];
}

/** Whether a party's sum may lie below the floor, which its software then refuses. */
export function hasTightFloor(policy: ThresholdPolicy): boolean {
  const { min } = boundsOf(summedColumn(policy));
  const least = min * BigInt(min < 0n ? policy.maxRows : policy.minRows);
  return least < thresholdAmounts(policy).floor;
}

function floorLines(policy: ThresholdPolicy): string[] {
  const counted = `A party’s sum is counted from ${amountOf(policy, thresholdAmounts(policy).floor)} on`;
  if (hasTightFloor(policy)) {
    return [`${counted}: with a lower one its software stops, and the room ends without a result.`];
  }
  return policy.floor === undefined ? [] : [`${counted}.`];
}
