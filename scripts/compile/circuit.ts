/** From a circuit crate to its artifact. */
import { stageForBuild } from './build.ts';
import { packagedCompiler, type Compiler } from './compiler.ts';
import type { Staged } from './stage.ts';

/** A compiled circuit as committed: loads in `@aztec/noir-acvm_js`, `@aztec/noir-noirc_abi` and bb.js 4.1.2. */
export interface CircuitArtifact {
  /** Version of the compiler. */
  readonly noir_version: string;
  /** SHA-256 over the sources, the compiler's version and the build's. */
  readonly source_digest: string;
  readonly abi: unknown;
  /** base64 of gzip of the program */
  readonly bytecode: string;
}

/**
 * Compiles and transcodes a circuit crate.
 * @param crateDir folder that holds `Nargo.toml` (type "bin")
 * @param log takes the compiler's warnings
 * @throws {CompileError} with the compiler's diagnostics
 */
export async function compileCircuit(crateDir: string, log?: (line: string) => void): Promise<CircuitArtifact> {
  return compileStagedCircuit(await stageForBuild(crateDir, 'circuits'), log);
}

/** Compiles a staged circuit. @param compiler the packaged one unless another is given */
export async function compileStagedCircuit(
  staged: Staged,
  log?: (line: string) => void,
  compiler: Compiler = packagedCompiler,
): Promise<CircuitArtifact> {
  if (staged.manifest.type !== 'bin')
    throw new Error(`${staged.manifest.name} is not a circuit: its type is ${staged.manifest.type}`);
  // Debug data, sources and paths are left out.
  const { noir_version, abi, bytecode } = await compiler.program(staged, log);
  return { noir_version, source_digest: compiler.digest(staged), abi, bytecode };
}
