/** Blobs of a fixed number of field elements behind a header: magic, version, three bytes of the kind. */
import { FIELD_BYTES, bytesToFields, fieldsToBytes } from '../field/field.ts';
import { ProtocolError } from './errors.ts';

const HEADER_BYTES = 12;
const VERSION = 1;
const encoder = new TextEncoder();

/** What tells blobs of one kind from all others. */
export type BlobKind = Readonly<{
  /** What errors call it. */
  name: string;
  /** Eight letters that it begins with. */
  magic: string;
  /** The three bytes behind the version. */
  tail: readonly [number, number, number];
  /** Field elements that it holds. */
  fields: number;
}>;

/** Encodes field elements as a blob of a kind. */
export function encodeFields(kind: BlobKind, fields: readonly bigint[]): Uint8Array {
  if (fields.length !== kind.fields)
    throw new ProtocolError(`${kind.name}: there are ${kind.fields} field elements, not ${fields.length}`);
  const bytes = new Uint8Array(HEADER_BYTES + fields.length * FIELD_BYTES);
  bytes.set(encoder.encode(kind.magic));
  bytes.set([VERSION, ...kind.tail], kind.magic.length);
  bytes.set(fieldsToBytes(fields, `${kind.name}: field element`), HEADER_BYTES);
  return bytes;
}

/** Decodes an untrusted blob of a kind. Refuses a wrong length, another header, and elements that are not below p. */
export function decodeFields(kind: BlobKind, blob: Uint8Array): bigint[] {
  const { name, magic, tail, fields } = kind;
  const broken = (why: string): never => {
    throw new ProtocolError(`${name}: ${why}`);
  };
  if (blob.length !== HEADER_BYTES + fields * FIELD_BYTES)
    broken(`${blob.length} bytes do not hold exactly a header and ${fields} field elements`);
  if (encoder.encode(magic).some((byte, i) => blob[i] !== byte)) broken(`the blob does not begin with ${magic}`);
  const version = blob[magic.length];
  if (version !== VERSION)
    broken(`the blob has version ${version}, this client reads version ${VERSION}: update the client`);
  const given = [...blob.subarray(magic.length + 1, HEADER_BYTES)];
  if (tail.some((byte, i) => given[i] !== byte))
    broken(`the header ends with the bytes ${given.join(', ')}, not ${tail.join(', ')}`);
  return bytesToFields(blob.subarray(HEADER_BYTES), `${name}: field element`);
}
