/** What pages know of wallets in the browser: plain values, so that pages do not load Aztec's packages for them. */

/** The network that a wallet is looked for, as `0x` and hexadecimal digits. */
export type WalletChain = { readonly chainId: string; readonly version: string };

/** What a page asks a wallet for. */
export type WalletWish = {
  readonly chain: WalletChain;
  /** Address of the room contract; undefined where the machine knows none on this network yet. */
  readonly contract?: string;
};

/** How a wallet calls itself. Nothing of it is checked: a wallet may give itself any name. */
export type WalletName = {
  readonly id: string;
  readonly name: string;
  readonly version?: string;
  /** Its picture as a URL of type data; others are left out, since fetching them would tell somebody. */
  readonly icon?: string;
};

/** An account that the wallet showed. */
export type WalletAccount = { readonly alias: string; readonly address: string };

/** What the wallet lets the page do, in words; undefined where it does not say. */
export type WalletGrants = readonly string[] | undefined;

/** A contract that a wallet has to know: Aztec's instance and artifact, as JSON. */
export type KnownContract = { readonly instance: unknown; readonly artifact: unknown };
