/** Gates of every circuit, and how long its witness, proof and verification take with full chunks. */
import { cpus } from 'node:os';
import { BackendType, Barretenberg } from '@aztec/bb.js';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { hopList } from '../../app/lib/protocol/hop.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys, newRoomSeed, roomKey } from '../../app/lib/protocol/keys.ts';
import { matchLists } from '../../app/lib/protocol/match.ts';
import { makeShare } from '../../app/lib/protocol/share.ts';
import { CHUNK_SIZES, loadCircuit, type Circuit } from '../../app/lib/proof/circuit.ts';
import { execute } from '../../app/lib/proof/execute.ts';
import { SETTINGS, openProver, type Prover } from '../../app/lib/proof/prover.ts';
import { loadSrs } from '../../app/lib/proof/srs.ts';
import { blindChunks, hopChunks, matchChunks, releaseProof, type ProofJob } from '../../app/lib/proof/statements.ts';

/** Points for the largest circuit, 2^18 gates. */
const NUM_POINTS = 2 ** 18 + 1;

/** Runs the bench and prints a table in Markdown. */
export async function benchCircuits(): Promise<void> {
  await initField();
  const srs = await loadSrs({ numPoints: NUM_POINTS });
  const prover = await openProver({ srs });
  const stats = await Barretenberg.new({ backend: BackendType.NativeUnixSocket, bbPath: process.env.BB_BINARY_PATH });
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

/** One full chunk of every circuit. */
async function fullJobs(): Promise<ProofJob[]> {
  const context = 1n;
  const k = 1;
  const jobs: ProofJob[] = [];
  for (const size of CHUNK_SIZES) {
    const dataset = makeDataset(Array.from({ length: size }, (_, i) => identifierDigest('exact', `row ${i}`)));
    const seeds = [newRoomSeed(), newRoomSeed()];
    const keys = seeds.map(deriveKeys);
    const blinded = await Promise.all(
      keys.map(({ blinding }, slot) => blindDataset({ context, slot, dataset, blinding })),
    );
    const lists = await Promise.all(
      blinded.map((list, slot) => hopList({ list, slot: 1 - slot, slots: 2, blinding: keys[1 - slot].blinding })),
    );
    const decryptionPublics = keys.map(({ decryptionPublic }) => decryptionPublic);
    const key = roomKey(decryptionPublics);
    const match = matchLists({ context, lists, key, k, seed: seeds[0] });
    jobs.push(
      ...(await blindChunks({
        context,
        slot: 0,
        seed: seeds[0],
        dataset,
        list: blinded[0],
        minRows: 1,
        maxRows: size,
      })),
      ...(await hopChunks({ context, slot: 1, seed: seeds[1], input: blinded[0], output: lists[0] })),
      ...matchChunks({ context, seed: seeds[0], lists, key, k, match }),
    );
    if (size !== CHUNK_SIZES[0]) continue;
    const shares = keys.map(({ decryption, decryptionPublic }, slot) =>
      makeShare({ context, slot, decryption, decryptionPublic, ciphertext: match.ciphertext, seed: seeds[slot] }),
    );
    jobs.push(
      releaseProof({ context, decryptionPublics, shares, ciphertext: match.ciphertext, k, count: match.matched }),
    );
  }
  return jobs;
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

function gatesOf(
  { name, bytecode }: Circuit,
  stats: Barretenberg,
): Promise<{ numGates: number; numGatesDyadic: number }> {
  const circuit = { name, bytecode, verificationKey: new Uint8Array(0) };
  return stats.circuitStats({ circuit, includeGatesPerOpcode: false, settings: SETTINGS });
}

async function timed<T>(action: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  return [await action(), performance.now() - started];
}
