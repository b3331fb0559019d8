/** From a contract crate to its artifact. */
import { deflateRawSync } from 'node:zlib';
import { stageForBuild } from './build.ts';
import { packagedCompiler, type Compiler } from './compiler.ts';
import type { Staged } from './stage.ts';

/** What Aztec.nr's macros put before the names of the functions that they generate. */
const GENERATED_PREFIX = /^__aztec_nr_internals__/;

/** One function of a contract artifact. */
export interface ContractFunction {
  readonly name: string;
  readonly is_unconstrained: boolean;
  readonly custom_attributes: readonly string[];
  readonly abi: unknown;
  /** base64 of gzip of the program */
  readonly bytecode: string;
  /** Empty, but in the form that `bb aztec_process` wants. */
  readonly debug_symbols: string;
}

/**
 * A compiled contract as committed. It can't be deployed yet: public functions still have to be transpiled for the AVM, and
 * private ones need verification keys, which depend on the SRS (see {@link ./process.ts}).
 */
export interface UnprocessedContract {
  /** Version of the compiler. */
  readonly noir_version: string;
  /** SHA-256 over the sources, Aztec.nr's included, the compiler's version and the build's. */
  readonly source_digest: string;
  readonly name: string;
  readonly functions: readonly ContractFunction[];
  readonly outputs: { readonly structs: object; readonly globals: object };
  /** Empty: sources are left out. */
  readonly file_map: Record<string, never>;
}

/**
 * Compiles and transcodes a contract crate.
 * @param crateDir folder that holds `Nargo.toml` (type "contract")
 * @param log takes the compiler's warnings
 * @throws {CompileError} with the compiler's diagnostics
 */
export async function compileContractCrate(
  crateDir: string,
  log?: (line: string) => void,
): Promise<UnprocessedContract> {
  return compileStagedContract(await stageForBuild(crateDir, 'contracts'), log);
}

/** Compiles a staged contract. @param compiler the packaged one unless another is given */
export async function compileStagedContract(
  staged: Staged,
  log?: (line: string) => void,
  compiler: Compiler = packagedCompiler,
): Promise<UnprocessedContract> {
  if (staged.manifest.type !== 'contract')
    throw new Error(`${staged.manifest.name} is not a contract: its type is ${staged.manifest.type}`);
  const { noir_version, name, functions, outputs } = await compiler.contract(staged, log);
  return {
    noir_version,
    source_digest: compiler.digest(staged),
    name,
    // Debug data, sources and paths are left out.
    functions: functions.map(({ name, is_unconstrained, custom_attributes, abi, bytecode }) => ({
      name: name.replace(GENERATED_PREFIX, ''),
      is_unconstrained,
      custom_attributes,
      abi,
      bytecode,
      debug_symbols: NO_DEBUG_SYMBOLS,
    })),
    outputs: { structs: sorted(outputs.structs), globals: sorted(outputs.globals) },
    file_map: {},
  };
}

/** Debug data without any: base64 of raw deflate of JSON. */
const NO_DEBUG_SYMBOLS = deflateRawSync(
  JSON.stringify({
    debug_infos: [
      {
        brillig_locations: {},
        location_tree: { locations: [{ parent: null, value: { span: { start: 0, end: 0 }, file: 0 } }] },
        acir_locations: {},
        variables: {},
        functions: {},
        types: {},
        brillig_procedure_locs: {},
      },
    ],
  }),
).toString('base64');

/** The same entries in the order of their names: the compiler keeps them in a hash map, whose order changes. */
function sorted<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}
