/**
 * Builds the app where its sources changed since the last build, and serves it.
 *
 *   node scripts/run.mjs scripts/serve.ts [--port 3000] [--host 127.0.0.1]
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { withLock } from '../app/lib/host/lock.mjs';
import { loadSrs } from '../app/lib/proof/srs.ts';
import { cacheFolder, projectRoot } from './lib/paths.ts';

export type ServeOptions = {
  /** TCP port; 0 takes a free one. Default: the environment variable PORT, else 3000. */
  readonly port?: number;
  /** Address to listen at. Default: this machine alone. */
  readonly host?: string;
};

type Handler = (...args: [...Parameters<RequestListener>, next: () => void]) => void;

/** What the build is made from; folders with everything in them. */
const SOURCES = [
  'app',
  'svelte.config.js',
  'vite.config.ts',
  'aztec.config.ts',
  'artifacts/circuits',
  'scripts/app',
  'scripts/lib/paths.ts',
  'package.json',
  'package-lock.json',
];
const buildFolder = join(projectRoot, 'build');
/** Builds that are kept, for servers that still run on them. */
const BUILDS_KEPT = 4;
/** Most bytes of a table that is handed to the server as a file. */
const MOST_UPLOADED = '16G';
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Serves the app from this process until it ends.
 * @returns the app's URL, without a slash at its end
 * @throws when the build fails or the port is taken
 */
export async function serve({ port = portFromEnvironment(), host = '127.0.0.1' }: ServeOptions = {}): Promise<string> {
  const app = await withLock(join(cacheFolder, 'build.lock'), buildApp);
  // The handler reads ORIGIN as it loads, which takes the port that was got.
  const { promise: loaded, resolve: setHandler } = Promise.withResolvers<Handler>();
  const server = createServer(async (request, response) => {
    if (LOOPBACK.has(host) && !namesThisMachine(request)) {
      response
        .writeHead(421, { 'content-type': 'text/plain' })
        .end('This server answers to the names of its own machine alone.\n');
      return;
    }
    for (const [name, value] of headersOf(request.url ?? '')) response.setHeader(name, value);
    (await loaded)(request, response, () => response.writeHead(404).end());
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is taken. Choose another with the environment variable PORT.`);
  });
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
  process.env.ORIGIN ??= url;
  // A party's pages act with its wallet: they are there where nobody else can reach them, not even by a proxy.
  process.env.CLEAN_ROOM_PARTY = LOOPBACK.has(host) && process.env.ORIGIN === url ? 'on' : 'off';
  // Tables are written to disk as they arrive; the adapter's own limit is half a megabyte.
  process.env.BODY_SIZE_LIMIT ??= MOST_UPLOADED;
  const { handler } = (await import(pathToFileURL(join(app, 'handler.js')).href)) as { handler: Handler };
  setHandler(handler);
  process.stdout.write(`The app is at ${url}\n`);
  return url;
}

/**
 * Builds the app unless there is a build of these very sources; returns its folder. Each build has a folder of its own,
 * since a server that runs still loads parts of the one that it began with.
 */
async function buildApp(): Promise<string> {
  const digest = await sourcesDigest();
  const folder = join(buildFolder, digest.slice(0, 16));
  const stamp = join(folder, 'sources.sha256');
  if (existsSync(stamp)) return folder;
  process.stderr.write('building the app\n');
  // In a process of its own: SvelteKit looks for its configuration in the working folder, and bundling takes much memory.
  const vite = join(projectRoot, 'node_modules/vite/bin/vite.js');
  const env = { ...process.env, NODE_ENV: 'production', CLEAN_ROOM_BUILD: folder };
  try {
    await promisify(execFile)(process.execPath, [vite, 'build'], {
      cwd: projectRoot,
      env,
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`The app could not be built:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
  await writeFile(stamp, digest);
  await removeOldBuilds();
  return folder;
}

/** Removes all builds but the newest few. */
async function removeOldBuilds(): Promise<void> {
  const names = await readdir(buildFolder);
  const builds = await Promise.all(
    names.map(async (name) => ({
      folder: join(buildFolder, name),
      made: (await stat(join(buildFolder, name))).mtimeMs,
    })),
  );
  builds.sort((a, b) => b.made - a.made);
  for (const { folder } of builds.slice(BUILDS_KEPT)) await rm(folder, { recursive: true, force: true });
}

async function sourcesDigest(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await Promise.all(SOURCES.map(filesOf))).flat()) {
    const content = await readFile(join(projectRoot, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  // The app's verifier holds the keys that the circuits have under this machine's SRS.
  hash.update((await loadSrs({ numPoints: 2 })).identity);
  return hash.digest('hex');
}

async function filesOf(source: string): Promise<string[]> {
  if (source.includes('.')) return [source];
  const entries = await readdir(join(projectRoot, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(projectRoot.length + 1))
    .sort();
}

/**
 * Headers of files that are served as they are, without the app's own hook. A worker is bound by the policy that its script comes
 * with, not by its page's: there WASM may run, and nothing is asked of others.
 */
function headersOf(url: string): [name: string, value: string][] {
  if (!url.startsWith('/_app/immutable/workers/')) return [];
  return [
    ['content-security-policy', "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"],
    ['x-content-type-options', 'nosniff'],
    ['cross-origin-resource-policy', 'same-origin'],
  ];
}

/** Whether a request was made to this machine by its own name: a page elsewhere whose name was bent to it has another. */
function namesThisMachine({ headers }: IncomingMessage): boolean {
  try {
    return LOOPBACK.has(new URL(`http://${headers.host}`).hostname.replace(/^\[|\]$/g, ''));
  } catch {
    return false;
  }
}

function portFromEnvironment(): number {
  const port = Number(process.env.PORT ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('PORT must be a whole number from 0 to 65535.');
  return port;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, host: { type: 'string' } } });
  await serve({ ...(values.port === undefined ? {} : { port: Number(values.port) }), host: values.host });
}
