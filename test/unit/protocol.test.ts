import { beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { add, bytesToPoints, mul, mulGenerator, negate, type Point } from '../../app/lib/curve/grumpkin.ts';
import { mapToCurve } from '../../app/lib/curve/map.ts';
import { FIELD_MODULUS, FieldError, SCALAR_MODULUS, fieldsToBytes, writeUint256 } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import { blindDataset } from '../../app/lib/protocol/blind.ts';
import { chainStart, extendChain } from '../../app/lib/protocol/chain.ts';
import {
  CIRCUITS,
  blindCircuit,
  blindValuesCircuit,
  circuitNumber,
  circuitsDigest,
  datasetCircuit,
  encryptCircuit,
  hopCircuit,
  inviteCommitment,
  matchCircuit,
  mixCircuit,
  randomField,
  releaseCircuit,
  roomContext,
  selectCircuit,
  tallyCircuit,
} from '../../app/lib/protocol/context.ts';
import { assertRulesKept, datasetCommitment, makeDataset } from '../../app/lib/protocol/dataset.ts';
import { proveDleq, verifyDleq } from '../../app/lib/protocol/dleq.ts';
import { encrypt } from '../../app/lib/protocol/elgamal.ts';
import { ProtocolError } from '../../app/lib/protocol/errors.ts';
import { hopList, hopSlot } from '../../app/lib/protocol/hop.ts';
import { identifierDigest, identifierField } from '../../app/lib/protocol/identifier.ts';
import {
  deriveKeys,
  deriveNonce,
  elgamalRandomness,
  newRoomSeed,
  roomKey,
  stateBlinding,
} from '../../app/lib/protocol/keys.ts';
import { decodeList, encodeList, listDigest, makeList, type List } from '../../app/lib/protocol/list.ts';
import { countMatched, matchLists, mergedDigest } from '../../app/lib/protocol/match.ts';
import type { Members } from '../../app/lib/protocol/members.ts';
import { openCount, opensTo } from '../../app/lib/protocol/release.ts';
import { ValueOrder, packValues, rulesDigest } from '../../app/lib/protocol/rules.ts';
import { KeyPurpose, proveKey, verifyKey } from '../../app/lib/protocol/schnorr.ts';
import { makeShare, verifyShare } from '../../app/lib/protocol/share.ts';
import { extendProduct, permutationChallenge, proofDigest, stateCommitment } from '../../app/lib/protocol/statement.ts';
import { eventPayload, extendTranscript } from '../../app/lib/protocol/transcript.ts';
import { chainOf } from '../support/chain.ts';

const P = FIELD_MODULUS;
const Q = SCALAR_MODULUS;
const context = 0x1234_5678_9abcn;
const seedOf = (n: number) => new Uint8Array(32).fill(n + 1);
const datasetOf = (names: readonly string[]) => makeDataset(names.map((name) => identifierDigest('email', name)));

beforeAll(initField);

describe('hashes name their room', () => {
  const identity = { chainId: 1n, rollupVersion: 2n, contract: 3n, roomId: 4n, policyDigest: 5n, circuitsDigest: 6n };

  test('the room context changes with every one of its parts', () => {
    expect(roomContext(identity)).toBe(hash(1, [1n, 2n, 3n, 4n, 5n, 6n]));
    const contexts = Object.keys(identity).map((part) => roomContext({ ...identity, [part]: 99n }));
    expect(new Set([...contexts, roomContext(identity)]).size).toBe(7);
  });

  test('the circuits digest takes all keys in their fixed order', () => {
    const hashes = Object.fromEntries(CIRCUITS.map((name, i) => [name, BigInt(i)])) as Parameters<
      typeof circuitsDigest
    >[0];
    expect(circuitsDigest(hashes)).toBe(
      hash(
        14,
        Array.from({ length: 32 }, (_, i) => BigInt(i)),
      ),
    );
    const { release_2: _, ...missing } = hashes;
    expect(() => circuitsDigest(missing as typeof hashes)).toThrow(/circuit release_2 is missing/);
  });

  test('circuits are numbered by statement, size and members', () => {
    const numbered = [
      ...[
        datasetCircuit(32),
        datasetCircuit(512),
        blindCircuit(32),
        blindCircuit(256),
        hopCircuit(32),
        hopCircuit(256),
      ],
      ...[2, 3, 4, 5].map((members) => matchCircuit(32, members)),
      ...[2, 3, 4, 5].map((members) => matchCircuit(256, members)),
      ...[2, 3, 4, 5].map(releaseCircuit),
      ...[tallyCircuit(32), tallyCircuit(256), 'masked' as const, 'figures' as const],
      ...[encryptCircuit(32), encryptCircuit(256), selectCircuit(32), selectCircuit(256), 'opened' as const],
      ...[blindValuesCircuit(32), blindValuesCircuit(256)],
      ...['part' as const, mixCircuit(16), mixCircuit(192)],
    ];
    expect(numbered).toEqual(CIRCUITS);
    expect(numbered.map(circuitNumber)).toEqual(CIRCUITS.map((_, i) => i));
    for (const members of [1, 6, 2.5]) {
      expect(() => matchCircuit(32, members)).toThrow(/2 to 5 members/);
      expect(() => releaseCircuit(members)).toThrow(/2 to 5 members/);
    }
  });

  test('an invitation is for one slot of one room', () => {
    const secret = randomField();
    expect(inviteCommitment(7n, 1, secret)).toBe(hash(13, [7n, 1n, secret]));
    expect(() => inviteCommitment(7n, 5, secret)).toThrow(/slot 5 does not exist/);
  });

  test('a chain starts from its domain, with the length that no hash has', () => {
    expect(chainStart(5).toString(16)).toBe('7a6b637200050000000000000000');
    expect(new Set(([3, 5, 16, 29, 37, 38] as const).map(chainStart)).size).toBe(6);
    expect(extendChain(chainStart(3), [])).toBe(chainStart(3));
  });

  test('a chain takes three values a permutation, in blocks of 32 that zeros complete', () => {
    const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => BigInt(from + i));
    expect(extendChain(chainStart(3), numbers(1, 33))).toBe(chainOf(3, numbers(1, 33)));
    expect(extendChain(chainStart(3), numbers(1, 36))).toBe(chainOf(3, numbers(1, 36)));
    expect(chainOf(3, numbers(1, 36))).toBe(0xa998bee33da434d1f30504402c3166881453f592667f7a8fd4af08fb53cb6dbn);
    expect(extendChain(chainStart(3), [1n])).toBe(extendChain(chainStart(3), [1n, 0n]));
    expect(extendChain(chainStart(3), [1n])).not.toBe(extendChain(chainStart(5), [1n]));
    expect(() => extendChain(chainStart(3), [P])).toThrow(FieldError);
  });

  test('a chain may be cut behind any block, wherever chunks end', () => {
    const values = Array.from({ length: 600 }, (_, i) => BigInt(i * i));
    const whole = extendChain(chainStart(5), values);
    for (const size of [32, 96, 256, 512]) {
      let accumulator = chainStart(5);
      for (let at = 0; at < values.length; at += size)
        accumulator = extendChain(accumulator, values.slice(at, at + size));
      expect(accumulator).toBe(whole);
    }
  });

  test('a chain tells every value and its place', () => {
    const values = Array.from({ length: 64 }, (_, i) => BigInt(i + 1));
    const chainAfter = (change: (copy: bigint[]) => void) => {
      const copy = [...values];
      change(copy);
      return extendChain(chainStart(5), copy);
    };
    const changed = values.map((_, i) => chainAfter((copy) => (copy[i] += 1n)));
    const swapped = values
      .slice(1)
      .map((_, i) => chainAfter((copy) => ([copy[i], copy[i + 1]] = [copy[i + 1], copy[i]])));
    expect(new Set([...changed, ...swapped, extendChain(chainStart(5), values)]).size).toBe(64 + 63 + 1);
  });

  test('events chain into a transcript', () => {
    expect(extendTranscript(0n, 3n, eventPayload([1n, 2n, 3n, 4n]))).toBe(
      hash(17, [0n, 3n, hash(18, [1n, 2n, 3n, 4n])]),
    );
  });

  test('proof states, challenges and proof digests are the hashes of the specification', () => {
    const gamma = permutationChallenge([1n, 2n]);
    expect(gamma).toBe(hash(8, [1n, 2n]));
    expect(extendProduct(1n, gamma, [5n, 6n])).toBe(((gamma - 5n) * (gamma - 6n)) % P);
    expect(stateCommitment(9n, [1n, 2n])).toBe(hash(7, [9n, 1n, 2n]));
    expect(() => proofDigest([1n])).toThrow(/500 field elements, not 1/);
  });
});

describe('identifiers and datasets', () => {
  test('an identifier digest is the first 31 bytes of a SHA-256 over type and identifier', () => {
    const bytes = createHash('sha256').update('zk-clean-room/identifier/1\0email\0ada@example.org').digest();
    expect(identifierDigest('email', 'ada@example.org')).toBe(BigInt('0x' + bytes.subarray(0, 31).toString('hex')));
    expect(identifierDigest('exact', 'ada@example.org')).not.toBe(identifierDigest('email', 'ada@example.org'));
  });

  test('the same identifier is another point in another room', () => {
    const digest = identifierDigest('email', 'ada@example.org');
    expect(identifierField(1n, digest)).toBe(hash(2, [1n, digest]));
    expect(identifierField(1n, digest)).not.toBe(identifierField(2n, digest));
  });

  test('a dataset is sorted; duplicates and an empty one are refused', () => {
    expect(makeDataset([3n, 1n, 2n])).toEqual({ digests: [1n, 2n, 3n] });
    expect(() => makeDataset([3n, 1n, 3n, 3n])).toThrow(/2 duplicate identifiers/);
    expect(() => makeDataset([])).toThrow(/empty/);
    expect(() => makeDataset([1n << 248n])).toThrow(/below 2\^248/);
    expect(() => makeDataset([0n, 1n])).toThrow(/identifier digest 0 is not above/);
  });

  test('values stay with their identifiers, and are refused where they do not fit', () => {
    const values = [[30n, -3n], [10n, -1n], [20n, -2n]]; // prettier-ignore
    expect(makeDataset([3n, 1n, 2n], values)).toEqual({
      digests: [1n, 2n, 3n],
      values: [values[1], values[2], values[0]],
    });
    expect(() => makeDataset([1n, 2n], [[1n]])).toThrow(/values for 1 rows, and 2 identifiers/);
    expect(() => makeDataset([1n, 2n], [[1n], [1n, 2n]])).toThrow(/row 1 has 2 values, the rows before it have 1/);
    expect(() => makeDataset([1n], [[]])).toThrow(/1 to 4 value columns, not 0/);
    expect(() => makeDataset([1n], [[1n, 2n, 3n, 4n, 5n]])).toThrow(/1 to 4 value columns, not 5/);
    for (const value of [1n << 61n, -(1n << 61n)])
      expect(() => makeDataset([1n], [[0n, value]])).toThrow(/row 0, column 1 must lie between -2\^61 and 2\^61/);
    expect(() => makeDataset([1n], [[5 as unknown as bigint]])).toThrow(/must be a bigint, not number/);
  });

  test('the commitment is hash 4 over the chains of rows and values, and hides behind its salt', () => {
    const rows = chainOf(3, [1n, 2n, 3n]);
    const none = chainOf(29, [0n, 0n, 0n]);
    const digests = [1n, 2n, 3n];
    expect(datasetCommitment({ context, slot: 1, dataset: { digests }, salt: 9n })).toBe(
      hash(4, [context, 1n, 3n, rows, none, 9n]),
    );
    const values = [[5n, -7n], [0n, 0n], [-1n, 8n]]; // prettier-ignore
    const packed = values.map(([a, b]) => a + 2n ** 61n + (b + 2n ** 61n) * 2n ** 62n);
    const accumulator = chainOf(29, packed);
    expect(datasetCommitment({ context, slot: 1, dataset: { digests, values }, salt: 9n })).toBe(
      hash(4, [context, 1n, 3n, rows, accumulator, 9n]),
    );
    const unsorted = { digests: [2n, 1n] };
    expect(() => datasetCommitment({ context, slot: 1, dataset: unsorted, salt: 9n })).toThrow(/not above/);
  });
});

describe('rules of value columns', () => {
  const { any, neverFalls, neverRises } = ValueOrder;

  test('the digest is hash 20 over number, bounds and orders, unused columns being 0', () => {
    expect(rulesDigest([])).toBe(hash(20, Array<bigint>(13).fill(0n)));
    const rules = [
      { min: -5n, max: 10n, order: neverFalls },
      { min: 0n, max: (1n << 61n) - 1n, order: neverRises },
    ];
    expect(rulesDigest(rules)).toBe(hash(20, [2n, P - 5n, 10n, 1n, 0n, (1n << 61n) - 1n, 2n, 0n, 0n, 0n, 0n, 0n, 0n]));
    expect(rulesDigest(rules.toReversed())).not.toBe(rulesDigest(rules));
  });

  test('rules that no dataset can keep are refused', () => {
    const rule = { min: 0n, max: 1n, order: any };
    expect(() => rulesDigest(Array(5).fill(rule))).toThrow(/at most 4 value columns, not 5/);
    expect(() => rulesDigest([{ ...rule, min: 2n }])).toThrow(/least value of column 0 is above its greatest/);
    expect(() => rulesDigest([rule, { ...rule, max: 1n << 61n }])).toThrow(/greatest value of column 1 must lie/);
    expect(() => rulesDigest([{ ...rule, min: -(1n << 61n) }])).toThrow(/least value of column 0 must lie/);
    expect(() => rulesDigest([{ ...rule, order: 3 as never }])).toThrow(/order that does not exist: 3/);
  });

  test('no two rows of values have one packed form', () => {
    const value = fc.bigInt({ min: 1n - (1n << 61n), max: (1n << 61n) - 1n });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (values) => {
        let rest = packValues(values);
        for (const expected of values) {
          expect((rest % 2n ** 62n) - 2n ** 61n).toBe(expected);
          rest /= 2n ** 62n;
        }
        expect(rest).toBe(0n);
      }),
    );
  });

  test('a dataset that breaks a rule is told where, but not what the value is', () => {
    const rules = [
      { min: 0n, max: 100n, order: any },
      { min: -9n, max: 9n, order: neverFalls },
      { min: -9n, max: 9n, order: neverRises },
    ];
    const values = [[55n, -3n, 3n], [0n, 1n, 3n], [100n, 1n, -4n]]; // prettier-ignore
    const check = (rows: typeof values, limits = { minRows: 1, maxRows: 10 }) =>
      assertRulesKept({ digests: rows.map((_, i) => BigInt(i + 1)), values: rows }, { rules, ...limits });
    expect(check(values).values).toBe(values);
    for (const [row, column, value, message] of [
      [1, 0, -37n, 'the value of row 1, column 0 is below the least that the rules allow, 0'],
      [0, 0, 137n, 'the value of row 0, column 0 is above the greatest that the rules allow, 100'],
      [2, 1, -7n, 'the value of row 2, column 1 is below that of the row before it; the rules allow no fall'],
      [1, 2, 7n, 'the value of row 1, column 2 is above that of the row before it; the rules allow no rise'],
    ] as const) {
      const broken = values.with(row, values[row].with(column, value));
      expect(() => check(broken)).toThrow(new ProtocolError(message));
    }
    expect(() => check(values, { minRows: 4, maxRows: 10 })).toThrow(/has 3 rows, the policy allows 4 to 10/);
    expect(() => check(values, { minRows: 1, maxRows: 2 })).toThrow(/has 3 rows, the policy allows 1 to 2/);
    expect(() => check(values.map((row) => row.slice(1)))).toThrow(/has 2 value columns, the rules are for 3/);
    const identifiers = { digests: [1n, 2n] };
    expect(() => assertRulesKept(identifiers, { rules, minRows: 1, maxRows: 2 })).toThrow(/has 0 value columns/);
    expect(assertRulesKept(identifiers, { rules: [], minRows: 1, maxRows: 2 })).toBe(identifiers);
  });
});

describe('keys', () => {
  test('are HKDF-SHA512 of the seed, reduced', () => {
    const seed = seedOf(0);
    const derived = (label: string) =>
      BigInt('0x' + Buffer.from(hkdfSync('sha512', seed, '', `zk-clean-room/1/${label}`, 64)).toString('hex'));
    const keys = deriveKeys(seed);
    expect(keys.decryption).toBe(derived('decryption') % Q);
    expect(keys.blinding).toBe(derived('blinding') % Q);
    expect(keys.salt).toBe(derived('salt') % P);
    expect(keys.decryptionPublic).toEqual(mulGenerator(keys.decryption));
    expect(keys.blindingPublic).toEqual(mulGenerator(keys.blinding));
    expect(stateBlinding(seed, { circuit: 'hop', list: 1, hop: 2, chunk: 3 })).toBe(derived('state/hop/1/2/3') % P);
    const nonceKey = Buffer.from(hkdfSync('sha512', seed, '', 'zk-clean-room/1/nonce/share', 64));
    const mac = createHmac('sha512', nonceKey)
      .update(fieldsToBytes([1n, 2n]))
      .digest('hex');
    expect(deriveNonce(seed, 'share', [1n, 2n])).toBe(BigInt('0x' + mac) % Q);
  });

  test('nonces and encryption randomness differ by purpose, message and seed', () => {
    const values = [
      deriveNonce(seedOf(0), 'X', [1n]),
      deriveNonce(seedOf(0), 'K', [1n]),
      deriveNonce(seedOf(0), 'X', [2n]),
      deriveNonce(seedOf(1), 'X', [1n]),
      elgamalRandomness(seedOf(0), 'elgamal', [1n]),
      elgamalRandomness(seedOf(0), 'elgamal', [2n]),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  test('seeds are 32 random bytes', () => {
    expect(newRoomSeed()).not.toEqual(newRoomSeed());
    expect(() => deriveKeys(new Uint8Array(31))).toThrow(/32 bytes, not 31/);
  });
});

describe('proofs of possession', () => {
  const seed = seedOf(3);

  test('a slot proves its keys, for this room, slot and purpose alone', () => {
    const { decryption, decryptionPublic: key, blindingPublic } = deriveKeys(seed);
    const statement = { context, slot: 1, purpose: KeyPurpose.decryption, key };
    const proof = proveKey(statement, decryption, seed);
    expect(verifyKey(statement, proof)).toBe(true);
    expect(proveKey(statement, decryption, seed)).toEqual(proof);
    expect(verifyKey({ ...statement, context: 1n }, proof)).toBe(false);
    expect(verifyKey({ ...statement, slot: 0 }, proof)).toBe(false);
    expect(verifyKey({ ...statement, purpose: KeyPurpose.blinding }, proof)).toBe(false);
    expect(verifyKey({ ...statement, key: blindingPublic }, proof)).toBe(false);
    expect(verifyKey(statement, { ...proof, s: proof.s === 1n ? 2n : proof.s - 1n })).toBe(false);
    expect(verifyKey(statement, { ...proof, e: (proof.e + 1n) % P })).toBe(false);
  });

  test('shifted challenges, responses and keys are refused', () => {
    const { decryption, decryptionPublic: key } = deriveKeys(seed);
    const statement = { context, slot: 1, purpose: KeyPurpose.decryption, key };
    const { e, s } = proveKey(statement, decryption, seed);
    expect(() => verifyKey(statement, { e: e + P, s })).toThrow(FieldError);
    expect(() => verifyKey(statement, { e, s: s + Q })).toThrow(FieldError);
    expect(() => verifyKey(statement, { e, s: 0n })).toThrow(FieldError);
    expect(() => verifyKey({ ...statement, key: { x: key.x + P, y: key.y } }, { e, s })).toThrow(FieldError);
  });

  test('a key made of another slot’s (rogue key) has no proof', () => {
    const honest = deriveKeys(seedOf(0)).decryptionPublic;
    const mine = deriveKeys(seed);
    const rogue = add(mine.decryptionPublic, negate(honest));
    const statement = { context, slot: 1, purpose: KeyPurpose.decryption, key: rogue };
    expect(verifyKey(statement, proveKey(statement, mine.decryption, seed))).toBe(false);
  });

  test('equal discrete logarithms are proven, unequal ones are not', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: Q - 1n }), fc.bigInt({ min: 1n, max: Q - 1n }), (x, b) => {
        const base = mulGenerator(b);
        const statement = { context, slot: 0, key: mulGenerator(x), base, image: mul(base, x) };
        expect(verifyDleq(statement, proveDleq(statement, x, seed))).toBe(true);
        const wrong = { ...statement, image: add(statement.image, mulGenerator(1n)) };
        expect(verifyDleq(wrong, proveDleq(wrong, x, seed))).toBe(false);
        expect(verifyDleq({ ...statement, slot: 1 }, proveDleq(statement, x, seed))).toBe(false);
      }),
      { numRuns: 10 },
    );
  });
});

describe('lists', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const bounds = { minRows: 1, maxRows: 5 };
  const blinded = () => blindDataset({ context, slot: 1, dataset: datasetOf(names), blinding: 77n });
  const expectedOf = (list: List) => ({
    context,
    list: list.list,
    hop: list.hop,
    digest: listDigest(context, list),
    ...bounds,
  });

  test('a blinded list holds ±k·P of every identifier, with even y, ascending in x', async () => {
    const list = await blinded();
    const points = bytesToPoints(list.points);
    const expected = mapToCurve(datasetOf(names).digests.map((h) => identifierField(context, h))).map((p) =>
      mul(p, 77n),
    );
    const even = expected.map((point) => (point.y % 2n === 0n ? point : negate(point)));
    expect(points).toEqual(even.sort((a, b) => (a.x < b.x ? -1 : 1)));
  });

  test('the digest is hash 6 over the chain of x', async () => {
    const list = await blinded();
    const xs = bytesToPoints(list.points).map(({ x }) => x);
    expect(listDigest(context, list)).toBe(hash(6, [context, 1n, 0n, 5n, chainOf(5, xs)]));
  });

  test('a list survives its encoding', async () => {
    const list = await blinded();
    const blob = encodeList(list);
    expect(Buffer.from(blob.subarray(0, 16)).toString('latin1')).toBe('ZKCRLIST\x01\x01\x00\x00\x00\x00\x00\x05');
    expect(decodeList(blob, expectedOf(list))).toEqual(list);
    // A view into a larger buffer decodes the same.
    const padded = new Uint8Array(blob.length + 7);
    padded.set(blob, 7);
    expect(decodeList(padded.subarray(7), expectedOf(list))).toEqual(list);
  });

  test('no changed byte of a blob goes unnoticed', async () => {
    const list = await blinded();
    const blob = encodeList(list);
    const expected = expectedOf(list);
    fc.assert(
      fc.property(fc.nat({ max: blob.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const tampered = blob.slice();
        tampered[at] ^= change;
        expect(() => decodeList(tampered, expected)).toThrow();
      }),
    );
  });

  test('a blob is refused when it is short, long, of another kind, version, list, hop, room or size', async () => {
    const list = await blinded();
    const blob = encodeList(list);
    const expected = expectedOf(list);
    const patched = (at: number, value: number) => {
      const copy = blob.slice();
      copy[at] = value;
      return copy;
    };
    expect(() => decodeList(blob.subarray(0, 9), expected)).toThrow(/less than its header/);
    expect(() => decodeList(blob.subarray(0, blob.length - 1), expected)).toThrow(/exactly a header and 5 points/);
    expect(() => decodeList(new Uint8Array([...blob, 0]), expected)).toThrow(/exactly a header and 5 points/);
    expect(() => decodeList(patched(0, 0), expected)).toThrow(/not a list/);
    expect(() => decodeList(patched(8, 2), expected)).toThrow(/version 2.*update the client/);
    expect(() => decodeList(patched(9, 0), expected)).toThrow(/holds list 0, hop 0/);
    expect(() => decodeList(patched(11, 1), expected)).toThrow(/header's last byte/);
    expect(() => decodeList(patched(12, 255), expected)).toThrow(/policy allows 1 to 5/);
    expect(() => decodeList(blob, { ...expected, maxRows: 4 })).toThrow(/policy allows 1 to 4/);
    expect(() => decodeList(blob, { ...expected, minRows: 6 })).toThrow(/policy allows 6 to 5/);
    expect(() => decodeList(blob, { ...expected, context: 5n })).toThrow(/another room's/);
    expect(() => decodeList(blob, { ...expected, digest: 5n })).toThrow(/the chain has/);
  });

  test('points out of order, twice, shifted by the modulus, off the curve or at infinity are refused even with a matching digest', async () => {
    const { points } = await blinded();
    const swapped = new Uint8Array([...points.subarray(64, 128), ...points.subarray(0, 64)]);
    expect(() => encodeList({ list: 1, hop: 0, points: swapped })).toThrow(/strictly ascending/);
    expect(() => makeList(1, 0, new Uint8Array([...points, ...points.subarray(0, 64)]))).toThrow(/strictly ascending/);
    const [first] = bytesToPoints(points);
    const mirrored = writeUint256(P - first.y, writeUint256(first.x, new Uint8Array(64), 0), 32);
    expect(() => makeList(1, 0, new Uint8Array([...points, ...mirrored]))).toThrow(/strictly ascending/);
    expect(() => encodeList({ list: 1, hop: 0, points: mirrored })).toThrow(/odd y/);
    const shifted = writeUint256(first.y, writeUint256(first.x + P, new Uint8Array(64), 0), 32);
    expect(() => makeList(1, 0, shifted)).toThrow(FieldError);
    expect(() => makeList(1, 0, new Uint8Array(64).fill(0xff))).toThrow(FieldError);
    expect(() => makeList(1, 0, new Uint8Array(64))).toThrow(/not on the Grumpkin curve/);
    expect(() => makeList(1, 0, new Uint8Array(0))).toThrow(/empty/);
  });
});

describe('hops', () => {
  /** All sets of two to five of the five slots. */
  const everyRoom = Array.from({ length: 32 }, (_, mask) =>
    [0, 1, 2, 3, 4].filter((slot) => mask & (1 << slot)),
  ).filter(({ length }) => length >= 2);

  test('every list passes once through every other member, and each hop has a member of its own', () => {
    expect(everyRoom).toHaveLength(26);
    for (const members of everyRoom) {
      const makers = (hop: number) => members.map((list) => (hop === 0 ? list : hopSlot(list, hop, members)));
      const rounds = members.map((_, hop) => makers(hop));
      for (const round of rounds) expect([...round].sort()).toEqual(members);
      members.forEach((_, place) => expect(rounds.map((round) => round[place]).sort()).toEqual(members));
    }
  });

  test('go to the next member, left-out slots passed over', () => {
    const turns = (list: number) => [1, 2].map((hop) => hopSlot(list, hop, [0, 2, 4]));
    expect([0, 2, 4].map(turns)).toEqual([
      [2, 4],
      [4, 0],
      [0, 2],
    ]);
    expect(() => hopSlot(0, 2, [0, 1])).toThrow(/hops 1 to 1/);
    expect(() => hopSlot(0, 0, [0, 1])).toThrow(/hop 0 does not exist/);
    expect(() => hopSlot(1, 1, [0, 2, 4])).toThrow(/list 1 is none of the members 0, 2, 4/);
  });

  test('know members as two to five slots in ascending order', () => {
    for (const members of [[0], [], [0, 1, 2, 3, 4, 5]]) {
      expect(() => hopSlot(0, 1, members)).toThrow(/2 to 5 members/);
    }
    for (const members of [
      [1, 0],
      [0, 0],
      [0, 2, 2],
    ]) {
      expect(() => hopSlot(0, 1, members)).toThrow(/not ascending/);
    }
    for (const members of [
      [0, 5],
      [-1, 0],
      [0, 1.5],
    ]) {
      expect(() => hopSlot(0, 1, members)).toThrow(/member .* does not exist/);
    }
  });

  test('only the slot whose turn it is may hop', async () => {
    const list = await blindDataset({ context, slot: 0, dataset: datasetOf(['a']), blinding: 3n });
    await expect(hopList({ list, slot: 2, members: [0, 1, 2], blinding: 5n })).rejects.toThrow(
      /slot 1's to make, not slot 2's/,
    );
    await expect(hopList({ list: { ...list, hop: 2 }, slot: 0, members: [0, 1, 2], blinding: 5n })).rejects.toThrow(
      ProtocolError,
    );
  });
});

describe('matching', () => {
  const sequence = (xs: bigint[]) => fieldsToBytes(xs);

  test('counts values that stand in every list', () => {
    expect(countMatched(sequence([1n, 1n, 2n, 3n, 3n, 4n]), 2)).toBe(2);
    expect(countMatched(sequence([1n, 1n, 2n, 3n, 3n, 3n]), 3)).toBe(1);
    expect(countMatched(sequence([0n, 0n]), 2)).toBe(1);
    expect(() => countMatched(sequence([1n, 1n, 1n]), 2)).toThrow(/more often/);
    expect(() => countMatched(sequence([2n, 1n]), 2)).toThrow(/not ascending/);
  });

  test('the merged digest tells a last zero from none', () => {
    const accumulator = chainOf(16, [1n, 2n, 3n]);
    expect(mergedDigest(context, sequence([1n, 2n, 3n]))).toBe(hash(6, [context, 255n, 255n, 3n, accumulator]));
    expect(mergedDigest(context, sequence([1n, 2n, 3n, 0n]))).not.toBe(mergedDigest(context, sequence([1n, 2n, 3n])));
  });

  test('lists that have not passed through every member, or are not those of all members, are refused', async () => {
    const members = [1, 3];
    const blinded = await Promise.all(
      [0, ...members].map((slot) => blindDataset({ context, slot, dataset: datasetOf(['a']), blinding: 3n })),
    );
    const attempt = (lists: List[]) => () =>
      matchLists({ context, members, lists, key: mulGenerator(5n), k: 2, seed: seedOf(0) });
    const [other, first, second] = blinded.map((list) => ({ ...list, hop: 1 }));
    expect(attempt([first, second])).not.toThrow();
    expect(attempt(blinded.slice(1))).toThrow(/place 0 of a match needs list 1 at hop 1, got list 1 at hop 0/);
    expect(attempt([second, first])).toThrow(/place 0 of a match needs list 1 at hop 1, got list 3/);
    expect(attempt([other, second])).toThrow(/place 0 of a match needs list 1 at hop 1, got list 0/);
    expect(attempt([first])).toThrow(/2 members need as many lists, got 1/);
    expect(attempt([first, second, second])).toThrow(/2 members need as many lists, got 3/);
  });

  test('the encryption’s randomness is new for other members', async () => {
    const list = await blindDataset({ context, slot: 0, dataset: datasetOf(['a']), blinding: 3n });
    const matchOf = (members: number[]) =>
      matchLists({
        context,
        members,
        lists: members.map((slot) => ({ ...list, list: slot, hop: 1 })),
        key: mulGenerator(5n),
        k: 2,
        seed: seedOf(0),
      });
    expect(matchOf([0, 1]).mergedDigest).toBe(matchOf([0, 2]).mergedDigest);
    expect(matchOf([0, 1]).randomness).not.toBe(matchOf([0, 2]).randomness);
  });
});

/** The whole overlap, every member in this process, every list through its encoding. */
async function overlap(tables: readonly (readonly string[])[], k: number, members: Members = tables.map((_, i) => i)) {
  const keys = members.map((slot) => deriveKeys(seedOf(slot)));
  const travel = (list: List) =>
    decodeList(encodeList(list), {
      context,
      list: list.list,
      hop: list.hop,
      digest: listDigest(context, list),
      minRows: 1,
      maxRows: 1000,
    });
  const lists = await Promise.all(
    tables.map(async (table, i) => {
      const slot = members[i];
      let list = travel(await blindDataset({ context, slot, dataset: datasetOf(table), blinding: keys[i].blinding }));
      for (let hop = 1; hop < members.length; hop++) {
        const by = hopSlot(slot, hop, members);
        const { blinding } = keys[members.indexOf(by)];
        list = travel(await hopList({ list, slot: by, members, blinding }));
      }
      return list;
    }),
  );
  const decryptionPublics = keys.map((key) => key.decryptionPublic);
  const match = matchLists({ context, members, lists, key: roomKey(decryptionPublics), k, seed: seedOf(members[0]) });
  const shares = keys.map((key, i) =>
    makeShare({ context, slot: members[i], ...key, ciphertext: match.ciphertext, seed: seedOf(members[i]) }),
  );
  return { members, match, shares, decryptionPublics };
}

describe('overlap, end to end in one process', () => {
  test('two to five of five slots find the size of the plain intersection', async () => {
    const table = fc.uniqueArray(fc.integer({ min: 0, max: 25 }).map(String), { minLength: 1, maxLength: 20 });
    const slots = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(table, { minLength: 2, maxLength: 5 }), slots, async (tables, order) => {
        const chosen = order.slice(0, tables.length).sort();
        const plain = tables[0].filter((name) => tables.every((other) => other.includes(name))).length;
        const { members, match, shares, decryptionPublics } = await overlap(tables, 1, chosen);
        expect(match.matched).toBe(plain);
        expect(match.meetsK).toBe(plain >= 1);
        const opened = { context, members, decryptionPublics, shares, ciphertext: match.ciphertext, maxCount: 100 };
        expect(openCount({ ...opened, k: 0 })).toBe(plain);
        if (plain < 1) expect(() => openCount({ ...opened, k: 1 })).toThrow(/below the policy's k/);
      }),
      { numRuns: 25 },
    );
  });

  test('a missing, foreign or changed share opens nothing', async () => {
    const { members, match, shares, decryptionPublics } = await overlap(
      [
        ['a', 'b', 'c'],
        ['b', 'c', 'd'],
      ],
      2,
      [0, 3],
    );
    const { ciphertext } = match;
    const input = { context, members, decryptionPublics, shares, ciphertext, k: 2, maxCount: 10 };
    expect(openCount(input)).toBe(2);
    expect(() => openCount({ ...input, shares: shares.slice(1) })).toThrow(/2 members need as many shares, got 1/);
    expect(() => openCount({ ...input, decryptionPublics: decryptionPublics.slice(1) })).toThrow(/as many keys, got 1/);
    expect(() => openCount({ ...input, members: [0, 4] })).toThrow(/share of slot 4/);
    expect(() => openCount({ ...input, members: [3, 0] })).toThrow(/not ascending/);
    expect(() => openCount({ ...input, shares: [shares[1], shares[0]] })).toThrow(/share of slot 0/);
    const lifted = { ...shares[0], share: add(shares[0].share, mulGenerator(1n)) };
    expect(() => openCount({ ...input, shares: [lifted, shares[1]] })).toThrow(/share of slot 0/);
    expect(verifyShare({ context, slot: 0, decryptionPublic: decryptionPublics[0], ciphertext }, shares[1])).toBe(
      false,
    );
    expect(() => openCount({ ...input, maxCount: 1 })).toThrow(/no count from 0 to 1/);
  });

  test('a claimed count is checked against the shares', () => {
    const secrets = [11n, 13n];
    const key = mulGenerator(24n);
    const points = (c1: Point) => secrets.map((x) => mul(c1, x));
    for (const count of [0, 1, 250]) {
      const ciphertext = encrypt(count, 99n, key);
      expect(opensTo(ciphertext, points(ciphertext.c1), count)).toBe(true);
      expect(opensTo(ciphertext, points(ciphertext.c1), count + 1)).toBe(false);
    }
    expect(() => encrypt(-1, 99n, key)).toThrow(ProtocolError);
    expect(() => encrypt(1.5, 99n, key)).toThrow(ProtocolError);
    expect(() => encrypt(1, 0n, key)).toThrow(FieldError);
  });
});
