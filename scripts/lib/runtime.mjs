/**
 * The native runtime: Node 24 and Aztec's `bb`, started so that they work on this host.
 *
 * `bb` and `nodejs_module.node` of Aztec 4.1.2 are linked against glibc 2.39 and GLIBCXX 3.4.32. A host that has
 * them uses both binaries as installed. On an older Debian or Ubuntu the C and C++ libraries of the next release
 * are unpacked beside the project (nothing is installed on the system) and copies of both binaries are made to
 * load them. Plain JavaScript without dependencies: it runs on Node 20 before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { arch, platform } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withLock } from '../../app/lib/host/lock.mjs';

/** The repository's top folder. */
export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Folder of everything that can be made again; `CLEAN_ROOM_CACHE` moves it. */
export const cacheFolder = path.resolve(projectRoot, process.env.CLEAN_ROOM_CACHE ?? '.cache');

/** Raise when the layout of the prepared folder changes, so that old ones are not used. */
const LAYOUT = 1;

/** Release whose libraries are new enough, and the archive components to search, by the host's distribution. */
const RELEASES = {
  debian: { suite: 'trixie', components: 'main' },
  ubuntu: { suite: 'noble', components: 'main universe' },
};

const ARCHITECTURES = {
  x64: { build: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { build: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

const say = (text) => process.stderr.write(`[runtime] ${text}\n`);

/** Path of the `bb` that bb.js finds by itself. Throws on a platform without one. */
export function installedBb() {
  const system = { linux: 'linux', darwin: 'macos' }[platform()];
  const build = ARCHITECTURES[arch()]?.build;
  if (!system || !build) {
    throw new Error(
      `Aztec 4.1.2 has no native prover for ${platform()} on ${arch()}: use Linux or macOS on x64 or arm64.`,
    );
  }
  return path.join(projectRoot, `node_modules/@aztec/bb.js/build/${build}-${system}/bb`);
}

/** Path of the Node 24 that npm installed; a clear error where npm could not. */
function installedNode() {
  const file = path.join(projectRoot, 'node_modules/node/bin/node');
  if (!existsSync(file)) {
    throw new Error(
      'Node 24 is missing from node_modules: run `npm ci` with install scripts allowed for the package "node".',
    );
  }
  return file;
}

/**
 * Installs the locked dependencies unless node_modules already holds them.
 * Contents decide, not file times: a checkout touches times, and a needless `npm ci` costs a minute.
 */
export async function ensureDependencies() {
  if (dependenciesMatch()) return;
  await withLock(path.join(cacheFolder, 'install.lock'), () => {
    if (dependenciesMatch()) return;
    say('node_modules is missing or differs from package-lock.json: running npm ci (about 1.1 GB, a minute or two)');
    // npm's own output goes to stderr: a script's stdout may be read by a program.
    const done = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
      cwd: projectRoot,
      stdio: ['ignore', 2, 2],
    });
    if (done.status !== 0) throw new Error('npm ci failed: see its message above.');
  });
}

/** True if every package of package-lock.json that this host needs is installed at its locked version. */
function dependenciesMatch() {
  const installedLock = path.join(projectRoot, 'node_modules/.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = packages(installedLock);
  return Object.entries(packages(path.join(projectRoot, 'package-lock.json'))).every(([name, locked]) => {
    if (name === '') return true;
    return installed[name] ? installed[name].version === locked.version : Boolean(locked.optional);
  });
}

/**
 * Makes sure that Node 24 and bb run here.
 * @returns {Promise<{node: string, bb: string, patched: boolean}>} absolute paths of both binaries
 */
export async function prepareRuntime() {
  const installed = { node: installedNode(), bb: installedBb(), patched: false };
  const folder = path.join(cacheFolder, 'runtime', runtimeKey(installed));
  const patched = { node: path.join(folder, 'bin/node'), bb: path.join(folder, 'bin/bb'), patched: true };
  if (existsSync(folder)) return patched;
  const failure = startFailure(installed.bb);
  if (failure === undefined) return installed;

  await withLock(`${folder}.lock`, () => {
    if (existsSync(folder)) return;
    say(`bb does not start with this system's libraries (${failure})`);
    const release = hostRelease();
    const work = `${folder}.making-${process.pid}`;
    try {
      buildRuntime({ installed, folder, work, release });
      renameSync(work, folder);
      // Only now do the paths that the copies carry exist.
      for (const binary of [patched.node, patched.bb]) {
        const reason = startFailure(binary);
        if (reason === undefined) continue;
        rmSync(folder, { recursive: true });
        throw new Error(`The prepared ${path.basename(binary)} does not start: ${reason}`);
      }
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    say(`ready: ${path.relative(projectRoot, folder)}`);
  });
  return patched;
}

/**
 * Environment under which a child finds this Node first on its PATH and bb.js finds this bb.
 * @param {{node: string, bb: string, patched: boolean}} runtime from `prepareRuntime`
 */
export function runtimeEnvironment(runtime) {
  const env = {
    ...process.env,
    PATH: [path.dirname(runtime.node), path.join(projectRoot, 'node_modules/.bin'), process.env.PATH].join(
      path.delimiter,
    ),
    BB: runtime.bb,
    BB_BINARY_PATH: runtime.bb,
    // jest's module loader for ES modules and bb's sockets need no telemetry or prompts.
    NODE_NO_WARNINGS: process.env.NODE_NO_WARNINGS ?? '1',
    // Thousands of modules are compiled once and not by every command: a quarter of the time that it takes to start.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(cacheFolder, 'compiled'),
  };
  if (runtime.patched) {
    const redirect = `--import=${pathToFileURL(path.join(projectRoot, 'scripts/lib/redirect-bb.mjs')).href}`;
    if (!env.NODE_OPTIONS?.includes(redirect))
      env.NODE_OPTIONS = [env.NODE_OPTIONS, redirect].filter(Boolean).join(' ');
    env.CLEAN_ROOM_BB_INSTALLED = installedBb();
  }
  return env;
}

/** Names a prepared folder: another version, place or release makes another folder. */
function runtimeKey({ node, bb }) {
  const version = (name) =>
    JSON.parse(readFileSync(path.join(projectRoot, 'node_modules', name, 'package.json'), 'utf8')).version;
  const parts = [
    LAYOUT,
    node,
    statSync(node).size,
    version('node'),
    bb,
    statSync(bb).size,
    version('@aztec/bb.js'),
    cacheFolder,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Why a binary does not start, or undefined if it does. */
function startFailure(binary) {
  const run = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  if (run.status === 0) return undefined;
  return (
    run.stderr?.match(/version `([^']+)' not found/)?.[0] ??
    run.error?.message ??
    `exit code ${run.status ?? run.signal}`
  );
}

/** The host's distribution with the archive addresses that its own package sources name. */
function hostRelease() {
  const advice =
    'Use a system with glibc 2.39 and GCC 14 libraries or newer (Debian 13, Ubuntu 24.04, Fedora 40), or a container of one.';
  if (platform() !== 'linux') throw new Error(`bb of Aztec 4.1.2 does not start here. ${advice}`);
  const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const field = (name) => osRelease.match(new RegExp(`^${name}="?([^"\\n]*)`, 'm'))?.[1];
  const release = RELEASES[field('ID')];
  if (!release || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new Error(
      `This system's C library is too old for Aztec 4.1.2 and only Debian and Ubuntu can be helped. ${advice}`,
    );
  }
  const archives = packageSources().filter((source) => source.suites.includes(field('VERSION_CODENAME')));
  if (archives.length === 0)
    throw new Error(`No package source for ${field('VERSION_CODENAME')} in /etc/apt. ${advice}`);
  return { ...release, ownSuite: field('VERSION_CODENAME'), archives };
}

/** Every binary package source in /etc/apt: `{uris, suites, signedBy}`, from both formats that apt reads. */
function packageSources() {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
  return ['/etc/apt/sources.list', ...files].filter(existsSync).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    if (file.endsWith('.sources'))
      return text
        .split(/\n\s*\n/)
        .map(parseStanza)
        .filter(Boolean);
    return file.endsWith('.list') ? text.split('\n').map(parseLine).filter(Boolean) : [];
  });
}

/** One deb822 stanza; undefined unless it is an enabled binary source. */
function parseStanza(stanza) {
  const lines = stanza
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  const field = (name) => lines.match(new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'mi'))?.[1].trim();
  const words = (name) => (field(name) ?? '').split(/\s+/).filter(Boolean);
  if (!words('Types').includes('deb') || field('Enabled') === 'no') return undefined;
  const signedBy = field('Signed-By');
  // A key written into the stanza itself cannot be quoted as a path: fall back to the system's trusted keys.
  return { uris: words('URIs'), suites: words('Suites'), signedBy: signedBy?.startsWith('/') ? signedBy : undefined };
}

/** One line of the classic format: deb [options] uri suite components. */
function parseLine(line) {
  const match = line.match(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/);
  if (!match) return undefined;
  return { uris: [match[2]], suites: [match[3]], signedBy: match[1]?.match(/signed-by=(\S+)/i)?.[1] };
}

/** Downloads the newer libraries and patchelf, and fills `work` with what `folder` will hold. */
function buildRuntime({ installed, folder, work, release }) {
  const target = ARCHITECTURES[arch()];
  const unpacked = path.join(work, 'unpacked');
  mkdirSync(path.join(work, 'bin'), { recursive: true });
  say(`fetching libc6, libstdc++6 and libgcc-s1 of ${release.suite} into a private folder (the system stays as it is)`);
  // patchelf 0.18 of the newer release breaks Node's large non-relocatable binary; 0.14 of the host's own does not.
  const libraries = ['libc6', 'libstdc++6', 'libgcc-s1'].map((name) => `${name}/${release.suite}`);
  for (const archive of downloadPackages(work, release, [...libraries, `patchelf/${release.ownSuite}`])) {
    run('dpkg-deb', ['--extract', archive, unpacked]);
  }

  // Libraries lie under /lib or /usr/lib, whichever the release uses.
  const lib = path.join(work, 'lib');
  for (const place of ['lib', 'usr/lib']) {
    const from = path.join(unpacked, place, target.triplet);
    if (existsSync(from)) cpSync(from, lib, { recursive: true, verbatimSymlinks: true });
  }
  chmodSync(path.join(lib, target.loader), 0o755);

  const finalLib = path.join(folder, 'lib');
  for (const name of ['node', 'bb']) {
    const copy = path.join(work, 'bin', name);
    copyFileSync(installed[name], copy);
    chmodSync(copy, 0o755);
    run(path.join(unpacked, 'usr/bin/patchelf'), [
      '--set-interpreter',
      path.join(finalLib, target.loader),
      '--set-rpath',
      finalLib,
      '--force-rpath',
      copy,
    ]);
  }
  rmSync(unpacked, { recursive: true });
  rmSync(path.join(work, 'apt'), { recursive: true });
}

/**
 * Downloads packages with a configuration of its own: package lists, cache and sources all lie under `work`.
 * Signatures are checked with the system's keys. The system's transport settings (proxies, retries) are kept.
 * @returns {string[]} the downloaded archives
 */
function downloadPackages(work, { suite, ownSuite, components, archives }, names) {
  const apt = path.join(work, 'apt');
  for (const name of ['etc/parts', 'state/lists/partial', 'cache/archives/partial', 'archives']) {
    mkdirSync(path.join(apt, name), { recursive: true });
  }
  const sources = archives.flatMap(({ uris, signedBy }) =>
    uris.flatMap((uri) =>
      [suite, ownSuite].map(
        (name) => `deb ${signedBy ? `[signed-by=${signedBy}] ` : ''}${uri} ${name} ${components}\n`,
      ),
    ),
  );
  writeFileSync(path.join(apt, 'etc/sources.list'), [...new Set(sources)].join(''));
  writeFileSync(path.join(apt, 'state/status'), '');

  const transport = run('apt-config', ['dump'])
    .split('\n')
    .filter((line) => line.startsWith('Acquire::') && !/^Acquire::(IndexTargets|Changelogs|cdrom)/.test(line));
  const settings = {
    'Dir::Etc::parts': path.join(apt, 'etc/parts'), // leaves out the system's hooks, which touch system folders
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::sourcelist': path.join(apt, 'etc/sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '-',
    'Dir::State': path.join(apt, 'state'),
    'Dir::State::status': path.join(apt, 'state/status'),
    'Dir::Cache': path.join(apt, 'cache'),
    'APT::Sandbox::User': 'root', // the unprivileged download user cannot write into a project folder
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  const lines = [...transport, ...Object.entries(settings).map(([key, value]) => `${key} "${value}";`)];
  const configuration = path.join(apt, 'apt.conf');
  writeFileSync(configuration, `${lines.join('\n')}\n`);

  const options = { cwd: path.join(apt, 'archives'), env: { ...process.env, APT_CONFIG: configuration, LC_ALL: 'C' } };
  run('apt-get', ['update', '-q'], options);
  run('apt-get', ['download', '-q', ...names], options);
  return readdirSync(options.cwd)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => path.join(options.cwd, name));
}

/** Runs a command to its end and returns its stdout; the error holds what the command said. */
function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  if (done.status === 0) return done.stdout;
  const reason = [done.error?.message, done.stderr, done.stdout].filter(Boolean).join('\n').trim();
  throw new Error(
    `${path.basename(command)} ${args[0]} failed: ${reason || `exit code ${done.status ?? done.signal}`}`,
  );
}
