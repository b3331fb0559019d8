/** Worker thread: makes one range of a development SRS and hands the bytes over. */
import { parentPort, workerData } from 'node:worker_threads';
import { powersOfTau } from './powers.ts';

const { tau, from, to } = workerData as { tau: bigint; from: number; to: number };
const bytes = powersOfTau(tau, from, to);
parentPort!.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
