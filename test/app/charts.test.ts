/** Charts of results: that pictures say what was released and nothing else, and what their files hold. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse as parseCsv } from 'csv-parse/sync';
import { aggregateCharts } from '../../app/charts/aggregate.ts';
import type { Chart } from '../../app/charts/chart.ts';
import { cellText, resultsCsv } from '../../app/charts/csv.ts';
import type { Disc, Drawing, Rect, Shape, Text } from '../../app/charts/drawing.ts';
import { framed, svgText } from '../../app/charts/files.ts';
import { groupsDrawing } from '../../app/charts/groups.ts';
import { histogramDrawing } from '../../app/charts/histogram.ts';
import { cohortsCharts } from '../../app/charts/cohorts.ts';
import { overlapChart } from '../../app/charts/overlap.ts';
import type { AggregateResults, CohortsResults, OverlapResults, Results } from '../../app/charts/results.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy } from '../../app/lib/policy/policy.ts';
import { reportOutcome } from '../../app/lib/template/figures-report.ts';
import { aggregateDocument, openedBy, type Table } from '../support/opened.ts';

beforeAll(() => initField());

const ROOM = `0x${'0'.repeat(62)}63`;
const STANDING = 'Verified, under the development reference string.';
const PROOF = { text: 'Proof 7 of 7: figures', href: '#proof-7' };

/** The HTML of a component with each of these properties, without Svelte's own comments. */
function render(component: string, cases: readonly object[]): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/support/render-component.ts', component], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as string[]).map((html) => html.replace(/<!--[\s\S]*?-->/g, ''));
}

const ofKind = <K extends Shape['kind']>({ shapes }: Drawing, kind: K) =>
  shapes.filter((shape): shape is Extract<Shape, { kind: K }> => shape.kind === kind);
const textsOf = (drawing: Drawing): string[] => ofKind(drawing, 'text').map(({ text }) => text);
const filled = (drawing: Drawing, ink: string): Rect[] =>
  ofKind(drawing, 'rect').filter((rect) => 'fill' in rect && rect.fill === ink);
const dashed = (drawing: Drawing): Rect[] => ofKind(drawing, 'rect').filter((rect) => 'stroke' in rect && rect.dashed);

/** Areas of two discs and of what they share, counted on a grid. */
function areasOf([one, other]: readonly Disc[]): { one: number; other: number; shared: number } {
  const step = 0.5;
  const areas = { one: 0, other: 0, shared: 0 };
  const within = (disc: Disc, x: number, y: number) => (x - disc.x) ** 2 + (y - disc.y) ** 2 <= disc.radius ** 2;
  for (let x = 0; x < 360; x += step) {
    for (let y = 0; y < 300; y += step) {
      const [inOne, inOther] = [within(one, x, y), within(other, x, y)];
      if (inOne) areas.one++;
      if (inOther) areas.other++;
      if (inOne && inOther) areas.shared++;
    }
  }
  return areas;
}

const overlapOf = (sizes: readonly (number | undefined)[], count?: number): OverlapResults => ({
  kind: 'overlap',
  lists: sizes.map((size, i) => ({
    label: `Party ${i}`,
    size,
    proof: { text: `Proof ${i + 1} of 9: blind_32`, href: `#proof-${i + 1}` },
  })),
  count,
  proof: { text: 'Proof 9 of 9: release', href: '#proof-9' },
});

describe('The overlap of two lists', () => {
  test.each([
    [120, 300, 72],
    [50, 50, 50],
    [10, 1000, 10],
    [1000, 900, 2],
    [500, 400, 390],
  ])('of %d and %d with %d in common has areas in proportion', (one, other, count) => {
    const { drawing } = overlapChart(overlapOf([one, other], count))!;
    const areas = areasOf(ofKind(drawing, 'disc'));
    expect(areas.one / areas.other).toBeCloseTo(one / other, 1);
    expect(areas.shared / Math.max(areas.one, areas.other)).toBeCloseTo(count / Math.max(one, other), 1);
    expect(textsOf(drawing)).toContain(`${count} in both lists`);
    for (const { x, radius } of ofKind(drawing, 'disc')) {
      expect(x - radius).toBeGreaterThanOrEqual(0);
      expect(x + radius).toBeLessThanOrEqual(drawing.width);
    }
  });

  test('stands in a table beside it, each list with the proof that it is the committed one', () => {
    const { table } = overlapChart(overlapOf([120, 300], 72))!;
    expect(table.rows.map(({ cells, proof }) => [...cells, proof?.href])).toEqual([
      ['List of Party 0', '120', '#proof-1'],
      ['List of Party 1', '300', '#proof-2'],
      ['In all lists', '72', '#proof-9'],
      ['Only in Party 0', '48', undefined],
      ['Only in Party 1', '228', undefined],
    ]);
  });

  test('is not drawn where a list’s size is not known or nothing was opened', () => {
    expect(overlapChart(overlapOf([undefined, undefined], 72))).toBeUndefined();
    expect(overlapChart(overlapOf([120, undefined], 72))).toBeUndefined();
    expect(overlapChart(overlapOf([120, 300]))).toBeUndefined();
  });
});

describe('The overlap of three to five lists', () => {
  test.each([3, 4, 5])(
    'of %d: a bar for each list, a dot in the one column, one scale, and no number of fewer lists',
    (parties) => {
      const sizes = [400, 250, 100, 320, 90].slice(0, parties);
      const { drawing, table } = overlapChart(overlapOf(sizes, 60))!;
      const bars = filled(drawing, 'second');
      const [shared] = filled(drawing, 'accent');
      const scale = shared.height / 60;
      expect(bars.map(({ width }) => Math.round(width / scale))).toEqual(sizes);
      expect(ofKind(drawing, 'dot')).toHaveLength(parties);
      const numbers = textsOf(drawing).filter((text) => /^[\d,]+$/.test(text));
      expect(numbers.sort()).toEqual([...sizes, 60].map(String).sort());
      expect(table.rows).toHaveLength(parties + 1);
    },
  );

  test('that was suppressed is drawn and named as suppressed', () => {
    const { drawing, table, description } = overlapChart(overlapOf([400, 250, 100]))!;
    expect(dashed(drawing)).toHaveLength(1);
    expect(textsOf(drawing)).toContain('suppressed');
    expect(filled(drawing, 'accent')).toEqual([]);
    expect(table.rows.at(-1)!.cells).toEqual(['In all lists', 'suppressed']);
    expect(description).toContain('was suppressed');
  });

  test('is the number alone where sizes are not known', () => {
    expect(overlapChart(overlapOf([undefined, undefined, undefined], 60))).toBeUndefined();
  });
});

const DAYS = '=cmd|"days"</text><script>';
const YOUNG: Table = [[20n, -10n], [30n, 30n]]; // prettier-ignore
const MIDDLE: Table = [[40n, -20n], [59n, -20n]]; // prettier-ignore

/** Figures by age in three groups, the last of which is suppressed. */
function byAge(changes: object = {}): AggregateResults {
  const document = aggregateDocument({
    columns: [
      { column: 'age', decimals: 0, min: '0', max: '99', release: 'nothing' },
      { column: DAYS, decimals: 1, min: '-5', max: '60', release: 'variance' },
    ],
    grouping: { column: 'age', borders: ['0', '40', '60', '100'] },
    quantiles: [2500, 5000],
    confidence: 95,
    contributors: 2,
    ...changes,
  });
  const policy = parsePolicy(document);
  const figures = reportOutcome(
    policy,
    openedBy(policy, [
      [...YOUNG, ...MIDDLE, [99n, 600n]],
      [...YOUNG, ...MIDDLE],
    ]),
  );
  const grouping = { column: 'age', borders: ['0', '40', '60', '100'] };
  return { kind: 'aggregate', figures, grouping, confidence: 95, proof: PROOF };
}

const cohortsOf = (sizes: readonly (number | undefined)[], counts: readonly (number | undefined)[]): CohortsResults => {
  const open = counts.filter((count) => count !== undefined);
  const { lists, proof } = overlapOf(sizes);
  const cohorts = counts.map((count, i) => ({ label: `tier ${i}`, ...(count === undefined ? {} : { count }) }));
  const total = open.length === 0 ? {} : { count: open.reduce((sum, count) => sum + count, 0) };
  return { kind: 'cohorts', lists, cohorts, proof, ...total };
};

describe('What lists have in common by cohorts', () => {
  test('is circles of the total and a bar for each cohort, where all are open', () => {
    const [venn, bars, ...more] = cohortsCharts(cohortsOf([120, 300], [40, 32]));
    expect(more).toEqual([]);
    expect(venn.table).toEqual(overlapChart(overlapOf([120, 300], 72))!.table);
    expect(bars.table.rows.map(({ cells, proof }) => [...cells, proof?.href])).toEqual([
      ['tier 0', '40', '#proof-9'],
      ['tier 1', '32', '#proof-9'],
    ]);
    expect(ofKind(bars.drawing, 'rect').filter((rect) => 'dashed' in rect && rect.dashed)).toEqual([]);
  });

  test('marks suppressed cohorts, and tells of a total without them nothing that it would not tell', () => {
    const [venn, bars] = cohortsCharts(cohortsOf([120, 300], [40, undefined, 32]));
    expect(venn.title).toBe('Two lists and what they share in open cohorts');
    expect(textsOf(venn.drawing)).toContain('72 in both lists, in open cohorts');
    // How many are in one list alone would count suppressed ones as not shared.
    expect(textsOf(venn.drawing)).not.toEqual(expect.arrayContaining(['48']));
    expect(venn.table.rows.map(({ cells: [what] }) => what)).toEqual([
      'List of Party 0',
      'List of Party 1',
      'In all lists, in open cohorts',
    ]);
    expect(bars.table.rows.map(({ cells }) => cells[1])).toEqual(['40', 'suppressed', '32']);
    expect(bars.table.rows[1].proof).toBeUndefined();
    expect(ofKind(bars.drawing, 'rect').filter((rect) => 'dashed' in rect && rect.dashed)).toHaveLength(1);
    const [matrix] = cohortsCharts(cohortsOf([120, 300, 80], [40, undefined]));
    expect(matrix.description).toContain('All have 40 in common in open cohorts.');
  });

  test('is bars alone where sizes of lists are not known, and nothing where all is suppressed', () => {
    expect(cohortsCharts(cohortsOf([undefined, undefined], [4, 5])).map(({ name }) => name)).toEqual(['cohorts']);
    expect(cohortsCharts(cohortsOf([12, 30], [undefined, undefined]))).toEqual([]);
  });

  test('stands in the file with suppressed cohorts named, and on the page with its proof', () => {
    const results: Results = { ...cohortsOf([undefined, undefined], [4, undefined]), room: ROOM, standing: STANDING };
    const rows = parseCsv(resultsCsv(results), { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];
    expect(rows.map(({ figure, group, value }) => [figure, group, value])).toEqual([
      ['in all lists, in open cohorts', '', '4'],
      ['in all lists', 'tier 0', '4'],
      ['in all lists', 'tier 1', 'suppressed'],
    ]);
    const [html] = render('results/Results', [{ results }]);
    expect(html).toContain('Dashed boxes stand for suppressed cohorts');
    expect(html).toContain('<a href="#proof-9">Proof 9 of 9: release</a>');
  });
});

describe('Figures by group', () => {
  test('are bars from zero to one scale, with intervals of the width that was released', () => {
    const drawing = groupsDrawing([
      { label: 'a', value: '10', halfWidth: '2.5' },
      { label: 'b', value: '-5' },
      { label: 'c' },
    ]);
    const [high, low] = filled(drawing, 'accent');
    expect(high.width / low.width).toBeCloseTo(2, 2);
    expect(low.x + low.width).toBeCloseTo(high.x, 1);
    const [interval] = ofKind(drawing, 'line').filter(({ width, from, to }) => width === 1.5 && from[1] === to[1]);
    expect((interval.to[0] - interval.from[0]) / high.width).toBeCloseTo(0.5, 2);
    expect((interval.to[0] + interval.from[0]) / 2).toBeCloseTo(high.x + high.width, 1);
  });

  test('that are suppressed are drawn as that, with their name and no number', () => {
    const [, mean] = aggregateCharts(byAge());
    expect(mean.title).toBe(`Mean of ${DAYS}, with 95 % confidence`);
    expect(filled(mean.drawing, 'accent')).toHaveLength(2);
    expect(dashed(mean.drawing)).toHaveLength(1);
    expect(textsOf(mean.drawing)).toEqual(
      expect.arrayContaining(['age from 60 to below 100', 'suppressed', '1 ± 2.2632']),
    );
    expect(mean.table.rows).toEqual([
      { cells: ['age from 0 to below 40', '1.0000000', '2.2631714'], proof: PROOF },
      { cells: ['age from 40 to below 60', '-2.0000000', '0.0000000'], proof: PROOF },
      { cells: ['age from 60 to below 100', 'suppressed', ''] },
    ]);
  });

  test('of every size stay within the picture, and numbers that are all zero have a scale', () => {
    for (const values of [['0', '0'], ['-3', '-1'], ['1e9', '0.001'], ['5']]) {
      const drawing = groupsDrawing(values.map((value) => ({ label: 'g', value })));
      for (const { x, width } of ofKind(drawing, 'rect')) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(drawing.width);
      }
    }
  });

  test('have a chart of rows and of the ratio where labels group them', () => {
    const whole = (column: string) => ({ column, decimals: 0, min: '0', max: '1000', release: 'sum' });
    const policy = parsePolicy(
      aggregateDocument({
        columns: [{ column: 'tier', labels: ['gold', 'tin'] }, whole('units'), whole('defects')],
        grouping: { column: 'tier' },
        ratio: { numerator: 'defects', denominator: 'units' },
      }),
    );
    const figures = reportOutcome(policy, openedBy(policy, [[[0n, 300n, 3n], [0n, 100n, 1n], [1n, 1n, 1n]], [[1n, 7n, 7n]]])); // prettier-ignore
    const charts = aggregateCharts({ kind: 'aggregate', figures, grouping: { column: 'tier' } });
    expect(charts.map(({ title }) => title)).toEqual(['Rows', 'Mean of units', 'Mean of defects', 'Ratio']);
    expect(charts.at(-1)!.table.rows.map(({ cells }) => cells)).toEqual([
      ['tier gold', '0.010000'],
      ['tier tin', 'suppressed'],
    ]);
    expect(new Set(charts.map(({ name }) => name)).size).toBe(4);
  });

  test('are no chart at all where every group was suppressed', () => {
    expect(aggregateCharts({ kind: 'aggregate' })).toEqual([]);
  });
});

describe('Rows between borders', () => {
  test('are areas, and quantiles lie between the borders that were released', () => {
    const ranges = [{ name: 'The median', from: '0', to: '60' }];
    const drawing = histogramDrawing(['0', '40', '60', '100'], [{ rows: 8 }, { rows: 4 }, {}], ranges);
    const [wide, narrow] = filled(drawing, 'accent');
    // Gaps of two units between bars are no part of the scale.
    expect(((wide.width + 2) * wide.height) / ((narrow.width + 2) * narrow.height)).toBeCloseTo(2, 1);
    expect(dashed(drawing)).toHaveLength(2);
    expect(textsOf(drawing)).toContain('suppressed: rows of it were not opened');
    const [range] = ofKind(drawing, 'line').filter(({ width }) => width === 3);
    expect(range.from[0]).toBeCloseTo(wide.x - 1, 1);
    expect(range.to[0]).toBeCloseTo(narrow.x + narrow.width + 1, 1);
  });

  test('stand with their quantiles in a table beside the picture', () => {
    const [{ table, title, drawing }] = aggregateCharts(byAge());
    expect(title).toBe('Rows by age, and where quantiles lie');
    expect(table.rows.map(({ cells }) => cells)).toEqual([
      ['Group', '0', '40', '4'],
      ['Group', '40', '60', '4'],
      ['Group', '60', '100', 'suppressed'],
      ['The 25 % quantile', '0', '40', ''],
      ['The median', '0', '60', ''],
    ]);
    expect(textsOf(drawing)).toContain('The median: from 0 to below 60');
  });
});

describe('The page of results', () => {
  const results: Results = { ...byAge(), room: ROOM, standing: STANDING };

  test('has a picture with words, a table and a link to the proof for each chart, and no inline style', () => {
    const [html] = render('results/Results', [{ results }]);
    expect(html.match(/<svg class="picture"[^>]*role="img" aria-label="[^"]+"/g)).toHaveLength(2);
    expect(html.match(/<table class="numbers"/g)).toHaveLength(2);
    expect(html.match(/<caption>/g)).toHaveLength(2);
    // Below the heading, and for each open figure of each chart.
    expect(html.match(/<a href="#proof-7">Proof 7 of 7: figures<\/a>/g)).toHaveLength(1 + 4 + 2);
    expect(html).not.toMatch(/ style=|<script/);
    expect(html).toContain('All figures (CSV)');
  });

  test('of an overlap whose lists’ sizes are not known has no picture, and still proof and file', () => {
    const overlap = { ...overlapOf([undefined, undefined], 72), room: ROOM, standing: STANDING };
    const [html] = render('results/Results', [{ results: overlap }]);
    expect(html).not.toContain('<svg');
    expect(html).toContain('<a href="#proof-9">Proof 9 of 9: release</a>');
    expect(html).toContain('All figures (CSV)');
  });
});

describe('The file of all figures', () => {
  const rowsOf = (results: Results) =>
    parseCsv(resultsCsv(results), { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];

  test('has a line for each figure with every digit, its proof, and what it is worth', () => {
    const rows = rowsOf({ ...byAge(), room: ROOM, standing: STANDING });
    const days = `'${DAYS}`;
    expect(rows.map(({ figure, group, column, value }) => [figure, group, column, value])).toEqual([
      ['rows', 'age from 0 to below 40', '', '4'],
      ['sum', 'age from 0 to below 40', days, '4.0'],
      ['mean', 'age from 0 to below 40', days, '1.0000000'],
      ['half width of the interval of the mean', 'age from 0 to below 40', days, '2.2631714'],
      ['variance', 'age from 0 to below 40', days, '5.33333333'],
      ['rows', 'age from 40 to below 60', '', '4'],
      ['sum', 'age from 40 to below 60', days, '-8.0'],
      ['mean', 'age from 40 to below 60', days, '-2.0000000'],
      ['half width of the interval of the mean', 'age from 40 to below 60', days, '0.0000000'],
      ['variance', 'age from 40 to below 60', days, '0.00000000'],
      ['rows', 'age from 60 to below 100', '', 'suppressed'],
      ['quantile 0.2500, from', '', '', '0'],
      ['quantile 0.2500, to below', '', '', '40'],
      ['quantile 0.5000, from', '', '', '0'],
      ['quantile 0.5000, to below', '', '', '60'],
    ]);
    for (const { proof, room, standing } of rows) expect([proof, room, standing]).toEqual([PROOF.text, ROOM, STANDING]);
  });

  test('tells sizes of lists only where they are known', () => {
    const about = { room: ROOM, standing: STANDING };
    expect(rowsOf({ ...overlapOf([undefined, undefined], 72), ...about })).toHaveLength(1);
    expect(rowsOf({ ...overlapOf([120, 300], 72), ...about }).map(({ figure, value }) => [figure, value])).toEqual([
      ['in all lists', '72'],
      ['size of list', '120'],
      ['size of list', '300'],
    ]);
  });

  test.each([
    '=1+1',
    '+1+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1+1',
    '\r=1',
    '\n=1',
    ' =1+1',
    '\u200b=1',
    '＝1+1',
    '|x',
    '-',
    '-1e5',
  ])('runs nothing: %j is text for programs that show tables', (text) => {
    expect(cellText(text)).toBe(`"'${text}"`);
  });

  test.each(['-8.0', '12', '0.5', 'Shop = Clinic', 'a "b"'])('leaves %j as it is', (text) => {
    expect(parseCsv(cellText(text))).toEqual([[text]]);
  });
});

describe('A chart as an SVG file', () => {
  const [chart] = aggregateCharts(byAge()) as [Chart];

  test('says where it is from and what it is worth, and names stay text', () => {
    const named: Chart = { ...chart, title: '<script>alert(1)</script> & \u0007more' };
    const svg = svgText(framed(named, ['Room 0x0, Proof 7', STANDING]));
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).not.toMatch(/<script|\u0007/);
    expect(svg).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; more');
    expect(svg).toContain(STANDING);
    expect(svg).not.toMatch(/href|url\(/);
  });

  test('has the whole of what it is worth, in as many lines as that takes', () => {
    const worth = `Verified, ${'but for what the parties attest, '.repeat(5)}and not compared with the chain.`;
    const lines = textsOf(framed(chart, [worth])).slice(1 + textsOf(chart.drawing).length);
    expect(lines.join(' ')).toBe(worth);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(56);
  });

  test('has every shape within its bounds', () => {
    const whole = framed(chart, [STANDING]);
    expect(whole.shapes.length).toBe(chart.drawing.shapes.length + 2);
    for (const { y } of ofKind(whole, 'text') as Text[]) expect(y).toBeLessThan(whole.height);
  });
});
