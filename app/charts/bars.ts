/** A chart of bars with its table. */
import { SUPPRESSED, type Chart, type ProofLink } from './chart.ts';
import { groupsDrawing, type GroupBar } from './groups.ts';

/** What a chart of bars is called, what a bar is of, and what it stands for; a group unless it is named. */
type About = { readonly name: string; readonly title: string; readonly of: string; readonly by?: 'group' | 'cohort' };

/** One bar for each group; a bar without a value was suppressed. */
export function barsChart(
  { name, title, of, by = 'group' }: About,
  bars: readonly GroupBar[],
  proof?: ProofLink,
): Chart {
  const spread = bars.some(({ halfWidth }) => halfWidth !== undefined);
  const said = bars.map(({ label, value, halfWidth }) =>
    value === undefined ? `${label}: ${SUPPRESSED}` : `${label}: ${value}${halfWidth ? ` ± ${halfWidth}` : ''}`,
  );
  return {
    name,
    title,
    description: `Bars of ${of} by ${by}. ${said.join('; ')}.`,
    drawing: groupsDrawing(bars),
    table: {
      head: [by === 'group' ? 'Group' : 'Cohort', title.split(',')[0], ...(spread ? ['±'] : [])],
      rows: bars.map(({ label, value, halfWidth = '' }) => ({
        cells: [label, value ?? SUPPRESSED, ...(spread ? [halfWidth] : [])],
        ...(value !== undefined && proof ? { proof } : {}),
      })),
    },
  };
}
