/** What stands on chain for an audit report. Runs in browsers. */
import { readUint256 } from '../field/field.ts';

/**
 * The digest of a report: the first 31 bytes of its SHA-256.
 * @param sha256 of the report's bytes
 */
export function reportDigest(sha256: Uint8Array): bigint {
  return readUint256(sha256, 0) >> 8n;
}
