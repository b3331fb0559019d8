/** Circuit `match` accepts the true number of common values and refuses every other. */
import { encrypt } from '../../app/lib/protocol/elgamal.ts';
import { hash } from '../../app/lib/field/poseidon2.ts';
import { point, scalar, toFields } from '../../app/lib/proof/inputs.ts';
import { matchChunks } from '../../app/lib/proof/statements.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { accepted, chainOf, closeMatch, copyOf, listDigestOf, refused, type Inputs } from './cheat.ts';
import { CONTEXT, K, people, playRoom, seedOf, type World } from './support.ts';

const COUNTS = [6, 5] as const;
const MATCHED = 4;
const TOTAL = COUNTS[0] + COUNTS[1];
let world: World;
let job: ProofJob;

const jobsOf = ({ parties, roomKey, match }: World) =>
  matchChunks(
    { context: CONTEXT, seed: seedOf(0), lists: parties.map(({ hopped }) => hopped), key: roomKey, k: K, match },
    { size: 32 },
  );

beforeAll(async () => {
  world = await playRoom([people(0, COUNTS[0]), people(2, 2 + COUNTS[1])]);
  [job] = jobsOf(world);
});

/** Inputs with something changed, and all else repaired as far as a liar can. */
const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
  const inputs = copyOf(from);
  change(inputs);
  return closeMatch(inputs);
};

const setMerged = (inputs: Inputs, values: bigint[]) => {
  inputs.witness.merged = [...values, ...Array(64 - values.length).fill(0n)];
  inputs.statement.merged_digest = hash(6, [CONTEXT, 255n, 255n, BigInt(values.length), chainOf(16, values)]);
};
const mergedOf = (inputs: Inputs): bigint[] => inputs.witness.merged.slice(0, TOTAL);

/** Sets what the ciphertext holds. */
const setCount = (inputs: Inputs, count: number) => {
  const { c1, c2 } = encrypt(count, world.match.randomness, world.roomKey);
  inputs.statement.c1 = point(c1);
  inputs.statement.c2 = point(c2);
  inputs.statement.meets_k = count >= K;
};

describe('the true number', () => {
  test('is accepted, and the state it ends in is what an independent computation gives', async () => {
    expect(world.match.matched).toBe(MATCHED);
    await accepted(job);
    expect(closeMatch(copyOf(job))).toEqual(job.inputs);
    expect(job.publicInputs).toEqual([
      ...toFields((job.inputs as Inputs).statement),
      ...toFields((job.inputs as Inputs).chunk),
    ]);
  });

  test('also when it is none, when it is all, and when it misses k', async () => {
    for (const datasets of [
      [people(0, 3), people(5, 9)],
      [people(0, 32), people(0, 32)],
      [people(0, 4), people(2, 9)],
    ] as const) {
      const room = await playRoom(datasets);
      const [whole] = jobsOf(room);
      expect((whole.inputs as Inputs).statement.meets_k).toBe(room.match.matched >= K);
      await accepted(whole);
    }
  });
});

describe('another number is refused', () => {
  test('one less, one more', async () => {
    for (const count of [MATCHED - 1, MATCHED + 1, 0]) {
      await refused(
        job,
        lie((inputs) => setCount(inputs, count)),
        /Ciphertext holds another number/,
      );
    }
  });

  test('the wrong answer to whether it meets k', async () => {
    const k = /meets_k does not say/;
    await refused(
      job,
      lie(({ statement }) => (statement.meets_k = false)),
      k,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.k = BigInt(MATCHED + 1))),
      k,
    );
    await accepted(
      job,
      lie(({ statement }) => (statement.k = BigInt(MATCHED))),
    );
    await refused(
      job,
      lie(({ statement }) => (statement.k = 1n << 32n)),
    );
  });

  test('a ciphertext under another key or with another randomness', async () => {
    await refused(
      job,
      lie(({ statement }) => (statement.room_key = point(world.parties[0].keys.decryptionPublic))),
      /Ciphertext holds/,
    );
    await refused(
      job,
      lie(({ witness }) => (witness.randomness = scalar(5n))),
      /C1 is not/,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.room_key.y += 1n)),
      /Point is not on the curve/,
    );
  });
});

describe('a merged sequence that is not the lists’ union is refused', () => {
  const wrong = /Merged values are not those of the lists/;

  test('out of order: a pair torn apart hides a match', async () => {
    const torn = lie((inputs) => {
      const values = mergedOf(inputs);
      const at = values.findIndex((value, i) => value === values[i + 1]);
      [values[at + 1], values[at + 2]] = [values[at + 2], values[at + 1]];
      setMerged(inputs, values);
      setCount(inputs, MATCHED - 1);
    });
    await refused(job, torn, /assert_max_bit_size|bits|range/i);
  });

  test('descending', async () => {
    await refused(
      job,
      lie((inputs) => setMerged(inputs, mergedOf(inputs).reverse())),
    );
  });

  test('a value replaced by a copy of its neighbour counts a match too many', async () => {
    const forged = lie((inputs) => {
      const values = mergedOf(inputs);
      const at = values.findIndex((value, i) => value !== values[i - 1] && value !== values[i + 1]);
      const copy = values.with(at, at > 0 ? values[at - 1] : values[at + 1]);
      setMerged(inputs, copy);
    });
    await refused(job, forged);
  });

  test('a foreign value', async () => {
    const forged = lie((inputs) => {
      const values = mergedOf(inputs);
      const alone = values.findIndex((value, i) => value !== values[i - 1] && value !== values[i + 1]);
      setMerged(inputs, values.with(alone, values[alone] - 1n));
    });
    await refused(job, forged, wrong);
  });

  test('one missing, one too many', async () => {
    await refused(
      job,
      lie((inputs) => setMerged(inputs, mergedOf(inputs).slice(0, -1))),
    );
    await refused(
      job,
      lie((inputs) => setMerged(inputs, [0n, ...mergedOf(inputs)])),
    );
    await refused(
      job,
      lie(({ statement }) => (statement.merged_digest += 1n)),
      /Values do not open the merged digest/,
    );
  });

  test('lists that do not open their digests, or with other counts', async () => {
    const digest = /Points do not open a list digest/;
    await refused(
      job,
      lie(({ witness }) => (witness.lists[0][0] += 1n)),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => statement.list_digests.reverse()),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.context += 1n)),
      digest,
    );
    await refused(
      job,
      lie(({ witness }) => (witness.state.counts[1] -= 1n)),
      digest,
    );
    await refused(
      job,
      lie(({ witness }) => (witness.state.counts[1] += 1n)),
    );
  });

  test('a value more often than there are lists', async () => {
    const forged = lie((inputs) => {
      const list = inputs.witness.lists[0].slice(0, COUNTS[0]);
      const shared = mergedOf(inputs).find((value, i, all) => value === all[i + 1])!;
      const own = list.findIndex((value: bigint) => !inputs.witness.lists[1].includes(value));
      const lost = list[own];
      list[own] = shared;
      inputs.witness.lists[0] = [...list, ...Array(32 - COUNTS[0]).fill(0n)];
      inputs.statement.list_digests[0] = listDigestOf(CONTEXT, 0n, 1n, list);
      const values = mergedOf(inputs).map((value) => (value === lost ? shared : value));
      setMerged(
        inputs,
        values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
      );
    });
    await refused(job, forged, /occurs more often than there are lists/);
  });
});

describe('chunks', () => {
  let jobs: ProofJob[];
  beforeAll(async () => {
    jobs = jobsOf(await playRoom([people(0, 70), people(60, 95)]));
  });

  test('of lists of different lengths are accepted, one after another', async () => {
    expect(jobs).toHaveLength(3);
    for (const chunk of jobs) {
      await accepted(chunk);
      expect(closeMatch(copyOf(chunk))).toEqual(chunk.inputs);
    }
  });

  test('cannot change the counts or anything else of the state on the way', async () => {
    const changed = (field: string) => (inputs: Inputs) => {
      const { state } = inputs.witness;
      if (Array.isArray(state[field])) state[field][0] += 1n;
      else state[field] += 1n;
    };
    for (const field of ['counts', 'lists', 'merged', 'listed', 'sorted', 'last_value', 'run', 'matched']) {
      await refused(jobs[1], lie(changed(field), jobs[1]));
      if (field !== 'counts') await refused(jobs[0], lie(changed(field), jobs[0]), /starts from another state/);
    }
  });

  test('cannot call themselves last too early, or go on too long', async () => {
    for (const chunk of jobs)
      await refused(
        chunk,
        lie((inputs) => (inputs.chunk.last = !inputs.chunk.last), chunk),
      );
  });
});
