/**
 * Reader for bincode 1 in its default configuration, the format of Noir 1.0.0-beta.15's programs:
 * little-endian integers of fixed size, u32 variant numbers, u64 lengths, no padding, no type information.
 */
import { isCanonicalField, type Schema, type Value } from './types.ts';

/** Thrown when bytes do not follow the schema; names the byte offset. */
export class BincodeError extends Error {
  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.name = 'BincodeError';
  }
}

/**
 * Reads one value and requires that it takes up every byte.
 * @throws {BincodeError} on a wrong length, tag, number or on bytes left over.
 */
export function readBincode(bytes: Uint8Array, schema: Schema): Value {
  const reader = new Reader(bytes);
  const value = reader.value(schema);
  if (reader.offset !== bytes.length)
    throw new BincodeError(`${bytes.length - reader.offset} bytes left over`, reader.offset);
  return value;
}

class Reader {
  readonly #bytes: Buffer;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(schema: Schema): Value {
    switch (schema.kind) {
      case 'u32':
        return this.#take(4).readUInt32LE();
      case 'u64':
        return this.#take(8).readBigUInt64LE();
      case 'string':
        return this.#text();
      case 'field':
        return this.#field();
      case 'option':
        return this.#isPresent() ? this.value(schema.item) : null;
      case 'list':
        return this.#items(schema.item, this.#length());
      case 'array':
        return this.#items(schema.item, schema.length);
      case 'tuple':
        return schema.items.map((item) => this.value(item));
      case 'choice': {
        const at = this.offset;
        const index = this.#take(4).readUInt32LE();
        const variant = schema.variants[index];
        if (!variant) throw new BincodeError(`${schema.name} has no variant ${index}`, at);
        return variant.payload ? { tag: variant.tag, payload: this.value(variant.payload) } : { tag: variant.tag };
      }
      case 'later':
        return this.value(schema.schema());
    }
  }

  #take(count: number): Buffer {
    const end = this.offset + count;
    if (end > this.#bytes.length)
      throw new BincodeError(`${count} bytes expected, ${this.#bytes.length - this.offset} left`, this.offset);
    const taken = this.#bytes.subarray(this.offset, end);
    this.offset = end;
    return taken;
  }

  /** A length; every item takes at least one byte, so what is left bounds it and garbage can't exhaust memory. */
  #length(): number {
    const at = this.offset;
    const length = this.#take(8).readBigUInt64LE();
    if (length > BigInt(this.#bytes.length - this.offset))
      throw new BincodeError(`length ${length} exceeds what is left`, at);
    return Number(length);
  }

  #items(item: Schema, count: number): Value[] {
    const items: Value[] = [];
    for (let i = 0; i < count; i++) items.push(this.value(item));
    return items;
  }

  #isPresent(): boolean {
    const at = this.offset;
    const tag = this.#take(1)[0];
    if (tag !== 0 && tag !== 1) throw new BincodeError(`option tag ${tag}`, at);
    return tag === 1;
  }

  #text(): string {
    const at = this.offset;
    const bytes = this.#take(this.#length());
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new BincodeError('text is not UTF-8', at);
    }
  }

  /** A field element is a length (always 32) and its big-endian bytes. */
  #field(): Uint8Array {
    const at = this.offset;
    const length = this.#length();
    if (length !== 32) throw new BincodeError(`field element of ${length} bytes`, at);
    const bytes = this.#take(32);
    if (!isCanonicalField(bytes)) throw new BincodeError('field element is not below the modulus', at);
    return bytes;
  }
}
