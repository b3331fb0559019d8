/** A receipt of a room that aggregates whose every proof is true, made without a network: its log is written as the contract would. */
import { policyPlan, policyRules } from '../../app/lib/policy/plan.ts';
import type { Policy } from '../../app/lib/policy/policy.ts';
import { figuresProof, maskedProof, tallyChunks } from '../../app/lib/proof/aggregate.ts';
import type { Prover } from '../../app/lib/proof/prover.ts';
import { datasetChunks } from '../../app/lib/proof/statements.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import {
  addMasked,
  deriveFigures,
  encodeFigures,
  figureFields,
  figuresDigest,
} from '../../app/lib/protocol/figures.ts';
import { maskTally } from '../../app/lib/protocol/masked.ts';
import { tallyCells } from '../../app/lib/protocol/tally.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { DATASET, FIGURES, MASKED, TALLY } from '../../app/lib/room/events.ts';
import { decode } from '../../app/lib/room/schema.ts';
import { keysOf, ROOM, seedOf } from '../room/log.ts';
import { beginProvenLog } from './proven-log.ts';

/**
 * The receipt of a room whose slots hold these rows, 32 at most each, as values of the policy's columns. Some group must be
 * open. Under the development reference string its proofs take some seconds each.
 */
export async function provenReceipt(
  policy: Policy,
  tables: readonly (readonly (readonly bigint[])[])[],
  prover: Prover,
): Promise<Receipt> {
  const proven = await beginProvenLog(policy, prover);
  const { log, prove } = proven;
  const { members, context } = log;

  const plan = policyPlan(policy)!;
  const { k, minRows, maxRows } = policy;
  const slots = members.map((slot) => {
    const rows = tables[slot];
    const dataset = makeDataset(
      rows.map((_, i) => BigInt(100 * slot + i + 1)),
      rows,
    );
    return { slot, seed: seedOf(slot), dataset, cells: tallyCells(dataset, plan) };
  });
  const rules = { minRows, maxRows, rules: policyRules(policy) };
  for (const { slot, seed, dataset } of slots) {
    const jobs = datasetChunks({ context, slot, seed, dataset, ...rules }, { size: 32 });
    await proven.addChunks('DatasetProven', DATASET, jobs);
  }
  for (const { slot, seed, dataset } of slots) {
    const jobs = tallyChunks({ context, slot, seed, dataset, plan, k }, { size: 32 });
    await proven.addChunks('TallyProven', TALLY, jobs);
  }

  const { open, tallies, matchTranscript: transcript } = proven.view();
  const full = members.map((slot) => tallies[slot]!.full);
  const keys = members.map((slot) => keysOf(slot).decryptionPublic);
  const shared = { context, transcript: transcript!, members, keys, plan, open: open! };
  const masked: bigint[][] = [];
  for (const { slot, seed, cells } of slots) {
    const own = { ...shared, slot, cells, full: full[slot] };
    masked.push(maskTally({ ...own, decryption: keysOf(slot).decryption }));
    const job = maskedProof({ ...own, seed });
    const statement = decode(MASKED, job.publicInputs, job.circuit);
    log.add('MaskedGiven', { room_id: ROOM, statement, proof_digest: await prove(job) });
  }
  const opening = { plan, k, full, open: open! };
  const fields = figureFields(deriveFigures(addMasked(masked), opening));
  proven.keep(figuresDigest(context, fields), encodeFigures(fields));
  const job = figuresProof({ context, members, masked, ...opening });
  const statement = decode(FIGURES, job.publicInputs, job.circuit);
  log.add('FiguresReleased', { room_id: ROOM, slot: members[0], statement, proof_digest: await prove(job) });
  return proven.receipt();
}
