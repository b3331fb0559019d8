import type { Handle, HandleServerError } from '@sveltejs/kit';
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

/** Sets the headers that every page has beside the Content-Security-Policy of svelte.config.js. */
export const handle: Handle = async ({ event, resolve }) => {
  const response = await resolve(event);
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  return response;
};

/** Logs what went wrong for whoever runs the server; a visitor is told no more than that something did. */
export const handleError: HandleServerError = ({ error, event, status }) => {
  if (status === 404) return { message: 'There is no page at this address.' };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`[app] ${event.route.id}: ${withoutSecrets(text)}\n`);
  return { message: 'The server could not make this page. Its log says why.' };
};
