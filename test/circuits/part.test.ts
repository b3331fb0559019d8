/** Circuit `part` accepts a slot's number of steps under the room key and refuses every other number, key, tally or bands. */
import { add, mul, mulGenerator } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { point, scalar } from '../../app/lib/proof/inputs.ts';
import { partProof } from '../../app/lib/proof/threshold.ts';
import type { Bands } from '../../app/lib/protocol/bands.ts';
import { partOf, type Part } from '../../app/lib/protocol/part.ts';
import { accepted, copyOf, refused, tallyCommitmentOf, type Inputs } from './cheat.ts';
import { BANDS, bandsDigestOf, keysOf, plus, roomKeyOf } from './threshold-support.ts';
import { CONTEXT, seedOf } from './support.ts';

const SLOT = 2;
/** In units of the column: 7 rows with a sum of 113. */
const ROWS = [50n, -3n, 20n, 31n, -3n, 12n, 6n];

let job: ProofJob;

beforeAll(async () => {
  await initField();
  job = jobOf(BANDS, cellsOf(BANDS, ROWS));
});

/** A tally of rows of the summed column; all other cells hold something, too. */
function cellsOf({ column, least }: Bands, rows: readonly bigint[]): bigint[] {
  const cells = Array.from({ length: 288 }, (_, i) => 1_000_003n * BigInt(i + 1));
  cells[0] = BigInt(rows.length);
  cells[1 + 2 * column] = rows.reduce((sum, value) => sum + value - least, 0n);
  return cells;
}

/** Rows of values from -3 on that add up to a negative number. */
const rowsOf = (sum: bigint): bigint[] => [...Array<bigint>(Number(-sum / 3n)).fill(-3n), sum % 3n];

/** A part of so many steps, whether they are the slot's or not. */
function partWith(steps: bigint, randomness = 0x777n): Part {
  const ciphertext = { c1: mulGenerator(randomness), c2: plus(mul(roomKeyOf(), randomness), steps) };
  return { steps, randomness, ciphertext };
}

function jobOf(bands: Bands, cells: readonly bigint[], part?: Part): ProofJob {
  const own = { bands, cells, key: roomKeyOf(), seed: seedOf(SLOT) };
  return partProof({ ...own, context: CONTEXT, slot: SLOT, part: part ?? partOf({ ...own, tally: 1n }) });
}

const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
  const inputs = copyOf(from);
  change(inputs);
  return inputs;
};

/** Other bands under their own digest. */
const telling = (change: (bands: Inputs) => void, from = job): Inputs =>
  lie(({ statement, witness }) => {
    change(witness.bands);
    statement.bands = bandsDigestOf(witness.bands);
  }, from);

/** Other cells under their own commitment. */
const tallying = (change: (cells: bigint[]) => void, from = job): Inputs =>
  lie(({ statement, witness }) => {
    change(witness.cells);
    statement.tally = tallyCommitmentOf(statement, witness, witness.cells);
  }, from);

const wrongNumber = /C2 does not hold the slot's number of steps/;
const belowFloor = /The slot's sum lies below the floor, or is too large/;
const wrongTally = /Cells do not open the tally's commitment/;

describe('a part', () => {
  test('is accepted, and holds what adding up and dividing in plain sight gives', async () => {
    await accepted(job);
    // (113 + 40) / 10, rounded down.
    const { c1, c2 } = (job.inputs as Inputs).statement;
    const { randomness } = (job.inputs as Inputs).witness;
    const r = randomness.lo + (randomness.hi << 128n);
    expect(c1).toEqual(point(mulGenerator(r)));
    expect(c2).toEqual(point(add(mul(roomKeyOf(), r), mulGenerator(15n))));
  });

  test('of every column, unit and floor, at the floor, just below a step, and of the greatest sums', async () => {
    const narrow = { ...BANDS, least: 0n, floor: 0n, unit: 1n, borders: [1] };
    const most = (1n << 62n) - 1n;
    const cases: [Bands, bigint[], bigint][] = [
      ...[0, 1, 2, 3].map((column): [Bands, bigint[], bigint] => [{ ...BANDS, column }, ROWS, 15n]),
      [BANDS, rowsOf(-40n), 0n],
      [BANDS, rowsOf(-31n), 0n],
      [BANDS, rowsOf(-30n), 1n],
      [BANDS, [9n], 4n],
      [{ ...BANDS, unit: (1n << 40n) - 1n }, [(1n << 40n) - 41n], 1n],
      [{ ...BANDS, unit: (1n << 40n) - 1n }, [(1n << 40n) - 42n], 0n],
      [narrow, [0n], 0n],
      [narrow, [most], most],
      [{ ...narrow, least: 1n - (1n << 61n), floor: 1n - (1n << 61n) }, [1n - (1n << 61n)], 0n],
      [{ ...narrow, borders: [192, 384, 576, 768, 960, 1152, 1344, 1536] }, [5n, 6n], 11n],
    ];
    for (const [bands, rows, steps] of cases) {
      const cells = cellsOf(bands, rows);
      await accepted(jobOf(bands, cells, partWith(steps)));
      await refused(job, jobOf(bands, cells, partWith(steps + 1n)).inputs, wrongNumber);
    }
  });

  test('has public inputs in the order of section 10', () => {
    const { statement } = job.inputs as Inputs;
    const { x, y } = roomKeyOf();
    const { tally, bands, c1, c2 } = statement;
    expect(job.publicInputs).toEqual([CONTEXT, BigInt(SLOT), tally, bands, x, y, c1.x, c1.y, c2.x, c2.y]);
    expect(bands).toBe(bandsDigestOf((job.inputs as Inputs).witness.bands));
    expect(tally).toBe(tallyCommitmentOf(statement, { blinding: keysOf(SLOT).tallyBlinding }, cellsOf(BANDS, ROWS)));
  });
});

describe('another number is refused', () => {
  test('one more, one less, none, or that of the sum without rounding', async () => {
    for (const steps of [14n, 16n, 0n, -15n, 153n])
      await refused(job, jobOf(BANDS, cellsOf(BANDS, ROWS), partWith(steps)).inputs, wrongNumber);
  });

  test('of other cells, though the commitment is to them', async () => {
    // Ten more rows take 3 steps off, since the least value is -3, and a sum that is 10 larger adds one. All other cells do nothing.
    await refused(
      job,
      tallying((cells) => (cells[0] += 10n)),
      wrongNumber,
    );
    await refused(
      job,
      tallying((cells) => (cells[3] += 10n)),
      wrongNumber,
    );
    await accepted(
      job,
      tallying((cells) => [1, 2, 4, 5, 9, 12, 287].forEach((i) => (cells[i] += 10n))),
    );
  });

  test('of a sum below the floor, or of too many steps', async () => {
    const least = 1n - (1n << 61n);
    for (const [bands, rows] of [
      [BANDS, rowsOf(-41n)],
      [BANDS, rowsOf(-1000n)],
      [{ ...BANDS, least }, [least, least]],
    ] as const)
      await refused(job, jobOf(bands, cellsOf(bands, rows), partWith(0n)).inputs, belowFloor);
    await refused(job, jobOf(BANDS, cellsOf(BANDS, rowsOf(-41n)), partWith(-1n)).inputs, belowFloor);
    const unit = { ...BANDS, least: 0n, floor: 0n, unit: 1n };
    await refused(job, jobOf(unit, cellsOf(unit, [1n << 62n]), partWith(1n << 62n)).inputs);
  });
});

describe('bands cannot be exchanged', () => {
  test('other bands than those of the digest', async () => {
    for (const change of [
      (bands: Inputs) => (bands.column = 0n),
      (bands: Inputs) => (bands.least += 1n),
      (bands: Inputs) => (bands.floor = P - 30n),
      (bands: Inputs) => (bands.unit = 9n),
      (bands: Inputs) => (bands.borders[0] += 1n),
      (bands: Inputs) => (bands.borders[7] = 40n),
    ])
      await refused(
        job,
        lie(({ witness }) => change(witness.bands)),
        /Bands do not open their digest/,
      );
    await refused(
      job,
      lie(({ statement }) => (statement.bands += 1n)),
      /Bands do not open their digest/,
    );
  });

  test('another unit, floor, column or least value under its own digest leads to another number', async () => {
    for (const change of [
      (bands: Inputs) => (bands.unit = 9n),
      (bands: Inputs) => (bands.floor = P - 30n),
      (bands: Inputs) => (bands.column = 0n),
      (bands: Inputs) => (bands.least += 1n),
    ])
      await refused(job, telling(change), wrongNumber);
    // The borders say nothing of the number.
    await accepted(
      job,
      telling((bands) => (bands.borders = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n])),
    );
  });

  test('bands that section 10 does not allow', async () => {
    const eight = (...borders: bigint[]): bigint[] => [...borders, ...Array<bigint>(8 - borders.length).fill(0n)];
    const cases: [(bands: Inputs) => void, RegExp?][] = [
      [(bands) => (bands.column = 4n), /Flags are/],
      [(bands) => (bands.column = P - 1n), /Flags are/],
      [(bands) => (bands.least = 1n << 61n)],
      [(bands) => (bands.least = P - (1n << 61n))],
      [(bands) => (bands.floor = 1n)],
      [(bands) => (bands.floor = P - (1n << 61n))],
      [(bands) => (bands.unit = 0n)],
      [(bands) => (bands.unit = 1n << 40n)],
      [(bands) => (bands.borders = eight()), /There is no border/],
      [(bands) => (bands.borders = eight(0n, 5n)), /A border stands behind the last one/],
      [(bands) => (bands.borders = eight(5n, 0n, 9n)), /A border stands behind the last one/],
      [(bands) => (bands.borders = eight(5n, 5n))],
      [(bands) => (bands.borders = eight(5n, 4n))],
      [(bands) => (bands.borders = eight(193n))],
      [(bands) => (bands.borders = eight(5n, 198n))],
      [(bands) => (bands.borders = eight(P - 5n))],
    ];
    for (const [change, reason] of cases) await refused(job, telling(change), reason);
  });
});

describe('keys, commitments and room cannot be exchanged', () => {
  test('another tally, blinding, cell, room or slot', async () => {
    for (const change of [
      ({ statement }: Inputs) => (statement.tally += 1n),
      ({ statement }: Inputs) => (statement.context += 1n),
      ({ statement }: Inputs) => (statement.slot += 1n),
      ({ witness }: Inputs) => (witness.blinding += 1n),
      ({ witness }: Inputs) => (witness.cells[3] += 10n),
      ({ witness }: Inputs) => (witness.cells[287] += 1n),
    ])
      await refused(job, lie(change), wrongTally);
  });

  test('another room key, or one that is no point', async () => {
    await refused(
      job,
      lie(({ statement }) => (statement.room_key = point(keysOf(SLOT).decryptionPublic))),
      wrongNumber,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.room_key.y += 1n)),
      /Point is not on the curve/,
    );
  });

  test('other points, their negatives, other randomness, or none', async () => {
    const wrongC1 = /C1 is not of this randomness/;
    for (const change of [
      ({ statement }: Inputs) => (statement.c1 = point(mulGenerator(9n))),
      ({ statement }: Inputs) => (statement.c1.y = P - statement.c1.y),
      ({ statement }: Inputs) => ([statement.c1, statement.c2] = [statement.c2, statement.c1]),
      ({ witness }: Inputs) => (witness.randomness = scalar(9n)),
    ])
      await refused(job, lie(change), wrongC1);
    await refused(
      job,
      lie(({ statement }) => (statement.c2.y = P - statement.c2.y)),
      wrongNumber,
    );
    await refused(
      job,
      lie(({ statement, witness }) => {
        witness.randomness = scalar(9n);
        statement.c1 = point(mulGenerator(9n));
      }),
      wrongNumber,
    );
    await refused(
      job,
      lie(({ witness }) => (witness.randomness = { lo: 0n, hi: 0n })),
      /Point is infinity/,
    );
  });
});
