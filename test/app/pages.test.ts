/** The app as it is served: built by the real build, run by the real server, asked over HTTP. No node answers here. */
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { CIRCUITS } from '../../app/lib/protocol/context.ts';
import { receiptDigest } from '../../app/lib/receipt/build.ts';
import { receiptSchema, type Receipt } from '../../app/lib/receipt/schema.ts';
import { ROOM } from '../room/log.ts';
import { samplePolicy, sampleReceipt } from '../support/sample-receipt.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';

const COUNT = 987_654;
const room = (n: number): string => fieldToHex(BigInt(n));

let app: ServedApp;
let url: string;
let receipts: string;

beforeAll(async () => {
  // Port 9 of this machine is the discard service, which no longer runs anywhere.
  app = await serveApp({ AZTEC_NODE_URL: 'http://127.0.0.1:9/secret-key' });
  ({ url, receipts } = app);
});

afterAll(() => app.stop());

async function page(path: string): Promise<{ status: number; headers: Headers; html: string }> {
  const response = await fetch(url + path);
  return { status: response.status, headers: response.headers, html: await response.text() };
}

/** What a person reads on a page, without markup. */
const textOf = (html: string): string =>
  html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '')
    .replace(/<!--[\s\S]*?-->|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

/** A document of a receipt's form whose content is made up. */
function madeUp(changes: Partial<Receipt> = {}): Receipt {
  const draft = {
    kind: 'zk-clean-room-receipt' as const,
    version: 2 as const,
    network: { chainId: room(31_337), rollupVersion: room(1), contract: room(2), provesTransactions: true },
    roomId: room(1),
    policy: {},
    srs: { kind: 'development' as const, identity: 'made-up' },
    circuits: CIRCUITS.map((name) => ({ name, keyHash: room(3), sourceDigest: '0'.repeat(64) })),
    events: [{ name: 'RoomEnded' as const, fields: [room(1), room(7), room(0)], txHash: room(4), block: 1 }],
    transcript: room(5),
    proofs: [],
    governance: {
      slots: [0, 1].map((slot) => ({ slot, standing: 'member' as const, approvals: [], paid: false })),
      disputed: false,
      audits: [],
      deletion: { due: [0, 1], attested: [], complete: false, deadline: '0' },
    },
    result: { suppressed: false as const, count: COUNT },
    ...changes,
  };
  return receiptSchema.parse({ ...draft, digest: receiptDigest(draft) });
}

const put = (id: string, content: unknown): Promise<void> => app.put(id, content);

describe('The list of rooms', () => {
  test('says that the node does not answer, and what to do, without telling the key in its URL', async () => {
    const { status, html } = await page('/');
    expect(status).toBe(200);
    expect(textOf(html)).toContain('The Aztec node does not answer');
    expect(textOf(html)).toContain('npm run network -- start');
    expect(html).not.toContain('secret-key');
  });

  test('can be read by a screen reader: language, title, landmarks, one heading of the first rank', async () => {
    const { html } = await page('/');
    for (const part of ['<html lang="en">', '<title>', '<header', '<nav aria-label', '<main id="main"', '<footer']) {
      expect(html).toContain(part);
    }
    expect(html.match(/<h1/g)).toHaveLength(1);
  });
});

describe('Every page', () => {
  test.each(['/', `/receipts/${room(404)}`, '/nowhere'])(
    '%s runs no foreign or inline code and asks no other server',
    async (path) => {
      const { headers, html } = await page(path);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe-(inline|eval)/);
      expect(policy).not.toMatch(/https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(html).not.toMatch(/\s(style|onclick|onload)=/);
      expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    },
  );

  test('is refused to a page elsewhere that made its own name point here', async () => {
    const asked = request(url, { headers: { host: 'elsewhere.example' } }).end();
    const [response] = await once(asked, 'response');
    expect(response.statusCode).toBe(421);
    response.resume();
  });
});

describe('The receipt of a room', () => {
  test.each([room(404), '0xabc', '..%2f..%2fpackage'])(
    'that is not there (%s) is a 404 that says how to make one',
    async (id) => {
      const { status, html } = await page(`/receipts/${id}`);
      expect(status).toBe(404);
      expect(textOf(html)).toContain('There is no receipt of this room here.');
      expect(textOf(html)).toContain('npm run -s room -- receipt');
      expect((await fetch(`${url}/receipts/${id}/receipt.json`)).status).toBe(404);
    },
  );

  async function expectRefused(id: string, reason: string): Promise<string> {
    const { status, html } = await page(`/receipts/${id}`);
    const text = textOf(html);
    expect(status).toBe(200);
    expect(html).toMatch(/<title>NOT VERIFIED/);
    expect(text).toContain('Do not rely on this receipt');
    expect(text).toContain(reason);
    // Neither in the text nor in the data that travels with the page.
    expect(html).not.toMatch(/987,?654/);
    expect(html).not.toContain('Download the receipt');
    return text;
  }

  test('that is no JSON is NOT VERIFIED', async () => {
    await put(room(10), '{"kind":');
    await expectRefused(room(10), 'not JSON');
  });

  test('that is not of the published form is NOT VERIFIED', async () => {
    await put(room(11), { kind: 'zk-clean-room-receipt', version: 1, roomId: room(11) });
    await expectRefused(room(11), 'Not a receipt of version 2');
  });

  test('that carries anything unknown is NOT VERIFIED', async () => {
    await put(room(12), { ...madeUp({ roomId: room(12) }), note: 'trust me' });
    await expectRefused(room(12), 'Unrecognized key');
  });

  test('that was changed after it was made is NOT VERIFIED, and its figure is not shown', async () => {
    await put(room(13), { ...madeUp({ roomId: room(13) }), transcript: room(6) });
    await expectRefused(room(13), 'The receipt was changed');
  });

  test('that was forged, with a digest that fits, is NOT VERIFIED, and its figure is not shown', async () => {
    await put(room(14), madeUp({ roomId: room(14) }));
    const text = await expectRefused(room(14), 'the first event of a room must create it');
    expect(text).toContain('Development reference string: no evidence');
  });

  test('under the name of another room is NOT VERIFIED', async () => {
    await put(room(15), madeUp());
    await copyFile(join(receipts, `${room(15)}.json`), join(receipts, `${room(16)}.json`));
    await expectRefused(room(16), 'the receipt of another room');
  });
});

describe('The receipt of a room that aggregates, whose proofs are true', () => {
  // Names that are markup where nothing keeps them from it.
  const DAYS = '<b>days</b> & "nights"';
  let receipt: Receipt;

  beforeAll(async () => {
    receipt = await sampleReceipt(samplePolicy(DAYS, '<img src=x>Clinic'));
  });

  test('is verified, and shows every figure of open groups and the name alone of suppressed ones', async () => {
    await put(fieldToHex(ROOM), receipt);
    const { status, html } = await page(`/receipts/${fieldToHex(ROOM)}`);
    expect(status).toBe(200);
    const text = textOf(html);
    expect(html).toMatch(/<title>Verified/);
    expect(text).toContain('not compared with the chain');
    expect(text).toContain('8 rows of &lt;img src=x>Clinic and Hospital behind these figures');
    const [, table] = /<table>([\s\S]*?)<\/table>/.exec(html)!;
    const rows = [...table.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) =>
      [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) =>
        textOf(cell)
          .replace(/\u00a0/g, ' ')
          .trim(),
      ),
    );
    const days = '&lt;b>days&lt;/b> &amp; "nights"';
    expect(rows).toEqual([
      ['Group', 'Rows', `${days}: sum`, `${days}: mean`, `${days}: variance`],
      ['age from 0 to below 40', '4', '4.0', '1.0000000 ± 2.2631714', '5.33333333'],
      ['age from 40 to below 60', '4', '-8.0', '-2.0000000 ± 0.0000000', '0.00000000'],
      ['age from 60 to below 100', 'suppressed'],
    ]);
    expect(text).toContain('Nothing was opened of suppressed groups');
    expect(text).toContain('The 25 % quantile of “age” lies from 0 to below 40.');
    expect(text).toContain('The median of “age” lies from 0 to below 60.');
    for (const fact of [
      'Fewest rows of a party in a group 2',
      'Parties needed in a group 2',
      `“${days}”: numbers with up to 1 decimal from -5 to 60; sum, mean and variance are released`,
      'Groups by “age”, with borders at 0, 40, 60, 100',
      'Quantiles of “age” 25 %, 50 %',
      'Confidence of intervals (±) 95 %',
    ])
      expect(text).toContain(fact);
    expect(text).not.toContain('Smallest count released');
  });

  test('is a table for screen readers, and its names stay text', async () => {
    const { html } = await page(`/receipts/${fieldToHex(ROOM)}`);
    const [table, ...others] = html.match(/<table>[\s\S]*?<\/table>/g)!;
    expect(others).toEqual([]);
    expect(table).toMatch(/^<table><caption>Figures by group<\/caption>/);
    expect(table.match(/<th scope="col">/g)).toHaveLength(5);
    expect(table.match(/<th scope="row">/g)).toHaveLength(3);
    expect(html).not.toMatch(/<th>/);
    // A bar for each open group, which says nothing that its cell does not.
    expect(html.match(/<svg class="gauge"[^>]*aria-hidden="true"/g)).toHaveLength(2);
    expect(html).not.toMatch(/\s(style|onclick|onload)=/);
    expect(html).not.toMatch(/<b>|<img/);
  });

  test('has charts, each with a table of its numbers, in which every figure leads to its proof among the checks', async () => {
    const { html } = await page(`/receipts/${fieldToHex(ROOM)}`);
    expect(html.match(/<svg class="picture"[^>]*role="img"/g)).toHaveLength(2);
    expect(html.match(/<table class="numbers"/g)).toHaveLength(2);
    expect(html.match(/<a href="#proof-7">Proof 7 of 7: figures<\/a>/g)).toHaveLength(7);
    const [, check] = /<li id="proof-7">([\s\S]*?)<\/li>/.exec(html)!;
    expect(textOf(check)).toContain('Proof 7 of 7: figures');
  });

  test('is NOT VERIFIED with another figure, none of which is shown', async () => {
    const { result } = receipt;
    if (result.suppressed) throw new Error('nothing was opened');
    // The sum of the first group, sealed again as a forger would.
    const figures = result.figures!.with(3, fieldToHex(999n));
    const changed = { ...receipt, result: { ...result, figures } };
    await put(fieldToHex(ROOM), { ...changed, digest: receiptDigest(changed) });
    const { html } = await page(`/receipts/${fieldToHex(ROOM)}`);
    expect(html).toMatch(/<title>NOT VERIFIED/);
    expect(textOf(html)).toContain('The figures in the receipt are not those that the log releases.');
    expect(html).not.toMatch(/<table|<svg class="picture"|2\.2631714/);
  });
});
