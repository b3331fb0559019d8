/** Circuit `release` accepts the count that all members' shares open, from k on, and no other. */
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
const jobOf = (count: number, held = world.match.matched, k = K): ProofJob => releaseOf(world, { count, held, k });

const releaseOf = ({ members, parties, match, roomKey }: World, of?: { count: number; held: number; k: number }) => {
  const { count, held, k } = of ?? { count: match.matched, held: match.matched, k: K };
  const ciphertext = encrypt(held, match.randomness, roomKey);
  const shares = parties.map(({ slot, seed, keys: { decryption, decryptionPublic } }) =>
    makeShare({ context: CONTEXT, slot, decryption, decryptionPublic, ciphertext, seed }),
  );
  const decryptionPublics = parties.map(({ keys }) => keys.decryptionPublic);
  return releaseProof({ context: CONTEXT, members, decryptionPublics, shares, ciphertext, k, count });
};

const lie = (change: (inputs: Inputs) => void, from = job): Inputs => {
  const inputs = copyOf(from);
  change(inputs);
  return inputs;
};

test('the count that the shares open is accepted, also when it is k exactly', async () => {
  await accepted(job);
  await accepted(jobOf(K, K));
  await accepted(jobOf(0, 0, 0));
  expect(job.publicInputs).toEqual(toFields((job.inputs as Inputs).statement));
  expect(job.publicInputs).toHaveLength(32);
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
    lie(({ statement: { keys } }) => ([keys[0], keys[1]] = [keys[1], keys[0]])),
    wrong,
  );
  await refused(
    job,
    lie(({ statement: { shares } }) => ([shares[0], shares[1]] = [shares[1], shares[0]])),
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

describe('members other than slots 0 and 1', () => {
  let gapped: World;
  let job3: ProofJob;

  beforeAll(async () => {
    gapped = await playRoom([people(0, 8), people(4, 10), people(5, 14)], [0, 2, 4]);
    job3 = releaseOf(gapped);
  });

  test('open the count together, under the numbers of their slots', async () => {
    await accepted(job3);
    const none = [0n, 0n, 0n, 0n];
    const { c1, c2 } = gapped.match.ciphertext;
    const coordinates = (points: { x: bigint; y: bigint }[]) => points.flatMap(({ x, y }) => [x, y]);
    expect(job3.publicInputs).toEqual([
      ...[CONTEXT, 0n, 2n, 4n, 0n, 0n],
      ...[...coordinates(gapped.parties.map(({ keys }) => keys.decryptionPublic)), ...none],
      ...coordinates([c1, c2]),
      ...[...coordinates(gapped.shares.map(({ share }) => share)), ...none],
      ...[BigInt(K), 3n],
    ]);
  });

  test('may be four or five', async () => {
    for (const members of [
      [1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]) {
      const room = await playRoom(
        members.map((slot) => people(slot, 9)),
        members,
      );
      await accepted(releaseOf(room));
    }
  });

  test('cannot be others than those whose shares open it', async () => {
    for (const [place, slot] of [
      [0, 1n],
      [1, 3n],
      [2, 3n],
    ] as const) {
      await refused(
        job3,
        lie(({ statement }) => (statement.slots[place] = slot), job3),
        /Wrong proof of a decryption share/,
      );
    }
  });

  test('stand in ascending order', async () => {
    const swapped = lie(({ statement, proofs }) => {
      for (const array of [statement.slots, statement.keys, statement.shares, proofs]) {
        [array[0], array[1]] = [array[1], array[0]];
      }
    }, job3);
    await refused(job3, swapped, /range|bit/i);
  });

  test('leave nothing but zeros behind them', async () => {
    for (const change of [
      ({ statement }: Inputs) => (statement.slots[3] = 5n),
      ({ statement }: Inputs) => (statement.keys[3] = statement.keys[0]),
      ({ statement }: Inputs) => (statement.keys[4].y = 1n),
      ({ statement }: Inputs) => (statement.shares[4].x = 1n),
      ({ statement }: Inputs) => (statement.shares[3].y = 1n),
    ]) {
      await refused(job3, lie(change, job3), /beyond the members are not 0/);
    }
  });

  test('without one of them, the others’ shares open another count', async () => {
    const { parties, shares, match } = gapped;
    const fewer = releaseProof({
      context: CONTEXT,
      members: [0, 2],
      decryptionPublics: parties.slice(0, 2).map(({ keys }) => keys.decryptionPublic),
      shares: shares.slice(0, 2),
      ciphertext: match.ciphertext,
      k: K,
      count: match.matched,
    });
    await refused(fewer, fewer.inputs, /open the ciphertext to another count/);
  });
});
