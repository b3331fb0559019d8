/** A worker thread of a pool (pool.ts): does one task after another. */
import { BackendType, Barretenberg } from '@aztec/bb.js';
import { barretenberg, initField } from '../field/barretenberg.ts';
import type { Answer, Order } from './pool.ts';
import { perform, type BatchMultiplier } from './tasks.ts';

/** The thread's end of the channel: in Node a port, in browsers the worker's global scope. */
type Port = {
  onmessage: ((event: { data: Order }) => void) | null;
  postMessage(answer: Answer, transfer?: ArrayBuffer[]): void;
};

const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
const port = (inNode ? process.getBuiltinModule('node:worker_threads').parentPort : self) as unknown as Port;

let native: Barretenberg | undefined;
let multiplier: BatchMultiplier | undefined;

port.onmessage = ({ data }) => {
  obey(data).catch((error: Error) => port.postMessage({ error: { name: error.name, message: error.message } }));
};

async function obey(order: Order): Promise<void> {
  if (order === 'close') {
    await native?.destroy();
    port.postMessage('closed');
  } else if ('backend' in order) {
    await initField();
    if (order.backend === 'native') native = await openNative();
    multiplier = native ?? barretenberg();
    port.postMessage('ready');
  } else {
    const result = await perform(order.task, multiplier!);
    port.postMessage({ result }, [result.buffer as ArrayBuffer]);
  }
}

function openNative(): Promise<Barretenberg> {
  return Barretenberg.new({ backend: BackendType.NativeUnixSocket, bbPath: process.env.BB_BINARY_PATH, threads: 1 });
}
