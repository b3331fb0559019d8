import { listRooms } from '../server/rooms.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ depends }) => {
  depends('app:rooms');
  return { list: await listRooms(), readAt: new Date().toISOString() };
};
