/** A worker thread of a pool (pool.ts): does the tasks that it is given. */
import type { Barretenberg } from '@aztec/bb.js';
import { barretenberg, initField } from '../field/barretenberg.ts';
import { startNative } from '../field/native.ts';
import type { Answer, Order } from './pool.ts';
import { perform, type BatchMultiplier, type Task } from './tasks.ts';

/** The thread's end of the channel: in Node a port, in browsers the worker's global scope. */
type Port = {
  onmessage: ((event: { data: Order }) => void) | null;
  postMessage(answer: Answer, transfer?: ArrayBuffer[]): void;
};

const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
const port = (inNode ? process.getBuiltinModule('node:worker_threads').parentPort : self) as unknown as Port;

let native: Barretenberg | undefined;
let multiplier: BatchMultiplier | undefined;

port.onmessage = ({ data: order }) => {
  if (order === 'close') void close();
  else if ('task' in order) void work(order.id, order.task);
  else void start(order.backend);
};

async function start(backend: 'native' | 'wasm'): Promise<void> {
  try {
    await initField();
    if (backend === 'native') native = await startNative(1);
    multiplier = native ?? barretenberg();
    port.postMessage('ready');
  } catch (error) {
    port.postMessage({ cannotStart: (error as Error).message });
  }
}

async function work(id: number, task: Task): Promise<void> {
  try {
    const result = await perform(task, multiplier!);
    port.postMessage({ id, result }, [result.buffer as ArrayBuffer]);
  } catch (error) {
    const { name, message } = error as Error;
    port.postMessage({ id, error: { name, message } });
  }
}

async function close(): Promise<void> {
  await native?.destroy();
  port.postMessage('closed');
}
