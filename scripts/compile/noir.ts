/** The Noir compiler of the npm registry, run inside this process. */
import { basename, dirname } from 'node:path';
import { compile_contract, compile_program, createFileManager } from '@noir-lang/noir_wasm';
import { UPSTREAM_CRATES } from './sources/crates.ts';
import { packageVersion } from './sources/published.ts';

/** Name and version of the compiler; part of every artifact's source digest. */
export const PACKAGED_COMPILER = `@noir-lang/noir_wasm ${packageVersion('@noir-lang/noir_wasm')}`;

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

type FileMap = Readonly<Record<number, { readonly path: string; readonly source: string }>>;

/** Crates whose code is not this project's. */
const UPSTREAM = new Set(['std', ...UPSTREAM_CRATES.map((crate) => crate.name)]);

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
  reportRemarks(warnings, program.file_map, dir, log);
  return program as unknown as RawProgram;
}

/** Compiles a contract crate (type "contract"). @param dir folder of a crate whose dependencies are all folders */
export async function compileContract(dir: string, log: (line: string) => void = () => {}): Promise<RawContract> {
  const { contract, warnings } = await run(dir, compile_contract);
  reportRemarks(warnings, contract.file_map, dir, log);
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
    throw new CompileError(basename(dir), withoutWarnings(message.replaceAll(`${dirname(dir)}/`, '')));
  } finally {
    Object.assign(console, { log, debug });
  }
}

/** Diagnostics that are warnings: an error in front of them is what matters. */
const WARNING = /^\s*(unused |trait `.*` is implemented but not in scope)/;

/**
 * The compiler mixes warnings with errors and marks neither: leaves out those known to be warnings, unless nothing else is
 * left. A diagnostic is a line with the message and lines with places, which are indented further.
 */
function withoutWarnings(diagnostics: string): string {
  const groups = diagnostics.split(/\n(?= {0,2}\S)/);
  const errors = groups.filter((group) => !WARNING.test(group));
  return (errors.length > 0 ? errors : groups).join('\n');
}

/** A remark of the compiler: its kind, and the place from the outermost call to the innermost. */
type Remark = Record<
  string,
  Record<
    string,
    { readonly call_stack: readonly { readonly span: { readonly start: number }; readonly file: number }[] }
  >
>;

/**
 * Passes on what the compiler finds suspicious (an unconstrained result that nothing checks, say) about this project's own
 * code. Aztec.nr has many such places, most of them hints that are checked elsewhere.
 */
function reportRemarks(remarks: unknown, fileMap: FileMap, dir: string, log: (line: string) => void): void {
  for (const remark of Array.isArray(remarks) ? (remarks as Remark[]) : []) {
    for (const finding of Object.values(remark)) {
      for (const [kind, { call_stack }] of Object.entries(finding)) {
        const place = call_stack.at(-1);
        const file = place && fileMap[place.file];
        if (!file || UPSTREAM.has(file.path.split('/')[0]!)) continue;
        const line = Buffer.from(file.source).subarray(0, place.span.start).toString().split('\n').length;
        log(`  ${kind} at ${file.path.replace(`${dirname(dir)}/`, '')}:${line}`);
      }
    }
  }
}
