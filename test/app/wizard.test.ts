/** The wizard's form of a policy: what comes out of it, and that nothing of a document is lost in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  chooseTemplate,
  documentOf,
  draftOf,
  newDraft,
  removeParty,
  type Draft,
} from '../../app/components/wizard/draft.ts';
import { faultsAt, faultsOn, firstOfEach, stepOf, type PolicyFault } from '../../app/components/wizard/faults.ts';
import { newColumn, newOutcome, removeColumn, renameColumn } from '../../app/components/wizard/values-draft.ts';
import { parsePolicy, PolicyError } from '../../app/lib/policy/parse.ts';

const EXAMPLES = readdirSync('examples').filter((name) => name.endsWith('.policy.json'));
const read = (name: string): unknown => JSON.parse(readFileSync(`examples/${name}`, 'utf8'));

function faults(document: unknown): PolicyFault[] {
  try {
    parsePolicy(document);
    return [];
  } catch (error) {
    return firstOfEach((error as PolicyError).issues);
  }
}

const faultsOf = (document: unknown): string[] => faults(document).map(({ path }) => path);

describe('The form of a policy', () => {
  test.each(EXAMPLES)('gives back the whole of %s', (name) => {
    const document = read(name);
    expect(documentOf(draftOf(parsePolicy(document)))).toEqual(document);
  });

  test('keeps what it does not show: conditions, ratio, quantiles, money', () => {
    const document = {
      ...(read('research.policy.json') as object),
      expires: '2027-01-31T18:00:00Z',
      region: { allowed: ['EU'] },
      minParties: 2,
      fees: { token: `0x${'1f'.padStart(64, '0')}`, fee: '1001', payer: 'slots', stake: '500', shares: [3, 1] },
      overrides: ['small-k'],
    };
    expect(documentOf(draftOf(parsePolicy(document)))).toEqual(document);
  });

  test('that a person fills in for an overlap is a valid policy', () => {
    const draft = { ...newDraft('overlap'), purpose: ' Count joint readers ', parties: ['Shop', 'Magazine '] };
    draft.identifier.column = 'email';
    const document = documentOf(draft);
    expect(faultsOf(document)).toEqual([]);
    expect(document).toMatchObject({
      purpose: 'Count joint readers',
      parties: [{ label: 'Shop' }, { label: 'Magazine' }],
      identifier: { type: 'email', column: 'email', normalisation: 'email/1' },
      deadlines: { invite: 259_200, retention: 2_592_000 },
    });
    expect(document).not.toHaveProperty('fees');
    expect(document).not.toHaveProperty('columns');
  });

  test('that a person fills in for an overlap by cohorts is what the example says', () => {
    const draft = typed('loyalty-cohorts.policy.json', 'overlap', ['Loyalty club', 'Supermarket'], 'member');
    draft.k = '4';
    Object.assign(draft.cohorts, { column: ' tier', labels: 'basic\nsilver\ngold\n' });
    expect(faultsOf(documentOf(draft))).toEqual([]);
    expect(documentOf(draft)).toEqual(read('loyalty-cohorts.policy.json'));
    const ages = { slot: 1, column: 'age', decimals: 1, min: '0', max: '99.9', borders: ['0', '40.5', '100'] };
    Object.assign(draft.cohorts, { slot: '1', column: 'age', kind: 'number', decimals: '1', max: '99.9' });
    draft.cohorts.borders = '0, 40.5 ,100';
    expect(documentOf(draft).cohorts).toEqual(ages);
    expect(faultsOf(documentOf(draft))).toEqual([]);
    for (const document of [documentOf(draft), read('loyalty-cohorts.policy.json')])
      expect(documentOf(draftOf(parsePolicy(document)))).toEqual(document);
  });

  test('tells where cohorts are wrong, or what else does not go with them', () => {
    const draft = typed('loyalty-cohorts.policy.json', 'overlap', ['Loyalty club', 'Supermarket'], 'member');
    Object.assign(draft.cohorts, { column: 'tier', labels: 'all' });
    expect(faultsOf(documentOf(draft))).toEqual(['cohorts.labels']);
    draft.proofMode = 'attested';
    expect(faultsOf(documentOf(draft))).toEqual(['proofMode']);
    expect(stepOf({ path: 'cohorts.labels', message: '' })).toBe(2);
    removeParty(draft, 0);
    expect(draft.cohorts.slot).toBe('');
    draft.cohorts.column = '';
    expect(documentOf(draft)).not.toHaveProperty('cohorts');
  });

  test('that a person fills in for figures by group is a valid policy', () => {
    const draft = { ...newDraft('aggregate'), purpose: 'Compare', parties: ['North', 'South'] };
    draft.identifier.column = 'lot';
    draft.columns = [
      { ...newColumn(), column: 'tier', kind: 'labels', labels: 'one\ntwo, or more\n' },
      { ...newColumn(), column: 'units', max: '50.5', decimals: '1' },
    ];
    draft.grouping.column = 'tier';
    const document = documentOf(draft);
    expect(faultsOf(document)).toEqual([]);
    expect(document.columns).toEqual([
      { column: 'tier', labels: ['one', 'two, or more'] },
      { column: 'units', decimals: 1, min: '0', max: '50.5', release: 'sum' },
    ]);
  });

  test('tells every field that is empty or no number by its place', () => {
    const empty = faultsOf(documentOf(newDraft('overlap')));
    expect(empty).toEqual(expect.arrayContaining(['purpose', 'parties.0.label', 'identifier.column']));
    const draft = {
      ...newDraft('aggregate'),
      purpose: 'x',
      parties: ['A', 'B'],
      k: 'ten',
      maxRows: '1e9',
      minRows: '',
    };
    draft.deadlines.join = 'soon';
    draft.fees.token = '0x1';
    const found = faultsOf(documentOf(draft));
    for (const path of ['k', 'maxRows', 'minRows', 'deadlines.join', 'fees.token', 'columns.0.column'])
      expect(found).toContain(path);
  });
});

/** What a person types who wants what an example says, in the order of the wizard's steps. */
function typed(example: string, template: Draft['template'], parties: string[], column: string): Draft {
  const { purpose } = read(example) as { purpose: string };
  const draft = { ...newDraft('overlap'), purpose, parties };
  chooseTemplate(draft, template);
  Object.assign(draft, { k: '5', minRows: '10', maxRows: '32' });
  draft.identifier = { type: 'exact', column };
  draft.deadlines = { invite: '1', approve: '1', commit: '1', join: '2', share: '1', retention: '30' };
  return draft;
}

/** The form of a sum by tiers. */
function loyalty(): Draft {
  const draft = typed('loyalty-sum.policy.json', 'intersection-sum', ['Loyalty club', 'Supermarket'], 'member');
  draft.k = '4';
  draft.columns = [
    { ...newColumn('0'), column: 'tier', kind: 'labels', labels: 'basic\nsilver\n gold\n' },
    { ...newColumn('1'), column: 'visits', max: '100' },
    { ...newColumn('1'), column: 'spend ', decimals: '2', max: ' 1000.00', release: 'variance' },
  ];
  draft.grouping.column = 'tier';
  draft.ratio = { numerator: 'spend ', denominator: 'visits' };
  draft.confidence = '95';
  return draft;
}

/** The form of a campaign's lift. */
function campaign(): Draft {
  const draft = typed('campaign-lift.policy.json', 'lift', ['Ad network', 'Shop', 'Bank'], 'email');
  draft.identifier.type = 'email';
  draft.assignment = { slot: '0', column: 'arm', control: 'control', test: ' exposed' };
  draft.outcomes = [
    { ...newOutcome('1'), column: 'converted' },
    { ...newOutcome('2'), column: 'spent', kind: 'amount', decimals: '2', cap: '200.00' },
  ];
  return draft;
}

describe('The form of a policy that joins values', () => {
  test('that a person fills in for sums by tiers is the example', () => {
    expect(documentOf(loyalty())).toEqual(read('loyalty-sum.policy.json'));
  });

  test('that a person fills in for a lift is the example', () => {
    expect(documentOf(campaign())).toEqual(read('campaign-lift.policy.json'));
  });

  test('has nothing beside it: no field of the examples is kept out of sight', () => {
    for (const name of ['loyalty-sum', 'campaign-lift'])
      expect(draftOf(parsePolicy(read(`${name}.policy.json`))).others).toEqual({});
  });

  test('gives back groups by borders, amounts and a lift that says no confidence', () => {
    const sums = loyalty();
    sums.columns[0] = { ...newColumn('0'), column: 'age', min: '18', max: '99', release: 'nothing' };
    sums.grouping = { column: 'age', borders: '18, 45,65, 100' };
    const lift = campaign();
    lift.confidence = '';
    for (const document of [sums, lift].map(documentOf)) {
      expect(faultsOf(document)).toEqual([]);
      expect(documentOf(draftOf(parsePolicy(document)))).toEqual(document);
    }
  });

  test.each<[string, (draft: Draft) => void, string, string]>([
    ['a greatest value that is none', ({ columns }) => (columns[1].max = 'many'), 'columns.1.max', 'decimal number'],
    ['a least above the greatest', ({ columns }) => (columns[1].min = '101'), 'columns.1.min', 'must not be above max'],
    ['more decimals than declared', ({ columns }) => (columns[1].max = '9.5'), 'columns.1.max', 'max is refused'],
    ['decimals that are none', ({ columns }) => (columns[1].decimals = 'two'), 'columns.1.decimals', 'whole number'],
    ['a column in nobody’s table', ({ columns }) => (columns[2].slot = ''), 'columns.2.slot', 'whole number'],
    ['a party that there is not', ({ columns }) => (columns[2].slot = '2'), 'columns.2.slot', 'there is no slot 2'],
    ['no header', ({ columns }) => (columns[2].column = ''), 'columns.2.column', 'must not be empty'],
    ['the identifier as a value', ({ columns }) => (columns[1].column = 'member'), 'columns.1.column', 'identifier’s'],
    ['one label', ({ columns }) => (columns[0].labels = 'all'), 'columns.0.labels', '2 to 8 groups'],
    ['the same label twice', ({ columns }) => (columns[0].labels = 'a\na'), 'columns.0.labels', 'must differ'],
    ['sums too large to be opened', ({ columns }) => (columns[2].max = '9999999'), 'columns.2.max', 'below 2^40'],
    ['groups by no column', ({ grouping }) => (grouping.column = 'tiers'), 'grouping.column', 'no value column'],
    ['half a ratio', ({ ratio }) => (ratio.denominator = ''), 'ratio.denominator', 'must not be empty'],
    ['a ratio of one column', ({ ratio }) => (ratio.denominator = 'spend'), 'ratio.denominator', 'two different'],
    ['a confidence of nothing', ({ columns }) => (columns[2].release = 'sum'), 'confidence', 'needs a column'],
    ['a smallest group that is none', (draft) => (draft.k = 'few'), 'k', 'whole number'],
    ['fewer rows at most than at least', (draft) => (draft.maxRows = '9'), 'minRows', 'must not be above maxRows'],
    [
      'parties that may be missing',
      (draft) => (draft.parties.push('Bank'), (draft.minParties = '2')),
      'minParties',
      'all its parties',
    ],
  ])('of sums: %s is told at its field', (_, spoil, path, message) => {
    const draft = loyalty();
    spoil(draft);
    const found = faults(documentOf(draft));
    expect(faultsAt(found, path)).toContain(message);
    expect(found.every((fault) => stepOf(fault) < 4)).toBe(true);
  });

  test.each<[string, (draft: Draft) => void, string, string]>([
    ['no header of the groups', ({ assignment }) => (assignment.column = ''), 'assignment.column', 'must not be empty'],
    ['no text for test', ({ assignment }) => (assignment.test = ''), 'assignment.test', 'must not be empty'],
    ['the same text for both', ({ assignment }) => (assignment.test = 'control'), 'assignment.test', 'must differ'],
    ['nobody who assigned', ({ assignment }) => (assignment.slot = ''), 'assignment.slot', 'whole number'],
    ['an outcome of who assigned', ({ outcomes }) => (outcomes[0].slot = '0'), 'outcomes.0.slot', 'holds no outcome'],
    [
      'no greatest amount',
      ({ outcomes }) => (outcomes[1].cap = ''),
      'outcomes.1.cap',
      'the cap must be a decimal number',
    ],
    ['an amount below 0', ({ outcomes }) => (outcomes[1].cap = '-1'), 'outcomes.1.cap', 'must not be below 0'],
    [
      'squares too large to be opened',
      ({ outcomes }) => (outcomes[1].cap = '9000.00'),
      'outcomes.1.cap',
      'square of the column’s span',
    ],
    [
      'a header that another has',
      ({ outcomes }) => (outcomes[1].column = 'arm'),
      'outcomes.1.column',
      'another value column',
    ],
    ['decimals beyond six', ({ outcomes }) => (outcomes[1].decimals = '7'), 'outcomes.1.decimals', 'at most 6'],
  ])('of a lift: %s is told at its field', (_, spoil, path, message) => {
    const draft = campaign();
    spoil(draft);
    const found = faults(documentOf(draft));
    expect(faultsAt(found, path)).toContain(message);
    expect(found.every((fault) => stepOf(fault) === 2)).toBe(true);
  });

  test('tells at the columns as a whole that nothing is released, and at a column that it is of no use', () => {
    const draft = loyalty();
    draft.columns = [draft.columns[0], { ...draft.columns[1], release: 'nothing' }];
    Object.assign(draft, { ratio: { numerator: '', denominator: '' }, confidence: '' });
    const found = faults(documentOf(draft));
    expect(faultsOn(found, 'columns')).toContain('at least one column releases its sum');
    expect(faultsOn(found, 'columns.1')).toContain('remove it');
    expect(faultsOn(found, 'columns.0')).toBe('');
  });

  test('has all parties and every step proven, whatever was asked before', () => {
    const draft = { ...newDraft('overlap'), minParties: '2', proofMode: 'attested' as const };
    chooseTemplate(draft, 'lift');
    expect(documentOf(draft)).toMatchObject({ proofMode: 'succinct', outcomes: [{ slot: 1 }], confidence: 95 });
    expect(documentOf(draft)).not.toHaveProperty('minParties');
    chooseTemplate(draft, 'overlap');
    expect(documentOf(draft)).not.toHaveProperty('outcomes');
    expect(documentOf(draft)).not.toHaveProperty('confidence');
  });

  test('gives no column to another party when one is taken out', () => {
    const draft = campaign();
    removeParty(draft, 1);
    expect(draft.assignment.slot).toBe('0');
    expect(draft.outcomes.map(({ slot }) => slot)).toEqual(['', '1']);
    expect(faultsOf(documentOf(draft))).toEqual(['outcomes.0.slot']);
  });

  test('follows a column that is renamed or taken out, in groups and ratio', () => {
    const draft = loyalty();
    renameColumn(draft, 0, 'level');
    renameColumn(draft, 1, 'trips');
    expect(documentOf(draft)).toMatchObject({ grouping: { column: 'level' }, ratio: { denominator: 'trips' } });
    expect(faultsOf(documentOf(draft))).toEqual([]);
    removeColumn(draft, 0);
    expect(documentOf(draft)).not.toHaveProperty('grouping');
    removeColumn(draft, 0);
    expect(faultsOf(documentOf(draft))).toEqual(['ratio.denominator']);
  });
});

describe('The form of a sum that is compared with borders', () => {
  const exposure = (): Draft => {
    const draft = typed('counterparty-exposure.policy.json', 'threshold', [], 'facility');
    draft.parties = ['Harbour Bank', 'Meadow Bank', 'Summit Credit'];
    draft.minRows = '5';
    draft.summed = { ...draft.summed, column: ' outstanding', max: '25000000', unit: '1000000' };
    draft.summed.borders = '100000000, 150000000,200000000';
    return draft;
  };

  test('that a person fills in is the example, to the letter', () => {
    expect(documentOf(exposure())).toEqual(read('counterparty-exposure.policy.json'));
  });

  test('has a floor where one is typed, and gives it back', () => {
    const draft = exposure();
    Object.assign(draft.summed, { min: '-1000000', floor: ' -5000000 ' });
    const document = documentOf(draft);
    expect(faultsOf(document)).toEqual([]);
    expect(document).toMatchObject({ floor: '-5000000' });
    expect(draftOf(parsePolicy(document)).summed).toMatchObject({ min: '-1000000', floor: '-5000000' });
  });

  test('tells what is wrong at its fields, on the step that has them', () => {
    const draft = exposure();
    draft.summed = { ...draft.summed, column: '', decimals: 'two', unit: '', borders: '', floor: 'low' };
    const found = faults(documentOf(draft));
    for (const path of ['column.column', 'column.decimals', 'unit', 'borders', 'floor']) {
      expect(found.map((fault) => fault.path)).toContain(path);
      expect(stepOf(found.find((fault) => fault.path === path)!)).toBe(2);
    }
    const far = exposure();
    far.summed.borders = '100000000, 900000000';
    expect(faultsAt(faults(documentOf(far)), 'borders')).toMatch(/a unit of "[\d]+" would do/);
  });

  test('needs all parties and every proof, whatever question was asked before', () => {
    const draft = { ...newDraft('overlap'), minParties: '2', proofMode: 'attested' as const };
    chooseTemplate(draft, 'threshold');
    expect(draft).toMatchObject({ minParties: '', proofMode: 'succinct' });
    expect(documentOf(draft)).not.toHaveProperty('columns');
    chooseTemplate(draft, 'overlap');
    for (const field of ['column', 'unit', 'borders', 'floor']) expect(documentOf(draft)).not.toHaveProperty(field);
  });
});
