import { error, redirect, type Handle, type HandleServerError } from '@sveltejs/kit';
import { hasPartyPages, isPartyRoute, mayCome } from './server/guard.ts';
import { withoutSecrets } from './server/redact.ts';

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // What the pages say holds for the moment in which they were made.
  'cache-control': 'no-store',
};

/** The one page that pages of others may show in a frame. It runs no script and has nothing to press but a link. */
const FRAMED = '/embed/[room]';

/** Guards a party's pages, and sets the headers that every page has beside the Content-Security-Policy of svelte.config.js. */
export const handle: Handle = async ({ event, resolve }) => {
  if (isPartyRoute(event.route.id)) guard(event);
  const response = await resolve(event);
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  if (event.route.id === FRAMED) allowFraming(response.headers);
  // With no referrer at all, browsers do not say either which page a form is sent from, and the guard has to know.
  if (isPartyRoute(event.route.id)) response.headers.set('referrer-policy', 'same-origin');
  return response;
};

function allowFraming(headers: Headers): void {
  headers.delete('x-frame-options');
  headers.set('cross-origin-resource-policy', 'cross-origin');
  const policy = headers.get('content-security-policy');
  if (policy) headers.set('content-security-policy', policy.replace("frame-ancestors 'none'", 'frame-ancestors *'));
}

function guard({ request, url }: Parameters<Handle>[0]['event']): void {
  if (!hasPartyPages()) {
    error(404, {
      message:
        'Pages of a party are on that party’s own machine alone: run the app there (npm run serve) to take part in rooms.',
    });
  }
  // The server knows itself by one name: "localhost" is another origin than the address, for the browser.
  const host = request.headers.get('host');
  if (request.method === 'GET' && host !== null && host !== url.host) redirect(307, url);
  if (!mayCome(request, url.origin)) error(403, { message: 'Only the pages of this server may ask for this.' });
}

/** Logs what went wrong for whoever runs the server; a visitor is told no more than that something did. */
export const handleError: HandleServerError = ({ error, event, status }) => {
  if (status === 404) return { message: 'There is no page at this address.' };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`[app] ${event.route.id}: ${withoutSecrets(text)}\n`);
  return { message: 'The server could not make this page. Its log says why.' };
};
