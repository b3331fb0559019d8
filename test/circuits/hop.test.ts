/** Circuit `hop` accepts a list multiplied by the slot's k, in any order, and refuses everything else. */
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { mul, type Point } from '../../app/lib/curve/grumpkin.ts';
import { hash } from '../../app/lib/field/poseidon2.ts';
import { scalar, toFields } from '../../app/lib/proof/inputs.ts';
import { hopChunks } from '../../app/lib/proof/statements.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { accepted, closeHop, copyOf, listDigestOf, refused, type Inputs } from './cheat.ts';
import { CONTEXT, people, playRoom, seedOf, type World } from './support.ts';

const COUNT = 5;
let world: World;
let job: ProofJob;

const jobsOf = ({ parties: [owner] }: World) =>
  hopChunks({ context: CONTEXT, slot: 1, seed: seedOf(1), input: owner.blinded, output: owner.hopped }, { size: 32 });

beforeAll(async () => {
  world = await playRoom([people(0, COUNT), people(3, 8)]);
  [job] = await jobsOf(world);
});

/** Inputs with something changed, and all else repaired as far as a liar can. */
const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
  const inputs = copyOf(from);
  change(inputs);
  return closeHop(inputs);
};

const setOutput = (inputs: Inputs, xs: bigint[]) => {
  inputs.witness.output = [...xs, ...Array(32 - xs.length).fill(0n)];
  inputs.statement.output_digest = listDigestOf(CONTEXT, 0n, 1n, xs);
};
const outputOf = (inputs: Inputs): bigint[] => inputs.witness.output.slice(0, COUNT);
const inputOf = (inputs: Inputs): Point[] => inputs.witness.input.slice(0, COUNT);

describe('honest hops', () => {
  test('are accepted, and the state they end in is what an independent computation gives', async () => {
    await accepted(job);
    expect(closeHop(copyOf(job))).toEqual(job.inputs);
    expect(job.publicInputs).toEqual([
      ...toFields((job.inputs as Inputs).statement),
      ...toFields((job.inputs as Inputs).chunk),
    ]);
  });

  test('in any order of the output, from either of the two points of an x', async () => {
    await accepted(
      job,
      lie((inputs) => setOutput(inputs, outputOf(inputs).reverse())),
    );
    await accepted(
      job,
      lie(({ witness }) => witness.input.forEach((point: Inputs) => (point.y = P - point.y))),
    );
  });
});

describe('rooms of more members', () => {
  test('prove every hop of a list, the members’ gaps included', async () => {
    const { parties } = await playRoom([people(0, 5), people(2, 6), people(3, 9)], [0, 2, 4]);
    const [, second] = parties;
    for (const [hop, slot] of [
      [1, 4],
      [2, 0],
    ]) {
      const input = second.lists[hop - 1];
      const output = second.lists[hop];
      const [whole] = await hopChunks({ context: CONTEXT, slot, seed: seedOf(slot), input, output }, { size: 32 });
      expect(whole.publicInputs.slice(1, 4)).toEqual([slot, 2, hop].map(BigInt));
      await accepted(whole);
    }
  });
});

describe('an output that is not the multiplied input is refused', () => {
  const wrong = /Output is not the multiplied input/;

  test('one element with another exponent', async () => {
    await refused(
      job,
      lie((inputs) => setOutput(inputs, outputOf(inputs).with(1, mul(inputOf(inputs)[1], 9n).x))),
      wrong,
    );
  });

  test('one element replaced, or twice', async () => {
    await refused(
      job,
      lie((inputs) => setOutput(inputs, outputOf(inputs).with(1, 1n))),
      wrong,
    );
    await refused(
      job,
      lie((inputs) => setOutput(inputs, outputOf(inputs).with(1, outputOf(inputs)[0]))),
      wrong,
    );
  });

  test('one element left as it was', async () => {
    await refused(
      job,
      lie((inputs) => setOutput(inputs, outputOf(inputs).with(1, inputOf(inputs)[1].x))),
      wrong,
    );
  });

  test('one element swapped with an inactive one', async () => {
    const swapped = lie((inputs) => {
      const { input, output, secret } = inputs.witness;
      const k = secret.lo + (secret.hi << 128n);
      const inactive = mul(input[0], 9n);
      input[COUNT] = inactive;
      setOutput(inputs, outputOf(inputs).with(1, mul(inactive, k).x));
      inputs.witness.output[COUNT] = output[1];
    });
    await refused(job, swapped, wrong);
  });

  test('one element dropped or added', async () => {
    const digest = /Points do not open the output digest/;
    await refused(
      job,
      lie((inputs) => setOutput(inputs, outputOf(inputs).slice(1))),
      digest,
    );
    await refused(
      job,
      lie((inputs) => setOutput(inputs, [...outputOf(inputs), 1n])),
      digest,
    );
  });

  test('another exponent for all under the old key', async () => {
    await refused(
      job,
      lie(({ witness }) => (witness.secret = scalar(77n))),
      /Secret is not that of the blinding key/,
    );
  });
});

describe('another input is refused', () => {
  const digest = /Points do not open the input digest/;

  test('other points, other order, other count', async () => {
    const swap = (inputs: Inputs) => {
      const { input } = inputs.witness;
      [input[0], input[1]] = [input[1], input[0]];
    };
    await refused(job, lie(swap), digest);
    await refused(
      job,
      lie(({ witness }) => (witness.count -= 1n)),
      digest,
    );
    await refused(
      job,
      lie(({ witness }) => (witness.count += 1n)),
      digest,
    );
  });

  test('another list, hop or room', async () => {
    await refused(
      job,
      lie(({ statement }) => (statement.list = 1n)),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.hop = 2n)),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.context += 1n)),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.hop = 0n)),
    );
  });

  test('what is no point', async () => {
    const inputs = copyOf(job);
    inputs.witness.input[0].y += 1n;
    await refused(job, inputs, /is not on curve/);
  });
});

describe('chunks', () => {
  let jobs: ProofJob[];
  beforeAll(async () => {
    jobs = await jobsOf(await playRoom([people(0, 40), people(0, 1)]));
  });

  test('of a long list are accepted, one after another, though elements move between them', async () => {
    expect(jobs).toHaveLength(2);
    for (const chunk of jobs) {
      await accepted(chunk);
      expect(closeHop(copyOf(chunk))).toEqual(chunk.inputs);
    }
  });

  test('of either size are about the same digests, and inactive elements are about nothing', async () => {
    const { parties } = await playRoom([people(0, 70), people(0, 1)]);
    const [{ blinded: input, hopped: output }] = parties;
    const [large] = await hopChunks({ context: CONTEXT, slot: 1, seed: seedOf(1), input, output }, { size: 256 });
    const [small] = await hopChunks({ context: CONTEXT, slot: 1, seed: seedOf(1), input, output }, { size: 32 });
    expect(large.circuit).toBe('hop_256');
    expect(large.inputs.statement).toEqual(small.inputs.statement);
    await accepted(large);
    expect(closeHop(copyOf(large))).toEqual(large.inputs);
    // Three blocks at the chunk's end hold 70 elements: before them and behind the last element is nothing.
    const idle = Array.from({ length: 256 }, (_, i) => i).filter((i) => i < 160 || i >= 230);
    const filled = lie(({ witness }) => {
      for (const i of idle) {
        witness.input[i] = witness.input[160 + (i % 70)];
        witness.output[i] = BigInt(i);
        witness.input_labels[i] = BigInt(i % 16);
        witness.output_labels[i] = BigInt((i + 1) % 16);
      }
    }, large);
    await accepted(large, filled);
    expect(filled.chunk).toEqual((large.inputs as Inputs).chunk);
    const live = copyOf(large);
    live.witness.output[229] += 1n;
    await refused(large, live);
    live.witness.output[229] -= 1n;
    live.witness.output[160] += 1n;
    await refused(large, live);
  });

  test('start from nothing but the initial state or the one before them', async () => {
    for (const field of ['input', 'output', 'computed', 'listed']) {
      await refused(
        jobs[1],
        lie((inputs) => (inputs.witness.state[field] += 1n), jobs[1]),
        /State before does not open/,
      );
      await refused(
        jobs[0],
        lie((inputs) => (inputs.witness.state[field] += 1n), jobs[0]),
        /starts from another state/,
      );
    }
  });

  test('a last chunk from another past is refused for its digests', async () => {
    const forged = lie((inputs) => {
      inputs.witness.state.listed = inputs.witness.state.computed;
      inputs.chunk.state_before = hash(7, [inputs.witness.blindings.before, ...toFields(inputs.witness.state)]);
    }, jobs[1]);
    await refused(jobs[1], forged, /Output is not the multiplied input/);
  });

  test('cannot call themselves last too early, or go on too long', async () => {
    for (const chunk of jobs)
      await refused(
        chunk,
        lie((inputs) => (inputs.chunk.last = !inputs.chunk.last), chunk),
      );
  });
});
