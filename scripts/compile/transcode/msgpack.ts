/**
 * Writer for MessagePack in the compact form that Aztec 4.1.2 reads: structs are arrays, integers take the fewest bytes,
 * a variant is its name, or a map of one entry from its name to its payload.
 */
import type { Schema, Tagged, Value } from './types.ts';

/**
 * Writes a value after checking it against the schema.
 * @throws {TypeError} when the value is not of the schema; the message holds the path to the place.
 */
export function writeMsgpack(value: Value, schema: Schema): Uint8Array {
  const writer = new Writer();
  writer.value(value, schema, '');
  return writer.bytes();
}

class Writer {
  #buffer = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  value(value: Value, schema: Schema, path: string): void {
    switch (schema.kind) {
      case 'u32':
        if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff)
          throw mismatch('u32', path);
        return this.#uint(BigInt(value));
      case 'u64':
        if (typeof value !== 'bigint' || value < 0n || value > 0xffffffffffffffffn) throw mismatch('u64', path);
        return this.#uint(value);
      case 'string':
        if (typeof value !== 'string') throw mismatch('text', path);
        return this.#text(value);
      case 'field':
        if (!(value instanceof Uint8Array) || value.length !== 32) throw mismatch('field element', path);
        return this.#raw(0xc4, value);
      case 'option':
        return value === null ? this.#byte(0xc0) : this.value(value, schema.item, path);
      case 'list':
        return this.#sequence(items(value, path), () => schema.item, path);
      case 'array':
        return this.#sequence(items(value, path, schema.length), () => schema.item, path);
      case 'tuple':
        return this.#sequence(items(value, path, schema.items.length), (i) => schema.items[i]!, path);
      case 'choice':
        return this.#choice(value, schema, path);
      case 'later':
        return this.value(value, schema.schema(), path);
    }
  }

  #choice(value: Value, schema: Schema & { kind: 'choice' }, path: string): void {
    const tagged = value as Tagged;
    const variant = schema.variants.find((candidate) => candidate.tag === tagged?.tag);
    if (!variant || (variant.payload === undefined) !== (tagged.payload === undefined))
      throw mismatch(schema.name, path);
    if (variant.payload === undefined) return this.#text(variant.tag);
    this.#byte(0x81); // a map of one entry
    this.#text(variant.tag);
    this.value(tagged.payload!, variant.payload, `${path}.${variant.tag}`);
  }

  #sequence(values: readonly Value[], schemaAt: (index: number) => Schema, path: string): void {
    const count = values.length;
    if (count < 16) this.#byte(0x90 | count);
    else if (count < 0x10000) this.#head(0xdc, count, 2);
    else this.#head(0xdd, count, 4);
    values.forEach((item, i) => this.value(item, schemaAt(i), `${path}[${i}]`));
  }

  #uint(value: bigint): void {
    if (value < 0x80n) this.#byte(Number(value));
    else if (value < 0x100n) this.#head(0xcc, Number(value), 1);
    else if (value < 0x10000n) this.#head(0xcd, Number(value), 2);
    else if (value < 0x100000000n) this.#head(0xce, Number(value), 4);
    else {
      this.#room(9);
      this.#buffer[this.#length] = 0xcf;
      this.#buffer.writeBigUInt64BE(value, this.#length + 1);
      this.#length += 9;
    }
  }

  #text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length < 32) this.#byte(0xa0 | bytes.length);
    else if (bytes.length < 0x100) this.#head(0xd9, bytes.length, 1);
    else if (bytes.length < 0x10000) this.#head(0xda, bytes.length, 2);
    else this.#head(0xdb, bytes.length, 4);
    this.#append(bytes);
  }

  /** A marker, a one-byte length and bytes. */
  #raw(marker: number, bytes: Uint8Array): void {
    this.#head(marker, bytes.length, 1);
    this.#append(bytes);
  }

  /** A marker and a big-endian number of `size` bytes. */
  #head(marker: number, number: number, size: 1 | 2 | 4): void {
    this.#room(1 + size);
    this.#buffer[this.#length] = marker;
    this.#buffer.writeUIntBE(number, this.#length + 1, size);
    this.#length += 1 + size;
  }

  #byte(byte: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = byte;
  }

  #append(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #room(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#length + count));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function items(value: Value, path: string, length?: number): readonly Value[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length))
    throw mismatch(length === undefined ? 'list' : `${length} items`, path);
  return value as readonly Value[];
}

function mismatch(expected: string, path: string): TypeError {
  return new TypeError(`${expected} expected at program${path}`);
}
