/** Circuit `select` accepts the sums of the elements that matched, group by group, and refuses every other choice. */
import fc from 'fast-check';
import { add, mul, mulGenerator, type Point } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { point, scalar, toFields } from '../../app/lib/proof/inputs.ts';
import { selectChunks } from '../../app/lib/proof/joined.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { openTally } from '../../app/lib/protocol/opened.ts';
import { selectSums, type Selected } from '../../app/lib/protocol/selected.ts';
import { SOAK } from '../support/choice.ts';
import { accepted, copyOf, refused, type Inputs } from './cheat.ts';
import {
  K,
  MAKER,
  OWNER,
  PLAN,
  chainWith,
  closeSelect,
  encrypted,
  joinedList,
  nextSelect,
  numberOf,
  rowsOf,
  selectedDigestOf,
  selectionOf,
  shownOf,
} from './joined-support.ts';
import { CONTEXT, seedOf } from './support.ts';

/** k − 1 elements of group 0, k of group 1, k + 1 of group 7, and two without a match. */
const FLAGS = [1, 2, 8, 0, 1, 2, 8, 8, 0, 2, 8];
const COUNT = FLAGS.length;
const ROWS = rowsOf(COUNT);
const VECTOR = 1;

let job: ProofJob;
let selected: Selected;

beforeAll(async () => {
  await initField();
  ({
    selected,
    jobs: [job],
  } = await made(FLAGS));
});

async function made(
  flags: readonly number[],
  size: 32 | 256 = 32,
  values = rowsOf(flags.length),
  k = K,
  vector = VECTOR,
) {
  const joined = await joinedList(values, flags);
  return selectChunks(selectionOf(joined, await encrypted(joined, vector), k), { size });
}

/** What a slot's own sums hold, opened with its key. */
const held = (sums: Selected) =>
  openTally({ selected: [sums], decryption: deriveKeys(seedOf(OWNER)).decryption, counting: true, bound: 1n << 26n });

/** The sums of a vector's numbers over the elements of each group, 0 where there are fewer than k of them. */
function plainSums(flags: readonly number[], values: readonly (readonly bigint[])[], k = K, vector = VECTOR): bigint[] {
  return [1, 2, 3, 4, 5, 6, 7, 8].map((flag) => {
    const own = values.filter((_, i) => flags[i] === flag);
    return own.length < k ? 0n : own.reduce((sum, row) => sum + numberOf(PLAN, vector, row), 0n);
  });
}

/** Inputs with something changed, and the state after the chunk repaired. */
function tampered(change: (inputs: Inputs) => void, from = job): Inputs {
  const inputs = copyOf(from);
  change(inputs);
  return closeSelect(inputs);
}

/** The same with counts, sums and their digest repaired: only what binds them to lists, flags and ciphertexts is left to refuse it. */
function lie(change: (inputs: Inputs) => void, from = job): Inputs {
  return tampered((inputs) => {
    change(inputs);
    const { statement, witness } = inputs;
    const { context, list, vector } = statement;
    const { counts } = nextSelect(inputs);
    witness.counts = [0, 1, 2, 3, 4, 5, 6, 7].map((g) => (counts >> (30n * BigInt(g))) % 2n ** 30n);
    statement.selected_digest = selectedDigestOf(context, list, vector, shownOf(inputs));
  }, from);
}

/** Other sums or counts behind the digest. */
const giving = (change: (shown: Inputs) => void): Inputs =>
  tampered((inputs) => {
    const { context, list, vector } = inputs.statement;
    const shown = shownOf(inputs);
    change(shown);
    inputs.statement.selected_digest = selectedDigestOf(context, list, vector, shown);
  });

/** The place of an element with a flag, in the order of the blinded list. */
const placeOf = (flag: number): number => FLAGS.indexOf(flag);

const flagsReason = /Flags are not those of the returned list/;
const sumsReason = /Sums do not open their digest/;

describe('the sums of what matched', () => {
  test('are accepted, hold what a plain sum gives, and statement and state are what an independent computation gives', async () => {
    await accepted(job);
    expect(lie(() => {})).toEqual(job.inputs);
    expect(selected.full).toBe(0b10000010);
    expect(selected.counts).toEqual([0, 3, 0, 0, 0, 0, 0, 4]);
    const { numbers, cells } = await held(selected);
    expect(numbers).toEqual([plainSums(FLAGS, ROWS)]);
    expect([cells[9], cells[9 + 1 + VECTOR], cells[0], cells[1 + VECTOR]]).toEqual([3n, numbers[0][1], 0n, 0n]);
  });

  test('with no match at all, all in one group, one element, and a whole chunk', async () => {
    for (const flags of [
      Array<number>(7).fill(0),
      Array<number>(7).fill(5),
      [1],
      Array.from({ length: 32 }, (_, i) => i % 9),
    ]) {
      const { selected: sums, jobs } = await made(flags);
      expect(jobs).toHaveLength(1);
      await accepted(jobs[0]);
      const { numbers } = await held(sums);
      expect(numbers[0]).toEqual(plainSums(flags, rowsOf(flags.length)));
    }
  });

  test('of values at the cap, of negative ones, and of zeros', async () => {
    const rows = [
      ...Array<bigint[]>(3).fill([1000n, 0n, 5n]),
      ...Array<bigint[]>(3).fill([-1000n, 0n, 5n]),
      ...Array<bigint[]>(3).fill([-1n, 0n, 5n]),
    ];
    const flags = [1, 1, 1, 2, 2, 2, 3, 3, 3];
    for (const vector of [0, 1, 4]) {
      const { selected: sums, jobs } = await made(flags, 32, rows, K, vector);
      await accepted(jobs[0]);
      expect((await held(sums)).numbers[0]).toEqual(plainSums(flags, rows, K, vector));
    }
  });

  test('with k at, below and above a group’s count', async () => {
    for (const k of [1, 2, 3, 4, 5, 2 ** 32 - 1]) {
      const { selected: sums, jobs } = await made(FLAGS, 32, ROWS, k);
      await accepted(jobs[0]);
      expect((await held(sums)).numbers[0]).toEqual(plainSums(FLAGS, ROWS, k));
    }
  });

  test('for any flags and values', async () => {
    const element = fc.record({ flag: fc.integer({ min: 0, max: 8 }), value: fc.bigInt({ min: -1000n, max: 1000n }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(element, { minLength: 1, maxLength: 32 }),
        fc.integer({ min: 1, max: 5 }),
        async (elements, k) => {
          const flags = elements.map(({ flag }) => flag);
          const rows = elements.map(({ value }) => [value, 0n, 5n]);
          const { selected: sums, jobs } = await made(flags, 32, rows, k, 0);
          await accepted(jobs[0]);
          expect(lie(() => {}, jobs[0])).toEqual(jobs[0].inputs);
          expect((await held(sums)).numbers[0]).toEqual(plainSums(flags, rows, k, 0));
        },
      ),
      { numRuns: SOAK ? 50 : 4 },
    );
  });

  test('whatever stands beyond the count, but for flags', async () => {
    const filled = (flag: bigint) =>
      tampered(({ witness }) => {
        for (let i = COUNT; i < 32; i++) {
          witness.list[i] = witness.list[0];
          witness.labels[i] = 3n;
          witness.returned[i] = 7n;
          witness.returned_flags[i] = 9n;
          witness.c1[i] = witness.c2[0];
          witness.c2[i] = witness.c1[0];
        }
        witness.flags[COUNT] = flag;
      });
    await accepted(job, filled(0n));
    await refused(job, filled(2n), /An element beyond the count has a flag/);
  });

  test('the public inputs are statement and chunk in their order', () => {
    const s = (job.inputs as Inputs).statement;
    expect(job.publicInputs).toEqual([
      ...[CONTEXT, BigInt(MAKER), BigInt(OWNER), BigInt(VECTOR)],
      ...[s.blinding_key.x, s.blinding_key.y, s.key.x, s.key.y],
      ...[s.list_digest, s.returned_digest, s.encrypted_digest, BigInt(K), s.selected_digest],
      ...toFields((job.inputs as Inputs).chunk),
    ]);
    expect(s.key).toEqual(point(deriveKeys(seedOf(OWNER)).decryptionPublic));
    expect(s.blinding_key).toEqual(point(deriveKeys(seedOf(MAKER)).blindingPublic));
  });
});

describe('other elements are refused', () => {
  test('one that did not match added, one that did left out, one counted in another group', async () => {
    for (const [from, to] of [
      [0, 2n],
      [2, 0n],
      [1, 2n],
      [8, 7n],
      [2, 9n],
    ] as const)
      await refused(
        job,
        lie(({ witness }) => (witness.flags[placeOf(from)] = to)),
        to < 9n ? flagsReason : undefined,
      );
  });

  test('groups exchanged between two of them', async () => {
    await refused(
      job,
      lie(({ witness: { flags } }) => ([flags[placeOf(1)], flags[placeOf(2)]] = [2n, 1n])),
      flagsReason,
    );
  });

  test('with the returned list’s flags changed along', async () => {
    const change = ({ witness }: Inputs) => {
      witness.flags[placeOf(0)] = 2n;
      const x = mul(witness.list[placeOf(0)], deriveKeys(seedOf(MAKER)).blinding).x;
      witness.returned_flags[witness.returned.indexOf(x)] = 2n;
    };
    await refused(job, lie(change), /Points do not open the returned digest/);
    // Flags that make up the same number in their block, one beyond four bits.
    await refused(
      job,
      lie(({ witness }) => {
        witness.returned_flags[0] += 16n;
        witness.returned_flags[1] = (witness.returned_flags[1] + P - 1n) % P;
      }),
    );
  });

  test('chosen once the challenges are known, which follow from a commitment to the true ones', async () => {
    await refused(
      job,
      tampered((inputs) => {
        const { statement, witness } = inputs;
        witness.flags[placeOf(0)] = 2n;
        const { context, list, vector } = statement;
        const { counts } = nextSelect(inputs);
        witness.counts = [0, 1, 2, 3, 4, 5, 6, 7].map((g) => (counts >> (30n * BigInt(g))) % 2n ** 30n);
        statement.selected_digest = selectedDigestOf(context, list, vector, {
          ...shownOf(inputs),
          flags: selected.flags,
        });
      }),
    );
  });
});

describe('other sums are refused', () => {
  test('with a point more, of another group, or with counts changed', async () => {
    for (const change of [
      ({ sums }: Inputs) => (sums[1].c2 = add(sums[1].c2, mulGenerator(1n))),
      ({ sums }: Inputs) => (sums[1].c1 = add(sums[1].c1, mulGenerator(1n))),
      ({ sums }: Inputs) => ([sums[1], sums[7]] = [sums[7], sums[1]]),
      ({ sums }: Inputs) => (sums[1].c1.y = P - sums[1].c1.y),
      ({ counts }: Inputs) => (counts[1] += 1n),
      (shown: Inputs) => (shown.flags += 1n),
    ])
      await refused(job, giving(change), sumsReason);
  });

  test('of a group that is not full, or with one that is left out', async () => {
    const { statement } = job.inputs as Inputs;
    for (const k of [2n, 4n, 5n])
      await refused(
        job,
        tampered((inputs) => {
          const { context, list, vector } = statement;
          inputs.statement.selected_digest = selectedDigestOf(context, list, vector, shownOf(inputs, k));
        }),
        sumsReason,
      );
    for (const change of [(shown: Inputs) => (shown.full = 0b10000011n), (shown: Inputs) => (shown.full = 0b10n)])
      await refused(job, giving(change), sumsReason);
  });

  test('with counts that are not those of the flags, though they add up to the same', async () => {
    await refused(
      job,
      tampered(({ witness: { counts } }) => {
        counts[0] += 2n ** 30n;
        counts[1] -= 1n;
      }),
    );
  });

  test('that do not start from an encryption of 0 under the owner’s key', async () => {
    const starting = (start: (own: { c1: Point; c2: Point }) => { c1: Point; c2: Point }): Inputs =>
      lie(({ witness }) => (witness.state.sums[1] = start(witness.state.sums[1])));
    const reason = /First chunk starts from another state/;
    await refused(
      job,
      starting(({ c1, c2 }) => ({ c1, c2: add(c2, mulGenerator(1n)) })),
      reason,
    );
    await refused(
      job,
      starting(({ c1, c2 }) => ({ c1: add(c1, mulGenerator(1n)), c2 })),
      reason,
    );
  });

  test('without randomness; which it is, is the maker’s own', async () => {
    const key = deriveKeys(seedOf(OWNER)).decryptionPublic;
    const withRandomness = (rho: bigint): Inputs =>
      lie(({ witness }) => {
        witness.randomness[1] = scalar(rho);
        witness.state.sums[1] = { c1: point(mulGenerator(rho)), c2: point(mul(key, rho)) };
      });
    await accepted(job, withRandomness(77n));
    await refused(
      job,
      lie(({ witness }) => (witness.randomness[1] = { lo: 0n, hi: 0n })),
    );
  });
});

describe('other ciphertexts are refused', () => {
  const digest = /Ciphertexts do not open their digest/;

  test('swapped, replaced, negated, or of another vector, slot or room', async () => {
    for (const change of [
      ({ c1, c2 }: Inputs) => {
        [c1[0], c1[1]] = [c1[1], c1[0]];
        [c2[0], c2[1]] = [c2[1], c2[0]];
      },
      ({ c1, c2 }: Inputs) => ([c1[0], c2[0]] = [c2[0], c1[0]]),
      ({ c2 }: Inputs) => (c2[placeOf(2)] = point(mulGenerator(99n))),
      ({ c1 }: Inputs) => (c1[0].y = P - c1[0].y),
      // Both y exchanged for others that add up to what the chain takes need not be points.
      ({ c1, c2 }: Inputs) => {
        c1[0].y = P - c1[0].y;
        c2[0].y = P - c2[0].y;
      },
    ])
      await refused(
        job,
        lie(({ witness }) => change(witness)),
        digest,
      );
    await refused(
      job,
      lie(({ statement }) => (statement.vector = 0n)),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.encrypted_digest += 1n)),
      digest,
    );
  });

  test('that are no points, though the chain takes the same of them', async () => {
    const inputs = copyOf(job);
    const { c1, c2 } = inputs.witness;
    c1[0].y = (c1[0].y + 2n) % P;
    c2[0].y = (c2[0].y + P - 1n) % P;
    await refused(job, inputs, /Point is not on the curve/);
  });
});

describe('what the statement says cannot be exchanged', () => {
  test('context, list, digests, count and labels', async () => {
    const list = /Points do not open the list digest/;
    for (const change of [
      ({ statement }: Inputs) => (statement.context += 1n),
      ({ statement }: Inputs) => (statement.list += 1n),
      ({ statement }: Inputs) => (statement.list_digest += 1n),
      ({ witness }: Inputs) => (witness.labels[0] += 1n),
      ({ witness }: Inputs) => (witness.count += 1n),
      ({ witness: { list } }: Inputs) => ([list[0], list[1]] = [list[1], list[0]]),
    ])
      await refused(job, lie(change), list);
    await refused(
      job,
      lie(({ statement }) => (statement.returned_digest += 1n)),
      /Points do not open the returned digest/,
    );
  });

  test('the slot that makes it, which the challenges follow from', async () => {
    const inputs = copyOf(job);
    inputs.statement.slot += 1n;
    await refused(job, inputs, /State after does not open/);
  });

  test('secret, blinding key and the owner’s key', async () => {
    const reason = /Secret is not that of the blinding key/;
    await refused(
      job,
      lie(({ witness }) => (witness.secret = scalar(77n))),
      reason,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.blinding_key = point(mulGenerator(77n)))),
      reason,
    );
    await refused(
      job,
      lie(({ statement, witness }) => {
        witness.secret = scalar(77n);
        statement.blinding_key = point(mulGenerator(77n));
      }),
      flagsReason,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.key = point(deriveKeys(seedOf(0)).decryptionPublic))),
      /First chunk starts from another state/,
    );
  });

  test('k', async () => {
    for (const k of [2n, 4n, 5n])
      await refused(
        job,
        tampered(({ statement }) => (statement.k = k)),
        sumsReason,
      );
    await refused(
      job,
      lie(({ statement }) => (statement.k = 1n << 32n)),
    );
  });
});

describe('chunks', () => {
  const flags = Array.from({ length: 70 }, (_, i) => (i * 5) % 9);
  let jobs: ProofJob[];
  beforeAll(async () => {
    ({ jobs } = await made(flags));
  });

  test('are accepted one after another, and hand on what an independent computation gives', async () => {
    expect(jobs).toHaveLength(3);
    for (const chunk of jobs) {
      await accepted(chunk);
      expect(closeSelect(copyOf(chunk))).toEqual(chunk.inputs);
    }
    expect(chainWith(5n, [])).toBe((jobs[0].inputs as Inputs).witness.state.list);
  });

  test('of either size are about the same digests', async () => {
    const {
      jobs: [large, ...more],
    } = await made(flags, 256);
    expect([large.circuit, more]).toEqual(['select_256', []]);
    expect((large.inputs as Inputs).statement).toEqual((jobs[0].inputs as Inputs).statement);
    await accepted(large);
    expect(closeSelect(copyOf(large))).toEqual(large.inputs);
  });

  test('start from nothing but the initial state or the one before them', async () => {
    const changed = (field: string, from: ProofJob): Inputs =>
      tampered(({ witness }) => (witness.state[field] += 1n), from);
    for (const field of ['list', 'returned', 'ciphertexts', 'computed', 'listed', 'counts', 'flags'])
      await refused(jobs[1], changed(field, jobs[1]), /State before does not open/);
    for (const field of ['list', 'returned', 'ciphertexts', 'computed', 'listed', 'counts'])
      await refused(jobs[0], changed(field, jobs[0]), /starts from another state/);
    // What hides the flags is the prover's own.
    await accepted(jobs[0], changed('flags', jobs[0]));
  });

  test('a last chunk from another past is refused for its digests', async () => {
    for (const change of [
      ({ state }: Inputs) => (state.computed = state.listed + 1n),
      ({ state }: Inputs) => (state.counts += 1n),
      ({ state }: Inputs) => (state.flags += 1n),
      ({ state }: Inputs) => (state.sums[1].c1 = point(mulGenerator(5n))),
    ])
      await refused(
        jobs[2],
        tampered((inputs) => {
          change(inputs.witness);
          const { blindings, state } = inputs.witness;
          inputs.chunk.state_before = hash(7, [blindings.before, ...toFields(state)]);
        }, jobs[2]),
      );
  });

  test('cannot call themselves last too early, or go on too long', async () => {
    for (const chunk of jobs)
      await refused(
        chunk,
        tampered((inputs) => (inputs.chunk.last = !inputs.chunk.last), chunk),
      );
  });
});

describe('a client does not select', () => {
  test('by flags of no group, by another list, or by lists that another key hopped', async () => {
    const joined = await joinedList(ROWS, FLAGS);
    const vector = await encrypted(joined, VECTOR);
    const selection = selectionOf(joined, vector);
    const { returned, list } = selection;
    await expect(
      selectSums({ ...selection, returned: { ...returned, flags: returned.flags.map(() => 9) } }),
    ).rejects.toThrow(/names no group/);
    await expect(selectSums({ ...selection, blinding: 5n })).rejects.toThrow(/not made with this blinding key/);
    await expect(selectSums({ ...selection, returned: { ...returned, hop: 2 } })).rejects.toThrow(/hop 1/);
    await expect(selectSums({ ...selection, list: { ...list, list: 0 } })).rejects.toThrow(/slot/);
    await expect(selectSums({ ...selection, encrypted: { ...vector, slot: 0 } })).rejects.toThrow(/slot 0/);
    const shorter = { ...vector, ciphertexts: vector.ciphertexts.slice(128) };
    await expect(selectSums({ ...selection, encrypted: shorter })).rejects.toThrow(/10 elements, the list 11/);
    for (const k of [0, -1, 1.5]) await expect(selectSums({ ...selection, k })).rejects.toThrow(/k must be/);
  });
});
