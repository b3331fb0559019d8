/** Real proofs of the circuits of rooms that join values: true ones verify, and no public input of theirs can be changed. */
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { encryptChunks, openedProof, selectChunks } from '../../app/lib/proof/joined.ts';
import { blindChunks } from '../../app/lib/proof/statements.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { openProver, type Proof, type Prover } from '../../app/lib/proof/prover.ts';
import { loadSrs } from '../../app/lib/proof/srs.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { openTally } from '../../app/lib/protocol/opened.ts';
import { SOAK } from '../support/choice.ts';
import { OWNER, PLAN, encrypted, joinedList, rowsOf, selectionOf } from './joined-support.ts';
import { CONTEXT as context, people, seedOf } from './support.ts';

const SIZES = SOAK ? ([32, 256] as const) : ([32] as const);
const VECTOR = 1;
const FLAGS = Array.from({ length: 20 }, (_, i) => i % 4);

let prover: Prover;
const proven: { job: ProofJob; proof: Proof }[] = [];

beforeAll(async () => {
  await initField();
  // The large circuits `blind_values` and `select` have more than 2^18 gates.
  prover = await openProver({ srs: await loadSrs({ numPoints: 2 ** (SOAK ? 19 : 18) + 1 }) });
  const seed = seedOf(OWNER);
  const dataset = makeDataset(people(0, FLAGS.length).digests, rowsOf(FLAGS.length));
  const { blinding } = deriveKeys(seed);
  const list = await blindDataset({ context, slot: OWNER, dataset, blinding, plan: PLAN });
  const joined = await joinedList(rowsOf(FLAGS.length), FLAGS);
  const { packed, listed } = joined;
  const vector = await encrypted(joined, VECTOR);
  for (const size of SIZES) {
    const { selected: sums, jobs } = await selectChunks(selectionOf(joined, vector), { size });
    const selected = [sums];
    const opened = await openTally({
      selected,
      decryption: deriveKeys(seed).decryption,
      counting: true,
      bound: 1n << 26n,
    });
    for (const job of [
      ...(await blindChunks({ context, slot: OWNER, seed, dataset, list, plan: PLAN }, { size })),
      ...encryptChunks({ context, slot: OWNER, seed, plan: PLAN, listed, packed, encrypted: vector }, { size }),
      ...jobs,
      openedProof({ context, slot: OWNER, seed, counting: true, selected, opened }),
    ])
      proven.push({ job, proof: await prover.prove(job.circuit, job.inputs, job.publicInputs) });
  }
}, 600_000);

afterAll(() => prover?.close());

test('every statement is proven and verified', async () => {
  for (const { job, proof } of proven) {
    expect(proof.publicInputs).toEqual(job.publicInputs);
    expect([job.circuit, await prover.verify(job.circuit, proof.proof, job.publicInputs)]).toEqual([job.circuit, true]);
  }
});

test('a changed public input makes verification false, whichever it is', async () => {
  for (const { job, proof } of proven)
    for (let i = 0; i < job.publicInputs.length; i++) {
      const changed = job.publicInputs.with(i, (job.publicInputs[i] + 1n) % P);
      expect([job.circuit, i, await prover.verify(job.circuit, proof.proof, changed)]).toEqual([job.circuit, i, false]);
    }
});
