import { fail, redirect } from '@sveltejs/kit';
import { MAX_BACKUP_BYTES } from '../../lib/room/backup.ts';
import { StoreError } from '../../lib/room/store.ts';
import { formToken, ownForm, textField } from '../../server/guard.ts';
import { backFrom, choose, chosenProfile } from '../../server/party/chosen.ts';
import { createProfile, listProfiles, profileFolder, ProfileError, restoreProfile } from '../../server/profiles.ts';
import type { Actions, PageServerLoad } from './$types';
import { texts } from './texts.ts';

export const load: PageServerLoad = async ({ cookies }) => ({
  profiles: (await listProfiles()).map(({ name, folder, rooms }) => ({ name, folder, rooms })),
  chosen: (await chosenProfile(cookies))?.name,
  token: formToken(),
});

export const actions: Actions = {
  create: async ({ request, cookies, url }) => {
    const form = await ownForm(request);
    const name = textField(form, 'name');
    const made = await asRefusal(() => createProfile(name));
    if ('refused' in made) return fail(400, { form: 'create', name, message: made.refused });
    choose(cookies, made.done);
    redirect(303, backFrom(url));
  },
  choose: async ({ request, cookies, url }) => {
    const name = textField(await ownForm(request), 'name');
    if ((await profileFolder(name)) === undefined) return fail(404, { form: 'choose', name, message: 'It is gone.' });
    choose(cookies, name);
    redirect(303, backFrom(url));
  },
  restore: async ({ request, cookies, url }) => {
    const form = await ownForm(request);
    const name = textField(form, 'name');
    const file = form.get('file');
    if (!(file instanceof File) || file.size === 0 || file.size > MAX_BACKUP_BYTES) {
      return fail(400, { form: 'restore', name, message: texts.restoreNeeds });
    }
    const made = await asRefusal(async () => restoreProfile(name, await file.text()));
    if ('refused' in made) return fail(400, { form: 'restore', name, message: made.refused });
    choose(cookies, made.done);
    redirect(303, backFrom(url));
  },
};

/** What is the person's to put right comes back as text; anything else is thrown on. */
async function asRefusal(work: () => Promise<string>): Promise<{ done: string } | { refused: string }> {
  try {
    return { done: await work() };
  } catch (error) {
    if (error instanceof ProfileError || error instanceof StoreError) return { refused: error.message };
    throw error;
  }
}
