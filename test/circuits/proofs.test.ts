/** Real proofs of every circuit under the project's SRS: true ones verify, and nothing about them can be changed. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIELD_MODULUS as P, bytesToFields, fieldsToBytes } from '../../app/lib/field/field.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { folderKeyCache } from '../../app/lib/proof/keys.ts';
import { PROOF_BYTES, openProver, type Proof, type Prover } from '../../app/lib/proof/prover.ts';
import { loadSrs, type Srs } from '../../app/lib/proof/srs.ts';
import { blindChunks, datasetChunks, hopChunks, matchChunks, releaseProof } from '../../app/lib/proof/statements.ts';
import { CIRCUITS, type ChunkSize, type DatasetSize } from '../../app/lib/protocol/context.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import type { Members } from '../../app/lib/protocol/members.ts';
import { ValueOrder } from '../../app/lib/protocol/rules.ts';
import { proofDigest } from '../../app/lib/protocol/statement.ts';
import { CONTEXT, K, people, playRoom, seedOf, type World } from './support.ts';
import { SOAK } from '../support/choice.ts';

/** The large circuits, and those of four and five members, take their time: a soak run proves them too. */
const SIZES = SOAK ? ([32, 256] as const) : ([32] as const);
const ROOMS: readonly Members[] = [
  [0, 1],
  [0, 2, 4],
  ...(SOAK
    ? [
        [0, 1, 2, 4],
        [0, 1, 2, 3, 4],
      ]
    : []),
];

let srs: Srs;
let prover: Prover;
let wasm: Prover;
let jobs: ProofJob[];
const proofs: Proof[] = [];

beforeAll(async () => {
  // Keys of all circuits are computed, of which some have more than 2^18 gates.
  srs = await loadSrs({ numPoints: 2 ** 19 + 1 });
  prover = await openProver({ srs });
  wasm = await openProver({ srs, backend: 'wasm' });
  const context = CONTEXT;
  // 40 rows and more: two chunks of 32 each. Everyone holds 30 to 39.
  const rooms = await Promise.all(
    ROOMS.map((members) =>
      playRoom(
        members.map((slot) => people(slot === 0 ? 0 : 30 - slot, 40 + 5 * slot)),
        members,
      ),
    ),
  );
  const [two] = rooms;
  const [a, b] = two.parties;
  jobs = [];
  for (const size of SIZES) {
    jobs.push(
      ...datasetJobs(a.dataset, size === 32 ? 32 : 512),
      ...(await blindChunks({ context, slot: 0, seed: a.seed, dataset: a.dataset, list: a.blinded }, { size })),
      ...(await hopChunks({ context, slot: 1, seed: b.seed, input: a.blinded, output: a.hopped }, { size })),
    );
    for (const room of rooms) jobs.push(...matchJobs(room, size));
  }
  jobs.push(...rooms.map(releaseJob));
  for (const job of jobs) proofs.push(await prover.prove(job.circuit, job.inputs, job.publicInputs));
}, 600_000);

afterAll(async () => {
  await prover?.close();
  await wasm?.close();
});

/** 40 rows with values in two columns, one of them with an order. */
function datasetJobs({ digests }: Dataset, size: DatasetSize): ProofJob[] {
  const dataset = makeDataset(
    digests,
    digests.map((_, i) => [BigInt(i), -BigInt(i * i)]),
  );
  const rules = [
    { min: 0n, max: 39n, order: ValueOrder.any },
    { min: -2000n, max: 0n, order: ValueOrder.neverRises },
  ];
  const limits = { minRows: 3, maxRows: 1000 };
  return datasetChunks({ context: CONTEXT, slot: 0, seed: seedOf(0), dataset, rules, ...limits }, { size });
}

function matchJobs({ members, parties, roomKey: key, match }: World, size: ChunkSize): ProofJob[] {
  const lists = parties.map(({ hopped }) => hopped);
  return matchChunks({ context: CONTEXT, members, seed: parties[0].seed, lists, key, k: K, match }, { size });
}

function releaseJob({ members, parties, match, shares }: World): ProofJob {
  const decryptionPublics = parties.map(({ keys }) => keys.decryptionPublic);
  const { ciphertext, matched: count } = match;
  return releaseProof({ context: CONTEXT, members, decryptionPublics, shares, ciphertext, k: K, count });
}

/** One job of each circuit that was proven. */
const samples = () =>
  jobs.flatMap((job, i) =>
    jobs.findIndex(({ circuit }) => circuit === job.circuit) === i ? [{ job, ...proofs[i] }] : [],
  );

test('every chunk of every statement is proven and verified, natively and in WASM', async () => {
  const proven = jobs.map(({ circuit }) => circuit);
  for (const circuit of ['dataset_32', 'blind_32', 'hop_32', 'match_32_2', 'match_32_3'] as const) {
    expect([circuit, proven.filter((name) => name === circuit)]).toEqual([circuit, [circuit, circuit]]);
  }
  for (const [i, { circuit, publicInputs }] of jobs.entries()) {
    expect(proofs[i].publicInputs).toEqual(publicInputs);
    expect(proofs[i].proof).toHaveLength(PROOF_BYTES);
    expect(await prover.verify(circuit, proofs[i].proof, publicInputs)).toBe(true);
    expect(await wasm.verify(circuit, proofs[i].proof, publicInputs)).toBe(true);
  }
});

test('a changed public input makes verification false, whichever it is', async () => {
  for (const { job, proof, publicInputs } of samples()) {
    for (let i = 0; i < publicInputs.length; i++) {
      const changed = publicInputs.with(i, (publicInputs[i] + 1n) % P);
      expect([job.circuit, i, await prover.verify(job.circuit, proof, changed)]).toEqual([job.circuit, i, false]);
    }
  }
});

test('a proof with any of its elements changed is refused', async () => {
  for (const { job, proof, publicInputs } of samples()) {
    const fields = bytesToFields(proof);
    // The points at the start, all through the sumcheck, and the opening at the end.
    for (const i of [0, 1, 2, 3, 40, 100, 250, 400, 470, 498, 499]) {
      const changed = fieldsToBytes(fields.with(i, (fields[i] + 1n) % P));
      expect([job.circuit, i, await prover.verify(job.circuit, changed, publicInputs)]).toEqual([
        job.circuit,
        i,
        false,
      ]);
    }
  }
});

test('what is not 500 canonical elements, or not the right public inputs, is refused before bb sees it', async () => {
  const [{ job, proof, publicInputs }] = samples();
  const fields = bytesToFields(proof);
  const small = fields.findIndex((field) => field + P < 1n << 256n);
  const shifted = proof.slice();
  shifted.set(Buffer.from((fields[small] + P).toString(16).padStart(64, '0'), 'hex'), small * 32);
  for (const bytes of [
    new Uint8Array(0),
    proof.subarray(32),
    new Uint8Array([...proof, ...new Uint8Array(32)]),
    shifted,
  ]) {
    expect(await prover.verify(job.circuit, bytes, publicInputs)).toBe(false);
  }
  for (const inputs of [
    [],
    publicInputs.slice(1),
    [...publicInputs, 0n],
    publicInputs.with(0, publicInputs[0] + P),
    publicInputs.with(0, -1n),
  ]) {
    expect(await prover.verify(job.circuit, proof, inputs)).toBe(false);
  }
});

test('a proof of one circuit, or of one chunk, is none of another', async () => {
  // Two circuits with equally many public inputs.
  const [dataset, blind] = samples();
  expect(await prover.verify('blind_32', dataset.proof, blind.publicInputs)).toBe(false);
  expect(await prover.verify('blind_32', dataset.proof, dataset.publicInputs)).toBe(false);
  expect(await prover.verify('dataset_32', proofs[0].proof, jobs[1].publicInputs)).toBe(false);
});

test('a proof for so many members is none for more', async () => {
  for (const [circuit, other] of [
    ['match_32_2', 'match_32_3'],
    ['match_32_3', 'match_32_2'],
    ['release_2', 'release_3'],
    ['release_3', 'release_2'],
  ] as const) {
    const { proof, publicInputs } = samples().find(({ job }) => job.circuit === circuit)!;
    expect([circuit, await prover.verify(circuit, proof, publicInputs)]).toEqual([circuit, true]);
    expect([other, await prover.verify(other, proof, publicInputs)]).toEqual([other, false]);
  }
});

test('two proofs of one statement differ, and so do their digests', async () => {
  const [{ job, proof }] = samples();
  const again = await prover.prove(job.circuit, job.inputs);
  expect(again.publicInputs).toEqual(job.publicInputs);
  expect(proofDigest(bytesToFields(again.proof))).not.toBe(proofDigest(bytesToFields(proof)));
});

test('other public inputs than expected stop the prover', async () => {
  const [{ job }] = samples();
  await expect(prover.prove(job.circuit, job.inputs, job.publicInputs.with(0, 0n))).rejects.toThrow(
    /other public inputs/,
  );
});

test('every circuit has a key of its own, the same from the cache and anew', async () => {
  const hashes = new Set<bigint>();
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  try {
    for (const circuit of CIRCUITS) hashes.add((await prover.verificationKey(circuit)).hash);
    expect(hashes.size).toBe(CIRCUITS.length);
    const open = () => openProver({ srs, keyCache: folderKeyCache(folder) });
    const expected = await prover.verificationKey('release_2');
    for (const state of ['missing', 'present', 'damaged']) {
      if (state === 'damaged')
        for (const file of readdirSync(join(folder, 'keys')))
          writeFileSync(join(folder, 'keys', file), 'x'.repeat(3744));
      const fresh = await open();
      expect(await fresh.verificationKey('release_2')).toEqual(expected);
      await fresh.close();
    }
    expect(readdirSync(join(folder, 'keys'))).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('bb’s key hash is the one that the WASM build computes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  try {
    const fresh = await openProver({ srs, backend: 'wasm', keyCache: folderKeyCache(folder) });
    expect(await fresh.verificationKey('release_2')).toEqual(await prover.verificationKey('release_2'));
    await fresh.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
