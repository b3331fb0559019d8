/**
 * Three parties measure a lift in real browsers, each with a profile and a server of its own, on the configured network, with
 * real tables and proofs: from the wizard to a receipt that the verifier's page accepts. Nothing is done but by the pages.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page, Request } from 'playwright-core';
import { loadConfig } from '../../aztec.config.ts';
import { parsePolicyText } from '../../app/lib/policy/parse.ts';
import { verifyFile } from '../../scripts/room/verify.ts';
import { startApp, type AppServer } from '../support/app-server.ts';
import { SOAK } from '../support/choice.ts';
import { startRecorder, type Recorder } from '../support/recorder.ts';
import { findChromium, launch, openPage, watch } from './chromium.ts';
import { faultsOf } from './looks.ts';

/** In milliseconds: transactions wait for blocks, and proofs take their time. */
const PATIENCE = 900_000;
const WHOLE_ROOM = 3_600_000;
const executable = findChromium();

/** Stands in every identifier, and in every amount: it must be in nothing that leaves a party's machine. */
const MARKS = ['marked-person-', '.4711'];
const PURPOSE = 'Measure what a campaign changed in amounts spent';
const K = 3;

/** People, the first nine of whom all parties have. */
type Person = { readonly email: string; readonly arm: 'control' | 'exposed'; readonly spent: string };
const people: Person[] = Array.from({ length: 16 }, (_, i) => ({
  email: `${MARKS[0]}${String(i).padStart(2, '0')}@example.org`,
  arm: i % 2 === 0 ? 'exposed' : 'control',
  spent: `${[12, 3, 9, 1, 14, 5, 7, 2, 11][i] ?? i}${MARKS[1]}`,
}));
const COMMON = people.slice(0, 9);

/** What each party's table holds. */
const TABLES = {
  'Ad network': [...COMMON, ...people.slice(9, 12)].map(({ email, arm }) => ({ email, arm })),
  Shop: [...people.slice(12, 14), ...COMMON].map(({ email }) => ({ email })),
  Bank: [...people.slice(14, 16), ...COMMON.toReversed()].map(({ email, spent }) => ({ email, spent })),
};
type Name = keyof typeof TABLES;
const NAMES = Object.keys(TABLES) as Name[];

function csvOf(rows: readonly Record<string, string>[]): Buffer {
  return Buffer.from(
    [Object.keys(rows[0]), ...rows.map(Object.values)].map((cells) => `${cells.join(',')}\n`).join(''),
  );
}

/** What a plain computation finds, without any code of the project. */
function plainLift() {
  const [control, tested] = (['control', 'exposed'] as const).map((group) => {
    const values = COMMON.filter(({ arm }) => arm === group).map(({ spent }) => Number(spent));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    return { rows: values.length, mean, variance };
  });
  const difference = tested.mean - control.mean;
  const error = Math.sqrt(tested.variance / tested.rows + control.variance / control.rows);
  return { control, tested, difference, error, relative: (100 * difference) / control.mean };
}

// Ten minutes: a part of `npm run soak`. What two parties do by the pages, and a lift of three by commands, is in every run.
(executable && SOAK ? describe : describe.skip)('Three parties in their browsers', () => {
  let folder: string;
  let node: Recorder;
  let browser: Browser;
  const apps = new Map<Name, AppServer>();
  const pages = new Map<Name, Page>();
  const requests = new Map<Name, Request[]>();
  /** What pages complained of: scripts that failed, and what the security policy stopped. */
  const complaints: string[] = [];
  let room: string;
  let receipt: string;

  const page = (name: Name): Page => pages.get(name)!;
  const everywhere = <T>(act: (name: Name, page: Page) => Promise<T>): Promise<T[]> =>
    Promise.all(NAMES.map((name) => act(name, page(name))));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clean-room-lift-'));
    node = await startRecorder(loadConfig().network.url);
    browser = await launch(executable!);
    // One after the other: the first one builds the app.
    for (const name of NAMES) {
      const own = join(folder, name);
      const env = {
        AZTEC_NODE_URL: node.url,
        CLEAN_ROOM_PROFILES: join(own, 'profiles'),
        CLEAN_ROOM_RECEIPTS: join(own, 'receipts'),
      };
      apps.set(name, await startApp(env));
      pages.set(name, await newParty(name));
    }
  });

  afterAll(async () => {
    await browser?.close();
    for (const app of apps.values()) await app.stop();
    node?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function newParty(name: Name): Promise<Page> {
    const context = await browser.newContext({ acceptDownloads: true });
    context.setDefaultTimeout(PATIENCE);
    const sent: Request[] = [];
    requests.set(name, sent);
    watch(context, { requests: sent, complaints });
    const made = await context.newPage();
    await openPage(made, `${apps.get(name)!.url}/profiles`);
    await made.fill('#new-name', name);
    await made.click('button:text-is("Create profile")');
    await made.waitForURL('**/rooms');
    return made;
  }

  const next = (host: Page) => host.click('button:text-is("Next")');

  test('one of them fills in the wizard, is told what is missing where it is missing, and creates the room', async () => {
    const host = page('Ad network');
    const fill = (label: string, text: string) => host.getByLabel(label, { exact: true }).fill(text);
    const choose = (label: string, option: string) => host.getByLabel(label, { exact: true }).selectOption(option);
    await openPage(host, `${apps.get('Ad network')!.url}/rooms/new`);
    await host.check('text=What did test change over control?');
    await fill('Purpose', PURPOSE);
    await next(host);
    await host.click('text=Add a party');
    for (const [at, name] of NAMES.entries()) await fill(`Party ${at + 1}`, name);
    await next(host);
    await choose('Kind of identifier', 'email');
    await fill('Its column', 'email');
    await fill('Fewest rows of a party', '5');
    await fill('Most rows of a party', '32');
    await fill('Text for test', 'exposed');
    await choose('In the table of', 'Bank');
    await fill('Header', 'spent');
    await choose('Holds', 'an amount');
    await fill('Decimals', '4');
    await next(host);
    await host.click('.steps button >> nth=2');
    const header = host.getByLabel('Header of the groups', { exact: true });
    expect(await header.getAttribute('aria-invalid')).toBe('true');
    const said = async (label: string) => {
      const ids = (await host.getByLabel(label, { exact: true }).getAttribute('aria-describedby')) ?? '';
      return Promise.all(ids.split(' ').map((id) => host.innerText(`[id="${id}"]`))).then((texts) => texts.join(' '));
    };
    expect(await said('Header of the groups')).toContain('must not be empty');
    expect(await said('Greatest amount')).toContain('the cap must be a decimal number');
    expect(await faultsOf(host)).toEqual([]);
    await header.fill('arm');
    await fill('Greatest amount', '1800');
    expect(await said('Greatest amount')).toContain('below 2^40');
    await fill('Greatest amount', '18');
    expect(await host.locator('[aria-invalid]').count()).toBe(0);
    await next(host);
    await fill('Fewest identifiers in common in a group (k)', String(K));
    await host.click('.steps button >> nth=6');
    const policy = parsePolicyText(await host.inputValue('#document'));
    expect(policy).toMatchObject({
      template: { name: 'lift' },
      k: K,
      assignment: { slot: 0, column: 'arm', control: 'control', test: 'exposed' },
      outcomes: [{ slot: 2, column: 'spent', kind: 'amount', decimals: 4, cap: '18' }],
    });
    expect(await host.textContent('main')).toContain('Shop brings identifiers alone');
    await host.click('button:text-is("Create the room")');
    await host.click(`a:has-text("${PURPOSE}")`);
    await host.waitForURL('**/rooms/0x*');
    room = host.url().split('/').at(-1)!;
  });

  test('all take their places with its links, each at its own server', async () => {
    expect(room).toMatch(/^0x/);
    await page('Ad network').locator('.checks code').first().waitFor({ state: 'attached' });
    const invites = await page('Ad network').locator('.checks code').allTextContents();
    expect(invites).toHaveLength(3);
    await everywhere(async (name, own) => {
      await openPage(own, `${apps.get(name)!.url}/join#${invites[NAMES.indexOf(name)]}`);
      await own.waitForFunction(() => location.hash === '');
      await own.click('button:text-is("Take this place")');
      await own.waitForURL(`**/rooms/${room}`);
      await own.waitForSelector('text=What is next');
    });
  });

  test('all approve, and commit their tables after a look at each', async () => {
    await everywhere((_, own) => own.click('button:text-is("Approve this policy"):enabled'));
    await everywhere(async (name, own) => {
      const buffer = csvOf(TABLES[name]);
      await own.setInputFiles('input[type=file]', { name: 'table.csv', mimeType: 'text/csv', buffer });
      await own.click('button:text-is("Use this file")');
      await own.click('button:text-is("Check the table")');
      await own.waitForSelector('text=What the check found');
      expect(await own.innerText('main')).toContain(`Distinct identifiers\n${TABLES[name].length}`);
    });
    expect(await page('Bank').innerText('main')).toContain('numbers with at most 4 decimals from 0 to 18');
    expect(await page('Ad network').innerText('main')).toContain('Rows in each group, in the policy’s order: 6, 6');
    expect(await page('Shop').innerText('main')).toContain('No other column of it is used');
    expect(await faultsOf(page('Bank'))).toEqual([]);
    await everywhere(async (_, own) => {
      await own.evaluate(() => {
        const seen = new Set<string>();
        const look = () => seen.add(document.querySelector('#next + p')?.textContent ?? '');
        new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
        Object.assign(globalThis, { seen });
      });
      await own.click('button:text-is("Commit this table"):enabled');
    });
  });

  test(
    'all watch their servers at work, from the blinded lists to the figures',
    async () => {
      const seen = await everywhere(async (_, own) => {
        await own.waitForSelector('text=Check the receipt', { timeout: WHOLE_ROOM });
        return own.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen]);
      });
      const steps = ['blinds your list', 'passes on a list', 'matches the lists', 'encrypts your numbers'];
      const later = ['tells back what matched', 'adds up encrypted numbers', 'opens your own sums'];
      for (const step of [...steps, ...later, 'gives your masked sums', 'releases the figures'])
        expect(seen.flat()).toContainEqual(expect.stringContaining(step));
    },
    WHOLE_ROOM,
  );

  test('all see the lift that a plain computation finds', async () => {
    const { control, tested, difference, error, relative } = plainLift();
    await everywhere(async (_, own) => {
      const lift = own.locator('figure', { hasText: 'Lift of spent' });
      await lift.locator('summary').click();
      const rows = await lift.locator('tbody tr').all();
      const cells = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
      const told = new Map(cells.map(([what, figure, interval]) => [what, { figure: Number(figure), interval }]));
      const compared = told.get('Test less control')!;
      expect(compared.figure).toBeCloseTo(difference, 5);
      const [from, to] = compared.interval.split(' to ').map(Number);
      expect(from).toBeCloseTo(difference - 1.959964 * error, 4);
      expect(to).toBeCloseTo(difference + 1.959964 * error, 4);
      expect(told.get('Test less control, in per cent')!.figure).toBeCloseTo(relative, 3);
      expect(cells.every((row) => /^Proof \d+ of \d+: figures/.test(row.at(-1)!))).toBe(true);
      const text = await own.innerText('main');
      expect(text).toContain(`2 of 2 groups are open, with ${COMMON.length} identifiers in common.`);
      expect(text).toContain(`control: ${control.rows} rows`);
      expect(text).toContain(`test: ${tested.rows} rows`);
    });
    expect(await faultsOf(page('Shop'))).toEqual([]);
  });

  test('one downloads the receipt, and another one checks it with the page of the verifier', async () => {
    const [download] = await Promise.all([
      page('Bank').waitForEvent('download'),
      page('Bank').click('text=Download the receipt'),
    ]);
    receipt = await download.path();
    const shop = page('Shop');
    await openPage(shop, `${apps.get('Shop')!.url}/verify`);
    await shop.setInputFiles('#receipt-file', receipt);
    await shop.waitForFunction(() => /^(?:NOT )?VERIFIED/i.test(document.title));
    expect(await shop.title()).toMatch(/^Verified/);
    const text = await shop.innerText('main');
    expect(text).toContain(PURPOSE);
    const shown = await shop
      .locator('table', { hasText: 'Lift: means of test' })
      .locator('tbody td')
      .first()
      .innerText();
    expect(Number(shown)).toBeCloseTo(plainLift().difference, 5);
    expect(await shop.locator('.checks li', { hasText: 'FAILED' }).count()).toBe(0);
    expect(await faultsOf(shop)).toEqual([]);
  });

  test('and the receipt stands against the chain, too', async () => {
    const verdict = await verifyFile(receipt, { allowDevSrs: true, nodeUrl: loadConfig().network.url });
    expect(verdict.verified).toBe(true);
  });

  test('no page asked any server but its own, had a script fail or anything stopped by the security policy', () => {
    for (const name of NAMES) {
      const http = requests.get(name)!.filter((request) => /^(?:http|ws)/.test(request.url()));
      expect([...new Set(http.map((request) => new URL(request.url()).origin))]).toEqual([apps.get(name)!.url]);
    }
    expect(complaints).toEqual([]);
  });

  test('no row was in any request but the one that gave the table to the own server, nor in what servers sent', async () => {
    const isMarked = (content: Buffer | string | null) =>
      content !== null && MARKS.some((mark) => content.includes(mark));
    for (const name of NAMES) {
      const sent = requests.get(name)!;
      const tables = sent.filter((request) => request.method() === 'PUT').map((request) => new URL(request.url()));
      expect(tables.map(({ origin, pathname }) => origin + pathname)).toEqual([
        `${apps.get(name)!.url}/rooms/${room}/source`,
      ]);
      const others = sent.filter((request) => request.method() !== 'PUT');
      const marked = others.filter((request) => isMarked(request.url()) || isMarked(request.postDataBuffer()));
      expect(marked.map((request) => request.url())).toEqual([]);
    }
    expect(node.bodies.length).toBeGreaterThan(100);
    expect(node.bodies.filter(isMarked)).toEqual([]);
    const { relayFolder } = loadConfig();
    const left = await readdir(relayFolder, { recursive: true, withFileTypes: true });
    const files = left.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    expect(files.length).toBeGreaterThan(10);
    const marked = await Promise.all(files.map(async (file) => isMarked(await readFile(file))));
    expect(marked).not.toContain(true);
  });
});
