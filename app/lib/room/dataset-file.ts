/**
 * Datasets as bytes, as a party keeps them: the digests alone, 32 bytes each, where there are no value columns; otherwise
 * `"ZKCRROWS" ‖ version u8 = 1 ‖ columns u8 ‖ 0 ‖ 0`, then for each row its digest and its values as field elements.
 */
import { bytesToFields, FIELD_BYTES, FIELD_MODULUS, fieldsToBytes } from '../field/field.ts';
import { assertDataset, type Dataset } from '../protocol/dataset.ts';
import { valueField } from '../protocol/rules.ts';

/** What a file with values begins with. Its length is no multiple of 32 bytes, so one without values has another length. */
const header = (columns: number) => [...new TextEncoder().encode('ZKCRROWS'), 1, columns, 0, 0];
const HEADER_BYTES = header(0).length;
const COLUMNS_AT = 9;

/** Writes a dataset. */
export function encodeDataset(dataset: Dataset): Uint8Array {
  const { digests, values } = assertDataset(dataset);
  if (!values) return fieldsToBytes(digests, 'row');
  const fields = fieldsToBytes(digests.flatMap((digest, i) => [digest, ...values[i].map(valueField)]));
  const bytes = new Uint8Array(HEADER_BYTES + fields.length);
  bytes.set(header(values[0].length));
  bytes.set(fields, HEADER_BYTES);
  return bytes;
}

/**
 * Reads a dataset.
 * @throws where the bytes are none
 */
export function decodeDataset(bytes: Uint8Array): Dataset {
  if (bytes.length % FIELD_BYTES === 0) return assertDataset({ digests: bytesToFields(bytes, 'row') });
  const columns = bytes[COLUMNS_AT];
  if (header(columns).some((byte, i) => bytes[i] !== byte)) throw new TypeError('the bytes are no dataset');
  const fields = bytesToFields(bytes.subarray(HEADER_BYTES), 'row');
  const width = columns + 1;
  if (fields.length % width !== 0) throw new TypeError('the last row is cut off');
  const rows = Array.from({ length: fields.length / width }, (_, i) => fields.slice(i * width, (i + 1) * width));
  return assertDataset({
    digests: rows.map(([digest]) => digest),
    values: rows.map((row) => row.slice(1).map(signed)),
  });
}

/** The value of a field element: p − |v| stands for a negative one. */
const signed = (field: bigint): bigint => (field > FIELD_MODULUS / 2n ? field - FIELD_MODULUS : field);
