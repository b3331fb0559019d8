/**
 * Takes a picture of every page of the app, at the width of a phone and of a wide screen, by day and by night, from made-up
 * rooms and without a network. A picture of a long page ends where a reader would have scrolled a few times.
 *
 *   npm run screens [folder]      (docs/screens where none is given)
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { recordDeployment } from '../../app/lib/chain/deployments.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { loadSrs } from '../../app/lib/proof/srs.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import { findChromium, launch } from '../browser/chromium.ts';
import { CHAIN, ROOM } from '../room/log.ts';
import { startApp } from '../support/app-server.ts';
import { nodeOfLog } from '../support/node-of-log.ts';
import { playedOverlap } from '../support/played-overlap.ts';
import { samplePolicy, sampleReceipt } from '../support/sample-receipt.ts';
import { environmentBelow, stageRoom } from '../support/staged-room.ts';
import { packed } from './pack.ts';

/** Widths in pixels, and how much of a page is shown at most. */
const SIZES = [
  { width: 360, most: 2000 },
  { width: 1440, most: 1700 },
] as const;
const SCHEMES = ['light', 'dark'] as const;
const PATIENCE = 180_000;
const PROFILE = 'sample-shop';
const room = fieldToHex(ROOM);
const NO_NODE = 'http://127.0.0.1:9/';

/** A page to be taken: the name of its pictures, its path, and what is on it once it is whole. */
type Shot = { readonly name: string; readonly path: string; readonly ready: string };

const PARTY: readonly Shot[] = [
  { name: 'landing', path: '/', ready: 'article' },
  { name: 'profiles', path: '/profiles', ready: 'h1' },
  { name: 'rooms', path: '/rooms', ready: 'article' },
  { name: 'new-room', path: '/rooms/new', ready: 'h1' },
  { name: 'join', path: '/join', ready: 'h1' },
  { name: 'room-of-two', path: `/rooms/${room}`, ready: 'text=All figures (CSV)' },
  { name: 'audit', path: `/audit/${room}`, ready: 'table' },
  { name: 'not-found', path: '/nowhere', ready: 'h1' },
];
const OF_THREE: readonly Shot[] = [{ name: 'room-of-three', path: `/rooms/${room}`, ready: 'text=All figures (CSV)' }];
const RECEIPTS: readonly Shot[] = [
  { name: 'verify', path: '/verify', ready: 'text=Ready. From now on' },
  { name: 'verified', path: `/verify/${room}`, ready: '.notice .answer' },
  { name: 'receipt', path: `/receipts/${room}`, ready: '.notice .answer' },
  { name: 'refused', path: `/receipts/${fieldToHex(ROOM + 1n)}`, ready: '.notice.bad' },
  { name: 'embed', path: `/embed/${room}`, ready: '.answer' },
];

/** Takes the pictures of some pages of one app. */
async function take(browser: Browser, url: string, shots: readonly Shot[], out: string): Promise<void> {
  const context = await browser.newContext();
  try {
    context.setDefaultTimeout(PATIENCE);
    await context.addCookies([{ name: 'profile', value: PROFILE, url }]);
    for (const shot of shots) await takePage(context, url, shot, out);
  } finally {
    await context.close();
  }
}

async function takePage(context: BrowserContext, url: string, { name, path, ready }: Shot, out: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(url + path);
  await page.waitForSelector(ready);
  for (const { width, most } of SIZES) {
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      const height = Math.min(await heightOf(page), most);
      await page.setViewportSize({ width, height });
      await writeFile(join(out, `${name}-${width}-${colorScheme}.png`), packed(await page.screenshot()));
    }
  }
  process.stdout.write(`${name}\n`);
  await page.close();
}

const heightOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollHeight);

/** Runs something with the app of a party of a room with this many lists. */
async function withRoom<T>(sizes: readonly number[], use: (url: string) => Promise<T>): Promise<T> {
  const selectors = await eventSelectors();
  const labels = ['Sample shop', 'Sample magazine', 'Sample museum'].slice(0, sizes.length);
  const purpose = 'Made-up sample: how many people are with all of us';
  const played = await playedOverlap(labels, sizes, 42, selectors, { purpose });
  const folder = await mkdtemp(join(tmpdir(), 'clean-room-screens-'));
  const node = await nodeOfLog(played.told, selectors);
  try {
    await stageRoom(folder, PROFILE, played);
    const settings = environmentBelow(folder);
    const { chainId, rollupVersion, contract } = CHAIN;
    const { identity } = await loadSrs({ numPoints: 2 });
    const info = { chainId, rollupVersion, provesTransactions: false };
    await recordDeployment(
      { file: settings.CLEAN_ROOM_DEPLOYMENTS, info, srsIdentity: identity },
      { registry: 1n, rooms: contract, escrowClass: 1n, circuits: 1n, templates: {} },
    );
    const app = await startApp({ ...settings, AZTEC_NODE_URL: node.url });
    try {
      return await use(app.url);
    } finally {
      await app.stop();
    }
  } finally {
    node.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs something with an app that has a receipt, and one that was changed, and no node. */
async function withReceipts<T>(use: (url: string) => Promise<T>): Promise<T> {
  const receipt: Receipt = await sampleReceipt(samplePolicy('days', 'Sample clinic'));
  const folder = await mkdtemp(join(tmpdir(), 'clean-room-screens-'));
  try {
    const settings = environmentBelow(folder);
    const receipts = settings.CLEAN_ROOM_RECEIPTS;
    await mkdir(receipts, { recursive: true });
    await writeFile(join(receipts, `${room}.json`), JSON.stringify(receipt));
    const changed = { ...receipt, roomId: fieldToHex(ROOM + 1n) };
    await writeFile(join(receipts, `${changed.roomId}.json`), JSON.stringify(changed));
    const app = await startApp({ ...settings, AZTEC_NODE_URL: NO_NODE });
    try {
      return await use(app.url);
    } finally {
      await app.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const out = process.argv[2] ?? 'docs/screens';
const executable = findChromium();
if (!executable) throw new Error('There is no Chromium here.');
await initField();
await mkdir(out, { recursive: true });
const browser = await launch(executable);
try {
  await withRoom([120, 80], (url) => take(browser, url, PARTY, out));
  await withRoom([120, 80, 95], (url) => take(browser, url, OF_THREE, out));
  await withReceipts((url) => take(browser, url, RECEIPTS, out));
} finally {
  await browser.close();
}
// The prover's threads would keep the process.
process.exit();
