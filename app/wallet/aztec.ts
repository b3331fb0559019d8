/**
 * Wallets of the browser, by Aztec's wallet SDK. It is much to load: pages import this file when somebody asks for a wallet.
 *
 * The SDK's protocol: the page calls into the window which network it is for; a wallet whose owner agrees answers with a
 * channel; both sides make a key, whose fingerprint the owner compares; from then on every message is encrypted.
 */
import './node-globals.ts';
import { Fr } from '@aztec/aztec.js/fields';
import {
  WalletSchema,
  type AppCapabilities,
  type GrantedCapability,
  type SendOptions,
  type Wallet,
} from '@aztec/aztec.js/wallet';
import type { ExecutionPayload } from '@aztec/stdlib/tx';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { hashToEmoji } from '@aztec/wallet-sdk/crypto';
import { WalletManager, type WalletProvider } from '@aztec/wallet-sdk/manager';
import type { KnownContract, WalletAccount, WalletGrants, WalletName, WalletWish } from './messages.ts';
import type { WrittenCall } from '../lib/chain/written.ts';

/** By which a wallet knows this software. */
const APP_ID = 'zk-clean-room';

/** Milliseconds that a person has to say yes in the wallet. */
const PATIENCE = 60_000;

/** Acts that a connected wallet is asked for, all of them the host's. */
const METHODS = ['create_room', 'cancel', 'close'];

/** A picture that is in its own URL. Its content is drawn by the browser and cannot run. */
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp|svg\+xml)[;,]/;

/** A wallet that answered. */
export type FoundWallet = WalletName & {
  /** Agrees on a key with the wallet. @throws where it does not answer within 2 seconds */
  open(): Promise<Channel>;
};

/** A key that was agreed on and not compared yet. */
export type Channel = {
  /** The fingerprint of the key, which the wallet shows as well: nine pictures. */
  readonly emojis: readonly string[];
  /** The fingerprints are the same: asks the wallet for accounts. */
  confirm(onEnd: () => void): Promise<Connection>;
  /** They differ: the wallet is told that nothing comes of it. */
  refuse(): void;
};

/** A wallet that showed accounts. */
export type Connection = {
  readonly accounts: readonly WalletAccount[];
  readonly grants: WalletGrants;
  /**
   * Has the wallet send a call, and waits until it is mined.
   * @param contracts what the wallet has to know for it; asked for where it does not know the contract of the call
   * @returns the transaction's hash
   */
  send(call: WrittenCall, contracts: () => Promise<readonly KnownContract[]>): Promise<string>;
  disconnect(): Promise<void>;
};

/** Looks for wallets until `PATIENCE` is over or the search is stopped. */
export function findWallets(
  wish: WalletWish,
  found: (wallet: FoundWallet) => void,
): { done: Promise<void>; stop(): void } {
  const { done, cancel } = WalletManager.configure({ extensions: { enabled: true } }).getAvailableWallets({
    chainInfo: { chainId: Fr.fromHexString(wish.chain.chainId), version: Fr.fromHexString(wish.chain.version) },
    appId: APP_ID,
    timeout: PATIENCE,
    onWalletDiscovered: (provider) => found(foundWallet(provider, wish)),
  });
  return { done, stop: cancel };
}

function foundWallet(provider: WalletProvider, wish: WalletWish): FoundWallet {
  const { id, name, icon, metadata } = provider;
  const version = metadata?.version;
  return {
    id,
    name,
    version: typeof version === 'string' ? version : undefined,
    icon: icon !== undefined && PICTURE.test(icon) ? icon : undefined,
    open: async () => {
      const pending = await provider.establishSecureChannel(APP_ID);
      return {
        emojis: [...hashToEmoji(pending.verificationHash)],
        confirm: async (onEnd) => {
          const wallet = await pending.confirm();
          provider.onDisconnect(onEnd);
          try {
            return await connection(wallet, provider, wish);
          } catch (error) {
            await provider.disconnect();
            throw error;
          }
        },
        refuse: () => pending.cancel(),
      };
    },
  };
}

async function connection(wallet: Wallet, provider: WalletProvider, wish: WalletWish): Promise<Connection> {
  const granted = await capabilitiesOf(wallet, wish);
  const shown = granted?.find((each) => each.type === 'accounts')?.accounts ?? (await wallet.getAccounts());
  const accounts = shown.map(({ alias, item }) => ({ alias, address: item.toString() }));
  if (accounts.length === 0) throw new Error('The wallet shows no account to this page. Make or allow one there.');
  return {
    accounts,
    grants: granted?.map(inWords),
    send: (call, contracts) => send(wallet, call, contracts),
    disconnect: () => provider.disconnect(),
  };
}

/** Asks for what the page needs. Undefined where the wallet does not know such requests, which are optional. */
async function capabilitiesOf(wallet: Wallet, { contract }: WalletWish): Promise<GrantedCapability[] | undefined> {
  const rooms = contract === undefined ? undefined : AztecAddress.fromString(contract);
  const manifest: AppCapabilities = {
    version: '1.0',
    metadata: { name: 'zk Clean Room', version: '1', url: location.origin },
    capabilities: [
      { type: 'accounts', canGet: true },
      ...(rooms ? [{ type: 'contracts' as const, contracts: [rooms], canRegister: true, canGetMetadata: true }] : []),
      ...(rooms
        ? [{ type: 'transaction' as const, scope: METHODS.map((method) => ({ contract: rooms, function: method })) }]
        : []),
    ],
  };
  try {
    return (await wallet.requestCapabilities(manifest)).granted;
  } catch (error) {
    if (/not (?:implemented|supported)|unsupported|unknown method/i.test(String(error))) return undefined;
    throw error;
  }
}

/** What a capability allows, in words. */
function inWords(capability: GrantedCapability): string {
  switch (capability.type) {
    case 'accounts':
      return `see ${capability.accounts.length} ${capability.accounts.length === 1 ? 'account' : 'accounts'}`;
    case 'contracts':
      return capability.canRegister ? 'tell it of the room contract' : 'ask about the room contract';
    case 'transaction':
      return `ask it to send: ${capability.scope === '*' ? 'any call' : capability.scope.map((each) => each.function).join(', ')}`;
    case 'simulation':
      return 'try calls without sending them';
    case 'contractClasses':
      return 'ask about code of contracts';
    case 'data':
      return 'read its address book or private events';
  }
}

async function send(
  wallet: Wallet,
  call: WrittenCall,
  contracts: () => Promise<readonly KnownContract[]>,
): Promise<string> {
  const [payload, options] = WalletSchema.sendTx.parameters().parse([call.payload, { from: call.from }]) as [
    ExecutionPayload,
    SendOptions,
  ];
  const known = await Promise.all(payload.calls.map(({ to }) => wallet.getContractMetadata(to)));
  if (known.some(({ instance }) => instance === undefined)) {
    for (const { instance, artifact } of await contracts()) {
      const given: unknown = WalletSchema.registerContract.parameters().parse([instance, artifact, undefined]);
      await wallet.registerContract(...(given as Parameters<Wallet['registerContract']>));
    }
  }
  const { receipt } = await wallet.sendTx(payload, options);
  return receipt.txHash.toString();
}
