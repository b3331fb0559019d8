/**
 * A receipt convinces nobody once anything in it was touched. The attacker here recomputes whatever a receipt's holder can
 * (the receipt's digest, the transcript), so what refuses is the check that is meant to.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EventSelector } from '@aztec/aztec.js/abi';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import { contractClassId } from '../../app/lib/chain/artifact.ts';
import { connectNode, type NodeConnection } from '../../app/lib/chain/node.ts';
import { canonicalJson } from '../../app/lib/policy/canonical.ts';
import type { Prover } from '../../app/lib/proof/prover.ts';
import { eventPayload, extendTranscript } from '../../app/lib/protocol/transcript.ts';
import { proofDigest } from '../../app/lib/protocol/statement.ts';
import { receiptDigest } from '../../app/lib/receipt/build.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { verifyReceipt, type Verdict } from '../../app/lib/receipt/verify.ts';
import { EVENTS, eventSignature, type EventName } from '../../app/lib/room/events.ts';
import type { Layout } from '../../app/lib/room/schema.ts';
import { openReader, type Reader } from '../../app/server/party/environment.ts';
import { hash as oracleHash, P } from './oracle.ts';
import { randomFrom, SEED, SOAK, some } from '../support/choice.ts';
import { room, roomJson, scratchFolder, writePolicy, writeTables } from './support.ts';

const SCHEMA = 'docs/receipt.schema.json';
const scratch = scratchFolder();
const random = randomFrom(SEED);

let file: string;
let genuine: Receipt;
let reader: Reader;
let prover: Prover;
let connection: NodeConnection;

beforeAll(async () => {
  console.log(`random tampering from SEED=${SEED}`);
  const { files } = writeTables(scratch.folder, [9, 7], 5, random);
  const policy = writePolicy(scratch.folder, { k: 3, minRows: 5, maxRows: 32 });
  const slots = files.flatMap((table) => ['--slot', table]);
  file =
    process.env.RECEIPT ??
    (await roomJson<{ receiptFile: string }>(['rehearse', '--policy', policy, ...slots, '--out', scratch.folder]))
      .receiptFile;
  genuine = JSON.parse(readFileSync(file, 'utf8'));
  reader = await openReader();
  prover = remembering(reader.prover);
  connection = await connectNode(loadConfig().network.url);
}, 900_000);

afterAll(async () => {
  await reader?.close();
  scratch.remove();
});

/** The prover, asked each question once: most tampering leaves most proofs as they were. */
function remembering(inner: Prover): Prover {
  const answers = new Map<string, Promise<boolean>>();
  return {
    ...inner,
    verify(name, proof, publicInputs) {
      const question = createHash('sha256').update(`${name}/${publicInputs.join()}/`).update(proof).digest('hex');
      const answer = answers.get(question) ?? inner.verify(name, proof, publicInputs);
      answers.set(question, answer);
      return answer;
    },
  };
}

// ------------------------------------------------------------------------------------------------ the attacker's tools

/** A receipt that may be changed at will. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Draft = any;

type Reseal = 'all' | 'digest' | 'nothing';

/** Place of the transcript that a share signs for among the fields of its event. */
const SIGNED = 7;

/**
 * A changed copy of the genuine receipt, with transcript, also the one that shares sign for, and digest made to fit as far
 * as asked.
 */
function forge(change: (draft: Draft) => void, reseal: Reseal = 'all'): Draft {
  const draft: Draft = structuredClone(genuine);
  change(draft);
  if (reseal === 'all') {
    const signed = genuine.events.find(({ name }) => name === 'ShareGiven')!.fields[SIGNED];
    let transcript = 0n;
    let matched = 0n;
    for (const { name, fields } of draft.events) {
      if (name === 'ShareGiven' && fields[SIGNED] === signed) fields[SIGNED] = hex(matched);
      transcript = extendTranscript(
        transcript,
        reader.selectors.get(name)!,
        eventPayload(fields.map((f: string) => BigInt(f) % P)),
      );
      if (name === 'MatchProven') matched = transcript;
    }
    draft.transcript = hex(transcript);
  }
  if (reseal !== 'nothing')
    draft.digest = createHash('sha256')
      .update(canonicalJson({ ...draft, digest: undefined }))
      .digest('hex');
  return draft;
}

const hex = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;

function verify(receipt: unknown, options: { offline?: boolean; allowDevSrs?: boolean } = {}): Promise<Verdict> {
  const { offline = false, allowDevSrs = true } = options;
  return verifyReceipt(receipt, {
    prover,
    selectors: reader.selectors,
    allowDevSrs,
    connection: offline ? undefined : connection,
    contractClassId: (contract) => contractClassId(contract, reader.srs),
  });
}

/** Titles of the checks that refused a receipt; a verdict without any must not exist here. */
async function refusedBy(receipt: unknown, options: { offline?: boolean } = {}): Promise<string> {
  const { verified, result, checks } = await verify(receipt, options);
  const failed = checks.filter(({ status }) => status === 'failed');
  if (verified) return 'nothing';
  expect(result).toBeUndefined();
  expect(failed.length).toBeGreaterThan(0);
  for (const { detail } of failed) expect(detail).not.toMatch(/^\s*at |Cannot read|is not a function|is not iterable/);
  return failed.map(({ title }) => title).join(', ');
}

/** The names of an event's fields, in the order in which they are logged. */
function pathsOf(layout: Layout, path = ''): { path: string; layout: string }[] {
  if (typeof layout === 'string') return [{ path, layout }];
  if ('struct' in layout)
    return layout.struct.flatMap(([name, member]) => pathsOf(member, path ? `${path}.${name}` : name));
  return Array.from({ length: layout.length }, (_, i) => pathsOf(layout.array, `${path}.${i}`)).flat();
}

/** Every field of every event: which event, which field, what it is called. */
function everyField(): { event: number; field: number; what: string; layout: string }[] {
  return genuine.events.flatMap(({ name }, event) =>
    pathsOf(EVENTS[name]).map(({ path, layout }, field) => ({ event, field, what: `${name}.${path}`, layout })),
  );
}

const bump = (value: string, layout: string): string =>
  hex(layout === 'bool' ? 1n - BigInt(value) : (BigInt(value) + 1n) % P);

/** Changes one byte of a proof. */
function spoil(proof: string, at: number): string {
  const bytes = Buffer.from(proof, 'base64');
  bytes[at] ^= 1 + random(255);
  return bytes.toString('base64');
}

/** Field elements of a proof as the attacker hashes them. */
function elements(proof: string): bigint[] {
  const bytes = Buffer.from(proof, 'base64');
  return Array.from(
    { length: bytes.length / 32 },
    (_, i) => BigInt(`0x${bytes.subarray(32 * i, 32 * (i + 1)).toString('hex')}`) % P,
  );
}

/** Puts another proof in a proof's place, everywhere it is named. */
function replaceProof(draft: Draft, i: number, proof: string): void {
  const before = draft.proofs[i].digest;
  const digest = hex(proofDigest(elements(proof)));
  draft.proofs[i] = { digest, proof };
  for (const event of draft.events)
    event.fields = event.fields.map((field: string) => (field === before ? digest : field));
}

// -------------------------------------------------------------------------------------------------------------- tests

describe('the genuine receipt', () => {
  test('verifies, with every check passed', async () => {
    const verdict = await verify(genuine);
    expect(verdict.verified).toBe(true);
    expect(new Set(verdict.checks.map(({ status }) => status))).toEqual(new Set(['passed']));
  });

  test('verifies without a node, and says what was not checked then', async () => {
    const verdict = await verify(genuine, { offline: true });
    expect(verdict.verified).toBe(true);
    expect(verdict.checks.filter(({ status }) => status !== 'passed').map(({ title }) => title)).toEqual([
      'Chain',
      'Template',
    ]);
  });

  test('is refused under the development reference string unless that is asked for', async () => {
    expect(genuine.srs.kind).toBe('development');
    const { verified, checks } = await verify(genuine, { allowDevSrs: false });
    expect(verified).toBe(false);
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([
      expect.objectContaining({
        title: 'Reference string',
        detail: expect.stringMatching(/secret is public.*--allow-dev-srs/),
      }),
    ]);
  });

  test('agrees with a second implementation of its hashes, from the protocol page alone', async () => {
    const fields = (name: EventName) => genuine.events.find((event) => event.name === name)!.fields.map(BigInt);
    const { chainId, rollupVersion, contract } = genuine.network;
    const created = fields('RoomCreated');
    const [roomId, context, policyDigest, , template] = created;
    const circuits = created.slice(51, 83);
    const document = createHash('sha256').update(canonicalJson(genuine.policy)).digest('hex');
    const { k, minRows, maxRows } = genuine.policy as { k: number; minRows: number; maxRows: number };
    const rules = oracleHash(20, new Array<bigint>(13).fill(0n));
    const [high, low] = [`0x${document.slice(0, 32)}`, `0x${document.slice(32)}`];
    const noFees = new Array<bigint>(9).fill(0n);
    const [succinct, plan, contributors, vectors, naming, bands] = [0, 0, 0, 0, 0, 0];
    const limits = [k, minRows, maxRows, rules, succinct, plan, contributors, vectors, naming, bands];
    const terms = [...[high, low, template, 2, 2, ...limits].map(BigInt), ...noFees];

    expect(genuine.circuits.map(({ keyHash }) => BigInt(keyHash))).toEqual(circuits);
    expect(oracleHash(15, terms)).toBe(policyDigest);
    expect(
      oracleHash(1, [
        ...[chainId, rollupVersion, contract].map(BigInt),
        roomId,
        policyDigest,
        oracleHash(14, circuits),
      ]),
    ).toBe(context);
    for (const { digest, proof } of genuine.proofs) expect(hex(oracleHash(12, elements(proof)))).toBe(digest);
    let transcript = 0n;
    for (const event of genuine.events) {
      const selector = (await EventSelector.fromSignature(eventSignature(event.name))).toField().toBigInt();
      transcript = oracleHash(17, [transcript, selector, oracleHash(18, event.fields.map(BigInt))]);
    }
    expect(hex(transcript)).toBe(genuine.transcript);
  });
});

describe('form', () => {
  const changes: [string, (draft: Draft) => void][] = [
    ['an unknown member', (d) => (d.note = 'x')],
    ['an unknown member of the network', (d) => (d.network.name = 'x')],
    ['an unknown member of a circuit', (d) => (d.circuits[0].note = 'x')],
    ['an unknown member of an event', (d) => (d.events[0].note = 'x')],
    ['an unknown member of a proof', (d) => (d.proofs[0].note = 'x')],
    ['an unknown member of the result', (d) => (d.result.note = 'x')],
    ['a count beside suppression', (d) => (d.result = { suppressed: true, count: 5 })],
    ['another kind', (d) => (d.kind = 'receipt')],
    ['another version', (d) => (d.version = 1)],
    ['an unknown event', (d) => (d.events[1].name = 'SlotGiven')],
    ['no events', (d) => (d.events = [])],
    ['a circuit too few', (d) => d.circuits.pop()],
    ['upper-case digits', (d) => (d.roomId = d.roomId.replace(/[a-f]/g, (c: string) => c.toUpperCase()))],
    ['digits without 0x', (d) => (d.events[0].fields[0] = d.events[0].fields[0].slice(2))],
    ['a short field element', (d) => (d.events[1].fields[1] = '0x0')],
    ['a block that is no number', (d) => (d.events[0].block = '4')],
    ['a fraction as count', (d) => (d.result.count += 0.5)],
    ['a count as text', (d) => (d.result.count = `${d.result.count}`)],
    ['base64 with a space', (d) => (d.proofs[0].proof += ' ')],
    [
      'base64 of the URL alphabet',
      (d) => (d.proofs[0].proof = d.proofs[0].proof.replaceAll('+', '-').replaceAll('/', '_')),
    ],
    ['base64 without its padding', (d) => (d.proofs[0].proof = d.proofs[0].proof.replace(/=+$/, ''))],
  ];
  test.each(changes)('%s is refused', async (_, change) => {
    expect(await refusedBy(forge(change, 'digest'))).toBe('Form');
  });

  test('a digest that does not fit is refused', async () => {
    expect(await refusedBy(forge((d) => (d.result.count += 1), 'nothing'))).toBe('Form');
    expect(await refusedBy(forge((d) => (d.digest = '0'.repeat(64)), 'nothing'))).toBe('Form');
  });

  test('the digest covers every leaf of the document', async () => {
    const leaves: [path: (string | number)[], value: unknown][] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
      if (value === null || typeof value !== 'object') leaves.push([path, value]);
      else for (const [key, member] of Object.entries(value)) walk(member, [...path, key]);
    };
    walk(genuine, []);
    for (const [path, value] of leaves) {
      if (path[0] === 'digest') continue;
      const copy: Draft = structuredClone(genuine);
      const parent = path.slice(0, -1).reduce((at, key) => at[key], copy);
      parent[path.at(-1)!] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value}x`;
      expect([path, receiptDigest(copy) === genuine.digest]).toEqual([path, false]);
    }
  });

  test.each([null, 5, 'receipt', [], {}, { kind: 'zk-clean-room-receipt' }])(
    '%j is refused without an exception',
    async (json) => {
      expect(await refusedBy(json)).toBe('Form');
    },
  );

  test('base64 with stray bits behind the last byte is refused', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const stray = forge((d) => {
      const proof = d.proofs[0].proof as string;
      const last = proof.replace(/=+$/, '').length - 1;
      d.proofs[0].proof = proof.slice(0, last) + alphabet[alphabet.indexOf(proof[last]) + 1] + proof.slice(last + 1);
      expect(Buffer.from(d.proofs[0].proof, 'base64').equals(Buffer.from(proof, 'base64'))).toBe(true);
    });
    expect(await refusedBy(stray)).toMatch(/^(Form|Proof 1 of 8: dataset_32)$/);
  });
});

describe('what the receipt says of itself', () => {
  const changes: [string, (draft: Draft) => void, RegExp][] = [
    ['another reference string', (d) => (d.srs.identity += 'x'), /^Reference string$/],
    ['the real reference string', (d) => (d.srs.kind = 'ignition'), /^Reference string$/],
    ['another chain', (d) => (d.network.chainId = hex(1n)), /^Room log$/],
    ['another rollup version', (d) => (d.network.rollupVersion = hex(1n)), /^Room log$/],
    ['another contract', (d) => (d.network.contract = hex(1n)), /^Room log$/],
    ['a network that proves', (d) => (d.network.provesTransactions = true), /^Chain$/],
    ['another room', (d) => (d.roomId = hex(BigInt(d.roomId) + 1n)), /^Room log$/],
    ['circuits in another order', (d) => d.circuits.reverse(), /^Circuits, Room log$/],
    ['another source', (d) => (d.circuits[2].sourceDigest = '0'.repeat(64)), /^Circuits$/],
    ['another key', (d) => (d.circuits[6].keyHash = hex(5n)), /^Circuits, Room log$/],
    [
      'another key, in the log as well',
      (d) => (d.circuits[6].keyHash = d.events[0].fields[49 + 6] = hex(5n)),
      /^Circuits, Room log$/,
    ],
    ['a greater count', (d) => (d.result.count += 1), /^Result$/],
    ['a smaller count', (d) => (d.result.count -= 1), /^Result$/],
    ['suppression', (d) => (d.result = { suppressed: true }), /^Result$/],
  ];
  test.each(changes)('%s is refused', async (_, change, check) => {
    expect(await refusedBy(forge(change, 'digest'))).toMatch(check);
  });

  test('another transcript is refused', async () => {
    expect(await refusedBy(forge((d) => (d.transcript = hex(7n)), 'digest'))).toBe('Room log');
  });

  test('every value of the policy is the one that was approved', async () => {
    const walk = (value: Draft, path: string[]): string[][] =>
      typeof value === 'object'
        ? Object.entries(value).flatMap(([key, member]) => walk(member, [...path, key]))
        : [path];
    const paths = walk(genuine.policy, []);
    expect(paths.length).toBeGreaterThan(15);
    for (const path of paths) {
      const forged = forge((d) => {
        const parent = path.slice(0, -1).reduce((at, key) => at[key], d.policy);
        const key = path.at(-1)!;
        parent[key] = typeof parent[key] === 'number' ? parent[key] + 1 : `${parent[key]} x`;
      });
      expect([path, await refusedBy(forged, { offline: true })]).toEqual([path, 'Policy']);
    }
    expect(await refusedBy(forge((d) => (d.policy.note = 'x')))).toBe('Policy');
    expect(await refusedBy(forge((d) => delete d.policy))).toMatch(/^(Form|Policy)$/);
  });
});

describe('the log', () => {
  /** Fields that nothing but the chain's own record binds; everything else is refused without a node. */
  const CHAIN_ALONE =
    /^RoomCreated\.(terms\.(host_commitment|deadlines\.(invite|approve|commit|join|share))|invites\.[01])$|^(MatchProven|ResultReleased)\.slot$/;
  /** The check that refuses a changed field when the transcript was recomputed; the room's log where none is named. */
  const CHECKS: [RegExp, RegExp][] = [
    // The receipt repeats these for people.
    [/^(PolicyApproved\.tag|RoomCreated\.terms\.deadlines\.retention)$/, /^Governance$/],
    [/^(Dataset|Blind|Hop)Proven\.circuit$/, /^Proof \d of 8: (dataset_512|blind_256|hop_256)$/],
    [/\.chunk\.state_after$/, /^Proof \d of 8: (dataset_32|blind_32|hop_32|match_32_2)$/],
    // No later step of an overlap rests on these.
    [/^MatchProven\.statement\.(merged_digest|returned\.\d)$/, /^Proof 7 of 8: match_32_2$/],
    [/^ResultReleased\.statement\.count$/, /^Proof 8 of 8: release_2, Result$/],
    [/\.proof_digest$/, /^Proofs at hand, Proof \d of 8: \w+$/],
  ];

  test('a changed field breaks the transcript', async () => {
    for (const { event, field, what, layout } of some(everyField(), 60)) {
      const forged = forge(
        (d) => (d.events[event].fields[field] = bump(d.events[event].fields[field], layout)),
        'digest',
      );
      expect([what, await refusedBy(forged, { offline: true })]).toEqual([
        what,
        expect.stringMatching(/^Room log$|^Room log, /),
      ]);
    }
  });

  test('a changed field is refused for what it says, also when the transcript was made to fit', async () => {
    for (const { event, field, what, layout } of some(everyField(), 60)) {
      const forged = forge((d) => (d.events[event].fields[field] = bump(d.events[event].fields[field], layout)));
      const check = CHECKS.find(([name]) => name.test(what))?.[1] ?? /^Room log$/;
      const offline = await refusedBy(forged, { offline: true });
      expect([what, offline]).toEqual([what, expect.stringMatching(CHAIN_ALONE.test(what) ? /^nothing$/ : check)]);
      const withNode = await refusedBy(forged);
      expect([what, withNode]).toEqual([what, expect.stringMatching(offline === 'Room log' ? /^Room log$/ : /Chain$/)]);
    }
  });

  test('a field element in another encoding, x + p, is refused everywhere', async () => {
    for (const { event, field, what } of some(everyField(), 60)) {
      const forged = forge((d) => (d.events[event].fields[field] = hex(BigInt(d.events[event].fields[field]) + P)));
      expect(forged.transcript).toBe(genuine.transcript);
      expect([what, await refusedBy(forged)]).toEqual([what, 'Room log']);
    }
    const shifted = (value: string) => hex(BigInt(value) + P);
    expect(await refusedBy(forge((d) => (d.transcript = shifted(d.transcript)), 'digest'))).toBe('Room log');
    expect(await refusedBy(forge((d) => (d.roomId = shifted(d.roomId))))).toBe('Room log');
    for (const member of ['chainId', 'rollupVersion', 'contract']) {
      expect(await refusedBy(forge((d) => (d.network[member] = shifted(d.network[member]))))).toBe('Room log');
    }
    expect(await refusedBy(forge((d) => (d.circuits[3].keyHash = shifted(d.circuits[3].keyHash))))).toBe(
      'Circuits, Room log',
    );
    expect(await refusedBy(forge((d) => (d.proofs[2].digest = shifted(d.proofs[2].digest))))).toBe('Proofs at hand');
  });

  test('scalars of sigma proofs in another encoding are refused', async () => {
    const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
    const bits = 1n << 128n;
    const carried = (low: string, high: string) => [hex(BigInt(low) + bits), hex(BigInt(high) - 1n)];
    const wrapped = (low: string, high: string) => {
      const value = BigInt(low) + BigInt(high) * bits + Q;
      return [hex(value % bits), hex(value / bits)];
    };
    for (const [event, { name }] of genuine.events.entries()) {
      const at = name === 'ShareGiven' ? [5] : name === 'SlotTaken' ? [7, 10] : [];
      for (const field of at) {
        for (const encode of [carried, wrapped]) {
          const forged = forge((d) => {
            const { fields } = d.events[event];
            [fields[field], fields[field + 1]] = encode(fields[field], fields[field + 1]);
          });
          expect(await refusedBy(forged)).toBe('Room log');
        }
      }
    }
  });

  test('a field too many or too few is refused', async () => {
    for (const event of genuine.events.keys()) {
      expect(await refusedBy(forge((d) => d.events[event].fields.push(hex(0n))))).toBe('Room log');
      expect(await refusedBy(forge((d) => d.events[event].fields.pop()))).toBe('Room log');
    }
  });

  test('a missing step is refused', async () => {
    for (const event of genuine.events.keys()) {
      expect(await refusedBy(forge((d) => d.events.splice(event, 1), 'digest'))).toBe('Room log');
      expect(
        await refusedBy(
          forge((d) => d.events.splice(event, 1)),
          { offline: true },
        ),
      ).toMatch(/^Room log$|^Proofs at hand, .*Result$/);
    }
  });

  test('a repeated step is refused', async () => {
    for (const [event, { name }] of genuine.events.entries()) {
      const repeated = forge((d) => d.events.splice(event, 0, structuredClone(d.events[event])));
      expect([name, await refusedBy(repeated, { offline: true })]).toEqual([name, 'Room log']);
    }
  });

  test('steps in another order are refused: by the rules, or by the chain where the rules leave the order open', async () => {
    for (let event = 0; event + 1 < genuine.events.length; event++) {
      const swap = (d: Draft) => {
        const [a, b] = [d.events[event], d.events[event + 1]];
        [a.block, b.block] = [b.block, a.block];
        [d.events[event], d.events[event + 1]] = [b, a];
      };
      expect(await refusedBy(forge(swap, 'digest'))).toBe('Room log');
      expect(await refusedBy(forge(swap))).toMatch(/^Room log$|^Proofs at hand, Proof.*Chain$|^Chain$/);
    }
  });

  test('a step that never happened is refused', async () => {
    const last = genuine.events.at(-1)!;
    const end = (state: bigint) => ({
      ...last,
      name: 'RoomEnded',
      fields: [genuine.roomId, hex(state), hex(255n), hex(0n)],
    });
    expect(await refusedBy(forge((d) => d.events.push(end(7n))))).toBe('Chain');
    expect(await refusedBy(forge((d) => d.events.push(end(8n))))).toBe('Room log');
    expect(await refusedBy(forge((d) => d.events.push(end(99n))))).toBe('Room log');
  });

  test('another transaction hash or block is seen by comparing with the chain, and by nothing else', async () => {
    for (const event of some([...genuine.events.keys()], 6)) {
      const hash = forge((d) => (d.events[event].txHash = hex(BigInt(d.events[event].txHash) ^ 1n)));
      const block = forge((d) => {
        for (const later of d.events.slice(event)) later.block += 1;
      });
      for (const forged of [hash, block]) {
        expect(await refusedBy(forged)).toBe('Chain');
        expect(await refusedBy(forged, { offline: true })).toBe('nothing');
      }
    }
  });
});

describe('the proofs', () => {
  const lasts = ['first byte', 'last byte', ...Array.from({ length: SOAK ? 40 : 2 }, (_, i) => `random byte ${i + 1}`)];

  test.each(some(lasts, 2))(
    '%s changed: refused by the digest on chain, and by the prover when the digest was made to fit',
    async (where) => {
      for (const [i, { proof }] of genuine.proofs.entries()) {
        const at = where === 'first byte' ? 0 : where === 'last byte' ? 15_999 : random(16_000);
        const spoilt = spoil(proof, at);
        const title = new RegExp(`^Proof ${i + 1} of ${genuine.proofs.length}: \\w+$`);
        const digest = await refusedBy(forge((d) => (d.proofs[i].proof = spoilt), 'digest'));
        expect([i, at, digest]).toEqual([i, at, expect.stringMatching(title)]);
        const pairing = await refusedBy(
          forge((d) => replaceProof(d, i, spoilt)),
          { offline: true },
        );
        expect([i, at, pairing]).toEqual([i, at, expect.stringMatching(title)]);
        expect(await refusedBy(forge((d) => replaceProof(d, i, spoilt)))).toMatch(/Chain$/);
      }
    },
  );

  test('no element of a proof is idle: changing any one is refused', async () => {
    const [i, step] = SOAK ? [0, 1] : [random(genuine.proofs.length), 29];
    for (let element = random(step); element < 500; element += step) {
      const forged = forge((d) => replaceProof(d, i, spoil(genuine.proofs[i].proof, 32 * element + 31)));
      expect([element, await refusedBy(forged, { offline: true })]).toEqual([
        element,
        expect.stringMatching(/^Proof \d of 8: \w+$/),
      ]);
    }
  });

  test('an element in another encoding, x + p, is refused', async () => {
    for (const [i, { proof }] of genuine.proofs.entries()) {
      const at = 32 * random(500);
      const shifted = Buffer.from(proof, 'base64');
      const element = BigInt(`0x${shifted.subarray(at, at + 32).toString('hex')}`) + P;
      shifted.write(hex(element).slice(2), at, 'hex');
      const forged = forge((d) => (d.proofs[i].proof = shifted.toString('base64')));
      expect(await refusedBy(forged)).toMatch(new RegExp(`^Proof ${i + 1} of 8: \\w+$`));
    }
  });

  test('a proof of another length is refused', async () => {
    for (const length of [0, 32, 15_968, 16_032]) {
      const bytes = Buffer.concat([Buffer.from(genuine.proofs[1].proof, 'base64'), Buffer.alloc(32)]).subarray(
        0,
        length,
      );
      expect(await refusedBy(forge((d) => (d.proofs[1].proof = bytes.toString('base64'))))).toBe(
        'Proof 2 of 8: dataset_32',
      );
    }
  });

  test('missing, extra and reordered proofs are refused', async () => {
    expect(await refusedBy(forge((d) => d.proofs.pop()))).toBe('Proofs at hand, Proof 8 of 8: release_2');
    expect(await refusedBy(forge((d) => d.proofs.shift()))).toMatch(/^Proofs at hand, Proof 1/);
    expect(await refusedBy(forge((d) => d.proofs.push(d.proofs[0])))).toBe('Proofs at hand');
    expect(await refusedBy(forge((d) => d.proofs.reverse()))).toMatch(/^Proofs at hand, Proof 1/);
    const swapped = forge((d) => ([d.proofs[0].proof, d.proofs[1].proof] = [d.proofs[1].proof, d.proofs[0].proof]));
    expect(await refusedBy(swapped)).toBe('Proof 1 of 8: dataset_32, Proof 2 of 8: dataset_32');
  });

  test("one slot's proof does not pass for the other's", async () => {
    const swapped = forge((d) => {
      const [a, b] = [genuine.proofs[0].proof, genuine.proofs[1].proof];
      replaceProof(d, 0, b);
      d.proofs[1] = { ...d.proofs[1], proof: a, digest: hex(proofDigest(elements(a))) };
      for (const event of d.events.slice(1)) {
        if (event.name === 'DatasetProven' && BigInt(event.fields[3]) === 1n)
          event.fields[event.fields.length - 1] = d.proofs[1].digest;
      }
    });
    expect(await refusedBy(swapped, { offline: true })).toMatch(/Proof [12] of 8: dataset_32/);
  });
});

describe('room verify', () => {
  test('prints the verdict and ends with 0 or 1', async () => {
    const good = await room(['verify', file, '--allow-dev-srs']);
    expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/VERIFIED: The overlap is \d+\.\n$/) });
    const unasked = await room(['verify', file]);
    expect(unasked).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/FAILED {2}Reference string: .*\n(.*\n)*NOT VERIFIED\n$/),
    });

    const forged = join(scratch.folder, 'forged.json');
    writeFileSync(forged, JSON.stringify(forge((d) => (d.result.count += 1), 'digest')));
    const refused = await room(['verify', forged, '--allow-dev-srs', '--offline', '--json']);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ verified: false });
  });

  const unreadable: [name: string, content: string | Buffer | undefined, message: RegExp][] = [
    ['no file', undefined, /There is no file .*\n$/],
    ['no JSON', '{', /is not a receipt: .*\n$/],
    ['not UTF-8', Buffer.from([0xff, 0xfe, 0x7b]), /is not a receipt: .*\n$/],
  ];
  test.each(some(unreadable, 1))('%s: one line, and code 1', async (name, content, message) => {
    const path = join(scratch.folder, `${name}.json`);
    if (content !== undefined) writeFileSync(path, content);
    const { code, stdout, stderr } = await room(['verify', path]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('the published JSON schema', () => {
  test('accepts the genuine receipt and refuses unknown members', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(readFileSync(SCHEMA, 'utf8')),
    );
    expect(validate(genuine)).toBe(true);
    expect(validate(forge((d) => (d.note = 'x')))).toBe(false);
    expect(validate(forge((d) => (d.events[0].fields[0] = '0x1')))).toBe(false);
  });
});
