/** What the app costs a visitor: how much its pages load, and how long a browser takes from nothing to a verdict. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Response } from 'playwright-core';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { ROOM } from '../../test/room/log.ts';
import { findChromium, launch } from '../../test/browser/chromium.ts';
import { startApp } from '../../test/support/app-server.ts';
import { samplePolicy, sampleReceipt } from '../../test/support/sample-receipt.ts';
import { environmentBelow, stageProfile } from '../../test/support/staged-room.ts';
import { firstLoad } from './first-load.ts';

const RUNS = 3;
const PATIENCE = 300_000;

/**
 * `app [receipt.json]`: prints the sizes of first loads, and the time from opening `/verify/<room>` in a new browser to the
 * verdict on that receipt; on one of a small room that aggregates, made first, where none is given.
 */
export async function benchApp([file]: string[]): Promise<void> {
  await initField();
  const receipt = file
    ? (JSON.parse(await readFile(file, 'utf8')) as Receipt)
    : await sampleReceipt(samplePolicy('days', 'Clinic'));
  const room = file ? receipt.roomId : fieldToHex(ROOM);
  const folder = await mkdtemp(join(tmpdir(), 'bench-app-'));
  const settings = environmentBelow(folder);
  await mkdir(settings.CLEAN_ROOM_RECEIPTS, { recursive: true });
  await writeFile(join(settings.CLEAN_ROOM_RECEIPTS, `${room}.json`), JSON.stringify(receipt));
  await stageProfile(folder, 'bench');
  const app = await startApp({ ...settings, AZTEC_NODE_URL: 'http://127.0.0.1:9/' });
  try {
    console.log(`${availableParallelism()} cores (${cpus()[0].model}).\n`);
    console.log('| page | files | KB, gzip |');
    console.log('|---|---|---|');
    for (const path of ['/', '/rooms', '/receipts/', '/verify/']) {
      const page = path.length > 1 && path.endsWith('/') ? path + room : path;
      const { files, gzip } = await firstLoad(app.url + page, { cookie: 'profile=bench' });
      console.log(`| ${path}${page === path ? '' : 'ROOM'} | ${files} | ${(gzip / 1000).toFixed(1)} |`);
    }
    await timeVerdicts(`${app.url}/verify/${room}`, receipt.proofs.length);
  } finally {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  }
  // The prover's threads would keep the process.
  process.exit();
}

async function timeVerdicts(url: string, proofs: number): Promise<void> {
  const executable = findChromium();
  if (!executable) return;
  const seconds: number[] = [];
  const parts = new Map<string, number>();
  for (let run = 0; run < RUNS; run++) {
    const browser = await launch(executable);
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      const sizes: Promise<readonly [url: string, gzip: number]>[] = [];
      page.on('response', (response) => {
        if (response.url().includes('/workers/')) sizes.push(sizeOf(response));
      });
      const begun = performance.now();
      await page.goto(url);
      await page.waitForFunction(() => /^(?:NOT VERIFIED|Verified)/.test(document.title));
      seconds.push((performance.now() - begun) / 1000);
      for (const [part, size] of await Promise.all(sizes)) parts.set(part, size);
      if (!(await page.title()).startsWith('Verified')) throw new Error('The receipt was not verified.');
    } finally {
      await browser.close();
    }
  }
  const shown = seconds.map((value) => value.toFixed(1)).join(', ');
  const loaded = [...parts.values()].reduce((sum, size) => sum + size, 0);
  console.log(`\nThe verifier's worker and its WASM, loaded behind the page: ${(loaded / 1000).toFixed(1)} KB, gzip.`);
  console.log(`From a cold page to the verdict on ${proofs} proofs: ${shown} seconds.`);
}

async function sizeOf(response: Response): Promise<readonly [url: string, gzip: number]> {
  return [response.url(), gzipSync(await response.body()).length];
}
