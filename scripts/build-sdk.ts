/**
 * Builds the SDK as other packages import it: `npm run build:sdk [-- --out DIR]`.
 *
 *   DIR/lib      for Node, a file for each source with its types. It lies as deep as the sources do, so that each file finds
 *                `artifacts/` where its source does.
 *   DIR/browser  for browsers, everything in one bundle; the WASM module is loaded when it is first needed
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './lib/paths.ts';
import { bundleForBrowsers } from './sdk/bundle.ts';
import { compileForNode } from './sdk/compile.ts';

const { values } = parseArgs({ options: { out: { type: 'string', default: join(projectRoot, 'dist') } } });
const out = resolve(values.out);
const [lib, browser] = [join(out, 'lib'), join(out, 'browser')];

try {
  for (const folder of [lib, browser]) await rm(folder, { recursive: true, force: true });
  await compileForNode(lib);
  await bundleForBrowsers(browser);
  process.stdout.write(`The SDK is in ${out}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
