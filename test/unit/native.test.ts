/** Starting bb on a machine where it is late. What is late is a wrapper around the real program. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startNative } from '../../app/lib/field/native.ts';

const real = process.env.BB_BINARY_PATH!;
const message = Buffer.from('one call');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clean-room-native-'));
});
afterEach(() => {
  process.env.BB_BINARY_PATH = real;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Makes starts of bb leave a socket on which nobody listens, as many times; later ones are bb's own. Returns where starts are counted. */
async function lateTimes(times: number): Promise<string> {
  const starts = join(folder, `starts-${times}`);
  const program = join(folder, `late-${times}.sh`);
  const bind = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  await writeFile(
    program,
    `#!/bin/sh
echo started >> '${starts}'
if [ "$(wc -l < '${starts}')" -gt ${times} ]; then exec '${real}' "$@"; fi
'${process.execPath}' -e "${bind}" "$4.bound"
mv "$4.bound" "$4"
exec sleep 30
`,
  );
  await chmod(program, 0o755);
  process.env.BB_BINARY_PATH = program;
  return starts;
}

const linesOf = async (file: string): Promise<number> => (await readFile(file, 'utf8')).trimEnd().split('\n').length;

test('bb that refuses twice to be connected to is started a third time, and computes', async () => {
  const starts = await lateTimes(2);
  const bb = await startNative(1);
  try {
    const { hash } = await bb.blake2s({ data: message });
    expect(Buffer.from(hash).toString('hex')).toBe(createHash('blake2s256').update(message).digest('hex'));
  } finally {
    await bb.destroy();
  }
  expect(await linesOf(starts)).toBe(3);
});

test('bb that never lets itself be connected to is given up, with the reason', async () => {
  const starts = await lateTimes(9);
  await expect(startNative(1)).rejects.toThrow(/bb socket/);
  expect(await linesOf(starts)).toBe(3);
});

test('a program that ends at once is not waited for', async () => {
  process.env.BB_BINARY_PATH = '/bin/false';
  await expect(startNative(1)).rejects.toThrow(/exited with code 1/);
});
