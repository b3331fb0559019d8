/** Policies of the template "overlap". */
import { z } from 'zod';
import { checkCommon, common, least, PROOF_MODES, template } from './common.ts';

/** The schema of these policies. */
export const overlapSchema = z
  .strictObject({
    ...common,
    template: template('overlap', 'The analysis: "overlap" counts the identifiers that all parties hold.'),
    k: least().describe('The count is released only if it is at least k.'),
    proofMode: z
      .enum(PROOF_MODES, { error: 'the proof mode must be "succinct" or "attested"' })
      .describe(
        '"succinct": every step carries a zero-knowledge proof that the contract checks. "attested": datasets and lists stand ' +
          'on the word of the party that made them, and hops on a proof about sums alone; for longer lists.',
      ),
  })
  .superRefine((policy, context) =>
    checkCommon(policy, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  );

/** A policy of a room that counts what its parties have in common. One that names cohorts is of another form (cohorts.ts). */
export type OverlapPolicy = Readonly<z.infer<typeof overlapSchema> & { cohorts?: undefined }>;
