/** Conditions of a policy that each party's own software keeps before it approves and commits, and rules of disclosure. */
import { z } from 'zod';
import { OVERRIDABLE } from '../check/flag.ts';
import { line, type Fault } from './fields.ts';
import { isRegion, REGION_FORM } from './regions.ts';

/** Who may be shown something. */
export const AUDIENCES = ['parties', 'public'] as const;

const MOST_REGIONS = 64;

const date = (what: string) => z.iso.date({ error: `${what} must be a date such as "2027-01-31"` });

const moment = (what: string) =>
  z.iso.datetime({
    offset: true,
    error: `${what} must be a date and time with its zone such as "2027-01-31T18:00:00Z"`,
  });

const audience = (what: string) =>
  z.enum(AUDIENCES, { error: `who may be shown ${what} must be "parties" or "public"` });

/** The fields. All are optional: a policy without them sets no such condition. */
export const conditions = {
  overrides: z
    .array(z.enum(OVERRIDABLE, { error: `a red flag that can be overridden is one of: ${OVERRIDABLE.join(', ')}` }), {
      error: 'overrides must be a list of red flags',
    })
    .min(1, { error: 'overrides must not be empty: remove them where none is allowed' })
    .optional()
    .describe(
      'Red flags of severity "high" that a party may override, in a room that asks for two approvals of each slot. Absent: none.',
    ),
  region: z
    .strictObject(
      {
        allowed: z
          .array(
            z
              .string({ error: `a region must be ${REGION_FORM}` })
              .regex(/^(?:[A-Z]{2}|EEA)$/, { error: `a region must be ${REGION_FORM}`, abort: true })
              .refine(isRegion, { error: `a region must be ${REGION_FORM}` }),
            { error: 'allowed must be a list of regions' },
          )
          .min(1, { error: 'allowed must not be empty: remove the region where any will do' })
          .max(MOST_REGIONS, { error: `there are at most ${MOST_REGIONS} regions` })
          .describe('Where data of a party may be processed: country codes (ISO 3166-1), "EU", "EEA" or "UK".'),
      },
      { error: 'the region must name those that are allowed' },
    )
    .optional()
    .describe('Where the parties’ machines stand, as each party itself tells. Absent: anywhere.'),
  batch: z
    .strictObject(
      {
        column: line('the column name', 128).describe("Header of the column of dates in every party's table."),
        from: date('the first day of the batch').describe('First day of the rows, included.'),
        to: date('the end of the batch').describe('Day at which they end, not included.'),
        closes: moment('the closing of the batch').describe(
          'From when on the batch is whole: nobody approves or commits before.',
        ),
      },
      { error: 'the batch must name column, from, to and closes' },
    )
    .optional()
    .describe('The window of time that the rows are of. Absent: rows are not looked at by date.'),
  expires: moment('the expiry')
    .optional()
    .describe('After this moment nobody approves the policy or commits under it. Absent: never.'),
  disclosure: z
    .strictObject(
      {
        receipt: audience('the receipt').describe('Who may be shown the receipt of the room.'),
        figures: audience('the figures').describe('Who may be shown what the room releases.'),
      },
      { error: 'the disclosure must say who may be shown receipt and figures' },
    )
    .optional()
    .describe('What the parties agree on showing to others. Words alone. Absent: nothing is agreed.'),
};

/** The conditions of a policy. */
export type Conditions = z.infer<z.ZodObject<typeof conditions>>;

/** How these fields limit each other and the rest of the policy. */
export function checkConditions(
  policy: Conditions & { identifier: { column: string }; template: { name: string }; cohorts?: object },
  fault: Fault,
): void {
  const { overrides = [], region, batch, disclosure, identifier } = policy;
  if (new Set(overrides).size < overrides.length) fault(['overrides'], 'each red flag is named once');
  if (region && new Set(region.allowed).size < region.allowed.length) {
    fault(['region', 'allowed'], 'each region is named once');
  }
  if (batch) {
    if (batch.from >= batch.to) fault(['batch', 'to'], `the batch must end after its first day (${batch.from})`);
    // Both are days of the zone that the closing names.
    if (batch.closes.slice(0, batch.to.length) < batch.to) {
      fault(['batch', 'closes'], `the batch must not close before it ends (${batch.to})`);
    }
    if (batch.column === identifier.column) {
      fault(['batch', 'column'], 'the column of dates must be another one than the identifier’s');
    }
  }
  if (disclosure?.figures === 'parties') {
    const known = knownOfChain(policy);
    if (known !== undefined) {
      fault(['disclosure', 'figures'], `${known}: it must be "public"`);
    } else if (disclosure.receipt === 'public') {
      fault(['disclosure', 'receipt'], 'figures are in the receipt: it must be "parties", or figures "public"');
    }
  }
}

/** Why anyone who reads the chain knows what a room releases; undefined where that is not so. */
function knownOfChain({ template, cohorts }: { template: { name: string }; cohorts?: object }): string | undefined {
  if (cohorts !== undefined)
    return 'the total stands on the chain for anyone to read, beside a digest by which numbers of cohorts can be found out';
  if (template.name === 'overlap') return 'a released count stands on the chain for anyone to read';
  return template.name === 'threshold' ? 'the band stands on the chain for anyone to read' : undefined;
}

/** A moment of a policy in seconds since 1970. */
export function secondsAt(moment: string): number {
  return Date.parse(moment) / 1000;
}
