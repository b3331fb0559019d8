/**
 * Receipts of rooms whose log is right but whose proofs are made up: every check but those of the proofs passes, and each
 * refuses what it is there for. What is forged is sealed again, as a forger would.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fieldsToBytes, fieldToHex } from '../../app/lib/field/field.ts';
import { hash, initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, policyTerms, type Policy } from '../../app/lib/policy/policy.ts';
import { openProver, type Prover } from '../../app/lib/proof/prover.ts';
import { DEFAULT_NUM_POINTS, loadSrs } from '../../app/lib/proof/srs.ts';
import { CIRCUITS } from '../../app/lib/protocol/context.ts';
import { proofDigest } from '../../app/lib/protocol/statement.ts';
import { eventPayload, extendTranscript } from '../../app/lib/protocol/transcript.ts';
import { buildReceipt, receiptDigest } from '../../app/lib/receipt/build.ts';
import { proofMeaning } from '../../app/lib/receipt/meaning.ts';
import { receiptJsonSchema, type Receipt } from '../../app/lib/receipt/schema.ts';
import { checkTemplate, REGISTRY_SLOT, TEMPLATE, TEMPLATES_SLOT } from '../../app/lib/receipt/template.ts';
import { verifyReceipt, type Verdict } from '../../app/lib/receipt/verify.ts';
import type { Template } from '../../app/lib/registry/registry.ts';
import { folderRelay } from '../../app/lib/relay/folder.ts';
import { EVENTS, type EventName } from '../../app/lib/room/events.ts';
import { decode, type Layout } from '../../app/lib/room/schema.ts';
import { CHAIN, finishFrom, ROOM, RoomLog, selectorOf, type Mode } from '../room/log.ts';

const SCHEMA = 'docs/receipt.schema.json';
const TEMPLATE_ID = 4711n;
const SELECTORS = new Map((Object.keys(EVENTS) as EventName[]).map((name) => [name, selectorOf(name)]));
const policyIn = (proofMode: Mode): Policy =>
  parsePolicy({
    ...JSON.parse(readFileSync('examples/panel.policy.json', 'utf8')),
    proofMode,
    fees: { token: fieldToHex(9n), fee: '100', payer: 'slots', shares: [1, 1, 1] },
  });
const policy = policyIn('succinct');

let folder: string;
let prover: Prover;
let keys: bigint[];

beforeAll(async () => {
  await initField();
  folder = mkdtempSync(join(tmpdir(), 'receipt-'));
  prover = await openProver({ srs: await loadSrs({ numPoints: DEFAULT_NUM_POINTS }) });
  keys = [];
  for (const name of CIRCUITS) keys.push((await prover.verificationKey(name)).hash);
}, 600_000);

afterAll(async () => {
  await prover?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A room of slots 0 and 2: slot 1 withdrew after a part of its dataset's proof, whose bytes nobody has. */
function course(count = 7): RoomLog {
  const log = new RoomLog({ policy: policyTerms(policy, TEMPLATE_ID), circuits: keys, approvals: 2 }).create();
  log.take(0, 1, 2).add('RoleGranted', { room_id: ROOM, slot: 0, role: 1, grant: 5n });
  log
    .add('PolicyApproved', log.approval(0, 1n, 5n))
    .add('PolicyApproved', log.approval(0, 2n))
    .approve(1, 2)
    .pay(0, 1, 2);
  log.add('DatasetProven', { ...log.dataset(1, { ...log.dataset(1).chunk, last: false }), proof_digest: 666n });
  log.withdraw(1).commit(0, 2).add('StepDisputed', { room_id: ROOM, slot: 2 });
  if (count < 3) return log.blindAll().hopAll().add('MatchProven', log.match(count));
  return finishFrom(log, 'released', count);
}

/** An attested room of all three slots. */
function attestedCourse(): RoomLog {
  const terms = policyTerms(policyIn('attested'), TEMPLATE_ID);
  const log = new RoomLog({ policy: terms, circuits: keys, approvals: 2 }).create().take(0, 1, 2).approve(0, 1, 2);
  return finishFrom(log.pay(0, 1, 2).commit(0, 1, 2), 'released');
}

/**
 * The log with every digest of a proof replaced by that of a made-up proof, which goes into the relay; shares sign for the
 * course with these.
 */
async function receiptOf(log: RoomLog, by: Policy = policy): Promise<Receipt> {
  const relay = folderRelay(join(folder, 'relay'));
  const members = log.replay().proofs.map(({ digest }) => digest);
  for (const [i, event] of log.events.entries()) {
    if (event.name === 'ShareGiven') log.events[i] = { ...event, fields: event.fields.with(-1, log.matchTranscript()) };
    if (!members.includes(event.fields.at(-1)!)) continue;
    const proof = Array.from({ length: 500 }, (_, at) => BigInt(1000 * i + at));
    const digest = proofDigest(proof);
    log.events[i] = { ...event, fields: [...event.fields.slice(0, -1), digest] };
    await relay.putNamed(fieldToHex(digest), fieldsToBytes(proof));
  }
  const { chainId, rollupVersion, contract } = CHAIN;
  const info = { chainId, rollupVersion, provesTransactions: false };
  const source = { connection: { info }, contract: { address: contract }, relay, prover, policy: by };
  return buildReceipt(source, log.replay(), log.events);
}

/** A receipt that may be changed at will. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Draft = any;

function forged(receipt: Receipt, change: (draft: Draft) => void): Draft {
  const draft = structuredClone(receipt) as Draft;
  change(draft);
  return { ...draft, digest: receiptDigest(draft) };
}

const verify = (receipt: unknown): Promise<Verdict> =>
  verifyReceipt(receipt, { prover, selectors: SELECTORS, allowDevSrs: true });

/** Titles of the checks that refused, but for those of the made-up proofs. */
async function refusedBy(receipt: unknown): Promise<string> {
  const { verified, checks } = await verify(receipt);
  expect(verified).toBe(false);
  return checks
    .filter(({ status, title }) => status === 'failed' && !/^Proof \d/.test(title))
    .map(({ title }) => title)
    .join(', ');
}

describe('a receipt', () => {
  test('says who took part, who approved, what was disputed, and how far deletion is', async () => {
    const log = course().add('DeletionAttested', { room_id: ROOM, slot: 2, digest: 5n });
    log.add('RoleGranted', { room_id: ROOM, slot: 255, role: 2, grant: 6n });
    log.add('AuditRecorded', { room_id: ROOM, slot: 255, grant: 6n, report_digest: 70n });
    const { governance, proofs, result } = await receiptOf(log);
    const own = (slot: number) =>
      [0, 10].map((second) => ({ tag: fieldToHex(500n + BigInt(slot + second)), grant: null }));
    expect(governance).toEqual({
      slots: [
        {
          slot: 0,
          standing: 'member',
          approvals: [
            { tag: fieldToHex(1n), grant: fieldToHex(5n) },
            { tag: fieldToHex(2n), grant: null },
          ],
          paid: true,
        },
        { slot: 1, standing: 'withdrew', approvals: own(1), paid: true },
        { slot: 2, standing: 'member', approvals: own(2), paid: true },
      ],
      disputed: true,
      audits: [{ slot: 255, grant: fieldToHex(6n), reportDigest: fieldToHex(70n) }],
      deletion: { due: [0, 2], attested: [2], complete: false, deadline: '600' },
    });
    // Datasets, lists, hops, match and release of two members; nothing of the one that left.
    expect(proofs).toHaveLength(2 + 2 + 2 + 1 + 1);
    expect(result).toEqual({ suppressed: false, count: 7 });
  });

  test('of a right log fails by its made-up proofs alone, and shows no result then', async () => {
    const { verified, result, governance, checks, summary } = await verify(await receiptOf(course()));
    expect({ verified, result, governance }).toEqual({ verified: false, result: undefined, governance: undefined });
    const titles = (status: string) => checks.filter((check) => check.status === status).map(({ title }) => title);
    expect(titles('failed')).toEqual([
      'Proof 1 of 8: dataset_32',
      'Proof 2 of 8: dataset_32',
      'Proof 3 of 8: blind_32',
      'Proof 4 of 8: blind_32',
      'Proof 5 of 8: hop_32',
      'Proof 6 of 8: hop_32',
      'Proof 7 of 8: match_32_2',
      'Proof 8 of 8: release_2',
    ]);
    expect(titles('not checked')).toEqual(['Chain', 'Template']);
    expect(titles('passed')).toEqual([
      'Form',
      'Reference string',
      'Circuits',
      'Room log',
      'Policy',
      'Governance',
      'Proofs at hand',
      'Result',
    ]);
    const { detail } = checks.find(({ title }) => title === 'Governance')!;
    expect(detail).toMatch(
      /took part to the end: 0, 2\. Withdrew: 1\. .*with two accounts.*could not go on.*due from 0, 2/,
    );
    expect(summary).toMatch(/Shop, Magazine and Museum count/);
  });

  test('says which of its proofs nobody has to be trusted for, and what an attested room leaves open', async () => {
    const attested = await verify(await receiptOf(attestedCourse(), policyIn('attested')));
    const titles = (status: string) => attested.checks.filter((check) => check.status === status).map((c) => c.title);
    expect(titles('failed')).toEqual(['Proof 1 of 2: match_32_3', 'Proof 2 of 2: release_3']);
    expect(titles('passed')).toEqual(expect.arrayContaining(['Room log', 'Policy', 'Governance', 'Proofs at hand']));
    expect(attested.summary).toMatch(/it attests: the others find most changes, but not all/);
    const left = attested.trusted.filter((text) => text.startsWith('This room was attested'));
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/nothing proves that a list was made from the committed rows/);
    expect(left[0]).toMatch(/rests on the sums of their points, which changes made to cancel out leave alone/);
    const succinct = await verify(await receiptOf(course()));
    expect(succinct.trusted).toEqual(attested.trusted.filter((text) => text !== left[0]));
    expect(succinct.trusted).toHaveLength(3);
  });

  test('of an attested room cannot pass for one of a succinct room, nor the other way round', async () => {
    const attested = await receiptOf(attestedCourse(), policyIn('attested'));
    expect(await refusedBy(forged(attested, (d) => (d.policy.proofMode = 'succinct')))).toBe('Policy');
    const succinct = await receiptOf(course());
    expect(await refusedBy(forged(succinct, (d) => (d.policy.proofMode = 'attested')))).toBe('Policy');
  });

  test('below k tells no count, and none can be put in', async () => {
    const receipt = await receiptOf(course(2));
    expect(receipt.result).toEqual({ suppressed: true });
    expect(await refusedBy(receipt)).toBe('');
    expect(await refusedBy(forged(receipt, (d) => (d.result = { suppressed: false, count: 2 })))).toBe('Result');
    expect(await refusedBy(forged(receipt, (d) => (d.result = { suppressed: true, count: 2 })))).toBe('Form');
  });

  test('of a room without a result is not made', async () => {
    const log = new RoomLog({ policy: policyTerms(policy, TEMPLATE_ID), circuits: keys }).create();
    await expect(receiptOf(log.add('RoomEnded', log.ended(8)))).rejects.toThrow('there is no result');
  });
});

describe('a forged receipt is refused', () => {
  let genuine: Receipt;
  beforeAll(async () => {
    genuine = await receiptOf(course().add('DeletionAttested', { room_id: ROOM, slot: 2, digest: 5n }));
  });

  test.each<[string, (draft: Draft) => void, string]>([
    ['of version 1', (d) => (d.version = 1), 'Form'],
    ['with something more', (d) => (d.governance.note = 'x'), 'Form'],
    ['without governance', (d) => delete d.governance, 'Form'],
    ['with a slot too many', (d) => (d.governance.slots = new Array(6).fill(d.governance.slots[0])), 'Form'],
    ['with a result of its own', (d) => (d.result.count += 1), 'Result'],
    ['with another room', (d) => (d.roomId = fieldToHex(ROOM + 1n)), 'Room log'],
    ['with another transcript', (d) => (d.transcript = fieldToHex(1n)), 'Room log'],
    ['with a step left out', (d) => d.events.splice(-1), 'Room log'],
    ['with circuits in another order', (d) => d.circuits.reverse(), 'Circuits, Room log'],
    ['with a key of its own', (d) => (d.circuits[0].keyHash = fieldToHex(1n)), 'Circuits, Room log'],
    ['with a source of its own', (d) => (d.circuits[5].sourceDigest = '0'.repeat(64)), 'Circuits'],
    ['with another policy', (d) => (d.policy.purpose = 'Another purpose'), 'Policy'],
    ['with other needs', (d) => (d.policy.minParties = 3), 'Policy'],
    ['with other fees', (d) => (d.policy.fees.fee = '101'), 'Policy'],
    ['with a longer retention', (d) => (d.policy.deadlines.retention += 60), 'Policy'],
    ['without a policy', (d) => (d.policy = null), 'Policy'],
    ['with a proof too few', (d) => d.proofs.pop(), 'Proofs at hand'],
    ['with a slot that stayed', (d) => (d.governance.slots[1].standing = 'member'), 'Governance'],
    ['with a slot that was late', (d) => (d.governance.slots[1].standing = 'late'), 'Governance'],
    ['with a slot less', (d) => d.governance.slots.pop(), 'Governance'],
    ['with an approval less', (d) => d.governance.slots[0].approvals.pop(), 'Governance'],
    ['with an approval of its own', (d) => (d.governance.slots[0].approvals[0].grant = null), 'Governance'],
    ['with approvals swapped', (d) => d.governance.slots[0].approvals.reverse(), 'Governance'],
    ['with a payment less', (d) => (d.governance.slots[0].paid = false), 'Governance'],
    ['without its dispute', (d) => (d.governance.disputed = false), 'Governance'],
    ['with a deletion more', (d) => (d.governance.deletion.attested = [0, 2]), 'Governance'],
    ['with deletion complete', (d) => (d.governance.deletion.complete = true), 'Governance'],
    ['with nothing to delete', (d) => (d.governance.deletion.due = []), 'Governance'],
    ['with a later deadline', (d) => (d.governance.deletion.deadline = '601'), 'Governance'],
    [
      'with an audit of its own',
      (d) => d.governance.audits.push({ slot: 255, grant: fieldToHex(1n), reportDigest: fieldToHex(1n) }),
      'Governance',
    ],
  ])('%s', async (_, change, by) => {
    expect(await refusedBy(forged(genuine, change))).toBe(by);
  });

  test('with a step other than the members signed for with their shares, though all else was made to fit', async () => {
    const changed = forged(genuine, (d) => {
      const match = d.events.find(({ name }: { name: string }) => name === 'MatchProven');
      match.fields[match.fields.length - 1] = fieldToHex(1n);
      d.transcript = fieldToHex(
        d.events.reduce(
          (before: bigint, { name, fields }: { name: EventName; fields: string[] }) =>
            extendTranscript(before, selectorOf(name), eventPayload(fields.map(BigInt))),
          0n,
        ),
      );
    });
    const { checks } = await verify(changed);
    const { status, detail } = checks.find(({ title }) => title === 'Room log')!;
    expect(status).toBe('failed');
    expect(detail).toMatch(/slot 0 signed for another course of the room/);
  });

  test('whose digest was not made to fit', async () => {
    expect(await refusedBy({ ...genuine, digest: '0'.repeat(64) })).toBe('Form');
  });

  test.each([null, 1, 'x', [], {}])('that is none: %j', async (json) => {
    expect(await refusedBy(json)).toBe('Form');
  });

  test('that stands on the development string, unless asked for', async () => {
    const { checks } = await verifyReceipt(genuine, { prover, selectors: SELECTORS });
    const check = checks.find(({ title }) => title === 'Reference string')!;
    expect(check.status).toBe(prover.srs.kind === 'development' ? 'failed' : 'passed');
  });
});

describe('the template of a room', () => {
  const template = (changes: Partial<Template> = {}): Template => ({
    author: 1n,
    treasury: 1n,
    circuits_digest: hash(14, keys),
    min_slots: 2,
    max_slots: 5,
    risk: 1,
    band_rows: [32, 100],
    fees: [100n, 200n, 300n],
    author_share: 500,
    treasury_share: 500,
    deprecated: false,
    ...changes,
  });

  test('is the one that the room is created from, also when it was deprecated since', () => {
    const view = course().replay();
    expect(() => checkTemplate(view, template())).not.toThrow();
    expect(() => checkTemplate(view, template({ deprecated: true }))).not.toThrow();
  });

  test.each<[string, Partial<Template>, RegExp]>([
    ['with other circuits', { circuits_digest: 1n }, /circuits are not those of its template/],
    ['for fewer slots', { max_slots: 2 }, /another number of slots/],
    ['for more slots', { min_slots: 3 }, /another number of slots/],
    ['of another risk', { risk: 0 }, /another number of approvals/],
    ['that costs more', { fees: [101n, 200n, 300n] }, /fee lies below its template's/],
    ['that costs more for this many rows', { band_rows: [31, 100] }, /fee lies below its template's/],
  ])('%s is refused', (_, changes, why) => {
    expect(() => checkTemplate(course().replay(), template(changes))).toThrow(why);
  });

  test('is read from where the compiled contracts keep it', () => {
    type Storage = { name: string; value: { value?: string; fields?: { name: string; value: never }[] } };
    const placeOf = (artifact: string, contract: string, variable: string): bigint => {
      const { outputs } = JSON.parse(readFileSync(`artifacts/contracts/${artifact}.json`, 'utf8'));
      const storages = outputs.globals.storage as { fields: Storage[] }[];
      const own = storages.find(({ fields }) =>
        fields.some(({ name, value }) => name === 'contract_name' && value.value === contract),
      )!;
      const places = own.fields.find(({ name }) => name === 'fields')!.value.fields!;
      const place = places.find(({ name }) => name === variable)!.value as {
        fields: { name: string; value: { value: string } }[];
      };
      return BigInt(`0x${place.fields.find(({ name }) => name === 'slot')!.value.value}`);
    };
    expect(placeOf('clean_room', 'CleanRoom', 'registry')).toBe(REGISTRY_SLOT);
    expect(placeOf('template_registry', 'TemplateRegistry', 'templates')).toBe(TEMPLATES_SLOT);
  });

  test('has the layout of the compiled registry', () => {
    type AbiType = {
      kind: string;
      width?: number;
      length?: number;
      type?: AbiType;
      fields?: { name: string; type: AbiType }[];
    };
    const layoutOf = (type: AbiType): Layout => {
      if (type.kind === 'field') return 'Field';
      if (type.kind === 'boolean') return 'bool';
      if (type.kind === 'integer') return `u${type.width}` as Layout;
      if (type.kind === 'array') return { array: layoutOf(type.type!), length: type.length! };
      // An address is one field, in storage too.
      if (type.fields!.length === 1 && type.fields![0].name === 'inner') return 'Field';
      return { struct: type.fields!.map((field) => [field.name, layoutOf(field.type)] as const) };
    };
    const { functions } = JSON.parse(readFileSync('artifacts/contracts/template_registry.json', 'utf8'));
    const view = functions.find(({ name }: { name: string }) => name.endsWith('get_template'));
    expect(layoutOf(view.abi.return_type.abi_type)).toEqual(TEMPLATE);
    expect(() => decode(TEMPLATE, new Array(14).fill(0n), 'template')).not.toThrow();
  });
});

test.each(CIRCUITS)('a proof of circuit %s has a meaning in words', (circuit) => {
  expect(proofMeaning(circuit)).toMatch(/^[A-Z].*\.$/);
});

describe('the published JSON schema', () => {
  test(`${SCHEMA} is current (UPDATE_SCHEMAS=1 rewrites it)`, () => {
    const current = JSON.stringify(receiptJsonSchema(), null, 2) + '\n';
    if (process.env.UPDATE_SCHEMAS) writeFileSync(SCHEMA, current);
    expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(current));
  });

  test('accepts a receipt and refuses what the verifier refuses', async () => {
    const receipt = await receiptOf(course());
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(readFileSync(SCHEMA, 'utf8')),
    );
    expect(validate(receipt)).toBe(true);
    expect(validate(forged(receipt, (d) => (d.note = 'x')))).toBe(false);
    expect(validate(forged(receipt, (d) => (d.governance.slots[0].standing = 'gone')))).toBe(false);
    expect(validate(forged(receipt, (d) => (d.events[0].fields[0] = '0x1')))).toBe(false);
  });
});
