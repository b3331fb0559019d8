import { sha256 } from '@noble/hashes/sha2.js';
import { readUint256, splitHalves } from '../field/field.ts';
import { canonicalJson } from './canonical.ts';
import { policySchema, type Policy } from './schema.ts';
import { OVERLAP_TEMPLATE, type PolicyTerms } from './terms.ts';

export type { IdentifierType, Policy } from './schema.ts';
export { OVERLAP_TEMPLATE, policyDigest, type PolicyTerms } from './terms.ts';

/** Most bytes of a policy document. */
const MAX_BYTES = 64 * 1024;

/** A policy document is not valid; `issues` has one entry per fault, with the path of the field. */
export class PolicyError extends Error {
  override name = 'PolicyError';
  readonly issues: readonly { path: string; message: string }[];

  constructor(issues: readonly { path: string; message: string }[]) {
    super(`the policy is not valid:\n${issues.map(({ path, message }) => `  ${path}: ${message}`).join('\n')}`);
    this.issues = issues;
  }
}

/** Checks an untrusted value against the policy schema. Unknown keys are refused: nobody agrees to what is not read. */
export function parsePolicy(value: unknown): Policy {
  const result = policySchema.safeParse(value);
  if (result.success) return result.data;
  throw new PolicyError(
    result.error.issues.map((issue) => ({
      path: issue.path.length > 0 ? issue.path.join('.') : 'document',
      message:
        issue.code === 'unrecognized_keys'
          ? `unknown ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}: remove it, or check its spelling`
          : issue.message,
    })),
  );
}

/** Reads a policy from JSON text of at most 64 KiB. */
export function parsePolicyText(text: string): Policy {
  const fault = (message: string) => new PolicyError([{ path: 'document', message }]);
  if (new TextEncoder().encode(text).length > MAX_BYTES) throw fault(`it has more than ${MAX_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault(`it is not JSON: ${(error as Error).message}`);
  }
  return parsePolicy(value);
}

/** The canonical JSON (RFC 8785) of a policy: the bytes that the parties agree to. */
export function canonicalPolicy(policy: Policy): string {
  return canonicalJson(parsePolicy(policy));
}

/** SHA-256 of the canonical document, 32 bytes. */
export function documentDigest(policy: Policy): Uint8Array {
  return sha256(new TextEncoder().encode(canonicalPolicy(policy)));
}

/** The terms of a policy that go into its digest. */
export function policyTerms(policy: Policy): PolicyTerms {
  const { high, low } = splitHalves(readUint256(documentDigest(policy), 0));
  return {
    documentHigh: high,
    documentLow: low,
    template: OVERLAP_TEMPLATE,
    slots: policy.parties.length,
    k: policy.k,
    minRows: policy.minRows,
    maxRows: policy.maxRows,
  };
}

/** A paragraph that says to people what they agree to. */
export function policySummary(policy: Policy): string {
  const { parties, identifier, k, minRows, maxRows, deadlines, purpose } = policy;
  const names = parties.map(({ label }) => label).join(' and ');
  return (
    `${names} count the ${nounOf(identifier.type)} that both hold, for this purpose: ${purpose.replace(/\.$/, '')}. ` +
    `Each brings ${minRows} to ${maxRows} distinct values of the column "${identifier.column}". ` +
    `Only the count is released, and only if it is at least ${k}; no rows leave their owner, and every step carries a zero-knowledge proof. ` +
    `The parties have ${duration(deadlines.invite)} to accept, ${duration(deadlines.approve)} to approve, ` +
    `${duration(deadlines.commit)} to commit their data, ${duration(deadlines.join)} for the join and ${duration(deadlines.share)} to open the result.`
  );
}

function nounOf(type: Policy['identifier']['type']): string {
  return { email: 'e-mail addresses', phone: 'phone numbers', exact: 'identifiers' }[type];
}

function duration(seconds: number): string {
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const) {
    if (seconds % size === 0) return `${seconds / size} ${unit}${seconds === size ? '' : 's'}`;
  }
  return `${seconds} seconds`;
}
