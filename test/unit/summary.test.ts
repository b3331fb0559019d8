/** What people read of a policy: complete, and nothing in it but text. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { policyDocument } from '../../app/lib/policy/document.ts';
import { documentDigest, parsePolicy, type Policy } from '../../app/lib/policy/parse.ts';
import { FORMATS, renderDocument } from '../../app/lib/policy/render.ts';
import { policyJsonSchema } from '../../app/lib/policy/schema.ts';
import { policySummary } from '../../app/lib/policy/summary.ts';

const TOKEN = `0x${'1f'.padStart(64, '0')}`;

/** A policy in which no two fields could be mistaken for each other. */
const MARKED = {
  version: 2,
  template: { name: 'overlap', version: 1 },
  purpose: 'To find the marked purpose',
  parties: [{ label: 'Marked Alpha' }, { label: 'Marked Beta' }, { label: 'Marked Gamma' }],
  minParties: 2,
  identifier: { type: 'phone', column: 'marked column', normalisation: 'phone/1' },
  k: 4321,
  minRows: 5432,
  maxRows: 9876,
  proofMode: 'succinct',
  fees: { token: TOKEN, fee: '777001', payer: 'host', stake: '888002', shares: [13, 17, 19] },
  deadlines: {
    invite: 11 * 86_400,
    approve: 12 * 86_400,
    commit: 13 * 86_400,
    join: 14 * 86_400,
    share: 15 * 86_400,
    retention: 47 * 86_400,
  },
  overrides: ['small-k', 'batch-open'],
  region: { allowed: ['EU', 'CH'] },
  batch: { column: 'marked day', from: '2031-02-03', to: '2031-04-05', closes: '2031-06-07T08:09:10Z' },
  expires: '2032-03-04T05:06:07+02:00',
  disclosure: { receipt: 'parties', figures: 'public' },
};

/** What takes its conditions away. */
const UNCONDITIONAL = {
  overrides: undefined,
  region: undefined,
  batch: undefined,
  expires: undefined,
  disclosure: undefined,
};

/** Where each field is said: section, and the words that a line of it holds. */
const SAID: Record<string, [section: string, words: string]> = {
  version: ['The agreement', 'policy document of version 2'],
  'template.name': ['What is computed and released', 'analysis "overlap"'],
  'template.version': ['What is computed and released', 'version 1'],
  purpose: ['What is computed and released', 'Purpose: To find the marked purpose.'],
  'parties.label': ['Who takes part', 'Party 1 is Marked Beta.'],
  minParties: ['Who may be left out', 'as long as 2 of the 3 remain'],
  'identifier.type': ['What each party brings', 'phone numbers (type "phone")'],
  'identifier.column': ['What each party brings', 'the column "marked column"'],
  'identifier.normalisation': ['What each party brings', 'normalisation "phone/1": with country code'],
  k: ['What is computed and released', 'only if it is at least 4321'],
  minRows: ['What each party brings', 'Each brings 5432 to'],
  maxRows: ['What each party brings', 'to 9876 distinct values'],
  proofMode: ['What is proven, and what is trusted', 'The proof mode is "succinct".'],
  'fees.token': ['Money', `units of the token ${TOKEN}`],
  'fees.fee': ['Money', 'a fee of 777001 token units'],
  'fees.payer': ['Money', 'The host pays a fee'],
  'fees.stake': ['Money', 'a stake of 888002 token units'],
  'fees.shares': ['Money', 'Marked Alpha 13, Marked Beta 17, Marked Gamma 19'],
  'deadlines.invite': ['Timetable', 'To accept the invitations: 11 days, up to 11 days after'],
  'deadlines.approve': ['Timetable', 'To approve this policy: 12 days, up to 23 days after'],
  'deadlines.commit': ['Timetable', 'To commit the data: 13 days, up to 36 days after'],
  'deadlines.join': ['Timetable', 'To finish the join: 14 days, up to 50 days after'],
  'deadlines.share': ['Timetable', 'To give the shares of the key that open the result: 15 days, up to 65 days after'],
  'deadlines.retention': ['Timetable', 'it may keep for 47 days'],
  overrides: ['Conditions', 'may override small-k and batch-open, if two accounts have to approve'],
  'region.allowed': ['Conditions', 'in the European Union (EU) and Switzerland (CH) alone'],
  'batch.column': ['Conditions', 'in the column "marked day"'],
  'batch.from': ['Conditions', 'dates from 2031-02-03, included,'],
  'batch.to': ['Conditions', 'to 2031-04-05, not included,'],
  'batch.closes': ['Conditions', 'The batch is whole from 2031-06-07T08:09:10Z on'],
  expires: ['Conditions', 'After 2032-03-04T05:06:07+02:00 nobody approves'],
  'disclosure.receipt': ['Conditions', 'The receipt of the room may be shown to the parties and to auditors'],
  'disclosure.figures': ['Conditions', 'what the room releases may be shown to anyone.'],
};

/** A policy that aggregates, in which no two fields could be mistaken for each other either. */
const AGGREGATE = {
  ...MARKED,
  template: { name: 'aggregate', version: 1 },
  columns: [
    { column: 'marked weight', decimals: 2, min: '-1.25', max: '98.76', release: 'nothing' },
    { column: 'marked price', decimals: 1, min: '3.5', max: '321.5', release: 'sum' },
    { column: 'marked size', decimals: 0, min: '7', max: '654', release: 'variance' },
    { column: 'marked colour', labels: ['marked red', 'marked green'] },
  ],
  grouping: { column: 'marked weight', borders: ['-1.25', '40', '99'] },
  ratio: { numerator: 'marked price', denominator: 'marked size' },
  quantiles: [1234, 5000],
  confidence: 99,
  contributors: 2,
  dominance: 23,
};

/** Where each field of it is said that the other does not have, or that says something else. */
const AGGREGATE_SAID: typeof SAID = {
  ...SAID,
  'template.name': ['What is computed and released', 'analysis "aggregate"'],
  k: ['What is computed and released', 'have 4321 rows or more in it'],
  'columns.column': ['What each party brings', 'Column "marked weight":'],
  'columns.decimals': ['What each party brings', 'Column "marked price": numbers with at most 1 decimal from'],
  'columns.min': ['What each party brings', 'from -1.25 to'],
  'columns.max': ['What each party brings', 'whole numbers from 7 to 654'],
  'columns.release': [
    'What each party brings',
    '654; its sum and its sum of squares are released (release "variance")',
  ],
  'columns.labels': ['What each party brings', 'one of the labels "marked red" and "marked green"'],
  'grouping.column': ['What is computed and released', 'Groups are by the column "marked weight"'],
  'grouping.borders': ['What is computed and released', 'borders -1.25, 40 and 99'],
  'ratio.numerator': ['What is computed and released', 'the ratio of the sums, "marked price" divided'],
  'ratio.denominator': ['What is computed and released', 'divided by "marked size"'],
  quantiles: ['What is computed and released', 'the quantiles 12.34 % and 50 % lie'],
  confidence: ['What is computed and released', 'at a confidence of 99 per cent'],
  contributors: ['What is computed and released', 'if at least 2 parties have'],
  dominance: ['Conditions', 'more than 23 per cent of what its party adds to a released sum'],
  'deadlines.join': ['Timetable', 'To finish the tallies: 14 days, up to 50 days after'],
  'deadlines.share': ['Timetable', 'To give the masked totals and to open the figures: 15 days, up to 65 days after'],
};

type Json = { type?: string; properties?: Record<string, Json>; items?: Json; oneOf?: Json[]; anyOf?: Json[] };

/** Paths of all values of a JSON schema; those of a list's members are the list's. */
function leavesOf(schema: Json, path = ''): string[] {
  const under = (schema.oneOf ?? schema.anyOf)?.flatMap((each) => leavesOf(each, path));
  if (under) return [...new Set(under)];
  if (schema.items) return leavesOf(schema.items, path);
  if (!schema.properties) return [path];
  return Object.entries(schema.properties).flatMap(([name, each]) => leavesOf(each, path ? `${path}.${name}` : name));
}

const [fields, aggregateFields, sumFields, liftFields, thresholdFields, cohortsFields] = (
  policyJsonSchema() as Json
).anyOf!.map((each) => leavesOf(each));
const withFields = (changes: object): Policy => parsePolicy({ ...structuredClone(MARKED), ...changes });
const linesOf = (policy: Policy, heading: string): readonly string[] =>
  policyDocument(policy).sections.find((section) => section.heading === heading)!.lines;
const allOf = (policy: Policy): string => renderDocument(policyDocument(policy), 'text');

describe('the document of a policy', () => {
  test('has a place for every field of the schema, and for no other', () => {
    expect(Object.keys(SAID).sort()).toEqual([...fields].sort());
  });

  test.each(Object.entries(SAID))('says %s in its place', (_field, [section, words]) => {
    expect(linesOf(withFields({}), section).some((line) => line.includes(words))).toBe(true);
  });

  test('says every other value of a choice', () => {
    expect(allOf(withFields({ proofMode: 'attested' }))).toContain('The proof mode is "attested".');
    for (const [type, words] of [
      ['email', 'e-mail addresses (type "email")'],
      ['exact', 'identifiers (type "exact")'],
    ]) {
      const identifier = { type, column: 'c', normalisation: `${type}/1` };
      expect(allOf(withFields({ identifier }))).toContain(words);
    }
    expect(allOf(withFields({ fees: { ...MARKED.fees, payer: 'slots' } }))).toContain(
      'The parties pay a fee of 777001 token units',
    );
    expect(allOf(withFields({ fees: undefined }))).toContain('Nothing is to be paid.');
    expect(allOf(withFields({ minParties: undefined }))).toContain('Every party is needed');
    expect(allOf(withFields({ overrides: undefined }))).toContain('No party may override one of these.');
    expect(allOf(withFields({ disclosure: { receipt: 'public', figures: 'public' } }))).toContain(
      'The receipt of the room may be shown to anyone;',
    );
  });

  test('says nothing of conditions that are not set', () => {
    expect(linesOf(withFields(UNCONDITIONAL), 'Conditions')).toEqual([
      'Before a party approves or commits, its own software looks for red flags; those of severity "high" stop it. ' +
        'No party may override one of these.',
    ]);
  });

  test('names the document that it is about, by its SHA-256', () => {
    const policy = withFields({});
    const digest = Buffer.from(documentDigest(policy)).toString('hex');
    expect(policyDocument(policy).digest).toBe(digest);
    for (const format of FORMATS) expect(renderDocument(policyDocument(policy), format)).toContain(digest);
  });

  test('says what is learnt in any case: list lengths, the overlap below k, overlaps of some of the lists', () => {
    const three = linesOf(withFields({}), 'What each party learns').join('\n');
    expect(three).toMatch(/how many distinct values each other party brings/);
    expect(three).toMatch(
      /software of every party sees the number of values in common, also when it is below k = 4321/,
    );
    expect(three).toMatch(/any two or more of the parties/);
    expect(three).toMatch(/may be as few as 2 parties/);
    const parties = MARKED.parties.slice(0, 2);
    const two = linesOf(withFields({ parties, minParties: undefined, fees: undefined }), 'What each party learns');
    expect(two.join('\n')).not.toMatch(/any two or more|as few as/);
  });

  test('does not promise proofs of an attested room that it does not have', () => {
    const attested = linesOf(withFields({ proofMode: 'attested' }), 'What is proven, and what is trusted').join('\n');
    expect(attested).toMatch(/row limits are not proven/);
    expect(attested).not.toMatch(/Every step carries|are proven, too/);
  });

  test('says what withdrawing costs where there is a stake, and alone there', () => {
    const heading = 'How consent is given and withdrawn';
    expect(linesOf(withFields({}), heading).join('\n')).toMatch(/costs it its stake/);
    expect(linesOf(withFields({ fees: undefined }), heading).join('\n')).not.toMatch(/stake/);
  });

  test('says the same as the summary in one paragraph', () => {
    for (const policy of [
      withFields({}),
      withFields({ fees: undefined, minParties: undefined, proofMode: 'attested' }),
    ]) {
      const whole = allOf(policy);
      for (const sentence of [
        /Each brings [^.]*\./,
        /Only the count [^.]*\./,
        /Of these a party [^.]*\./,
        /Data is processed [^.]*\./,
        /The batch is whole [^.]*\./,
        /After 2032[^.]*\./,
        /The receipt of [^.]*\./,
        /Whatever a party [^.]*\./,
      ]) {
        expect(whole).toContain(sentence.exec(policySummary(policy))![0]);
      }
    }
  });

  test('has two printed pages at most, with conditions or with texts as long as they may be', () => {
    // A page of A4 takes some 65 lines of 115 characters of the print style.
    const lengthOf = (policy: Policy) =>
      allOf(policy)
        .split('\n')
        .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 115)), 0);
    const longest = withFields({
      purpose: 'p'.repeat(500),
      parties: ['A', 'B', 'C', 'D', 'E'].map((label) => ({ label: label.repeat(60) })),
      identifier: { ...MARKED.identifier, column: 'c'.repeat(128) },
      proofMode: 'attested',
      fees: { ...MARKED.fees, payer: 'slots', shares: [1, 2, 3, 4, 5] },
      ...UNCONDITIONAL,
    });
    expect(lengthOf(longest)).toBeLessThan(2 * 65);
    expect(lengthOf(withFields({ proofMode: 'attested' }))).toBeLessThan(2 * 65);
    for (const example of ['panel', 'defect-rate', 'research']) {
      const policy = parsePolicy(JSON.parse(readFileSync(`examples/${example}.policy.json`, 'utf8')));
      expect(lengthOf(policy)).toBeLessThan(110);
    }
  });
});

describe('the document of a policy that aggregates', () => {
  const aggregate = (changes: object = {}): Policy => parsePolicy({ ...structuredClone(AGGREGATE), ...changes });
  const learns = (changes: object = {}) => linesOf(aggregate(changes), 'What each party learns').join('\n');

  test('has a place for every field of the schema, and for no other', () => {
    expect(Object.keys(AGGREGATE_SAID).sort()).toEqual([...aggregateFields].sort());
  });

  test.each(Object.entries(AGGREGATE_SAID))('says %s in its place', (_field, [section, words]) => {
    expect(linesOf(aggregate(), section).filter((line) => line.includes(words))).toHaveLength(1);
  });

  test('says what is not asked for, too', () => {
    const counts = allOf(
      aggregate({
        ...{ columns: [], grouping: undefined, ratio: undefined, quantiles: undefined },
        ...{ confidence: undefined, dominance: undefined },
      }),
    );
    expect(counts).toMatch(/- All rows are one group\.\n *- Released of each open group: the number of rows\.\n/);
    expect(counts).not.toMatch(/[Ss]um of|variance|\bratio\b|uantile|confidence|Column "|rounded|dominant/);
    const labels = allOf(aggregate({ grouping: { column: 'marked colour' }, quantiles: undefined }));
    expect(labels).toContain('Each label of the column "marked colour" is a group.');
  });

  test('names the figures of open groups', () => {
    const computed = linesOf(aggregate(), 'What is computed and released').join('\n');
    expect(computed).toContain('the number of rows; sum and mean of "marked price" and "marked size"');
    expect(computed).toContain('sum of squares and sample variance of "marked size"');
    expect(computed).toContain('If no group is open, that is published, and nothing is opened.');
  });

  test('says how figures are rounded, with the decimals of the ratio’s own columns', () => {
    const rounding = (changes: object = {}) =>
      linesOf(aggregate(changes), 'What is computed and released').filter((line) => line.includes('rounded'));
    expect(rounding()).toEqual([
      'Sums are exact. What is computed from them is rounded down by a fixed rule: means and intervals to 6 decimals beyond those of their column, ' +
        'variances to 6 decimals beyond twice as many and the ratio to 7 decimals.',
    ]);
    const sums = AGGREGATE.columns.map((column) =>
      column.release === 'variance' ? { ...column, release: 'sum' } : column,
    );
    expect(rounding({ columns: sums, confidence: undefined, ratio: undefined })).toEqual([
      'Sums are exact. What is computed from them is rounded down by a fixed rule: means to 6 decimals beyond those of their column.',
    ]);
  });

  test('promises no proof of how much one row holds', () => {
    for (const words of [allOf(aggregate()), policySummary(aggregate())]) {
      expect(words).toMatch(/more than 23 per cent .* no proof shows it\./);
    }
    expect(policySummary(aggregate({ dominance: undefined }))).not.toMatch(/dominant-row|No single row/);
  });

  test('says whose rows are in a total, and what everybody sees', () => {
    expect(learns()).toMatch(/totals over the parties that have at least k = 4321 rows in it/);
    expect(learns()).toMatch(
      /Everybody, also outside the room, sees which party has at least 4321 rows in which group/,
    );
    expect(learns()).toMatch(/over the rows of at least 2 parties/);
    expect(learns()).toMatch(/may be as few as 2 parties/);
    expect(learns({ minParties: undefined })).not.toMatch(/as few as/);
  });

  test('warns that one party’s own totals may be shown where one contributor is enough', () => {
    expect(learns({ contributors: 1 })).toMatch(/contributors = 1 .* shows that party’s own totals/);
    expect(policySummary(aggregate({ contributors: 1 }))).toMatch(/a total may be one party’s own/);
    expect(`${learns()}${policySummary(aggregate())}`).not.toMatch(/party’s own\b(?! totals, unless)/);
  });

  test('promises nothing of a join', () => {
    for (const words of [allOf(aggregate()), policySummary(aggregate())]) {
      expect(words).not.toMatch(/in common|blinded|the count\b|lists?\b|share of the key/i);
    }
  });

  test('says the same as the summary in one paragraph', () => {
    const whole = allOf(aggregate());
    const summary = policySummary(aggregate());
    for (const sentence of [
      /Each brings [^.]*\./,
      /Only totals [^.]*\./,
      /A group is open [^.]*\./,
      /A total is [^.]*\./,
      /No single row [^.]*\./,
    ]) {
      expect(whole).toContain(sentence.exec(summary)![0]);
    }
    expect(summary).toMatch(/^Marked Alpha, Marked Beta and Marked Gamma compute totals over the rows of all 3,/);
    expect(summary).toMatch(/14 days for the tallies and 15 days to open the totals/);
    expect(summary).toMatch(/withheld because no group is open/);
  });
});

/** Policies that join values, in which no two fields could be mistaken for each other. */
const SUM = {
  ...MARKED,
  template: { name: 'intersection-sum', version: 1 },
  minParties: undefined,
  maxRows: 9_876,
  columns: [
    { slot: 1, column: 'marked weight', decimals: 2, min: '-1.25', max: '98.76', release: 'nothing' },
    { slot: 0, column: 'marked price', decimals: 1, min: '3.5', max: '321.5', release: 'sum' },
    { slot: 2, column: 'marked size', decimals: 0, min: '7', max: '654', release: 'variance' },
  ],
  grouping: { column: 'marked weight', borders: ['-1.25', '40', '99'] },
  ratio: { numerator: 'marked price', denominator: 'marked size' },
  confidence: 99,
};
const LIFT = {
  ...MARKED,
  template: { name: 'lift', version: 1 },
  minParties: undefined,
  assignment: { slot: 1, column: 'marked arm', control: 'marked none', test: 'marked shown' },
  outcomes: [
    { slot: 0, column: 'marked bought', kind: 'binary' },
    { slot: 2, column: 'marked paid', kind: 'amount', decimals: 1, cap: '321.5' },
  ],
  confidence: 90,
};

const JOINED_SAID: typeof SAID = {
  ...SAID,
  minParties: ['Who may be left out', 'Every party is needed'],
  k: ['What is computed and released', 'A group is open if it has 4321 identifiers in common or more'],
  'deadlines.join': ['Timetable', 'To finish the join and the sums: 14 days, up to 50 days after'],
  'deadlines.share': ['Timetable', 'To give the masked totals and to open the figures: 15 days, up to 65 days after'],
};
const SUM_SAID: typeof SAID = {
  ...JOINED_SAID,
  'template.name': ['What is computed and released', 'analysis "intersection-sum"'],
  'columns.slot': ['What each party brings', 'Column "marked price" of Marked Alpha:'],
  'columns.column': ['What each party brings', 'Column "marked weight" of'],
  'columns.decimals': ['What each party brings', 'of Marked Alpha: numbers with at most 1 decimal from'],
  'columns.min': ['What each party brings', 'from -1.25 to'],
  'columns.max': ['What each party brings', 'whole numbers from 7 to 654'],
  'columns.release': ['What each party brings', '654; its sum and its sum of squares are released'],
  'columns.labels': ['What is computed and released', 'Groups are by'],
  'grouping.column': ['What is computed and released', 'Groups are by the column "marked weight" of Marked Beta'],
  'grouping.borders': ['What is computed and released', 'borders -1.25, 40 and 99'],
  'ratio.numerator': ['What is computed and released', 'the ratio of the sums, "marked price" divided'],
  'ratio.denominator': ['What is computed and released', 'divided by "marked size"'],
  confidence: ['What is computed and released', 'at a confidence of 99 per cent'],
};
const LIFT_SAID: typeof SAID = {
  ...JOINED_SAID,
  'template.name': ['What is computed and released', 'analysis "lift"'],
  'assignment.slot': ['What is computed and released', 'of Marked Beta: control where'],
  'assignment.column': ['What is computed and released', 'Groups are by the column "marked arm"'],
  'assignment.control': ['What is computed and released', 'control where it is "marked none"'],
  'assignment.test': ['What is computed and released', 'test where it is "marked shown"'],
  'outcomes.slot': ['What each party brings', 'In "marked bought" Marked Alpha has 1'],
  'outcomes.column': ['What each party brings', 'In "marked paid" Marked Gamma has the amount'],
  'outcomes.kind': ['What each party brings', 'has 1 for an identifier with that outcome, and 0 for one without'],
  'outcomes.decimals': ['What each party brings', 'numbers with at most 1 decimal from 0'],
  'outcomes.cap': ['What each party brings', 'from 0 to 321.5'],
  confidence: ['What is computed and released', 'its interval at a confidence of 90 per cent'],
};

describe.each([
  ['adds up values over identifiers in common', SUM, SUM_SAID, sumFields],
  ['measures lift', LIFT, LIFT_SAID, liftFields],
])('the document of a policy that %s', (_what, base, said, ownFields) => {
  const joined = (changes: object = {}): Policy =>
    parsePolicy(JSON.parse(JSON.stringify({ ...structuredClone(base), ...changes })));
  const learns = (changes: object = {}) => linesOf(joined(changes), 'What each party learns').join('\n');

  test('has a place for every field of the schema, and for no other', () => {
    expect(Object.keys(said).sort()).toEqual([...ownFields].sort());
  });

  test.each(Object.entries(said))('says %s in its place', (_field, [section, words]) => {
    expect(linesOf(joined(), section).filter((line) => line.includes(words))).toHaveLength(1);
  });

  test('says what the software of each party sees, and what k does not keep from it', () => {
    expect(learns()).toMatch(
      /sees how many identifiers in common each group has, also where they are fewer than k = 4321/,
    );
    expect(learns()).toMatch(/sees how many rows of Marked Beta are in each group by "marked (weight|arm)"/);
    expect(learns()).toMatch(/how many distinct values each other party brings \(from 5432 to 9876\)/);
    expect(learns()).toMatch(/Everybody, also outside the room, sees which groups are open/);
    expect(learns()).toMatch(
      /Marked Alpha and Marked Gamma learn the totals of their own columns in open groups before/,
    );
  });

  test('says who could find out together which rows are in common', () => {
    expect(learns()).toMatch(/Each party and the next one in the order above .* could find out together/);
    expect(learns()).toMatch(/in a plain count all parties that its list passes through/);
  });

  test('promises no more than that: not that a number below k stays hidden, nor that parties may be left out', () => {
    for (const words of [allOf(joined()), policySummary(joined())]) {
      expect(words).not.toMatch(/others go on|as few as|contributors|quantile|no rows leave their owner/i);
      expect(words).toContain('Every party is needed');
    }
  });

  test('says the same as the summary in one paragraph', () => {
    const whole = allOf(joined());
    const summary = policySummary(joined());
    for (const sentence of [
      /Each brings [^.]*\./,
      /Only totals [^.]*\./,
      /A group is open [^.]*\./,
      /Groups are by [^.]*\./,
    ]) {
      expect(whole).toContain(sentence.exec(summary)![0]);
    }
    expect(summary).toMatch(/14 days for the join and the sums and 15 days to open the totals/);
    expect(summary).toMatch(/withheld because no group is open/);
  });
});

/** Policies of an overlap with cohorts: by labels, and by numbers. */
const COHORTS = {
  ...MARKED,
  minParties: undefined,
  proofMode: 'succinct',
  cohorts: { slot: 1, column: 'marked tier', labels: ['marked low', 'marked high'] },
};
const AGES = {
  ...COHORTS,
  cohorts: { slot: 1, column: 'marked age', decimals: 1, min: '-1.2', max: '98.7', borders: ['-1.2', '40', '99'] },
};

const COHORTS_SAID: typeof SAID = {
  ...SAID,
  'template.name': ['What is computed and released', 'analysis "overlap", version 1, with cohorts'],
  minParties: ['Who may be left out', 'Every party is needed'],
  k: ['What is computed and released', 'A cohort is open if it has 4321 identifiers in common or more'],
  'cohorts.slot': ['What is computed and released', 'of Marked Beta: each of its labels is a cohort'],
  'cohorts.column': ['What is computed and released', 'Cohorts are by the column "marked tier"'],
  'cohorts.labels': ['What each party brings', 'one of the labels "marked low" and "marked high"'],
  'deadlines.join': ['Timetable', 'To finish the join and the counts: 14 days, up to 50 days after'],
  'deadlines.share': ['Timetable', 'To give the masked counts and to open the figures: 15 days, up to 65 days after'],
};
const AGES_SAID: typeof SAID = {
  'cohorts.decimals': ['What each party brings', 'numbers with at most 1 decimal from'],
  'cohorts.min': ['What each party brings', 'from -1.2 to'],
  'cohorts.max': ['What each party brings', 'to 98.7;'],
  'cohorts.borders': ['What is computed and released', 'with the borders -1.2, 40 and 99'],
};

describe('the document of an overlap with cohorts', () => {
  const counted = (base: object = COHORTS, changes: object = {}): Policy =>
    parsePolicy(JSON.parse(JSON.stringify({ ...structuredClone(base), ...changes })));
  const learns = (changes: object = {}) => linesOf(counted(COHORTS, changes), 'What each party learns').join('\n');

  test('has a place for every field of the schema, and for no other', () => {
    expect(Object.keys({ ...COHORTS_SAID, ...AGES_SAID }).sort()).toEqual([...new Set(cohortsFields)].sort());
  });

  test.each([
    ...Object.entries(COHORTS_SAID).map(([field, place]) => [field, COHORTS, ...place] as const),
    ...Object.entries(AGES_SAID).map(([field, place]) => [field, AGES, ...place] as const),
  ])('says %s in its place', (_field, base, section, words) => {
    expect(linesOf(counted(base), section).filter((line) => line.includes(words))).toHaveLength(1);
  });

  test('says what the software of each party sees, and what k does not keep from it', () => {
    expect(learns()).toMatch(
      /sees how many identifiers in common each cohort has, also where they are fewer than k = 4321/,
    );
    expect(learns()).toMatch(/sees how many rows of Marked Beta are in each cohort by "marked tier", in common or not/);
    expect(learns()).toMatch(/Everybody, also outside the room, sees which cohorts are open/);
    expect(learns()).toMatch(/Marked Beta learns the numbers of open cohorts before the others do/);
    expect(learns()).toMatch(/Marked Beta and the next party in the order above .* could find out together/);
    const two = { parties: MARKED.parties.slice(0, 2), fees: undefined };
    expect(learns(two)).toMatch(/Both parties together could find out which of their rows are in common/);
  });

  test('promises no more than that', () => {
    for (const words of [allOf(counted()), policySummary(counted())]) {
      expect(words).not.toMatch(/others go on|as few as|contributors|quantile|variance|no rows leave their owner/i);
      expect(words).toContain('Every party is needed');
    }
  });
});

/** A policy with a threshold, in which no two fields could be mistaken for each other. */
const THRESHOLD = {
  ...MARKED,
  template: { name: 'threshold', version: 1 },
  minParties: undefined,
  column: { column: 'marked weight', decimals: 1, min: '-1.2', max: '98.7' },
  unit: '300.5',
  borders: ['-29700.1', '-28498.1'],
  floor: '-10000.2',
};

const THRESHOLD_SAID: typeof SAID = {
  ...SAID,
  'template.name': ['What is computed and released', 'analysis "threshold"'],
  minParties: ['Who may be left out', 'Every party is needed'],
  k: ['What is computed and released', 'If a party has fewer than 4321 rows'],
  'column.column': ['What each party brings', 'Column "marked weight":'],
  'column.decimals': ['What each party brings', 'numbers with at most 1 decimal from'],
  'column.min': ['What each party brings', 'from -1.2 to'],
  'column.max': ['What each party brings', 'to 98.7;'],
  unit: ['What is computed and released', 'in whole units of 300.5, rounded down'],
  borders: ['What is computed and released', 'borders -29700.1 and -28498.1 the sum reaches'],
  floor: ['What is computed and released', 'counted from -10000.2 on: with a lower one its software stops'],
  'deadlines.join': ['Timetable', 'To finish the tallies: 14 days, up to 50 days after'],
  'deadlines.share': ['Timetable', 'To give the encrypted parts and to find the band: 15 days, up to 65 days after'],
};

describe('the document of a policy with a threshold', () => {
  const threshold = (changes: object = {}): Policy =>
    parsePolicy(JSON.parse(JSON.stringify({ ...structuredClone(THRESHOLD), ...changes })));
  const learns = (changes: object = {}) => linesOf(threshold(changes), 'What each party learns').join('\n');

  test('has a place for every field of the schema, and for no other', () => {
    expect(Object.keys(THRESHOLD_SAID).sort()).toEqual([...thresholdFields].sort());
  });

  test.each(Object.entries(THRESHOLD_SAID))('says %s in its place', (_field, [section, words]) => {
    expect(linesOf(threshold(), section).filter((line) => line.includes(words))).toHaveLength(1);
  });

  test('says how exact the band is, by the number of parties', () => {
    expect(allOf(threshold())).toContain('lies less than 601.0 above it');
    const two = { parties: MARKED.parties.slice(0, 2), fees: undefined, borders: ['-19098.9'] };
    expect(allOf(threshold(two))).toContain('lies less than 300.5 above it');
    const exact = { column: { ...THRESHOLD.column, min: '0' }, floor: undefined, unit: '0.1', borders: ['19.2'] };
    expect(allOf(threshold(exact))).toContain('The band is exact.');
    expect(allOf(threshold(exact))).not.toMatch(/rounded down|counted from/);
  });

  test('says what the band tells of each party’s part, and who learns it first', () => {
    expect(learns()).toMatch(/The last party in the order above learns it before the others do/);
    expect(learns()).toMatch(/bounds the others’ parts together/);
    expect(learns()).toMatch(/sees which parties have at least 4321 rows/);
    const two = { parties: MARKED.parties.slice(0, 2), fees: undefined, borders: ['-19098.9'] };
    expect(learns(two)).toMatch(/bounds the other one’s part/);
    expect(learns(two)).toMatch(/on which side of the border the sum lies/);
    expect(learns(two)).not.toMatch(/others’ parts/);
  });

  test('promises nothing of a join, and no sum', () => {
    for (const words of [allOf(threshold()), policySummary(threshold())]) {
      expect(words).not.toMatch(/in common|blinded|the count\b|\bgroups?\b|masked/i);
      expect(words).not.toMatch(/sum is released|totals/);
    }
  });

  test('says the same as the summary in one paragraph', () => {
    const summary = policySummary(threshold());
    for (const sentence of [/Only the band [^:]*:/, /If a party has fewer [^.]*\./]) {
      expect(allOf(threshold())).toContain(sentence.exec(summary)![0]);
    }
    expect(summary).toMatch(
      /^Marked Alpha, Marked Beta and Marked Gamma find out which of 2 borders the sum of "marked/,
    );
    expect(summary).toMatch(/14 days for the tallies and 15 days to find the band/);
    expect(summary).toMatch(/withheld because a party has fewer than k rows/);
  });

  test('has two printed pages at most', () => {
    const lines = allOf(threshold()).split('\n');
    expect(lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 115)), 0)).toBeLessThan(2 * 65);
  });
});

describe('the document of a policy that joins values', () => {
  const sum = (changes: object = {}): Policy => parsePolicy(JSON.parse(JSON.stringify({ ...SUM, ...changes })));

  test('says what is not asked for, too', () => {
    const few = { grouping: undefined, ratio: undefined, confidence: undefined, columns: [SUM.columns[1]] };
    const said = allOf(sum(few));
    expect(said).toContain('All identifiers in common are one group.');
    expect(said).toContain('Marked Beta and Marked Gamma bring identifiers alone.');
    expect(said).toContain('Marked Alpha learns the totals of its own columns');
    expect(said).not.toMatch(/variance|\bratio\b|confidence|squares|rows of Marked Beta|number of its group/);
  });

  test('of two parties does not speak of a third', () => {
    const two = sum({
      ...{ parties: MARKED.parties.slice(0, 2), fees: undefined, ratio: undefined, confidence: undefined },
      columns: SUM.columns.slice(0, 2),
    });
    expect(allOf(two)).toContain('Both parties together could find out which of their rows are in common');
    expect(allOf(two)).not.toMatch(/the next one in the order|any two or more/);
  });

  test('says of lift that outcomes of 0 have to be listed, and when a difference is an effect', () => {
    const said = allOf(parsePolicy(JSON.parse(JSON.stringify(LIFT))));
    expect(said).toContain('those without an outcome have to be listed with 0');
    expect(said).toMatch(/p-values are interpolated from a table/);
    expect(said).toMatch(
      /is an effect of what the test group got only if identifiers were assigned to the groups by chance/,
    );
  });
});

describe('texts of other parties', () => {
  const HOSTILE = {
    purpose: `<script>alert("x")</script> <img src=//e.example/x onerror='y'> [a](https://e.example) www.e.example a@e.example`,
    parties: [{ label: `"><b>*Bold*` }, { label: '`code` _em_ ~~no~~ | # $x$' }, { label: '&lt;i&gt;' }],
  };
  const policy = withFields(HOSTILE);

  test('are text in HTML', () => {
    const html = renderDocument(policyDocument(policy), 'html');
    expect(html).not.toMatch(/<(script|img|b|i)\b/i);
    expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(html).toContain('&amp;lt;i&amp;gt;');
    // Nothing but what the renderer itself wrote is a tag.
    const tags = new Set([...html.matchAll(/<\/?([^\s>]+)/g)].map(([, name]) => name));
    expect([...tags].sort()).toEqual(
      '!doctype body footer h1 h2 head html li main meta section style title ul'.split(' '),
    );
  });

  test('are text in Markdown: no markup, no link, no HTML', () => {
    const markdown = renderDocument(policyDocument(policy), 'markdown');
    for (const { 0: character, index } of markdown.matchAll(/[`*_[\]<>~|&$@]/g)) {
      expect({ character, before: markdown[index - 1] }).toEqual({ character, before: '\\' });
    }
    expect(markdown).not.toMatch(/https?:\/\/|www\./);
    expect(markdown.replaceAll('\\', '')).toContain(HOSTILE.purpose);
  });

  test('never begin a line of Markdown, where more characters have a meaning', () => {
    const markdown = renderDocument(
      policyDocument(withFields({ purpose: '# 1. - + > x', parties: HOSTILE.parties })),
      'markdown',
    );
    for (const line of markdown.split('\n')) expect(line).toMatch(/^$|^#{1,2} [A-Z]|^- [A-Z"\\]/);
  });

  test('that are written from right to left do not reorder the words around them', () => {
    const parties = [{ label: 'חנות 12' }, { label: 'Shop' }];
    const said = allOf(withFields({ parties, minParties: undefined, fees: undefined }));
    expect(said).toContain('\u2068חנות 12\u2069 and Shop count');
    expect(said).not.toContain('\u2068Shop');
  });

  test.each(['a\u202eb', 'a\u2068b', 'a\u2069b', 'a\u200bb'])(
    'that would hide or reorder are refused before: %j',
    (purpose) => {
      expect(() => withFields({ purpose })).toThrow(/control or invisible/);
    },
  );
});

describe('the HTML page', () => {
  const html = renderDocument(policyDocument(withFields({})), 'html');

  test('is well formed: every element is closed in order', () => {
    const open: string[] = [];
    for (const [, slash, name] of html.replace(/<style>[^]*<\/style>/, '').matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      if (name === 'meta') continue;
      if (slash) expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html.match(/<h2>/g)).toHaveLength(policyDocument(withFields({})).sections.length);
  });

  test('refers to nothing outside itself and runs nothing', () => {
    expect(html).not.toMatch(/\b(src|href|action|url|import|on[a-z]+)\s*[=(]/i);
    expect(html).not.toMatch(/https?:|\/\/|<script|style="/i);
    expect(html.match(/<style>/g)).toHaveLength(1);
    expect(html).toMatch(/default-src &#39;none&#39;/);
  });

  test('is made for light and dark screens and for A4', () => {
    expect(html).toMatch(/prefers-color-scheme: dark/);
    expect(html).toMatch(/@page \{ size: A4/);
  });
});

test('docs/policy.md names every field of the schema, with the schema’s own description', () => {
  const page = readFileSync('docs/policy.md', 'utf8');
  expect(
    [...fields, ...aggregateFields, ...sumFields, ...liftFields, ...thresholdFields, ...cohortsFields].filter(
      (field) => !page.includes(`\`${field}\``),
    ),
  ).toEqual([]);
  const descriptions: string[] = [];
  JSON.stringify(policyJsonSchema(), (key, value) => {
    if (key === 'description') descriptions.push(value);
    return value;
  });
  expect(descriptions.length).toBeGreaterThan(20);
  expect(descriptions.filter((description) => !page.includes(description))).toEqual([]);
});
