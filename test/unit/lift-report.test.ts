/** Lift as people read it, by hand. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { deriveFigures } from '../../app/lib/protocol/figures.ts';
import { openedCells } from '../../app/lib/protocol/groups.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { Output, type Plan } from '../../app/lib/protocol/plan.ts';
import { tallyCells } from '../../app/lib/protocol/tally.ts';
import { figureLines } from '../../app/lib/template/figures-report.ts';
import { liftLines, reportLift } from '../../app/lib/template/lift-report.ts';

const { none, sum, squares } = Output;

beforeAll(initField);

const PLAN: Plan = {
  rules: [
    { min: 0n, max: 1n, order: 0 },
    { min: -900n, max: 900n, order: 0 },
    { min: 0n, max: 9n, order: 0 },
  ],
  grouping: 0,
  borders: [0n, 1n, 2n],
  outputs: [none, squares, sum],
  quantiles: [],
  confidence: 1_959_964,
  lift: true,
};
const LABELS = { control: 'arm a', test: 'arm b' };

/** The report on values of control and test with two decimals, and on a column that counts 2 in each row of the control and 3 in each of the test. */
function reportOn(control: readonly bigint[], tested: readonly bigint[], change: Partial<Plan> = {}, open = 0b11) {
  const plan = { ...PLAN, ...change };
  const rows = [...control.map((value) => [0n, value, 2n]), ...tested.map((value) => [1n, value, 3n])];
  const digests = rows.map((_, i) => BigInt(i + 1));
  const opened = openedCells(plan, open);
  const totals = tallyCells(makeDataset(digests, rows), plan).map((cell, i) => (opened[i] ? cell : 0n));
  const figures = deriveFigures(totals, { plan, k: 1, full: [0b11, 0], open });
  return reportLift(plan, figures, { names: ['arm', 'spent', 'visits'], decimals: [0, 2, 0] });
}

describe('lift in words', () => {
  test('has the units of its column, an interval around the difference, and names its method', () => {
    // 1, 2, 3 and 3, 4, 5: √(2/3) = 0.81649658, times 1.959964 that is 1.60030390.
    const reports = reportOn([100n, 200n, 300n], [300n, 400n, 500n]);
    expect(reports).toEqual([
      {
        column: 'spent',
        difference: '2.00000000',
        relative: '100.0000',
        error: '0.81649658',
        interval: { from: '0.39969610', to: '3.60030390' },
        significance: { score: '2.449489', p: '0.0144' },
      },
      { column: 'visits', difference: '1.000000', relative: '50.0000' },
    ]);
    expect(liftLines(reports, LABELS)).toEqual([
      'spent, arm b less arm a: difference 2.00000000; interval from 0.39969610 to 3.60030390; ' +
        'relative lift 100.0000 per cent; standard error 0.81649658; z score 2.449489; p-value 0.0144.',
      'visits, arm b less arm a: difference 1.000000; relative lift 50.0000 per cent.',
      expect.stringMatching(/Welch.*1947.*two-sided p-values.*normal approximation/),
    ]);
  });

  test('tells losses with their signs', () => {
    const [{ difference, relative, interval, significance }] = reportOn([300n, 400n, 500n], [100n, 200n, 300n]);
    expect({ difference, relative, interval, significance }).toEqual({
      difference: '-2.00000000',
      relative: '-50.0000',
      interval: { from: '-3.60030390', to: '-0.39969610' },
      significance: { score: '-2.449489', p: '0.0144' },
    });
  });

  test('leaves out what is not known', () => {
    const [still] = reportOn([100n, 100n], [200n, 200n]);
    expect(still.significance).toBeUndefined();
    expect(still.error).toBe('0.00000000');
    expect(liftLines([still], LABELS)[0]).toMatch(/; no p-value, since the values do not vary\.$/);
    const [single] = reportOn([100n], [200n, 300n]);
    expect(Object.keys(single)).toEqual(['column', 'difference', 'relative']);
    // The difference 2.5 has the error √(1 + 1/4), and the score √5.
    const [free] = reportOn([-100n, 100n], [200n, 300n], { confidence: 0 });
    expect([free.relative, free.interval, free.significance?.p]).toEqual([undefined, undefined, '0.0254']);
    expect(reportOn([100n, 200n], [300n, 400n], {}, 0b10)).toEqual([]);
    const sums = reportOn([100n, 200n], [300n, 400n], { outputs: [none, none, sum] });
    expect(liftLines(sums, LABELS)).toEqual([
      'visits, arm b less arm a: difference 1.000000; relative lift 50.0000 per cent.',
    ]);
  });

  test('says no p-value that is smaller than it is', () => {
    const p = (apart: bigint) => reportOn([0n, 0n], [apart - 100n, apart + 100n])[0].significance!.p;
    // Scores of 0, 1.96, 3.8, 4 and 8 with an error of exactly 1.
    expect([0n, 196n, 380n, 400n, 800n].map(p)).toEqual(['1.0000', '0.0501', '0.0002', '0.0001', 'below 0.0001']);
  });

  test('stands behind the groups', () => {
    const group = (label: string) => ({ label, open: true, rows: 3, columns: [] });
    const lift = reportOn([100n, 200n, 300n], [300n, 400n, 500n]);
    const lines = figureLines({ groups: [group('arm a'), group('arm b')], quantiles: [], lift }, 6);
    expect(lines.slice(3)).toEqual(liftLines(lift, LABELS));
    expect(figureLines({ groups: [group('arm a'), group('arm b')], quantiles: [], lift: [] }, 6)).toHaveLength(3);
  });
});
