/** What a room came to, as the page of a party shows it in a real browser: charts, proofs, files. The node knows one log alone. */
import { mkdtemp, rm } from 'node:fs/promises';
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
import { playedOverlap, type PlayedRoom } from '../support/played-overlap.ts';
import { environmentBelow, stageRoom } from '../support/staged-room.ts';
import { findChromium, launch, watch } from './chromium.ts';
import { faultsOf } from './looks.ts';

/** In milliseconds: machines under load are slow. */
const PATIENCE = 120_000;
const SUPPRESSED = 'suppressed';
const room = fieldToHex(ROOM);
const executable = findChromium();

(executable ? describe : describe.skip).each([
  { labels: ['Shop', 'Magazine'], sizes: [120, 80], count: 42 },
  { labels: ['Shop', '=Magazine', 'Museum'], sizes: [90, 60, 75], count: 21 },
  { labels: ['Shop', 'Magazine', 'Museum'], sizes: [30, 40, 50], count: 1 },
])('The page of a room of $labels with $count in common', ({ labels, sizes, count }) => {
  const suppressed = count < 3;
  let folder: string;
  let app: AppServer;
  let node: Awaited<ReturnType<typeof nodeOfLog>>;
  let played: PlayedRoom;
  let browser: Browser;
  let page: Page;
  const requests: Request[] = [];
  /** What pages complained of: scripts that failed, and what the security policy stopped. */
  const complaints: string[] = [];

  beforeAll(async () => {
    const selectors = await eventSelectors();
    played = await playedOverlap(labels, sizes, count, selectors);
    node = await nodeOfLog(played.told, selectors);
    folder = await mkdtemp(join(tmpdir(), 'clean-room-results-'));
    await stageRoom(folder, 'shop', played);
    app = await startApp({ ...environmentBelow(folder), AZTEC_NODE_URL: node.url });
    browser = await launch(executable!);
    const context = await browser.newContext({ acceptDownloads: true });
    context.setDefaultTimeout(PATIENCE);
    watch(context, { requests, complaints });
    await context.addCookies([{ name: 'profile', value: 'shop', url: app.url }]);
    page = await context.newPage();
    await page.goto(`${app.url}/rooms/${room}`);
    await page.waitForSelector('text=All figures (CSV)');
    await page.waitForSelector('svg.picture');
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    node?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('shows the lists’ sizes, which its party knows, and what was released, in a picture with its table', async () => {
    const said = (await page.getAttribute('svg.picture', 'aria-label'))!;
    labels.forEach((label, i) => expect(said).toContain(`${label} has ${sizes[i]}`));
    expect(said).toContain(suppressed ? 'was suppressed' : `All have ${count} in common`);
    await page.click('.chart summary');
    const rows = await page.locator('table.numbers tbody tr').allInnerTexts();
    labels.forEach((label, i) => expect(rows[i]).toMatch(new RegExp(`^List of ${label}\\s+${sizes[i]}\\s+Proof`)));
    expect(rows[labels.length]).toMatch(new RegExp(`^In all lists\\s+${suppressed ? SUPPRESSED : count}\\s+Proof`));
  });

  test('leads from each figure to its proof in the log', async () => {
    const href = (await page.getAttribute('table.numbers a >> nth=-1', 'href'))!;
    const step = Number(/^\/audit\/0x[0-9a-f]{64}#step-(\d+)$/.exec(href)![1]);
    const last = played.told.events[step - 1];
    expect(last.name).toBe(suppressed ? 'MatchProven' : 'ResultReleased');
  });

  test('reads well: no serious issue, on a phone and on a wide screen, by day and by night', async () => {
    expect(await faultsOf(page)).toEqual([]);
  });

  test('saves all figures as CSV, in which no name runs as a formula', async () => {
    const { name, bytes } = await savedBy(page, page.locator('text=All figures (CSV)'));
    expect(name).toMatch(/^room-[0-9a-f]{8}-[0-9a-f]{8}-figures\.csv$/);
    const [head, ...rows] = parseCsv(bytes, { record_delimiter: '\r\n' }) as string[][];
    expect(head.slice(0, 4)).toEqual(['figure', 'group', 'column', 'value']);
    expect(rows.map(([figure, group, , value]) => [figure, group, value])).toEqual([
      ['in all lists', '', suppressed ? SUPPRESSED : `${count}`],
      ...labels.map((label, i) => ['size of list', label.replace(/^=/, "'="), `${sizes[i]}`]),
    ]);
  });

  test('saves the picture as SVG, which a browser draws, and as PNG, which is painted', async () => {
    const svg = await savedBy(page, page.locator('button', { hasText: 'SVG' }));
    expect(svg.name).toMatch(/-overlap\.svg$/);
    const faults = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      return [parsed.documentElement.nodeName, parsed.querySelectorAll('parsererror, script').length];
    }, svg.bytes.toString('utf8'));
    expect(faults).toEqual(['svg', 0]);
    const png = await savedBy(page, page.locator('button', { hasText: 'PNG' }));
    expect(png.name).toMatch(/-overlap\.png$/);
    expect(png.bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect(png.bytes.readUInt32BE(16)).toBe(3 * (360 + 24));
    // A sheet of one colour packs to next to nothing.
    expect(png.bytes.length).toBeGreaterThan(10_000);
  });

  test('asks no other host, and is stopped at nothing by its security policy', () => {
    const own = new URL(app.url).host;
    const hosts = requests.map((request) => new URL(request.url())).filter(({ protocol }) => /^http/.test(protocol));
    expect(hosts.filter(({ host }) => host !== own)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
