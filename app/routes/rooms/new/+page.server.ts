import { fail, redirect } from '@sveltejs/kit';
import { parsePolicyText, PolicyError } from '../../../lib/policy/parse.ts';
import { formToken, ownForm, textField } from '../../../server/guard.ts';
import { begin } from '../../../server/party/agents.ts';
import { needProfile } from '../../../server/party/chosen.ts';
import { rememberedWallet } from '../../../server/party/wallet-memory.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ cookies }) => {
  const { folder } = await needProfile(cookies, '/rooms/new');
  return { token: formToken(), wallet: await rememberedWallet(folder) };
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
    const asked = { policy, highRisk: form.get('highRisk') === 'yes' };
    const host = textField(form, 'host');
    const wallet = await rememberedWallet(folder);
    if (host !== '' && host !== wallet?.account) return fail(400, { message: 'The wallet is not the one on record.' });
    if (host === '') begin(folder, 'create', asked);
    else begin(folder, 'draft', { ...asked, host });
    redirect(303, '/rooms');
  },
};
