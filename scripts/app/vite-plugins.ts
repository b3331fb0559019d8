/** How the app's build makes the SDK run in browsers. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const KNOWN_CIRCUITS = 'virtual:known-circuits';

/** The module of what the verifier knows of the circuits. Nothing is made before a page asks for it. */
export function knownCircuitsModule(): Plugin {
  return {
    name: 'known-circuits',
    resolveId: (id) => (id === KNOWN_CIRCUITS ? `\0${id}` : undefined),
    async load(id) {
      if (id !== `\0${KNOWN_CIRCUITS}`) return undefined;
      const { knownCircuits } = await import('./known-circuits.ts');
      return `export default ${JSON.stringify(await knownCircuits())};`;
    },
  };
}

/** How the WASM of bb.js is had: as a file, fetched once. A later instance of it needs no network. */
const FETCH_CODE = `
const held = new Map();

async function unpacked(load) {
  const { default: url } = await load();
  const response = await fetch(url);
  if (!response.ok) throw new Error('its WASM could not be loaded: answer ' + response.status);
  const bytes = new Uint8Array(await response.arrayBuffer());
  // Some servers say that it is packed, and the browser has unpacked it.
  if (bytes[0] !== 0x1f) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function fetchCode(multithreaded) {
  const load = multithreaded ? () => import('./barretenberg-threads.js') : () => import('./barretenberg.js');
  const code = held.get(multithreaded) ?? unpacked(load);
  held.set(multithreaded, code);
  code.catch(() => held.delete(multithreaded));
  return code;
}
`;

/** bb.js keeps its WASM as text within scripts, and asks for it by a URL of type data, which our policy forbids: it becomes files. */
export function wasmFiles(): Plugin {
  return {
    name: 'wasm-files',
    enforce: 'pre',
    async load(id) {
      const [, name] = /\/fetch_code\/browser\/(index|barretenberg(?:-threads)?)\.js$/.exec(id) ?? [];
      if (!name) return undefined;
      if (name === 'index') return FETCH_CODE;
      const [, data] = /base64,([A-Za-z0-9+/=]+)/.exec(await readFile(id, 'utf8')) ?? [];
      if (!data) throw new Error(`${id} does not hold the WASM of bb.js as expected.`);
      const file = this.emitFile({
        type: 'asset',
        name: `${name}.wasm.gz`,
        // Packed anew: it has bytes after its end, which browsers refuse.
        source: gzipSync(gunzipSync(Buffer.from(data, 'base64'))),
      });
      return `export default import.meta.ROLLUP_FILE_URL_${file};`;
    },
  };
}

/** What functions of the SDK load in Node alone, when they are called. A browser never gets that far. */
const NODE_SIDE = ['app/lib/receipt/chain.ts', 'app/lib/proof/circuit-files.ts', 'app/lib/proof/keys.ts'];

/** Leaves what only Node runs out of what browsers get. */
export function withoutNodeSide(root: string): Plugin {
  const files = new Set(NODE_SIDE.map((file) => join(root, file)));
  return {
    name: 'without-node-side',
    enforce: 'pre',
    load(id, { ssr } = {}) {
      if (ssr || !files.has(id)) return undefined;
      return `throw new Error('This part of the software does not run in browsers.');\n`;
    },
  };
}

/** Modules of the SDK that browsers have in another form, which lies beside them under a name that ends in -browser.ts. */
const BROWSER_FORMS = ['app/lib/check/keyed-hash.ts', 'app/lib/connector/gzip.ts'];

/** Gives browsers their own form of what only Node can do as it stands. */
export function browserForms(root: string): Plugin {
  const files = new Set(BROWSER_FORMS.map((file) => join(root, file)));
  return {
    name: 'browser-forms',
    enforce: 'pre',
    load(id, { ssr } = {}) {
      if (ssr || !files.has(id)) return undefined;
      return `export * from ${JSON.stringify(id.replace(/\.ts$/, '-browser.ts'))};\n`;
    },
  };
}

/** What Aztec's packages use of Node's modules, as far as a browser needs it: how objects are printed, and that nothing is a terminal. */
const NODE_MODULES: Readonly<Record<string, string>> = {
  assert: `
    export function strict(value, message) {
      if (!value) throw message instanceof Error ? message : new Error(message ?? 'an assertion failed');
    }
    export const assert = strict;
    export default strict;`,
  tty: 'export const isatty = () => false;',
  util: `
    export const inspect = Object.assign((value) => String(value), { custom: Symbol.for('nodejs.util.inspect.custom') });
    export const format = (...parts) => parts.map(String).join(' ');
    export const promisify = () => () => Promise.reject(new Error('This part of the software does not run in browsers.'));
    export default { inspect, format, promisify };`,
};

/** Gives browsers the little that Aztec's packages use of Node. */
export function nodeModules(): Plugin {
  return {
    name: 'node-modules',
    enforce: 'pre',
    resolveId(id, _, options) {
      return !options?.ssr && id in NODE_MODULES ? `\0node-module:${id}` : undefined;
    },
    load(id) {
      return id.startsWith('\0node-module:') ? NODE_MODULES[id.slice('\0node-module:'.length)] : undefined;
    },
  };
}
