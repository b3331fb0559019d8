/**
 * The development SRS: powers of a secret that everybody knows. Whoever knows the secret can prove false statements,
 * so it is for tests and demos on machines that cannot fetch the Ignition points.
 */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { bn254 } from '@noble/curves/bn254.js';
import { POINT_BYTES } from './powers.ts';

/** The secret, the same for everybody: a digest read as an integer, so that it has no structure provers could trip over. */
export const DEVELOPMENT_TAU =
  BigInt(
    `0x${createHash('sha256').update('clean room development SRS: insecure, its secret is public').digest('hex')}`,
  ) % bn254.fields.Fr.ORDER;

/** [tau]_2 of the development SRS, in the form of `g2Bytes`; computing it takes a third of a second. */
export const DEVELOPMENT_G2: Uint8Array = Uint8Array.from(
  Buffer.from(
    '1ba8e7d26b045f60e67083dd55c743dc106d237785cf018a1a60047c3a13700e' +
      '13b3d4d1635093d43c7c26fdb3d36cdfb65812fecdbc38ec8da52b63c067298a' +
      '1f6b42fb6fc0b4c33db039e8170928ef567d761222e9d6ff0ca891a4b468f2eb' +
      '1ee6b325afc1b66a46cf223e41eeb2ec6bc233d8f4bff10e85701b1eef4b9216',
    'hex',
  ),
);

/** Points `from` (included) to `to` (excluded), made on all cores. */
export async function makeDevelopmentPoints(from: number, to: number): Promise<Uint8Array> {
  const count = to - from;
  const parts = Math.max(1, Math.min(availableParallelism(), 16, Math.floor(count / 8192)));
  const bounds = Array.from({ length: parts + 1 }, (_, i) => from + Math.floor((count * i) / parts));
  const pieces = await Promise.all(bounds.slice(1).map((end, i) => runWorker(bounds[i], end)));
  const bytes = new Uint8Array(count * POINT_BYTES);
  pieces.forEach((piece, i) => bytes.set(piece, (bounds[i] - from) * POINT_BYTES));
  return bytes;
}

function runWorker(from: number, to: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./powers-worker.ts', import.meta.url), {
      workerData: { tau: DEVELOPMENT_TAU, from, to },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The worker that makes SRS points ended with code ${code}`)));
  });
}
