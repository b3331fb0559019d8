import { fileURLToPath, pathToFileURL } from 'node:url';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import {
  browserForms,
  knownCircuitsModule,
  nodeModules,
  wasmFiles,
  withoutNodeSide,
} from './scripts/app/vite-plugins.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const sources = ['app/', 'scripts/', 'aztec.config.ts'].map((place) => root + place);

/**
 * The SDK finds circuits, worker files and folders beside its sources. Bundled into the server it would look beside the
 * bundle, so on the server every source keeps the URL that it has on disk.
 */
const sourceUrls: Plugin = {
  name: 'source-urls',
  enforce: 'pre',
  transform(code, id, { ssr } = {}) {
    if (!ssr || !code.includes('import.meta.url') || !sources.some((place) => id.startsWith(place))) return;
    return { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)), map: null };
  },
};

const forBrowsers = () => [
  knownCircuitsModule(),
  nodeModules(),
  wasmFiles(),
  withoutNodeSide(root),
  browserForms(root),
];

export default defineConfig({
  plugins: [sourceUrls, ...forBrowsers(), sveltekit()],
  worker: { format: 'es', plugins: forBrowsers },
  // The Aztec packages load WASM and native programs from their own folders: they are never bundled into the server.
  // (Both this build and the adapter leave everything under `dependencies` of package.json where it is.)
  build: { target: 'es2023', reportCompressedSize: false },
});
