/** A compiler as the build sees it: from a staged crate to programs in the format of Aztec 4.1.2. */
import { digestOf } from './files.ts';
import { compileContract, compileProgram, PACKAGED_COMPILER, type RawContract, type RawProgram } from './noir.ts';
import type { Staged } from './stage.ts';
import { transcodeBytecode } from './transcode/index.ts';

/**
 * Version of what the build does after compiling. Raise it when the same sources would give another artifact, so that
 * every artifact is made again.
 */
const BUILD_VERSION = '1';

/** One of the compilers that the build can use. */
export interface Compiler {
  /** The digest that an artifact of the crate carries: SHA-256 over sources, compiler and build. */
  digest(staged: Staged): string;
  program(staged: Staged, log?: (line: string) => void): Promise<RawProgram>;
  contract(staged: Staged, log?: (line: string) => void): Promise<RawContract>;
}

/** The compiler that comes with the npm packages, its output transcoded. */
export const packagedCompiler: Compiler = {
  digest: (staged) => artifactDigest(staged, PACKAGED_COMPILER),
  program: async (staged, log) => {
    const program = await compileProgram(staged.dir, log);
    return { ...program, bytecode: transcodeBytecode(program.bytecode) };
  },
  contract: async (staged, log) => {
    const contract = await compileContract(staged.dir, log);
    return {
      ...contract,
      functions: contract.functions.map((each) => ({ ...each, bytecode: transcodeBytecode(each.bytecode) })),
    };
  },
};

/** SHA-256 over a crate's sources, a compiler's name and version, and the build's version. */
export function artifactDigest(staged: Staged, compiler: string): string {
  return digestOf(
    new Map([
      ['sources', staged.sourceDigest],
      ['compiler', compiler],
      ['build', BUILD_VERSION],
    ]),
  );
}
