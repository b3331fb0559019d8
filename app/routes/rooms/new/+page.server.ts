import { fail, redirect } from '@sveltejs/kit';
import { parsePolicyText, PolicyError } from '../../../lib/policy/parse.ts';
import { formToken, ownForm, textField } from '../../../server/guard.ts';
import { begin } from '../../../server/party/agents.ts';
import { needProfile } from '../../../server/party/chosen.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ cookies }) => {
  await needProfile(cookies, '/rooms/new');
  return { token: formToken() };
};

export const actions: Actions = {
  default: async ({ request, cookies }) => {
    const { folder } = await needProfile(cookies, '/rooms/new');
    const form = await ownForm(request);
    const policy = textField(form, 'policy');
    try {
      parsePolicyText(policy);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      return fail(400, { message: error.message });
    }
    begin(folder, 'create', { policy, highRisk: form.get('highRisk') === 'yes' });
    redirect(303, '/rooms');
  },
};
