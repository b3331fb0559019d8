/**
 * Worker threads for long computations over points, in Node and in browsers. Each has a WASM module of its own, and in
 * Node a native bb with one thread: about 90 MB a thread.
 */
import { FieldError } from '../field/field.ts';
import { PointError } from './grumpkin.ts';
import type { Task } from './tasks.ts';

/** Threads that do tasks in the order of their arrival. Several computations may share them. */
export type Pool = {
  /** Number of threads. */
  readonly threads: number;
  /** Does a task; its arrays are handed over and empty afterwards. Rejects with what the task threw. */
  run(task: Task): Promise<Uint8Array>;
  /** Ends all threads; tasks that are not done are rejected. */
  close(): Promise<void>;
};

export type PoolOptions = {
  /** Default: one for each core, at most 16. */
  threads?: number;
  /** What multiplies. Default: bb's native binary in Node, WASM in browsers. */
  backend?: Backend;
};

type Backend = 'native' | 'wasm';

/** A pool that is closed or lost a thread. */
export class PoolError extends Error {
  override name = 'PoolError';
}

/** Tasks that a thread has at a time: while bb multiplies for one, the thread works on the other. */
export const TASKS_A_THREAD = 2;

/** What a worker is sent. */
export type Order = { backend: Backend } | { id: number; task: Task } | 'close';

/** What a worker answers: once when it started or could not, once for every task, once when it has let go of everything. */
export type Answer = 'ready' | { cannotStart: string } | Outcome | 'closed';

/** What became of a task. */
type Outcome = { id: number } & ({ result: Uint8Array } | { error: { name: string; message: string } });

/** A worker of Node or of a browser. */
type Channel = { post(order: Order, transfer: ArrayBuffer[]): void; end(): Promise<unknown> };

/** A worker and the number of its tasks. */
type Thread = Channel & { tasks: number };

/** What a worker reports; `lost` when it ended or failed by itself. */
type Listener = { answer(answer: Answer): void; lost(why: string): void };

/** A task that waits or is in work. */
type Entry = { task: Task; resolve(result: Uint8Array): void; reject(error: Error): void };

const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;

/** In a variable, so that bundlers for browsers leave Node's way of finding it alone. */
const WORKER_FILE = './worker.ts';

/** Starts the threads, about 0.3 s. Close the pool when done, or the process stays alive. */
export async function openPool(options: PoolOptions = {}): Promise<Pool> {
  const threads = options.threads ?? Math.min(16, navigator.hardwareConcurrency);
  if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`a pool cannot have ${threads} threads`);
  const backend = options.backend ?? (inNode ? 'native' : 'wasm');
  const started: Thread[] = [];
  const waiting: Entry[] = [];
  const inWork = new Map<number, Entry>();
  let lastId = 0;
  let broken: PoolError | undefined;

  const fail = (error: PoolError) => {
    broken ??= error;
    for (const { reject } of [...inWork.values(), ...waiting]) reject(broken);
    inWork.clear();
    waiting.length = 0;
  };

  const giveOut = () => {
    while (waiting.length > 0) {
      const thread = started.reduce((least, other) => (other.tasks < least.tasks ? other : least));
      if (thread.tasks === TASKS_A_THREAD) return;
      const entry = waiting.shift()!;
      const id = ++lastId;
      inWork.set(id, entry);
      thread.tasks++;
      thread.post({ id, task: entry.task }, [arrayOf(entry.task).buffer as ArrayBuffer]);
    }
  };

  const finish = (thread: Thread, outcome: Outcome) => {
    const entry = inWork.get(outcome.id);
    inWork.delete(outcome.id);
    thread.tasks--;
    if ('result' in outcome) entry?.resolve(outcome.result);
    else entry?.reject(revive(outcome.error));
    giveOut();
  };

  const workers = Array.from({ length: threads }, () => startWorker(backend, finish, fail));
  const close = async () => {
    fail(new PoolError('the pool of threads is closed'));
    await Promise.all(workers.map((worker) => worker.end()));
  };
  try {
    started.push(...(await Promise.all(workers.map(({ ready }) => ready))));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    threads,
    run: (task) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        waiting.push({ task, resolve, reject });
        giveOut();
      }),
    close,
  };
}

/** Starts a worker; `ready` rejects when it cannot start. */
function startWorker(
  backend: Backend,
  finish: (thread: Thread, outcome: Outcome) => void,
  fail: (error: PoolError) => void,
): { ready: Promise<Thread>; end(): Promise<void> } {
  const ready = Promise.withResolvers<Thread>();
  const ended = Promise.withResolvers<void>();
  // All threads start at once; one failure is enough to hear of.
  ready.promise.catch(() => undefined);
  const channel = spawn({
    answer(answer) {
      if (answer === 'ready') ready.resolve(thread);
      else if (answer === 'closed') ended.resolve();
      else if ('id' in answer) finish(thread, answer);
      else ready.reject(new PoolError(`a thread of the pool cannot start: ${answer.cannotStart}`));
    },
    lost(why) {
      const error = new PoolError(`a thread of the pool ended: ${why}`);
      ready.reject(error);
      ended.resolve();
      fail(error);
    },
  });
  const thread: Thread = { ...channel, tasks: 0 };
  thread.post({ backend }, []);
  return {
    ready: ready.promise,
    async end() {
      thread.post('close', []);
      await ended.promise;
      await thread.end();
    },
  };
}

/** The array of a task, which goes to the thread without a copy. */
function arrayOf(task: Task): Uint8Array {
  return task.kind === 'mul' ? task.points : task.digests;
}

function spawn(listener: Listener): Channel {
  if (inNode) {
    const { Worker: NodeWorker } = process.getBuiltinModule('node:worker_threads');
    const worker = new NodeWorker(new URL(WORKER_FILE, import.meta.url));
    worker.on('message', (answer: Answer) => listener.answer(answer));
    worker.on('error', (error) => listener.lost(error.message));
    worker.on('exit', (code) => listener.lost(`exit code ${code}`));
    return {
      post: (order, transfer) => worker.postMessage(order, transfer),
      end: () => worker.terminate(),
    };
  }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<Answer>) => listener.answer(data);
  worker.onerror = ({ message }) => listener.lost(message);
  return {
    post: (order, transfer) => worker.postMessage(order, transfer),
    end: async () => worker.terminate(),
  };
}

/** An error as the worker threw it: of the same class where callers tell classes apart. */
function revive({ name, message }: { name: string; message: string }): Error {
  if (name === 'FieldError') return new FieldError(message);
  if (name === 'PointError') return new PointError(message);
  return new Error(message);
}
