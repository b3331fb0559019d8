/** What the steps of a room that joins values have to prove: from their protocol values to the inputs of their proofs. */
import { GENERATOR, bytesToPoints, mulGenerator } from '../curve/grumpkin.ts';
import { Domain } from '../field/domains.ts';
import { chainStart, extendChain } from '../protocol/chain.ts';
import { encryptCircuit, selectCircuit, type ChunkSize } from '../protocol/context.ts';
import {
  ciphertextValues,
  ciphertextsOf,
  encryptedCount,
  encryptedDigest,
  type EncryptedVector,
} from '../protocol/encrypted.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { listCount, listDigest, listLabels, listValues } from '../protocol/list.ts';
import type { OpenedTally } from '../protocol/opened.ts';
import { planDigest, type Plan } from '../protocol/plan.ts';
import { returnedDigest } from '../protocol/returned.ts';
import {
  addFlagged,
  commitFlags,
  countFlags,
  selectSums,
  selectedDigest,
  type Selected,
  type Selection,
} from '../protocol/selected.ts';
import { extendProduct, pairChallenge, pairFactor, permutationChallenge } from '../protocol/statement.ts';
import { tallyCommitment } from '../protocol/tally.ts';
import { MAX_JOINED_GROUPS, MAX_VECTORS, placesOf } from '../protocol/vectors.ts';
import { chunkJobs, chunkSizeFor, sliceOf, type ProofJob } from './chunks.ts';
import { padded, planInput, point, scalar, toFields } from './inputs.ts';
import { ciphertextInput, encryptStatement, openedStatement, selectStatement } from './joined-inputs.ts';
import type { StepOptions } from './statements.ts';

/** Bits of a group's count where all counts are one field element. */
const COUNT_BITS = 30n;

/**
 * The proofs that a slot's encrypted vector holds the numbers of its list's elements.
 *
 * @param input.listed the commitment to the packed values (hash 39), as it stands on chain
 * @param input.packed the packed values of the blinded list's elements, in its order
 */
export function encryptChunks(
  input: {
    context: bigint;
    slot: number;
    seed: Uint8Array;
    plan: Plan;
    listed: bigint;
    packed: readonly bigint[];
    encrypted: EncryptedVector;
  },
  options: { readonly size?: ChunkSize } = {},
): ProofJob[] {
  const { context, slot, seed, plan, listed, packed, encrypted } = input;
  const count = encryptedCount(encrypted);
  if (encrypted.slot !== slot || packed.length !== count)
    throw new ProtocolError(`the encrypted vector is not of slot ${slot} and ${packed.length} elements`);
  const { decryption, decryptionPublic: key, listedBlinding: blinding } = deriveKeys(seed);
  const statement = encryptStatement({
    context,
    slot,
    values: listed,
    plan: planDigest(plan),
    vector: encrypted.vector,
    key,
    encryptedDigest: encryptedDigest(context, encrypted),
  });
  const ciphertexts = ciphertextsOf(encrypted);
  const places = packed.map(placesOf);
  const size = options.size ?? chunkSizeFor(count);
  return chunkJobs({
    circuit: encryptCircuit,
    size,
    count,
    statement,
    seed,
    place: { list: slot, hop: encrypted.vector },
    initial: { values: chainStart(Domain.listedValuesChain), ciphertexts: chainStart(Domain.ciphertextChain) },
    step(state, index) {
      const slice = sliceOf(index, size);
      const own = slice(ciphertexts);
      return {
        witness: {
          secret: scalar(decryption),
          blinding,
          count: BigInt(count),
          plan: planInput(plan),
          places: padded(slice(places), size, places[0]),
          c1: padded(
            own.map(({ c1 }) => point(c1)),
            size,
            point(ciphertexts[0].c1),
          ),
        },
        next: {
          values: extendChain(state.values, slice(packed)),
          ciphertexts: extendChain(state.ciphertexts, own.flatMap(ciphertextValues)),
        },
      };
    },
  });
}

/**
 * Selects sums, and gives the proofs that they are those of the elements that matched.
 *
 * @param input.slot the maker of the list's first hop, whose seed and blinding key these are
 */
export async function selectChunks(
  input: Selection & { slot: number },
  options: StepOptions = {},
): Promise<{ selected: Selected; jobs: ProofJob[] }> {
  const { context, slot, seed, blinding, list, returned, encrypted, key, k } = input;
  const { selected, secrets } = await selectSums(input, options);
  const statement = selectStatement({
    context,
    slot,
    list: list.list,
    vector: encrypted.vector,
    blindingKey: mulGenerator(blinding),
    key,
    listDigest: listDigest(context, list),
    returnedDigest: returnedDigest(context, returned),
    encryptedDigest: encryptedDigest(context, encrypted),
    k,
    selectedDigest: selectedDigest(context, selected),
  });
  const gamma = permutationChallenge(toFields(statement));
  const pair = pairFactor(pairChallenge(gamma));
  const count = listCount(list);
  const points = bytesToPoints(list.points);
  const labels = listLabels(list);
  const { flags, computed } = secrets;
  const after = [...listValues({ list: returned.list, hop: returned.hop, points: returned.points })];
  const ciphertexts = ciphertextsOf(encrypted);
  const size = options.size ?? chunkSizeFor(count);
  const jobs = chunkJobs({
    circuit: selectCircuit,
    size,
    count,
    statement,
    seed,
    place: { list: list.list, hop: encrypted.vector },
    initial: {
      list: chainStart(Domain.listChain),
      returned: chainStart(Domain.listChain),
      flags: secrets.flagsBlinding,
      ciphertexts: chainStart(Domain.ciphertextChain),
      computed: 1n,
      listed: 1n,
      counts: 0n,
      sums: secrets.starts,
    },
    step(state, index) {
      const slice = sliceOf(index, size);
      const part = (of: Uint8Array): Uint8Array => of.subarray(index * size, (index + 1) * size);
      const own = slice(ciphertexts);
      const [ownFlags, ownAfter] = [part(flags), part(returned.flags)];
      const pairs = (xs: readonly bigint[], of: Uint8Array): bigint[] =>
        padded(
          xs.map((x, i) => pair(x, BigInt(of[i]))),
          size,
          0n,
        );
      const points1 = padded(
        own.map(({ c1 }) => point(c1)),
        size,
        point(GENERATOR),
      );
      const points2 = padded(
        own.map(({ c2 }) => point(c2)),
        size,
        point(GENERATOR),
      );
      return {
        witness: {
          secret: scalar(blinding),
          count: BigInt(count),
          randomness: secrets.randomness.map(scalar),
          counts: countFlags(flags).map(BigInt),
          unmatched: secrets.unmatched,
          list: padded(slice(points), size, GENERATOR).map(point),
          labels: paddedFlags(part(labels), size),
          flags: paddedFlags(ownFlags, size),
          returned: padded(slice(after), size, 0n),
          returned_flags: paddedFlags(ownAfter, size),
          c1: points1,
          c2: points2,
        },
        next: {
          list: extendChain(
            state.list,
            slice(points).map(({ x }) => x),
            part(labels),
          ),
          returned: extendChain(state.returned, slice(after), ownAfter),
          flags: commitFlags(state.flags, ownFlags),
          ciphertexts: extendChain(state.ciphertexts, own.flatMap(ciphertextValues)),
          computed: extendProduct(state.computed, gamma, pairs(slice(computed), ownFlags)),
          listed: extendProduct(state.listed, gamma, pairs(slice(after), ownAfter)),
          counts: state.counts + packedCounts(ownFlags),
          sums: addFlagged(state.sums, own, ownFlags),
        },
      };
    },
  });
  return { selected, jobs };
}

/**
 * The proof that a slot's opened tally is what its own selected sums hold.
 *
 * @param input.selected the sums of each of the slot's vectors; none for a slot that brings no vector
 * @param input.opened what they hold, of vectors in the same order
 */
export function openedProof(input: {
  context: bigint;
  slot: number;
  seed: Uint8Array;
  counting: boolean;
  selected: readonly Selected[];
  opened: OpenedTally;
}): ProofJob {
  const { context, slot, seed, counting, selected, opened } = input;
  const { decryption, decryptionPublic: key, tallyBlinding: blinding } = deriveKeys(seed);
  const { cells, full } = opened;
  const ofVectors = Array.from({ length: MAX_VECTORS }, (_, vector) => {
    const place = selected.findIndex((other) => other.vector === vector);
    return place < 0 ? undefined : { sums: selected[place], numbers: opened.numbers[place] };
  });
  const none = Array.from({ length: MAX_JOINED_GROUPS }, () => undefined);
  const statement = openedStatement({
    context,
    slot,
    key,
    counting,
    selected: ofVectors.map((of) => (of ? selectedDigest(context, of.sums) : 0n)),
    tally: tallyCommitment({ context, slot, cells, blinding }),
    full,
  });
  return {
    circuit: 'opened',
    inputs: {
      statement,
      witness: {
        secret: scalar(decryption),
        blinding,
        counts: (selected[0]?.counts ?? none.map(() => 0)).map(BigInt),
        flags: ofVectors.map((of) => of?.sums.flags ?? 0n),
        sums: ofVectors.map((of) => (of?.sums.sums ?? none).map(ciphertextInput)),
        numbers: ofVectors.map((of) => of?.numbers ?? none.map(() => 0n)),
      },
    },
    publicInputs: toFields(statement),
  };
}

/** Counts of flags in one field element, 30 bits a group, the first lowest. */
function packedCounts(flags: Uint8Array): bigint {
  return countFlags(flags).reduce(
    (packed, count, group) => packed + (BigInt(count) << (COUNT_BITS * BigInt(group))),
    0n,
  );
}

/** Labels or flags of a chunk's elements as circuits take them. */
function paddedFlags(flags: Uint8Array, size: number): bigint[] {
  return padded([...flags].map(BigInt), size, 0n);
}
