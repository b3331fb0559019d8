/** A receipt of a room that aggregates whose every proof is true, made without a network: its log is written as the contract would. */
import { bytesToFields, fieldToHex } from '../../app/lib/field/field.ts';
import { policyPlan, policyRules } from '../../app/lib/policy/plan.ts';
import { policyTerms, type Policy } from '../../app/lib/policy/policy.ts';
import { figuresProof, maskedProof, tallyChunks } from '../../app/lib/proof/aggregate.ts';
import type { Prover } from '../../app/lib/proof/prover.ts';
import { datasetChunks, type ProofJob } from '../../app/lib/proof/statements.ts';
import { CIRCUITS, circuitNumber } from '../../app/lib/protocol/context.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import {
  addMasked,
  deriveFigures,
  encodeFigures,
  figureFields,
  figuresDigest,
} from '../../app/lib/protocol/figures.ts';
import { maskTally } from '../../app/lib/protocol/masked.ts';
import { proofDigest } from '../../app/lib/protocol/statement.ts';
import { tallyCells } from '../../app/lib/protocol/tally.ts';
import { buildReceipt } from '../../app/lib/receipt/build.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { Relay } from '../../app/lib/relay/relay.ts';
import { CHUNK, DATASET, FIGURES, MASKED, TALLY } from '../../app/lib/room/events.ts';
import { replay } from '../../app/lib/room/replay.ts';
import { decode, type Layout } from '../../app/lib/room/schema.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import type { RoomView } from '../../app/lib/room/view.ts';
import { CHAIN, keysOf, ROOM, RoomLog, seedOf } from '../room/log.ts';

/**
 * The receipt of a room whose slots hold these rows, 32 at most each, as values of the policy's columns. Some group must be
 * open. Under the development reference string its proofs take some seconds each.
 */
export async function provenReceipt(
  policy: Policy,
  tables: readonly (readonly (readonly bigint[])[])[],
  prover: Prover,
): Promise<Receipt> {
  const selectors = await eventSelectors();
  const blobs = new Map<string, Uint8Array>();
  const circuits: bigint[] = [];
  for (const name of CIRCUITS) circuits.push((await prover.verificationKey(name)).hash);
  const log = new RoomLog({ policy: policyTerms(policy, 4711n), circuits }).create();
  const view = (): RoomView => replay(log.events, CHAIN, (name) => selectors.get(name)!);
  const { members, context } = log;
  log.take(...members).approve(...members);

  /** Proves a job and keeps the proof; gives its digest. */
  async function prove({ circuit, inputs, publicInputs }: ProofJob): Promise<bigint> {
    const { proof } = await prover.prove(circuit, inputs, publicInputs);
    const digest = proofDigest(bytesToFields(proof, 'proof'));
    blobs.set(fieldToHex(digest), proof);
    return digest;
  }

  async function addChunk(name: 'DatasetProven' | 'TallyProven', layout: Layout, job: ProofJob): Promise<void> {
    log.add(name, {
      room_id: ROOM,
      circuit: circuitNumber(job.circuit),
      statement: decode(layout, job.publicInputs.slice(0, -4), job.circuit) as never,
      chunk: decode(CHUNK, job.publicInputs.slice(-4), job.circuit),
      proof_digest: await prove(job),
    });
  }

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
    const [job] = datasetChunks({ context, slot, seed, dataset, ...rules }, { size: 32 });
    await addChunk('DatasetProven', DATASET, job);
  }
  for (const { slot, seed, dataset } of slots) {
    const [job] = tallyChunks({ context, slot, seed, dataset, plan, k }, { size: 32 });
    await addChunk('TallyProven', TALLY, job);
  }

  const { open, tallies, matchTranscript: transcript } = view();
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
  blobs.set(fieldToHex(figuresDigest(context, fields)), encodeFigures(fields));
  const job = figuresProof({ context, members, masked, ...opening });
  const statement = decode(FIGURES, job.publicInputs, job.circuit);
  log.add('FiguresReleased', { room_id: ROOM, slot: members[0], statement, proof_digest: await prove(job) });

  const { chainId, rollupVersion, contract } = CHAIN;
  const source = {
    connection: { info: { chainId, rollupVersion, provesTransactions: false } },
    contract: { address: contract },
    relay: { getNamed: async (name: string) => blobs.get(name)! } as Relay,
    prover,
    policy,
  };
  return buildReceipt(source, view(), log.events);
}
