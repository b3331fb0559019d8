/** All figures of a room as a table in a file. */
import { SUPPRESSED } from './chart.ts';
import type { LiftReport } from '../lib/template/lift-report.ts';
import type { AggregateResults, CohortsResults, OverlapResults, Results, ThresholdResults } from './results.ts';
import { bandWords } from '../lib/policy/band-words.ts';

const HEAD = ['figure', 'group', 'column', 'value', 'proof', 'room', 'standing'] as const;

type Row = {
  readonly figure: string;
  readonly group?: string;
  readonly column?: string;
  readonly value: string;
  readonly proof?: string;
};

/** CSV (RFC 4180) of all figures: a line for each. Numbers stand with every digit that was released. */
export function resultsCsv(results: Results): string {
  const rows = rowsOf(results);
  const lines = rows.map(({ figure, group = '', column = '', value, proof = '' }) =>
    [figure, group, column, value, proof, results.room, results.standing].map(cellText).join(','),
  );
  return [HEAD.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

function rowsOf(results: Results): Row[] {
  if (results.kind === 'threshold') return thresholdRows(results);
  if (results.kind === 'cohorts') return cohortsRows(results);
  return results.kind === 'overlap' ? overlapRows(results) : aggregateRows(results);
}

/**
 * A cell between quotes. Programs that show tables run what begins like a formula, and names in a policy are anybody's: such a
 * text gets an apostrophe before it. Plain numbers stay as they are, also those below zero.
 */
export function cellText(text: string): string {
  const runs = /^[\s\p{Cc}\p{Cf}]*[=+\-@|%＝＋－＠]|^[\t\r\n]/u.test(text) && !/^-?\d+(?:\.\d+)?$/.test(text);
  return `"${(runs ? `'${text}` : text).replaceAll('"', '""')}"`;
}

function overlapRows({ lists, count, proof }: OverlapResults): Row[] {
  return [
    { figure: 'in all lists', value: count === undefined ? SUPPRESSED : String(count), proof: proof?.text },
    ...sizeRows(lists),
  ];
}

function cohortsRows({ lists, count, cohorts, proof }: CohortsResults): Row[] {
  const told = (value: number | undefined) => ({
    value: value === undefined ? SUPPRESSED : String(value),
    proof: proof?.text,
  });
  return [
    { figure: 'in all lists, in open cohorts', ...told(count) },
    ...cohorts.map((cohort) => ({ figure: 'in all lists', group: cohort.label, ...told(cohort.count) })),
    ...sizeRows(lists),
  ];
}

function sizeRows(lists: OverlapResults['lists']): Row[] {
  return lists.flatMap(({ label, size, proof }): Row[] =>
    size === undefined ? [] : [{ figure: 'size of list', group: label, value: String(size), proof: proof?.text }],
  );
}

function aggregateRows({ figures, proof }: AggregateResults): Row[] {
  if (!figures) return [{ figure: 'all groups', value: SUPPRESSED, proof: proof?.text }];
  const groups = figures.groups.flatMap(({ label: group, open, rows, columns, ratio }): Omit<Row, 'proof'>[] => {
    if (!open) return [{ figure: 'rows', group, value: SUPPRESSED }];
    return [
      { figure: 'rows', group, value: String(rows) },
      ...columns.flatMap(({ column, sum, mean, variance, halfWidth }) =>
        Object.entries({ sum, mean, 'half width of the interval of the mean': halfWidth, variance }).flatMap(
          ([figure, value]) => (value === undefined ? [] : [{ figure, group, column, value }]),
        ),
      ),
      ...(ratio === undefined ? [] : [{ figure: 'ratio', group, value: ratio }]),
    ];
  });
  const quantiles = figures.quantiles.flatMap(({ quantile, from, to }) => [
    { figure: `quantile ${quantile}, from`, value: from },
    { figure: `quantile ${quantile}, to below`, value: to },
  ]);
  const lift = (figures.lift ?? []).flatMap(liftRows);
  return [...groups, ...quantiles, ...lift].map((row) => ({ ...row, proof: proof?.text }));
}

/** What test has over control; where one of them is suppressed there is none. */
function liftRows({ column, difference, interval, relative, error, significance }: LiftReport): Omit<Row, 'proof'>[] {
  const told = {
    difference,
    'difference, interval from': interval?.from,
    'difference, interval to': interval?.to,
    'difference in per cent of control': relative,
    'standard error of the difference': error,
    'z score': significance?.score,
    'p-value': significance?.p,
  };
  return Object.entries(told).flatMap(([figure, value]) =>
    value === undefined ? [] : [{ figure, group: 'test less control', column, value }],
  );
}

function thresholdRows(results: ThresholdResults): Row[] {
  const { column, borders, band, uncounted, proof } = results;
  const about = { column, proof: proof?.text };
  if (band === undefined) return [{ figure: 'band of the sum', value: SUPPRESSED, ...about }];
  return [
    { figure: 'band of the sum', value: bandWords(results, band), ...about },
    { figure: 'borders reached', value: String(band), ...about },
    ...borders.map((border, at) => ({
      figure: `border ${border}`,
      value: at < band ? 'reached' : 'not reached',
      ...about,
    })),
    ...(uncounted === undefined
      ? []
      : [{ figure: 'a border not reached is passed by less than', value: uncounted, ...about }]),
  ];
}
