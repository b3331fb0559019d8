/** From a circuit crate to its artifact. */
import { join } from 'node:path';
import { digestOf } from './files.ts';
import { COMPILER, compileProgram, type RawProgram } from './noir.ts';
import { CACHE } from './paths.ts';
import { upstreamCrate } from './sources/upstream.ts';
import { stageCrate, type Staged } from './stage.ts';
import { transcodeBytecode } from './transcode/index.ts';

/**
 * Version of what the build does after compiling. Raise it when the same sources would give another artifact, so that
 * every artifact is made again.
 */
export const BUILD_VERSION = '1';

/** A compiled circuit as committed: loads in `@aztec/noir-acvm_js`, `@aztec/noir-noirc_abi` and bb.js 4.1.2. */
export interface CircuitArtifact {
  /** Version of Noir whose program format the bytecode has. */
  readonly noir_version: string;
  /** SHA-256 over the sources, the compiler's version and the build's. */
  readonly source_digest: string;
  readonly abi: unknown;
  /** base64 of gzip of the program */
  readonly bytecode: string;
}

/** Stages a crate under the cache and returns it with the digest that its artifact will carry. */
export async function stageForBuild(crateDir: string, kind: 'circuits' | 'contracts' | 'trials', name: string): Promise<Staged> {
  const staged = await stageCrate(crateDir, join(CACHE, 'noir-stage', kind, name), upstreamCrate);
  const sourceDigest = digestOf(new Map([['sources', staged.sourceDigest], ['compiler', COMPILER], ['build', BUILD_VERSION]]));
  return { ...staged, sourceDigest };
}

/**
 * Compiles and transcodes a circuit crate.
 * @param crateDir folder that holds `Nargo.toml` (type "bin")
 * @throws {CompileError} with the compiler's diagnostics
 */
export async function compileCircuit(crateDir: string, log?: (line: string) => void): Promise<CircuitArtifact> {
  const name = crateDir.replace(/\/+$/, '').split('/').at(-1)!;
  return compileStagedCircuit(await stageForBuild(crateDir, 'circuits', name), log);
}

/** Compiles and transcodes a staged circuit. */
export async function compileStagedCircuit(staged: Staged, log?: (line: string) => void): Promise<CircuitArtifact> {
  if (staged.manifest.type !== 'bin') throw new Error(`${staged.manifest.name} is not a circuit: its type is ${staged.manifest.type}`);
  return circuitArtifact(await compileProgram(staged.dir, log), staged.sourceDigest);
}

/** What is kept of the compiler's output: no debug data, no sources, no paths. */
function circuitArtifact(program: RawProgram, sourceDigest: string): CircuitArtifact {
  return {
    noir_version: program.noir_version,
    source_digest: sourceDigest,
    abi: program.abi,
    bytecode: transcodeBytecode(program.bytecode),
  };
}
