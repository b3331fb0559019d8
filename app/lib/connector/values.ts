/** Value columns of a table: cells as the integers that a dataset has. */
import { boundsOf, isNumeric, isRead, type DatasetColumn, type ValueColumn } from '../policy/columns.ts';
import { DecimalError, parseDecimal } from '../policy/decimal.ts';
import { placeOfColumn } from './place.ts';

/** A cell is no value of its column. The message names column and reason and never repeats the cell. */
export class ValueError extends Error {
  override name = 'ValueError';
}

/**
 * A function that reads the value of a cell. A number is an integer in units of the column's last decimal, read exactly:
 * exponents are refused, as are more decimals than the policy declares. A label is its number among the policy's.
 *
 * @returns the value; throws ValueError for a cell that has none, or one out of the policy's bounds
 */
export function cellReader(column: ValueColumn): (cell: string | null) => bigint {
  const refuse = (why: string): never => {
    throw new ValueError(`the value of column "${column.column}" is refused: ${why}`);
  };
  const textOf = (cell: string | null) => cell?.trim() || refuse('empty');
  if (!isNumeric(column)) {
    const numbers = new Map(column.labels.map((label, i) => [label, BigInt(i)]));
    return (cell) => numbers.get(textOf(cell)) ?? refuse('none of the labels that the policy has');
  }
  const { min, max } = boundsOf(column);
  return (cell) => {
    const value = valueOf(textOf(cell), column.decimals, refuse);
    if (value < min) refuse(`below the least that the policy allows, ${column.min}`);
    if (value > max) refuse(`above the greatest that the policy allows, ${column.max}`);
    return value;
  };
}

/**
 * A function that reads the values of a row.
 *
 * @param names the table's columns
 * @param columns the dataset's columns, in the order of the values; of those that are filled the table needs none
 * @throws ConnectorError where the table lacks a column, or has it twice
 */
export function valueReader(
  names: readonly string[],
  columns: readonly DatasetColumn[],
): (cells: readonly (string | null)[]) => bigint[] {
  const readers = columns.map((column): ((cells: readonly (string | null)[]) => bigint) => {
    if (!isRead(column)) return () => column.fill;
    const [at, read] = [placeOfColumn(names, column.column), cellReader(column)];
    return (cells) => read(cells[at] ?? null);
  });
  return (cells) => readers.map((read) => read(cells));
}

function valueOf(text: string, decimals: number, refuse: (why: string) => never): bigint {
  try {
    return parseDecimal(text, decimals);
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    return refuse(error.message);
  }
}
