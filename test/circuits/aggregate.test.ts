/** The circuits of a room that aggregates accept what honest members of all kinds of rooms prove. */
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { maskTally } from '../../app/lib/protocol/masked.ts';
import type { Plan } from '../../app/lib/protocol/plan.ts';
import { fullGroups, openGroups, tallyCells } from '../../app/lib/protocol/tally.ts';
import { figuresProof, maskedProof, tallyChunks } from '../../app/lib/proof/aggregate.ts';
import { datasetChunks } from '../../app/lib/proof/statements.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { SEED, SOAK, randomFrom, some } from '../support/choice.ts';
import { randomRoom, type PlainRoom, type Row } from '../support/plain.ts';
import { accepted, copyOf, refused } from './cheat.ts';
import { CONTEXT as context, seedOf } from './support.ts';

beforeAll(initField);

function datasetOf(rows: readonly Row[]): Dataset {
  const digests = rows.map((_, i) => identifierDigest('exact', `person ${i}`));
  return makeDataset(digests, rows[0].length > 0 ? rows : undefined);
}

/** All proofs of a room whose result is not suppressed; those of tallies alone, if it is. */
function jobsOf({ plan, k, contributors, members, tables }: PlainRoom, size?: 32 | 256): ProofJob[] {
  const datasets = tables.map(datasetOf);
  const tallies = members.flatMap((slot, i) =>
    tallyChunks({ context, slot, seed: seedOf(slot), dataset: datasets[i], plan, k }, { size }),
  );
  const cells = datasets.map((dataset) => tallyCells(dataset, plan));
  const full = cells.map((tally) => fullGroups(tally, k));
  const open = openGroups(full, contributors);
  if (open === 0) return tallies;
  const keys = members.map((slot) => deriveKeys(seedOf(slot)).decryptionPublic);
  const inputs = members.map((slot, i) => {
    const { decryption } = deriveKeys(seedOf(slot));
    const own = { slot, seed: seedOf(slot), decryption, cells: cells[i], full: full[i] };
    return { context, transcript: 77n, members, keys, plan, open, ...own };
  });
  const masked = inputs.map(maskTally);
  return [...tallies, ...inputs.map(maskedProof), figuresProof({ context, members, masked, full, open, plan, k })];
}

/** Everything that a plan can have: a group of every kind, all outputs, a ratio and quantiles. */
const PLAN: Plan = {
  rules: [
    { min: -(1n << 60n), max: 1n << 60n, order: 0 },
    { min: 0n, max: (1n << 40n) - 1n, order: 0 },
    { min: 3n, max: 90n, order: 0 },
    { min: -5n, max: 5n, order: 0 },
  ],
  grouping: 0,
  borders: [-(1n << 60n), -1n, 0n, 1n, (1n << 60n) + 1n],
  outputs: [0, 2, 1, 2],
  ratio: { numerator: 1, denominator: 2 },
  quantiles: [1, 2500, 5000, 9999],
  confidence: (1 << 22) - 1,
};

/** Rows of group 0 at their caps, of group 1 all equal, of group 2 alone. */
const table = (caps: number, equal: number): Row[] => [
  ...Array.from({ length: caps }, (_, i): Row => [-2n, i % 2 ? 0n : (1n << 40n) - 1n, 90n, i % 2 ? -5n : 5n]),
  ...Array<Row>(equal).fill([-1n, 7n, 3n, -1n]),
  [0n, 0n, 3n, 0n],
];

describe('honest members', () => {
  test('of five are accepted at every step, with closed groups and such as not all of them fill', async () => {
    const tables = [table(31, 4), table(33, 1), table(2, 2), table(40, 5), table(1, 6)];
    const jobs = jobsOf({ plan: PLAN, k: 2, contributors: 3, members: [0, 1, 2, 3, 4], tables }, 32);
    expect(jobs.map(({ circuit }) => circuit).filter((circuit) => circuit === 'tally_32')).toHaveLength(8);
    for (const job of jobs) await accepted(job);
    expect(jobs.at(-1)!.publicInputs.slice(11, 17)).toEqual([0b011n, 0b001n, 0b011n, 0b011n, 0b010n, 0b011n]);
  });

  test('of two in large chunks, with the highest group open', async () => {
    const borders = Array.from({ length: 33 }, (_, i) => BigInt(i));
    const plan: Plan = {
      ...{ rules: [{ min: 0n, max: 31n, order: 0 }], grouping: 0, borders, outputs: [2] },
      ...{ quantiles: [5000, 9000], confidence: 1_959_964 },
    };
    const rows = (count: number): Row[] => Array.from({ length: count }, (_, i) => [BigInt(31 - (i % 2) * 30)]);
    const jobs = jobsOf({ plan, k: 3, contributors: 2, members: [0, 1], tables: [rows(300), rows(7)] }, 256);
    expect(jobs.map(({ circuit }) => circuit)).toEqual([
      ...['tally_256', 'tally_256', 'tally_256', 'masked', 'masked', 'figures'],
    ]);
    for (const job of jobs) await accepted(job);
  });

  test('without a grouping column, without columns, and with one row each', async () => {
    const bare: Plan = { rules: [], borders: [0n, 1n], outputs: [], quantiles: [5000], confidence: 0 };
    const { grouping: _, ...rest } = PLAN;
    const whole = { ...rest, borders: [0n, 1n] };
    for (const [plan, tables] of [
      [bare, [[[]], [[], []]]],
      [whole, [table(0, 0), table(0, 0)]],
    ] as const) {
      const room = { plan, k: 1, contributors: 1, members: [1, 3], tables: tables.map((rows) => [...rows]) };
      for (const job of jobsOf(room)) await accepted(job);
    }
  });

  test('of a control and a test, whose lift is told', async () => {
    const borders = [-(1n << 60n), 0n, (1n << 60n) + 1n];
    const plan: Plan = { ...PLAN, borders, lift: true };
    const tables = [table(31, 4), [...table(3, 3), ...table(1, 1)]];
    const jobs = jobsOf({ plan, k: 1, contributors: 1, members: [0, 2], tables }, 32);
    for (const job of jobs) await accepted(job);
  });

  test('of random rooms are accepted', async () => {
    const random = randomFrom(SEED);
    for (let i = 0; i < (SOAK ? 60 : 3); i++) {
      const jobs = jobsOf(randomRoom(random), 32);
      for (const job of jobs)
        await accepted(job).catch((cause: unknown) => {
          throw new Error(`room ${i} of SEED=${SEED}`, { cause });
        });
    }
  });

  test('have a tally of the rows that they committed to', () => {
    const rules = PLAN.rules;
    const input = { context, slot: 1, seed: seedOf(1), dataset: datasetOf(table(3, 3)) };
    const [dataset] = datasetChunks({ ...input, rules, minRows: 1, maxRows: 100 });
    const [tally] = tallyChunks({ ...input, plan: PLAN, k: 2 });
    expect(tally.publicInputs[2]).toBe(dataset.publicInputs[2]);
  });
});

describe('a member that changes one number is refused', () => {
  const room: PlainRoom = {
    ...{ plan: PLAN, k: 2, contributors: 1, members: [0, 2], tables: [table(3, 4), table(3, 1)] },
  };
  const jobOf = (circuit: string): ProofJob => jobsOf(room, 32).find((job) => job.circuit === circuit)!;

  test('in any public input of tally, masked tally and figures', async () => {
    for (const circuit of ['tally_32', 'masked', 'figures']) {
      const job = jobOf(circuit);
      const { statement } = copyOf(job);
      // Whether k is lower or higher by one tells whether a group is full in some cases alone.
      const names = Object.keys(statement).filter((name) => name !== 'k');
      for (const name of some(names, 5)) {
        const inputs = copyOf(job);
        const value = inputs.statement[name];
        if (typeof value === 'bigint') inputs.statement[name] = (value + 1n) % P;
        else if (typeof value[0] === 'bigint') value[0] = (value[0] + 1n) % P;
        else value[0].x = (value[0].x + 1n) % P;
        await refused(job, inputs);
      }
    }
  });

  test('in any figure', async () => {
    const job = jobOf('figures');
    const figures = [
      ['means', 1],
      ['variances', 3],
      ['half_widths', 5],
      ['ratios', 0],
      ['ratios', 31],
    ] as const;
    for (const [name, at] of some(figures, 3))
      for (const change of [1n, P - 1n]) {
        const inputs = copyOf(job);
        inputs.witness.figures[name][at] = (inputs.witness.figures[name][at] + change) % P;
        await refused(job, inputs);
      }
  });
});
