/**
 * Roles, money and deletion in a real browser: the app's real build and server, on a node that knows one room's log. It
 * takes no transaction, so that what is sent is followed to the act that fails for want of a network.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { encodeGrant, grantCommitment, HOST_SLOT, type Grant } from '../../app/lib/room/grant.ts';
import { saveGrant } from '../../app/lib/room/grant-store.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import { CHAIN, ROOM, type RoomLog } from '../room/log.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { nodeOfLog, type LogNode } from '../support/node-of-log.ts';
import { addGrant, givePolicy, giveRecord, knownOf, logOf, samplePolicyWith } from '../support/played-room.ts';
import { findChromium, launch, watch } from './chromium.ts';
import { faultsOf } from './looks.ts';

/** In milliseconds: other work on the machine may make pages slow. */
const PATIENCE = 120_000;
const ID = fieldToHex(ROOM);
const SECRET = BigInt(`0x1${'5a'.repeat(31)}`);
const MARK = 'MARKED REPORT 4711';
const executable = findChromium();

const grantOf = (changes: Partial<Grant> = {}): Grant => ({
  ...{ contract: CHAIN.contract, roomId: ROOM, slot: 0, role: 'approver', grantee: 0xacc0n, secret: SECRET },
  ...changes,
});
const AUDITOR = grantOf({ slot: HOST_SLOT, role: 'auditor', secret: 78n });
const placeOf = (grant: Grant): string => `/role/${fieldToHex(grantCommitment(grant))}`;

(executable ? describe : describe.skip)('In a browser, roles and money', () => {
  const fees = { token: fieldToHex(9n), fee: '101', payer: 'slots', stake: '50', shares: [1, 3] };
  const policy = samplePolicyWith({ fees, overrides: ['expired-policy'], expires: '2020-01-01T00:00:00Z' });
  let folder: string;
  let node: LogNode;
  let app: AppServer;
  let browser: Browser;
  let page: Page;
  const requests: Request[] = [];
  const complaints: string[] = [];

  /** A room that asks for two approvals, of which the shop's own account has given one. */
  const approving = (): RoomLog => {
    const log = logOf(policy, { approvals: 2 }).take(0, 1);
    addGrant(log, grantOf());
    addGrant(log, AUDITOR);
    return log.add('PolicyApproved', log.approval(0, 500n));
  };
  const ended = (): RoomLog => {
    const log = logOf(policy).take(0, 1).approve(0, 1).pay(0, 1).commit(0, 1).blindBy(0);
    return log.add('RoomEnded', log.ended(9, HOST_SLOT, 0b10));
  };

  beforeAll(async () => {
    await initField();
    folder = await mkdtemp(join(tmpdir(), 'clean-room-roles-'));
    node = await nodeOfLog(await knownOf(approving()), await eventSelectors());
    app = await startApp({
      AZTEC_NODE_URL: node.url,
      CLEAN_ROOM_PROFILES: join(folder, 'profiles'),
      CLEAN_ROOM_RELAY: join(folder, 'relay'),
      CLEAN_ROOM_DEPLOYMENTS: join(folder, 'deployments.json'),
    });
    await givePolicy(join(folder, 'relay'), policy);
    browser = await launch(executable!);
    page = await newProfile('counsel');
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    node?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function newProfile(name: string): Promise<Page> {
    const context: BrowserContext = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    context.setDefaultTimeout(PATIENCE);
    watch(context, { requests, complaints });
    const made = await context.newPage();
    await made.goto(`${app.url}/profiles`);
    await made.fill('#new-name', name);
    await made.click('text=Create profile');
    await made.waitForURL('**/rooms');
    return made;
  }
  const open = (path: string) => page.goto(app.url + path);
  const main = () => page.innerText('main');

  test('an approver opens its link: the grant leaves the address, and no request but the own one carries it', async () => {
    const grant = encodeGrant(grantOf());
    requests.length = 0;
    await open(`/role#${grant}`);
    await page.waitForFunction(() => location.hash === '');
    expect(await page.inputValue('#grant')).toBe(grant);
    expect(await main()).toContain('Approver');
    const carriers = () =>
      requests.filter((each) => `${each.url()} ${each.postData() ?? ''}`.includes(grant.slice(6, 60)));
    expect(carriers()).toEqual([]);
    await page.click('text=Take this role');
    await page.waitForURL(`**${placeOf(grantOf())}`);
    expect(carriers().map((each) => [each.method(), new URL(each.url()).origin])).toEqual([['POST', app.url]]);
  });

  test('an approver reads the policy, and overrides a flag that the policy names, since two accounts approve', async () => {
    await open(placeOf(grantOf()));
    expect(await main()).toContain('1 of 2 accounts have approved for “Shop”');
    expect(await main()).toContain('The policy expired at 2020-01-01');
    await page.check('input[name=override]');
    requests.length = 0;
    await page.click('button:text-is("Approve this policy"):enabled');
    await page.waitForSelector('text=Approving the policy');
    const [post] = requests.filter((each) => each.method() === 'POST');
    expect(post.postData()).toContain('expired-policy');
  });

  test('an auditor’s report stays in the page: its digest alone is handed over', async () => {
    await open(`/role#${encodeGrant(AUDITOR)}`);
    await page.waitForFunction(() => location.hash === '');
    await page.click('text=Take this role');
    await page.waitForURL(`**${placeOf(AUDITOR)}`);
    requests.length = 0;
    const report = Buffer.from(`${MARK}\n`.repeat(100));
    await page.setInputFiles('input[type=file]', { name: `${MARK}.txt`, mimeType: 'text/plain', buffer: report });
    const digest = `0x00${createHash('sha256').update(report).digest('hex').slice(0, 62)}`;
    await page.waitForSelector(`code:text-is("${digest}")`);
    await page.click('text=Put the digest on record');
    await page.waitForSelector('text=Putting the report on record');
    const bodies = requests.map((each) => `${each.url()} ${each.postData() ?? ''}`).join('\n');
    expect(bodies).toContain(digest);
    expect(bodies).not.toContain('MARKED');
  });

  describe('for a party', () => {
    beforeAll(async () => {
      page = await newProfile('shop');
      const profiles = join(folder, 'profiles');
      await giveRecord(profiles, 'shop', policy, { slot: 0, hostSecret: 3n, inviteSecrets: [4n, 5n] });
      await saveGrant({ folder: join(profiles, 'shop') }, 'given', grantOf());
    });

    test('the link of a role is copied with the secret after "#", and so is a reminder without any', async () => {
      await open(`/rooms/${ID}`);
      const copied = () => page.evaluate(() => navigator.clipboard.readText());
      await page.click('text=Copy the link');
      await page.waitForSelector('text=Copied');
      expect(await copied()).toBe(`${app.url}/role#${encodeGrant(grantOf())}`);
      await page.click('text=Copy the text');
      await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('Magazine: our room'));
      expect(await copied()).not.toContain('zkc');
    });

    test('an address that is none is refused, and the form stays open', async () => {
      await open(`/rooms/${ID}`);
      await page.click('summary:text-is("Grant a role")');
      await page.fill('text=Address of the account', 'the lawyer');
      complaints.length = 0;
      await page.click('button:text-is("Grant the role")');
      await page.waitForSelector('[role=alert]:has-text("An address is")');
      // That a form was refused, the browser reports as well as the page.
      expect(complaints.splice(0).every((each) => each.includes('status of 400'))).toBe(true);
    });

    test('deletion is asked for once more, by the keyboard, and money is there to take', async () => {
      node.know(await knownOf(ended()), 550n);
      await open(`/rooms/${ID}`);
      expect(await main()).toContain('stake that slot 1 forfeited');
      await page.focus('text=Delete and attest >> nth=0');
      await page.keyboard.press('Enter');
      await page.waitForSelector('dialog[open]');
      expect(await page.innerText('dialog[open]')).toContain('Your own table, where it came from, is not touched');
      await page.keyboard.press('Escape');
      await page.click('button:text-is("Take back what I paid")');
      await page.waitForSelector('text=Taking back what was paid');
    });
  });

  test.each([
    ['the page of a room under way', `/rooms/${ID}`, approving],
    ['the page of a room that is over', `/rooms/${ID}`, ended],
    ['the list with an account', '/rooms', ended],
    ['the page that takes a role', '/role', ended],
  ] as const)(
    'finds %s accessible, within its width on a phone and a wide screen, light and dark',
    async (_, path, log) => {
      node.know(await knownOf(log()), 550n);
      await open(path);
      await page.waitForSelector('h1');
      for (const details of await page.locator('main details').all())
        await details.evaluate((element) => element.setAttribute('open', ''));
      expect(await faultsOf(page)).toEqual([]);
    },
  );

  test.each([grantOf(), AUDITOR])('finds the page of a role accessible, too', async (grant) => {
    await saveGrant({ folder: join(folder, 'profiles/shop') }, 'held', grant);
    node.know(await knownOf(approving()));
    await open(placeOf(grant));
    await page.waitForSelector('h1');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('has had no script fail, nothing stopped by the security policy, and no host asked but the own server', () => {
    expect(complaints).toEqual([]);
    const hosts = requests.filter((each) => /^(?:http|ws)/.test(each.url())).map((each) => new URL(each.url()).origin);
    expect([...new Set(hosts)]).toEqual([app.url]);
  });
});
