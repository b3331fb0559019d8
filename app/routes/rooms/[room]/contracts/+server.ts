import { error } from '@sveltejs/kit';
import { needProfile } from '../../../../server/party/chosen.ts';
import { roomIdOf } from '../../../../server/party/room-page.ts';
import { contractsOf } from '../../../../server/party/wallet-contracts.ts';
import type { RequestHandler } from './$types';

/** The contracts that a wallet has to know for calls about a room. Nothing of them is secret. */
export const GET: RequestHandler = async ({ params, cookies }) => {
  const { folder } = await needProfile(cookies, '/rooms');
  const room = roomIdOf(params.room) ?? error(404, { message: 'There is no room of this id.' });
  const contracts =
    (await contractsOf(folder, room)) ?? error(404, { message: 'This profile has no record of the room.' });
  return new Response(contracts, { headers: { 'content-type': 'application/json' } });
};
