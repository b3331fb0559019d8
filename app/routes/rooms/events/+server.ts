import { needProfile } from '../../../server/party/chosen.ts';
import { eventStream } from '../../../server/party/event-stream.ts';
import type { RequestHandler } from './$types';

/** News of the chosen profile that are about no single room. */
export const GET: RequestHandler = async ({ cookies }) => eventStream((await needProfile(cookies, '/rooms')).folder);
