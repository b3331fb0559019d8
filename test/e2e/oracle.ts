/**
 * The hashes of docs/protocol.md a second time, from the page alone: Poseidon2 with round constants made by the Grain
 * generator of its authors (Grassi, Khovratovich, Schofnegger 2023), sharing no code with the project.
 */

export const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

const LANES = 4;
const FULL_ROUNDS = 8;
const PARTIAL_ROUNDS = 56;

/** Diagonal of the internal matrix minus one, for BN254 and four lanes (published with the design). */
const DIAGONAL = [
  0x10dc6e9c006ea38b04b1e03b4bd9490c0d03f98929ca1d7fb56821fd19d3b6e7n,
  0x0c28145b6a44df3e0149b3d0a30b3bb599df9756d4dd9b84a86b38cfb45a740bn,
  0x00544b8338791518b2c7645a50392798b21f75bb60e3596170067d00141cac15n,
  0x222c01175718386f2e2e82eb122789e352e105a3b8fa852613bc534433ee428bn,
];

/** The external matrix for four lanes. */
const EXTERNAL = [
  [5n, 7n, 1n, 3n],
  [4n, 6n, 1n, 1n],
  [1n, 3n, 5n, 7n],
  [1n, 1n, 4n, 6n],
];

/** Bits of the self-shrinking Grain register that is set up with the permutation's parameters. */
function* grainBits(): Generator<bigint> {
  const parameters: [value: number, bits: number][] = [
    [1, 2], // a prime field
    [0, 4], // the S-box is a power
    [254, 12],
    [LANES, 12],
    [FULL_ROUNDS, 10],
    [PARTIAL_ROUNDS, 10],
    [2 ** 30 - 1, 30],
  ];
  const register = parameters.flatMap(([value, bits]) => [...value.toString(2).padStart(bits, '0')].map(Number));
  const next = (): number => {
    const bit = [62, 51, 38, 23, 13, 0].reduce((sum, at) => sum ^ register[at], 0);
    register.shift();
    register.push(bit);
    return bit;
  };
  for (let i = 0; i < 160; i++) next();
  for (;;) {
    const [select, bit] = [next(), next()];
    if (select === 1) yield BigInt(bit);
  }
}

function makeConstants(): bigint[] {
  const bits = grainBits();
  const constants: bigint[] = [];
  while (constants.length < FULL_ROUNDS * LANES + PARTIAL_ROUNDS) {
    let value = 0n;
    for (let i = 0; i < 254; i++) value = (value << 1n) | bits.next().value!;
    if (value < P) constants.push(value);
  }
  return constants;
}

const CONSTANTS = makeConstants();

const external = (state: bigint[]): bigint[] =>
  EXTERNAL.map((row) => row.reduce((sum, factor, i) => sum + factor * state[i], 0n) % P);

const internal = (state: bigint[]): bigint[] => {
  const sum = state.reduce((a, b) => a + b, 0n);
  return state.map((lane, i) => (lane * DIAGONAL[i] + sum) % P);
};

const fifth = (x: bigint): bigint => {
  const square = (x * x) % P;
  return (((square * square) % P) * x) % P;
};

export function permute(input: readonly bigint[]): bigint[] {
  let at = 0;
  const full = (state: bigint[]) => external(state.map((lane) => fifth((lane + CONSTANTS[at++]) % P)));
  const partial = ([first, ...rest]: bigint[]) => internal([fifth((first + CONSTANTS[at++]) % P), ...rest]);
  let state = external([...input]);
  for (let i = 0; i < FULL_ROUNDS / 2; i++) state = full(state);
  for (let i = 0; i < PARTIAL_ROUNDS; i++) state = partial(state);
  for (let i = 0; i < FULL_ROUNDS / 2; i++) state = full(state);
  return state;
}

/** Section 2's hash. */
export function hash(domain: number, inputs: readonly bigint[]): bigint {
  let state = [0n, 0n, 0n, ((0x7a6b6372n * 65536n + BigInt(domain)) << 64n) + BigInt(inputs.length)];
  for (let i = 0; i < inputs.length; i += 3) {
    state = permute(state.map((lane, j) => (lane + (j < 3 ? (inputs[i + j] ?? 0n) : 0n)) % P));
  }
  return state[0];
}
