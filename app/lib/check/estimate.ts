/** How many proofs a party has to make in a room, and how long that takes. */
import { policyBands } from '../policy/bands.ts';
import { isAggregate, isJoined, type Policy } from '../policy/schema.ts';
import { joinedTerms } from '../policy/vectors.ts';
import { chunkCount, chunkSizeFor, datasetSizeFor } from '../proof/chunks.ts';
import { mixSize, type Bands } from '../protocol/bands.ts';
import { MIX_SIZES } from '../protocol/context.ts';

/** Proofs of one kind. */
export type ProofEstimate = Readonly<{
  /** What they are for. */
  step:
    | 'dataset'
    | 'blind'
    | 'hop'
    | 'match'
    | 'release'
    | 'tally'
    | 'masked'
    | 'figures'
    | 'encrypt'
    | 'return'
    | 'select'
    | 'opened'
    | 'part'
    | 'mix';
  /** Circuit, without the number of members. */
  circuit: keyof typeof SECONDS;
  proofs: number;
  /** Seconds for all of them on a machine of two cores. */
  seconds: number;
}>;

/**
 * Seconds of one proof on two cores, for a room of two parties, as `npm run bench -- circuits` measures them; dataset_512
 * takes 3.4 to 6, of which this is the longest. Those of rooms that aggregate follow from their gates: 52, 173, 55 and 79
 * thousand in their order, and so do those of blind_values: 45 and 293 thousand, the latter padded to twice as many rows as
 * blind_256 has, and of rooms that tell bands: 13, 43 and 450 thousand. Those of other circuits of rooms that join values are guessed from the multiplications of points in them, beside
 * those of a hop: two of the generator and the key to encrypt an element, and one, with additions, to select it.
 */
const SECONDS = {
  dataset_32: 0.5,
  dataset_512: 6,
  blind_32: 1.7,
  blind_256: 15.8,
  blind_values_32: 2,
  blind_values_256: 31,
  hop_32: 1.2,
  hop_256: 10.4,
  match_32: 1.0,
  match_256: 3.3,
  release: 0.6,
  tally_32: 3,
  tally_256: 12,
  masked: 3,
  figures: 5,
  encrypt_32: 2.4,
  encrypt_256: 20,
  select_32: 2.4,
  select_256: 20,
  opened: 5,
  part: 0.8,
  mix_16: 3,
  mix_192: 33,
} as const;

/**
 * The proofs that a party of `identifiers` distinct identifiers makes, if the other lists are as long as its own and it is
 * the party that makes match and release, or the figures. A match over more than two lists takes longer in proportion.
 *
 * @param slot the party's; without it the sums of a room that joins values are not counted
 */
export function estimateProofs(policy: Policy, identifiers: number, slot?: number): ProofEstimate[] {
  const { proofMode, parties } = policy;
  if (identifiers === 0) return [];
  const size = chunkSizeFor(identifiers);
  const chunks = chunkCount(identifiers, size);
  const datasetSize = datasetSizeFor(identifiers);
  const estimate = (step: ProofEstimate['step'], circuit: ProofEstimate['circuit'], proofs: number, times = 1) => ({
    step,
    circuit,
    proofs,
    seconds: Math.round(10 * proofs * SECONDS[circuit] * times) / 10,
  });
  const dataset = estimate('dataset', `dataset_${datasetSize}`, chunkCount(identifiers, datasetSize));
  if (isAggregate(policy)) {
    const tally = estimate('tally', `tally_${size}`, chunks);
    return [dataset, tally, estimate('masked', 'masked', 1), estimate('figures', 'figures', 1)];
  }
  const bands = policyBands(policy);
  if (bands) {
    const mixes = MIX_SIZES.map((each) => estimate('mix', `mix_${each}`, bordersOfSize(bands, each)));
    const tally = estimate('tally', `tally_${size}`, chunks);
    return [dataset, tally, estimate('part', 'part', 1), ...mixes.filter(({ proofs }) => proofs > 0)];
  }
  const match = estimate('match', `match_${size}`, chunks, parties.length / 2);
  if (isJoined(policy)) {
    const others = parties.length - 1;
    const [brought, selected] = slot === undefined ? [0, 0] : vectorsOf(policy, slot);
    return [
      dataset,
      estimate('blind', `blind_values_${size}`, chunks),
      estimate('encrypt', `encrypt_${size}`, chunks * brought),
      estimate('hop', `hop_${size}`, chunks * others),
      match,
      estimate('return', `hop_${size}`, chunks * (others - 1)),
      estimate('select', `select_${size}`, chunks * selected),
      ...[estimate('opened', 'opened', 1), estimate('masked', 'masked', 1), estimate('figures', 'figures', 1)],
    ].filter(({ proofs }) => proofs > 0);
  }
  const lists =
    proofMode === 'attested'
      ? []
      : [
          dataset,
          estimate('blind', `blind_${size}`, chunks),
          estimate('hop', `hop_${size}`, chunks * (parties.length - 1)),
        ];
  return [...lists, match, estimate('release', 'release', 1)];
}

/** How many borders have mixes of as many elements. */
function bordersOfSize(bands: Bands, size: number): number {
  return bands.borders.filter((_, i) => mixSize(bands, i + 1) === size).length;
}

/** How many vectors a slot brings, and how many the slot before it, whose list it is the first to pass on. */
function vectorsOf(policy: Policy, slot: number): readonly [number, number] {
  const { vectors } = joinedTerms(policy);
  const broughtBy = (each: number) =>
    Array.from({ length: 8 }, (_, v) => (vectors >> BigInt(8 * each + v)) & 1n).filter((bit) => bit === 1n).length;
  const { length } = policy.parties;
  return [broughtBy(slot), broughtBy((slot + length - 1) % length)];
}
