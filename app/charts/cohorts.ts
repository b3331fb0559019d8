/** Charts of what lists have in common by cohorts: the total over those that are open, and a bar for each. */
import { barsChart } from './bars.ts';
import type { Chart } from './chart.ts';
import { overlapChart } from './overlap.ts';
import type { CohortsResults } from './results.ts';

/** The charts, the total first. None where every cohort was suppressed. */
export function cohortsCharts(results: CohortsResults): Chart[] {
  const { lists, count, cohorts, proof } = results;
  if (count === undefined) return [];
  const partial = cohorts.some((cohort) => cohort.count === undefined);
  const total = overlapChart({ kind: 'overlap', lists, count, partial, proof });
  const bars = cohorts.map((cohort) => ({
    label: cohort.label,
    ...(cohort.count === undefined ? {} : { value: String(cohort.count) }),
  }));
  const about = { name: 'cohorts', title: 'In common, by cohort', of: 'identifiers in common', by: 'cohort' } as const;
  return [...(total ? [total] : []), barsChart(about, bars, proof)];
}
