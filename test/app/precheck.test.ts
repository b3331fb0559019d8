/** What the page of a room finds in a file by itself: the same as the pre-check of the command, but for earlier rooms. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256Characters as inBrowser } from '../../app/lib/check/keyed-hash-browser.ts';
import { sha256Characters as inNode } from '../../app/lib/check/keyed-hash.ts';
import { newLedger } from '../../app/lib/check/ledger.ts';
import { profileTable } from '../../app/lib/check/profile.ts';
import { checkReport } from '../../app/lib/check/report.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { gunzip } from '../../app/lib/connector/gzip-browser.ts';
import { canonicalPolicy, parsePolicyText } from '../../app/lib/policy/parse.ts';
import { checkFile, PREVIEW_ROWS, previewOf } from '../../app/precheck/look.ts';

const fileOf = (content: string | Uint8Array<ArrayBuffer>, name = 'table.csv'): File => new File([content], name);

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

describe('What browsers have in another form', () => {
  test('hashes every text as Node does, also where it is no well-formed Unicode', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => inBrowser(text) === inNode(text)));
    expect(inBrowser('key\ud800')).toBe(inNode('key\ud800'));
  });

  test.each([1, 2, 3, 100])('passes on text that comes in pieces of %d bytes, and refuses archives', async (length) => {
    const text = new TextEncoder().encode('email\na@example.org\n');
    expect(await all(gunzip(inPieces(text, length)))).toEqual(Buffer.from(text));
    await expect(all(gunzip(inPieces(gzipSync(text), length)))).rejects.toThrow('the file is compressed');
  });
});

describe('The look at a file within the page', () => {
  test.each([
    ['overlap.policy.json', 'shop.csv', 'email', undefined],
    ['research.policy.json', 'sample-patients-clinic.csv', undefined, undefined],
    ['campaign-lift.policy.json', 'sample-campaign-bank.csv', undefined, 2],
  ] as const)('under %s finds in %s what the pre-check of the command finds', async (document, table, named, slot) => {
    const policy = parsePolicyText(readFileSync(`examples/${document}`, 'utf8'));
    const column = named ?? policy.identifier.column;
    const content = readFileSync(`examples/${table}`);
    const told: (readonly [rows: number, bytes: number])[] = [];
    const terms = { policy: canonicalPolicy(policy), slot, column };
    const found = await checkFile(fileOf(content), terms, (rows, bytes) => told.push([rows, bytes]));
    const ledger = newLedger();
    const profile = await profileTable(await openCsv(`examples/${table}`), {
      ...{ column, type: policy.identifier.type, policy, slot },
      sketchKey: ledger.key,
    });
    const now = Math.floor(Date.now() / 1000);
    expect(found).toEqual(checkReport({ policy, profile, ledger, now, slot }));
    expect(told.at(-1)).toEqual([found.rows, content.length]);
  });

  test('shows the first rows, with the line of one that cannot be read', async () => {
    const rows = ['email,name', 'a@example.org,"A ""B"" C"', 'b@example.org', ...Array<string>(9).fill('c,d')];
    const { columns, rows: shown } = await previewOf(fileOf(rows.join('\r\n')));
    expect(columns).toEqual(['email', 'name']);
    expect(shown).toHaveLength(PREVIEW_ROWS);
    expect(shown[0]).toEqual({ cells: ['a@example.org', 'A "B" C'] });
    expect(shown[1]).toEqual({ fault: 'line 3: 1 fields, the header has 2' });
  });

  test.each([
    ['table.parquet', 'PAR1', 'this page itself reads CSV alone, and the file is Parquet'],
    ['table.csv', 'ARROW1', 'this page itself reads CSV alone, and the file is Arrow'],
    ['table.parquet', 'email\n', 'says Parquet, and its bytes do not'],
    ['table.csv', '', 'is empty'],
    ['table.csv', 'name\nA\n', 'there is no column "email"'],
    ['table.csv', 'email,email\na,b\n', 'two columns are named "email"'],
  ])('refuses %s that begins with %j', async (name, content, reason) => {
    const policy = readFileSync('examples/overlap.policy.json', 'utf8');
    await expect(checkFile(fileOf(content, name), { policy, column: 'email' })).rejects.toThrow(reason);
  });
});
