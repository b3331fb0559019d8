/** Policies of the template "lift". */
import { z } from 'zod';
import { decimalText } from './columns.ts';
import { common, least, succinctOnly, template } from './common.ts';
import { line, whole, type Fault } from './fields.ts';
import { confidenceSchema } from './grouping.ts';
import { checkHeld, held, type HeldColumn } from './held.ts';
import { LIFT_CONFIDENCE, MOST_COLUMNS } from './limits.ts';

/** One column assigns, the others hold outcomes. */
const MOST_OUTCOMES = MOST_COLUMNS - 1;

const outcome = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      ...held,
      kind: z.literal('binary').describe('The column has 1 where the outcome came about, and 0 where not.'),
    }),
    z.strictObject({
      ...held,
      kind: z.literal('amount').describe('The column has numbers from 0 to the cap.'),
      decimals: whole('decimals', 0, 6).describe('Decimals of the amounts, 0 to 6: more are refused.'),
      cap: decimalText('the cap')
        .refine((cap) => !cap.startsWith('-'), { error: 'the cap must not be below 0', abort: true })
        .describe('Greatest amount that a row may have: a table with a larger one is refused.'),
    }),
  ],
  { error: 'the kind of an outcome must be "binary" or "amount"' },
);

/** The schema of these policies. */
export const liftSchema = z
  .strictObject({
    ...common,
    template: template(
      'lift',
      '"lift" compares outcomes of a test group with those of a control group, over the identifiers that all parties hold.',
    ),
    k: least().describe('Fewest identifiers that all parties hold in a group: with fewer nothing of it is opened.'),
    proofMode: succinctOnly('lift'),
    assignment: z
      .strictObject({
        ...held,
        control: line('the label of control', 60).describe('Text of the column in rows of the control group.'),
        test: line('the label of test', 60).describe('Text of the column in rows of the test group.'),
      })
      .describe(
        'Who assigned identifiers to test and control, and where that stands. All parties see how large both are.',
      ),
    outcomes: z
      .array(outcome, { error: 'outcomes must be a list of columns' })
      .min(1, { error: `there are 1 to ${MOST_OUTCOMES} outcomes` })
      .max(MOST_OUTCOMES, { error: `there are 1 to ${MOST_OUTCOMES} outcomes` })
      .describe('What is compared, in tables of other parties. Sums and sums of squares are opened.'),
    confidence: confidenceSchema
      .optional()
      .describe(`Per cent of confidence of all intervals. Absent: ${LIFT_CONFIDENCE}.`),
  })
  .superRefine((policy, context) =>
    checkLift(policy, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  );

/** A policy of a room that measures lift. */
export type LiftPolicy = Readonly<z.infer<typeof liftSchema>>;

/** The value columns of these policies: the assignment, whose labels are the groups, then the outcomes. */
export function liftColumns({ assignment, outcomes }: LiftPolicy): HeldColumn[] {
  const { slot, column, control, test } = assignment;
  return [{ slot, column, labels: [control, test] }, ...outcomes.map(outcomeColumn)];
}

function outcomeColumn({ slot, column, ...outcome }: LiftPolicy['outcomes'][number]): HeldColumn {
  const numbers =
    outcome.kind === 'binary' ? { decimals: 0, max: '1' } : { decimals: outcome.decimals, max: outcome.cap };
  return { slot, column, ...numbers, min: '0', release: 'variance' };
}

function checkLift(policy: LiftPolicy, fault: Fault): void {
  const { assignment, outcomes } = policy;
  const paths = [['assignment'], ...outcomes.map((_, at) => ['outcomes', at])];
  checkHeld(
    policy,
    liftColumns(policy).map((column, at) => ({ column, path: paths[at], greatest: 'cap' })),
    (path, message) => fault(path.at(-1) === 'labels' ? ['assignment', 'test'] : path, message),
  );
  outcomes.forEach(({ slot }, at) => {
    if (slot === assignment.slot) {
      fault(['outcomes', at, 'slot'], 'the slot that assigns holds no outcome: then nothing had to be joined');
    }
  });
}
