/** Charts of lift: what test has over control of each outcome, and how sure that is. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse as parseCsv } from 'csv-parse/sync';
import { aggregateCharts } from '../../app/charts/aggregate.ts';
import type { Chart } from '../../app/charts/chart.ts';
import { resultsCsv } from '../../app/charts/csv.ts';
import type { Drawing, Shape } from '../../app/charts/drawing.ts';
import { receiptResults } from '../../app/components/results/receipt-results.ts';
import { framed, svgText } from '../../app/charts/files.ts';
import { liftDrawing } from '../../app/charts/lift.ts';
import type { AggregateResults } from '../../app/charts/results.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy } from '../../app/lib/policy/policy.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { reportOutcome } from '../../app/lib/template/figures-report.ts';
import type { ReceiptReport } from '../../app/verifier/report.ts';
import { joinedBy } from '../support/joined.ts';

beforeAll(() => initField());

const PROOF = { text: 'Proof 9 of 9: figures', href: '#proof-9' };
const EXAMPLE = JSON.parse(readFileSync('examples/campaign-lift.policy.json', 'utf8')) as object;

const ofKind = <K extends Shape['kind']>({ shapes }: Drawing, kind: K) =>
  shapes.filter((shape): shape is Extract<Shape, { kind: K }> => shape.kind === kind);
const textsOf = (drawing: Drawing): string[] => ofKind(drawing, 'text').map(({ text }) => text);
const zeroLines = (drawing: Drawing) => ofKind(drawing, 'line').filter(({ dashed }) => dashed);

/** A person: in control (0) or test (1), whether the outcome came about, and what was spent in hundredths. */
type Person = readonly [arm: bigint, converted: bigint, spent: bigint];

/** The results of a room of the sample campaign, in which an arm needs three people. */
function resultsOf(people: readonly Person[]): AggregateResults {
  const policy = parsePolicy({ ...EXAMPLE, k: 3, minRows: 1 });
  const digests = people.map((_, i) => BigInt(i + 1));
  const slots = [0, 1, 2].map((slot) =>
    makeDataset(
      digests,
      people.map((person) => person.map((value, column) => (column === slot ? value : 0n))),
    ),
  );
  const figures = reportOutcome(policy, joinedBy(policy, slots));
  return { kind: 'aggregate', figures, grouping: { column: 'arm' }, confidence: 95, proof: PROOF };
}

const CONTROL: readonly Person[] = [[0n, 0n, 1000n], [0n, 0n, 2000n], [0n, 1n, 3000n]]; // prettier-ignore
const TEST: readonly Person[] = [[1n, 1n, 3000n], [1n, 1n, 4000n], [1n, 1n, 5000n]]; // prettier-ignore

describe('The chart of lift', () => {
  test('of a receipt has the confidence of its policy, and 95 per cent where the policy names none', () => {
    const confidenceOf = (document: object) => {
      const policy = parsePolicy(document);
      const facts = {
        ...{ policy, figures: resultsOf([...CONTROL, ...TEST]).figures, result: { suppressed: false, count: 6 } },
        governance: { slots: [] },
      };
      const checks = [{ title: 'Proof 9: figures', status: 'passed', detail: '' }];
      const report = { room: '0x1', verified: true, trusted: [], srs: 'development', checkedAt: '', checks, facts };
      return (receiptResults(report as unknown as ReceiptReport) as AggregateResults).confidence;
    };
    const { confidence: _, ...unnamed } = EXAMPLE as Record<string, unknown>;
    expect(confidenceOf({ ...unnamed, confidence: 90 })).toBe(90);
    expect(confidenceOf(unnamed)).toBe(95);
  });

  const chartOf = (people: readonly Person[], name: RegExp): Chart =>
    aggregateCharts(resultsOf(people)).find((chart) => name.test(chart.name))!;

  test('is one for each outcome, in the place of charts of means', () => {
    const charts = aggregateCharts(resultsOf([...CONTROL, ...TEST]));
    expect(charts.map(({ title }) => title)).toEqual([
      'Rows',
      'Lift of converted, with 95 % confidence',
      'Lift of spent, with 95 % confidence',
    ]);
  });

  test('has the means of both arms and their difference, each with its interval, and its proof', () => {
    const { drawing, table, description } = chartOf([...CONTROL, ...TEST], /spent/);
    // Of 10, 20, 30 and 30, 40, 50: each variance is 100, so that √(200/3) = 8.164966 and 1.959964 times that is 16.003039.
    const cells = table.rows.map(({ cells: [what, figure, interval] }) => [what, figure, interval]);
    expect(cells.map(([what]) => what)).toEqual([
      'Mean of control',
      'Mean of test',
      'Test less control',
      'Test less control, in per cent',
      'p-value',
    ]);
    expect(cells.map(([, figure]) => Number(figure))).toEqual([20, 40, 20, 100, 0.0144]);
    expect(Number(cells[0][2].slice(2))).toBeCloseTo((1.959964 * 10) / Math.sqrt(3), 4);
    const [from, to] = cells[2][2].split(' to ').map(Number);
    expect([from, to].map((end) => end.toFixed(4))).toEqual(['3.9970', '36.0030']);
    expect(table.rows.map(({ proof }) => proof)).toEqual(Array(5).fill(PROOF));
    expect(description).toContain(`Test less control: ${cells[2][1]} (${cells[2][2]})`);
    expect(textsOf(drawing)).toContain('+20 (3.997 to 36.003)');
  });

  test('draws the difference to scale, beside a line at zero', () => {
    const drawing = liftDrawing([{ label: 'control', value: '100' }, { label: 'test', value: '101' }], 'Test less control', {
      difference: '1',
      interval: { from: '-1', to: '3' },
    }); // prettier-ignore
    const [zero] = zeroLines(drawing);
    const [point] = ofKind(drawing, 'dot');
    const [interval] = ofKind(drawing, 'line').filter(
      ({ width, from, to }) => width === 1.5 && from[1] === to[1] && from[1] === point.y,
    );
    const unit = point.x - zero.from[0];
    expect(unit).toBeGreaterThan(0);
    expect((interval.from[0] - zero.from[0]) / unit).toBeCloseTo(-1, 1);
    expect((interval.to[0] - zero.from[0]) / unit).toBeCloseTo(3, 1);
  });

  test.each([
    ['a loss', '-2', { from: '-3', to: '-1' }],
    ['a gain', '2000000', { from: '1000000', to: '3000000' }],
    ['none at all', '0', { from: '0', to: '0' }],
    ['one whose interval is not told', '0.25', undefined],
  ])('keeps %s within the picture, with zero in it', (_, difference, interval) => {
    const drawing = liftDrawing([{ label: 'control', value: '1' }, { label: 'test' }], 'Test less control', {
      difference,
      interval,
    });
    const across = [
      ...zeroLines(drawing).map(({ from }) => from[0]),
      ...ofKind(drawing, 'dot').map(({ x }) => x),
      ...ofKind(drawing, 'line').flatMap(({ from, to }) => [from[0], to[0]]),
    ];
    expect(zeroLines(drawing)).toHaveLength(1);
    for (const x of across) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(drawing.width);
    }
    for (const text of textsOf(drawing)) expect(text).not.toMatch(/\de[+-]/);
    const lowest = Math.max(...ofKind(drawing, 'text').map(({ y }) => y));
    expect(lowest).toBeLessThanOrEqual(drawing.height);
  });

  test('says so where an arm is suppressed, and draws no difference', () => {
    const { drawing, table, description } = chartOf([...CONTROL, ...TEST.slice(1)], /spent/);
    expect(table.rows.map(({ cells, proof }) => [cells[0], cells[1], proof !== undefined])).toEqual([
      ['Mean of control', '20.00000000', true],
      ['Mean of test', 'suppressed', false],
      ['Test less control', 'not compared: an arm is suppressed', false],
    ]);
    expect(description).toContain('Mean of test: suppressed');
    expect(textsOf(drawing)).toEqual(expect.arrayContaining(['suppressed', 'not compared: an arm is suppressed']));
    expect(ofKind(drawing, 'dot')).toEqual([]);
    expect(zeroLines(drawing)).toEqual([]);
  });

  test('is saved as SVG with its title, and every figure of it as CSV', () => {
    const results = resultsOf([...CONTROL, ...TEST]);
    const chart = aggregateCharts(results).at(-1)!;
    expect(svgText(framed(chart, ['Room 0x0']))).toContain('Lift of spent, with 95 % confidence');
    const csv = resultsCsv({ ...results, room: '0x63', standing: 'Verified' });
    const rows = parseCsv(csv, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];
    const lift = rows.filter(({ group, column }) => group === 'test less control' && column === 'spent');
    expect(lift.map(({ figure }) => figure)).toEqual([
      'difference',
      'difference, interval from',
      'difference, interval to',
      'difference in per cent of control',
      'standard error of the difference',
      'z score',
      'p-value',
    ]);
    expect(Number(lift[0].value)).toBe(20);
    expect(Number(lift[4].value)).toBeCloseTo(8.164966, 5);
  });
});
