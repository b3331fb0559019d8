/**
 * `npm test` and `npm run soak`: installs what is missing, starts local networks of its own, runs every jest suite on
 * the project's Node, stops the networks and ends with the line "N passed, N failed".
 *
 * Tests of contracts mostly wait for blocks, the others mostly compute: the two run side by side, each on a network of
 * its own, since the former also move their network's clock.
 *
 * Plain JavaScript without dependencies: it runs on a fresh clone, before anything is installed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const soak = process.argv.includes('--soak');
const patterns = process.argv.slice(2).filter((argument) => argument !== '--soak');
const scratch = mkdtempSync(join(tmpdir(), 'clean-room-test-'));

/** Tests of contracts that go with the others: none of them moves the clock, and so both groups take about as long. */
const CALM = '(callers|dao-gate|recovery|registry|roles|storage)';

/** What runs side by side: jest's arguments by name. Named suites run as one. */
const GROUPS = {
  contracts: ['test/contract', '--testPathIgnorePatterns', `test/contract/${CALM}`, 'node_modules'],
  others: ['--testPathIgnorePatterns', `test/contract/(?!${CALM})`, 'node_modules'],
};
const groups = patterns.length > 0 ? { named: patterns } : GROUPS;

/** A network, relay, contracts and ports of a group's own: a network that someone is working with is left alone. */
async function environmentOf(group) {
  const [nodePort, adminPort, l1Port] = await freePorts(3);
  return {
    ...process.env,
    AZTEC_PORT: nodePort,
    AZTEC_ADMIN_PORT: adminPort,
    ANVIL_PORT: l1Port,
    AZTEC_NODE_URL: `http://127.0.0.1:${nodePort}`,
    ETHEREUM_URL: `http://127.0.0.1:${l1Port}`,
    CLEAN_ROOM_NETWORK: join(scratch, group, 'network'),
    CLEAN_ROOM_RELAY: join(scratch, group, 'relay'),
    CLEAN_ROOM_DEPLOYMENTS: join(scratch, group, 'deployments.json'),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
    ...(soak ? { SOAK: '1' } : {}),
  };
}

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

/** Runs a command under the project's Node; resolves to its exit code. */
function run(env, ...args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'scripts/run.mjs'), ...args], {
      cwd: root,
      env,
      stdio: 'inherit',
    });
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Runs a group's suites on a network that lives as long as they do; returns how many tests passed, failed and were skipped. */
async function runGroup(name, env) {
  try {
    if ((await run(env, 'scripts/network.ts', 'start')) !== 0)
      throw new Error('its network did not start; see its log');
    return await runSuites(name, env);
  } finally {
    await run(env, 'scripts/network.ts', 'stop');
  }
}

async function runSuites(name, env) {
  const summary = join(scratch, `${name}.json`);
  // One worker: the suites of a group share one network.
  // Aztec's worker threads and sockets outlive their owners' close: without --forceExit jest would wait for them for good.
  await run(
    env,
    '--exec',
    'node_modules/jest/bin/jest.js',
    '--runInBand',
    '--forceExit',
    '--json',
    `--outputFile=${summary}`,
    ...groups[name],
  );
  const report = JSON.parse(readFileSync(summary, 'utf8'));
  // A suite that does not even load has no failed tests, only itself.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloaded;
  return { passed: report.numPassedTests, failed, pending: report.numPendingTests };
}

const total = { passed: 0, failed: 0, pending: 0 };
try {
  if ((await run(process.env, '--prepare')) !== 0) throw new Error('what the tests need could not be installed');
  const environments = [];
  for (const name of Object.keys(groups)) environments.push(await environmentOf(name));
  const results = await Promise.allSettled(Object.keys(groups).map((name, i) => runGroup(name, environments[i])));
  for (const result of results) {
    if (result.status === 'rejected') {
      process.stderr.write(`a group of suites ended without a report: ${result.reason.message}\n`);
      total.failed++;
      continue;
    }
    for (const count of Object.keys(total)) total[count] += result.value[count];
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (total.passed === 0) total.failed = Math.max(total.failed, 1);
const { passed, failed, pending } = total;
process.stdout.write(`${passed} passed, ${failed} failed${pending > 0 ? `, ${pending} skipped` : ''}\n`);
process.exitCode = failed === 0 ? 0 : 1;
