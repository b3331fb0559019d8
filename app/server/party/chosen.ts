/** Which profile a page works for: a cookie names it, and only profiles of this machine count. */
import { redirect, type Cookies } from '@sveltejs/kit';
import { profileFolder } from '../profiles.ts';

const COOKIE = 'profile';

/** A profile that a page works for. */
export type Chosen = { readonly name: string; readonly folder: string };

/** The chosen profile; undefined where none is, or it is gone. */
export async function chosenProfile(cookies: Cookies): Promise<Chosen | undefined> {
  const name = cookies.get(COOKIE);
  const folder = await profileFolder(name);
  return folder === undefined ? undefined : { name: name!, folder };
}

/** The chosen profile. Who has chosen none is led to the profiles, and back afterwards. */
export async function needProfile(cookies: Cookies, back: string): Promise<Chosen> {
  return (await chosenProfile(cookies)) ?? redirect(303, `/profiles?next=${encodeURIComponent(back)}`);
}

/** Chooses a profile for the pages of this browser. */
export function choose(cookies: Cookies, name: string): void {
  cookies.set(COOKIE, name, { path: '/', httpOnly: true, sameSite: 'lax', secure: false, maxAge: 365 * 86_400 });
}

/** Where a person came from, if that is a path of a party's page; the rooms otherwise. */
export function backFrom(url: URL): string {
  const next = url.searchParams.get('next') ?? '';
  return /^\/(?:rooms|join|role|profiles\/wallet)(?:\/[\w/]*)?$/.test(next) ? next : '/rooms';
}
