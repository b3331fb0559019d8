import { error } from '@sveltejs/kit';
import { assertToken } from '../../../../server/guard.ts';
import { needProfile } from '../../../../server/party/chosen.ts';
import { forgetWallet, rememberWallet, type RememberedWallet } from '../../../../server/party/wallet-memory.ts';
import type { RequestHandler } from './$types';

/** Keeps in mind which wallet and account the profile uses. */
export const PUT: RequestHandler = async ({ request, cookies }) => {
  assertToken(request.headers.get('x-token'));
  const { folder } = await needProfile(cookies, '/profiles/wallet');
  try {
    await rememberWallet(folder, (await request.json()) as RememberedWallet);
  } catch {
    error(400, { message: 'This is no wallet with an account.' });
  }
  return new Response(null, { status: 204 });
};

/** Forgets it. */
export const DELETE: RequestHandler = async ({ request, cookies }) => {
  assertToken(request.headers.get('x-token'));
  await forgetWallet((await needProfile(cookies, '/profiles/wallet')).folder);
  return new Response(null, { status: 204 });
};
