/** `room policy` and `room egress` as people give them: without a node, a wallet, or the libraries of either. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { egressLog } from '../../app/lib/room/egress.ts';
import { openHome } from '../../app/lib/room/store.ts';
import { room, roomJson, scratchFolder } from './support.ts';

const { folder, remove } = scratchFolder();
afterAll(remove);

/** Refuses every package of the network to the process. */
const WITHOUT_NETWORK = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ resolve(name, context, next) {
    if (/^@(aztec|noir-lang)\\//.test(name)) throw new Error('loads ' + name);
    return next(name, context);
  } });`)}`;
const options = { home: join(folder, 'home'), nodeFlags: ['--import', WITHOUT_NETWORK] };

const POLICY = 'examples/overlap.policy.json';
const PANEL = 'examples/panel.policy.json';

/** The reason that a refused command gave. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await room(args, options);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^room: /);
  expect(stderr).not.toMatch(/\n\s+at /);
  return stderr;
}

describe('room policy', () => {
  test('is what refuses to load the network: other commands do', async () => {
    const { code, stderr } = await room(['status'], options);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/loads @aztec\//);
  });

  test('show says in words what a policy means', async () => {
    const shown = await room(['policy', 'show', POLICY], options);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^Data room of Shop and Magazine\n\nWhat is computed and released\n/);
    const out = join(folder, 'policy.html');
    const html = await room(['policy', 'show', POLICY, '--format', 'html', '--out', out], options);
    expect(html).toMatchObject({ code: 0, stdout: `Policy in words: ${out}\n` });
    expect(readFileSync(out, 'utf8')).toMatch(/^<!doctype html>/);
    const markdown = await room(['policy', 'show', POLICY, '--format', 'markdown'], options);
    expect(markdown.stdout).toMatch(/^# Data room of Shop and Magazine\n/);
    expect(await roomJson(['policy', 'show', POLICY], options)).toMatchObject({
      title: 'Data room of Shop and Magazine',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('diff says what differs and ends with 0 either way', async () => {
    const differs = await room(['policy', 'diff', POLICY, PANEL], options);
    expect(differs).toMatchObject({ code: 0, stderr: '' });
    expect(differs.stdout).toMatch(/looser: added: Museum[^]*A new agreement is needed/);
    expect(await room(['policy', 'diff', POLICY, POLICY], options)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The policies say the same/),
    });
    expect(await roomJson(['policy', 'diff', POLICY, PANEL], options)).toMatchObject({ newAgreement: true });
  });

  test('validate and digest tell a valid document from others', async () => {
    const { document } = await roomJson<{ document: string }>(['policy', 'digest', POLICY], options);
    expect(await roomJson(['policy', 'validate', POLICY], options)).toEqual({ valid: true, document });
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, readFileSync(POLICY, 'utf8').replace('"k": 3', '"k": 99'));
    expect(await refusal('policy', 'validate', bad)).toMatch(/\n {2}k: k must not be above maxRows \(32\)/);
    writeFileSync(bad, Buffer.from([0x7b, 0xff]));
    expect(await refusal('policy', 'digest', bad)).toMatch(/document: it is not UTF-8 text/);
    truncateSync(bad, 2 ** 30);
    expect(await refusal('policy', 'show', bad)).toMatch(/document: it has more than 65536 bytes/);
    expect(await refusal('policy', 'diff', POLICY, join(folder, 'nowhere.json'))).toMatch(/There is no file or folder/);
    expect(await refusal('policy', 'show', folder)).toMatch(/is a folder: name a file/);
  });

  test('digest computes what stands on chain, given the template', async () => {
    const template = `0x${'7'.padStart(64, '0')}`;
    const digests = await roomJson(['policy', 'digest', POLICY, '--template', template], { home: options.home });
    expect(digests).toEqual({
      document: expect.stringMatching(/^[0-9a-f]{64}$/),
      onChain: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    });
    expect(await room(['policy', 'digest', POLICY, '--template', '0x7'], options)).toMatchObject({ code: 2 });
  });

  test('leaves no folder behind', () => expect(existsSync(options.home)).toBe(false));
});

describe('room egress', () => {
  test('prints what left, while another command has the folder', async () => {
    expect(await refusal('egress')).toMatch(/Nothing on record/);
    const home = await openHome(options.home);
    const entry = {
      kind: 'transaction',
      bytes: 4321,
      destination: 'https://node.example',
      purpose: 'approving the policy',
    } as const;
    await egressLog(home.folder, 7n)({ ...entry, id: `0x${'ab'.repeat(32)}` });
    const shown = await room(['egress'], options);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(
      /transaction, 4321 bytes, to https:\/\/node\.example\n {2}approving the policy\n {2}0x(ab){32}\n1 sent, 4321 bytes\.\n$/,
    );
    expect(await roomJson(['egress', `0x${'7'.padStart(64, '0')}`], options)).toMatchObject({
      entries: [entry],
      damaged: [],
    });
    await egressLog(home.folder, 8n)({ ...entry, id: `0x${'cd'.repeat(32)}` });
    expect(await refusal('egress')).toMatch(/records of 2 rooms, name one:\n {2}0x0+7\n {2}0x0+8\n/);
    expect(await refusal('egress', '0x12')).toMatch(/room id/);
    await home.release();
  });
});
