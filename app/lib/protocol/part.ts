/** Parts: a slot's number of steps, encrypted under the room key (docs/protocol.md, section 10). */
import { add, mul, mulGenerator, sum, type Point } from '../curve/grumpkin.ts';
import { slotSteps, type Bands } from './bands.ts';
import { assertCiphertext, type Ciphertext } from './elgamal.ts';
import { countCell, sumCell } from './groups.ts';
import { elgamalRandomness } from './keys.ts';
import { assertCells } from './tally.ts';

/** The only group of a room that has bands: every row is in it. */
const ALL_ROWS = 0;

/** What a slot gives of its sum, and what only it knows of that. */
export type Part = Readonly<{
  /** The slot's number of steps. Secret. */
  steps: bigint;
  /** r of the ciphertext, a scalar. Secret. */
  randomness: bigint;
  ciphertext: Ciphertext;
}>;

/**
 * Encrypts a slot's number of steps: C1 = r·G, C2 = steps·G + r·X.
 *
 * @param input.cells the slot's tally
 * @param input.tally the commitment to it, as it stands on chain
 * @param input.key the room key X
 * @throws ProtocolError if the slot's sum lies below the floor of the bands, so that nothing could be proven
 */
export function partOf(input: {
  bands: Bands;
  cells: readonly bigint[];
  tally: bigint;
  key: Point;
  seed: Uint8Array;
}): Part {
  const { bands, cells, tally, key, seed } = input;
  const steps = stepsOf(bands, cells);
  const randomness = elgamalRandomness(seed, 'part', [tally]);
  const shared = mul(key, randomness);
  return {
    steps,
    randomness,
    ciphertext: {
      c1: mulGenerator(randomness),
      c2: steps === 0n ? shared : add(mulGenerator(steps), shared),
    },
  };
}

/**
 * A slot's number of steps, from its tally.
 *
 * @throws ProtocolError if its sum lies below the floor of the bands
 */
export function stepsOf(bands: Bands, cells: readonly bigint[]): bigint {
  assertCells(cells, 'cells');
  return slotSteps(bands, { rows: cells[countCell(ALL_ROWS)], sum: cells[sumCell(ALL_ROWS, bands.column)] });
}

/** The encrypted sum of all parts. Throws where a point is none, or sums are infinity. */
export function sumParts(parts: readonly Ciphertext[]): Ciphertext {
  parts.forEach(assertCiphertext);
  return { c1: sum(parts.map(({ c1 }) => c1)), c2: sum(parts.map(({ c2 }) => c2)) };
}
