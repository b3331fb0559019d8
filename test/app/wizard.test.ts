/** The wizard's form of a policy: what comes out of it, and that nothing of a document is lost in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { documentOf, draftOf, newColumn, newDraft } from '../../app/components/wizard/draft.ts';
import { parsePolicy, PolicyError } from '../../app/lib/policy/parse.ts';

const EXAMPLES = readdirSync('examples').filter((name) => name.endsWith('.policy.json'));
const read = (name: string): unknown => JSON.parse(readFileSync(`examples/${name}`, 'utf8'));

function faultsOf(document: unknown): string[] {
  try {
    parsePolicy(document);
    return [];
  } catch (error) {
    return (error as PolicyError).issues.map(({ path }) => path);
  }
}

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
    const faults = faultsOf(documentOf(draft));
    for (const path of ['k', 'maxRows', 'minRows', 'deadlines.join', 'fees.token', 'columns.0.column'])
      expect(faults).toContain(path);
  });
});
