/** What a profile's process was asked to do and what it said, kept for pages that are opened later. */
import type { Progress } from '../../lib/room/session.ts';
import type { Act, TurnNews } from './messages.ts';

/** Something that was asked for. */
export type Job = {
  readonly id: number;
  readonly act: Act;
  readonly room?: string;
  readonly begun: string;
  readonly state: 'running' | 'done' | 'failed';
  /** What it does right now, or why it failed. */
  readonly text: string;
  /** What came of it, in lines. */
  readonly told?: readonly string[];
  /** The room that came out of it. */
  readonly made?: string;
};

/** One line of what happened in a room. */
export type Line = { readonly at: string; readonly text: string };

/** All that is kept. */
export type Desk = {
  readonly jobs: Map<number, Job>;
  readonly lines: Map<string, Line[]>;
  readonly turns: Map<string, TurnNews>;
};

const MOST_JOBS = 50;
const MOST_LINES = 100;

/** An empty desk. */
export function newDesk(): Desk {
  return { jobs: new Map(), lines: new Map(), turns: new Map() };
}

/** Puts a job on record, as it is now. */
export function putJob({ jobs }: Desk, job: Job): void {
  jobs.set(job.id, job);
  for (const [id, { state }] of jobs) {
    if (jobs.size <= MOST_JOBS) break;
    if (state !== 'running') jobs.delete(id);
  }
}

/** Adds a line to a room's, unless it repeats the last one. */
export function putLine({ lines }: Desk, room: string, text: string): void {
  const own = lines.get(room) ?? [];
  if (own.at(-1)?.text === text) return;
  lines.set(room, [...own, { at: new Date().toISOString(), text }].slice(-MOST_LINES));
}

/** A progress in words: `proving hop_256 (2 of 3)`. */
export function progressText({ message, done, total }: Progress): string {
  return total !== undefined && total > 1 ? `${message} (${(done ?? 0) + 1} of ${total})` : message;
}

/** The jobs of a room, the newest first; without a room, those that are about none. */
export function jobsOf({ jobs }: Desk, room?: string): Job[] {
  return [...jobs.values()].filter((job) => job.room === room).reverse();
}
