/**
 * From the bytecode that the Noir compiler of the npm registry writes (1.0.0-beta.15, bincode) to the one that Aztec 4.1.2
 * reads (1.0.0-beta.18, MessagePack behind a format byte).
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { readBincode } from './bincode.ts';
import { convertProgram } from './convert.ts';
import { writeMsgpack } from './msgpack.ts';
import { programSchema } from './schema.ts';

/** First byte of a serialised program that says "compact MessagePack". */
const FORMAT_MSGPACK_COMPACT = 3;

const SOURCE = programSchema('beta15');
const TARGET = programSchema('beta18');

/** Transcodes a serialised program (not compressed). */
export function transcodeProgram(bincode: Uint8Array): Uint8Array {
  const msgpack = writeMsgpack(convertProgram(readBincode(bincode, SOURCE)), TARGET);
  return Buffer.concat([Uint8Array.of(FORMAT_MSGPACK_COMPACT), msgpack]);
}

/** Transcodes bytecode as it stands in an artifact: base64 of gzip of the program. */
export function transcodeBytecode(bytecode: string): string {
  const program = transcodeProgram(gunzipSync(Buffer.from(bytecode, 'base64')));
  return gzipSync(program, { level: 9 }).toString('base64');
}
