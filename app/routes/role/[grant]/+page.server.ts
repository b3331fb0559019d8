import { error, fail, redirect, type RequestEvent } from '@sveltejs/kit';
import { FLAG_IDS } from '../../../lib/check/flag.ts';
import { forgetGrant } from '../../../lib/room/grant-store.ts';
import { parseField } from '../../../lib/field/field.ts';
import { formToken, ownForm, textField } from '../../../server/guard.ts';
import { accountOf, begin, newsOf, wake } from '../../../server/party/agents.ts';
import { needProfile } from '../../../server/party/chosen.ts';
import { regionOfMachine } from '../../../server/party/policy-part.ts';
import { readRolePage, roomOfRole } from '../../../server/party/role-page.ts';
import { roomIdOf } from '../../../server/party/room-page.ts';
import { texts } from '../texts.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params, cookies, depends }) => {
  depends('app:role');
  const { grant, folder } = await ownRole(params.grant, cookies);
  const role = await readRolePage(folder, grant);
  // The wallet tells whether the role is this account's.
  if (role?.chain && !accountOf(folder)) wake(folder);
  return {
    token: formToken(),
    role,
    account: accountOf(folder),
    news: role ? newsOf(folder, role.room) : undefined,
  };
};

export const actions: Actions = {
  approve: async (event) => {
    const { grant, folder, room, form } = await ownAct(event);
    const named = form.getAll('override');
    const override = FLAG_IDS.filter((id) => named.includes(id));
    begin(folder, 'approve-as', { room, grant, override, region: regionOfMachine() });
  },
  record: async (event) => {
    const { grant, folder, room, form } = await ownAct(event);
    const digest = textField(form, 'digest');
    if (!/^0x00[0-9a-f]{62}$/.test(digest)) return fail(400, { message: texts.badDigest });
    begin(folder, 'record-audit', { room, grant, digest });
  },
  forget: async (event) => {
    const { grant, folder } = await ownAct(event);
    await forgetGrant({ folder }, 'held', parseField(grant));
    redirect(303, '/rooms');
  },
};

async function ownRole(id: string, cookies: RequestEvent['cookies']): Promise<{ grant: string; folder: string }> {
  const grant = roomIdOf(id) ?? error(404, { message: 'There is no role of this id.' });
  return { grant, folder: (await needProfile(cookies, `/role/${grant}`)).folder };
}

async function ownAct({
  request,
  params,
  cookies,
}: RequestEvent): Promise<{ grant: string; folder: string; room: string; form: FormData }> {
  const form = await ownForm(request);
  const own = await ownRole(params.grant!, cookies);
  const room = (await roomOfRole(own.folder, own.grant)) ?? error(404, { message: texts.missing });
  return { ...own, room, form };
}
