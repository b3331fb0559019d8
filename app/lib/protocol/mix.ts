/**
 * Mixes: for each border of a hidden sum, ciphertexts of its distances from the steps up to that border, which every member
 * shuffles, multiplies by factors of its own, and takes its share of the key off. In the end one holds 0 if the sum lies there,
 * and nothing else can be told (docs/protocol.md, section 10).
 */
import { addEach, generatorMultiples, negateAffine, type MaybePoint } from '../curve/affine.ts';
import { mulBatch, mulEach } from '../curve/batch.ts';
import {
  NO_POINT,
  POINT_BYTES,
  bytesToPoint,
  bytesToPoints,
  pointToBytes,
  pointsToBytes,
  type Point,
} from '../curve/grumpkin.ts';
import { fieldToHex } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { borderSteps, MAX_BORDERS, mixSize, type Bands } from './bands.ts';
import { chainStart, extendChain } from './chain.ts';
import { MIX_SIZES, type MixSize } from './context.ts';
import { assertCiphertext, type Ciphertext } from './elgamal.ts';
import { ProtocolError, assertSlot } from './errors.ts';
import { elgamalRandomness } from './keys.ts';

/** A ciphertext on its way through the members: B is nothing where it turned out to hold 0. */
export type MixElement = Readonly<{ a: Point; b: MaybePoint }>;

/** A member's elements of a border. */
export type Mixed = Readonly<{
  slot: number;
  /** Number of the border, from 1. */
  border: number;
  elements: readonly MixElement[];
}>;

/** What a member makes of the elements of a border, and what only it knows of that. */
export type Mix = Readonly<{
  outputs: readonly MixElement[];
  /** For each output the place of its input. Secret. */
  permutation: readonly number[];
  /** For each output its factor ρ, a scalar. Secret. */
  factors: readonly bigint[];
  /** Whether an output turned out to hold 0. */
  found: boolean;
}>;

const MAGIC = new TextEncoder().encode('ZKCRMIXD');
const VERSION = 1;
const COUNT_AT = 12;
const ELEMENTS_AT = 16;
const ELEMENT_BYTES = 2 * POINT_BYTES;

/**
 * The elements of a border, from which its first mix is made.
 *
 * @param sum the room's sum of parts
 * @param size how many elements; the smallest mix that the border's steps fit in, if left out
 * @throws ProtocolError if they do not fit, or one holds infinity, which sums of honest parts never do
 */
export function roomElements(
  sum: Ciphertext,
  bands: Bands,
  border: number,
  size: MixSize = mixSize(bands, border),
): MixElement[] {
  const { c1, c2 } = assertCiphertext(sum);
  const { from, to } = borderSteps(bands, border);
  if (to - from > size)
    throw new ProtocolError(`border ${border} has ${to - from} steps: they do not fit ${size} elements`);
  const places = Array.from({ length: size }, (_, t) => t);
  const isStep = (t: number): boolean => t < to - from;
  const multiples = generatorMultiples(places.map((t) => BigInt(isStep(t) ? from + t : t + 1)));
  // Elements for no step hold more than the sum, so that none of them holds 0.
  const added = multiples.map((multiple, t) => (isStep(t) ? negateAffine(multiple) : multiple));
  const sums = addEach(
    places.map(() => c2),
    added,
  );
  if (sums.includes(undefined)) throw new ProtocolError('an element of the room is infinity: its parts are not honest');
  return sums.map((b) => ({ a: c1, b }));
}

/**
 * Mixes the elements of a border: outputs are the inputs in another order, each under a factor of its own and with the
 * member's share of the key taken off. About 2 ms an element.
 *
 * @param input.decryption the member's decryption key x_i, a secret scalar
 * @param input.message public field elements that name the mix and all that goes into it: see {@link mixMessage}. Order and
 *   factors are a function of it, and must never serve other inputs
 * @throws ProtocolError if an input holds infinity
 */
export async function mixElements(input: {
  elements: readonly MixElement[];
  decryption: bigint;
  seed: Uint8Array;
  message: readonly bigint[];
}): Promise<Mix> {
  const { elements, decryption, seed, message } = input;
  const inputs = elements.map(({ a, b }) => {
    if (!b) throw new ProtocolError('an element that is to be mixed holds 0 already: only the last member may find it');
    return { a, b };
  });
  const secret = (place: number): bigint => elgamalRandomness(seed, 'mix', [...message, BigInt(place)]);
  const factors = inputs.map((_, t) => secret(t));
  const keys = inputs.map((_, t) => secret(inputs.length + t));
  const permutation = keys.map((_, t) => t).sort((s, t) => (keys[s] < keys[t] ? -1 : 1));
  const chosen = permutation.map((place) => inputs[place]);
  const scaled = bytesToPoints(
    await mulEach(pointsToBytes([...chosen.map(({ a }) => a), ...chosen.map(({ b }) => b)]), [...factors, ...factors]),
  );
  const as = scaled.slice(0, inputs.length);
  const shares = bytesToPoints(await mulBatch(pointsToBytes(as), decryption));
  const opened = addEach(scaled.slice(inputs.length), shares.map(negateAffine));
  return {
    outputs: as.map((a, t) => ({ a, b: opened[t] })),
    permutation,
    factors,
    found: opened.includes(undefined),
  };
}

/**
 * What a mix's order and factors depend on.
 *
 * @param input.transcript the room's after the last part
 * @param input.digest of the elements of the member before, 0 for the first. Without it whoever mixed before could, where the
 *   chain is reorganised, give other elements that meet the same order and factors, and tell from both how they were shuffled
 */
export function mixMessage(input: { transcript: bigint; border: number; digest: bigint }): bigint[] {
  return [input.transcript, BigInt(input.border), input.digest];
}

/** The mixed digest (hash 46): the name by which a member's elements of a border stand on chain. */
export function mixedDigest(context: bigint, mixed: Mixed): bigint {
  const { slot, border, elements } = assertMixed(mixed);
  const chain = extendChain(chainStart(Domain.mixedChain), elements.flatMap(elementFields));
  return hash(Domain.mixedDigest, [context, BigInt(slot), BigInt(border), BigInt(elements.length), chain]);
}

/** An element as digests and circuits take it: x, y of A, then of B, which are 0 for infinity. */
export function elementFields({ a, b = NO_POINT }: MixElement): bigint[] {
  return [a.x, a.y, b.x, b.y];
}

/** Encodes a member's elements of a border as the blob that travels. */
export function encodeMixed(mixed: Mixed): Uint8Array {
  const { slot, border, elements } = assertMixed(mixed);
  const bytes = new Uint8Array(ELEMENTS_AT + elements.length * ELEMENT_BYTES);
  bytes.set(MAGIC);
  bytes.set([VERSION, slot, border, 0], MAGIC.length);
  new DataView(bytes.buffer).setUint32(COUNT_AT, elements.length);
  elements.forEach(({ a, b }, t) => {
    const at = ELEMENTS_AT + t * ELEMENT_BYTES;
    bytes.set(pointToBytes(a), at);
    if (b) bytes.set(pointToBytes(b), at + POINT_BYTES);
  });
  return bytes;
}

/**
 * Decodes an untrusted blob. Refuses a wrong size or header, another slot's or border's, what is no point, and a digest other
 * than the one on chain.
 *
 * @param expected.last whether the slot is the last that mixes: only of its elements one may hold 0, and then B is zeros
 */
export function decodeMixed(
  blob: Uint8Array,
  expected: Readonly<{ context: bigint; slot: number; border: number; digest: bigint; last: boolean }>,
): Mixed {
  const { context, slot, border, digest, last } = expected;
  const name = `mix of slot ${slot} for border ${border}`;
  const broken = (why: string): never => {
    throw new ProtocolError(`${name}: ${why}`);
  };
  if (blob.length < ELEMENTS_AT) broken(`the blob has ${blob.length} bytes, fewer than a header`);
  if (MAGIC.some((byte, i) => blob[i] !== byte)) broken('the blob does not hold a mix');
  const [version, ...rest] = blob.subarray(MAGIC.length, COUNT_AT);
  if (version !== VERSION)
    broken(`the blob has version ${version}, this client reads version ${VERSION}: update the client`);
  if ([slot, border, 0].some((byte, i) => rest[i] !== byte))
    broken(`the blob holds border ${rest[1]} of slot ${rest[0]}`);
  const count = new DataView(blob.buffer, blob.byteOffset).getUint32(COUNT_AT);
  const size = assertMixSize(count, name);
  if (blob.length !== ELEMENTS_AT + size * ELEMENT_BYTES)
    broken(`${blob.length} bytes do not hold exactly a header and ${size} elements`);
  const elements = Array.from({ length: size }, (_, t): MixElement => {
    const at = ELEMENTS_AT + t * ELEMENT_BYTES;
    const b = blob.subarray(at + POINT_BYTES, at + ELEMENT_BYTES);
    const nothing = b.every((byte) => byte === 0);
    if (nothing && !last) broken(`element ${t} holds 0, which only the last member may find`);
    return {
      a: bytesToPoint(blob.subarray(at, at + POINT_BYTES), `${name}: A of element ${t}`),
      b: nothing ? undefined : bytesToPoint(b, `${name}: B of element ${t}`),
    };
  });
  const mixed = { slot, border, elements };
  const found = mixedDigest(context, mixed);
  if (found !== digest)
    broken(
      `its digest is ${fieldToHex(found)}, the chain has ${fieldToHex(digest)}: the blob was changed or is another room's`,
    );
  return mixed;
}

function assertMixed(mixed: Mixed): Mixed {
  const { slot, border, elements } = mixed;
  assertSlot(slot);
  if (!Number.isInteger(border) || border < 1 || border > MAX_BORDERS)
    throw new ProtocolError(`border ${border} does not exist: borders are numbered 1 to ${MAX_BORDERS}`);
  assertMixSize(elements.length);
  return mixed;
}

/** Returns a number of elements if mixes have as many. */
export function assertMixSize(count: number, what = 'mix'): MixSize {
  const size = MIX_SIZES.find((each) => each === count);
  if (size === undefined)
    throw new ProtocolError(`${what}: mixes have ${MIX_SIZES.join(' or ')} elements, not ${count}`);
  return size;
}
