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
  try {
    const base64 = invite.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/');
    const { room, slot } = JSON.parse(atob(base64)) as { room?: unknown; slot?: unknown };
    return typeof room === 'string' && typeof slot === 'number' ? { room, slot } : undefined;
  } catch {
    return undefined;
  }
}
