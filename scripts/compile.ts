/**
 * `npm run compile`: compiles circuits and contracts into `artifacts/`.
 *
 *   npm run compile                    what changed since its artifact was made
 *   npm run compile -- match_32_2      only these crates
 *   npm run compile -- --force         everything
 *   npm run compile -- --check         compiles everything and compares with the artifacts, writes nothing
 *   npm run compile -- --process      makes the contract artifacts deployable as well, with keys under this machine's SRS
 *   npm run compile -- --nargo         with the official compiler: NARGO, or nargo on the PATH
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_NUM_POINTS, loadSrs } from '../app/lib/proof/srs.ts';
import { contractBindings } from './compile/bindings.ts';
import { artifactText, buildTargets, stageForBuild, type BuildTarget } from './compile/build.ts';
import { compileStagedCircuit } from './compile/circuit.ts';
import { packagedCompiler, type Compiler } from './compile/compiler.ts';
import { compileStagedContract, type UnprocessedContract } from './compile/contract.ts';
import { writeText } from './compile/files.ts';
import { nargoCompiler } from './compile/nargo.ts';
import { CompileError } from './compile/noir.ts';
import { ARTIFACTS, ROOT } from './compile/paths.ts';
import { processArtifacts } from '../app/lib/chain/process-artifacts.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    force: { type: 'boolean' },
    check: { type: 'boolean' },
    process: { type: 'boolean' },
    nargo: { type: 'boolean' },
  },
});

/** Compiles one crate unless its artifact is up to date. Returns what happened. */
async function build(target: BuildTarget, compiler: Compiler): Promise<string> {
  const file = join(ARTIFACTS, target.kind, `${target.name}.json`);
  const present = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const staged = await stageForBuild(target.dir, target.kind);
  if (present !== undefined && !options.force && !options.check) {
    if ((JSON.parse(present) as { source_digest?: string }).source_digest === compiler.digest(staged))
      return 'up to date';
  }
  const started = performance.now();
  const log = (line: string): void => console.warn(line);
  const artifact =
    target.kind === 'circuits'
      ? await compileStagedCircuit(staged, log, compiler)
      : await compileStagedContract(staged, log, compiler);
  const text = artifactText(artifact);
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  if (options.check) {
    if (text !== present)
      throw new Error(`artifacts/${target.kind}/${target.name}.json is not what its sources give; run npm run compile`);
    return `as committed (${took})`;
  }
  writeText(file, text);
  if (target.kind === 'contracts') {
    const contract = artifact as UnprocessedContract;
    writeText(join(ARTIFACTS, 'contracts', `${contract.name}.ts`), await contractBindings(target.name, contract));
  }
  return `compiled (${took})`;
}

async function main(): Promise<void> {
  const compiler = options.nargo ? nargoCompiler() : packagedCompiler;
  const targets = buildTargets();
  for (const name of positionals) {
    if (!targets.some((target) => target.name === name))
      throw new Error(`no crate ${name}; there are ${targets.map(({ name }) => name).join(', ')}`);
  }
  for (const target of targets) {
    if (positionals.length > 0 && !positionals.includes(target.name)) continue;
    console.log(`${target.kind}/${target.name}: ${await build(target, compiler)}`);
  }
  if (options.process) {
    const folder = await processArtifacts(await loadSrs({ numPoints: DEFAULT_NUM_POINTS }));
    console.log(`deployable contracts are in ${relative(ROOT, folder)}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof CompileError || error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
