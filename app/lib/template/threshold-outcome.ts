/** What rooms of the template "threshold" come to. */
import { policyBands } from '../policy/bands.ts';
import { isThreshold, type ThresholdPolicy } from '../policy/policy.ts';
import { thresholdAmounts } from '../policy/threshold.ts';
import { amountOf, bandExactness, bandWords, summed } from '../policy/threshold-sentences.ts';
import { overlapOutcome } from './overlap-outcome.ts';
import type { OutcomeReading } from './template.ts';

export const thresholdOutcome: OutcomeReading = {
  // As of an overlap, all that is told is a number: of the borders that are reached.
  ...overlapOutcome,
  outcomeLines(policy, outcome) {
    if (!isThreshold(policy)) throw new Error('Rooms of this policy have no borders.');
    if (outcome.suppressed) {
      return [`A party has fewer than k = ${policy.k} rows: the result is suppressed, and nothing is told of the sum.`];
    }
    const { count } = outcome;
    const { length: parties } = policy.parties;
    return [
      `The sum of ${summed(policy)} over the rows of ${parties === 2 ? 'both parties' : `all ${parties} parties`} is told to be ${bandWords(policy, count)}.`,
      ...bandExactness(policy),
      ...borderLines(policy, count),
    ];
  },
};

/** One line for each border: what it stands for, and whether it is reached. */
function borderLines(policy: ThresholdPolicy, count: number): string[] {
  const { unit, start } = thresholdAmounts(policy);
  const { borders } = policyBands(policy)!;
  const from = start === 0n ? '' : ` above ${amountOf(policy, start)}`;
  return policy.borders.map((border, i) => {
    const steps = `${borders[i]} ${borders[i] === 1 ? 'unit' : 'units'} of ${amountOf(policy, unit)}${from}`;
    return `Border ${border} (${steps}): ${i < count ? 'reached' : 'not reached'}.`;
  });
}
