import { fail, redirect } from '@sveltejs/kit';
import { inviteIn } from '../../components/invite-link.ts';
import { fieldToHex } from '../../lib/field/field.ts';
import { decodeInvite } from '../../lib/room/invite.ts';
import { formToken, ownForm, textField } from '../../server/guard.ts';
import { begin } from '../../server/party/agents.ts';
import { needProfile } from '../../server/party/chosen.ts';
import type { Actions, PageServerLoad } from './$types';
import { texts } from './texts.ts';

export const load: PageServerLoad = () => ({ token: formToken() });

export const actions: Actions = {
  default: async ({ request, cookies }) => {
    const { folder } = await needProfile(cookies, '/join');
    const invite = inviteIn(textField(await ownForm(request), 'invite'));
    try {
      decodeInvite(invite ?? '');
    } catch {
      return fail(400, { message: texts.damaged });
    }
    const room = fieldToHex(decodeInvite(invite!).roomId);
    begin(folder, 'join', { room, invite: invite! });
    redirect(303, `/rooms/${room}`);
  },
};
