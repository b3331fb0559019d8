import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { FIELD_MODULUS } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import {
  PolicyError,
  canonicalPolicy,
  documentDigest,
  minParties,
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
const TOKEN = `0x${'1f'.padStart(64, '0')}`;
const BATCH = { column: 'day', from: '2026-11-01', to: '2026-12-01', closes: '2026-12-01T00:00:00+14:00' };
const FEES = { token: TOKEN, fee: '1001', payer: 'slots', stake: '500', shares: [3, 1] };

beforeAll(initField);

/** A document with fields replaced, or removed where a value is undefined; paths are dotted. */
function withFields(changes: Record<string, unknown>, document = example()): unknown {
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const parent = keys.slice(0, -1).reduce((at, key) => at[key], document);
    if (value === undefined) delete parent[keys.at(-1)!];
    else parent[keys.at(-1)!] = value;
  }
  return document;
}

/** The example with one field replaced. */
const withField = (path: string, value: unknown) => withFields({ [path]: value });

/** The example with fees of which one field is replaced, or removed. */
const withFee = (name: string, value: unknown) => withFields({ fees: { ...FEES }, [`fees.${name}`]: value });

const labels = (...names: string[]) => names.map((label) => ({ label }));

describe('policy documents', () => {
  test('every example is valid', () => {
    const files = readdirSync('examples').filter((name) => name.endsWith('.policy.json'));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const text = readFileSync(`examples/${file}`, 'utf8');
      expect(parsePolicyText(text)).toEqual(JSON.parse(text));
    }
  });

  test.each([
    ['version', 1, /version must be 2/],
    [
      'template.name',
      'sum',
      /template\.name: the template must be "overlap", "aggregate", "intersection-sum", "lift" or "threshold"/,
    ],
    ['template.version', 2, /template\.version: the template version must be 1/],
    ['purpose', '', /purpose must not be empty/],
    ['purpose', 'a\u202eb', /control or invisible/],
    ['purpose', 'a\nb', /one line/],
    ['purpose', ' a', /begin or end with a space/],
    ['purpose', '\ud800', /control or invisible/],
    ['purpose', 'a'.repeat(501), /500 characters: shorten/],
    ['parties', labels('A'), /a room has 2 to 5 parties/],
    ['parties', labels('A', 'B', 'C', 'D', 'E', 'F'), /a room has 2 to 5 parties/],
    ['parties', labels('A', 'A'), /labels must differ/],
    ['parties.0', { label: 'A', account: 'x' }, /parties\.0: unknown "account": remove it/],
    ['minParties', 1, /minParties must be at least 2/],
    ['minParties', 3, /minParties must not be above the number of parties \(2\)/],
    ['minParties', 6, /minParties must be at most 5/],
    ['minParties', '2', /minParties must be a whole number/],
    ['identifier.type', 'passport', /must name a type \(email, phone, exact, iban, lei, device\)/],
    ['identifier.normalisation', 'phone/1', /must be "email\/1"/],
    ['identifier.column', '', /column name must not be empty/],
    ['k', 1, /k: k must be at least 2/],
    ['k', 2.5, /k must be a whole number/],
    ['k', '3', /k must be a whole number/],
    ['k', 33, /k must not be above maxRows \(32\)/],
    ['minRows', 33, /minRows must not be above maxRows/],
    ['minRows', 0, /minRows must be at least 1/],
    ['maxRows', 1_000_001, /maxRows: maxRows must be at most 1000000/],
    ['proofMode', 'none', /proof mode must be "succinct" or "attested"/],
    ['proofMode', undefined, /proof mode must be "succinct" or "attested"/],
    ['proofMode', 1, /proof mode must be "succinct" or "attested"/],
    ['deadlines.join', 1, /deadlines\.join: .*at least 60/],
    ['deadlines.extra', 60, /deadlines: unknown "extra"/],
    ['deadlines.retention', undefined, /deadlines\.retention: the retention \(seconds\) must be a whole number/],
    ['deadlines.retention', 59, /deadlines\.retention: .*at least 60/],
    ['deadlines.retention', 366 * 86_400, /deadlines\.retention: .*at most 31536000/],
    ['fees', null, /fees must name a token, and a fee or a stake/],
    ['fees', { token: TOKEN }, /fees\.fee: fees must name a fee or a stake: remove fees/],
    ['note', 'x', /document: unknown "note"/],
    ['overrides', 'small-k', /overrides must be a list of red flags/],
    ['overrides', [], /overrides must not be empty: remove them/],
    ['overrides', ['small'], /overrides\.0: a red flag that can be overridden is one of: expired-policy, /],
    ['overrides', ['malformed-values'], /overrides\.0: a red flag that can be overridden is one of/],
    ['overrides', ['sudden-change'], /overrides\.0: a red flag that can be overridden is one of/],
    ['overrides', ['small-k', 'small-k'], /overrides: each red flag is named once/],
    ['region', 'EU', /region: the region must name those that are allowed/],
    ['region', { allowed: [] }, /region\.allowed: allowed must not be empty/],
    ['region', { allowed: ['de'] }, /region\.allowed\.0: a region must be a country code in two capital letters/],
    ['region', { allowed: ['XX'] }, /region\.allowed\.0: a region must be/],
    ['region', { allowed: ['toString'] }, /region\.allowed\.0: a region must be/],
    ['region', { allowed: [1] }, /region\.allowed\.0: a region must be/],
    ['region', { allowed: ['DE', 'DE'] }, /region\.allowed: each region is named once/],
    ['region', { allowed: ['DE'], at: 'x' }, /region: unknown "at"/],
    ['batch', '2026-11', /batch: the batch must name column, from, to and closes/],
    ['batch', { ...BATCH, column: 'email' }, /batch\.column: .*another one than the identifier’s/],
    ['batch', { ...BATCH, column: '' }, /batch\.column: the column name must not be empty/],
    ['batch', { ...BATCH, from: '2026-11-31' }, /batch\.from: the first day of the batch must be a date such as/],
    ['batch', { ...BATCH, from: '1.11.2026' }, /batch\.from: .*must be a date such as "2027-01-31"/],
    ['batch', { ...BATCH, to: undefined }, /batch\.to: the end of the batch must be a date/],
    ['batch', { ...BATCH, to: '2026-11-01' }, /batch\.to: the batch must end after its first day \(2026-11-01\)/],
    ['batch', { ...BATCH, closes: '2026-12-01' }, /batch\.closes: .*a date and time with its zone/],
    ['batch', { ...BATCH, closes: '2026-12-03T00:00:00' }, /batch\.closes: .*with its zone/],
    ['batch', { ...BATCH, closes: '2026-11-30T23:59:59Z' }, /batch\.closes: .*not close before it ends/],
    ['expires', '2027-02-29T00:00:00Z', /expires: the expiry must be a date and time with its zone such as/],
    ['expires', 1_800_000_000, /expires: the expiry must be a date and time/],
    ['disclosure', 'public', /disclosure: the disclosure must say who may be shown receipt and figures/],
    ['disclosure', { receipt: 'all', figures: 'public' }, /receipt: who may be shown the receipt must be "parties" or/],
    ['disclosure', { receipt: 'parties', figures: 'parties' }, /figures: a released count stands on the chain/],
  ])('%s = %j is refused by name and reason', (path, value, message) => {
    expect(() => parsePolicy(withField(path, value))).toThrow(PolicyError);
    expect(() => parsePolicy(withField(path, value))).toThrow(message);
  });

  test.each([
    ['token', undefined, /fees\.token: the token must be the address/],
    ['token', '0x1f', /fees\.token: the token must be the address/],
    ['token', TOKEN.toUpperCase(), /fees\.token: the token must be the address/],
    ['token', `0x${'0'.repeat(64)}`, /fees\.token: the token must be an address: above 0/],
    ['token', `0x${FIELD_MODULUS.toString(16).padStart(64, '0')}`, /below the field modulus/],
    ['fee', 1001, /fees\.fee: the fee must be a whole number of token units above 0, in decimal digits between quotes/],
    ['fee', '0', /fees\.fee: .*above 0/],
    ['fee', '01', /fees\.fee: .*decimal digits/],
    ['fee', '-1', /fees\.fee: .*decimal digits/],
    ['fee', '1e6', /fees\.fee: .*decimal digits/],
    ['fee', '1.5', /fees\.fee: .*decimal digits/],
    ['fee', (1n << 108n).toString(), /fees\.fee: the fee must be below 2\^108 token units/],
    ['fee', '9'.repeat(1_000_000), /fees\.fee: .*decimal digits/],
    ['fee', '1', /fees\.fee: a fee that 2 parties pay must be at least one token unit each/],
    ['stake', '0', /fees\.stake: the stake must be .*above 0/],
    ['stake', (1n << 108n).toString(), /fees\.stake: the stake must be below 2\^108/],
    ['payer', 'nobody', /fees\.payer: the payer must be "host" or "slots"/],
    ['payer', undefined, /fees\.payer: a fee needs a payer/],
    ['fee', undefined, /fees\.payer: a payer needs a fee[^]*fees\.shares: shares need a fee/],
    ['shares', undefined, /fees\.shares: a fee needs shares: one weight for each of the 2 parties/],
    ['shares', [1], /fees\.shares: .*each of the 2 parties/],
    ['shares', [1, 1, 1], /fees\.shares: .*each of the 2 parties/],
    ['shares', [1, -1], /fees\.shares\.1: a share must be at least 0/],
    ['shares', [1, 10_001], /fees\.shares\.1: a share must be at most 10000/],
    ['shares', [1, 0.5], /fees\.shares\.1: a share must be a whole number/],
    ['tip', '1', /fees: unknown "tip"/],
  ])('fees.%s = %j is refused by name and reason', (name, value, message) => {
    expect(() => parsePolicy(withFee(name, value))).toThrow(PolicyError);
    expect(() => parsePolicy(withFee(name, value))).toThrow(message);
  });

  test('conditions can be set, and change the digest of the document alone where they are', () => {
    const conditions = {
      overrides: ['small-k', 'region-mismatch'],
      region: { allowed: ['EU', 'CH', 'UK'] },
      batch: BATCH,
      expires: '2028-02-29T23:59:59.5-05:00',
      disclosure: { receipt: 'parties', figures: 'public' },
    };
    const plain = parsePolicy(example());
    for (const [name, value] of Object.entries(conditions)) {
      const policy = parsePolicy(withField(name, value));
      expect(policy).toEqual({ ...plain, [name]: value });
      expect(documentDigest(policy)).not.toEqual(documentDigest(plain));
      expect(canonicalPolicy(plain)).not.toContain(name);
    }
  });

  test('are shown in docs/policy.md as they can be written', () => {
    const [, sample] = /```json\n([^]*?)```/.exec(readFileSync('docs/policy.md', 'utf8'))!;
    const document = JSON.parse(readFileSync('examples/defect-rate.policy.json', 'utf8'));
    expect(parsePolicy({ ...document, ...JSON.parse(sample) })).toMatchObject(JSON.parse(sample));
  });

  test('of a room that aggregates keep dates out of value columns, and figures out of a public receipt', () => {
    const aggregate = (changes: object) => () =>
      parsePolicy({ ...JSON.parse(readFileSync('examples/defect-rate.policy.json', 'utf8')), ...changes });
    expect(aggregate({ batch: { ...BATCH, column: 'units' } })).toThrow(/batch\.column: a column of dates is no value/);
    expect(aggregate({ disclosure: { receipt: 'public', figures: 'parties' } })).toThrow(/figures are in the receipt/);
    expect(aggregate({ disclosure: { receipt: 'parties', figures: 'parties' }, batch: BATCH })).not.toThrow();
  });

  test('a fee, a stake, or both can be asked for', () => {
    const { token, stake } = FEES;
    expect(parsePolicy(withField('fees', FEES)).fees).toEqual(FEES);
    expect(parsePolicy(withField('fees', { token, stake })).fees).toEqual({ token, stake });
    expect(parsePolicy(withFee('stake', undefined)).fees?.stake).toBeUndefined();
    expect(parsePolicy(withFee('fee', ((1n << 108n) - 1n).toString())).fees?.fee).toHaveLength(33);
  });

  test('all parties are needed where the policy does not say otherwise', () => {
    const parties = labels('A', 'B', 'C', 'D');
    expect(minParties(parsePolicy(withFields({ parties })))).toBe(4);
    expect(minParties(parsePolicy(withFields({ parties, minParties: 3 })))).toBe(3);
  });

  test.each([
    ['succinct', 16_384],
    ['attested', 1_000_000],
  ])('proof mode "%s" takes up to %i rows, and not one more', (proofMode, limit) => {
    const parsed = parsePolicy(withFields({ proofMode, maxRows: limit }));
    expect(parsed).toMatchObject({ proofMode, maxRows: limit });
    const above = withFields({ proofMode, maxRows: limit + 1 });
    expect(() => parsePolicy(above)).toThrow(PolicyError);
    expect(() => parsePolicy(above)).toThrow(new RegExp(`maxRows: maxRows must be at most ${limit}`));
    // So many rows may also be the fewest, and the least count.
    expect(parsePolicy(withFields({ proofMode, maxRows: limit, minRows: limit, k: limit }))).toMatchObject({
      k: limit,
    });
    for (const name of ['minRows', 'k']) {
      expect(() => parsePolicy(withFields({ proofMode, maxRows: limit, [name]: limit + 1 }))).toThrow(PolicyError);
    }
  });

  test('a room of more rows than can be proven is told in which mode they are too many', () => {
    expect(() => parsePolicy(withField('maxRows', 16_385))).toThrow(/at most 16384 in proof mode "succinct"/);
    expect(() => parsePolicy(withFields({ maxRows: 16_385, proofMode: 'attested' }))).not.toThrow();
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
  const TEMPLATE = 77n;
  const digestOf = (document: unknown) => policyDigest(policyTerms(parsePolicy(document), TEMPLATE));

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
    const rules = hash(20, new Array(13).fill(0n));
    const free = new Array(9).fill(0n);
    expect(digestOf(example())).toBe(
      hash(15, [high, low, TEMPLATE, 2n, 2n, 3n, 5n, 32n, rules, 0n, 0n, 0n, 0n, 0n, 0n, ...free]),
    );
  });

  test('the proof mode is a term of its own, 0 for succinct and 1 for attested', () => {
    const policy = parsePolicy(withField('proofMode', 'attested'));
    const terms = policyTerms(policy, TEMPLATE);
    expect(policyTerms(parsePolicy(example()), TEMPLATE).proof_mode).toBe(0);
    expect(terms.proof_mode).toBe(1);
    const { document_high: high, document_low: low, rules } = terms;
    const expected = hash(15, [
      high,
      low,
      TEMPLATE,
      2n,
      2n,
      3n,
      5n,
      32n,
      rules,
      1n,
      0n,
      0n,
      0n,
      0n,
      0n,
      ...new Array(9).fill(0n),
    ]);
    expect(policyDigest(terms)).toBe(expected);
    // Also where the document were the same.
    expect(policyDigest({ ...terms, proof_mode: 0 })).not.toBe(expected);
  });

  test('fees are the last nine fields of the terms: token, fee, payer, stake, and five shares', () => {
    const paid = withFields({ parties: labels('A', 'B', 'C'), minParties: 2, fees: { ...FEES, shares: [3, 0, 7] } });
    const terms = policyTerms(parsePolicy(paid), TEMPLATE);
    expect(terms).toMatchObject({ slots: 3, min_slots: 2, template: TEMPLATE });
    expect(terms.fees).toEqual({ token: 31n, fee: 1001n, payer: 2, stake: 500n, shares: [3, 0, 7, 0, 0] });
    const { document_high: high, document_low: low, rules } = terms;
    const fees = [31n, 1001n, 2n, 500n, 3n, 0n, 7n, 0n, 0n];
    expect(policyDigest(terms)).toBe(
      hash(15, [high, low, TEMPLATE, 3n, 2n, 3n, 5n, 32n, rules, 0n, 0n, 0n, 0n, 0n, 0n, ...fees]),
    );
    const stakeOnly = policyTerms(parsePolicy(withField('fees', { token: TOKEN, stake: '5' })), TEMPLATE);
    expect(stakeOnly.fees).toEqual({ token: 31n, fee: 0n, payer: 0, stake: 5n, shares: [0, 0, 0, 0, 0] });
    const byHost = policyTerms(parsePolicy(withFee('payer', 'host')), TEMPLATE);
    expect(byHost.fees.payer).toBe(1);
  });

  test('every change of the document changes the digest, and so does another template id', () => {
    const changes: [string, unknown][] = [
      ['purpose', 'Other'],
      ['parties.0.label', 'Other'],
      ['parties', labels('Shop', 'Magazine', 'Museum')],
      ['minParties', 2],
      ['identifier.column', 'mail'],
      ['k', 4],
      ['minRows', 6],
      ['maxRows', 33],
      ['proofMode', 'attested'],
      ['deadlines.join', 60],
      ['deadlines.retention', 60],
      ['fees', FEES],
      ['fees', { ...FEES, fee: '1002' }],
      ['fees', { ...FEES, payer: 'host' }],
      ['fees', { ...FEES, stake: '501' }],
      ['fees', { ...FEES, shares: [1, 3] }],
      ['fees', { ...FEES, token: `0x${'20'.padStart(64, '0')}` }],
    ];
    const digests = changes.map(([path, value]) => digestOf(withField(path, value)));
    const another = policyDigest(policyTerms(parsePolicy(example()), TEMPLATE + 1n));
    expect(new Set([...digests, digestOf(example()), another]).size).toBe(changes.length + 2);
  });
});

describe('the summary says in plain words', () => {
  const summaryOf = (changes: Record<string, unknown>) => policySummary(parsePolicy(withFields(changes)));

  test('who, what, how many and how long', () => {
    const summary = summaryOf({});
    expect(summary).toMatch(/Shop and Magazine count the e-mail addresses that both hold/);
    expect(summary).toMatch(/5 to 32 distinct values of the column "email"/);
    expect(summary).toMatch(/at least 3/);
    expect(summary).toMatch(/2 days for the join/);
    expect(summary).toMatch(/may keep for 30 days .* has to delete it/);
  });

  test('what is proven, and what an attested room leaves to its parties’ word', () => {
    const succinct = summaryOf({});
    expect(succinct).toMatch(/no rows leave their owner\. Every step carries a zero-knowledge proof\./);
    expect(succinct).not.toMatch(/attests/);
    const attested = summaryOf({ proofMode: 'attested', maxRows: 1_000_000 });
    expect(attested).toMatch(/5 to 1000000 distinct values/);
    expect(attested).toMatch(/What is matched and released carries zero-knowledge proofs/);
    expect(attested).toMatch(/made its list from its own rows.*it attests: the others find most changes, but not all/);
    expect(attested).not.toMatch(/Every step carries/);
  });

  test('which identifiers are counted, whatever their type', () => {
    const nouns = { phone: 'phone numbers', exact: 'identifiers', iban: 'IBAN', lei: 'LEI', device: 'advertising ids' };
    for (const [type, noun] of Object.entries(nouns)) {
      const identifier = { type, column: 'id', normalisation: `${type}/1` };
      expect(summaryOf({ identifier })).toMatch(new RegExp(`Magazine count the .*${noun}.* that both hold`));
    }
  });

  test('who may be left out', () => {
    const parties = labels('A', 'B', 'C');
    expect(summaryOf({})).toMatch(/Every party is needed: if one withdraws or misses a deadline, the room ends/);
    const some = summaryOf({ parties, minParties: 2 });
    expect(some).toMatch(/A, B and C count the e-mail addresses that all 3 hold/);
    expect(some).toMatch(/may be left out .* as long as 2 of the 3 remain/);
    expect(some).not.toMatch(/Every party is needed/);
  });

  test('who pays, who gets it, and what a stake is lost for', () => {
    expect(summaryOf({})).toMatch(/Nothing is to be paid\./);
    const paid = summaryOf({ fees: FEES });
    expect(paid).not.toMatch(/Nothing is to be paid/);
    expect(paid).toMatch(/The parties pay a fee of 1001 token units: 501 each from Shop, 500 each from Magazine\./);
    expect(paid).toMatch(/to the parties: Shop 3\/4, Magazine 1\/4/);
    expect(paid).toMatch(/goes back to whoever paid it if the room ends without a result/);
    expect(paid).toMatch(
      /stake of 500 token units .* withdraws or misses a step of its own after all data is committed/,
    );
    expect(paid).toContain(`token ${TOKEN}`);
    expect(summaryOf({ fees: { ...FEES, fee: '1000' } })).toMatch(/a fee of 1000 token units: 500 each\./);
    const byHost = summaryOf({ fees: { ...FEES, payer: 'host', stake: undefined, shares: [0, 0] } });
    expect(byHost).toMatch(/The host pays a fee of 1001 token units\./);
    expect(byHost).toMatch(/the parties get nothing/);
    expect(byHost).not.toMatch(/stake/);
    const staked = summaryOf({ fees: { token: TOKEN, stake: '1' } });
    expect(staked).toMatch(/a stake of 1 token unit before/);
    expect(staked).not.toMatch(/a fee of/);
  });
});

describe('the published JSON schema', () => {
  test(`${SCHEMA} is current (UPDATE_SCHEMAS=1 rewrites it)`, () => {
    const current = JSON.stringify(policyJsonSchema(), null, 2) + '\n';
    if (process.env.UPDATE_SCHEMAS) writeFileSync(SCHEMA, current);
    expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(current));
  });

  test('accepts the example, with and without fees, and refuses unknown keys', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(readFileSync(SCHEMA, 'utf8')),
    );
    expect(validate(example())).toBe(true);
    expect(validate(withField('fees', FEES))).toBe(true);
    expect(validate(withFields({ proofMode: 'attested', maxRows: 1_000_000 }))).toBe(true);
    expect(validate(withFields({ proofMode: 'attested', maxRows: 1_000_001 }))).toBe(false);
    expect(validate(withField('proofMode', 'none'))).toBe(false);
    expect(validate(withField('note', 'x'))).toBe(false);
    expect(validate(withField('k', 1))).toBe(false);
    expect(validate(withField('identifier.normalisation', 'phone/1'))).toBe(false);
    expect(validate(withFee('fee', '01'))).toBe(false);
    expect(validate(withFee('token', '0x1'))).toBe(false);
    expect(validate(withField('parties', labels('A')))).toBe(false);
  });
});
