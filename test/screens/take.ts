/**
 * Takes a picture of every page of the app, at the width of a phone and of a wide screen, by day and by night, from made-up
 * rooms and without a network. A picture of a long page ends where a reader would have scrolled a few times.
 *
 *   npm run screens [folder] [name...]      (docs/screens where none is given; all pictures where none is named)
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
import { grantCommitment, type Grant } from '../../app/lib/room/grant.ts';
import { saveGrant } from '../../app/lib/room/grant-store.ts';
import { eventSelectors, type EventSelectors } from '../../app/lib/room/selectors.ts';
import { findChromium, launch } from '../browser/chromium.ts';
import { CHAIN, ROOM } from '../room/log.ts';
import { startApp } from '../support/app-server.ts';
import { nodeOfLog, type KnownLog } from '../support/node-of-log.ts';
import { playedLift, type Person } from '../support/played-lift.ts';
import { playedOverlap, type PlayedRoom } from '../support/played-overlap.ts';
import { addGrant, givePolicy, giveRecord, knownOf, logOf, samplePolicyWith } from '../support/played-room.ts';
import { samplePolicy, sampleReceipt } from '../support/sample-receipt.ts';
import { environmentBelow, stageProfile, stageRoom } from '../support/staged-room.ts';
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
type Shot = {
  readonly name: string;
  readonly path: string;
  readonly ready: string;
  /** What is done on the page first. */
  readonly act?: (page: Page) => Promise<void>;
  /** The part of the page that is taken, where that is not all of it. */
  readonly part?: string;
};

const PARTY: readonly Shot[] = [
  { name: 'landing', path: '/', ready: 'article' },
  { name: 'profiles', path: '/profiles', ready: 'h1' },
  { name: 'wallet', path: '/profiles/wallet', ready: 'h1' },
  { name: 'rooms', path: '/rooms', ready: 'article' },
  { name: 'new-room', path: '/rooms/new', ready: 'h1' },
  { name: 'join', path: '/join', ready: 'h1' },
  { name: 'room-of-two', path: `/rooms/${room}`, ready: 'text=All figures (CSV)' },
  { name: 'audit', path: `/audit/${room}`, ready: 'table' },
  { name: 'not-found', path: '/nowhere', ready: 'h1' },
];
const OF_THREE: readonly Shot[] = [{ name: 'room-of-three', path: `/rooms/${room}`, ready: 'text=All figures (CSV)' }];
const OF_LIFT: readonly Shot[] = [{ name: 'room-of-lift', path: `/rooms/${room}`, ready: 'text=All figures (CSV)' }];
const GRANT: Grant = {
  ...{ contract: CHAIN.contract, roomId: ROOM, slot: 0, role: 'approver', grantee: 0xacc0n, secret: 77n },
};
/** A function, since the role's address is a hash. */
const underWay = (): readonly Shot[] => [
  { name: 'room-under-way', path: `/rooms/${room}`, ready: '#money' },
  { name: 'money', path: `/rooms/${room}`, ready: '#money', part: '#money' },
  { name: 'table', path: `/rooms/${room}`, ready: 'input[type=file]', act: lookAtTable, part: '.card:has(.inset)' },
  { name: 'role', path: '/role', ready: 'h1' },
  { name: 'role-approver', path: `/role/${fieldToHex(grantCommitment(GRANT))}`, ready: 'text=What you approve' },
];
const RECEIPTS: readonly Shot[] = [
  { name: 'verify', path: '/verify', ready: 'text=Ready. From now on' },
  { name: 'verified', path: `/verify/${room}`, ready: '.notice .answer' },
  { name: 'receipt', path: `/receipts/${room}`, ready: '.notice .answer' },
  { name: 'refused', path: `/receipts/${fieldToHex(ROOM + 1n)}`, ready: '.notice.bad' },
  { name: 'embed', path: `/embed/${room}`, ready: '.answer' },
];

/** Has a page look at the shop's sample table. */
async function lookAtTable(page: Page): Promise<void> {
  await page.setInputFiles('input[type=file]', 'examples/shop.csv');
  await page.click('button:text-is("Check it within this page")');
  await page.waitForSelector('text=What the check found');
}

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

async function takePage(context: BrowserContext, url: string, shot: Shot, out: string): Promise<void> {
  const { name, path, ready, act, part } = shot;
  const page = await context.newPage();
  await page.goto(url + path);
  await page.waitForSelector(ready);
  await page.waitForSelector('body[data-started]');
  await act?.(page);
  for (const { width, most } of SIZES) {
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      if (!part) await page.setViewportSize({ width, height: Math.min(await heightOf(page), most) });
      const png = await (part ? page.locator(part).screenshot() : page.screenshot());
      await writeFile(join(out, `${name}-${width}-${colorScheme}.png`), packed(png));
    }
  }
  process.stdout.write(`${name}\n`);
  await page.close();
}

const heightOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollHeight);

/** Plays an overlap of this many lists. */
async function overlapOf(sizes: readonly number[], selectors: EventSelectors): Promise<PlayedRoom> {
  const labels = ['Sample shop', 'Sample magazine', 'Sample museum'].slice(0, sizes.length);
  const purpose = 'Made-up sample: how many people are with all of us';
  return playedOverlap(labels, sizes, 42, selectors, { purpose });
}

/** Plays a room that measured lift, on 28 people. */
async function liftOf(selectors: EventSelectors): Promise<PlayedRoom> {
  const people = Array.from({ length: 28 }, (_, i): Person => {
    const test = i % 2;
    const converted = (i * 5) % 7 < 2 + 2 * test ? 1n : 0n;
    return [BigInt(test), converted, converted * BigInt(1900 + 400 * test + 37 * ((i * 11) % 28))];
  });
  const parties = ['Sample network', 'Sample shop', 'Sample bank'].map((label) => ({ label }));
  return playedLift(people, selectors, { purpose: 'Made-up sample: what a campaign changed', parties });
}

/** Runs something with the app of a party of a room that was played. */
async function withRoom<T>(
  play: (selectors: EventSelectors) => Promise<PlayedRoom>,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const selectors = await eventSelectors();
  const played = await play(selectors);
  return withApp(
    played.told,
    async (folder) => {
      await stageRoom(folder, PROFILE, played);
      const { chainId, rollupVersion, contract } = CHAIN;
      const { identity } = await loadSrs({ numPoints: 2 });
      const info = { chainId, rollupVersion, provesTransactions: false };
      await recordDeployment(
        { file: environmentBelow(folder).CLEAN_ROOM_DEPLOYMENTS, info, srsIdentity: identity },
        { registry: 1n, rooms: contract, escrowClass: 1n, circuits: 1n, templates: {} },
      );
    },
    use,
  );
}

/** Runs something with the app of the host of a room in which money is due, and whose policy is being approved. */
async function withRoomUnderWay<T>(use: (url: string) => Promise<T>): Promise<T> {
  const fees = { token: fieldToHex(9n), fee: '1000', payer: 'slots', stake: '500', shares: [1, 3] };
  const parties = [{ label: 'Sample shop' }, { label: 'Sample magazine' }];
  const policy = samplePolicyWith({ fees, parties, purpose: 'Made-up sample: how many people are with both of us' });
  const log = logOf(policy, { approvals: 2 }).take(0, 1);
  addGrant(log, GRANT);
  return withApp(
    await knownOf(log),
    async (folder) => {
      const { CLEAN_ROOM_PROFILES, CLEAN_ROOM_RELAY } = environmentBelow(folder);
      await stageProfile(folder, PROFILE);
      await giveRecord(CLEAN_ROOM_PROFILES, PROFILE, policy, { slot: 0, hostSecret: 3n, inviteSecrets: [4n, 5n] });
      await givePolicy(CLEAN_ROOM_RELAY, policy);
      for (const kind of ['given', 'held'] as const) {
        await saveGrant({ folder: join(CLEAN_ROOM_PROFILES, PROFILE) }, kind, GRANT);
      }
    },
    use,
  );
}

/** Runs something with an app whose folders were prepared, and a node that knows one room's log. */
async function withApp<T>(
  known: KnownLog,
  prepare: (folder: string) => Promise<void>,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'clean-room-screens-'));
  const node = await nodeOfLog(known, await eventSelectors());
  try {
    await prepare(folder);
    const app = await startApp({ ...environmentBelow(folder), AZTEC_NODE_URL: node.url });
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

const [out = 'docs/screens', ...names] = process.argv.slice(2);
const executable = findChromium();
if (!executable) throw new Error('There is no Chromium here.');
await initField();
await mkdir(out, { recursive: true });
const browser = await launch(executable);

/** Takes those of some pictures that are asked for; what they need is made only where there are any. */
async function takeWith(
  shots: readonly Shot[],
  prepared: (use: (url: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const asked = shots.filter(({ name }) => names.length === 0 || names.includes(name));
  if (asked.length > 0) await prepared((url) => take(browser, url, asked, out));
}

try {
  await takeWith(PARTY, (use) => withRoom((selectors) => overlapOf([120, 80], selectors), use));
  await takeWith(OF_THREE, (use) => withRoom((selectors) => overlapOf([120, 80, 95], selectors), use));
  await takeWith(OF_LIFT, (use) => withRoom(liftOf, use));
  await takeWith(underWay(), withRoomUnderWay);
  await takeWith(RECEIPTS, withReceipts);
} finally {
  await browser.close();
}
// The prover's threads would keep the process.
process.exit();
