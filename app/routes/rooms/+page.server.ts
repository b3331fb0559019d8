import { newsOf, wake } from '../../server/party/agents.ts';
import { needProfile } from '../../server/party/chosen.ts';
import { listOwnRooms } from '../../server/party/own-rooms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ cookies, depends }) => {
  depends('app:own-rooms');
  const { folder } = await needProfile(cookies, '/rooms');
  const rooms = await listOwnRooms(folder);
  // What needs no decision goes on while somebody has opened the app.
  if (rooms.some(({ chain, slot }) => chain && !chain.over && slot !== undefined)) wake(folder);
  return { rooms, jobs: newsOf(folder).jobs };
};
