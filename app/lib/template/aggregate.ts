/**
 * The template "aggregate": sums over the rows of all members, group by group, and what follows from them. Nothing is joined:
 * every member tallies its own rows, masks the tally with keys that it shares with each other member, and the masks cancel out
 * in the sum (docs/protocol.md, section 8).
 */
import { fieldToHex } from '../field/field.ts';
import { policyPlan } from '../policy/plan.ts';
import type { Policy } from '../policy/policy.ts';
import { figuresProof, maskedProof, tallyChunks } from '../proof/aggregate.ts';
import { addMasked, deriveFigures, encodeFigures, figureFields, figuresDigest } from '../protocol/figures.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { decodeMasked, encodeMasked, maskedDigest, maskTally } from '../protocol/masked.ts';
import type { Plan } from '../protocol/plan.ts';
import { tallyCells } from '../protocol/tally.ts';
import { refusedBlob } from '../relay/relay.ts';
import { committedDataset } from '../room/commit.ts';
import { FIGURES, MASKED } from '../room/events.ts';
import { keep, postChunks, proveStep } from '../room/post.ts';
import { decode } from '../room/schema.ts';
import { seedOf, type Session } from '../room/session.ts';
import { listPosition, type RoomView } from '../room/view.ts';
import { aggregateOutcome } from './aggregate-outcome.ts';
import type { Acting, Template } from './template.ts';

export const aggregate: Template = {
  name: 'aggregate',
  ...aggregateOutcome,
  // Everything that a member makes is kept on disk as it is made, and follows from its rows and keys.
  keepOwn: async () => {},
  // Every step is proven: there is nothing that only looking at would show.
  lookAt: async () => {},
  openBlobs: ({ masked, result }) => [
    ...masked.filter((digest) => digest !== undefined),
    ...(result?.figures ? [result.figures] : []),
  ],
  steps: { tally, mask, figures },
};

async function tally({ session, view, slot }: Acting): Promise<void> {
  const dataset = await committedDataset(session, view);
  const { context, k } = view.terms;
  const jobs = tallyChunks({ context, slot, seed: seedOf(session), dataset, plan: planOf(session.policy), k });
  await postChunks(session, view, listPosition(slot, 0), 'post_tally', jobs);
}

async function mask({ session, view, slot }: Acting): Promise<void> {
  const { contract, room, policy } = session;
  const { context } = view.terms;
  const { members } = view;
  const plan = planOf(policy);
  const cells = tallyCells(await committedDataset(session, view), plan);
  const seed = seedOf(session);
  const keys = members.map((member) => view.slots[member]!.decryptionKey);
  const transcript = view.matchTranscript!;
  const groups = { full: view.tallies[slot]!.full, open: view.open! };
  const { decryption } = deriveKeys(seed);
  const masked = maskTally({ context, slot, transcript, members, keys, decryption, cells, plan, ...groups });
  await keep(session, maskedDigest(context, slot, masked), encodeMasked(slot, masked));
  const job = maskedProof({ context, slot, transcript, members, keys, seed, cells, plan, ...groups });
  const { key, proof } = await proveStep(session, job);
  session.report({ message: 'giving the masked tally' });
  const statement = decode(MASKED, job.publicInputs, job.circuit);
  await contract.send('give_masked', room.roomId, statement, key.fields, key.hash, proof);
}

async function figures({ session, view, slot }: Acting): Promise<void> {
  const { contract, room, policy } = session;
  const { context, k } = view.terms;
  const { members } = view;
  const plan = planOf(policy);
  const masked = await Promise.all(members.map((member) => fetchMasked(session, view, member)));
  const full = members.map((member) => view.tallies[member]!.full);
  const opened = { plan, k, full, open: view.open! };
  const fields = figureFields(deriveFigures(addMasked(masked), opened));
  await keep(session, figuresDigest(context, fields), encodeFigures(fields));
  const job = figuresProof({ context, members, masked, ...opened });
  const { key, proof } = await proveStep(session, job);
  session.report({ message: 'releasing the figures' });
  const statement = decode(FIGURES, job.publicInputs, job.circuit);
  await contract.send('release_figures', room.roomId, slot, statement, key.fields, key.hash, proof);
}

/** A member's masked tally, as the relay holds it. */
async function fetchMasked({ relay }: Session, view: RoomView, slot: number): Promise<bigint[]> {
  const digest = view.masked[slot]!;
  const blob = await relay.getNamed(fieldToHex(digest));
  try {
    return decodeMasked(blob, { context: view.terms.context, slot, digest });
  } catch (error) {
    throw refusedBlob(`The masked tally of slot ${slot}`, error);
  }
}

function planOf(policy: Policy): Plan {
  const plan = policyPlan(policy);
  if (!plan) throw new Error(`A policy of the template "${policy.template.name}" has no plan.`);
  return plan;
}
