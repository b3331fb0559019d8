/** Arrow IPC: files (also called Feather, version 2) and streams. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch';
import { Footer } from 'apache-arrow/fb/footer';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Schema } from 'apache-arrow/fb/schema';
import { ByteBuffer } from 'flatbuffers';
import { readBatch } from './arrow-batch.ts';
import { columnsOfSchema, type ArrowColumn } from './arrow-schema.ts';
import type { Cell } from './cell-text.ts';
import { ConnectorError } from './errors.ts';
import { Window, type Ranges } from './ranges.ts';
import type { Batch, Table } from './table.ts';
import { BATCH_ROWS, damageError, rowsOfColumns, tableOf } from './typed-rows.ts';

/** The mark of a file, at its beginning and end. */
const MARK = 'ARROW1';

/** Bytes of the mark at the beginning, padded. */
const HEAD_BYTES = 8;

/** Bytes behind a file's footer: its length and the mark. */
const TAIL_BYTES = 4 + MARK.length;

/** What a message begins with, before the length of its header. */
const CONTINUED = 0xffffffff;

/** Most bytes of a message's header, and of its body, which is held in memory. */
const MAX_HEADER = 64 * 1024 * 1024;
const MAX_BODY = 1024 * 1024 * 1024;

/** Most values of one dictionary. */
const MAX_VALUES = 2 ** 24;

/**
 * Opens an Arrow IPC file or stream, whose columns have to be plain: no lists, structures or binary values. It is read record
 * batch by record batch, and needs memory for one of them and the dictionaries. Places are numbers of rows, from 1. A row is a
 * fault where a number is not finite, a text is not UTF-8, or a date has no year of four digits. Closes the source.
 * @throws {ConnectorError} when the file is cut off or damaged, or of columns or codecs that are not known; while it is read,
 * too
 */
export async function openArrow(source: Ranges): Promise<Table> {
  try {
    const isFile = latin1(await source.read(0, Math.min(MARK.length, source.size))) === MARK;
    const footer = isFile ? await readFooter(source) : undefined;
    const window = new Window(source, isFile ? HEAD_BYTES : 0, footer?.at ?? source.size);
    const columns = columnsOfSchema(footer?.schema ?? (await firstSchema(window)));
    return tableOf(columns, batchesOf(window, columns, footer?.batches), source);
  } catch (error) {
    await source.close();
    throw damageError('Arrow', error, 'its schema');
  }
}

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);

const cutOffError = () =>
  new ConnectorError('the Arrow file is cut off, its end is missing: write or transfer it again');

/** Where a file's footer begins, its schema, and how many record batches it tells of. */
async function readFooter(source: Ranges): Promise<{ at: number; schema: Schema; batches: number }> {
  const end = source.size - TAIL_BYTES;
  if (end < HEAD_BYTES) throw cutOffError();
  const tail = await source.read(end, source.size);
  if (latin1(tail.subarray(4)) !== MARK) throw cutOffError();
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  const at = end - length;
  if (at < HEAD_BYTES || length > MAX_HEADER) throw new RangeError('its footer is told to be longer than the file');
  const footer = Footer.getRootAsFooter(new ByteBuffer(await source.read(at, end)));
  const schema = footer.schema();
  if (!schema) throw new RangeError('it has no schema');
  return { at, schema, batches: footer.recordBatchesLength() };
}

/** The schema that a stream begins with. */
async function firstSchema(window: Window): Promise<Schema> {
  const arrived = await nextMessage(window);
  if (arrived?.header !== MessageHeader.Schema) throw new RangeError('it has no schema');
  return arrived.message.header(new Schema()) as Schema;
}

type Arrived = Readonly<{ message: Message; header: MessageHeader; body: Uint8Array }>;

/** The next message; undefined at the mark that ends the stream. Throws a RangeError where the bytes end before it. */
async function nextMessage(window: Window): Promise<Arrived | undefined> {
  const prefix = await window.take(8);
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  if (view.getUint32(0, true) !== CONTINUED) throw new RangeError('a message does not begin where it should');
  const length = view.getUint32(4, true);
  if (length === 0) return undefined;
  if (length > MAX_HEADER) throw new RangeError('a message is too long');
  const message = Message.getRootAsMessage(new ByteBuffer(await window.take(length)));
  const bodyLength = Number(message.bodyLength());
  if (bodyLength > MAX_BODY && bodyLength <= window.left) {
    throw new ConnectorError(`the Arrow file has record batches of more than ${MAX_BODY} bytes: write smaller ones`);
  }
  return { message, header: message.headerType(), body: await window.take(bodyLength) };
}

/** @param told how many record batches a file's footer tells of; a stream has none */
async function* batchesOf(window: Window, columns: readonly ArrowColumn[], told?: number): AsyncGenerator<Batch> {
  const names = columns.map(({ name }) => name);
  const dictionaries = new Map<bigint, Cell[]>();
  let at = 1;
  let count = 0;
  const naming = (error: unknown) => damageError('Arrow', error, `record batch ${count + 1}`);
  for (;;) {
    // A file's messages may end at its footer without a mark; a stream without one may have lost its end.
    if (window.left === 0 && told !== undefined) break;
    if (window.left === 0) throw cutOffError();
    const arrived = await nextMessage(window).catch((error: unknown) => {
      throw naming(error);
    });
    if (!arrived) break;
    try {
      if (arrived.header === MessageHeader.DictionaryBatch) {
        addDictionary(arrived, columns, dictionaries);
        continue;
      }
      // A file repeats the schema of its footer in the beginning; some writers leave it out.
      if (arrived.header === MessageHeader.Schema && told !== undefined && count === 0) continue;
      if (arrived.header !== MessageHeader.RecordBatch) throw new RangeError('a message is of no known kind');
      const batch = readBatch(arrived.message.header(new RecordBatch()), arrived.body, columns, dictionaries);
      for (let from = 0; from < batch.rows; from += BATCH_ROWS) {
        const length = Math.min(BATCH_ROWS, batch.rows - from);
        const cells = batch.columns.map((cellAt) => Array.from({ length }, (_, i) => cellAt(from + i)));
        yield { rows: rowsOfColumns(names, cells, at) };
        at += length;
        // Nothing here waits for anything: others shall have their turn.
        await nextTurn();
      }
      count++;
    } catch (error) {
      throw naming(error);
    }
  }
  if (told !== undefined && count !== told)
    throw naming(new RangeError('it has another number of batches than it tells'));
}

/** Reads a dictionary: one that comes again takes the other's place, unless it says that it goes on. */
function addDictionary(
  { message, body }: Arrived,
  columns: readonly ArrowColumn[],
  dictionaries: Map<bigint, Cell[]>,
): void {
  const header = message.header(new DictionaryBatch()) as DictionaryBatch;
  const id = header.id();
  const column = columns.find(({ dictionary }) => dictionary?.id === id);
  const data = header.data();
  if (!column || !data) throw new RangeError('a dictionary belongs to no column');
  const values = { name: column.name, layout: column.layout };
  const { rows, columns: cells } = readBatch(data, body, [values], dictionaries);
  if (rows > MAX_VALUES) {
    throw new ConnectorError(`the Arrow file has a dictionary of more than ${MAX_VALUES} values: write it without`);
  }
  const known = header.isDelta() ? (dictionaries.get(id) ?? []) : [];
  for (let i = 0; i < rows; i++) known.push(cells[0](i));
  dictionaries.set(id, known);
}
