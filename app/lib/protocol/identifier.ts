import { sha256 } from '@noble/hashes/sha2.js';
import { readUint256 } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError } from './errors.ts';

/** Identifier digests lie below this bound, 2^248. */
export const DIGEST_BOUND = 1n << 248n;

/**
 * The digest h of a normalised identifier: the first 31 bytes of
 * SHA-256("zk-clean-room/identifier/1" ‖ 0 ‖ type ‖ 0 ‖ identifier), as a big-endian integer below 2^248.
 *
 * The digest of a guessable identifier can be guessed: it never leaves its owner's machine.
 */
export function identifierDigest(type: string, identifier: string): bigint {
  if (type.includes('\0')) throw new ProtocolError('an identifier type must not contain a zero byte');
  const digest = sha256(new TextEncoder().encode(`zk-clean-room/identifier/1\0${type}\0${identifier}`));
  return readUint256(digest, 0) >> 8n;
}

/** Returns a digest if it lies in [0, 2^248). */
export function assertDigest(digest: bigint, what = 'identifier digest'): bigint {
  if (digest < 0n || digest >= DIGEST_BOUND) throw new ProtocolError(`${what} must be below 2^248`);
  return digest;
}

/** The field element that the curve map takes for an identifier of this room (hash 2). */
export function identifierField(context: bigint, digest: bigint): bigint {
  return hash(Domain.identifierMap, [context, assertDigest(digest)]);
}
