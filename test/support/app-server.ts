/** The app as it is served: built by the real build and run by the real server, in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A running server. */
export type AppServer = { readonly url: string; stop(): Promise<void> };

/**
 * Starts the server.
 * @param env settings beside those of this process; undefined removes one
 * @param options of the command, such as --host
 * @throws Error where it ends before it says where it is
 */
export async function startApp(env: NodeJS.ProcessEnv, options: readonly string[] = []): Promise<AppServer> {
  const server = spawn(process.execPath, ['scripts/serve.ts', '--port', '0', ...options], {
    env: { ...process.env, ORIGIN: undefined, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(server.stdout)) {
    const found = /The app is at (\S+)/.exec(line);
    if (found) return { url: found[1], stop: () => stop(server) };
  }
  throw new Error('the server ended before it said where it is');
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  server.kill();
  await once(server, 'exit');
}
