import { z } from 'zod';

/** Identifier types, each with the one normalisation that this version knows. */
export const IDENTIFIER_TYPES = ['email', 'phone', 'exact'] as const;

/** Type of the identifier that a join is made on. */
export type IdentifierType = (typeof IDENTIFIER_TYPES)[number];

/** Most rows a slot may bring where every step has a succinct proof. */
export const MAX_ROWS_SUCCINCT = 16_384;

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** One line of text for people: no control characters, which could hide or forge what is read. */
const line = (what: string, most: number) =>
  z
    .string({ error: `${what} must be text` })
    .min(1, { error: `${what} must not be empty` })
    .max(most, { error: `${what} has more than ${most} characters: shorten it` })
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, { error: `${what} must be one line without control or invisible characters` })
    .regex(/^\S(.*\S)?$/u, { error: `${what} must not begin or end with a space` });

const whole = (what: string, least: number, most: number) =>
  z
    .int({ error: `${what} must be a whole number` })
    .min(least, { error: `${what} must be at least ${least}` })
    .max(most, { error: `${what} must be at most ${most}` });

const deadline = (step: string) =>
  whole(`the deadline of ${step} (seconds)`, MINUTE, 90 * DAY).describe(
    `Seconds that slots have to ${step}, from the state's begin.`,
  );

const identifier = (type: IdentifierType) =>
  z.strictObject({
    type: z.literal(type),
    column: line('the column name', 128).describe("Header of the identifier's column in every party's table."),
    normalisation: z
      .literal(`${type}/1`, { error: `the normalisation of ${type} identifiers must be "${type}/1"` })
      .describe('How identifiers are normalised before they are hashed, with its version.'),
  });

/** Policy document, version 1: what the parties of a room agree to before anyone commits data. */
export const policySchema = z
  .strictObject({
    version: z.literal(1, { error: 'the version must be 1: other versions need another client' }),
    template: z
      .strictObject({
        name: z.literal('overlap', { error: 'the template must be "overlap"' }),
        version: z.literal(1, { error: 'the template version must be 1' }),
      })
      .describe('The analysis: "overlap" counts the identifiers that all parties hold.'),
    purpose: line('the purpose', 500).describe('What the result is for, in words that every party agrees to.'),
    parties: z
      .array(
        z.strictObject({ label: line('a party label', 60).describe('Shown to people; never published on chain.') }),
        {
          error: 'parties must be a list of {label}',
        },
      )
      .length(2, { error: 'a room of this version has exactly 2 parties' })
      .describe('The slots, in order.'),
    identifier: z.discriminatedUnion('type', IDENTIFIER_TYPES.map(identifier) as [ReturnType<typeof identifier>], {
      error: `the identifier must name a type (${IDENTIFIER_TYPES.join(', ')}), a column and a normalisation`,
    }),
    k: whole('k', 2, MAX_ROWS_SUCCINCT).describe('The count is released only if it is at least k.'),
    minRows: whole('minRows', 1, MAX_ROWS_SUCCINCT).describe('Fewest distinct identifiers that a party may bring.'),
    maxRows: whole('maxRows', 1, MAX_ROWS_SUCCINCT).describe('Most distinct identifiers that a party may bring.'),
    proofMode: z
      .literal('succinct', { error: 'the proof mode must be "succinct"' })
      .describe('"succinct": every step carries a zero-knowledge proof that the contract checks.'),
    deadlines: z.strictObject({
      invite: deadline('accept their invitation'),
      approve: deadline('approve the policy'),
      commit: deadline('commit their dataset'),
      join: deadline('finish the join'),
      share: deadline('give their shares'),
    }),
  })
  .superRefine((policy, check) => {
    if (policy.minRows > policy.maxRows) {
      check.addIssue({
        code: 'custom',
        path: ['minRows'],
        message: `minRows must not be above maxRows (${policy.maxRows})`,
      });
    }
    if (policy.k > policy.maxRows) {
      check.addIssue({
        code: 'custom',
        path: ['k'],
        message: `k must not be above maxRows (${policy.maxRows}), or nothing can ever be released`,
      });
    }
    if (new Set(policy.parties.map(({ label }) => label)).size < policy.parties.length) {
      check.addIssue({ code: 'custom', path: ['parties'], message: 'party labels must differ' });
    }
  });

/** A valid policy document. */
export type Policy = Readonly<z.infer<typeof policySchema>>;

/** The JSON schema of policy documents, as `docs/policy.schema.json` holds it. It cannot say how fields limit each other. */
export function policyJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(policySchema);
  return { $schema, title: 'zk Clean Room policy, version 1', ...schema };
}
