/** Circuits `mix` accept a member's elements of a border in another order, under factors and with its share taken off, and refuse all else. */
import { add, mul, mulGenerator, negate } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { point, scalar } from '../../app/lib/proof/inputs.ts';
import { mixProof } from '../../app/lib/proof/threshold.ts';
import { mixElements, mixMessage, roomElements, type Mixed } from '../../app/lib/protocol/mix.ts';
import { SOAK } from '../support/choice.ts';
import { accepted, copyOf, refused, type Inputs } from './cheat.ts';
import {
  BANDS,
  MEMBERS,
  TRANSCRIPT,
  asInputs,
  bandsDigestOf,
  elementsOf,
  keysOf,
  mixOf,
  mixedDigestOf,
  outputsOf,
  playBorder,
  repairInputs,
  repairMix,
  sumOf,
} from './threshold-support.ts';
import { CONTEXT, seedOf } from './support.ts';

/** The sum lies in the second border's steps, 5 to 15. */
const STEPS = 9n;
const BORDER = 2;

/** The jobs of the first member, one in the middle, and the last, which finds a 0. */
let first: ProofJob;
let middle: ProofJob;
let last: ProofJob;

beforeAll(async () => {
  await initField();
  [first, middle, last] = playBorder(STEPS, BORDER);
});

const lie = (from: ProofJob, change: (inputs: Inputs) => void): Inputs => {
  const inputs = copyOf(from);
  change(inputs);
  return inputs;
};

/** Another witness, with the digests of what it leads to. */
const repaired = (from: ProofJob, change: (inputs: Inputs) => void): Inputs =>
  lie(from, (inputs) => {
    change(inputs);
    repairMix(inputs);
  });

/** Other outputs under their own digest. */
const giving = (from: ProofJob, change: (outputs: Inputs[], inputs: Inputs) => void): Inputs =>
  lie(from, (inputs) => {
    const outputs = outputsOf(inputs);
    change(outputs, inputs);
    repairMix(inputs, outputs);
  });

/** Other inputs under their own digest, and what follows from them. */
const taking = (from: ProofJob, change: (elements: Inputs[]) => void): Inputs =>
  repaired(from, (inputs) => {
    change(inputs.witness.inputs);
    repairInputs(inputs);
  });

const wrongOutputs = /Elements do not open the output digest/;
const wrongInputs = /Elements do not open the input digest/;
const wrongFound = /Whether an element holds 0 is told wrongly/;
const wrongSecret = /Secret is not that of the slot's key/;
const wrongBands = /Bands do not open their digest/;
const offCurve = /Point is not on the curve/;
const infinite = /Point is infinity/;

describe('mixes of all members', () => {
  test('are accepted, and the last one finds a 0 exactly where the sum lies', async () => {
    const cases: [steps: bigint, border: number, found: boolean][] = [
      ...([0n, 4n] as const).map((steps): [bigint, number, boolean] => [steps, 1, true]),
      ...([5n, 15n] as const).map((steps): [bigint, number, boolean] => [steps, 1, false]),
      ...([4n, 16n, 17n] as const).map((steps): [bigint, number, boolean] => [steps, 2, false]),
      ...([5n, 15n] as const).map((steps): [bigint, number, boolean] => [steps, 2, true]),
      ...([15n, 32n, 1n << 62n] as const).map((steps): [bigint, number, boolean] => [steps, 3, false]),
      ...([16n, 31n] as const).map((steps): [bigint, number, boolean] => [steps, 3, true]),
    ];
    for (const [steps, border, found] of cases) {
      const jobs = playBorder(steps, border);
      // The last member's is carried out for all of them, the others' for one.
      for (const job of SOAK || steps === 0n ? jobs : jobs.slice(-1)) await accepted(job);
      const told = jobs.map(({ inputs }) => (inputs as Inputs).statement.found);
      expect([steps, border, told]).toEqual([steps, border, [0n, 0n, found ? 1n : 0n]]);
    }
  }, 120_000);

  test('of two members and of five, and of one border and of eight', async () => {
    for (const [members, bands, border] of [
      [[1, 3], { ...BANDS, borders: [1] }, 1],
      [[0, 1, 2, 3, 4], { ...BANDS, borders: [16, 32, 48, 64, 65, 66, 67, 68] }, 8],
    ] as const) {
      const jobs = playBorder(border === 1 ? 0n : 67n, border, { bands, members });
      for (const job of [jobs[0], jobs[1], jobs.at(-1)!]) await accepted(job);
      expect((jobs.at(-1)!.inputs as Inputs).statement.found).toBe(1n);
    }
  }, 60_000);

  test('are made by the client as the circuit wants them', async () => {
    const sum = sumOf(STEPS);
    let elements = roomElements(sum, BANDS, BORDER);
    expect(elements).toEqual(elementsOf(sum, 5, 16, 16));
    let before: Mixed | undefined;
    for (const slot of MEMBERS) {
      const { decryption } = keysOf(slot);
      const message = mixMessage({ transcript: TRANSCRIPT, border: BORDER, digest: 0n });
      const mix = await mixElements({ elements, decryption, seed: seedOf(slot), message });
      const own = { context: CONTEXT, slot, seed: seedOf(slot), transcript: TRANSCRIPT };
      const job = mixProof({ ...own, bands: BANDS, border: BORDER, sum, before, mix });
      await accepted(job);
      expect(repairMix(copyOf(job))).toEqual(job.inputs);
      elements = [...mix.outputs];
      before = { slot, border: BORDER, elements };
    }
    expect(elements.filter(({ b }) => !b)).toHaveLength(1);
  }, 60_000);

  test('have public inputs in the order of section 10', () => {
    const [sum, bands] = [sumOf(STEPS), bandsDigestOf((first.inputs as Inputs).witness.bands)];
    let input = 0n;
    for (const [i, job] of [first, middle, last].entries()) {
      const slot = BigInt(MEMBERS[i]);
      const { x, y } = keysOf(MEMBERS[i]).decryptionPublic;
      const c = i === 0 ? [sum.c1.x, sum.c1.y, sum.c2.x, sum.c2.y] : [0n, 0n, 0n, 0n];
      const output = mixedDigestOf(CONTEXT, slot, 2n, outputsOf(copyOf(job)));
      expect(job.publicInputs).toEqual([
        ...[CONTEXT, slot, TRANSCRIPT, x, y, bands, 3n, 2n, ...c, input, output],
        i === 2 ? 1n : 0n,
      ]);
      input = output;
    }
  });

  test('in any order and under any factors, whoever chooses them', async () => {
    for (const job of [first, middle, last])
      await accepted(
        job,
        repaired(job, ({ witness }) => {
          witness.places = witness.places.map((_: bigint, i: number) => BigInt(15 - i));
          witness.factors = witness.factors.map((_: Inputs, i: number) => scalar(BigInt(i + 1)));
        }),
      );
  });
});

describe('outputs are those of the inputs, each once', () => {
  test('none left out, added, taken twice or from nowhere', async () => {
    for (const job of [first, middle, last]) {
      await refused(
        job,
        repaired(job, ({ witness }) => (witness.places[3] = witness.places[4])),
        /An element is taken twice/,
      );
      await refused(
        job,
        repaired(job, ({ witness }) => (witness.places[15] = witness.places[0])),
        /An element is taken twice/,
      );
      for (const place of [16n, 255n])
        await refused(
          job,
          lie(job, ({ witness }) => (witness.places[0] = place)),
        );
    }
  });

  test('in the order of the digest', async () => {
    for (const job of [first, last])
      await refused(
        job,
        giving(job, (outputs) => ([outputs[0], outputs[1]] = [outputs[1], outputs[0]])),
        wrongOutputs,
      );
  });

  test('not replaced, repeated, negated, exchanged in part, or opened with other factors', async () => {
    const changes: ((outputs: Inputs[], inputs: Inputs) => void)[] = [
      (outputs) => (outputs[0] = { a: point(mulGenerator(5n)), b: point(mulGenerator(6n)) }),
      (outputs) => (outputs[0] = outputs[1]),
      (outputs) => (outputs[0].a = point(negate(outputs[0].a))),
      (outputs) => (outputs[0].b = { x: outputs[0].b.x, y: P - outputs[0].b.y }),
      (outputs) => ([outputs[0].b, outputs[1].b] = [outputs[1].b, outputs[0].b]),
      (outputs) => ([outputs[0].a, outputs[0].b] = [outputs[0].b, outputs[0].a]),
      (outputs) => (outputs[0] = { a: point(mul(outputs[0].a, 3n)), b: outputs[0].b }),
      (outputs) => (outputs[15] = { a: outputs[15].a, b: point(mul(outputs[15].b, 2n)) }),
    ];
    for (const change of changes) await refused(middle, giving(middle, change), wrongOutputs);
  });

  test('not without the share, with it twice, or with that of another key', async () => {
    const { decryption } = keysOf(MEMBERS[1]);
    const shares: ((a: Inputs) => Inputs)[] = [
      (a) => mul(a, decryption),
      (a) => negate(mul(a, decryption)),
      (a) => add(mul(a, decryption), negate(mul(a, keysOf(0).decryption))),
    ];
    for (const share of shares)
      await refused(
        middle,
        giving(middle, (outputs) => (outputs[0].b = point(add(outputs[0].b, share(outputs[0].a))))),
        wrongOutputs,
      );
  });

  test('no element made to hold 0, or hidden that does', async () => {
    for (const job of [first, middle, last])
      await refused(
        job,
        giving(job, (outputs) => {
          const i = outputs.findIndex(({ b }) => b.x !== 0n);
          outputs[i].b = { x: 0n, y: 0n };
        }),
        job === last ? wrongOutputs : wrongFound,
      );
    await refused(
      last,
      giving(last, (outputs) => (outputs.find(({ b }) => b.x === 0n)!.b = point(mulGenerator(5n)))),
      wrongFound,
    );
    await refused(
      last,
      giving(last, (outputs, { statement }) => {
        outputs.find(({ b }) => b.x === 0n)!.b = point(mulGenerator(5n));
        statement.found = 1n;
      }),
      wrongFound,
    );
  });

  test('no factor 0', async () => {
    for (const job of [first, middle, last])
      for (const factor of [
        { lo: 0n, hi: 0n },
        // The group's order, which is 0 as a factor.
        { lo: 0x3c208c16d87cfd47n + (0x97816a916871ca8dn << 64n), hi: 0x30644e72e131a029b85045b68181585dn },
      ])
        await refused(
          job,
          lie(job, ({ witness }) => (witness.factors[5] = factor)),
          factor.lo === 0n ? infinite : undefined,
        );
  });
});

describe('inputs are those of the member before, or of the sum', () => {
  test('none replaced, repeated, or in another order', async () => {
    for (const change of [
      (elements: Inputs[]) => ([elements[0], elements[1]] = [elements[1], elements[0]]),
      (elements: Inputs[]) => (elements[0] = elements[1]),
      (elements: Inputs[]) => (elements[3].b = point(mulGenerator(5n))),
      (elements: Inputs[]) => (elements[3].a.y = P - elements[3].a.y),
      (elements: Inputs[]) => ([elements[0].b, elements[1].b] = [elements[1].b, elements[0].b]),
    ])
      await refused(
        middle,
        repaired(middle, ({ witness }) => change(witness.inputs)),
        wrongInputs,
      );
  });

  test('none that is no point, or that holds 0 already, though the digest is on record', async () => {
    // What the outputs would be does not matter: inputs come first.
    const recorded = (change: (elements: Inputs[]) => void): Inputs =>
      lie(middle, (inputs) => {
        change(inputs.witness.inputs);
        repairInputs(inputs);
      });
    for (const change of [
      (elements: Inputs[]) => (elements[7].b = { x: 0n, y: 0n }),
      (elements: Inputs[]) => (elements[7].a = { x: 0n, y: 0n }),
      (elements: Inputs[]) => (elements[7].a.y += 1n),
      (elements: Inputs[]) => (elements[7].b.x += 1n),
    ])
      await refused(middle, recorded(change), offCurve);
    // Anything else that the member before is known to have given will do.
    await accepted(
      middle,
      taking(middle, (elements) => (elements[7].b = point(mulGenerator(5n)))),
    );
  });

  test('under a digest of another room, slot, border or number of elements', async () => {
    for (const change of [
      ({ statement }: Inputs) => (statement.input_digest += 1n),
      ({ statement }: Inputs) => (statement.context += 1n),
      ({ statement }: Inputs) => (statement.border = 3n),
      ({ witness }: Inputs) => (witness.before += 1n),
    ])
      await refused(middle, repaired(middle, change), wrongInputs);
    const { statement, witness } = middle.inputs as Inputs;
    for (const digest of [
      mixedDigestOf(CONTEXT, witness.before, 2n, witness.inputs.slice(0, 8)),
      mixedDigestOf(CONTEXT, witness.before, 2n, [...witness.inputs, witness.inputs[0]]),
    ])
      await refused(
        middle,
        lie(middle, (inputs) => (inputs.statement.input_digest = digest)),
        wrongInputs,
      );
    // One member cannot pass over the one before it.
    await refused(
      last,
      lie(last, (inputs) => (inputs.statement.input_digest = statement.input_digest)),
      wrongInputs,
    );
  });

  test('the sum stands for the first member alone, and nothing else stands for it', async () => {
    for (const coordinate of ['x', 'y'] as const)
      for (const part of ['c1', 'c2'] as const)
        await refused(
          middle,
          lie(middle, ({ statement }) => (statement[part][coordinate] = 1n)),
          /The sum is for the first member/,
        );
    // Zeros are no points.
    await refused(
      middle,
      lie(middle, ({ statement }) => (statement.input_digest = 0n)),
      offCurve,
    );
    await refused(
      first,
      lie(first, ({ statement }) => (statement.input_digest = 1n)),
      /The sum is for the first member/,
    );
    // What a first member gives as inputs nobody reads.
    await accepted(
      first,
      lie(first, ({ witness }) => {
        witness.before = 77n;
        witness.inputs = witness.inputs.map(() => ({ a: { x: 0n, y: 0n }, b: { x: 0n, y: 0n } }));
      }),
    );
  });

  test('another sum, one that is no point, or one whose number everybody knows', async () => {
    for (const change of [
      ({ statement }: Inputs) => (statement.c2 = point(add(statement.c2, mulGenerator(1n)))),
      ({ statement }: Inputs) => (statement.c1 = point(mulGenerator(5n))),
      ({ statement }: Inputs) => (statement.c1.y = P - statement.c1.y),
    ])
      await refused(first, lie(first, change), wrongOutputs);
    for (const change of [
      ({ statement }: Inputs) => (statement.c1.y += 1n),
      ({ statement }: Inputs) => (statement.c2.y += 1n),
      ({ statement }: Inputs) => (statement.c1 = { x: 0n, y: 0n }),
      ({ statement }: Inputs) => (statement.c2 = { x: 0n, y: 0n }),
    ])
      await refused(first, lie(first, change), offCurve);
    for (const number of [5n, 7n, 15n])
      await refused(
        first,
        lie(first, ({ statement }) => (statement.c2 = point(mulGenerator(number)))),
        /Point is infinity|Points to be added have one x/,
      );
  });
});

describe('elements are those of the border', () => {
  test('of no other steps', async () => {
    const { c1, c2 } = sumOf(STEPS);
    for (const [from, to] of [
      [6, 17],
      [4, 15],
      [5, 15],
      [5, 17],
      [0, 5],
      [16, 32],
      [5, 5],
    ] as const)
      await refused(
        first,
        lie(first, (inputs) => {
          const mix = mixOf(elementsOf({ c1, c2 }, from, to, 16), MEMBERS[0]);
          repairMix(inputs, asInputs(mix.outputs));
        }),
        wrongOutputs,
      );
  });

  test('nor of another border or number of borders', async () => {
    await refused(
      first,
      lie(first, ({ statement }) => (statement.border = 1n)),
      wrongOutputs,
    );
    // The same elements under the number of another border.
    await refused(
      first,
      lie(first, (inputs) => {
        const outputs = outputsOf(inputs);
        inputs.statement.border = 3n;
        repairMix(inputs, outputs);
      }),
      wrongOutputs,
    );
    for (const border of [0n, 4n, 9n, P - 1n])
      await refused(
        first,
        lie(first, ({ statement }) => (statement.border = border)),
        border === 4n ? /There is no such border/ : /Flags are/,
      );
    for (const borders of [0n, 1n, 2n, 4n])
      for (const job of [first, middle])
        await refused(
          job,
          lie(job, ({ statement }) => (statement.borders = borders)),
          /There are more borders, or fewer/,
        );
  });

  test('nor of other bands, floor or unit', async () => {
    for (const job of [first, middle])
      for (const change of [
        (bands: Inputs) => (bands.column = 0n),
        (bands: Inputs) => (bands.least += 1n),
        (bands: Inputs) => (bands.floor += 1n),
        (bands: Inputs) => (bands.unit += 1n),
        (bands: Inputs) => (bands.borders[0] = 6n),
        (bands: Inputs) => (bands.borders[1] = 15n),
      ])
        await refused(
          job,
          lie(job, ({ witness }) => change(witness.bands)),
          wrongBands,
        );
    await refused(
      first,
      lie(first, ({ statement }) => (statement.bands += 1n)),
      wrongBands,
    );
    await refused(
      first,
      lie(first, ({ statement, witness }) => {
        witness.bands.borders[0] = 6n;
        statement.bands = bandsDigestOf(witness.bands);
      }),
      wrongOutputs,
    );
  });

  test('nor of a border with more steps than the circuit has elements', async () => {
    await refused(
      first,
      lie(first, ({ statement, witness }) => {
        witness.bands.borders[1] = 22n;
        statement.bands = bandsDigestOf(witness.bands);
      }),
      /Live elements are more than a chunk has/,
    );
  });
});

describe('keys, room and digests cannot be exchanged', () => {
  test('secret and key', async () => {
    const other = keysOf(1);
    for (const job of [first, middle, last]) {
      await refused(
        job,
        lie(job, ({ witness }) => (witness.secret = scalar(other.decryption))),
        wrongSecret,
      );
      await refused(
        job,
        lie(job, ({ statement }) => (statement.key = point(other.decryptionPublic))),
        wrongSecret,
      );
      await refused(
        job,
        lie(job, ({ statement, witness }) => {
          statement.key = point(other.decryptionPublic);
          witness.secret = scalar(other.decryption);
        }),
        job === last ? wrongFound : wrongOutputs,
      );
    }
  });

  test('room, slot and output digest', async () => {
    for (const change of [
      ({ statement }: Inputs) => (statement.context += 1n),
      ({ statement }: Inputs) => (statement.slot += 1n),
      ({ statement }: Inputs) => (statement.output_digest += 1n),
    ])
      await refused(first, lie(first, change), wrongOutputs);
  });

  test('what was found', async () => {
    for (const job of [first, middle, last])
      for (const found of job === last ? [0n, 2n] : [1n, P - 1n])
        await refused(
          job,
          lie(job, ({ statement }) => (statement.found = found)),
          wrongFound,
        );
  });
});

describe('a mix of 192 elements', () => {
  const bands = { ...BANDS, borders: [192, 200] };

  test('is accepted for borders far apart and near, and refused like a small one', async () => {
    const [opening, , closing] = playBorder(191n, 1, { bands, size: 192 });
    await accepted(opening);
    await accepted(closing);
    expect((closing.inputs as Inputs).statement.found).toBe(1n);
    await accepted(playBorder(199n, 2, { bands, size: 192, members: [0, 1] })[1]);
    await refused(
      opening,
      lie(opening, ({ witness }) => (witness.places[191] = witness.places[0])),
      /An element is taken twice/,
    );
    await refused(
      opening,
      lie(opening, ({ witness }) => (witness.places[0] = 192n)),
    );
    await refused(
      closing,
      lie(closing, ({ statement }) => (statement.found = 0n)),
      wrongFound,
    );
    await refused(
      closing,
      lie(
        closing,
        ({ witness }) => ([witness.inputs[190], witness.inputs[191]] = [witness.inputs[191], witness.inputs[190]]),
      ),
      wrongInputs,
    );
  }, 240_000);
});
