/** Whole rooms that tell bands of a hidden sum: the borders that are reached are those that a plain computation finds. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { Verdict } from '../../app/lib/receipt/verify.ts';
import { randomFrom, SEED, SOAK } from '../support/choice.ts';
import { forgeResult, roomJson, room, scratchFolder } from './support.ts';

const DAY = 86_400;
const DEADLINES = { invite: DAY, approve: DAY, commit: DAY, join: DAY, share: DAY, retention: DAY };
const MOST_ROWS = 400;

type Case = {
  name: string;
  /** Rows of each party. */
  sizes: number[];
  k: number;
  /** Least and greatest value, in hundredths. */
  values: readonly [number, number];
  /** About how many steps the sum has: what a step is follows from it. Left out, a step is a hundredth. */
  steps?: number;
  /** Where borders lie, in steps from the sum: those up to 0 are reached. */
  borders: number[];
  /** Whether the policy states a floor, somewhat below the least sum of a party. */
  floor?: boolean;
};

const scratch = scratchFolder();
const random = randomFrom(SEED);

beforeAll(() => console.log(`random tables from SEED=${SEED}`));
afterAll(() => scratch.remove());

const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Hundredths as text. */
function decimal(value: number): string {
  const digits = String(Math.abs(value)).padStart(3, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** What a room of these sums tells, computed in plain sight; all amounts in hundredths. */
function plan({ values: [least], steps, borders, floor }: Case, sums: readonly number[]) {
  const lowest = floor ? Math.min(0, ...sums) - random(50) : MOST_ROWS * Math.min(0, least);
  const above = sumOf(sums) - sums.length * lowest;
  const unit = steps === undefined ? 1 : Math.max(1, Math.floor(above / steps));
  // A floor that is not stated is a whole number of units.
  const from = floor ? lowest : Math.floor(lowest / unit) * unit;
  const reached = sumOf(sums.map((sum) => Math.floor((sum - from) / unit)));
  const amounts = borders.map((offset) => sums.length * from + (reached + offset) * unit);
  return { unit, from, amounts, band: borders.filter((offset) => offset <= 0).length };
}

function policyOf(
  { sizes, k, values: [least, greatest], floor }: Case,
  { unit, from, amounts }: ReturnType<typeof plan>,
) {
  return {
    version: 2,
    template: { name: 'threshold', version: 1 },
    purpose: 'Try the product from end to end',
    parties: sizes.map((_, i) => ({ label: `Desk ${i + 1}` })),
    identifier: { type: 'exact', column: 'deal', normalisation: 'exact/1' },
    column: { column: 'exposure', decimals: 2, min: decimal(least), max: decimal(greatest) },
    unit: decimal(unit),
    borders: amounts.map(decimal),
    ...(floor ? { floor: decimal(from) } : {}),
    k,
    minRows: 1,
    maxRows: MOST_ROWS,
    proofMode: 'succinct',
    deadlines: DEADLINES,
  };
}

/** Writes a case's policy and tables, and what is to come of them. */
function write(each: Case) {
  const folder = join(scratch.folder, each.name);
  mkdirSync(folder);
  const [least, greatest] = each.values;
  const tables = each.sizes.map((size) => Array.from({ length: size }, () => least + random(greatest - least + 1)));
  const files = tables.map((rows, i) => {
    const file = join(folder, `table-${i}.csv`);
    const lines = rows.map((value, row) => `deal-${i}-${row},${decimal(value)}`);
    writeFileSync(file, ['deal,exposure', ...lines].join('\n'));
    return file;
  });
  const sums = tables.map(sumOf);
  const plain = plan(each, sums);
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify(policyOf(each, plain)));
  const command = ['rehearse', '--policy', policy, ...files.flatMap((file) => ['--slot', file]), '--out', folder];
  return { ...plain, sums, command, policy };
}

/** Plays a case; what its receipt says is what a plain computation finds. */
async function play(each: Case) {
  const { unit, amounts, band, sums, command } = write(each);
  const done = await roomJson<{ receiptFile: string; result: Receipt['result']; seconds: object }>(command);
  console.log(`${each.name}: ${JSON.stringify(done.seconds)}`);
  const suppressed = Math.min(...each.sizes) < each.k;
  expect(done.result).toEqual(suppressed ? { suppressed: true } : { suppressed: false, count: band });
  const verdict = await verdictOf(done.receiptFile);
  const lines = verdict.lines!;
  if (suppressed) {
    expect(lines).toEqual([expect.stringMatching(/nothing is told of the sum/)]);
    return { ...done, amounts, lines };
  }
  // What is told holds for the sum itself, as exactly as the policy says.
  const total = sumOf(sums);
  amounts.forEach((amount, i) => {
    if (i < band) expect(total).toBeGreaterThanOrEqual(amount);
    else expect(total).toBeLessThan(amount + (sums.length - 1) * unit);
    if (unit === 1) expect(total >= amount).toBe(i < band);
    expect(lines.at(i - amounts.length)).toMatch(
      new RegExp(`^Border ${decimal(amount)} \\(.*\\): ${i < band ? 'reached' : 'not reached'}\\.$`),
    );
  });
  return { ...done, amounts, lines };
}

/** What verifying a receipt comes to, without the chain unless asked for. */
async function verdictOf(receiptFile: string, place: readonly string[] = ['--offline']): Promise<Verdict> {
  const verdict = await roomJson<Verdict>(['verify', receiptFile, '--allow-dev-srs', ...place]);
  expect(verdict.verified).toBe(true);
  return verdict;
}

describe('a threshold of three parties', () => {
  let receiptFile: string;
  let genuine: Receipt;
  let told: readonly string[];
  const CASE: Case = {
    name: 'exposure',
    sizes: [9, 14, 11],
    k: 5,
    values: [0, 250_000],
    steps: 14,
    borders: [-4, 0, 5],
  };

  test('tells which borders the sum of all rows reaches, and nothing else', async () => {
    const { amounts, lines, ...done } = await play(CASE);
    ({ receiptFile } = done);
    genuine = JSON.parse(readFileSync(receiptFile, 'utf8')) as Receipt;
    expect(genuine.result).toEqual({ suppressed: false, count: 2 });
    expect(lines[0]).toBe(
      `The sum of "exposure" over the rows of all 3 parties is told to be ${decimal(amounts[1])} or more, and below ${decimal(amounts[2])}.`,
    );
    told = lines;
  }, 1_800_000);

  test('has a part of each party and a mix of each border by each party on record, each proven', () => {
    const counts = (name: string) => genuine.events.filter((event) => event.name === name).length;
    expect([counts('PartGiven'), counts('MixGiven'), counts('MaskedGiven')]).toEqual([3, 9, 0]);
    // A dataset and a tally of each party, then these.
    expect(genuine.proofs).toHaveLength(3 + 3 + 3 + 9);
  });

  test('gives a receipt that verifies against the chain, too, and says the same', async () => {
    expect(await verdictOf(receiptFile, [])).toMatchObject({ result: genuine.result, lines: told });
  }, 240_000);

  test('gives a receipt in which the band cannot be changed', async () => {
    const changes: Parameters<typeof forgeResult>[1][] = [
      (result) => void (result.count += 1),
      (result) => void (result.count -= 1),
      (result) => void (result.figures = Array.from({ length: 744 }, () => '0x' + '0'.repeat(64))),
    ];
    for (const change of changes) {
      const forged = join(scratch.folder, 'forged.json');
      writeFileSync(forged, JSON.stringify(forgeResult(genuine, change)));
      const { code, stdout } = await room(['verify', forged, '--allow-dev-srs', '--offline']);
      expect(code).toBe(1);
      expect(stdout).toMatch(/FAILED {2}Result: The result in the receipt is not the one that the log releases\./);
    }
  }, 240_000);
});

(SOAK ? describe : describe.skip)('rooms of all kinds', () => {
  const cases: Case[] = [
    { name: 'two parties, to the hundredth', sizes: [12, 8], k: 2, values: [0, 9], borders: [-3, 0, 1, 8] },
    {
      name: 'five parties, also negative values',
      sizes: [6, 9, 7, 8, 5],
      k: 2,
      values: [-400, 900],
      steps: 25,
      borders: [-9, -1, 1, 3],
      floor: true,
    },
    { name: 'borders far apart', sizes: [40, 70, 33], k: 10, values: [100, 9_000], steps: 190, borders: [-20, 150] },
    {
      name: 'below all borders, floor not stated',
      sizes: [5, 6],
      k: 2,
      values: [-300, 300],
      steps: 100,
      borders: [2, 20],
      floor: false,
    },
    {
      name: 'above all borders',
      sizes: [5, 6, 4, 5],
      k: 2,
      values: [0, 100_000],
      steps: 30,
      borders: [-20, -10, -1, 0],
    },
    { name: 'a party with too few rows', sizes: [6, 3, 8], k: 4, values: [0, 100], steps: 15, borders: [0] },
  ];
  test.each(cases)('$name: $sizes rows, borders $borders', async (each) => void (await play(each)), 3_600_000);

  test('that a party cannot take part in whose sum lies below the floor, and is told so', async () => {
    const { policy, command } = write({
      name: 'too low',
      sizes: [3, 3],
      k: 2,
      values: [-50, 50],
      borders: [1],
      floor: true,
    });
    const stated = JSON.parse(readFileSync(policy, 'utf8')) as { floor: string; borders: string[] };
    const table = command[command.indexOf('--slot') + 1];
    writeFileSync(table, 'deal,exposure\na,-0.50\nb,-0.50\n');
    writeFileSync(policy, JSON.stringify({ ...stated, floor: '-0.99', borders: ['-1.00'] }));
    const { code, stderr } = await room(command);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/lies below the floor of the bands/);
  }, 600_000);
});
