/** Money in policies. */
import { z } from 'zod';
import { FIELD_MODULUS } from '../field/field.ts';
import { whole, type Fault } from './fields.ts';
import { AMOUNT_LIMIT, SHARE_LIMIT } from './limits.ts';

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

/** The schema of `fees`. */
export const fees = z.strictObject(
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

/** How the fields of `fees` limit each other. */
export function checkFees({ fee, payer, stake, shares }: z.infer<typeof fees>, parties: number, faultOf: Fault): void {
  const fault = (name: string, message: string) => faultOf(['fees', name], message);
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
