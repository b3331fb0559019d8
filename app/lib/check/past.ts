/** How a party recognises what an earlier room was for and with whom: keyed digests, equal for equal ones, and no more. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Policy } from '../policy/schema.ts';

/** Keyed digest of what a policy is for. */
export function purposeDigest(key: string, { purpose }: Policy): string {
  return digest(`${key}purpose\0${purpose}`);
}

/** Keyed digest of a policy's parties, in any order. */
export function partnersDigest(key: string, { parties }: Policy): string {
  const labels = parties.map(({ label }) => label).sort();
  return digest(`${key}partners\0${labels.join('\0')}`);
}

function digest(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}
