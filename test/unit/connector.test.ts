import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse as peerParse } from 'csv-parse/sync';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { ConnectorError } from '../../app/lib/connector/errors.ts';
import { readIdentifiers, type IdentifierOptions } from '../../app/lib/connector/identifiers.ts';
import { NormalisationError, normalise } from '../../app/lib/connector/normalise.ts';
import { parseRecords } from '../../app/lib/connector/records.ts';
import type { Source } from '../../app/lib/connector/source.ts';
import { decodeText } from '../../app/lib/connector/text.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { identifierDigest } from '../../app/lib/protocol/identifier.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'connector-'))));
afterAll(() => rmSync(folder, { recursive: true }));

async function* chunksOf(data: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Reads e-mail addresses from CSV text or bytes, in chunks small enough to cut everything somewhere. */
type ReadOptions = Partial<IdentifierOptions> & { file?: Source; delimiter?: string };
const read = async (data: string | Uint8Array, { file, delimiter, ...options }: ReadOptions = {}) =>
  readIdentifiers(await openCsv(file ?? chunksOf(data), { delimiter }), {
    ...{ column: 'email', type: 'email', maxRows: 100 },
    ...options,
  });

const datasetOf = (...emails: string[]) => makeDataset(emails.map((email) => identifierDigest('email', email)));

describe('normalisation', () => {
  test.each([
    ['email', '  Ada@Example.ORG ', 'ada@example.org'],
    ['email', 'ＡＤＡ@example.org', 'ada@example.org'],
    ['email', 'e\u0301va@example.org', 'éva@example.org'],
    ['phone', ' +44 (20) 7946-0000 ', '+442079460000'],
    ['phone', '+1.202.555.0100', '+12025550100'],
    ['exact', ' Straße 7 ', 'Straße 7'],
    ['exact', 'e\u0301', 'é'],
    ['exact', 'Case Matters', 'Case Matters'],
    ['iban', 'GB82 WEST 1234 5698 7654 32', 'GB82WEST12345698765432'],
    ['iban', ' de89370400440532013000', 'DE89370400440532013000'],
    ['iban', 'NO93 8601 1117 947', 'NO9386011117947'],
    ['iban', 'MT84MALT011000012345MTLCAST001S', 'MT84MALT011000012345MTLCAST001S'],
    ['iban', 'FR1420041010050500013M02606', 'FR1420041010050500013M02606'],
    ['lei', '5493001KJTIIGC8Y1R12', '5493001KJTIIGC8Y1R12'],
    ['lei', ' 5493001kjtiigc8y1r12 ', '5493001KJTIIGC8Y1R12'],
    ['device', 'CDDA802E-FB9C-47AD-9866-0794D394C912', 'cdda802e-fb9c-47ad-9866-0794d394c912'],
  ] as const)('%s %j becomes %j', (type, raw, normalised) => {
    expect(normalise(type, raw)).toBe(normalised);
  });

  test.each([
    ['email', '', /empty/],
    ['email', '   ', /empty/],
    ['email', 'ada', /exactly one @/],
    ['email', 'ada@', /exactly one @/],
    ['email', '@example.org', /exactly one @/],
    ['email', 'a@b@c', /exactly one @/],
    ['email', 'a b@c', /spaces/],
    ['email', 'ada\u200b@example.org', /invisible/],
    ['email', 'ada@example.org\u0000', /control/],
    ['email', '\ud800@example.org', /surrogate/],
    ['email', 'a'.repeat(1025), /longer/],
    ['phone', '020 7946 0000', /country code/],
    ['phone', '+0442079460000', /country code/],
    ['phone', '+1234567', /8 to 15 digits/],
    ['phone', '+1234567890123456', /8 to 15 digits/],
    ['phone', '+44 20 7946 000x', /8 to 15 digits/],
    ['phone', '+٤٤٢٠٧٩٤٦٠٠٠٠', /8 to 15 digits/],
    ['exact', '\t', /empty/],
    ['iban', 'GB82WEST12345698765433', /check digits/],
    ['iban', 'DE88370400440532013000', /check digits/],
    ['iban', 'DE8937040044053201300', /characters as an IBAN of its country/],
    ['iban', 'US82WEST12345698765432', /no country with IBANs/],
    ['iban', 'GB82-WEST-1234-5698-7654-32', /an IBAN is/],
    ['iban', 'GB82WEſT12345698765432', /an IBAN is/],
    ['lei', '5493001KJTIIGC8Y1R13', /check digits/],
    ['lei', '5493001KJTIIGC8Y1R1', /an LEI is 18/],
    ['lei', '5493 001KJTIIGC8Y1R1', /an LEI is 18/],
    ['device', '00000000-0000-0000-0000-000000000000', /all zeros/],
    ['device', 'cdda802efb9c47ad98660794d394c912', /hyphens/],
    ['device', '{cdda802e-fb9c-47ad-9866-0794d394c912}', /hyphens/],
    ['device', 'cdda802e-fb9c-47ad-9866-0794d394c91g', /hex digits/],
  ] as const)('%s %j is refused', (type, raw, message) => {
    expect(() => normalise(type, raw)).toThrow(NormalisationError);
    expect(() => normalise(type, raw)).toThrow(message);
  });

  test('check digits that leave the same rest as the proper ones are no second spelling', () => {
    // Every number has exactly one pair of check digits.
    const pairs = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));
    const accepted = (type: 'iban' | 'lei', spell: (digits: string) => string) =>
      pairs.filter((digits) => {
        try {
          return normalise(type, spell(digits));
        } catch {
          return false;
        }
      });
    for (let i = 0; i < 200; i++) {
      const number = String(i).padStart(10, '0');
      expect(accepted('iban', (digits) => `DE${digits}37040044${number}`)).toHaveLength(1);
      expect(accepted('lei', (digits) => `5493001K${number}${digits}`)).toHaveLength(1);
    }
  });

  test('what is normalised stays as it is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('email' as const, 'phone' as const, 'exact' as const),
        fc.string({ unit: 'binary' }),
        (type, raw) => {
          let once: string;
          try {
            once = normalise(type, type === 'email' ? `${raw}@${raw}x` : raw);
          } catch {
            return;
          }
          expect(normalise(type, once)).toBe(once);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('CSV', () => {
  async function parse(text: string, size: number, delimiter?: string): Promise<(readonly string[])[]> {
    const rows: (readonly string[])[] = [];
    for await (const records of parseRecords(decodeText(chunksOf(text, size)), delimiter)) {
      rows.push(...records.map(({ fields }) => fields));
    }
    return rows;
  }

  test('reads back whatever is written with quotes, however it is cut, as csv-parse does', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', ',', '"', '\n', '\r', ';') });
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(
      fc.asyncProperty(
        table,
        lineEnd,
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        async (rows, end, closed, size) => {
          const quote = (text: string) => (/^[aé😀 ;]*$/u.test(text) ? text : `"${text.replaceAll('"', '""')}"`);
          const text = rows.map((row) => row.map(quote).join(',')).join(end) + (closed ? end : '');
          expect(await parse(text, size)).toEqual(rows);
          expect(peerParse(text, { relax_column_count: true, record_delimiter: [end] })).toEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('knows the line on which a record begins, across line ends in quotes', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['a,b', `"1${end}2",x`, '3,4', '', '5,6'].join(end);
      const lines: number[] = [];
      for await (const records of parseRecords(decodeText(chunksOf(text, 3))))
        lines.push(...records.map(({ line }) => line));
      expect(lines).toEqual([1, 2, 4, 5, 6]);
    }
  });

  test.each([
    ['a,b\n1,"2\n3,4\n', /line 2: a quote is opened and never closed/],
    ['a,b\n1,2"3\n', /line 2: a quote inside a field that is not quoted/],
    ['a,b\n\n1,"2"3\n', /line 3: text follows a closing quote/],
  ])('%j is refused with its line', async (text, message) => {
    for (const size of [1, 2, 100]) await expect(parse(text, size)).rejects.toThrow(message);
  });

  test('a quote that swallows the file is stopped, in constant memory', async () => {
    async function* endless() {
      yield new TextEncoder().encode('email\n"');
      for (;;) yield new Uint8Array(10_000).fill(0x61);
    }
    await expect(read('', { file: endless() })).rejects.toThrow(/is the quote opened on line 2 ever closed/);
  });
});

describe('reading identifiers', () => {
  test('normalises, sorts, merges duplicates and says how many', async () => {
    const csv = 'id,email,city\n1,Bob@example.org,Paris\n2," ada@example.org",Rome\n3,BOB@EXAMPLE.ORG,"Ho\nChi"\n\n\n';
    const result = await read(csv);
    expect(result).toEqual({
      dataset: datasetOf('ada@example.org', 'bob@example.org'),
      rows: 3,
      duplicates: 1,
      columns: ['id', 'email', 'city'],
    });
  });

  test('reads a file, a Blob, a byte order mark, other delimiters and other types', async () => {
    const path = join(folder, 'table.csv');
    writeFileSync(path, '\ufeffemail\r\nada@example.org\r\n');
    const expected = datasetOf('ada@example.org');
    expect((await read('', { file: path })).dataset).toEqual(expected);
    expect((await read('', { file: new Blob(['email\nada@example.org']) })).dataset).toEqual(expected);
    expect((await read('x;email\n1;ada@example.org', { delimiter: ';' })).dataset).toEqual(expected);
    const phones = await read('tel\n+44 20 7946 0000', { column: 'tel', type: 'phone' });
    expect(phones.dataset.digests).toEqual([identifierDigest('phone', '+442079460000')]);
  });

  test.each([
    ['id;email;"a,b,c,d"', ';'],
    ['id\temail', '\t'],
    ['email|id|"x|y"', '|'],
    ['email', ','],
    ['email,a;b', ','],
    ['"a""b,c,d";"x\ny,,,";email', ';'],
  ])('finds what separates the columns of %j', async (header, delimiter) => {
    const names = (await openCsv(chunksOf(`${header}\n`, 3))).columns;
    const asTold = await openCsv(chunksOf(`${header}\n`, 3), { delimiter });
    expect(names).toEqual(asTold.columns);
    expect(names).toContain('email');
  });

  test('loses no row behind the header that it looked at', async () => {
    for (const size of [1, 5, 1000]) {
      const table = await read('', { file: chunksOf('id;email\r\n1;a@b\r\n2;c@d', size) });
      expect(table.dataset).toEqual(datasetOf('a@b', 'c@d'));
    }
  });

  test('a missing file, a folder and an empty file are named', async () => {
    await expect(read('', { file: join(folder, 'none.csv') })).rejects.toThrow(/none\.csv does not exist/);
    await expect(read('', { file: folder })).rejects.toThrow(/is a folder: name a file/);
    const empty = join(folder, 'empty.csv');
    writeFileSync(empty, '');
    await expect(read('', { file: empty })).rejects.toThrow(/empty\.csv is empty/);
    await expect(read('')).rejects.toThrow(ConnectorError);
  });

  test('an unknown column lists the columns, and hints at another delimiter', async () => {
    await expect(read('id,mail\n1,a@b')).rejects.toThrow(/no column "email"; the columns are: "id", "mail"/);
    await expect(read('id;email\n1;a@b', { delimiter: ',' })).rejects.toThrow(/separated by ";"/);
    await expect(read('email,email\na@b,c@d')).rejects.toThrow(/two columns are named "email"/);
  });

  test('empty, malformed and blank rows are refused together, by line, without their values', async () => {
    const csv = 'id,email\n1,\n2,secret-value\n3,a@b,extra\n\n5,c@d\n';
    const error = await read(csv).then(
      () => undefined,
      (e: Error) => e,
    );
    expect(error).toBeInstanceOf(ConnectorError);
    expect(error!.message).toMatch(/line 2: the identifier is refused: empty/);
    expect(error!.message).toMatch(/line 3: .*exactly one @/);
    expect(error!.message).toMatch(/line 4: 3 fields, the header has 2/);
    expect(error!.message).toMatch(/line 5: blank/);
    expect(error!.message).not.toMatch(/secret-value/);
    await expect(read('email\n' + 'x\n'.repeat(50))).rejects.toThrow(/line 11: .*\n {2}and perhaps more/);
  });

  test('a header alone and too few rows are refused', async () => {
    await expect(read('email\n')).rejects.toThrow(/a header and no rows/);
    await expect(read('email\na@b\nA@B\n', { minRows: 2 })).rejects.toThrow(
      /1 distinct identifiers, the policy asks for at least 2/,
    );
  });

  test.each([
    ['UTF-16 little endian', Buffer.from('\ufeffemail\na@b', 'utf16le'), /UTF-16 text, not UTF-8/],
    ['UTF-16 without a mark', Buffer.from('email\na@b', 'utf16le'), /zero byte at 1.*UTF-16/],
    ['Latin-1', Buffer.from('email\nandré@example.org', 'latin1'), /byte 11 \(line 2\) is invalid.*CSV UTF-8/],
    ['a cut character at the end', Buffer.from('email\nab\u00e9').subarray(0, -1), /byte 8 \(line 2\) is invalid/],
    ['an Excel workbook', Buffer.from('PK\x03\x04....'), /zip archive or Excel workbook/],
  ])('%s is refused with a remedy', async (_, bytes, message) => {
    for (const size of [1, 7, 1000]) await expect(read('', { file: chunksOf(bytes, size) })).rejects.toThrow(message);
  });

  describe('compressed by gzip', () => {
    const emails = Array.from({ length: 5000 }, (_, i) => `person${i}@example.org`);
    const csv = Buffer.from(`email\n${emails.join('\n')}\n`);
    const archive = gzipSync(csv);
    const large = { maxRows: 10_000 };

    test('reads an archive whatever its name, and one of several members', async () => {
      const path = join(folder, 'table.csv.gz');
      writeFileSync(path, archive);
      const expected = datasetOf(...emails);
      expect((await read('', { file: path, ...large })).dataset).toEqual(expected);
      for (const size of [1, 1000]) {
        expect((await read('', { file: chunksOf(archive, size), ...large })).dataset).toEqual(expected);
      }
      const members = Buffer.concat([gzipSync(csv.subarray(0, 1000)), gzipSync(csv.subarray(1000))]);
      expect((await read(members, large)).dataset).toEqual(expected);
    });

    test('an archive that is cut anywhere is refused', async () => {
      for (const length of [2, 5, 10, 11, 500, archive.length - 9, archive.length - 8, archive.length - 1]) {
        const cut = read(archive.subarray(0, length), large);
        await expect(cut).rejects.toThrow(ConnectorError);
        await expect(cut).rejects.toThrow(/gzip archive is cut off or damaged/);
      }
    });

    test('a damaged archive and one that other bytes follow are refused', async () => {
      for (const at of [archive.length >> 1, archive.length - 6]) {
        const damaged = Buffer.from(archive);
        damaged[at] ^= 0x10;
        await expect(read(damaged, large)).rejects.toThrow(ConnectorError);
      }
      await expect(read(Buffer.concat([archive, Buffer.from('more')]), large)).rejects.toThrow(/cut off or damaged/);
    });

    test('a file that is only named an archive is refused, and an archive in an archive', async () => {
      const path = join(folder, 'plain.csv.gz');
      writeFileSync(path, csv);
      await expect(read('', { file: path })).rejects.toThrow(/named \.gz and is no gzip archive/);
      await expect(read(gzipSync(archive))).rejects.toThrow(/a gzip archive, not UTF-8 text/);
    });

    test('an archive that unpacks without end is stopped by the row limits, or by how far it unpacks', async () => {
      const rows = Array.from({ length: 200_000 }, (_, i) => `u${i}@example.org`).join('\n');
      await expect(read(gzipSync(`email\n${rows}`), { maxRows: 50 })).rejects.toThrow(/line 52: more than 50 distinct/);
      const same = gzipSync(`email\n${`${'a'.repeat(1000)}@b\n`.repeat(40_000)}`);
      await expect(read(same)).rejects.toThrow(/unpacks to more than 200 times its size/);
      await expect(read(gzipSync(`email\n${' '.repeat(2 ** 20)}`))).rejects.toThrow(/a field has more than/);
    });

    test('what is wrong with the file itself is told as such', async () => {
      await expect(read('', { file: join(folder, 'none.csv.gz') })).rejects.toThrow(/none\.csv\.gz does not exist/);
    });
  });

  test('a huge file fails at the first row beyond the policy’s maximum', async () => {
    let produced = 0;
    async function* gigabyte() {
      yield new TextEncoder().encode('email\n');
      for (let i = 0; i < 2 ** 14; i++, produced++) {
        yield new TextEncoder().encode(Array.from({ length: 2048 }, (_, j) => `user${i}.${j}@example.org\n`).join(''));
      }
    }
    await expect(read('', { file: gigabyte(), maxRows: 5000 })).rejects.toThrow(/line 5002: more than 5000 distinct/);
    expect(produced).toBeLessThan(4);
  });
});
