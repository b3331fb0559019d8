/**
 * A wallet as a browser extension is one: the wallet side of Aztec's wallet SDK around a real wallet and account. Its part within
 * the page is a script of its own; its background, with keys and account, is this process.
 */
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { WalletSchema, type GrantedCapability, type Wallet } from '@aztec/aztec.js/wallet';
import { jsonStringify } from '@aztec/foundation/json-rpc';
import { parseWithOptionals } from '@aztec/foundation/schemas';
import { hashToEmoji } from '@aztec/wallet-sdk/crypto';
import {
  BackgroundConnectionHandler,
  type ActiveSession,
  type PendingDiscovery,
} from '@aztec/wallet-sdk/extension/handlers';
import type { WalletMessage } from '@aztec/wallet-sdk/types';

/** What the wallet's owner says when asked. Tests change it. */
export type Owner = {
  /** Whether a page may see that there is this wallet. */
  meets: (asked: PendingDiscovery) => boolean;
  /** What of its requests a page is allowed; undefined where the wallet knows no such requests. */
  grants: ((asked: readonly GrantedCapability['type'][]) => GrantedCapability[]) | undefined;
  /** Whether a transaction is signed and sent. */
  signs: (functions: readonly string[]) => boolean;
};

export type ExtensionWallet = {
  readonly owner: Owner;
  /** Fingerprints of the keys that were agreed on, as the wallet shows them, the latest last. */
  readonly shown: readonly string[];
  /** Methods that pages called, in order. */
  readonly called: readonly string[];
  /** How many pages are connected. */
  sessions(): number;
  /** Ends all connections. */
  lock(): void;
};

/** How a wallet presents itself. */
export type Presentation = { readonly id: string; readonly name: string; readonly icon?: string };

type Listener = Parameters<ConstructorParameters<typeof BackgroundConnectionHandler>[1]['addContentListener']>[0];

/** Installs a wallet in a browser context: all pages that are opened from now on have it. */
export async function installWallet(
  context: BrowserContext,
  { id, name, icon }: Presentation,
  wallet: Wallet,
): Promise<ExtensionWallet> {
  const owner: Owner = { meets: () => true, grants: undefined, signs: () => true };
  const shown: string[] = [];
  const called: string[] = [];
  const tabs: Page[] = [];
  const listeners: Listener[] = [];
  const tabOf = (page: Page): number => (tabs.includes(page) ? tabs.indexOf(page) : tabs.push(page) - 1) + 1;

  const handler = new BackgroundConnectionHandler(
    { walletId: id, walletName: name, walletVersion: '1.0.0', walletIcon: icon },
    {
      sendToTab: (tab, message) => {
        const script = `globalThis[${JSON.stringify(`toContent ${id}`)}](${JSON.stringify(message)})`;
        void tabs[tab - 1].evaluate(script).catch(() => undefined); // the page may be gone
      },
      addContentListener: (listener) => listeners.push(listener),
    },
    {
      onPendingDiscovery: (asked) => {
        if (owner.meets(asked)) handler.approveDiscovery(asked.requestId);
        else handler.rejectDiscovery(asked.requestId);
      },
      onSessionEstablished: ({ verificationHash }) => shown.push(hashToEmoji(verificationHash)),
      onWalletMessage: (session, message) => void answer(session, message),
    },
  );
  handler.initialize();

  async function answer({ sessionId }: ActiveSession, { messageId, type, args }: WalletMessage): Promise<void> {
    called.push(type);
    const reply = (what: { result?: unknown; error?: unknown }) =>
      handler.sendResponse(sessionId, { messageId, walletId: id, ...what });
    try {
      const result = await perform(type as keyof typeof WalletSchema, args);
      await reply({ result: JSON.parse(jsonStringify(result as object)) });
    } catch (error) {
      await reply({ error: { message: (error as Error).message } });
    }
  }

  async function perform(method: keyof typeof WalletSchema, args: unknown[]): Promise<unknown> {
    const schema = WalletSchema[method].parameters() as Parameters<typeof parseWithOptionals>[1];
    const given: unknown[] = await parseWithOptionals(args, schema);
    if (method === 'requestCapabilities') return capabilities(given);
    if (method === 'sendTx') {
      const [{ calls }] = given as Parameters<Wallet['sendTx']>;
      if (!owner.signs(calls.map((call) => call.name))) throw new Error('The owner of the wallet said no.');
    }
    return (wallet[method] as (...given: unknown[]) => Promise<unknown>)(...given);
  }

  function capabilities([manifest]: unknown[]): Awaited<ReturnType<Wallet['requestCapabilities']>> {
    if (!owner.grants) throw new Error('Not implemented');
    const { capabilities: asked } = manifest as Parameters<Wallet['requestCapabilities']>[0];
    return { version: '1.0', granted: owner.grants(asked.map(({ type }) => type)), wallet: { name, version: '1.0.0' } };
  }

  await context.exposeBinding(`toBackground ${id}`, ({ page }, message: unknown) => {
    for (const listener of listeners) listener(message, { tab: { id: tabOf(page), url: page.url() } });
  });
  await context.addInitScript(await contentScript(id));
  return {
    owner,
    shown,
    called,
    sessions: () => handler.getActiveSessions().length,
    lock: () => handler.getActiveSessions().forEach(({ sessionId }) => handler.terminateSession(sessionId)),
  };
}

/** The part of the wallet that runs in pages, as one script. */
async function contentScript(id: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { ContentScriptConnectionHandler } from '@aztec/wallet-sdk/extension/handlers';
        new ContentScriptConnectionHandler({
          sendToBackground: (message) => void globalThis[${JSON.stringify(`toBackground ${id}`)}](message),
          addBackgroundListener: (listener) => { globalThis[${JSON.stringify(`toContent ${id}`)}] = listener; },
        }).start();`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0].text;
}
