/** The Token contract of Aztec 4.1.2, compiled from its own source by this project's build. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stageForBuild } from '../../scripts/compile/build.ts';
import { compileStagedContract, type UnprocessedContract } from '../../scripts/compile/contract.ts';
import { replaceTree } from '../../scripts/compile/files.ts';
import { CACHE, PACKAGES } from '../../scripts/compile/paths.ts';
import { fileMap } from '../../scripts/compile/sources/published.ts';

const ARTIFACT = join(PACKAGES, '@aztec/noir-contracts.js/artifacts/token_contract-Token.json');

const NARGO_TOML = `[package]
name = "token_contract"
type = "contract"

[dependencies]
${[
  ['aztec', 'aztec'],
  ['balance_set', 'balance-set'],
  ['compressed_string', 'compressed-string'],
  ['uint_note', 'uint-note'],
]
  .map(
    ([name, directory]) =>
      `${name} = { git = "https://github.com/AztecProtocol/aztec-nr", tag = "v4.1.2", directory = "${directory}" }`,
  )
  .join('\n')}
`;

/** The artifact as published. */
export function publishedToken(): UnprocessedContract {
  return JSON.parse(readFileSync(ARTIFACT, 'utf8')) as UnprocessedContract;
}

/** The artifact that the build makes from the source inside the published one. Takes half a minute. */
export async function compileToken(): Promise<UnprocessedContract> {
  const source = [...fileMap(ARTIFACT)].find(([path]) => path.endsWith('/token_contract/src/main.nr'))?.[1];
  if (source === undefined) throw new Error('the published Token carries no source');
  const crate = join(CACHE, 'noir-trials', 'token');
  replaceTree(
    crate,
    new Map([
      ['Nargo.toml', NARGO_TOML],
      ['src/main.nr', source],
    ]),
  );
  return compileStagedContract(await stageForBuild(crate, 'trials'));
}
