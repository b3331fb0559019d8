import { fail, redirect } from '@sveltejs/kit';
import { grantIn } from '../../components/grant-link.ts';
import { fieldToHex } from '../../lib/field/field.ts';
import { initField } from '../../lib/field/poseidon2.ts';
import { decodeGrant, grantCommitment, type Grant } from '../../lib/room/grant.ts';
import { saveGrant } from '../../lib/room/grant-store.ts';
import { formToken, ownForm, textField } from '../../server/guard.ts';
import { needProfile } from '../../server/party/chosen.ts';
import type { Actions, PageServerLoad } from './$types';
import { texts } from './texts.ts';

export const load: PageServerLoad = () => ({ token: formToken() });

export const actions: Actions = {
  default: async ({ request, cookies }) => {
    const { folder } = await needProfile(cookies, '/role');
    const text = grantIn(textField(await ownForm(request), 'grant'));
    let grant: Grant;
    try {
      grant = decodeGrant(text ?? '');
    } catch {
      return fail(400, { message: texts.damaged });
    }
    await initField();
    await saveGrant({ folder }, 'held', grant);
    redirect(303, `/role/${fieldToHex(grantCommitment(grant))}`);
  },
};
