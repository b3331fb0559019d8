/** Rooms that end before a result, in a real browser, on the configured network: one party withdraws, a host cancels. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { findChromium, openPage } from './chromium.ts';
import { faultsOf } from './looks.ts';
import { createRoom, startParties, takePlace, type Parties } from './party-pages.ts';

const POLICY = await readFile('examples/overlap.policy.json', 'utf8');
const executable = findChromium();

(executable ? describe : describe.skip)('In their browsers', () => {
  let parties: Parties;
  /** The host's page, who is the first party as well, and the second party's. */
  let shop: Page;
  let magazine: Page;

  beforeAll(async () => {
    parties = await startParties(executable!);
    [shop, magazine] = await Promise.all(['shop', 'magazine'].map((name) => parties.join(name)));
  });

  afterAll(() => parties?.stop());

  /** Opens the dialog of a button and returns its text. */
  async function dialogOf(page: Page, button: string): Promise<string> {
    await page.click(`button:text-is("${button}")`);
    return page.innerText('dialog[open]');
  }

  async function auditText(page: Page, room: string): Promise<string> {
    await openPage(page, `${parties.url}/audit/${room}`);
    return page.innerText('main');
  }

  describe('two parties of a room that needs both', () => {
    let room: string;

    beforeAll(async () => {
      const created = await createRoom(parties, shop, POLICY);
      room = created.room;
      await takePlace(parties, shop, room, created.invites[0]);
      await takePlace(parties, magazine, room, created.invites[1]);
      await Promise.all([shop, magazine].map((page) => page.click('button:text-is("Approve this policy"):enabled')));
      for (const page of [shop, magazine])
        await page.waitForSelector('text=Your turn: connect your table and commit it');
    });

    test('are told what withdrawing does before it is done, and may still leave it', async () => {
      const told = await dialogOf(magazine, 'Withdraw consent');
      expect(told).toContain('The room ends for everybody, without a result.');
      expect(told).toContain('What you sent so far stays with those who received it');
      expect(told).toContain('This cannot be taken back.');
      expect(await faultsOf(magazine)).toEqual([]);
      await magazine.click('dialog[open] button:text-is("Cancel")');
      expect(await magazine.locator('dialog[open]').count()).toBe(0);
    });

    test('are both told that the room is over once one has withdrawn, and by whom', async () => {
      await magazine.click('button:text-is("Withdraw consent")');
      await magazine.click('dialog[open] button:text-is("Withdraw consent")');
      for (const page of [magazine, shop]) {
        await page.waitForSelector('text=Revoked: a party withdrew its consent');
        const said = await page.innerText('main');
        expect(said).toContain('The room ended without a result.');
        expect(said).toContain('“Magazine” withdrew its consent.');
        expect(await faultsOf(page)).toEqual([]);
      }
    });

    test('can do no more in it', async () => {
      for (const page of [magazine, shop]) {
        for (const label of ['Withdraw consent', 'Use this file', 'Cancel the room']) {
          expect([label, await page.locator(`button:text-is("${label}")`).count()]).toEqual([label, 0]);
        }
      }
    });

    test('find it in the audit log, who withdrew and in which transaction', async () => {
      expect(await shop.getAttribute('a:text-is("Read the audit log")', 'href')).toBe(`/audit/${room}`);
      expect(await auditText(shop, room)).toMatch(/State\s+revoked/);
      const last = await shop.locator('table.log tbody tr').last().innerText();
      // Names of parties are in no public record.
      expect(last).toContain('Slot 1 withdrew its consent, and the room ended.');
      expect(last).toMatch(/0x[0-9a-f]{64}/);
      expect(await faultsOf(shop)).toEqual([]);
    });
  });

  describe('a host', () => {
    test('cancels a room that nobody has joined, after a look at what that does', async () => {
      const { room } = await createRoom(parties, shop, POLICY.replace('Estimate', 'Cancelled: estimate'));
      expect(await dialogOf(shop, 'Cancel the room')).toContain('It ends without a result.');
      await shop.click('dialog[open] button:text-is("Cancel the room")');
      await shop.waitForSelector('text=Cancelled by the host');
      expect(await shop.innerText('main')).toContain('The room ended without a result.');
      expect(await auditText(shop, room)).toMatch(/State\s+cancelled/);
    });
  });
});
