/** Two parties play a whole overlap in a real browser, on the configured network, with real tables and proofs. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { loadConfig } from '../../aztec.config.ts';
import { verifyFile } from '../../scripts/room/verify.ts';
import { findChromium, openPage } from './chromium.ts';
import { createRoom, startParties, takePlace, type Parties } from './party-pages.ts';

const executable = findChromium();

/** The distinct e-mail addresses of a sample table, by no code of the project. */
async function addressesOf(file: string): Promise<Set<string>> {
  return new Set((await readFile(file, 'utf8')).toLowerCase().match(/[^\s,"]+@[^\s,"]+/g));
}

(executable ? describe : describe.skip)('Two parties in their browsers', () => {
  let parties: Parties;
  /** The host's page, who is the first party as well, and the second party's. */
  let shop: Page;
  let magazine: Page;
  let room: string;

  beforeAll(async () => {
    parties = await startParties(executable!);
    [shop, magazine] = await Promise.all(['shop', 'magazine'].map((name) => parties.join(name)));
  });

  afterAll(() => parties?.stop());

  test('open a room with a policy and take their places with the links of its host', async () => {
    const created = await createRoom(parties, shop, await readFile('examples/overlap.policy.json', 'utf8'));
    const { invites } = created;
    room = created.room;
    expect(invites).toHaveLength(2);
    await takePlace(parties, shop, room, invites[0]);
    await takePlace(parties, magazine, room, invites[1]);
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
      await openPage(page, `${parties.url}/rooms/${room}`);
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
