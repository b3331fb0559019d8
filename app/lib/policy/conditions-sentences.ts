/** What the conditions of a policy say, in sentences for people. */
import { isAggregate, type Policy } from './schema.ts';
import { listOf, own } from './words.ts';
import { regionName } from './regions.ts';

/** The conditions under which each party's own software lets it approve and commit. */
export function conditionLines(policy: Policy): string[] {
  const { region, batch, expires } = policy;
  return [
    `Before a party approves or commits, its own software looks for red flags; those of severity "high" stop it. ${overriding(policy)}`,
    ...(region
      ? [
          `Data is processed in ${listOf(region.allowed.map(regionName))} alone, as each party tells of its own machine.`,
        ]
      : []),
    ...(batch
      ? [
          `The rows have dates from ${batch.from}, included, to ${batch.to}, not included, in the column "${own(batch.column)}", which does not leave its owner. The batch is whole from ${batch.closes} on: nobody approves or commits before.`,
        ]
      : []),
    ...(expires === undefined ? [] : [`After ${expires} nobody approves this policy or commits under it.`]),
    ...dominance(policy),
  ];
}

/** How much of a sum one row may hold, where the policy says so. */
function dominance(policy: Policy): string[] {
  if (!isAggregate(policy) || policy.dominance === undefined) return [];
  return [
    `No single row may hold more than ${policy.dominance} per cent of what its party adds to a released sum of a group, all values taken as positive. Each party relies on the software of the others for that (flag dominant-row, severity "high"): no proof shows it.`,
  ];
}

function overriding({ overrides }: Policy): string {
  if (!overrides) return 'No party may override one of these.';
  return `Of these a party may override ${listOf(overrides)}, if two accounts have to approve for every party, and no other.`;
}

const SHOWN = {
  parties: 'to the parties and to auditors that they name alone, as they promise',
  public: 'to anyone',
} as const;

/** What may be shown to others; nothing where nothing is agreed. */
export function disclosureLines({ disclosure }: Policy): string[] {
  if (!disclosure) return [];
  return [
    `The receipt of the room may be shown ${SHOWN[disclosure.receipt]}; what the room releases may be shown ${SHOWN[disclosure.figures]}.`,
  ];
}
