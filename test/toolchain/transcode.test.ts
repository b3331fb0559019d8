/** The transcoder: what it reads, what it writes, and that the programs it makes compute the right things. */
import { createCipheriv, createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { Grumpkin } from '@aztec/foundation/crypto/grumpkin';
import { poseidon2Hash } from '@aztec/foundation/crypto/poseidon';
import { Fq } from '@aztec/foundation/curves/bn254';
import type { Point } from '@aztec/foundation/curves/grumpkin';
import { blake2s } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { keccakP } from '@noble/hashes/sha3.js';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileCircuit } from '../../scripts/compile/circuit.ts';
import { BincodeError, readBincode } from '../../scripts/compile/transcode/bincode.ts';
import { convertProgram } from '../../scripts/compile/transcode/convert.ts';
import { writeMsgpack } from '../../scripts/compile/transcode/msgpack.ts';
import { programSchema } from '../../scripts/compile/transcode/schema.ts';
import type { Schema, Tagged, Value } from '../../scripts/compile/transcode/types.ts';
import { executeCircuit } from './execute.ts';
import { decodeMsgpack, encodeBincode, unpackedForm, valuesOf } from './formats.ts';

const SOURCE = programSchema('beta15');
const TARGET = programSchema('beta18');

/** A program of one unconstrained function. */
const brillig = (...opcodes: Tagged[]): Value => [[], [['f', opcodes]]];
const direct = (address: bigint): Tagged => ({ tag: 'Direct', payload: address });
const constant = (target: bigint, value: number): Tagged => {
  const bytes = new Uint8Array(32);
  bytes[31] = value;
  return { tag: 'Const', payload: [direct(target), { tag: 'Integer', payload: { tag: 'U32' } }, bytes] };
};
const blake = (sizeRegister: bigint): Tagged => ({
  tag: 'BlackBox',
  payload: {
    tag: 'Blake2s',
    payload: [
      [direct(7n), direct(sizeRegister)],
      [direct(8n), 32n],
    ],
  },
});

describe('reading bincode', () => {
  test('gives back every program that the format can express', () => {
    fc.assert(
      fc.property(valuesOf(SOURCE), (program) => {
        expect(readBincode(encodeBincode(program, SOURCE), SOURCE)).toEqual(program);
      }),
      { numRuns: 200 },
    );
  });

  test('refuses a program with a byte missing or a byte too many', () => {
    fc.assert(
      fc.property(valuesOf(SOURCE), (program) => {
        const bytes = encodeBincode(program, SOURCE);
        expect(() => readBincode(bytes.subarray(0, -1), SOURCE)).toThrow(BincodeError);
        expect(() => readBincode(Buffer.concat([bytes, Buffer.from([0])]), SOURCE)).toThrow('1 bytes left over');
      }),
      { numRuns: 50 },
    );
  });

  test.each<[string, Schema, number[], string]>([
    ['an unknown variant', { kind: 'choice', name: 'X', variants: [{ tag: 'A' }] }, [1, 0, 0, 0], 'X has no variant 1'],
    ['an option tag of 2', { kind: 'option', item: { kind: 'u32' } }, [2], 'option tag 2'],
    [
      'a length beyond the end',
      { kind: 'list', item: { kind: 'u32' } },
      [9, 0, 0, 0, 0, 0, 0, 0],
      'exceeds what is left',
    ],
    ['text that is not UTF-8', { kind: 'string' }, [1, 0, 0, 0, 0, 0, 0, 0, 0xff], 'not UTF-8'],
    [
      'a field element of 31 bytes',
      { kind: 'field' },
      [31, 0, 0, 0, 0, 0, 0, 0, ...Array<number>(31).fill(0)],
      'field element of 31 bytes',
    ],
    [
      'a field element beyond the modulus',
      { kind: 'field' },
      [32, 0, 0, 0, 0, 0, 0, 0, ...Array<number>(32).fill(255)],
      'not below the modulus',
    ],
  ])('refuses %s', (_, schema, bytes, message) => {
    expect(() => readBincode(Uint8Array.from(bytes), schema)).toThrow(message);
  });
});

describe('writing MessagePack', () => {
  test('a reader of MessagePack gets the program back', () => {
    fc.assert(
      fc.property(valuesOf(TARGET), (program) => {
        expect(decodeMsgpack(writeMsgpack(program, TARGET))).toEqual(unpackedForm(program, TARGET));
      }),
      { numRuns: 200 },
    );
  });

  test('integers take the fewest bytes', () => {
    const sizes = [0n, 127n, 128n, 255n, 256n, 65535n, 65536n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 64n - 1n].map(
      (value) => writeMsgpack(value, { kind: 'u64' }).length,
    );
    expect(sizes).toEqual([1, 1, 2, 2, 3, 3, 5, 5, 9, 9]);
  });

  test('refuses a value that is not of the schema, saying where', () => {
    expect(() => writeMsgpack([[], [['f', [{ tag: 'Leap' }]]]], TARGET)).toThrow(
      'BrilligOpcode expected at program[1][0][1][0]',
    );
  });
});

describe('converting', () => {
  test('a missing predicate becomes the constant one', () => {
    const call = (predicate: Value): Value => [
      [['main', 0, [{ tag: 'BrilligCall', payload: [0, [], [], predicate] }], [], [], [], []]],
      [],
    ];
    const one = new Uint8Array(32);
    one[31] = 1;
    expect(convertProgram(call(null))).toEqual(call([[], [], one]));
  });

  test('the size of a black box input is taken from the register that holds it', () => {
    const [, [[, opcodes]]] = convertProgram(brillig(constant(5n, 20), constant(6n, 9), blake(5n))) as [
      Value,
      [[Value, Tagged[]]],
    ];
    expect(opcodes[2]).toEqual({
      tag: 'BlackBox',
      payload: {
        tag: 'Blake2s',
        payload: [
          [direct(7n), 20n],
          [direct(8n), 32n],
        ],
      },
    });
    expect(opcodes).toHaveLength(3);
  });

  test.each<[string, Tagged[]]>([
    ['never set', [blake(5n)]],
    ['overwritten since', [constant(5n, 20), { tag: 'Mov', payload: [direct(5n), direct(9n)] }, blake(5n)]],
    [
      'set before a jump leads in',
      [
        constant(5n, 20),
        { tag: 'Not', payload: [direct(1n), direct(1n), { tag: 'U1' }] },
        blake(5n),
        { tag: 'Jump', payload: [1n] },
      ],
    ],
    ['set before a call', [constant(5n, 20), { tag: 'Call', payload: [9n] }, blake(5n)]],
  ])('a size register that was %s is refused', (_, opcodes) => {
    expect(() => convertProgram(brillig(...opcodes))).toThrow('has no constant size');
  });

  test('unconstrained AES over a message that is not padded is refused', () => {
    const aes: Tagged = {
      tag: 'BlackBox',
      payload: {
        tag: 'AES128Encrypt',
        payload: [
          [direct(1n), direct(5n)],
          [direct(2n), 16n],
          [direct(3n), 16n],
          [direct(4n), direct(6n)],
        ],
      },
    };
    expect(() => convertProgram(brillig(constant(5n, 20), aes))).toThrow('multiple of 16');
    expect(() => convertProgram(brillig(constant(5n, 32), aes))).not.toThrow();
  });

  test('a program of several circuits is refused', () => {
    expect(() => convertProgram([[[], []], []])).toThrow('several circuits');
  });
});

describe('a transcoded program', () => {
  test('computes what other implementations compute, constrained and unconstrained', async () => {
    const message = Uint8Array.from({ length: 20 }, (_, i) => 7 * i + 3);
    const key = Uint8Array.from({ length: 16 }, (_, i) => i);
    const iv = Uint8Array.from({ length: 16 }, (_, i) => 255 - i);
    const index = 11;
    const picked = message[index]!;
    const circuit = await compileCircuit(join(import.meta.dirname, 'black_boxes'));
    const [constrained, unconstrained, ciphertext] = (await executeCircuit(circuit, {
      message: [...message],
      scalar: { lo: '12345', hi: '0' },
      k1: ecdsa('secp256k1', message),
      r1: ecdsa('prime256v1', message),
      index,
      key: [...key],
      iv: [...iv],
    })) as [Record<string, unknown>, Record<string, unknown>, string[]];

    expect(unconstrained).toEqual(constrained);
    const bytes = (value: unknown): Uint8Array => Uint8Array.from((value as string[]).map(Number));
    expect(bytes(constrained['sha256'])).toEqual(new Uint8Array(createHash('sha256').update(message).digest()));
    expect(bytes(constrained['blake2s'])).toEqual(blake2s(message));
    expect(bytes(constrained['blake3'])).toEqual(blake3(message));
    expect((constrained['keccak'] as string[]).map(BigInt)).toEqual(keccakLanes(message));
    expect(constrained['ecdsa_k1']).toBe(true);
    expect(constrained['ecdsa_r1']).toBe(true);
    expect((constrained['bits'] as string[]).map(Number)).toEqual(
      Array.from({ length: 8 }, (_, bit) => (picked >> bit) & 1),
    );
    expect(Number(constrained['mixed'])).toBe(((message[0]! << 9) ^ (message[1]! & 0xabc)) | (index >> 1));
    expect(BigInt(constrained['wide'] as string)).toBe(BigInt(picked) * 0x123456789abcdef0123456789abcdn);
    expect(BigInt(constrained['poseidon2'] as string)).toBe((await poseidon2Hash([...message])).toBigInt());
    const point = await Grumpkin.mul(Grumpkin.generator, new Fq(12345n));
    expect(constrained['point']).toEqual(coordinates(point));
    expect(constrained['double']).toEqual(coordinates(await Grumpkin.add(point, point)));
    expect(Number(constrained['picked'])).toBe(picked);
    const cipher = createCipheriv('aes-128-cbc', key, iv);
    expect(bytes(ciphertext)).toEqual(new Uint8Array(Buffer.concat([cipher.update(message), cipher.final()])));
  });
});

/** A signature over the SHA-256 of a message under a fresh key, in the form that Noir takes. */
function ecdsa(namedCurve: string, message: Uint8Array): object {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  const order = {
    secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  }[namedCurve]!;
  const signature = createSign('sha256').update(message).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
  // Noir takes the smaller of s and -s only.
  const s = BigInt('0x' + signature.subarray(32).toString('hex'));
  const low = (s > order / 2n ? order - s : s).toString(16).padStart(64, '0');
  return {
    x: [...Buffer.from(x, 'base64url')],
    y: [...Buffer.from(y, 'base64url')],
    signature: [...signature.subarray(0, 32), ...Buffer.from(low, 'hex')],
    hash: [...createHash('sha256').update(message).digest()],
  };
}

/** A point in the form of the ABI. */
function coordinates(point: Point): object {
  return { x: point.x.toString(), y: point.y.toString(), is_infinite: false };
}

/** Keccak-f[1600] over a state whose first lanes are the message's bytes. */
function keccakLanes(message: Uint8Array): bigint[] {
  const state = new Uint32Array(50);
  message.forEach((byte, i) => (state[2 * i] = byte));
  keccakP(state);
  return Array.from({ length: 25 }, (_, i) => (BigInt(state[2 * i + 1]!) << 32n) | BigInt(state[2 * i]!));
}
