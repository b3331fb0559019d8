import { z } from 'zod';
import { FIELD_MODULUS } from '../field/field.ts';
import { MAX_SLOTS, MIN_SLOTS } from '../protocol/errors.ts';
import { AMOUNT_LIMIT, SHARE_LIMIT } from './limits.ts';

/** Identifier types, each with the one normalisation that this version knows. */
export const IDENTIFIER_TYPES = ['email', 'phone', 'exact', 'iban', 'lei', 'device'] as const;

/** Type of the identifier that a join is made on. */
export type IdentifierType = (typeof IDENTIFIER_TYPES)[number];

/** How much of a room is proven; see docs/protocol.md, section 7. */
export const PROOF_MODES = ['succinct', 'attested'] as const;

/** Most rows a slot may bring, by proof mode. */
export const MAX_ROWS = { succinct: 16_384, attested: 1_000_000 } as const;
const MOST_ROWS = Math.max(...Object.values(MAX_ROWS));

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
    `Seconds that slots have to ${step}, from the end of the time before.`,
  );

const amount = (what: string) => {
  const error = `${what} must be a whole number of token units above 0, in decimal digits between quotes`;
  return z
    .string({ error })
    .regex(/^[1-9][0-9]{0,32}$/, { error, abort: true })
    .refine((value) => BigInt(value) < AMOUNT_LIMIT, { error: `${what} must be below 2^108 token units` });
};

const tokenAddress = () => {
  const error = "the token must be the address of the token's contract: 0x and 64 lower-case hex digits";
  return z
    .string({ error })
    .regex(/^0x[0-9a-f]{64}$/, { error, abort: true })
    .refine((value) => BigInt(value) > 0n && BigInt(value) < FIELD_MODULUS, {
      error: 'the token must be an address: above 0 and below the field modulus',
    });
};

const fees = z.strictObject(
  {
    token: tokenAddress().describe('Address of the token in which fee and stakes are paid.'),
    fee: amount('the fee')
      .optional()
      .describe('What the room costs, in token units. It goes to the template’s author, the treasury and the slots.'),
    payer: z
      .enum(['host', 'slots'], { error: 'the payer must be "host" or "slots"' })
      .optional()
      .describe('Who pays the fee: the host, or the slots in equal parts.'),
    stake: amount('the stake')
      .optional()
      .describe(
        'What every slot pays in before it commits data, and loses to the others if the join fails by its fault.',
      ),
    shares: z
      .array(whole('a share', 0, SHARE_LIMIT), { error: 'shares must be a list of one weight for each party' })
      .optional()
      .describe('Weights by which the parties share what author and treasury leave of the fee, in their order.'),
  },
  { error: 'fees must name a token, and a fee or a stake' },
);

const identifier = (type: IdentifierType) =>
  z.strictObject({
    type: z.literal(type),
    column: line('the column name', 128).describe("Header of the identifier's column in every party's table."),
    normalisation: z
      .literal(`${type}/1`, { error: `the normalisation of ${type} identifiers must be "${type}/1"` })
      .describe('How identifiers are normalised before they are hashed, with its version.'),
  });

/** Policy document, version 2: what the parties of a room agree to before anyone commits data. */
export const policySchema = z
  .strictObject({
    version: z.literal(2, { error: 'the version must be 2: other versions need another client' }),
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
    k: whole('k', 2, MOST_ROWS).describe('The count is released only if it is at least k.'),
    minRows: whole('minRows', 1, MOST_ROWS).describe('Fewest distinct identifiers that a party may bring.'),
    maxRows: whole('maxRows', 1, MOST_ROWS).describe('Most distinct identifiers that a party may bring.'),
    proofMode: z
      .enum(PROOF_MODES, { error: 'the proof mode must be "succinct" or "attested"' })
      .describe(
        '"succinct": every step carries a zero-knowledge proof that the contract checks. "attested": datasets and lists stand ' +
          'on the word of the party that made them, and hops on a proof about sums alone; for longer lists.',
      ),
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
  })
  .superRefine((policy, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { parties, minParties, k, minRows, maxRows, proofMode } = policy;
    if (maxRows > MAX_ROWS[proofMode]) {
      fault(['maxRows'], `maxRows must be at most ${MAX_ROWS[proofMode]} in proof mode "${proofMode}"`);
    }
    if (minRows > maxRows) fault(['minRows'], `minRows must not be above maxRows (${maxRows})`);
    if (k > maxRows) fault(['k'], `k must not be above maxRows (${maxRows}), or nothing can ever be released`);
    if (new Set(parties.map(({ label }) => label)).size < parties.length)
      fault(['parties'], 'party labels must differ');
    if (minParties !== undefined && minParties > parties.length) {
      fault(['minParties'], `minParties must not be above the number of parties (${parties.length})`);
    }
    if (policy.fees) checkFees(policy.fees, parties.length, (name, message) => fault(['fees', name], message));
  });

/** How the fields of `fees` limit each other. */
function checkFees(
  { fee, payer, stake, shares }: z.infer<typeof fees>,
  parties: number,
  fault: (name: string, message: string) => void,
): void {
  if (fee === undefined && stake === undefined) {
    fault('fee', 'fees must name a fee or a stake: remove fees where nothing is to be paid');
  }
  if (fee === undefined) {
    if (payer !== undefined) fault('payer', 'a payer needs a fee: name one, or remove the payer');
    if (shares !== undefined) fault('shares', 'shares need a fee: name one, or remove the shares');
    return;
  }
  if (payer === undefined) fault('payer', 'a fee needs a payer: "host" or "slots"');
  if (payer === 'slots' && BigInt(fee) < BigInt(parties)) {
    fault('fee', `a fee that ${parties} parties pay must be at least one token unit each`);
  }
  if (shares?.length !== parties) fault('shares', `a fee needs shares: one weight for each of the ${parties} parties`);
}

/** A valid policy document. */
export type Policy = Readonly<z.infer<typeof policySchema>>;

/** The JSON schema of policy documents, as `docs/policy.schema.json` holds it. It cannot say how fields limit each other. */
export function policyJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(policySchema);
  return { $schema, title: 'zk Clean Room policy, version 2', ...schema };
}
