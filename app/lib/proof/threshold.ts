/** What the steps of a room that tells bands of a hidden sum have to prove: from their protocol values to the inputs of their proofs. */
import type { Point } from '../curve/grumpkin.ts';
import { bandsDigest, type Bands } from '../protocol/bands.ts';
import { mixCircuit } from '../protocol/context.ts';
import type { Ciphertext } from '../protocol/elgamal.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { assertMixSize, mixedDigest, type Mix, type Mixed } from '../protocol/mix.ts';
import type { Part } from '../protocol/part.ts';
import { tallyCommitment } from '../protocol/tally.ts';
import type { ProofJob } from './chunks.ts';
import { scalar, toFields } from './inputs.ts';
import { bandsInput, elementInput, mixStatement, partStatement } from './threshold-inputs.ts';

/**
 * The proof that a slot's part holds its number of steps.
 *
 * @param input.cells the slot's tally
 * @param input.key the room key X
 * @param input.part what the slot made of both
 */
export function partProof(input: {
  context: bigint;
  slot: number;
  seed: Uint8Array;
  bands: Bands;
  cells: readonly bigint[];
  key: Point;
  part: Part;
}): ProofJob {
  const { context, slot, seed, bands, cells, key: roomKey, part } = input;
  const { tallyBlinding: blinding } = deriveKeys(seed);
  const statement = partStatement({
    context,
    slot,
    tally: tallyCommitment({ context, slot, cells, blinding }),
    bands: bandsDigest(bands),
    roomKey,
    ...part.ciphertext,
  });
  return {
    circuit: 'part',
    inputs: {
      statement,
      witness: { bands: bandsInput(bands), blinding, cells, randomness: scalar(part.randomness) },
    },
    publicInputs: toFields(statement),
  };
}

/**
 * The proof that a member's elements of a border are those before them, or of the sum, in another order, each under a factor
 * other than 0 and with the member's share of the key taken off.
 *
 * @param input.transcript the room's after the last part
 * @param input.sum the room's sum of parts
 * @param input.before the elements of the member before; none for the first member
 * @param input.mix what the slot made of them
 */
export function mixProof(input: {
  context: bigint;
  slot: number;
  seed: Uint8Array;
  transcript: bigint;
  bands: Bands;
  border: number;
  sum: Ciphertext;
  before?: Mixed;
  mix: Mix;
}): ProofJob {
  const { context, slot, seed, transcript, bands, border, sum, before, mix } = input;
  const { decryption, decryptionPublic: key } = deriveKeys(seed);
  const { outputs, permutation, factors, found } = mix;
  const size = assertMixSize(outputs.length);
  if (before && (before.border !== border || before.elements.length !== size))
    throw new ProtocolError(`the elements before are not ${size} of border ${border}`);
  const statement = mixStatement({
    context,
    slot,
    transcript,
    key,
    bands: bandsDigest(bands),
    borders: bands.borders.length,
    border,
    sum: before ? undefined : sum,
    inputDigest: before ? mixedDigest(context, before) : 0n,
    outputDigest: mixedDigest(context, { slot, border, elements: outputs }),
    found,
  });
  return {
    circuit: mixCircuit(size),
    inputs: {
      statement,
      witness: {
        secret: scalar(decryption),
        bands: bandsInput(bands),
        before: BigInt(before?.slot ?? 0),
        // The first member's are made of the sum in the circuit, so any will do here.
        inputs: (before?.elements ?? outputs).map(elementInput),
        places: permutation.map(BigInt),
        factors: factors.map(scalar),
      },
    },
    publicInputs: toFields(statement),
  };
}
