/**
 * The way from a slot's rows to the figures: its tally, the masked tallies, whose masks cancel out in the sum, and what follows
 * from the sum (docs/protocol.md, section 8). Templates that tell something of sums have parts of it in common.
 */
import { policyPlan } from '../policy/plan.ts';
import type { Policy } from '../policy/policy.ts';
import { figuresProof, maskedProof, tallyChunks } from '../proof/aggregate.ts';
import { addMasked, deriveFigures, encodeFigures, figureFields, figuresDigest } from '../protocol/figures.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { decodeMasked, encodeMasked, maskedDigest, maskTally } from '../protocol/masked.ts';
import type { Plan } from '../protocol/plan.ts';
import { fetchDecoded } from '../relay/relay.ts';
import { committedDataset } from '../room/commit.ts';
import { keep, postChunks, postProof } from '../room/post.ts';
import { seedOf, type Session } from '../room/session.ts';
import { tallyPosition, type RoomView } from '../room/view.ts';
import type { Acting } from './template.ts';

/** Digests of masked tallies and figures, whose blobs belong into the relay. */
export function openSums({ masked, result }: RoomView): bigint[] {
  return [...masked.filter((digest) => digest !== undefined), ...(result?.figures ? [result.figures] : [])];
}

/** Tallies the committed rows, and proves it. */
export async function tally({ session, view, slot }: Acting): Promise<void> {
  const dataset = await committedDataset(session, view);
  const { context, k } = view.terms;
  const jobs = tallyChunks({ context, slot, seed: seedOf(session), dataset, plan: planOf(session.policy), k });
  await postChunks(session, view, tallyPosition(slot), 'post_tally', jobs);
}

/** Gives the masked tally of the slot's `cells`, with its proof. */
export async function giveMasked({ session, view, slot }: Acting, cells: readonly bigint[]): Promise<void> {
  const { context } = view.terms;
  const { members } = view;
  const plan = planOf(session.policy);
  const seed = seedOf(session);
  const keys = members.map((member) => view.slots[member]!.decryptionKey);
  const transcript = view.matchTranscript!;
  const groups = { full: view.tallies[slot]!.full, open: view.open! };
  const { decryption } = deriveKeys(seed);
  const masked = maskTally({ context, slot, transcript, members, keys, decryption, cells, plan, ...groups });
  await keep(session, maskedDigest(context, slot, masked), encodeMasked(slot, masked));
  const job = maskedProof({ context, slot, transcript, members, keys, seed, cells, plan, ...groups });
  await postProof(session, 'give_masked', job, { message: 'giving the masked tally' });
}

/** Releases the figures, with their proof. */
export async function figures({ session, view, slot }: Acting): Promise<void> {
  const { context, k } = view.terms;
  const { members } = view;
  const plan = planOf(session.policy);
  const masked = await Promise.all(members.map((member) => fetchMasked(session, view, member)));
  const full = members.map((member) => view.tallies[member]!.full);
  const opened = { plan, k, full, open: view.open! };
  const fields = figureFields(deriveFigures(addMasked(masked), opened));
  await keep(session, figuresDigest(context, fields), encodeFigures(fields));
  const job = figuresProof({ context, members, masked, ...opened });
  await postProof(session, 'release_figures', job, { message: 'releasing the figures', behindRoom: [slot] });
}

/** A member's masked tally, as the relay holds it. */
async function fetchMasked({ relay }: Session, view: RoomView, slot: number): Promise<bigint[]> {
  const digest = view.masked[slot]!;
  return fetchDecoded(relay, `The masked tally of slot ${slot}`, digest, (blob) =>
    decodeMasked(blob, { context: view.terms.context, slot, digest }),
  );
}

/** What a room of a policy that opens sums computes. */
export function planOf(policy: Policy): Plan {
  const plan = policyPlan(policy);
  if (!plan) throw new Error(`A policy of the template "${policy.template.name}" has no plan.`);
  return plan;
}
