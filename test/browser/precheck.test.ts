/** A table that is looked at within the page of a room, in a real browser: nothing of it is sent before it is handed over. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import { ROOM } from '../room/log.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { nodeOfLog, type LogNode } from '../support/node-of-log.ts';
import { giveRecord, knownOf, logOf, samplePolicyWith } from '../support/played-room.ts';
import { environmentBelow, stageProfile } from '../support/staged-room.ts';
import { findChromium, launch, openPage, watch } from './chromium.ts';
import { faultsOf } from './looks.ts';

/** In milliseconds: machines under load are slow. */
const PATIENCE = 120_000;
const ID = fieldToHex(ROOM);
const MARK = 'marked4711';
const executable = findChromium();

const addressOf = (i: number): string => `${MARK}.${i}@rows.example`;
/** A table of 40 people, one of them twice in another spelling, one whose address is none, one row too long. */
const SMALL = [
  'name,email',
  ...Array.from({ length: 40 }, (_, i) => `${MARK} name ${i},${addressOf(i)}`),
  `${MARK} again,${addressOf(3).toUpperCase()}`,
  `${MARK} none,${MARK} is no address`,
  `${MARK} long,${addressOf(50)},${MARK}`,
  '',
].join('\n');
const LARGE_ROWS = 60_000;

(executable ? describe : describe.skip)('A table within the page of a room', () => {
  const policy = samplePolicyWith({ minRows: 50, maxRows: 100 });
  let folder: string;
  let node: LogNode;
  let app: AppServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const requests: Request[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    await initField();
    folder = await mkdtemp(join(tmpdir(), 'clean-room-precheck-'));
    node = await nodeOfLog(await knownOf(logOf(policy).take(0, 1).approve(0, 1)), await eventSelectors());
    const settings = environmentBelow(folder);
    app = await startApp({ ...settings, AZTEC_NODE_URL: node.url });
    await stageProfile(folder, 'shop');
    await giveRecord(settings.CLEAN_ROOM_PROFILES, 'shop', policy, { slot: 0 });
    browser = await launch(executable!);
    context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE);
    watch(context, { requests, complaints });
    await context.addCookies([{ name: 'profile', value: 'shop', url: app.url }]);
    page = await context.newPage();
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    node?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await openPage(page, `${app.url}/rooms/${ID}`);
    await page.waitForSelector('input[type=file]');
    requests.length = 0;
  });

  /**
   * Requests that may carry anything of the rows: those that have a body, which the browser does not show where it is a file, and
   * those whose address or headers hold the mark.
   */
  const carriers = (): Request[] =>
    requests.filter(
      (request) => request.method() !== 'GET' || `${request.url()} ${JSON.stringify(request.headers())}`.includes(MARK),
    );
  const choose = (name: string, text: string | Buffer) =>
    page.setInputFiles('input[type=file]', { name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  const look = () => page.innerText('section.inset');

  test('shows its first rows, and what the policy says of all of them, with the network off', async () => {
    await choose('table.csv', SMALL);
    await page.waitForSelector('section.inset tbody tr');
    expect(await page.locator('section.inset tbody tr').allInnerTexts()).toEqual(
      Array.from({ length: 5 }, (_, i) => `${MARK} name ${i}\t${addressOf(i)}`),
    );
    expect(await page.inputValue('section.inset select')).toBe('email');
    await context.setOffline(true);
    await page.click('button:text-is("Check it within this page")');
    await page.waitForSelector('text=What the check found');
    const said = await look();
    await context.setOffline(false);
    expect(said).toContain('Rows\n43');
    expect(said).toContain('Distinct identifiers\n40');
    expect(said).toContain('Repeated\n1');
    expect(said).toContain('Malformed\n1');
    // By line, without the value.
    expect(said).toMatch(/line 43: \S+/);
    expect(said).toContain('line 44: 3 fields, the header has 2');
    expect(said).toMatch(/Stop: 1 row cannot be read/);
    expect(said).toMatch(/at least 50/);
    expect(said).toContain('A red flag stands in the way');
    expect(said).toContain('Not looked at: what you brought to earlier rooms');
    expect(said.split(MARK).length - 1).toBe(10);
    expect(carriers()).toEqual([]);
  });

  test('is told as it is read, off the page’s own thread, however long it is', async () => {
    const rows = Array.from({ length: LARGE_ROWS }, (_, i) => `${addressOf(i)};${i}`);
    // Larger than what a test may hand to a browser in one piece.
    const file = join(folder, 'large.csv');
    await writeFile(file, ['email;number', ...rows].join('\r\n'));
    await page.setInputFiles('input[type=file]', file);
    await page.waitForSelector('section.inset tbody tr');
    await page.click('button:text-is("Check it within this page")');
    await page.waitForSelector('section.inset progress');
    // While it reads, the page still answers.
    expect(await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))))).toBe(true);
    await page.waitForSelector('text=What the check found');
    expect(await look()).toContain(`Distinct identifiers\n${LARGE_ROWS.toLocaleString('en-US')}`);
    expect(carriers()).toEqual([]);
  });

  test.each([
    ['packed.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0]), 'the file is compressed'],
    ['table.parquet', Buffer.from('PAR1....PAR1'), 'the file is Parquet: your own server reads it'],
    ['latin.csv', Buffer.from(`email\n${MARK}\xe9`, 'latin1'), 'the file is not UTF-8'],
    ['quote.csv', Buffer.from(`email\n"${MARK}`), 'line 2: a quote is opened and never closed'],
    ['empty.csv', Buffer.alloc(0), 'is empty'],
  ])('is refused with its reason where the page cannot read it: %s', async (name, bytes, reason) => {
    await choose(name, bytes);
    await page.waitForSelector('section.inset [role=alert]');
    expect(await page.innerText('section.inset [role=alert]')).toContain(reason);
    expect(await page.isEnabled('button:text-is("Use this file")')).toBe(true);
    expect(carriers()).toEqual([]);
  });

  test('reads well: no serious issue, on a phone and on a wide screen, by day and by night', async () => {
    await choose('table.csv', SMALL);
    await page.click('button:text-is("Check it within this page")');
    await page.waitForSelector('text=What the check found');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('goes to the own server alone, when it is handed over after a sentence that says so', async () => {
    await choose('table.csv', SMALL);
    await page.selectOption('section.inset select', 'name');
    expect(await page.innerText('main')).toContain('Proofs are made by your own server on this machine');
    expect(carriers()).toEqual([]);
    await page.click('button:text-is("Use this file")');
    await page.waitForSelector('text=Connected');
    expect(carriers().map((each) => [each.method(), new URL(each.url()).origin])).toEqual([['PUT', app.url]]);
    expect(await readdir(join(folder, 'profiles', 'shop', 'uploads', ID))).toEqual(['table.csv']);
    // The column that was chosen within the page is the one that the server is asked for.
    expect(await page.inputValue('input[name=column]')).toBe('name');
    await page.click('button:text-is("Disconnect")');
    await page.waitForSelector('input[type=file]');
    expect(await readdir(join(folder, 'profiles', 'shop', 'uploads'))).toEqual([]);
  });

  test('has had no script fail, and nothing stopped by the security policy', () => {
    expect(complaints.filter((complaint) => !complaint.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  });
});
