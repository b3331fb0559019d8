import { isFormula, isNotNumber, isNull, isOfType, shortHash, type CellType } from './cells.ts';

/** What one column holds, in numbers; no value of it. */
export type ColumnProfile = Readonly<{
  name: string;
  /** Cells without a value. */
  nulls: number;
  /** What all other cells can be read as; "empty" where there is none. */
  type: CellType | 'text' | 'empty';
  /** Different values, as written; MAX_DISTINCT stands for that many or more. */
  distinct: number;
  /** Cells that a spreadsheet would compute. */
  formulas: number;
  /** NaN and infinite cells of a numeric column; 0 for others. */
  notNumbers: number;
}>;

/** Most different values of a column that are counted. */
export const MAX_DISTINCT = 100;

/** Gathers the profile of one column, cell by cell. */
export class ColumnCounter {
  readonly #name: string;
  #types: readonly CellType[] = ['integer', 'decimal', 'date'];
  readonly #values = new Set<number>();
  #nulls = 0;
  #filled = 0;
  #formulas = 0;
  #notNumbers = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Counts one cell. */
  add(cell: string | null): void {
    if (isNull(cell)) {
      this.#nulls++;
      return;
    }
    const text = cell!;
    this.#filled++;
    if (this.#values.size < MAX_DISTINCT) this.#values.add(shortHash(text));
    if (isFormula(text)) this.#formulas++;
    // Most columns are text, which shows in their first cells: nothing is tried from there on.
    if (this.#types.length > 0) this.#narrow(text);
  }

  #narrow(text: string): void {
    if (isNotNumber(text)) {
      this.#notNumbers++;
      this.#types = this.#types.filter((type) => type !== 'date');
    } else if (!this.#types.every((type) => isOfType(text, type))) {
      this.#types = this.#types.filter((type) => isOfType(text, type));
    }
  }

  /** The profile of what was counted. */
  profile(): ColumnProfile {
    const numbers = this.#filled > this.#notNumbers;
    const type = this.#filled === 0 ? 'empty' : numbers ? (this.#types[0] ?? 'text') : 'text';
    return {
      name: this.#name,
      nulls: this.#nulls,
      type,
      distinct: this.#values.size,
      formulas: this.#formulas,
      notNumbers: type === 'integer' || type === 'decimal' ? this.#notNumbers : 0,
    };
  }
}
