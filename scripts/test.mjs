/**
 * `npm test` and `npm run soak`: installs what is missing, starts a local network of its own, runs every jest suite on
 * the project's Node, stops the network and ends with the line "N passed, N failed".
 *
 * Plain JavaScript without dependencies: it runs on a fresh clone, before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const soak = process.argv.includes('--soak');
const patterns = process.argv.slice(2).filter((argument) => argument !== '--soak');
const scratch = mkdtempSync(join(tmpdir(), 'clean-room-test-'));
const summary = join(scratch, 'summary.json');
// A network, relay and ports of the run's own: a network that someone is working with is left alone.
const [nodePort, adminPort, l1Port] = await freePorts(3);
const env = {
  ...process.env,
  AZTEC_PORT: nodePort,
  AZTEC_ADMIN_PORT: adminPort,
  ANVIL_PORT: l1Port,
  AZTEC_NODE_URL: `http://127.0.0.1:${nodePort}`,
  ETHEREUM_URL: `http://127.0.0.1:${l1Port}`,
  CLEAN_ROOM_NETWORK: join(scratch, 'network'),
  CLEAN_ROOM_RELAY: join(scratch, 'relay'),
  LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
  ...(soak ? { SOAK: '1' } : {}),
};

/** Ports that nothing listens on right now. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => resolve(server));
      });
    }),
  );
  const ports = servers.map((server) => String(server.address().port));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Runs a command under the project's Node; returns its exit code. */
function run(...args) {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/run.mjs'), ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  return status ?? 1;
}

let failed = 1;
let passed = 0;
let pending = 0;
try {
  if (run('scripts/network.ts', 'start') !== 0) throw new Error('the local network did not start; see its log');
  // One worker: the suites share one network and two cores, and proving takes all of them.
  // Aztec's worker threads and sockets outlive their owners' close: without --forceExit jest would wait for them for good.
  run(
    '--exec',
    'node_modules/jest/bin/jest.js',
    '--runInBand',
    '--forceExit',
    '--json',
    `--outputFile=${summary}`,
    ...patterns,
  );
  const report = JSON.parse(readFileSync(summary, 'utf8'));
  passed = report.numPassedTests;
  pending = report.numPendingTests;
  // A suite that does not even load has no failed tests, only itself.
  failed =
    report.numFailedTests +
    report.testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length;
  if (passed === 0) failed = Math.max(failed, 1);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
} finally {
  run('scripts/network.ts', 'stop');
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed${pending > 0 ? `, ${pending} skipped` : ''}\n`);
process.exitCode = failed === 0 ? 0 : 1;
