/**
 * Renders one of the app's components as its server does. It runs in a process of its own: SvelteKit's build tool reads
 * components, which the test runner does not.
 *
 *   node test/support/render-component.ts Figures < cases.json > pages.json    (a list of properties; a list of HTML)
 */
import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Component } from 'svelte';
import { render } from 'svelte/server';
import { createServer } from 'vite';

const [, , name] = process.argv;
const cases = JSON.parse(readFileSync(0, 'utf8')) as Record<string, unknown>[];
const server = await createServer({
  configFile: false,
  appType: 'custom',
  logLevel: 'silent',
  plugins: [svelte({ configFile: false, compilerOptions: { dev: false } })],
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const module = await server.ssrLoadModule(`/app/components/${name}.svelte`);
const pages = cases.map((props) => render(module.default as Component<Record<string, unknown>>, { props }).body);
await server.close();
process.stdout.write(JSON.stringify(pages));
