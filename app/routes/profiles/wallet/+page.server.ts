import { formToken } from '../../../server/guard.ts';
import { needProfile } from '../../../server/party/chosen.ts';
import { rememberedWallet } from '../../../server/party/wallet-memory.ts';
import { walletWish } from '../../../server/party/wallet-wish.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ cookies, depends }) => {
  depends('app:wallet');
  const { name, folder } = await needProfile(cookies, '/profiles/wallet');
  return { token: formToken(), name, wish: await walletWish(), remembered: await rememberedWallet(folder) };
};
