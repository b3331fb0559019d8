/** The last pre-check of each room, for a page that is opened again. It holds no value of any row. */
import type { CheckReport } from '../../lib/check/report.ts';

/** A pre-check, and the column that it took for the identifier. */
export type KeptReport = { readonly report: CheckReport; readonly column: string };

const reports = new Map<string, KeptReport>();
const key = (folder: string, room: string): string => `${folder}\0${room}`;

/** Keeps a pre-check, in place of an earlier one. */
export function keepReport(folder: string, room: string, report: KeptReport): void {
  reports.set(key(folder, room), report);
}

/** The last pre-check of the present source; undefined where there was none. */
export function lastReport(folder: string, room: string): KeptReport | undefined {
  return reports.get(key(folder, room));
}

/** Lets go of a pre-check: the source is another one now. */
export function forgetReport(folder: string, room: string): void {
  reports.delete(key(folder, room));
}
