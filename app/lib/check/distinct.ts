/** Entries that a new set has room for. */
const FIRST_CAPACITY = 1 << 10;
/** Share of the room that may be filled: beyond it searches take long. */
const MAX_LOAD = 0.6;

/**
 * A set of uniform 64-bit values, each given as two words of 32 bits, at 8 bytes an entry and some room: an open-addressing
 * table in a typed array. Of 5 million different inputs two share a value with a chance of about 1 in a million.
 */
export class DistinctSet {
  #words = new Uint32Array(2 * FIRST_CAPACITY);
  #size = 0;

  /** Number of different values. */
  get size(): number {
    return this.#size;
  }

  /** Adds a value; false where the set holds it already. */
  add(high: number, low: number): boolean {
    // Two zero words mark a free entry.
    const word = high === 0 && low === 0 ? 1 : low;
    if (!insert(this.#words, high, word)) return false;
    this.#size++;
    if (this.#size > (MAX_LOAD * this.#words.length) / 2) this.#grow();
    return true;
  }

  #grow(): void {
    const grown = new Uint32Array(2 * this.#words.length);
    for (let i = 0; i < this.#words.length; i += 2) {
      if (this.#words[i] !== 0 || this.#words[i + 1] !== 0) insert(grown, this.#words[i], this.#words[i + 1]);
    }
    this.#words = grown;
  }
}

function insert(words: Uint32Array, high: number, low: number): boolean {
  // The length is a power of two, and an entry has an even place.
  const mask = words.length - 1;
  for (let at = (low * 2) & mask & ~1; ; at = (at + 2) & mask) {
    if (words[at] === 0 && words[at + 1] === 0) {
      words[at] = high;
      words[at + 1] = low;
      return true;
    }
    if (words[at] === high && words[at + 1] === low) return false;
  }
}
