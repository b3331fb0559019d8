/** Reading policy documents, and what a document alone determines. Nothing here needs the network's libraries. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { canonicalJson } from './canonical.ts';
import type { z } from 'zod';
import { schemaFor, type Policy } from './schema.ts';

export type { Policy } from './schema.ts';

/** Most bytes of a policy document. */
export const MAX_BYTES = 64 * 1024;

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
  const result = schemaFor(value).safeParse(value);
  if (result.success) return result.data;
  throw new PolicyError(result.error.issues.flatMap((issue) => faultsOf(issue)));
}

type Issue = z.core.$ZodIssue;

/** What an issue says to people. Of a value that may have one of several forms, the faults by the nearest one are told. */
function faultsOf(issue: Issue, above: readonly PropertyKey[] = []): { path: string; message: string }[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((best, each) => (weight(each) < weight(best) ? each : best));
    return nearest.flatMap((each) => faultsOf(each, path));
  }
  const message =
    issue.code === 'unrecognized_keys'
      ? `unknown ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}: remove it, or check its spelling`
      : issue.message;
  return [{ path: path.length > 0 ? path.join('.') : 'document', message }];
}

/** How far a value is from a form. */
function weight(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
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

/** SHA-256 of the canonical document, 64 hexadecimal digits: the document's name in relays and records. */
export function documentName(policy: Policy): string {
  return bytesToHex(documentDigest(policy));
}

/** Fewest parties with which a room of this policy goes on. */
export function minParties({ parties, minParties = parties.length }: Policy): number {
  return minParties;
}
