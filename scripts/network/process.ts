/** Processes that outlive the command that started them: naming them safely, and ending them. */
import { spawnSync } from 'node:child_process';
import { poll } from './rpc.ts';

/** A process id with the time it started, which tells it from a later process of the same id. */
export interface ProcessMark {
  pid: number;
  started: string;
}

/** Marks a running process; undefined if there is none of this id. */
export function markProcess(pid: number): ProcessMark | undefined {
  // Plain `ps` because it answers alike on Linux and macOS. A zombie has ended already.
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const match = stdout?.trim().match(/^(\S+)\s+(.+)$/);
  return match && !match[1].startsWith('Z') ? { pid, started: match[2].trim() } : undefined;
}

/** True while the marked process itself runs. */
export function isRunning(mark: ProcessMark): boolean {
  return markProcess(mark.pid)?.started === mark.started;
}

/** Ends a process: asks with SIGTERM, and after `graceMs` kills it. Returns when it is gone. */
export async function endProcess(mark: ProcessMark, graceMs: number): Promise<void> {
  const gone = async () => (isRunning(mark) ? undefined : true);
  if (!isRunning(mark)) return;
  signal(mark.pid, 'SIGTERM');
  try {
    await poll(gone, graceMs, 'process to end');
  } catch {
    if (isRunning(mark)) signal(mark.pid, 'SIGKILL');
    await poll(gone, 5_000, `process ${mark.pid} to be killed`);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
