/**
 * Rooms that join values, under test: a list with values, flags and keys, and a prover that lies about them. Digests, chains, sums and states are
 * written anew here from docs/protocol.md, as an oracle for `app/lib`.
 */
import { generatorMultiples } from '../../app/lib/curve/affine.ts';
import { mulBatch } from '../../app/lib/curve/batch.ts';
import { add, mul, mulGenerator, pointsToBytes, type Point } from '../../app/lib/curve/grumpkin.ts';
import { FIELD_MODULUS as P } from '../../app/lib/field/field.ts';
import { hash, permute } from '../../app/lib/field/poseidon2.ts';
import { toFields } from '../../app/lib/proof/inputs.ts';
import { encryptVector, type EncryptedVector } from '../../app/lib/protocol/encrypted.ts';
import { deriveKeys } from '../../app/lib/protocol/keys.ts';
import { makeList, type List } from '../../app/lib/protocol/list.ts';
import { Output, type Plan } from '../../app/lib/protocol/plan.ts';
import type { ReturnedList } from '../../app/lib/protocol/returned.ts';
import { ValueOrder } from '../../app/lib/protocol/rules.ts';
import type { Selection } from '../../app/lib/protocol/selected.ts';
import { packedOf, type Inputs } from './cheat.ts';
import { CONTEXT, seedOf } from './support.ts';

/** The slot whose list and values they are, and the maker of the list's first hop. */
export const OWNER = 2;
export const MAKER = 3;
export const K = 3;

const { any } = ValueOrder;
/** Two columns that are opened, one with squares and negative values, and the column of groups between them. */
export const PLAN: Plan = {
  rules: [
    { min: -1000n, max: 1000n, order: any },
    { min: 0n, max: 7n, order: any },
    { min: 5n, max: 5n + (1n << 40n) - 1n, order: any },
  ],
  grouping: 1,
  borders: [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n],
  outputs: [Output.squares, Output.none, Output.sum],
  quantiles: [],
  confidence: 0,
};

/** The accumulator of a chain, spelled out: blocks of 32 values and their labels, three at a time. */
export function chainWith(
  domain: bigint,
  values: readonly bigint[],
  labels: readonly bigint[] = [],
  start = 0x7a6b6372n * 2n ** 80n + domain * 2n ** 64n,
): bigint {
  let chain = start;
  for (let block = 0; block < values.length; block += 32) {
    const packed = labels.slice(block, block + 32).reduce((sum, label, i) => sum + label * 16n ** BigInt(i), 0n);
    const at = (i: number): bigint => (i < 32 ? (values[block + i] ?? 0n) : packed);
    for (let i = 0; i < 33; i += 3) [, , , chain] = permute([at(i), at(i + 1), at(i + 2), chain]);
  }
  return chain;
}

/** The commitment to packed values in a list's order, spelled out. */
export const listedOf = (context: bigint, slot: bigint, blinding: bigint, packed: readonly bigint[]): bigint =>
  hash(39, [context, slot, blinding, BigInt(packed.length), chainWith(40n, packed)]);

/** A list of points with values, hopped once, with flags. */
export type JoinedList = {
  values: readonly (readonly bigint[])[];
  packed: readonly bigint[];
  listed: bigint;
  list: List;
  returned: ReturnedList;
  /** In the order of the blinded list. */
  flags: readonly number[];
};

/** Makes a list whose element i has the values and the flag given for it. */
export async function joinedList(
  values: readonly (readonly bigint[])[],
  flags: readonly number[],
  labels: readonly number[] = flags,
): Promise<JoinedList> {
  const points = generatorMultiples(values.map((_, i) => BigInt(i + 1) * 0x123456789abcdefn)) as Point[];
  const unlabelled = makeList(OWNER, 0, pointsToBytes(points));
  const list = { ...unlabelled, labels: Uint8Array.from(labels) };
  const products = await mulBatch(list.points, deriveKeys(seedOf(MAKER)).blinding);
  const hopped = makeList(OWNER, 1, products, { labels: Uint8Array.from(flags) });
  const packed = values.map((row) => packedOf(row, row.length));
  const { listedBlinding } = deriveKeys(seedOf(OWNER));
  return {
    values,
    packed,
    listed: listedOf(CONTEXT, BigInt(OWNER), listedBlinding, packed),
    list,
    returned: { list: OWNER, hop: 1, points: hopped.points, flags: hopped.labels! },
    flags,
  };
}

export const encrypted = ({ packed, listed }: JoinedList, vector: number, plan = PLAN): Promise<EncryptedVector> =>
  encryptVector({ context: CONTEXT, slot: OWNER, seed: seedOf(OWNER), vector, plan, listed, packed });

/** What the maker selects from. */
export function selectionOf(joined: JoinedList, vector: EncryptedVector, k = K): Selection & { slot: number } {
  const seed = seedOf(MAKER);
  const { list, returned } = joined;
  const { decryptionPublic: key } = deriveKeys(seedOf(OWNER));
  const { blinding } = deriveKeys(seed);
  return { context: CONTEXT, slot: MAKER, seed, blinding, list, returned, encrypted: vector, key, k };
}

/** What a vector has of a row, spelled out. */
export function numberOf(plan: Plan, vector: number, row: readonly bigint[]): bigint {
  const column = Math.floor(vector / 2);
  const above = row[column] - plan.rules[column].min;
  return vector % 2 === 0 ? above : above ** 2n;
}

/** Values of a row that differ from row to row; groups go round. */
export const rowsOf = (count: number): bigint[][] =>
  Array.from({ length: count }, (_, i) => [BigInt(i * 7 - 50), BigInt(i % 8), BigInt(5 + i * 1001)]);

const secretOf = ({ lo, hi }: Inputs): bigint => lo + (hi << 128n);

/** Live part of a chunk's values. */
function liveOf<T>(values: readonly T[], count: bigint, index: bigint): T[] {
  return values.slice(0, Math.max(0, Math.min(Number(count) - Number(index) * values.length, values.length)));
}

function close(inputs: Inputs, next: Inputs): Inputs {
  inputs.chunk.state_after = hash(7, [inputs.witness.blindings.after, ...toFields(next)]);
  return inputs;
}

const valuesOfCiphertext = (c1: Point, c2: Point): bigint[] => [c1.x, c2.x, (c1.y + 2n * c2.y) % P];

/** C2 of every live element as the circuit `encrypt` makes it. */
export function secondPoints({ statement, chunk, witness }: Inputs): Point[] {
  const { count, plan, places, c1, secret } = witness;
  const column = Number(statement.vector) >> 1;
  return liveOf<bigint[]>(places, count, chunk.index).map((row, i) => {
    const above = (((row[column] - 2n ** 61n - plan.rules.rules[column].min) % P) + 2n * P) % P;
    const number = statement.vector % 2n === 0n ? above : (above * above) % P;
    const shared = mul(c1[i], secretOf(secret));
    return number === 0n ? shared : add(shared, mulGenerator(number));
  });
}

/** Packed values of places, spelled out. */
export const packedPlaces = (places: readonly bigint[]): bigint =>
  places.reduce((sum, place, j) => sum + place * 2n ** (62n * BigInt(j)), 0n) % P;

/** The state after a chunk of `encrypt`. */
export function nextEncrypt(inputs: Inputs): Inputs {
  const { chunk, witness } = inputs;
  const { state, count, places, c1 } = witness;
  const c2 = secondPoints(inputs);
  return {
    values: chainWith(40n, liveOf<bigint[]>(places, count, chunk.index).map(packedPlaces), [], state.values),
    ciphertexts: chainWith(
      42n,
      c2.flatMap((point, i) => valuesOfCiphertext(c1[i], point)),
      [],
      state.ciphertexts,
    ),
  };
}

export const closeEncrypt = (inputs: Inputs): Inputs => close(inputs, nextEncrypt(inputs));

/** The state after a chunk of `select`. */
export function nextSelect({ statement, chunk, witness }: Inputs): Inputs {
  const { state, count } = witness;
  const live = <T>(values: readonly T[]): T[] => liveOf(values, count, chunk.index);
  const gamma = hash(8, toFields(statement));
  const delta = hash(9, [gamma]);
  const list = live<Point>(witness.list);
  const [flags, labels, returned, after] = [
    live<bigint>(witness.flags),
    live<bigint>(witness.labels),
    live<bigint>(witness.returned),
    live<bigint>(witness.returned_flags),
  ];
  const [c1, c2] = [live<Point>(witness.c1), live<Point>(witness.c2)];
  const idle = witness.list.length - list.length;
  const product = (start: bigint, factors: readonly bigint[]): bigint =>
    [...factors, ...Array<bigint>(idle).fill(0n)].reduce(
      (all, value) => (all * ((((gamma - value) % P) + P) % P)) % P,
      start,
    );
  const k = secretOf(witness.secret);
  let commitment = state.flags;
  for (let block = 0; block < flags.length; block += 32)
    commitment = hash(44, [
      commitment,
      flags.slice(block, block + 32).reduce((sum, flag, i) => sum + flag * 16n ** BigInt(i), 0n),
    ]);
  const xs = list.map(({ x }) => x);
  return {
    list: chainWith(5n, xs, labels, state.list),
    returned: chainWith(5n, returned, after, state.returned),
    flags: commitment,
    ciphertexts: chainWith(
      42n,
      c1.flatMap((point, i) => valuesOfCiphertext(point, c2[i])),
      [],
      state.ciphertexts,
    ),
    computed: product(
      state.computed,
      list.map((point, i) => (mul(point, k).x + delta * flags[i]) % P),
    ),
    listed: product(
      state.listed,
      returned.map((x, i) => (x + delta * after[i]) % P),
    ),
    counts: flags.reduce((sum, flag) => sum + (flag > 0n ? 2n ** (30n * (flag - 1n)) : 0n), state.counts),
    sums: state.sums.map((sum: { c1: Point; c2: Point }, group: number) => {
      const own = [...flags.keys()].filter((i) => flags[i] === BigInt(group + 1));
      return {
        c1: own.reduce((total, i) => add(total, c1[i]), sum.c1),
        c2: own.reduce((total, i) => add(total, c2[i]), sum.c2),
      };
    }),
  };
}

export const closeSelect = (inputs: Inputs): Inputs => close(inputs, nextSelect(inputs));

/** The digest of selected sums, spelled out. */
export const selectedDigestOf = (
  context: bigint,
  slot: bigint,
  vector: bigint,
  { flags, full, counts, sums }: { flags: bigint; full: bigint; counts: readonly bigint[]; sums: readonly Inputs[] },
): bigint =>
  hash(43, [context, slot, vector, flags, full, ...counts, ...sums.flatMap(({ c1, c2 }) => [c1.x, c1.y, c2.x, c2.y])]);

/** What a last chunk of `select` has to say of its groups, with the threshold given. */
export function shownOf(inputs: Inputs, k: bigint = inputs.statement.k): Inputs {
  const { flags, counts, sums } = nextSelect(inputs);
  const countOf = (g: number): bigint => (counts >> (30n * BigInt(g))) % 2n ** 30n;
  const isFull = (g: number): boolean => countOf(g) >= k;
  const groups = [0, 1, 2, 3, 4, 5, 6, 7];
  const nothing = { c1: { x: 0n, y: 0n }, c2: { x: 0n, y: 0n } };
  return {
    flags,
    full: groups.reduce((set, g) => set + (isFull(g) ? 1n << BigInt(g) : 0n), 0n),
    counts: groups.map((g) => (isFull(g) ? countOf(g) : 0n)),
    sums: groups.map((g) => (isFull(g) ? sums[g] : nothing)),
  };
}
