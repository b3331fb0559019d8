/**
 * A wallet of the browser as host of a room: the app's real build and server, a real network, and on the other side a wallet that
 * speaks by the wallet side of Aztec's wallet SDK and holds a real account.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { loadConfig } from '../../aztec.config.ts';
import { connectNode, type NodeConnection } from '../../app/lib/chain/node.ts';
import { openWallet, type PartyWallet } from '../../app/lib/chain/wallet.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { readRoomEvents } from '../../app/lib/room/session.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import { loadRoom } from '../../app/lib/room/store.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { installWallet, type ExtensionWallet } from '../support/extension-wallet.ts';
import { environmentBelow } from '../support/staged-room.ts';
import { findChromium, launch, openPage, watch } from './chromium.ts';
import { faultsOf } from './looks.ts';

/** In milliseconds: transactions take seconds, and pages are slow on a busy machine. */
const PATIENCE = 240_000;
/** Before the first room of a network its contracts are deployed. */
const PATIENCE_AT_FIRST = 900_000;
const ICON = `data:image/svg+xml;base64,${btoa('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><circle cx="1" cy="1" r="1"/></svg>')}`;
const executable = findChromium();

(executable ? describe : describe.skip)('In a browser, a wallet', () => {
  let folder: string;
  let connection: NodeConnection;
  let account: PartyWallet;
  let app: AppServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let fox: ExtensionWallet;
  let shy: ExtensionWallet;
  const requests: Request[] = [];
  /** What pages complained of: scripts that failed, and what the security policy stopped. */
  const complaints: string[] = [];

  beforeAll(async () => {
    await initField();
    folder = await mkdtemp(join(tmpdir(), 'clean-room-wallet-'));
    connection = await connectNode(loadConfig().network.url);
    account = await openWallet(connection, join(folder, 'extension'), randomField());
    // Relay and deployments are those of the run: to deploy contracts takes long.
    const { CLEAN_ROOM_PROFILES, CLEAN_ROOM_RECEIPTS } = environmentBelow(folder);
    app = await startApp({ CLEAN_ROOM_PROFILES, CLEAN_ROOM_RECEIPTS });
    browser = await launch(executable!);
    context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE);
    watch(context, { requests, complaints });
    fox = await installWallet(context, { id: 'fox', name: 'Fox Wallet', icon: ICON }, account.wallet);
    shy = await installWallet(
      context,
      { id: 'shy', name: 'Shy Wallet', icon: 'https://example.com/a.png' },
      account.wallet,
    );
    page = await context.newPage();
    await open('/profiles');
    await page.fill('#new-name', 'shop');
    await page.click('text=Create profile');
    await page.waitForURL('**/rooms');
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await account?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (path: string) => openPage(page, app.url + path);
  const main = () => page.innerText('main');
  const pictures = async () => (await page.locator('.emojis li').allInnerTexts()).join('');

  /** From the page of wallets to the pictures of one. */
  async function compare(): Promise<void> {
    await page.click('button:text-is("Look for wallets")');
    await page.click('li:has-text("Fox Wallet") button');
    await page.waitForSelector('.emojis');
  }
  async function connect(): Promise<void> {
    await compare();
    await page.click('button:text-is("They are the same")');
    await page.waitForSelector('text=Connected to Fox Wallet');
  }

  test('is asked for no more than whether it is there: what its owner does not show, the page does not see', async () => {
    const asked: string[] = [];
    for (const wallet of [fox, shy])
      wallet.owner.meets = ({ origin, chainInfo }) => {
        asked.push(`${origin} ${chainInfo.chainId}`);
        return false;
      };
    await open('/profiles');
    await page.click('a:text-is("Connect a wallet")');
    await page.click('button:text-is("Look for wallets")');
    await page.waitForSelector('text=Looking for wallets');
    await page.waitForTimeout(2_000);
    await page.click('button:text-is("Stop looking")');
    await page.waitForSelector('text=No wallet answered');
    expect(await main()).toContain('Install a browser extension');
    expect(asked).toHaveLength(2);
    for (const each of asked) expect(each.split(' ')[0]).toBe(app.url);
    expect(asked.map((each) => BigInt(each.split(' ')[1]))).toEqual([connection.info.chainId, connection.info.chainId]);
    expect([fox.called, shy.called]).toEqual([[], []]);
  });

  test('is listed with its name and its own picture; one whose picture lies elsewhere has a letter', async () => {
    for (const wallet of [fox, shy]) wallet.owner.meets = () => true;
    await open('/profiles/wallet');
    await page.click('button:text-is("Look for wallets")');
    await page.waitForSelector('li:has-text("Shy Wallet")');
    expect(await page.getAttribute('li:has-text("Fox Wallet") img', 'src')).toBe(ICON);
    expect(
      await page.evaluate(() => document.querySelector<HTMLImageElement>('.wallet img')?.naturalWidth),
    ).toBeGreaterThan(0);
    expect(await page.locator('li:has-text("Shy Wallet") img').count()).toBe(0);
  });

  test('shows the same pictures as the page, and nothing is asked of it where a person says that they differ', async () => {
    await open('/profiles/wallet');
    await compare();
    expect(fox.shown.at(-1)).not.toBe('');
    expect(await pictures()).toBe(fox.shown.at(-1));
    await page.click('button:text-is("They differ")');
    await page.waitForSelector('[role=alert]:has-text("Nothing was connected")');
    expect(fox.called).toEqual([]);
  });

  test('connects with the accounts that its owner allows, and says what the page may do', async () => {
    const shown = { alias: 'Treasury', item: account.address };
    fox.owner.grants = (asked) => {
      expect(asked[0]).toBe('accounts');
      return [
        { type: 'accounts', canGet: true, accounts: [shown, { alias: 'Other', item: AztecAddress.fromBigInt(5n) }] },
      ];
    };
    await open('/profiles/wallet');
    await connect();
    expect(await pictures()).toBe('');
    expect(await main()).toContain('see 2 accounts');
    expect(await main()).toContain(account.address.toString());
    expect(fox.called).toEqual(['requestCapabilities']);
  });

  test('stays connected from page to page, is told when that ends, and is remembered by name after a new load', async () => {
    await page.click('nav >> text=My rooms');
    await page.waitForURL('**/rooms');
    await page.click('nav >> text=Profile: shop');
    await page.waitForURL('**/profiles');
    await page.click('a:text-is("Connect a wallet")');
    await page.waitForSelector('text=Connected to Fox Wallet');
    await page.click('button:text-is("Disconnect")');
    await page.waitForSelector('text=Last connected: Fox Wallet');
    expect(await main()).toContain(account.address.toString());
    expect(fox.sessions()).toBe(0);
    await open('/profiles/wallet');
    await page.waitForSelector('text=Last connected: Fox Wallet');
    await page.click('button:text-is("Forget this wallet")');
    await page.waitForSelector('text=Last connected', { state: 'detached' });
  });

  test('that knows no requests for permissions is asked for its accounts', async () => {
    fox.owner.grants = undefined;
    await open('/profiles/wallet');
    await connect();
    expect(await main()).toContain('The wallet does not say what this page may do');
    expect(fox.called.slice(-2)).toEqual(['requestCapabilities', 'getAccounts']);
  });

  test('may refuse to show accounts, and may end the connection', async () => {
    fox.lock();
    await page.waitForSelector('[role=alert]:has-text("The wallet ended the connection")');
    fox.owner.grants = () => {
      throw new Error('The owner of the wallet said no.');
    };
    await compare();
    await page.click('button:text-is("They are the same")');
    await page.waitForSelector('[role=alert]:has-text("The owner of the wallet said no.")');
    fox.owner.grants = undefined;
  });

  describe('as host', () => {
    let id: string;
    let document: string;
    const purpose = 'Estimate how many customers';

    beforeAll(async () => {
      document = await readFile('examples/overlap.policy.json', 'utf8');
    });

    /** The room's events; undefined where the chain does not know the room. */
    async function eventsOf(room: string) {
      const { contract } = (await loadRoom({ folder: join(folder, 'profiles/shop') }, BigInt(room)))!;
      return readRoomEvents({ connection, contract, selectors: await eventSelectors() }, BigInt(room));
    }

    test('is handed a room that the machine prepared: nothing is sent while its owner says no, and the room waits', async () => {
      await open('/profiles/wallet');
      await connect();
      await page.click('text=Create a room with it');
      await page.waitForSelector('#document');
      await page.fill('#document', document);
      await page.click('.steps button >> nth=6');
      await page.check('label:has-text("Fox Wallet") input');
      await page.click('button:text-is("Create the room")');
      await page.waitForURL('**/rooms');
      await page.click(`a:has-text("${purpose}")`, { timeout: PATIENCE_AT_FIRST });
      await page.waitForSelector('h2:text-is("Your wallet creates this room")');
      id = new URL(page.url()).pathname.split('/')[2];
      fox.owner.signs = () => false;
      await page.click('button:text-is("Create the room with my wallet")');
      await page.waitForSelector('[role=alert]:has-text("The owner of the wallet said no.")');
      expect(await eventsOf(id)).toBeUndefined();
      expect(await main()).toContain('is not on the chain yet');
    });

    test('creates the room from its own account, which pays no fee by name', async () => {
      const asked: (readonly string[])[] = [];
      fox.owner.signs = (functions) => asked.push(functions) > 0;
      await page.click('button:text-is("Create the room with my wallet")');
      await page.waitForSelector('text=Waiting for the parties');
      expect(asked).toEqual([['sponsor_unconditionally', 'create_room']]);
      const [created] = (await eventsOf(id))!;
      expect(created.name).toBe('RoomCreated');
      // The host's commitment is to the wallet's account: that of the profile would be refused.
      const record = (await loadRoom({ folder: join(folder, 'profiles/shop') }, BigInt(id)))!;
      expect(record.hostedBy?.account).toBe(account.address.toBigInt());
    });

    test('is needed again after a new load, and then finds the page accessible', async () => {
      await open(`/rooms/${id}`);
      await page.click('button:text-is("Cancel the room")');
      expect(await page.innerText('dialog[open]')).toContain('This is for the wallet that holds the account');
      expect(await faultsOf(page)).toEqual([]);
      await page.click('dialog[open] >> text=Connect a wallet');
      await page.waitForURL('**/profiles/wallet');
      await connect();
    });

    test('cancels the room: everyone sees that the host ended it', async () => {
      await page.click('nav >> text=My rooms');
      await page.waitForURL('**/rooms');
      await page.click(`a:has-text("${purpose}")`);
      await page.click('button:text-is("Cancel the room")');
      await page.click('dialog[open] button.danger');
      await page.waitForSelector('text=The room ended without a result');
      expect((await eventsOf(id))!.map(({ name }) => name)).toEqual(['RoomCreated', 'RoomEnded']);
    });
  });

  test('finds its page accessible, within its width on a phone and a wide screen, light and dark', async () => {
    await open('/profiles/wallet');
    expect(await faultsOf(page)).toEqual([]);
    await compare();
    expect(await faultsOf(page)).toEqual([]);
    await page.click('button:text-is("They are the same")');
    await page.waitForSelector('text=Connected to Fox Wallet');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('has had no script fail, nothing stopped by the security policy, and no host asked but the own server', () => {
    expect(complaints).toEqual([]);
    const hosts = requests.filter((each) => /^(?:http|ws)/.test(each.url())).map((each) => new URL(each.url()).origin);
    expect([...new Set(hosts)]).toEqual([app.url]);
  });
});
