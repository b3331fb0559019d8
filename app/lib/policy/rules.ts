import { rulesDigest, type Rules } from '../protocol/rules.ts';
import type { Policy } from './schema.ts';

/** The rules that each template sets for the value columns of its datasets. "overlap" takes identifiers alone. */
const RULES: Readonly<Record<Policy['template']['name'], Rules>> = { overlap: [] };

/** Digest (hash 20) of the rules that a policy's template sets for rows. */
export function templateRules({ name }: Policy['template']): bigint {
  return rulesDigest(RULES[name]);
}
