/**
 * Who may use the pages of a party. They act with its wallet and read its tables, so they are served to this machine alone,
 * and nothing but themselves may make them act: no page elsewhere, and no page of another server on this machine.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { error } from '@sveltejs/kit';

/** Routes of the pages, as SvelteKit names them: an address can be written in many ways. */
const PARTY = /^\/(?:profiles|rooms|join|role)(?:\/|$)/;

/** A secret of this start of the server. Its own pages carry it in their forms; another page cannot read it. */
const token = randomBytes(32).toString('base64url');

/** The token, for the forms of a party's pages. */
export function formToken(): string {
  return token;
}

/** Whether a route is one of a party's pages. */
export function isPartyRoute(id: string | null): boolean {
  return id !== null && PARTY.test(id);
}

/** Whether this server has pages of a party: where it listens on this machine alone, which whoever starts it says. */
export function hasPartyPages(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.CLEAN_ROOM_PARTY === 'on';
}

/**
 * Whether a request may come to a party's page, as its headers tell. A person may follow a link to a page from anywhere;
 * everything else comes from the pages themselves.
 * @param origin the server's own
 */
export function mayCome({ method, headers }: Pick<Request, 'method' | 'headers'>, origin: string): boolean {
  const reads = method === 'GET' || method === 'HEAD';
  const from = headers.get('origin');
  if (from !== null && from !== origin) return false;
  if (!reads) return from === origin;
  const site = headers.get('sec-fetch-site');
  return site === null || site === 'same-origin' || site === 'none' || headers.get('sec-fetch-mode') === 'navigate';
}

/** Refuses what does not carry the token of this start. @throws a 403 of SvelteKit */
export function assertToken(given: unknown): void {
  const [own, other] = [Buffer.from(token), Buffer.from(typeof given === 'string' ? given : '')];
  if (own.length === other.length && timingSafeEqual(own, other)) return;
  error(403, {
    message: 'This page was opened before the server was started again, or the request is not its own.',
    todo: 'Load the page again and repeat what you did.',
  });
}

/** The form of a request, if it carries the token. Every action of a party's pages reads its form with this. */
export async function ownForm(request: Request): Promise<FormData> {
  const form = await request.formData();
  assertToken(form.get('token'));
  return form;
}

/** A field of a form as text; empty where it is absent or a file. */
export function textField(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
