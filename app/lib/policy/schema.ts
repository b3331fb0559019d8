/** Policy documents, version 2: what the parties of a room agree to before anyone commits data. */
import { z } from 'zod';
import { aggregateSchema, type AggregatePolicy } from './aggregate.ts';
import { overlapSchema } from './overlap.ts';

export { IDENTIFIER_TYPES, MAX_ROWS, PROOF_MODES, type IdentifierType } from './common.ts';
export type { AggregatePolicy } from './aggregate.ts';
export type { OverlapPolicy } from './overlap.ts';

/** The schema of policies of every template. */
export const policySchema = z.union([overlapSchema, aggregateSchema]);

/** A valid policy document. */
export type Policy = Readonly<z.infer<typeof policySchema>>;

/** Whether a room of this policy aggregates, in place of a join. */
export function isAggregate(policy: Policy): policy is AggregatePolicy {
  return policy.template.name === 'aggregate';
}

/**
 * The schema of the template that an untrusted document names, so that its faults are told and not those of others;
 * "overlap" where it names none.
 */
export function schemaFor(document: unknown): typeof overlapSchema | typeof aggregateSchema {
  const named = z.object({ template: z.object({ name: z.literal('aggregate') }) });
  return named.safeParse(document).success ? aggregateSchema : overlapSchema;
}

/** The JSON schema of policy documents, as `docs/policy.schema.json` holds it. It cannot say how fields limit each other. */
export function policyJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(policySchema);
  return { $schema, title: 'zk Clean Room policy, version 2', ...schema };
}
