/** What proofs add to a join of two parties: gates of an element's hop, and seconds to prove whole lists. */
import { startNative } from '../../app/lib/field/native.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { hopList } from '../../app/lib/protocol/hop.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys, newRoomSeed, roomKey } from '../../app/lib/protocol/keys.ts';
import { matchLists } from '../../app/lib/protocol/match.ts';
import { loadCircuit } from '../../app/lib/proof/circuit.ts';
import { openProver, type Prover } from '../../app/lib/proof/prover.ts';
import { loadSrs } from '../../app/lib/proof/srs.ts';
import { blindChunks, datasetChunks, hopChunks, matchChunks, type ProofJob } from '../../app/lib/proof/statements.ts';
import { gatesOf, timed } from './circuits.ts';

/** Points for circuits of 2^18 gates. */
const NUM_POINTS = 2 ** 18 + 1;
const CONTEXT = 1n;
const MEMBERS = [0, 1];
const K = 1;
/** Elements of a chunk of the circuits for long lists. */
const CHUNK = 256;
const SMALL = 200;
const LARGE = 1_000;

/** The proofs of one party, and those of whoever makes the match. */
type Work = { party: ProofJob[]; match: ProofJob[] };

/** Proves the lists of 200 rows; those of 1,000 as well, or estimates them from the time of a chunk. */
export async function benchSuccinct({ prove }: { prove: boolean }): Promise<void> {
  const srs = await loadSrs({ numPoints: NUM_POINTS });
  const prover = await openProver({ srs });
  try {
    const [small, large] = [await workOf(SMALL), await workOf(LARGE)];
    await printGates(small.party.find(({ circuit }) => circuit.startsWith('hop'))!);
    // Keys are made once a machine, not once a room.
    for (const circuit of circuitsOf([small, large])) await prover.verificationKey(circuit);
    const perChunk = new Map<string, number>();
    const measured = await proveAll(small, prover, perChunk);
    console.log('| rows of a party | chunks of a party | seconds a party | seconds for the match | how |');
    console.log('|---|---|---|---|---|');
    printWork(SMALL, small, measured, 'proven');
    if (prove) printWork(LARGE, large, await proveAll(large, prover, perChunk), 'proven');
    else printWork(LARGE, large, estimate(large, perChunk), `estimated: chunks × seconds of a chunk at ${SMALL} rows`);
    console.log(
      '\nA party proves its dataset, its blinded list and its hop of the other’s list; one party proves the match.',
    );
  } finally {
    await prover.close();
  }
}

/** Party 0's work in a room of two with equally many rows, half of them in common. */
async function workOf(rows: number): Promise<Work> {
  const seeds = MEMBERS.map(() => newRoomSeed());
  const keys = seeds.map(deriveKeys);
  const datasets = MEMBERS.map((slot) =>
    makeDataset(Array.from({ length: rows }, (_, i) => identifierDigest('exact', `row ${i + (slot * rows) / 2}`))),
  );
  const blinded = await Promise.all(
    datasets.map((dataset, slot) => blindDataset({ context: CONTEXT, slot, dataset, blinding: keys[slot].blinding })),
  );
  const hopped = await Promise.all(
    blinded.map((list, i) => hopList({ list, slot: 1 - i, members: MEMBERS, blinding: keys[1 - i].blinding })),
  );
  const [seed] = seeds;
  const own = { context: CONTEXT, slot: 0, seed, dataset: datasets[0] };
  const key = roomKey(keys.map(({ decryptionPublic }) => decryptionPublic));
  const room = { context: CONTEXT, members: MEMBERS, lists: hopped, key, k: K, seed };
  return {
    party: [
      ...datasetChunks({ ...own, rules: [], minRows: 1, maxRows: rows }),
      ...(await blindChunks({ ...own, list: blinded[0] })),
      ...(await hopChunks({ context: CONTEXT, slot: 0, seed, input: blinded[1], output: hopped[1] })),
    ],
    match: matchChunks({ ...room, match: matchLists(room) }),
  };
}

function circuitsOf(works: readonly Work[]): Set<ProofJob['circuit']> {
  return new Set(works.flatMap(({ party, match }) => [...party, ...match]).map(({ circuit }) => circuit));
}

async function printGates({ circuit: name }: ProofJob): Promise<void> {
  const stats = await startNative();
  try {
    const { numGates } = await gatesOf(await loadCircuit(name), stats);
    console.log(`${name}: ${numGates} gates, ${(numGates / CHUNK).toFixed(1)} for each element.\n`);
  } finally {
    await stats.destroy();
  }
}

/** Proves one job after the other; returns seconds, and notes those of one chunk of each circuit. */
async function proveAll({ party, match }: Work, prover: Prover, perChunk: Map<string, number>): Promise<WorkSeconds> {
  const prove = async (jobs: readonly ProofJob[]) => {
    let sum = 0;
    for (const { circuit, inputs, publicInputs } of jobs) {
      const [, milliseconds] = await timed(() => prover.prove(circuit, inputs, publicInputs));
      perChunk.set(circuit, milliseconds / 1000);
      sum += milliseconds / 1000;
    }
    return sum;
  };
  return { party: await prove(party), match: await prove(match) };
}

type WorkSeconds = { party: number; match: number };

function estimate({ party, match }: Work, perChunk: ReadonlyMap<string, number>): WorkSeconds {
  const sum = (jobs: readonly ProofJob[]) => jobs.reduce((total, { circuit }) => total + perChunk.get(circuit)!, 0);
  return { party: sum(party), match: sum(match) };
}

function printWork(rows: number, { party }: Work, seconds: WorkSeconds, how: string): void {
  console.log(`| ${rows} | ${party.length} | ${seconds.party.toFixed(1)} | ${seconds.match.toFixed(1)} | ${how} |`);
}
