/** Around rooms that tell bands: what they come to in words, how long their proofs take, and what is refused before. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { estimateProofs } from '../../app/lib/check/estimate.ts';
import { mulGenerator } from '../../app/lib/curve/grumpkin.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, type Policy } from '../../app/lib/policy/policy.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { encodeMixed } from '../../app/lib/protocol/mix.ts';
import { commitDataset } from '../../app/lib/room/commit.ts';
import { purposeOfBlob, purposeOfCall } from '../../app/lib/room/purposes.ts';
import type { Session } from '../../app/lib/room/session.ts';
import type { RoomView } from '../../app/lib/room/view.ts';
import { outcomeReadingOf } from '../../app/lib/template/outcomes.ts';
import { templateOf } from '../../app/lib/template/registry.ts';

const EXAMPLE = JSON.parse(
  readFileSync(new URL('../../examples/counterparty-exposure.policy.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

const policyWith = (changes: object = {}): Policy => parsePolicy({ ...EXAMPLE, ...changes });
const viewOf = (result?: RoomView['result']) =>
  ({ terms: { vectors: 0n, plan: 5n, bands: 6n }, result }) as unknown as RoomView;

beforeAll(initField);

describe('what a room comes to', () => {
  const { outcomeLines, checkOutcome, outcome } = outcomeReadingOf(viewOf());
  const told = (count: number, changes?: object) => outcomeLines(policyWith(changes), { suppressed: false, count });

  test('is told as a band, with its borders as sums and in units, and how exact that is', () => {
    const [headline, exactness, ...borders] = told(1);
    expect(headline).toBe(
      'The sum of "outstanding" over the rows of all 3 parties is told to be 100000000 or more, and below 150000000.',
    );
    expect(exactness).toMatch(/lies less than 2000000 above it/);
    expect(borders).toEqual([
      'Border 100000000 (100 units of 1000000): reached.',
      'Border 150000000 (150 units of 1000000): not reached.',
      'Border 200000000 (200 units of 1000000): not reached.',
    ]);
    expect(told(0)[0]).toMatch(/is told to be below 100000000\.$/);
    expect(told(3)[0]).toMatch(/is told to be 200000000 or more\.$/);
    expect(told(3).filter((line) => line.endsWith(': reached.'))).toHaveLength(3);
    expect(() => told(4)).toThrow(/no band 4/);
  });

  test('is exact where a unit is the last decimal, and counts from the least that sums can come to', () => {
    const changes = {
      column: { column: 'outstanding', decimals: 1, min: '-2', max: '2' },
      ...{ unit: '0.1', floor: '-3', borders: ['-8.9', '1.5'] },
    };
    expect(told(1, changes)).toEqual([
      'The sum of "outstanding" over the rows of all 3 parties is told to be -8.9 or more, and below 1.5.',
      'The band is exact.',
      'Border -8.9 (1 unit of 0.1 above -9.0): reached.',
      'Border 1.5 (105 units of 0.1 above -9.0): not reached.',
    ]);
  });

  test('is suppressed where a party has too few rows', () => {
    expect(outcomeLines(policyWith(), { suppressed: true })).toEqual([
      'A party has fewer than k = 5 rows: the result is suppressed, and nothing is told of the sum.',
    ]);
  });

  test('is what the log releases, and no other band', async () => {
    const released = viewOf({ suppressed: false, count: 2 });
    const relay = {} as Parameters<typeof outcome>[1];
    expect(await outcome(released, relay)).toEqual({ suppressed: false, count: 2 });
    expect(await outcome(viewOf({ suppressed: true }), relay)).toEqual({ suppressed: true });
    expect(() => checkOutcome(released, { suppressed: false, count: 2 })).not.toThrow();
    const others = [
      { suppressed: false, count: 1 },
      { suppressed: false, count: 2, figures: [] },
      { suppressed: true },
    ] as const;
    for (const other of others)
      expect(() => checkOutcome(released, other as Parameters<typeof checkOutcome>[1])).toThrow(/not the one/);
    expect(() => checkOutcome(viewOf({ suppressed: true }), { suppressed: false, count: 0 })).toThrow(/not the one/);
  });

  test('is not read of policies without borders', () => {
    const overlap = { template: { name: 'overlap', version: 1 } } as Policy;
    expect(() => outcomeLines(overlap, { suppressed: false, count: 1 })).toThrow(/no borders/);
  });
});

describe('a room that tells bands', () => {
  test('has the template that tallies, gives parts and mixes', () => {
    const { name, steps, openBlobs } = templateOf(viewOf());
    expect([name, Object.keys(steps)]).toEqual(['threshold', ['tally', 'part', 'mix']]);
    expect(openBlobs({ ...viewOf(), mixes: [[5n, undefined], [], [6n]] })).toEqual([5n, 6n]);
  });

  test('takes a proof for each border, of a size that its steps fit in', () => {
    const proofs = (changes: object) =>
      Object.fromEntries(estimateProofs(policyWith(changes), 30).map(({ circuit, proofs }) => [circuit, proofs]));
    expect(proofs({})).toEqual({ dataset_32: 1, tally_32: 1, part: 1, mix_192: 3 });
    // 16, 17, 1 and 192 steps.
    expect(proofs({ borders: ['16000000', '33000000', '34000000', '226000000'] })).toEqual({
      ...{ dataset_32: 1, tally_32: 1, part: 1 },
      ...{ mix_16: 2, mix_192: 2 },
    });
  });

  test('does not take data whose sum lies below the floor, and does not tell the sum', async () => {
    const policy = policyWith({
      column: { column: 'outstanding', decimals: 0, min: '-20', max: '20' },
      ...{ unit: '1', floor: '-99', borders: ['-200'], minRows: 5 },
    });
    const commit = (values: readonly bigint[]) =>
      commitDataset(
        { policy, room: { roomId: 1n, contract: 2n } } as unknown as Session,
        viewOf(),
        makeDataset(
          values.map((_, i) => BigInt(i + 1)),
          values.map((value) => [value]),
        ),
      );
    const tooLow = [-20n, -20n, -20n, -20n, -20n];
    await expect(commit(tooLow)).rejects.toThrow("the slot's sum lies below the floor of the bands");
    await expect(commit(tooLow)).rejects.not.toThrow(/100/);
    // At the floor it is what comes after that fails here: there is no slot.
    await expect(commit([...tooLow.slice(1), -19n])).rejects.not.toThrow(/floor/);
  });

  test('says what it sends away', () => {
    const elements = Array.from({ length: 16 }, (_, i) => ({ a: mulGenerator(BigInt(i + 1)), b: undefined }));
    expect(purposeOfBlob('0x1d', encodeMixed({ slot: 2, border: 7, elements }))).toBe(
      'shuffled distances to the steps below border 7, by slot 2',
    );
    for (const method of ['post_part', 'post_mix']) expect(purposeOfCall('CleanRoom', method)).not.toMatch(/^call of/);
  });
});
