/** The Noir compiler of the npm registry, run inside this process. */
import { basename, dirname } from 'node:path';
import { compile_contract, compile_program, createFileManager } from '@noir-lang/noir_wasm';

/** Version of the compiler; part of every artifact's source digest. */
export const PACKAGED_COMPILER = '@noir-lang/noir_wasm 1.0.0-beta.15';

/** What the compiler makes of a circuit; the bytecode is base64 of gzip of bincode. */
export interface RawProgram {
  readonly noir_version: string;
  readonly abi: unknown;
  readonly bytecode: string;
}

/** One function of a compiled contract. */
export interface RawFunction {
  readonly name: string;
  readonly is_unconstrained: boolean;
  readonly custom_attributes: readonly string[];
  readonly abi: unknown;
  readonly bytecode: string;
}

/** What the compiler makes of a contract. */
export interface RawContract {
  readonly noir_version: string;
  readonly name: string;
  readonly functions: readonly RawFunction[];
  readonly outputs: { readonly structs: Record<string, unknown>; readonly globals: Record<string, unknown> };
}

/** Thrown when sources don't compile; the message holds the compiler's diagnostics. */
export class CompileError extends Error {
  constructor(crate: string, diagnostics: string) {
    super(`${crate} does not compile:\n${diagnostics}`);
    this.name = 'CompileError';
  }
}

/** Compiles a circuit crate (type "bin"). @param dir folder of a crate whose dependencies are all folders */
export async function compileProgram(dir: string, log: (line: string) => void = () => {}): Promise<RawProgram> {
  const { program, warnings } = await run(dir, compile_program);
  reportWarnings(warnings, log);
  return program as unknown as RawProgram;
}

/** Compiles a contract crate (type "contract"). @param dir folder of a crate whose dependencies are all folders */
export async function compileContract(dir: string, log: (line: string) => void = () => {}): Promise<RawContract> {
  const { contract, warnings } = await run(dir, compile_contract);
  reportWarnings(warnings, log);
  return contract as unknown as RawContract;
}

async function run<T>(dir: string, compile: (...args: Parameters<typeof compile_program>) => Promise<T>): Promise<T> {
  const silent = (): void => {};
  // The compiler's WebAssembly also writes progress to the console directly.
  const { log, debug } = console;
  Object.assign(console, { log: silent, debug: silent });
  try {
    return await compile(createFileManager(dir), undefined, silent, silent);
  } catch (error) {
    // The diagnostics are in the message, one line each, with the source position below.
    const message = error instanceof Error ? error.message : String(error);
    throw new CompileError(basename(dir), message.replaceAll(`${dirname(dir)}/`, ''));
  } finally {
    Object.assign(console, { log, debug });
  }
}

/** Passes on what the compiler found suspicious. */
function reportWarnings(warnings: unknown, log: (line: string) => void): void {
  if (!Array.isArray(warnings)) return;
  for (const warning of warnings) log(`warning: ${typeof warning === 'string' ? warning : JSON.stringify(warning)}`);
}
