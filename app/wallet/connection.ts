/**
 * The one wallet that this tab is connected to. All pages share it: it lasts while a person goes from page to page, and ends
 * with the tab or a new load, since nothing of a connection is kept but the wallet's name.
 */
import { get, writable, type Readable } from 'svelte/store';
import type { Channel, Connection, FoundWallet } from './aztec.ts';
import type { KnownContract, WalletAccount, WalletGrants, WalletName, WalletWish } from './messages.ts';
import type { WrittenCall } from '../lib/chain/written.ts';

/** How far the tab is with a wallet. `profile` is the one that it is connected for. */
export type WalletState =
  | { readonly step: 'none'; readonly reason?: string }
  | {
      readonly step: 'looking';
      readonly profile: string;
      readonly found: readonly WalletName[];
      readonly over: boolean;
    }
  | { readonly step: 'opening'; readonly profile: string; readonly wallet: WalletName }
  | {
      readonly step: 'comparing';
      readonly profile: string;
      readonly wallet: WalletName;
      readonly emojis: readonly string[];
    }
  | { readonly step: 'asking'; readonly profile: string; readonly wallet: WalletName }
  | ConnectedWallet;

/** A wallet that showed accounts, one of which the profile uses. */
export type ConnectedWallet = {
  readonly step: 'connected';
  readonly profile: string;
  readonly wallet: WalletName;
  readonly accounts: readonly WalletAccount[];
  readonly account: WalletAccount;
  readonly grants: WalletGrants;
};

const state = writable<WalletState>({ step: 'none' });

/** What pages show. */
export const walletState: Readable<WalletState> = { subscribe: state.subscribe };

let found: readonly FoundWallet[] = [];
let stop = (): void => {};
let channel: Channel | undefined;
let connection: Connection | undefined;

/** Looks for wallets of a network. Whatever the tab was connected to ends. */
export async function lookForWallets(profile: string, wish: WalletWish): Promise<void> {
  await disconnectWallet();
  found = [];
  state.set({ step: 'looking', profile, found, over: false });
  try {
    const { findWallets } = await import('./aztec.ts');
    const search = findWallets(wish, (wallet) => {
      found = [...found, wallet];
      look((now) => ({ ...now, found: found.map(nameOf) }));
    });
    stop = search.stop;
    await search.done;
    look((now) => ({ ...now, over: true }));
  } catch (error) {
    state.set({ step: 'none', reason: reasonOf(error) });
  }
}

/** Ends the search. What was found stays. */
export function stopLooking(): void {
  stop();
}

/** Agrees on a key with one of the wallets that were found. */
export async function openWallet(id: string): Promise<void> {
  const now = get(state);
  const wallet = found.find((each) => each.id === id);
  if (!wallet || now.step !== 'looking') return;
  stop();
  const { profile } = now;
  state.set({ step: 'opening', profile, wallet: nameOf(wallet) });
  try {
    channel = await wallet.open();
    state.set({ step: 'comparing', profile, wallet: nameOf(wallet), emojis: channel.emojis });
  } catch (error) {
    state.set({ step: 'none', reason: reasonOf(error) });
  }
}

/** The fingerprints are the same: connects. */
export async function confirmWallet(): Promise<void> {
  const now = get(state);
  if (now.step !== 'comparing' || !channel) return;
  const { profile, wallet } = now;
  state.set({ step: 'asking', profile, wallet });
  try {
    connection = await channel.confirm(() => {
      connection = undefined;
      state.set({ step: 'none', reason: 'The wallet ended the connection.' });
    });
    const { accounts, grants } = connection;
    state.set({ step: 'connected', profile, wallet, accounts, account: accounts[0], grants });
  } catch (error) {
    state.set({ step: 'none', reason: reasonOf(error) });
  }
}

/** The fingerprints differ: nothing is connected. */
export function refuseWallet(reason: string): void {
  channel?.refuse();
  channel = undefined;
  state.set({ step: 'none', reason });
}

/** Uses another one of the wallet's accounts. */
export function useAccount(address: string): void {
  state.update((now) => {
    const account = now.step === 'connected' && now.accounts.find((each) => each.address === address);
    return account ? { ...now, account } : now;
  });
}

/** Ends the connection, if there is one. */
export async function disconnectWallet(): Promise<void> {
  stop();
  const ended = connection;
  connection = undefined;
  channel = undefined;
  await ended?.disconnect();
  state.set({ step: 'none' });
}

/** Has the connected wallet send a call. @throws Error with what the wallet says, or that none is connected */
export async function sendByWallet(
  call: WrittenCall,
  contracts: () => Promise<readonly KnownContract[]>,
): Promise<string> {
  if (!connection) throw new Error('No wallet is connected.');
  try {
    return await connection.send(call, contracts);
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
}

/** Changes the state of a search, unless the search is over by now. */
function look(change: (now: WalletState & { step: 'looking' }) => WalletState): void {
  state.update((now) => (now.step === 'looking' ? change(now) : now));
}

function nameOf({ id, name, version, icon }: FoundWallet): WalletName {
  return { id, name, version, icon };
}

/** What went wrong, as text. Wallets answer with errors in JSON. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text === 'Key exchange timeout') return 'The wallet did not answer. Look for it again.';
  try {
    const told = JSON.parse(text) as unknown;
    if (typeof told === 'string') return told;
    const { message } = told as { message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
