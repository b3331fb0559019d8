import { error } from '@sveltejs/kit';
import { assertToken } from '../../../../server/guard.ts';
import { ask } from '../../../../server/party/agents.ts';
import { needProfile } from '../../../../server/party/chosen.ts';
import type { HostCall } from '../../../../server/party/messages.ts';
import { roomIdOf } from '../../../../server/party/room-page.ts';
import type { RequestHandler } from './$types';

const CALLS: readonly HostCall[] = ['create', 'cancel', 'close'];

/** Writes a call of the host, for the wallet that hosts the room. The host's secret of the room is in it. */
export const POST: RequestHandler = async ({ request, params, cookies }) => {
  assertToken(request.headers.get('x-token'));
  const { folder } = await needProfile(cookies, '/rooms');
  const room = roomIdOf(params.room) ?? error(404, { message: 'There is no room of this id.' });
  const asked: unknown = await request.json();
  const call = CALLS.find((each) => each === asked) ?? error(400, { message: 'There is no such call.' });
  const { call: written } = await ask(folder, 'write', { room, call }).catch((refusal: Error) =>
    error(409, { message: refusal.message }),
  );
  return new Response(written, { headers: { 'content-type': 'application/json' } });
};
