/** Damaged copies of files, and what a connector makes of them. */
import { expect } from '@jest/globals';
import { ConnectorError } from '../../app/lib/connector/errors.ts';
import type { Ranges } from '../../app/lib/connector/ranges.ts';
import type { Table } from '../../app/lib/connector/table.ts';
import { randomFrom, SEED, SOAK } from '../support/choice.ts';

const COPIES = SOAK ? 100_000 : 3_000;

/** Time that all copies of one format may take. */
export const FUZZ_MILLISECONDS = 3_600_000;

/** More rows than any whole file of the tests has: a damaged one that gives so many is left. */
const MANY_ROWS = 1_000_000;

/** Copies of the files, each damaged in another way: bytes changed, runs of one byte, pieces cut out, doubled or swapped. */
export function* damaged(files: readonly Uint8Array[]): Generator<Uint8Array> {
  const random = randomFrom(SEED);
  process.stderr.write(`damage of SEED=${SEED}\n`);
  for (let i = 0; i < COPIES; i++) {
    const bytes = files[i % files.length].slice();
    // Half of the damage goes where the lengths and kinds are told: in the last part.
    const place = () =>
      random(2) === 0 ? random(bytes.length) : bytes.length - 1 - random(Math.min(bytes.length, 2_000));
    const at = place();
    const length = 1 + random(16);
    switch (random(6)) {
      case 0:
        for (let n = 1 + random(3); n > 0; n--) bytes[place()] ^= 1 << random(8);
        break;
      case 1:
        for (let n = 1 + random(3); n > 0; n--) bytes[place()] = [0, 0xff, 0x7f, 0x80, random(256)][random(5)];
        break;
      case 2:
        bytes.fill([0, 0xff, 0x80][random(3)], at, at + length);
        break;
      case 3:
        bytes.copyWithin(at, place(), bytes.length);
        break;
      case 4:
        yield joined(bytes.subarray(0, at), bytes.subarray(at + length));
        continue;
      default:
        yield joined(bytes.subarray(0, at + length), bytes.subarray(at));
        continue;
    }
    yield bytes;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** Reads every copy: it has to be read as a table, or refused in the connector's words. Times in milliseconds. */
export async function outcomesOf(
  open: (source: Ranges) => Promise<Table>,
  copies: Iterable<Uint8Array>,
): Promise<{ read: number; refused: number; slowest: number }> {
  const outcomes = { read: 0, refused: 0, slowest: 0 };
  for (const bytes of copies) {
    const started = performance.now();
    try {
      await readSome(await open(rangesOf(bytes)));
      outcomes.read++;
    } catch (error) {
      expect(error).toBeInstanceOf(ConnectorError);
      outcomes.refused++;
    }
    outcomes.slowest = Math.max(outcomes.slowest, performance.now() - started);
  }
  return outcomes;
}

async function readSome(table: Table): Promise<void> {
  let rows = 0;
  try {
    for await (const batch of table.batches) {
      for (const row of batch.rows) {
        if ('cells' in row && row.cells.some((cell) => cell !== null && typeof cell !== 'string')) {
          throw new Error('a cell is no text');
        }
      }
      rows += batch.rows.length;
      if (rows > MANY_ROWS) return;
    }
  } finally {
    await table.close();
  }
}

/** Bytes as a source. */
export const rangesOf = (bytes: Uint8Array): Ranges => ({
  size: bytes.length,
  read: async (from, to) => bytes.slice(from, to),
  close: async () => undefined,
});
