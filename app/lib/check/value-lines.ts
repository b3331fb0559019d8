import { isNumeric } from '../policy/columns.ts';
import type { Faults } from './faults.ts';
import type { ValueColumnProfile, ValueProfile } from './values.ts';

/** What value columns hold, as lines of text. */
export function valueLines(
  { columns, groups }: ValueProfile,
  faultsText: (what: string, faults: Faults) => string[],
): string[] {
  const rows = groups.map((group) => group.rows);
  return [
    'Values:',
    ...columns.flatMap((each) => [`  ${columnLine(each)}`, ...faultsText('refused', each.malformed)]),
    `  rows by groups: ${rows.join(', ')}`,
  ];
}

function columnLine({ column, distinct }: ValueColumnProfile): string {
  const name = JSON.stringify(column.column);
  const allowed = isNumeric(column)
    ? `${column.min} to ${column.max} with ${column.decimals} decimals, release ${column.release}`
    : `one of ${column.labels.length} labels`;
  return `column ${name}: ${allowed}; ${distinct} different values`;
}
