/**
 * `npm run compile`: compiles circuits into artifacts.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compileCircuit } from './compile/circuit.ts';
import { writeText } from './compile/files.ts';
import { readManifest } from './compile/manifest.ts';
import { ARTIFACTS, ROOT } from './compile/paths.ts';

const only = process.argv.slice(2).filter(argument => !argument.startsWith('-'));
const circuits = join(ROOT, 'circuits');
for (const name of existsSync(circuits) ? readdirSync(circuits).sort() : []) {
  const dir = join(circuits, name);
  if (!existsSync(join(dir, 'Nargo.toml')) || readManifest(dir).type !== 'bin') continue;
  if (only.length > 0 && !only.includes(name)) continue;
  const artifact = await compileCircuit(dir, console.log);
  writeText(join(ARTIFACTS, 'circuits', `${name}.json`), JSON.stringify(artifact, null, 1) + '\n');
  console.log(`circuits/${name} compiled`);
}
