/** The pages that check and show receipts, in a real browser: the app's real build and server, and real proofs. No node answers. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse as parseCsv } from 'csv-parse/sync';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { recordDeployment } from '../../app/lib/chain/deployments.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { RoomHistory } from '../../app/lib/room/history.ts';
import { eventSelectors, type EventSelectors } from '../../app/lib/room/selectors.ts';
import { CHAIN, ROOM } from '../room/log.ts';
import { savedBy } from '../support/downloads.ts';
import { nodeOfLog } from '../support/node-of-log.ts';
import { samplePolicy, sampleReceipt } from '../support/sample-receipt.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';
import { findChromium, launch, watch } from './chromium.ts';
import { FORGERIES } from './forgeries.ts';
import { faultsOf } from './looks.ts';

const room = fieldToHex(ROOM);
const forgedRoom = fieldToHex(ROOM + 1n);
const READY = 'Ready. From now on this page works without a network.';
/** A figure of the sample, in whose place nothing of the kind may stand. */
const FIGURE = '2.2631714';
/** In milliseconds: machines under load are slow. */
const PATIENCE = 60_000;

const executable = findChromium();

(executable ? describe : describe.skip)('In a browser', () => {
  let app: ServedApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let receipt: Receipt;
  let selectors: EventSelectors;
  const requests: Request[] = [];
  /** What pages and workers complained of: scripts that failed, and what the security policy stopped. */
  const complaints: string[] = [];

  beforeAll(async () => {
    await initField();
    selectors = await eventSelectors();
    // One after the other: each takes every core it can get.
    receipt = await sampleReceipt(samplePolicy('days', 'Clinic'));
    app = await serveApp({ AZTEC_NODE_URL: 'http://127.0.0.1:9/' });
    await app.put(room, receipt);
    browser = await launch(executable!);
    context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE);
    watch(context, { requests, complaints });
    page = await context.newPage();
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  const open = (path: string) => page.goto(app.url + path);
  const verdict = (text: string) => page.waitForFunction((start) => document.title.startsWith(start), text);
  const choose = (text: string) =>
    page.setInputFiles('input[type=file]', {
      name: 'receipt.json',
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    });

  describe('the verifier of a room whose receipt the server has', () => {
    beforeAll(async () => {
      await open(`/verify/${room}`);
      await verdict('Verified');
    });

    test('verifies every proof in the browser, and shows every figure with what each check means', async () => {
      const text = await page.innerText('main');
      expect(text).toContain('8\n');
      expect(text).toContain('rows of Clinic and Hospital behind these figures');
      expect(text).toContain(FIGURE);
      expect(text).toContain('7 proofs checked by your browser');
      const checks = await page.locator('.checks li').allInnerTexts();
      expect(checks.filter((check) => /Passed\s+Proof \d of 7/.test(check))).toHaveLength(7);
      expect(checks.filter((check) => check.includes('FAILED'))).toEqual([]);
      expect(checks.filter((check) => check.includes('Not checked')).map((check) => check.split('\n')[1])).toEqual(
        ['Chain', 'Template'], // prettier-ignore
      );
    });

    test('says what its word rests on: the keys that this copy was built with, and which those are', async () => {
      expect(await page.innerText('main')).toContain('Its build says: these are the verification keys of the circuits');
      const keys = page.locator('details', { hasText: 'Keys that this app was built with' });
      await keys.locator('summary').click();
      const known = await keys.innerText();
      expect(known).toContain(receipt.srs.identity);
      for (const { name, keyHash, sourceDigest } of receipt.circuits) {
        for (const part of [name, keyHash, sourceDigest]) expect(known).toContain(part);
      }
    });

    test('tells a screen reader the verdict', async () => {
      expect(await page.innerText('main [role=status]')).toMatch(/^Verified, under the development reference string/);
    });

    test('prints as a document: verdict and checks, without what one does on a screen', async () => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.isVisible('text=7 proofs checked by your browser')).toBe(true);
      expect(await page.isVisible('input[type=file]')).toBe(false);
      expect(await page.isVisible('nav')).toBe(false);
      await page.emulateMedia({ media: 'screen' });
    });

    test('reads well: no serious issue, on a phone and on a wide screen, by day and by night', async () => {
      expect(await faultsOf(page)).toEqual([]);
    });

    test('has charts whose figures lead to their proof among the checks', async () => {
      expect(await page.locator('svg.picture').count()).toBe(2);
      await page.click('a:text-is("Proof 7 of 7: figures") >> nth=0');
      expect(await page.innerText('li:target')).toMatch(/Passed\s+Proof 7 of 7: figures/);
    });

    test('saves charts and all figures, and says in them what these are worth', async () => {
      const csv = await savedBy(page, page.locator('text=All figures (CSV)'));
      const [head, ...rows] = parseCsv(csv.bytes, { record_delimiter: '\r\n' }) as string[][];
      expect(head).toEqual(['figure', 'group', 'column', 'value', 'proof', 'room', 'standing']);
      expect(rows.map((row) => row[3])).toEqual(expect.arrayContaining([FIGURE, '-8.0', 'suppressed']));
      const standing = 'Verified, under the development reference string, but not compared with the chain.';
      expect(new Set(rows.map((row) => row[6]))).toEqual(new Set([standing]));
      for (const i of [0, 1]) {
        const svg = await savedBy(page, page.locator('button', { hasText: 'SVG' }).nth(i));
        expect(svg.name).toMatch(/^room-[0-9a-f]{8}-[0-9a-f]{8}-(?:histogram|mean-1-days)\.svg$/);
        expect(svg.bytes.toString()).toContain('Verified, under the development reference string');
        const png = await savedBy(page, page.locator('button', { hasText: 'PNG' }).nth(i));
        expect(png.bytes.toString('latin1', 1, 4)).toBe('PNG');
      }
    });

    test('refuses a receipt that lies under the name of another room', async () => {
      await app.put(forgedRoom, receipt);
      await open(`/verify/${forgedRoom}`);
      await verdict('NOT VERIFIED');
      expect(await page.innerText('main')).toContain('the receipt of another room');
    });
  });

  describe('the verifier of files', () => {
    beforeAll(async () => {
      await open('/verify');
      await page.waitForSelector(`text=${READY}`);
    });

    test('reads well before it is given one', async () => {
      expect(await faultsOf(page)).toEqual([]);
    });

    test('works without a network once it is loaded, and asks for nothing', async () => {
      const before = requests.length;
      await context.setOffline(true);
      await choose(JSON.stringify(receipt));
      await verdict('Verified');
      expect(await page.innerText('main')).toContain(FIGURE);
      await context.setOffline(false);
      expect(requests.slice(before)).toEqual([]);
    });

    test('takes a file that is dropped on it', async () => {
      await choose('{}');
      await verdict('NOT VERIFIED');
      const transfer = await page.evaluateHandle((text) => {
        const made = new DataTransfer();
        made.items.add(new File([text], 'dropped.json'));
        return made;
      }, JSON.stringify(receipt));
      await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
      await verdict('Verified');
      expect(await page.innerText('main')).toContain('Checked: dropped.json');
    });

    test('takes text that is pasted, by the keyboard alone', async () => {
      await page.fill('textarea', JSON.stringify(receipt));
      await page.focus('textarea');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForSelector('text=Checked: the pasted text');
      await verdict('Verified');
    });

    test.each(FORGERIES.map((forgery) => [forgery.what, forgery] as const))(
      'refuses %s, and shows no figure of it',
      async (_, { make, check, reason }) => {
        await choose(make(receipt, selectors));
        await verdict('NOT VERIFIED');
        await page.waitForSelector('.checks .bad');
        const refused = await page.locator('.checks li', { hasText: 'FAILED' }).allInnerTexts();
        expect(refused.join('\n')).toContain(check);
        expect(refused.join('\n')).toMatch(reason);
        const text = await page.innerText('main');
        expect(text).toContain('Do not rely on this receipt');
        expect(text).not.toContain(FIGURE);
        expect(text).not.toContain('groups are open');
        expect(await page.locator('table').count()).toBe(0);
        expect(await page.innerText('main [role=status]')).toBe('NOT VERIFIED. Do not rely on this receipt.');
      },
    );

    test('still takes a true receipt after all of these, without a network', async () => {
      await context.setOffline(true);
      await choose(JSON.stringify(receipt));
      await verdict('Verified');
      await context.setOffline(false);
    });

    test('says that it does not work, and nothing of a receipt, where its WASM cannot be had', async () => {
      const crippled = await context.newPage();
      await crippled.route('**/*.gz', (route) => route.abort());
      await crippled.goto(`${app.url}/verify/${room}`);
      await crippled.waitForSelector('text=The verifier does not work here');
      expect(await crippled.innerText('main')).toContain('Nothing was checked');
      expect(await crippled.innerText('main')).not.toContain('VERIFIED');
      await crippled.close();
      complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !complaint.includes('.gz')));
    });

    test('reads well when it refuses', async () => {
      await choose('no receipt');
      await verdict('NOT VERIFIED');
      expect(await faultsOf(page)).toEqual([]);
    });

    test('is bound by a policy of its own, under which its worker can reach this server alone', async () => {
      const worker = requests.find((request) => request.url().includes('/immutable/workers/worker-'))!;
      const { 'content-security-policy': policy } = (await worker.response())!.headers();
      expect(policy).toBe("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'");
    });
  });

  describe('the frame for pages of others', () => {
    let host: Server;
    let hostUrl: string;
    let body = '';

    beforeAll(async () => {
      host = createServer((_, response) => {
        response.setHeader('content-type', 'text/html');
        response.end(
          `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A proposal</title><main><h1>A proposal</h1>${body}</main></html>`,
        );
      });
      host.listen(0, '127.0.0.1');
      await once(host, 'listening');
      hostUrl = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    });

    afterAll(() => {
      host.close();
    });

    const script = () => `<script src="${app.url}/clean-room-figure.js"></script>`;

    test('shows the verified figure with a link to the verifier, and reads well by itself', async () => {
      await open(`/embed/${room}`);
      expect(await page.innerText('main')).toContain(FIGURE);
      expect(await page.getAttribute('a', 'href')).toBe(`/verify/${room}`);
      expect(await page.locator('script').count()).toBe(0);
      expect(await faultsOf(page)).toEqual([]);
    });

    test.each([
      ['', 'from the server of the script'],
      ['src', 'from the server that is named'],
    ])('is what the web component shows on a page elsewhere (%s)', async (attribute) => {
      body = `${script()}<clean-room-figure room="${room}" ${attribute && `src="${app.url}"`}></clean-room-figure>`;
      await page.goto(hostUrl);
      const frame = page.frameLocator('iframe');
      expect(await frame.locator('main').innerText()).toContain(FIGURE);
      expect(await faultsOf(page)).toEqual([]);
    });

    test('shows no figure of a receipt that fails', async () => {
      await app.put(forgedRoom, FORGERIES.at(-1)!.make(receipt, selectors));
      await open(`/embed/${forgedRoom}`);
      expect(await page.innerText('main')).toContain('NOT VERIFIED');
      expect(await page.innerText('main')).not.toContain(FIGURE);
    });

    test('is not made of anything but a room and a server', async () => {
      body = `${script()}<clean-room-figure room="../verify"></clean-room-figure><clean-room-figure room="${room}" src="javascript:alert(1)"></clean-room-figure>`;
      await page.goto(hostUrl);
      expect(await page.locator('iframe').count()).toBe(0);
    });

    test.each([`/verify/${room}`, `/receipts/${room}`, '/'])(
      'is the only page that may be framed: %s may not',
      async (path) => {
        body = `<iframe title="stolen" src="${app.url}${path}"></iframe>`;
        const before = complaints.length;
        await page.goto(hostUrl);
        const [, frame] = page.frames();
        expect(await frame.evaluate(() => document.body?.innerText ?? '')).not.toContain('zk Clean Room');
        expect(complaints.splice(before).join()).toMatch(/frame-ancestors|X-Frame-Options|ERR_BLOCKED_BY_RESPONSE/i);
      },
    );
  });

  describe('the audit log', () => {
    let node: Awaited<ReturnType<typeof nodeOfLog>>;
    let audited: ServedApp;

    beforeAll(async () => {
      node = await nodeOfLog(receipt, selectors);
      const deployments = join(app.receipts, 'deployments.json');
      audited = await serveApp({ AZTEC_NODE_URL: node.url, CLEAN_ROOM_DEPLOYMENTS: deployments });
      await audited.put(room, receipt);
      const { chainId, rollupVersion, contract } = CHAIN;
      await recordDeployment(
        {
          file: deployments,
          info: { chainId, rollupVersion, provesTransactions: false },
          srsIdentity: receipt.srs.identity,
        },
        { registry: 1n, rooms: contract, escrowClass: 1n, circuits: 1n, templates: {} },
      );
    });

    afterAll(async () => {
      node.stop();
      await audited.stop();
    });

    test('tells every event in words, with its block and its transaction', async () => {
      await page.goto(`${audited.url}/audit/${room}`);
      const rows = await page.locator('.log tbody tr').allInnerTexts();
      expect(rows).toHaveLength(receipt.events.length);
      receipt.events.forEach(({ name, txHash, block }, i) => {
        for (const part of [`${i + 1}`, name, txHash, `${block}`]) expect(rows[i]).toContain(part);
      });
      expect(rows.join()).toContain('Slot 1 (Hospital) gave its masked tally');
      await page.click('.log summary >> nth=0');
      expect(await page.innerText('.log details >> nth=0')).toContain('policy_digest');
      expect(await faultsOf(page)).toEqual([]);
    });

    test('can be had as JSON, and as a table in which every line has its transaction', async () => {
      const json = await fetch(`${audited.url}/audit/${room}/audit.json`);
      const { history, state, result } = (await json.json()) as RoomHistory;
      expect([state, result]).toEqual([
        'released',
        { suppressed: false, counts: 'rows in open groups', count: 8, figures: receipt.events.at(-1)!.fields.at(-2) },
      ]);
      await page.goto(`${audited.url}/audit/${room}`);
      expect(await page.innerText('dl.facts')).toContain('8 rows in open groups');
      expect(history.map(({ event, transaction }) => [event, transaction])).toEqual(
        receipt.events.map(({ name, txHash }) => [name, txHash]),
      );
      const csv = await fetch(`${audited.url}/audit/${room}/audit.csv`);
      expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="audit-[0-9a-f]{8}\.csv"$/);
      const [head, ...lines] = parseCsv(await csv.text(), { record_delimiter: '\r\n' }) as string[][];
      expect(head).toEqual(['step', 'event', 'text', 'block', 'transaction', 'values']);
      expect(lines.map((line) => [...line.slice(0, -1), JSON.parse(line.at(-1)!)])).toEqual(
        history.map(({ step, event, text, block, transaction, values }) => [
          `${step}`,
          event,
          text,
          `${block}`,
          transaction,
          values,
        ]),
      );
    });

    test('of a room that is not there is not shown, and says so', async () => {
      await page.goto(`${audited.url}/audit/${forgedRoom}`);
      expect(await page.innerText('main')).toContain('There is no such room at this contract');
      expect(complaints.pop()).toMatch(/status of 502/);
    });

    test('says what to do where no node answers, and reads well', async () => {
      await open(`/audit/${room}`);
      expect(await page.innerText('main')).toContain('The Aztec node does not answer');
      expect(complaints.pop()).toMatch(/status of 503/);
      expect(await faultsOf(page)).toEqual([]);
    });
  });

  test('no page asked any other host, sent anything, or ran what its policy forbids', () => {
    const own = new Set([new URL(app.url).hostname]);
    expect(requests.length).toBeGreaterThan(20);
    expect(requests.filter((request) => !own.has(new URL(request.url()).hostname)).map((each) => each.url())).toEqual(
      [],
    );
    expect(requests.filter((request) => request.method() !== 'GET' || request.postData() !== null)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
