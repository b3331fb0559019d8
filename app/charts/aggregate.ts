/** Charts of a room that aggregates: a histogram or bars of its rows, bars of each mean or its lift, and of the ratio. */
import { SUPPRESSED, slugOf, type Chart, type ProofLink } from './chart.ts';
import { barsChart } from './bars.ts';
import type { GroupBar } from './groups.ts';
import { histogramDrawing } from './histogram.ts';
import { liftCharts } from './lift.ts';
import { quantileName } from './quantiles.ts';
import type { AggregateResults } from './results.ts';
import type { FiguresReport, GroupReport } from '../lib/template/figures-report.ts';

/** The charts of what was released, in the order of the table. None where every group was suppressed. */
export function aggregateCharts(results: AggregateResults): Chart[] {
  const { figures, grouping, confidence, proof } = results;
  if (!figures) return [];
  const open = figures.groups.find((group) => group.open);
  const borders = grouping?.borders;
  return [
    borders ? histogramChart(figures, grouping.column, borders, proof) : rowsChart(figures.groups, proof),
    ...(figures.lift
      ? liftCharts(figures, confidence, proof)
      : (open?.columns ?? []).map(({ column }, at) => meanChart(figures.groups, column, at, confidence, proof))),
    ...(figures.groups.some(({ ratio }) => ratio !== undefined) ? [ratioChart(figures.groups, proof)] : []),
  ];
}

function rowsChart(groups: readonly GroupReport[], proof?: ProofLink): Chart {
  return barsChart(
    { name: 'rows', title: 'Rows', of: 'rows' },
    barsOf(groups, ({ rows }) => ({ value: String(rows) })),
    proof,
  );
}

function meanChart(
  groups: readonly GroupReport[],
  column: string,
  at: number,
  confidence: number | undefined,
  proof?: ProofLink,
): Chart {
  const spread = groups.some(({ columns }) => columns[at]?.halfWidth !== undefined);
  const interval = spread && confidence !== undefined ? `, with ${confidence} % confidence` : '';
  return barsChart(
    { name: `mean-${at + 1}-${slugOf(column)}`, title: `Mean of ${column}${interval}`, of: `mean of ${column}` },
    barsOf(groups, ({ columns }) => ({ value: columns[at].mean, halfWidth: columns[at].halfWidth })),
    proof,
  );
}

function ratioChart(groups: readonly GroupReport[], proof?: ProofLink): Chart {
  return barsChart(
    { name: 'ratio', title: 'Ratio', of: 'ratio' },
    barsOf(groups, ({ ratio }) => ({ value: ratio })),
    proof,
  );
}

/** A bar for each group that is open, and a place for each other one. */
function barsOf(groups: readonly GroupReport[], figureOf: (group: GroupReport) => Omit<GroupBar, 'label'>): GroupBar[] {
  return groups.map((group) => ({ label: group.label, ...(group.open ? figureOf(group) : {}) }));
}

function histogramChart(
  { groups, quantiles }: FiguresReport,
  column: string,
  borders: readonly string[],
  proof?: ProofLink,
): Chart {
  const bins = groups.map(({ open, rows }) => (open ? { rows } : {}));
  const ranges = quantiles.map(({ quantile, from, to }) => ({ name: quantileName(quantile), from, to }));
  const binTexts = groups.map(({ label, open, rows }) => `${label}: ${open ? `${rows} rows` : SUPPRESSED}`);
  const rangeTexts = ranges.map(({ name, from, to }) => `${name} lies from ${from} to below ${to}`);
  const proven = proof ? { proof } : {};
  return {
    name: 'histogram',
    title: `Rows by ${column}${ranges.length > 0 ? ', and where quantiles lie' : ''}`,
    description: `A histogram, in which areas stand for rows. ${[...binTexts, ...rangeTexts].join('; ')}.`,
    drawing: histogramDrawing(
      borders,
      bins,
      ranges.map((range) => ({ ...range, name: `${range.name}: from ${range.from} to below ${range.to}` })),
    ),
    table: {
      head: ['What', 'From', 'To below', 'Rows'],
      rows: [
        ...groups.map(({ open, rows }, i) => ({
          cells: ['Group', borders[i], borders[i + 1], open ? String(rows) : SUPPRESSED],
          ...(open ? proven : {}),
        })),
        ...ranges.map(({ name, from, to }) => ({ cells: [name, from, to, ''], ...proven })),
      ],
    },
  };
}
