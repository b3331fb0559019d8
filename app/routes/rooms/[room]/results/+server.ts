import { error, json } from '@sveltejs/kit';
import { needProfile } from '../../../../server/party/chosen.ts';
import { roomIdOf } from '../../../../server/party/room-page.ts';
import { withoutSecrets } from '../../../../server/redact.ts';
import { readResults } from '../../../../server/room-results.ts';
import type { RequestHandler } from './$types';

/** What a room of the chosen profile came to. */
export const GET: RequestHandler = async ({ cookies, params }) => {
  const room = roomIdOf(params.room) ?? error(404, { message: 'There is no room of this id.' });
  const { folder } = await needProfile(cookies, '/rooms');
  const results = await readResults(folder, room).catch((failure: unknown) =>
    error(502, { message: withoutSecrets(failure instanceof Error ? failure.message : String(failure)) }),
  );
  return json(results ?? error(404, { message: 'There is no result of this room to be read here now.' }));
};
