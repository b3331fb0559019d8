/** Two arrays of bytes as one; the second itself where the first is empty. */
export function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** A stream again from its beginning, after its head was taken off to be looked at. */
export async function* putBack<T extends string | Uint8Array>(head: T, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (head.length > 0) yield head;
  yield* rest;
}
