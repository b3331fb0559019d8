/** Circuit `encrypt` accepts ciphertexts of a vector's numbers in the order of a list and refuses all others. */
import fc from 'fast-check';
import { add, mul, mulGenerator } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { point, scalar, toFields } from '../../app/lib/proof/inputs.ts';
import { encryptChunks } from '../../app/lib/proof/joined.ts';
import { ciphertextsOf } from '../../app/lib/protocol/encrypted.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { Output, type Plan } from '../../app/lib/protocol/plan.ts';
import { SOAK } from '../support/choice.ts';
import { accepted, copyOf, planDigestOf, refused, type Inputs } from './cheat.ts';
import {
  OWNER,
  PLAN,
  chainWith,
  closeEncrypt,
  encrypted,
  joinedList,
  listedOf,
  nextEncrypt,
  numberOf,
  packedPlaces,
  rowsOf,
  secondPoints,
} from './joined-support.ts';
import { CONTEXT, seedOf } from './support.ts';

const COUNT = 5;
/** Rows at their bounds, and between. */
const ROWS = [
  [-1000n, 0n, 5n],
  [1000n, 7n, 5n + (1n << 40n) - 1n],
  [0n, 3n, 6n],
  [-1n, 3n, 1n << 39n],
  [-1000n, 1n, 5n],
];
const keys = deriveKeys(seedOf(OWNER));

let job: ProofJob;
let squares: ProofJob;

beforeAll(async () => {
  await initField();
  [job] = await jobsOf(ROWS, 0);
  [squares] = await jobsOf(ROWS, 1);
});

async function jobsOf(values: readonly (readonly bigint[])[], vector: number, plan = PLAN, size: 32 | 256 = 32) {
  const joined = await joinedList(
    values,
    values.map(() => 0),
  );
  const { packed, listed } = joined;
  const vectorOf = await encrypted(joined, vector, plan);
  const input = { context: CONTEXT, slot: OWNER, seed: seedOf(OWNER), plan, listed, packed, encrypted: vectorOf };
  return encryptChunks(input, { size });
}

/** Inputs with something changed, and the state after the chunk repaired. */
function tampered(change: (inputs: Inputs) => void, from = job): Inputs {
  const inputs = copyOf(from);
  change(inputs);
  return closeEncrypt(inputs);
}

/** The same with the ciphertexts' digest repaired, and that of the values if they are another's. */
function lie(change: (inputs: Inputs) => void, from = job, others = false): Inputs {
  return tampered((inputs) => {
    change(inputs);
    const { statement, witness } = inputs;
    const { ciphertexts } = nextEncrypt(inputs);
    const { context, slot, vector } = statement;
    statement.encrypted_digest = hash(41, [context, slot, vector, witness.count, ciphertexts]);
    if (others) {
      const packed = witness.places.slice(0, Number(witness.count)).map(packedPlaces);
      statement.values = listedOf(context, slot, witness.blinding, packed);
    }
  }, from);
}

const valuesReason = /Values do not open the commitment to listed values/;
const digestReason = /Ciphertexts do not open their digest/;

describe('the ciphertexts of a vector', () => {
  test('are accepted, hold the numbers, and statement and state are what an independent computation gives', async () => {
    for (const vector of [0, 1, 4]) {
      const [whole] = await jobsOf(ROWS, vector);
      await accepted(whole);
      expect(lie(() => {}, whole, true)).toEqual(whole.inputs);
      const { c1 } = (whole.inputs as Inputs).witness;
      secondPoints(whole.inputs).forEach((c2, i) => {
        const number = numberOf(PLAN, vector, ROWS[i]);
        const shared = mul(c1[i], keys.decryption);
        expect(c2).toEqual(number === 0n ? shared : add(shared, mulGenerator(number)));
      });
      expect((whole.inputs as Inputs).statement.plan).toBe(planDigestOf((whole.inputs as Inputs).witness.plan));
    }
  });

  test('of one element, of a whole chunk, and of elements with one number', async () => {
    for (const rows of [ROWS.slice(0, 1), rowsOf(32), Array<bigint[]>(7).fill(ROWS[1])]) {
      const [whole, ...more] = await jobsOf(rows, 1);
      expect(more).toEqual([]);
      await accepted(whole);
    }
  });

  test('of equal numbers differ, and so do those of the two vectors of a column', async () => {
    const joined = await joinedList(
      ROWS,
      ROWS.map(() => 0),
    );
    const [values, other] = [await encrypted(joined, 0), await encrypted(joined, 1)];
    const points = [...ciphertextsOf(values), ...ciphertextsOf(other)].flatMap(({ c1, c2 }) => [c1.x, c2.x]);
    expect(new Set(points).size).toBe(4 * COUNT);
    expect((await encrypted(joined, 0)).ciphertexts).toEqual(values.ciphertexts);
  });

  test('for any values of any column', async () => {
    const table = fc.record({
      least: fc.bigInt({ min: -(1n << 60n), max: 1n << 60n }),
      column: fc.integer({ min: 0, max: 3 }),
      above: fc.array(fc.bigInt({ min: 0n, max: (1n << 20n) - 1n }), { minLength: 1, maxLength: 32 }),
      squared: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(table, async ({ least, column, above, squared }) => {
        const rule = { min: least, max: least + (1n << 20n) - 1n, order: 0 as const };
        const plan: Plan = {
          rules: Array(column + 1).fill(rule),
          borders: [0n, 1n],
          outputs: Array.from({ length: column + 1 }, (_, j) => (j === column ? Output.squares : Output.none)),
          quantiles: [],
          confidence: 0,
        };
        const rows = above.map((w, i) =>
          Array.from({ length: column + 1 }, (_, j) => least + (j === column ? w : BigInt(i))),
        );
        const [whole] = await jobsOf(rows, 2 * column + (squared ? 1 : 0), plan);
        await accepted(whole);
        expect(lie(() => {}, whole, true)).toEqual(whole.inputs);
      }),
      { numRuns: SOAK ? 50 : 4 },
    );
  });

  test('whatever stands beyond the count', async () => {
    await accepted(
      job,
      tampered(({ witness }) => {
        for (let i = COUNT; i < 32; i++) {
          witness.places[i] = [witness.places[0][0] + BigInt(i), 5n, 6n, 7n];
          witness.c1[i] = point(mulGenerator(BigInt(i)));
        }
      }),
    );
  });

  test('the public inputs are statement and chunk in their order', () => {
    const { statement, chunk } = job.inputs as Inputs;
    const { context, slot, values, plan, vector, key, encrypted_digest } = statement;
    expect(key).toEqual(point(keys.decryptionPublic));
    expect(job.publicInputs).toEqual([
      ...[context, slot, values, plan, vector, key.x, key.y, encrypted_digest],
      ...[chunk.index, 1n, chunk.state_before, chunk.state_after],
    ]);
  });
});

describe('other numbers are refused', () => {
  test('one more or one less, in any place, though the ciphertexts are made for them', async () => {
    for (const i of [0, 4])
      for (const change of [1n, -1n])
        await refused(
          job,
          lie(({ witness }) => (witness.places[i][0] += change)),
        );
  });

  test('of rows in another order', async () => {
    await refused(
      job,
      lie(({ witness: { places } }) => ([places[0], places[1]] = [places[1], places[0]])),
      valuesReason,
    );
  });

  test('below the least that the rules allow, and from 2^40 on, whatever the values are committed to', async () => {
    await accepted(
      job,
      lie(({ witness }) => (witness.places[2][0] += 1n), job, true),
    );
    for (const place of [2n ** 61n - 1001n, 2n ** 61n - 1000n + 2n ** 40n, 2n ** 62n - 1n, 2n ** 62n])
      await refused(
        job,
        lie(({ witness }) => (witness.places[2][0] = place), job, true),
      );
    await accepted(
      squares,
      lie(({ witness }) => (witness.places[2][0] = 2n ** 61n - 1000n + 2n ** 20n - 1n), squares, true),
    );
    await refused(
      squares,
      lie(({ witness }) => (witness.places[2][0] = 2n ** 61n - 1000n + 2n ** 20n), squares, true),
    );
  });

  test('with places that reach into one another', async () => {
    // 2^62 in one place is 1 in the next: the packed values are the same.
    await refused(
      job,
      tampered(({ witness: { places } }) => {
        places[0][1] += 2n ** 62n;
        places[0][2] -= 1n;
      }),
    );
  });

  test('of another vector under the same digest', async () => {
    for (const vector of [1n, 4n])
      await refused(
        job,
        tampered(({ statement }) => (statement.vector = vector)),
        digestReason,
      );
  });

  test('of a vector that the plan does not open, or that there is not', async () => {
    for (const vector of [2n, 3n, 5n, 6n, 7n])
      await refused(
        job,
        lie(({ statement }) => (statement.vector = vector)),
        /The plan does not open this vector/,
      );
    const inputs = copyOf(job);
    inputs.statement.vector = 8n;
    await refused(job, inputs);
  });
});

describe('other ciphertexts are refused', () => {
  test('swapped, replaced, with a point negated, or made with other randomness', async () => {
    for (const change of [
      ({ c1 }: Inputs) => ([c1[0], c1[1]] = [c1[1], c1[0]]),
      ({ c1 }: Inputs) => (c1[0] = c1[1]),
      ({ c1 }: Inputs) => (c1[0] = { x: c1[0].x, y: P - c1[0].y }),
      ({ c1 }: Inputs) => (c1[4] = point(mulGenerator(12345n))),
    ])
      await refused(
        job,
        tampered(({ witness }) => change(witness)),
        digestReason,
      );
  });

  test('but randomness is the prover’s own', async () => {
    await accepted(
      job,
      lie(({ witness }) => (witness.c1[4] = point(mulGenerator(12345n)))),
    );
  });

  test('under another key', async () => {
    const other = deriveKeys(seedOf(0));
    await refused(
      job,
      lie(({ statement }) => (statement.key = point(other.decryptionPublic))),
      /Secret is not that of the slot's key/,
    );
    await refused(
      job,
      lie(({ witness }) => (witness.secret = scalar(other.decryption))),
      /Secret is not that of the slot's key/,
    );
    await refused(
      job,
      tampered(({ statement, witness }) => {
        statement.key = point(other.decryptionPublic);
        witness.secret = scalar(other.decryption);
      }),
      digestReason,
    );
  });

  test('that are no points', async () => {
    const inputs = copyOf(job);
    inputs.witness.c1[0].y += 1n;
    await refused(job, inputs, /Point is not on the curve/);
  });
});

describe('what the statement says cannot be exchanged', () => {
  test('context, slot, values, plan, count and blinding', async () => {
    for (const change of [
      ({ statement }: Inputs) => (statement.context += 1n),
      ({ statement }: Inputs) => (statement.slot += 1n),
      ({ statement }: Inputs) => (statement.values += 1n),
      ({ witness }: Inputs) => (witness.blinding += 1n),
      ({ witness }: Inputs) => (witness.count -= 1n),
      ({ witness }: Inputs) => (witness.count += 1n),
    ])
      await refused(job, lie(change), valuesReason);
    await refused(
      job,
      lie(({ statement }) => (statement.plan += 1n)),
      /Plan does not open its digest/,
    );
    await refused(
      job,
      tampered(({ statement, witness }) => {
        witness.plan.rules.rules[0].min += 1n;
        statement.plan = planDigestOf(witness.plan);
      }),
    );
    await refused(
      job,
      tampered(({ statement }) => (statement.encrypted_digest += 1n)),
      digestReason,
    );
  });

  test('room and slot, though the values are repaired', async () => {
    for (const name of ['context', 'slot'])
      await refused(
        job,
        tampered(({ statement, witness }) => {
          statement[name] += 1n;
          const packed = witness.places.slice(0, COUNT).map(packedPlaces);
          statement.values = listedOf(statement.context, statement.slot, witness.blinding, packed);
        }),
        digestReason,
      );
  });
});

describe('chunks', () => {
  let jobs: ProofJob[];
  beforeAll(async () => {
    jobs = await jobsOf(rowsOf(40), 1);
  });

  test('are accepted one after another, and hand on what an independent computation gives', async () => {
    expect(jobs).toHaveLength(2);
    for (const chunk of jobs) {
      await accepted(chunk);
      expect(closeEncrypt(copyOf(chunk))).toEqual(chunk.inputs);
    }
    const { statement } = jobs[1].inputs as Inputs;
    expect(statement.values).toBe(
      listedOf(
        CONTEXT,
        BigInt(OWNER),
        keys.listedBlinding,
        jobs.flatMap(({ inputs }, i) => (inputs as Inputs).witness.places.slice(0, i === 0 ? 32 : 8).map(packedPlaces)),
      ),
    );
    expect(chainWith(40n, [])).toBe((jobs[0].inputs as Inputs).witness.state.values);
  });

  test('of either size are about the same digests', async () => {
    const [large] = await jobsOf(rowsOf(40), 1, PLAN, 256);
    expect(large.circuit).toBe('encrypt_256');
    expect((large.inputs as Inputs).statement).toEqual((jobs[0].inputs as Inputs).statement);
    await accepted(large);
  });

  test('start from nothing but the initial state or the one before them', async () => {
    for (const field of ['values', 'ciphertexts']) {
      await refused(
        jobs[1],
        tampered(({ witness }) => (witness.state[field] += 1n), jobs[1]),
        /State before does not open/,
      );
      await refused(
        jobs[0],
        tampered(({ witness }) => (witness.state[field] += 1n), jobs[0]),
        /starts from another state/,
      );
    }
  });

  test('cannot call themselves last too early, or go on too long', async () => {
    for (const chunk of jobs)
      await refused(
        chunk,
        tampered((inputs) => (inputs.chunk.last = !inputs.chunk.last), chunk),
      );
    expect(toFields((jobs[0].inputs as Inputs).chunk)[1]).toBe(0n);
  });
});
