import { ConnectorError } from './errors.ts';

/** One record of a CSV file. `line` is the line of the file, from 1, on which it begins. */
export type CsvRecord = Readonly<{ line: number; fields: readonly string[] }>;

/** Bounds that keep memory constant whatever the file holds. */
const MAX_FIELD_CHARACTERS = 64 * 1024;
const MAX_FIELDS = 4_096;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Where a parser stands: before a field, in a bare one, in a quoted one, or behind a quote that may close it. */
type Place = 'start' | 'bare' | 'quoted' | 'closing';

/**
 * Parses CSV (RFC 4180; line ends LF, CRLF or CR) strictly, a batch of records per chunk of text, in constant memory.
 * A guess at a broken quote would shift columns from there on, so stray, unclosed and badly followed quotes are refused.
 * A blank line is a record of one empty field.
 */
export async function* parseRecords(texts: AsyncIterable<string>, delimiter = ','): AsyncGenerator<CsvRecord[]> {
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw new ConnectorError('the delimiter must be one character, such as "," or ";" or a tab');
  }
  const separator = delimiter.charCodeAt(0);
  let place: Place = 'start';
  let field = '';
  let fields: string[] = [];
  let records: CsvRecord[] = [];
  let line = 1;
  let recordLine = 1;
  let quoteLine = 1;
  let afterCr = false;

  const append = (text: string) => {
    field += text;
    if (field.length > MAX_FIELD_CHARACTERS) {
      const hint = place === 'quoted' ? `: is the quote opened on line ${quoteLine} ever closed?` : '';
      throw new ConnectorError(`line ${recordLine}: a field has more than ${MAX_FIELD_CHARACTERS} characters${hint}`);
    }
  };
  const endField = () => {
    fields.push(field);
    field = '';
    place = 'start';
    if (fields.length > MAX_FIELDS) throw new ConnectorError(`line ${recordLine}: more than ${MAX_FIELDS} fields`);
  };
  const endRecord = () => {
    endField();
    records.push({ line: recordLine, fields });
    fields = [];
  };

  for await (const text of texts) {
    // Start of the run of plain characters that has not been appended yet.
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const secondOfCrLf = code === LF && afterCr;
      afterCr = code === CR;
      if ((code === LF || code === CR) && !secondOfCrLf) line++;

      if (place === 'quoted') {
        if (code === QUOTE) {
          append(text.slice(from, i));
          place = 'closing';
        }
        continue;
      }
      if (place === 'closing' && code === QUOTE) {
        // A doubled quote stands for one: it begins the next run.
        place = 'quoted';
        from = i;
        continue;
      }
      if (code === separator || code === LF || code === CR) {
        if (place === 'bare') append(text.slice(from, i));
        from = i + 1;
        if (code === separator) endField();
        else if (!secondOfCrLf) endRecord();
        recordLine = fields.length === 0 ? line : recordLine;
        continue;
      }
      if (place === 'closing')
        throw new ConnectorError(
          `line ${line}: text follows a closing quote; quote the whole field, and double quotes inside it`,
        );
      if (code === QUOTE) {
        if (place === 'bare')
          throw new ConnectorError(
            `line ${line}: a quote inside a field that is not quoted; quote the whole field, and double quotes inside it`,
          );
        place = 'quoted';
        quoteLine = line;
        from = i + 1;
      } else if (place === 'start') {
        place = 'bare';
        from = i;
      }
    }
    if (place === 'quoted' || place === 'bare') append(text.slice(from));
    yield records;
    records = [];
  }
  if (place === 'quoted') throw new ConnectorError(`line ${quoteLine}: a quote is opened and never closed`);
  // A last line without a line end still counts.
  if (place !== 'start' || fields.length > 0) endRecord();
  yield records;
}
