/** Sketches of identifier sets: small, keyed, and enough to tell how much two sets have in common. */
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { sha256Characters } from './keyed-hash.ts';

/** Values of a sketch. */
export const SKETCH_SIZE = 128;

/** A value of a sketch that no identifier fell into. */
const NONE = 0xffffffff;

/** What is kept of a set of identifiers. Without its key it says nothing about any of them. */
export type Sketch = Readonly<{
  /** The least hash in each of the parts into which identifiers fall. */
  minima: Uint32Array;
  /** Sum modulo 2 of the hashes of all identifiers, 4 words: alike for the same set, and for no other. */
  fingerprint: Uint32Array;
}>;

/** A random key, 64 hex digits. Sketches under different keys have nothing in common. */
export function newSketchKey(): string {
  return bytesToHex(randomBytes(32));
}

/** Eight words of 32 bits: SHA-256 of a key and a normalised identifier. A keyed hash that is never given away. */
export type IdentifierHash = (word: number) => number;

/** Hashes an identifier under a key, for a set and its sketch; far cheaper than the digest that is committed to. */
export function hashIdentifier(key: string, identifier: string): IdentifierHash {
  const bytes = sha256Characters(`${key}${identifier}`);
  return (word) =>
    ((bytes.charCodeAt(4 * word) << 24) |
      (bytes.charCodeAt(4 * word + 1) << 16) |
      (bytes.charCodeAt(4 * word + 2) << 8) |
      bytes.charCodeAt(4 * word + 3)) >>>
    0;
}

/** The sketch of no identifiers. */
export function emptySketch(): Sketch {
  return { minima: new Uint32Array(SKETCH_SIZE).fill(NONE), fingerprint: new Uint32Array(4) };
}

/** Adds an identifier that the set did not hold, in place. Words 0 and 1 of its hash are left to the set. */
export function addToSketch({ minima, fingerprint }: Sketch, word: IdentifierHash): void {
  const part = word(2) % SKETCH_SIZE;
  minima[part] = Math.min(minima[part], word(3));
  for (let i = 0; i < 4; i++) fingerprint[i] ^= word(4 + i);
}

/** Whether two sketches are of the same set. */
export function isSameSet(a: Sketch, b: Sketch): boolean {
  return a.fingerprint.every((word, i) => word === b.fingerprint[i]);
}

/**
 * Estimate of the Jaccard similarity of two sets, |A ∩ B| / |A ∪ B|, from 0 to 1: the share of equal values among those that
 * one of the sketches has (one permutation hashing; Li, Owen, Zhang 2012). Its standard error is at most 0.05.
 */
export function similarity(a: Sketch, b: Sketch): number {
  let equal = 0;
  let filled = 0;
  a.minima.forEach((value, i) => {
    if (value === NONE && b.minima[i] === NONE) return;
    filled++;
    if (value === b.minima[i]) equal++;
  });
  return filled === 0 ? 0 : equal / filled;
}

/** A sketch as text: 8 hex digits for each of its values, then for those of its fingerprint. */
export function encodeSketch({ minima, fingerprint }: Sketch): string {
  return [...minima, ...fingerprint].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** Characters of a sketch as text. */
export const SKETCH_CHARACTERS = 8 * (SKETCH_SIZE + 4);

/** Reads what {@link encodeSketch} wrote: SKETCH_CHARACTERS lower-case hex digits. */
export function decodeSketch(text: string): Sketch {
  const words = Uint32Array.from(text.match(/.{8}/g) ?? [], (digits) => Number.parseInt(digits, 16));
  return { minima: words.slice(0, SKETCH_SIZE), fingerprint: words.slice(SKETCH_SIZE) };
}
