/** What a browser loads before a page of the app works: its HTML, styles and scripts, with all that these import at once. */
import { gzipSync } from 'node:zlib';

/** Bytes of a page's parts as they travel, packed by gzip. */
export type FirstLoad = { readonly files: number; readonly gzip: number };

/** A static import or export of a bundled script; `import(` is one that waits until it is asked for. */
const STATIC = /(?:^|[;{}\s])(?:import|export)(?!\s*\()[^"'();]*?["'](\.{1,2}\/[^"']+)["']/g;
/** What a page names of the app's files: in attributes, and in the script with which it begins. */
const NAMED = /["']((?:\.{0,2}\/)*_app\/[^"']+)["']/g;

/**
 * Measures a page.
 * @param page its URL
 * @param headers of the requests, such as a cookie
 * @throws when the page, or a file that it names, is not there
 */
export async function firstLoad(page: string, headers: Record<string, string> = {}): Promise<FirstLoad> {
  const texts = new Map<string, string>();
  const load = async (url: string): Promise<void> => {
    if (texts.has(url)) return;
    const response = await fetch(url, { headers, redirect: 'error' });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answers ${response.status}.`);
    texts.set(url, text);
    // What is to be loaded early stands in a header.
    const early = url === page ? (response.headers.get('link') ?? '').matchAll(/<([^>]+)>/g) : [];
    for (const [, part] of early) await load(new URL(part, url).href);
    const parts = url === page ? text.matchAll(NAMED) : url.endsWith('.js') ? text.matchAll(STATIC) : [];
    for (const [, part] of parts) await load(new URL(part, url).href);
  };
  await load(page);
  const packed = [...texts.values()].map((text) => gzipSync(text).length);
  return { files: texts.size, gzip: packed.reduce((sum, bytes) => sum + bytes, 0) };
}
