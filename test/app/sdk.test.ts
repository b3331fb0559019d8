/** The SDK as another package gets it: built, found by the name of its exports, run in processes of its own. No node answers. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicyText, policyDigest, policyTerms } from '../../app/lib/policy/policy.ts';
import { receiptDigest } from '../../app/lib/receipt/build.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { EVENTS, type EventName } from '../../app/lib/room/events.ts';
import { madeUpReceipt, POLICY_FILE } from '../support/made-up-receipt.ts';
import { selectorOf } from '../room/log.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'clean-room-sdk-'));
/** The package as it would be published, and a program that depends on it. */
const [pack, program] = [join(folder, 'package'), join(folder, 'program')];
const COUNT = 7;

beforeAll(async () => {
  mkdirSync(join(program, 'node_modules'), { recursive: true });
  mkdirSync(pack);
  copyFileSync(join(ROOT, 'package.json'), join(pack, 'package.json'));
  for (const name of ['node_modules', 'artifacts']) symlinkSync(join(ROOT, name), join(pack, name));
  symlinkSync(pack, join(program, 'node_modules/zk-clean-room'));
  execFileSync(process.execPath, [join(ROOT, 'scripts/build-sdk.ts'), '--out', join(pack, 'dist')], { stdio: 'pipe' });
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program that imports the package, from the repository's folder; returns what it printed. */
function printed(name: string, source: string): string {
  const file = join(program, name);
  writeFileSync(file, source);
  return execFileSync(process.execPath, [file], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** What a program prints as JSON. */
const said = <T>(name: string, source: string): T => JSON.parse(printed(name, source)) as T;

/** The samples of code on the SDK's page. */
const samples = [...readFileSync(join(ROOT, 'docs/sdk.md'), 'utf8').matchAll(/```ts\n([^]*?)```/g)].map(
  ([, source]) => source,
);

/** SHA-256 of a document in canonical JSON, made without the project's code; its numbers are whole and its keys ASCII. */
function canonicalDigest(file: string): string {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, each]) => [key, sorted(each)]),
          )
        : value;
  const text = JSON.stringify(sorted(JSON.parse(readFileSync(join(ROOT, file), 'utf8'))));
  return createHash('sha256').update(text).digest('hex');
}

describe('the package', () => {
  test('has every file that its exports name', () => {
    const { exports } = JSON.parse(readFileSync(join(pack, 'package.json'), 'utf8')) as { exports: object };
    const files = [...JSON.stringify(exports).matchAll(/"(\.\/dist\/[^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !existsSync(join(pack, file)))).toEqual([]);
  });

  test('names no source in what it holds: not in imports, not in types, not for threads', () => {
    const lib = join(pack, 'dist/lib');
    const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((file) => /\.js$|\.d\.ts$/.test(file));
    const named = files.filter((file) => /['"]\.{1,2}\/[^'"\n]+\.ts['"]/.test(readFileSync(join(lib, file), 'utf8')));
    expect(named).toEqual([]);
  });

  test('has a page for each export, since each has a docstring', () => {
    const out = join(folder, 'api');
    const typedoc = join(ROOT, 'node_modules/typedoc/bin/typedoc');
    execFileSync(process.execPath, [typedoc, '--out', out, '--logLevel', 'Warn'], { cwd: ROOT, stdio: 'pipe' });
    expect(existsSync(join(out, 'functions/policy.parsePolicyText.html'))).toBe(true);
  });
});

describe('the quick start', () => {
  test('is short, and prints the digest of a policy without a network', () => {
    expect(samples[0].trim().split('\n').length).toBeLessThan(20);
    const lines = printed('quick-start.mts', samples[0]).split('\n');
    expect(lines.at(-1)).toBe(canonicalDigest(POLICY_FILE));
    expect(lines.join('\n')).toMatch(/Shop.*Magazine/);
  });

  test('and the other samples type-check against the types of the package', () => {
    const files = samples.map((source, i) => {
      const file = join(program, `sample-${i}.mts`);
      writeFileSync(file, source);
      return file;
    });
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    };
    const complaints = ts.getPreEmitDiagnostics(ts.createProgram(files, options));
    expect(complaints.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });
});

/** Changes to a receipt, each sealed again by whoever made it unless told otherwise, and what they are refused for. */
const FORGERIES: readonly (readonly [what: string, reason: string, change: (receipt: Receipt) => object])[] = [
  [
    'another count, not sealed',
    'The receipt was changed',
    (receipt) => ({ ...receipt, result: { ...receipt.result, count: 8 } }),
  ],
  [
    'another count',
    'not the one that the log releases',
    (receipt) => sealed({ ...receipt, result: { suppressed: false, count: 8 } }),
  ],
  ['a step less', 'releas|transcript', (receipt) => sealed({ ...receipt, events: receipt.events.slice(0, -1) })],
  [
    'another purpose',
    'not the one that the room was created with',
    (receipt) =>
      sealed({ ...receipt, policy: { ...(receipt.policy as object), purpose: 'Anything else that somebody wants' } }),
  ],
  [
    'a proof in the place of another',
    'not the one whose digest is in the log',
    (receipt) =>
      sealed({ ...receipt, proofs: receipt.proofs.map((entry) => ({ ...entry, proof: receipt.proofs[0].proof })) }),
  ],
  ['more than the form knows', 'Not a receipt', (receipt) => ({ ...receipt, note: 'trust me' })],
];

const sealed = (receipt: Receipt): Receipt => ({ ...receipt, digest: receiptDigest(receipt) });

/**
 * Takes away what Node has and browsers have not. Node's own fetch rests on it, so another one stands in, for URLs that hold
 * their data themselves: a bundle fetches nothing else. So does Node's console, but only when it is first used.
 */
const LIKE_A_BROWSER = `
  console.log('');
  globalThis.fetch = async (url) => {
    const [, data] = /^data:[^,]*;base64,(.*)$/.exec(url);
    return { arrayBuffer: async () => Uint8Array.from(atob(data), (each) => each.charCodeAt(0)).buffer };
  };
  for (const name of ['process', 'Buffer', 'global', 'setImmediate']) delete globalThis[name];`;

describe.each([
  ['in Node', 'zk-clean-room', ''],
  ['without what only Node has', 'zk-clean-room/browser', LIKE_A_BROWSER],
])('the SDK %s', (_, name, before) => {
  test('reads a policy and computes both of its digests', async () => {
    const text = JSON.stringify(readFileSync(join(ROOT, POLICY_FILE), 'utf8'));
    const digests = said(
      'digest.mjs',
      `${before}
       const sdk = await import('${name}');
       const policy = sdk.parsePolicyText(${text});
       await sdk.initField();
       const onChain = sdk.policyDigest(sdk.policyTerms(policy, 7n));
       let refused;
       try { sdk.parsePolicyText(${text}.replace('"k": 3', '"k": 99')); } catch (error) { refused = [error instanceof sdk.PolicyError, error.message]; }
       console.log(JSON.stringify({ document: sdk.documentName(policy), onChain: sdk.fieldToHex(onChain), refused }));`,
    );
    await initField();
    const expected = policyDigest(policyTerms(parsePolicyText(readFileSync(join(ROOT, POLICY_FILE), 'utf8')), 7n));
    expect(digests).toEqual({
      document: canonicalDigest(POLICY_FILE),
      onChain: `0x${expected.toString(16).padStart(64, '0')}`,
      refused: [true, expect.stringContaining('k must not be above maxRows (32)')],
    });
  });

  test('takes a receipt whose parts fit together, and refuses one that was changed', async () => {
    const receipt = await madeUpReceipt(COUNT);
    const selectors = (Object.keys(EVENTS) as EventName[]).map((event) => [event, `${selectorOf(event)}`]);
    const given = JSON.stringify([receipt, ...FORGERIES.map(([, , change]) => change(receipt))]);
    const answers = said<(string | object)[]>(
      'inspect.mjs',
      `${before}
       const sdk = await import('${name}');
       await sdk.initField();
       const selectors = new Map(${JSON.stringify(selectors)}.map(([event, selector]) => [event, BigInt(selector)]));
       const answers = [];
       for (const receipt of ${given}) {
         answers.push(await sdk.inspectReceipt(receipt, selectors).then(
           ({ room, policy }) => ({ state: room.state, result: room.result, parties: policy.parties.length }),
           (error) => error.message,
         ));
       }
       console.log(JSON.stringify(answers));`,
    );
    const [whole, ...forged] = answers;
    expect(whole).toEqual({ state: 'released', result: { suppressed: false, count: COUNT }, parties: 2 });
    forged.forEach((answer, i) =>
      expect([FORGERIES[i][0], answer]).toEqual([FORGERIES[i][0], expect.stringMatching(FORGERIES[i][1])]),
    );
  });
});

describe('the SDK in Node', () => {
  test('verifies receipts: a changed one is refused before anything is made of it', async () => {
    const receipt = await madeUpReceipt(COUNT);
    const verdict = said(
      'verify.mjs',
      `import { verifyReceipt } from 'zk-clean-room/receipt';
       import { eventSelectors } from 'zk-clean-room/room';
       const receipt = ${JSON.stringify({ ...receipt, roomId: receipt.transcript })};
       const { verified, result, checks } = await verifyReceipt(receipt, { selectors: await eventSelectors() });
       console.log(JSON.stringify({ verified, result, checks }));`,
    );
    expect(verdict).toMatchObject({ verified: false, checks: [{ title: 'Form', status: 'failed' }] });
    expect(verdict).not.toHaveProperty('result');
  });
});

describe('the bundle for browsers', () => {
  test('imports its own files alone', () => {
    const bundle = join(pack, 'dist/browser');
    const files = readdirSync(bundle);
    const imports = files.flatMap((file) =>
      ts
        .preProcessFile(readFileSync(join(bundle, file), 'utf8'), true, true)
        .importedFiles.map(({ fileName }) => fileName),
    );
    expect(imports.filter((name) => !files.includes(name.replace(/^\.\//, '')))).toEqual([]);
    expect(imports.length).toBeGreaterThan(0);
    expect(files.filter((file) => /["']node:/.test(readFileSync(join(bundle, file), 'utf8')))).toEqual([]);
  });
});
