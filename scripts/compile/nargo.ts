/** The official compiler, for who has it: it resolves the manifests' git dependencies itself and needs no transcoding. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { artifactDigest, type Compiler } from './compiler.ts';
import { CompileError, type RawContract, type RawProgram } from './noir.ts';
import { ROOT } from './paths.ts';
import type { Staged } from './stage.ts';

/** The version whose programs Aztec 4.1.2 runs. */
const VERSION = '1.0.0-beta.18';

/**
 * The compiler behind `NARGO`, or `nargo` on the PATH.
 * @throws {Error} when there is none, or one of another version
 */
export function nargoCompiler(): Compiler {
  const nargo = process.env.NARGO ?? onPath('nargo');
  if (nargo === undefined) throw new Error('no nargo: set NARGO, put nargo on the PATH, or compile without --nargo');
  const version = /nargo version = (\S+)/.exec(execFileSync(nargo, ['--version'], { encoding: 'utf8' }))?.[1];
  if (version !== VERSION) throw new Error(`${nargo} is version ${version ?? 'unknown'}; Aztec 4.1.2 needs ${VERSION}`);

  const compile = (staged: Staged): unknown => {
    const { name, type } = staged.manifest;
    try {
      execFileSync(nargo, ['compile', '--silence-warnings', '--package', name], {
        cwd: ROOT,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      throw new CompileError(name, String((error as { stderr?: unknown }).stderr ?? error));
    }
    const contract = type === 'contract' ? `-${contractName(staged)}` : '';
    return JSON.parse(readFileSync(join(ROOT, 'target', `${name}${contract}.json`), 'utf8'));
  };
  return {
    digest: (staged) => artifactDigest(staged, `nargo ${version}`),
    program: (staged) => Promise.resolve(compile(staged) as RawProgram),
    contract: (staged) => Promise.resolve(compile(staged) as RawContract),
  };
}

/** Name of the contract that a crate's root declares. */
function contractName(staged: Staged): string {
  const name = /^\s*(?:pub )?contract (\w+)/m.exec(readFileSync(join(staged.dir, 'src/main.nr'), 'utf8'))?.[1];
  if (name === undefined) throw new Error(`${staged.manifest.name}: src/main.nr declares no contract`);
  return name;
}

function onPath(program: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((dir) => join(dir, program))
    .find((file) => existsSync(file));
}
