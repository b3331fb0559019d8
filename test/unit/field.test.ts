import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { barretenberg } from '../../app/lib/field/barretenberg.ts';
import { initialCapacity } from '../../app/lib/field/domains.ts';
import {
  FIELD_MODULUS,
  FieldError,
  SCALAR_MODULUS,
  bytesToField,
  bytesToFields,
  bytesToScalar,
  fieldToBytes,
  fieldToHex,
  fieldsToBytes,
  parseField,
  scalarToBytes,
  writeUint256,
} from '../../app/lib/field/field.ts';
import { Domain, hash, initField, permute, type State } from '../../app/lib/field/poseidon2.ts';
import { evenSqrt, invert, invertBatch } from '../../app/lib/field/arithmetic.ts';

const P = FIELD_MODULUS;
const element = fc.bigInt({ min: 0n, max: P - 1n });

beforeAll(initField);

describe('field encodings', () => {
  test('bytes and hex round-trip every canonical element', () => {
    fc.assert(
      fc.property(element, (v) => {
        expect(bytesToField(fieldToBytes(v))).toBe(v);
        expect(parseField(fieldToHex(v))).toBe(v);
      }),
    );
    expect(bytesToFields(fieldsToBytes([0n, 1n, P - 1n]))).toEqual([0n, 1n, P - 1n]);
  });

  test('bytes are big endian', () => {
    expect(fieldToBytes(1n)[31]).toBe(1);
    expect(Buffer.from(fieldToBytes(P - 1n)).toString('hex')).toBe((P - 1n).toString(16).padStart(64, '0'));
  });

  test('an element at or above the modulus is refused, not reduced', () => {
    for (const v of [P, P + 1n, (1n << 256n) - 1n]) {
      expect(() => bytesToField(writeUint256(v, new Uint8Array(32), 0), 'salt')).toThrow(/salt is not canonical/);
      expect(() => parseField('0x' + v.toString(16).padStart(64, '0'))).toThrow(FieldError);
    }
    expect(() => fieldToBytes(P)).toThrow(FieldError);
    expect(() => fieldToBytes(-1n)).toThrow(FieldError);
  });

  test.each([
    ['0x12'],
    ['12'],
    [''],
    [null],
    [12],
    ['0x' + 'A'.repeat(64)],
    ['0X' + '0'.repeat(64)],
    ['0x' + '0'.repeat(64) + '\n'],
  ])('loose hex %p is refused', (text) => {
    expect(() => parseField(text)).toThrow(FieldError);
  });

  test('short and long byte strings are refused', () => {
    expect(() => bytesToField(new Uint8Array(31))).toThrow(/32 bytes, got 31/);
    expect(() => bytesToField(new Uint8Array(33))).toThrow(/32 bytes, got 33/);
    expect(() => bytesToFields(new Uint8Array(63))).toThrow(/whole number/);
  });

  test('scalars may lie between p and q, and are never zero', () => {
    expect(bytesToScalar(scalarToBytes(P + 1n))).toBe(P + 1n);
    expect(() => scalarToBytes(0n)).toThrow(/zero/);
    expect(() => scalarToBytes(SCALAR_MODULUS)).toThrow(FieldError);
    expect(() => bytesToScalar(new Uint8Array(32))).toThrow(/zero/);
    expect(() => bytesToScalar(new Uint8Array(31).fill(1))).toThrow(/32 bytes/);
  });
});

describe('field arithmetic', () => {
  test('inverses invert, alone and in batches with zeros', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0n), element), { maxLength: 20 }), (values) => {
        invertBatch(values).forEach((inverse, i) => {
          expect((inverse * values[i]) % P).toBe(values[i] === 0n ? 0n : 1n);
          if (values[i] !== 0n) expect(inverse).toBe(invert(values[i]));
        });
      }),
    );
  });

  test('square roots are even, and exist for exactly one of v and 5v', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: P - 1n }), (v) => {
        const root = evenSqrt(v);
        expect(root === undefined).toBe(evenSqrt((5n * v) % P) !== undefined);
        const square = (v * v) % P;
        expect([v, P - v]).toContain(evenSqrt(square));
        expect(evenSqrt(square)! % 2n).toBe(0n);
      }),
    );
  });
});

describe('hash', () => {
  test('the permutation is the published one: test vector of the Poseidon2 authors for BN254 and four lanes', () => {
    expect(permute([0n, 1n, 2n, 3n])).toEqual([
      0x01bd538c2ee014ed5141b29e9ae240bf8db3fe5b9a38629a9647cf8d76c01737n,
      0x239b62e7db98aa3a2a8f6a0d2fa1709e7a35959aa6c7034814d9daa90cbac662n,
      0x04cbb44c61d928ed06808456bf758cbf0c18d1e15a7b6dbc8245fa7515d5e3cbn,
      0x2e11c5cff2a22c64d01304b778d78f6998eff1ab73163a35603f54794c30847an,
    ]);
  });

  /** The sponge again, written as the specification reads. */
  function specification(domain: bigint, inputs: bigint[]): bigint {
    const capacity = (0x7a6b6372n * 2n ** 16n + domain) * 2n ** 64n + BigInt(inputs.length);
    const blocks = Array.from({ length: Math.ceil(inputs.length / 3) }, (_, i) => inputs.slice(3 * i, 3 * i + 3));
    return blocks.reduce<State>(
      ([a, b, c, d], [x, y = 0n, z = 0n]) => permute([(a + x) % P, (b + y) % P, (c + z) % P, d]),
      [0n, 0n, 0n, capacity],
    )[0];
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 12, 500])('agrees with the specification, %i inputs', (n) => {
    const inputs = Array.from({ length: n }, (_, i) => (BigInt(i + 1) * 0x1234567890abcdefn ** 3n) % P);
    expect(hash(Domain.proofDigest, inputs)).toBe(specification(12n, inputs));
  });

  test('the same sponge with the standard start value is the standard Poseidon2 hash', () => {
    const inputs = [5n, 7n, 11n, 13n, P - 1n];
    let state: State = [0n, 0n, 0n, BigInt(inputs.length) << 64n];
    for (let i = 0; i < inputs.length; i += 3) {
      inputs.slice(i, i + 3).forEach((input, lane) => (state[lane] = (state[lane] + input) % P));
      state = permute(state);
    }
    const standard = barretenberg().poseidon2Hash({ inputs: inputs.map((v) => fieldToBytes(v)) });
    expect(state[0]).toBe(bytesToField(standard.hash));
  });

  test('start values name domain and length', () => {
    expect(initialCapacity(Domain.listChain, 3).toString(16)).toBe('7a6b637200050000000000000003');
    const all = Object.values(Domain).map((domain) => hash(domain, [1n]));
    expect(new Set(all).size).toBe(all.length);
    expect(hash(Domain.listChain, [1n])).not.toBe(hash(Domain.listChain, [1n, 0n]));
  });

  test('inputs that are not canonical, or missing, are refused', () => {
    expect(() => hash(Domain.listChain, [P])).toThrow(/hash 5, input 0/);
    expect(() => hash(Domain.listChain, [])).toThrow(/at least one/);
  });
});
