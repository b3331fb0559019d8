import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import {
  PolicyError,
  canonicalPolicy,
  documentDigest,
  parsePolicy,
  parsePolicyText,
  policyDigest,
  policySummary,
  policyTerms,
} from '../../app/lib/policy/policy.ts';
import { policyJsonSchema } from '../../app/lib/policy/schema.ts';

const EXAMPLE = 'examples/overlap.policy.json';
const SCHEMA = 'docs/policy.schema.json';
const example = () => JSON.parse(readFileSync(EXAMPLE, 'utf8'));

beforeAll(initField);

/** The example with one field replaced; the path is dotted. */
function withField(path: string, value: unknown): unknown {
  const document = example();
  const keys = path.split('.');
  const parent = keys.slice(0, -1).reduce((at, key) => at[key], document);
  parent[keys.at(-1)!] = value;
  return document;
}

describe('policy documents', () => {
  test('the example is valid', () => {
    expect(parsePolicyText(readFileSync(EXAMPLE, 'utf8'))).toEqual(example());
  });

  test.each([
    ['version', 2, /version must be 1/],
    ['template.name', 'sum', /template\.name: the template must be "overlap"/],
    ['purpose', '', /purpose must not be empty/],
    ['purpose', 'a\u202eb', /control or invisible/],
    ['purpose', 'a\nb', /one line/],
    ['purpose', ' a', /begin or end with a space/],
    ['purpose', '\ud800', /control or invisible/],
    ['purpose', 'a'.repeat(501), /500 characters: shorten/],
    ['parties', [{ label: 'A' }], /exactly 2 parties/],
    ['parties', [{ label: 'A' }, { label: 'A' }], /labels must differ/],
    ['parties.0', { label: 'A', account: 'x' }, /parties\.0: unknown "account": remove it/],
    ['identifier.type', 'passport', /must name a type \(email, phone, exact\)/],
    ['identifier.normalisation', 'phone/1', /must be "email\/1"/],
    ['identifier.column', '', /column name must not be empty/],
    ['k', 1, /k: k must be at least 2/],
    ['k', 2.5, /k must be a whole number/],
    ['k', '3', /k must be a whole number/],
    ['k', 33, /k must not be above maxRows \(32\)/],
    ['minRows', 33, /minRows must not be above maxRows/],
    ['minRows', 0, /minRows must be at least 1/],
    ['maxRows', 1_000_000, /maxRows must be at most 16384/],
    ['proofMode', 'none', /proof mode must be "succinct"/],
    ['deadlines.join', 1, /deadlines\.join: .*at least 60/],
    ['deadlines.extra', 60, /deadlines: unknown "extra"/],
    ['note', 'x', /document: unknown "note"/],
  ])('%s = %j is refused by name and reason', (path, value, message) => {
    expect(() => parsePolicy(withField(path, value))).toThrow(PolicyError);
    expect(() => parsePolicy(withField(path, value))).toThrow(message);
  });

  test('a missing field is named', () => {
    const { deadlines: _, ...document } = example();
    expect(() => parsePolicy(document)).toThrow(/deadlines/);
    expect(() => parsePolicy(null)).toThrow(PolicyError);
  });

  test('text that is not JSON, or too long, is refused', () => {
    expect(() => parsePolicyText('{')).toThrow(/not JSON/);
    expect(() => parsePolicyText(' '.repeat(70_000))).toThrow(/more than 65536 bytes/);
  });
});

describe('digests', () => {
  test('the canonical document has sorted keys and no spaces, whatever the order of the file', () => {
    const reversed = Object.fromEntries(Object.entries(example()).reverse());
    const canonical = canonicalPolicy(parsePolicy(reversed));
    expect(canonical).toBe(canonicalPolicy(parsePolicy(example())));
    expect(canonical.startsWith('{"deadlines":{"approve":86400,"commit":')).toBe(true);
  });

  test('the digest is hash 15 over the document’s SHA-256 and the terms', () => {
    const policy = parsePolicy(example());
    const sha = createHash('sha256').update(canonicalPolicy(policy)).digest('hex');
    expect(Buffer.from(documentDigest(policy)).toString('hex')).toBe(sha);
    const [high, low] = [BigInt('0x' + sha.slice(0, 32)), BigInt('0x' + sha.slice(32))];
    expect(policyDigest(policyTerms(policy))).toBe(hash(15, [high, low, 1n, 2n, 3n, 5n, 32n]));
  });

  test('every change of the document changes the digest', () => {
    const changes: [string, unknown][] = [
      ['purpose', 'Other'],
      ['parties.0.label', 'Other'],
      ['identifier.column', 'mail'],
      ['k', 4],
      ['minRows', 6],
      ['maxRows', 33],
      ['deadlines.join', 60],
    ];
    const digests = changes.map(([path, value]) => policyDigest(policyTerms(parsePolicy(withField(path, value)))));
    expect(new Set([...digests, policyDigest(policyTerms(parsePolicy(example())))]).size).toBe(changes.length + 1);
  });
});

test('the summary says who, what, how many and how long', () => {
  const summary = policySummary(parsePolicy(example()));
  expect(summary).toMatch(/Shop and Magazine count the e-mail addresses/);
  expect(summary).toMatch(/5 to 32 distinct values of the column "email"/);
  expect(summary).toMatch(/at least 3/);
  expect(summary).toMatch(/2 days for the join/);
});

describe('the published JSON schema', () => {
  test(`${SCHEMA} is current (UPDATE_SCHEMAS=1 rewrites it)`, () => {
    const current = JSON.stringify(policyJsonSchema(), null, 2) + '\n';
    if (process.env.UPDATE_SCHEMAS) writeFileSync(SCHEMA, current);
    expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(current));
  });

  test('accepts the example and refuses unknown keys', () => {
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
    expect(validate(example())).toBe(true);
    expect(validate(withField('note', 'x'))).toBe(false);
    expect(validate(withField('k', 1))).toBe(false);
    expect(validate(withField('identifier.normalisation', 'phone/1'))).toBe(false);
  });
});
