/** SHA-256 of texts, for hashes that never leave the machine. Browsers have `keyed-hash-browser.ts` in the place of this file. */
import { hash } from 'node:crypto';

/** SHA-256 of a text in UTF-8, as 32 characters, one for each byte: the cheapest form that node:crypto gives. */
export function sha256Characters(text: string): string {
  return hash('sha256', text, 'binary');
}
