/** Whole rooms that count by cohorts, with all proofs and receipts: the counts are those that a plain count finds. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { Verdict } from '../../app/lib/receipt/verify.ts';
import type { FiguresReport } from '../../app/lib/template/figures-report.ts';
import { SOAK } from '../support/choice.ts';
import { forgeResult, room, roomJson, scratchFolder } from './support.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());

type Rehearsed = { receiptFile: string; result: Receipt['result']; figures?: FiguresReport };

function rehearse(policy: string, tables: readonly string[], name: string): Promise<Rehearsed> {
  const out = join(scratch.folder, name);
  mkdirSync(out);
  return roomJson<Rehearsed>([
    'rehearse',
    ...['--policy', policy],
    ...tables.flatMap((table) => ['--slot', table]),
    ...['--out', out],
  ]);
}

// Ten minutes: a part of `npm run soak`. The steps themselves are played by the lift of three parties in every run.
(SOAK ? describe : describe.skip)('an overlap by cohorts', () => {
  const CLUB = 'examples/sample-loyalty-club.csv';
  const MARKET = 'examples/sample-loyalty-market.csv';
  const rowsIn = (file: string) => readFileSync(file, 'utf8').trim().split('\n').slice(1);
  const known = new Set(rowsIn(MARKET).map((line) => line.split(',')[0]));
  const counts = ['basic', 'silver', 'gold'].map(
    (tier) => rowsIn(CLUB).filter((line) => line.endsWith(`,${tier}`) && known.has(line.split(',')[0])).length,
  );
  const [basic, silver, gold] = counts;
  let receiptFile: string;
  let genuine: Receipt;

  test('of the sample data opens the cohorts that reach k, and their total alone', async () => {
    const done = await rehearse('examples/loyalty-cohorts.policy.json', [CLUB, MARKET], 'loyalty');
    expect(gold).toBeLessThan(4);
    expect(done.result).toMatchObject({ suppressed: false, count: basic + silver });
    expect(done.figures!.groups).toEqual([
      { label: 'tier basic', open: true, rows: basic, columns: [] },
      { label: 'tier silver', open: true, rows: silver, columns: [] },
      { label: 'tier gold', open: false, rows: 0, columns: [] },
    ]);
    ({ receiptFile } = done);
    genuine = JSON.parse(readFileSync(receiptFile, 'utf8')) as Receipt;
  }, 1_800_000);

  test('gives a receipt that verifies with and without the chain, and says the counts', async () => {
    for (const place of [[], ['--offline']]) {
      const verdict = await roomJson<Verdict>(['verify', receiptFile, '--allow-dev-srs', ...place]);
      expect(verdict).toMatchObject({ verified: true, result: genuine.result });
      expect(verdict.lines).toEqual([
        `2 of 3 cohorts are open, with ${basic + silver} identifiers in common.`,
        `tier basic: ${basic} in common.`,
        `tier silver: ${silver} in common.`,
        'tier gold: suppressed.',
        'How many are in common in suppressed cohorts, and so in all, is not released.',
      ]);
    }
  }, 240_000);

  test('gives a receipt in which no count can be changed, and no suppressed one told', async () => {
    const field = (value: number) => `0x${value.toString(16).padStart(64, '0')}`;
    expect(genuine.result).toMatchObject({ figures: expect.arrayContaining([field(basic), field(silver)]) });
    const changes: Parameters<typeof forgeResult>[1][] = [
      (result) => void (result.figures![0] = field(basic + 1)),
      (result) => void (result.figures![18] = field(gold)),
      (result) => void (result.count += gold),
      (result) => void delete result.figures,
    ];
    for (const change of changes) {
      const forged = join(scratch.folder, 'forged.json');
      writeFileSync(forged, JSON.stringify(forgeResult(genuine, change)));
      const { code, stdout } = await room(['verify', forged, '--allow-dev-srs', '--offline']);
      expect(code).toBe(1);
      expect(stdout).toMatch(/FAILED {2}Result: The figures in the receipt are not those that the log releases\./);
    }
  }, 480_000);

  test('of three parties is by numbers, where the last one’s list is divided', async () => {
    const ages = [17, 20, 29, 30, 31, 44, 45, 46, 47];
    const people = ages.map((age, i) => ({ id: `person-${i}`, age }));
    const tables = [
      ['id', ...people.map(({ id }) => id), 'alone-a'],
      ['id', 'alone-b', ...people.map(({ id }) => id).reverse()],
      ['id,age', ...people.map(({ id, age }) => `${id},${age}`), 'alone-c,50'],
    ].map((lines, i) => {
      const file = join(scratch.folder, `table-${i}.csv`);
      writeFileSync(file, lines.join('\n'));
      return file;
    });
    const example = JSON.parse(readFileSync('examples/loyalty-cohorts.policy.json', 'utf8'));
    const policy = join(scratch.folder, 'ages.json');
    const cohorts = {
      slot: 2,
      column: 'age',
      decimals: 0,
      min: '0',
      max: '99',
      borders: ['0', '30', '45', '50', '100'],
    };
    const parties = ['A', 'B', 'C'].map((label) => ({ label }));
    const identifier = { type: 'exact', column: 'id', normalisation: 'exact/1' };
    writeFileSync(policy, JSON.stringify({ ...example, parties, identifier, cohorts, k: 3, minRows: 1 }));
    const done = await rehearse(policy, tables, 'ages');
    expect(done.result).toMatchObject({ suppressed: false, count: 9 });
    expect(done.figures!.groups.map(({ open, rows }) => [open, rows])).toEqual([
      [true, 3],
      [true, 3],
      [true, 3],
      [false, 0],
    ]);
    const verdict = await roomJson<Verdict>(['verify', done.receiptFile, '--allow-dev-srs']);
    expect(verdict.lines![0]).toBe('3 of 4 cohorts are open, with 9 identifiers in common.');
  }, 1_800_000);
});
