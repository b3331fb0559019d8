/** What the app costs a visitor: how much its pages load, and how long a browser takes from nothing to a verdict. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Response } from 'playwright-core';
import { loadConfig } from '../../aztec.config.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy } from '../../app/lib/policy/policy.ts';
import { circuitSourceDigest } from '../../app/lib/proof/circuit.ts';
import { openProver } from '../../app/lib/proof/prover.ts';
import { DEFAULT_NUM_POINTS, loadSrs } from '../../app/lib/proof/srs.ts';
import { CIRCUITS } from '../../app/lib/protocol/context.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { findChromium, launch } from '../../test/browser/chromium.ts';
import { startApp } from '../../test/support/app-server.ts';
import { provenOverlap } from '../../test/support/proven-overlap.ts';
import { samplePolicy, sampleReceipt } from '../../test/support/sample-receipt.ts';
import { environmentBelow, stageProfile } from '../../test/support/staged-room.ts';
import { firstLoad } from './first-load.ts';

const RUNS = 3;
const PATIENCE = 300_000;
/** Lists that need the circuits for 256 rows. */
const OVERLAP_ROWS = 200;

/** A receipt whose verdict is timed, and what it is of. */
type Timed = { readonly what: string; readonly receipt: Receipt };

/**
 * `app [receipt.json]`: prints the sizes of first loads, and the time from opening `/verify/<room>` in a new browser to the
 * verdict on that receipt. Where none is given, on two: of a small room that aggregates, and of an overlap of two lists of 200
 * rows, whose proofs take minutes to make and are kept in the cache folder.
 */
export async function benchApp([file]: string[]): Promise<void> {
  await initField();
  const timed = file
    ? [{ what: file, receipt: JSON.parse(await readFile(file, 'utf8')) as Receipt }]
    : await ownReceipts();
  const [{ receipt: first }] = timed;
  const room = first.roomId;
  const folder = await mkdtemp(join(tmpdir(), 'bench-app-'));
  const settings = environmentBelow(folder);
  const placed = join(settings.CLEAN_ROOM_RECEIPTS, `${room}.json`);
  await mkdir(settings.CLEAN_ROOM_RECEIPTS, { recursive: true });
  await writeFile(placed, JSON.stringify(first));
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
    for (const { what, receipt } of timed) {
      // The rooms that are made here have one id, so that their receipts take turns in one place.
      await writeFile(placed, JSON.stringify(receipt));
      await timeVerdicts(`${app.url}/verify/${room}`, `${what}, ${receipt.proofs.length} proofs`);
    }
  } finally {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  }
  // The prover's threads would keep the process.
  process.exit();
}

async function ownReceipts(): Promise<Timed[]> {
  return [
    { what: 'a small room that aggregates', receipt: await sampleReceipt(samplePolicy('days', 'Clinic')) },
    { what: `an overlap of ${OVERLAP_ROWS} rows a party`, receipt: await overlapReceipt() },
  ];
}

/** The receipt of an overlap, from the cache folder where these very circuits made it before. */
async function overlapReceipt(): Promise<Receipt> {
  const srs = await loadSrs({ numPoints: DEFAULT_NUM_POINTS });
  const sources = await Promise.all(CIRCUITS.map((name) => circuitSourceDigest(name)));
  const made = createHash('sha256')
    .update([srs.identity, ...sources].join())
    .digest('hex')
    .slice(0, 16);
  const file = join(loadConfig().cacheFolder, 'bench', `overlap-${OVERLAP_ROWS}-${made}.json`);
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Receipt;
  const example = JSON.parse(await readFile('examples/overlap.policy.json', 'utf8')) as object;
  const policy = parsePolicy({ ...example, maxRows: OVERLAP_ROWS });
  const prover = await openProver({ srs });
  try {
    const begun = performance.now();
    const receipt = await provenOverlap(policy, OVERLAP_ROWS, prover);
    console.log(`Made the proofs of the overlap in ${((performance.now() - begun) / 1000).toFixed(0)} seconds.\n`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(receipt));
    return receipt;
  } finally {
    await prover.close();
  }
}

async function timeVerdicts(url: string, what: string): Promise<void> {
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
  console.log(`From a cold page to the verdict on ${what}: ${shown} seconds.`);
}

async function sizeOf(response: Response): Promise<readonly [url: string, gzip: number]> {
  return [response.url(), gzipSync(await response.body()).length];
}
