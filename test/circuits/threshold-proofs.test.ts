/** Real proofs of parts and mixes: true ones verify, and no public input of theirs can be changed. */
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { openProver, type Proof, type Prover } from '../../app/lib/proof/prover.ts';
import { loadSrs } from '../../app/lib/proof/srs.ts';
import { partProof } from '../../app/lib/proof/threshold.ts';
import { partOf } from '../../app/lib/protocol/part.ts';
import { emptyCells } from '../../app/lib/protocol/tally.ts';
import { SOAK } from '../support/choice.ts';
import { BANDS, playBorder, roomKeyOf } from './threshold-support.ts';
import { CONTEXT as context, seedOf } from './support.ts';

const SLOT = 2;

let prover: Prover;
const proven: { job: ProofJob; proof: Proof }[] = [];

beforeAll(async () => {
  await initField();
  // `mix_16` has more than 2^15 gates, `mix_192` more than 2^18.
  prover = await openProver({ srs: await loadSrs({ numPoints: 2 ** (SOAK ? 19 : 16) + 1 }) });
  // The last member's mix finds a 0 in these: infinity is proven, too.
  const small = playBorder(9n, 2);
  const jobs = [partJob(), small[0], small.at(-1)!];
  if (SOAK) jobs.push(playBorder(191n, 1, { bands: { ...BANDS, borders: [192] }, size: 192 }).at(-1)!);
  for (const job of jobs) proven.push({ job, proof: await prover.prove(job.circuit, job.inputs, job.publicInputs) });
}, 600_000);

afterAll(() => prover?.close());

function partJob(): ProofJob {
  const cells = emptyCells().with(0, 7n).with(3, 134n);
  const own = { bands: BANDS, cells, key: roomKeyOf(), seed: seedOf(SLOT) };
  return partProof({ ...own, context, slot: SLOT, part: partOf({ ...own, tally: 1n }) });
}

test('every statement is proven and verified', async () => {
  for (const { job, proof } of proven) {
    expect(proof.publicInputs).toEqual(job.publicInputs);
    expect([job.circuit, await prover.verify(job.circuit, proof.proof, job.publicInputs)]).toEqual([job.circuit, true]);
  }
});

test('a changed public input makes verification false, whichever it is, the transcript among them', async () => {
  for (const { job, proof } of proven)
    for (let i = 0; i < job.publicInputs.length; i++) {
      const changed = job.publicInputs.with(i, (job.publicInputs[i] + 1n) % P);
      expect([job.circuit, i, await prover.verify(job.circuit, proof.proof, changed)]).toEqual([job.circuit, i, false]);
    }
});
