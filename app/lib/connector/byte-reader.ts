/** Reads bytes one after the other, little-endian; throws at their end, whatever lengths the bytes themselves tell. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Goes past the next bytes; returns the place where they begin. */
  skip(length: number): number {
    const { at } = this;
    if (!(length >= 0) || length > this.left) throw new RangeError('it ends too early');
    this.at += length;
    return at;
  }

  take(length: number): Uint8Array {
    const at = this.skip(length);
    return this.bytes.subarray(at, at + length);
  }

  uint8(): number {
    return this.bytes[this.skip(1)];
  }

  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  /** An unsigned number in groups of seven bits (LEB128), below 2^32. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.uint8();
      value += (byte & 0x7f) * 2 ** shift;
      if (value >= 2 ** 32 || shift > 28) throw new RangeError('a number is too large');
      if (byte < 0x80) return value;
    }
  }

  /** A signed number of up to 64 bits, its sign in the lowest bit, in groups of seven bits. */
  zigzag(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.uint8();
      value |= BigInt(byte & 0x7f) << shift;
      if (shift > 63n) throw new RangeError('a number is too large');
      if (byte < 0x80) break;
    }
    return (value >> 1n) ^ -(value & 1n);
  }
}
