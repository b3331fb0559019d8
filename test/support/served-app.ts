/** The app as it is served: built by the real build, run by the real server in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type ServedApp = {
  /** Without a slash at its end. */
  readonly url: string;
  /** Folder of the receipts that it serves. */
  readonly receipts: string;
  /** Puts a document, or text as it is, into that folder under a room's name. */
  put(room: string, content: unknown): Promise<void>;
  stop(): Promise<void>;
};

/** Starts the app on a free port, with an empty folder of receipts. */
export async function serveApp(environment: Record<string, string>): Promise<ServedApp> {
  const receipts = await mkdtemp(join(tmpdir(), 'clean-room-receipts-'));
  const server = spawn(process.execPath, ['scripts/serve.ts', '--port', '0'], {
    env: { ...process.env, ORIGIN: undefined, CLEAN_ROOM_RECEIPTS: receipts, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    if (server.exitCode === null) {
      server.kill();
      await once(server, 'exit');
    }
    await rm(receipts, { recursive: true, force: true });
  };
  for await (const line of createInterface(server.stdout)) {
    const found = /The app is at (\S+)/.exec(line);
    if (!found) continue;
    const put = (room: string, content: unknown): Promise<void> =>
      writeFile(join(receipts, `${room}.json`), typeof content === 'string' ? content : JSON.stringify(content));
    return { url: found[1], receipts, put, stop };
  }
  await stop();
  throw new Error('the server ended before it said where it is');
}
