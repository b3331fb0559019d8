import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { fieldToHex } from '../field/field.ts';

/**
 * Where slots leave blobs for each other. A relay is not trusted: it can drop or delay, never change unnoticed.
 *
 * - `put`/`get` name a blob by its SHA-256, and `get` checks it.
 * - `putNamed`/`getNamed` name it by the digest that stands on chain. That digest is a hash of the blob's meaning, which
 *   the relay does not know: whoever reads by it decodes the blob with the digest as expectation (`decodeList` does).
 */
export interface Relay {
  /** Where its blobs go, for people. */
  readonly name: string;
  /** Stores a blob and returns its name, 64 lower-case hexadecimal digits. */
  put(blob: Uint8Array): Promise<string>;
  /** Returns the blob of a name. Throws {@link BlobMissing} or {@link BlobCorrupt}. */
  get(name: string): Promise<Uint8Array>;
  /** Stores a blob under a digest that stands on chain, `0x` and 64 digits; a later blob takes an earlier one's place. */
  putNamed(digest: string, blob: Uint8Array): Promise<void>;
  /** Returns the blob stored under a digest that stands on chain; the caller checks that it has this digest. */
  getNamed(digest: string): Promise<Uint8Array>;
  /** Whether a whole blob is stored under a digest; a corrupt one counts as absent, so that its maker stores it again. */
  hasNamed(digest: string): Promise<boolean>;
}

/** A request that no relay takes: a malformed name, or a blob that is empty or too large. */
export class RelayError extends Error {
  override name = 'RelayError';
}

/** The relay has no blob of this name, yet: its maker may not have stored it. Asking again later may help. */
export class BlobMissing extends RelayError {
  override name = 'BlobMissing';
}

/** What the relay holds under this name is not what was stored. Its maker has to store it again. */
export class BlobCorrupt extends RelayError {
  override name = 'BlobCorrupt';
}

/**
 * A blob that the relay holds under its digest, as `decode` reads it.
 * @param what it is, for messages
 * @throws BlobCorrupt where `decode` refuses it
 */
export async function fetchDecoded<T>(
  relay: Relay,
  what: string,
  digest: bigint,
  decode: (blob: Uint8Array) => T,
): Promise<T> {
  const blob = await relay.getNamed(fieldToHex(digest));
  try {
    return decode(blob);
  } catch (cause) {
    const { message } = cause as Error;
    throw new BlobCorrupt(`${what}, as the relay holds it, is refused: ${message}; its maker has to store it again`, {
      cause,
    });
  }
}

/** Largest blob by default: far above a list or proof of the sizes that policies allow. */
export const MAX_BLOB_BYTES = 64 * 1024 * 1024;

/** The name of a blob: its SHA-256 in hexadecimal digits. */
export function blobName(blob: Uint8Array): string {
  return bytesToHex(sha256(blob));
}

/** Returns a blob's name if it is one; names become paths, so nothing but digits passes. */
export function assertBlobName(name: string): string {
  if (!/^[0-9a-f]{64}$/.test(name)) throw new RelayError('a blob name is 64 lower-case hexadecimal digits');
  return name;
}

/** Returns an on-chain digest if it is `0x` and 64 lower-case digits. */
export function assertDigestName(digest: string): string {
  if (!/^0x[0-9a-f]{64}$/.test(digest))
    throw new RelayError('an on-chain digest is "0x" and 64 lower-case hexadecimal digits');
  return digest;
}

/** Returns a blob if its size is allowed. */
export function assertBlobSize(blob: Uint8Array, maxBytes = MAX_BLOB_BYTES): Uint8Array {
  if (blob.length === 0) throw new RelayError('an empty blob is not stored');
  if (blob.length > maxBytes)
    throw new RelayError(`the blob has ${blob.length} bytes, the relay takes at most ${maxBytes}`);
  return blob;
}
