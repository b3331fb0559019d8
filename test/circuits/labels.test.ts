/**
 * Labels and flags in lists: circuits `blind_values`, `hop` and `match` accept those that sections 5, 6 and 9 of the protocol give to
 * elements, and refuse every other. What is expected is told from plain tables, by identifier.
 */
import { mul } from '../../app/lib/curve/grumpkin.ts';
import { mapToCurve } from '../../app/lib/curve/map.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash } from '../../app/lib/field/poseidon2.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { planInput, toFields } from '../../app/lib/proof/inputs.ts';
import { blindChunks, hopChunks, matchChunks, returnChunks } from '../../app/lib/proof/statements.ts';
import type { ChunkSize } from '../../app/lib/protocol/context.ts';
import { makeDataset, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { ProtocolError } from '../../app/lib/protocol/errors.ts';
import { hopSlot } from '../../app/lib/protocol/hop.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { listValues, type List } from '../../app/lib/protocol/list.ts';
import { Output, planDigest, type Plan } from '../../app/lib/protocol/plan.ts';
import { returnedLists, returnList, type ReturnedList } from '../../app/lib/protocol/returned.ts';
import { ValueOrder } from '../../app/lib/protocol/rules.ts';
import { chainOf, labelledChainOf } from '../support/chain.ts';
import {
  accepted,
  closeBlind,
  closeHop,
  closeMatch,
  copyOf,
  listDigestOf,
  listedDigestOf,
  packedLabelsOf,
  packedOf,
  planDigestOf,
  refused,
  rowLabelsOf,
  type Inputs,
} from './cheat.ts';
import { CONTEXT, K, people, playRoom, seedOf, type World } from './support.ts';

/** Groups: below 0, 0 to 9, 10 to 19, from 20. */
const PLAN: Plan = {
  rules: [
    { min: -50n, max: 99n, order: ValueOrder.any },
    { min: 0n, max: 1000n, order: ValueOrder.any },
  ],
  grouping: 0,
  borders: [-50n, 0n, 10n, 20n, 100n],
  outputs: [Output.none, Output.sum],
  quantiles: [],
  confidence: 0,
};
const NAMING = 2;
const MEMBERS = [0, 2, 4];

/** The value that a person is put into a group by, and the group that this is. */
const valueOf = (person: number): bigint => [-50n, -1n, 0n, 9n, 10n, 19n, 20n, 99n][person % 8];
const groupOf = (person: number): number => Math.floor((person % 8) / 2);

/** People with their values, in no order. */
function table(from: number, to: number): Dataset {
  const persons = Array.from({ length: to - from }, (_, i) => from + i);
  return makeDataset(
    persons.map((person) => identifierDigest('exact', `person ${person}`)),
    persons.map((person) => [valueOf(person), BigInt(person)]),
  );
}

const bigints = (bytes: Uint8Array): bigint[] => [...bytes].map(BigInt);
const key = (slot: number): bigint => deriveKeys(seedOf(slot)).blinding;

/** The element of a person after the members' keys given. */
const elementOf = (person: number, slots: readonly number[]): bigint => {
  const [point] = mapToCurve([hash(2, [CONTEXT, identifierDigest('exact', `person ${person}`)])]);
  return slots.reduce((at, slot) => mul(at, key(slot)), point).x;
};

/** For each x of a list what `of` says of its person. */
function expectedOf<T>(
  list: List | ReturnedList,
  slots: readonly number[],
  persons: number,
  of: (n: number) => T,
): T[] {
  const told = new Map(Array.from({ length: persons }, (_, person) => [elementOf(person, slots), of(person)]));
  return [...listValues(list)].map((x) => told.get(x)!);
}

let world: World;

beforeAll(async () => {
  // Persons 5 to 9 are everyone's.
  world = await playRoom([table(0, 10), table(3, 14), table(5, 12)], MEMBERS, { slot: NAMING, plan: PLAN });
});

const partyOf = (slot: number) => world.parties[MEMBERS.indexOf(slot)];

const blindJobs = async (slot: number, plan?: Plan, list = partyOf(slot).blinded, size: ChunkSize = 32) =>
  blindChunks({ context: CONTEXT, slot, seed: seedOf(slot), dataset: partyOf(slot).dataset, list, plan }, { size });

describe('blind_values', () => {
  let job: ProofJob;
  beforeAll(async () => {
    [job] = await blindJobs(NAMING, PLAN);
  });

  const lie = (change: (inputs: Inputs) => void, labels?: bigint[]): Inputs => {
    const inputs = copyOf(job);
    change(inputs);
    return closeBlind(inputs, labels);
  };

  /** Publishes the list anew after something in it was changed. */
  const publish = ({ statement, witness }: Inputs) => {
    const count = Number(witness.blinded.count);
    const [xs, labels, packed] = [witness.blinded.list, witness.list_labels, witness.list_values].map((of: bigint[]) =>
      of.slice(0, count),
    );
    statement.list_digest = listDigestOf(CONTEXT, statement.slot, 0n, xs, labels);
    statement.values = listedDigestOf(statement, witness.blinding, packed);
  };

  test('accepts the groups of the naming slot’s rows as labels, and no labels of the others', async () => {
    const { blinded, rows, dataset } = partyOf(NAMING);
    expect([...blinded.labels!]).toEqual(expectedOf(blinded, [NAMING], 14, (person) => 1 + groupOf(person)));
    await accepted(job);
    expect(closeBlind(copyOf(job))).toEqual(job.inputs);
    expect((job.inputs as Inputs).statement.plan).toBe(planDigest(PLAN));
    const listed = [...rows].map((row) =>
      packedOf(
        dataset.values![row].map((value) => (value + P) % P),
        2,
      ),
    );
    const { listedBlinding } = deriveKeys(seedOf(NAMING));
    const { statement } = job.inputs as Inputs;
    expect(statement.values).toBe(hash(39, [CONTEXT, 2n, listedBlinding, BigInt(listed.length), chainOf(40, listed)]));
    for (const slot of [0, 4]) {
      const [other] = await blindJobs(slot);
      expect([...partyOf(slot).blinded.labels!].some((label) => label !== 0)).toBe(false);
      expect((other.inputs as Inputs).statement.plan).toBe(0n);
      await accepted(other);
      expect(closeBlind(copyOf(other))).toEqual(other.inputs);
    }
  });

  test('accepts a long list in chunks of either size, and a plan of one group or of eight', async () => {
    const plans: Plan[] = [
      { ...PLAN, grouping: undefined, borders: [0n, 1n] },
      { ...PLAN, borders: [-50n, -1n, 0n, 9n, 10n, 19n, 20n, 99n, 100n] },
    ];
    for (const plan of plans) {
      const room = await playRoom([table(0, 40), table(0, 1)], [0, 1], { slot: 0, plan });
      const [{ blinded: list, dataset }] = room.parties;
      for (const size of [32, 256] as const) {
        const jobs = await blindChunks({ context: CONTEXT, slot: 0, seed: seedOf(0), dataset, list, plan }, { size });
        expect(jobs).toHaveLength(size === 32 ? 2 : 1);
        for (const chunk of jobs) {
          await accepted(chunk);
          expect(closeBlind(copyOf(chunk))).toEqual(chunk.inputs);
        }
      }
    }
  });

  test('refuses another label: another group, none, or one where there is no plan', async () => {
    const wrong = /List is not the blinded rows/;
    for (const step of [1n, 2n, 3n, 6n, 15n]) {
      const inputs = lie((changed) => {
        changed.witness.list_labels[3] = (changed.witness.list_labels[3] + step) % 16n;
        publish(changed);
      });
      await refused(job, inputs, wrong);
    }
    const [other] = await blindJobs(0);
    const labelled = copyOf(other);
    labelled.witness.list_labels[0] = 1n;
    publish(labelled);
    await refused(other, closeBlind(labelled), wrong);
  });

  test('refuses labels moved between elements', async () => {
    const moved = lie((inputs) => {
      const { list_labels: labels } = inputs.witness;
      const other = labels.findIndex((label: bigint) => label !== labels[0]);
      [labels[0], labels[other]] = [labels[other], labels[0]];
      publish(inputs);
    });
    await refused(job, moved, /List is not the blinded rows/);
  });

  test('refuses values in another order than the list’s, and others than the rows’', async () => {
    const swapped = lie((inputs) => {
      const { list_values: values } = inputs.witness;
      [values[0], values[1]] = [values[1], values[0]];
      publish(inputs);
    });
    await refused(job, swapped, /List is not the blinded rows/);
    const changed = lie((inputs) => {
      inputs.witness.list_values[0] += 1n;
      publish(inputs);
    });
    await refused(job, changed, /List is not the blinded rows/);
    await refused(
      job,
      lie(({ witness }) => (witness.blinding += 1n)),
      /Values do not open their commitment/,
    );
  });

  test('refuses a group that does not hold the row, though the list says so, too', async () => {
    const inputs = copyOf(job);
    const { witness } = inputs;
    const labels = rowLabelsOf(inputs, Number(witness.blinded.count));
    const row = labels.findIndex((label) => label === 2n);
    for (const group of [0n, 2n, 3n, 8n]) {
      const moved = lie(
        (changed) => {
          changed.witness.groups[row] = group;
          const element = [...partyOf(NAMING).rows].indexOf(row);
          changed.witness.list_labels[element] = group + 1n;
          publish(changed);
        },
        labels.with(row, group + 1n),
      );
      await refused(job, moved);
    }
  });

  test('refuses values that pack to the row’s but are not its values', async () => {
    const inputs = copyOf(job);
    const labels = rowLabelsOf(inputs, Number(inputs.witness.blinded.count));
    // One more in the second column stands for 2^62 in the first.
    const shifted = lie(({ witness }) => {
      const [first, second] = witness.values[0];
      witness.values[0] = [(first + 2n ** 62n) % P, (second + P - 1n) % P, 0n, 0n];
    }, labels);
    await refused(job, shifted, /range|bit/i);
    const other = lie(({ witness }) => (witness.values[0][1] += 1n), labels);
    await refused(job, other, /Values are not those of the row/);
  });

  test('refuses another plan than the statement’s, one of more than eight groups, and a plan for none', async () => {
    const other = lie(({ witness }) => (witness.plan = planInput({ ...PLAN, borders: [-50n, 100n] })));
    await refused(job, other, /Plan does not open its digest/);
    const nine = { ...PLAN, borders: [-50n, ...Array.from({ length: 9 }, (_, i) => BigInt(91 + i))] };
    const many = lie(({ statement, witness }) => {
      witness.plan = planInput(nine);
      statement.plan = planDigestOf(witness.plan);
    });
    await refused(job, many, /more groups than there are labels/);
    await expect(blindJobs(NAMING, nine)).rejects.toThrow(/at most 8, not 9/);
    await refused(
      job,
      lie(({ statement }) => (statement.plan = 0n)),
      /List is not the blinded rows/,
    );
  });

  test('refuses labels that are packed into another’s place', async () => {
    // 16 and then one less are the same number behind the block, whatever the elements are.
    const packed = lie((inputs) => {
      const { list_labels: labels } = inputs.witness;
      const before = packedLabelsOf(labels);
      labels[0] += 16n;
      labels[1] = (labels[1] + P - 1n) % P;
      expect(packedLabelsOf(labels)).toBe(before);
    });
    await refused(job, packed, /range|bit/i);
  });
});

describe('hop', () => {
  let job: ProofJob;
  beforeAll(async () => {
    const [input, output] = partyOf(NAMING).lists;
    [job] = await hopChunks({ context: CONTEXT, slot: 4, seed: seedOf(4), input, output }, { size: 32 });
  });

  const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
    const inputs = copyOf(from);
    change(inputs);
    return closeHop(inputs);
  };

  const publish = ({ statement, witness }: Inputs) => {
    const count = Number(witness.count);
    const labels = witness.output_labels.slice(0, count);
    statement.output_digest = listDigestOf(
      CONTEXT,
      statement.list,
      statement.hop,
      witness.output.slice(0, count),
      labels,
    );
  };

  test('accepts every element with its label', async () => {
    const { lists } = partyOf(NAMING);
    for (const [hop, slots] of [
      [1, [2, 4]],
      [2, [2, 4, 0]],
    ] as const) {
      expect([...lists[hop].labels!]).toEqual(expectedOf(lists[hop], slots, 14, (person) => 1 + groupOf(person)));
    }
    await accepted(job);
    expect(closeHop(copyOf(job))).toEqual(job.inputs);
  });

  test('refuses a label moved to another element, changed, or left out', async () => {
    const wrong = /Output is not the multiplied input/;
    const moved = lie((inputs) => {
      const { output_labels: labels } = inputs.witness;
      const other = labels.findIndex((label: bigint) => label !== labels[0]);
      [labels[0], labels[other]] = [labels[other], labels[0]];
      publish(inputs);
    });
    await refused(job, moved, wrong);
    for (const label of [0n, 15n]) {
      const changed = lie((inputs) => {
        inputs.witness.output_labels[1] = label;
        publish(inputs);
      });
      await refused(job, changed, wrong);
    }
  });

  test('refuses labels on either side that are packed into another’s place', async () => {
    for (const side of ['input_labels', 'output_labels']) {
      const packed = lie(({ witness }) => {
        const before = packedLabelsOf(witness[side]);
        witness[side][2] += 16n;
        witness[side][3] = (witness[side][3] + P - 1n) % P;
        expect(packedLabelsOf(witness[side])).toBe(before);
      });
      await refused(job, packed, /range|bit/i);
    }
  });

  test('refuses an input whose labels are others than on record', async () => {
    await refused(
      job,
      lie(({ witness }) => (witness.input_labels[0] = (witness.input_labels[0] + 1n) % 16n)),
      /Points do not open the input digest/,
    );
  });
});

const matchJobs = ({ members, parties, roomKey, match }: World, size: ChunkSize = 32) => {
  const lists = parties.map(({ hopped }) => hopped);
  return matchChunks({ context: CONTEXT, members, seed: seedOf(0), lists, key: roomKey, k: K, match }, { size });
};

describe('match', () => {
  let job: ProofJob;
  beforeAll(() => {
    [job] = matchJobs(world);
  });

  const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
    const inputs = copyOf(from);
    change(inputs);
    return closeMatch(inputs);
  };

  /** The live part of an array of a first and last chunk. */
  const live = ({ witness }: Inputs, array: string, list: number): bigint[] =>
    witness[array][list].slice(0, Number(witness.state.counts[list]));

  /** Publishes all lists, returned lists and the merged sequence anew. */
  const publish = (inputs: Inputs) => {
    const { statement, witness } = inputs;
    witness.state.counts.forEach((_: bigint, list: number) => {
      const slot = statement.slots[list];
      const hop = BigInt(witness.state.counts.length - 1);
      const [xs, labels, flags] = ['lists', 'labels', 'flags'].map((array) => live(inputs, array, list));
      statement.lists[list] = listDigestOf(CONTEXT, slot, hop, xs, labels);
      statement.returned[list] = listDigestOf(CONTEXT, 8n + slot, hop, xs, flags);
    });
    const total = witness.state.counts.reduce((sum: bigint, count: bigint) => sum + count, 0n);
    const [merged, labels] = [witness.merged, witness.merged_labels].map((of: bigint[]) => of.slice(0, Number(total)));
    statement.merged_digest = hash(6, [CONTEXT, 255n, 255n, total, labelledChainOf(16, merged, labels)]);
  };

  /** Sets the flag of an element in the list and in the merged sequence alike. */
  const setFlag = (inputs: Inputs, list: number, element: number, flag: bigint, everywhere: boolean) => {
    const { witness } = inputs;
    const x = witness.lists[list][element];
    witness.flags[list][element] = flag;
    if (!everywhere) return;
    witness.lists.forEach((xs: bigint[], i: number) =>
      xs.forEach((value, j) => {
        if (value === x) witness.flags[i][j] = flag;
      }),
    );
    witness.merged.forEach((value: bigint, i: number) => {
      if (value === x) witness.merged_flags[i] = flag;
    });
  };
  const elementWith = (inputs: Inputs, list: number, holds: (flag: bigint) => boolean): number =>
    live(inputs, 'flags', list).findIndex(holds);

  test('accepts the group as the flag of what matched, and 0 of everything else', async () => {
    const flags = returnedLists(
      world.parties.map(({ hopped }) => hopped),
      MEMBERS,
    );
    for (const [i, { hopped }] of world.parties.entries()) {
      const expected = expectedOf(hopped, MEMBERS, 14, (person) =>
        person >= 5 && person < 10 ? 1 + groupOf(person) : 0,
      );
      expect([...flags[i].flags]).toEqual(expected);
      const { statement } = job.inputs as Inputs;
      const { slot } = world.parties[i];
      const xs = [...listValues(hopped)];
      expect(statement.returned[i]).toBe(listDigestOf(CONTEXT, BigInt(8 + slot), 2n, xs, expected.map(BigInt)));
    }
    await accepted(job);
    expect(closeMatch(copyOf(job))).toEqual(job.inputs);
    await accepted(job, lie(publish));
  });

  test('accepts every number of members in chunks over which runs and groups go on', async () => {
    let torn = 0;
    for (const members of [
      [1, 3],
      [0, 1, 4],
      [0, 1, 2, 4],
      [0, 1, 2, 3, 4],
    ]) {
      const tables = members.map((slot) => table(slot, 35 + slot));
      const room = await playRoom(tables, members, { slot: members[1], plan: PLAN });
      const jobs = matchJobs(room);
      expect(jobs.length).toBeGreaterThan(1);
      const [, { witness: second }] = jobs.map(({ inputs }) => inputs as Inputs);
      if (second.merged[0] === second.state.last_value) torn++;
      for (const chunk of jobs) {
        await accepted(chunk);
        expect(closeMatch(copyOf(chunk))).toEqual(chunk.inputs);
      }
      const [last] = members.slice(-1);
      const { hopped } = room.parties.at(-1)!;
      const flags = returnedLists(
        room.parties.map((party) => party.hopped),
        members,
      ).at(-1)!;
      const expected = expectedOf(hopped, members, 35 + last, (person) =>
        person >= last && person < 35 + members[0] ? 1 + groupOf(person) : 0,
      );
      expect([...flags.flags]).toEqual(expected);
    }
    expect(torn).toBeGreaterThan(0);
  });

  test('accepts lists without labels, whose flags are all 0', async () => {
    const plain = await playRoom([people(0, 8), people(4, 10), people(5, 14)], MEMBERS);
    const [whole] = matchJobs(plain);
    const { witness, statement } = whole.inputs as Inputs;
    expect(
      toFields([witness.labels, witness.flags, witness.merged_labels, witness.merged_flags]).every((f) => f === 0n),
    ).toBe(true);
    statement.slots.slice(0, 3).forEach((slot: bigint, i: number) => {
      const xs = [...listValues(plain.parties[i].hopped)];
      expect(statement.returned[i]).toBe(listDigestOf(CONTEXT, 8n + slot, 2n, xs));
    });
    await accepted(whole);
  });

  test('refuses a flag of what did not match', async () => {
    for (const everywhere of [false, true]) {
      const flagged = lie((inputs) => {
        setFlag(
          inputs,
          1,
          elementWith(inputs, 1, (flag) => flag === 0n),
          1n,
          everywhere,
        );
        publish(inputs);
      });
      await refused(job, flagged, everywhere ? /A flag is not that of its run/ : /Merged values are not those/);
    }
  });

  test('refuses a missing flag, and another group’s', async () => {
    for (const change of [(): bigint => 0n, (flag: bigint): bigint => (flag % 4n) + 1n]) {
      for (const everywhere of [false, true]) {
        const flagged = lie((inputs) => {
          const element = elementWith(inputs, 0, (flag) => flag !== 0n);
          setFlag(inputs, 0, element, change(inputs.witness.flags[0][element]), everywhere);
          publish(inputs);
        });
        await refused(job, flagged, everywhere ? /A flag is not that of its run/ : /Merged values are not those/);
      }
    }
  });

  test('refuses a wrong flag of the sequence’s last value', async () => {
    const same = await playRoom([table(0, 3), table(0, 3)], [0, 2], { slot: NAMING, plan: PLAN });
    const [whole] = matchJobs(same);
    await accepted(whole);
    const wrong = lie((inputs) => {
      const { witness } = inputs;
      const last = witness.merged[5];
      setFlag(inputs, 0, witness.lists[0].indexOf(last), 0n, true);
      publish(inputs);
    }, whole);
    await refused(whole, wrong, /A flag is not that of its run/);
  });

  test('refuses two flags of one value', async () => {
    const torn = lie((inputs) => {
      const { witness } = inputs;
      const at = witness.merged_flags.findIndex((flag: bigint) => flag !== 0n);
      witness.merged_flags[at] = 0n;
    });
    await refused(job, torn, /A value has two flags/);
  });

  test('refuses other labels than the lists’, and a label moved between lists', async () => {
    const changed = lie((inputs) => {
      inputs.witness.labels[1][0] = (inputs.witness.labels[1][0] + 1n) % 16n;
    });
    await refused(job, changed, /Points do not open a list digest/);
    const moved = lie((inputs) => {
      const { merged_labels: labels } = inputs.witness;
      const from = labels.findIndex((label: bigint) => label !== 0n);
      const to = labels.findIndex((label: bigint, i: number) => label === 0n && i > from + MEMBERS.length);
      [labels[from], labels[to]] = [labels[to], labels[from]];
      publish(inputs);
    });
    await refused(job, moved);
    const dropped = lie((inputs) => {
      const { witness } = inputs;
      const unmatched = witness.merged_labels.findIndex(
        (label: bigint, i: number) => label !== 0n && witness.merged_flags[i] === 0n,
      );
      witness.merged_labels[unmatched] = 0n;
      publish(inputs);
    });
    await refused(job, dropped, /Merged values are not those of the lists/);
  });

  test('refuses labels and flags that are packed into another’s place', async () => {
    for (const array of [
      (witness: Inputs) => witness.labels[1],
      (witness: Inputs) => witness.flags[0],
      (witness: Inputs) => witness.merged_labels,
    ]) {
      const packed = lie(({ witness }) => {
        const labels = array(witness);
        labels[4] += 16n;
        labels[5] = (labels[5] + P - 1n) % P;
      });
      await refused(job, packed, /range|bit/i);
    }
  });

  test('refuses a digest of a returned list under another number, or of another list', async () => {
    const digest = /Flags do not open the digest of a returned list/;
    await refused(
      job,
      lie(({ statement: { returned } }) => ([returned[0], returned[1]] = [returned[1], returned[0]])),
      digest,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.returned[1] = statement.lists[1])),
      digest,
    );
  });

  test('has no flag for labels that add up to more than four bits', async () => {
    const lists = world.parties.map(({ hopped }) => ({ ...hopped, labels: hopped.labels!.map(() => 8) }));
    expect(() => returnedLists(lists, MEMBERS)).toThrow(ProtocolError);
  });
});

describe('returned lists', () => {
  let after: ReturnedList;
  let before: ReturnedList;
  let maker: number;
  let job: ProofJob;

  beforeAll(async () => {
    [after] = returnedLists(
      world.parties.map(({ hopped }) => hopped),
      MEMBERS,
    );
    maker = hopSlot(0, 2, MEMBERS);
    before = await returnList({ list: world.parties[0].lists[1], returned: after, blinding: key(maker) });
    [job] = await returnChunks(
      { context: CONTEXT, slot: maker, seed: seedOf(maker), input: before, output: after },
      { size: 32 },
    );
  });

  const lie = (change: (inputs: Inputs) => void): Inputs => {
    const inputs = copyOf(job);
    change(inputs);
    const { statement, witness } = inputs;
    const count = Number(witness.count);
    const xs = witness.input.slice(0, count).map(({ x }: { x: bigint }) => x);
    statement.input_digest = listDigestOf(CONTEXT, statement.list, 1n, xs, witness.input_labels.slice(0, count));
    return closeHop(inputs);
  };

  test('go back through hops under the number 8 + the list’s, each flag to the element that it belongs to', async () => {
    const expected = expectedOf(before, [0, 2], 14, (person) => (person >= 5 && person < 10 ? 1 + groupOf(person) : 0));
    expect([...before.flags]).toEqual(expected);
    expect(before.points).toEqual(world.parties[0].lists[1].points);
    const { statement } = job.inputs as Inputs;
    expect([statement.slot, statement.list, statement.hop]).toEqual([BigInt(maker), 8n, 2n]);
    expect(statement.input_digest).toBe(listDigestOf(CONTEXT, 8n, 1n, [...listValues(before)], expected.map(BigInt)));
    expect(statement.output_digest).toBe(listDigestOf(CONTEXT, 8n, 2n, [...listValues(after)], bigints(after.flags)));
    await accepted(job);
    await accepted(
      job,
      lie(() => {}),
    );
  });

  test('are refused with a flag at another element, one more, or one missing', async () => {
    const wrong = /Output is not the multiplied input/;
    const [flagged, plain] = [before.flags.findIndex((flag) => flag !== 0), before.flags.indexOf(0)];
    for (const [element, flag] of [
      [flagged, 0n],
      [flagged, (BigInt(before.flags[flagged]) % 4n) + 1n],
      [plain, 1n],
    ] as const)
      await refused(
        job,
        lie(({ witness }) => (witness.input_labels[element] = flag)),
        wrong,
      );
    await refused(
      job,
      lie(({ witness: { input_labels: flags } }) => ([flags[flagged], flags[plain]] = [flags[plain], flags[flagged]])),
      wrong,
    );
  });

  test('are none of the lists that went there, nor those a returned list', async () => {
    await refused(
      job,
      lie(({ statement }) => (statement.list = 0n)),
      /Points do not open the output digest/,
    );
    await refused(
      job,
      lie(({ statement }) => (statement.list = 10n)),
      /Points do not open the output digest/,
    );
  });

  test('are made by the maker of the hop alone, of the list before it', async () => {
    const input = { list: world.parties[0].lists[1], returned: after };
    await expect(returnList({ ...input, blinding: key(0) })).rejects.toThrow(/not made with this blinding key/);
    for (const list of [world.parties[0].lists[0], world.parties[1].lists[1]])
      await expect(returnList({ list, returned: after, blinding: key(maker) })).rejects.toThrow(
        /is not what list 0 was/,
      );
  });
});
