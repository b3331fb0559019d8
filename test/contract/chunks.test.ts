/** A list of more rows than one proof takes: its chunks come in order, of one circuit, about one statement. */
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { CIRCUITS } from '../../app/lib/protocol/context.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { blindChunks } from '../../app/lib/proof/statements.ts';
import { bytesToFields } from '../../app/lib/field/field.ts';
import { BLIND, CHUNK } from '../../app/lib/room/events.ts';
import { decode } from '../../app/lib/room/schema.ts';
import { seedOf } from '../../app/lib/room/session.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, withArgs, withMembers, type Call } from '../support/calls.ts';
import { openRoom, people, type TestRoom } from '../support/room.ts';

const ROWS = people(0, 33);

let bed: Bed;
beforeAll(async () => {
  bed = await openBed();
});
afterAll(() => bed?.close());

/** Slot 0's list in chunks of 32, each proven. */
async function chunkCalls(room: TestRoom): Promise<Call[]> {
  const { context } = (await room.read()).view.terms;
  const { prover } = room.sessions[0];
  const seed = seedOf(room.sessions[0]);
  const dataset = makeDataset(ROWS);
  const list = await blindDataset({ context, slot: 0, dataset, blinding: deriveKeys(seed).blinding });
  const jobs = await blindChunks({ context, slot: 0, seed, dataset, list }, { size: 32 });
  const calls: Call[] = [];
  for (const { circuit, inputs, publicInputs } of jobs) {
    const { proof } = await prover.prove(circuit, inputs, publicInputs);
    const key = await prover.verificationKey(circuit);
    calls.push({
      method: 'post_blind',
      args: [
        room.roomId,
        CIRCUITS.indexOf(circuit),
        decode(BLIND, publicInputs.slice(0, -4), circuit),
        decode(CHUNK, publicInputs.slice(-4), circuit),
        key.fields,
        key.hash,
        bytesToFields(proof, 'proof'),
      ],
    });
  }
  return calls;
}

test('a list in two chunks', async () => {
  const { client } = bed.slots[0];
  const room = await openRoom(bed, { datasets: [ROWS, people(0, 3)] });
  await room.driveTo('joining');
  const [first, second] = await chunkCalls(room);
  const large = await room.sessions[0].prover.verificationKey('blind_256');
  const index = (call: Call) => (call.args[3] as { index: number }).index;
  expect([index(first), index(second)]).toEqual([0, 1]);

  expect(await outcome(client, second)).toBe('Chunks must come in order, each once');
  expect(await outcome(client, first)).toBe(ACCEPTED);
  await room.sendAll([first]);
  const halfway = (await room.read()).view;
  expect(halfway.steps.get(0)).toMatchObject({ circuit: 'blind_32', chunks: 1, last: false });
  expect(halfway.lists[0][0]).toBeUndefined();

  expect(await outcome(client, second)).toBe(ACCEPTED);
  const { said, expected } = await refusals(client, [
    ['the first again', first, 'Chunks must come in order, each once'],
    ['the third', withMembers(second, 3, { index: 2 }), 'Chunks must come in order, each once'],
    [
      'of the other size',
      withArgs(second, { 1: CIRCUITS.indexOf('blind_256'), 4: large.fields, 5: large.hash }),
      'Chunks of one step must be of one circuit',
    ],
    ['about another list', withMembers(second, 2, { list_digest: 1n }), 'Chunks of one step must have one statement'],
    ['from the beginning', withMembers(second, 3, { state_before: 0n }), 'Chunk does not continue the one before it'],
    ['from another state', withMembers(second, 3, { state_before: 1n }), 'Chunk does not continue the one before it'],
  ]);
  expect(said).toEqual(expected);

  await room.sendAll([second]);
  const { view } = await room.read();
  expect(view.steps.get(0)).toMatchObject({ circuit: 'blind_32', chunks: 2, last: true });
  expect(view.lists[0][0]).toBeDefined();
  expect(await outcome(client, second)).toBe('This list was blinded already');
  expect(await outcome(client, withMembers(second, 3, { index: 2 }))).toBe('This list was blinded already');
});
