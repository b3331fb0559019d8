/** Circuits `blind` and `blind_values` accept honest lists and refuse every lie that section 6 of the protocol says they refuse. */
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { mul } from '../../app/lib/curve/grumpkin.ts';
import { mapToCurve, mapWithHints } from '../../app/lib/curve/map.ts';
import { hash } from '../../app/lib/field/poseidon2.ts';
import { mapHint, scalar, toFields } from '../../app/lib/proof/inputs.ts';
import { blindChunks } from '../../app/lib/proof/statements.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { NO_PLAN, planDigest } from '../../app/lib/protocol/plan.ts';
import { chainOf } from '../support/chain.ts';
import { accepted, closeBlind, copyOf, listDigestOf, listedDigestOf, refused, type Inputs } from './cheat.ts';
import { CONTEXT, people, playRoom, seedOf, type World } from './support.ts';

const COUNT = 5;
/** Identifier digests `from` to `to`, not included, ascending. */
const digests = (from: number, to: number): bigint[] => [...people(from, to).digests];
/** Both kinds of circuits, and the slot that names groups where lists have labels: not the one whose list is proven. */
const KINDS = [
  { circuit: 'blind_32', naming: undefined },
  { circuit: 'blind_values_32', naming: { slot: 1, plan: NO_PLAN } },
] as const;
let world: World;
let job: ProofJob;

const jobsOf = (room: World) =>
  blindChunks(
    {
      context: CONTEXT,
      slot: 0,
      seed: seedOf(0),
      dataset: room.parties[0].dataset,
      list: room.parties[0].blinded,
    },
    { size: 32 },
  );

/** Inputs with something changed, and all else repaired as far as a liar can. */
const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
  const inputs = copyOf(from);
  change(inputs);
  return closeBlind(inputs);
};

const hasValues = ({ witness }: Inputs): boolean => witness.list_values !== undefined;
/** The part of a state that both kinds have. */
const stateOf = ({ witness: { state } }: Inputs): Inputs => state.blinded ?? state;

/** Sets the list, without labels and values, and its digests as they would be published. */
const setList = (inputs: Inputs, xs: bigint[]) => {
  const { statement, witness } = inputs;
  witness.blinded.list = [...xs, ...Array(32 - xs.length).fill(0n)];
  statement.list_digest = listDigestOf(CONTEXT, 0n, 0n, xs);
  if (hasValues(inputs))
    statement.values = listedDigestOf(statement, witness.blinding, Array<bigint>(xs.length).fill(0n));
};

/** Sets the rows with their hints, and the commitment as it would be made. */
const setRows = (inputs: Inputs, rows: bigint[]) => {
  const padded = [...rows, ...Array(32 - rows.length).fill(0n)];
  const { salt } = world.parties[0].keys;
  const count = BigInt(rows.length);
  const values = chainOf(
    29,
    rows.map(() => 0n),
  );
  inputs.witness.blinded.rows = padded;
  inputs.witness.blinded.hints = mapWithHints(padded.map((row) => hash(2, [CONTEXT, row]))).map(mapHint);
  inputs.statement.dataset_commitment = hash(4, [CONTEXT, 0n, count, chainOf(3, rows), values, salt]);
  if (!hasValues(inputs)) inputs.witness.values = values;
};

/** The list that honest blinding of any rows gives. */
const blindedOf = (rows: bigint[]) =>
  mapToCurve(rows.map((row) => hash(2, [CONTEXT, row]))).map((point) => mul(point, world.parties[0].keys.blinding).x);

const listOf = (inputs: Inputs): bigint[] => inputs.witness.blinded.list.slice(0, COUNT);

describe.each(KINDS)('$circuit', ({ circuit, naming }) => {
  const play = (...datasets: Dataset[]) => playRoom(datasets, undefined, naming);

  beforeAll(async () => {
    world = await play(people(0, COUNT), people(3, 8));
    [job] = await jobsOf(world);
  });

  describe('honest lists', () => {
    test('are accepted, and the state they end in is what an independent computation gives', async () => {
      await accepted(job);
      expect(closeBlind(copyOf(job))).toEqual(job.inputs);
    });

    test('whichever root the map takes and whatever the order of the list', async () => {
      await accepted(
        job,
        lie(({ witness }) => witness.blinded.hints.forEach((hint: Inputs) => (hint.y = P - hint.y))),
      );
      await accepted(
        job,
        lie((inputs) => setList(inputs, listOf(inputs).reverse())),
      );
    });

    test('of exactly one chunk, and of one row', async () => {
      for (const count of [32, 1]) {
        const [whole, ...more] = await jobsOf(await play(people(0, count), people(0, 1)));
        expect(more).toEqual([]);
        await accepted(whole);
      }
    });

    test('the public inputs are statement and chunk in their order', async () => {
      const { statement, chunk } = job.inputs as Inputs;
      expect(job.publicInputs).toEqual([...toFields(statement), ...toFields(chunk)]);
      expect(job.publicInputs).toHaveLength(12);
      expect([job.circuit, job.publicInputs[6] === 0n, job.publicInputs[7]]).toEqual([circuit, !naming, 0n]);
    });
  });

  describe('a list that is not the blinded rows is refused', () => {
    const wrong = /List is not the blinded rows/;

    test('one element with another exponent', async () => {
      const other = mul(mapToCurve([hash(2, [CONTEXT, world.parties[0].dataset.digests[2]])])[0], 5n).x;
      await refused(
        job,
        lie((inputs) => setList(inputs, listOf(inputs).with(2, other))),
        wrong,
      );
    });

    test('one element of other people', async () => {
      const [stranger] = blindedOf(digests(90, 91));
      await refused(
        job,
        lie((inputs) => setList(inputs, listOf(inputs).with(0, stranger))),
        wrong,
      );
    });

    test('one element twice', async () => {
      await refused(
        job,
        lie((inputs) => setList(inputs, listOf(inputs).with(0, listOf(inputs)[1]))),
        wrong,
      );
    });

    test('one element dropped or added', async () => {
      const digest = /Points do not open the list digest/;
      await refused(
        job,
        lie((inputs) => setList(inputs, listOf(inputs).slice(1))),
        digest,
      );
      await refused(
        job,
        lie((inputs) => setList(inputs, [...listOf(inputs), ...blindedOf(digests(90, 91))])),
        digest,
      );
    });

    test('another exponent for all under the old key', async () => {
      await refused(
        job,
        lie(({ witness }) => (witness.blinded.secret = scalar(77n))),
        /Secret is not that of the blinding key/,
      );
    });

    test('a scalar with a limb that is too long', async () => {
      await refused(
        job,
        lie(({ witness }) => {
          witness.blinded.secret = { lo: witness.blinded.secret.lo + (1n << 128n), hi: witness.blinded.secret.hi - 1n };
        }),
      );
    });
  });

  describe('rows that are not a set of digests behind the commitment are refused', () => {
    /** Rows with the list and count that belong to them. */
    const withRows = (rows: bigint[]) =>
      lie((inputs) => {
        setRows(inputs, rows);
        setList(inputs, blindedOf(rows));
        inputs.witness.blinded.count = BigInt(rows.length);
      });

    test('other rows that are sorted are accepted with their own commitment (the lies below are about nothing else)', async () => {
      await accepted(job, withRows(digests(20, 26)));
    });

    test('a row twice', async () => {
      const rows = digests(20, 24);
      await refused(job, withRows([rows[0], rows[0], ...rows.slice(1)]));
    });

    test('rows out of order', async () => {
      await refused(job, withRows(digests(20, 24).reverse()));
    });

    test('a row that is too long, and the row 0', async () => {
      await refused(job, withRows([...digests(20, 24), 1n << 248n]));
      await refused(job, withRows([0n, ...digests(20, 24)]));
    });

    test('rows, values, salt, slot or count other than those committed to', async () => {
      const opens = /do not open the dataset commitment/;
      await refused(
        job,
        lie((inputs) => (inputs.statement.dataset_commitment += 1n)),
        opens,
      );
      await refused(
        job,
        lie((inputs) => (inputs.witness.blinded.salt += 1n)),
        opens,
      );
      await refused(
        job,
        lie((inputs) => {
          if (hasValues(inputs)) inputs.witness.packed[1] += 1n;
          else inputs.witness.values += 1n;
        }),
        opens,
      );
      await refused(
        job,
        lie((inputs) => (inputs.statement.slot = 1n)),
        opens,
      );
      const rows = digests(20, 25);
      await refused(
        job,
        lie((inputs) => {
          const { dataset_commitment } = inputs.statement;
          setRows(inputs, rows);
          setList(inputs, blindedOf(rows));
          inputs.statement.dataset_commitment = dataset_commitment;
        }),
        opens,
      );
      for (const count of [4n, 6n])
        await refused(
          job,
          lie((inputs) => (inputs.witness.blinded.count = count)),
        );
    });

    test('the points of another room', async () => {
      await refused(
        job,
        lie((inputs) => (inputs.statement.context += 1n)),
        /Wrong square root hint|do not open/,
      );
    });
  });

  describe('hints of the map leave no choice', () => {
    test('a square called none, none called a square', async () => {
      for (const which of ['square1', 'square2']) {
        await refused(
          job,
          lie(({ witness }) => (witness.blinded.hints[0][which] = !witness.blinded.hints[0][which])),
          /Wrong square root hint/,
        );
      }
    });

    test('a wrong root, a wrong y', async () => {
      await refused(
        job,
        lie(({ witness }) => (witness.blinded.hints[1].root1 += 1n)),
        /Wrong square root hint/,
      );
      await refused(
        job,
        lie(({ witness }) => (witness.blinded.hints[1].root2 += 1n)),
        /Wrong square root hint/,
      );
      await refused(
        job,
        lie(({ witness }) => (witness.blinded.hints[1].y += 1n)),
        /Point is not on the curve/,
      );
    });

    test('the map agrees with plain arithmetic on integers', () => {
      for (const row of digests(0, 50)) {
        const u = hash(2, [CONTEXT, row]);
        const [{ x, y }] = mapToCurve([u]);
        expect(x).toBe(plainMap(u));
        expect((y * y - x ** 3n + 17n) % P).toBe(0n);
      }
    });
  });

  describe('chunks', () => {
    let jobs: ProofJob[];
    beforeAll(async () => {
      jobs = await jobsOf(await play(people(0, 70), people(0, 1)));
    });

    test('of a long list are accepted, one after another', async () => {
      expect(jobs.map(({ inputs }) => (inputs.chunk as Inputs).last)).toEqual([false, false, true]);
      for (const [i, chunk] of jobs.entries()) {
        await accepted(chunk);
        expect(closeBlind(copyOf(chunk))).toEqual(chunk.inputs);
        if (i > 0)
          expect((chunk.inputs.chunk as Inputs).state_before).toBe((jobs[i - 1].inputs.chunk as Inputs).state_after);
      }
    });

    test('cannot call themselves last too early, or go on too long', async () => {
      for (const chunk of jobs)
        await refused(
          chunk,
          lie((inputs) => (inputs.chunk.last = !inputs.chunk.last), chunk),
        );
      await refused(
        job,
        lie((inputs) => (inputs.chunk.last = false)),
      );
    });

    test('start from nothing but the initial state or the one before them', async () => {
      await refused(
        job,
        lie((inputs) => (inputs.chunk.state_before = 1n)),
        /State before does not open/,
      );
      await refused(
        job,
        lie((inputs) => (stateOf(inputs).listed = 2n)),
        /starts from another state/,
      );
      await refused(
        job,
        lie((inputs) => (inputs.chunk.index = 1n)),
      );
      const changes = [
        ...['rows', 'last_row', 'list', 'computed', 'listed'].map(
          (field) => (inputs: Inputs) => (stateOf(inputs)[field] += 1n),
        ),
        ...(naming ? ['values', 'listed_values'] : []).map(
          (field) => (inputs: Inputs) => (inputs.witness.state[field] += 1n),
        ),
      ];
      for (const change of changes) await refused(jobs[1], lie(change, jobs[1]), /State before does not open/);
      await refused(
        jobs[1],
        lie((inputs) => (inputs.chunk.state_before = 0n), jobs[1]),
        /State before does not open/,
      );
    });

    test('end in the state they come to', async () => {
      const inputs = copyOf(jobs[0]);
      inputs.chunk.state_after += 1n;
      await refused(jobs[0], inputs, /State after does not open/);
    });

    test('keep the order of rows across their border', async () => {
      const swapped = lie((inputs) => {
        stateOf(inputs).last_row = inputs.witness.blinded.rows[0];
        inputs.chunk.state_before = hash(7, [inputs.witness.blindings.before, ...toFields(inputs.witness.state)]);
      }, jobs[1]);
      await refused(jobs[1], swapped, /assert_max_bit_size|bits|range/i);
    });
  });
});

describe('a list without labels', () => {
  beforeAll(async () => {
    world = await playRoom([people(0, COUNT), people(3, 8)]);
    [job] = await jobsOf(world);
  });

  test('is proven of rows with values as of others', async () => {
    const { digests } = people(0, 40);
    const dataset = makeDataset(
      digests,
      digests.map((_, i) => [BigInt(i), -BigInt(i * i)]),
    );
    const chunks = await jobsOf(await playRoom([dataset, people(0, 1)]));
    expect(chunks.map(({ circuit }) => circuit)).toEqual(['blind_32', 'blind_32']);
    for (const chunk of chunks) {
      await accepted(chunk);
      expect(closeBlind(copyOf(chunk))).toEqual(chunk.inputs);
    }
  });

  test('is refused with values or a plan in the statement, which nothing proves', async () => {
    await refused(
      job,
      lie(({ statement }) => (statement.values = 1n)),
      /Values are stated that are not proven/,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.plan = planDigest(NO_PLAN))),
      /A plan is stated for labels that are not proven/,
    );
  });

  test('is refused under a digest with labels, and has no place for a plan', async () => {
    const labelled = lie((inputs) => {
      const labels = [0n, 1n, 0n, 0n, 0n];
      inputs.statement.list_digest = listDigestOf(CONTEXT, 0n, 0n, listOf(inputs), labels);
    });
    await refused(job, labelled, /Points do not open the list digest/);
    const [{ dataset, blinded: list }] = world.parties;
    const planned = { context: CONTEXT, slot: 0, seed: seedOf(0), dataset, list, plan: NO_PLAN };
    await expect(blindChunks(planned)).rejects.toThrow(/the list has no labels/);
  });
});

/** Section 3, with inverses and the test for squares by Fermat and Euler. */
function plainMap(u: bigint): bigint {
  const mod = (a: bigint) => ((a % P) + P) % P;
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
    return result;
  };
  const inverse = (a: bigint) => power(a, P - 2n);
  const isSquare = (a: bigint) => power(a, (P - 1n) / 2n) === 1n;
  const c3 = 17631683881184975371348829942606096167675058198229016842588n;
  expect((c3 * c3) % P).toBe(48n);
  const tv1 = mod(-16n * u * u);
  const tv3 = inverse((1n - tv1) * (1n + tv1));
  const tv4 = mod(u * (1n - tv1) * tv3 * c3);
  const half = mod(-inverse(2n));
  const x3 = mod(power((1n + tv1) * (1n + tv1) * tv3, 2n) * 64n * inverse(3n) + 1n);
  return [mod(half - tv4), mod(half + tv4), x3].find((x) => isSquare(x ** 3n - 17n))!;
}
