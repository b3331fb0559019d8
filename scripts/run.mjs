/**
 * Starts a script of the project under Node 24 with a working native prover, from any Node since 20 and from a fresh clone.
 *
 *   node scripts/run.mjs <script.ts> [arguments]
 *   node scripts/run.mjs --exec <program.js or binary> [arguments]    under the same runtime
 *   node scripts/run.mjs --prepare                                    installs and prepares, starts nothing
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ensureDependencies, prepareRuntime, runtimeEnvironment } from './lib/runtime.mjs';

const USAGE = 'Usage: node scripts/run.mjs <script.ts> [arguments] | --exec <program> [arguments] | --prepare';

async function main(args) {
  if (args.length === 0 || (args[0] === '--exec' && !args[1])) throw new Error(USAGE);
  await ensureDependencies();
  const runtime = await prepareRuntime();
  if (args[0] === '--prepare') return;
  const [command, commandArgs] = commandLine(args, runtime.node);
  start(command, commandArgs, runtimeEnvironment(runtime));
}

/** Program and arguments: JavaScript and TypeScript run under Node, anything else by itself. */
function commandLine(args, node) {
  if (args[0] !== '--exec') return [node, args];
  const [program, ...rest] = args.slice(1);
  if (!/\.[cm]?[jt]s$/.test(program)) return [program, rest];
  // jest loads ES modules through Node's vm modules, which are behind this flag.
  return [node, ['--experimental-vm-modules', program, ...rest]];
}

/** Runs the child in place of this process: same terminal, signals passed on, same exit code or signal. */
function start(command, args, env) {
  const child = spawn(command, args, { stdio: 'inherit', env });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the child as well; passing it on would make it two.
    if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => {
    process.stderr.write(`Cannot start ${command}: ${error.message}\n`);
    process.exit(127);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + constants.signals[signal]);
  });
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
