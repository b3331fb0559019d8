import { error } from '@sveltejs/kit';
import { needProfile } from '../../../../server/party/chosen.ts';
import { eventStream } from '../../../../server/party/event-stream.ts';
import { roomIdOf } from '../../../../server/party/room-page.ts';
import type { RequestHandler } from './$types';

/** News of a room of the chosen profile. */
export const GET: RequestHandler = async ({ cookies, params }) => {
  const room = roomIdOf(params.room) ?? error(404, { message: 'There is no room of this id.' });
  return eventStream((await needProfile(cookies, '/rooms')).folder, room);
};
