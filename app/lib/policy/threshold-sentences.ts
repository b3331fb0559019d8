/** What a policy of a room with a threshold says, in sentences for people. */
import { quoted } from './aggregate-sentences.ts';
import { boundsOf } from './columns.ts';
import { formatDecimal } from './decimal.ts';
import type { ThresholdPolicy } from './schema.ts';
import { summedColumn, thresholdAmounts } from './threshold.ts';
import { listOf, namesOf } from './words.ts';

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
  const { unit } = thresholdAmounts(policy);
  const parties = BigInt(policy.parties.length);
  if (unit === 1n) return ['The band is exact.'];
  return [
    `Each party’s own sum is counted in whole units of ${amountOf(policy, unit)}, rounded down. A border that is told to be reached is reached; ` +
      `a sum that is told to lie below a border may reach it, but lies less than ${amountOf(policy, (parties - 1n) * unit)} above it.`,
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

/**
 * A band in words: where the sum is told to lie.
 *
 * @param band the number of borders that are reached
 */
export function bandWords(policy: ThresholdPolicy, band: number): string {
  const { borders } = policy;
  if (!Number.isInteger(band) || band < 0 || band > borders.length) {
    throw new RangeError(`there is no band ${band}: the policy has ${borders.length} borders`);
  }
  if (band === 0) return `below ${borders[0]}`;
  if (band === borders.length) return `${borders[band - 1]} or more`;
  return `${borders[band - 1]} or more, and below ${borders[band]}`;
}
