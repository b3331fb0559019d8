import { otherDelimiter } from './csv.ts';
import { ConnectorError } from './errors.ts';

/** Which of the columns has the name; refuses none and several. */
export function placeOfColumn(columns: readonly string[], column: string): number {
  const at = columns.indexOf(column);
  if (at < 0) {
    const other = otherDelimiter(columns);
    const hint = other
      ? `; the file seems to be separated by ${JSON.stringify(other)}: name that as the delimiter`
      : '';
    throw new ConnectorError(
      `there is no column "${column}"; the columns are: ${columns.map((name) => JSON.stringify(name)).join(', ')}${hint}`,
    );
  }
  if (columns.lastIndexOf(column) !== at) throw new ConnectorError(`two columns are named "${column}": rename one`);
  return at;
}
