/** Two parties play a whole overlap in a real browser, on the configured network, with real tables and proofs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { loadConfig } from '../../aztec.config.ts';
import { verifyFile } from '../../scripts/room/verify.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { findChromium, launch, openPage } from './chromium.ts';

/** In milliseconds: transactions wait for blocks, and proofs take their time. */
const PATIENCE = 900_000;
const executable = findChromium();

/** The distinct e-mail addresses of a sample table, by no code of the project. */
async function addressesOf(file: string): Promise<Set<string>> {
  return new Set((await readFile(file, 'utf8')).toLowerCase().match(/[^\s,"]+@[^\s,"]+/g));
}

(executable ? describe : describe.skip)('Two parties in their browsers', () => {
  let app: AppServer;
  let folder: string;
  let browser: Browser;
  /** The host's page, who is the first party as well, and the second party's. Each has cookies of its own. */
  let shop: Page;
  let magazine: Page;
  let room: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clean-room-parties-'));
    app = await startApp({
      CLEAN_ROOM_PROFILES: join(folder, 'profiles'),
      CLEAN_ROOM_RECEIPTS: join(folder, 'receipts'),
    });
    browser = await launch(executable!);
    [shop, magazine] = await Promise.all(['shop', 'magazine'].map(newParty));
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function newParty(name: string): Promise<Page> {
    const context = await browser.newContext({ acceptDownloads: true });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    await openPage(page, `${app.url}/profiles`);
    await page.fill('#new-name', name);
    await page.click('button:text-is("Create profile")');
    await page.waitForURL('**/rooms');
    return page;
  }

  async function takePlace(page: Page, invite: string): Promise<void> {
    await openPage(page, `${app.url}/join#${invite}`);
    await page.waitForFunction(() => location.hash === '');
    await page.click('button:text-is("Take this place")');
    await page.waitForURL(`**/rooms/${room}`);
    await page.waitForSelector('text=What is next');
  }

  test('open a room with a policy and take their places with the links of its host', async () => {
    await openPage(shop, `${app.url}/rooms/new`);
    await shop.fill('#document', await readFile('examples/overlap.policy.json', 'utf8'));
    await shop.click('.steps button >> nth=6');
    await shop.click('button:text-is("Create the room")');
    await shop.click('a:has-text("Estimate how many customers")');
    await shop.waitForURL('**/rooms/0x*');
    room = shop.url().split('/').at(-1)!;
    await shop.locator('.checks code').first().waitFor({ state: 'attached' });
    const invites = await shop.locator('.checks code').allTextContents();
    expect(invites).toHaveLength(2);
    await takePlace(shop, invites[0]);
    await takePlace(magazine, invites[1]);
  });

  test('approve the policy, and commit their tables after a look at each', async () => {
    await Promise.all([shop, magazine].map((page) => page.click('button:text-is("Approve this policy"):enabled')));
    const tables = [
      { page: shop, file: 'examples/shop.csv' },
      { page: magazine, file: 'examples/magazine.csv' },
    ];
    await Promise.all(
      tables.map(async ({ page, file }) => {
        await page.setInputFiles('input[type=file]', file);
        await page.click('button:text-is("Use this file")');
        await page.click('button:text-is("Check the table")');
        await page.waitForSelector('text=What the check found');
        expect(await page.innerText('main')).toContain(`Distinct identifiers\n${(await addressesOf(file)).size}`);
        await page.click('button:text-is("Commit this table"):enabled');
        await page.waitForSelector('text=Committing your data');
      }),
    );
  });

  test('close their pages, and find the result when they open them again', async () => {
    for (const page of [shop, magazine]) await page.goto('about:blank');
    const [one, other] = await Promise.all(['examples/shop.csv', 'examples/magazine.csv'].map(addressesOf));
    const common = [...one].filter((address) => other.has(address)).length;
    expect(common).toBeGreaterThan(0);
    for (const page of [magazine, shop]) {
      await openPage(page, `${app.url}/rooms/${room}`);
      await page.waitForSelector('text=Check the receipt');
      expect(await page.innerText('.notice.good')).toContain(`The overlap is ${common}.`);
      expect(await page.locator('text=Withdraw consent').count()).toBe(0);
    }
  });

  test('download a receipt that verifies against the chain', async () => {
    const [download] = await Promise.all([
      magazine.waitForEvent('download'),
      magazine.click('text=Download the receipt'),
    ]);
    const verdict = await verifyFile(await download.path(), { allowDevSrs: true, nodeUrl: loadConfig().network.url });
    expect(verdict.verified).toBe(true);
  });
});
