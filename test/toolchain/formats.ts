/** The two serialised forms seen from the other side: a bincode writer, a MessagePack reader, and arbitrary values. */
import fc from 'fast-check';
import type { Schema, Tagged, Value } from '../../scripts/compile/transcode/types.ts';

/** Arbitrary values of a schema; lists are short and recursion is shallow. */
export function valuesOf(schema: Schema, depth = 0): fc.Arbitrary<Value> {
  switch (schema.kind) {
    case 'u32':
      return fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffffffff }));
    case 'u64':
      return fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n));
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 40 });
    case 'field':
      // Below 2^253, and so below the modulus.
      return fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes) => Uint8Array.of(bytes[0]! & 0x1f, ...bytes.subarray(1)));
    case 'option':
      return fc.oneof(fc.constant(null), valuesOf(schema.item, depth + 1));
    case 'list':
      return fc.array(valuesOf(schema.item, depth + 1), { maxLength: depth > 8 ? 0 : depth > 4 ? 2 : 3 });
    case 'array':
      return fc.array(valuesOf(schema.item, depth + 1), { minLength: schema.length, maxLength: schema.length });
    case 'tuple':
      return fc.tuple(...schema.items.map((item) => valuesOf(item, depth + 1)));
    case 'choice': {
      const variants = depth > 8 ? schema.variants.slice(0, 1) : schema.variants;
      return fc.oneof(
        ...variants.map(({ tag, payload }) =>
          payload ? valuesOf(payload, depth + 1).map((value) => ({ tag, payload: value })) : fc.constant({ tag }),
        ),
      );
    }
    case 'later':
      return valuesOf(schema.schema(), depth + 1);
  }
}

/** Serialises a value as the compiler does. */
export function encodeBincode(value: Value, schema: Schema): Buffer {
  const u32 = (number: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(number);
    return bytes;
  };
  const u64 = (number: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(number);
    return bytes;
  };
  switch (schema.kind) {
    case 'u32':
      return u32(value as number);
    case 'u64':
      return u64(value as bigint);
    case 'string': {
      const text = Buffer.from(value as string, 'utf8');
      return Buffer.concat([u64(BigInt(text.length)), text]);
    }
    case 'field':
      return Buffer.concat([u64(32n), value as Uint8Array]);
    case 'option':
      return value === null ? Buffer.of(0) : Buffer.concat([Buffer.of(1), encodeBincode(value, schema.item)]);
    case 'list':
      return Buffer.concat([
        u64(BigInt((value as Value[]).length)),
        ...(value as Value[]).map((item) => encodeBincode(item, schema.item)),
      ]);
    case 'array':
      return Buffer.concat((value as Value[]).map((item) => encodeBincode(item, schema.item)));
    case 'tuple':
      return Buffer.concat((value as Value[]).map((item, i) => encodeBincode(item, schema.items[i]!)));
    case 'choice': {
      const { tag, payload } = value as Tagged;
      const index = schema.variants.findIndex((variant) => variant.tag === tag);
      const inner = schema.variants[index]!.payload;
      return Buffer.concat([u32(index), inner ? encodeBincode(payload!, inner) : Buffer.alloc(0)]);
    }
    case 'later':
      return encodeBincode(value, schema.schema());
  }
}

/** What a reader of MessagePack without a schema makes of a value: integers as bigint, variants as text or a map. */
export function unpackedForm(value: Value, schema: Schema): unknown {
  switch (schema.kind) {
    case 'u32':
    case 'u64':
      return BigInt(value as number | bigint);
    case 'string':
    case 'field':
      return value;
    case 'option':
      return value === null ? null : unpackedForm(value, schema.item);
    case 'list':
    case 'array':
      return (value as Value[]).map((item) => unpackedForm(item, schema.item));
    case 'tuple':
      return (value as Value[]).map((item, i) => unpackedForm(item, schema.items[i]!));
    case 'choice': {
      const { tag, payload } = value as Tagged;
      const inner = schema.variants.find((variant) => variant.tag === tag)!.payload;
      return inner ? { [tag]: unpackedForm(payload!, inner) } : tag;
    }
    case 'later':
      return unpackedForm(value, schema.schema());
  }
}

/** Reads one MessagePack value that takes up all bytes. */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes);
  let at = 0;
  const uint = (size: number): number => {
    at += size;
    return buffer.readUIntBE(at - size, size);
  };
  const take = (count: number): Buffer => {
    if (at + count > buffer.length) throw new Error('truncated');
    at += count;
    return buffer.subarray(at - count, at);
  };
  const list = (count: number): unknown[] => Array.from({ length: count }, () => next());
  const next = (): unknown => {
    const marker = uint(1);
    if (marker < 0x80) return BigInt(marker);
    if (marker === 0x81) return { [next() as string]: next() };
    if (marker >= 0x90 && marker < 0xa0) return list(marker & 15);
    if (marker >= 0xa0 && marker < 0xc0) return take(marker & 31).toString('utf8');
    switch (marker) {
      case 0xc0:
        return null;
      case 0xc4:
        return new Uint8Array(take(uint(1)));
      case 0xcc:
        return BigInt(uint(1));
      case 0xcd:
        return BigInt(uint(2));
      case 0xce:
        return BigInt(uint(4));
      case 0xcf:
        return take(8).readBigUInt64BE();
      case 0xd9:
        return take(uint(1)).toString('utf8');
      case 0xda:
        return take(uint(2)).toString('utf8');
      case 0xdc:
        return list(uint(2));
      default:
        throw new Error(`marker ${marker}`);
    }
  };
  const value = next();
  if (at !== buffer.length) throw new Error('bytes left over');
  return value;
}
