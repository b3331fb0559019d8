/** Circuit `dataset` accepts rows that keep the rules and refuses every lie that section 6 of the protocol says it refuses. */
import fc from 'fast-check';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { assertRulesKept, datasetCommitment, makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { ValueOrder, rulesDigest, type Rules } from '../../app/lib/protocol/rules.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { blindChunks, datasetChunks } from '../../app/lib/proof/statements.ts';
import { chainOf } from '../support/chain.ts';
import { accepted, closeDataset, copyOf, packedOf, refused, type Inputs } from './cheat.ts';
import { CONTEXT, people, seedOf } from './support.ts';

const N = 32;
/** Least and greatest value that there is. */
const LEAST = 1n - (1n << 61n);
const GREATEST = (1n << 61n) - 1n;
const { any, neverFalls, neverRises } = ValueOrder;

/** Three columns of the four. */
const RULES: Rules = [
  { min: 0n, max: 100n, order: any },
  { min: -50n, max: 50n, order: neverFalls },
  { min: LEAST, max: GREATEST, order: neverRises },
];
const VALUES = [
  [7n, -50n, GREATEST],
  [0n, -3n, 12n],
  [100n, -3n, 12n],
  [55n, 0n, -1n],
  [56n, 50n, LEAST],
];
const ROWS = people(0, VALUES.length).digests;
const LIMITS = { minRows: 1, maxRows: 1000 };

let salt: bigint;
let job: ProofJob;

beforeAll(async () => {
  await initField();
  ({ salt } = deriveKeys(seedOf(0)));
  [job] = jobsOf(makeDataset(ROWS, VALUES));
});

function jobsOf(dataset: Dataset, rules = RULES, size: 32 | 512 = N, limits = LIMITS): ProofJob[] {
  return datasetChunks({ context: CONTEXT, slot: 0, seed: seedOf(0), dataset, rules, ...limits }, { size });
}

const field = (value: bigint): bigint => (value < 0n ? P + value : value);

/** Sets rows and their values, filled up to whole chunks, and the count. Values are taken as they are, modulo p. */
function setRows(inputs: Inputs, rows: readonly bigint[], values: readonly (readonly bigint[])[]): void {
  const fill = <T>(list: readonly T[], filler: T): T[] => [...list, ...Array<T>(N - list.length).fill(filler)];
  const wide = values.map((row) => [...row.map(field), 0n, 0n, 0n, 0n].slice(0, 4));
  inputs.witness.rows = fill(rows, 0n);
  inputs.witness.values = fill(wide, [0n, 0n, 0n, 0n]);
  inputs.witness.count = BigInt(rows.length);
}

/** Sets rules, whether or not they make sense, and their digest. */
function setRules(
  inputs: Inputs,
  columns: number,
  rules: readonly { min: bigint; max: bigint; order: number }[],
): void {
  const none = { min: 0n, max: 0n, order: 0n };
  const wide = Array.from({ length: 4 }, (_, j) =>
    rules[j] ? { min: field(rules[j].min), max: field(rules[j].max), order: BigInt(rules[j].order) } : none,
  );
  inputs.witness.rules = { columns: BigInt(columns), rules: wide };
  inputs.statement.rules = hash(20, [BigInt(columns), ...wide.flatMap(({ min, max, order }) => [min, max, order])]);
}

/** The commitment to what a first and last chunk holds, spelled out. */
function commitmentTo({ statement, witness }: Inputs): bigint {
  const length = Number(witness.count);
  const rows = witness.rows.slice(0, length);
  const packed = witness.values.slice(0, length).map((row: bigint[]) => packedOf(row, Number(witness.rules.columns)));
  const chains = [chainOf(3, rows), chainOf(29, packed)];
  return hash(4, [statement.context, statement.slot, witness.count, ...chains, witness.salt]);
}

/** Inputs with something changed, and all but the commitment repaired as far as a liar can. */
function tampered(change: (inputs: Inputs) => void, from = job): Inputs {
  const inputs = copyOf(from);
  change(inputs);
  return closeDataset(inputs);
}

/** The same for a dataset of one chunk, with the commitment repaired, too: only the rules are left to refuse it. */
function lie(change: (inputs: Inputs) => void): Inputs {
  return tampered((inputs) => {
    change(inputs);
    inputs.statement.dataset_commitment = commitmentTo(inputs);
  });
}

const withValue = (row: number, column: number, value: bigint): Inputs =>
  lie(({ witness }) => (witness.values[row][column] = field(value)));
const withRows = (rows: readonly bigint[]): Inputs =>
  lie((inputs) =>
    setRows(
      inputs,
      rows,
      rows.map(() => VALUES[1]),
    ),
  );

describe('rows that keep the rules', () => {
  test('are accepted, and commitment, rules and state are what an independent computation gives', async () => {
    await accepted(job);
    const again = lie((inputs) => {
      setRows(inputs, ROWS, VALUES);
      setRules(inputs, 3, RULES);
    });
    expect(again).toEqual(job.inputs);
    const { statement } = job.inputs as Inputs;
    expect(statement.rules).toBe(rulesDigest(RULES));
    expect(statement.rules).toBe(hash(20, [3n, 0n, 100n, 0n, P - 50n, 50n, 1n, P + LEAST, GREATEST, 2n, 0n, 0n, 0n]));
    expect(statement.dataset_commitment).toBe(
      datasetCommitment({ context: CONTEXT, slot: 0, dataset: makeDataset(ROWS, VALUES), salt }),
    );
  });

  test('of no column to four columns, in any number of rows', async () => {
    const rule = { min: -1n, max: 1n, order: any };
    for (const columns of [0, 1, 2, 3, 4]) {
      for (const count of [1, 2, N]) {
        const { digests } = people(0, count);
        const values = columns ? digests.map((_, i) => Array<bigint>(columns).fill(BigInt(i % 3) - 1n)) : undefined;
        const [whole, ...more] = jobsOf(makeDataset(digests, values), Array(columns).fill(rule));
        expect(more).toEqual([]);
        await accepted(whole);
        expect((whole.inputs as Inputs).statement.dataset_commitment).toBe(commitmentTo(whole.inputs));
      }
    }
  });

  test('whatever stands beyond the count', async () => {
    await accepted(
      job,
      tampered(({ witness }) => {
        for (let i = ROWS.length; i < N; i++) {
          witness.rows[i] = BigInt(i % 3);
          witness.values[i] = [P - 1n, 1n << 200n, 5n, 6n];
        }
      }),
    );
  });

  test('the public inputs are statement and chunk in their order', () => {
    const { statement, chunk } = job.inputs as Inputs;
    const { context, slot, dataset_commitment, min_rows, max_rows, rules } = statement;
    const { index, last, state_before, state_after } = chunk;
    expect(job.publicInputs).toEqual([
      ...[context, slot, dataset_commitment, min_rows, max_rows, rules],
      ...[index, BigInt(last), state_before, state_after],
    ]);
  });

  test('have the commitment that a blinding of them opens', async () => {
    const dataset = makeDataset(ROWS, VALUES);
    const { blinding } = deriveKeys(seedOf(0));
    const list = await blindDataset({ context: CONTEXT, slot: 0, dataset, blinding });
    const [blind] = await blindChunks({ context: CONTEXT, slot: 0, seed: seedOf(0), dataset, list }, { size: 32 });
    await accepted(blind);
    const committed = (from: ProofJob) => (from.inputs as Inputs).statement.dataset_commitment;
    expect(committed(blind)).toBe(committed(job));
  });
});

describe('poisoned values are refused', () => {
  test('above the greatest or below the least that a column allows, which are allowed themselves', async () => {
    for (const row of [0, 2, 4]) {
      for (const value of [0n, 1n, 99n, 100n]) await accepted(job, withValue(row, 0, value));
      for (const value of [101n, 1n << 61n, 1n << 62n, 1n << 128n, P / 2n])
        await refused(job, withValue(row, 0, value));
      // P - 1 is -1 where the least is 0.
      for (const value of [P - 1n, P - 101n, P - (1n << 61n), P - (1n << 62n)])
        await refused(job, withValue(row, 0, value));
    }
    await refused(job, withValue(0, 1, -51n));
    await refused(job, withValue(4, 1, 51n));
  });

  test('beyond what any value may be, under the widest bounds', async () => {
    await accepted(job, withValue(0, 2, GREATEST));
    await accepted(job, withValue(4, 2, LEAST));
    for (const [row, value] of [
      [0, GREATEST + 1n],
      [0, 1n << 62n],
      [0, (1n << 62n) + 12n],
      [4, LEAST - 1n],
      [4, -(1n << 62n)],
      [4, 1n << 252n],
    ] as const)
      await refused(job, withValue(row, 2, value));
  });

  test('that fall where they must never fall, or rise where they must never rise', async () => {
    await accepted(job, withValue(2, 1, 0n));
    await accepted(job, withValue(1, 1, -50n));
    await refused(job, withValue(2, 1, -4n));
    await refused(job, withValue(1, 1, -2n));
    await refused(job, withValue(4, 1, -50n));
    await accepted(job, withValue(2, 2, -1n));
    await refused(job, withValue(2, 2, 13n));
    await refused(job, withValue(4, 2, GREATEST));
    await refused(job, withValue(0, 2, LEAST));
    // Without an order the same columns may do as they like.
    const free = RULES.map((rule) => ({ ...rule, order: any }));
    await accepted(
      job,
      lie((inputs) => {
        setRules(inputs, 3, free);
        setRows(inputs, ROWS, [...VALUES].reverse());
      }),
    );
  });

  test('in a column that is not used', async () => {
    for (const value of [1n, P - 1n, P - (1n << 61n)])
      for (const row of [0, 4]) await refused(job, withValue(row, 3, value));
    await refused(
      job,
      lie((inputs) => setRules(inputs, 2, RULES.slice(0, 2))),
    );
  });

  test('exactly those that TypeScript refuses', async () => {
    const rule = fc.record({
      min: fc.bigInt({ min: -4n, max: 1n }),
      max: fc.bigInt({ min: -1n, max: 4n }),
      order: fc.constantFrom(any, neverFalls, neverRises),
    });
    const table = fc.integer({ min: 1, max: 4 }).chain((columns) =>
      fc.record({
        rules: fc.array(rule, { minLength: columns, maxLength: columns }),
        values: fc.array(fc.array(fc.bigInt({ min: -3n, max: 3n }), { minLength: columns, maxLength: columns }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
    );
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(table, async ({ rules, values }) => {
        const { digests } = people(0, values.length);
        const inputs = lie((changed) => {
          setRows(changed, digests, values);
          setRules(changed, rules.length, rules);
        });
        const dataset = makeDataset(digests, values);
        let keeps = true;
        try {
          assertRulesKept(dataset, { rules, ...LIMITS });
        } catch {
          keeps = false;
        }
        if (keeps) kept++;
        await (keeps ? accepted(job, inputs) : refused(job, inputs));
      }),
      { numRuns: 150 },
    );
    expect(kept).toBeGreaterThan(0);
  });
});

describe('poisoned rows are refused', () => {
  test('though other rows are accepted with their own commitment (the lies below are about nothing else)', async () => {
    await accepted(job, withRows(people(20, 26).digests));
    await accepted(job, withRows([1n, (1n << 248n) - 1n]));
  });

  test('a row twice', async () => {
    const [first, ...rest] = people(20, 24).digests;
    await refused(job, withRows([first, first, ...rest]));
    await refused(job, withRows([first, ...rest, ...rest.slice(-1)]));
  });

  test('rows out of order', async () => {
    await refused(job, withRows(people(20, 24).digests.toReversed()));
  });

  test('a row that is too long, and the row 0', async () => {
    await refused(job, withRows([...people(20, 24).digests, 1n << 248n]));
    await refused(job, withRows([...people(20, 24).digests, P - 1n]));
    await refused(job, withRows([0n, ...people(20, 24).digests]));
  });

  test('too few and too many', async () => {
    const limited = (min: bigint, max: bigint) =>
      lie(({ statement }) => {
        statement.min_rows = min;
        statement.max_rows = max;
      });
    const count = BigInt(ROWS.length);
    await accepted(job, limited(count, count));
    await accepted(job, limited(0n, (1n << 32n) - 1n));
    await refused(job, limited(count + 1n, 100n));
    await refused(job, limited(1n, count - 1n));
    // Limits that are no numbers of rows.
    await refused(job, limited(P - 1n, 100n));
    await refused(job, limited(1n, 1n << 32n));
  });

  test('none at all, or a count that is not theirs', async () => {
    await refused(
      job,
      lie((inputs) => setRows(inputs, [], [])),
    );
    for (const count of [0n, 4n, 6n, 33n, P - 1n])
      await refused(
        job,
        tampered(({ witness }) => (witness.count = count)),
      );
  });
});

describe('what was committed to cannot be exchanged', () => {
  const opens = /Rows do not open the dataset commitment/;

  test('another commitment, slot, room, salt, row or value', async () => {
    for (const name of ['dataset_commitment', 'slot', 'context'])
      await refused(
        job,
        tampered(({ statement }) => (statement[name] += 1n)),
        opens,
      );
    await refused(
      job,
      tampered(({ witness }) => (witness.salt += 1n)),
      opens,
    );
    await refused(
      job,
      tampered(({ witness }) => (witness.rows[4] += 1n)),
      opens,
    );
    for (const [column, value] of [8n, 49n, P + LEAST + 1n].entries())
      await refused(
        job,
        tampered(({ witness }) => (witness.values[4][column] = value)),
        opens,
      );
  });

  test('values of another number of columns, though they are all 0', async () => {
    const rule = { min: 0n, max: 0n, order: any };
    const zeros = makeDataset(
      ROWS,
      ROWS.map(() => [0n]),
    );
    const [one] = jobsOf(zeros, [rule]);
    await accepted(one);
    for (const columns of [0, 2])
      await refused(
        one,
        tampered((inputs) => setRules(inputs, columns, Array(columns).fill(rule)), one),
        opens,
      );
  });

  test('other rules than those of the room', async () => {
    const digest = /Rules do not open their digest/;
    await refused(
      job,
      lie(({ statement }) => (statement.rules += 1n)),
      digest,
    );
    for (const loosen of [
      (rules: Inputs) => (rules.rules[0].max = 101n),
      (rules: Inputs) => (rules.rules[0].min = P - 1n),
      (rules: Inputs) => (rules.rules[1].order = 0n),
      (rules: Inputs) => (rules.columns = 2n),
    ])
      await refused(
        job,
        lie(({ witness }) => loosen(witness.rules)),
        digest,
      );
  });
});

describe('rules that make no sense are refused', () => {
  const withRules = (columns: number, rules: readonly { min: bigint; max: bigint; order: number }[]): Inputs =>
    lie((inputs) => {
      setRules(inputs, columns, rules);
      setRows(
        inputs,
        ROWS,
        ROWS.map(() => rules.map(() => 0n)),
      );
    });
  const good = { min: -1n, max: 1n, order: 0 };

  test('though others are accepted', async () => {
    await accepted(job, withRules(1, [good]));
    await accepted(job, withRules(1, [{ min: LEAST, max: GREATEST, order: 2 }]));
  });

  test('bounds that are no values, or in the wrong order', async () => {
    await refused(job, withRules(1, [{ ...good, max: GREATEST + 1n }]));
    await refused(job, withRules(1, [{ ...good, max: P / 2n }]));
    await refused(job, withRules(1, [{ ...good, min: LEAST - 1n }]));
    await refused(job, withRules(1, [{ ...good, min: 1n, max: -1n }]));
    await refused(job, withRules(1, [{ ...good, min: 1n, max: 0n }]));
  });

  test('an order that does not exist', async () => {
    for (const order of [3n, 4n, P - 1n])
      await refused(
        job,
        lie((inputs) => {
          setRules(inputs, 1, [good]);
          inputs.witness.rules.rules[0].order = order;
          const { min, max } = inputs.witness.rules.rules[0];
          inputs.statement.rules = hash(20, [1n, min, max, order, ...Array<bigint>(9).fill(0n)]);
          setRows(
            inputs,
            ROWS,
            ROWS.map(() => [0n]),
          );
        }),
        /There is no such order/,
      );
  });

  test('more columns than there are', async () => {
    await refused(job, withRules(5, [good, good, good, good]));
  });

  test('a rule for a column that is not used', async () => {
    const unused = /A column that is not used/;
    for (const rule of [
      { min: 0n, max: 1n, order: 0 },
      { min: -1n, max: 0n, order: 0 },
      { min: 0n, max: 0n, order: 1 },
    ])
      await refused(job, withRules(1, [good, rule]), unused);
    await refused(job, withRules(0, [good]), unused);
  });
});

describe('chunks', () => {
  const rules: Rules = [
    { min: 0n, max: 100n, order: neverFalls },
    { min: -100n, max: 0n, order: neverRises },
  ];
  const tableOf = (count: number, step: number): Dataset => {
    const { digests } = people(0, count);
    return makeDataset(
      digests,
      digests.map((_, i) => [BigInt(Math.floor(i / step)), -BigInt(Math.floor(i / step))]),
    );
  };
  /** Values of a chunk's first row that differ from those of the row before it, in one column. */
  const withFirst = (from: ProofJob, column: number, change: bigint): Inputs =>
    tampered(({ witness }) => {
      witness.values[0][column] = (witness.state.last_values[column] + change + P) % P;
    }, from);
  let jobs: ProofJob[];
  beforeAll(() => {
    jobs = jobsOf(tableOf(70, 2), rules);
  });

  test('of many rows are accepted, one after another, and add up to the commitment', async () => {
    expect(jobs.map(({ inputs }) => (inputs.chunk as Inputs).last)).toEqual([false, false, true]);
    for (const [i, chunk] of jobs.entries()) {
      await accepted(chunk);
      expect(closeDataset(copyOf(chunk))).toEqual(chunk.inputs);
      if (i > 0)
        expect((chunk.inputs.chunk as Inputs).state_before).toBe((jobs[i - 1].inputs.chunk as Inputs).state_after);
    }
    const { digests, values } = tableOf(70, 2);
    const packed = values!.map((row) => packedOf(row.map(field), 2));
    expect((jobs[2].inputs as Inputs).statement.dataset_commitment).toBe(
      hash(4, [CONTEXT, 0n, 70n, chainOf(3, digests), chainOf(29, packed), salt]),
    );
  });

  test('keep the order of values across their border', async () => {
    await accepted(jobs[1], withFirst(jobs[1], 0, 0n));
    await accepted(jobs[1], withFirst(jobs[1], 0, 1n));
    await refused(jobs[1], withFirst(jobs[1], 0, -1n));
    await accepted(jobs[1], withFirst(jobs[1], 1, 0n));
    await accepted(jobs[1], withFirst(jobs[1], 1, -1n));
    await refused(jobs[1], withFirst(jobs[1], 1, 1n));
  });

  test('keep the bounds of values in each of them', async () => {
    for (const chunk of jobs) {
      const last = Number((chunk.inputs.chunk as Inputs).last ? 5n : 31n);
      for (const value of [101n, P - 1n])
        await refused(
          chunk,
          tampered(({ witness }) => (witness.values[last][0] = value), chunk),
        );
    }
  });

  test('keep the order of rows across their border', async () => {
    for (const change of [0n, -1n])
      await refused(
        jobs[1],
        tampered(({ witness }) => (witness.rows[0] = witness.state.last_row + change), jobs[1]),
      );
  });

  test('cannot call themselves last too early, or go on too long', async () => {
    for (const chunk of jobs)
      await refused(
        chunk,
        tampered((inputs) => (inputs.chunk.last = !inputs.chunk.last), chunk),
      );
    await refused(
      job,
      tampered((inputs) => (inputs.chunk.last = false)),
    );
  });

  test('start from nothing but the initial state or the one before them', async () => {
    const before = /State before does not open/;
    const initial = /starts from another state/;
    await refused(
      job,
      tampered((inputs) => (inputs.chunk.state_before = 1n)),
      before,
    );
    const changes: ((state: Inputs) => void)[] = [
      ...['rows', 'last_row', 'values'].map((name) => (state: Inputs) => (state[name] += 1n)),
      ...[0, 1, 2, 3].map((column) => ({ last_values }: Inputs) => {
        last_values[column] = (last_values[column] + 1n) % P;
      }),
    ];
    for (const change of changes) {
      await refused(
        job,
        tampered(({ witness }) => change(witness.state)),
        initial,
      );
      await refused(
        jobs[1],
        tampered(({ witness }) => change(witness.state), jobs[1]),
        before,
      );
    }
    await refused(
      jobs[1],
      tampered((inputs) => (inputs.chunk.state_before = 0n), jobs[1]),
      before,
    );
  });

  test('end in the state they come to', async () => {
    const inputs = copyOf(jobs[0]);
    inputs.chunk.state_after += 1n;
    await refused(jobs[0], inputs, /State after does not open/);
  });

  test('of 512 rows do the same', async () => {
    const large = jobsOf(tableOf(600, 10), rules, 512);
    expect(large.map(({ circuit }) => circuit)).toEqual(['dataset_512', 'dataset_512']);
    for (const chunk of large) {
      await accepted(chunk);
      expect(closeDataset(copyOf(chunk))).toEqual(chunk.inputs);
    }
    const [first, second] = large;
    for (const [column, value] of [
      [0, 101n],
      [0, P - 1n],
      [1, 1n],
      [2, 1n],
    ])
      await refused(
        first,
        tampered(({ witness }) => (witness.values[511][Number(column)] = BigInt(value)), first),
      );
    await refused(
      first,
      tampered(({ witness }) => (witness.rows[511] = witness.rows[510]), first),
    );
    await refused(second, withFirst(second, 0, -1n));
    await refused(second, withFirst(second, 1, 1n));
    await refused(
      second,
      tampered(({ statement }) => (statement.dataset_commitment += 1n), second),
      /Rows do not open the dataset commitment/,
    );
  });
});

test('rows that break a rule are refused before anything is proven', () => {
  const broken = makeDataset(ROWS, VALUES.with(2, [101n, -3n, 12n]));
  expect(() => jobsOf(broken)).toThrow(/row 2, column 0 is above the greatest/);
});
