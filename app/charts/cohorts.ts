/** Charts of what lists have in common by cohorts: the total over those that are open, and a bar for each. */
import { SUPPRESSED, type Chart } from './chart.ts';
import { groupsDrawing } from './groups.ts';
import { overlapChart } from './overlap.ts';
import type { CohortsResults } from './results.ts';

/** The charts, the total first. None where every cohort was suppressed. */
export function cohortsCharts(results: CohortsResults): Chart[] {
  const { lists, count, cohorts, proof } = results;
  if (count === undefined) return [];
  const partial = cohorts.some((cohort) => cohort.count === undefined);
  const total = overlapChart({ kind: 'overlap', lists, count, partial, proof });
  return [...(total ? [total] : []), barsChart(results)];
}

function barsChart({ cohorts, proof }: CohortsResults): Chart {
  const bars = cohorts.map(({ label, count }) => ({ label, ...(count === undefined ? {} : { value: String(count) }) }));
  const said = bars.map(({ label, value = SUPPRESSED }) => `${label}: ${value}`);
  return {
    name: 'cohorts',
    title: 'In common, by cohort',
    description: `Bars of identifiers in common by cohort. ${said.join('; ')}.`,
    drawing: groupsDrawing(bars),
    table: {
      head: ['Cohort', 'In common'],
      rows: bars.map(({ label, value }) => ({
        cells: [label, value ?? SUPPRESSED],
        ...(value !== undefined && proof ? { proof } : {}),
      })),
    },
  };
}
