/** Circuit `figures` accepts what follows from the members' masked tallies and refuses every lie that section 8 of the protocol says it refuses. */
import { invert } from '../../app/lib/field/arithmetic.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import { Output, type Plan } from '../../app/lib/protocol/plan.ts';
import { ValueOrder } from '../../app/lib/protocol/rules.ts';
import { figuresProof } from '../../app/lib/proof/aggregate.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { chainOf } from '../support/chain.ts';
import { SEED, randomFrom, some } from '../support/choice.ts';
import { rounded, tailsBeyond } from '../support/normal.ts';
import { accepted, copyOf, maskedDigestOf, planDigestOf, refused, type Inputs } from './cheat.ts';
import { CONTEXT } from './support.ts';

const { any } = ValueOrder;
const MILLION = 1_000_000n;
const K = 3;
const MEMBERS = [0, 2, 4];
/** Greatest w. */
const CAP = (1n << 40n) - 1n;

const PLAN: Plan = {
  rules: [
    { min: -5n, max: 30n, order: any },
    { min: 0n, max: CAP, order: any },
    { min: 3n, max: 90n, order: any },
    { min: 0n, max: 1n, order: any },
  ],
  grouping: 0,
  borders: [-5n, 0n, 5n, 10n, 20n, 31n],
  outputs: [Output.squares, Output.sum, Output.squares, Output.none],
  ratio: { numerator: 1, denominator: 2 },
  quantiles: [1, 2500, 5000, 9999],
  confidence: 1_959_964,
};

/** What a room's figures are judged by, and the rows that it gives: for each group those of all full members, as w. */
type Room = { plan: Plan; k: number; full: number[]; open: number; given: Record<number, bigint[][]> };

/** Group 2 is full for one member alone and stays closed, group 4 is full for nobody, group 1 has equal rows. */
const ROOM: Room = {
  plan: PLAN,
  k: K,
  full: [0b01011, 0b00001, 0b01111],
  open: 0b01011,
  given: {
    0: Array.from({ length: 10 }, (_, i) => [BigInt(i % 5), BigInt(i * i), BigInt(i), 0n]),
    1: Array.from({ length: 6 }, () => [7n, CAP, 87n, 0n]),
    3: Array.from({ length: 9 }, (_, i) => [15n + BigInt(i % 5), i % 2 ? CAP : 0n, BigInt((31 * i) % 88), 0n]),
  },
};

let job: ProofJob;

beforeAll(async () => {
  await initField();
  job = jobOf(ROOM);
});

/** The sums over the rows given. */
function totalsOf({ plan, given }: Room): bigint[] {
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  return Array.from({ length: 32 }, (_, g) => {
    const rows = given[g] ?? [];
    const columns = [0, 1, 2, 3].flatMap((j) => {
      const output = plan.outputs[j] ?? Output.none;
      const values = rows.map((row) => row[j]);
      return [output >= 1 ? sum(values) : 0n, output === 2 ? sum(values.map((value) => value * value)) : 0n];
    });
    return [BigInt(rows.length), ...columns];
  }).flat();
}

/** Random cells for every member that add up to the totals. */
function masksOver(totals: readonly bigint[], members = MEMBERS): bigint[][] {
  const random = randomFrom(SEED);
  const wide = (): bigint =>
    Array.from({ length: 8 }, () => BigInt(random(2 ** 31))).reduce((x, y) => (x << 31n) | y) % P;
  const masks = members.slice(1).map(() => totals.map(wide));
  const first = totals.map((total, i) => masks.reduce((left, mask) => (left + P - mask[i]) % P, total % P));
  return [first, ...masks];
}

function jobOf(room: Room, members = MEMBERS): ProofJob {
  const { plan, k, full, open } = room;
  return figuresProof({ context: CONTEXT, members, masked: masksOver(totalsOf(room), members), full, open, plan, k });
}

/** Σ of the members' cells, as the circuit gets them. */
const totalsIn = ({ witness, statement }: Inputs): bigint[] => {
  const members = statement.slots.filter((slot: bigint, i: number) => i === 0 || slot !== 0n).length;
  return witness.masked[0].map(
    (_: bigint, i: number) =>
      witness.masked.slice(0, members).reduce((sum: bigint, cells: bigint[]) => sum + cells[i], 0n) % P,
  );
};

/** The digest of totals and figures, spelled out. */
function figuresDigestOf(totals: readonly bigint[], figures: Inputs): bigint {
  const { means, variances, half_widths, ratios, quantiles, lift } = figures;
  const groups = quantiles.flatMap(({ lower, upper }: Inputs) => [lower, upper]);
  const lifts = lift.flatMap((of: Inputs) => [of.difference, of.relative, of.error, of.half_width, of.score, of.p]);
  const fields = [...totals, ...means, ...variances, ...half_widths, ...ratios, ...groups, ...lifts];
  expect(fields).toHaveLength(744);
  return hash(36, [CONTEXT, chainOf(38, fields)]);
}

/** Inputs with something changed, and all digests repaired: only what ties figures to totals is left to refuse them. */
function lie(change: (inputs: Inputs) => void, from = job): Inputs {
  const inputs = copyOf(from);
  change(inputs);
  const { statement, witness } = inputs;
  statement.plan = planDigestOf(witness.plan);
  statement.masked_digests = statement.masked_digests.map((digest: bigint, i: number) =>
    digest === 0n ? 0n : maskedDigestOf(statement.context, statement.slots[i], witness.masked[i]),
  );
  statement.figures_digest = figuresDigestOf(totalsIn(inputs), witness.figures);
  return inputs;
}

const withFigure = (name: string, at: number, value: bigint, from = job): Inputs =>
  lie(({ witness: { figures } }) => (figures[name][at] = ((value % P) + P) % P), from);
const figureOf = (name: string, at: number, from = job): bigint => (from.inputs as Inputs).witness.figures[name][at];
/** Adds to a total, through the first member's cells. */
const withTotals = (changes: Record<number, bigint>, more: (inputs: Inputs) => void = () => {}): Inputs =>
  lie((inputs) => {
    const [cells] = inputs.witness.masked;
    for (const [cell, change] of Object.entries(changes)) cells[cell] = (cells[cell] + change + P) % P;
    more(inputs);
  });

/** The greatest whole number that a condition holds for, which holds for 0 and from some number on does not. */
function greatest(holds: (n: bigint) => boolean): bigint {
  let bit = 1n;
  while (holds(bit)) bit <<= 1n;
  let found = 0n;
  for (; bit > 0n; bit >>= 1n) if (holds(found + bit)) found += bit;
  return found;
}

/** The greatest whole number that a condition holds for, which holds for all numbers below it, negative ones too. */
function greatestOfAll(holds: (n: bigint) => boolean): bigint {
  if (holds(0n)) return greatest(holds);
  let least = -1n;
  while (!holds(least)) least *= 2n;
  return least + greatest((above) => holds(least + above));
}

/** 2·(1 − Φ(score))·10^9 on straight lines between places 1/64 apart, by the oracle's table. */
function pOf(score: bigint): bigint {
  if (score >= 8n * MILLION) return 0n;
  const at = (place: bigint): bigint => rounded(tailsBeyond(place, 64n), 1_000_000_000n);
  const [place, beyond] = [score / 15_625n, score % 15_625n];
  return greatest((p) => p * 15_625n <= at(place) * (15_625n - beyond) + at(place + 1n) * beyond);
}

/** One column's lift from the totals, from its definition; `variances` are V_0 and V_1. */
function liftBy({ plan, open }: Room, totals: readonly bigint[], j: number): { lift: Inputs; variances: bigint[] } {
  const lift = { difference: 0n, relative: 0n, error: 0n, half_width: 0n, score: 0n, p: 0n };
  const nothing = { lift, variances: [0n, 0n] };
  if (!plan.lift || (open & 3) !== 3 || (plan.outputs[j] ?? Output.none) === Output.none) return nothing;
  const sides = [0, 1].map((g) => {
    const [n, s, q] = [totals[9 * g], totals[9 * g + 1 + 2 * j], totals[9 * g + 2 + 2 * j]];
    const variance = greatest((v) => v * n * n * (n - 1n) <= MILLION * MILLION * (n * q - s * s) && n > 1n);
    return { n, a: s + n * plan.rules[j].min, variance };
  });
  const [control, tested] = sides;
  const gain = (tested.a * control.n - control.a * tested.n) * MILLION;
  const field = (value: bigint): bigint => (value + P) % P;
  const difference = greatestOfAll((d) => d * control.n * tested.n <= gain);
  lift.difference = field(difference);
  if (control.a > 0n) lift.relative = field(greatestOfAll((r) => r * control.a * tested.n <= gain));
  if (plan.outputs[j] !== Output.squares || sides.some(({ n }) => n < 2n)) return nothing;
  const variances = sides.map(({ variance }) => variance);
  lift.error = greatest((e) => e * e <= variances[0] + variances[1]);
  lift.half_width = greatest((h) => h * MILLION <= BigInt(plan.confidence) * lift.error);
  const size = difference < 0n ? -difference : difference;
  lift.score = greatest((score) => lift.error > 0n && score < 2n ** 33n && score * lift.error <= size * MILLION);
  lift.p = pOf(lift.score);
  return { lift, variances };
}

/** All figures from the totals, from their definitions. */
function figuresBy(room: Room, totals: readonly bigint[]): Inputs {
  const { plan, k, full, open } = room;
  const z = BigInt(plan.confidence);
  const all = { means: [], variances: [], half_widths: [], ratios: [], quantiles: [] } as Record<string, Inputs[]>;
  for (let g = 0; g < 32; g++) {
    const n = totals[9 * g];
    for (let j = 0; j < 4; j++) {
      const [s, q] = totals.slice(9 * g + 1 + 2 * j);
      const squared = plan.outputs[j] === Output.squares && n > 1n;
      const spread = n * q - s * s;
      all.means.push(n === 0n ? 0n : greatest((mean) => mean * n <= s * MILLION));
      all.variances.push(squared ? greatest((variance) => variance * n * (n - 1n) <= spread * MILLION) : 0n);
      all.half_widths.push(squared ? greatest((half) => half * half * n * n * (n - 1n) <= z * z * spread) : 0n);
    }
    const sumOf = (j: number): bigint => totals[9 * g + 1 + 2 * j] + n * plan.rules[j].min;
    const [above, below] = plan.ratio ? [sumOf(plan.ratio.numerator), sumOf(plan.ratio.denominator)] : [0n, 0n];
    all.ratios.push(below === 0n ? 0n : greatest((ratio) => ratio * below <= above * MILLION));
  }
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  const groups = plan.borders.slice(1).map((_, g) => g);
  const c = groups.map((g) => totals[9 * g]);
  const u = groups.map((g) => {
    const lacking = full.filter((set) => !((set >>> g) & 1)).length;
    return lacking === full.length || (open >>> g) & 1 ? BigInt(k - 1) * BigInt(lacking) : 2n ** 40n;
  });
  for (let i = 0; i < 8; i++) {
    const q = BigInt(plan.quantiles[i] ?? 0);
    const first = (holds: (given: bigint, missing: bigint) => boolean): bigint =>
      BigInt(groups.find((g) => holds(sum(c.slice(0, g + 1)), sum(u.slice(0, g + 1))))!);
    const lower = first((given, missing) => 10_000n * (given + missing) >= q * (sum(c) + missing));
    const upper = first((given, missing) => 10_000n * given >= q * (sum(c) + sum(u) - missing));
    all.quantiles.push({ lower, upper });
  }
  return { ...all, lift: [0, 1, 2, 3].map((j) => liftBy(room, totals, j).lift) };
}

async function expectHonest(room: Room, members = MEMBERS): Promise<ProofJob> {
  const honest = jobOf(room, members);
  await accepted(honest);
  const { witness, statement } = honest.inputs as Inputs;
  const totals = totalsOf(room);
  expect(totalsIn(honest.inputs)).toEqual(totals);
  expect(witness.figures).toEqual(figuresBy(room, totals));
  expect(witness.mean_variances).toEqual([0, 1, 2, 3].map((j) => liftBy(room, totals, j).variances));
  expect(statement.figures_digest).toBe(figuresDigestOf(totals, witness.figures));
  expect(statement.count).toBe(BigInt(Object.values(room.given).flat().length));
  return honest;
}

describe('the figures that follow from the totals', () => {
  test('are accepted, and are what their definitions give', async () => {
    await expectHonest(ROOM);
    expect(lie(() => {})).toEqual(job.inputs);
    const { quantiles } = (job.inputs as Inputs).witness.figures;
    expect(quantiles.slice(0, 4)).toEqual([
      { lower: 0n, upper: 2n },
      { lower: 0n, upper: 2n },
      { lower: 1n, upper: 3n },
      { lower: 2n, upper: 4n },
    ]);
  });

  test('of two members and of five', async () => {
    await expectHonest({ ...ROOM, full: [0b01011, 0b01111] }, [3, 4]);
    await expectHonest({ ...ROOM, full: [...ROOM.full, 0, 0b01011] }, [0, 1, 2, 3, 4]);
  });

  test('of groups with exactly k rows, with one row, and with two', async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, i) => [BigInt(i), CAP, 1n, 0n]);
    await expectHonest({ ...ROOM, given: { 0: rows(K), 1: rows(K + 1), 3: rows(K) } });
    await expectHonest({ ...ROOM, k: 1, given: { 0: rows(1), 1: rows(2), 3: rows(1) } });
  });

  test('of values at their caps, of equal ones, and of zeros', async () => {
    const extreme = (i: number): bigint => (i % 2 ? CAP : 0n);
    const plan: Plan = {
      ...PLAN,
      rules: [PLAN.rules[0], ...Array(3).fill({ min: 0n, max: CAP, order: any })],
      outputs: [Output.none, Output.squares, Output.squares, Output.squares],
      confidence: 2 ** 22 - 1,
    };
    const given = {
      0: Array.from({ length: 12 }, (_, i) => [0n, extreme(i), CAP, 0n]),
      1: Array.from({ length: 13 }, (_, i) => [0n, extreme(i), 0n, CAP]),
      3: Array.from({ length: 3 }, () => [0n, 0n, 0n, 0n]),
    };
    const { inputs } = await expectHonest({ ...ROOM, plan, given });
    // The denominator's sums are 0 in two of the groups.
    expect((inputs as Inputs).witness.figures.ratios.slice(0, 4)).toEqual([500_000n, 0n, 0n, 0n]);
  });

  test('without ratio, quantiles and confidence, without any column, and for all 32 groups', async () => {
    const { ratio: _, ...rest } = PLAN;
    await expectHonest({ ...ROOM, plan: { ...rest, quantiles: [], confidence: 0 } });
    const bare: Plan = { rules: [], borders: [0n, 1n], outputs: [], quantiles: [5000], confidence: 0 };
    await expectHonest({ plan: bare, k: 1, full: [1, 1, 0], open: 1, given: { 0: [[], []] } });
    const borders = Array.from({ length: 33 }, (_, i) => BigInt(i) - 5n);
    const all = 2 ** 32 - 1;
    const given = Object.fromEntries(borders.slice(1).map((_, g) => [g, ROOM.given[0].slice(0, 3 + (g % 7))]));
    const quantiles = [1, 10, 100, 1000, 5000, 9000, 9900, 9999];
    await expectHonest({ ...ROOM, plan: { ...PLAN, borders, quantiles }, full: [all, all, 1], open: all, given });
  });

  test('the public inputs stand in the order of section 6', () => {
    const { statement } = job.inputs as Inputs;
    expect(job.publicInputs).toEqual([
      ...[CONTEXT, 0n, 2n, 4n, 0n, 0n],
      ...[...statement.masked_digests.slice(0, 3), 0n, 0n],
      ...[0b01011n, 0b00001n, 0b01111n, 0n, 0n],
      ...[0b01011n, statement.plan, 3n, 25n, statement.figures_digest],
    ]);
  });
});

describe('figures that do not follow are refused', () => {
  test('each of them one more or one less', async () => {
    const figures = [0, 1, 3].flatMap((group) => [
      ...[0, 1, 2].map((column) => ['means', 4 * group + column] as const),
      ...[0, 2].map((column) => ['variances', 4 * group + column] as const),
      ...[0, 2].map((column) => ['half_widths', 4 * group + column] as const),
      ['ratios', group] as const,
    ]);
    for (const [name, at] of some(figures, 4))
      for (const change of [1n, -1n]) await refused(job, withFigure(name, at, figureOf(name, at) + change));
  });

  test('where the division comes out even in the field', async () => {
    const totals = totalsOf(ROOM);
    const [n, s, q] = totals.slice(27);
    const [a, b] = [totals[30], totals[32] + 3n * n];
    const spread = n * q - s * s;
    for (const [name, at, above, below] of [
      ['means', 12, s * MILLION, n],
      ['variances', 12, spread * MILLION, n * (n - 1n)],
      ['ratios', 3, a * MILLION, b],
    ] as const) {
      const even = (above * invert(below)) % P;
      expect(even).not.toBe(figureOf(name, at));
      await refused(job, withFigure(name, at, even), /range|bit/i);
    }
    await refused(job, withFigure('half_widths', 12, -figureOf('half_widths', 12)), /range|bit/i);
  });

  test('that are 0 by definition, and are said not to be', async () => {
    const none = [
      // A closed group, one that the plan does not have, columns of which less is opened.
      ...['means', 'variances', 'half_widths'].flatMap((name) => [[name, 8] as const, [name, 127] as const]),
      ...[['means', 3] as const, ['variances', 1] as const, ['variances', 3] as const, ['half_widths', 1] as const],
      ...[['ratios', 2] as const, ['ratios', 31] as const],
    ];
    for (const [name, at] of some(none, 4))
      for (const value of [1n, -1n]) await refused(job, withFigure(name, at, value));

    const { ratio: _, ...rest } = PLAN;
    const less = jobOf({ ...ROOM, plan: { ...rest, quantiles: [], confidence: 0 } });
    await accepted(less);
    for (const [name, at] of [
      ['ratios', 0],
      ['half_widths', 0],
    ] as const)
      await refused(less, withFigure(name, at, 1n, less));

    const one = jobOf({ ...ROOM, k: 1, given: { 0: [[1n, 1n, 1n, 0n]], 1: ROOM.given[1], 3: ROOM.given[3] } });
    await accepted(one);
    for (const name of ['variances', 'half_widths'])
      await refused(one, withFigure(name, 0, 1n, one), /fewer than two rows is not 0/);
  });

  test('quantiles in the group before or after, and such as the plan does not have', async () => {
    for (const i of some([0, 1, 2, 3, 4], 2))
      for (const end of ['lower', 'upper'])
        for (const change of [1n, P - 1n])
          await refused(
            job,
            lie(({ witness: { figures } }) => (figures.quantiles[i][end] = (figures.quantiles[i][end] + change) % P)),
          );
  });

  test('in the digest alone', async () => {
    const inputs = copyOf(job);
    inputs.statement.figures_digest += 1n;
    await refused(job, inputs, /Figures do not open their digest/);
    const other = copyOf(job);
    other.statement.figures_digest = figuresDigestOf(totalsOf(ROOM).with(1, 0n), other.witness.figures);
    await refused(job, other, /Figures do not open their digest/);
  });
});

describe('totals that cannot be are refused', () => {
  const unopened = /A total is not 0 that is not opened/;

  test('though others are accepted with their own figures', async () => {
    await accepted(
      job,
      withTotals({ 0: 1n }, (inputs) => {
        const totals = totalsIn(inputs);
        Object.assign(inputs.witness.figures, figuresBy(ROOM, totals));
        inputs.statement.count += 1n;
      }),
    );
  });

  test('of closed groups, groups that are none, and columns of which less is opened', async () => {
    for (const cell of some([18, 19, 27 + 9, 287, 9 * 5], 2)) await refused(job, withTotals({ [cell]: 1n }), unopened);
    for (const cell of some([4, 7, 8], 1)) await refused(job, withTotals({ [cell]: 1n }), unopened);
  });

  test('of an open group with fewer than k rows, or of a negative number of them', async () => {
    for (const rows of [BigInt(K) - 1n, 0n, -1n])
      await refused(
        job,
        withTotals({ 9: rows - 6n }, (inputs) => {
          inputs.statement.count += rows - 6n;
          const totals = totalsIn(inputs);
          if (rows > 0n) Object.assign(inputs.witness.figures, figuresBy(ROOM, totals));
        }),
        /range|bit/i,
      );
  });

  test('whose squares are too few for their sum', async () => {
    // All values of group 1 are equal, so n*Q = S^2 exactly.
    await refused(job, withTotals({ 11: -1n }), /range|bit/i);
  });

  test('too large for any rows', async () => {
    for (const [cell, change] of [
      [0, 1n << 35n],
      [1, 1n << 75n],
      [2, 1n << 115n],
      [1, -21n],
    ] as const)
      await refused(job, withTotals({ [cell]: change }), /range|bit/i);
  });

  test('with another number of rows', async () => {
    for (const count of [24n, 26n, 0n, P - 1n])
      await refused(
        job,
        lie(({ statement }) => (statement.count = count)),
        /Groups have another number of rows/,
      );
  });

  test('of other masked tallies than those of the members', async () => {
    const opens = /Masked cells do not open their digest/;
    for (const change of [
      ({ witness: { masked } }: Inputs) => (masked[2][287] = (masked[2][287] + 1n) % P),
      // The total stays the same.
      ({ witness: { masked } }: Inputs) => {
        masked[0][0] = (masked[0][0] + 1n) % P;
        masked[1][0] = (masked[1][0] + P - 1n) % P;
      },
      ({ witness: { masked } }: Inputs) => masked.reverse(),
      ({ statement }: Inputs) => (statement.context += 1n),
      ({ statement }: Inputs) => (statement.slots[1] = 1n),
      ({ statement: { masked_digests } }: Inputs) =>
        ([masked_digests[0], masked_digests[1]] = [masked_digests[1], masked_digests[0]]),
    ]) {
      const inputs = copyOf(job);
      change(inputs);
      await refused(job, inputs, opens);
    }
  });

  test('whatever stands behind the members', async () => {
    const inputs = copyOf(job);
    inputs.witness.masked[3][0] = 5n;
    await accepted(job, inputs);
  });
});

describe('what the statement says cannot be exchanged', () => {
  test('open groups', async () => {
    for (let g = 0; g < 6; g++)
      await refused(
        job,
        lie(({ statement }) => (statement.open ^= 1n << BigInt(g))),
      );
    await refused(
      job,
      lie(({ statement }) => (statement.open += 1n << 32n)),
    );
  });

  test('full groups, where quantiles depend on them', async () => {
    const changed = [...ROOM.full];
    // Group 2 full for nobody: then little is missing in it.
    changed[2] = 0b01011;
    const expected = figuresBy({ ...ROOM, full: changed }, totalsOf(ROOM));
    expect(expected.quantiles).not.toEqual((job.inputs as Inputs).witness.figures.quantiles);
    await refused(
      job,
      lie(({ statement }) => (statement.full[2] = 0b01011n)),
    );
    await accepted(
      job,
      lie(({ statement, witness }) => {
        statement.full[2] = 0b01011n;
        witness.figures.quantiles = expected.quantiles;
      }),
    );
    await refused(
      job,
      lie(({ statement }) => (statement.full[1] += 1n << 32n)),
    );
    await refused(
      job,
      lie(({ statement }) => (statement.full[3] = 1n)),
      /beyond the members are not 0/,
    );
  });

  test('k', async () => {
    for (const k of [7n, 0n, P - 1n])
      await refused(
        job,
        lie(({ statement }) => (statement.k = k)),
      );
  });

  test('plan', async () => {
    const inputs = copyOf(job);
    inputs.statement.plan += 1n;
    await refused(job, inputs, /Plan does not open its digest/);
    for (const change of [
      (plan: Inputs) => (plan.quantiles[3] = 100n),
      (plan: Inputs) => (plan.confidence = 1n),
      (plan: Inputs) => ([plan.numerator, plan.denominator] = [3n, 2n]),
      (plan: Inputs) => ([plan.numerator, plan.denominator] = [0n, 0n]),
      (plan: Inputs) => (plan.outputs = [1n, 1n, 2n, 0n]),
      (plan: Inputs) => (plan.rules.rules[2].min = 2n),
      // A ratio of a column that may be negative, and of one and itself.
      (plan: Inputs) => (plan.numerator = 1n),
      (plan: Inputs) => (plan.numerator = 3n),
      // Lift of more groups than two.
      (plan: Inputs) => (plan.lift = 1n),
      (plan: Inputs) => (plan.lift = 2n),
    ])
      await refused(
        job,
        lie(({ witness }) => change(witness.plan)),
      );
  });

  test('members', async () => {
    for (const slots of [
      [2n, 0n, 4n, 0n, 0n],
      [0n, 2n, 5n, 0n, 0n],
      [0n, 2n, 2n, 0n, 0n],
      [0n, 2n, 0n, 4n, 0n],
    ])
      await refused(
        job,
        lie(({ statement }) => (statement.slots = slots)),
      );
    const beyond = copyOf(job);
    beyond.statement.masked_digests[3] = 1n;
    await refused(job, beyond, /beyond the members are not 0/);
  });
});

describe('lift', () => {
  /** Two groups: squares of column 1, which may be negative, and of 2, the sum of 3. */
  const plan: Plan = {
    rules: [
      { min: 0n, max: 9n, order: any },
      { min: -50n, max: 50n, order: any },
      { min: 1n, max: CAP, order: any },
      { min: -3n, max: 3n, order: any },
    ],
    grouping: 0,
    borders: [0n, 1n, 10n],
    outputs: [Output.none, Output.squares, Output.squares, Output.sum],
    quantiles: [5000],
    confidence: 1_959_964,
    lift: true,
  };
  /** Rows of one group, with these w in columns 1 to 3. */
  const rows = (...of: readonly (readonly number[])[]): bigint[][] => of.map((row) => [0n, ...row.map(BigInt)]);
  const control = rows([50, 1, 4], [61, 2, 5], [57, 9, 6], [70, 4, 0]);
  const tested = rows([40, 3, 0], [48, 3, 2], [45, 9, 1]);
  const roomOf = (given: Record<number, bigint[][]>, change: Partial<Plan> = {}): Room => ({
    plan: { ...plan, ...change },
    ...{ k: 1, full: [0b11, 0b10, 0b00], open: 0b11, given },
  });
  const room = roomOf({ 0: control, 1: tested });
  const names = ['difference', 'relative', 'error', 'half_width', 'score', 'p'] as const;
  /** A figure of lift said to be another, with the digest repaired. */
  const withLift = (column: number, name: string, value: bigint, from: ProofJob): Inputs =>
    lie(({ witness: { figures } }) => (figures.lift[column][name] = ((value % P) + P) % P), from);
  const liftIn = (from: ProofJob): Inputs[] => (from.inputs as Inputs).witness.figures.lift;

  test('is accepted, and is what its definition gives, below 0 too', async () => {
    const honest = await expectHonest(room);
    const [none, fall, rise, sums] = liftIn(honest);
    expect(Object.values(none)).toEqual(Array(6).fill(0n));
    expect([fall.difference > P / 2n, fall.relative > P / 2n, rise.difference < P / 2n]).toEqual([true, true, true]);
    expect(fall.p > 0n && rise.p > fall.p).toBe(true);
    expect([sums.difference > P / 2n, sums.relative, sums.error, sums.p]).toEqual([true, P - 3_666_667n, 0n, 0n]);
  });

  test('of one row, of zero variance, of equal means, of no control above 0, of groups with exactly k rows', async () => {
    const one = rows([50, 7, 3]);
    const [equal, other] = [rows([50, 7, 3], [50, 7, 3]), rows([90, 7, 3], [90, 7, 3])];
    const zero = rows([40, 0, 0], [60, 0, 6]);
    for (const given of [
      { 0: one, 1: tested },
      { 0: control, 1: one },
      { 0: one, 1: one },
      { 0: equal, 1: equal },
      { 0: equal, 1: other },
      { 0: zero, 1: tested },
      { 0: rows([0, 0, 0], [1, 0, 0]), 1: tested },
    ])
      await expectHonest(roomOf(given));
    await expectHonest({ ...roomOf({ 0: control.slice(0, 3), 1: tested }), k: 3 });
    const [, unlike] = liftIn(await expectHonest(roomOf({ 0: equal, 1: other }, { confidence: 0 })));
    expect([unlike.error, unlike.score, unlike.p]).toEqual([0n, 0n, 1_000_000_000n]);
  });

  test('of values at their caps, of scores beyond all bounds, and at the places of the table', async () => {
    const cap = Number(CAP) - 1;
    const wide = { confidence: 2 ** 22 - 1 };
    for (const given of [
      { 0: rows([0, 0, 0], [100, cap, 6]), 1: rows([100, cap, 6], [0, 0, 0]) },
      { 0: rows([0, 0, 0], [0, 1, 0]), 1: rows([100, cap, 6], [100, cap - 1, 6]) },
      { 0: rows([0, cap, 0], [0, cap - 1, 0]), 1: rows([100, 0, 6], [100, 1, 6]) },
    ])
      await expectHonest(roomOf(given, wide));
    // A control that does not vary, and two values 1 above and below their mean: the standard error is 1.
    const [from, to] = [20, 8700].map(
      (middle) => (apart: number) => rows([50, middle + apart - 1, 3], [50, middle + apart + 1, 3]),
    );
    const steady = (middle: number) => rows([50, middle, 3], [50, middle, 3]);
    for (const apart of some([0, 1, 2, 6, 7, 8, 8589, 8590], 5)) {
      const [, , up] = liftIn(await expectHonest(roomOf({ 0: steady(20), 1: from(apart) })));
      const [, , down] = liftIn(await expectHonest(roomOf({ 0: steady(8700), 1: to(-apart) })));
      const score = apart < 8590 ? BigInt(apart) * MILLION : 2n ** 33n - 1n;
      expect([up.error, up.score, down.score, down.p]).toEqual([MILLION, score, score, up.p]);
      expect(up.p === 0n).toBe(apart >= 7);
    }
  });

  test('of the most rows, at the ends of what values can be', async () => {
    const most = 2n ** 31n;
    // w of n rows, so many of them at their cap and one 1 above 0, as count, sum and sum of squares.
    const cells = (n: bigint, caps: bigint, ones = 0n) => [n, 0n, 0n, 0n, 0n, ...[1n, CAP].map((power) => caps * CAP * power + ones), 0n, 0n]; // prettier-ignore
    for (const min of [1n - 2n ** 61n, 0n, 2n ** 61n - 1n - CAP])
      for (const [of, over] of [
        // A control above 0 by as little as can be, if the least value is 0, and one of caps under a test of zeros.
        [cells(most, 0n, 1n), cells(most - 1n, most - 1n)],
        [cells(most - 1n, most - 1n), cells(most, 0n)],
        [cells(most, most / 2n), cells(most - 1n, most / 2n)],
        [cells(2n ** 32n - 3n, 2n ** 31n), cells(2n, 1n)],
      ]) {
        const rules = [plan.rules[0], plan.rules[1], { min, max: min + CAP, order: any }];
        const widest = roomOf({}, { rules, outputs: [0, 0, 2], confidence: 2 ** 22 - 1 });
        const totals = [...of, ...over, ...Array<bigint>(270).fill(0n)];
        const { plan: told, k, full, open } = widest;
        const masked = masksOver(totals);
        const honest = figuresProof({ context: CONTEXT, members: MEMBERS, masked, full, open, plan: told, k });
        await accepted(honest);
        expect((honest.inputs as Inputs).witness.figures).toEqual(figuresBy(widest, totals));
      }
  });

  test('of closed groups, of a plan without it, and of no columns is 0', async () => {
    const closed = { ...roomOf({ 1: tested }), full: [0b10, 0b11, 0b00], open: 0b10 };
    const { lift: _, ...rest } = plan;
    const untold = [closed, { ...room, plan: rest }, roomOf(room.given, { outputs: [0, 0, 0, 0] })];
    for (const each of untold) {
      const honest = await expectHonest(each);
      expect(liftIn(honest).flatMap((of) => Object.values(of))).toEqual(Array(24).fill(0n));
      for (const name of some(names, 3))
        for (const value of [1n, -1n]) await refused(honest, withLift(1, name, value, honest));
    }
  });

  test('each of its figures one more or one less is refused', async () => {
    const honest = jobOf(room);
    const figures = [0, 1, 2, 3].flatMap((column) => names.map((name) => [column, name] as const));
    for (const [column, name] of some(figures, 10))
      for (const change of [1n, -1n])
        await refused(honest, withLift(column, name, liftIn(honest)[column][name] + change, honest));
  });

  test('with other signs, and where a division comes out even in the field, is refused', async () => {
    const honest = jobOf(room);
    const { difference, relative, error, half_width, score }: Record<string, bigint> = liftIn(honest)[1];
    const totals = totalsOf(room);
    const [n, m] = [totals[0], totals[9]];
    const [a, b] = [totals[3] - 50n * n, totals[12] - 50n * m];
    const gain = (b * n - a * m) * MILLION + P * MILLION;
    for (const [name, value] of [
      ...([
        ['difference', -difference],
        ['relative', -relative],
        ['error', -error],
        ['score', -score],
      ] as const),
      ...([
        ['difference', gain * invert(n * m)],
        ['relative', gain * invert(a * m)],
      ] as const),
      ['half_width', 1_959_964n * error * invert(MILLION)],
      ['half_width', -half_width],
      ['score', (P - difference) * MILLION * invert(error)],
      // The cap on scores that are not so high.
      ['score', 2n ** 33n - 1n],
    ] as const) {
      expect((value + P) % P).not.toBe(liftIn(honest)[1][name]);
      await refused(honest, withLift(1, name, value, honest));
    }
  });

  test('with other variances of means, or such as are not told, is refused', async () => {
    const honest = jobOf(room);
    const told = (change: (variances: bigint[][]) => void): Inputs =>
      lie(({ witness: { mean_variances } }) => change(mean_variances), honest);
    for (const change of [
      (variances: bigint[][]) => (variances[1][0] += 1n),
      (variances: bigint[][]) => (variances[1][1] -= 1n),
      // Their sum stays the same.
      (variances: bigint[][]) => (variances[1] = [variances[1][0] + 1n, variances[1][1] - 1n]),
      (variances: bigint[][]) => (variances[1] = [variances[1][1], variances[1][0]]),
      (variances: bigint[][]) => (variances[0][0] = 1n),
      (variances: bigint[][]) => (variances[3] = [1n, P - 1n]),
    ])
      await refused(honest, told(change));
  });

  test('of the control over the test is refused', async () => {
    const honest = jobOf(room);
    const swapped = figuresBy(roomOf({ 0: tested, 1: control }), totalsOf(roomOf({ 0: tested, 1: control }))).lift;
    await refused(
      honest,
      lie(({ witness: { figures, mean_variances } }) => {
        figures.lift = swapped;
        for (const variances of mean_variances) variances.reverse();
      }, honest),
    );
  });

  test('that the plan does not tell cannot be told by another plan', async () => {
    const honest = jobOf(room);
    const changed = copyOf(honest);
    changed.witness.plan.lift = 0n;
    await refused(honest, changed, /Plan does not open its digest/);
    for (const lift of [0n, 2n, P - 1n])
      await refused(
        honest,
        lie(({ witness }) => (witness.plan.lift = lift), honest),
      );
  });
});
