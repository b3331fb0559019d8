/** What the commands print: results on standard output, progress on standard error. */
import type { Progress } from '../../app/lib/room/session.ts';

/** Makes a progress reporter; `label` names the party where several share the terminal. */
export function progressTo(stream: NodeJS.WritableStream, label?: string): (progress: Progress) => void {
  const begun = Date.now();
  return ({ message, done, total }) => {
    const seconds = ((Date.now() - begun) / 1000).toFixed(0).padStart(4);
    const part = total !== undefined && total > 1 ? ` (${(done ?? 0) + 1} of ${total})` : '';
    stream.write(`${seconds} s  ${label ? `${label}: ` : ''}${message}${part}\n`);
  };
}

/** Prints a value as JSON, or as the given text. Bigints become decimal strings. */
export function print(json: boolean, value: unknown, text: string): void {
  process.stdout.write(
    json ? `${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v), 2)}\n` : `${text}\n`,
  );
}
