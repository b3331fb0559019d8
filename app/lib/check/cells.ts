/** What a cell of a table looks like, fast enough for every cell of millions of rows. */

/** What a column's cells are guessed to be. Every integer is also a decimal number. */
export type CellType = 'integer' | 'decimal' | 'date';

const PATTERNS: Readonly<Record<CellType, RegExp>> = {
  integer: /^\s*[+-]?[0-9]+\s*$/,
  decimal: /^\s*[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?\s*$/,
  date: /^\s*(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?|[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{4})\s*$/,
};

/** Whether a cell can be read as the type. */
export function isOfType(cell: string, type: CellType): boolean {
  return PATTERNS[type].test(cell);
}

/** Whether a source holds no value there: none at all, or nothing but spaces. */
export function isNull(cell: string | null | undefined): boolean {
  if (cell === null || cell === undefined || cell === '') return true;
  return cell.charCodeAt(0) <= 0x20 && cell.trim() === '';
}

/** Whether a cell is how programs write a number that is none. */
export function isNotNumber(cell: string): boolean {
  return cell.length <= 16 && /^\s*[+-]?(?:nan|inf|infinity)\s*$/i.test(cell);
}

/** Whether a spreadsheet would take a cell for a formula and compute it: = + - or @ before a letter, = before anything. */
export function isFormula(cell: string): boolean {
  const first = cell.charCodeAt(0);
  if (first === 0x3d) return cell.length > 1;
  if (first !== 0x2b && first !== 0x2d && first !== 0x40) return false;
  return /^.[A-Za-z_(]/.test(cell) && !isNotNumber(cell);
}

/** Words of a cell from which on it counts as free text. */
const TEXT_WORDS = 4;

/** Whether a cell is a sentence rather than an identifier: four words or more. */
export function isSentence(cell: string): boolean {
  let words = 0;
  let inWord = false;
  for (let i = 0; i < cell.length && words < TEXT_WORDS; i++) {
    const code = cell.charCodeAt(i);
    const space = code === 0x20 || (code >= 0x09 && code <= 0x0d);
    if (!space && !inWord) words++;
    inWord = !space;
  }
  return words >= TEXT_WORDS;
}

/** FNV-1a (Fowler, Noll, Vo) of 32 bits over UTF-16 code units: to tell a few values of a column from each other. */
export function shortHash(cell: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < cell.length; i++) hash = Math.imul(hash ^ cell.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
