/** Invites in links. The secret stands in the fragment, which browsers keep to themselves. */

const PREFIX = 'zkcr1.';

/** What an invite says of itself, for the eye: the rest is for the server to judge. */
export type InviteFacts = { readonly room: string; readonly slot: number };

/** The link to a page that takes an invite. */
export function inviteLink(origin: string, invite: string): string {
  return `${origin}/join#${invite}`;
}

/** The invite in a text that was pasted, or in a link's fragment; undefined where there is none. */
export function inviteIn(text: string): string | undefined {
  return /zkcr1\.[\w-]+/.exec(text)?.[0];
}

/** Reads what a person can check of an invite; undefined where it is damaged. */
export function inviteFacts(invite: string): InviteFacts | undefined {
  const { room, slot } = jsonIn(invite, PREFIX) ?? {};
  return typeof room === 'string' && typeof slot === 'number' ? { room, slot } : undefined;
}

/** The object that stands in a text after a prefix; undefined where it is damaged. */
export function jsonIn(text: string, prefix: string): Record<string, unknown> | undefined {
  try {
    const base64 = text.slice(prefix.length).replaceAll('-', '+').replaceAll('_', '/');
    const value: unknown = JSON.parse(atob(base64));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
