import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { MAX_DISTINCT } from '../../app/lib/check/column.ts';
import { DistinctSet } from '../../app/lib/check/distinct.ts';
import { estimateProofs } from '../../app/lib/check/estimate.ts';
import { FLAG_IDS, redFlags, type Flag } from '../../app/lib/check/flags.ts';
import { assertTwoApprovals, standingFlags } from '../../app/lib/check/override.ts';
import { entryOf, newLedger, parseLedger, readLedger, saveEntry, type Ledger } from '../../app/lib/check/ledger.ts';
import { profileTable, watchTable, type Profile } from '../../app/lib/check/profile.ts';
import { checkReport, reportText } from '../../app/lib/check/report.ts';
import {
  addToSketch,
  decodeSketch,
  emptySketch,
  encodeSketch,
  hashIdentifier,
  isSameSet,
  newSketchKey,
  similarity,
} from '../../app/lib/check/sketch.ts';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { ConnectorError } from '../../app/lib/connector/errors.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { NormalisationError, normalise } from '../../app/lib/connector/normalise.ts';
import type { Row, Table } from '../../app/lib/connector/table.ts';
import {
  canonicalPolicy,
  documentDigest,
  parsePolicy,
  parsePolicyText,
  PolicyError,
  type IdentifierType,
  type Policy,
} from '../../app/lib/policy/policy.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { openHome, saveBlob, saveRoom, StoreError } from '../../app/lib/room/store.ts';
import { readChecked } from '../../app/server/party/precheck.ts';
import { SOAK } from '../support/choice.ts';

const FUZZ_RUNS = SOAK ? 100_000 : 3_000;
const NOW = 1_800_000_000;
const DAY = 86_400;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'check-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A table in memory; a string in place of cells is a fault. */
function tableOf(columns: readonly string[], rows: readonly (readonly (string | null)[] | string)[], size = 3): Table {
  const all = rows.map((row, i): Row =>
    typeof row === 'string' ? { at: i + 2, fault: row } : { at: i + 2, cells: row },
  );
  const batches = async function* () {
    for (let at = 0; at < all.length; at += size) yield { rows: all.slice(at, at + size) };
  };
  return { columns, unit: 'line', batches: batches(), close: async () => {} };
}

const people = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `p${from + i}@example.org`);

const identifiersOf = (type: IdentifierType): Policy['identifier'] =>
  parsePolicy({ ...example(), identifier: { type, column: 'id', normalisation: `${type}/1` } }).identifier;

const example = () => JSON.parse(readFileSync('examples/overlap.policy.json', 'utf8'));

/** A policy that raises no flag for some hundred e-mail addresses. */
const policyOf = (changes: Partial<Policy> = {}): Policy =>
  parsePolicy({ ...example(), k: 10, minRows: 5, maxRows: 16_384, identifier: identifiersOf('email'), ...changes });

const profileOf = (ids: readonly (string | null)[], type: IdentifierType = 'email', key?: string): Promise<Profile> =>
  profileTable(
    tableOf(
      ['id'],
      ids.map((id) => [id]),
    ),
    { column: 'id', type, sketchKey: key },
  );

const flagsOf = (profile: Profile, more: Partial<Parameters<typeof redFlags>[0]> = {}): Flag[] =>
  redFlags({ policy: policyOf(), profile, ledger: newLedger(), now: NOW, ...more });

const idsOf = (flags: readonly Flag[]) => flags.map(({ id }) => id);

/** Severity of a flag; undefined where it is not raised. */
const severityOf = (flags: readonly Flag[], id: Flag['id']) => flags.find((flag) => flag.id === id)?.severity;

describe('a profile', () => {
  test('is what a plain computation over the rows says', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        ' ',
        '1',
        '-2',
        '2.5',
        '1e3',
        '2024-01-31',
        '31.1.2024',
        'NaN',
        '-inf',
        '=1+1',
        '@now',
        'x y z w',
      ),
      fc.constant(null),
      fc.string({ maxLength: 4 }),
    );
    const id = fc.oneof(
      fc.integer({ min: 0, max: 20 }).map((i) => (i % 2 ? `P${i >> 1}@x` : `p${i >> 1}@X `)),
      cell,
    );
    const row = fc.oneof({ arbitrary: fc.tuple(id, cell), weight: 9 }, { arbitrary: fc.constant('blank'), weight: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (rows, size) => {
        const profile = await profileTable(tableOf(['id', 'other'], rows, size), { column: 'id', type: 'email' });
        const read = rows.filter((each): each is [string | null, string | null] => typeof each !== 'string');
        expect(profile.rows).toBe(read.length);
        expect(profile.unreadable.count).toBe(rows.length - read.length);
        const normalised = read.map(([raw]) => {
          try {
            return normalise('email', raw ?? '');
          } catch {
            return undefined;
          }
        });
        const good = normalised.filter((each) => each !== undefined);
        expect(profile.identifier).toMatchObject({
          distinct: new Set(good).size,
          duplicates: good.length - new Set(good).size,
          normalised: normalised.filter((each, i) => each !== undefined && each !== read[i][0]).length,
        });
        expect(profile.identifier.malformed.count).toBe(read.length - good.length);
        expect(profile.identifier.malformed.places).toHaveLength(Math.min(10, read.length - good.length));
        profile.columns.forEach((column, i) => {
          const cells = read.map((each) => each[i]);
          const filled = cells.filter((each): each is string => each !== null && each.trim() !== '');
          const numbers = filled.filter((each) => !/^[+-]?(nan|inf|infinity)$/i.test(each.trim()));
          const all = (pattern: RegExp, values = filled) => values.every((each) => pattern.test(each.trim()));
          const type =
            filled.length === 0
              ? 'empty'
              : numbers.length === 0
                ? 'text'
                : all(/^[+-]?\d+$/, numbers)
                  ? 'integer'
                  : all(/^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i, numbers)
                    ? 'decimal'
                    : all(/^(\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-][\d:]+)?)?|\d\d?([./-])\d\d?\4\d{4})$/)
                      ? 'date'
                      : 'text';
          expect(column).toMatchObject({
            nulls: cells.length - filled.length,
            type,
            distinct: new Set(filled).size,
            notNumbers: type === 'integer' || type === 'decimal' ? filled.length - numbers.length : 0,
            formulas: filled.filter(
              (each) => /^(=.|[+\-@][A-Za-z_(])/su.test(each) && !/^[+-](nan|inf|infinity)\s*$/i.test(each),
            ).length,
          });
        });
      }),
      { numRuns: 500 },
    );
  });

  test('counts the different values of a column up to a limit', async () => {
    const rows = Array.from({ length: 3 * MAX_DISTINCT }, (_, i) => [`p${i}@x`, String(i % 7)]);
    const { columns } = await profileTable(tableOf(['id', 'kind'], rows), { column: 'id', type: 'email' });
    expect(columns.map(({ distinct }) => distinct)).toEqual([MAX_DISTINCT, 7]);
  });

  test('names places and reasons, and the part of a source that has several', async () => {
    const table = tableOf(['id'], [['a@b'], ['secret'], 'blank', [null]]);
    const { unreadable, identifier } = await profileTable(table, { column: 'id', type: 'email' });
    expect(unreadable.places).toEqual(['line 4: blank']);
    expect(identifier.malformed.places).toEqual([expect.stringMatching(/^line 3: .*exactly one @/), 'line 5: empty']);
    const batches = (async function* () {
      yield { part: 'b.csv', rows: [{ at: 7, cells: [''] }] };
    })();
    const parts = await profileTable({ ...tableOf(['id'], []), batches }, { column: 'id', type: 'email' });
    expect(parts.identifier.malformed.places).toEqual(['b.csv, line 7: empty']);
  });

  test('tells how far it is, can be stopped, and closes its table', async () => {
    let closed = 0;
    const table = () => ({
      ...tableOf(
        ['id'],
        people(7).map((id) => [id]),
      ),
      close: async () => void closed++,
    });
    const told: number[] = [];
    await profileTable(table(), { column: 'id', type: 'email', onProgress: (rows) => told.push(rows) });
    expect(told).toEqual([3, 6, 7]);
    const stopped = profileTable(table(), { column: 'id', type: 'email', signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
    await expect(profileTable(table(), { column: 'mail', type: 'email' })).rejects.toThrow(ConnectorError);
    expect(closed).toBe(3);
  });

  test('of a table that something else reads is the same', async () => {
    const ids = [...people(50), 'P1@example.org'];
    const watched = watchTable(
      tableOf(
        ['id'],
        ids.map((id) => [id]),
      ),
      { column: 'id', type: 'email' },
    );
    const { rows, duplicates } = await readIdentifiers(watched.table, { column: 'id', type: 'email', maxRows: 100 });
    expect(watched.profile()).toMatchObject({ rows, identifier: { duplicates, distinct: 50 } });
  });
});

test('the set of distinct values grows, and knows zero', () => {
  const set = new DistinctSet();
  const words = Array.from({ length: 5000 }, (_, i) => [Math.imul(i, 0x9e3779b1) >>> 0, i] as const);
  for (const [high, low] of words) expect(set.add(high, low)).toBe(true);
  for (const [high, low] of words) expect(set.add(high, low)).toBe(false);
  expect(set.size).toBe(5000);
  expect([set.add(1, 0), set.add(1, 0), set.add(0, 0)]).toEqual([true, false, false]);
});

describe('a sketch', () => {
  const key = newSketchKey();
  const sketchOf = (ids: readonly string[], by = key) => {
    const sketch = emptySketch();
    for (const id of ids) addToSketch(sketch, hashIdentifier(by, id));
    return sketch;
  };

  test('estimates how much two sets have in common', () => {
    for (const size of [50, 1000, 20_000]) {
      for (const shared of [0, 0.5, 0.9, 1]) {
        const [a, b] = [people(size), people(size, Math.round(size * (1 - shared)))];
        const jaccard = (size * shared) / (2 * size - size * shared);
        expect(Math.abs(similarity(sketchOf(a), sketchOf(b)) - jaccard)).toBeLessThan(0.2);
      }
    }
    expect(similarity(emptySketch(), emptySketch())).toBe(0);
  });

  test('knows a set again in any order, and tells it from one with a single row less', () => {
    const ids = people(20_000);
    expect(isSameSet(sketchOf(ids), sketchOf([...ids].reverse()))).toBe(true);
    const less = sketchOf(ids.slice(1));
    expect(isSameSet(sketchOf(ids), less)).toBe(false);
    expect(similarity(sketchOf(ids), less)).toBeGreaterThan(0.95);
  });

  test('has nothing in common with that of the same set under another key', () => {
    const ids = people(1000);
    const other = sketchOf(ids, newSketchKey());
    expect(similarity(sketchOf(ids), other)).toBe(0);
    expect(isSameSet(sketchOf(ids), other)).toBe(false);
  });

  test('reads back from its text', () => {
    for (const ids of [[], people(3), people(1000)]) {
      expect(decodeSketch(encodeSketch(sketchOf(ids)))).toEqual(sketchOf(ids));
    }
  });
});

describe('red flags:', () => {
  test('an ordinary table under an ordinary policy raises none', async () => {
    expect(flagsOf(await profileOf(people(300)))).toEqual([]);
  });

  test('malformed identifiers and unreadable rows, since no table with any is committed', async () => {
    const malformed = flagsOf(await profileOf([...people(99), 'x']));
    expect(severityOf(malformed, 'malformed-identifiers')).toBe('high');
    expect(malformed[0].title).toMatch(/1 row of 100 \(1\.0 %\)/);
    expect(flagsOf(await profileOf(Array(20).fill('x')))[0].remedy).toMatch(/type of the policy is the wrong one/);
    const rows = [...people(100).map((id) => [id]), 'blank'];
    const unreadable = flagsOf(await profileTable(tableOf(['id'], rows), { column: 'id', type: 'email' }));
    expect(unreadable.map(({ id, severity }) => [id, severity])).toEqual([['unreadable-rows', 'high']]);
  });

  test('fewer identifiers than the policy asks for, and more than it allows', async () => {
    const profile = await profileOf(people(300));
    const withLimits = (minRows: number, maxRows: number) =>
      idsOf(flagsOf(profile, { policy: policyOf({ minRows, maxRows }) }));
    expect(withLimits(300, 300)).toEqual([]);
    expect(withLimits(301, 400)).toEqual(['too-few-identifiers']);
    expect(withLimits(1, 299)).toEqual(['too-many-identifiers']);
  });

  test('a small k: medium below 10, high below 5 unless the list itself is only a trial', async () => {
    const profile = await profileOf(people(300));
    const withK = (k: number, of = profile) => severityOf(flagsOf(of, { policy: policyOf({ k }) }), 'small-k');
    expect([10, 9, 5, 4, 2].map((k) => withK(k))).toEqual([undefined, 'medium', 'medium', 'high', 'high']);
    expect(withK(2, await profileOf(people(99)))).toBe('medium');
  });

  test('a list of fewer than twice k identifiers', async () => {
    const withK = async (k: number) =>
      severityOf(flagsOf(await profileOf(people(40)), { policy: policyOf({ k }) }), 'small-cohort');
    expect([await withK(20), await withK(21)]).toEqual([undefined, 'medium']);
  });

  test('many duplicate identifiers', async () => {
    const withRepeats = async (repeats: number) =>
      severityOf(
        flagsOf(await profileOf([...people(100), ...Array(repeats).fill('p1@example.org')])),
        'duplicate-identifiers',
      );
    expect([await withRepeats(5), await withRepeats(10), await withRepeats(150)]).toEqual([undefined, 'low', 'medium']);
  });

  test('a column that looks like another type than the policy says', async () => {
    const unlike = async (type: IdentifierType, ids: string[]) => {
      const policy = policyOf({ identifier: identifiersOf(type) });
      return flagsOf(await profileOf(ids, type), { policy }).find(({ id }) => id === 'unlike-type')?.title;
    };
    expect(await unlike('exact', people(100))).toMatch(
      /looks like identifiers of type email, the policy says type exact/,
    );
    expect(await unlike('email', people(100))).toBeUndefined();
    expect(
      await unlike(
        'exact',
        Array.from({ length: 100 }, (_, i) => `${i}.5`),
      ),
    ).toMatch(/looks like decimals/);
    expect(
      await unlike(
        'exact',
        Array.from({ length: 28 }, (_, i) => `2024-02-${String(i + 1).padStart(2, '0')}`),
      ),
    ).toMatch(/looks like dates/);
    expect(
      await unlike(
        'exact',
        Array.from({ length: 100 }, (_, i) => `${i}`),
      ),
    ).toBeUndefined();
    expect(
      await unlike(
        'phone',
        Array.from({ length: 100 }, (_, i) => `+44${20_000_000 + i}`),
      ),
    ).toBeUndefined();
    expect(await unlike('email', Array(100).fill('GB82WEST12345698765432'))).toMatch(/type iban/);
  });

  test('a column of free text', async () => {
    const policy = policyOf({ identifier: identifiersOf('exact') });
    const severity = async (ids: string[]) =>
      severityOf(flagsOf(await profileOf(ids, 'exact'), { policy }), 'free-text');
    expect(await severity(Array.from({ length: 50 }, (_, i) => `called again on day ${i}`))).toBe('medium');
    expect(await severity(Array.from({ length: 50 }, (_, i) => `customer no ${i}`))).toBeUndefined();
  });

  test('formula cells: low, medium in the column that is committed', async () => {
    const withCell = async (cell: string, id = 'a@b') => {
      const rows = [...people(50).map((each) => [each, 'x']), [id, cell]];
      return severityOf(
        flagsOf(await profileTable(tableOf(['id', 'note'], rows), { column: 'id', type: 'email' })),
        'formula-cells',
      );
    };
    for (const cell of ['=SUM(A1)', '=1+1', '+cmd|x', '-A1', '@SUM(1)']) expect(await withCell(cell)).toBe('low');
    for (const cell of ['-5', '+44 20', '-', '=', '@', 'a=b', '-inf']) expect(await withCell(cell)).toBeUndefined();
    expect(await withCell('', '=cmd@x')).toBe('medium');
  });

  test('NaN and infinity in a column of numbers, not in one of text', async () => {
    const withCell = async (cell: string, other: string) => {
      const rows = [...people(50).map((each) => [each, other]), ['a@b', cell]];
      return severityOf(
        flagsOf(await profileTable(tableOf(['id', 'n'], rows), { column: 'id', type: 'email' })),
        'not-a-number',
      );
    };
    for (const cell of ['NaN', 'nan', '-Infinity', 'inf']) expect(await withCell(cell, '1.5')).toBe('low');
    expect(await withCell('Nan', 'Joe')).toBeUndefined();
    expect(await withCell('2', '1.5')).toBeUndefined();
  });

  describe('of earlier sessions:', () => {
    const past = async (ids: readonly string[], policy = policyOf(), roomId = 7n): Promise<Ledger> => {
      const ledger = newLedger();
      const profile = await profileOf(ids, 'email', ledger.key);
      return { ...ledger, entries: [entryOf(ledger, { roomId, time: NOW - 3 * DAY, policy, profile })] };
    };
    const now = async (ids: readonly string[], ledger: Ledger, more: { policy?: Policy; roomId?: bigint } = {}) =>
      flagsOf(await profileOf(ids, 'email', ledger.key), { ledger, ...more });

    test('nearly the same data is high, even where one row of thousands is missing', async () => {
      const ledger = await past(people(5000));
      for (const ids of [people(4999), people(5001), people(5000, 100)]) {
        const flags = await now(ids, ledger);
        expect(flags.map(({ id, severity }) => [id, severity])).toEqual([['nearly-same-data', 'high']]);
        expect(flags[0].title).toMatch(/3 days ago/);
      }
    });

    test('exactly the same data is low, other data is nothing', async () => {
      const ledger = await past(people(5000));
      const same = await now(people(5000).reverse(), ledger);
      expect(same.map(({ id, severity }) => [id, severity])).toEqual([['same-data', 'low']]);
      expect(await now(people(5000, 2500), ledger)).toEqual([]);
      expect(await now(people(5000, 5000), ledger)).toEqual([]);
    });

    test('a room is no repetition of itself, nor of one of other parties for another purpose', async () => {
      const ledger = await past(people(500));
      const others = { purpose: 'Something else', parties: [{ label: 'Bakery' }, { label: 'Museum' }] };
      expect(await now(people(499), ledger, { roomId: 7n })).toEqual([]);
      expect(await now(people(499), ledger, { policy: policyOf(others) })).toEqual([]);
      for (const change of [{ purpose: others.purpose }, { parties: others.parties }]) {
        expect(idsOf(await now(people(499), ledger, { policy: policyOf(change) }))).toEqual(['nearly-same-data']);
      }
      const swapped = policyOf({ parties: [...policyOf().parties].reverse(), purpose: others.purpose });
      expect(idsOf(await now(people(499), ledger, { policy: swapped }))).toEqual(['nearly-same-data']);
    });

    test('batches of one purpose that all at once have much more or less in common', async () => {
      const ledger = newLedger();
      const entry = async (ids: readonly string[], days: number, changes: Partial<Policy> = {}) => {
        const profile = await profileOf(ids, 'email', ledger.key);
        const policy = policyOf(changes);
        return entryOf(ledger, { roomId: BigInt(days), time: NOW - days * DAY, policy, profile });
      };
      const severity = async (ids: readonly string[], entries: Ledger['entries']) =>
        severityOf(await now(ids, { ...ledger, entries }), 'sudden-change');
      // The order in the ledger means nothing: the last two in time are compared.
      const alike = [await entry(people(1000, 200), 3), await entry(people(1000), 6)];
      expect(await severity(people(1000, 400), alike)).toBeUndefined();
      expect(await severity(people(1000, 5000), alike)).toBe('medium');
      const apart = [await entry(people(1000), 6), await entry(people(1000, 5000), 3)];
      expect(await severity(people(1000, 9000), apart)).toBeUndefined();
      expect(await severity(people(1000, 5150), apart)).toBe('medium');
      // One of another purpose with the same parties is no batch of these.
      const other = await entry(people(1000), 6, { purpose: 'Something else' });
      expect(await severity(people(1000, 5150), [other, apart[1]])).toBeUndefined();
      expect(await severity(people(1000, 9000), alike.slice(1))).toBeUndefined();
    });

    test('a number that changes by more than half', async () => {
      const ledger = await past(people(1000));
      const severity = async (count: number) => severityOf(await now(people(count, 10_000), ledger), 'sudden-change');
      expect(await severity(1500)).toBeUndefined();
      expect(await severity(1501)).toBe('medium');
      expect(await severity(500)).toBeUndefined();
      expect(await severity(499)).toBe('medium');
    });
  });

  test('high ones stand until they are named and the policy lets one, the worst come first', async () => {
    const profile = await profileOf([...people(300), ...people(50)]);
    const flags = flagsOf(profile, { policy: policyOf({ k: 2 }) });
    expect(flags.map(({ severity }) => severity)).toEqual(['high', 'low']);
    const standing = (...overridden: Flag['id'][]) =>
      idsOf(standingFlags(flags, policyOf({ overrides: ['small-k'] }), overridden));
    expect(standing()).toEqual(['small-k']);
    expect(standing('duplicate-identifiers')).toEqual(['small-k']);
    expect(standing('small-k')).toEqual([]);
    expect(idsOf(standingFlags(flags, policyOf(), ['small-k']))).toEqual(['small-k']);
    expect(idsOf(standingFlags(flags, policyOf({ overrides: ['nearly-same-data'] }), ['small-k']))).toEqual([
      'small-k',
    ]);
  });
});

describe('the ledger', () => {
  const home = () => mkdtempSync(join(folder, 'home-'));
  const save = async (to: string, roomId: bigint, ids = people(20)) => {
    const ledger = await readLedger(to);
    const profile = await profileOf(ids, 'email', ledger.key);
    await saveEntry(to, ledger, entryOf(ledger, { roomId, time: NOW, policy: policyOf(), profile }));
  };

  test('is kept in the folder, for its owner alone, one entry for each room', async () => {
    const to = home();
    await save(to, 1n);
    await save(to, 2n);
    await save(to, 1n, people(30));
    const { entries } = await readLedger(to);
    expect(entries.map(({ roomId, identifiers }) => [roomId, identifiers])).toEqual([
      [2n, 20],
      [1n, 30],
    ]);
    for (const name of ['ledger.json', 'ledger-key.json']) expect(statSync(join(to, name)).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(to, 'ledger.json'), 'utf8');
    for (const told of ['example.org', 'Shop', 'Magazine', policyOf().purpose, (await readLedger(to)).key]) {
      expect(text).not.toContain(told);
    }
  });

  test('that is not there is empty, and nothing is written by reading', async () => {
    const to = join(folder, 'nowhere');
    expect((await readLedger(to)).entries).toEqual([]);
    expect(() => statSync(to)).toThrow(/ENOENT/);
  });

  test('that is damaged is refused with its file and place, without what it holds', async () => {
    const to = home();
    await save(to, 1n);
    const file = join(to, 'ledger.json');
    const whole = JSON.parse(readFileSync(file, 'utf8'));
    const damages: [string, RegExp][] = [
      ['{"version":1,', /ledger\.json is damaged: it is not JSON/],
      [JSON.stringify({ ...whole, version: 2 }), /ledger\.json is damaged at: version/],
      [JSON.stringify({ version: 1, entries: [{ ...whole.entries[0], sketch: 'marked' }] }), /entries\.0\.sketch/],
      [JSON.stringify({ version: 1, entries: [{ ...whole.entries[0], marked: 1 }] }), /damaged at: entries\.0\./],
    ];
    for (const [text, message] of damages) {
      writeFileSync(file, text);
      await expect(readLedger(to)).rejects.toThrow(StoreError);
      await expect(readLedger(to)).rejects.toThrow(message);
      await expect(readLedger(to)).rejects.not.toThrow(/"marked"/);
    }
    writeFileSync(file, JSON.stringify(whole));
    rmSync(join(to, 'ledger-key.json'));
    await expect(readLedger(to)).rejects.toThrow(/ledger-key\.json is missing/);
  });
});

describe('reading to commit', () => {
  const csv = (ids: readonly string[]) => openCsv(new Blob([`id\n${ids.join('\n')}\n`]));
  const input = (to: string, roomId: bigint, overridden: Flag['id'][] = [], policy = policyOf()) => ({
    ...{ policy, roomId, folder: to, column: 'id', slot: 0, overridden, report: () => {} },
  });

  test('is refused by a high flag, where the policy lets one until that is overridden, and remembered after', async () => {
    const lenient = policyOf({ overrides: ['nearly-same-data'] });
    const to = mkdtempSync(join(folder, 'home-'));
    const first = await readChecked(await csv(people(200)), input(to, 1n));
    expect(first.identifiers).toMatchObject({ rows: 200, duplicates: 0 });
    // Not committed yet, so nothing to repeat.
    await expect(readChecked(await csv(people(199)), input(to, 2n))).resolves.toMatchObject({ flags: [] });
    await first.remember();
    await expect(readChecked(await csv(people(199)), input(to, 2n))).rejects.toThrow(
      /nearly-same-data[^]*The policy lets nobody override nearly-same-data\.$/,
    );
    await expect(readChecked(await csv(people(199)), input(to, 2n, ['nearly-same-data']))).rejects.toThrow(
      /The policy lets nobody override nearly-same-data\.$/,
    );
    await expect(readChecked(await csv(people(199)), input(to, 2n, [], lenient))).rejects.toThrow(
      /in a room that asks for two approvals of each slot: --override nearly-same-data$/,
    );
    const { flags, overrode } = await readChecked(await csv(people(199)), input(to, 2n, ['nearly-same-data'], lenient));
    expect(idsOf(flags)).toEqual(['nearly-same-data']);
    expect(() => assertTwoApprovals(overrode, 1)).toThrow(/nearly-same-data cannot be overridden in it/);
    expect(() => assertTwoApprovals(overrode, 2)).not.toThrow();
    // Where nothing was overridden one approval is as good as two, whatever flags are named.
    expect(() => assertTwoApprovals(first.overrode, 1)).not.toThrow();
    await expect(readChecked(await csv(people(200)), input(to, 1n))).resolves.toMatchObject({ flags: [] });
  });
});

describe('what a party learns beside', () => {
  test('how many proofs, by length and proof mode', () => {
    const proofs = (changes: Partial<Policy>, identifiers: number) =>
      estimateProofs(policyOf(changes), identifiers).map(({ circuit, proofs: number }) => [circuit, number]);
    expect(proofs({}, 64)).toEqual([
      ['dataset_512', 1],
      ['blind_32', 2],
      ['hop_32', 2],
      ['match_32', 2],
      ['release', 1],
    ]);
    const three = [{ label: 'A' }, { label: 'B' }, { label: 'C' }];
    expect(proofs({ parties: three }, 1000)).toEqual([
      ['dataset_512', 2],
      ['blind_256', 4],
      ['hop_256', 8],
      ['match_256', 4],
      ['release', 1],
    ]);
    expect(proofs({ proofMode: 'attested' }, 1000)).toEqual([
      ['match_256', 4],
      ['release', 1],
    ]);
    expect(estimateProofs(policyOf(), 256)[1].seconds).toBe(15.8);
    expect(proofs({}, 0)).toEqual([]);
  });

  test('no report holds a value of a row, whatever flags it raises', async () => {
    const marked = (i: number) => [`marked${i}`, `=MARKED(${i})`, `marked sentence of row ${i}`, `${i}`];
    const rows = [...Array.from({ length: 200 }, (_, i) => marked(i)), ['marked@x', '', '', 'NaN'], 'blank'];
    const columns = ['id', 'formula', 'text', 'number'];
    const profile = await profileTable(tableOf(columns, rows), { column: 'id', type: 'email' });
    const report = checkReport({ policy: policyOf(), profile, ledger: newLedger(), now: NOW });
    expect(report.blocked).toBe(true);
    expect(report.flags.length).toBeGreaterThan(3);
    for (const text of [reportText(report), JSON.stringify(report)]) expect(text).not.toMatch(/marked/i);
    expect(report.identifier).not.toHaveProperty('sketch');
  });
});

describe('the command', () => {
  /** Runs Node in a way that any connection ends it with code 77. */
  function offline(...args: string[]) {
    const guard = join(folder, 'guard.mjs');
    writeFileSync(
      guard,
      `import net from 'node:net'; import dns from 'node:dns'; import dgram from 'node:dgram';
       const end = () => process.exit(77);
       net.Socket.prototype.connect = end; net.Server.prototype.listen = end; dns.lookup = end; dgram.createSocket = end;`,
    );
    return spawnSync(process.execPath, ['--import', guard, ...args], { encoding: 'utf8' });
  }

  const room = (home: string, ...args: string[]) => offline('scripts/room.ts', '--home', join(folder, home), ...args);
  const roomCheck = (...args: string[]) => room('none', 'check', ...args);

  test('is watched well enough here: a request does not get through', () => {
    expect(offline('-e', "fetch('http://127.0.0.1:49151/')").status).toBe(77);
  });

  test('needs a policy and a table, no room, node or wallet, and opens no connection', () => {
    const args = ['--policy', 'examples/overlap.policy.json', '--csv', 'examples/shop.csv', '--id', 'email'];
    const { status, stdout, stderr } = roomCheck(...args, '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ rows: 17, blocked: false, identifier: { distinct: 17 } });
    expect(stdout).not.toMatch(/example\.org/);
    expect(() => statSync(join(folder, 'none'))).toThrow(/ENOENT/);
  });

  test('ends with 3 where a high flag stands, and prints no value', () => {
    const file = join(folder, 'marked.csv');
    writeFileSync(
      file,
      `id;email\n${people(30)
        .map((id, i) => `${i};${id}`)
        .join('\n')}\nmarked1;marked2\n`,
    );
    const { status, stdout, stderr } = roomCheck(
      '--policy',
      'examples/overlap.policy.json',
      '--csv',
      file,
      '--id',
      'email',
    );
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(stdout).toMatch(/high {3}malformed-identifiers: 1 row of 31/);
    expect(stdout).not.toMatch(/marked|example\.org/);
  });

  test("takes a room's policy and the party's past from its folder, without a connection", async () => {
    const home = await openHome(join(folder, 'party'));
    const policy = policyOf({ identifier: { ...identifiersOf('email'), column: 'email' }, k: 2, minRows: 1 });
    const policyDocument = Buffer.from(documentDigest(policy)).toString('hex');
    await saveRoom(home, newLocalRoom({ roomId: 5n, contract: 8n, slot: 0, policyDocument }));
    await saveBlob(home, 5n, policyDocument, new TextEncoder().encode(canonicalPolicy(policy)));
    const ledger = newLedger();
    const table = await openCsv('examples/shop.csv');
    const profile = await profileTable(table, { column: 'email', type: 'email', sketchKey: ledger.key });
    await saveEntry(home.folder, ledger, entryOf(ledger, { roomId: 4n, time: NOW, policy, profile }));
    await home.release();
    const args = ['check', '--csv', 'examples/shop.csv', '--id', 'email', '--json'];
    const { status, stdout } = room('party', ...args);
    expect(status).toBe(0);
    expect(idsOf(JSON.parse(stdout).flags)).toEqual(['small-k', 'same-data']);
  });

  test('that commits takes no override of a flag that there is not', () => {
    const { status, stderr } = room('none', 'commit', '--csv', 'x', '--id', 'y', '--override', 'small');
    expect(status).toBe(2);
    expect(stderr).toMatch(/must be one of: unreadable-rows, /);
  });
});

describe('random input is read or refused, never worse:', () => {
  const json = fc.oneof(fc.json(), fc.string({ unit: 'binary', maxLength: 60 }));

  /** The text of valid JSON with a few characters replaced. */
  const damaged = (text: string) =>
    fc
      .array(fc.tuple(fc.nat(text.length - 1), fc.string({ unit: 'binary-ascii', maxLength: 3 })), { maxLength: 3 })
      .map((edits) => edits.reduce((now, [at, put]) => now.slice(0, at) + put + now.slice(at + 1), text));

  function refuses(
    parse: (text: string) => unknown,
    error: abstract new (...args: never[]) => Error,
    texts: fc.Arbitrary<string>,
  ) {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parse(text);
        } catch (thrown) {
          expect(thrown instanceof error || thrown).toBe(true);
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
  }

  test('policies', () => {
    const text = JSON.stringify({ ...example(), fees: { token: `0x${'1'.padStart(64, '0')}`, stake: '5' } });
    refuses(parsePolicyText, PolicyError, fc.oneof(json, damaged(text)));
  });

  test('ledgers', async () => {
    const ledger = newLedger();
    const to = mkdtempSync(join(folder, 'home-'));
    const profile = await profileOf(people(20), 'email', ledger.key);
    await saveEntry(to, ledger, entryOf(ledger, { roomId: 1n, time: NOW, policy: policyOf(), profile }));
    const text = readFileSync(join(to, 'ledger.json'), 'utf8');
    refuses((each) => parseLedger(each, 'ledger.json'), StoreError, fc.oneof(json, damaged(text)));
  });

  test('identifiers of every type', () => {
    const type = fc.constantFrom<IdentifierType>('email', 'phone', 'exact', 'iban', 'lei', 'device');
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), damaged('GB82WEST12345698765432'));
    fc.assert(
      fc.property(type, text, (of, raw) => {
        try {
          expect(normalise(of, normalise(of, raw))).toBe(normalise(of, raw));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(NormalisationError);
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
  });

  test('CSV, as bytes, text of its own marks, and archives', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .string({
          unit: fc.constantFrom('id', ',', ';', '\t', '|', '"', '\n', '\r', 'a@b', ' ', 'é', '\ufeff'),
          maxLength: 40,
        })
        .map((text) => new TextEncoder().encode(text)),
      fc.uint8Array({ maxLength: 40 }).map((rest) => Uint8Array.of(0x1f, 0x8b, 8, 0, ...rest)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 20 }), async (data, size) => {
        const chunks = async function* () {
          for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
        };
        try {
          const table = await openCsv(chunks());
          await profileTable(table, { column: table.columns[0], type: 'email' });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ConnectorError);
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
  });
});

test('every flag that there is has a test here, or with those of values, conditions or thresholds', () => {
  const text = ['check', 'check-values', 'check-conditions', 'threshold-check']
    .map((name) => readFileSync(`test/unit/${name}.test.ts`, 'utf8'))
    .join('');
  expect(FLAG_IDS.filter((id) => !text.includes(`'${id}'`))).toEqual([]);
});
