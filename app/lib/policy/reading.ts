import type { IdentifierOptions } from '../connector/identifiers.ts';
import { isAggregate, type Policy } from './schema.ts';

/** How a policy has a party's table read. A party may name another column of its own for the identifier. */
export function readingOf(policy: Policy, column = policy.identifier.column): IdentifierOptions {
  const { identifier, minRows, maxRows } = policy;
  const reading = { column, type: identifier.type, minRows, maxRows };
  return isAggregate(policy) ? { ...reading, valueColumns: policy.columns } : reading;
}
