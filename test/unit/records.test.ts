import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrangeRecords, recordOrder } from '../../app/lib/protocol/records.ts';

/** The records of an array in the order that is theirs. */
const sortRecords = (array: Uint8Array, recordBytes: number): Uint8Array =>
  arrangeRecords(array, recordBytes, recordOrder(array, recordBytes));

/** Sorts the same records as big-endian integers. */
function plainSort(bytes: Uint8Array, recordBytes: number): Uint8Array {
  const hex = Buffer.from(bytes).toString('hex');
  const values = hex.match(new RegExp(`.{${2 * recordBytes}}`, 'g')) ?? [];
  const sorted = values.map((digits) => BigInt(`0x${digits}`)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return new Uint8Array(
    Buffer.from(sorted.map((value) => value.toString(16).padStart(2 * recordBytes, '0')).join(''), 'hex'),
  );
}

function concatenate(records: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(records));
}

describe('sorting records', () => {
  const record = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes });

  test.each([32, 64])('of %i bytes gives the order of integers, and leaves the array as it was', (bytes) => {
    fc.assert(
      fc.property(fc.array(record(bytes), { maxLength: 200 }), (records) => {
        const array = concatenate(records);
        expect(sortRecords(array, bytes)).toEqual(plainSort(array, bytes));
        expect(array).toEqual(concatenate(records));
      }),
      { numRuns: 30 },
    );
  });

  test('holds for records that share their first bytes, and for equal ones', () => {
    const alike = fc
      .tuple(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 32 }), record(32))
      .map(([byte, shared, tail]) => tail.fill(byte, 0, shared));
    fc.assert(
      fc.property(fc.array(alike, { maxLength: 200 }), (records) => {
        const array = concatenate([...records, ...records.slice(0, 20)]);
        expect(sortRecords(array, 32)).toEqual(plainSort(array, 32));
      }),
      { numRuns: 40 },
    );
  });

  test('leaves equal ones in the order that they had', () => {
    const places = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 100 });
    fc.assert(
      fc.property(places, (values) => {
        const order = [...recordOrder(concatenate(values.map((value) => new Uint8Array(32).fill(value))), 32)];
        expect(order).toEqual(values.map((_, i) => i).sort((a, b) => values[a] - values[b] || a - b));
      }),
      { numRuns: 30 },
    );
  });

  test('holds for a part of a larger buffer and for many records', () => {
    const many = Uint8Array.from({ length: 10_000 * 32 }, (_, i) => (i * 2_654_435_761) >>> 13);
    const part = new Uint8Array(many.length + 7).fill(9);
    part.set(many, 7);
    expect(sortRecords(part.subarray(7), 32)).toEqual(plainSort(many, 32));
    expect(sortRecords(new Uint8Array(0), 32)).toEqual(new Uint8Array(0));
  });
});
