/** What a page needs to look for a wallet: the network, and the contract whose calls the wallet is to send. */
import { fieldToHex } from '../../lib/field/field.ts';
import type { WalletWish } from '../../wallet/messages.ts';
import { knownDeployment } from '../known-deployment.ts';
import { openChain } from './own-rooms.ts';

/** Undefined where no node answers. */
export async function walletWish(): Promise<WalletWish | undefined> {
  const chain = await openChain().catch(() => undefined);
  if (!chain) return undefined;
  const { info } = chain.connection;
  const rooms = (await knownDeployment(info))?.rooms;
  return {
    chain: { chainId: `0x${info.chainId.toString(16)}`, version: `0x${info.rollupVersion.toString(16)}` },
    contract: rooms === undefined ? undefined : fieldToHex(rooms),
  };
}
