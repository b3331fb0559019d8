/** What parties do in their browsers, whatever their room comes to: profiles, a room from a policy, places taken. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startApp } from '../support/app-server.ts';
import { launch, openPage } from './chromium.ts';

/** In milliseconds: transactions wait for blocks, and proofs take their time. */
const PATIENCE = 900_000;

/** An app of parties on the configured network, and a browser that looks at it. */
export type Parties = {
  readonly url: string;
  /** The page of a new profile of this name, which has cookies of its own. */
  join(name: string): Promise<Page>;
  stop(): Promise<void>;
};

/** Starts the app with an empty folder of profiles, and a browser. */
export async function startParties(executable: string): Promise<Parties> {
  const folder = await mkdtemp(join(tmpdir(), 'clean-room-parties-'));
  const app = await startApp({
    CLEAN_ROOM_PROFILES: join(folder, 'profiles'),
    CLEAN_ROOM_RECEIPTS: join(folder, 'receipts'),
  });
  const browser: Browser = await launch(executable);
  return {
    url: app.url,
    async join(name) {
      const context = await browser.newContext({ acceptDownloads: true });
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      await openPage(page, `${app.url}/profiles`);
      await page.fill('#new-name', name);
      await page.click('button:text-is("Create profile")');
      await page.waitForURL('**/rooms');
      return page;
    },
    async stop() {
      await browser.close();
      await app.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Has a host create a room from a policy's text, and follows it to the room's page. @returns its id and its invites */
export async function createRoom(
  { url }: Parties,
  host: Page,
  policy: string,
): Promise<{ room: string; invites: readonly string[] }> {
  await openPage(host, `${url}/rooms/new`);
  await host.fill('#document', policy);
  await host.click('.steps button >> nth=6');
  await host.click('button:text-is("Create the room")');
  await host.click(`a:has-text(${JSON.stringify((JSON.parse(policy) as { purpose: string }).purpose)})`);
  await host.waitForURL('**/rooms/0x*');
  await host.locator('.checks code').first().waitFor({ state: 'attached' });
  return { room: host.url().split('/').at(-1)!, invites: await host.locator('.checks code').allTextContents() };
}

/** Has a party take the place of an invite, on the page to which its link leads. */
export async function takePlace({ url }: Parties, page: Page, room: string, invite: string): Promise<void> {
  await openPage(page, `${url}/join#${invite}`);
  await page.waitForFunction(() => location.hash === '');
  await page.click('button:text-is("Take this place")');
  await page.waitForURL(`**/rooms/${room}`);
  await page.waitForSelector('text=What is next');
}
