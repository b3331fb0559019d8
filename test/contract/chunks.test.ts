/** A table of more rows than one proof takes: the chunks of a step come in order, of one circuit, about one statement. */
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { circuitNumber, type CircuitName } from '../../app/lib/protocol/context.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { blindChunks, datasetChunks, type ProofJob } from '../../app/lib/proof/statements.ts';
import { bytesToFields } from '../../app/lib/field/field.ts';
import { BLIND, CHUNK, DATASET } from '../../app/lib/room/events.ts';
import { decode } from '../../app/lib/room/schema.ts';
import { seedOf } from '../../app/lib/room/session.ts';
import { datasetPosition, listPosition, type RoomView } from '../../app/lib/room/view.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, withArgs, withMembers, type Call } from '../support/calls.ts';
import { some } from '../support/choice.ts';
import { openRoom, people, type TestRoom } from '../support/room.ts';

const ROWS = people(0, 33);
const SIZE = { size: 32 } as const;

let bed: Bed;
let room: TestRoom;
beforeAll(async () => {
  bed = await openBed({ slots: 2 });
  room = await openRoom(bed, { datasets: [ROWS, people(0, 3)] });
});
afterAll(() => bed?.close());

const view = async (): Promise<RoomView> => (await room.read()).view;

/** Slot 0's calls for the proofs of a step. */
async function callsOf(method: 'commit_dataset' | 'post_blind', jobs: readonly ProofJob[]): Promise<Call[]> {
  const { prover } = room.sessions[0];
  const layout = { commit_dataset: DATASET, post_blind: BLIND }[method];
  const calls: Call[] = [];
  for (const { circuit, inputs, publicInputs } of jobs) {
    const { proof } = await prover.prove(circuit, inputs, publicInputs);
    const key = await prover.verificationKey(circuit);
    calls.push({
      method,
      args: [
        room.roomId,
        circuitNumber(circuit),
        decode(layout, publicInputs.slice(0, -4), circuit),
        decode(CHUNK, publicInputs.slice(-4), circuit),
        key.fields,
        key.hash,
        bytesToFields(proof, 'proof'),
      ],
    });
  }
  return calls;
}

/** What the contract says to two chunks and to what is like them, from the first to the last. */
async function expectChunks(
  [first, second]: readonly Call[],
  step: {
    readonly position: number;
    readonly circuit: CircuitName;
    readonly otherSize: CircuitName;
    /** Something that the statement says, and could say otherwise. */
    readonly stated: string;
    /** What the contract says when the step is done. */
    readonly done: string;
    /** What is on record once it is. */
    readonly record: (view: RoomView) => bigint | undefined;
  },
): Promise<void> {
  const { client } = bed.slots[0];
  const large = await room.sessions[0].prover.verificationKey(step.otherSize);
  const index = (call: Call) => (call.args[3] as { index: number }).index;
  expect([index(first), index(second)]).toEqual([0, 1]);
  expect(await outcome(client, second)).toBe('Chunks must come in order, each once');
  expect(await outcome(client, first)).toBe(ACCEPTED);

  await room.sendAll([first]);
  expect((await view()).steps.get(step.position)).toMatchObject({ circuit: step.circuit, chunks: 1, last: false });
  expect(step.record(await view())).toBeUndefined();
  expect(await outcome(client, second)).toBe(ACCEPTED);
  const { said, expected } = await refusals(client, [
    ['the first again', first, 'Chunks must come in order, each once'],
    ['the third', withMembers(second, 3, { index: 2 }), 'Chunks must come in order, each once'],
    [
      'of the other size',
      withArgs(second, { 1: circuitNumber(step.otherSize), 4: large.fields, 5: large.hash }),
      'Chunks of one step must be of one circuit',
    ],
    ['about another list', withMembers(second, 2, { [step.stated]: 1n }), 'Chunks of one step must have one statement'],
    ['from the beginning', withMembers(second, 3, { state_before: 0n }), 'Chunk does not continue the one before it'],
    ['from another state', withMembers(second, 3, { state_before: 1n }), 'Chunk does not continue the one before it'],
  ]);
  expect(said).toEqual(expected);

  await room.sendAll([second]);
  expect((await view()).steps.get(step.position)).toMatchObject({ circuit: step.circuit, chunks: 2, last: true });
  expect(step.record(await view())).toBeDefined();
  expect(await outcome(client, second)).toBe(step.done);
  expect(await outcome(client, withMembers(second, 3, { index: 2 }))).toBe(step.done);
}

/** Which of the two steps this run takes in two chunks. */
const PLAYED = some(['dataset', 'list'] as const, 1);
const play = (step: (typeof PLAYED)[number]) => (PLAYED.includes(step) ? test : test.skip);

play('dataset')('a dataset in two chunks is committed by the last', async () => {
  await room.driveTo('committing');
  const { context, min_rows, max_rows } = (await view()).terms;
  const seed = seedOf(room.sessions[0]);
  const dataset = makeDataset(ROWS);
  const rules = { minRows: min_rows, maxRows: max_rows, rules: [] };
  const jobs = datasetChunks({ context, slot: 0, seed, dataset, ...rules }, SIZE);
  await expectChunks(await callsOf('commit_dataset', jobs), {
    position: datasetPosition(0),
    circuit: 'dataset_32',
    otherSize: 'dataset_512',
    stated: 'dataset',
    done: 'The slot has committed a dataset already',
    record: ({ slots }) => slots[0]!.dataset,
  });
});

play('list')('a list in two chunks is on record by the last', async () => {
  await room.driveTo('joining');
  const { context } = (await view()).terms;
  const seed = seedOf(room.sessions[0]);
  const dataset = makeDataset(ROWS);
  const list = await blindDataset({ context, slot: 0, dataset, blinding: deriveKeys(seed).blinding });
  const jobs = await blindChunks({ context, slot: 0, seed, dataset, list }, SIZE);
  await expectChunks(await callsOf('post_blind', jobs), {
    position: listPosition(0, 0),
    circuit: 'blind_32',
    otherSize: 'blind_256',
    stated: 'list_digest',
    done: 'This list was blinded already',
    record: ({ lists }) => lists[0][0],
  });
});
