/** What policies of all templates say. */
import { z } from 'zod';
import { MAX_SLOTS, MIN_SLOTS } from '../protocol/errors.ts';
import { checkConditions, conditions } from './conditions.ts';
import { checkFees, fees } from './fees.ts';
import { DAY, line, MINUTE, whole, type Fault } from './fields.ts';

/** The analyses that policies can name. */
export const TEMPLATES = ['overlap', 'aggregate', 'intersection-sum', 'lift', 'threshold'] as const;

/** Name of a template. */
export type TemplateName = (typeof TEMPLATES)[number];

/** Identifier types, each with the one normalisation that this version knows. */
export const IDENTIFIER_TYPES = ['email', 'phone', 'exact', 'iban', 'lei', 'device'] as const;

/** Type of the identifier of rows. */
export type IdentifierType = (typeof IDENTIFIER_TYPES)[number];

/** How much of a room is proven; see docs/protocol.md, section 7. */
export const PROOF_MODES = ['succinct', 'attested'] as const;

/** Most rows a slot may bring, by proof mode. */
export const MAX_ROWS = { succinct: 16_384, attested: 1_000_000 } as const;
const MOST_ROWS = Math.max(...Object.values(MAX_ROWS));

const deadline = (step: string) =>
  whole(`the deadline of ${step} (seconds)`, MINUTE, 90 * DAY).describe(
    `Seconds that slots have to ${step}, from the end of the time before.`,
  );

const identifier = (type: IdentifierType) =>
  z.strictObject({
    type: z.literal(type),
    column: line('the column name', 128).describe("Header of the identifier's column in every party's table."),
    normalisation: z
      .literal(`${type}/1`, { error: `the normalisation of ${type} identifiers must be "${type}/1"` })
      .describe('How identifiers are normalised before they are hashed, with its version.'),
  });

/** The least number that is shown; what it counts, the template says. */
export const least = () => whole('k', 2, MOST_ROWS);

/** The name and version of a template. */
export const template = <Name extends TemplateName>(name: Name, described: string) =>
  z
    .strictObject({
      name: z.literal(name, { error: `the template must be ${oneOf(TEMPLATES)}` }),
      version: z.literal(1, { error: 'the template version must be 1' }),
    })
    .describe(described);

const oneOf = (names: readonly string[]) =>
  names
    .map((name) => JSON.stringify(name))
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' or ');

/** The proof mode of templates that know one alone. */
export const succinctOnly = (name: TemplateName) =>
  z
    .literal('succinct', { error: `the proof mode of the template "${name}" must be "succinct"` })
    .describe('Every step carries a zero-knowledge proof that the contract checks.');

/** Fields of every policy. */
export const common = {
  version: z.literal(2, { error: 'the version must be 2: other versions need another client' }),
  purpose: line('the purpose', 500).describe('What the result is for, in words that every party agrees to.'),
  parties: z
    .array(
      z.strictObject({ label: line('a party label', 60).describe('Shown to people; never published on chain.') }),
      { error: 'parties must be a list of {label}' },
    )
    .min(MIN_SLOTS, { error: `a room has ${MIN_SLOTS} to ${MAX_SLOTS} parties` })
    .max(MAX_SLOTS, { error: `a room has ${MIN_SLOTS} to ${MAX_SLOTS} parties` })
    .describe('The slots, in order.'),
  minParties: whole('minParties', MIN_SLOTS, MAX_SLOTS)
    .optional()
    .describe('The room goes on without others while this many remain that did each step in time. Absent: all.'),
  identifier: z.discriminatedUnion('type', IDENTIFIER_TYPES.map(identifier) as [ReturnType<typeof identifier>], {
    error: `the identifier must name a type (${IDENTIFIER_TYPES.join(', ')}), a column and a normalisation`,
  }),
  minRows: whole('minRows', 1, MOST_ROWS).describe('Fewest distinct identifiers that a party may bring.'),
  maxRows: whole('maxRows', 1, MOST_ROWS).describe('Most distinct identifiers that a party may bring.'),
  fees: fees.optional().describe('Money of the room. Absent: nothing is to be paid.'),
  deadlines: z.strictObject({
    invite: deadline('accept their invitation'),
    approve: deadline('approve the policy'),
    commit: deadline('commit their dataset'),
    join: deadline('finish the join'),
    share: deadline('give their shares'),
    retention: whole('the retention (seconds)', MINUTE, 365 * DAY).describe(
      'Seconds that parties may keep what they received in the room, from the end of all other deadlines.',
    ),
  }),
  ...conditions,
};

/** The fields that every policy has. */
export type Common = z.infer<z.ZodObject<typeof common>> & {
  template: { name: TemplateName };
  k: number;
  proofMode: (typeof PROOF_MODES)[number];
};

/** How the fields of every policy limit each other. */
export function checkCommon(policy: Common, fault: Fault): void {
  const { parties, minParties, k, minRows, maxRows, proofMode } = policy;
  if (maxRows > MAX_ROWS[proofMode]) {
    fault(['maxRows'], `maxRows must be at most ${MAX_ROWS[proofMode]} in proof mode "${proofMode}"`);
  }
  if (minRows > maxRows) fault(['minRows'], `minRows must not be above maxRows (${maxRows})`);
  if (k > maxRows) fault(['k'], `k must not be above maxRows (${maxRows}), or nothing can ever be released`);
  if (new Set(parties.map(({ label }) => label)).size < parties.length) fault(['parties'], 'party labels must differ');
  if (minParties !== undefined && minParties > parties.length) {
    fault(['minParties'], `minParties must not be above the number of parties (${parties.length})`);
  }
  if (policy.fees) checkFees(policy.fees, parties.length, fault);
  checkConditions(policy, fault);
}
