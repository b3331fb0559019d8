/** The committed artifacts are what the committed sources give. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { contractBindings } from '../../scripts/compile/bindings.ts';
import { artifactText, buildTargets, stageForBuild, type BuildTarget } from '../../scripts/compile/build.ts';
import { compileStagedCircuit } from '../../scripts/compile/circuit.ts';
import { packagedCompiler } from '../../scripts/compile/compiler.ts';
import { compileStagedContract } from '../../scripts/compile/contract.ts';
import { CompileError } from '../../scripts/compile/noir.ts';
import { ARTIFACTS, CACHE, ROOT } from '../../scripts/compile/paths.ts';
import { replaceTree } from '../../scripts/compile/files.ts';
import { SOAK } from '../support/choice.ts';

const targets = buildTargets();

/** What is compiled anew: with `SOAK=1` everything, otherwise what compiles fast. */
const small = /^(dataset_32|blind_32|hop_32|match_32_2|release_2|dao_gate)$/;
const compiled = (kind: BuildTarget['kind']) =>
  targets.filter((target) => target.kind === kind && (SOAK || small.test(target.name)));

describe('committed artifacts', () => {
  test.each(targets)('$kind/$name was made from the present sources by the present compiler', async (target) => {
    const { name, dir, kind } = target;
    const committed = JSON.parse(readFileSync(join(ARTIFACTS, kind, `${name}.json`), 'utf8'));
    expect(committed.source_digest).toBe(packagedCompiler.digest(await stageForBuild(dir, kind)));
  });

  test.each(compiled('circuits'))('circuit $name is what its source gives', async ({ name, dir, kind }) => {
    const committed = readFileSync(join(ARTIFACTS, kind, `${name}.json`), 'utf8');
    expect(artifactText(await compileStagedCircuit(await stageForBuild(dir, kind))) === committed).toBe(true);
  });

  test.each(compiled('contracts'))(
    'contract $name and its class are what its source gives',
    async ({ name, dir, kind }) => {
      const contract = await compileStagedContract(await stageForBuild(dir, kind));
      expect(artifactText(contract) === readFileSync(join(ARTIFACTS, kind, `${name}.json`), 'utf8')).toBe(true);
      expect(await contractBindings(name, contract)).toBe(
        readFileSync(join(ARTIFACTS, kind, `${contract.name}.ts`), 'utf8'),
      );
    },
  );

  test('hold no source text and no path of a machine', () => {
    for (const { kind, name } of targets) {
      const text = readFileSync(join(ARTIFACTS, kind, `${name}.json`), 'utf8');
      expect(text).not.toContain(ROOT);
      expect(text).not.toMatch(/\.nr"|\/home\/|\/root\/|\bfn main\(/);
    }
  });
});

describe('a crate with a mistake', () => {
  const crate = (main: string, dependency = ''): string => {
    const dir = join(CACHE, 'noir-trials', 'mistake');
    replaceTree(
      dir,
      new Map([
        ['Nargo.toml', `[package]\nname = "mistake"\ntype = "bin"\n[dependencies]\n${dependency}\n`],
        ['src/main.nr', main],
      ]),
    );
    return dir;
  };

  test("is refused with the compiler's message and the place", async () => {
    const staged = await stageForBuild(crate('// docs\nfn main(x: Field) {\n    assert(y == x);\n}\n'), 'trials');
    await expect(compileStagedCircuit(staged)).rejects.toThrow(CompileError);
    await expect(compileStagedCircuit(staged)).rejects.toThrow(
      /cannot find `y` in this scope\s+mistake\/src\/main.nr:3/,
    );
  });

  test('keeps its line numbers when tests before the mistake are left out', async () => {
    const staged = await stageForBuild(
      crate('#[test]\nfn test_it() {\n    assert(true);\n}\nfn main(x: Field) {\n    assert(y == x);\n}\n'),
      'trials',
    );
    await expect(compileStagedCircuit(staged)).rejects.toThrow(/mistake\/src\/main.nr:6/);
  });

  test('is refused when it names an upstream crate that the build does not have', async () => {
    const dir = crate(
      'fn main() {}',
      'aztec = { git = "https://github.com/AztecProtocol/aztec-nr", tag = "v4.0.0", directory = "aztec" }',
    );
    await expect(stageForBuild(dir, 'trials')).rejects.toThrow('the build has no sources of');
  });
});
