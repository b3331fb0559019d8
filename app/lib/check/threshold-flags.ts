/** Red flags of rooms that tell which borders a sum reaches. */
import { boundsOf } from '../policy/columns.ts';
import type { ThresholdPolicy } from '../policy/schema.ts';
import { amountOf } from '../policy/threshold-sentences.ts';
import { summedColumn, thresholdAmounts } from '../policy/threshold.ts';
import { count, inColumns, type Flag } from './flag.ts';
import type { ValueProfile } from './values.ts';

/** Flags that follow from the policy alone. */
export function bandFlags(policy: ThresholdPolicy): Flag[] {
  return [...narrowBandFlags(policy), ...coarseUnitFlags(policy)];
}

/** Borders so close to each other that one row alone can cross a whole band: the band then says much about single rows. */
function narrowBandFlags(policy: ThresholdPolicy): Flag[] {
  const { min, max } = boundsOf(summedColumn(policy));
  const narrowest = narrowestBand(policy);
  if (narrowest === undefined || narrowest >= max - min) return [];
  return [
    {
      id: 'narrow-band',
      severity: 'medium',
      title: `Borders are ${amountOf(policy, narrowest)} apart, less than one row may hold`,
      explanation:
        'A party that knows its own part learns the others’ parts together to within that amount; with two parties the other one’s.',
      remedy: 'Agree on a policy whose borders are further apart.',
    },
  ];
}

/** Parts of a unit that are not counted may come to a whole band. */
function coarseUnitFlags(policy: ThresholdPolicy): Flag[] {
  const { unit } = thresholdAmounts(policy);
  const uncounted = BigInt(policy.parties.length - 1) * unit;
  const narrowest = narrowestBand(policy);
  if (unit === 1n || narrowest === undefined || uncounted < narrowest) return [];
  return [
    {
      id: 'coarse-unit',
      severity: 'medium',
      title: `What is not counted of the parties’ sums may come to ${amountOf(policy, uncounted)}, as much as a whole band`,
      explanation: 'A sum that is told to lie below a border may then reach the next one.',
      remedy: 'Agree on a policy with a smaller unit, or with borders further apart.',
    },
  ];
}

/** The least distance of two borders; undefined where there is one alone. */
function narrowestBand(policy: ThresholdPolicy): bigint | undefined {
  const { borders } = thresholdAmounts(policy);
  const widths = borders.slice(1).map((border, i) => border - borders[i]);
  return widths.reduce<bigint | undefined>(
    (least, width) => (least === undefined || width < least ? width : least),
    undefined,
  );
}

/** Flags of a table's values. */
export function summedValueFlags({ columns, groups, belowFloor }: ValueProfile, policy: ThresholdPolicy): Flag[] {
  const { k } = policy;
  const [{ rows, dominated }] = groups;
  const column = inColumns(columns.map(({ column: { column } }) => ({ name: column })));
  const flags: Flag[] = [];
  if (belowFloor) {
    flags.push({
      id: 'below-floor',
      severity: 'high',
      title: `The sum of ${column} is lower than the policy’s floor`,
      explanation: 'Nothing can be proven of such a sum: the room would end without a result.',
      remedy: 'Look whether signs are right, or agree on a policy with a lower floor.',
    });
  }
  if (dominated.length > 0 && rows >= k) {
    flags.push({
      id: 'dominant-row',
      severity: 'low',
      title: `One row holds more than half of this table’s sum of ${column}`,
      explanation: 'What the band tells of this table’s part it then tells of that row.',
      remedy: 'Nothing has to be done where borders are far apart.',
    });
  }
  if (rows < k) {
    flags.push({
      id: 'small-groups',
      severity: 'high',
      title: `${count(rows, 'row')}, fewer than k = ${k}`,
      explanation: 'Nothing is told of the sum if one party has so few rows, and everybody sees which party that is.',
      remedy: 'Bring more rows, or agree on a policy with a smaller k.',
    });
  }
  return flags;
}
