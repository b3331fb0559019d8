/**
 * Rooms that tell bands of a hidden sum, under test: members with keys, an encrypted sum, and mixes of its elements. Elements, mixes and digests
 * are written anew here from docs/protocol.md, as an oracle for `app/lib` and for the circuits.
 */
import { add, msmPublic, mul, mulGenerator, negate, type Point } from '../../app/lib/curve/grumpkin.ts';
import { SCALAR_MODULUS as Q } from '../../app/lib/field/field.ts';
import { hash, permute } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { mixProof } from '../../app/lib/proof/threshold.ts';
import type { Bands } from '../../app/lib/protocol/bands.ts';
import type { Ciphertext } from '../../app/lib/protocol/elgamal.ts';
import { deriveKeys, roomKey, type SlotKeys } from '../../app/lib/protocol/keys.ts';
import type { Mix, MixElement, Mixed } from '../../app/lib/protocol/mix.ts';
import { randomFrom, shuffled } from '../support/choice.ts';
import type { Inputs } from './cheat.ts';
import { CONTEXT, seedOf } from './support.ts';

/** Slots of the room. */
export const MEMBERS = [0, 2, 4];

/** The room's transcript after the last part. */
export const TRANSCRIPT = 0xbeadn;

/** 5, 11 and 16 steps. */
export const BANDS: Bands = { column: 1, least: -3n, floor: -40n, unit: 10n, borders: [5, 16, 32] };

export const keysOf = (slot: number): SlotKeys => deriveKeys(seedOf(slot));

/** Key of a room of these slots. */
export const roomKeyOf = (members = MEMBERS): Point => roomKey(members.map((slot) => keysOf(slot).decryptionPublic));

/** point + number·G, for any whole number. */
export function plus(point: Point, number: bigint): Point {
  if (number === 0n) return point;
  const multiple = mulGenerator(number < 0n ? -number : number);
  return add(point, number < 0n ? negate(multiple) : multiple);
}

/** A number of steps under a key. */
export function sumOf(steps: bigint, key = roomKeyOf(), randomness = 0x1234567890abcdef1234567890n): Ciphertext {
  return { c1: mulGenerator(randomness), c2: plus(mul(key, randomness), steps) };
}

/** The elements of steps from `from` to `to`, spelled out. */
export function elementsOf({ c1, c2 }: Ciphertext, from: number, to: number, size: number): MixElement[] {
  return Array.from({ length: size }, (_, t) => {
    const s = t < to - from ? BigInt(from + t) : -BigInt(t + 1);
    return { a: c1, b: plus(c2, -s) };
  });
}

/** One element after a mix. */
export function mixedElement({ a, b }: MixElement, factor: bigint, secret: bigint): MixElement {
  const scaled = msmPublic([[factor, a]])!;
  const opened = msmPublic([
    [factor, b!],
    [Q - secret, scaled],
  ]);
  return { a: scaled, b: opened };
}

/** A mix in an order and with factors that look random. */
export function mixOf(elements: readonly MixElement[], slot: number): Mix {
  const random = randomFrom(slot + elements.length);
  const permutation = shuffled([...elements.keys()], random);
  const factors = elements.map(() =>
    Array.from({ length: 8 }, () => BigInt(random(2 ** 32))).reduce((all, part) => (all * 2n ** 32n + part) % Q, 1n),
  );
  const { decryption } = keysOf(slot);
  const outputs = permutation.map((place, i) => mixedElement(elements[place], factors[i], decryption));
  return { outputs, permutation, factors, found: outputs.some(({ b }) => !b) };
}

/** The proofs of all members for one border, one after the other, of a room whose sum is `steps`. */
export function playBorder(
  steps: bigint,
  border: number,
  { bands = BANDS, size = 16, members = MEMBERS }: { bands?: Bands; size?: number; members?: readonly number[] } = {},
): ProofJob[] {
  const encrypted = sumOf(steps, roomKeyOf([...members]));
  let elements: readonly MixElement[] = elementsOf(
    encrypted,
    bands.borders[border - 2] ?? 0,
    bands.borders[border - 1],
    size,
  );
  let before: Mixed | undefined;
  return members.map((slot) => {
    const mix = mixOf(elements, slot);
    const place = { context: CONTEXT, slot, seed: seedOf(slot), transcript: TRANSCRIPT };
    const job = mixProof({ ...place, bands, border, sum: encrypted, before, mix });
    elements = mix.outputs;
    before = { slot, border, elements };
    return job;
  });
}

/** The accumulator of the chain over elements as circuits take them. */
function elementsChain(elements: readonly Inputs[]): bigint {
  const values: bigint[] = elements.flatMap(({ a, b }) => [a.x, a.y, b.x, b.y]);
  let chain = 0x7a6b6372n * 2n ** 80n + 47n * 2n ** 64n;
  for (let block = 0; block < values.length; block += 32) {
    const at = (i: number): bigint => (i < 32 ? (values[block + i] ?? 0n) : 0n);
    for (let i = 0; i < 33; i += 3) [, , , chain] = permute([at(i), at(i + 1), at(i + 2), chain]);
  }
  return chain;
}

/** The digest of a member's elements as circuits take them, spelled out. */
export const mixedDigestOf = (context: bigint, slot: bigint, border: bigint, elements: readonly Inputs[]): bigint =>
  hash(46, [context, slot, border, BigInt(elements.length), elementsChain(elements)]);

/** The digest of bands as a circuit takes them, spelled out. */
export const bandsDigestOf = ({ column, least, floor, unit, borders }: Inputs): bigint =>
  hash(45, [column, least, floor, unit, ...borders]);

/** Elements as circuits take them. */
export const asInputs = (elements: readonly MixElement[]): Inputs[] =>
  elements.map(({ a, b }) => ({ a: { ...a }, b: b ? { ...b } : { x: 0n, y: 0n } }));

const secretOf = ({ lo, hi }: Inputs): bigint => lo + (hi << 128n);

/** What a mix starts from: its inputs, or for the first member those of the sum. */
export function startOf({ statement, witness }: Inputs): MixElement[] {
  if (statement.input_digest !== 0n) return witness.inputs;
  const { borders } = witness.bands;
  const border = Number(statement.border);
  const from = border > 1 ? Number(borders[border - 2]) : 0;
  const sumPoints = { c1: statement.c1, c2: statement.c2 };
  return elementsOf(sumPoints, from, Number(borders[border - 1]), witness.inputs.length);
}

/** The outputs of what a mix's witness says, as circuits take them. */
export function outputsOf(inputs: Inputs): Inputs[] {
  const { places, factors, secret } = inputs.witness;
  const elements = startOf(inputs);
  return asInputs(
    places.map((place: bigint, i: number) =>
      mixedElement(elements[Number(place)], secretOf(factors[i]), secretOf(secret)),
    ),
  );
}

/** Repairs the statement's digests and `found` after a change of the witness; `outputs` are what the witness leads to unless given. */
export function repairMix(inputs: Inputs, outputs = outputsOf(inputs)): Inputs {
  const { statement } = inputs;
  statement.output_digest = mixedDigestOf(statement.context, statement.slot, statement.border, outputs);
  statement.found = outputs.some(({ b }) => b.x === 0n && b.y === 0n) ? 1n : 0n;
  return inputs;
}

/** Repairs the digest of the inputs. */
export function repairInputs(inputs: Inputs): Inputs {
  const { statement, witness } = inputs;
  statement.input_digest = mixedDigestOf(statement.context, witness.before, statement.border, witness.inputs);
  return inputs;
}
