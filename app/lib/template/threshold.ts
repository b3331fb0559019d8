/**
 * The template "threshold": which of some borders the sum of one column over the rows of all members reaches, and nothing else of
 * that sum. Every member tallies its own rows and encrypts its part of the sum under the key of all; then each in turn shuffles
 * the distances from the sum to the steps between borders and takes its share of the key off, until one shows to be 0, or none
 * (docs/protocol.md, section 10).
 */
import { mixProof, partProof } from '../proof/threshold.ts';
import type { Bands } from '../protocol/bands.ts';
import { circuitNumber } from '../protocol/context.ts';
import { deriveKeys, roomKey } from '../protocol/keys.ts';
import {
  decodeMixed,
  encodeMixed,
  mixElements,
  mixMessage,
  mixedDigest,
  roomElements,
  type Mixed,
} from '../protocol/mix.ts';
import { partOf } from '../protocol/part.ts';
import { tallyCells } from '../protocol/tally.ts';
import { policyBands } from '../policy/bands.ts';
import type { Policy } from '../policy/policy.ts';
import { fetchDecoded } from '../relay/relay.ts';
import { committedDataset } from '../room/commit.ts';
import { keep, postProof } from '../room/post.ts';
import { seedOf } from '../room/session.ts';
import { memberSlots } from './lists.ts';
import { planOf, tally } from './sums.ts';
import type { Acting, StepOf, Template } from './template.ts';
import { thresholdOutcome } from './threshold-outcome.ts';

export const threshold: Template = {
  name: 'threshold',
  ...thresholdOutcome,
  // Everything that a member makes is kept on disk as it is made, and follows from its rows and keys.
  keepOwn: async () => {},
  // Every step is proven: there is nothing that only looking at would show.
  lookAt: async () => {},
  openBlobs: ({ mixes }) => mixes.flat().filter((digest) => digest !== undefined),
  steps: { tally, part, mix },
};

async function part({ session, view, slot }: Acting): Promise<void> {
  const { policy } = session;
  const { context } = view.terms;
  const bands = bandsOf(policy);
  const cells = tallyCells(await committedDataset(session, view), planOf(policy));
  const key = roomKey(memberSlots(view).map(({ decryptionKey }) => decryptionKey));
  const seed = seedOf(session);
  const own = partOf({ bands, cells, tally: view.tallies[slot]!.commitment, key, seed });
  const job = partProof({ context, slot, seed, bands, cells, key, part: own });
  await postProof(session, 'post_part', job, { message: 'giving the encrypted part of the sum' });
}

async function mix(acting: Acting, { border }: StepOf<'mix'>): Promise<void> {
  const { session, view, slot } = acting;
  const { policy, report } = session;
  const { context } = view.terms;
  const bands = bandsOf(policy);
  const seed = seedOf(session);
  const { decryption } = deriveKeys(seed);
  const transcript = view.matchTranscript!;
  const sum = view.ciphertext!;
  const total = bands.borders.length;
  report({ message: `mixing border ${border} of ${total}` });
  const before = await fetchBefore(acting, border);
  const made = await mixElements({
    elements: before?.elements ?? roomElements(sum, bands, border),
    decryption,
    seed,
    message: mixMessage({ transcript, border, digest: before ? view.mixes[before.slot][border - 1]! : 0n }),
  });
  const mixed = { slot, border, elements: made.outputs };
  await keep(session, mixedDigest(context, mixed), encodeMixed(mixed));
  const job = mixProof({ context, slot, seed, transcript, bands, border, sum, before, mix: made });
  await postProof(session, 'post_mix', job, {
    message: `posting the mix of border ${border} of ${total}`,
    behindRoom: [circuitNumber(job.circuit)],
    place: { done: border - 1, total },
  });
}

/** What the member before made of a border, as the relay holds it; nothing for the first member. */
async function fetchBefore({ session, view, slot }: Acting, border: number): Promise<Mixed | undefined> {
  const before = view.members[view.members.indexOf(slot) - 1];
  if (before === undefined) return undefined;
  const digest = view.mixes[before][border - 1]!;
  return fetchDecoded(session.relay, `The mix of slot ${before} for border ${border}`, digest, (blob) =>
    decodeMixed(blob, { context: view.terms.context, slot: before, border, digest, last: false }),
  );
}

/** What a room of a policy that tells bands tells. */
function bandsOf(policy: Policy): Bands {
  const bands = policyBands(policy);
  if (!bands) throw new Error(`A policy of the template "${policy.template.name}" has no bands.`);
  return bands;
}
