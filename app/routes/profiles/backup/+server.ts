import { error } from '@sveltejs/kit';
import { ownForm, textField } from '../../../server/guard.ts';
import { backupProfile, ProfileError } from '../../../server/profiles.ts';
import type { RequestHandler } from './$types';

/** The backup of a profile, for whoever has confirmed on the page that it must stay secret. */
export const POST: RequestHandler = async ({ request }) => {
  const form = await ownForm(request);
  if (form.get('understood') !== 'yes') error(400, { message: 'Confirm first that the file must stay secret.' });
  const name = textField(form, 'name');
  try {
    return new Response(await backupProfile(name), {
      headers: {
        'content-type': 'application/json',
        'content-disposition': `attachment; filename="${name}.profile-backup.json"`,
      },
    });
  } catch (refusal) {
    if (refusal instanceof ProfileError) error(404, { message: refusal.message });
    throw refusal;
  }
};
