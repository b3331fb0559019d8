/** Circuit `opened` accepts what a slot's own selected sums hold, as the cells of its tally, and refuses all else. */
import { mulGenerator } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { point, scalar } from '../../app/lib/proof/inputs.ts';
import { openedProof } from '../../app/lib/proof/joined.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { openTally } from '../../app/lib/protocol/opened.ts';
import { selectSums, type Selected } from '../../app/lib/protocol/selected.ts';
import { accepted, copyOf, refused, type Inputs } from './cheat.ts';
import {
  OWNER,
  PLAN,
  encrypted,
  joinedList,
  numberOf,
  rowsOf,
  selectedDigestOf,
  selectionOf,
} from './joined-support.ts';
import { CONTEXT, seedOf } from './support.ts';

/** Groups 0 and 7 are full, group 1 has one element. */
const FLAGS = [1, 1, 1, 0, 2, 8, 8, 8, 8, 0];
const ROWS = rowsOf(FLAGS.length);
const keys = deriveKeys(seedOf(OWNER));

let sums: Selected[];
let job: ProofJob;

beforeAll(async () => {
  await initField();
  sums = await selectedOf([0, 1, 4], FLAGS);
  job = await jobOf(sums, true);
});

async function selectedOf(vectors: readonly number[], flags: readonly number[], rows = ROWS): Promise<Selected[]> {
  const joined = await joinedList(rows, flags);
  const made: Selected[] = [];
  for (const vector of vectors)
    made.push((await selectSums(selectionOf(joined, await encrypted(joined, vector)))).selected);
  return made;
}

async function jobOf(selected: readonly Selected[], counting: boolean): Promise<ProofJob> {
  const opened = await openTally({ selected, decryption: keys.decryption, counting, bound: 1n << 30n });
  return openedProof({ context: CONTEXT, slot: OWNER, seed: seedOf(OWNER), counting, selected, opened });
}

/** The cells of a tally by adding up rows in plain sight. */
function cellsOf(vectors: readonly number[], counting: boolean): bigint[] {
  const cells = Array<bigint>(288).fill(0n);
  for (const group of [0, 7]) {
    const own = ROWS.filter((_, i) => FLAGS[i] === group + 1);
    if (counting) cells[9 * group] = BigInt(own.length);
    for (const vector of vectors)
      cells[9 * group + 1 + vector] = own.reduce((sum, row) => sum + numberOf(PLAN, vector, row), 0n);
  }
  return cells;
}

const commitment = ({ context, slot }: Inputs, cells: readonly bigint[]): bigint =>
  hash(32, [context, slot, keys.tallyBlinding, ...cells]);

const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
  const inputs = copyOf(from);
  change(inputs);
  return inputs;
};

/** The same with the digests of what the witness holds repaired. */
const repaired = (change: (inputs: Inputs) => void): Inputs =>
  lie((inputs) => {
    change(inputs);
    const { statement, witness } = inputs;
    const { context, slot, full } = statement;
    for (const v of [0, 1, 4])
      statement.selected[v] = selectedDigestOf(context, slot, BigInt(v), {
        flags: witness.flags[v],
        full,
        counts: witness.counts,
        sums: witness.sums[v],
      });
  });

/** Other cells under their own commitment. */
const giving = (change: (cells: bigint[]) => void): Inputs =>
  lie(({ statement }) => {
    const cells = cellsOf([0, 1, 4], true);
    change(cells);
    statement.tally = commitment(statement, cells);
  });

const digest = /Sums do not open their digest/;
const tally = /Cells do not open the tally's commitment/;
const number = /A sum is not what the ciphertext holds/;

describe('an opened tally', () => {
  test('is accepted, and its cells and commitment are what adding up in plain sight gives', async () => {
    for (const counting of [true, false]) {
      const honest = await jobOf(sums, counting);
      await accepted(honest);
      const { statement } = honest.inputs as Inputs;
      expect(statement.tally).toBe(commitment(statement, cellsOf([0, 1, 4], counting)));
      expect(statement.full).toBe(0b10000001n);
    }
    expect(repaired(() => {})).toEqual(job.inputs);
  });

  test('of one vector, of no vector, and without a full group', async () => {
    const one = await jobOf(sums.slice(2), true);
    await accepted(one);
    expect((one.inputs as Inputs).statement.tally).toBe(
      commitment((one.inputs as Inputs).statement, cellsOf([4], true)),
    );
    const empty = commitment((job.inputs as Inputs).statement, Array<bigint>(288).fill(0n));
    for (const honest of [
      await jobOf([], false),
      await jobOf(
        await selectedOf(
          [0, 1],
          FLAGS.map(() => 0),
        ),
        true,
      ),
    ]) {
      await accepted(honest);
      expect((honest.inputs as Inputs).statement).toMatchObject({ full: 0n, tally: empty });
    }
  });

  test('with all eight groups full, of sums of zeros', async () => {
    const rows = Array.from({ length: 24 }, () => [-1000n, 0n, 5n]);
    const flags = rows.map((_, i) => 1 + (i % 8));
    const honest = await jobOf(await selectedOf([0, 1, 4], flags, rows), true);
    await accepted(honest);
    expect((honest.inputs as Inputs).statement.full).toBe(255n);
  });

  test('has public inputs in the order of section 6', () => {
    const { statement } = job.inputs as Inputs;
    const { x, y } = keys.decryptionPublic;
    expect(job.publicInputs).toEqual([
      ...[CONTEXT, BigInt(OWNER), x, y, 1n],
      ...statement.selected,
      ...[statement.tally, 0b10000001n],
    ]);
    expect(statement.selected.map((value: bigint) => value !== 0n)).toEqual([
      ...[true, true, false, false],
      ...[true, false, false, false],
    ]);
  });
});

describe('other cells are refused', () => {
  test('one more or one less, of a closed group, of a vector that is not brought, or in another group', async () => {
    for (const cell of [0, 1, 2, 5, 9, 10, 3, 63, 64, 287])
      for (const change of [1n, P - 1n])
        await refused(
          job,
          giving((cells) => (cells[cell] = (cells[cell] + change) % P)),
          tally,
        );
    await refused(
      job,
      giving((cells) => ([cells[1], cells[64]] = [cells[64], cells[1]])),
      tally,
    );
  });

  test('with another number, though the tally is made for it', async () => {
    for (const change of [1n, -1n])
      await refused(
        job,
        lie(({ statement, witness }) => {
          witness.numbers[0][0] += change;
          const cells = cellsOf([0, 1, 4], true);
          cells[1] += change;
          statement.tally = commitment(statement, cells);
        }),
        number,
      );
    // The same multiple of G, beyond what a sum may be.
    await refused(
      job,
      lie(({ witness }) => (witness.numbers[0][0] += 2n ** 62n)),
    );
  });

  test('with numbers of groups that are not full', async () => {
    await accepted(
      job,
      lie(({ witness }) => (witness.numbers[0][1] = 5n)),
    );
    await refused(
      job,
      lie(({ statement, witness }) => {
        witness.numbers[0][1] = 5n;
        const cells = cellsOf([0, 1, 4], true);
        cells[10] = 5n;
        statement.tally = commitment(statement, cells);
      }),
      tally,
    );
  });

  test('with counts in a tally that does not count, or none in one that does', async () => {
    await refused(
      job,
      lie(({ statement }) => (statement.counting = 0n)),
      tally,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.counting = 2n)),
      /Counting is neither 0 nor 1/,
    );
    const without = giving((cells) => [0, 7].forEach((group) => (cells[9 * group] = 0n)));
    await refused(job, without, tally);
    await accepted(job, { ...without, statement: { ...without.statement, counting: 0n } });
  });
});

describe('other sums are refused', () => {
  test('changed, swapped between groups or vectors, negated, or with other counts or flags', async () => {
    for (const change of [
      ({ sums }: Inputs) => (sums[0][0].c2 = point(mulGenerator(7n))),
      ({ sums }: Inputs) => ([sums[0][0], sums[0][7]] = [sums[0][7], sums[0][0]]),
      ({ sums }: Inputs) => ([sums[0], sums[1]] = [sums[1], sums[0]]),
      ({ sums }: Inputs) => (sums[4][0].c1.y = P - sums[4][0].c1.y),
      ({ counts }: Inputs) => (counts[0] += 1n),
      ({ flags }: Inputs) => (flags[0] += 1n),
    ])
      await refused(
        job,
        lie(({ witness }) => change(witness)),
        digest,
      );
  });

  test('of another room, slot or vector, or with other full groups', async () => {
    for (const change of [
      ({ statement }: Inputs) => (statement.context += 1n),
      ({ statement }: Inputs) => (statement.slot += 1n),
      ({ statement }: Inputs) => (statement.full = 0b1n),
      ({ statement }: Inputs) => (statement.full = 0b10000011n),
      ({ statement: { selected } }: Inputs) => ([selected[0], selected[1]] = [selected[1], selected[0]]),
      ({ statement: { selected } }: Inputs) => ([selected[2], selected[0]] = [selected[0], 0n]),
      ({ statement: { selected } }: Inputs) => (selected[3] = 1n),
    ])
      await refused(job, lie(change), digest);
    await refused(
      job,
      lie(({ statement }) => (statement.full += 256n)),
    );
  });

  test('of a vector that is left out', async () => {
    await refused(
      job,
      lie(({ statement }) => (statement.selected[4] = 0n)),
      tally,
    );
  });

  test('whose points are none, though their digest is on record', async () => {
    await refused(
      job,
      repaired(({ witness }) => (witness.sums[0][0].c1.y += 1n)),
      /Point is not on the curve/,
    );
    await refused(
      job,
      repaired(({ witness }) => (witness.sums[0][0].c2.y += 1n)),
      number,
    );
  });
});

describe('keys and commitments cannot be exchanged', () => {
  test('secret, key, blinding and tally', async () => {
    const other = deriveKeys(seedOf(0));
    const secret = /Secret is not that of the slot's key/;
    await refused(
      job,
      lie(({ witness }) => (witness.secret = scalar(other.decryption))),
      secret,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.key = point(other.decryptionPublic))),
      secret,
    );
    await refused(
      job,
      lie(({ statement, witness }) => {
        statement.key = point(other.decryptionPublic);
        witness.secret = scalar(other.decryption);
      }),
      number,
    );
    await refused(
      job,
      lie(({ witness }) => (witness.blinding += 1n)),
      tally,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.tally += 1n)),
      tally,
    );
  });

  test('a slot without vectors has neither full groups nor counts', async () => {
    const none = await jobOf([], false);
    await refused(
      none,
      lie(({ statement }) => (statement.full = 1n), none),
      /A slot without vectors has full groups/,
    );
    await refused(
      none,
      lie(({ statement }) => (statement.counting = 1n), none),
      /A slot without vectors has counts/,
    );
  });
});

describe('a client does not open', () => {
  test('sums of vectors that disagree, under another key, or beyond the bound', async () => {
    const { decryption } = keys;
    const [first, second] = sums;
    const open = (selected: readonly Selected[], secret = decryption, bound = 1n << 20n) =>
      openTally({ selected, decryption: secret, counting: true, bound });
    const counts = second.counts.map((count) => (count ? count + 1 : 0));
    await expect(open([first, { ...second, counts }])).rejects.toThrow(/not of the same groups/);
    await expect(open([first, { ...second, full: 1 }])).rejects.toThrow(/not of the same groups/);
    await expect(open([first], decryption + 1n)).rejects.toThrow(/is not below/);
    await expect(open([first], decryption, 5n)).rejects.toThrow(/is not below 5/);
    await expect(open([])).rejects.toThrow(/no vector does not count/);
  });
});
