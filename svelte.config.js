import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    adapter: adapter({ out: process.env.CLEAN_ROOM_BUILD ?? 'build/app' }),
    files: { src: 'app', assets: 'app/static' },
    // Everything comes from this server; scripts that it did not write itself do not run.
    csp: {
      mode: 'nonce',
      directives: {
        'default-src': ['none'],
        'script-src': ['self'],
        'style-src': ['self'],
        // The one inline style: SvelteKit's hidden element that tells a screen reader of a new page.
        'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
        // Wallets show their picture as a URL that holds it.
        'img-src': ['self', 'data:'],
        'connect-src': ['self'],
        'worker-src': ['self'],
        'manifest-src': ['self'],
        'base-uri': ['none'],
        'form-action': ['self'],
        'frame-ancestors': ['none'],
      },
    },
    // The pages import the SDK as Node runs it, with the endings of its files.
    typescript: {
      config: (config) => ({
        ...config,
        compilerOptions: {
          ...config.compilerOptions,
          strict: true,
          allowImportingTsExtensions: true,
          skipLibCheck: true,
          target: 'es2024',
          lib: ['es2024', 'dom', 'dom.iterable', 'esnext.disposable'],
          types: ['node'],
        },
        include: config.include.filter((/** @type {string} */ place) => !/tests?\//.test(place)),
      }),
    },
  },
};
