/** Encrypted vectors: a number for each element of a slot's blinded list, under the slot's own key (docs/protocol.md, section 9). */
import { addEach, generatorMultiples } from '../curve/affine.ts';
import { mulBatch, type BatchOptions } from '../curve/batch.ts';
import { POINT_BYTES, assertPoints, bytesToPoints, pointAt, pointsToBytes, type Point } from '../curve/grumpkin.ts';
import { reduce } from '../field/arithmetic.ts';
import { fieldToHex } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { chainStart, extendChain } from './chain.ts';
import type { Ciphertext } from './elgamal.ts';
import { ProtocolError, assertSlot } from './errors.ts';
import { deriveKeys, elgamalRandomness } from './keys.ts';
import { assertPlan, type Plan } from './plan.ts';
import { assertVector, valuesOf, vectorValue } from './vectors.ts';

/** A slot's encrypted vector, in the order of its blinded list. */
export type EncryptedVector = Readonly<{
  slot: number;
  vector: number;
  /** n×128 bytes, C1 ‖ C2. */
  ciphertexts: Uint8Array;
}>;

/** Bytes of one ciphertext. */
export const CIPHERTEXT_BYTES = 2 * POINT_BYTES;

/** Encrypted numbers are below this. */
const NUMBER_BOUND = 1n << 40n;

const MAGIC = new TextEncoder().encode('ZKCRCRYP');
const VERSION = 1;
const HEADER_BYTES = 16;

/**
 * Encrypts one of a slot's vectors, about 200 µs an element and 55 to 140 µs of a thread. The same input gives the same ciphertexts.
 *
 * @param input.listed the commitment to the packed values (hash 39), as it stands on chain
 * @param input.packed the packed values of the blinded list's elements, in its order
 */
export async function encryptVector(
  input: {
    context: bigint;
    slot: number;
    seed: Uint8Array;
    vector: number;
    plan: Plan;
    listed: bigint;
    packed: readonly bigint[];
  },
  options?: BatchOptions,
): Promise<EncryptedVector> {
  const { slot, seed, vector, listed, packed } = input;
  const plan = assertPlan(input.plan);
  const numbers = packed.map((u) => vectorValue(plan, vector, valuesOf(u, plan.rules.length)));
  if (numbers.length === 0) throw new ProtocolError('a vector of no elements cannot be encrypted');
  numbers.forEach((number, i) => {
    if (number < 0n || number >= NUMBER_BOUND)
      throw new ProtocolError(`the number of element ${i} does not lie from 0 to 2^40: it breaks the plan's rules`);
  });
  const randomness = packed.map((_, place) =>
    elgamalRandomness(seed, 'encrypt', [listed, BigInt(assertVector(vector)), BigInt(place)]),
  );
  const c1 = generatorMultiples(randomness) as Point[];
  // r·X is x·C1: one scalar for all.
  const shared = bytesToPoints(await mulBatch(pointsToBytes(c1), deriveKeys(seed).decryption, options));
  const c2 = addEach(shared, generatorMultiples(numbers));
  const ciphertexts = pointsToBytes(
    c1.flatMap((point, i) => {
      const other = c2[i];
      if (other === undefined) throw new ProtocolError('this randomness leads to infinity: take another seed');
      return [point, other];
    }),
  );
  return { slot: assertSlot(slot), vector, ciphertexts };
}

/** Number of an encrypted vector's elements. */
export function encryptedCount({ ciphertexts }: EncryptedVector): number {
  if (ciphertexts.length % CIPHERTEXT_BYTES !== 0)
    throw new ProtocolError(
      `${ciphertexts.length} bytes are not a whole number of ${CIPHERTEXT_BYTES}-byte ciphertexts`,
    );
  return ciphertexts.length / CIPHERTEXT_BYTES;
}

/** The ciphertext of an element. */
export function ciphertextAt({ ciphertexts }: EncryptedVector, index: number): Ciphertext {
  return { c1: pointAt(ciphertexts, 2 * index, 'C1 or C2'), c2: pointAt(ciphertexts, 2 * index + 1, 'C1 or C2') };
}

/** All ciphertexts, in the list's order. */
export function ciphertextsOf(encrypted: EncryptedVector): Ciphertext[] {
  return Array.from({ length: encryptedCount(encrypted) }, (_, i) => ciphertextAt(encrypted, i));
}

/** What the ciphertext chain (42) takes of a ciphertext: both x, and what tells both y given these. */
export function ciphertextValues({ c1, c2 }: Ciphertext): [bigint, bigint, bigint] {
  return [c1.x, c2.x, reduce(c1.y + 2n * c2.y)];
}

/** The encrypted digest (hash 41): the name by which an encrypted vector stands on chain. */
export function encryptedDigest(context: bigint, encrypted: EncryptedVector): bigint {
  const { slot, vector } = encrypted;
  const values = ciphertextsOf(encrypted).flatMap(ciphertextValues);
  return hash(Domain.encryptedDigest, [
    context,
    BigInt(assertSlot(slot)),
    BigInt(assertVector(vector)),
    BigInt(encryptedCount(encrypted)),
    extendChain(chainStart(Domain.ciphertextChain), values),
  ]);
}

/** Encodes an encrypted vector as the blob that travels. */
export function encodeEncrypted(encrypted: EncryptedVector): Uint8Array {
  const { slot, vector, ciphertexts } = encrypted;
  const bytes = new Uint8Array(HEADER_BYTES + assertPoints(ciphertexts, 'C1 or C2').length);
  bytes.set(MAGIC);
  bytes.set([VERSION, assertSlot(slot), assertVector(vector), 0], MAGIC.length);
  new DataView(bytes.buffer).setUint32(MAGIC.length + 4, encryptedCount(encrypted));
  bytes.set(ciphertexts, HEADER_BYTES);
  return bytes;
}

/**
 * Decodes an untrusted blob. Refuses a wrong size or header, another slot's or vector's, another count than that of the
 * blinded list, what is no point, and a digest other than the one on chain.
 */
export function decodeEncrypted(
  blob: Uint8Array,
  expected: Readonly<{ context: bigint; slot: number; vector: number; count: number; digest: bigint }>,
): EncryptedVector {
  const { context, slot, vector, count, digest } = expected;
  const name = `encrypted vector ${vector} of slot ${slot}`;
  const broken = (why: string): never => {
    throw new ProtocolError(`${name}: ${why}`);
  };
  if (blob.length !== HEADER_BYTES + count * CIPHERTEXT_BYTES)
    broken(`${blob.length} bytes do not hold exactly a header and ${count} ciphertexts`);
  if (MAGIC.some((byte, i) => blob[i] !== byte)) broken('the blob is not an encrypted vector');
  const [version, ...rest] = blob.subarray(MAGIC.length, MAGIC.length + 4);
  if (version !== VERSION)
    broken(`the blob has version ${version}, this client reads version ${VERSION}: update the client`);
  if ([slot, vector, 0].some((byte, i) => rest[i] !== byte))
    broken(`the blob holds vector ${rest[1]} of slot ${rest[0]}`);
  const told = new DataView(blob.buffer, blob.byteOffset).getUint32(MAGIC.length + 4);
  if (told !== count) broken(`the blob says that it has ${told} ciphertexts, the list has ${count} elements`);
  const encrypted = { slot, vector, ciphertexts: assertPoints(blob.slice(HEADER_BYTES), `${name}: C1 or C2`) };
  const found = encryptedDigest(context, encrypted);
  if (found !== digest)
    broken(
      `its digest is ${fieldToHex(found)}, the chain has ${fieldToHex(digest)}: the blob was changed or is another room's`,
    );
  return encrypted;
}
