/** The SDK for browsers: one module and what it loads when needed, without an import that a browser cannot resolve. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../lib/paths.ts';

const sources = join(projectRoot, 'app/lib');

/** What functions of Node's side load when they are called. Nothing that a browser's bundle keeps may ask for it. */
const NODE_SIDE = ['node:*', join(sources, 'receipt/chain.ts'), join(sources, 'proof/circuit-files.ts')];

/**
 * Bundles the part of the SDK that runs in browsers.
 * @throws Error when something of it needs Node
 */
export async function bundleForBrowsers(out: string): Promise<void> {
  const { metafile } = await build({
    entryPoints: [join(sources, 'browser.ts')],
    outdir: out,
    bundle: true,
    // The WASM module is a file of its own, loaded when it is first needed.
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    external: NODE_SIDE,
    metafile: true,
    logLevel: 'silent',
  });
  const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
  if (left.length > 0) {
    throw new Error(
      `The SDK for browsers would need ${left.map(({ path }) => path).join(', ')}: see app/lib/browser.ts.`,
    );
  }
}
