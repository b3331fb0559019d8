/** Charts of a lift: what test has over control, an outcome each, since their units differ. */
import { slugOf, type Chart, type ProofLink } from './chart.ts';
import { groupsDrawing } from './groups.ts';
import type { LiftReport } from '../lib/template/lift-report.ts';

/** Names of what is told of an outcome, and each with its value in every digit that was released. */
export function liftFigures({ difference, relative, error, interval, significance }: LiftReport): [string, string][] {
  const figures: [string, string | undefined][] = [
    ['difference of means, test less control', difference],
    ['interval of the difference, from', interval?.from],
    ['interval of the difference, to', interval?.to],
    ['difference in per cent of control', relative],
    ['standard error of the difference', error],
    ['z score', significance?.score],
    ['p-value', significance?.p],
  ];
  return figures.flatMap(([figure, value]) => (value === undefined ? [] : [[figure, value]]));
}

/**
 * The chart of an outcome: a bar from zero to the difference, with its interval.
 * @param at number of the outcome, from 0
 */
export function liftChart(lift: LiftReport, at: number, confidence?: number, proof?: ProofLink): Chart {
  const { column, difference, interval } = lift;
  const halfWidth = interval && ((Number(interval.to) - Number(interval.from)) / 2).toFixed(12);
  const figures = liftFigures(lift);
  return {
    name: `lift-${at + 1}-${slugOf(column)}`,
    title: `Lift of ${column}${interval && confidence !== undefined ? `, with ${confidence} % confidence` : ''}`,
    description: `A bar of the lift of ${column}. ${figures.map(([figure, value]) => `${figure}: ${value}`).join('; ')}.`,
    drawing: groupsDrawing([{ label: 'test less control', value: difference, ...(halfWidth ? { halfWidth } : {}) }]),
    table: {
      head: ['Figure', 'Value'],
      rows: figures.map((cells) => ({ cells, ...(proof ? { proof } : {}) })),
    },
  };
}
