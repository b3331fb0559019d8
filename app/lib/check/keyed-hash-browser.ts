/** What `keyed-hash.ts` is in browsers, which compute SHA-256 themselves only asynchronously. */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** SHA-256 of a text in UTF-8, as 32 characters, one for each byte. */
export function sha256Characters(text: string): string {
  return String.fromCharCode(...sha256(utf8ToBytes(text)));
}
