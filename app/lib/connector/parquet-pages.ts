/** The cells of one column of a row group, page by page. */
import { crc32 } from 'node:zlib';
import type { Encoding, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { ByteReader } from './byte-reader.ts';
import type { Cell } from './cell-text.ts';
import { ConnectorError } from './errors.ts';
import type { ColumnChunk, ParquetColumn } from './parquet-schema.ts';
import { hybridValues, plainValues, valuesOf, type Values } from './parquet-values.ts';
import { Window, type Ranges } from './ranges.ts';
import {
  MAX_UNPACKED,
  unpackBrotli,
  unpackGzip,
  unpackHadoopLz4,
  unpackLz4,
  unpackSnappy,
  unpackZstd,
  type Unpack,
} from './unpack.ts';

const CODECS: Readonly<Record<string, Unpack>> = {
  UNCOMPRESSED: (block) => block,
  SNAPPY: unpackSnappy,
  GZIP: unpackGzip,
  BROTLI: unpackBrotli,
  ZSTD: unpackZstd,
  LZ4: unpackHadoopLz4,
  LZ4_RAW: unpackLz4,
};

/** Most bytes of a page's header, which may hold its least and greatest value. */
const MAX_HEADER = 64 * 1024;

/** Most pages without a row that may follow each other: there is no reason for many. */
const MAX_EMPTY_PAGES = 1_000;

/** Reads a column's cells in order. Holds one page of it, packed and unpacked, and its dictionary. */
export class ColumnReader {
  readonly #column: ParquetColumn;
  readonly #window: Window;
  readonly #unpack: Unpack;
  #dictionary: readonly Cell[] | undefined;
  #next: Values<Cell> = () => null;
  #left = 0;

  constructor(source: Ranges, column: ParquetColumn, { from, to, codec }: ColumnChunk) {
    this.#column = column;
    this.#window = new Window(source, from, to);
    if (!Object.hasOwn(CODECS, codec ?? '')) {
      throw new ConnectorError(
        `the Parquet file is compressed by ${codec ?? 'an unknown codec'}, which is not known here: write it with snappy, gzip, zstd or no compression`,
      );
    }
    this.#unpack = CODECS[codec];
  }

  /** The next cells; throws where the column has fewer. */
  async read(count: number): Promise<Cell[]> {
    const cells: Cell[] = [];
    for (let empty = 0; cells.length < count; empty++) {
      if (this.#left === 0) await this.#readPage();
      if (this.#left === 0 && empty > MAX_EMPTY_PAGES) throw new RangeError('it has too many empty pages');
      for (; this.#left > 0 && cells.length < count; this.#left--) cells.push(this.#next());
    }
    return cells;
  }

  /** Whether the last page that was read is read to its end. */
  get isDone(): boolean {
    return this.#left === 0;
  }

  async #readPage(): Promise<void> {
    const head = new ByteReader(await this.#window.peek(MAX_HEADER));
    const state = { view: head.view, offset: 0 };
    const header = parquetHeader(state);
    this.#window.skip(state.offset);
    if (header.compressed_page_size > MAX_UNPACKED) throw new RangeError('a page is too large');
    const body = await this.#window.take(header.compressed_page_size);
    if (header.crc !== undefined && crc32(body) !== header.crc >>> 0) throw new RangeError('a checksum is wrong');
    switch (header.type) {
      case 'DICTIONARY_PAGE':
        this.#dictionary = this.#dictionaryOf(body, header);
        return;
      case 'DATA_PAGE':
        return this.#openPage(body, header);
      case 'DATA_PAGE_V2':
        return this.#openPageV2(body, header);
      case 'INDEX_PAGE':
        return;
      default:
        throw new RangeError('a page is of no known kind');
    }
  }

  #dictionaryOf(body: Uint8Array, header: PageHeader): Cell[] {
    const reader = this.#unpacked(body, header.uncompressed_page_size);
    const values = plainValues(this.#column, reader);
    const count = header.dictionary_page_header?.num_values ?? 0;
    const cells: Cell[] = [];
    for (let i = 0; i < count; i++) cells.push(this.#column.cellOf(values()));
    return cells;
  }

  #openPage(body: Uint8Array, header: PageHeader): void {
    const { num_values: count = -1, encoding, definition_level_encoding: levels } = header.data_page_header ?? {};
    const reader = this.#unpacked(body, header.uncompressed_page_size);
    let isThere: Values<number> = () => 1;
    if (this.#column.isOptional) {
      if (levels !== 'RLE') throw new RangeError('it says in an outdated way where values are missing');
      isThere = hybridValues(new ByteReader(reader.take(reader.uint32())), 1);
    }
    this.#open(count, encoding, isThere, reader);
  }

  #openPageV2(body: Uint8Array, header: PageHeader): void {
    const page = header.data_page_header_v2;
    if (!page) throw new RangeError('a page has no header');
    const reader = new ByteReader(body);
    reader.skip(page.repetition_levels_byte_length);
    const levels = reader.take(page.definition_levels_byte_length);
    const length = header.uncompressed_page_size - reader.at;
    const packed = reader.take(reader.left);
    const values = page.is_compressed && length > 0 ? this.#unpacked(packed, length) : new ByteReader(packed);
    const isThere = this.#column.isOptional ? hybridValues(new ByteReader(levels), 1) : () => 1;
    this.#open(page.num_values, page.encoding, isThere, values);
  }

  #unpacked(packed: Uint8Array, length: number): ByteReader {
    const bytes = this.#unpack(packed, length);
    if (bytes.length !== length) throw new RangeError('a page has another length than is told');
    return new ByteReader(bytes);
  }

  #open(count: number, encoding: Encoding | undefined, isThere: Values<number>, reader: ByteReader): void {
    if (!(count >= 0)) throw new RangeError('a page has no number of values');
    // What holds nothing need not be well-formed: some writers leave the bytes of a page of nulls away.
    let values: Values<Cell> | undefined;
    this.#left = count;
    this.#next = () => (isThere() === 0 ? null : (values ??= this.#cellsOf(encoding, reader))());
  }

  #cellsOf(encoding: Encoding | undefined, reader: ByteReader): Values<Cell> {
    if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
      const dictionary = this.#dictionary;
      if (!dictionary) throw new RangeError('its dictionary is missing');
      const places = hybridValues(reader, reader.uint8());
      return () => {
        const place = places();
        if (place >= dictionary.length) throw new RangeError('its dictionary lacks a value');
        return dictionary[place];
      };
    }
    const values = valuesOf(encoding!, this.#column, reader);
    const { cellOf } = this.#column;
    return () => cellOf(values());
  }
}
