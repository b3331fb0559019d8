import type { ReadableStream } from 'node:stream/web';
import { error } from '@sveltejs/kit';
import { assertToken } from '../../../../server/guard.ts';
import { needProfile } from '../../../../server/party/chosen.ts';
import { forgetReport } from '../../../../server/party/reports.ts';
import { roomIdOf } from '../../../../server/party/room-page.ts';
import { saveUpload } from '../../../../server/party/sources.ts';
import type { RequestHandler } from './$types';

/** Takes a table as a file. It is written to disk as it comes: it may be larger than the memory. */
export const PUT: RequestHandler = async ({ request, params, cookies, url }) => {
  assertToken(request.headers.get('x-token'));
  const { folder } = await needProfile(cookies, '/rooms');
  const room = roomIdOf(params.room) ?? error(404, { message: 'There is no room of this id.' });
  if (!request.body) error(400, { message: 'No file came.' });
  await saveUpload(folder, room, url.searchParams.get('name') ?? '', request.body as ReadableStream);
  forgetReport(folder, room);
  return new Response(null, { status: 204 });
};
