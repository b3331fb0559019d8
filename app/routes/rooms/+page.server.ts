import { formToken, ownForm } from '../../server/guard.ts';
import { accountOf, newsOf, wake } from '../../server/party/agents.ts';
import { needProfile } from '../../server/party/chosen.ts';
import { listOwnRooms } from '../../server/party/own-rooms.ts';
import { listRoles } from '../../server/party/role-page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ cookies, depends }) => {
  depends('app:own-rooms');
  const { folder } = await needProfile(cookies, '/rooms');
  const rooms = await listOwnRooms(folder);
  // What needs no decision goes on while somebody has opened the app.
  if (rooms.some(({ chain, slot }) => chain && !chain.over && slot !== undefined)) wake(folder);
  return {
    token: formToken(),
    rooms,
    roles: await listRoles(folder),
    account: accountOf(folder),
    jobs: newsOf(folder).jobs,
  };
};

export const actions: Actions = {
  /** Opens the wallet, which tells the account's address. */
  open: async ({ request, cookies }) => {
    await ownForm(request);
    wake((await needProfile(cookies, '/rooms')).folder);
  },
};
