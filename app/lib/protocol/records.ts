/** Compares two records of an array by their first `keyBytes` bytes, as unsigned big-endian integers. */
export function compareRecords(bytes: Uint8Array, recordBytes: number, a: number, b: number, keyBytes: number): number {
  const [from, other] = [a * recordBytes, b * recordBytes];
  for (let i = 0; i < keyBytes; i++) {
    const difference = bytes[from + i] - bytes[other + i];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A copy of an array of fixed-size records in an order, given as the number of the record for each place. */
export function arrangeRecords(bytes: Uint8Array, recordBytes: number, order: Uint32Array): Uint8Array {
  const arranged = new Uint8Array(bytes.length);
  order.forEach((from, to) =>
    arranged.set(bytes.subarray(from * recordBytes, (from + 1) * recordBytes), to * recordBytes),
  );
  return arranged;
}

/**
 * The numbers of an array's records in ascending order of the records; equal ones stay in the order that they have. About
 * 0.3 µs a record where the first bytes tell them apart.
 */
export function recordOrder(bytes: Uint8Array, recordBytes: number): Uint32Array {
  const count = bytes.length / recordBytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // A key holds as many leading bits of its record as a double has beside the record's number: keys sort without a callback.
  const places = 2 ** Math.ceil(Math.log2(count + 1));
  const keys = Float64Array.from({ length: count }, (_, i) => {
    const leading = view.getUint32(i * recordBytes) * 2 ** 16 + view.getUint16(i * recordBytes + 4);
    return Math.floor((leading / 2 ** 48) * (2 ** 53 / places)) * places + i;
  }).sort();
  const order = Uint32Array.from(keys, (key) => key % places);
  const leadingOf = (place: number) => Math.floor(keys[place] / places);
  for (let start = 0, end = 1; start < count; start = end++) {
    while (end < count && leadingOf(end) === leadingOf(start)) end++;
    if (end - start === 1) continue;
    order.subarray(start, end).sort((a, b) => compareRecords(bytes, recordBytes, a, b, recordBytes));
  }
  return order;
}
