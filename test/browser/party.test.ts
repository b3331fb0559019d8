/** The pages of a party in a real browser: the app's real build and server, and real tables. No node answers. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { canonicalPolicy, documentName, parsePolicyText } from '../../app/lib/policy/policy.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { readBackup } from '../../app/lib/room/backup.ts';
import { encodeInvite } from '../../app/lib/room/invite.ts';
import { saveBlob, saveRoom } from '../../app/lib/room/store.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { findChromium, launch, openPage } from './chromium.ts';
import { faultsOf } from './looks.ts';

/** In milliseconds: machines under load are slow. */
const PATIENCE = 120_000;
const ROOM = fieldToHex(7n);
const SECRET = BigInt(`0x1${'5a'.repeat(31)}`);
const executable = findChromium();

(executable ? describe : describe.skip)('In a browser, a party', () => {
  let app: AppServer;
  let profiles: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const requests: Request[] = [];
  /** What pages complained of: scripts that failed, and what the security policy stopped. */
  const complaints: string[] = [];

  beforeAll(async () => {
    await initField();
    profiles = await mkdtemp(join(tmpdir(), 'clean-room-profiles-'));
    app = await startApp({ AZTEC_NODE_URL: 'http://127.0.0.1:9', CLEAN_ROOM_PROFILES: profiles });
    browser = await launch(executable!);
    context = await browser.newContext({ acceptDownloads: true });
    context.setDefaultTimeout(PATIENCE);
    context.on('request', (request) => requests.push(request));
    context.on('weberror', (error) => complaints.push(String(error.error())));
    context.on('console', (message) => {
      // That a form was refused, the browser reports as well as the page.
      if (message.type() === 'error' && !message.text().includes('the server responded with a status of 400'))
        complaints.push(`${message.text()} (${message.location().url})`);
    });
    page = await context.newPage();
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await rm(profiles, { recursive: true, force: true });
  });

  const open = (path: string) => openPage(page, app.url + path);
  const main = () => page.innerText('main');

  test('creates a profile, and is told why a name is none', async () => {
    await open('/profiles');
    await page.fill('#new-name', '../x');
    await page.click('text=Create profile');
    await page.waitForSelector('[role=alert]');
    expect(await page.innerText('[role=alert]')).toContain('A name has 1 to 40 letters');
    await page.fill('#new-name', 'Shop');
    await page.click('text=Create profile');
    await page.waitForURL('**/rooms');
    expect(await page.innerText('nav')).toContain('Profile: shop');
  });

  test('saves a backup behind a warning, by the keyboard alone, and restores it', async () => {
    await open('/profiles');
    await page.focus('text=Back up');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    expect(await page.innerText('dialog[open]')).toContain('Whoever has the file is this party');
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Back up');
    await page.keyboard.press('Enter');
    await page.check('dialog[open] input[name=understood]');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Save the backup file')]);
    const file = await download.path();
    expect(download.suggestedFilename()).toBe('shop.profile-backup.json');
    expect(readBackup(await readFile(file, 'utf8')).rooms).toEqual([]);
    await open('/profiles');
    await page.fill('#restore-name', 'shop-again');
    await page.setInputFiles('#restore-file', file);
    await page.click('text=Restore profile');
    await page.waitForURL('**/rooms');
    expect(await readFile(join(profiles, 'shop-again/identity.json'), 'utf8')).toContain(
      fieldToHex(readBackup(await readFile(file, 'utf8')).accountSecret),
    );
  });

  describe('that hosts', () => {
    const document = () => page.inputValue('#document').then((text) => JSON.parse(text) as Record<string, unknown>);
    const next = () => page.click('button:text-is("Next")');

    test('fills in the wizard step by step, and the document follows', async () => {
      await open('/rooms/new');
      await next();
      await page.click('.steps button >> nth=0');
      expect(await main()).toContain('the purpose must not be empty');
      await page.fill('text=Purpose', 'Count joint customers');
      await next();
      await page.fill('text=Party 1', 'Shop');
      await page.fill('text=Party 2', 'Magazine');
      await page.click('text=Add a party');
      await page.fill('text=Party 3', 'Museum');
      await next();
      await page.fill('text=Its column', 'email');
      await next();
      await page.fill('text=Smallest count that is released (k)', '12');
      await page.check('text=Two accounts have to approve');
      await next();
      await page.fill('text=Days to approve the policy', '0.5');
      await next();
      await next();
      expect(await document()).toMatchObject({
        purpose: 'Count joint customers',
        parties: [{ label: 'Shop' }, { label: 'Magazine' }, { label: 'Museum' }],
        k: 12,
        deadlines: { approve: 43_200 },
      });
      const review = await main();
      expect(review).toContain('What each party learns');
      expect(review).toContain('Every party learns the count, if it is at least 12');
      expect(await page.isEnabled('button:text-is("Create the room")')).toBe(true);
    });

    test('edits the document beside it: the form follows what is valid, and faults are told as they are typed', async () => {
      const changed = { ...(await document()), k: 15, expires: '2030-01-01T00:00:00Z' };
      await page.fill('#document', JSON.stringify(changed));
      expect(await main()).toContain('The document is valid');
      await page.click('.steps button >> nth=3');
      expect(await page.inputValue('text=Smallest count that is released (k)')).toBe('15');
      await page.fill('#document', JSON.stringify({ ...changed, k: 1, secret: 1 }));
      expect(await page.innerText('#document-state')).toContain('k must be at least 2');
      expect(await page.innerText('#document-state')).toContain('unknown "secret"');
      await page.fill('text=Smallest count that is released (k)', '16');
      expect(await document()).toEqual({ ...changed, k: 16 });
    });

    test('asks for figures by group with columns of its own', async () => {
      await open('/rooms/new');
      await page.check('text=What do our rows say together?');
      await page.click('.steps button >> nth=2');
      await page.fill('text=Its column', 'lot');
      await page.fill('label:text-is("Header")', 'tier');
      await page.selectOption('label:text-is("Holds")', 'labels');
      await page.fill('text=Labels, one in each line', 'one\ntwo');
      await page.selectOption('text=Groups by', 'tier');
      expect(await document()).toMatchObject({
        template: { name: 'aggregate' },
        columns: [{ column: 'tier', labels: ['one', 'two'] }],
        grouping: { column: 'tier' },
      });
    });

    test('asks for sums over those in common: whose columns, who names the groups, and what is wrong stands at its field', async () => {
      const field = (label: string, at = 0) => page.getByLabel(label, { exact: true }).nth(at);
      await open('/rooms/new');
      await page.check('text=What do those in common add up to?');
      await page.fill('#document', await readFile('examples/loyalty-sum.policy.json', 'utf8'));
      await page.click('.steps button >> nth=2');
      expect(await main()).toContain('“Loyalty club” names the groups');
      await field('Groups by').selectOption({ label: 'tier (of Loyalty club)' });
      await field('In the table of').selectOption('Supermarket');
      expect(await main()).toContain('“Supermarket” names the groups');
      await field('Header').fill('level');
      await field('Released of it', 1).selectOption('sum and mean');
      await next();
      await page.click('.steps button >> nth=2');
      expect(await field('Confidence of intervals').getAttribute('aria-invalid')).toBe('true');
      await field('Confidence of intervals').selectOption('no intervals');
      expect(await document()).toMatchObject({
        columns: [{ slot: 1, column: 'level' }, { slot: 1 }, { column: 'spend', release: 'sum' }],
        grouping: { column: 'level' },
      });
      expect(await document()).not.toHaveProperty('confidence');
      await page.click('text=In words, and what each party learns');
      expect(await main()).toContain('Supermarket learns the totals of its own columns in open groups');
      expect(await faultsOf(page)).toEqual([]);
    });
  });

  describe('that is invited', () => {
    const invite = encodeInvite({ contract: 8n, roomId: 9n, slot: 1, secret: SECRET });

    test('opens the link: the page takes the invite out of the address, and no request but its own carries it', async () => {
      requests.length = 0;
      await open(`/join#${invite}`);
      await page.waitForFunction(() => location.hash === '');
      expect(await page.inputValue('#invite')).toBe(invite);
      expect(await main()).toContain('Place');
      const carriers = () =>
        requests.filter((each) => `${each.url()} ${each.postData() ?? ''}`.includes(invite.slice(6, 60)));
      expect(carriers()).toEqual([]);
      await page.click('text=Take this place');
      await page.waitForURL(`**/rooms/${fieldToHex(9n)}`);
      expect(carriers().map((each) => [each.method(), new URL(each.url()).origin])).toEqual([['POST', app.url]]);
    });
  });

  describe('with a room', () => {
    beforeAll(async () => {
      const policy = parsePolicyText(await readFile('examples/overlap.policy.json', 'utf8'));
      const home = { folder: join(profiles, 'shop'), accountSecret: 1n, release: async () => {} };
      const policyDocument = documentName(policy);
      await saveRoom(home, newLocalRoom({ roomId: 7n, contract: 8n, slot: 0, inviteSecret: SECRET, policyDocument }));
      await saveBlob(home, 7n, policyDocument, new TextEncoder().encode(canonicalPolicy(policy)));
      await open('/profiles');
      if (await page.locator('text=Use this profile: shop').count()) await page.click('text=Use this profile: shop');
    });

    test('reads the policy while no node answers, and finds it in the list', async () => {
      await open('/rooms');
      await page.click('text=Estimate how many customers');
      await page.waitForURL(`**/rooms/${ROOM}`);
      expect(await main()).toContain('Every party learns the count, if it is at least 3');
      expect(await main()).toContain('The Aztec node does not answer');
    });

    test('gets where a link leads, however many news come on the way', async () => {
      const news = { contentType: 'text/event-stream', body: 'retry: 20\nevent: news\ndata: \n\n' };
      await page.route('**/rooms/events', (route) => route.fulfill(news));
      await page.route(`**/rooms/${ROOM}/__data.json*`, async (route) => {
        await sleep(1_000);
        await route.continue();
      });
      await open('/rooms');
      await page.click('text=Estimate how many customers');
      await page.waitForURL(`**/rooms/${ROOM}`, { timeout: 20_000 });
      await page.unrouteAll();
    });
  });

  test.each(['/profiles', '/rooms', '/rooms/new', '/join', `/rooms/${ROOM}`])(
    'finds %s accessible, within its width on a phone and a wide screen, light and dark',
    async (path) => {
      await open(path);
      await page.waitForSelector('h1');
      expect(await faultsOf(page)).toEqual([]);
    },
  );

  test('has had no script fail, and nothing stopped by the security policy', () => {
    expect(complaints).toEqual([]);
  });

  test('has asked no host but its own server', () => {
    const hosts = new Set(
      requests.filter((request) => /^(?:http|ws)/.test(request.url())).map((request) => new URL(request.url()).origin),
    );
    expect([...hosts]).toEqual([app.url]);
  });

  test('keeps its profiles in its own folder', async () => {
    expect((await readdir(resolve(profiles))).sort()).toEqual(['shop', 'shop-again']);
  });
});
