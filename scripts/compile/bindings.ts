/** TypeScript classes for contracts, written by Aztec's own generator. */
import { generateTypescriptContractInterface } from '@aztec/builder/codegen';
import { loadContractArtifact } from '@aztec/stdlib/abi';
import type { NoirCompiledContract } from '@aztec/stdlib/noir';
import type { UnprocessedContract } from './contract.ts';

/** Where the generated text imports the artifact from; replaced below. */
const PLACEHOLDER = 'artifact-of-the-contract';

/**
 * The TypeScript class of a contract.
 *
 * The generator would import the artifact as JSON. Deployable artifacts depend on the SRS and are made at set-up, so the
 * class asks for the one at hand when it is imported (`readContractArtifact` of `app/lib/chain/artifact.ts`).
 * @param crate name of the contract's crate, and so of its artifact
 */
export async function contractBindings(crate: string, contract: UnprocessedContract): Promise<string> {
  // Only types and names are read, which processing does not change.
  const artifact = loadContractArtifact({ ...contract, transpiled: true } as unknown as NoirCompiledContract);
  const generated = await generateTypescriptContractInterface(artifact, PLACEHOLDER);
  const json = `${contract.name}ContractArtifactJson`;
  const importJson = `import ${json} from '${PLACEHOLDER}' with { type: 'json' };`;
  if (!generated.includes(importJson))
    throw new Error('the generator imports the artifact in another way than expected');
  const readJson = `import { readContractArtifact } from '../../app/lib/chain/artifact.ts';\nconst ${json} = await readContractArtifact('${crate}');`;
  return `// @ts-nocheck: generated, with imports that it may not use\n${generated.trim().replace(importJson, readJson)}\n`;
}
