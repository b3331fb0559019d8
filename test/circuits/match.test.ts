/** Circuit `match` accepts the true number of common values and refuses every other. */
import { encrypt } from '../../app/lib/protocol/elgamal.ts';
import { listValues } from '../../app/lib/protocol/list.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash } from '../../app/lib/field/poseidon2.ts';
import { point, scalar, toFields } from '../../app/lib/proof/inputs.ts';
import { matchChunks } from '../../app/lib/proof/statements.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { chainOf } from '../support/chain.ts';
import { accepted, closeMatch, copyOf, listDigestOf, refused, type Inputs } from './cheat.ts';
import { CONTEXT, K, people, playRoom, seedOf, type World } from './support.ts';

const COUNTS = [6, 5] as const;
const MATCHED = 4;
const TOTAL = COUNTS[0] + COUNTS[1];
let world: World;
let job: ProofJob;

const jobsOf = ({ members, parties, roomKey: key, match }: World) => {
  const lists = parties.map(({ hopped }) => hopped);
  return matchChunks({ context: CONTEXT, members, seed: seedOf(0), lists, key, k: K, match }, { size: 32 });
};

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
  const room = inputs.witness.merged.length - values.length;
  inputs.witness.merged = [...values, ...Array(room).fill(values.at(-1))];
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

describe('any values of the field', () => {
  /** Replaces both lists by the same values. */
  const bothHold = (values: bigint[]) =>
    lie((inputs) => {
      const { witness, statement } = inputs;
      witness.state.counts = [BigInt(values.length), BigInt(values.length)];
      for (const list of [0, 1]) {
        witness.lists[list] = [...values, ...Array(32 - values.length).fill(0n)];
        statement.lists[list] = listDigestOf(CONTEXT, BigInt(list), 1n, values);
        statement.returned[list] = listDigestOf(CONTEXT, BigInt(8 + list), 1n, values);
      }
      setMerged(
        inputs,
        values.flatMap((value) => [value, value]),
      );
      setCount(inputs, values.length);
    });

  test('are compared as integers below the modulus', async () => {
    await accepted(job, bothHold([0n, 1n, (1n << 128n) - 1n, 1n << 128n, (1n << 128n) + 1n, P - 2n, P - 1n]));
    await accepted(job, bothHold([P - 3n, P - 2n, P - 1n]));
    for (const values of [
      [0n, P - 1n, 1n],
      [P - 1n, 0n, 1n],
      [1n << 128n, 1n, 2n],
      [(1n << 128n) + 1n, 1n << 128n, P - 1n],
    ]) {
      await refused(job, bothHold(values), /not ascending/);
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
    await refused(job, torn, /not ascending/);
  });

  test('descending', async () => {
    await refused(
      job,
      lie((inputs) => setMerged(inputs, mergedOf(inputs).reverse())),
      /not ascending/,
    );
  });

  test('ascending but for one step around the modulus', async () => {
    const rotated = lie((inputs) => {
      const [first, ...rest] = mergedOf(inputs);
      setMerged(inputs, [...rest, first]);
    });
    await refused(job, rotated, /not ascending/);
  });

  test('one that goes on beyond its end', async () => {
    await refused(
      job,
      lie(({ witness }) => witness.merged.fill(P - 1n, TOTAL)),
      /inactive value is not the last/,
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
    const digest = /do not open (a list digest|the digest of a returned list)/;
    await refused(
      job,
      lie(({ witness }) => (witness.lists[0][0] += 1n)),
      digest,
    );
    await refused(
      job,
      lie(({ statement: { lists } }) => ([lists[0], lists[1]] = [lists[1], lists[0]])),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.context += 1n)),
      digest,
    );
    await refused(
      job,
      lie((inputs) => {
        inputs.witness.state.counts[1] -= 1n;
        setMerged(inputs, mergedOf(inputs).slice(0, -1));
      }),
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
      inputs.statement.lists[0] = listDigestOf(CONTEXT, 0n, 1n, list);
      inputs.statement.returned[0] = listDigestOf(CONTEXT, 8n, 1n, list);
      const values = mergedOf(inputs).map((value) => (value === lost ? shared : value));
      setMerged(
        inputs,
        values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
      );
    });
    await refused(job, forged, /occurs more often than there are lists/);
  });
});

describe('members other than slots 0 and 1', () => {
  const members = [0, 2, 4];
  let gapped: World;
  let job3: ProofJob;

  beforeAll(async () => {
    // 5, 6 and 7 are everyone's; 4, 8 and 9 are two members' only.
    gapped = await playRoom([people(0, 8), people(4, 10), people(5, 14)], members);
    [job3] = jobsOf(gapped);
  });

  test('are matched over what they all hold, under the numbers of their slots', async () => {
    expect(gapped.match.matched).toBe(3);
    await accepted(job3);
    expect(closeMatch(copyOf(job3))).toEqual(job3.inputs);
    const digests = gapped.parties.map(({ slot, hopped }) =>
      listDigestOf(CONTEXT, BigInt(slot), 2n, [...listValues(hopped)]),
    );
    const returned = gapped.parties.map(({ slot, hopped }) =>
      listDigestOf(CONTEXT, BigInt(8 + slot), 2n, [...listValues(hopped)]),
    );
    const { ciphertext, mergedDigest } = gapped.match;
    const points = [gapped.roomKey, ciphertext.c1, ciphertext.c2].flatMap(({ x, y }) => [x, y]);
    expect(job3.publicInputs.slice(0, 25)).toEqual([
      ...[CONTEXT, 0n, 2n, 4n, 0n, 0n, ...digests, 0n, 0n, ...returned, 0n, 0n, mergedDigest, ...points],
      ...[BigInt(K), 1n],
    ]);
    expect(job3.publicInputs).toHaveLength(29);
  });

  test('may be four or five', async () => {
    for (const members of [
      [1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]) {
      const room = await playRoom(
        members.map((slot) => people(slot, 9)),
        members,
      );
      expect(room.match.matched).toBe(5);
      const [whole] = jobsOf(room);
      await accepted(whole);
      expect(closeMatch(copyOf(whole))).toEqual(whole.inputs);
    }
  });

  test('cannot be others than those whose lists were matched', async () => {
    for (const [place, slot] of [
      [0, 1n],
      [1, 1n],
      [2, 3n],
    ] as const) {
      await refused(
        job3,
        lie(({ statement }) => (statement.slots[place] = slot), job3),
        /do not open (a list digest|the digest of a returned list)/,
      );
    }
  });

  /** Gives the members other slots, in the order given, with list digests that fit. */
  const renumber = (slots: readonly bigint[]) =>
    lie(({ statement, witness }) => {
      slots.forEach((slot, i) => {
        const list = witness.lists[i].slice(0, Number(witness.state.counts[i]));
        statement.slots[i] = slot;
        statement.lists[i] = listDigestOf(CONTEXT, slot, 2n, list);
        statement.returned[i] = listDigestOf(CONTEXT, (8n + slot) % P, 2n, list);
      });
    }, job3);

  test('stand in ascending order, each once, and are slots of the protocol', async () => {
    await accepted(job3, renumber([1n, 3n, 4n]));
    for (const slots of [
      [2n, 0n, 4n],
      [0n, 4n, 2n],
      [0n, 0n, 4n],
      [0n, 4n, 4n],
      [0n, 2n, 5n],
      [P - 1n, 2n, 4n],
      [0n, P - 1n, 4n],
      [5n, 6n, 7n],
    ]) {
      await refused(job3, renumber(slots), /range|bit/i);
    }
  });

  test('leave nothing but zeros behind them', async () => {
    for (const array of ['slots', 'lists', 'returned'] as const) {
      for (const place of [3, 4]) {
        await refused(
          job3,
          lie(({ statement }) => (statement[array][place] = 4n), job3),
          /beyond the members are not 0/,
        );
      }
    }
  });

  test('match lists after their last hop only', async () => {
    const early = lie(({ statement, witness }) => {
      const list = witness.lists[0].slice(0, Number(witness.state.counts[0]));
      statement.lists[0] = listDigestOf(CONTEXT, 0n, 1n, list);
    }, job3);
    await refused(job3, early, /do not open (a list digest|the digest of a returned list)/);
  });

  test('refuse another member’s list, a missing one and one at another hop before they prove anything', () => {
    const { roomKey: key, match, parties } = gapped;
    const attempt = (lists: World['parties'][number]['hopped'][]) => () =>
      matchChunks({ context: CONTEXT, members, seed: seedOf(0), lists, key, k: K, match });
    const [a, b, c] = parties;
    expect(attempt([a.hopped, c.hopped, b.hopped])).toThrow(/place 1 of a match needs list 2 at hop 2, got list 4/);
    expect(attempt([a.hopped, b.hopped])).toThrow(/3 members need as many lists, got 2/);
    expect(attempt([a.hopped, b.hopped, c.lists[1]])).toThrow(/list 4 at hop 2, got list 4 at hop 1/);
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
    for (const field of [
      ...['counts', 'lists', 'merged', 'returned', 'listed', 'sorted'],
      ...['last_value', 'run', 'matched', 'label_sum', 'flag'],
    ]) {
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
