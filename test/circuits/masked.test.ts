/** Circuit `masked` accepts what a slot has to give of its cells and refuses every lie that section 8 of the protocol says it refuses. */
import { mul, splitScalar } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, initField, permute } from '../../app/lib/field/poseidon2.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { Output, type Plan } from '../../app/lib/protocol/plan.ts';
import { ValueOrder } from '../../app/lib/protocol/rules.ts';
import { maskedProof } from '../../app/lib/proof/aggregate.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { point, scalar } from '../../app/lib/proof/inputs.ts';
import { accepted, copyOf, maskedDigestOf, planDigestOf, refused, tallyCommitmentOf, type Inputs } from './cheat.ts';
import { CONTEXT, seedOf } from './support.ts';

const rule = { min: 0n, max: 100n, order: ValueOrder.any };
/** The first column's sum and squares are opened, the second's sum, nothing of the third. */
const PLAN: Plan = {
  rules: [rule, rule, rule],
  grouping: 0,
  borders: [0n, 10n, 20n, 30n, 101n],
  outputs: [Output.squares, Output.sum, Output.none],
  quantiles: [],
  confidence: 0,
};
const MEMBERS = [0, 2, 4];
/** Group 0 is full and open, 1 open alone, 2 full alone, 3 neither. */
const FULL = 0b0101;
const OPEN = 0b0011;
/** Cells that are opened of an open group: its count, two of the first column, the second's sum. */
const OPENED = [0, 1, 2, 3];

/** The room's transcript after the last tally. */
const TRANSCRIPT = 0xc0ffeen;

let job: ProofJob;

beforeAll(async () => {
  await initField();
  job = jobOf(2);
});

/** Cells that differ in every place. */
const cellsOf = (slot: number): bigint[] =>
  Array.from({ length: 288 }, (_, i) => (i < 36 ? BigInt(1000 * (slot + 1) + i) : 0n));
const keyOf = (slot: number) => deriveKeys(seedOf(slot));

function jobOf(slot: number, members = MEMBERS, sets = { full: FULL, open: OPEN }): ProofJob {
  return maskedProof({
    ...{
      context: CONTEXT,
      transcript: TRANSCRIPT,
      slot,
      members,
      seed: seedOf(slot),
      plan: PLAN,
      cells: cellsOf(slot),
      ...sets,
    },
    keys: members.map((member) => keyOf(member).decryptionPublic),
  });
}

/** The masks of a pair of slots, spelled out. */
function masksOf(slot: number, other: number): bigint[] {
  const { x, y } = mul(keyOf(other).decryptionPublic, keyOf(slot).decryption);
  const z = hash(33, [CONTEXT, TRANSCRIPT, x, y]);
  const capacity = 0x7a6b6372n * 2n ** 80n + 34n * 2n ** 64n + 2n;
  return Array.from({ length: 96 }, (_, t) => permute([z, BigInt(t), 0n, capacity]).slice(0, 3)).flat();
}

/** What a slot gives, spelled out; `sign` says how it takes the masks that it shares with another. */
function maskedOf(
  slot: number,
  members = MEMBERS,
  sign = (other: number): bigint => (slot < other ? 1n : -1n),
): bigint[] {
  const masks = members.filter((other) => other !== slot).map((other) => [sign(other), masksOf(slot, other)] as const);
  return cellsOf(slot).map((cell, i) => {
    const [g, c] = [Math.floor(i / 9), i % 9];
    if (!((OPEN >> g) & 1) || g > 3 || !OPENED.includes(c)) return 0n;
    const given = (FULL >> g) & 1 ? cell : 0n;
    return (((given + masks.reduce((sum, [times, values]) => sum + times * values[i], 0n)) % P) + P) % P;
  });
}

const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
  const inputs = copyOf(from);
  change(inputs);
  return inputs;
};

/** Other masked cells, under their own digest. */
const giving = (masked: readonly bigint[]): Inputs =>
  lie(({ statement }) => (statement.masked_digest = maskedDigestOf(CONTEXT, statement.slot, masked)));

const digest = /Masked cells do not open their digest/;

describe('what a member has to give', () => {
  test('is accepted, and its digest is what an independent computation gives', async () => {
    for (const slot of MEMBERS) {
      const honest = jobOf(slot);
      await accepted(honest);
      expect((honest.inputs as Inputs).statement.masked_digest).toBe(
        maskedDigestOf(CONTEXT, BigInt(slot), maskedOf(slot)),
      );
    }
  });

  test('among two, three, four or five members, whichever slots they have', async () => {
    for (const members of [
      [0, 1],
      [3, 4],
      [0, 1, 2, 3],
      [0, 1, 2, 3, 4],
    ])
      for (const slot of [members[0], members.at(-1)!]) {
        const honest = jobOf(slot, members);
        await accepted(honest);
        expect((honest.inputs as Inputs).statement.masked_digest).toBe(
          maskedDigestOf(CONTEXT, BigInt(slot), maskedOf(slot, members)),
        );
      }
  });

  test('adds up to the full groups’ cells, and to nothing in cells that are not opened', () => {
    const all = MEMBERS.map((slot) => maskedOf(slot));
    const total = (i: number): bigint => all.reduce((sum, masked) => sum + masked[i], 0n) % P;
    for (let i = 0; i < 288; i++) {
      // Group 1 is nobody's here, so it adds up to 0 though it is open.
      const opened = i < 9 && OPENED.includes(i);
      expect(total(i)).toBe(opened ? MEMBERS.reduce((sum, slot) => sum + cellsOf(slot)[i], 0n) : 0n);
    }
  });

  test('has public inputs in the order of section 6', () => {
    const { statement } = job.inputs as Inputs;
    const keys = MEMBERS.flatMap((slot) => Object.values(keyOf(slot).decryptionPublic) as bigint[]);
    const { plan, tally, masked_digest } = statement;
    expect(job.publicInputs).toEqual([
      ...[CONTEXT, 2n, TRANSCRIPT, 0n, 2n, 4n, 0n, 0n],
      ...[...keys.slice(0, 6), 0n, 0n, 0n, 0n],
      ...[plan, tally, BigInt(FULL), BigInt(OPEN), masked_digest],
    ]);
  });
});

describe('other masked cells are refused', () => {
  test('with one of them changed', async () => {
    const masked = maskedOf(2);
    for (const cell of [0, 3, 9, 4, 18, 287])
      for (const change of [1n, P - 1n])
        await refused(job, giving(masked.with(cell, (masked[cell] + change) % P)), digest);
  });

  test('with a closed group’s cells, or with sums that the plan does not open', async () => {
    const masked = maskedOf(2);
    for (const cell of [4, 5, 7, 18, 19, 27]) await refused(job, giving(masked.with(cell, cellsOf(2)[cell])), digest);
  });

  test('with cells of an open group that is not full for the slot', async () => {
    const masked = maskedOf(2);
    await refused(job, giving(masked.with(9, (masked[9] + cellsOf(2)[9]) % P)), digest);
  });

  test('without the cells of one that is', async () => {
    const masked = maskedOf(2);
    await refused(job, giving(masked.with(0, (masked[0] + P - cellsOf(2)[0]) % P)), digest);
  });

  test('without masks, or with one taken the wrong way', async () => {
    await refused(job, giving(cellsOf(2).map((cell, i) => (i < 4 ? cell : 0n))), digest);
    for (const sign of [() => 0n, () => 1n, () => -1n, (other: number) => (other < 2 ? 1n : -1n)])
      await refused(job, giving(maskedOf(2, MEMBERS, sign)), digest);
  });

  test('with the masks of fewer members', async () => {
    for (const members of [
      [0, 2],
      [2, 4],
    ])
      await refused(job, giving(maskedOf(2, members)), digest);
  });
});

describe('what the statement says cannot be exchanged', () => {
  test('secret and own key', async () => {
    const own = /Secret is not that of the slot's key/;
    for (const secret of [keyOf(0).decryption, keyOf(2).decryption + 1n])
      await refused(
        job,
        lie(({ witness }) => (witness.secret = scalar(secret))),
        own,
      );
    await refused(
      job,
      lie(({ statement: { keys } }) => (keys[1] = point(keyOf(3).decryptionPublic))),
      own,
    );
    // The negated key has the same x.
    await refused(
      job,
      lie(({ statement: { keys } }) => (keys[1].y = P - keys[1].y)),
      own,
    );
    await refused(
      job,
      lie(({ witness }) => (witness.secret = { lo: 0n, hi: 0n })),
    );
    const { lo, hi } = splitScalar(keyOf(2).decryption);
    await refused(
      job,
      lie(({ witness }) => (witness.secret = { lo: lo + (1n << 128n), hi: hi - 1n })),
      /range|bit/i,
    );
  });

  test('another member’s key, though it be the negated one', async () => {
    for (const key of [keyOf(3).decryptionPublic, { ...keyOf(4).decryptionPublic, y: P - keyOf(4).decryptionPublic.y }])
      await refused(
        job,
        lie(({ statement: { keys } }) => (keys[2] = point(key))),
        digest,
      );
    await refused(
      job,
      lie(({ statement: { keys } }) => (keys[2].y += 1n)),
      /Point is not on the curve/,
    );
  });

  test('tally, cells and blinding', async () => {
    const opens = /Cells do not open the tally's commitment/;
    for (const change of [
      ({ statement }: Inputs) => (statement.tally += 1n),
      ({ statement }: Inputs) => (statement.context += 1n),
      ({ witness }: Inputs) => (witness.blinding += 1n),
      ({ witness }: Inputs) => (witness.cells[0] += 1n),
      // A cell that is not even given.
      ({ witness }: Inputs) => (witness.cells[287] = 1n),
    ])
      await refused(job, lie(change), opens);
  });

  test('context, course of the room and slot, though the tally is repaired', async () => {
    const repaired = (change: (inputs: Inputs) => void): Inputs =>
      lie((inputs) => {
        change(inputs);
        const { statement, witness } = inputs;
        statement.tally = tallyCommitmentOf(statement, witness, witness.cells);
      });
    await refused(
      job,
      repaired(({ statement }) => (statement.context += 1n)),
      digest,
    );
    await refused(
      job,
      repaired(({ statement }) => (statement.transcript += 1n)),
      digest,
    );
    await refused(
      job,
      repaired(({ statement }) => (statement.slot = 4n)),
      /Secret is not that of the slot's key/,
    );
    for (const slot of [1n, 3n, 5n, P - 1n])
      await refused(
        job,
        repaired(({ statement }) => (statement.slot = slot)),
        /The slot is not a member/,
      );
  });

  test('plan, full and open groups', async () => {
    await refused(
      job,
      lie(({ statement }) => (statement.plan += 1n)),
      /Plan does not open its digest/,
    );
    for (const outputs of [
      [2n, 2n, 0n, 0n],
      [2n, 1n, 1n, 0n],
      [1n, 1n, 0n, 0n],
    ])
      await refused(
        job,
        lie(({ statement, witness }) => {
          witness.plan.outputs = outputs;
          statement.plan = planDigestOf(witness.plan);
        }),
        digest,
      );
    for (const name of ['full', 'open']) {
      for (const bit of name === 'full' ? [0n, 1n] : [0n, 1n, 2n, 31n])
        await refused(
          job,
          lie(({ statement }) => (statement[name] ^= 1n << bit)),
          digest,
        );
      await refused(
        job,
        lie(({ statement }) => (statement[name] += 1n << 32n)),
      );
    }
  });
});

describe('members that are none are refused', () => {
  test('out of order, twice, too few, beyond the slots, or behind a gap', async () => {
    for (const slots of [
      [2n, 0n, 4n, 0n, 0n],
      [0n, 2n, 2n, 0n, 0n],
      [0n, 2n, 5n, 0n, 0n],
      [0n, 2n, P - 1n, 0n, 0n],
      [0n, 2n, 0n, 4n, 0n],
      [2n, 0n, 0n, 0n, 0n],
    ])
      await refused(
        job,
        lie(({ statement }) => (statement.slots = slots)),
      );
  });

  test('fewer or more than those whose masks are taken', async () => {
    await refused(
      job,
      lie(({ statement }) => {
        statement.slots = [0n, 2n, 0n, 0n, 0n];
        statement.keys[2] = { x: 0n, y: 0n };
      }),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => {
        statement.slots = [0n, 1n, 2n, 4n, 0n];
        statement.keys.splice(1, 0, point(keyOf(1).decryptionPublic));
        statement.keys.pop();
      }),
      digest,
    );
  });

  test('with keys behind them', async () => {
    for (const change of [
      ({ statement }: Inputs) => (statement.keys[3] = point(keyOf(3).decryptionPublic)),
      ({ statement }: Inputs) => (statement.keys[4].y = 1n),
    ])
      await refused(job, lie(change), /beyond the members are not 0/);
  });
});
