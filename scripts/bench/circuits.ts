/** Gates of every circuit, and how long its witness, proof and verification take with full chunks. */
import { cpus } from 'node:os';
import type { Barretenberg } from '@aztec/bb.js';
import { startNative } from '../../app/lib/field/native.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { MAX_SLOTS, MIN_SLOTS } from '../../app/lib/protocol/errors.ts';
import { hopList } from '../../app/lib/protocol/hop.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { CHUNK_SIZES, DATASET_SIZES, type ChunkSize, type DatasetSize } from '../../app/lib/protocol/context.ts';
import { deriveKeys, newRoomSeed, roomKey } from '../../app/lib/protocol/keys.ts';
import { matchLists } from '../../app/lib/protocol/match.ts';
import { maskTally } from '../../app/lib/protocol/masked.ts';
import { Output, UNGROUPED, type Plan } from '../../app/lib/protocol/plan.ts';
import { ValueOrder } from '../../app/lib/protocol/rules.ts';
import { makeShare } from '../../app/lib/protocol/share.ts';
import { emptyCells } from '../../app/lib/protocol/tally.ts';
import { figuresProof, maskedProof, tallyChunks } from '../../app/lib/proof/aggregate.ts';
import { loadCircuit, type Circuit } from '../../app/lib/proof/circuit.ts';
import { execute } from '../../app/lib/proof/execute.ts';
import { SETTINGS, openProver, type Prover } from '../../app/lib/proof/prover.ts';
import { loadSrs } from '../../app/lib/proof/srs.ts';
import {
  datasetChunks,
  blindChunks,
  hopChunks,
  matchChunks,
  releaseProof,
  type ProofJob,
} from '../../app/lib/proof/statements.ts';

/** Points for the largest circuit, 2^18 gates. */
const NUM_POINTS = 2 ** 18 + 1;
const CONTEXT = 1n;
const K = 1;

/** Runs the bench and prints a table in Markdown. */
export async function benchCircuits(): Promise<void> {
  await initField();
  const srs = await loadSrs({ numPoints: NUM_POINTS });
  const prover = await openProver({ srs });
  const stats = await startNative();
  const wasm = await openProver({ srs, backend: 'wasm' });
  try {
    console.log(
      `${cpus().length} cores (${cpus()[0].model}), native bb, WASM with one thread; times in milliseconds\n`,
    );
    console.log('| circuit | gates | size | key | witness | proof | verify | verify (WASM) |');
    console.log('|---|---|---|---|---|---|---|---|');
    for (const job of await fullJobs()) console.log(await measure(job, { prover, wasm, stats }));
  } finally {
    await Promise.all([prover.close(), wasm.close(), stats.destroy()]);
  }
}

/** One full chunk of every circuit: everyone holds the same rows. */
async function fullJobs(): Promise<ProofJob[]> {
  const jobs = DATASET_SIZES.flatMap(datasetJobs);
  for (const size of CHUNK_SIZES) {
    const dataset = rowsOf(size);
    for (let members = MIN_SLOTS; members <= MAX_SLOTS; members++) {
      const room = await playRoom(dataset, members);
      if (members === MIN_SLOTS) jobs.push(...(await listJobs(dataset, room, size)));
      jobs.push(...matchChunks({ ...room, context: CONTEXT, k: K }, { size }));
    }
  }
  for (let members = MIN_SLOTS; members <= MAX_SLOTS; members++) {
    jobs.push(releaseJob(await playRoom(rowsOf(1), members)));
  }
  return [...jobs, ...aggregateJobs()];
}

function rowsOf(count: number): Dataset {
  return makeDataset(Array.from({ length: count }, (_, i) => identifierDigest('exact', `row ${i}`)));
}

function datasetJobs(size: DatasetSize): ProofJob[] {
  const dataset = rowsOf(size);
  const seed = newRoomSeed();
  const rules = { rules: [], minRows: 1, maxRows: size };
  return datasetChunks({ context: CONTEXT, slot: 0, seed, dataset, ...rules }, { size });
}

/** A room of slots 0, 1, ... with one dataset, matched. */
async function playRoom(dataset: Dataset, count: number) {
  const members = Array.from({ length: count }, (_, slot) => slot);
  const seeds = members.map(newRoomSeed);
  const keys = seeds.map(deriveKeys);
  let list = await blindDataset({ context: CONTEXT, slot: 0, dataset, blinding: keys[0].blinding });
  const blinded = list;
  for (const slot of members.slice(1)) list = await hopList({ list, slot, members, blinding: keys[slot].blinding });
  // Equal rows become equal lists, in whatever order the keys are applied.
  const lists = members.map((slot) => ({ ...list, list: slot }));
  const decryptionPublics = keys.map(({ decryptionPublic }) => decryptionPublic);
  const key = roomKey(decryptionPublics);
  const match = matchLists({ context: CONTEXT, members, lists, key, k: K, seed: seeds[0] });
  return { members, seed: seeds[0], seeds, keys, blinded, lists, key, decryptionPublics, match };
}

type Room = Awaited<ReturnType<typeof playRoom>>;

/** The proofs of one list of a room of two. */
async function listJobs(dataset: Dataset, { blinded, lists, seeds }: Room, size: ChunkSize): Promise<ProofJob[]> {
  const own = { context: CONTEXT, slot: 0, seed: seeds[0], dataset, list: blinded };
  const hop = { context: CONTEXT, slot: 1, seed: seeds[1], input: blinded, output: lists[0] };
  return [...(await blindChunks(own, { size })), ...(await hopChunks(hop, { size }))];
}

function releaseJob({ members, seeds, keys, decryptionPublics, match: { ciphertext, matched } }: Room): ProofJob {
  const shares = members.map((slot) =>
    makeShare({ context: CONTEXT, slot, ...keys[slot], ciphertext, seed: seeds[slot] }),
  );
  return releaseProof({ context: CONTEXT, members, decryptionPublics, shares, ciphertext, k: K, count: matched });
}

/** The proofs of a room of five that aggregates: everyone holds the same rows, of one value column. */
function aggregateJobs(): ProofJob[] {
  const members = Array.from({ length: MAX_SLOTS }, (_, slot) => slot);
  const seeds = members.map(newRoomSeed);
  const slots = seeds.map(deriveKeys);
  const keys = slots.map(({ decryptionPublic }) => decryptionPublic);
  const plan: Plan = {
    rules: [{ min: 0n, max: 0n, order: ValueOrder.any }],
    borders: UNGROUPED,
    outputs: [Output.squares],
    quantiles: [],
    confidence: 0,
  };
  const tallyOf = (size: ChunkSize): ProofJob[] => {
    const { digests } = rowsOf(size);
    const dataset = makeDataset(
      digests,
      digests.map(() => [0n]),
    );
    return tallyChunks({ context: CONTEXT, slot: 0, seed: seeds[0], dataset, plan, k: K }, { size });
  };
  const [cells, full, open] = [emptyCells().with(0, BigInt(K)), 1, 1];
  const room = { context: CONTEXT, transcript: 1n, members, keys, plan, cells, full, open };
  const masked = members.map((slot) => maskTally({ ...room, slot, decryption: slots[slot].decryption }));
  return [
    ...CHUNK_SIZES.flatMap(tallyOf),
    maskedProof({ ...room, slot: 0, seed: seeds[0] }),
    figuresProof({ context: CONTEXT, members, masked, full: members.map(() => full), open, plan, k: K }),
  ];
}

async function measure(
  { circuit: name, inputs, publicInputs }: ProofJob,
  { prover, wasm, stats }: { prover: Prover; wasm: Prover; stats: Barretenberg },
): Promise<string> {
  const circuit = await loadCircuit(name);
  const { numGates, numGatesDyadic } = await gatesOf(circuit, stats);
  const [, key] = await timed(() => prover.verificationKey(name));
  const [, witness] = await timed(() => execute(circuit, inputs));
  const [{ proof }, proving] = await timed(() => prover.prove(name, inputs, publicInputs));
  const [, verifying] = await timed(() => prover.verify(name, proof, publicInputs));
  const [, verifyingWasm] = await timed(() => wasm.verify(name, proof, publicInputs));
  const times = [key, witness, proving, verifying, verifyingWasm].map((ms) => Math.round(ms));
  return `| ${[name, numGates, `2^${Math.log2(numGatesDyadic)}`, ...times].join(' | ')} |`;
}

/** Gates of a circuit, and the power of two that they are padded to. */
export function gatesOf(
  { name, bytecode }: Circuit,
  stats: Barretenberg,
): Promise<{ numGates: number; numGatesDyadic: number }> {
  const circuit = { name, bytecode, verificationKey: new Uint8Array(0) };
  return stats.circuitStats({ circuit, includeGatesPerOpcode: false, settings: SETTINGS });
}

/** What an action gives, and its milliseconds. */
export async function timed<T>(action: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  return [await action(), performance.now() - started];
}
