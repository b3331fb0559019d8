/** Circuit `release` accepts the count that all slots' shares open, from k on, and no other. */
import { mul } from '../../app/lib/curve/grumpkin.ts';
import { encrypt } from '../../app/lib/protocol/elgamal.ts';
import { makeShare } from '../../app/lib/protocol/share.ts';
import { proveDleq } from '../../app/lib/protocol/dleq.ts';
import { dleqProof, point, scalar, toFields } from '../../app/lib/proof/inputs.ts';
import { releaseProof } from '../../app/lib/proof/statements.ts';
import type { ProofJob } from '../../app/lib/proof/chunks.ts';
import { accepted, copyOf, refused, type Inputs } from './cheat.ts';
import { CONTEXT, K, people, playRoom, type World } from './support.ts';

let world: World;
let job: ProofJob;

beforeAll(async () => {
  world = await playRoom([people(0, 6), people(2, 7)]);
  job = jobOf(world.match.matched);
});

/** A release of `count`, with ciphertext and shares of `held`. */
const jobOf = (count: number, held = world.match.matched, k = K): ProofJob => {
  const ciphertext = encrypt(held, world.match.randomness, world.roomKey);
  const shares = world.parties.map(({ slot, seed, keys: { decryption, decryptionPublic } }) =>
    makeShare({ context: CONTEXT, slot, decryption, decryptionPublic, ciphertext, seed }),
  );
  return releaseProof({ context: CONTEXT, decryptionPublics: keys(), shares, ciphertext, k, count });
};
const keys = () => world.parties.map((party) => party.keys.decryptionPublic);

const lie = (change: (inputs: Inputs) => void): Inputs => {
  const inputs = copyOf(job);
  change(inputs);
  return inputs;
};

test('the count that the shares open is accepted, also when it is k exactly', async () => {
  await accepted(job);
  await accepted(jobOf(K, K));
  await accepted(jobOf(0, 0, 0));
  expect(job.publicInputs).toEqual(toFields((job.inputs as Inputs).statement));
  expect(job.publicInputs).toHaveLength(15);
});

test('another count is refused', async () => {
  for (const change of [-1, 1]) {
    const wrong = jobOf(world.match.matched + change);
    await refused(wrong, wrong.inputs, /open the ciphertext to another count/);
  }
});

test('a count below k is refused, and one of 2^32', async () => {
  const below = jobOf(K - 1, K - 1);
  await refused(below, below.inputs);
  await refused(
    job,
    lie(({ statement }) => (statement.k = statement.count + 1n)),
  );
  await refused(
    job,
    lie(({ statement }) => (statement.count = 1n << 32n)),
  );
});

test('a share under another key is refused, with every proof its owner could make', async () => {
  const { c1 } = world.match.ciphertext;
  const { keys: own, seed } = world.parties[1];
  const image = mul(c1, 5n);
  const attempts = [
    proveDleq({ context: CONTEXT, slot: 1, key: own.decryptionPublic, base: c1, image }, own.decryption, seed),
    proveDleq({ context: CONTEXT, slot: 1, key: own.decryptionPublic, base: c1, image }, 5n, seed),
  ];
  for (const proof of attempts) {
    const forged = lie(({ statement, proofs }) => {
      statement.shares[1] = point(image);
      proofs[1] = dleqProof(proof);
    });
    await refused(job, forged, /Wrong proof of a decryption share/);
  }
});

test('a proof of equal logarithms with anything changed is refused', async () => {
  const wrong = /Wrong proof of a decryption share/;
  await refused(
    job,
    lie(({ proofs }) => (proofs[0].challenge += 1n)),
    wrong,
  );
  await refused(
    job,
    lie(({ proofs }) => (proofs[0].response = scalar(7n))),
    wrong,
  );
  await refused(
    job,
    lie(({ proofs }) => proofs.reverse()),
    wrong,
  );
  await refused(
    job,
    lie(({ statement }) => (statement.context += 1n)),
    wrong,
  );
  await refused(
    job,
    lie(({ statement }) => statement.keys.reverse()),
    wrong,
  );
  await refused(
    job,
    lie(({ statement }) => statement.shares.reverse()),
    wrong,
  );
  await refused(
    job,
    lie(({ proofs }) => (proofs[0].response.lo += 1n << 128n)),
  );
});

test('another ciphertext is refused', async () => {
  const other = encrypt(world.match.matched + 1, world.match.randomness, world.roomKey);
  await refused(
    job,
    lie(({ statement }) => (statement.c2 = point(other.c2))),
    /another count/,
  );
  await refused(
    job,
    lie(({ statement }) => (statement.c1 = point(mul(world.match.ciphertext.c1, 2n)))),
    /Wrong proof/,
  );
});

test('what is no point is refused', async () => {
  for (const change of [
    ({ statement }: Inputs) => (statement.keys[0].y += 1n),
    ({ statement }: Inputs) => (statement.c1.y += 1n),
    ({ statement }: Inputs) => (statement.shares[1] = { x: 0n, y: 0n }),
  ]) {
    await refused(job, lie(change), /Point is not on the curve/);
  }
});
