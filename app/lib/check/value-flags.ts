/** Red flags of value columns. */
import { isReleased } from '../policy/columns.ts';
import { isAggregate, isJoined, isThreshold, type Policy } from '../policy/schema.ts';
import { count, inColumns, percent, type Flag } from './flag.ts';
import type { Profile } from './profile.ts';
import { summedValueFlags } from './threshold-flags.ts';
import type { ValueColumnProfile, ValueProfile } from './values.ts';

/** Shares of the rows from which on a flag is raised. */
const IDENTIFYING = 0.5;
const UNIQUE = 0.9;

/** The flags of a table's value columns; none under a policy without any. */
export function valueFlags({ policy, profile }: { policy: Policy; profile: Profile }): Flag[] {
  if (!profile.values) return [];
  const { values, rows } = profile;
  return [
    ...malformedFlags(values.columns, rows),
    ...identifyingFlags(values.columns, rows),
    ...(isThreshold(policy)
      ? summedValueFlags(values, policy)
      : [...uniqueFlags(values.columns, rows), ...groupFlags(values, policy)]),
  ];
}

function malformedFlags(columns: readonly ValueColumnProfile[], rows: number): Flag[] {
  const faulty = columns.filter(({ malformed }) => malformed.count > 0);
  if (faulty.length === 0) return [];
  const cells = faulty.reduce((sum, { malformed }) => sum + malformed.count, 0);
  return [
    {
      id: 'malformed-values',
      severity: 'high',
      title: `${count(cells, 'cell')} of ${count(rows, 'row')} are no values of the policy in ${named(faulty)}`,
      explanation: 'Nothing is skipped in silence: a table with such cells cannot be committed.',
      remedy: 'Correct or remove these rows, or agree on a policy with other bounds, decimals or labels.',
    },
  ];
}

function identifyingFlags(columns: readonly ValueColumnProfile[], rows: number): Flag[] {
  const found = columns.filter(({ identifying }) => identifying > 0 && identifying >= IDENTIFYING * rows);
  if (found.length === 0) return [];
  return [
    {
      id: 'identifying-values',
      severity: 'high',
      title: `Identifiers stand where values should in ${named(found)}`,
      explanation:
        'A sum of identifiers is no figure, and labels that name people stand in the policy for all parties.',
      remedy: 'Look whether the policy names the right columns.',
    },
  ];
}

function uniqueFlags(columns: readonly ValueColumnProfile[], rows: number): Flag[] {
  const found = columns.filter(({ column, distinct }) => isReleased(column) && rows > 1 && distinct >= UNIQUE * rows);
  if (found.length === 0) return [];
  return [
    {
      id: 'unique-values',
      severity: 'low',
      title: `Nearly every row has a value of its own in ${named(found)}`,
      explanation: 'Who knows all rows of a total but one learns the value of that one, which points to one row here.',
      remedy: 'Nothing has to be done. Fewer decimals, or larger groups, make values less telling.',
    },
  ];
}

function groupFlags({ columns, groups }: ValueProfile, policy: Policy): Flag[] {
  const { k } = policy;
  const dominance = isAggregate(policy) ? policy.dominance : undefined;
  const joined = isJoined(policy);
  const flags: Flag[] = [];
  const full = groups.filter(({ rows }) => rows >= k);
  const ruled = columns.filter(({ column }) => full.some(({ dominated }) => dominated.includes(column.column)));
  if (ruled.length > 0) {
    flags.push({
      id: 'dominant-row',
      // A rule that the parties agreed on stops the party; a value that merely stands out does not.
      severity: dominance === undefined ? 'medium' : 'high',
      title: `One row holds more than ${dominance === undefined ? 'half' : `${dominance} %`} of the sum of a group in ${named(ruled)}`,
      explanation:
        dominance === undefined
          ? 'The sum is then close to the value of that row, which others may guess from it.'
          : `The parties agreed that none holds more than ${dominance} %: the larger its share, the closer others come to its value.`,
      remedy: 'Look at the largest values, or agree on a policy with larger groups or a lower max.',
    });
  }
  const small = groups.filter(({ rows }) => rows > 0 && rows < k);
  // A table that does not name groups is short as a whole, which is told of its identifiers.
  if (small.length > 0 && !(joined && groups.length === 1)) {
    const inGroups = small.reduce((sum, { rows }) => sum + rows, 0);
    const all = groups.reduce((sum, { rows }) => sum + rows, 0);
    flags.push({
      id: 'small-groups',
      severity: full.length === 0 ? 'high' : 'low',
      title: `${count(small.length, 'group')} of ${groups.length} with fewer than k = ${k} rows: ${percent(inGroups, all)} of all rows`,
      explanation:
        full.length === 0
          ? joined
            ? 'No group can have k identifiers in common: all are withheld.'
            : 'All groups are withheld: this table adds nothing to any total.'
          : joined
            ? 'These groups cannot have k identifiers in common, and everybody sees that they are withheld.'
            : 'These groups are withheld: they add nothing to any total, and everybody sees that they are.',
      remedy: 'Bring more rows, or agree on a policy with larger groups or a smaller k.',
    });
  }
  return flags;
}

const named = (columns: readonly ValueColumnProfile[]): string =>
  inColumns(columns.map(({ column }) => ({ name: column.column })));
