import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { loadSrs, srsEnvironment } from '../../app/lib/proof/srs.ts';
import type { Srs } from '../../app/lib/proof/srs.ts';
import { DEVELOPMENT_G2, DEVELOPMENT_TAU } from '../../app/lib/proof/srs/development.ts';
import { IGNITION_G2 } from '../../app/lib/proof/srs/ignition.ts';
import { g2Bytes, checkSrs, isConsecutive, readG1, readG2 } from '../../app/lib/proof/srs/points.ts';
import { POINT_BYTES, powersOfTau } from '../../app/lib/proof/srs/powers.ts';

const NUM_POINTS = 20_001; // several batches, two workers
let folder: string;
let srs: Srs;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'srs-'));
  srs = await loadSrs({ kind: 'development', numPoints: NUM_POINTS, folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('development SRS', () => {
  test('starts with the generator and holds the number of points asked for', () => {
    expect(srs.numPoints).toBe(NUM_POINTS);
    expect(readG1(srs.g1(), 0).equals(bn254.G1.Point.BASE)).toBe(true);
    expect(readG1(srs.g1(), 1).equals(bn254.G1.Point.BASE.multiply(DEVELOPMENT_TAU))).toBe(true);
  });

  test('each point is the one before times the secret of the G2 point', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: NUM_POINTS - 2 }), (index) => isConsecutive(srs.g1(), srs.g2, index)),
      { numRuns: 12 },
    );
    checkSrs(srs.g1(), srs.g2, [NUM_POINTS - 2]);
  });

  test('a range made alone agrees with the same range of the whole', () => {
    expect(powersOfTau(DEVELOPMENT_TAU, 9_990, 10_010)).toEqual(
      srs.g1().slice(9_990 * POINT_BYTES, 10_010 * POINT_BYTES),
    );
  });

  test('powers agree with plain multiplication for any secret', () => {
    const { Fr } = bn254.fields;
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: Fr.ORDER - 1n }), fc.integer({ min: 0, max: 2 ** 20 }), (tau, index) => {
        const point = readG1(powersOfTau(tau, index, index + 1), 0);
        return point.equals(bn254.G1.Point.BASE.multiply(Fr.pow(tau, BigInt(index))));
      }),
      { numRuns: 4 },
    );
  });

  test('its identity does not depend on the number of points', async () => {
    const smaller = await loadSrs({ kind: 'development', numPoints: 5, folder: path.join(folder, 'small') });
    expect(smaller.identity).toBe(srs.identity);
    expect(srs.identity).toMatch(/^development-[0-9a-f]{64}$/);
  });

  test('grows when more points are asked for, keeping the first ones', async () => {
    const inside = path.join(folder, 'small');
    const before = await loadSrs({ kind: 'development', numPoints: 5, folder: inside });
    const after = await loadSrs({ kind: 'development', numPoints: 9, folder: inside });
    expect(after.g1(5)).toEqual(before.g1(5));
    expect(after.numPoints).toBe(9);
    expect(() => after.g1(10)).toThrow('9 points, 10 were asked for');
  });

  test('gives bb a home of its own', () => {
    const environment = srsEnvironment(srs);
    expect(environment.CRS_PATH).toBe(path.join(folder, 'development'));
    expect(environment.HOME.startsWith(environment.CRS_PATH)).toBe(true);
  });
});

describe('checks', () => {
  test('the ceremony’s G2 point lies in the subgroup and is not ours', () => {
    expect(readG2(IGNITION_G2).isTorsionFree()).toBe(true);
    expect(IGNITION_G2).not.toEqual(DEVELOPMENT_G2);
  });

  test('the written G2 point of the development SRS is the one that its secret gives', () => {
    expect(DEVELOPMENT_G2).toEqual(g2Bytes(DEVELOPMENT_TAU));
  });

  test('points of one SRS do not pass with the G2 point of another', () => {
    expect(() => checkSrs(srs.g1(16), IGNITION_G2, [])).toThrow('points 0 and 1 do not belong to this G2 point');
  });

  test.each([
    ['a point off the curve', (b: Uint8Array) => (b[5 * POINT_BYTES + 63] ^= 1), 'point 5 is not on the curve'],
    ['infinity', (b: Uint8Array) => b.fill(0, 5 * POINT_BYTES, 6 * POINT_BYTES), 'point 5 is not on the curve'],
    ['a coordinate above the modulus', (b: Uint8Array) => (b[5 * POINT_BYTES] = 0xff), 'not below the field modulus'],
    ['another first point', (b: Uint8Array) => b.copyWithin(0, POINT_BYTES, 2 * POINT_BYTES), 'not the generator'],
    ['points out of order', (b: Uint8Array) => b.copyWithin(8 * POINT_BYTES, 9 * POINT_BYTES), 'points 8 and 9'],
  ])('refuses %s', (_, spoil, message) => {
    const bytes = srs.g1(12).slice();
    spoil(bytes);
    expect(() => checkSrs(bytes, srs.g2, [7, 8])).toThrow(
      message === 'points 8 and 9' ? 'do not belong to this G2 point' : message,
    );
  });
});

describe('stored files', () => {
  const small = { kind: 'development', numPoints: 6 } as const;

  test.each(['bn254_g1.dat', 'bn254_g2.dat'])('a changed byte of %s is refused', async (name) => {
    const place = path.join(folder, `changed-${name}`);
    const { path: stored } = await loadSrs({ ...small, folder: place });
    const file = path.join(stored, name);
    const bytes = readFileSync(file);
    bytes[100] ^= 1;
    writeFileSync(file, bytes);
    await expect(loadSrs({ ...small, folder: place })).rejects.toThrow('delete that folder');
  });

  test('a shortened file is refused', async () => {
    const place = path.join(folder, 'short');
    const { path: stored } = await loadSrs({ ...small, folder: place });
    const file = path.join(stored, 'bn254_g1.dat');
    writeFileSync(file, readFileSync(file).subarray(0, 4 * POINT_BYTES));
    await expect(loadSrs({ ...small, folder: place })).rejects.toThrow('does not match its digest');
  });

  test('loaders that start together make the points once', async () => {
    const place = path.join(folder, 'together');
    const both = await Promise.all([loadSrs({ ...small, folder: place }), loadSrs({ ...small, folder: place })]);
    expect(both[0].g1()).toEqual(both[1].g1());
  });

  test('a number of points that makes no sense is refused', async () => {
    await expect(loadSrs({ ...small, numPoints: 1, folder })).rejects.toThrow('whole number');
    await expect(loadSrs({ ...small, numPoints: 2.5, folder })).rejects.toThrow('whole number');
  });
});
