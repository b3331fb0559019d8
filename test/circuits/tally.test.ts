/** Circuit `tally` accepts the cells of the committed rows and refuses every lie that section 8 of the protocol says it refuses. */
import fc from 'fast-check';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { Output, planDigest, type Plan } from '../../app/lib/protocol/plan.ts';
import { ValueOrder } from '../../app/lib/protocol/rules.ts';
import { tallyChunks } from '../../app/lib/proof/aggregate.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { datasetChunks } from '../../app/lib/proof/statements.ts';
import { chainOf } from '../support/chain.ts';
import { SOAK, some } from '../support/choice.ts';
import {
  accepted,
  cellsAfter,
  closeTally,
  copyOf,
  packedOf,
  planDigestOf,
  refused,
  tallyCommitmentOf,
  type Inputs,
} from './cheat.ts';
import { CONTEXT, people, seedOf } from './support.ts';

const N = 32;
const K = 2;
const SLOT = 3;
const { any } = ValueOrder;
/** The widest bounds of a column whose sum is opened. */
const LOW = -1000n;
const HIGH = LOW + (1n << 40n) - 1n;
/** Least and greatest value that there is. */
const LEAST = 1n - (1n << 61n);
const GREATEST = (1n << 61n) - 1n;

/** Three columns of the four, in groups by the first. */
const PLAN: Plan = {
  rules: [
    { min: -5n, max: 99n, order: any },
    { min: LOW, max: HIGH, order: any },
    { min: LEAST, max: GREATEST, order: any },
  ],
  grouping: 0,
  borders: [-5n, 0n, 18n, 65n, 100n],
  outputs: [Output.sum, Output.squares, Output.none],
  quantiles: [5000],
  confidence: 0,
};
/** One row below 0, two on each side of the border 18, none in the last group. */
const VALUES = [
  [-5n, LOW, LEAST],
  [17n, HIGH, GREATEST],
  [0n, 0n, 0n],
  [18n, -1n, 5n],
  [64n, 77n, -5n],
];

let job: ProofJob;

beforeAll(async () => {
  await initField();
  [job] = jobsOf(VALUES);
});

function jobsOf(values: readonly (readonly bigint[])[], plan = PLAN, size: 32 | 256 = N, k = K): ProofJob[] {
  const { digests } = people(0, values.length);
  const dataset = makeDataset(digests, plan.rules.length > 0 ? values : undefined);
  return tallyChunks({ context: CONTEXT, slot: SLOT, seed: seedOf(SLOT), dataset, plan, k }, { size });
}

const field = (value: bigint): bigint => (value < 0n ? P + value : value);
const statementOf = (from: ProofJob): Inputs => (from.inputs as Inputs).statement;

/** Cells by filtering rows group by group. */
function cellsOf(rows: readonly (readonly bigint[])[], { grouping, borders, outputs, rules }: Plan): bigint[] {
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  return Array.from({ length: 32 }, (_, g) => {
    const inside = rows.filter((row) => {
      const value = grouping === undefined ? 0n : row[grouping];
      return g + 1 < borders.length && borders[g] <= value && value < borders[g + 1];
    });
    const columns = [0, 1, 2, 3].flatMap((j) => {
      if ((outputs[j] ?? Output.none) === Output.none) return [0n, 0n];
      const above = inside.map((row) => row[j] - rules[j].min);
      return [sum(above), sum(above.map((value) => value * value))];
    });
    return [BigInt(inside.length), ...columns];
  }).flat();
}

/** The set of groups with at least k rows. */
const fullOf = (cells: readonly bigint[], k: bigint): bigint =>
  cells.reduce((set, cell, i) => set + (i % 9 === 0 && cell >= k ? 1n << BigInt(i / 9) : 0n), 0n);

/** The commitment to what a first and last chunk holds, spelled out. */
function commitmentTo({ statement, witness }: Inputs): bigint {
  const packed = witness.values
    .slice(0, Number(witness.count))
    .map((row: bigint[]) => packedOf(row, Number(witness.plan.rules.columns)));
  const chains = [witness.rows, chainOf(29, packed)];
  return hash(4, [statement.context, statement.slot, witness.count, ...chains, witness.salt]);
}

/** Inputs with something changed, and the state after the chunk repaired. */
function tampered(change: (inputs: Inputs) => void, from = job): Inputs {
  const inputs = copyOf(from);
  change(inputs);
  return closeTally(inputs);
}

/** The same with plan, cells and full groups repaired: only what binds rows to groups, plan and dataset is left to refuse it. */
function lie(change: (inputs: Inputs) => void, from = job): Inputs {
  return tampered((inputs) => {
    change(inputs);
    const { statement, witness } = inputs;
    const cells = cellsAfter(inputs);
    statement.plan = planDigestOf(witness.plan);
    statement.tally = tallyCommitmentOf(statement, witness, cells);
    statement.full = fullOf(cells, statement.k);
  }, from);
}

/** The same about other rows, which the dataset's commitment is repaired for, too. */
function lieOfOthers(change: (inputs: Inputs) => void, from = job): Inputs {
  return lie((inputs) => {
    change(inputs);
    inputs.statement.dataset_commitment = commitmentTo(inputs);
  }, from);
}

/** Cells that are not those of the rows, everywhere the same. */
function withCells(change: (cells: bigint[]) => void): Inputs {
  const inputs = copyOf(job);
  const cells = cellsAfter(inputs);
  change(cells);
  inputs.statement.tally = tallyCommitmentOf(inputs.statement, inputs.witness, cells);
  inputs.statement.full = fullOf(cells, inputs.statement.k);
  return closeTally(inputs, cells);
}

describe('the cells of the committed rows', () => {
  test('are accepted, and statement and state are what an independent computation gives', async () => {
    await accepted(job);
    expect(lieOfOthers(() => {})).toEqual(job.inputs);
    const { statement, witness } = job.inputs as Inputs;
    const cells = cellsOf(VALUES, PLAN);
    expect(cellsAfter(job.inputs)).toEqual(cells);
    expect(statement.tally).toBe(tallyCommitmentOf(statement, witness, cells));
    expect(statement.plan).toBe(planDigest(PLAN));
    // Groups 1 and 2 hold two rows each.
    expect(statement.full).toBe(0b0110n);
  });

  test('are those of the rows that `dataset` proves', () => {
    const dataset = makeDataset(people(0, VALUES.length).digests, VALUES);
    const limits = { minRows: 1, maxRows: 100 };
    const [proof] = datasetChunks({
      ...{ context: CONTEXT, slot: SLOT, seed: seedOf(SLOT), dataset, rules: PLAN.rules },
      ...limits,
    });
    expect(statementOf(job).dataset_commitment).toBe(statementOf(proof).dataset_commitment);
    expect((job.inputs as Inputs).witness.salt).toBe(deriveKeys(seedOf(SLOT)).salt);
  });

  test('of one row, of a whole chunk, and of rows that are all in one group', async () => {
    for (const rows of [VALUES.slice(0, 1), Array(N).fill(VALUES[3]), Array(7).fill(VALUES[1])]) {
      const [whole, ...more] = jobsOf(rows);
      expect(more).toEqual([]);
      await accepted(whole);
      const { statement, witness } = whole.inputs as Inputs;
      expect(statement.tally).toBe(tallyCommitmentOf(statement, witness, cellsOf(rows, PLAN)));
    }
  });

  test('with a group of k - 1, k and k + 1 rows, of which the last two are full', async () => {
    const rows = [...Array(3).fill(VALUES[1]), VALUES[3]] as bigint[][];
    for (const [k, full] of [
      [4, 0n],
      [3, 0b0010n],
      [2, 0b0010n],
      [1, 0b0110n],
    ] as const) {
      const [whole] = jobsOf(rows, PLAN, N, k);
      await accepted(whole);
      expect(statementOf(whole).full).toBe(full);
    }
  });

  test('of values at their bounds, and on borders', async () => {
    const rows = PLAN.borders.slice(0, -1).flatMap((border) => [
      [border, LOW, LEAST],
      [border === -5n ? 99n : border - 1n, HIGH, GREATEST],
    ]);
    const [whole] = jobsOf(rows);
    await accepted(whole);
    const { statement, witness } = whole.inputs as Inputs;
    expect(statement.tally).toBe(tallyCommitmentOf(statement, witness, cellsOf(rows, PLAN)));
  });

  test('for 32 groups, for one, without a grouping column, and without any column', async () => {
    const grouping = 0;
    const borders = Array.from({ length: 33 }, (_, i) => BigInt(3 * i) - 5n).with(32, 100n);
    const ungrouped = { ...PLAN, grouping: undefined, borders: [0n, 1n] };
    const counts: Plan = { rules: [], borders: [0n, 1n], outputs: [], quantiles: [], confidence: 0 };
    for (const plan of [{ ...PLAN, grouping, borders }, { ...PLAN, borders: [-5n, 100n] }, ungrouped, counts]) {
      const [whole] = jobsOf(VALUES, plan);
      await accepted(whole);
      const { statement, witness } = whole.inputs as Inputs;
      expect(statement.tally).toBe(tallyCommitmentOf(statement, witness, cellsOf(VALUES, plan)));
      expect(statement.plan).toBe(planDigestOf(witness.plan));
    }
  });

  test('for any plan and rows', async () => {
    const value = fc.bigInt({ min: -20n, max: 20n });
    const table = fc.integer({ min: 1, max: 4 }).chain((columns) =>
      fc.record({
        grouping: fc.integer({ min: 0, max: columns - 1 }),
        inner: fc.uniqueArray(value, { maxLength: 31 }),
        outputs: fc.array(fc.constantFrom(0, 1, 2), { minLength: columns, maxLength: columns }),
        rows: fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: N }),
        k: fc.integer({ min: 1, max: 4 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(table, async ({ grouping, inner, outputs, rows, k }) => {
        const sorted = inner.filter((border) => border > -20n).sort((a, b) => (a < b ? -1 : 1));
        const plan: Plan = {
          rules: outputs.map(() => ({ min: -20n, max: 20n, order: any })),
          grouping,
          borders: [-20n, ...sorted, 21n],
          outputs: outputs as Plan['outputs'],
          quantiles: [],
          confidence: 0,
        };
        const [whole] = jobsOf(rows, plan, N, k);
        await accepted(whole);
        const { statement, witness } = whole.inputs as Inputs;
        const cells = cellsOf(rows, plan);
        expect(statement.tally).toBe(tallyCommitmentOf(statement, witness, cells));
        expect(statement.full).toBe(fullOf(cells, BigInt(k)));
      }),
      { numRuns: SOAK ? 100 : 5 },
    );
  });

  test('whatever stands beyond the count', async () => {
    await accepted(
      job,
      tampered(({ witness }) => {
        for (let i = VALUES.length; i < N; i++) {
          witness.values[i] = [P - 1n, 1n << 200n, 5n, 6n];
          witness.groups[i] = BigInt(i);
        }
      }),
    );
  });

  test('the public inputs are statement and chunk in their order', () => {
    const { statement, chunk } = job.inputs as Inputs;
    const { context, slot, dataset_commitment, plan, k, tally, full } = statement;
    const { index, last, state_before, state_after } = chunk;
    expect(job.publicInputs).toEqual([
      ...[context, slot, dataset_commitment, plan, k, tally, full],
      ...[index, BigInt(last), state_before, state_after],
    ]);
  });
});

describe('rows in other groups are refused', () => {
  test('next to their own, also where they lie on a border', async () => {
    for (const [row, own] of some([...[0n, 1n, 1n, 2n, 2n].entries()], 2)) {
      await accepted(
        job,
        lie(({ witness }) => (witness.groups[row] = own)),
      );
      for (const other of [own - 1n, own + 1n])
        await refused(
          job,
          lie(({ witness }) => (witness.groups[row] = field(other))),
        );
    }
  });

  test('in a group that the plan does not have, or in none at all', async () => {
    for (const group of [4n, 31n, 32n, P - 1n])
      await refused(
        job,
        lie(({ witness }) => (witness.groups[1] = group)),
      );
  });

  test('that lie in none of the plan’s groups, wherever they are counted', async () => {
    for (const value of some([-6n, 100n, 1n << 60n], 2))
      for (const group of some([0n, 3n, 4n, 31n], 2))
        await refused(
          job,
          lieOfOthers(({ witness }) => {
            witness.values[0][0] = field(value);
            witness.groups[0] = group;
          }),
        );
  });
});

describe('other cells are refused', () => {
  test('with any of them one more or one less', async () => {
    // Counts, sums, squares; of groups with rows, without, and beyond the plan's; of columns that are opened, and not.
    for (const cell of some([0, 1, 3, 4, 9, 12, 13, 27, 28, 14, 16, 36, 287], 4))
      for (const change of [1n, P - 1n])
        await refused(
          job,
          withCells((cells) => (cells[cell] = (cells[cell] + change) % P)),
          /State after does not open/,
        );
  });

  test('in the commitment alone', async () => {
    const inputs = copyOf(job);
    const cells = cellsAfter(inputs).with(9, 3n);
    inputs.statement.tally = tallyCommitmentOf(inputs.statement, inputs.witness, cells);
    await refused(job, inputs, /Cells do not open the tally's commitment/);
  });

  test('that were not empty before the first chunk', async () => {
    for (const cell of [0, 287])
      await refused(
        job,
        lie(({ witness }) => (witness.state.cells[cell] = 1n)),
        /First chunk starts from another state/,
      );
  });
});

describe('full groups are those with at least k rows', () => {
  test('and no others, each bit both ways', async () => {
    const groups = Array.from({ length: 32 }, (_, g) => g);
    for (const g of new Set([...some([0, 1, 2, 31], 2), ...some(groups, 2)]))
      await refused(
        job,
        tampered(({ statement }) => (statement.full ^= 1n << BigInt(g))),
      );
    for (const full of [0n, (1n << 32n) - 1n, 0b0110n + (1n << 32n), P - 1n])
      await refused(
        job,
        tampered(({ statement }) => (statement.full = full)),
      );
  });

  test('for the k of the statement', async () => {
    for (const k of [3n, 1n, 1n << 32n, P - 1n])
      await refused(
        job,
        tampered(({ statement }) => (statement.k = k)),
      );
    await accepted(
      job,
      lie(({ statement }) => (statement.k = 3n)),
    );
  });
});

describe('what was committed to cannot be exchanged', () => {
  const opens = /Values do not open the dataset commitment/;

  test('by leaving a row out, or adding one', async () => {
    for (const count of [VALUES.length - 1, VALUES.length + 1])
      await refused(
        job,
        lie(({ witness }) => (witness.count = BigInt(count))),
      );
    // A row in the middle goes, the last one takes its place.
    await refused(
      job,
      lie(({ witness }) => {
        witness.values[1] = witness.values[4];
        witness.groups[1] = witness.groups[4];
        witness.count -= 1n;
      }),
      opens,
    );
  });

  test('by other values, also those that one sum would pack alike', async () => {
    await refused(
      job,
      lie(({ witness }) => (witness.values[4][1] += 1n)),
      opens,
    );
    for (const moved of [1n, P - 1n]) {
      const inputs = lie(({ witness }) => {
        witness.values[4][0] = (witness.values[4][0] + moved * (1n << 62n)) % P;
        witness.values[4][1] = (witness.values[4][1] + P - moved) % P;
      });
      // The dataset's commitment opens: what refuses them is that they are no values.
      expect(commitmentTo(inputs)).toBe(statementOf(job).dataset_commitment);
      await refused(job, inputs, /range|bit/i);
    }
    await refused(
      job,
      lie(({ witness }) => {
        witness.values[4][2] = (witness.values[4][2] + (1n << 62n)) % P;
        witness.values[4][3] = P - 1n;
      }),
      /range|bit/i,
    );
  });

  test('by another order of the rows', async () => {
    await refused(
      job,
      lie(({ witness }) => {
        for (const array of [witness.values, witness.groups]) [array[1], array[2]] = [array[2], array[1]];
      }),
      opens,
    );
  });

  test('nor can context, slot, commitment, salt and rows', async () => {
    for (const name of ['context', 'slot', 'dataset_commitment'])
      await refused(
        job,
        lie(({ statement }) => (statement[name] += 1n)),
        opens,
      );
    for (const name of ['salt', 'rows'])
      await refused(
        job,
        lie(({ witness }) => (witness[name] += 1n)),
        opens,
      );
    await refused(
      job,
      tampered(({ witness }) => (witness.blinding += 1n)),
      /Cells do not open/,
    );
  });

  test('nor can the plan', async () => {
    const digest = /Plan does not open its digest/;
    await refused(
      job,
      tampered(({ statement }) => (statement.plan += 1n)),
      digest,
    );
    for (const change of [
      (plan: Inputs) => (plan.rules.rules[1].min = 0n),
      (plan: Inputs) => (plan.grouping = 2n),
      (plan: Inputs) => (plan.borders[1] = 1n),
      (plan: Inputs) => (plan.borders[32] = 101n),
      (plan: Inputs) => (plan.outputs[2] = 1n),
      (plan: Inputs) => (plan.quantiles[0] = 1n),
      (plan: Inputs) => (plan.confidence = 1n),
    ])
      await refused(
        job,
        tampered(({ witness }) => change(witness.plan)),
        digest,
      );
  });
});

describe('values that sums could not stand are refused', () => {
  test('below the least of a column whose sum is opened, or 2^40 above', async () => {
    const [row, column] = [3, 1];
    const set = (value: bigint): Inputs => lieOfOthers(({ witness }) => (witness.values[row][column] = field(value)));
    await accepted(job, set(LOW));
    await accepted(job, set(HIGH));
    for (const value of [LOW - 1n, HIGH + 1n, LEAST, GREATEST]) await refused(job, set(value), /range|bit/i);
  });

  test('that are none', async () => {
    for (const value of [1n << 61n, -(1n << 61n) - 1n, 1n << 62n, P / 2n])
      await refused(
        job,
        lieOfOthers(({ witness }) => (witness.values[3][2] = field(value))),
        /range|bit/i,
      );
  });
});

describe('plans that make no sense are refused', () => {
  const withPlan = (change: (plan: Inputs) => void): Inputs => lieOfOthers(({ witness }) => change(witness.plan));
  const fill = (plan: Inputs, from: number, value: bigint): void => {
    for (let i = from; i <= 32; i++) plan.borders[i] = value;
  };

  test('though others are accepted', async () => {
    await accepted(
      job,
      withPlan((plan) => fill(plan, 4, 1000n)),
    );
    await accepted(
      job,
      withPlan((plan) => {
        plan.outputs = [2n, 1n, 0n, 0n];
        plan.quantiles = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 9999n];
        plan.confidence = (1n << 22n) - 1n;
      }),
    );
  });

  test('borders that fall, rise again, or are no values', async () => {
    for (const change of [
      (plan: Inputs) => (plan.borders[2] = P - 1n),
      (plan: Inputs) => (plan.borders[32] = 101n),
      (plan: Inputs) => (plan.borders[3] = 18n),
      (plan: Inputs) => fill(plan, 4, 1n << 61n),
      (plan: Inputs) => (plan.borders[0] = P - (1n << 61n)),
    ])
      await refused(job, withPlan(change));
  });

  test('columns that do not exist, or serve for what they may not', async () => {
    for (const change of [
      (plan: Inputs) => (plan.grouping = 4n),
      (plan: Inputs) => (plan.grouping = 5n),
      (plan: Inputs) => (plan.outputs[3] = 1n),
      (plan: Inputs) => (plan.outputs[0] = 3n),
      // The third column's bounds are too far from each other.
      (plan: Inputs) => (plan.outputs[2] = 1n),
      // A ratio needs two columns, opened and never negative.
      (plan: Inputs) => (plan.numerator = 1n),
      (plan: Inputs) => ([plan.numerator, plan.denominator] = [1n, 2n]),
      (plan: Inputs) => ([plan.numerator, plan.denominator] = [3n, 3n]),
    ])
      await refused(job, withPlan(change));
  });

  test('quantiles and confidences that are none', async () => {
    for (const quantiles of [[10000n], [2n, 1n], [2n, 2n], [0n, 1n], [P - 1n]])
      await refused(
        job,
        withPlan((plan) => (plan.quantiles = [...quantiles, ...Array<bigint>(8 - quantiles.length).fill(0n)])),
      );
    await refused(
      job,
      withPlan((plan) => (plan.confidence = 1n << 22n)),
    );
  });

  test('other borders than 0 and 1 without a grouping column', async () => {
    const [ungrouped] = jobsOf(VALUES, { ...PLAN, grouping: undefined, borders: [0n, 1n] });
    for (const change of [
      (plan: Inputs) => fill(plan, 1, 2n),
      (plan: Inputs) => fill(plan, 2, 2n),
      (plan: Inputs) => (plan.borders[0] = P - 1n),
    ])
      await refused(
        ungrouped,
        lieOfOthers(({ witness }) => change(witness.plan), ungrouped),
      );
  });
});

describe('several chunks', () => {
  const rows = Array.from({ length: 2 * N + 1 }, (_, i) => [BigInt((7 * i) % 105) - 5n, BigInt(i), -BigInt(i)]);
  let jobs: ProofJob[];

  beforeAll(() => {
    jobs = jobsOf(rows);
  });

  test('count all rows, and hand their cells on', async () => {
    expect(jobs).toHaveLength(3);
    for (const chunk of jobs) await accepted(chunk);
    const { statement, witness } = jobs[2].inputs as Inputs;
    expect(statement.tally).toBe(tallyCommitmentOf(statement, witness, cellsOf(rows, PLAN)));
    const [large] = jobsOf(rows, PLAN, 256);
    expect(large.circuit).toBe('tally_256');
    await accepted(large);
    expect(statementOf(large)).toEqual(statement);
  });

  test('cannot be cut short, run in another order, or start from other cells', async () => {
    for (const change of [
      ({ chunk }: Inputs) => (chunk.last = true),
      ({ chunk, witness }: Inputs) => {
        chunk.last = true;
        witness.count = BigInt(N);
      },
    ])
      await refused(jobs[0], tampered(change, jobs[0]));
    await refused(
      jobs[1],
      tampered(({ chunk }) => (chunk.index = 2n), jobs[1]),
    );
    await refused(
      jobs[2],
      lie(({ witness }) => (witness.state.cells[9] += 1n), jobs[2]),
      /State before does not open/,
    );
  });
});
