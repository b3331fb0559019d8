/** Grants in links, as invites are: the secret stands in the fragment, which browsers keep to themselves. */
import { jsonIn } from './invite-link.ts';

const PREFIX = 'zkcg1.';

/** What a grant says of itself, for the eye: the rest is for the server to judge. */
export type GrantFacts = { readonly room: string; readonly role: 'approver' | 'auditor'; readonly grantee: string };

/** The link to the page that takes a grant. */
export function grantLink(origin: string, grant: string): string {
  return `${origin}/role#${grant}`;
}

/** The grant in a text that was pasted, or in a link's fragment; undefined where there is none. */
export function grantIn(text: string): string | undefined {
  return /zkcg1\.[\w-]+/.exec(text)?.[0];
}

/** Reads what a person can check of a grant; undefined where it is damaged. */
export function grantFacts(grant: string): GrantFacts | undefined {
  const { room, role, grantee } = jsonIn(grant, PREFIX) ?? {};
  if (typeof room !== 'string' || typeof grantee !== 'string') return undefined;
  return role === 'approver' || role === 'auditor' ? { room, role, grantee } : undefined;
}
