/** What a table holds, in numbers: one pass over its rows, and nothing of them kept but hashes of its identifiers. */
import { placeOfColumn } from '../connector/place.ts';
import { NormalisationError, normalise } from '../connector/normalise.ts';
import { placeOf, type Batch, type Table } from '../connector/table.ts';
import { analysisOf, bringsValues } from '../policy/analysis.ts';
import { IDENTIFIER_TYPES, type IdentifierType, type Policy } from '../policy/schema.ts';
import { BatchCounter, type BatchProfile } from './batch.ts';
import { isSentence } from './cells.ts';
import { ColumnCounter, type ColumnProfile } from './column.ts';
import { DistinctSet } from './distinct.ts';
import { FaultCounter, type Faults } from './faults.ts';
import { addToSketch, emptySketch, hashIdentifier, newSketchKey, type Sketch } from './sketch.ts';
import { ValueCounter, type ValueProfile } from './values.ts';

/** What the identifier's column holds. */
export type IdentifierProfile = Readonly<{
  column: string;
  type: IdentifierType;
  /** Different identifiers, normalised. */
  distinct: number;
  /** Rows that repeat the identifier of another row. */
  duplicates: number;
  malformed: Faults;
  /** Rows whose identifier is written in another way than it is hashed. */
  normalised: number;
  /** Rows whose cell is a sentence. */
  sentences: number;
  /** Which other types the first rows would be identifiers of, as shares from 0 to 1; none of them 0. */
  looksLike: Readonly<Partial<Record<IdentifierType, number>>>;
  /** Of the different identifiers. */
  sketch: Sketch;
}>;

/** What a table holds. */
export type Profile = Readonly<{
  /** Data rows, also unreadable ones. */
  rows: number;
  /** Rows that cannot be read at all: too many or too few cells, or blank ones between others. */
  unreadable: Faults;
  columns: readonly ColumnProfile[];
  identifier: IdentifierProfile;
  /** Under a policy with value columns that this table has to have, or one that counts rows by groups. */
  values?: ValueProfile;
  /** Under a policy with a batch. */
  batch?: BatchProfile;
}>;

/** What to look at. */
export type ProfileOptions = Readonly<{
  /** Header of the identifier's column, exactly. */
  column: string;
  type: IdentifierType;
  /** What the table is for: value columns of the policy are looked at as well, and its batch. */
  policy?: Policy;
  /** Whose table it is; needed under a policy of a room that joins values. */
  slot?: number;
  /** Key of the sketch; without it one that nothing can be compared with. */
  sketchKey?: string;
}>;

/** Identifiers that are tried as the other types. */
const SAMPLE = 1_000;

/**
 * Profiles a table in one pass, in constant memory but for some 16 bytes for each distinct identifier. Closes the table.
 *
 * @param options.onProgress called after every batch with the number of data rows so far
 * @throws {ConnectorError} where there is no such column, or the table cannot be read
 */
export async function profileTable(
  table: Table,
  options: ProfileOptions & { readonly onProgress?: (rows: number) => void; readonly signal?: AbortSignal },
): Promise<Profile> {
  try {
    const profiled = watchTable(table, options);
    for await (const _ of profiled.table.batches) {
      options.signal?.throwIfAborted();
      options.onProgress?.(profiled.rows());
    }
    return profiled.profile();
  } finally {
    await table.close();
  }
}

/**
 * A table that is profiled while something else reads it, so that both see the same rows even where the source changes.
 * @returns the table to be read instead, and its profile once that was read
 */
export function watchTable(
  table: Table,
  options: ProfileOptions,
): { table: Table; rows: () => number; profile: () => Profile } {
  const counter = new TableCounter(table, options);
  const batches = async function* () {
    for await (const batch of table.batches) {
      counter.add(batch);
      yield batch;
    }
  };
  return {
    table: { ...table, batches: batches() },
    rows: () => counter.rows,
    profile: () => counter.profile(),
  };
}

class TableCounter {
  rows = 0;
  readonly #unit: Table['unit'];
  readonly #unreadable = new FaultCounter();
  readonly #columns: readonly ColumnCounter[];
  readonly #at: number;
  readonly #identifiers: IdentifierCounter;
  readonly #values?: ValueCounter;
  readonly #batch?: BatchCounter;

  constructor({ columns, unit }: Table, options: ProfileOptions) {
    this.#unit = unit;
    this.#at = placeOfColumn(columns, options.column);
    this.#columns = columns.map((name) => new ColumnCounter(name));
    this.#identifiers = new IdentifierCounter(options);
    const { policy } = options;
    const analysis = policy && analysisOf(policy);
    if (policy && analysis && bringsValues(analysis, options.slot)) {
      this.#values = new ValueCounter(columns, policy, analysis, options.slot);
    }
    if (policy?.batch) this.#batch = new BatchCounter(columns, policy.batch);
  }

  add(batch: Batch): void {
    for (const row of batch.rows) {
      if ('fault' in row) {
        if (row.fault !== 'blank') this.rows++;
        this.#unreadable.add(placeOf(this.#unit, batch, row), row.fault);
        continue;
      }
      this.rows++;
      this.#columns.forEach((column, i) => column.add(row.cells[i] ?? null));
      const place = () => placeOf(this.#unit, batch, row);
      this.#identifiers.add(row.cells[this.#at] ?? '', place);
      this.#batch?.add(row.cells);
      this.#values?.add(row.cells, row.cells[this.#at] ?? '', place);
    }
  }

  profile(): Profile {
    const { count, places } = this.#unreadable;
    return {
      rows: this.rows,
      unreadable: { count, places },
      columns: this.#columns.map((column) => column.profile()),
      identifier: this.#identifiers.profile(),
      ...(this.#values && { values: this.#values.profile() }),
      ...(this.#batch && { batch: this.#batch.profile() }),
    };
  }
}

class IdentifierCounter {
  readonly #options: ProfileOptions;
  readonly #key: string;
  readonly #others: readonly IdentifierType[];
  readonly #set = new DistinctSet();
  readonly #sketch = emptySketch();
  readonly #malformed = new FaultCounter();
  readonly #alike = new Map<IdentifierType, number>();
  #filled = 0;
  #wellFormed = 0;
  #normalised = 0;
  #sentences = 0;

  constructor(options: ProfileOptions) {
    this.#options = options;
    this.#key = options.sketchKey ?? newSketchKey();
    // Anything is an exact identifier.
    this.#others = IDENTIFIER_TYPES.filter((type) => type !== options.type && type !== 'exact');
  }

  add(cell: string, place: () => string): void {
    if (isSentence(cell)) this.#sentences++;
    if (cell.trim() !== '' && this.#filled++ < SAMPLE) this.#tryOthers(cell);
    let identifier: string;
    try {
      identifier = normalise(this.#options.type, cell);
    } catch (error) {
      if (!(error instanceof NormalisationError)) throw error;
      this.#malformed.add(place(), error.message);
      return;
    }
    this.#wellFormed++;
    if (identifier !== cell) this.#normalised++;
    const word = hashIdentifier(this.#key, identifier);
    if (this.#set.add(word(0), word(1))) addToSketch(this.#sketch, word);
  }

  #tryOthers(cell: string): void {
    for (const type of this.#others) {
      try {
        normalise(type, cell);
        this.#alike.set(type, (this.#alike.get(type) ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof NormalisationError)) throw error;
      }
    }
  }

  profile(): IdentifierProfile {
    const { column, type } = this.#options;
    const { count, places } = this.#malformed;
    const sampled = Math.min(this.#filled, SAMPLE);
    return {
      column,
      type,
      distinct: this.#set.size,
      duplicates: this.#wellFormed - this.#set.size,
      malformed: { count, places },
      normalised: this.#normalised,
      sentences: this.#sentences,
      looksLike: Object.fromEntries([...this.#alike].map(([other, times]) => [other, times / sampled])),
      sketch: this.#sketch,
    };
  }
}
