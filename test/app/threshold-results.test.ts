/** What the pages show of a band: where the sum lies, how exact that is, and no number that was not opened. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { parse as parseCsv } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { resultsCsv } from '../../app/charts/csv.ts';
import type { Drawing, Rect, Shape } from '../../app/charts/drawing.ts';
import { framed, svgText } from '../../app/charts/files.ts';
import type { Results, ThresholdResults } from '../../app/charts/results.ts';
import { thresholdChart } from '../../app/charts/threshold.ts';
import { receiptResults } from '../../app/components/results/receipt-results.ts';
import { parsePolicy } from '../../app/lib/policy/parse.ts';
import { MOST_BORDERS } from '../../app/lib/policy/limits.ts';
import type { ReceiptReport } from '../../app/verifier/report.ts';

const ROOM = `0x${'0'.repeat(62)}63`;
const STANDING = 'Verified, under the development reference string.';
const PROOF = { text: 'Proof 20 of 20: mix_192', href: '#proof-20' };

/** The HTML of a component with each of these properties, without Svelte's own comments. */
function render(component: string, cases: readonly object[]): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/support/render-component.ts', component], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as string[]).map((html) => html.replace(/<!--[\s\S]*?-->/g, ''));
}
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,;:])/g, '$1');

const policy = parsePolicy(JSON.parse(readFileSync('examples/counterparty-exposure.policy.json', 'utf8')));

const resultsOf = (band?: number, changes: Partial<ThresholdResults> = {}): Results & ThresholdResults => ({
  kind: 'threshold',
  column: 'outstanding',
  borders: ['100000000', '150000000', '200000000'],
  uncounted: '2000000',
  ...(band === undefined ? {} : { band }),
  proof: PROOF,
  room: ROOM,
  standing: STANDING,
  ...changes,
});

const ofKind = <K extends Shape['kind']>({ shapes }: Drawing, kind: K) =>
  shapes.filter((shape): shape is Extract<Shape, { kind: K }> => shape.kind === kind);
const textsOf = (drawing: Drawing) => ofKind(drawing, 'text').map(({ text }) => text);
const marked = (drawing: Drawing): Rect[] =>
  ofKind(drawing, 'rect').filter((rect) => 'fill' in rect && rect.fill === 'accent');

describe('The scale of a band', () => {
  test.each([0, 1, 2, 3])('marks band %i alone, above the borders that are reached and below the others', (band) => {
    const { drawing } = thresholdChart(resultsOf(band))!;
    expect(ofKind(drawing, 'rect')).toHaveLength(4);
    const [step, ...others] = marked(drawing);
    expect(others).toEqual([]);
    const borders = ofKind(drawing, 'line').map(({ from }) => from[1]);
    // From the lowest border to the highest, which is on top.
    expect(borders).toEqual([...borders].sort((a, b) => b - a));
    borders.forEach((y, at) => {
      if (at < band) expect(y).toBeGreaterThanOrEqual(step.y + step.height);
      else expect(y).toBeLessThanOrEqual(step.y);
    });
    expect(textsOf(drawing).filter((text) => text === 'reached')).toHaveLength(band);
    expect(textsOf(drawing).filter((text) => text === 'not reached')).toHaveLength(3 - band);
    const [here] = ofKind(drawing, 'text').filter(({ text }) => text === 'The sum lies here');
    expect(here.y).toBeGreaterThan(step.y);
    expect(here.y).toBeLessThan(step.y + step.height);
  });

  test('says in words and in a table what it shows, with every digit and the proof', () => {
    const { title, description, table } = thresholdChart(
      resultsOf(1, { borders: ['-0.000001', '12345678.123456'], uncounted: undefined }),
    )!;
    expect(title).toBe('Where the sum of outstanding lies');
    expect(description).toMatch(/is told to be -0\.000001 or more, and below 12345678\.123456\./);
    expect(description).toMatch(/-0\.000001: reached; 12345678\.123456: not reached\.$/);
    expect(table.rows).toEqual([
      { cells: ['The sum', '-0.000001 or more, and below 12345678.123456'], proof: PROOF },
      { cells: ['Border -0.000001', 'reached'], proof: PROOF },
      { cells: ['Border 12345678.123456', 'not reached'], proof: PROOF },
    ]);
  });

  test('has every shape within its bounds, and no two texts over each other, for as many and as long borders as may be', () => {
    const borders = Array.from({ length: MOST_BORDERS }, (_, i) => `-100000000000000000${8 - i}.123456`);
    for (const band of [0, 4, 8]) {
      const { drawing } = thresholdChart(resultsOf(band, { borders }))!;
      for (const { x, y, width, height } of ofKind(drawing, 'rect')) {
        expect([x >= 0, y >= 0, x + width <= drawing.width, y + height <= drawing.height]).not.toContain(false);
      }
      const texts = ofKind(drawing, 'text');
      for (const { x, y, text, anchor } of texts) {
        expect(y).toBeLessThanOrEqual(drawing.height);
        if (anchor === 'start')
          expect(x + 7 * text.length).toBeLessThanOrEqual(drawing.width - 7 * 'not reached'.length);
      }
      const starts = texts.filter(({ anchor }) => anchor === 'start').map(({ y }) => y);
      const sorted = [...starts].sort((a, b) => a - b);
      sorted.slice(1).forEach((y, i) => expect(y - sorted[i]).toBeGreaterThanOrEqual(12));
    }
  });

  test('is not drawn where nothing was told', () => {
    expect(thresholdChart(resultsOf())).toBeUndefined();
  });
});

describe('The page of results of a band', () => {
  test('has the picture with words, a table, a link to the proof, and no inline style', () => {
    const [html, suppressed] = render('results/Results', [{ results: resultsOf(2) }, { results: resultsOf() }]);
    expect(html.match(/<svg class="picture"[^>]*role="img" aria-label="[^"]+"/g)).toHaveLength(1);
    expect(html.match(/<a href="#proof-20">/g)).toHaveLength(1 + 4);
    expect(html).not.toMatch(/ style=|<script/);
    expect(textOf(html)).toContain('a sum that is told to lie below one may lie above it, by less than 2000000.');
    expect(html).toContain('All figures (CSV)');
    expect(suppressed).not.toContain('<svg');
    expect(suppressed).toContain('That it was so decided rests on');
  });

  test('as a file has the band, each border, how exact they are, and what it is worth', () => {
    const rowsOf = (results: Results) =>
      parseCsv(resultsCsv(results), { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];
    const rows = rowsOf(resultsOf(2));
    expect(rows.map(({ figure, value }) => [figure, value])).toEqual([
      ['band of the sum', '150000000 or more, and below 200000000'],
      ['borders reached', '2'],
      ['border 100000000', 'reached'],
      ['border 150000000', 'reached'],
      ['border 200000000', 'not reached'],
      ['a border not reached is passed by less than', '2000000'],
    ]);
    for (const { column, proof, room, standing } of rows) {
      expect([column, proof, room, standing]).toEqual(['outstanding', PROOF.text, ROOM, STANDING]);
    }
    expect(rowsOf(resultsOf()).map(({ value }) => value)).toEqual(['suppressed']);
    // A text that begins like a formula is no formula in a program that shows tables.
    expect(rowsOf(resultsOf(1, { borders: ['-5', '0'] }))[0].value).toBe("'-5 or more, and below 0");
  });

  test('as an SVG file says where it is from', () => {
    const svg = svgText(framed(thresholdChart(resultsOf(3))!, [`Room ${ROOM}`, STANDING]));
    expect(svg).toContain('The sum lies here');
    expect(svg).toContain('development reference string');
  });
});

describe('The pages around it', () => {
  const facts = (result: object) => ({
    facts: {
      result,
      policy,
      governance: { slots: [0, 1, 2].map((slot) => ({ slot, standing: 'member' })) },
    },
  });

  test('answer with the band, how exact it is, and no number beside', () => {
    const [told, suppressed] = render('Answer', [
      facts({ suppressed: false, count: 3 }),
      facts({ suppressed: true }),
    ]).map(textOf);
    expect(told).toContain('200000000 or more');
    expect(told).toMatch(/is where the sum of “outstanding” over the rows of Harbour Bank and .* lies/);
    expect(told).toContain('by less than 2000000');
    expect(told).not.toMatch(/in common/);
    expect(suppressed).toContain('A party has fewer than 5 rows, so nothing was told of the sum.');
  });

  test('show column, borders, unit and k of the policy', () => {
    const props = { policy, network: { chainId: '0x1', contract: ROOM }, digest: 'd', room: ROOM };
    const [html] = render('PolicyFacts', [props]).map(textOf);
    for (const words of [
      'Fewest rows of a party 5',
      '“outstanding”: whole numbers from 0 to 25000000; the sum is not released',
      'Borders of the sum 100000000, 150000000, 200000000',
      'is counted 1000000',
    ]) {
      expect(html).toContain(words);
    }
    expect(html).not.toMatch(/Smallest count|group/);
  });

  test('say on the card of a room which steps it takes, and how many borders are reached', () => {
    const room = {
      ...{ id: ROOM, state: 'released', slots: 3, minSlots: 3, members: [0, 1, 2], leftOut: [], atFault: [] },
      ...{ disputed: false, waitsFor: [], kind: 'threshold', k: 5, proofs: 20, audits: 0, receipt: false },
    };
    const cases: [changes: object, said: string][] = [
      [{ state: 'joining' }, 'Tallies · step 4 of 6'],
      [{ state: 'sharing' }, 'Encrypted parts and mixes · step 5 of 6'],
      [{ result: { suppressed: false, count: 1 } }, '1 border reached: see the receipt'],
      [{ result: { suppressed: false, count: 0 } }, '0 borders reached: see the receipt'],
      [{ result: { suppressed: true } }, 'suppressed (a party has too few rows)'],
      [{}, 'Fewest rows of a party 5'],
    ];
    const pages = render(
      'RoomCard',
      cases.map(([changes]) => ({ room: { ...room, ...changes } })),
    ).map(textOf);
    cases.forEach(([, said], i) => expect(pages[i]).toContain(said));
    for (const page of pages) expect(page).toContain('which borders a sum over the rows of all reaches');
  });

  test('read a receipt’s band and borders from what was verified alone', () => {
    const report = (result: object) =>
      ({
        ...{ room: ROOM, verified: true, trusted: [], srs: 'development', checkedAt: '' },
        checks: [{ title: 'Proof 20: mix_192', status: 'passed', detail: '' }],
        ...facts(result),
      }) as unknown as ReceiptReport;
    expect(receiptResults(report({ suppressed: false, count: 2 }))).toMatchObject({
      ...{ kind: 'threshold', column: 'outstanding', band: 2, uncounted: '2000000' },
      borders: ['100000000', '150000000', '200000000'],
      proof: { text: 'Proof 20: mix_192' },
    });
    const suppressed = receiptResults(report({ suppressed: true }));
    expect(suppressed).not.toHaveProperty('band');
  });
});
