/** Long computations of a session: on threads of their own, with progress, where the list is long enough to be worth it. */
import type { BatchOptions } from '../curve/batch.ts';
import { openPool } from '../curve/pool.ts';
import type { Progress } from './session.ts';

/** Elements from which threads gain more than their start costs (about 0.3 s), and people want to know how far it is. */
const LONG = 2_000;

/** Does `work` over `count` elements, on threads where it is long; `message` says what is going on. */
export async function onThreads<T>(
  count: number,
  message: string,
  report: (progress: Progress) => void,
  work: (options: BatchOptions) => Promise<T>,
): Promise<T> {
  if (count < LONG) return work({});
  const pool = await openPool();
  try {
    return await work({ pool, onProgress: (done, total) => report({ message, done, total }) });
  } finally {
    await pool.close();
  }
}
