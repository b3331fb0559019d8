/** Compares two records of an array by their first `keyBytes` bytes, as unsigned big-endian integers. */
export function compareRecords(bytes: Uint8Array, recordBytes: number, a: number, b: number, keyBytes: number): number {
  const [from, other] = [a * recordBytes, b * recordBytes];
  for (let i = 0; i < keyBytes; i++) {
    const difference = bytes[from + i] - bytes[other + i];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A copy of an array of fixed-size records in ascending order of their bytes. */
export function sortRecords(bytes: Uint8Array, recordBytes: number): Uint8Array {
  const order = Uint32Array.from({ length: bytes.length / recordBytes }, (_, i) => i);
  order.sort((a, b) => compareRecords(bytes, recordBytes, a, b, recordBytes));
  const sorted = new Uint8Array(bytes.length);
  order.forEach((from, to) =>
    sorted.set(bytes.subarray(from * recordBytes, (from + 1) * recordBytes), to * recordBytes),
  );
  return sorted;
}
