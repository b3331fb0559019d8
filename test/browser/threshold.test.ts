/** Bands in a real browser: what the page of a room shows of one, and the wizard's fields for its policy. */
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse as parseCsv } from 'csv-parse/sync';
import type { Browser, Page, Request } from 'playwright-core';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import { ROOM } from '../room/log.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { savedBy } from '../support/downloads.ts';
import { nodeOfLog } from '../support/node-of-log.ts';
import { playedThreshold } from '../support/played-threshold.ts';
import { environmentBelow, stageRoom } from '../support/staged-room.ts';
import { findChromium, launch, openPage, watch } from './chromium.ts';
import { faultsOf } from './looks.ts';

/** In milliseconds: machines under load are slow. */
const PATIENCE = 120_000;
const room = fieldToHex(ROOM);
const executable = findChromium();
const example = JSON.parse(readFileSync('examples/counterparty-exposure.policy.json', 'utf8'));

(executable ? describe : describe.skip).each([{ band: 2 }, { band: undefined }])('A room of band $band', ({ band }) => {
  let folder: string;
  let app: AppServer;
  let node: Awaited<ReturnType<typeof nodeOfLog>>;
  let browser: Browser;
  let page: Page;
  const requests: Request[] = [];
  /** What pages complained of: scripts that failed, and what the security policy stopped. */
  const complaints: string[] = [];

  beforeAll(async () => {
    const selectors = await eventSelectors();
    const played = await playedThreshold(band, selectors);
    node = await nodeOfLog(played.told, selectors);
    folder = await mkdtemp(join(tmpdir(), 'clean-room-threshold-'));
    await stageRoom(folder, 'harbour', played);
    app = await startApp({ ...environmentBelow(folder), AZTEC_NODE_URL: node.url });
    browser = await launch(executable!);
    const context = await browser.newContext({ acceptDownloads: true });
    context.setDefaultTimeout(PATIENCE);
    watch(context, { requests, complaints });
    await context.addCookies([{ name: 'profile', value: 'harbour', url: app.url }]);
    page = await context.newPage();
    await page.goto(`${app.url}/rooms/${room}`);
    await page.waitForSelector('text=All figures (CSV)');
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    node?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('shows where the sum lies and no sum, or that nothing was told of it', async () => {
    if (band === undefined) {
      expect(await page.locator('svg.picture').count()).toBe(0);
      return;
    }
    const said = (await page.getAttribute('svg.picture', 'aria-label'))!;
    expect(said).toContain('is told to be 150000000 or more, and below 200000000');
    await page.click('.chart summary');
    const rows = await page.locator('table.numbers tbody tr').allInnerTexts();
    expect(rows.map((row) => row.replace(/\s+Proof.*$/s, '').replace(/\s+/g, ' '))).toEqual([
      'The sum 150000000 or more, and below 200000000',
      'Border 100000000 reached',
      'Border 150000000 reached',
      'Border 200000000 not reached',
    ]);
    expect(await page.locator('main').innerText()).toContain('by less than 2000000');
  });

  test('reads well: no serious issue, on a phone and on a wide screen, by day and by night', async () => {
    expect(await faultsOf(page)).toEqual([]);
  });

  test('saves the band as CSV', async () => {
    const { bytes } = await savedBy(page, page.locator('text=All figures (CSV)'));
    const [, ...rows] = parseCsv(bytes, { record_delimiter: '\r\n' }) as string[][];
    expect(rows[0].slice(0, 4)).toEqual([
      'band of the sum',
      '',
      'outstanding',
      band === undefined ? 'suppressed' : '150000000 or more, and below 200000000',
    ]);
  });

  test('has its question in the wizard, with fields for column, borders and unit, which read well', async () => {
    await openPage(page, `${app.url}/rooms/new`);
    await page.check('input[value="threshold"]');
    await page.fill('textarea >> nth=0', example.purpose);
    const next = () => page.click('button:text-is("Next")');
    await next();
    for (const [at, label] of ['Harbour Bank', 'Meadow Bank'].entries())
      await page.getByLabel(`Party ${at + 1}`).fill(label);
    expect(await page.locator('main').innerText()).toContain('All parties are needed for this question.');
    await next();
    const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
    await fill('Its column', 'facility');
    await fill('Header', 'outstanding');
    await fill('Greatest value', '25000000');
    await fill('Borders', '100000000, 900000000');
    await fill('Unit', '1000000');
    expect(await page.getByLabel('Least sum of a party').count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    await next();
    await page.click('button:text-is("Back")');
    expect(await page.locator('main').innerText()).toMatch(/a unit of "\d+" would do/);
    await fill('Borders', '100000000, 200000000');
    expect(await page.locator('#document-state').innerText()).toContain('The document is valid');
    await fill('Least value', '-10');
    expect(await page.getByLabel('Least sum of a party').count()).toBe(1);
  });

  test('asks no other host, and is stopped at nothing by its security policy', () => {
    const own = new URL(app.url).host;
    const hosts = requests.map((request) => new URL(request.url())).filter(({ protocol }) => /^http/.test(protocol));
    expect(hosts.filter(({ host }) => host !== own)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
