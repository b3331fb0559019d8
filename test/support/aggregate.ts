/** Rooms that aggregate, under test: the calls of their steps, from rows that a test gives. */
import { bytesToFields } from '../../app/lib/field/field.ts';
import type { AbiValue } from '../../app/lib/chain/contract.ts';
import { figuresProof, maskedProof, tallyChunks } from '../../app/lib/proof/aggregate.ts';
import { datasetChunks, type ProofJob } from '../../app/lib/proof/statements.ts';
import { circuitNumber } from '../../app/lib/protocol/context.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { maskTally } from '../../app/lib/protocol/masked.ts';
import { tallyCells } from '../../app/lib/protocol/tally.ts';
import { policyPlan, policyRules } from '../../app/lib/policy/plan.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { CHUNK, DATASET, FIGURES, MASKED, TALLY } from '../../app/lib/room/events.ts';
import { decode, type Layout } from '../../app/lib/room/schema.ts';
import { seedOf } from '../../app/lib/room/session.ts';
import type { RoomView } from '../../app/lib/room/view.ts';
import { send, type Call } from './calls.ts';
import { openRoom, people, type RoomOptions, type TestRoom } from './room.ts';
import type { Bed } from './bed.ts';

/** Rows of a slot: the number of a region, and an amount. */
export type Rows = readonly (readonly [region: number, amount: number])[];

const DAY = 86_400;

/** Amounts by region, with their variance: two rows of a slot at least in a region. */
function aggregatePolicy(slots: number, contributors: number): Policy {
  return parsePolicy({
    version: 2,
    template: { name: 'aggregate', version: 1 },
    purpose: 'Add up the amounts of some made-up tables, as a test',
    parties: Array.from({ length: slots }, (_, slot) => ({ label: `Party ${slot}` })),
    identifier: { type: 'exact', column: 'id', normalisation: 'exact/1' },
    k: 2,
    minRows: 3,
    maxRows: 40,
    proofMode: 'succinct',
    columns: [
      { column: 'region', labels: ['north', 'south', 'west'] },
      { column: 'amount', decimals: 0, min: '10', max: '1000', release: 'variance' },
    ],
    grouping: { column: 'region' },
    contributors,
    deadlines: { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY },
  });
}

/** A room that aggregates. Each function gives the calls with which a slot takes its step, in their order. */
export type AggregateRoom = {
  readonly room: TestRoom;
  view(): Promise<RoomView>;
  commit(slot: number): Promise<Call[]>;
  tally(slot: number): Promise<Call[]>;
  mask(slot: number): Promise<Call[]>;
  figures(slot: number): Promise<Call[]>;
  /** Sends the calls of a step of some slots, those of different slots at the same time. */
  take(step: (slot: number) => Promise<Call[]>, slots?: readonly number[]): Promise<void>;
};

/** Creates a room that aggregates the rows given, and drives it to committing. */
export async function openAggregateRoom(
  bed: Bed,
  rows: readonly Rows[],
  options: Pick<RoomOptions, 'deadlines'> & { readonly contributors: number },
): Promise<AggregateRoom> {
  const { contributors, deadlines } = options;
  const policy = aggregatePolicy(rows.length, contributors);
  const room = await openRoom(bed, { policy, template: 'aggregate', ...(deadlines && { deadlines }) });
  await room.driveTo('committing');
  const { roomId, sessions } = room;
  const plan = policyPlan(policy)!;
  const { k, minRows, maxRows } = policy;
  const datasets = rows.map(datasetOf);
  const { context } = (await room.read()).view.terms;
  const seeds = sessions.map(seedOf);
  const cells = datasets.map((dataset) => tallyCells(dataset, plan));

  /** A call with the proof of a job: `before` and `after` stand around its statement. */
  async function callOf(
    method: string,
    job: ProofJob,
    statement: (publicInputs: readonly bigint[]) => readonly AbiValue[],
  ): Promise<Call> {
    const { circuit, inputs, publicInputs } = job;
    const { prover } = sessions[0];
    const key = await prover.verificationKey(circuit);
    const { proof } = await prover.prove(circuit, inputs, publicInputs);
    const fields = bytesToFields(proof, 'proof');
    return { method, args: [roomId, ...statement(publicInputs), key.fields, key.hash, fields] };
  }

  async function chunkCalls(method: string, layout: Layout, jobs: readonly ProofJob[]): Promise<Call[]> {
    const calls: Call[] = [];
    for (const job of jobs) {
      const call = callOf(method, job, (inputs) => [
        circuitNumber(job.circuit),
        decode(layout, inputs.slice(0, -4), job.circuit),
        decode(CHUNK, inputs.slice(-4), job.circuit),
      ]);
      calls.push(await call);
    }
    return calls;
  }

  const view = async () => (await room.read()).view;
  /** What all masked tallies are made from, once all tallies are there. */
  async function sharing() {
    const { members, slots, tallies, open, matchTranscript: transcript } = await view();
    const keys = members.map((member) => slots[member]!.decryptionKey);
    return {
      context,
      transcript: transcript!,
      members,
      keys,
      plan,
      open: open!,
      fulls: tallies.map((tally) => tally!.full),
    };
  }

  return {
    room,
    view,
    commit: (slot) => {
      const rules = { minRows, maxRows, rules: policyRules(policy) };
      const jobs = datasetChunks({ context, slot, seed: seeds[slot], dataset: datasets[slot], ...rules }, { size: 32 });
      return chunkCalls('commit_dataset', DATASET, jobs);
    },
    tally: (slot) => {
      const input = { context, slot, seed: seeds[slot], dataset: datasets[slot], plan, k };
      return chunkCalls('post_tally', TALLY, tallyChunks(input, { size: 32 }));
    },
    async mask(slot) {
      const { fulls, ...input } = await sharing();
      const job = maskedProof({ ...input, slot, seed: seeds[slot], cells: cells[slot], full: fulls[slot] });
      return [await callOf('give_masked', job, (inputs) => [decode(MASKED, inputs, 'masked')])];
    },
    async figures(slot) {
      const { fulls, ...input } = await sharing();
      const masked = input.members.map((member) => {
        const { decryption } = deriveKeys(seeds[member]);
        return maskTally({ ...input, slot: member, decryption, cells: cells[member], full: fulls[member] });
      });
      const job = figuresProof({ ...input, masked, full: fulls, k });
      return [await callOf('release_figures', job, (inputs) => [slot, decode(FIGURES, inputs, 'figures')])];
    },
    async take(step, slots = sessions.map((_, slot) => slot)) {
      const calls: Call[][] = [];
      for (const slot of slots) calls.push(await step(slot));
      await Promise.all(
        calls.map(async (own, i) => {
          for (const call of own) await send(bed.slots[slots[i]].client, call);
        }),
      );
    },
  };
}

/** The dataset of rows, each of another person. */
function datasetOf(rows: Rows): Dataset {
  return makeDataset(
    people(0, rows.length),
    rows.map((row) => row.map(BigInt)),
  );
}
