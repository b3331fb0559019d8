/** What policies of rooms that join values share: each value column is held by one slot. */
import { z } from 'zod';
import { MAX_SLOTS } from '../protocol/errors.ts';
import { boundsOf, checkColumns, isNumeric, isReleased, type CategoricalColumn, type ValueColumn } from './columns.ts';
import { checkCommon, type Common } from './common.ts';
import { DecimalError } from './decimal.ts';
import { line, whole, type Fault } from './fields.ts';
import { FEWEST_JOINED_GROUPS, JOINED_SUM_LIMIT, MOST_JOINED_GROUPS } from './limits.ts';

/** The fields that name a column in one party's table. */
export const held = {
  slot: whole('the slot', 0, MAX_SLOTS - 1).describe('Number of the party whose table has the column, from 0.'),
  column: line('the column name', 128).describe("Header of the column in that party's table."),
};

/** A value column in the table of one party. */
export type HeldColumn = ValueColumn & Readonly<z.infer<z.ZodObject<typeof held>>>;

/** Where a column stands in the document, for errors: the path of the whole, and of its greatest value. */
type Place = Readonly<{ column: HeldColumn; path: readonly (string | number)[]; greatest: string }>;

/** How the fields of policies that join values limit each other and their columns. */
export function checkHeld(policy: Common, places: readonly Place[], fault: Fault): void {
  const { parties, minParties, maxRows, identifier, batch } = policy;
  checkCommon(policy, fault);
  if (minParties !== undefined && minParties < parties.length) {
    fault(['minParties'], 'a room that joins values goes on with all its parties: remove minParties');
  }
  checkColumns(
    places.map(({ column }) => column),
    identifier.column,
    ([, at, ...rest], message) => {
      const { path, greatest } = places[at as number];
      const said = greatest === 'max' ? message : message.replace(/^max /, `the ${greatest} `);
      fault([...path, ...rest.map((name) => (name === 'max' ? greatest : name))], said);
    },
  );
  for (const { column, path, greatest } of places) {
    if (column.slot >= parties.length) {
      fault([...path, 'slot'], `there is no slot ${column.slot}: the parties are slots 0 to ${parties.length - 1}`);
    }
    if (column.column === batch?.column) fault(['batch', 'column'], 'a column of dates is no value column');
    checkSum(column, maxRows, (message) => fault([...path, greatest], message));
  }
}

/** A grouping by labels has a group for each. */
export function checkLabelGroups(
  { labels }: CategoricalColumn,
  path: readonly (string | number)[],
  fault: Fault,
): void {
  if (labels.length >= FEWEST_JOINED_GROUPS && labels.length <= MOST_JOINED_GROUPS) return;
  fault(
    [...path, 'labels'],
    `a grouping is into ${FEWEST_JOINED_GROUPS} to ${MOST_JOINED_GROUPS} groups, one for each label`,
  );
}

/** Sums are opened by a search for them, which has an end. */
function checkSum(column: HeldColumn, maxRows: number, fault: (message: string) => void): void {
  const span = isReleased(column) ? spanOf(column) : undefined;
  if (span === undefined || span < 0n || !isNumeric(column)) return;
  const rows = BigInt(maxRows);
  if (span * rows >= JOINED_SUM_LIMIT) {
    fault('the span of the column (max less min), in units of its last decimal, times maxRows must be below 2^40');
  } else if (column.release === 'variance' && span * span * rows >= JOINED_SUM_LIMIT) {
    fault(
      'the square of the column’s span (max less min), in units of its last decimal, times maxRows must be below 2^40 where its variance is released',
    );
  }
}

/** Greatest less least value; undefined where one is none, which has been told. */
function spanOf(column: ValueColumn): bigint | undefined {
  try {
    const { min, max } = boundsOf(column);
    return max - min;
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    return undefined;
  }
}
